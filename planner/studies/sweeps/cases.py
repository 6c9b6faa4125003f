"""The case of each point of a sweep, all of them read before the first is solved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.case_file import OpenCase
from planner.case_file.sweep import SweepFile
from planner.files.problems import CaseFileError, LocatedProblem, Problem
from planner.studies.lever_changes import with_levers
from planner.studies.levers import applies
from planner.studies.sweeps.points import Move, SweepPoint
from planner.translate.hosting import hosting_checks

MOST_TOLD = 50


@dataclass(frozen=True)
class PointCase:
    """A point with its case, complete, as text: what is solved, and what it is known by."""

    point: SweepPoint
    case_json: str
    datasets: tuple[tuple[str, str], ...]
    """Name and sha256 of each bundled dataset that gave a value."""


def point_cases(points: Sequence[SweepPoint], opened: OpenCase, read: SweepFile) -> tuple[PointCase, ...]:
    """Return the case of every point.

    Raises:
        CaseFileError: with everything that the schema or a check refuses at any point, at its line in the sweep file.
    """
    found: list[PointCase] = []
    problems = {_cause(problem): problem for problem in _lever_problems(points, opened, read)}
    useless = {("factors", *move.where[1:2]) for point in points for move in point.moves if move.lever is not None}
    useless &= {problem.path[:2] for problem in problems.values()}
    for point in points:
        if len(problems) >= MOST_TOLD:
            break
        if any(move.where[:2] in useless for move in point.moves):
            continue  # told already, once for its factor
        try:
            found.append(_case(point, opened))
        except CaseFileError as error:
            for problem in (_at(point, problem) for problem in error.problems):
                problems.setdefault(_cause(problem), problem)
    if problems:
        raise read.refusal(problems.values())
    return tuple(found)


def _lever_problems(points: Sequence[SweepPoint], opened: OpenCase, read: SweepFile) -> Iterator[Problem]:
    """Yield the levers that find nothing to move. Raises the base case's own problems."""
    case = opened.loaded((), hosting_checks(is_changed=False)).case
    for i, factor in enumerate(read.sweep.factors):
        levers = {
            move.lever.lever for point in points for move in point.moves if move.lever and move.where[1:2] == (i,)
        }
        for lever in sorted(levers):
            if factor.lever is not None and not applies(case, lever):
                message = f"factor '{factor.name}': the case has nothing that lever '{factor.lever.value}' moves"
                yield Problem(("factors", i, "lever"), message)


def _case(point: SweepPoint, opened: OpenCase) -> PointCase:
    changes = [change for move in point.moves for change in move.changes]
    loaded = opened.loaded(changes, hosting_checks(is_changed=bool(changes)))
    case = with_levers(loaded.case, [move.lever for move in point.moves if move.lever is not None])
    return PointCase(point, case.model_dump_json(), tuple(loaded.datasets.items()))


def _at(point: SweepPoint, found: LocatedProblem) -> Problem:
    """Lay a problem at the value that makes it, or at the point where it is nobody's alone."""
    for move in point.moves:
        if found.change is not None and found.change in (str(move), *map(str, move.changes)):
            return Problem(_words(move), found.message)
    where = _words(point.moves[0]) if point.moves else ("design",)
    return Problem(where, f"point {point.number} ({point.name}): {found.message}")


def _words(move: Move) -> tuple[str | int, ...]:
    return tuple(part if isinstance(part, str | int) else str(part) for part in move.where)


def _cause(problem: Problem) -> tuple[str, tuple[str | int, ...]]:
    """Return what tells problems apart: the values of one factor that fail alike fail for one reason."""
    return problem.message, problem.path[:2] if problem.path[:1] == ("factors",) else problem.path

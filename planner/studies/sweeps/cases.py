"""The case of each point of a sweep, all of them read before the first is solved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from planner.case_file import Check, OpenCase
from planner.case_file.sweep import SweepFile
from planner.files.problems import CaseFileError, LocatedProblem, Problem
from planner.schemas import Case
from planner.studies.levers import applies, apply
from planner.studies.sweeps.points import Move, SweepPoint

MOST_TOLD = 50


@dataclass(frozen=True)
class PointCase:
    """A point with its case, complete, as text: what is solved, and what it is known by."""

    point: SweepPoint
    case_json: str
    datasets: tuple[tuple[str, str], ...]
    """Name and sha256 of each bundled dataset that gave a value."""


def point_cases(
    points: Sequence[SweepPoint], opened: OpenCase, read: SweepFile, checks: Sequence[Check] = ()
) -> tuple[PointCase, ...]:
    """Return the case of every point.

    Raises:
        CaseFileError: with everything that the schema or a check refuses at any point, at its line in the sweep file.
    """
    found, problems = [], dict.fromkeys(_lever_problems(points, opened, read, checks))
    for point in points:
        if len(problems) >= MOST_TOLD:
            break
        try:
            found.append(_case(point, opened, checks))
        except CaseFileError as error:
            problems |= dict.fromkeys(_at(point, problem) for problem in error.problems)
    if problems:
        raise read.refusal(problems)
    return tuple(found)


def _lever_problems(
    points: Sequence[SweepPoint], opened: OpenCase, read: SweepFile, checks: Sequence[Check]
) -> Iterator[Problem]:
    """Yield the levers that find nothing to move. Raises the base case's own problems."""
    case = opened.loaded((), checks).case
    for i, factor in enumerate(read.sweep.factors):
        levers = {move.lever[0] for point in points for move in point.moves if move.lever and move.where[1:2] == (i,)}
        for lever in sorted(levers):
            if factor.lever is not None and not applies(case, lever):
                message = f"factor '{factor.name}': the case has nothing that lever '{factor.lever.value}' moves"
                yield Problem(("factors", i, "lever"), message)


def _case(point: SweepPoint, opened: OpenCase, checks: Sequence[Check]) -> PointCase:
    loaded = opened.loaded([change for move in point.moves for change in move.changes], checks)
    case = loaded.case
    for move in point.moves:
        if move.lever is not None:
            case = _moved(case, move)
    return PointCase(point, case.model_dump_json(), tuple(loaded.datasets.items()))


def _moved(case: Case, move: Move) -> Case:
    """Move a lever, and have the schema look at what comes of it."""
    if move.lever is None:
        return case
    moved = apply(case, *move.lever)
    try:
        return Case.model_validate_json(moved.model_dump_json())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = LocatedProblem(f"{where}: {first['msg']}, found {first['input']}", Path(), change=str(move))
        raise CaseFileError([problem]) from None


def _at(point: SweepPoint, found: LocatedProblem) -> Problem:
    """Lay a problem at the value that makes it, or at the point where it is nobody's alone."""
    for move in point.moves:
        if found.change is not None and found.change in (str(move), *map(str, move.changes)):
            return Problem(_words(move), f"{found.message} (change {found.change})")
    where = _words(point.moves[0]) if point.moves else ("design",)
    return Problem(where, f"point {point.number} ({point.name}): {found.message}")


def _words(move: Move) -> tuple[str | int, ...]:
    return tuple(part if isinstance(part, str | int) else str(part) for part in move.where)

"""The case of each point of a sweep, all of them read before the first is solved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.case_file import OpenCase
from planner.case_file.changes import How, fields_meet, values_at
from planner.case_file.overrides import override_problems, with_overrides
from planner.case_file.sweep import SweepFile
from planner.files.problems import CaseFileError, LocatedProblem, Problem
from planner.schemas import Case
from planner.schemas.overrides import Override
from planner.schemas.sweep import Factor, FactorHow, LatinHypercube, Morris, Sweep
from planner.studies.lever_changes import CaseChange, LeverChange, by_path, with_levers
from planner.studies.levers import applies
from planner.studies.sweeps.points import Move, SweepPoint
from planner.translate.hosting import hosting_checks

MOST_TOLD = 50
_ITEM = re.compile(r"\[[^\[\]]+\]")


@dataclass(frozen=True)
class BaseCase:
    """The case that a sweep moves: as it is in its file, or changed and with decisions fixed before the sweep."""

    opened: OpenCase
    changes: tuple[CaseChange, ...] = ()
    fixed: tuple[Override, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What was done to the case of the file."""
        return (*map(str, self.changes), *(override.words for override in self.fixed))

    def moved(self, moves: Sequence[Move] = ()) -> tuple[Case, dict[str, str]]:
        """Return the case with moves made beside its own changes, as if all had been asked for at once; its datasets.

        Raises:
            CaseFileError: with everything that the schema or a check refuses.
        """
        changes = [*self.changes, *(change for move in moves for change in move.all)]
        loaded = self.opened.loaded(by_path(changes), hosting_checks(is_changed=bool(changes)))
        case = with_overrides(with_levers(loaded.case, changes), self.fixed)
        problems = override_problems(case) if self.fixed else ()
        if problems:
            raise CaseFileError(LocatedProblem(problem.message, loaded.path) for problem in problems)
        return case, loaded.datasets

    @property
    def moving(self) -> tuple[CaseChange, ...]:
        """Those of the changes that multiply what stands there, or add to it."""
        return tuple(one for one in self.changes if isinstance(one, LeverChange) or one.how is not How.SET)


@dataclass(frozen=True)
class PointCase:
    """A point with its case, complete, as text: what is solved, and what it is known by."""

    point: SweepPoint
    case_json: str
    datasets: tuple[tuple[str, str], ...]
    """Name and sha256 of each bundled dataset that gave a value."""
    changes: str
    """All that was done to the case of the file, as one reads it."""


def point_cases(points: Sequence[SweepPoint], base: BaseCase, read: SweepFile) -> tuple[PointCase, ...]:
    """Return the case of every point.

    Raises:
        CaseFileError: with everything that the schema or a check refuses at any point, at its line in the sweep file.
    """
    found: list[PointCase] = []
    problems = {_cause(problem): problem for problem in _lever_problems(points, base, read)}
    useless = {("factors", *move.where[1:2]) for point in points for move in point.moves if move.lever is not None}
    useless &= {problem.path[:2] for problem in problems.values()}
    for point in points:
        if len(problems) >= MOST_TOLD:
            break
        if any(move.where[:2] in useless for move in point.moves):
            continue  # told already, once for its factor
        try:
            found.append(_case(point, base))
            for problem in _moved_again(point, base):
                problems.setdefault(_cause(problem), problem)
        except CaseFileError as error:
            for problem in (_at(point, problem) for problem in error.problems):
                problems.setdefault(_cause(problem), problem)
    if problems:
        raise read.refusal(problems.values())
    return tuple(found)


def whole_numbers(sweep: Sweep, base: BaseCase) -> frozenset[int]:
    """Return the factors of a sampling, by their place, that set or add to whole numbers of the case.

    A screening's steps are of one size, which rounding would falsify: there only factors whose levels are whole.

    Raises:
        CaseFileError: the base case has problems of its own.
    """
    if not isinstance(sweep.design, LatinHypercube | Morris):
        return frozenset()
    data = base.moved()[0].model_dump()
    levels = sweep.design.levels if isinstance(sweep.design, Morris) else None
    return frozenset(
        i
        for i, factor in enumerate(sweep.factors)
        if _moves_whole_numbers(factor, data) and (levels is None or _is_even(factor, levels))
    )


def _is_even(factor: Factor, levels: int) -> bool:
    """Whether the levels of a screening are whole numbers."""
    low, high = factor.low, factor.high
    return isinstance(low, int) and isinstance(high, int) and (high - low) % (levels - 1) == 0


def _moves_whole_numbers(factor: Factor, data: object) -> bool:
    found = [value for path in factor.targets for value in values_at(path, data)]
    is_whole = bool(found) and all(isinstance(value, int) and not isinstance(value, bool) for value in found)
    return is_whole and factor.how is not FactorHow.TIMES


def _lever_problems(points: Sequence[SweepPoint], base: BaseCase, read: SweepFile) -> Iterator[Problem]:
    """Yield the levers that find nothing to move. Raises the base case's own problems."""
    case, _ = base.moved()
    for i, factor in enumerate(read.sweep.factors):
        levers = {
            move.lever.lever for point in points for move in point.moves if move.lever and move.where[1:2] == (i,)
        }
        for lever in sorted(levers):
            if factor.lever is not None and not applies(case, lever):
                message = f"factor '{factor.name}': the case has nothing that lever '{factor.lever.value}' moves"
                yield Problem(("factors", i, "lever"), message)


def _case(point: SweepPoint, base: BaseCase) -> PointCase:
    case, datasets = base.moved(point.moves)
    changes = "; ".join([*base.words, *map(str, point.moves)])
    return PointCase(point, case.model_dump_json(), tuple(datasets.items()), changes)


def _moved_again(point: SweepPoint, base: BaseCase) -> Iterator[Problem]:
    """Yield values that are set at a point, and that a change of the case, made after all that is set, moves again.

    The table would show the value that was typed, and the plan be that of another one.
    """
    typed = [(move, change) for move in point.moves for change in move.changes if change.how is How.SET]
    if not typed or not base.moving:
        return
    settled = tuple(change for change in base.changes if change not in base.moving)
    with_all = base.moved(point.moves)[0].model_dump()
    without = BaseCase(base.opened, settled).moved(point.moves)[0].model_dump()
    for move, change in typed:
        # an offer in steps has become one of each size by now, which has another name
        path = change.path if values_at(change.path, with_all) else _ITEM.sub("[*]", change.path)
        by_name = [one for one in base.moving if not isinstance(one, LeverChange) and fields_meet(one.path, path)]
        if by_name or values_at(path, with_all) != values_at(path, without):
            causes = " and ".join(f"'{one}'" for one in by_name or base.moving)
            message = f"{change.path}: what is set here would be moved again by the change {causes} of the case"
            yield Problem(_words(move), f"{message}; set it there with =, or make that change a factor of the sweep")


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

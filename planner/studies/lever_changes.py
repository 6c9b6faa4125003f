"""Levers as they are typed beside changes by path: lever.rent*=0.9 for every rent, lever.delay+=6 for every queue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from planner.case_file import CaseFileError, Change, ChangeError, LoadedCase, LocatedProblem, OpenCase, read_change
from planner.case_file.changes import How, fields_meet, values_at
from planner.case_file.load import Check
from planner.files.problems import did_you_mean, shown
from planner.schemas import Case
from planner.studies.levers import Lever, applies, apply

NAMES = {lever.name.lower(): lever for lever in Lever}
_TEXT = re.compile(r"lever[\s.]+(?P<name>\w+)\s*(?P<how>[*+]?=)\s*(?P<amount>.*)")


@dataclass(frozen=True)
class LeverChange:
    """One lever moved on a whole case."""

    lever: Lever
    amount: float
    """A multiple of today's level, or months on top of it."""

    def __str__(self) -> str:
        """Return the change as it is typed."""
        return f"lever.{self.lever.name.lower()}{sign(self.lever)}{self.amount:.12g}"


CaseChange = Change | LeverChange
"""What one run may change of a case."""


def sign(lever: Lever) -> str:
    """Return how a lever moves: months are added, anything else is multiplied."""
    return "+=" if lever.is_delay else "*="


def read_changes(texts: Sequence[str]) -> tuple[CaseChange, ...]:
    """Return the changes that texts ask for, by path or by lever.

    Raises:
        ChangeError: with everything that cannot be read.
    """
    changes: list[CaseChange] = []
    wrong: list[str] = []
    for text in texts:
        try:
            match = _TEXT.fullmatch(text.strip())
            changes.append(read_change(text) if match is None else _lever_change(match))
        except ChangeError as error:
            wrong.append(str(error))
    if wrong:
        raise ChangeError("\n".join(wrong))
    return tuple(changes)


def _lever_change(match: re.Match[str]) -> LeverChange:
    name, typed = match["name"].lower(), match["amount"].strip()
    lever = NAMES.get(name)
    if lever is None:
        hint = did_you_mean(name, NAMES) or f"; there are {', '.join(NAMES)}"
        raise ChangeError(f"no lever {shown(match['name'])}{hint}")
    if match["how"] != sign(lever):
        moves = "months on top" if lever.is_delay else "a multiple"
        raise ChangeError(f"lever.{name}: it takes {moves}, write lever.{name}{sign(lever)}AMOUNT")
    try:
        amount = float(typed)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= 1e6:
        raise ChangeError(f"lever.{name}: expected a number from 0 on, found {shown(typed)}")
    return LeverChange(lever, amount)


def by_path(changes: Iterable[CaseChange]) -> list[Change]:
    """Return those that name a path; they are made when a case is loaded, before any lever."""
    return [change for change in changes if isinstance(change, Change)]


def with_changes(opened: OpenCase, changes: Sequence[CaseChange], checks: Sequence[Check] = ()) -> LoadedCase:
    """Return the case of a file with changes made: what is set, then what is multiplied or moved, then the levers.

    Raises:
        CaseFileError: with everything that is refused, a value among it that is set after what would move it again.
    """
    loaded = _loaded(opened, changes, checks)
    problems = [
        problem for i in range(len(changes)) for problem in _moved_again(opened, changes, i, loaded.case, checks)
    ]
    if problems:
        raise CaseFileError(problems)
    return loaded


def _loaded(opened: OpenCase, changes: Sequence[CaseChange], checks: Sequence[Check]) -> LoadedCase:
    loaded = opened.loaded(by_path(changes), checks)
    return replace(loaded, case=with_levers(loaded.case, changes))


def _moved_again(
    opened: OpenCase, changes: Sequence[CaseChange], i: int, case: Case, checks: Sequence[Check]
) -> Iterator[LocatedProblem]:
    """Yield a problem where a value is set after what moves it: a reader takes it for the last word."""
    change = changes[i]
    if isinstance(change, LeverChange) or change.how is not How.SET:
        return
    before = [one for one in changes[:i] if isinstance(one, LeverChange) or one.how is not How.SET]
    named = [one for one in before if isinstance(one, Change) and fields_meet(one.path, change.path)]
    causes: Sequence[CaseChange] = named or [one for one in before if isinstance(one, LeverChange)]
    if not causes:
        return
    without = _loaded(opened, [one for one in changes if one not in before], checks).case
    found, meant = (values_at(change.path, one.model_dump()) for one in (case, without))
    if found != meant:
        came_to = f" to {found[0]}" if len(found) == 1 else ""
        words = " and ".join(f"'{one}'" for one in causes)
        message = f"set after {words}, which would move it again{came_to}; set it first if that is meant"
        yield LocatedProblem(f"{message}, or leave the earlier change out", Path(), change=str(change))


def with_levers(case: Case, changes: Iterable[CaseChange]) -> Case:
    """Return a loaded case with the levers moved, one after the other.

    Raises:
        CaseFileError: the case has nothing that a lever moves, or the schema refuses what comes of it.
    """
    for change in changes:
        if isinstance(change, LeverChange):
            case = _moved(case, change)
    return case


def _moved(case: Case, change: LeverChange) -> Case:
    if not applies(case, change.lever):
        raise _refused(change, f"the case has no {change.lever.value}")
    moved = apply(case, change.lever, change.amount)
    try:
        return Case.model_validate_json(moved.model_dump_json())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _refused(change, f"{where}: {first['msg']}, found {shown(first['input'])}") from None


def _refused(change: LeverChange, message: str) -> CaseFileError:
    return CaseFileError([LocatedProblem(message, Path(), change=str(change))])

"""A best guess at what a faulty case was meant to be, so that its other faults can be told in the same run.

Nothing of a guess reaches a plan: it only serves to find more problems, and problems that rest on a guessed
value are held back.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from planner.files.problems import CasePath, Problem, starts_with
from planner.files.schema_place import Place, place_of, value_at
from planner.files.schema_problems import UNKNOWN, likely_name
from planner.schemas import Case

_ROUNDS = 8


@dataclass
class Guess:
    """A case that validates, made from one that may not, and which of its parts were made up."""

    case: Case
    data: object
    made_up: list[CasePath] = field(default_factory=list)
    _places: dict[int, CasePath] = field(default_factory=dict)

    def trusted(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return the problems that rest on nothing made up, with their paths in the user's file."""
        kept = []
        for problem in problems:
            path = original_path(problem.path, self.data, self._places)
            rests_on = [path, *(original_path(part, self.data, self._places) for part in problem.reads or ())]
            anything = problem.reads is None and bool(self.made_up)
            if not anything and not any(_touch(part, made) for part in rests_on for made in self.made_up):
                kept.append(Problem(path, problem.message, problem.reads))  # type: ignore[arg-type]
        return kept


def guess(
    data: object, unusable: Iterable[CasePath], stand_ins: Mapping[CasePath, Mapping[str, object]]
) -> Guess | None:
    """Return a case that validates, or None where that would take more than a guess.

    `unusable` are entries of lists that cannot stay (a repeated id); `stand_ins` complete records whose own
    catalogue entry is not known.
    """
    work = copy.deepcopy(data)
    places = _places(work)
    made_up = list(stand_ins)
    for path, fields in stand_ins.items():
        record = value_at(work, path)
        if isinstance(record, dict):
            record.update({name: value for name, value in fields.items() if name not in record})
    removals = set(unusable)
    for _ in range(_ROUNDS):
        made_up += [original_path(_lost(path, work), work, places) for path in removals]
        if not _remove(work, removals):
            return None
        try:
            case = Case.model_validate(work)
        except ValidationError as error:
            removals = set()
            # Misspelt names first: a field is not missing once it has its name back.
            details = sorted(error.errors(include_url=False), key=lambda detail: detail["type"] not in UNKNOWN)
            for detail in details:
                target = _mend(detail, work, made_up, places)
                if target is not None:
                    removals.add(target)
        else:
            return Guess(case, work, made_up, places)
    return None


def original_path(path: CasePath, work: object, places: dict[int, CasePath]) -> CasePath:
    """Return where a value of the mended data stands in the user's file: removals shift indices."""
    known: CasePath = ()
    rest = path
    node = work
    for i, key in enumerate(path):
        node = value_at(node, (key,))
        if id(node) in places:
            known, rest = places[id(node)], path[i + 1 :]
    return (*known, *rest)


def _places(work: object) -> dict[int, CasePath]:
    places: dict[int, CasePath] = {}

    def note(node: object, path: CasePath) -> None:
        if isinstance(node, dict | list):
            places[id(node)] = path
            for key, item in node.items() if isinstance(node, dict) else enumerate(node):
                note(item, (*path, key))

    note(work, ())
    return places


def _mend(error: ErrorDetails, work: object, made_up: list[CasePath], places: dict[int, CasePath]) -> CasePath | None:
    """Put one error right in place, or return what to remove for it."""
    place = place_of(error["loc"], work, Case)
    record = value_at(work, place.path[:-1])
    if error["type"] in UNKNOWN:
        if isinstance(record, dict):
            name = likely_name(place, work)
            value = record.pop(place.path[-1], None)
            if name is not None:
                record[name] = value
        return None
    if error["type"] == "missing" and isinstance(record, dict) and place.path[-1] in record:
        return None
    value = _stand_in(error, place)
    if value is not None and isinstance(record, dict | list):
        made_up.append(original_path(_tainted(place.path), work, places))
        record[place.path[-1]] = value  # type: ignore[index]
        return None
    return place.path[:-1] if error["type"] == "missing" else place.path


def _stand_in(error: ErrorDetails, place: Place) -> float | str | None:
    """Return a value the schema may take, the nearest number or a choice; None where there is none."""
    if isinstance(place.kind, type) and issubclass(place.kind, Enum):
        return str(next(iter(place.kind)).value)
    if place.kind not in (int, float) or error["type"] == "value_error":
        return None
    bounds, found = place.bounds, error["input"]
    if isinstance(found, int | float) and bounds.high is not None and found > bounds.high:
        return bounds.high
    low = 0 if bounds.low is None else bounds.low
    return low + (1 if place.kind is int else 0.01) if bounds.low_open else low


def _tainted(path: CasePath) -> CasePath:
    """Return the record in a list that holds a value, or the value itself outside of lists."""
    last = max((i for i, part in enumerate(path) if isinstance(part, int)), default=-1)
    return path[: last + 1] if last >= 0 else path


def _remove(work: object, targets: Iterable[CasePath]) -> bool:
    """Remove records from lists and fields from records; False where only the whole case would be left."""
    paths = {_tainted(path) for path in targets}
    if () in paths:
        return False
    outer = [path for path in paths if not any(path != other and starts_with(path, other) for other in paths)]
    # The last of a list first, so that the others keep their places.
    for path in sorted(outer, key=_sort_key, reverse=True):
        holder = value_at(work, path[:-1])
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
        elif isinstance(holder, list) and isinstance(path[-1], int) and path[-1] < len(holder):
            del holder[path[-1]]
        else:
            return False
    return True


def _lost(path: CasePath, work: object) -> CasePath:
    """Return what can no longer be trusted when a value goes: its record, or a whole list of plain values."""
    record = _tainted(path)
    if record and isinstance(record[-1], int) and not isinstance(value_at(work, record), dict | list):
        return record[:-1]
    return record


def _sort_key(path: CasePath) -> list[tuple[bool, int, str]]:
    return [(True, part, "") if isinstance(part, int) else (False, 0, str(part)) for part in path]


def _touch(one: CasePath, other: CasePath) -> bool:
    return starts_with(one, other) or starts_with(other, one)

"""Changes to a case by path: one assumption set to a value, multiplied, or moved, without another file.

    market.hashprice_scale_frac*=0.8                        times
    contracts[dense_lease].rent_usd_per_kw_month=151        set
    site.upgrades[second_feed].queue.p50_months+=6          plus; a date moves by whole months
    contracts[*].rent_usd_per_kw_month*=1.1                 every record that has the field

A record of a list is named by its id (name, catalogue entry or date where it has none), or by its number from 0.
A value is set before the case is completed from the datasets, so that a changed `hub` or `catalogue` brings its own
figures. What is multiplied or moved is first read from the complete case, defaults and datasets included.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from planner.files.problems import CaseFileError, CasePath, LocatedProblem, did_you_mean, shown
from planner.files.schema_place import value_at
from planner.files.yaml_source import value_of

NAMES = ("id", "name", "catalogue", "date")
"""Fields that name a record of a list, the first that it has."""
EVERY = "*"
_TEXT = re.compile(r"(?P<path>[^=]+?)\s*(?P<how>[*+-]?=)(?P<value>.*)", re.DOTALL)
_PART = re.compile(r"\.?(?P<field>[A-Za-z_][A-Za-z0-9_]*)|\[\s*(?P<item>[^\[\]]+?)\s*\]")


class How(StrEnum):
    """What is done to the value at a path."""

    SET = "="
    TIMES = "*="
    PLUS = "+="


@dataclass(frozen=True)
class Change:
    """One change of a case."""

    path: str
    how: How
    value: object

    def __str__(self) -> str:
        """Return the change as it is typed."""
        return f"{self.path}{self.how.value}{_typed(self.value)}"


def _typed(value: object) -> str:
    """Return a value as it is typed, as YAML in one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_typed(below)}" for key, below in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_typed, value)) + "]"
    return value.isoformat() if isinstance(value, date) else str(value)


class ChangeError(Exception):
    """A change that cannot be read or has no place in the case; the message says why."""


@dataclass(frozen=True)
class Setting:
    """A change settled to one place and the value that will stand there."""

    change: Change
    path: CasePath
    value: object


def read_change(text: str) -> Change:
    """Return the change that a text such as `market.hashprice_scale_frac*=0.8` asks for.

    Raises:
        ChangeError: the text is no change, or its value is none.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise ChangeError(f"expected PATH=VALUE, PATH*=FACTOR or PATH+=AMOUNT, found {shown(text)}")
    path, sign, typed = match["path"], match["how"], match["value"].strip()
    parts_of(path)
    try:
        value = value_of(typed)
    except ValueError as error:
        raise ChangeError(f"{path}: {error}") from None
    if sign == "-=":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ChangeError(f"{path}: expected a number to subtract, found {shown(value)}")
        return Change(path, How.PLUS, -value)
    return Change(path, How(sign), value)


def parts_of(path: str) -> tuple[str, ...]:
    """Return the fields and, in brackets, the records that a path leads through.

    Raises:
        ChangeError: the text is no path.
    """
    parts, at = [], 0
    while at < len(path):
        match = _PART.match(path, at)
        if match is None or (at == 0) is (path[at] in ".["):
            raise ChangeError(f"expected a path such as contracts[offer].rent_usd_per_kw_month, found {shown(path)}")
        parts.append(match["field"] or f"[{match['item']}]")
        at = match.end()
    if not parts:
        raise ChangeError("expected a path before the sign, found nothing")
    return tuple(parts)


def values_at(path: str, case: object) -> tuple[object, ...]:
    """Return what stands at a path in a case as plain data: nothing if it leads nowhere, several values for `[*]`."""
    try:
        return tuple(value_at(case, place) for place in _places(Change(path, How.SET, None), case))
    except ChangeError:
        return ()


def settled(changes: Sequence[Change], case: object) -> tuple[Setting, ...]:
    """Return the values that multiplied and moved fields come to, given the complete case as plain data.

    Raises:
        CaseFileError: with every change that finds no number or date to move.
    """
    values: dict[CasePath, Setting] = {}
    problems = []
    for change in changes:
        try:
            for path in _places(change, case):
                before = values[path].value if path in values else value_at(case, path)
                values[path] = Setting(change, path, _moved(change, before))
        except ChangeError as error:
            problems.append(_problem(change, str(error)))
    if problems:
        raise CaseFileError(problems)
    return tuple(values.values())


def apply_where_typed(
    changes: Iterable[Change | Setting], data: object
) -> tuple[list[Setting], list[Change | Setting]]:
    """Set values in plain data, in place, where the record that holds them is there.

    Returns:
        What was set, and what has to wait until the case is complete. Every change by `[*]` does so too, as it also
        means records and fields that are not typed; so does what comes after it in the same place, to have the last
        word there as well.
    """
    done: list[Setting] = []
    left: list[Change | Setting] = []
    everywhere: list[tuple[str, ...]] = []
    for item in changes:
        way = parts_of((item.change if isinstance(item, Setting) else item).path)
        try:
            found = _settings(item, data, make=False)
            for one in found:
                _put(data, one)
        except ChangeError:
            left.append(item)
            continue
        done.extend(found)
        is_everywhere = isinstance(item, Change) and f"[{EVERY}]" in way
        if is_everywhere:
            everywhere.append(way)
        if is_everywhere or any(_meet(way, other) for other in everywhere):
            left.append(item)
    return done, left


def fields_meet(path: str, other: str) -> bool:
    """Whether two paths may lead to the same place, or one through the other's."""
    return _meet(parts_of(path), parts_of(other))


def _meet(way: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two paths may lead to the same place, or one through the other's."""
    return all(
        a == b or (a.startswith("[") and b.startswith("[") and f"[{EVERY}]" in (a, b))
        for a, b in zip(way, other, strict=False)
    )


def apply_to_complete(changes: Iterable[Change | Setting], data: object) -> list[Setting]:
    """Set values in plain data, in place, making the records that hold them where there are none.

    Raises:
        CaseFileError: with every change that names a record of a list, or a list, that is not there.
    """
    done, problems = [], []
    for item in changes:
        try:
            found = _settings(item, data, make=True)
            for one in found:
                _make_way(data, one.path)
                _put(data, one)
            done.extend(found)
        except ChangeError as error:
            problems.append(_problem(item if isinstance(item, Change) else item.change, str(error)))
    if problems:
        raise CaseFileError(problems)
    return done


def _settings(item: Change | Setting, data: object, *, make: bool) -> list[Setting]:
    return [item] if isinstance(item, Setting) else list(_set_places(item, data, make=make))


def _problem(change: Change, message: str) -> LocatedProblem:
    return LocatedProblem(message, Path(), change=str(change))


def _places(change: Change, data: object) -> list[CasePath]:
    """Return every path that a change means in plain data; a record without the field is left out of `[*]`."""
    found: list[tuple[CasePath, object]] = [((), data)]
    every = False
    for part in parts_of(change.path):
        every = every or part == f"[{EVERY}]"
        below = [step for path, node in found for step in _below(path, node, part, skip=every)]
        if not below:
            raise ChangeError(f"no record has '{part.strip('[]')}' of {change.path}")
        found = below
    return [path for path, _ in found]


def _set_places(change: Change, data: object, *, make: bool) -> Iterator[Setting]:
    """Return what a change sets: the field itself need not be there, the record that holds it must be."""
    *way, last = parts_of(change.path)
    if last.startswith("["):
        for path in _places(change, data):
            yield Setting(change, path, change.value)
        return
    found: list[tuple[CasePath, object]] = [((), data)]
    for part in way:
        every = part == f"[{EVERY}]"
        found = [step for path, node in found for step in _below(path, node, part, skip=every, make=make)]
    if not found:
        raise ChangeError(f"{change.path} has no record to set it in")
    for path, node in found:
        if not isinstance(node, dict):
            raise ChangeError(f"{change.path}: '{last}' is not a field of {shown(node)}")
        yield Setting(change, (*path, last), change.value)


def _below(
    path: CasePath, node: object, part: str, *, skip: bool, make: bool = False
) -> Iterator[tuple[CasePath, object]]:
    if not part.startswith("["):
        if isinstance(node, Mapping) and (part in node or make):
            below = node.get(part)
            yield (*path, part), {} if below is None and make else below
        elif not skip:
            fields = [str(key) for key in node] if isinstance(node, Mapping) else []
            raise ChangeError(f"no field '{part}' here{did_you_mean(part, fields)}")
        return
    wanted = part[1:-1]
    if not isinstance(node, list | tuple):
        raise ChangeError(f"'{path[-1] if path else ''}' is not a list, but '{part}' asks for a record of one")
    if wanted == EVERY:
        yield from (((*path, i), item) for i, item in enumerate(node))
        return
    names = [_name(item) for item in node]
    if wanted in names:
        i = names.index(wanted)
    elif wanted.isdecimal() and int(wanted) < len(node):
        i = int(wanted)
    else:
        known = [name for name in names if name is not None]
        there = f"; there are {', '.join(known[:10])}" if known else f"; it has {len(node)} records"
        raise ChangeError(f"no '{wanted}' in {path[-1] if path else ''}{did_you_mean(wanted, known) or there}")
    yield (*path, i), node[i]


def _name(item: object) -> str | None:
    if not isinstance(item, Mapping):
        return None
    return next((str(item[name]) for name in NAMES if item.get(name) is not None), None)


def _moved(change: Change, before: object) -> object:
    """Return a number multiplied or increased, or a date moved by whole months."""
    by = change.value
    if isinstance(by, bool) or not isinstance(by, int | float):
        raise ChangeError(f"expected a number to change it by, found {shown(by)}")
    if isinstance(before, bool) or not isinstance(before, int | float | date):
        raise ChangeError(f"expected a number there to change, found {shown(before)}")
    if isinstance(before, date):
        if change.how is How.TIMES or not float(by).is_integer():
            raise ChangeError(f"a date moves by whole months (+=), found {change.how.value}{by}")
        return _months_later(before, int(by))
    after = before * by if change.how is How.TIMES else before + by
    # a count stays a count where the change lets it
    return round(after) if isinstance(before, int) and float(after).is_integer() else after


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1900 <= year <= 2200:
        raise ChangeError(f"{day.isoformat()} moved by {months} months is out of range")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _put(data: object, setting: Setting) -> None:
    holder, last = value_at(data, setting.path[:-1]), setting.path[-1]
    if isinstance(holder, dict):
        holder.update({last: setting.value})
        return
    if not isinstance(holder, list) or not isinstance(last, int) or last >= len(holder):
        raise ChangeError(f"{setting.change.path} is not there")
    holder[last] = setting.value


def _make_way(data: object, path: CasePath) -> None:
    """Make the records on the way to a field, empty."""
    for i, key in enumerate(path[:-1]):
        holder = value_at(data, path[:i])
        if isinstance(holder, dict) and holder.get(key) is None:
            holder[key] = {}

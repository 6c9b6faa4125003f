"""What differs in the cases of several results, field by field; long lists are told by their number and their sum."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from planner.files.problems import CasePath
from planner.schemas import Case

Plain = str | float | bool | None
NAMES = ("id", "name", "catalogue", "date", "quarter", "month")
"""Fields that name a record of a list, the first that all of its records have and no two share."""
LONGEST = 24
"""Items of a list without names that are told one by one."""
THERE = "there"
"""Value of a named record itself."""


@dataclass(frozen=True)
class FieldRow:
    """One field of the cases; None where a case does not have it."""

    path: str
    values: tuple[Plain, ...]


def case_differences(cases: Sequence[Case]) -> tuple[FieldRow, ...]:
    """Return the fields in which the cases are not all alike, defaults included, in the order of the input language."""
    flat = [dict(case_values(case)) for case in cases]
    rows = (FieldRow(path, tuple(fields.get(path) for fields in flat)) for path in _in_order(flat))
    return tuple(row for row in rows if any(value != row.values[0] for value in row.values))


def case_values(case: Case) -> Iterator[tuple[str, Plain]]:
    """Yield every value of a case with its path, defaults included, in the order of the input language."""
    return values_of(_plain(case), "")


def _plain(case: Case) -> dict[str, object]:
    """Return the case as plain data, what it fixes beforehand as it is typed."""
    return {**case.model_dump(mode="json"), "overrides": [override.words for override in case.overrides]}


def _in_order(flat: Sequence[Mapping[str, Plain]]) -> list[str]:
    """Return all paths in the order of the first case, each that it lacks after the one that it follows elsewhere."""
    order = list(flat[0])
    for fields in flat[1:]:
        known, at = set(order), -1
        for path in fields:
            if path in known:
                at = order.index(path)
            else:
                at += 1
                order.insert(at, path)
    return order


def values_of(node: object, path: str) -> Iterator[tuple[str, Plain]]:
    """Yield every value with its path; what is left out has none."""
    return ((path, value) for path, _, value in labelled_values(node, path, ()))


def labelled_values(node: object, path: str, at: CasePath) -> Iterator[tuple[str, CasePath, Plain]]:
    """Yield every value with its path by the names of records, and that by their numbers."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from labelled_values(value, f"{path}.{key}" if path else str(key), (*at, key))
    elif isinstance(node, list | tuple):
        yield from _items(node, path, at)
    elif node is None or isinstance(node, str | float | bool):
        if node is not None:
            yield path, at, node
    elif isinstance(node, int):
        yield path, at, float(node)


def _items(items: Sequence[object], path: str, at: CasePath) -> Iterator[tuple[str, CasePath, Plain]]:
    if len(items) > LONGEST:
        yield path, at, _summary(items)
        return
    records = [item for item in items if isinstance(item, Mapping)]
    if not records:
        if items:
            yield path, at, ", ".join(str(item) for item in items)
        return
    name = next((name for name in NAMES if _tells_apart(items, name)), "")
    for i, item in enumerate(items):
        here = f"{path}[{item[name] if name and isinstance(item, Mapping) else i}]"
        if name:
            yield here, (*at, i), THERE
        rest = {k: v for k, v in item.items() if k != name} if isinstance(item, Mapping) else item
        yield from labelled_values(rest, here, (*at, i))


def _tells_apart(items: Sequence[object], name: str) -> bool:
    names = [item.get(name) for item in items if isinstance(item, Mapping)]
    return len(names) == len(items) > 0 and None not in names and len({str(found) for found in names}) == len(names)


def _summary(items: Sequence[object]) -> str:
    """Tell a long list by its length, the sum of its numbers, and a digest that no other list has."""
    digest = sha256(json.dumps(items).encode()).hexdigest()[:8]
    return f"{len(items):,} entries, sum of their numbers {sum(_numbers(items)):,.6g} (digest {digest})"


def _numbers(node: object) -> Iterator[float]:
    if isinstance(node, Mapping):
        node = list(node.values())
    if isinstance(node, list | tuple):
        for item in node:
            yield from _numbers(item)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield float(node)

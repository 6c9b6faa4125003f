"""What differs between two cases, field by field, in the names that a case file uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Any

from pydantic import BaseModel

from planner.schemas import Case
from planner.schemas.tenants import Colocation, GpuCloud
from planner.studies.infeasible.records import Change


def changes(before: Case, after: Case) -> tuple[Change, ...]:
    """Return every field in which the second case differs, an offer in steps once."""
    return tuple(dict.fromkeys(_differences("", before, after)))


def _differences(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, BaseModel) and type(before) is type(after):
        for name in type(before).model_fields:
            below = f"{path}.{name}" if path else name
            yield from _differences(below, getattr(before, name), getattr(after, name))
    elif isinstance(before, tuple) and isinstance(after, tuple):
        olds, news = ({_key(i, item): item for i, item in enumerate(items)} for items in (before, after))
        for key in dict.fromkeys([*olds, *news]):
            yield from _differences(f"{path}[{key}]", olds.get(key), news.get(key))
    else:
        yield Change(path, _shown(before), _shown(after))


def _key(i: int, item: Any) -> str:
    """Name an entry of a list: by the offer, the id, the date, or its place."""
    if isinstance(item, Colocation | GpuCloud):
        return item.offer if item.size_of is None else item.id
    for name in ("id", "name", "date"):
        if (found := getattr(item, name, None)) is not None:
            return str(found)
    return str(i)


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        given = {name: getattr(value, name) for name in type(value).model_fields}
        return ", ".join(f"{name} {_shown(item)}" for name, item in given.items() if item is not None)
    if isinstance(value, tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return _plain(value)


def _plain(value: Any) -> str:
    """Write a value as a case file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return "left out" if value is None else str(value)

"""From a validation error's location to the place in the file and the field of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from planner.files.problems import CasePath


@dataclass(frozen=True)
class Bounds:
    """Range of a number; the flags tell whether an end belongs to it."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def text(self) -> str:
        """Return the range in words."""
        low = f"above {_number(self.low)}" if self.low_open else f"at least {_number(self.low)}"
        high = f"below {_number(self.high)}" if self.high_open else f"at most {_number(self.high)}"
        if self.low is None or self.high is None:
            return low if self.high is None else high
        if self.low_open or self.high_open:
            return f"{low} and {high}"
        return f"{_number(self.low)} to {_number(self.high)}"


@dataclass(frozen=True)
class Place:
    """Where an error is: its path in the file, the record that holds it, and the field's type."""

    path: CasePath
    owner: type[BaseModel] | None
    field: Any

    @property
    def bounds(self) -> Bounds:
        """Range the schema gives to the number here."""
        found: dict[str, Any] = {}
        for item in _constraints(self.field):
            for name in ("ge", "gt", "le", "lt"):
                if getattr(item, name, None) is not None:
                    found[name] = getattr(item, name)
        return Bounds(found.get("ge", found.get("gt")), found.get("le", found.get("lt")), "gt" in found, "lt" in found)

    @property
    def kind(self) -> Any:
        """Type of the value here, without its constraints and '| None'."""
        return _bare(self.field)

    @property
    def members(self) -> list[type[BaseModel]]:
        """Record types the value here may have."""
        return list(_models(self.field))


def place_of(loc: tuple[str | int, ...], data: object, root: type[BaseModel]) -> Place:
    """Walk an error's location through the schema, from its root record, and the data.

    The name of a union's member, which pydantic puts into the location, is not part of the path.
    """
    path: CasePath = ()
    owner: type[BaseModel] | None = None
    kind: Any = root
    for part in loc:
        if part == "[key]":
            continue
        models = list(_models(kind))
        if len(models) > 1:
            kind = next((model for model in models if part in _tags(model)), None)
            continue
        key = _key_in(data, part)
        if models:
            owner = models[0]
            kind = owner.model_fields.get(str(part))
        else:
            kind = _item_type(kind)
        path = (*path, key)
        data = value_at(data, (key,))
    return Place(path, owner, kind)


def value_at(data: object, path: CasePath) -> object:
    """Return the value at a path of plain data, None if it leads nowhere."""
    for key in path:
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list | tuple) and isinstance(key, int) and 0 <= key < len(data):
            data = data[key]
        else:
            return None
    return data


def _bare(kind: Any) -> Any:
    """Strip Annotated, FieldInfo and '| None'."""
    while True:
        if isinstance(kind, FieldInfo):
            kind = kind.annotation
        elif get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, UnionType) and type(None) in get_args(kind):
            kind = next(member for member in get_args(kind) if member is not type(None))
        else:
            return kind


def _constraints(kind: Any) -> Iterator[Any]:
    """Yield what Annotated and FieldInfo say about a type, outside and inside of '| None'."""
    if isinstance(kind, FieldInfo):
        yield from kind.metadata
        yield from _constraints(kind.annotation)
    elif get_origin(kind) is Annotated:
        first, *rest = get_args(kind)
        for item in rest:
            yield from item.metadata if isinstance(item, FieldInfo) else (item,)
        yield from _constraints(first)
    elif get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            yield from _constraints(member)


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    """Yield the record types a value may have: none for plain values, several for a union told by its tag."""
    bare = _bare(kind)
    for member in get_args(bare) if get_origin(bare) in (Union, UnionType) else (bare,):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield member


def _tags(model: type[BaseModel]) -> set[object]:
    return {
        value
        for info in model.model_fields.values()
        if get_origin(info.annotation) is Literal
        for value in get_args(info.annotation)
    }


def _item_type(kind: Any) -> Any:
    bare = _bare(kind)
    arguments = get_args(bare)
    if get_origin(bare) is tuple:
        return arguments[0]
    return arguments[1] if get_origin(bare) is dict else None


def _key_in(data: object, part: str | int) -> str | int | float:
    """Return the key as the file has it: pydantic gives the text of a key that is not text."""
    if isinstance(data, dict) and part not in data:
        return next((key for key in data if str(key) == str(part)), part)
    return part


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if not float(value).is_integer() or abs(value) >= 1e15:
        return f"{value:g}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"

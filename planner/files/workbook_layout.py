"""How a case lies in a workbook: a sheet of single fields, and a sheet for every list of records.

Derived from the JSON Schema of a case, so that a new field has a cell at once. A list of records anywhere in the case
is a sheet with one row for each record; its column `of` names the record it belongs to, where that is in a list too.
Lists of plain values share a cell, separated by semicolons. A mapping with free keys is a sheet of keys and values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

Schema = Mapping[str, Any]

CASE_SHEET = "case"
HELP_SHEET = "read me"
LONGEST_NAME = 31
"""Characters Excel allows in the name of a sheet."""

UNITS = {
    "usd": "USD", "mw": "MW", "mva": "MVA", "mwh": "MWh", "kwh": "kWh", "kw": "kW", "months": "months", "c": "C",
    "month": "month", "years": "years", "year": "year", "hours": "hours", "hour": "hour", "m2": "m2", "m3": "m3",
    "km": "km", "kv": "kV", "frac": "share", "ths": "TH/s", "ph": "PH", "ehs": "EH/s", "w": "W", "ms": "ms",
    "kg": "kg", "t": "t", "btc": "BTC", "days": "days", "day": "day", "rack": "rack", "racks": "racks", "gpu": "GPU",
    "it": "IT", "mmbtu": "MMBtu", "rig": "rig", "machine": "machine", "heat": "heat", "j": "J", "block": "block",
    "gpus": "GPUs", "cycles": "cycles",
}  # fmt: skip
"""Words of a field's name that are units, as people write them."""


class SheetKind(StrEnum):
    """What a sheet's rows are."""

    FIELDS = "fields"
    """One row for each single field of the case: its path and its value."""
    RECORDS = "records"
    """One row for each record of a list."""
    PAIRS = "pairs"
    """One row for each key of a mapping and its value."""


class CellType(StrEnum):
    """What stands in a cell."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    DATE = "date"
    BOOLEAN = "boolean"
    RECORD = "record"
    """A record with nothing in it: the cell says {}."""


EMPTY_RECORD = "{}"


@dataclass(frozen=True)
class Field:
    """One value: where it is in its record, and what may stand there."""

    path: tuple[str, ...]
    type: CellType
    is_list: bool = False
    choices: tuple[str, ...] = ()
    required: bool = False
    default: object = None
    description: str = ""

    @property
    def name(self) -> str:
        """Path as users write it."""
        return ".".join(self.path)

    @cached_property
    def unit(self) -> str:
        """Unit that the field's name ends with, in words; empty where it has none."""
        words = self.path[-1].split("_")
        start = next((i for i, word in enumerate(words) if word in UNITS and set(words[i:]) <= {*UNITS, "per"}), None)
        if start is None or (len(words) == 1 and words[0] not in ("usd", "months", "hours", "racks", "kw", "mw")):
            return ""
        if "frac" in words:
            start = words.index("frac")
        text = " ".join(UNITS.get(word, word) for word in words[start:])
        text = text.replace("IT MW", "MW of IT").replace("rack kW", "kW")
        if start and words[start - 1] == "per":
            return f"per {text}"
        unit, *by = text.split(" per ")
        return "/".join((unit, *(part if " of " in part else part.replace(" ", "-") for part in by)))


@dataclass(frozen=True)
class Sheet:
    """One sheet: which part of the case it holds."""

    name: str
    kind: SheetKind
    path: tuple[str, ...]
    """Fields down to it; a list is passed through every record of it."""
    parents: tuple[tuple[str, ...], ...]
    """Paths of the lists it lies in, outermost first; a row's `of` names a record of the last."""
    fields: tuple[Field, ...]
    description: str = ""

    @property
    def title(self) -> str:
        """Path as users write it."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Layout:
    """All sheets of a case."""

    sheets: tuple[Sheet, ...]

    @cached_property
    def by_name(self) -> dict[str, Sheet]:
        """Sheets by name."""
        return {sheet.name: sheet for sheet in self.sheets}

    @cached_property
    def by_path(self) -> dict[tuple[str, ...], Sheet]:
        """Sheets by the path of what they hold."""
        return {sheet.path: sheet for sheet in self.sheets}


def layout(schema: Schema) -> Layout:
    """Return the sheets of a schema, the single fields first, then lists in the schema's order."""
    walk = _Walk(schema)
    fields = tuple(walk.fields(schema, (), (), ()))
    names = _names([sheet.path for sheet in walk.sheets])
    lists = [
        Sheet(names[sheet.path], sheet.kind, sheet.path, sheet.parents, sheet.fields, sheet.description)
        for sheet in sorted(walk.sheets, key=lambda sheet: len(sheet.parents))
    ]
    return Layout((Sheet(CASE_SHEET, SheetKind.FIELDS, (), (), fields), *lists))


def _names(paths: list[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Name each sheet by the last two parts of its path, more where another has the same."""
    names: dict[tuple[str, ...], str] = {}
    for path in paths:
        for length in range(min(2, len(path)), len(path) + 1):
            ending = path[-length:]
            if sum(other[-length:] == ending for other in paths) == 1:
                break
        names[path] = ".".join(ending)[:LONGEST_NAME]
    return names


class _Walk:
    """Goes through a schema once, collecting sheets on the way."""

    def __init__(self, schema: Schema) -> None:
        self._definitions: Schema = schema.get("$defs", {})
        self.sheets: list[Sheet] = []

    def fields(
        self,
        record: Schema,
        above: tuple[str, ...],
        inside: tuple[str, ...],
        parents: tuple[tuple[str, ...], ...],
    ) -> Iterator[Field]:
        """Yield the single fields of a record; `above` leads to its sheet, `inside` from there to the record."""
        for name, node in record.get("properties", {}).items():
            path = (*inside, name)
            required = name in record.get("required", ())
            yield from self._field(node, above, path, parents, required=required)

    def _field(
        self,
        node: Schema,
        above: tuple[str, ...],
        path: tuple[str, ...],
        parents: tuple[tuple[str, ...], ...],
        *,
        required: bool,
    ) -> Iterator[Field]:
        value = self._resolved(node)
        words = str(node.get("description", ""))
        if "properties" in value:
            yield Field(path, CellType.RECORD, description=words)
            yield from self.fields(value, above, path, parents)
        elif value.get("type") == "object":
            self._add(SheetKind.PAIRS, above, path, parents, tuple(_pair_fields(self._resolved, value)), words)
        elif value.get("type") == "array":
            items = self._resolved(value.get("items", {}))
            if "properties" in items:
                here = (*above, *path)
                # reserve the place before what lies deeper
                position = len(self.sheets)
                inner = tuple(self.fields(items, here, (), (*parents, here)))
                self._add(SheetKind.RECORDS, above, path, parents, inner, words, position)
            else:
                yield _plain_field(path, items, words, value, required=required, is_list=True)
        else:
            yield _plain_field(path, value, words, node, required=required, is_list=False)

    def _add(
        self,
        kind: SheetKind,
        above: tuple[str, ...],
        path: tuple[str, ...],
        parents: tuple[tuple[str, ...], ...],
        fields: tuple[Field, ...],
        words: str,
        position: int | None = None,
    ) -> None:
        sheet = Sheet("", kind, (*above, *path), parents, fields, words)
        self.sheets.insert(len(self.sheets) if position is None else position, sheet)

    def _resolved(self, node: Schema) -> Schema:
        """Follow references; of several records make one with the fields of all."""
        while "$ref" in node:
            node = self._definitions[str(node["$ref"]).rsplit("/", maxsplit=1)[-1]]
        options = [option for option in node.get("anyOf", node.get("oneOf", [])) if option.get("type") != "null"]
        if not options or "properties" in node:
            return node
        choices = [self._resolved(option) for option in options]
        return choices[0] if len(choices) == 1 else _merged(choices)


def _merged(records: list[Schema]) -> Schema:
    """Return a record with the fields of all; required is what all require."""
    if not all("properties" in record for record in records):
        return records[0]
    properties: dict[str, Any] = {}
    for record in records:
        for name, node in record["properties"].items():
            known = properties.get(name)
            if known is None:
                properties[name] = node
            elif "const" in known and "const" in node:
                # what tells the records apart
                properties[name] = {**known, "enum": [*known.get("enum", [known["const"]]), node["const"]]}
    required = [name for name in properties if all(name in record.get("required", ()) for record in records)]
    return {"type": "object", "properties": properties, "required": required}


def _pair_fields(resolved: Any, value: Schema) -> Iterator[Field]:
    yield Field(("key",), CellType.TEXT, required=True)
    # pydantic writes keys with a pattern as patternProperties
    named = next(iter(value.get("patternProperties", {}).values()), None)
    inner = named or value.get("additionalProperties", {})
    inner = resolved(inner) if isinstance(inner, Mapping) else {}
    yield Field(("value",), _type(inner), required=True)


def _plain_field(
    path: tuple[str, ...], value: Schema, words: str, node: Schema, *, required: bool, is_list: bool
) -> Field:
    choices = value.get("enum") or ([value["const"]] if "const" in value else [])
    return Field(
        path,
        _type(value),
        is_list,
        tuple(str(choice) for choice in choices),
        required,
        node.get("default"),
        words,
    )


def _type(value: Schema) -> CellType:
    if value.get("format") == "date":
        return CellType.DATE
    kinds = {
        "number": CellType.NUMBER, "integer": CellType.WHOLE, "boolean": CellType.BOOLEAN, "string": CellType.TEXT,
    }  # fmt: skip
    return kinds.get(str(value.get("type", "string")), CellType.TEXT)

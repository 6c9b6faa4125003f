"""Every figure of a case, with its unit, its meaning and where it is from, for readers without the case file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from planner import data
from planner.case_file.catalogue import CATALOGUES
from planner.files.workbook_layout import Field, layout
from planner.schemas.json_schema import case_json_schema
from planner.views.case_differences import THERE, Plain, case_values, values_of
from planner.views.plan import Views
from planner.views.records import PlaceRow

TYPED, DEFAULT = "typed in the case", "default of the planner"
_LABEL = re.compile(r"\[[^\[\]]*\]")
_NOT_FIGURES = ("schema_version", "name", "description")
_RESOLVED, _EMISSIONS = "site.resolved", "site.emissions"
_CURVE, _HUB, _BASE_DATE = "market.power.curve", "market.power.hub", "market.power.base_date"
_FIELDS_OF_WORDS = {
    "queue of ": ("site.upgrades[{}].queue",),
    "connection of ": ("site.upgrades[{}].connection.usd",),
    "line of ": ("site.upgrades[{}].connection.line_km",),
}
"""What a place gave that is named in words, and the fields it fills; {} is the id of the request."""


@dataclass(frozen=True)
class CaseField:
    """One figure of the case."""

    path: str
    """As `--set` takes it, with the id of the record."""
    value: Plain
    unit: str
    origin: str
    """What the case's author wrote beside it, the case, a default, a catalogue entry with its source, or the place."""
    meaning: str


def case_fields(views: Views) -> tuple[CaseField, ...]:
    """Return the fields of the case in the order of the input language, what is left out excepted."""
    values = {path: value for path, value in case_values(views.result.case) if not path.startswith(_RESOLVED)}
    origins = _catalogue_origins(values) | _place_origins(views, values)
    known, rows = _fields_by_path(), []
    for path, value in values.items():
        if value == THERE or path in _NOT_FIGURES:
            continue
        field = known.get(_LABEL.sub("", path))
        is_default = field is not None and field.default is not None and field.default == value
        origin = origins.get(path) or views.result.sources.get(path) or (DEFAULT if is_default else TYPED)
        rows.append(CaseField(path, value, field.unit if field else "", origin, field.description if field else ""))
    return tuple(rows)


@cache
def _fields_by_path() -> dict[str, Field]:
    """Return what the input language says of every field, by its path without the names of records."""
    sheets = layout(case_json_schema()).sheets
    return {".".join((*sheet.path, *field.path)): field for sheet in sheets for field in sheet.fields}


def _catalogue_origins(values: dict[str, Plain]) -> dict[str, str]:
    """Return the fields that stand as a catalogue entry has them; a figure typed over one is the case's own."""
    origins = {}
    for path, entry in values.items():
        record, _, last = path.rpartition(".")
        dataset = CATALOGUES.get(_LABEL.sub("[*]", record)) if last == "catalogue" else None
        if dataset is None:
            continue
        try:
            found, source = data.entry(dataset, str(entry)), data.provenance(dataset, str(entry))
        except data.DatasetError:
            continue
        told = ", ".join(part for part in (source.source_title, source.as_of, source.basis) if part)
        for inner, value in values_of(found, record):
            if values.get(inner) == value:
                origins[inner] = f"catalogue: {told}"
    return origins


def _place_origins(views: Views, values: dict[str, Plain]) -> dict[str, str]:
    """Return the fields that the site's place filled, or that a hub's prices did."""
    origins = {}
    hub = values.get(_HUB)
    if hub is not None:
        origins = {path: f"bundled prices of {hub}" for path in values if path.startswith(_CURVE)}
    for row in views.place:
        if row.is_filled:
            told = ", ".join(part for part in (row.source, row.as_of, f"trust {row.trust}") if part)
            filled = _filled(row)
            origins |= {path: f"location: {told}" for path in values if any(_is_under(path, name) for name in filled)}
    return origins


def _filled(row: PlaceRow) -> tuple[str, ...]:
    """Return the fields that a figure of the place fills."""
    subject = row.subject
    if subject == "queue of change of use":
        return ("site.change_of_use.queue",)
    if subject == _EMISSIONS:
        kind = "marginal" if row.value.endswith("at the margin") else "average"
        return (f"{_EMISSIONS}.{kind}_kg_per_mwh",)
    if subject == _CURVE:
        return (_CURVE, _BASE_DATE)
    for words, paths in _FIELDS_OF_WORDS.items():
        if subject.startswith(words):
            return tuple(path.format(subject.removeprefix(words)) for path in paths)
    return (subject,)


def _is_under(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))

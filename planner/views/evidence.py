"""Where a plan's figures come from: the place, the catalogue entries that fill the case, the bundled datasets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from planner import data
from planner.case_file.catalogue import CATALOGUES
from planner.views.plan import Views

UNKNOWN_HERE = "not in this version of the planner"


@dataclass(frozen=True)
class EntryRow:
    """One catalogue entry that a record of the case names."""

    field: str
    """Where in the case."""
    name: str
    entry: str
    dataset: str
    source: str
    as_of: str
    basis: str
    """How far it can be trusted: published, derived, estimate or assumption."""
    note: str


@dataclass(frozen=True)
class DatasetRow:
    """One bundled dataset that gave figures."""

    name: str
    title: str
    as_of: str
    licence: str
    sha256: str
    is_same: bool
    """The dataset installed here is the one the result was made with."""


def entries(views: Views) -> tuple[EntryRow, ...]:
    """Return the catalogue entries that the case names, in the order of the case."""
    rows = []
    for pattern, dataset in CATALOGUES.items():
        for path, record in _records(views.result.case, pattern.split("."), ""):
            entry = getattr(record, "catalogue", None)
            if isinstance(entry, str):
                name = str(getattr(record, "name", None) or getattr(record, "id", None) or "")
                rows.append(_entry(path, name, entry, dataset))
    return tuple(sorted(rows, key=lambda row: row.field))


def _entry(field: str, name: str, entry: str, dataset: str) -> EntryRow:
    try:
        found = data.provenance(dataset, entry)
    except data.DatasetError:
        return EntryRow(field, name, entry, dataset, UNKNOWN_HERE, "", "", "")
    return EntryRow(field, name, entry, dataset, found.source_title, found.as_of, found.basis, found.note)


def _records(node: object, parts: list[str], path: str) -> Iterator[tuple[str, BaseModel]]:
    """Yield the records of the case that a pattern such as `site.upgrades[*].queue` means, with their paths."""
    if not parts:
        if isinstance(node, BaseModel):
            yield path, node
        return
    name = parts[0].removesuffix("[*]")
    child = getattr(node, name, None)
    here = f"{path}.{name}" if path else name
    if not parts[0].endswith("[*]"):
        yield from _records(child, parts[1:], here)
    elif isinstance(child, tuple):
        for i, item in enumerate(child):
            label = getattr(item, "id", None) or i
            yield from _records(item, parts[1:], f"{here}[{label}]")


def datasets(views: Views) -> tuple[DatasetRow, ...]:
    """Return the datasets of a result, by name, with what is known of them here."""
    return tuple(_dataset(name, sha256) for name, sha256 in sorted(views.result.datasets.items()))


def _dataset(name: str, sha256: str) -> DatasetRow:
    try:
        found = data.dataset(name)
    except data.DatasetError:
        return DatasetRow(name, UNKNOWN_HERE, "", "", sha256, is_same=False)
    same = found.sha256 == sha256
    return DatasetRow(name, found.title, found.as_of.isoformat(), found.licence, sha256, is_same=same)

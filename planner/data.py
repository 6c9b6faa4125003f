"""Bundled datasets: find them, check them, hand out entries with their provenance.

A dataset is a folder with one CSV and a `source.toml` (title, urls, licence, as-of date, file, sha256,
how it was made, unit of every column). Units that name a type decide how a cell is read: `text`, `address`,
`date`, `dates`, `count`, `year`; every other unit is a number. A blank cell means that the figure is not
known: it is left out, and the user types it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType

PROVENANCE = ("source_url", "source_title", "as_of", "basis", "note")
"""Columns that every dataset has beside its id and its own fields."""

SOURCE_KEYS = ("title", "urls", "licence", "as_of", "file", "sha256", "how_made", "units")
"""Keys that every source.toml has."""

SHAPES = "layers"
"""Key of a source.toml whose file holds map layers: their names."""

PRICE_DURATION = "price_duration"

QuarterBins = tuple[int, tuple[tuple[float, float], ...]]
"""A quarter of the year and its bins (share of the quarter's hours, mean price in USD/MWh)."""

_Row = Mapping[str, str]
_TEXTS = frozenset({"text", "address"})
_COUNTS = frozenset({"count", "year"})
_MATCHES = 3
_THERMOMETER_STEP_C = 0.1
_COLDEST_HOURS = 35.0
_YEAR_HOURS = 8760.0


class DatasetError(Exception):
    """A dataset is missing, damaged or cannot give what is asked."""


class UnknownEntryError(DatasetError):
    """No entry of that name; `matches` holds the names that come close."""

    def __init__(self, dataset_name: str, entry_id: str, matches: Sequence[str]) -> None:
        self.dataset_name = dataset_name
        self.entry_id = entry_id
        self.matches = tuple(matches)
        super().__init__(f"unknown entry '{entry_id}' in {dataset_name}{_did_you_mean(self.matches)}")


@dataclass(frozen=True)
class Dataset:
    """A bundled dataset whose bytes agree with its record."""

    name: str
    path: Path
    """The data file."""
    sha256: str
    title: str
    licence: str
    as_of: date


@dataclass(frozen=True)
class Provenance:
    """Where the figures of one entry come from; empty text where nothing is known."""

    source_url: str
    source_title: str
    as_of: str
    basis: str
    """One of published, derived, estimate, assumption."""
    note: str


@dataclass(frozen=True)
class _Table:
    dataset: Dataset
    units: Mapping[str, str]
    rows: Mapping[str, tuple[_Row, ...]]
    """Rows by id; one each, but for the price curves."""


def dataset_names() -> tuple[str, ...]:
    """Return the names of the datasets that are there.

    Raises:
        DatasetError: the folder of the datasets is missing.
    """
    return tuple(sorted(path.parent.name for path in _root().glob("*/source.toml")))


def dataset(name: str) -> Dataset:
    """Return the record of a dataset after its hash was checked.

    Raises:
        DatasetError: no such dataset, an incomplete record, or bytes that do not have the recorded hash.
    """
    return _table(name).dataset


def entry_ids(dataset_name: str) -> tuple[str, ...]:
    """Return the ids of a dataset, in the order of its file; for the price curves the hubs that can be used.

    Raises:
        DatasetError: see `dataset`.
    """
    table = _table(dataset_name)
    if dataset_name == PRICE_DURATION:
        return tuple(hub for hub, rows in table.rows.items() if _currency(rows) == "USD")
    return tuple(table.rows)


def entry(dataset_name: str, entry_id: str) -> dict[str, object]:
    """Return the fields that an entry fills, by schema name, without those that are not known.

    Raises:
        UnknownEntryError: no entry has that id.
        DatasetError: see `dataset`; also a price curve that is not in USD.
    """
    table = _table(dataset_name)
    rows = _rows(table, entry_id)
    compose = _COMPOSERS.get(dataset_name)
    return compose(table, entry_id) if compose else _own_fields(table, rows[0])


def provenance(dataset_name: str, entry_id: str) -> Provenance:
    """Return source, date, basis and note of an entry (of its first row, where it has several).

    Raises:
        UnknownEntryError: no entry has that id.
        DatasetError: see `dataset`.
    """
    row = _rows(_table(dataset_name), entry_id)[0]
    return Provenance(**{name: row[name] for name in PROVENANCE})


def table(dataset_name: str) -> tuple[dict[str, object], ...]:
    """Return all rows of a dataset, provenance included; None where a cell is blank.

    Raises:
        DatasetError: see `dataset`.
    """
    found = _table(dataset_name)
    return tuple(
        {name: _value(cell, found.units[name]) if cell else None for name, cell in row.items()}
        for rows in found.rows.values()
        for row in rows
    )


def layer_file(dataset_name: str) -> Path:
    """Return the file of a dataset that holds shapes instead of a table, after its hash was checked.

    Raises:
        DatasetError: see `dataset`.
    """
    return dataset(dataset_name).path


def price_curve(
    hub: str, years: Iterable[int] = (), usd_per_unit: Mapping[str, float] | None = None
) -> tuple[QuarterBins, ...]:
    """Return the price-duration curve of a hub: four quarters of (hours_frac, usd_per_mwh), cheapest first.

    Every hour of the chosen years weighs the same. The bins of the years stay separate, so that hours_frac
    times price adds up to the exact mean price of the hours. No years means all that the hub has. Prices in a
    currency that usd_per_unit has are converted at its one rate.

    Raises:
        UnknownEntryError: no such hub.
        DatasetError: a hub that is not priced in USD, a year that it does not have, or a year named twice.
    """
    rows = _rows(_table(PRICE_DURATION), hub)
    currency = _currency(rows)
    rates = {"USD": 1.0, **(usd_per_unit or {})}
    if currency not in rates:
        raise DatasetError(
            f"the prices of hub {hub} are in {currency} and are not converted; "
            f"give an own curve in USD/MWh, or use one of {', '.join(entry_ids(PRICE_DURATION))}"
        )
    has = sorted({int(row["year"]) for row in rows})
    chosen = tuple(years) or tuple(has)
    absent = sorted(set(chosen) - set(has))
    if absent:
        raise DatasetError(f"hub {hub} has no prices for {_listed(absent)}; it has {_listed(has)}")
    if len(set(chosen)) != len(chosen):
        raise DatasetError(f"a year is named twice: {_listed(chosen)}")
    return tuple(
        (
            quarter,
            _quarter_bins(
                [r for r in rows if int(r["year"]) in chosen and int(r["quarter"]) == quarter], rates[currency]
            ),
        )
        for quarter in (1, 2, 3, 4)
    )


def example_case() -> Path:
    """Return the small example that comes with the program: a case to begin from.

    Raises:
        DatasetError: it is missing.
    """
    package = Path(__file__).resolve().parent
    for file in (package / "_example.yaml", package.parent / "examples" / "quickstart" / "case.yaml"):
        if file.is_file():
            return file
    raise DatasetError("the bundled example is missing: reinstall the package")


def _root() -> Path:
    """Return the folder of the datasets: in an installed package beside this file, else in the checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_datasets", package.parent / "datasets"):
        if folder.is_dir():
            return folder
    raise DatasetError("the bundled datasets are missing: reinstall the package")


def _table(name: str) -> _Table:
    root = _root()
    names = dataset_names()
    if name not in names:
        close = _did_you_mean(get_close_matches(name, names, n=_MATCHES))
        raise DatasetError(f"unknown dataset '{name}'{close or '; there are ' + ', '.join(names)}")
    return _load(root / name)


@cache
def _load(folder: Path) -> _Table:
    """Read and check one dataset.

    Raises:
        DatasetError: see `dataset`.
    """
    name = folder.name
    try:
        source = tomllib.loads((folder / "source.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"dataset {name}: source.toml cannot be read: {error}") from error
    missing = [key for key in SOURCE_KEYS if key not in source]
    if missing:
        raise DatasetError(f"dataset {name}: source.toml lacks {', '.join(missing)}")
    path = folder / source["file"]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"dataset {name}: {path.name} cannot be read: {error}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != source["sha256"]:
        raise DatasetError(
            f"dataset {name}: {path.name} is not the file that was published "
            f"(sha256 {digest[:12]}..., recorded {source['sha256'][:12]}...); "
            "restore it or reinstall the package"
        )
    units: dict[str, str] = source["units"]
    record = Dataset(name, path, digest, source["title"], source["licence"], source["as_of"])
    if SHAPES in source:
        return _Table(record, MappingProxyType(units), MappingProxyType({}))
    reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    if list(reader.fieldnames or ()) != list(units):
        raise DatasetError(f"dataset {name}: the columns of {path.name} are not those that source.toml has units for")
    rows: dict[str, list[_Row]] = {}
    for row in reader:
        rows.setdefault(row["id"], []).append(MappingProxyType(row))
    return _Table(
        dataset=record,
        units=MappingProxyType(units),
        rows=MappingProxyType({key: tuple(group) for key, group in rows.items()}),
    )


def _rows(table: _Table, entry_id: str) -> tuple[_Row, ...]:
    if entry_id not in table.rows:
        raise UnknownEntryError(table.dataset.name, entry_id, _close(entry_id, tuple(table.rows)))
    return table.rows[entry_id]


def _close(wanted: str, ids: Sequence[str]) -> list[str]:
    """Return the ids nearest to a name: those that contain it, then those spelled alike."""
    plain = {_plain(name): name for name in ids}
    key = _plain(wanted)
    inside = [name for text, name in plain.items() if key and key in text]
    alike = [plain[text] for text in get_close_matches(key, plain, n=_MATCHES)]
    return list(dict.fromkeys((*inside, *alike)))[:_MATCHES]


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")


def _did_you_mean(matches: Sequence[str]) -> str:
    return "; did you mean " + " or ".join(f"'{name}'" for name in matches) + "?" if matches else ""


def _listed(years: Iterable[int]) -> str:
    return ", ".join(str(year) for year in years)


def _value(text: str, unit: str) -> object:
    """Read a cell by its unit."""
    if unit in _TEXTS:
        return text
    if unit in _COUNTS:
        return int(text)
    if unit == "date":
        return date.fromisoformat(text)
    if unit == "dates":
        return tuple(date.fromisoformat(part) for part in text.split(";"))
    return float(text)


def _fields(table: _Table, row: _Row, names: Iterable[str]) -> dict[str, object]:
    return {name: _value(row[name], table.units[name]) for name in names if row[name]}


def _own_fields(table: _Table, row: _Row) -> dict[str, object]:
    return _fields(table, row, (name for name in row if name != "id" and name not in PROVENANCE))


def _climate(table: _Table, entry_id: str) -> dict[str, object]:
    """Compose hours_below_c from its columns; left out where no hours are known.

    Readings are in 0.1 degC: no hour is at or below 0.1 degC under the lowest, all at or below the highest.
    """
    row = _rows(table, entry_id)[0]
    fields = _fields(table, row, ("design_temperature_c",))
    prefix, suffix = "hours_below_", "_c"
    hours = {
        float(name.removeprefix(prefix).removesuffix(suffix)): float(cell)
        for name, cell in row.items()
        if name.startswith(prefix) and cell
    }
    if hours:
        if row["lowest_c"]:
            hours[round(float(row["lowest_c"]) - _THERMOMETER_STEP_C, 6)] = 0.0
        if row["coldest_35_hours_c"]:
            hours[float(row["coldest_35_hours_c"])] = _COLDEST_HOURS
        if row["highest_c"]:
            hours[float(row["highest_c"])] = _YEAR_HOURS
        fields["hours_below_c"] = dict(sorted(hours.items()))
    return fields


def _network(table: _Table, entry_id: str) -> dict[str, object]:
    """Add the date of the figures, which is both a field and part of the provenance."""
    row = _rows(table, entry_id)[0]
    return {**_fields(table, row, ("as_of",)), **_own_fields(table, row)}


def _curve(_table: _Table, entry_id: str) -> dict[str, object]:
    return {
        "curve": tuple(
            {"quarter": quarter, "bins": tuple({"hours_frac": h, "usd_per_mwh": price} for h, price in bins)}
            for quarter, bins in price_curve(entry_id)
        )
    }


_COMPOSERS: dict[str, Callable[[_Table, str], dict[str, object]]] = {
    "climate": _climate,
    "mining_network": _network,
    PRICE_DURATION: _curve,
}
"""Datasets whose fields are not just their columns."""


def _currency(rows: Sequence[_Row]) -> str:
    return rows[0]["currency"]


def _quarter_bins(rows: Sequence[_Row], usd_per_unit: float) -> tuple[tuple[float, float], ...]:
    bins = [
        (float(cell), float(row[name.replace("hours_", "price_", 1)]) * usd_per_unit)
        for row in rows
        for name, cell in row.items()
        if name.startswith("hours_") and cell
    ]
    total_hours = sum(hours for hours, _ in bins)
    return tuple(sorted(((hours / total_hours, price) for hours, price in bins), key=lambda entry: entry[1]))

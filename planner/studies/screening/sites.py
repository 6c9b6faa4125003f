"""The candidate places of a screening: a file of sites with what it says of each, checked cell by cell."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.files.problems import shown
from planner.geo import PlaceError, read_sites
from planner.geo.sphere import Floats

MOST_PLACES = 200_000
MOST_MW, MOST_KM = 5_000.0, 2_000.0
KM_COLUMNS = ("substation_km", "line_km", "fibre_km")
_YES, _NO = ("true", "yes", "y", "1", "1.0"), ("false", "no", "n", "0", "0.0")


@dataclass(frozen=True, eq=False)
class Candidates:
    """Candidate places in EPSG:4326 and what their file says of them; nan where it says nothing."""

    sites: gpd.GeoDataFrame
    """Column `site`, the name, and the shapes."""
    mw: Floats
    energised: Floats
    """1 for an energised site, 0 for bare land."""
    km: dict[str, Floats]
    """Straight distances by the names of KM_COLUMNS; columns that the file has."""

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self.sites)

    def part(self, first: int, last: int) -> Candidates:
        """Return the places from one row up to before another."""
        km = {name: column[first:last] for name, column in self.km.items()}
        return Candidates(self.sites.iloc[first:last], self.mw[first:last], self.energised[first:last], km)


def read_candidates(file: Path, layer: str | None = None) -> Candidates:
    """Return the candidates of a GeoJSON, GeoPackage or CSV file.

    Raises PlaceError for a file that is none, for more than 200,000 places, or for a cell that cannot be used.
    """
    sites = read_sites(file, layer)
    if len(sites) > MOST_PLACES:
        raise PlaceError(f"{file}: {len(sites):,} places; at most {MOST_PLACES:,} are screened at once")

    def where(row: int) -> str:
        return f"{file}:{_csv_line(file, row)}" if file.suffix.lower() == ".csv" else f"{file}: feature {row + 1}"

    return candidates(sites, where)


def candidates(sites: gpd.GeoDataFrame, where: Callable[[int], str] = lambda row: f"feature {row + 1}") -> Candidates:
    """Return sites as candidates; `where` names a row for messages. Raises PlaceError for a cell without a meaning."""
    columns = {str(name).strip().lower(): sites[name] for name in reversed(list(sites.columns))}
    blank = np.full(len(sites), np.nan)
    mw = _numbers(columns["mw"], "mw", MOST_MW, where) if "mw" in columns else blank
    if (mw == 0).any():
        raise PlaceError(f"{where(int(np.argmax(mw == 0)))}: mw is 0, expected more; leave it blank if it is not known")
    energised = _flags(columns["energised"], where) if "energised" in columns else blank
    km = {name: _numbers(columns[name], name, MOST_KM, where) for name in KM_COLUMNS if name in columns}
    return Candidates(sites[["site", sites.geometry.name]], mw, energised, km)


def _numbers(column: pd.Series, name: str, most: float, where: Callable[[int], str]) -> Floats:
    """Return numbers from 0 to `most`, nan where blank."""
    blank = _is_blank(column)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~((numbers >= 0) & (numbers <= most)) & ~blank
    if wrong.any():
        row = int(np.argmax(wrong))
        raise PlaceError(f"{where(row)}: {name} is {_cell(column, row)}, expected a number from 0 to {most:,.0f}")
    return np.where(blank, np.nan, numbers)


def _flags(column: pd.Series, where: Callable[[int], str]) -> Floats:
    """Return 1 for true, 0 for false, nan where blank."""
    words = column.astype(str).str.strip().str.lower()
    flags = np.where(words.isin(_YES), 1.0, np.where(words.isin(_NO), 0.0, np.nan))
    wrong = np.isnan(flags) & ~_is_blank(column)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise PlaceError(f"{where(row)}: energised is {_cell(column, row)}, expected true or false")
    return np.asarray(flags, dtype=np.float64)


def _is_blank(column: pd.Series) -> np.ndarray:
    return np.asarray(column.isna() | (column.astype(str).str.strip() == ""), dtype=bool)


def _cell(column: pd.Series, row: int) -> str:
    value = column.iloc[row]
    return shown(value.item() if isinstance(value, np.generic) else value)


def _csv_line(file: Path, row: int) -> int:
    """Return the line on which a row of places ends; rows without any cell are no places."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        next(reader)
        lines = [reader.line_num for cells in reader if any(cells)]
    return lines[row]

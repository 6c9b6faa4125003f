"""The user's own layers: a small catalogue file beside them says what each gives, from where and as of when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import ValidationError

from planner import data
from planner.files.hourly_prices import read_hourly_prices
from planner.files.problems import CaseFileError, LocatedProblem, Problem, shown
from planner.files.schema_problems import schema_problems
from planner.files.yaml_source import YamlSource, read_yaml
from planner.geo import Layer, Link, Match, PlaceError
from planner.geo.sites import AREAS, CRS, read_features
from planner.places.bundled import chain_fields
from planner.places.power import Curve
from planner.schemas.layers import LayerCatalogue, OwnLayer

DISTANCES = ("substation", "line", "fibre")
"""Chains that take only how far the nearest feature is."""


@dataclass(frozen=True)
class OwnLayers:
    """Layers by chain, the chains they replace, and the price curves of own hubs."""

    chains: Mapping[str, tuple[Layer, ...]] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
    curves: Mapping[str, Curve] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


def read_own_layers(file: Path) -> OwnLayers:
    """Return the layers of a catalogue file. Raises CaseFileError with everything that is wrong."""
    source = read_yaml(file)
    try:
        catalogue = LayerCatalogue.model_validate(source.data)
    except ValidationError as error:
        told = schema_problems(error.errors(include_url=False), source.data, LayerCatalogue)
        raise CaseFileError([_located(problem, source) for problem in told]) from None
    chains: dict[str, list[Layer]] = {}
    curves: dict[str, Curve] = {}
    replaced, wrong, files = set(), [], []
    for number, entry in enumerate(catalogue.layers):
        path = file.parent / entry.file
        try:
            layer = _layer(entry, _inside(path, file.parent), curves)
        except PlaceError as error:
            wrong.append(_located(Problem(("layers", number, "file"), str(error)), source))
            continue
        except CaseFileError as error:
            wrong += error.problems
            continue
        chains.setdefault(entry.gives, []).append(layer)
        files.append(path)
        if entry.replace:
            replaced.add(entry.gives)
    if wrong:
        raise CaseFileError(wrong)
    return OwnLayers({name: tuple(found) for name, found in chains.items()}, frozenset(replaced), curves, tuple(files))


def _inside(path: Path, folder: Path) -> Path:
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        inside = False
    if not inside:
        raise PlaceError(f"{shown(str(path))} is not in the catalogue's own folder")
    return path


def _layer(entry: OwnLayer, file: Path, curves: dict[str, Curve]) -> Layer:
    """Return a layer of a catalogue; an hourly price file also becomes a curve."""
    fields = chain_fields()[entry.gives]
    unknown = [name for name in entry.columns if name not in fields]
    if unknown:
        raise PlaceError(f"columns: '{entry.gives}' has no field {shown(unknown[0])}; it has {', '.join(fields)}")
    if entry.lon is not None and entry.lat is not None:
        curves[entry.id] = read_hourly_prices(file)
        frame = gpd.GeoDataFrame({"hub": [entry.id]}, geometry=[shapely.Point(entry.lon, entry.lat)], crs=CRS)
    else:
        frame = _fields(entry, file, read_features(file, entry.layer), fields)
    known = frame.assign(
        source_title=entry.title, source_url=entry.source_url, as_of=entry.as_of.isoformat(), basis=entry.basis.value
    )
    if _covers(entry, file, frame):
        return Layer(entry.id, Link.USER, Match.COVERS, known, {}, most_km=0.0)
    return Layer(entry.id, Link.USER, Match.NEAREST, known, {}, most_km=entry.most_km)


def _covers(entry: OwnLayer, file: Path, frame: gpd.GeoDataFrame) -> bool:
    """Return whether a layer's shapes cover places; else the nearest one within reach counts."""
    areas = np.isin(shapely.get_type_id(frame.geometry.array), AREAS)
    if entry.gives in DISTANCES or not areas.any():
        return False
    if not areas.all():
        raise PlaceError(f"{file.name} has polygons and other shapes; a layer of {entry.gives} has one kind")
    return True


def _fields(entry: OwnLayer, file: Path, features: gpd.GeoDataFrame, fields: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return the fields of the chain, by their names, with the shapes."""
    columns = {name: entry.columns.get(name, name) for name in fields}
    if entry.gives == METRO:
        points = shapely.point_on_surface(features.geometry.array)
        features = features.assign(metro_lon=shapely.get_x(points), metro_lat=shapely.get_y(points))
        columns |= {"metro_lon": "metro_lon", "metro_lat": "metro_lat"}
    if entry.gives in DISTANCES and columns[entry.gives] not in features.columns:
        if entry.gives in entry.columns:
            raise PlaceError(f"{file.name} has no column '{columns[entry.gives]}' for {entry.gives}")
        features, columns = features.assign(**{entry.gives: entry.title}), {entry.gives: entry.gives}
    shape = features.geometry.name
    lacking = [f"'{column}' for {name}" for name, column in columns.items() if column not in features.columns]
    if lacking:
        there = ", ".join(str(name) for name in features.columns if name != shape)
        raise PlaceError(f"{file.name} has no column {' and no column '.join(lacking)}; it has {there or 'none'}")
    for name, column in columns.items():
        if column == shape:
            raise PlaceError(f"{file.name}: '{column}' holds shapes and is no column for {name}")
    cells = {name: _column(name, features[column], file) for name, column in columns.items()}
    _check(cells, file)
    return gpd.GeoDataFrame(cells, geometry=features.geometry.array, crs=CRS)


def _column(field: str, column: pd.Series, file: Path) -> pd.Series:
    """Return a column as numbers, dates or text, by the field that it gives."""
    if any(field.endswith(unit) for unit in NUMBERS):
        return _numbers(column, file)
    cells = [None if pd.isna(value) else str(value).strip() for value in column]
    if field.endswith(DATE):
        return pd.Series([_date(text, str(column.name), file) for text in cells], dtype=object)
    return pd.Series(cells, dtype=object)


def _numbers(column: pd.Series, file: Path) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(np.float64)
    blank = column.isna() | (column.astype(str).str.strip() == "")
    wrong = ~np.isfinite(numbers) & ~blank
    if wrong.any():
        row = int(np.argmax(wrong))
        raise PlaceError(
            f"{file.name}: feature {row + 1}: {column.name} is {shown(str(column.iloc[row]))}, expected a number"
        )
    return numbers


def _date(text: str | None, column: str, file: Path) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise PlaceError(f"{file.name}: {column} is {shown(text)}, expected a date such as 2028-12-31") from None


def _check(cells: Mapping[str, pd.Series], file: Path) -> None:
    """Refuse delays that are out of order or in part, and prices in a currency without a rate."""
    months = [column for name, column in cells.items() if name.endswith("_months")]
    if months:
        low, middle, high = months
        fine = (low >= 0) & (low <= middle) & (middle <= high)
        blank = low.isna() & middle.isna() & high.isna()
        if not (fine | blank).all():
            row = int(np.argmin(fine | blank))
            told = ", ".join(f"{column.iloc[row]:g}" for column in months)
            raise PlaceError(f"{file.name}: feature {row + 1}: months at p10, p50, p90 are {told}; expected to rise")
    if "retail_currency" in cells:
        rates = [str(row["id"]) for row in data.table("currencies")]
        for currency in cells["retail_currency"].dropna().unique():
            if currency not in rates:
                raise PlaceError(f"{file.name}: no rate for currency {shown(currency)}; there are {', '.join(rates)}")


NUMBERS = ("_lon", "_lat", "_months", "_mwh", "_frac", "_month", "_year", "_kw", "_low", "_high")
"""Ends of the fields that hold numbers."""
DATE = "_until"
METRO = "metro"
"""A chain whose layers give only names: where a metro is says its shape."""


def _located(problem: Problem, source: YamlSource) -> LocatedProblem:
    for length in range(len(problem.path), 0, -1):
        if problem.path[:length] in source.positions:
            return LocatedProblem(problem.message, source.file, *source.positions[problem.path[:length]], problem.path)
    return LocatedProblem(problem.message, source.file, None, None, problem.path)

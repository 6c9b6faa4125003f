"""The user's own layers: a small catalogue file beside them says what each gives, from where and as of when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from pydantic import ValidationError

from planner.files.hourly_prices import read_hourly_prices
from planner.files.problems import CaseFileError, LocatedProblem, Problem
from planner.files.schema_problems import schema_problems
from planner.files.yaml_source import YamlSource, read_yaml
from planner.geo import Layer, Link, Match, PlaceError
from planner.geo.sites import CRS, read_features
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
    if not path.resolve().is_relative_to(folder.resolve()):
        raise PlaceError(f"{path} is not in the catalogue's own folder")
    return path


def _layer(entry: OwnLayer, file: Path, curves: dict[str, Curve]) -> Layer:
    fields = chain_fields()[entry.gives]
    origin = {
        "source_title": entry.title, "source_url": entry.source_url, "as_of": entry.as_of.isoformat(),
        "basis": entry.basis.value, "note": "",
    }  # fmt: skip
    if entry.lon is not None and entry.lat is not None:
        curves[entry.id] = read_hourly_prices(file)
        frame = gpd.GeoDataFrame(
            {"hub": [entry.id], "curve_hub": [entry.id]}, geometry=[shapely.Point(entry.lon, entry.lat)], crs=CRS
        )
    else:
        frame = read_features(file, entry.layer)
    if entry.gives in DISTANCES:
        name = entry.columns.get(entry.gives, "")
        frame[entry.gives] = frame[name] if name in frame.columns else entry.title
    columns = {name: entry.columns.get(name, name) for name in fields}
    lacking = [f"'{columns[name]}' for {name}" for name in fields if columns[name] not in frame.columns]
    if lacking:
        there = ", ".join(str(name) for name in frame.columns if name != frame.geometry.name)
        raise PlaceError(f"{file.name} has no column {' and no column '.join(lacking)}; it has {there or 'none'}")
    for name in fields:
        if any(name.endswith(unit) for unit in NUMBERS):
            frame[columns[name]] = _numbers(frame[columns[name]], file)
    points = bool((shapely.get_type_id(frame.geometry.array) == shapely.GeometryType.POINT).all())
    is_area = not points and entry.gives not in DISTANCES
    return Layer(
        entry.id, Link.USER, Match.COVERS if is_area else Match.NEAREST, frame.assign(**origin), columns,
        most_km=entry.most_km if not is_area else 0.0,
    )  # fmt: skip


NUMBERS = ("_months", "_mwh", "_frac", "_month", "_year", "_kw", "_c", "_low", "_high", "_p5", "_p95", "_m")
"""Ends of the fields that hold numbers."""


def _numbers(column: pd.Series, file: Path) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = numbers.isna() & column.notna() & (column.astype(str) != "")
    if wrong.any():
        raise PlaceError(f"{file.name}: {column.name} is '{column[wrong].iloc[0]}', expected a number")
    return numbers


def _located(problem: Problem, source: YamlSource) -> LocatedProblem:
    for length in range(len(problem.path), 0, -1):
        if problem.path[:length] in source.positions:
            return LocatedProblem(problem.message, source.file, *source.positions[problem.path[:length]], problem.path)
    return LocatedProblem(problem.message, source.file, None, None, problem.path)

"""Bundled datasets as tables, shapes and layers."""

from __future__ import annotations

import warnings
from functools import cache

import geopandas as gpd
import pandas as pd
import shapely

from planner import data
from planner.geo import Layer, Link, Match
from planner.geo.antimeridian import cut_at_antimeridian
from planner.geo.sites import in_degrees


@cache
def dataset_table(name: str) -> pd.DataFrame:
    """Return a bundled dataset by id, with the id also as the column own_id."""
    frame = pd.DataFrame(data.table(name))
    return frame.assign(own_id=frame["id"]).set_index("id")


@cache
def shapes(name: str, layer: str) -> gpd.GeoDataFrame:
    """Return a layer of a bundled file of shapes, repaired, cut at the antimeridian, in EPSG:4326."""
    with warnings.catch_warnings():
        # GDAL reads the topology's missing CRS as none and says so; the record of the dataset states it
        warnings.simplefilter("ignore")
        frame = gpd.read_file(data.layer_file(name), layer=layer)
    shape = frame.geometry.array
    frame = frame[~(shapely.is_missing(shape) | shapely.is_empty(shape))].reset_index(drop=True)
    frame = frame.set_geometry(cut_at_antimeridian(frame.geometry.array), crs="EPSG:4326")
    title = data.dataset(name)
    return in_degrees(frame.assign(source_title=title.title, as_of=title.as_of.isoformat()), name)


def points(name: str) -> gpd.GeoDataFrame:
    """Return a bundled dataset with coordinates as points."""
    frame = dataset_table(name).dropna(subset=["lon", "lat"])
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")


def by_key(name: str, link: Link, key: str, prefix: str = "", **columns: str) -> Layer:
    """Return a layer whose entries are found by an earlier field, after the prefix."""
    return Layer(name, link, Match.KEY, dataset_table(name), columns, prefix=prefix, key=key)


def always(name: str, entry_id: str, **columns: str) -> Layer:
    """Return a layer of one entry that holds everywhere."""
    return Layer(name, Link.WORLD, Match.ALWAYS, dataset_table(name).loc[[entry_id]], columns)

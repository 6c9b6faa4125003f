"""Outlines for the map of a screening: the land in view, projected, simplified, as SVG paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from planner.geo.sphere import Bools, Floats
from planner.places.tables import shapes

LOWER_48 = (-125.0, 24.0, -66.0, 50.0)
"""West, south, east, north of the contiguous states."""
NEAR_48 = shapely.box(-140, 10, -50, 62)
ALBERS, EQUAL_EARTH = "EPSG:5070", "EPSG:8857"
WIDTH = 1_000.0
"""Width of the drawing; heights follow from the view."""
LEAST_M = 900_000.0
"""A view is at least so wide: a single place still shows which state it is in."""
MARGIN_FRAC = 0.08
ASPECTS = (1.25, 1.9)
"""Least and most width over height of a view."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """A map: size of the drawing, land outlines as SVG path data, and the places in drawing units."""

    height: float
    countries: str
    states: str
    x: Floats
    y: Floats
    is_inside: Bools
    """Whether a place lies on the map."""
    by_state: Mapping[str, str]
    """Path data of each state in view, by its FIPS code; `states` is all of them."""


def drawing(lon: Floats, lat: Floats, is_shown: Bools) -> Drawing:
    """Return the map that holds the places to be shown; others may lie outside it.

    It is in the states' own projection where all to be shown lie there, else in the world's.
    """
    west, south, east, north = LOWER_48
    in_states = bool(((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))[is_shown].all())
    crs = ALBERS if in_states else EQUAL_EARTH
    places = gpd.GeoSeries(shapely.points(lon, lat), crs="EPSG:4326").to_crs(crs)
    points = shapely.get_coordinates(places.array)
    view = _view(points[is_shown])
    countries, states = shapes("world_boundaries", "countries"), shapes("us_boundaries", "states")
    if in_states:
        countries = gpd.clip(countries[["geometry"]], NEAR_48)
    scale = WIDTH / (view[2] - view[0])
    x, y = (points[:, 0] - view[0]) * scale, (view[3] - points[:, 1]) * scale
    height = round((view[3] - view[1]) * scale, 1)
    by_state = dict(zip(states["id"], _paths(states, crs, view, scale), strict=True))
    return Drawing(
        height=height,
        countries="".join(_paths(countries, crs, view, scale)),
        states="".join(by_state.values()),
        x=x,
        y=y,
        by_state=by_state,
        is_inside=(x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= height),
    )


def _view(points: Floats) -> tuple[float, float, float, float]:
    """Return left, bottom, right, top in metres: the places with a margin, neither too flat nor too tall."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, size = (low + high) / 2, np.maximum((high - low) * (1 + 2 * MARGIN_FRAC), LEAST_M)
    width, height = float(size[0]), float(size[1])
    width, height = max(width, height * ASPECTS[0]), max(height, width / ASPECTS[1])
    x, y = float(middle[0]), float(middle[1])
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _paths(frame: gpd.GeoDataFrame, crs: str, view: tuple[float, float, float, float], scale: float) -> list[str]:
    """Return the outline of each shape, empty out of view; neighbours keep a common border when simplified."""
    flat = frame.geometry.to_crs(crs).array
    seen = shapely.intersects(flat, shapely.box(*view))
    pad = 0.02 * (view[2] - view[0])
    window = (view[0] - pad, view[1] - pad, view[2] + pad, view[3] + pad)
    simple = shapely.coverage_simplify(np.asarray(flat[seen], dtype=object), 0.8 / scale)
    drawn = iter([_outline(shape, view, scale) for shape in shapely.clip_by_rect(simple, *window)])
    return [next(drawn) if inside else "" for inside in seen]


def _outline(shape: Any, view: tuple[float, float, float, float], scale: float) -> str:
    parts = shapely.get_parts(shape)
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    told = []
    for ring in rings:
        xy = shapely.get_coordinates(ring)
        x, y = (xy[:-1, 0] - view[0]) * scale, (view[3] - xy[:-1, 1]) * scale
        if np.ptp(x) + np.ptp(y) > 2:
            told.append("M" + " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True)) + "z")
    return "".join(told)

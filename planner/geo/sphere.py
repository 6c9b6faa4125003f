"""Distances on the sphere: great circles, and the nearest feature of many for many places at once.

The sphere of mean radius errs by at most 0.5 % against the ellipsoid. Working with unit vectors needs no map
projection, so that the poles and the antimeridian are places like any other.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

STEP_KM = 2.0
"""Lines and outlines are sampled at least this densely to find the nearest one; the distance itself is exact."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def unit_vectors(lon: Floats, lat: Floats) -> Floats:
    """Return points on the unit sphere [n, 3]."""
    phi, theta = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])


def great_circle_km(lon: Floats, lat: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Return distances along great circles, elementwise."""
    chord = np.linalg.norm(unit_vectors(lon, lat) - unit_vectors(lon2, lat2), axis=1)
    return _arc_km(chord)


def nearest(lon: Floats, lat: Floats, features: gpd.GeoDataFrame) -> tuple[Ints, Floats]:
    """Return, for each place, the row of the nearest feature and the distance in km (0 inside a polygon).

    Args:
        lon: degrees east, [n].
        lat: degrees north, [n].
        features: points, lines or polygons in EPSG:4326, at least one.
    """
    geometry = features.geometry.array
    if (shapely.get_type_id(geometry) == shapely.GeometryType.POINT).all():
        tree = cKDTree(unit_vectors(shapely.get_x(geometry), shapely.get_y(geometry)))
        chord, row = tree.query(unit_vectors(lon, lat))
        return row.astype(np.int64), _arc_km(chord)
    dense = shapely.segmentize(geometry, np.degrees(STEP_KM / EARTH_KM))
    coordinates, owner = shapely.get_coordinates(dense, return_index=True)
    tree = cKDTree(unit_vectors(coordinates[:, 0], coordinates[:, 1]))
    _, vertex = tree.query(unit_vectors(lon, lat))
    row = owner[vertex].astype(np.int64)
    distance = [_local_km(*place) for place in zip(lon, lat, geometry[row], strict=True)]
    return row, np.array(distance, dtype=np.float64)


def _local_km(lon: float, lat: float, shape: Any) -> float:
    """Return the distance to a shape in an equidistant projection centred on the place."""

    def project(xy: Floats) -> Floats:
        to = unit_vectors(xy[:, 0], xy[:, 1])
        here = unit_vectors(np.array([lon]), np.array([lat]))[0]
        east = np.array([-np.sin(np.radians(lon)), np.cos(np.radians(lon)), 0.0])
        north = np.cross(here, east)
        angle = np.arccos(np.clip(to @ here, -1.0, 1.0))
        x, y = to @ east, to @ north
        length = np.hypot(x, y)
        scale = np.divide(angle, length, out=np.ones_like(angle), where=length > 1e-12) * EARTH_KM
        return np.column_stack([x * scale, y * scale])

    return float(shapely.distance(shapely.transform(shape, project), shapely.Point(0, 0)))


def _arc_km(chord: Floats) -> Floats:
    return np.asarray(2 * EARTH_KM * np.arcsin(np.clip(chord / 2, 0.0, 1.0)), dtype=np.float64)

"""Distances on the sphere: great circles, and the nearest feature of many for many places at once.

The sphere of mean radius errs by at most 0.56 % against the ellipsoid. Working with unit vectors needs no map
projection, so that the poles and the antimeridian are places like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

STEP_KM = 2.0
"""Lines and outlines are sampled at least this densely; an edge is straight in degrees, as in the file."""
EXACT_KM = 200.0
"""Farther off, the nearest sampled point is within 3 m of the nearest point of a line, and is taken for it."""

_SLACK = 1e-6
"""Share and km by which a search reaches farther than it must, against rounding."""
_COLLECTIONS = (
    shapely.GeometryType.MULTIPOINT,
    shapely.GeometryType.MULTILINESTRING,
    shapely.GeometryType.MULTIPOLYGON,
    shapely.GeometryType.GEOMETRYCOLLECTION,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def unit_vectors(lon: Floats, lat: Floats) -> Floats:
    """Return points on the unit sphere [n, 3]."""
    phi, theta = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])


def great_circle_km(lon: Floats, lat: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Return distances along great circles, elementwise."""
    return _arc_km(np.linalg.norm(unit_vectors(lon, lat) - unit_vectors(lon2, lat2), axis=1))


@dataclass(frozen=True, eq=False)
class NearestIndex:
    """Features made ready to be searched by distance, for any number of searches."""

    tree: Any
    """Sampled points of all features, on the unit sphere."""
    vectors: Floats
    """The same points [n, 3]."""
    owner: Ints
    """Feature of each point."""
    goes_on: Bools
    """Whether a straight piece leads from a point to the one after it."""
    areas: Any
    """Search tree of the polygons."""
    area_owner: Ints

    @classmethod
    def of(cls, features: gpd.GeoDataFrame) -> NearestIndex:
        """Return the index of features in EPSG:4326: points, lines, polygons or collections, at least one."""
        parts, owner = _parts(features.geometry.array)
        is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        rings, ring_of = shapely.get_rings(parts[is_area], return_index=True)
        paths = np.concatenate([parts[~is_area], rings])
        path_owner = np.concatenate([owner[~is_area], owner[is_area][ring_of]])
        dense = shapely.segmentize(paths, np.degrees(STEP_KM / EARTH_KM))
        degrees, path = shapely.get_coordinates(dense, return_index=True)
        vectors = unit_vectors(degrees[:, 0], degrees[:, 1])
        goes_on = np.append(path[1:] == path[:-1], np.zeros(min(1, len(path)), dtype=bool))
        return cls(
            cKDTree(vectors), vectors, path_owner[path].astype(np.int64), goes_on,
            shapely.STRtree(parts[is_area]), owner[is_area].astype(np.int64),
        )  # fmt: skip

    def find(self, lon: Floats, lat: Floats) -> tuple[Ints, Floats]:
        """Return, for each place, the nearest feature's row and the distance in km, 0 inside a polygon.

        Args:
            lon: degrees east, [n].
            lat: degrees north, [n].
        """
        here = unit_vectors(lon, lat)
        chord, point = self.tree.query(here)
        row, km = self.owner[point], _arc_km(chord)
        close = np.nonzero(km < EXACT_KM)[0]
        if self.goes_on.any() and len(close):
            row[close], km[close] = self._on_edges(lon[close], lat[close], here[close], row[close], km[close])
        place, area = self.areas.query(shapely.points(lon, lat), predicate="intersects")
        order = np.lexsort((self.area_owner[area], place))
        inside, first = np.unique(place[order], return_index=True)
        row[inside], km[inside] = self.area_owner[area][order][first], 0.0
        return row, km

    def _on_edges(self, lon: Floats, lat: Floats, here: Floats, row: Ints, km: Floats) -> tuple[Ints, Floats]:
        """Return row and distance with the straight pieces between the points counted.

        A piece that comes nearer than the nearest point has an end no farther than the hypotenuse of that distance
        and half a step, so only points within that reach are looked at.
        """
        reach_km = np.hypot(km, STEP_KM / 2) * (1 + _SLACK) + _SLACK
        reach = 2 * np.sin(reach_km / EARTH_KM / 2)
        near = self.tree.query_ball_point(here, reach, return_sorted=False)
        place = np.repeat(np.arange(len(here)), [len(points) for points in near])
        point = np.concatenate([*map(np.asarray, near)]).astype(np.int64)
        start = np.concatenate([point, point - 1])
        place = np.concatenate([place, place])
        straight = (start >= 0) & self.goes_on[start]
        start, place = start[straight], place[straight]
        ends = [_seen_from(lon[place], lat[place], self.vectors[start + i]) for i in (0, 1)]
        away = _from_origin_km(*ends)
        order = np.lexsort((away, place))
        asked, first = np.unique(place[order], return_index=True)
        best = order[first]
        nearer = away[best] < km[asked]
        row, km = row.copy(), km.copy()
        row[asked[nearer]], km[asked[nearer]] = self.owner[start[best]][nearer], away[best][nearer]
        return row, km


def nearest(lon: Floats, lat: Floats, features: gpd.GeoDataFrame) -> tuple[Ints, Floats]:
    """Return, for each place, the row of the nearest feature and the distance in km (0 inside a polygon).

    Args:
        lon: degrees east, [n].
        lat: degrees north, [n].
        features: points, lines or polygons in EPSG:4326, at least one.
    """
    return NearestIndex.of(features).find(lon, lat)


def _parts(shapes: Any) -> tuple[Any, Ints]:
    """Return the single points, lines and polygons of shapes, and the shape that each belongs to."""
    parts, owner = np.asarray(shapes, dtype=object), np.arange(len(shapes))
    while np.isin(shapely.get_type_id(parts), _COLLECTIONS).any():
        parts, of = shapely.get_parts(parts, return_index=True)
        owner = owner[of]
    return parts, owner


def _seen_from(lon: Floats, lat: Floats, vectors: Floats) -> Floats:
    """Return points in km east and north of places [n, 2]: directions and distances from the place are true."""
    theta = np.radians(lon)
    here = unit_vectors(lon, lat)
    east = np.column_stack([-np.sin(theta), np.cos(theta), np.zeros_like(theta)])
    north = np.cross(here, east)
    flat = np.column_stack([(vectors * east).sum(axis=1), (vectors * north).sum(axis=1)])
    length = np.linalg.norm(flat, axis=1)
    angle = np.arctan2(length, (vectors * here).sum(axis=1))
    scale = np.divide(angle, length, out=np.ones_like(angle), where=length > 0)
    return cast("Floats", flat * scale[:, None] * EARTH_KM)


def _from_origin_km(start: Floats, end: Floats) -> Floats:
    """Return the distance of straight pieces from the origin."""
    along = end - start
    length2 = (along**2).sum(axis=1)
    share = np.divide(-(start * along).sum(axis=1), length2, out=np.zeros_like(length2), where=length2 > 0)
    foot = start + np.clip(share, 0.0, 1.0)[:, None] * along
    return np.asarray(np.linalg.norm(foot, axis=1), dtype=np.float64)


def _arc_km(chord: Floats) -> Floats:
    return np.asarray(2 * EARTH_KM * np.arcsin(np.clip(chord / 2, 0.0, 1.0)), dtype=np.float64)

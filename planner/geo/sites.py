"""Places as a user gives them: a point, or a file of points and polygons, checked and brought to EPSG:4326."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from planner.geo.problems import PlaceError

CRS = "EPSG:4326"
MOST_BYTES = 200_000_000
MOST_SITE_KM2 = 2_000.0
"""A polygon above this is not a site: the largest campuses have a hundred square kilometres."""

LON_COLUMNS = ("lon", "longitude", "lng", "x")
LAT_COLUMNS = ("lat", "latitude", "y")
NAME_COLUMNS = ("id", "site_id", "name", "site")
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_KINDS = (shapely.GeometryType.POINT, *_AREAS)


def point_site(lon: float, lat: float, name: str = "place") -> gpd.GeoDataFrame:
    """Return one site at a point. Raises PlaceError for coordinates that are not on the globe."""
    problem = coordinate_problem(lon, lat)
    if problem:
        raise PlaceError(problem)
    return gpd.GeoDataFrame({"site": [name]}, geometry=[shapely.Point(lon, lat)], crs=CRS)


def coordinate_problem(lon: float, lat: float) -> str:
    """Say what is wrong with a pair of coordinates; empty when nothing is."""
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return f"lon {lon} and lat {lat} must be finite numbers in degrees"
    if abs(lat) > 90 >= abs(lon):
        return f"lat is {lat:g}, expected -90 to 90: lon and lat seem to be swapped (lon comes first)"
    if abs(lat) > 90:
        return f"lat is {lat:g}, expected -90 to 90 degrees"
    if abs(lon) > 180:
        hint = f"; did you mean {lon - np.copysign(360, lon):g}?" if abs(lon) <= 360 else ""
        return f"lon is {lon:g}, expected -180 to 180 degrees{hint}"
    return ""


def read_sites(file: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Return the sites of a GeoJSON, GeoPackage or CSV file: columns `site` and geometry, and the file's own.

    Raises PlaceError for a file that cannot be read, has no CRS, no features or a feature that is no site.
    """
    frame = read_features(file, layer)
    wrong = [f"feature {i + 1}: {problem}" for i, problem in enumerate(_shape_problems(frame)) if problem]
    if wrong:
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise PlaceError(f"{file}: " + "; ".join(wrong[:5]) + more)
    return _named(frame)


def read_features(file: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Return the features of a file in EPSG:4326, shapes repaired; any geometry but none.

    Raises PlaceError, see `read_sites`.
    """
    if not file.is_file():
        raise PlaceError(f"{file}: no such file")
    if file.stat().st_size > MOST_BYTES:
        raise PlaceError(f"{file}: larger than {MOST_BYTES // 1_000_000} MB")
    frame = _read_csv(file) if file.suffix.lower() == ".csv" else _read_vector(file, layer)
    if frame.empty:
        raise PlaceError(f"{file}: no features")
    return in_degrees(frame, str(file))


def in_degrees(frame: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """Return a frame in EPSG:4326 with valid shapes; a missing CRS is refused, not guessed. Raises PlaceError."""
    if frame.crs is None or "undefined" in str(frame.crs.name).lower():
        raise PlaceError(f"{where}: no coordinate reference system; set one (EPSG:4326 for lon/lat degrees)")
    try:
        frame = frame.to_crs(CRS)
    except (pyproj.exceptions.ProjError, ValueError, RuntimeError) as error:
        raise PlaceError(f"{where}: coordinates cannot be brought to EPSG:4326: {error}") from None
    shapes = frame.geometry.array
    if (shapely.is_missing(shapes) | shapely.is_empty(shapes)).any():
        first = int(np.argmax(shapely.is_missing(shapes) | shapely.is_empty(shapes))) + 1
        raise PlaceError(f"{where}: feature {first} has no geometry")
    bad = ~shapely.is_valid(shapes)
    if bad.any():
        frame = frame.copy()
        frame.loc[bad, frame.geometry.name] = shapely.make_valid(shapes[bad])
    corners = shapely.bounds(frame.geometry.array)
    for column, (low, high) in enumerate(((0, 2), (1, 3))):
        limit = (180.0, 90.0)[column]
        values = corners[:, [low, high]]
        if not np.isfinite(values).all() or (np.abs(values) > limit).any():
            row = int(np.argmax(~(np.abs(values) <= limit).all(axis=1)))
            far = values[row][np.argmax(np.abs(values[row]))]
            pair = (far, corners[row, 1]) if column == 0 else (corners[row, 0], far)
            problem = coordinate_problem(*map(float, pair))
            projected = np.isfinite(far) and abs(far) > 1000
            hint = "; the file seems to be in a projected coordinate system that it does not name" if projected else ""
            raise PlaceError(f"{where}: feature {row + 1}: {problem}{hint}")
    return frame


def _read_vector(file: Path, layer: str | None) -> gpd.GeoDataFrame:
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(file)]
        if layer is not None and layer not in layers:
            raise PlaceError(f"{file}: no layer '{layer}'; it has {', '.join(layers)}")
        if layer is None and len(layers) > 1:
            raise PlaceError(f"{file}: several layers ({', '.join(layers)}); say which")
        frame = gpd.read_file(file, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, UnicodeDecodeError) as error:
        if isinstance(error, PlaceError):
            raise
        raise PlaceError(f"{file}: not readable as GeoJSON or GeoPackage: {str(error)[:200]}") from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise PlaceError(f"{file}: has no geometry column")
    return frame


def _read_csv(file: Path) -> gpd.GeoDataFrame:
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise PlaceError(f"{file}: not a readable CSV: {str(error).strip()[:200]}") from None
    by_name = {str(column).strip().lower(): column for column in table.columns}
    pair = []
    for kind, names in (("lon", LON_COLUMNS), ("lat", LAT_COLUMNS)):
        column = next((by_name[name] for name in names if name in by_name), None)
        if column is None:
            there, wanted = ", ".join(map(str, table.columns)), " or ".join(names)
            raise PlaceError(f"{file}: no {kind} column; found {there}; expected {wanted}")
        numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
        if np.isnan(numbers).any():
            row = int(np.argmax(np.isnan(numbers)))
            raise PlaceError(f"{file}:{row + 2}: {column} is '{table[column].iloc[row]}', expected degrees")
        pair.append(numbers)
    for row, (lon, lat) in enumerate(zip(*pair, strict=True)):
        problem = coordinate_problem(lon, lat)
        if problem:
            raise PlaceError(f"{file}:{row + 2}: {problem}")
    return gpd.GeoDataFrame(table, geometry=shapely.points(*pair), crs=CRS)


def _shape_problems(frame: gpd.GeoDataFrame) -> list[str]:
    """Say for each feature why it is no site; empty text where it is one."""
    shapes = frame.geometry.array
    kinds, bounds = shapely.get_type_id(shapes), shapely.bounds(shapes)
    areas = _area_km2(shapes)
    problems = []
    for kind, (west, _, east, _), km2 in zip(kinds, bounds, areas, strict=True):
        if kind not in _KINDS:
            name = shapely.GeometryType(kind).name.lower()
            problems.append(f"is a {name}; a site is a point or a polygon")
        elif east - west > 180:
            problems.append("spans more than 180 degrees of longitude; cut a polygon at the antimeridian in two")
        elif kind in _AREAS and km2 == 0:
            problems.append("has no area")
        elif km2 > MOST_SITE_KM2:
            problems.append(f"covers {km2:,.0f} km2; a site has at most {MOST_SITE_KM2:,.0f}")
        else:
            problems.append("")
    return problems


def _area_km2(shapes: Any) -> Any:
    """Return areas by the cylindrical equal-area projection of the sphere."""
    scale = 6371.0088

    def flat(xy: Any) -> Any:
        return np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]) * scale

    return shapely.area(shapely.transform(shapes, flat))


def _named(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the column `site`: the file's own name of each feature, else its number, made unique."""
    by_name = {str(column).lower(): column for column in frame.columns}
    column = next((by_name[name] for name in NAME_COLUMNS if name in by_name), None)
    names = [f"site {i + 1}" for i in range(len(frame))]
    if column is not None:
        own = frame[column].astype(str).str.strip()
        names = [text if text and text.lower() not in ("nan", "none") else names[i] for i, text in enumerate(own)]
    seen: dict[str, int] = {}
    unique = []
    for text in names:
        seen[text] = seen.get(text, 0) + 1
        unique.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return frame.assign(site=unique).reset_index(drop=True)

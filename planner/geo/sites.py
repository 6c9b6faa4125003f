"""Places as a user gives them: a point, or a file of points and polygons, checked and brought to EPSG:4326."""

from __future__ import annotations

import csv
import warnings
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
FORMATS = "GeoJSON, GeoPackage or CSV with lon and lat"
MOST_BYTES = 200_000_000
MOST_SITE_KM2 = 2_000.0
"""A polygon above this is not a site: the largest campuses have a hundred square kilometres."""

LON_COLUMNS = ("lon", "longitude", "lng", "x")
LAT_COLUMNS = ("lat", "latitude", "y")
NAME_COLUMNS = ("id", "site_id", "name", "site")
AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_KINDS = (shapely.GeometryType.POINT, *AREAS)
_WRAPPING = (shapely.GeometryType.MULTIPOINT, *AREAS[1:], shapely.GeometryType.GEOMETRYCOLLECTION)
_GEOPACKAGE = b"SQLite format 3\x00"
_JSON = b"{"
_MOST_TOLD = 5


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
    frame = frame.set_geometry(_unwrapped(frame.geometry.array), crs=CRS)
    wrong = [f"feature {i + 1} {problem}" for i, problem in enumerate(_shape_problems(frame)) if problem]
    if wrong:
        more = f"; and {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
        raise PlaceError(f"{_one_line(file)}: " + "; ".join(wrong[:_MOST_TOLD]) + more)
    return _named(frame)


def read_features(file: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Return the features of a file in EPSG:4326, shapes repaired; any geometry but none.

    Raises PlaceError, see `read_sites`.
    """
    where = _one_line(file)
    try:
        if not file.is_file():
            raise PlaceError(f"{where}: no such file" if not file.exists() else f"{where}: not a file")
        if file.stat().st_size > MOST_BYTES:
            raise PlaceError(f"{where}: larger than {MOST_BYTES // 1_000_000} MB")
        is_csv = file.suffix.lower() == ".csv"
        if is_csv and layer is not None:
            raise PlaceError(f"{where}: a CSV file has no layers")
        frame = _read_csv(file, where) if is_csv else _read_vector(file, where, layer)
    except (OSError, ValueError) as error:
        if isinstance(error, PlaceError):
            raise
        raise PlaceError(f"{where}: cannot be read: {_one_line(error)}") from None
    if frame.empty:
        raise PlaceError(f"{where}: no features")
    return in_degrees(frame, where)


def in_degrees(frame: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """Return a frame in EPSG:4326 with valid shapes; a missing CRS is refused, not guessed. Raises PlaceError."""
    if frame.crs is None or "undefined" in str(frame.crs.name).lower():
        raise PlaceError(f"{where}: no coordinate reference system; set one (EPSG:4326 for lon/lat degrees)")
    _refuse_empty(frame.geometry.array, where, "has no geometry")
    before = shapely.bounds(frame.geometry.array)
    try:
        frame = frame.to_crs(CRS)
    except (pyproj.exceptions.ProjError, shapely.errors.ShapelyError, ValueError, RuntimeError) as error:
        raise PlaceError(f"{where}: coordinates cannot be brought to EPSG:4326: {_one_line(error)}") from None
    _refuse_off_globe(frame.geometry.array, before, where)
    shapes = frame.geometry.array
    bad = ~shapely.is_valid(shapes)
    if not bad.any():
        return frame
    repaired = np.asarray(shapes, dtype=object)
    areas = bad & np.isin(shapely.get_type_id(repaired), AREAS)
    # Only polygons stay of a polygon: a spike leaves no line behind.
    repaired[areas] = shapely.make_valid(repaired[areas], method="structure", keep_collapsed=False)
    repaired[bad & ~areas] = shapely.make_valid(repaired[bad & ~areas])
    _refuse_empty(repaired, where, "has no area")
    return frame.set_geometry(repaired, crs=CRS)


def _refuse_empty(shapes: Any, where: str, problem: str) -> None:
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        raise PlaceError(f"{where}: feature {int(np.argmax(empty)) + 1} {problem}")


def _refuse_off_globe(shapes: Any, before: Any, where: str) -> None:
    """Refuse shapes with coordinates that are none; `before` holds their bounds in the file's own system."""
    x, y = shapely.get_coordinates(shapes).T
    owner = shapely.get_coordinates(shapes, return_index=True)[1]
    fine = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    if fine.all():
        return
    first = int(np.argmin(fine))
    feature = int(owner[first])
    problem = coordinate_problem(float(x[first]), float(y[first]))
    if not np.isfinite([x[first], y[first]]).all() and np.isfinite(before[feature]).all():
        west, south = before[feature][:2]
        problem = f"x {west:g} y {south:g} is no place on the globe in the file's coordinate system"
    elif max(abs(x[first]), abs(y[first])) > 1000:
        problem += "; the file seems to be in a projected coordinate system that it does not name"
    raise PlaceError(f"{where}: feature {feature + 1}: {problem}")


def _read_vector(file: Path, where: str, layer: str | None) -> gpd.GeoDataFrame:
    with file.open("rb") as stream:
        head = stream.read(1000).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith((_GEOPACKAGE, _JSON)):
        # Other formats of the map library can point at files elsewhere, or at the net.
        raise PlaceError(f"{where}: not a file of places; expected {FORMATS}")
    try:
        with warnings.catch_warnings():
            # what the library mends while it reads, it says as warnings; shapes are checked afterwards
            warnings.simplefilter("ignore")
            # tables without geometry, such as the styles that some programs keep in the file, are no layers
            layers = [str(name) for name, kind in pyogrio.list_layers(file) if kind is not None]
            if layer is not None and layer not in layers:
                raise PlaceError(f"{where}: no layer '{layer}'; it has {', '.join(layers)}")
            if layer is None and len(layers) != 1:
                told = f"several layers ({', '.join(layers)}); say which" if layers else "no layer with geometry"
                raise PlaceError(f"{where}: {told}")
            frame = gpd.read_file(file, layer=layer or layers[0])
    except (ValueError, RuntimeError, shapely.errors.ShapelyError) as error:
        if isinstance(error, PlaceError):
            raise
        raise PlaceError(f"{where}: not readable as GeoJSON or GeoPackage: {_one_line(error)}") from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise PlaceError(f"{where}: has no geometry column")
    return frame


def _read_csv(file: Path, where: str) -> gpd.GeoDataFrame:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            rows = [(reader.line_num, row) for row in reader if any(row)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise PlaceError(f"{where}: not a readable CSV: {_one_line(error)}") from None
    at = [_csv_column(header, kind, names, where) for kind, names in (("lon", LON_COLUMNS), ("lat", LAT_COLUMNS))]
    pairs = []
    for line, row in rows:
        if len(row) != len(header):
            raise PlaceError(f"{where}:{line}: the row has {len(row)} columns, the header has {len(header)}")
        pair = [_degrees(row[i], header[i], f"{where}:{line}") for i in at]
        problem = coordinate_problem(*pair)
        if problem:
            raise PlaceError(f"{where}:{line}: {problem}")
        pairs.append(pair)
    columns = {name: [row[i] for _, row in rows] for i, name in enumerate(header) if name and name != "geometry"}
    points = shapely.points(np.array(pairs, dtype=np.float64).reshape(-1, 2))
    return gpd.GeoDataFrame(columns, geometry=points, crs=CRS)


def _csv_column(header: list[str], kind: str, names: tuple[str, ...], where: str) -> int:
    plain = [name.strip().lower() for name in header]
    for name in names:
        if name in plain:
            return plain.index(name)
    there = _one_line(", ".join(header)) or "nothing"
    raise PlaceError(f"{where}: no {kind} column; found {there}; expected {' or '.join(names)}")


def _degrees(cell: str, column: str, where: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise PlaceError(f"{where}: {column} is '{_one_line(cell)}', expected degrees") from None


def _unwrapped(shapes: Any) -> Any:
    """Return shapes with collections of one thing replaced by the thing: some programs write only collections."""
    single = np.asarray(shapes, dtype=object)
    while True:
        alone = (shapely.get_num_geometries(single) == 1) & np.isin(shapely.get_type_id(single), _WRAPPING)
        if not alone.any():
            return single
        single[alone] = shapely.get_geometry(single[alone], 0)


def _shape_problems(frame: gpd.GeoDataFrame) -> list[str]:
    """Say for each feature why it is no site; empty text where it is one."""
    shapes = frame.geometry.array
    kinds, areas = shapely.get_type_id(shapes), _area_km2(shapes)
    problems = []
    for shape, kind, km2 in zip(shapes, kinds, areas, strict=True):
        if kind not in _KINDS:
            name = shapely.GeometryType(kind).name.lower()
            problems.append(f"is a {name}; a site is a point or a polygon")
        elif any(east - west > 180 for west, _, east, _ in shapely.bounds(shapely.get_parts(shape))):
            problems.append("spans more than 180 degrees of longitude; cut a polygon at the antimeridian in two")
        elif kind in AREAS and km2 == 0:
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
        own = ["" if pd.isna(name) else _one_line(name) for name in frame[column]]
        names = [text or names[i] for i, text in enumerate(own)]
    taken: set[str] = set()
    for i, text in enumerate(names):
        count = 1
        while names[i] in taken:
            count += 1
            names[i] = f"{text} ({count})"
        taken.add(names[i])
    return frame.assign(site=names).reset_index(drop=True)


def _one_line(text: object) -> str:
    """Return text of foreign origin on one line, without control characters, not too long."""
    words = " ".join(str(text).split())
    return (words if words.isprintable() else repr(words)[1:-1])[:300]

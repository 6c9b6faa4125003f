"""What must be true of every place: a value with its confidence, or one message on one line; no number that is none."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.geo import Confidence, PlaceError, point_site, read_sites
from planner.geo.sphere import great_circle_km, nearest
from planner.places import Dossier, dossier, look_up
from planner.places.bundled import QUEUES, queue_fields
from planner.reports.place import place_text

ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True)
EDGES = st.sampled_from([-180.0, -179.999999, -90.0, -0.0, 0.0, 89.999999, 90.0, 179.999999, 180.0, 262.9, 360.0])
LON = st.floats(-180, 180) | EDGES.filter(lambda x: abs(x) <= 180)
LAT = st.floats(-90, 90) | EDGES.filter(lambda y: abs(y) <= 90)


def sound(found: Dossier) -> None:
    """Check what is shown of a place."""
    for item in found.evidence:
        assert item.confidence is not Confidence.NONE
        assert item.link
        assert item.layer
        assert item.distance_km is None or 0 <= item.distance_km <= 21_000
        assert item.value == found.values[item.field]
    for prefix in QUEUES.values():
        low, middle, high = (found.values[name] for name in queue_fields(prefix))
        assert 0 < low <= middle <= high <= 240  # type: ignore[operator]
    text = place_text([found], width=80)
    words = text.lower().replace("(", " ").replace(",", " ").split()
    assert not {"nan", "inf", "-inf", "none", "nat", "<na>"} & set(words), text
    json.dumps(found.as_json(), allow_nan=False)


def refused(error: PlaceError) -> None:
    """Check a message."""
    assert str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 3_000


@given(ANY_NUMBER | EDGES | LON, ANY_NUMBER | EDGES | LAT)
@settings(max_examples=150)
@example(0.0, -90.0)
@example(180.0, 66.5)
@example(-180.0, 66.5)
@example(20.9, 42.6)  # a country without a code
@example(-66.1, 18.4)  # Puerto Rico: no market
@example(-86.5, 47.5)  # in Lake Superior
def test_any_pair_of_numbers_is_a_place_or_a_message(lon: float, lat: float) -> None:
    try:
        places = look_up(point_site(lon, lat))
    except PlaceError as error:
        refused(error)
        assert not (abs(lon) <= 180 and abs(lat) <= 90)
        return
    assert abs(lon) <= 180
    assert abs(lat) <= 90
    problem = str(places.values["problem"].iloc[0])
    assert problem.isprintable()
    assert problem == "" or "at sea" in problem
    assert problem or isinstance(places.values["country"].iloc[0], str)
    sound(dossier(places, 0))


# --- files of anything

COORDINATE = st.floats(-200, 400) | ANY_NUMBER | EDGES | st.floats(-2e7, 2e7)
PAIR = st.tuples(COORDINATE, COORDINATE)
NEAR = st.tuples(st.floats(-98, -97), st.floats(33, 33.3))
"""Places near one another: polygons of them are often sites, and often cross themselves."""


@st.composite
def geometries(draw: st.DrawFn) -> dict[str, Any] | None:
    pair = draw(st.sampled_from([PAIR, NEAR, NEAR, NEAR]))
    pairs = st.lists(pair, min_size=2, max_size=6)
    rings = st.lists(pair, min_size=3, max_size=6).map(lambda ring: [*ring, ring[0]])
    simple = st.one_of(
        st.just({"type": "Point", "coordinates": []}),
        pair.map(lambda p: {"type": "Point", "coordinates": p}),
        pairs.map(lambda p: {"type": "MultiPoint", "coordinates": p}),
        pairs.map(lambda p: {"type": "LineString", "coordinates": p}),
        rings.map(lambda r: {"type": "Polygon", "coordinates": [r]}),
        st.lists(rings, min_size=1, max_size=3).map(lambda r: {"type": "Polygon", "coordinates": r}),
        st.lists(rings, min_size=1, max_size=3).map(
            lambda r: {"type": "MultiPolygon", "coordinates": [[ring] for ring in r]}
        ),
    )
    collection = st.lists(simple, max_size=3).map(lambda g: {"type": "GeometryCollection", "geometries": g})
    return draw(st.none() | simple | simple | collection)


CRS = st.sampled_from(
    [None, None, None, "EPSG:4326", "EPSG:4269", "EPSG:3857", "EPSG:32614", "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:0"]
)


def read_or_refuse(file: Path) -> gpd.GeoDataFrame | None:
    try:
        return read_sites(file)
    except PlaceError as error:
        refused(error)
        return None


@given(st.lists(geometries(), max_size=3), CRS)
@settings(max_examples=300)
def test_any_geojson_is_sites_or_a_message(
    tmp_path: Path, shapes: list[dict[str, Any] | None], crs: str | None
) -> None:
    data: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": "x"}, "geometry": shape} for shape in shapes],
    }
    if crs is not None:
        data["crs"] = {"type": "name", "properties": {"name": crs}}
    (tmp_path / "sites.geojson").write_text(json.dumps(data), encoding="utf-8")
    sites = read_or_refuse(tmp_path / "sites.geojson")
    if sites is None:
        return
    assert shapely.is_valid(sites.geometry.array).all()
    assert sites["site"].is_unique
    places = look_up(sites)
    for place in range(len(sites)):
        sound(dossier(places, place))


@given(NEAR, st.sampled_from(["EPSG:4326", "EPSG:4269", "EPSG:3857", "EPSG:32614", None]))
@settings(max_examples=25)
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_geopackage_in_any_crs_is_the_same_place(tmp_path: Path, pair: tuple[float, float], crs: str | None) -> None:
    file = tmp_path / "sites.gpkg"
    file.unlink(missing_ok=True)
    known = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(*pair)], crs="EPSG:4326")
    written = gpd.GeoDataFrame(known[["name"]], geometry=known.geometry.array) if crs is None else known.to_crs(crs)
    if crs is None:
        written = written.set_crs(None, allow_override=True)
    written.to_file(file, driver="GPKG")
    sites = read_or_refuse(file)
    assert (sites is None) == (crs is None)
    if sites is not None:
        point = sites.geometry.iloc[0]
        assert (point.x, point.y) == pytest.approx(pair, abs=3e-5)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.sampled_from(["csv", "geojson", "gpkg"]))
@settings(max_examples=150)
@example(b"lon,lat\n1,2\n", "csv")
@example(b"SQLite format 3\x00", "gpkg")
@example(b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":7}]}', "geojson")
def test_any_bytes_are_sites_or_a_message(tmp_path: Path, content: bytes, suffix: str) -> None:
    file = tmp_path / f"sites.{suffix}"
    file.write_bytes(content)
    sites = read_or_refuse(file)
    assert sites is None or len(sites)


# --- distances


@given(st.tuples(LON, LAT), st.tuples(LON, LAT), st.tuples(LON, LAT))
def test_distances_are_a_metric(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
    def km(start: tuple[float, float], end: tuple[float, float]) -> float:
        return float(great_circle_km(*(np.array([x]) for x in (*start, *end)))[0])

    assert km(a, a) == 0
    assert km(a, b) == pytest.approx(km(b, a), abs=1e-9)
    assert km(a, c) <= km(a, b) + km(b, c) + 1e-3
    assert 0 <= km(a, b) <= math.pi * 6371.01


@given(st.tuples(LON, LAT), st.lists(st.tuples(LON, st.floats(-85, 85)), min_size=2, max_size=4, unique=True))
def test_a_line_is_never_farther_than_its_points(place: tuple[float, float], line: list[tuple[float, float]]) -> None:
    """And never nearer than 2 km less than the nearest of its samples, which the index takes every 2 km."""
    here = np.array([place[0]]), np.array([place[1]])
    shape = shapely.LineString(line)
    _, km = nearest(*here, gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326"))
    lon, lat = shapely.get_coordinates(shapely.segmentize(shape, 0.01)).T
    sampled = great_circle_km(np.full_like(lon, place[0]), np.full_like(lat, place[1]), lon, lat).min()
    assert km[0] <= sampled + 0.01
    assert km[0] >= sampled - 2

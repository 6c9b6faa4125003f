"""Distances, reading of sites, and the rules of layers and chains, each against a figure worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import Geod

from planner.geo import Chain, Confidence, Layer, Link, Match, PlaceError, locate, point_site, read_sites
from planner.geo.antimeridian import cut_at_antimeridian
from planner.geo.sites import in_degrees, read_features
from planner.geo.sphere import EARTH_KM, great_circle_km, nearest

QUARTER_KM = EARTH_KM * np.pi / 2
WGS84 = Geod(ellps="WGS84")


def frame(*shapes: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")


def at(*points: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = np.array(points, dtype=np.float64).T
    return lon, lat


# --- distances


@pytest.mark.parametrize(
    ("start", "end", "km"),
    [
        ((0, 0), (90, 0), QUARTER_KM),
        ((0, 0), (0, 90), QUARTER_KM),
        ((10, 90), (-170, 90), 0.0),  # the pole has every longitude
        ((0, 0), (180, 0), 2 * QUARTER_KM),
        ((179.5, 0), (-179.5, 0), QUARTER_KM / 90),  # one degree, across the antimeridian
        ((0, 89.5), (180, 89.5), QUARTER_KM / 90),  # one degree, over the pole
        ((0, 60), (1, 60), 2 * EARTH_KM * np.arcsin(0.5 * np.sin(np.radians(0.5)))),
    ],
)
def test_great_circles_by_hand(start: tuple[float, float], end: tuple[float, float], km: float) -> None:
    assert great_circle_km(*at(start), *at(end))[0] == pytest.approx(km, abs=1e-6)


@pytest.mark.parametrize(
    ("start", "end"),
    [((-97.13, 33.21), (-74.0, 40.7)), ((10, 50), (10, 51)), ((0, 0), (0, 1)), ((-170, 60), (170, 62))],
)
def test_great_circles_agree_with_the_ellipsoid(start: tuple[float, float], end: tuple[float, float]) -> None:
    geodesic = WGS84.inv(*start, *end)[2] / 1000
    assert great_circle_km(*at(start), *at(end))[0] == pytest.approx(geodesic, rel=0.006)


def geodesic_to(shape: object, lon: float, lat: float) -> float:
    """Distance to the nearest of very many points of a shape's outline, on the ellipsoid."""
    x, y = shapely.get_coordinates(shapely.segmentize(shape, 0.0005)).T
    metres = WGS84.inv(np.full_like(x, lon), np.full_like(y, lat), x, y)[2]
    return float(np.min(metres)) / 1000


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        (shapely.LineString([(-100, 30), (-90, 35)]), (-96, 33)),
        (shapely.LineString([(-100, 49), (-80, 49)]), (-90, 49.5)),  # a parallel, which no great circle follows
        (shapely.LineString([(10, 70), (40, 70)]), (25, 70.01)),
        (shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)]), (1.01, 0.5)),
        (shapely.Polygon([(0, 80), (30, 80), (30, 85), (0, 85)]), (15, 79)),
        (shapely.MultiLineString([[(5, 5), (6, 6)], [(8, 8), (9, 8)]]), (7.5, 8.4)),
        (shapely.LinearRing([(0, 0), (2, 0), (2, 2)]), (1.2, 0.6)),
    ],
)
def test_nearest_agrees_with_the_geodesic(shape: object, place: tuple[float, float]) -> None:
    _, km = nearest(*at(place), frame(shape))
    assert km[0] == pytest.approx(geodesic_to(shape, *place), rel=0.006)


def test_the_nearer_of_two_lines_is_found_though_its_points_lie_farther() -> None:
    """The place is 0.5 km from the middle of an edge of 2 km, and 0.8 km from the end of another line."""
    degree_km = EARTH_KM * np.pi / 180
    edge = shapely.LineString([(-1 / degree_km, 0.5 / degree_km), (1 / degree_km, 0.5 / degree_km)])
    end = shapely.LineString([(0, -0.8 / degree_km), (0, -9 / degree_km)])
    row, km = nearest(*at((0, 0)), frame(end, edge))
    assert row[0] == 1
    assert km[0] == pytest.approx(0.5, rel=1e-3)


def test_a_place_inside_a_polygon_has_no_distance() -> None:
    row, km = nearest(*at((5, 5), (12, 5)), frame(shapely.Point(5, 5.001), shapely.box(0, 0, 10, 10)))
    assert (row[0], km[0]) == (1, 0.0)
    assert row[1] == 1
    assert km[1] == pytest.approx(222, rel=0.006)


def test_nearest_of_collections_and_across_the_antimeridian() -> None:
    shapes = frame(
        shapely.GeometryCollection([shapely.Point(170, 0), shapely.LineString([(-179.9, -1), (-179.9, 1)])]),
        shapely.MultiPoint([(179.0, 0), (10, 10)]),
    )
    row, km = nearest(*at((179.9, 0), (10, 11)), shapes)
    assert list(row) == [0, 1]
    assert km[0] == pytest.approx(0.2 * EARTH_KM * np.pi / 180, rel=1e-6)


def test_opposite_the_place_a_line_is_no_nearer_than_half_the_globe() -> None:
    _, km = nearest(*at((180, 0)), frame(shapely.LineString([(-1, 0), (1, 0)])))
    assert km[0] == pytest.approx(2 * QUARTER_KM * 179 / 180, rel=1e-6)


def test_outlines_across_the_antimeridian_and_round_a_pole_are_cut() -> None:
    across = shapely.Polygon([(170, 0), (-170, 0), (-170, 10), (170, 10)])
    round_pole = shapely.Polygon([(-180, -70), (-90, -70), (0, -70), (90, -70), (179, -70)])
    plain = shapely.box(0, 0, 100, 10)
    cut = cut_at_antimeridian([across, round_pole, plain])
    inside = shapely.points([(175, 5), (-175, 5), (180, 5), (0, 5), (0, -89), (-180, -89), (0, -60)])
    assert list(shapely.intersects(cut[0], inside)) == [True, True, True, False, False, False, False]
    assert list(shapely.intersects(cut[1], inside)) == [False, False, False, False, True, True, False]
    assert cut[2] is plain


# --- sites


def geojson(path: Path, *geometries: object, crs: object = "absent", properties: object = None) -> Path:
    features = [{"type": "Feature", "properties": properties or {}, "geometry": geometry} for geometry in geometries]
    data: dict[str, object] = {"type": "FeatureCollection", "features": features}
    if crs != "absent":
        data["crs"] = crs
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


POINT = {"type": "Point", "coordinates": [-97.1331, 33.2148]}


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:32614", "EPSG:4269", "EPSG:4326", "OGC:CRS84"])
def test_every_crs_leads_to_the_same_place(tmp_path: Path, crs: str) -> None:
    known = frame(shapely.Point(-97.1331, 33.2148), name=["Denton"]).to_crs(crs)
    known.to_file(tmp_path / "sites.gpkg", driver="GPKG")
    sites = read_sites(tmp_path / "sites.gpkg")
    assert sites.crs.to_epsg() == 4326
    assert list(sites["site"]) == ["Denton"]
    shape = sites.geometry.iloc[0]
    assert (shape.x, shape.y) == pytest.approx((-97.1331, 33.2148), abs=1e-5)


def test_a_file_without_a_crs_is_refused(tmp_path: Path) -> None:
    bare = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(1, 2)])
    with pytest.warns(UserWarning, match="crs"):
        bare.to_file(tmp_path / "sites.gpkg", driver="GPKG")
    with pytest.raises(PlaceError, match="no coordinate reference system"):
        read_sites(tmp_path / "sites.gpkg")
    with pytest.raises(PlaceError, match="no coordinate reference system"):
        locate(bare, [])
    with pytest.raises(PlaceError, match="bring them to EPSG:4326"):
        locate(frame(shapely.Point(1, 2)).to_crs("EPSG:3857"), [])


def test_names_are_kept_and_made_unique(tmp_path: Path) -> None:
    file = tmp_path / "sites.csv"
    file.write_text('id,Longitude,LAT\na,1,2\na,3,4\na (2),5,6\n,7,8\n"b\nc",9,10\n', encoding="utf-8-sig")
    assert list(read_sites(file)["site"]) == ["a", "a (2)", "a (2) (2)", "site 4", "b c"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,lon,lat\na,1,2\n\nb,x,2\n", "sites.csv:4: lon is 'x', expected degrees"),
        ("id,lon,lat\na,1,\n", "sites.csv:2: lat is '', expected degrees"),
        ("id,lon,lat\na,1\n", "sites.csv:2: the row has 2 columns, the header has 3"),
        ("id,lon,lat\na,33,-97\n", "sites.csv:2: lat is -97, expected -90 to 90: lon and lat seem to be swapped"),
        ("id,lon,lat\na,262.9,33\n", "sites.csv:2: lon is 262.9, expected -180 to 180 degrees; did you mean -97.1?"),
        ("id,lon,lat\na,nan,33\n", "sites.csv:2: lon nan and lat 33.0 must be finite numbers"),
        ("id;lon;lat\na;1;2\n", "no lon column; found id;lon;lat; expected lon or longitude"),
        ("", "no lon column; found nothing"),
        ("lon,lat\n", "no features"),
        ('lon,lat\n"1,2\n', "not a readable CSV"),
    ],
)
def test_a_bad_csv_is_said_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "sites.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PlaceError) as caught:
        read_sites(file)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def polygon(*ring: tuple[float, float]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "feature 1 is a linestring; a site is a point or a"),
        ({"type": "MultiPoint", "coordinates": [[0, 0], [1, 1]]}, "feature 1 is a multipoint"),
        ({"type": "Point", "coordinates": []}, "feature 1 has no geometry"),
        (None, "feature 1 has no geometry"),
        (polygon((0, 0), (1, 1), (2, 2)), "feature 1 has no area"),
        (polygon((0, 0), (5, 0), (5, 5)), "km2; a site has at most 2,000"),
        (polygon((-179.9, 0), (179.9, 0), (179.9, 0.1)), "cut a polygon at the antimeridian in two"),
        ({"type": "Point", "coordinates": [660000, 3670000]}, "seems to be in a projected coordinate system"),
        ({"type": "Point", "coordinates": [33.2, -97.1]}, "lon and lat seem to be swapped"),
    ],
)
def test_what_is_no_site_is_said(tmp_path: Path, geometry: object, message: str) -> None:
    with pytest.raises(PlaceError) as caught:
        read_sites(geojson(tmp_path / "sites.geojson", geometry))
    assert message in str(caught.value)


def test_odd_shapes_that_are_sites(tmp_path: Path) -> None:
    """A bow-tie, a spike, a collection of one, and a site cut at the antimeridian."""
    bow_tie = polygon((0, 0), (0.1, 0.1), (0.1, 0), (0, 0.1))
    spike = polygon((0, 0), (0.1, 0), (0.3, 0), (0.1, 0), (0.1, 0.1), (0, 0.1))
    alone = {"type": "GeometryCollection", "geometries": [{"type": "MultiPoint", "coordinates": [[1, 2]]}]}
    halves = [[[179.9, 0], [180, 0], [180, 0.1], [179.9, 0]], [[-180, 0], [-179.9, 0], [-180, 0.1], [-180, 0]]]
    cut = {"type": "MultiPolygon", "coordinates": [[half] for half in halves]}
    sites = read_sites(geojson(tmp_path / "sites.geojson", bow_tie, spike, alone, cut))
    assert shapely.is_valid(sites.geometry.array).all()
    assert [shape.geom_type for shape in sites.geometry] == ["MultiPolygon", "Polygon", "Point", "MultiPolygon"]
    assert sites.geometry.iloc[1].area == pytest.approx(0.01)


@pytest.mark.parametrize("content", ["", "{", '{"type": "Feature"', "[]", "<VRT/>", "\x00\x01", '{"a": 1}'])
def test_a_broken_file_is_one_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "sites.geojson"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PlaceError) as caught:
        read_sites(file)
    assert "\n" not in str(caught.value)
    assert "sites.geojson" in str(caught.value)


def test_a_file_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    inner = geojson(tmp_path / "inner.geojson", POINT)
    file = tmp_path / "sites.geojson"
    source = f"<SrcDataSource>{inner}</SrcDataSource><SrcLayer>inner</SrcLayer>"
    file.write_text(f'<OGRVRTDataSource><OGRVRTLayer name="inner">{source}</OGRVRTLayer></OGRVRTDataSource>')
    with pytest.raises(PlaceError, match="not a file of places"):
        read_sites(file)


def test_layers_of_a_geopackage_are_named(tmp_path: Path) -> None:
    file = tmp_path / "sites.gpkg"
    for name, lon in (("here", 1), ("there", 2)):
        frame(shapely.Point(lon, 0), name=[name]).to_file(file, driver="GPKG", layer=name)
    with pytest.raises(PlaceError, match=r"several layers \(here, there\); say which"):
        read_sites(file)
    with pytest.raises(PlaceError, match="no layer 'x'; it has here, there"):
        read_sites(file, "x")
    assert read_sites(file, "there").geometry.iloc[0].x == 2


def test_a_table_without_geometry_is_no_layer(tmp_path: Path) -> None:
    """As the styles that QGIS keeps beside the layer."""
    file = tmp_path / "sites.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"style": ["x"]}), file, layer="layer_styles")
    with pytest.raises(PlaceError, match="no layer with geometry"):
        read_sites(file)
    frame(shapely.Point(1, 2), name=["a"]).to_file(file, driver="GPKG", layer="sites")
    assert list(read_sites(file)["site"]) == ["a"]


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path, message in ((tmp_path / "no.csv", "no such file"), (tmp_path, "not a file"), (Path("a\0b"), "a.*b")):
        with pytest.raises(PlaceError, match=message):
            read_features(path)


def test_a_place_outside_the_coordinate_system_is_said() -> None:
    far = gpd.GeoDataFrame(geometry=[shapely.Point(1e30, 1e30)], crs="EPSG:32614")
    with pytest.raises(PlaceError, match="feature 1"):
        in_degrees(far, "here")


# --- chains


def keyed(name: str, values: dict[str, object], **extra: object) -> Layer:
    table = pd.DataFrame({"value": list(values.values()), **extra}, index=list(values))
    return Layer(name, Link.MARKET, Match.KEY, table, {}, key="market")


def markets(**columns: object) -> Chain:
    """Three boxes side by side from lon 0 to 30: A, B and one that is blank."""
    boxes = frame(*(shapely.box(west, 0, west + 10, 10) for west in (0, 10, 20)), market=["A", "B", ""], **columns)
    return Chain("market", ("market",), (Layer("boxes", Link.COUNTY, Match.COVERS, boxes, {}, most_km=50),))


def points(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    return frame(*(shapely.Point(*place) for place in places), site=[f"s{i}" for i in range(len(places))])


def test_the_first_layer_with_a_value_is_taken() -> None:
    fine, coarse = keyed("fine", {"A": 1.0, "B": None}), keyed("coarse", {"A": 9.0, "B": 2.0})
    world = Layer("world", Link.WORLD, Match.ALWAYS, pd.DataFrame({"value": [3.0]}), {})
    chain = Chain("figure", ("value",), (fine, coarse, world))
    places = locate(points((5, 5), (15, 5), (25, 5), (50, 50)), [markets(), chain])
    assert list(places.values["value"]) == [1.0, 2.0, 3.0, 3.0]
    assert [places.evidence(i)[-1].layer for i in range(4)] == ["fine", "coarse", "world", "world"]
    assert [places.evidence(i)[-1].link for i in range(4)] == ["market", "market", "world default", "world default"]
    assert list(places.values["market"]) == ["A", "B", None, None]
    assert places.evidence(3)[0].chain == "figure"


def test_confidence_is_the_least_of_basis_distance_key_and_link() -> None:
    layer = keyed("k", {"A": 1.0, "B": 1.0}, basis=["published", "estimate"])
    assumed = Layer("world", Link.WORLD, Match.ALWAYS, pd.DataFrame({"value": [1.0], "basis": ["published"]}), {})
    chain = Chain("figure", ("value",), (layer, assumed))
    near_a = (-0.1, 5)  # 11 km off the coast of A, of 50 allowed
    places = locate(points((5, 5), (15, 5), near_a, (50, 50)), [markets(), chain])
    high, medium, low = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
    assert list(places.found["market"].confidence) == [high, high, medium, Confidence.NONE]
    assert list(places.found["figure"].confidence) == [high, medium, medium, low]


@pytest.mark.parametrize(
    ("lon", "confidence"), [(0.1, Confidence.HIGH), (0.3, Confidence.MEDIUM), (0.7, Confidence.LOW), (1.1, None)]
)
def test_a_far_neighbour_is_trusted_less(lon: float, confidence: Confidence | None) -> None:
    reach = EARTH_KM * np.pi / 180
    layer = Layer("p", Link.STATION, Match.NEAREST, frame(shapely.Point(0, 0), value=[1.0]), {}, most_km=reach)
    found = locate(points((lon, 0)), [Chain("figure", ("value",), (layer,))]).found["figure"]
    assert found.confidence[0] == (confidence or Confidence.NONE)
    assert found.layer[0] == (0 if confidence else -1)


def test_layers_that_differ_are_named_and_lower_the_confidence() -> None:
    boxes = markets().layers[0]
    second = frame(shapely.box(0, 0, 30, 10), market=["B"])
    other = Layer("second", Link.STATE, Match.COVERS, second, {}, most_km=0)
    places = locate(points((5, 5), (15, 5), (25, 5)), [Chain("market", ("market",), (boxes, other), compared=True)])
    found = places.found["market"]
    assert [found.others(i) for i in range(3)] == ["B by second", "", ""]
    assert list(places.values["market"]) == ["A", "B", "B"]
    assert list(found.confidence) == [Confidence.MEDIUM, Confidence.HIGH, Confidence.HIGH]
    assert places.evidence(0)[0].others == "B by second"


def test_a_layer_may_ask_for_an_earlier_value() -> None:
    here = frame(shapely.Point(5, 5), shapely.Point(15, 5), hub=["a", "b"])
    layer = Layer("hubs", Link.MARKET, Match.NEAREST, here, {}, only=("market", "B"))
    places = locate(points((5, 5), (15, 5)), [markets(), Chain("hub", ("hub",), (layer,))])
    assert list(places.values["hub"]) == [None, "b"]


def test_of_several_covering_polygons_the_first_counts() -> None:
    boxes = frame(shapely.box(0, 0, 9, 9), shapely.box(4, 4, 6, 6), shapely.box(3, 3, 7, 7), market=["A", "B", "C"])
    chain = Chain("market", ("market",), (Layer("boxes", Link.COUNTY, Match.COVERS, boxes, {}),))
    assert list(locate(points((5, 5), (5, 5)), [chain]).values["market"]) == ["A", "A"]


def test_a_touching_polygon_on_the_other_side_of_the_antimeridian_covers() -> None:
    box = frame(shapely.box(-180, 0, -170, 10), market=["A"])
    layer = Layer("box", Link.COUNTY, Match.COVERS, box, {}, most_km=0.0)
    found = locate(points((180, 5), (179.9, 5)), [Chain("market", ("market",), (layer,))])
    assert list(found.values["market"]) == ["A", None]


def test_layers_that_cannot_work_are_refused() -> None:
    with pytest.raises(PlaceError, match="layer t lacks b, which 'c' takes from it"):
        Chain("c", ("a", "b"), (Layer("t", Link.WORLD, Match.ALWAYS, pd.DataFrame({"a": [1]}), {}),))
    with pytest.raises(PlaceError, match="layer t has no geometry"):
        Layer("t", Link.COUNTY, Match.COVERS, pd.DataFrame({"a": [1]}), {})
    with pytest.raises(PlaceError, match="site 2 has no geometry"):
        locate(frame(shapely.Point(1, 1), shapely.Point(), site=["a", "b"]), [])


def test_no_sites_are_no_problem() -> None:
    assert locate(points((5, 5)).iloc[:0], [markets()]).values.empty


@pytest.mark.parametrize(("lon", "lat"), [(float("nan"), 0), (0, float("inf")), (181, 0), (0, 91), (360, -91)])
def test_a_point_off_the_globe_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(PlaceError):
        point_site(lon, lat)

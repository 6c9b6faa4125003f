"""Map files of a result, read back with geopandas as QGIS and others would."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
from typer.testing import CliRunner

from planner.cli import app
from planner.reports.maps import NoPlaceError, write_geojson, write_gpkg, write_kml
from planner.results import Result, save
from planner.schemas.place import Location
from planner.views import Views
from planner.views.site_map import Use, site_map

DENTON = Location(lon=-97.1331, lat=33.2148)
EVIL = '<script>alert(1)</script> & =HYPERLINK("x") مركز'
METRES = "EPSG:32614"
"""UTM zone of the place."""


@pytest.fixture
def placed(small_result: Result) -> Result:
    site = small_result.case.site.model_copy(update={"location": DENTON, "name": EVIL})
    return replace(small_result, case=small_result.case.model_copy(update={"site": site}))


def test_the_layers_come_back_with_their_figures(placed: Result, tmp_path: Path) -> None:
    write_gpkg(placed, tmp_path / "map.gpkg")
    halls = gpd.read_file(tmp_path / "map.gpkg", layer="halls").set_index("hall")
    site = gpd.read_file(tmp_path / "map.gpkg", layer="site")
    requests = gpd.read_file(tmp_path / "map.gpkg", layer="grid_requests")
    assert site["name"].tolist() == [EVIL]
    assert site.crs.to_epsg() == 4326
    assert (site.geometry.x[0], site.geometry.y[0]) == (DENTON.lon, DENTON.lat)
    assert site["npv_usd"][0] == pytest.approx(placed.plan.npv_musd * 1e6)
    assert set(halls.index) == set(placed.instance.halls)
    for row in Views(placed).conversions:
        assert halls.loc[row.hall, "use_at_end"] == "AI"
        assert halls.loc[row.hall, "ready"] == row.ready.isoformat()
        assert halls.loc[row.hall, "it_mw"] == pytest.approx(row.it_mw)
    assert len(requests) == len(placed.instance.upgrades)


def test_a_hall_is_as_large_as_its_floor_and_none_covers_another(placed: Result, tmp_path: Path) -> None:
    write_gpkg(placed, tmp_path / "map.gpkg")
    halls = gpd.read_file(tmp_path / "map.gpkg", layer="halls").to_crs(METRES)
    assert halls.area.to_numpy() == pytest.approx(halls["floor_m2"].to_numpy(), rel=2e-3)
    shapes = halls.geometry.tolist()
    assert not any(a.intersects(b) for i, a in enumerate(shapes) for b in shapes[:i])
    assert halls["schematic"].all()


def test_qgis_finds_a_style_in_the_geopackage(placed: Result, tmp_path: Path) -> None:
    write_gpkg(placed, tmp_path / "map.gpkg")
    with sqlite3.connect(tmp_path / "map.gpkg") as connection:
        ((layer, column, qml),) = connection.execute(
            "SELECT f_table_name, f_geometry_column, styleQML FROM layer_styles WHERE useAsDefault"
        ).fetchall()
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({layer})")]
    connection.close()
    assert (layer, column in columns) == ("halls", True)
    root = ET.fromstring(qml.partition(">")[2])  # noqa: S314 - the planner's own text
    assert {entry.get("value") for entry in root.iter("category")} == {use.value for use in Use}


def test_geojson_has_all_features_in_longitude_and_latitude(placed: Result, tmp_path: Path) -> None:
    write_geojson(placed, tmp_path / "map.geojson")
    frame = gpd.read_file(tmp_path / "map.geojson")
    assert frame.crs.to_epsg() == 4326
    assert frame["layer"].value_counts().to_dict() == {
        "halls": len(placed.instance.halls), "grid_requests": len(placed.instance.upgrades), "site": 1,
    }  # fmt: skip
    assert frame[frame["layer"] == "halls"]["fill"].str.startswith("#").all()
    assert frame.total_bounds == pytest.approx([DENTON.lon, DENTON.lat, DENTON.lon, DENTON.lat], abs=0.02)


def test_kml_tells_the_stages_of_a_hall_one_after_the_other(placed: Result, tmp_path: Path) -> None:
    write_kml(placed, tmp_path / "map.kml")
    text = (tmp_path / "map.kml").read_text(encoding="utf-8")
    assert "<script" not in text
    root = ET.fromstring(text)  # noqa: S314 - the planner's own text
    kml = "{http://www.opengis.net/kml/2.2}"
    assert [entry.text for entry in root.iter(f"{kml}name")][:2] == [EVIL, EVIL]
    (row, *_) = Views(placed).conversions
    spans = [
        (mark.findtext(f"{kml}TimeSpan/{kml}begin"), mark.findtext(f"{kml}TimeSpan/{kml}end"))
        for mark in root.iter(f"{kml}Placemark")
        if (mark.findtext(f"{kml}name") or "").startswith(f"{row.hall}: ")
    ]
    ready, begun = row.ready.isoformat(), row.build_start.isoformat()
    assert spans[-1] == (ready, None)
    assert spans[-2] == (begun, ready)
    layers = gpd.list_layers(tmp_path / "map.kml")
    assert len(layers) >= 2


def test_without_a_place_there_is_no_map(small_result: Result, tmp_path: Path) -> None:
    assert site_map(small_result) is None
    with pytest.raises(NoPlaceError, match=r"site\.location"):
        write_kml(small_result, tmp_path / "map.kml")
    assert not any(tmp_path.iterdir())


def test_the_command_writes_map_files(placed: Result, small_result: Result, tmp_path: Path) -> None:
    save(placed, tmp_path / "out")
    files = [f"--{ending}={tmp_path / f'map.{ending}'}" for ending in ("geojson", "gpkg", "kml")]
    done = CliRunner().invoke(app, ["report", str(tmp_path / "out" / "result.json"), *files])
    assert done.exit_code == 0, done.output
    assert all((tmp_path / f"map.{ending}").exists() for ending in ("geojson", "gpkg", "kml"))
    save(small_result, tmp_path / "nowhere")
    page = tmp_path / "page.html"
    words = ["report", str(tmp_path / "nowhere" / "result.json"), "--html", str(page), *files]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "site.location" in done.output
    assert page.exists()
    assert CliRunner().invoke(app, ["report", str(tmp_path / "out" / "result.json")]).exit_code == 2

"""The command `locate` as a user runs it: tables, JSON, messages and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from planner.cli import app
from planner.geo import point_site
from planner.places import dossier, look_up
from planner.reports.place import disagreements, place_text, sections

runner = CliRunner()
DENTON = ("-97.1331", "33.2148")
DALTON = ("-84.9702", "34.7698")


def locate(*words: str, width: int = 120) -> Result:
    return runner.invoke(app, ["locate", *words], env={"COLUMNS": str(width)})


def refused(result: Result, message: str) -> None:
    """Check that nothing but one message came out."""
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [DENTON, ("--", *DENTON)])
@pytest.mark.parametrize("width", [80, 120])
def test_a_point_west_of_greenwich_has_a_dossier(words: tuple[str, ...], width: int) -> None:
    done = locate(*words, width=width)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= width
    assert "\x1b" not in done.stdout
    for title in ("Where", "Power price", "Grid", "Cooling", "Carbon", "Reach"):
        assert f"\n{title} " in done.stdout
    words_of_it = " ".join(done.stdout.split())
    for part in ("Denton", "ERCOT", "333 kg CO2/MWh", "climate zone", "36.8 degC", "high", "2024-11-21"):
        assert part in words_of_it
    assert "Layers disagree" not in done.stdout


def test_options_stand_before_or_after_the_point() -> None:
    for words in ((*DENTON, "--json"), ("--json", *DENTON), ("--json", "--", *DENTON)):
        done = locate(*words)
        assert json.loads(done.stdout)[0]["values"]["market"] == "ERCOT"


@pytest.mark.parametrize("width", [80, 120])
def test_a_disagreement_is_a_paragraph_with_what_it_does(width: int) -> None:
    told = " ".join(locate(*DALTON, width=width).stdout.split("Layers disagree")[1].split())
    assert told == (
        "market: SOCO by county_markets, but TVA by EPA IPM region. SOCO is used. The delays are widened over all of "
        "them: new or larger load 22 to 92 months instead of 24 to 84, change of use 3 to 20 months instead of 3 to "
        "18. What else hangs on the market is that of SOCO."
    )


def test_every_fact_says_how_it_was_found() -> None:
    found = dossier(look_up(point_site(-97.1331, 33.2148)), 0)
    for section in sections(found):
        assert section.facts
        for fact in section.facts:
            assert fact.found
            assert fact.confidence in {"low", "medium", "high"}
            assert fact.source
            assert fact.as_of
    reach = sections(found)[-1].facts[0]
    assert (reach.found, reach.source, reach.as_of) == ("nearest point, 57 km", "GeoNames", "2026-11")


@pytest.mark.parametrize("place", [(0, -90), (20.9, 42.6), (47.0, 65.0), (-66.1, 18.4), (-60, -3)])
def test_places_of_which_little_is_known_are_shown_without_a_none(place: tuple[float, float]) -> None:
    found = dossier(look_up(point_site(*place)), 0)
    text = place_text([found], width=80)
    assert "None" not in text
    assert "nan" not in text.replace("Finance", "").split()
    assert disagreements(found) == ()


def test_colour_is_for_terminals_only() -> None:
    found = dossier(look_up(point_site(-97.1331, 33.2148)), 0)
    assert "\x1b[1m" in place_text([found], color=True)
    assert "\x1b" not in place_text([found])


def test_markup_in_a_name_is_text() -> None:
    found = dossier(look_up(point_site(-97.1331, 33.2148, "[red]x[/red]")), 0)
    assert "[red]x[/red]: lon" in place_text([found])


# --- files


def csv_sites(folder: Path, count: int) -> Path:
    file = folder / "sites.csv"
    rows = [f"site {i},{-97 - i / 100},33" for i in range(count)]
    file.write_text("\n".join(["name,lon,lat", *rows]) + "\n", encoding="utf-8")
    return file


def test_a_file_has_a_dossier_for_each_site_up_to_twenty(tmp_path: Path) -> None:
    done = locate(str(csv_sites(tmp_path, 25)))
    assert done.exit_code == 0
    assert done.stdout.count("Power price") == 20
    assert "site 19: lon" in done.stdout
    assert "showing the first 20 of 25 sites; --json gives all" in done.stderr
    as_json = locate(str(tmp_path / "sites.csv"), "--json")
    assert [item["site"] for item in json.loads(as_json.stdout)] == [f"site {i}" for i in range(25)]


def test_out_writes_all_sites_beside_the_tables(tmp_path: Path) -> None:
    out = tmp_path / "places.json"
    done = locate(str(csv_sites(tmp_path, 21)), "--out", str(out))
    assert done.exit_code == 0
    assert "Power price" in done.stdout
    written = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert len(written) == 21
    assert written[0]["values"]["county"] == "Denton"
    refused(locate(*DENTON, "--out", str(tmp_path / "no" / "x.json")), "--out wants a file in a folder that exists")
    refused(locate(*DENTON, "--out", str(tmp_path)), "--out wants a file that can be written")


def test_a_layer_of_a_geopackage(tmp_path: Path) -> None:
    file = tmp_path / "sites.gpkg"
    for name, point in (("a", shapely.Point(-97.1331, 33.2148)), ("b", shapely.Point(-84.9702, 34.7698))):
        gpd.GeoDataFrame({"name": [name]}, geometry=[point], crs="EPSG:4326").to_file(file, driver="GPKG", layer=name)
    assert "b: lon -84.9702" in locate(str(file), "--layer", "b").stdout
    refused(locate(str(file)), "several layers (a, b); say which")
    refused(locate(*DENTON, "--layer", "b"), "--layer goes with a FILE")


def test_a_file_with_a_name_like_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    csv_sites(tmp_path, 1).rename(tmp_path / "-sites.csv")
    monkeypatch.chdir(tmp_path)
    assert locate("--", "-sites.csv").exit_code == 0


# --- own layers


def test_own_layers_are_marked_as_such(tmp_path: Path) -> None:
    box = gpd.GeoDataFrame({"market": ["SPP"]}, geometry=[shapely.box(-98, 33, -97, 34)], crs="EPSG:4326")
    box.to_file(tmp_path / "zones.geojson", driver="GeoJSON")
    entry = {
        "id": "zones", "gives": "market", "file": "zones.geojson", "title": "Map of ours", "as_of": date(2026, 5, 1)
    }  # fmt: skip
    YAML(typ="safe").dump({"layers": [entry]}, tmp_path / "layers.yaml")
    done = locate(*DENTON, "--layers", str(tmp_path / "layers.yaml"))
    assert done.exit_code == 0, done.output
    line = next(line for line in done.stdout.splitlines() if "market" in line and "SPP" in line)
    assert "own layer" in line
    assert "Map of ours" in line
    assert "2026-05-01" in line
    assert "SPP by zones, but ERCOT by county_markets. SPP is used." in " ".join(done.stdout.split())
    (tmp_path / "zones.geojson").unlink()
    missing = locate(*DENTON, "--layers", str(tmp_path / "layers.yaml"))
    assert missing.exit_code == 2
    assert "no such file" in missing.stderr
    assert "layers.yaml:" in missing.stderr


# --- what is refused


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("33.2148", "-97.1331"), "lon and lat seem to be swapped (lon comes first)"),
        (("-197.1", "33.2"), "lon is -197.1, expected -180 to 180 degrees; did you mean 162.9?"),
        (("262.8669", "33.2148"), "did you mean -97.1331?"),
        (("-40", "30"), "lies at sea, 1,312 km from the nearest land (Portugal)"),
        (("nan", "3"), "must be finite numbers"),
        (("3", "-inf"), "must be finite numbers"),
        (("1",), "give LON LAT (degrees, longitude first) or one FILE of sites, found '1'"),
        (("1", "x"), "give LON LAT"),
        (("1", "2", "3"), "give LON LAT"),
        (("a.csv", "b.csv"), "give LON LAT"),
        (("nowhere.geojson",), "nowhere.geojson: no such file"),
        (("--jsno", *DENTON), "'--jsno' is neither an option nor a number; did you mean --json?"),
        (("-x", *DENTON), "'-x' is neither an option nor a number"),
    ],
)
def test_what_is_no_place_is_one_message(words: tuple[str, ...], message: str) -> None:
    refused(locate(*words), message)


def test_sites_at_sea_are_named(tmp_path: Path) -> None:
    file = tmp_path / "sites.csv"
    file.write_text("id,lon,lat\na,-97,33\n" + "".join(f"b{i},-40,30\n" for i in range(7)), encoding="utf-8")
    done = locate(str(file))
    refused(done, "error: b0: the point lon -40 lat 30 lies at sea")
    assert done.stderr.strip().endswith("; and 2 more")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.geojson", "{", "not readable as GeoJSON or GeoPackage"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "no features"),
        ("a.csv", "id,x\n1,2\n", "no lat column"),
        ("a.csv", "lon,lat\n-97,\n", "a.csv:2: lat is '', expected degrees"),
        ("a.txt", "hello", "expected GeoJSON, GeoPackage or CSV"),
    ],
)
def test_broken_files_are_one_message(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    refused(locate(str(tmp_path / name)), message)


def test_a_file_without_a_crs_is_one_message(tmp_path: Path) -> None:
    bare = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(1, 2)])
    with pytest.warns(UserWarning, match="crs"):
        bare.to_file(tmp_path / "sites.gpkg", driver="GPKG")
    refused(locate(str(tmp_path / "sites.gpkg")), "no coordinate reference system")


def test_help_is_there_without_the_heavy_libraries() -> None:
    code = (
        "import sys; from planner.cli import app; app(['locate', '--help'], standalone_mode=False); "
        "sys.exit(str(sorted({'geopandas', 'shapely', 'pandas', 'numpy'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "LON LAT | FILE" in done.stdout
    assert done.stderr.strip() == "[]"

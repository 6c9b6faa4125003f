"""Screening as users see it: problems, files, the page, the command and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from planner.cli import app
from planner.files.cells import safe_cell
from planner.geo import PlaceError
from planner.reports.screening.files import write_screening
from planner.reports.screening.map import map_page
from planner.schemas.screen import ScreenAssumptions
from planner.studies.screening import sites as screen_sites
from planner.studies.screening.screen import Screening, screen
from planner.studies.screening.sites import Candidates, candidates, read_candidates
from planner.views.screening import assumptions, step_of
from planner.views.screening import steps as color_steps
from tests.bench.screen import random_sites

runner = CliRunner()
EXAMPLE = Path(__file__).parents[2] / "examples/screen/sites.csv"


def file_of(*places: tuple[str, float, float, bool | None]) -> Candidates:
    names, lon, lat, energised = zip(*places, strict=True)
    frame = gpd.GeoDataFrame(
        {"site": list(names), "energised": list(energised)}, geometry=shapely.points(lon, lat), crs="EPSG:4326"
    )
    return candidates(frame)


@pytest.fixture(scope="module")
def mixed() -> Screening:
    """Sites of all kinds: energised, bare, at sea, without a price, with names that want to be code."""
    places = file_of(
        ("=cmd|' /C calc'!A0", -97.13, 33.21, True),
        ("<script>alert(1)</script>", -78.6, 43.36, True),
        ("bare & free", -95.4, 35.7, False),
        ("at sea", -60.0, 35.0, True),
        ("no price", 11.6, 63.05, True),
    )
    return screen(places, ScreenAssumptions())


def test_places_with_a_problem_stay_without_a_rank(mixed: Screening) -> None:
    frame = mixed.frame.set_index("site")
    assert frame["rank"].tolist()[:3] == [1, 2, 3]
    assert frame.loc[["at sea", "no price"], "rank"].isna().all()
    assert "lies at sea" in frame.loc["at sea", "problem"]
    assert "no power price" in frame.loc["no price", "problem"]
    assert frame.loc[["at sea", "no price"], "value_usd_per_mw"].isna().all()
    late = screen(file_of(("late", -97.1, 33.2, False)), ScreenAssumptions(horizon_years=3)).frame
    assert "after the horizon of 3 years" in late["problem"][0]


def test_energised_sites_do_not_queue_and_bare_land_gives_up_no_mining(mixed: Screening) -> None:
    frame = mixed.frame.set_index("site")
    bare, energised = frame.loc["bare & free"], frame.loc["=cmd|' /C calc'!A0"]
    assert bare["months_to_power"] > energised["months_to_power"]
    assert bare["mining_usd_per_mw"] == 0 < energised["mining_usd_per_mw"]
    assert bare["connection_usd_per_mw"] > 0 == energised["connection_usd_per_mw"]
    assert bare["value_at_p90_delay_usd_per_mw"] < bare["value_usd_per_mw"] < bare["value_at_p10_delay_usd_per_mw"]


def test_the_files_can_be_read_again(mixed: Screening, tmp_path: Path) -> None:
    written = write_screening(mixed, tmp_path, 5)
    assert [path.name for path in written] == ["screen.csv", "screen.geojson", "screen.gpkg", "map.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in written)
    for path in written[1:3]:
        back = gpd.read_file(path)
        assert back.crs.to_epsg() == 4326
        assert len(back) == len(mixed.frame)
        assert back["site"].tolist() == mixed.frame["site"].tolist()
        assert back["value_usd_per_mw"].to_numpy() == pytest.approx(
            mixed.frame["value_usd_per_mw"].to_numpy(), nan_ok=True
        )
        assert shapely.equals_exact(back.geometry.array, mixed.frame.geometry.array, 1e-9).all()
    table = pd.read_csv(written[0])
    assert len(table) == len(mixed.frame)
    assert "'=cmd|' /C calc'!A0" in table["site"].tolist()
    assert not table["site"].str.match(r"\s*[=+\-@]").any()


def test_a_failed_write_leaves_what_was_there(
    mixed: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "screen.csv").write_text("mine")

    def broken(cell: object) -> object:
        raise OSError("disk full")

    monkeypatch.setattr("planner.reports.screening.files.safe_cell", broken)
    with pytest.raises(OSError, match="disk full"):
        write_screening(mixed, tmp_path, 5)
    assert (tmp_path / "screen.csv").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["screen.csv"]


def test_the_page_is_safe_and_needs_no_network(mixed: Screening) -> None:
    page = map_page(mixed, 5)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "bare &amp; free" in page
    assert not re.search(r"https?:|src=|@import|url\(", page)
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', page))
    assert page.count("<circle") == 2, "places without a rank lie outside the map"
    assert page.count("<rect") == 1
    assert "lies at sea" in page
    for item in assumptions(mixed.assumed):
        assert item.name in page


def test_a_page_of_many_places_stays_small() -> None:
    page = map_page(screen(candidates(random_sites(6_000)), ScreenAssumptions()), 25)
    assert len(page) < 3_000_000
    assert page.count("<title>") == 6_001


def test_a_world_map_and_a_page_without_any_rank() -> None:
    world = screen(file_of(("a", -97.13, 33.21, True), ("b", -155.5, 19.6, True)), ScreenAssumptions())
    assert map_page(world, 5).count("<circle") == 2
    nowhere = screen(file_of(("c", -30.0, 0.0, True)), ScreenAssumptions())
    assert "No place could be ranked" in map_page(nowhere, 5)


def test_colour_steps_have_nought_and_follow_the_clusters() -> None:
    clusters = np.repeat([-0.5, 1.65, 1.7, 3.4, 3.5, 3.7], 10) + np.tile(np.linspace(0, 0.01, 10), 6)
    borders = color_steps(clusters)
    assert 0.0 in borders
    assert len(borders) == 5
    assert len(set(step_of(clusters, borders).tolist())) == 6
    assert color_steps(np.array([1.0, 1.0])) == ()
    assert color_steps(np.array([np.nan])) == ()
    assert step_of(np.array([-1.0, 0.0, 2.0]), (0.0, 1.0)).tolist() == [0, 1, 2]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "  =1"])
def test_cells_are_no_formulas(cell: str) -> None:
    assert str(safe_cell(cell)).startswith("'")
    assert safe_cell("a-b") == "a-b"
    assert safe_cell(-1.0) == -1.0


def run(*words: str | Path) -> tuple[int, str, str]:
    done = runner.invoke(app, ["screen", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_the_example_runs(tmp_path: Path) -> None:
    code, out, told = run(EXAMPLE, "--out", tmp_path / "new", "--top", "3")
    assert code == 0, told
    assert "38 of 40 places ranked" in out
    assert (tmp_path / "new" / "map.html").exists()
    assert "map.html" in told
    assert "screened" not in told


def test_assumptions_from_a_file_and_own_layers(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("rent_usd_per_kw_month: 100\npower: included\n")
    (tmp_path / "sites.csv").write_text("id,lon,lat\nx,-97.1,33.2\n")
    (tmp_path / "prices.csv").write_text("lon,lat,industrial_per_mwh,retail_currency\n-97.1,33.2,44,USD\n")
    (tmp_path / "layers.yaml").write_text(
        "layers:\n  - {id: mine, gives: retail price, file: prices.csv, title: Mine, as_of: 2026-01-01}\n"
    )
    words = (tmp_path / "sites.csv", "--out", tmp_path, "--assumptions", tmp_path / "a.yaml")
    code, _, told = run(*words, "--layers", tmp_path / "layers.yaml")
    assert code == 0, told
    row = pd.read_csv(tmp_path / "screen.csv").iloc[0]
    assert row["all_in_usd_per_mwh"] == pytest.approx(44)
    assert row["power_usd_per_mw"] > 0
    page = (tmp_path / "map.html").read_text()
    assert "Set by the user." in page
    assert "Mine" in page


def test_progress_is_told_for_many_places(tmp_path: Path) -> None:
    rows = "".join(f"p{i},{-100 + i / 1000},35\n" for i in range(2_001))
    (tmp_path / "many.csv").write_text("id,lon,lat\n" + rows)
    code, _, told = run(tmp_path / "many.csv", "--out", tmp_path)
    assert code == 0
    assert "screened 2,001 of 2,001 places" in told


BAD_ROWS = {
    "mw,x": "mw is 'x', expected a number",
    "mw,-5": "mw is '-5', expected a number from 0 to 5,000",
    "mw,0": "mw is 0, expected more",
    "energised,maybe": "energised is 'maybe', expected true or false",
    "line_km,nan": "line_km is 'nan'",
    "substation_km,9999": "substation_km is '9999'",
}


@pytest.mark.parametrize(("given", "message"), BAD_ROWS.items())
def test_a_bad_cell_is_named_with_its_line(given: str, message: str, tmp_path: Path) -> None:
    name, cell = given.split(",")
    file = tmp_path / "s.csv"
    file.write_text(f"id,lon,lat,{name}\na,-97,33,\n\n,,,\nb,-97,33,{cell}\n")
    code, out, told = run(file, "--out", tmp_path)
    assert code == 2
    assert out == ""
    assert message in told
    assert "s.csv:5: " in told
    assert told.count("error:") == 1


def test_bad_input_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path / "none.csv", "--out", tmp_path)[0] == 2
    bad = tmp_path / "bad.yaml"
    bad.write_text("rent_usd_per_kw_month: cheap\nhorizon: 3\n")
    code, _, told = run(EXAMPLE, "--out", tmp_path, "--assumptions", bad)
    assert code == 2
    assert "bad.yaml:1" in told
    assert "did you mean 'horizon_years'?" in told
    bad.write_text("hashing_lost_months: 30\n")
    assert "above conversion_months" in run(EXAMPLE, "--out", tmp_path, "--assumptions", bad)[2]
    (tmp_path / "file").write_text("")
    assert run(EXAMPLE, "--out", tmp_path / "file")[0] == 2
    monkeypatch.setattr(screen_sites, "MOST_PLACES", 39)
    code, _, told = run(EXAMPLE, "--out", tmp_path)
    assert code == 2
    assert "40 places; at most 39" in told


def test_features_are_named_by_number_and_flags_may_be_booleans(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b"], "MW": [50.0, -1.0], "Energised": [True, None]},
        geometry=shapely.points([-97, -98], [33, 33]), crs="EPSG:4326",
    )  # fmt: skip
    frame.to_file(tmp_path / "s.gpkg", driver="GPKG", layer="one")
    with pytest.raises(PlaceError, match="feature 2: mw is -1"):
        read_candidates(tmp_path / "s.gpkg")
    frame.assign(MW=[50.0, None]).to_file(tmp_path / "t.geojson", driver="GeoJSON")
    found = read_candidates(tmp_path / "t.geojson")
    assert found.energised.tolist()[0] == 1
    assert np.isnan(found.energised[1])
    assert np.isnan(found.mw[1])

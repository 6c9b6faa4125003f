"""A case with a location: what it leaves out is filled from the place, with its origin; typed fields win."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pytest
import shapely
from ruamel.yaml import YAML
from typer.testing import CliRunner

from planner.case_file import CaseFileError, LoadedCase, load_case
from planner.case_file.doubts import doubts
from planner.cli import app
from planner.files.problems import LocatedProblem
from planner.geo import read_sites
from planner.places import distances, dossier, look_up
from planner.places.bundled import chain_fields
from planner.places.distances import fibre_cost, line_cost, substation_cost
from planner.places.power import mean_without_dearest
from planner.reports.terminal import summary
from planner.results import Result, load, save
from planner.schemas import Case
from planner.schemas.layers import GIVES
from planner.schemas.place import Resolved
from planner.studies.plan import PlanOptions, plan
from planner.translate import translate
from site_conversion.instance import Instance
from site_conversion.solve import SolveOptions

SMALL = Path(__file__).parent / "small.yaml"
EXAMPLES = Path(__file__).parents[2] / "examples"
DENTON: dict[str, object] = {"lon": -97.1331, "lat": 33.2148}
DAKOTA: dict[str, object] = {"lon": -98.527, "lat": 46.0025}
MARBLE: dict[str, object] = {"lon": -83.93, "lat": 35.17}

Fields = dict[str, Any]
Change = Callable[[Fields], object]


def read(file: Path) -> Fields:
    case: Fields = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return case


def without_place(case: Fields) -> Fields:
    """Leave to the location all that it can give."""
    power = case["market"]["power"]
    for name in ("hub", "base_years", "curve", "delivery_usd_per_mwh", "demand_charge_usd_per_kw_month", "loss_frac"):
        power.pop(name, None)
    if not power:
        del case["market"]["power"]
    del case["site"]["climate"], case["site"]["change_of_use"]["queue"]
    for upgrade in case["site"]["upgrades"]:
        del upgrade["queue"]
    return case


def small(location: Fields | None, *changes: Change) -> Fields:
    """Return the small case of the unit tests at a place, over few periods, with one offer."""
    case = without_place(read(SMALL))
    case["study"]["grid"] = [{"months": 6, "count": 6}, {"months": 12, "count": 4}]
    case["contracts"] = case["contracts"][:1]
    if location is not None:
        case["site"]["location"] = location
    for change in changes:
        change(case)
    return case


def typed(location: Fields | None, *changes: Change) -> Fields:
    """Return the small case with everything typed that a location may give."""
    case = small(location)
    whole = read(SMALL)
    case["market"]["power"] = whole["market"]["power"]
    case["site"] |= {name: whole["site"][name] for name in ("climate", "change_of_use", "upgrades")}
    for change in changes:
        change(case)
    return case


def write(folder: Path, case: Fields) -> Path:
    file = folder / "case.yaml"
    with file.open("w", encoding="utf-8") as stream:
        YAML().dump(case, stream)
    return file


def loaded(folder: Path, case: Fields) -> LoadedCase:
    return load_case(write(folder, case))


def problems(folder: Path, case: Fields) -> list[LocatedProblem]:
    with pytest.raises(CaseFileError) as caught:
        loaded(folder, case)
    assert all(line.isprintable() for line in caught.value.render().split("\n"))
    return list(caught.value.problems)


def only(folder: Path, case: Fields) -> LocatedProblem:
    (problem,) = problems(folder, case)
    return problem


def told(case: Case, field: str) -> Resolved:
    (item,) = [item for item in case.site.resolved if item.field == field]
    return item


def fields(case: Case) -> set[str]:
    return {item.field for item in case.site.resolved if item.is_filled}


def upgraded(**changes: object) -> Change:
    return lambda case: case["site"]["upgrades"][0].update(changes)


# --- the move


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedCase, LoadedCase]:
    """Denton's example with all left to its location, and the same site in North Dakota."""
    found = []
    for location in (DENTON, DAKOTA):
        case = without_place(read(EXAMPLES / "denton" / "case.yaml"))
        case["site"]["location"] = location
        found.append(loaded(tmp_path_factory.mktemp("moved"), case))
    return found[0], found[1]


@pytest.fixture(scope="module")
def arrays(moved: tuple[LoadedCase, LoadedCase]) -> tuple[Instance, Instance]:
    return translate(moved[0].case), translate(moved[1].case)


def test_the_power_curve_moves_with_the_site(moved: tuple[LoadedCase, LoadedCase]) -> None:
    texas, dakota = (place.case.market.power for place in moved)
    assert texas.curve is not None
    assert dakota.curve is not None
    assert texas.curve != dakota.curve
    assert texas.delivery_usd_per_mwh == 3
    # What of North Dakota's 73.7 USD/MWh is above the mean of the borrowed hub does not move with the hours.
    energy = mean_without_dearest(
        tuple((q.quarter, tuple((b.hours_frac, b.usd_per_mwh) for b in q.bins)) for q in dakota.curve), 0.0
    )
    assert energy + dakota.delivery_usd_per_mwh == pytest.approx(73.7)
    assert texas.base_date == dakota.base_date == date(2024, 1, 1)  # typed
    assert (texas.loss_frac, dakota.loss_frac) == (0.02, 0)
    # The coincident peak of Texas ends before the study starts; its successor is a demand charge.
    assert texas.coincident_peak is None
    assert texas.demand_charge_usd_per_kw_month == pytest.approx(8.333)
    assert dakota.demand_charge_usd_per_kw_month == 0
    words = [told(place.case, "market.power.curve").value for place in moved]
    assert words[0] == "49.4 USD/MWh on average: hourly prices of ERCOT/HB_HUBAVG, hours of 2022 to 2024"
    assert words[1].startswith("53.8 USD/MWh on average: industrial price 73.7 USD/MWh, of it 53.8 in the hourly shape")


def test_a_colder_place_needs_less_cooling(arrays: tuple[Instance, Instance]) -> None:
    texas, dakota = arrays
    assert np.all(dakota.design_ratio_mean < texas.design_ratio_mean)
    assert np.all(dakota.design_ratio_peak <= texas.design_ratio_peak)
    assert np.all(dakota.design_ratio_mean > 1)


def test_carbon_latency_and_delays_move_with_the_site(moved: tuple[LoadedCase, LoadedCase]) -> None:
    texas, dakota = (place.case.site for place in moved)
    assert texas.emissions is not None
    assert dakota.emissions is not None
    assert (texas.emissions.average_kg_per_mwh, dakota.emissions.average_kg_per_mwh) == (332.9, 417.4)
    assert (texas.emissions.marginal_kg_per_mwh, dakota.emissions.marginal_kg_per_mwh) == (586.3, 770.1)
    metros = [told(place.case, "metro").value for place in moved]
    assert metros == ["Dallas, 57 km, 1.3 ms there and back", "Fargo, 165 km, 2.8 ms there and back"]
    queues = [(site.upgrades[0].queue.p10_months, site.upgrades[0].queue.p50_months) for site in (texas, dakota)]
    assert queues == [(24, 42), (15, 48)]
    changes = [site.change_of_use.queue.p90_months for site in (texas, dakota) if site.change_of_use is not None]
    assert changes == [17, 17]


def test_later_energisation_where_the_queue_is_longer(arrays: tuple[Instance, Instance]) -> None:
    texas, dakota = (instance.upgrade_energised for instance in arrays)
    first = [min(int(p) for p in row if p > 0) for row in (texas[0], dakota[0])]
    assert first[0] < first[1]


def test_every_figure_says_where_it_is_from(moved: tuple[LoadedCase, LoadedCase]) -> None:
    for place in moved:
        filled = [item for item in place.case.site.resolved if item.is_filled]
        assert {
            "market.power.curve", "market.power.delivery_usd_per_mwh", "site.climate", "queue of change of use",
            "queue of expansion", "queue of firming", "site.emissions",
        } <= {item.field for item in filled}  # fmt: skip
        for item in filled:
            assert item.source_title, item.field
            assert item.link, item.field
            assert item.as_of, item.field
            assert item.trust != "none", item.field
        assert {"climate", "climate_stations", "place_queues", "tariffs", "us_boundaries"} <= set(place.datasets)
    assert told(moved[0].case, "market.power.curve").trust == "medium"
    borrowed = told(moved[1].case, "market.power.curve")
    assert (borrowed.trust, borrowed.note) == ("low", "the hourly shape is borrowed from another market")


def test_layers_that_disagree_are_named_and_widen_the_delay(moved: tuple[LoadedCase, LoadedCase]) -> None:
    texas, dakota = (place.case for place in moved)
    assert told(texas, "market").note == ""
    assert told(dakota, "market").note == "layers disagree: SPP by ReEDS transmission region"
    queue = told(dakota, "queue of expansion")
    assert queue.value == "48 months, 15 to 82 (p10 to p90)"
    assert queue.note == "layers disagree on the market: widened from 26 to 82 months"
    assert not told(texas, "queue of expansion").note.startswith("layers disagree")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Result]:
    """The small case planned in Denton and in North Dakota."""
    results = []
    for location in (DENTON, DAKOTA):
        place = loaded(tmp_path_factory.mktemp("planned"), small(location))
        results.append(plan(place.case, place.datasets, PlanOptions(SolveOptions(gap_frac=0.0))))
    return results[0], results[1]


def test_the_plan_is_worth_something_else_elsewhere(planned: tuple[Result, Result]) -> None:
    texas, dakota = planned
    assert texas.plan.npv_musd != pytest.approx(dakota.plan.npv_musd, rel=0.01)
    # 88 USD/MWh at most are earned by a machine: in Dakota's dearer hours it stands still more often.
    assert texas.do_nothing.npv_musd > dakota.do_nothing.npv_musd


def test_a_saved_result_holds_what_the_location_gave(planned: tuple[Result, Result], tmp_path: Path) -> None:
    result = planned[0]
    save(result, tmp_path)
    saved = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    resolved = saved["case"]["site"]["resolved"]
    (climate,) = [item for item in resolved if item["field"] == "site.climate"]
    assert climate["is_filled"] is True
    assert climate["value"].startswith("Denton TX: design 36.8 degC")
    assert climate["source_url"].startswith("https://")
    assert load(tmp_path / "result.json").case == result.case
    done = CliRunner().invoke(app, ["check", str(tmp_path / "result.json")])
    assert done.exit_code == 0, done.stderr
    assert "every limit holds and every dollar agrees" in done.stdout


def test_the_summary_shows_what_the_location_gave(planned: tuple[Result, Result]) -> None:
    texas, dakota = (summary(result) for result in planned)
    for text in (texas, dakota):
        assert "What the location gave" in text
        assert "gross MW per IT MW here: air " in text
    assert "* site.climate: Denton TX: design 36.8 degC, mean 17.8, zone 3A" in texas
    assert "  metro: Dallas, 57 km, 1.3 ms there and back" in texas
    assert "at 333 kg/MWh" in texas
    assert "layers disagree" not in texas
    assert "layers disagree: SPP by ReEDS transmission region" in dakota
    assert "layers disagree on the market: widened from 26 to 82 months" in dakota


def test_without_a_location_nothing_is_said_of_one(small_result: Result) -> None:
    assert small_result.case.site.resolved == ()
    assert "What the location gave" not in summary(small_result)


# --- typed fields win


def test_typed_fields_win_over_the_location(tmp_path: Path) -> None:
    typed_emissions = {"average_kg_per_mwh": 1.5}
    case = loaded(tmp_path, typed(DAKOTA, lambda c: c["site"].update(emissions=typed_emissions))).case
    same = loaded(tmp_path, typed(None, lambda c: c["site"].update(emissions=typed_emissions))).case
    assert case.model_copy(update={"site": same.site}) == same
    assert case.site.model_copy(update={"location": None, "resolved": ()}) == same.site
    assert fields(case) == set()
    assert told(case, "market").value == "MISO"


@pytest.mark.parametrize(
    ("name", "change", "field"),
    [
        ("curve", lambda case: case["market"].update(power=read(SMALL)["market"]["power"]), "market.power.curve"),
        ("climate", lambda case: case["site"].update(climate={"catalogue": "denton_tx"}), "site.climate"),
        (
            "change",
            lambda case: case["site"]["change_of_use"].update(
                queue={"p10_months": 1, "p50_months": 2, "p90_months": 3}
            ),
            "queue of change of use",
        ),
        ("queue", upgraded(queue={"catalogue": "ercot_75mw_plus"}), "queue of up"),
        ("emissions", lambda case: case["site"].update(emissions={"average_kg_per_mwh": 9}), "site.emissions"),
    ],
)
def test_one_typed_field_leaves_the_others_to_the_location(
    tmp_path: Path, name: str, change: Change, field: str
) -> None:
    alone, mixed = loaded(tmp_path, small(MARBLE)).case, loaded(tmp_path, small(MARBLE, change)).case
    assert fields(alone) - fields(mixed) == {field}
    assert fields(mixed) < fields(alone)


def test_typed_charges_win_one_by_one(tmp_path: Path) -> None:
    power = {"loss_frac": 0.05, "demand_charge_usd_per_kw_month": 0.5}
    found = loaded(tmp_path, small(DENTON, lambda case: case["market"].update(power=dict(power)))).case.market.power
    assert (found.loss_frac, found.demand_charge_usd_per_kw_month) == (0.05, 0.5)
    assert found.delivery_usd_per_mwh == 3
    assert found.curve is not None


def test_a_typed_hub_keeps_its_curve_and_takes_the_charges_of_the_place(tmp_path: Path) -> None:
    hub = {"hub": "PJM/DOM", "base_years": [2023]}
    case = loaded(tmp_path, small(DENTON, lambda case: case["market"].update(power=dict(hub)))).case
    bare = loaded(tmp_path, typed(None, lambda case: case["market"].update(power=dict(hub)))).case
    assert case.market.power.curve == bare.market.power.curve
    assert case.market.power.delivery_usd_per_mwh == 3
    assert "market.power.curve" not in fields(case)


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(("start", "has_peak"), [(date(2026, 1, 1), True), (date(2027, 1, 1), False)])
def test_a_peak_charge_ends_into_a_demand_charge(tmp_path: Path, start: date, has_peak: bool, quoted: bool) -> None:
    value: object = start.isoformat() if quoted else start
    case = loaded(tmp_path, small(DENTON, lambda case: case["study"].update(start=value))).case
    power = case.market.power
    if has_peak:
        assert power.coincident_peak is not None
        assert (power.coincident_peak.usd_per_kw_year, power.coincident_peak.until) == (100, date(2026, 12, 31))
        assert power.demand_charge_usd_per_kw_month == 0
    else:
        assert power.coincident_peak is None
        assert power.demand_charge_usd_per_kw_month == pytest.approx(8.333)


def test_retail_power_is_flat(tmp_path: Path) -> None:
    case = loaded(tmp_path, small(MARBLE)).case
    assert case.market.power.curve is not None
    prices = {bin_.usd_per_mwh for quarter in case.market.power.curve for bin_ in quarter.bins}
    assert prices == {71.5}
    assert case.market.power.delivery_usd_per_mwh == 0
    assert told(case, "market.power.curve").value.endswith("industrial price 71.5 USD/MWh, the same in every hour")


# --- files of places

SQUARE = shapely.box(-97.14, 33.21, -97.13, 33.22)
TWO = gpd.GeoDataFrame({"id": ["texas", "dakota"]}, geometry=[SQUARE, shapely.Point(-98.527, 46.0025)], crs="EPSG:4326")


def test_a_polygon_in_a_geojson_file(tmp_path: Path) -> None:
    TWO[:1].to_file(tmp_path / "site.geojson", driver="GeoJSON")
    case = loaded(tmp_path, small({"file": "site.geojson"})).case
    assert told(case, "county").value == "Denton"
    assert case.site.location is not None
    assert case.site.location.file == "site.geojson"


@pytest.mark.parametrize(("site", "county"), [("texas", "Denton"), ("dakota", "Dickey")])
@pytest.mark.parametrize("kind", ["geojson", "gpkg", "csv"])
def test_one_of_several_sites_in_a_file(tmp_path: Path, kind: str, site: str, county: str) -> None:
    location: Fields = {"file": f"sites.{kind}", "site": site}
    if kind == "csv":
        (tmp_path / "sites.csv").write_text("id,lon,lat\ntexas,-97.1331,33.2148\ndakota,-98.527,46.0025\n")
    elif kind == "geojson":
        TWO.to_file(tmp_path / "sites.geojson", driver="GeoJSON")
    else:
        TWO.to_crs("EPSG:5070").to_file(tmp_path / "sites.gpkg", layer="ours", driver="GPKG")
        TWO[:1].to_file(tmp_path / "sites.gpkg", layer="other", driver="GPKG")
        location["layer"] = "ours"
    assert told(loaded(tmp_path, small(location)).case, "county").value == county


def test_the_sites_of_the_examples_can_all_be_looked_up() -> None:
    sites = read_sites(EXAMPLES / "places" / "sites.csv")
    known = look_up(sites).values
    assert set(known["problem"]) == {""}
    in_states = sites["country"] == "US"
    assert list(known["country_code"][~in_states]) == ["NO", "NO"]
    assert list(known["state"][in_states]) == list(sites["state"][in_states])


def test_the_table_of_places_is_what_the_planner_knows() -> None:
    sites = read_sites(EXAMPLES / "places" / "sites.csv")
    places = look_up(sites)
    text = (EXAMPLES / "places" / "README.md").read_text(encoding="utf-8")
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n") if line[:1] == "|"]
    rows = table[2 : table.index(next(row for row in table if row[0] == "`gives`"))]
    assert len(rows) == 6
    for name, market, price, _, wait, carbon, metro in rows:
        known = dossier(places, list(sites["site"]).index(name))
        values, power = known.values, known.power
        assert market.split(",")[0] == (values["market"] or "not known")
        assert (", or" in market) == bool(known.disagreements)
        assert price == ("not known" if power is None else f"{power.all_in_usd_per_mwh():.0f}")
        p10, p50, p90 = (values[f"large_load_{q}_months"] for q in ("p10", "p50", "p90"))
        assert wait == f"{p50:.0f} ({p10:.0f} to {p90:.0f})"
        assert carbon == f"{values['average_kg_per_mwh']:.0f}"
        assert metro == f"{values['metro']}, {values['metro_ms']:.1f}"


def test_the_marble_example_reads_its_polygon() -> None:
    case = load_case(EXAMPLES / "marble" / "case.yaml").case
    assert (told(case, "county").value, told(case, "market").value) == ("Cherokee", "DUK")
    assert told(case, "market").note == "layers disagree: TVA by EPA IPM region"


# --- own layers


def own_layers(folder: Path) -> Fields:
    for name in ("own_layers.yaml", "substations.geojson", "utility.geojson"):
        shutil.copy(EXAMPLES / "places" / name, folder)
    return {**MARBLE, "layers": "own_layers.yaml"}


def test_own_layers_come_first(tmp_path: Path) -> None:
    case = loaded(tmp_path, small(own_layers(tmp_path))).case
    assert told(case, "utility").value == "Valley Power Board"
    queue = case.site.upgrades[0].queue
    assert (queue.p10_months, queue.p50_months, queue.p90_months) == (18, 30, 54)
    origin = told(case, "queue of up")
    assert (origin.link, origin.trust, origin.source_title) == ("own layer", "low", "Queue made up for the example")
    assert origin.as_of == "2026-11-01"
    assert told(case, "substation").value == "Andrews 69 kV"


def test_a_line_goes_to_the_nearest_own_substation(tmp_path: Path) -> None:
    case = loaded(tmp_path, small(own_layers(tmp_path), upgraded(connection={"new_substation": True}))).case
    connection = case.site.upgrades[0].connection
    assert connection is not None
    assert connection.line_km is not None
    assert connection.line_km == pytest.approx(8.0, abs=0.1)
    assert connection.usd == round(line_cost(connection.line_km, 69).usd + substation_cost(30, 69).usd)
    assert told(case, "line of up").value == "8.0 km to Andrews 69 kV"
    typed_km = small(own_layers(tmp_path), upgraded(connection={"line_km": 3}))
    assert told(loaded(tmp_path, typed_km).case, "connection of up").value.startswith("69 kV line: 3.0 km straight")


def test_a_line_begins_at_whatever_is_nearest(tmp_path: Path) -> None:
    location = own_layers(tmp_path)
    path = {"type": "LineString", "coordinates": [[-84.0, 35.18], [-83.8, 35.18]]}
    line = {"type": "Feature", "properties": {"n": "Valley line"}, "geometry": path}
    (tmp_path / "line.geojson").write_text(json.dumps(line), encoding="utf-8")
    with (tmp_path / "own_layers.yaml").open("a", encoding="utf-8") as stream:
        columns = "{line: n}, title: Ours, as_of: 2026-11-01"
        stream.write(f"  - {{id: lines, gives: line, file: line.geojson, columns: {columns}}}\n")
    case = loaded(tmp_path, small(location, upgraded(connection={}))).case
    assert told(case, "line of up").value == "1.1 km to Valley line"
    assert told(case, "connection of up").value.startswith("69 kV line: 1.1 km straight")


def test_a_fault_in_own_layers_is_told_in_their_file(tmp_path: Path) -> None:
    location = own_layers(tmp_path)
    (tmp_path / "substations.geojson").unlink()
    problem = only(tmp_path, small(location, upgraded(connection={"new_substation": True})))
    assert problem.file == tmp_path / "own_layers.yaml"
    assert "substations.geojson: no such file" in problem.message
    text = (tmp_path / "own_layers.yaml").read_text(encoding="utf-8").split("\n")
    assert problem.line is not None
    assert "file: substations.geojson" in text[problem.line - 1]


# --- what is wrong is said once


@pytest.mark.parametrize(
    ("location", "message"),
    [
        (
            {"lon": -60, "lat": 35},
            "the point lon -60 lat 35 lies at sea, 521 km from the nearest land (Bermuda)",
        ),
        ({"lon": 33.2148, "lat": -97.1331}, "lat is -97.1331, expected -90 to 90: lon and lat seem to be swapped"),
        ({"lon": 51.5, "lat": -0.1}, "; with lon and lat swapped it would be in United Kingdom"),
        ({"lon": -97.1, "lat": 133}, "lat: expected -90 to 90, found 133"),
        ({"lon": 190.5, "lat": 33}, "lon: expected -180 to 180, found 190.5"),
        ({"file": "nowhere.geojson"}, "nowhere.geojson: no such file"),
        ({"file": "../outside.geojson"}, "file must be a file in the case's own folder, found '../outside.geojson'"),
        ({"file": "/outside.geojson"}, "file must be a file in the case's own folder, found '/outside.geojson'"),
        ({"file": "a\0b"}, "file: must be one line of printable characters, found 'a\\x00b'"),
        ({"file": "two.geojson"}, "the file has 2 sites (texas, dakota); say which with 'site'"),
        ({"file": "two.geojson", "site": "utah"}, "no site 'utah' in the file; it has texas, dakota"),
        ({"file": "two.geojson", "layer": "a"}, "two.geojson: no layer 'a'; it has two"),
        ({"lon": -97.1}, "give both lon and lat"),
        ({"lat": 33.2}, "give both lon and lat"),
        ({"lon": -97.1, "lat": 33.2, "file": "two.geojson"}, "give either lon and lat, or a file"),
        ({}, "give either lon and lat, or a file"),
        ({"lon": "west", "lat": 33.2}, "number"),
        ({"lon": -97.1331, "lat": 33.2148, "sites": "texas"}, "did you mean 'site'?"),
        (
            {"lon": 66.9, "lat": 48.0},
            "known of power prices and the climate at the site's location; give hub, hourly_csv or curve, and climate",
        ),
        ({**MARBLE, "layers": "none.yaml"}, "there is no such file"),
        ({**MARBLE, "layers": "../own.yaml"}, "layers must be a file in the case's own folder, found '../own.yaml'"),
    ],
)
@pytest.mark.parametrize("power", [None, {"escalator_frac_per_year": 0.02}])
def test_one_message_for_a_bad_location(tmp_path: Path, location: Fields, message: str, power: Fields | None) -> None:
    """Also where some charges are typed and the curve is left to the location."""
    TWO.to_file(tmp_path / "two.geojson", driver="GeoJSON")
    case = small(dict(location))
    if power is not None:
        case["market"]["power"] = dict(power)
    problem = only(tmp_path, case)
    assert message in problem.message
    if problem.file == tmp_path / "case.yaml":
        assert problem.line is not None
        lines = (tmp_path / "case.yaml").read_text(encoding="utf-8").split("\n")
        block = next(i for i, line in enumerate(lines, start=1) if line.strip().startswith("location:"))
        assert block <= problem.line <= block + len(location)
    else:
        assert problem.file == tmp_path / "none.yaml"


def test_a_location_that_is_no_record(tmp_path: Path) -> None:
    def put(case: Fields) -> None:
        case["site"]["location"] = 5

    problem = only(tmp_path, small(None, put))
    assert problem.message == "location: expected a group of fields, found 5"


def test_other_faults_are_still_told(tmp_path: Path) -> None:
    found = problems(tmp_path, small({"lon": -60, "lat": 35}, lambda case: case["study"].update(discount_rate_frac=9)))
    assert len(found) == 2
    assert any("discount_rate_frac" in problem.path for problem in found)


def test_without_a_location_what_is_missing_is_missing(tmp_path: Path) -> None:
    found = {problem.message for problem in problems(tmp_path, small(None))}
    assert {"missing field 'power' in market", "missing field 'climate' in site"} <= found
    assert sum(message.startswith("missing field 'queue'") for message in found) == 2


def test_an_unpriceable_place_is_fine_with_a_typed_price(tmp_path: Path) -> None:
    steppe = {"lon": 66.9, "lat": 48.0}
    power, climate = read(SMALL)["market"]["power"], read(SMALL)["site"]["climate"]

    def give_power(case: Fields) -> None:
        case["market"]["power"] = dict(power)

    def give_climate(case: Fields) -> None:
        case["site"]["climate"] = dict(climate)

    message = only(tmp_path, small(steppe, give_power)).message
    assert message == "nothing is known of the climate at the site's location; give climate"
    case = loaded(tmp_path, small(steppe, give_power, give_climate)).case
    assert told(case, "country").value == "Kazakhstan"
    assert case.site.upgrades[0].queue.p90_months == 120


# --- connections


def test_the_cost_of_a_connection_by_hand(tmp_path: Path) -> None:
    """30 MW at 69 kV: 10 km x 1.3 detour x 1.2 terrain x 779,772 USD/km x 1.45, a substation and 5 km of fibre."""
    line = 10 * 1.3 * 1.2 * 779_772 * 1.45
    substation = (5_700_000 + 30 * 4_260) * 1.6
    fibre = 5 * 1.4 * 1.0 * 53_314 * 1.1
    connection = {"line_km": 10, "new_substation": True, "fibre_km": 5}
    case = loaded(tmp_path, small(DENTON, upgraded(connection=connection))).case
    found = case.site.upgrades[0].connection
    assert found is not None
    assert found.usd == round(line + substation + fibre)
    instance = translate(case)
    plain = translate(loaded(tmp_path, small(DENTON)).case)
    spent, without = (arrays.upgrade_spend_musd[0, 0].sum() for arrays in (instance, plain))
    assert without == pytest.approx(5.0)
    assert spent == pytest.approx(without + found.usd / 1e6)
    arithmetic = told(case, "connection of up")
    assert arithmetic.value.startswith("69 kV line: 10.0 km straight x 1.3 detour x 1.2 terrain x 0.78 MUSD/km x 1.45")
    assert "69 kV substation: (5.70 + 0.0043 x 30 MW) MUSD x 1.6 since 2019 = 9.3 MUSD" in arithmetic.value
    assert "fibre: 5.0 km straight x 1.4 detour x 1 terrain x 0.053 MUSD/km x 1.1 since 2023 = 0.4 MUSD" in (
        arithmetic.value
    )


def test_a_typed_cost_wins(tmp_path: Path) -> None:
    case = loaded(tmp_path, small(DENTON, upgraded(connection={"line_km": 10, "usd": 5e6}))).case
    assert case.site.upgrades[0].connection is not None
    assert case.site.upgrades[0].connection.usd == 5e6
    assert "connection of up" not in fields(case)


@pytest.mark.parametrize(
    ("connection", "usd"),
    [
        ({"line_km": 10}, line_cost(10, 69).usd),
        ({"line_km": 10, "voltage_kv": 230}, line_cost(10, 230).usd),
        ({"line_km": 10, "mw": 150}, line_cost(10, 138).usd),
        ({"line_km": 10, "mw": 150, "new_substation": True}, line_cost(10, 138).usd + substation_cost(150, 138).usd),
        ({"line_km": 10, "terrain_factor": 2}, line_cost(10, 69, 2).usd),
        ({"line_km": 10, "fibre_km": 8, "terrain_factor": 2}, line_cost(10, 69, 2).usd + fibre_cost(8, 2).usd),
        ({"line_km": 10, "fibre_km": 8}, line_cost(10, 69).usd + fibre_cost(8).usd),
        ({"line_km": 0}, 0),
    ],
)
def test_what_a_connection_costs_without_a_location(tmp_path: Path, connection: Fields, usd: float) -> None:
    case = loaded(tmp_path, typed(None, upgraded(connection=connection))).case
    found = case.site.upgrades[0].connection
    assert found is not None
    assert found.usd == round(usd)
    assert case.site.location is None
    assert [item.field for item in case.site.resolved] == ["connection of up"]


def test_an_interruptible_upgrade_has_its_megawatts(tmp_path: Path) -> None:
    change = upgraded(connection={"line_km": 1, "new_substation": True}, firm_mw=0, interruptible_mw=150)
    found = loaded(tmp_path, typed(None, change)).case.site.upgrades[0].connection
    assert found is not None
    assert found.usd == round(line_cost(1, 138).usd + substation_cost(150, 138).usd)


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        ({"line_km": 10, "voltage_kv": 110}, "no cost for 110 kV; there are 69, 138, 230, 345, 500"),
        ({"new_substation": True}, "give line_km, the straight line to where the line begins, or usd"),
        ({"line_km": -5}, "line_km: expected 0 to 500, found -5"),
        ({"line_km": 5, "terrain_factor": -2}, "terrain_factor: expected 1 to 5, found -2"),
        ({"line_km": "far"}, "line_km: expected a number, found 'far'"),
        ({"line_km": 5, "voltage": 69}, "unknown field 'voltage'; did you mean 'voltage_kv'?"),
    ],
)
def test_one_message_for_a_bad_connection(tmp_path: Path, connection: Fields, message: str) -> None:
    problem = only(tmp_path, typed(None, upgraded(connection=connection)))
    assert message in problem.message
    assert problem.path[:4] == ("site", "upgrades", 0, "connection")
    assert problem.line is not None
    done = CliRunner().invoke(app, ["validate", str(tmp_path / "case.yaml")])
    assert done.exit_code == 2
    assert done.stderr.count("error:") == 1


# --- a saved case


def test_a_saved_case_is_not_looked_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TWO.to_file(tmp_path / "two.geojson", driver="GeoJSON")
    location = {"file": "two.geojson", "site": "texas"}
    first = loaded(tmp_path, small(location, upgraded(connection={"line_km": 10}))).case
    again = tmp_path / "saved" / "case.yaml"
    again.parent.mkdir()
    again.write_text(first.model_dump_json(indent=1), encoding="utf-8")

    def refuse(*_: object) -> None:
        raise AssertionError("looked up again")

    monkeypatch.setattr("planner.places.look_up", refuse)
    monkeypatch.setattr(distances, "line_cost", refuse)
    saved = load_case(again).case
    assert saved == first
    assert saved.site.resolved == first.site.resolved
    assert len(saved.site.resolved) > 10


def test_bundled_prices_are_of_the_middle_of_2023(tmp_path: Path) -> None:
    assert loaded(tmp_path, small(DENTON)).case.market.power.base_date == date(2023, 7, 1)


def test_a_study_that_starts_before_the_peak_charge_ends_pays_its_successor_after(tmp_path: Path) -> None:
    case = small(DENTON)
    case["study"]["start"] = date(2026, 10, 1)
    power = loaded(tmp_path, case).case.market.power
    assert power.coincident_peak is not None
    assert (power.coincident_peak.usd_per_kw_year, power.coincident_peak.until) == (100, date(2026, 12, 31))
    assert power.coincident_peak.after_usd_per_kw_month == pytest.approx(8.333)
    assert power.demand_charge_usd_per_kw_month == 0


def test_the_table_of_own_layers_names_every_field() -> None:
    text = (EXAMPLES / "places" / "README.md").read_text(encoding="utf-8")
    for gives in get_args(GIVES):
        line = next(line for line in text.split("\n") if line.startswith(f"| {gives} |"))
        derived = {"hub", "metro_lon", "metro_lat"}  # come from the catalogue and the shape
        assert all(f"`{name}`" in line for name in chain_fields()[gives] if name not in derived), gives


def test_a_typed_hub_has_the_delivery_of_its_market(tmp_path: Path) -> None:
    """In MISO the retail price would leave 19.9 USD/MWh beside its energy; beside a typed hub stand the market's 15."""
    location = {"lon": -98.527, "lat": 46.0025}
    power = loaded(tmp_path, small(location, powered(hub="PJM/DOM"))).case.market.power
    assert (power.delivery_usd_per_mwh, power.loss_frac) == (15, 0.02)


def test_what_is_left_of_a_retail_price_is_not_called_a_tariff(tmp_path: Path) -> None:
    case = loaded(tmp_path, small({"lon": -98.527, "lat": 46.0025})).case
    assert told(case, "market.power.delivery_usd_per_mwh").source_title == told(case, "market.power.curve").source_title


@pytest.mark.parametrize(
    ("location", "terms", "noted"),
    [
        ({"lon": -84.9702, "lat": 34.7698}, {"demand_charge_usd_per_kw_month": 8}, "a demand charge"),
        ({"lon": -84.9702, "lat": 34.7698}, {"delivery_usd_per_mwh": 12}, "delivery"),
        ({"lon": -83.0, "lat": 40.0}, {"coincident_peak": {"usd_per_kw_year": 60}}, "a coincident-peak charge"),
        ({"lon": -83.0, "lat": 40.0}, {}, ""),
        ({"lon": -84.9702, "lat": 34.7698}, {}, ""),
    ],
)
def test_charges_on_top_of_a_price_that_holds_them_are_noted(
    tmp_path: Path, location: Fields, terms: Fields, noted: str
) -> None:
    notes = doubts(loaded(tmp_path, small(location, powered(**terms))).case)
    assert len(notes) == bool(noted)
    assert all(f"{noted} stands in the case as well" in note for note in notes)


def powered(**terms: object) -> Change:
    return lambda case: case["market"].setdefault("power", {}).update(terms)

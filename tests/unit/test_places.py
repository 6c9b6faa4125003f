"""What the bundled datasets say of known places, how own layers change it, and what distance costs."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from ruamel.yaml import YAML

from planner import data
from planner.files.problems import CaseFileError
from planner.geo import Confidence, PlaceError, Places, point_site
from planner.places import Dossier, OwnLayers, dossier, look_up, read_own_layers
from planner.places.bundled import queue_fields
from planner.places.distances import (
    ROUTE_FACTOR,
    fibre_cost,
    line_cost,
    round_trip_ms,
    substation_cost,
    voltage_for,
    voltages_kv,
)
from planner.places.dossier import DOUBT_STRETCH
from planner.places.power import PRICE_DATE, EnergyBasis, PlacePower, mean_without_dearest, place_power
from planner.places.tables import dataset_table, shapes

SITES = """
denton_tx,-97.1331,33.2148,Texas,Denton,ERCOT,ERCOT
pecos_tx,-103.4932,31.4229,Texas,Reeves,ERCOT,ERCOT
rockdale_tx,-97.0014,30.6555,Texas,Milam,ERCOT,ERCOT
corsicana_tx,-96.4689,32.0954,Texas,Navarro,ERCOT,ERCOT
childress_tx,-100.204,34.4264,Texas,Childress,ERCOT,ERCOT
marble_nc,-83.93,35.17,North Carolina,Cherokee,DUK,DUK
dalton_ga,-84.9702,34.7698,Georgia,Whitfield,TVA,SOCO
calvert_city_ky,-88.35,37.0334,Kentucky,Marshall,MISO,TVA
grand_forks_nd,-97.0329,47.9253,North Dakota,Grand Forks,MISO,MISO
muskogee_ok,-95.3697,35.7479,Oklahoma,Muskogee,AECI,SPP
massena_ny,-74.8919,44.9281,New York,St. Lawrence,NYISO,NYISO
lake_mariner_ny,-78.605,43.356,New York,Niagara,NYISO,NYISO
dickens_tx,-100.84,33.62,Texas,Dickens,ERCOT,ERCOT
ellendale_nd,-98.527,46.0025,North Dakota,Dickey,SPP,MISO
cheyenne_wy,-104.8202,41.14,Wyoming,Laramie,WACM,WACM
vega_tx,-102.43,35.24,Texas,Oldham,SPP,SPP
"""
"""Sites of public miners with state, county and the market of two independent maps, joined on 2026-11-22 at the town's
centre: us-atlas 3.0.1 (npm) for state and county; the zones of electricitymaps-contrib (b354f28a, geo/world.geojson)
and the balancing areas of PyPSA-USA (338af991, Reeds_Shapes) for the market."""

TABLE = list(csv.reader(SITES.split("\n")[1:-1]))
DISAGREEING = {"dalton_ga": "TVA", "calvert_city_ky": "MISO", "muskogee_ok": "AECI", "ellendale_nd": "SPP"}
"""Sites on whose market the two maps disagree, and what the layer that is not believed says."""


def frame(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    names = [f"s{i}" for i in range(len(places))]
    return gpd.GeoDataFrame({"site": names}, geometry=[shapely.Point(*place) for place in places], crs="EPSG:4326")


@pytest.fixture(scope="module")
def known() -> Places:
    return look_up(frame(*((float(row[1]), float(row[2])) for row in TABLE)))


def value(place: tuple[float, float], name: str, own: OwnLayers | None = None) -> object:
    return look_at(place, own).values[name]


def look_at(place: tuple[float, float], own: OwnLayers | None = None) -> Dossier:
    own = own or OwnLayers()
    return dossier(look_up(point_site(*place), own), 0, own)


# --- the sixteen sites


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[row[0] for row in TABLE])
def test_known_sites_agree_on_state_county_and_market(known: Places, number: int) -> None:
    _, _, _, state, county, *markets = TABLE[number]
    row = known.values.iloc[number]
    assert (row["state_name"], row["county"]) == (state, county)
    assert row["market"] in markets
    assert row["problem"] == ""


@pytest.mark.parametrize("site", DISAGREEING)
@pytest.mark.parametrize("prefix", ["large_load", "change_of_use"])
def test_a_disagreement_is_named_and_widens_the_delays(known: Places, site: str, prefix: str) -> None:
    number = [row[0] for row in TABLE].index(site)
    row = known.values.iloc[number]
    said = known.found["market"].others(number)
    assert said.startswith(f"{DISAGREEING[site]} by ")
    assert known.found["market"].confidence[number] == Confidence.LOW
    low, middle, high = queue_fields(prefix)
    queues = dataset_table("place_queues")
    own = f"market:{row['market']}"
    alone = queues.loc[own if own in queues.index else "country:US"]
    # MISO and SPP, the markets of Ellendale, have the same 3 to 17 months for a change of use
    same = site == "ellendale_nd" and prefix == "change_of_use"
    assert (row[low] < alone[low] or row[high] > alone[high]) != same
    assert row[low] <= alone[low]
    assert row[high] >= alone[high]
    assert row[middle] == alone[middle]


def test_delays_span_the_markets_named(known: Places) -> None:
    """MISO and SPP at Ellendale: 26 to 82 and 15 to 60 months. TVA has none of its own: the country's 24 to 84."""
    names = [row[0] for row in TABLE]
    columns = ["large_load_p10_months", "large_load_p90_months"]
    ellendale, calvert = (known.values.iloc[names.index(name)] for name in ("ellendale_nd", "calvert_city_ky"))
    assert list(ellendale[columns]) == [15, 82]
    assert list(calvert[columns]) == pytest.approx([24 * (1 - DOUBT_STRETCH), 84 * (1 + DOUBT_STRETCH)])


def test_the_dossier_says_what_was_widened(known: Places) -> None:
    found = dossier(known, [row[0] for row in TABLE].index("ellendale_nd"))
    assert found.disagreements == ("market: MISO by county_markets, SPP by ReEDS transmission region",)
    (item,) = found.widened
    assert (item.chain, item.months, item.unwidened_months) == ("large load queue", (15, 82), (26, 82))
    assert dossier(known, 0).widened == ()


def test_sites_that_agree_keep_the_row_of_their_market(known: Places) -> None:
    row = dataset_table("place_queues").loc["market:ERCOT"]
    for name in (*queue_fields("large_load"), *queue_fields("change_of_use")):
        assert known.values[name].iloc[0] == row[name]


# --- anywhere


def test_one_at_a_time_is_the_same_as_all_at_once() -> None:
    rng = np.random.default_rng(7)
    us = zip(rng.uniform(-124, -68, 120), rng.uniform(26, 49, 120), strict=True)
    world = zip(rng.uniform(-180, 180, 80), rng.uniform(-90, 90, 80), strict=True)
    places = [(float(lon), float(lat)) for lon, lat in (*us, *world)]
    together = look_up(frame(*places))
    for i, place in enumerate(places):
        alone = dossier(look_up(frame(place)), 0)
        at_once = dossier(together, i)
        assert alone.values == at_once.values
        assert alone.evidence == at_once.evidence
        assert alone.widened == at_once.widened


@pytest.mark.parametrize(
    ("place", "country"),
    [
        ((0, -90), "Antarctica"),
        ((100, -88), "Antarctica"),
        ((180, 66.5), "Russia"),
        ((-175, 66.5), "Russia"),
        ((-100, 67), "Canada"),
        ((20, 68.5), "Norway"),
        ((-180, -16.5), "Fiji"),
        ((20.9, 42.6), "Kosovo"),
        ((-122.753, 53.9166), "Canada"),
        ((-94.9, 29.2), "United States of America"),  # off Galveston, within the reach of a coarse coast
    ],
)
def test_countries_at_the_edges_of_the_map(place: tuple[float, float], country: str) -> None:
    found = look_at(place)
    assert (found.values["country"], found.values["problem"]) == (country, "")


def test_countries_have_their_published_area() -> None:
    """In million km2, without inland seas; a wrongly folded outline would be off by far more."""
    land = shapes("world_boundaries", "countries").set_index("name").geometry.to_crs("ESRI:54034").area / 1e12
    for name, area in {"Russia": 17.1, "Antarctica": 12.3, "Canada": 9.98, "United States of America": 9.5}.items():
        assert land[name] == pytest.approx(area, rel=0.03)


def test_a_point_at_sea_is_said_and_swapping_proposed() -> None:
    assert value((-40, 30), "problem") == (
        "the point lon -40 lat 30 lies at sea, 1,312 km from the nearest land (Portugal)"
    )
    assert str(value((46.9, -65.8), "problem")).endswith("; with lon and lat swapped it would be in Canada")


def test_a_canadian_site_has_a_province_and_a_price_in_dollars() -> None:
    found = look_at((-122.753, 53.9166))
    assert (found.values["state"], found.values["market"], found.values["county"]) == ("BC", "BC", None)
    assert found.power is not None
    rate = {row["id"]: row["usd_per_unit"] for row in data.table("currencies")}["CAD"]
    price = found.values["industrial_per_mwh"]
    assert isinstance(price, float)
    assert isinstance(rate, float)
    assert found.power.energy_usd_per_mwh == pytest.approx(price * rate)
    assert found.power.basis is EnergyBasis.FLAT_RETAIL


def test_the_json_of_a_dossier_has_finite_numbers_only() -> None:
    for place in ((-97.1331, 33.2148), (0, -90), (20.9, 42.6), (-40, 30)):
        text = json.dumps(look_at(place).as_json(), allow_nan=False)
        assert "NaN" not in text
    assert json.loads(json.dumps(look_at((-97.1331, 33.2148)).as_json()))["values"]["coincident_peak_until"]


def test_ten_thousand_places_are_looked_up_at_once() -> None:
    """Random points over the United States, its neighbours and the sea."""
    rng = np.random.default_rng(1)
    places = frame(*zip(rng.uniform(-124, -68, 10_000), rng.uniform(26, 49, 10_000), strict=True))
    found = look_up(places)
    assert (found.values["country"] == "United States of America").sum() > 6_000


# --- power


def test_means_of_ercot_with_and_without_the_dearest_hours() -> None:
    """Published for 2023: 55.9 USD/MWh, and 26.9 without the dearest 5 % of hours."""
    curve = data.price_curve("ERCOT/HB_HUBAVG", (2023,))
    assert mean_without_dearest(curve, 0.0) == pytest.approx(55.9, abs=0.1)
    assert mean_without_dearest(curve, 0.05) == pytest.approx(26.9, abs=0.1)


def test_quarters_weigh_by_their_hours() -> None:
    """Ten dollars in the third quarter's 92 days of 365.25, nothing else."""
    curve = tuple((quarter, ((1.0, 10.0 if quarter == 3 else 0.0),)) for quarter in (1, 2, 3, 4))
    assert mean_without_dearest(curve, 0.0) == pytest.approx(10 * 92 / 365.25)
    assert mean_without_dearest(curve, 0.10) == pytest.approx(10 * (92 - 36.525) / (0.9 * 365.25))


def test_a_retail_price_with_hourly_prices_keeps_its_mean() -> None:
    values = {
        "industrial_per_mwh": 70.0, "retail_currency": "USD", "shape_hub": "ERCOT/HB_HUBAVG", "has_lmp": "yes",
        "delivery_usd_per_mwh": 10.0,
    }  # fmt: skip
    power = place_power(values, {})
    assert power is not None
    assert power.basis is EnergyBasis.SHAPED_RETAIL
    # 60 could be energy, but the hub's hours cost 49.4 on average: no more than that moves with them
    assert power.energy_usd_per_mwh == pytest.approx(49.433, abs=1e-3)
    assert power.delivery_usd_per_mwh == pytest.approx(70 - 49.433, abs=1e-3)
    assert power.all_in_usd_per_mwh() == pytest.approx(70.0)
    assert power.without_dearest_usd_per_mwh() < 60.0
    cheap = place_power(values | {"industrial_per_mwh": 40.0}, {})
    assert cheap is not None
    assert cheap.energy_usd_per_mwh == pytest.approx(30.0)
    flat = place_power(values | {"has_lmp": "no"}, {})
    assert flat is not None
    assert flat.basis is EnergyBasis.FLAT_RETAIL
    assert flat.all_in_usd_per_mwh() == pytest.approx(70.0)


def test_all_in_prices_by_hand() -> None:
    """40 USD/MWh with 5 % of losses and 2 of delivery: 44.

    A kW-month of 1.461 USD is 17.532 USD a kW-year, 2 USD/MWh over 8,766 hours; a peak charge of 8.766 a kW-year is 1.
    Off in 5 % of the hours 2 / 0.95 are paid on each MWh, and no peak charge. After its end 0.7305 USD a kW-month,
    1 USD/MWh, stand in its place for both.
    """
    flat = tuple((quarter, ((1.0, 40.0),)) for quarter in (1, 2, 3, 4))
    end = date(2027, 1, 1)
    paid = PlacePower(EnergyBasis.HUB, "", flat, 2.0, 0.05, 1.461, 8.766, end, 0.7305)
    assert paid.all_in_usd_per_mwh() == pytest.approx(47)
    assert paid.all_in_usd_per_mwh(date(2026, 12, 31)) == pytest.approx(47)
    assert paid.all_in_usd_per_mwh(end) == pytest.approx(47)
    assert paid.without_dearest_usd_per_mwh() == pytest.approx(44 + 2 / 0.95)
    assert paid.without_dearest_usd_per_mwh(end) == pytest.approx(44 + 3 / 0.95)


@pytest.mark.parametrize("values", [{}, {"industrial_per_mwh": float("nan")}, {"industrial_per_mwh": 5.0}])
def test_nothing_known_of_prices_is_none(values: dict[str, object]) -> None:
    assert place_power(values, {}) is None


# --- distance


def test_round_trip_in_fibre_by_hand() -> None:
    """1020 km of route: 5 ms each way and the equipment."""
    assert round_trip_ms(np.array([1020 / 1.4]))[0] == pytest.approx(10.5)
    row = {row["id"]: row for row in data.table("interconnection_costs")}["fibre"]
    assert row["detour_factor"] == ROUTE_FACTOR


def test_cost_of_a_line_by_hand() -> None:
    cost = line_cost(10, 138)
    assert cost.usd == pytest.approx(10 * 1.3 * 1.2 * 898_794 * 1.45)
    assert cost.low_usd < cost.usd < cost.high_usd
    assert cost.words.startswith("138 kV line: 10.0 km straight x 1.3 detour x 1.2 terrain x 0.")
    assert cost.words.endswith("MUSD/km x 1.45 since 2019 = 20.3 MUSD")
    assert line_cost(10, 138, terrain_factor=2.4).usd == pytest.approx(2 * cost.usd)
    assert substation_cost(100, 138).usd == pytest.approx((7.8e6 + 100 * 4260) * 1.6)
    assert fibre_cost(10).usd == pytest.approx(10 * 1.4 * 53_314 * 1.1)


def test_voltages() -> None:
    assert voltages_kv() == (69, 138, 230, 345, 500)
    assert [voltage_for(mw) for mw in (1, 102, 103, 400, 9999)] == [69, 69, 138, 230, 500]
    with pytest.raises(KeyError):
        line_cost(1, 7)


# --- own layers

DENTON = (-97.1331, 33.2148)
DALTON = (-84.9702, 34.7698)


def catalogue(folder: Path, *layers: dict[str, object]) -> Path:
    file = folder / "layers.yaml"
    entries = [{"title": "Ours", "as_of": date(2026, 5, 1), **layer} for layer in layers]
    YAML(typ="safe").dump({"layers": entries}, file)
    return file


def own_layers(folder: Path, *layers: dict[str, object]) -> OwnLayers:
    return read_own_layers(catalogue(folder, *layers))


def write(file: Path, around: tuple[float, float], size: float = 0.5, **columns: object) -> Path:
    shape = shapely.Point(*around) if size == 0 else shapely.box(*np.subtract(around, size), *np.add(around, size))
    known = gpd.GeoDataFrame({name: [cell] for name, cell in columns.items()}, geometry=[shape], crs="EPSG:4326")
    known.to_file(file, driver="GPKG" if file.suffix == ".gpkg" else "GeoJSON")
    return file


def test_an_own_market_is_taken_compared_and_reported(tmp_path: Path) -> None:
    write(tmp_path / "zones.geojson", DENTON, zone="SPP")
    own = own_layers(
        tmp_path, {"id": "zones", "gives": "market", "file": "zones.geojson", "columns": {"market": "zone"}}
    )
    found = look_at(DENTON, own)
    item = next(item for item in found.evidence if item.chain == "market")
    assert (item.value, item.link, item.layer, item.source_title) == ("SPP", "own layer", "zones", "Ours")
    assert item.as_of == "2026-05-01"
    assert item.others == "ERCOT by county_markets"
    assert item.confidence is Confidence.MEDIUM
    assert found.disagreements == ("market: SPP by zones, ERCOT by county_markets",)
    assert found.values["large_load_p10_months"] == 15
    assert found.values["large_load_p90_months"] == 72
    assert look_at((-100.2, 34.4), own).values["market"] == "ERCOT"  # outside the polygon


def test_an_own_market_that_agrees_with_a_second_map_is_not_reported_against_it(tmp_path: Path) -> None:
    write(tmp_path / "zones.gpkg", DALTON, market="TVA")
    own = own_layers(tmp_path, {"id": "zones", "gives": "market", "file": "zones.gpkg"})
    item = next(item for item in look_at(DALTON, own).evidence if item.chain == "market")
    assert (item.value, item.others) == ("TVA", "SOCO by county_markets")


def test_a_layer_that_replaces_is_asked_alone(tmp_path: Path) -> None:
    write(tmp_path / "zones.geojson", DENTON, market="SPP")
    own = own_layers(tmp_path, {"id": "zones", "gives": "market", "file": "zones.geojson", "replace": True})
    found = look_at(DENTON, own)
    assert (found.values["market"], found.disagreements, found.widened) == ("SPP", (), ())
    assert look_at(DALTON, own).values["market"] is None


def test_a_utility_leads_to_its_own_delays_which_do_not_hang_on_the_market(tmp_path: Path) -> None:
    write(tmp_path / "u.geojson", DALTON, utility="AEP Ohio")
    own = own_layers(tmp_path, {"id": "u", "gives": "utility", "file": "u.geojson"})
    found = look_at(DALTON, own)
    assert [found.values[name] for name in queue_fields("large_load")] == [28, 48, 80]
    assert found.widened == ()
    assert next(item.link for item in found.evidence if item.chain == "large load queue") == "utility"


def test_own_delays_are_not_widened(tmp_path: Path) -> None:
    months = dict(zip(queue_fields("change_of_use"), (1, 2, 3), strict=True))
    write(tmp_path / "letter.geojson", DALTON, **months)
    own = own_layers(tmp_path, {"id": "letter", "gives": "change of use", "file": "letter.geojson"})
    found = look_at(DALTON, own)
    assert [found.values[name] for name in months] == [1, 2, 3]
    assert [item.chain for item in found.widened] == ["large load queue"]


def hourly(file: Path, usd_per_mwh: float) -> Path:
    """A year as gridstatus writes it."""
    start = datetime(2025, 1, 1)  # noqa: DTZ001 - local time without an offset, as in the files
    rows = [f"{start + timedelta(hours=hour)},HB_NORTH,{usd_per_mwh + hour % 24}" for hour in range(8760)]
    file.write_text("Interval Start,Location,SPP\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def test_an_own_hub_brings_its_own_hours(tmp_path: Path) -> None:
    hourly(tmp_path / "prices.csv", 20.0)
    own = own_layers(
        tmp_path, {"id": "mine", "gives": "hub", "file": "prices.csv", "lon": -97.0, "lat": 33.0, "most_km": 100}
    )
    found = look_at(DENTON, own)
    assert found.values["hub"] == "mine"
    assert found.power is not None
    assert found.power.energy_usd_per_mwh == pytest.approx(31.5)
    assert found.power.words == "hourly prices of mine"
    assert found.power.without_dearest_usd_per_mwh() < found.power.all_in_usd_per_mwh()
    assert next(item.link for item in found.evidence if item.chain == "hub") == "own layer"
    assert look_at(DALTON, own).values["hub"] is None  # farther than 100 km


def test_an_own_retail_price_beats_a_bundled_hub(tmp_path: Path) -> None:
    (tmp_path / "retail.csv").write_text("lat,lon,price,cur\n33.2,-97.1,41.5,USD\n", encoding="utf-8")
    columns = {"industrial_per_mwh": "price", "retail_currency": "cur"}
    own = own_layers(tmp_path, {"id": "r", "gives": "retail price", "file": "retail.csv", "columns": columns})
    power = look_at(DENTON, own).power
    assert power is not None
    assert power.all_in_usd_per_mwh() == pytest.approx(41.5)
    assert power.price_date is None  # of the user's own date, not of the bundled prices'
    bundled = look_at(DENTON).power
    assert bundled is not None
    assert bundled.price_date == PRICE_DATE


@pytest.mark.parametrize("gives", ["substation", "line", "fibre"])
def test_own_lines_and_points_give_distances(tmp_path: Path, gives: str) -> None:
    line = {"type": "LineString", "coordinates": [[-97.2, 33.3], [-97.0, 33.3]]}
    (tmp_path / "l.geojson").write_text(json.dumps({"type": "Feature", "properties": {"n": "L1"}, "geometry": line}))
    own = own_layers(tmp_path, {"id": "l", "gives": gives, "file": "l.geojson", "columns": {gives: "n"}})
    item = next(item for item in look_at(DENTON, own).evidence if item.chain == gives)
    assert item.value == "L1"
    assert item.distance_km == pytest.approx((33.3 - 33.2148) * 111.19, rel=2e-3)
    plain = own_layers(tmp_path, {"id": "l", "gives": gives, "file": "l.geojson"})
    assert value(DENTON, gives, plain) == "Ours"


BAD_LAYERS: dict[str, tuple[dict[str, object], str]] = {
    "missing": ({"file": "no.geojson"}, "no.geojson: no such file"),
    "outside": ({"file": "../zones.geojson"}, "is not in the catalogue's own folder"),
    "absolute": ({"file": "/etc/passwd"}, "is not in the catalogue's own folder"),
    "link": ({"file": "link.geojson"}, "is not in the catalogue's own folder"),
    "column": ({"columns": {"market": "zone"}}, "zones.geojson has no column 'zone' for market; it has market, delay"),
    "field": ({"columns": {"markt": "zone"}}, "'market' has no field 'markt'; it has market"),
    "shape": ({"columns": {"market": "geometry"}}, "'geometry' holds shapes"),
    "number": (
        {"gives": "average carbon", "columns": {"average_kg_per_mwh": "delay"}},
        "delay is 'long', expected a n",
    ),
    "layer": ({"layer": "x"}, "no layer 'x'; it has zones"),
}


@pytest.mark.parametrize("bad", BAD_LAYERS)
def test_what_is_wrong_with_a_layer_is_said_with_its_line(tmp_path: Path, bad: str) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    write(tmp_path / "zones.geojson", DENTON, market="SPP")
    write(folder / "zones.geojson", DENTON, market="SPP", delay="long")
    (folder / "link.geojson").symlink_to(tmp_path / "zones.geojson")
    entry, message = BAD_LAYERS[bad]
    good: dict[str, object] = {"id": "good", "gives": "market", "file": "zones.geojson"}
    with pytest.raises(CaseFileError) as caught:
        own_layers(folder, good, {"id": "bad", "gives": "market", "file": "zones.geojson", **entry})
    problem = caught.value.problems[0]
    assert message in problem.message
    assert "\n" not in problem.message
    assert problem.path == ("layers", 1, "file")
    assert problem.file.name == "layers.yaml"
    assert problem.line is not None
    assert "file:" in problem.file.read_text().splitlines()[problem.line - 1]


def test_delays_out_of_order_and_unknown_currencies_are_refused(tmp_path: Path) -> None:
    months = dict(zip(queue_fields("large_load"), (10, 5, 20), strict=True))
    write(tmp_path / "q.geojson", DENTON, **months)
    with pytest.raises(CaseFileError, match="months at p10, p50, p90 are 10, 5, 20; expected to rise"):
        own_layers(tmp_path, {"id": "q", "gives": "large load queue", "file": "q.geojson"})
    write(tmp_path / "r.geojson", DENTON, industrial_per_mwh=50, retail_currency="EUR")
    with pytest.raises(CaseFileError, match="no rate for currency 'EUR'; there are USD, CAD"):
        own_layers(tmp_path, {"id": "r", "gives": "retail price", "file": "r.geojson"})


def test_bad_hours_are_said_with_the_line_of_the_price_file(tmp_path: Path) -> None:
    file = hourly(tmp_path / "prices.csv", 20.0)
    file.write_text(file.read_text().replace("2025-01-01 01:00:00,HB_NORTH,21.0", "2025-01-01 01:00:00,HB_NORTH,x"))
    with pytest.raises(CaseFileError, match="spp is 'x'") as caught:
        own_layers(tmp_path, {"id": "h", "gives": "hub", "file": "prices.csv", "lon": 1.0, "lat": 1.0})
    assert (caught.value.problems[0].file.name, caught.value.problems[0].line) == ("prices.csv", 3)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"gives": "climate"}, "climate"),
        ({"gives": "hub"}, "lon and lat go with a hub"),
        ({"lon": 1.0}, "give both lon and lat"),
        ({"fil": "x"}, "did you mean 'file'"),
        ({"most_km": -1}, "most_km"),
    ],
)
def test_a_bad_catalogue_is_refused(tmp_path: Path, entry: dict[str, object], message: str) -> None:
    with pytest.raises(CaseFileError, match=message):
        own_layers(tmp_path, {"id": "a", "gives": "market", "file": "x.geojson", **entry})


def test_a_layer_of_two_kinds_of_shape_is_refused(tmp_path: Path) -> None:
    mixed = gpd.GeoDataFrame(
        {"market": ["A", "B"]}, geometry=[shapely.Point(0, 0), shapely.box(1, 1, 2, 2)], crs="EPSG:4326"
    )
    mixed.to_file(tmp_path / "m.geojson", driver="GeoJSON")
    with pytest.raises(CaseFileError, match="has polygons and other shapes"):
        own_layers(tmp_path, {"id": "m", "gives": "market", "file": "m.geojson"})


def test_a_place_off_the_globe_is_a_place_error() -> None:
    with pytest.raises(PlaceError, match="swapped"):
        point_site(33.2148, -97.1331)


def test_the_dearest_hour_and_the_income_of_switching_off_are_those_of_the_market() -> None:
    """ERCOT 2024: the spring hour from 19:00 is dearest (mean 129.6 USD/MWh in the hub's hourly shapes)."""
    places = look_up(point_site(-97.1331, 33.2148))
    assert places.values["dearest_hours"].iloc[0] == "spring, 19:00 to 20:00: 130 USD/MWh on average in 2024"
    assert places.values["response_usd_per_mw_year"].iloc[0] == 10_900
    elsewhere = look_up(point_site(-84.9702, 34.7698)).values
    assert elsewhere["dearest_hours"].iloc[0] is None
    assert elsewhere["response_programme"].iloc[0] is None


def test_own_metros_stand_before_the_bundled_ones(tmp_path: Path) -> None:
    """An exchange 0.1 degrees (11.1 km) north: 2 * 11.12 * 1.4 / 204 + 0.5 = 0.65 ms there and back."""
    (tmp_path / "metros.csv").write_text("metro,lon,lat\nCampus exchange,-97.0,33.1\n", encoding="utf-8")
    (tmp_path / "layers.yaml").write_text(
        "layers:\n  - {id: exchanges, gives: metro, file: metros.csv, title: Own exchanges, as_of: 2026-11-01}\n",
        encoding="utf-8",
    )
    own = read_own_layers(tmp_path / "layers.yaml")
    values = look_up(point_site(-97.0, 33.0), own).values
    assert values["metro"].iloc[0] == "Campus exchange"
    assert values["metro_km"].iloc[0] == pytest.approx(11.12, abs=0.01)
    assert values["metro_ms"].iloc[0] == pytest.approx(0.6526, abs=1e-3)


@pytest.mark.parametrize(
    ("lon", "lat", "state", "market"),
    [
        (-82.42, 42.97, "MI", "MISO"),  # Port Huron, opposite Sarnia
        (-106.485, 31.7619, "TX", "EPE"),  # El Paso, opposite Ciudad Juarez
        (-97.4975, 25.9017, "TX", "ERCOT"),  # Brownsville, opposite Matamoros
        (-93.41, 48.6, "MN", "MISO"),  # International Falls, opposite Fort Frances
    ],
)
def test_cities_on_the_border_are_in_their_own_country(lon: float, lat: float, state: str, market: str) -> None:
    """The outlines of countries are coarser than those of counties."""
    values = look_up(point_site(lon, lat)).values
    assert (values["country_code"].iloc[0], values["state"].iloc[0], values["market"].iloc[0]) == ("US", state, market)


@pytest.mark.parametrize(("lon", "lat"), [(-87.0, 43.5), (-81.2, 42.2), (-86.5, 47.5)])
def test_a_great_lake_is_no_place_for_a_site(lon: float, lat: float) -> None:
    assert "in no county of the United States" in look_up(point_site(lon, lat)).values["problem"].iloc[0]


def test_a_hub_far_away_is_a_weak_stand_in() -> None:
    """Chicago is 940 km from the only hub of PJM with prices, Denton 230 km from that of ERCOT."""
    trust = {}
    for name, at in (("Chicago", (-87.63, 41.88)), ("Denton", (-97.1331, 33.2148))):
        found = look_up(point_site(*at)).found["hub"]
        trust[name] = (Confidence(int(found.confidence[0])), round(float(found.distance_km[0]), -1))
    assert trust == {"Chicago": (Confidence.LOW, 940), "Denton": (Confidence.MEDIUM, 230)}


def test_nothing_published_is_claimed_for_a_change_of_use() -> None:
    evidence = dossier(look_up(point_site(-77.49, 39.04)), 0).evidence
    told = {item.chain: item for item in evidence}
    assert told["utility"].value == "Dominion Energy Virginia"
    assert told["large load queue"].source_url
    assert told["change of use"].confidence is Confidence.LOW
    assert told["change of use"].source_title.startswith("Judgement")

"""The bundled datasets about places: hashes, units, sources, ages, plausible figures, and what refers to what."""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from planner import data
from planner.places.bundled import QUEUES, queue_fields
from planner.places.tables import shapes


@dataclass(frozen=True)
class Kept:
    """How a dataset is kept: how old it may grow, and what makes a row unique beside its id."""

    years: int
    """Older than this, it has to be looked up again."""
    key: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    """Of a file of shapes instead of a table."""


PLACE_DATASETS = {
    "canada_provinces": Kept(10, layers=("provinces",)),
    "climate_stations": Kept(5),
    "cooling_efficiency": Kept(3),
    "countries": Kept(5),
    "county_markets": Kept(2),
    "currencies": Kept(1),
    "demand_response": Kept(2),
    "emissions": Kept(2),
    "hub_statistics": Kept(2, ("year",)),
    "interconnection_costs": Kept(2),
    "market_overlaps": Kept(2),
    "market_regions": Kept(3),
    "metros": Kept(5),
    "mining_sites": Kept(1),
    "place_queues": Kept(1),
    "price_hubs": Kept(2),
    "price_shapes": Kept(2, ("year", "season")),
    "retail_prices": Kept(2),
    "tariffs": Kept(1),
    "us_boundaries": Kept(10, layers=("counties", "states")),
    "world_boundaries": Kept(10, layers=("countries",)),
}
TABLES = [name for name, kept in PLACE_DATASETS.items() if not kept.layers]
SHAPES = [(name, layer) for name, kept in PLACE_DATASETS.items() for layer in kept.layers]

PLAUSIBLE: dict[str, tuple[float, float]] = {
    "degrees north": (-60, 75),
    "degrees east": (-180, 180),
    "degrees": (-180, 180),
    "km": (0, 200),
    "m": (-100, 4000),
    "degC dry bulb": (-60, 55),
    "degC wet bulb": (-20, 35),
    "hours per year": (0, 8760),
    "hours": (0, 8784),
    "ratio": (1, 3),
    "m3 per MWh of IT energy": (0, 5),
    "USD": (0.001, 50e6),
    "USD per MW and year": (0, 500_000),
    "USD per MWh curtailed": (0, 10_000),
    "kg CO2 per MWh": (0, 1_100),
    "fraction of generation": (0, 1),
    "fraction of contracted demand": (0, 1),
    "fraction of energy drawn": (0, 0.15),
    "fraction": (0, 1),
    "year": (2015, 2027),
    "currency per MWh": (-50, 700),
    "USD per kW": (0, 2_000),
    "USD per km": (5_000, 5e6),
    "USD per MW": (1_000, 20_000),
    "MW": (0, 3_000),
    "factor": (1, 3),
    "count": (0, 10),
    "months": (1, 180),
    "years": (1, 30),
    "USD per kW and month": (1, 40),
    "USD per MWh": (0, 200),
    "CAD per MWh": (0, 300),
    "USD per kW of coincident peak and year": (20, 200),
}
"""Lowest and highest figure of each unit that is not a slip of the pen."""

WORDS = {"text", "address", "date", "dates"}
OUTSIDE = {"WECC", "NO3", "NO4"}
"""Names of no market of the planner that mining_sites and tariffs state as their sources do."""


@cache
def source(name: str) -> dict[str, Any]:
    return tomllib.loads((data.dataset(name).path.parent / "source.toml").read_text(encoding="utf-8"))


@cache
def rows(name: str) -> list[dict[str, str]]:
    with data.dataset(name).path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def column(name: str, field: str) -> list[str]:
    return [row[field] for row in rows(name) if row[field]]


def ids(name: str) -> set[str]:
    return set(column(name, "id"))


# --- records


@pytest.mark.parametrize("name", PLACE_DATASETS)
def test_a_dataset_states_its_source(name: str) -> None:
    record, stated = data.dataset(name), source(name)
    assert hashlib.sha256(record.path.read_bytes()).hexdigest() == stated["sha256"]
    assert all(stated[key] for key in data.SOURCE_KEYS)
    assert set(stated) - set(data.SOURCE_KEYS) == ({"layers", "crs"} if PLACE_DATASETS[name].layers else set())
    assert all(re.fullmatch(r"https?://\S+", url) for url in stated["urls"])
    assert {path.name for path in record.path.parent.iterdir()} == {"source.toml", stated["file"]}


@pytest.mark.parametrize("name", PLACE_DATASETS)
def test_a_dataset_is_of_its_time(name: str) -> None:
    """Fails when a dataset has grown too old to be trusted: look its sources up again, then move the date."""
    as_of, today = source(name)["as_of"], date.today()  # noqa: DTZ011 - a day more or less is nothing
    assert isinstance(as_of, date)
    assert as_of <= today
    assert (today - as_of).days <= 366 * PLACE_DATASETS[name].years


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_a_unit(name: str) -> None:
    units = source(name)["units"]
    assert list(rows(name)[0]) == list(units)
    assert set(data.PROVENANCE) < set(units)
    assert set(units.values()) <= WORDS | set(PLAUSIBLE)


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_unique_and_their_provenance_is_sound(name: str) -> None:
    table, key = rows(name), ("id", *PLACE_DATASETS[name].key)
    keys = [tuple(row[part] for part in key) for row in table]
    assert len(keys) == len(set(keys))
    assert all(all(parts) for parts in keys)
    for row in table:
        assert row["basis"] in {"published", "derived", "estimate", "assumption"}
        assert row["source_title"]
        assert re.search(r"\b(19|20)\d\d\b", row["as_of"]), row["as_of"]
        assert all(int(year) <= 2026 for year in re.findall(r"\b20\d\d\b", row["as_of"]))
        assert row["source_url"] == "" or re.fullmatch(r"https?://\S+", row["source_url"])
        assert row["source_url"] or row["note"]
        assert None not in row
        for field, value in row.items():
            assert value.isprintable()
            assert value == value.strip(), (name, field)


@pytest.mark.parametrize("name", TABLES)
def test_figures_are_plausible(name: str) -> None:
    for field, unit in source(name)["units"].items():
        if unit in WORDS:
            continue
        low, high = PLAUSIBLE[unit]
        for cell in column(name, field):
            assert low <= float(cell) <= high, (name, field, cell)


def test_plausible_ranges_are_no_wider_than_needed() -> None:
    """Every unit is that of some column."""
    assert {unit for name in TABLES for unit in source(name)["units"].values()} - WORDS == set(PLAUSIBLE)


# --- shapes


@pytest.mark.parametrize(("name", "layer"), SHAPES)
def test_shapes_are_on_the_globe_and_named(name: str, layer: str) -> None:
    stated = source(name)
    assert stated["crs"] == "EPSG:4326"
    assert set(stated["layers"]) == set(PLACE_DATASETS[name].layers) == set(stated["units"])
    frame = shapes(name, layer)
    assert set(stated["units"][layer]) <= set(frame.columns)
    assert frame.geometry.is_valid.all()
    west, south, east, north = frame.total_bounds
    assert west >= -180
    assert east <= 180
    assert south >= -90
    assert north <= 90
    assert frame["name"].str.len().gt(0).all()
    if layer != "countries":
        assert frame["id"].is_unique


def test_shapes_are_complete() -> None:
    assert len(shapes("us_boundaries", "states")) >= 51
    assert len(shapes("us_boundaries", "counties")) >= 3_140
    assert set(shapes("canada_provinces", "provinces")["id"]) == set(
        "AB BC MB NB NL NS NT NU ON PE QC SK YT".split()  # noqa: SIM905
    )
    assert len(shapes("world_boundaries", "countries")) >= 230


# --- what refers to what


def test_every_county_of_the_shapes_has_a_row_and_lies_where_the_row_says() -> None:
    table = {row["id"]: row for row in rows("county_markets")}
    counties = shapes("us_boundaries", "counties").set_index("id")
    assert set(counties.index) <= set(table)
    states = shapes("us_boundaries", "states")
    assert {key[:2] for key in table} <= set(states["id"])
    bounds = counties.bounds
    for key, (west, south, east, north) in zip(bounds.index, bounds.to_numpy(), strict=True):
        assert west <= float(table[key]["lon"]) <= east
        assert south <= float(table[key]["lat"]) <= north


def test_countries_of_the_shapes_have_codes_but_for_a_few_disputed_ones() -> None:
    frame = shapes("world_boundaries", "countries")
    without = set(frame["name"][~frame["id"].isin(ids("countries"))])
    assert without == {"Kosovo", "N. Cyprus", "Somaliland", "Siachen Glacier", "Indian Ocean Ter."}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("county_markets", "market"), ("county_markets", "other_markets"), ("market_overlaps", "market"),
        ("price_hubs", "market"), ("demand_response", "market"), ("tariffs", "market"), ("mining_sites", "market"),
    ],
)  # fmt: skip
def test_markets_are_those_of_the_table(name: str, field: str) -> None:
    named = {market for cell in column(name, field) for market in cell.split(";")}
    assert named
    assert named - OUTSIDE <= ids("market_regions")


@pytest.mark.parametrize("name", ["place_queues", "tariffs", "interconnection_costs"])
def test_rows_of_markets_and_countries_have_a_known_one(name: str) -> None:
    markets, codes = ids("market_regions"), set(column("countries", "code"))
    for key in ids(name):
        kind, _, of = key.partition("/" if name == "tariffs" else ":")
        if kind == "market":
            assert of in markets
        elif kind == "country":
            assert of in codes
        elif kind == "default":
            assert of in markets | codes | {"world"}


def test_emission_regions_and_climate_zones_have_figures() -> None:
    for field, prefix in (("egrid_subregion", "egrid:"), ("avert_region", "avert:")):
        assert {prefix + cell for cell in column("county_markets", field)} <= ids("emissions")
    for kind in ("air_economiser_adiabatic", "waterside_economiser", "air_chiller"):
        assert {f"{kind}/{zone}" for zone in column("climate_stations", "climate_zone")} <= ids("cooling_efficiency")


def test_regions_of_emissions_and_prices_exist() -> None:
    states = set(column("county_markets", "state"))
    provinces = set(shapes("canada_provinces", "provinces")["id"])
    regions = {f"US-{state}" for state in states} | {f"CA-{province}" for province in provinces}
    codes = set(column("countries", "code"))
    assert ids("retail_prices") <= regions | codes
    for key in ids("emissions"):
        level, _, of = key.partition(":")
        if level == "state":
            assert of in states | regions
        elif level == "country":
            assert of in codes


def test_hubs_with_prices_have_a_curve_shapes_and_statistics() -> None:
    """The curves in Canadian dollars are no entries of a case, so the file itself is read."""
    curves = {row["id"] for row in rows("price_duration")}
    assert {row["id"] for row in rows("price_hubs") if row["has_curve"] == "yes"} == curves
    assert set(column("price_hubs", "curve_hub")) <= curves
    assert ids("price_shapes") == ids("hub_statistics") == curves
    for row in rows("price_hubs"):
        assert (row["curve_hub"] == row["id"]) == (row["has_curve"] == "yes")
    assert set(column("market_regions", "default_price_hub")) <= curves


@pytest.mark.parametrize("name", ["market_regions", "metros", "mining_sites", "retail_prices", "climate_stations"])
def test_countries_are_known(name: str) -> None:
    assert set(column(name, "country")) <= set(column("countries", "code"))


def test_currencies_of_prices_have_a_rate() -> None:
    for name in ("retail_prices", "price_hubs", "price_shapes", "hub_statistics", "tariffs", "market_regions"):
        assert set(column(name, "currency")) <= ids("currencies")


def test_stations_are_the_entries_of_the_climate() -> None:
    """A case takes the climate of the nearest station by its id."""
    assert ids("climate_stations") == set(data.entry_ids("climate"))
    climate = {row["id"]: row for row in rows("climate")}
    for row in rows("climate_stations"):
        assert row["design_temperature_c"] == climate[row["id"]]["design_temperature_c"]
    assert set(column("mining_sites", "join_id")) <= ids("climate_stations")


# --- figures that belong together


@pytest.mark.parametrize("prefix", QUEUES.values())
def test_delays_rise_and_coarser_levels_are_wider(prefix: str) -> None:
    found = {row["id"]: [float(row[name]) for name in queue_fields(prefix)] for row in rows("place_queues")}
    for low, middle, high in found.values():
        assert low < middle < high

    def covers(coarse: str, fine: str) -> bool:
        return found[coarse][0] <= found[fine][0] and found[coarse][2] >= found[fine][2]

    for key in found:
        assert covers("world", key)
        if key.startswith("market:") and prefix == "change_of_use":
            assert covers("country:US", key)
    widths = {
        level: [high - low for key, (low, _, high) in found.items() if key.startswith(level)]
        for level in ("utility:", "state:", "country:", "world")
    }
    for fine, coarse in pairwise(widths.values()):
        assert sum(fine) / len(fine) <= sum(coarse) / len(coarse)


@pytest.mark.parametrize("name", ["climate_stations"])
def test_hours_and_temperatures_rise(name: str) -> None:
    for row in rows(name):
        for pattern in (r"hours_below_(\d+)_c", r"hours_wet_bulb_below_(\d+)_c"):
            known = sorted((int(found[1]), float(cell)) for field, cell in row.items() if cell and (
                found := re.fullmatch(pattern, field)))  # fmt: skip
            assert [hours for _, hours in known] == sorted(hours for _, hours in known)
        order = [
            row[field] for field in ("lowest_c", "coldest_35_hours_c", "mean_c", "design_temperature_c", "highest_c")
        ]
        steps = [float(cell) for cell in order if cell]
        assert steps == sorted(steps), row["id"]


def test_low_middle_and_high_are_in_order() -> None:
    for row in rows("interconnection_costs"):
        for stem in ("usd_per_kw", "usd_per_km", "usd_fixed"):
            if row[stem]:
                assert float(row[f"{stem}_low"]) <= float(row[stem]) <= float(row[f"{stem}_high"])
    for row in rows("cooling_efficiency"):
        assert float(row["pue_p5"]) <= float(row["pue_p95"])


def test_statistics_are_those_of_the_curves() -> None:
    """Leaving out dear hours lowers a mean. A curve may lack a few hours that a clock change doubled or skipped."""
    for row in rows("hub_statistics"):
        bins = [
            (float(cell), float(year[name.replace("hours_", "price_")]))
            for year in rows("price_duration")
            if (year["id"], year["year"]) == (row["id"], row["year"])
            for name, cell in year.items()
            if name.startswith("hours_") and cell
        ]
        hours = sum(count for count, _ in bins)
        assert hours == pytest.approx(float(row["hours"]), abs=10)
        assert sum(count * price for count, price in bins) / hours == pytest.approx(float(row["mean"]), rel=0.002)
        stated = ("mean", "mean_without_dearest_5_percent", "mean_without_dearest_10_percent")
        mean, without_5, without_10 = (float(row[name]) for name in stated)
        assert mean > without_5 > without_10

"""The chains of the planner: which bundled dataset answers which question about a place, finest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from planner import data
from planner.geo import Chain, Layer, Link, Match
from planner.places import bundled_prices as prices
from planner.places.tables import always, by_key, dataset_table, points, shapes

COAST_KM = 25.0
"""How far off a coarse coast or border a place still belongs to the country."""
COUNTY_KM = 15.0
TERRITORIES = ("PR", "VI", "GU", "AS", "MP")
"""Islands that have a country code of their own."""
STATION_KM = 1_200.0
STATION_TRUSTED_KM = 400.0
"""Design temperatures part with distance: beyond half of this a station is a weak stand-in."""
METRO_KM = 21_000.0
KNOWN_SITE_KM = 25.0

QUEUES = {"large load queue": "large_load", "change of use": "change_of_use"}
"""Chain of a delay and the prefix of its fields."""

WATER = "water_m3_per_mwh_{}"
"""Column of the water that a cooling needs, by quantile."""

COOLINGS = ("air_economiser_adiabatic", "waterside_economiser", "air_chiller", "direct_to_chip", "immersion")

OwnChains = Mapping[str, Sequence[Layer]]
"""The user's layers by chain, asked before the bundled ones."""


def queue_fields(prefix: str) -> tuple[str, str, str]:
    """Return the three fields of a delay: months at p10, p50, p90."""
    return (f"{prefix}_p10_months", f"{prefix}_p50_months", f"{prefix}_p90_months")


def chains(own: OwnChains, replaced: frozenset[str] = frozenset()) -> list[Chain]:
    """Return all chains in the order they are asked.

    Args:
        own: layers of the user by the name of their chain.
        replaced: chains of which only the user's layers are asked.

    Raises:
        PlaceError: a layer lacks a field of its chain.
        DatasetError: a bundled dataset is missing or damaged.
    """
    found = []
    for chain in _bundled():
        bundled = () if chain.name in replaced else chain.layers
        layers = (*own.get(chain.name, ()), *bundled)
        found.append(Chain(chain.name, chain.fields, layers, chain.compared))
    return found


def chain_fields() -> dict[str, tuple[str, ...]]:
    """Return the fields of every chain that a user's layer may give."""
    return {chain.name: chain.fields for chain in _bundled()}


@cache
def _bundled() -> tuple[Chain, ...]:
    return (
        # Counties are drawn finer than countries: what lies in one is not across the border.
        Chain("inside county", ("inside_county",), (_inside("us_boundaries", "counties", "inside_county"),)),
        Chain("inside province", ("inside_province",), (_inside("canada_provinces", "provinces", "inside_province"),)),
        # The name decides: a few territories have no code, and are still no sea.
        Chain("country", ("country", "country_code"), (_by_county(), land())),
        Chain("county", ("county_fips", "county"), (_counties(),)),
        Chain("state", ("state", "state_name", "region_code"), (_county_table("state"), _provinces())),
        Chain("utility", ("utility",), (_dominion(),)),
        Chain(
            "market", ("market",), (_county_table("market"), _provincial_market(), *_second_markets()), compared=True
        ),
        Chain("second market", ("other_markets",), (_county_table("other_markets"),)),
        Chain("grid", ("market_name", "market_kind", "has_lmp"), (_market_regions(),)),
        Chain("subregion", ("egrid_subregion", "avert_region"), (_county_table("egrid_subregion"),)),
        Chain("hub", ("hub",), prices.hubs()),
        Chain("dearest hours", ("dearest_hours",), (prices.dearest_hours(),)),
        Chain("price shape", ("shape_hub",), (prices.shape_hubs(),)),
        Chain("retail price", ("industrial_per_mwh", "retail_currency"), prices.retail()),
        Chain("delivery", ("delivery_usd_per_mwh", "loss_frac"), prices.tariffs()),
        Chain("demand charge", ("demand_charge_usd_per_kw_month",), prices.tariffs()),
        Chain("coincident peak", ("coincident_peak_usd_per_kw_year", "coincident_peak_until"), prices.tariffs()[:1]),
        Chain("demand charge after the peak charge", ("demand_charge_after_usd_per_kw_month",), prices.tariffs()[:1]),
        Chain("large-load tariff", ("tariff_schedule", "tariff_words"), (prices.large_load_tariffs(),)),
        Chain("demand response", ("response_programme", "response_usd_per_mw_year"), (prices.demand_response(),)),
        *(Chain(name, queue_fields(prefix), _queues(prefix)) for name, prefix in QUEUES.items()),
        Chain("interconnection cost", ("usd_per_kw", "usd_per_kw_low", "usd_per_kw_high"), _interconnection()),
        Chain("climate", CLIMATE, (_stations(),)),
        *(Chain(f"PUE {kind}", (f"pue_{kind}_p5", f"pue_{kind}_p95"), _cooling(kind, "pue_{}")) for kind in COOLINGS),
        *(Chain(f"water {kind}", water_fields(kind), _cooling(kind, WATER)) for kind in COOLINGS),
        Chain("average carbon", ("average_kg_per_mwh",), _carbon("average_kg_per_mwh")),
        Chain("marginal carbon", ("marginal_kg_per_mwh",), _carbon("marginal_kg_per_mwh")),
        Chain("metro", ("metro", "metro_lon", "metro_lat"), (_metros(),)),
        Chain("known site", ("known_site", "known_site_mw"), (_known_sites(),)),
        Chain("substation", ("substation",), ()),
        Chain("line", ("line",), ()),
        Chain("fibre", ("fibre",), ()),
    )


CLIMATE = (
    "station_id", "station", "climate_zone", "design_temperature_c", "mean_c", "mean_wet_bulb_c",
    "hours_below_18_c", "hours_below_27_c", "elevation_m",
)  # fmt: skip


@cache
def land() -> Layer:
    """Return the countries of the world as a layer, with their names."""
    return _countries()


def _countries() -> Layer:
    frame = shapes("world_boundaries", "countries")
    codes = dataset_table("countries")
    known = frame.assign(code=frame["id"].map(codes["code"]), title=frame["name"])
    return Layer(
        "world_boundaries", Link.COUNTRY, Match.COVERS, known, {"country_code": "code", "country": "title"},
        most_km=COAST_KM,
    )  # fmt: skip


def _inside(name: str, layer: str, field: str) -> Layer:
    """Return shapes that must cover the place, without any reach."""
    return Layer(name, Link.COUNTY, Match.COVERS, shapes(name, layer), {field: "id"}, most_km=0.0)


def _by_county() -> Layer:
    frame = dataset_table("county_markets")
    known = frame.loc[~frame["state"].isin(TERRITORIES), []].assign(
        country="United States of America", country_code="US", basis="published",
        source_title=data.dataset("us_boundaries").title, as_of=data.dataset("us_boundaries").as_of.isoformat(),
    )  # fmt: skip
    return Layer("us_boundaries", Link.COUNTY, Match.KEY, known, {}, key="inside_county")


def _counties() -> Layer:
    frame = shapes("us_boundaries", "counties")
    columns = {"county_fips": "id", "county": "name"}
    return Layer(
        "us_boundaries", Link.COUNTY, Match.COVERS, frame, columns, only=("country_code", "US"), most_km=COUNTY_KM
    )


def _county_table(field: str) -> Layer:
    frame = dataset_table("county_markets")
    if field != "state":
        return Layer("county_markets", Link.COUNTY, Match.KEY, frame, {}, key="county_fips")
    states = shapes("us_boundaries", "states").set_index("id")
    of = frame.index.str[:2]
    # Which state a county is in is no estimate, other than the rest of the table.
    known = frame[["state"]].assign(
        region_code="US-" + frame["state"].fillna(""), state_name=of.map(states["name"]),
        source_title=of.map(states["source_title"]), as_of=of.map(states["as_of"]),
    )  # fmt: skip
    return Layer("us_boundaries", Link.STATE, Match.KEY, known, {}, key="county_fips")


def _dominion() -> Layer:
    """Return the one utility whose territory a bundled region follows: EPA's Dominion region inside Virginia."""
    frame = dataset_table("county_markets")
    served = frame[(frame["ipm_region"] == "PJM_Dom") & (frame["state"] == "VA")]
    known = served.assign(utility="Dominion Energy Virginia", note="EPA region PJM_Dom; cooperatives serve parts of it")
    return Layer("county_markets", Link.COUNTY, Match.KEY, known, {}, key="county_fips")


def _second_markets() -> tuple[Layer, ...]:
    """Return layers that say which other markets a county may be in, named by the map or table that says so."""
    table = dataset_table("county_markets").dropna(subset=["other_markets"])
    markets = table["other_markets"].str.split(";", expand=True)
    layers = []
    for said_by, group in table.groupby("other_layer"):
        for position in markets.columns:
            column = markets.loc[group.index, position].dropna()
            if len(column):
                frame = group.loc[column.index].assign(market=column)
                name = str(said_by).replace(";", " and ")
                layers.append(Layer(name, Link.COUNTY, Match.KEY, frame, {}, key="county_fips"))
    return tuple(layers)


def _provinces() -> Layer:
    frame = shapes("canada_provinces", "provinces")
    known = frame.assign(region_code="CA-" + frame["id"])
    return Layer(
        "canada_provinces", Link.STATE, Match.COVERS, known, {"state": "id", "state_name": "name"},
        only=("country_code", "CA"), most_km=COAST_KM,
    )  # fmt: skip


def _market_regions() -> Layer:
    return by_key("market_regions", Link.MARKET, "market", market_name="name", market_kind="kind")


def _provincial_market() -> Layer:
    frame = dataset_table("market_regions")
    provinces = frame[frame["country"] == "CA"]
    named = provinces.assign(market=provinces.index).set_index("CA-" + provinces.index)
    return Layer("market_regions", Link.STATE, Match.KEY, named, {}, key="region_code")


def _queues(prefix: str) -> tuple[Layer, ...]:
    table = dataset_table("place_queues")
    if prefix == "change_of_use":
        # The sources of the rows are about new load; nothing is published on a change of use.
        table = table.assign(
            source_title="Judgement of the planner; no source was found", source_url="", basis="assumption", note=""
        )

    def by(link: Link, key: str, start: str) -> Layer:
        return Layer("place_queues", link, Match.KEY, table, {}, prefix=start, key=key)

    return (
        by(Link.UTILITY, "utility", "utility:"),
        by(Link.STATE, "state", "state:"),
        by(Link.MARKET, "market", "market:"),
        by(Link.COUNTRY, "country_code", "country:"),
        Layer("place_queues", Link.WORLD, Match.ALWAYS, table.loc[["world"]], {}),
    )


def _interconnection() -> tuple[Layer, ...]:
    return (
        by_key("interconnection_costs", Link.MARKET, "market", "market:"),
        by_key("interconnection_costs", Link.COUNTRY, "country_code", "country:"),
        always("interconnection_costs", "world"),
    )


def _stations() -> Layer:
    stations = points("climate_stations").reset_index(drop=True)
    columns = {"station_id": "own_id", "station": "place"}
    return Layer(
        "climate_stations",
        Link.STATION,
        Match.NEAREST,
        stations,
        columns,
        most_km=STATION_KM,
        trusted_km=STATION_TRUSTED_KM,
    )


def water_fields(kind: str) -> tuple[str, str]:
    """Return the fields of the water that a cooling needs: m3 for each MWh of IT, at p5 and p95."""
    return (f"water_{kind}_p5", f"water_{kind}_p95")


def _cooling(kind: str, column: str) -> tuple[Layer, ...]:
    start = column.split("_", maxsplit=1)[0]
    columns = {f"{start}_{kind}_{end}": column.format(end) for end in ("p5", "p95")}
    layers = [by_key("cooling_efficiency", Link.ZONE, "climate_zone", f"{kind}/", **columns)]
    if f"{kind}/any" in dataset_table("cooling_efficiency").index:
        layers.append(always("cooling_efficiency", f"{kind}/any", **columns))
    return tuple(layers)


def _carbon(field: str) -> tuple[Layer, ...]:
    if field == "marginal_kg_per_mwh":
        return (
            by_key("emissions", Link.REGION, "avert_region", "avert:"),
            by_key("emissions", Link.COUNTRY, "country_code", "country:"),
        )
    return (
        by_key("emissions", Link.REGION, "egrid_subregion", "egrid:"),
        by_key("emissions", Link.STATE, "region_code", "state:"),
        by_key("emissions", Link.COUNTRY, "country_code", "country:"),
        always("emissions", "world"),
    )


def _metros() -> Layer:
    columns = {"metro": "name", "metro_lon": "lon", "metro_lat": "lat"}
    return Layer("metros", Link.STATION, Match.NEAREST, points("metros"), columns, most_km=METRO_KM)


def _known_sites() -> Layer:
    sites = points("mining_sites")
    named = sites.assign(label=sites["company"] + " " + sites["site"])
    columns = {"known_site": "label", "known_site_mw": "mw_gross"}
    return Layer("mining_sites", Link.STATION, Match.NEAREST, named, columns, most_km=KNOWN_SITE_KM)

"""The layers of power prices: hubs with hourly prices, retail prices, tariffs, what demand response pays."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from planner import data
from planner.geo import Confidence, Layer, Link, Match
from planner.places.tables import always, by_key, dataset_table, points

HUB_KM = 3_000.0
NO_SHAPE = ("ERCOT", "ON")
"""Scarcity prices of an energy-only market, and prices beside a global adjustment, are no model for other markets."""
HUB_TRUSTED_KM = 800.0
"""Prices inside a market part with distance: beyond half of this a hub is a weak stand-in."""


def hubs() -> tuple[Layer, ...]:
    """Return a layer for each market: the nearest of its hubs that have prices; the source is that of the prices."""
    known = points("price_hubs")
    known = known[known["has_curve"] == "yes"]
    for row, hub in known["own_id"].items():
        origin = data.provenance(data.PRICE_DURATION, hub)
        known.loc[row, ["source_title", "source_url", "as_of"]] = [origin.source_title, origin.source_url, "2020-2024"]
    return tuple(
        Layer(
            "price_hubs", Link.MARKET, Match.NEAREST, known[known["market"] == market].reset_index(drop=True),
            {"hub": "own_id"}, only=("market", market), most_km=HUB_KM, trusted_km=HUB_TRUSTED_KM,
        )
        for market in sorted(set(known["market"]))
    )  # fmt: skip


def dearest_hours() -> Layer:
    """Return, for each hub with a curve, the hour of the day and season that was dearest on average, in words."""
    shapes_of = pd.DataFrame(data.table("price_shapes"))
    newest = shapes_of[shapes_of["year"] == shapes_of.groupby("id")["year"].transform("max")]
    hours = newest[[name for name in newest.columns if name.startswith("mean_h")]].astype(float)
    newest = newest.assign(price=hours.max(axis=1), hour=hours.idxmax(axis=1).str[-2:].astype(int))
    dearest = newest.loc[newest.groupby("id")["price"].idxmax()].set_index("id")
    words = [
        f"{row['season']}, {row['hour']}:00 to {row['hour'] + 1}:00: {row['price']:.0f} {row['currency']}/MWh "
        f"on average in {row['year']}"
        for row in dearest.to_dict("records")
    ]
    return Layer("price_shapes", Link.MARKET, Match.KEY, dearest.assign(dearest_hours=words), {}, key="hub")


def large_load_tariffs() -> Layer:
    """Return the published rules of utilities for large loads, in words; they are shown and fill nothing."""
    rules = dataset_table("tariffs")
    rules = rules[rules["minimum_demand_frac"].notna() & rules["utility"].notna()].drop_duplicates("utility")
    words = [
        ", ".join(
            [f"from {row['threshold_mw']:g} MW", f"at least {row['minimum_demand_frac']:.0%} of the contracted demand"]
            + ([] if pd.isna(row["min_term_years"]) else [f"{row['min_term_years']:g} years"])
        )
        for row in rules.to_dict("records")
    ]
    named = rules.assign(tariff_schedule=rules["schedule"], tariff_words=words).set_index("utility")
    return Layer("tariffs", Link.UTILITY, Match.KEY, named, {}, key="utility")


def demand_response() -> Layer:
    """Return what mining usually earns in a market for standing ready, where that is known."""
    programmes = dataset_table("demand_response")
    usual = programmes[programmes.index.str.endswith("/default")].set_index("market")
    columns = {"response_programme": "programme", "response_usd_per_mw_year": "usd_per_mw_year"}
    return Layer("demand_response", Link.MARKET, Match.KEY, usual, columns, key="market")


def shape_hubs() -> Layer:
    """Return the hubs whose hours may stand in for those of a market without a bundled curve."""
    known = points("price_hubs")
    priced = known[(known["has_curve"] == "yes") & ~known["market"].isin(NO_SHAPE)].reset_index(drop=True)
    return Layer(
        "price_hubs", Link.STATION, Match.NEAREST, priced, {"shape_hub": "own_id"},
        confidence=Confidence.LOW,
    )  # fmt: skip


def retail() -> tuple[Layer, ...]:
    """Return average industrial prices, by state or province, then by country."""
    columns = {"retail_currency": "currency"}
    return (
        # published, but the mean of all industrial customers: one large load may pay far less
        replace(by_key("retail_prices", Link.STATE, "region_code", **columns), confidence=Confidence.MEDIUM),
        replace(by_key("retail_prices", Link.COUNTRY, "country_code", **columns), confidence=Confidence.LOW),
    )


def tariffs() -> tuple[Layer, ...]:
    """Return the default charges of a market, a country and the world, in this order."""
    return (
        by_key("tariffs", Link.MARKET, "market", "default/"),
        by_key("tariffs", Link.COUNTRY, "country_code", "default/"),
        always("tariffs", "default/world"),
    )

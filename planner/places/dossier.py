"""Look places up: every resolved figure, what follows from them, and the dossier of one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.geo import Confidence, Evidence, Found, Link, Places, locate
from planner.geo.locate import plain
from planner.geo.sphere import Bools, great_circle_km
from planner.places.bundled import QUEUES, chains, land, queue_fields
from planner.places.distances import round_trip_ms
from planner.places.own_layers import OwnLayers
from planner.places.power import PlacePower, place_power
from planner.places.tables import dataset_table

NO_LAYERS = OwnLayers()

NO_SITES = "Antarctica"
"""Where nobody means to be: no hint that coordinates were swapped."""

DOUBT_STRETCH = 0.1
"""Share by which both ends of the country's delays move outwards for a market that has none of its own, when it is
not even sure which market it is."""
MARKET_KEYS = ("market", "country_code", "")
"""Keys of the delays that are in doubt with the market; a utility's or a state's are not."""


@dataclass(frozen=True)
class Widened:
    """A delay that spans several markets because layers disagree: months at p10 and p90."""

    chain: str
    months: tuple[float, float]
    unwidened_months: tuple[float, float]
    """Of the market that was taken."""


@dataclass(frozen=True)
class Dossier:
    """All that is known of one place, in words and as values."""

    site: str
    lon: float
    lat: float
    values: Mapping[str, object]
    """Fields of the chains and what follows from them; None where nothing is known."""
    power: PlacePower | None
    evidence: tuple[Evidence, ...]
    disagreements: tuple[str, ...]
    widened: tuple[Widened, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return plain values for machines: fields, evidence, disagreements."""
        evidence = [
            {**asdict(item), "value": _json(item.value), "confidence": item.confidence.word} for item in self.evidence
        ]
        return {
            "site": self.site, "lon": self.lon, "lat": self.lat,
            "values": {name: _json(value) for name, value in self.values.items()},
            "power": None if self.power is None else _power_json(self.power),
            "evidence": evidence, "disagreements": list(self.disagreements),
            "widened": [asdict(item) for item in self.widened],
        }  # fmt: skip


def look_up(sites: gpd.GeoDataFrame, own: OwnLayers = NO_LAYERS) -> Places:
    """Return everything known about sites, with the column `problem` for places that cannot be used.

    Beside the fields of the chains the values hold metro_km, metro_ms and, where layers disagree on the market,
    delays widened over the markets named. A retail price of the user's own stands above a bundled hub: there
    `hub` is blank. `has_own_price` says whether the energy price is the user's own. A retail price whose hours are
    borrowed from another market's hub is trusted least.

    Raises:
        PlaceError: sites without a usable CRS or geometry; a layer that lacks a field.
        DatasetError: a bundled dataset is missing or damaged.
    """
    places = locate(sites, chains(own.chains, own.replaced))
    values, found = places.values.copy(), places.found
    lon, lat = values["lon"].to_numpy(), values["lat"].to_numpy()
    metro = [values[f"metro_{axis}"].to_numpy(dtype=np.float64) for axis in ("lon", "lat")]
    values["metro_km"] = great_circle_km(lon, lat, *metro)
    values["metro_ms"] = round_trip_ms(values["metro_km"].to_numpy())
    own_hub, own_retail = _is_own(found["hub"]), _is_own(found["retail price"])
    values.loc[own_retail & ~own_hub, "hub"] = None
    values["has_own_price"] = own_hub | own_retail
    found = {**found, "retail price": _borrowed(values, found["retail price"])}
    for chain, prefix in QUEUES.items():
        found[chain] = _widen(values, found[chain], found["market"], prefix)
    values["problem"] = _problems(values)
    return Places(sites, values, found)


def _borrowed(values: pd.DataFrame, retail: Found) -> Found:
    """Return the retail price with least trust where its hours come from another market."""
    shaped = (values["hub"].isna() & (values["has_lmp"] == "yes")).to_numpy()
    return replace(
        retail, confidence=np.where(shaped, np.minimum(retail.confidence, Confidence.LOW), retail.confidence)
    )


def _is_own(found: Found) -> Bools:
    own = np.array([layer.link is Link.USER for layer in found.chain.layers] + [False])
    return np.asarray(own[found.layer], dtype=bool)


def _widen(values: pd.DataFrame, delay: Found, market: Found, prefix: str) -> Found:
    """Stretch the delay over the markets that other layers name, and return it trusted less where it was stretched.

    From the earliest p10 to the latest p90.
    """
    low, _, high = queue_fields(prefix)
    ends = {name: values[name].to_numpy(dtype=np.float64, copy=True) for name in (low, high)}
    markets, countries = values["market"].to_numpy(), values["country_code"].to_numpy()
    for place, said in market.disagreeing.items():
        source = delay.source(place)
        if source is None or source.link is Link.USER or source.key not in MARKET_KEYS:
            continue
        named = {str(markets[place]), *(str(saying.value) for saying in said)}
        earliest, latest = _span(frozenset(named), str(countries[place]), prefix)
        ends[low][place] = min(ends[low][place], earliest)
        ends[high][place] = max(ends[high][place], latest)
    stretched = np.zeros(len(values), dtype=bool)
    for name, months in ends.items():
        stretched |= values[name].to_numpy(dtype=np.float64) != months
        values[name] = months
    stretched &= delay.layer >= 0
    return replace(
        delay, confidence=np.maximum(delay.confidence - stretched, np.minimum(delay.confidence, Confidence.LOW))
    )


@lru_cache(maxsize=4096)
def _span(markets: frozenset[str], country: str, prefix: str) -> tuple[float, float]:
    """Return the earliest p10 and the latest p90 of markets, in months."""
    table, (low, _, high) = dataset_table("place_queues"), queue_fields(prefix)
    spans = []
    for market in markets:
        has_own = f"market:{market}" in table.index
        fallback = f"country:{country}" if f"country:{country}" in table.index else "world"
        row = f"market:{market}" if has_own else fallback
        stretch = 0.0 if has_own else DOUBT_STRETCH
        spans.append((_cell(table, row, low) * (1 - stretch), _cell(table, row, high) * (1 + stretch)))
    return min(low for low, _ in spans), max(high for _, high in spans)


def _cell(table: pd.DataFrame, row: str, column: str) -> float:
    return float(table[column].to_numpy(dtype=np.float64)[table.index.get_loc(row)])


def _problems(values: pd.DataFrame) -> list[str]:
    """Say for each place on no land that it is at sea, and whether swapped coordinates are likely."""
    told = [""] * len(values)
    is_us = (values["country_code"] == "US").to_numpy()
    for place in np.nonzero(is_us & values["county_fips"].isna().to_numpy())[0]:
        point = "lon {:g} lat {:g}".format(*(float(values[name].to_numpy()[place]) for name in ("lon", "lat")))
        told[place] = f"the point {point} lies in no county of the United States: in a lake, or at sea"
    at_sea = np.nonzero(values["country"].isna().to_numpy())[0]
    if not len(at_sea):
        return told
    lon, lat = (values[name].to_numpy()[at_sea] for name in ("lon", "lat"))
    layer = land()
    names = layer.cells("name")
    row, km = layer.nearest.find(lon, lat)
    swapped = _swapped(lon, lat)
    for i, place in enumerate(at_sea):
        coast = f"{km[i]:,.0f} km from the nearest land ({names[row[i]]})"
        told[place] = f"the point lon {lon[i]:g} lat {lat[i]:g} lies at sea, {coast}"
        if swapped[i] >= 0 and names[swapped[i]] != NO_SITES:
            told[place] += f"; with lon and lat swapped it would be in {names[swapped[i]]}"
    return told


def _swapped(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return the row of the country that each place would be in with lon and lat swapped, -1 for none."""
    row = np.full(len(lon), -1, dtype=np.int64)
    possible = np.nonzero(np.abs(lon) <= 90)[0]
    shape = shapely.points(lat[possible], lon[possible])
    place, country = land().table.sindex.query(shape, predicate="intersects")
    row[possible[place]] = country
    return row


def dossier(places: Places, place: int, own: OwnLayers = NO_LAYERS) -> Dossier:
    """Return the dossier of one of the places looked up."""
    values = places.known(place)
    evidence = tuple(places.evidence(place))
    return Dossier(
        site=str(places.sites["site"].iloc[place]),
        lon=float(places.values["lon"].to_numpy()[place]),
        lat=float(places.values["lat"].to_numpy()[place]),
        values=values, power=place_power(values, own.curves), evidence=evidence,
        disagreements=tuple(_disagreement(item) for item in evidence if item.others),
        widened=_widened(places, place),
    )  # fmt: skip


def _disagreement(item: Evidence) -> str:
    return f"{item.chain}: {item.value} by {item.layer}, {item.others}"


def _widened(places: Places, place: int) -> tuple[Widened, ...]:
    found = []
    for chain, prefix in QUEUES.items():
        low, _, high = queue_fields(prefix)
        before = [places.found[chain].cell(place, name) for name in (low, high)]
        after = [float(places.values[name].to_numpy()[place]) for name in (low, high)]
        if all(isinstance(value, int | float) for value in before) and before != after:
            found.append(Widened(chain, (after[0], after[1]), (float(str(before[0])), float(str(before[1])))))
    return tuple(found)


def _power_json(power: PlacePower) -> dict[str, object]:
    until = power.coincident_peak_until
    return {
        "basis": str(power.basis), "words": power.words,
        "energy_usd_per_mwh": power.energy_usd_per_mwh,
        "all_in_usd_per_mwh": power.all_in_usd_per_mwh(),
        "without_dearest_5_percent_usd_per_mwh": power.without_dearest_usd_per_mwh(),
        "delivery_usd_per_mwh": power.delivery_usd_per_mwh,
        "loss_frac": power.loss_frac,
        "demand_charge_usd_per_kw_month": power.demand_charge_usd_per_kw_month,
        "coincident_peak_usd_per_kw_year": power.coincident_peak_usd_per_kw_year,
        "coincident_peak_until": None if until is None else until.isoformat(),
        "demand_charge_after_usd_per_kw_month": power.demand_charge_after_usd_per_kw_month,
        "without_dearest_5_percent_after_usd_per_mwh": (
            None if until is None else power.without_dearest_usd_per_mwh(until)
        ),
    }  # fmt: skip


def _json(value: object) -> object:
    known = plain(value)
    return known.isoformat() if isinstance(known, date) else known

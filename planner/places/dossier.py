"""Look places up: every resolved figure, what follows from them, and the dossier of one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.geo import Evidence, Found, Places, locate, point_site
from planner.geo.sphere import great_circle_km, nearest
from planner.places.bundled import QUEUES, chains, dataset_table, queue_fields, shapes
from planner.places.distances import round_trip_ms
from planner.places.own_layers import OwnLayers
from planner.places.power import PlacePower, place_power

NO_LAYERS = OwnLayers()


@dataclass(frozen=True)
class Dossier:
    """All that is known of one place, in words and as values."""

    site: str
    lon: float
    lat: float
    values: Mapping[str, object]
    power: PlacePower | None
    evidence: tuple[Evidence, ...]
    disagreements: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return plain values for machines: fields, evidence, disagreements."""
        power = None if self.power is None else {
            "basis": str(self.power.basis),
            "words": self.power.words,
            "energy_usd_per_mwh": self.power.energy_usd_per_mwh,
            "all_in_usd_per_mwh": self.power.all_in_usd_per_mwh,
            "without_dearest_5_percent_usd_per_mwh": self.power.without_dearest_usd_per_mwh,
        }  # fmt: skip
        evidence = [
            {**asdict(item), "value": _plain(item.value), "confidence": item.confidence.word} for item in self.evidence
        ]
        return {
            "site": self.site, "lon": self.lon, "lat": self.lat,
            "values": {name: _plain(value) for name, value in self.values.items()},
            "power": power, "evidence": evidence, "disagreements": list(self.disagreements),
        }  # fmt: skip


def look_up(sites: gpd.GeoDataFrame, own: OwnLayers = NO_LAYERS) -> Places:
    """Return everything known about sites, with the column `problem` for places that cannot be used.

    Beside the fields of the chains the values hold metro_km, metro_ms and, where layers disagree on the market,
    delays widened over the markets named.

    Raises:
        PlaceError: sites without a usable CRS; a layer that lacks a field.
        DatasetError: a bundled dataset is missing or damaged.
    """
    places = locate(sites, chains(own.chains, own.replaced))
    values = places.values.copy()
    lon, lat = values["lon"].to_numpy(), values["lat"].to_numpy()
    metro = [pd.to_numeric(values[f"metro_{axis}"]).to_numpy(dtype=np.float64) for axis in ("lon", "lat")]
    values["metro_km"] = great_circle_km(lon, lat, *metro)
    values["metro_ms"] = round_trip_ms(values["metro_km"].to_numpy())
    found = dict(places.found)
    seconds = [value if isinstance(value, str) else "" for value in values["other_markets"]]
    found["market"] = _with_second_markets(places, seconds)
    for prefix in QUEUES.values():
        _widen(values, prefix, found["market"].others, seconds)
    values["problem"] = _problems(values)
    return Places(sites, values, found)


def _with_second_markets(places: Places, seconds: list[str]) -> Found:
    """Return how the market was found, with what the second layer of the county table says."""
    found, others = places.found["market"], []
    rows = dataset_table("county_markets")
    for place, text in enumerate(seconds):
        said = [found.others[place]] if found.others[place] else []
        if text:
            layer = rows["other_layer"].get(places.values["county_fips"].iloc[place])
            said += [f"{market} by {layer}" for market in text.split(";")]
        others.append("; ".join(said))
    doubt = np.array([bool(text) for text in others])
    return replace(found, others=tuple(others), confidence=np.maximum(found.confidence - doubt, found.confidence.min()))


def _widen(values: pd.DataFrame, prefix: str, others: tuple[str, ...], seconds: list[str]) -> None:
    """Stretch the delay over the markets that other layers name: the earliest p10, the latest p90."""
    table = dataset_table("place_queues")
    low, _, high = queue_fields(prefix)
    for place, text in enumerate(others):
        if not text:
            continue
        markets = [*seconds[place].split(";"), *(part.split(" by ")[0] for part in text.split("; "))]
        rows = [f"market:{market}" for market in markets if f"market:{market}" in table.index]
        rows = rows or [f"country:{values['country_code'].iloc[place]}"]
        rows = [row for row in rows if row in table.index]
        at = values.index[place]
        values.loc[at, low] = min([values.loc[at, low], *table.loc[rows, low]])
        values.loc[at, high] = max([values.loc[at, high], *table.loc[rows, high]])


def _problems(values: pd.DataFrame) -> list[str]:
    """Say for each place on no land that it is at sea, and whether swapped coordinates are likely."""
    told = [""] * len(values)
    land = shapes("world_boundaries", "countries")
    at_sea = np.nonzero(values["country"].isna())[0]
    for place in at_sea:
        lon, lat = float(values["lon"].iloc[place]), float(values["lat"].iloc[place])
        row, km = nearest(np.array([lon]), np.array([lat]), land)
        coast = land["name"].iloc[row[0]]
        told[place] = f"the point lon {lon:g} lat {lat:g} lies at sea, {km[0]:,.0f} km from the nearest land ({coast})"
        if abs(lon) <= 90:
            there = land.sindex.query(point_site(lat, lon).geometry.iloc[0], predicate="intersects")
            if len(there):
                told[place] += f"; with lon and lat swapped it would be in {land['name'].iloc[there[0]]}"
    return told


def dossier(places: Places, place: int, own: OwnLayers = NO_LAYERS) -> Dossier:
    """Return the dossier of one of the places looked up."""
    values = {str(name): _plain(value) for name, value in places.values.iloc[place].items()}
    power = place_power({str(name): value for name, value in places.values.iloc[place].items()}, own.curves)
    evidence = tuple(places.evidence(place))
    disagreements = tuple(
        f"{item.chain}: {item.value} by {item.layer}, {item.others}" for item in evidence if item.others
    )
    return Dossier(
        site=str(places.sites["site"].iloc[place]),
        lon=float(places.values["lon"].iloc[place]),
        lat=float(places.values["lat"].iloc[place]),
        values=values, power=power, evidence=evidence, disagreements=disagreements,
    )  # fmt: skip


def _plain(value: object) -> object:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        return _plain(value.item())
    return value

"""Where the site is, and the towns that help to find it on a map."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

import numpy as np

from planner.geo.sphere import great_circle_km
from planner.places.tables import dataset_table
from planner.views.plan import Views

MOST_METROS = 12
PRICE_BORDERS = (65.0, 80.0, 100.0)
"""USD/MWh; about a quarter of the states lies on each side of each."""


@dataclass(frozen=True)
class Metro:
    """A metropolitan area near the site."""

    name: str
    lon: float
    lat: float
    km: float
    """Great-circle distance from the site."""


@dataclass(frozen=True)
class StatePrice:
    """What industry pays for power in a state of the United States, all charges included."""

    fips: str
    usd_per_mwh: float
    step: int
    """Which of the steps of `price_borders` it is on."""


@dataclass(frozen=True)
class Surroundings:
    """The site's coordinates and the metros nearest to it."""

    site: str
    lon: float
    lat: float
    metros: tuple[Metro, ...]
    price_borders: tuple[float, ...]
    """USD/MWh between the steps of the states' prices."""
    prices: tuple[StatePrice, ...]


def surroundings(views: Views) -> Surroundings | None:
    """Return where the site is; None where the case does not say."""
    site = views.result.case.site
    lon, lat = (site.location.lon, site.location.lat) if site.location else (None, None)
    if lon is None or lat is None:
        return None
    metros = dataset_table("metros")
    here = (np.full(len(metros), lon), np.full(len(metros), lat))
    km = great_circle_km(*here, metros["lon"].to_numpy(dtype=np.float64), metros["lat"].to_numpy(dtype=np.float64))
    nearest = metros.assign(km=km).sort_values("km").head(MOST_METROS)
    found = (
        Metro(str(row["name"]), float(row["lon"]), float(row["lat"]), float(row["km"]))
        for row in nearest.to_dict("records")
    )
    return Surroundings(site.name, lon, lat, tuple(found), PRICE_BORDERS, _state_prices())


@cache
def _state_prices() -> tuple[StatePrice, ...]:
    """Return the mean price of industrial customers by state."""
    codes = dataset_table("county_markets")["state"].dropna()
    states = dict(zip(codes.index.astype(str).str[:2], codes.astype(str), strict=True))
    known = dataset_table("retail_prices")["industrial_per_mwh"].dropna().to_dict()
    found = {fips: float(known[f"US-{state}"]) for fips, state in states.items() if f"US-{state}" in known}
    return tuple(StatePrice(fips, usd, bisect_right(PRICE_BORDERS, usd)) for fips, usd in sorted(found.items()))

"""Where the site is, and the towns that help to find it on a map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.geo.sphere import great_circle_km
from planner.places.tables import dataset_table
from planner.views.plan import Views

MOST_METROS = 12


@dataclass(frozen=True)
class Metro:
    """A metropolitan area near the site."""

    name: str
    lon: float
    lat: float
    km: float
    """Great-circle distance from the site."""


@dataclass(frozen=True)
class Surroundings:
    """The site's coordinates and the metros nearest to it."""

    site: str
    lon: float
    lat: float
    metros: tuple[Metro, ...]


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
    return Surroundings(site.name, lon, lat, tuple(found))

"""Where a site is, and what was found out about the place: location, carbon, connection, resolved values."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from planner.schemas.base import Mw, Record, Text, Usd

ONE_WAY = "give either lon and lat, or a file"


class Location(Record):
    """A point, or a file with the site's shape; fields of the case that are not typed are filled from it."""

    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Degrees east; beside a file only in a resolved case, where the planner wrote the middle of its shape."""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Degrees north."""
    file: Text | None = None
    """GeoJSON, GeoPackage or CSV (columns lon and lat) in the case's own folder."""
    layer: Text | None = None
    """Layer of a GeoPackage that has several."""
    site: Text | None = None
    """Which feature of the file, by its id or name; left out, the file must have one."""
    layers: Text | None = None
    """Catalogue file of own layers, in the case's own folder."""

    @model_validator(mode="before")
    @classmethod
    def _not_swapped(cls, data: object) -> object:
        lon, lat = (data.get("lon"), data.get("lat")) if isinstance(data, dict) else (None, None)
        if isinstance(lon, int | float) and isinstance(lat, int | float) and abs(lon) <= 90 < abs(lat) <= 180:
            raise ValueError(f"lat is {lat:g}, expected -90 to 90: lon and lat seem to be swapped (lon comes first)")
        return data

    def _broken_rules(self) -> Iterator[str]:
        if (self.lon is None) != (self.lat is None):
            yield "give both lon and lat"
        elif self.lon is None and self.file is None:
            yield ONE_WAY
        if self.file is None and (self.layer or self.site):
            yield "layer and site go with a file"


class Emissions(Record):
    """Carbon of the grid at the site."""

    average_kg_per_mwh: Annotated[float, Field(ge=0, le=3_000)]
    """CO2 of the mean MWh, constant over the study."""
    marginal_kg_per_mwh: Annotated[float, Field(ge=0, le=3_000)] | None = None
    """CO2 of one MWh more or less."""


class Connection(Record):
    """A line, a substation and fibre to be built for an upgrade; costs come from the distance."""

    line_km: Annotated[float, Field(ge=0, le=500)] | None = None
    """Straight line to where the line begins; left out, to the nearest feature of an own layer."""
    mw: Mw | None = None
    """What the line carries; left out, the upgrade's MW."""
    voltage_kv: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """Left out, the lowest bundled voltage whose line carries the MW."""
    new_substation: bool = False
    fibre_km: Annotated[float, Field(ge=0, le=2_000)] | None = None
    """Straight line to the nearest fibre; left out, none is built."""
    terrain_factor: Annotated[float, Field(ge=1, le=5)] | None = None
    """Left out, the bundled one (rolling land)."""
    usd: Usd | None = None
    """Cost of it all, on top of the upgrade's capex_usd; left out, computed from the distance."""


class Trust(StrEnum):
    """How far a resolved value may be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Resolved(Record):
    """One value that came from the location; written by the planner into a resolved case, for readers."""

    field: Text
    """Field of the case it fills, or what it is about."""
    value: Annotated[str, Field(max_length=1_000)]
    is_filled: bool
    """Whether a field of the case was filled; otherwise it is context."""
    link: str = ""
    """Which link of the chain gave it, and how far away that is."""
    trust: Trust = Trust.NONE
    source_title: str = ""
    source_url: str = ""
    as_of: str = ""
    note: str = ""

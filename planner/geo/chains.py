"""Layers and chains: where a figure about a place is looked for, finest source first.

A chain is a short list of layers that give the same fields. Each place takes its value from the first layer that
has one. A chain may look up what an earlier chain found (the county's market, the market's queue).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.geo.problems import PlaceError
from planner.geo.sphere import Floats, Ints, nearest


class Link(StrEnum):
    """How far down the chain a value was found."""

    USER = "own layer"
    POINT = "this place"
    STATION = "nearest point"
    COUNTY = "county"
    MARKET = "market"
    STATE = "state or province"
    COUNTRY = "country"
    WORLD = "world default"


class Match(StrEnum):
    """How a layer's row is found for a place."""

    COVERS = "covers"
    """The polygon that covers the place, or the nearest one within `most_km` (coarse coasts)."""
    NEAREST = "nearest"
    """The nearest feature within `most_km`."""
    KEY = "key"
    """The row whose index is `prefix` and the value of an earlier field."""
    ALWAYS = "always"
    """The only row."""


class Confidence(IntEnum):
    """How far a value may be trusted, in words for people and in order for programs."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The word shown to people."""
        return self.name.lower()


BASIS = {
    "published": Confidence.HIGH,
    "derived": Confidence.HIGH,
    "estimate": Confidence.MEDIUM,
    "assumption": Confidence.LOW,
}
"""The best confidence that a row's basis allows; anything else is trusted as its layer."""


@dataclass(frozen=True)
class Layer:
    """One source of a chain: a table with an index, or features with geometry."""

    name: str
    """Dataset, or the user's id of the layer."""
    link: Link
    match: Match
    table: pd.DataFrame
    """Rows with the fields, and where known source_url, source_title, as_of, basis, note."""
    columns: Mapping[str, str]
    """Field -> column of the table; fields named as their column may be left out."""
    prefix: str = ""
    key: str = ""
    """Earlier field that is looked up in the index, after the prefix."""
    only: tuple[str, str] | None = None
    """Earlier field and the value it must have for the layer to be asked."""
    most_km: float = np.inf
    confidence: Confidence = Confidence.HIGH

    def column(self, field: str) -> str:
        """Return the table's column for a field."""
        return self.columns.get(field, field)

    def find(self, lon: Floats, lat: Floats, known: Mapping[str, np.ndarray]) -> tuple[Ints, Floats]:
        """Return for each place the row in the table, -1 for none, and the distance in km (nan if there is none).

        Raises PlaceError where the layer needs geometry and has none.
        """
        if self.match is Match.ALWAYS:
            return np.zeros(len(lon), dtype=np.int64), np.full(len(lon), np.nan)
        if self.match is Match.KEY:
            keys = [self.prefix + value if value else "" for value in known[self.key]]
            return self.table.index.get_indexer(pd.Index(keys)).astype(np.int64), np.full(len(lon), np.nan)
        if not isinstance(self.table, gpd.GeoDataFrame):
            raise PlaceError(f"layer {self.name} has no geometry")
        if self.match is Match.NEAREST:
            row, km = nearest(lon, lat, self.table)
        else:
            row, km = self._covering(self.table, lon, lat)
        far = km > self.most_km
        return np.where(far, -1, row), np.where(far, np.nan, km)

    @staticmethod
    def _covering(polygons: gpd.GeoDataFrame, lon: Floats, lat: Floats) -> tuple[Ints, Floats]:
        """Return the covering polygon (the first in the file of several), else the nearest one and its distance."""
        row, km = np.full(len(lon), -1, dtype=np.int64), np.zeros(len(lon))
        place, polygon = polygons.sindex.query(shapely.points(lon, lat), predicate="intersects")
        order = np.lexsort((polygon, place))[::-1]
        row[place[order]] = polygon[order]
        outside = np.nonzero(row < 0)[0]
        if len(outside):
            row[outside], km[outside] = nearest(lon[outside], lat[outside], polygons)
        return row, km


@dataclass(frozen=True)
class Chain:
    """Fields that are found together, and the layers that give them, finest first."""

    name: str
    """Word of the dossier for what is found."""
    fields: tuple[str, ...]
    """The first one decides: a row where it is blank gives nothing."""
    layers: tuple[Layer, ...]
    compared: bool = False
    """Whether layers further down that say something else are reported as a disagreement."""

    def __post_init__(self) -> None:
        for layer in self.layers:
            missing = [field for field in self.fields if layer.column(field) not in layer.table.columns]
            if missing:
                raise PlaceError(f"layer {layer.name} lacks {', '.join(missing)}, which '{self.name}' takes from it")

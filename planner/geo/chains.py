"""Layers and chains: where a figure about a place is looked for, finest source first.

A chain is a short list of layers that give the same fields. Each place takes its value from the first layer that
has one. A chain may look up what an earlier chain found (the county's market, the market's queue).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.geo.problems import PlaceError
from planner.geo.sphere import Bools, Floats, Ints, NearestIndex

TOUCHING_KM = 1e-6
"""Less than this is no distance: a millimetre."""
NEAR_SHARE, FAR_SHARE = 0.25, 0.5
"""Shares of a layer's reach beyond which a nearest feature is trusted less, and least."""


class Link(StrEnum):
    """How far down the chain a value was found."""

    USER = "own layer"
    POINT = "this place"
    STATION = "nearest point"
    COUNTY = "county"
    UTILITY = "utility"
    MARKET = "market"
    REGION = "emission region"
    ZONE = "climate zone"
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


@dataclass(frozen=True, eq=False)
class Layer:
    """One source of a chain: a table with an index, or features with geometry. What searching needs is kept."""

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
    trusted_km: float | None = None
    """Reach by which trust falls with distance, where it is shorter than `most_km`."""
    confidence: Confidence = Confidence.HIGH

    def __post_init__(self) -> None:
        """Refuse a layer that cannot be searched."""
        if self.match in {Match.COVERS, Match.NEAREST} and not isinstance(self.table, gpd.GeoDataFrame):
            raise PlaceError(f"layer {self.name} has no geometry")

    def column(self, field: str) -> str:
        """Return the table's column for a field."""
        return self.columns.get(field, field)

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the earlier fields without which the layer says nothing."""
        return tuple(name for name in (self.key, self.only[0] if self.only else "") if name)

    def cells(self, column: str) -> np.ndarray:
        """Return a column of the table as objects, None where a cell is blank; no column is all blank."""
        if column not in self._cells:
            if column in self.table.columns:
                cells = self.table[column].to_numpy(dtype=object, copy=True)
                cells[self.table[column].isna().to_numpy() | (cells == "")] = None
            else:
                cells = np.full(len(self.table), None, dtype=object)
            self._cells[column] = cells
        return self._cells[column]

    def holds_numbers(self, field: str) -> bool:
        """Return whether a field of the layer is a number."""
        return bool(pd.api.types.is_numeric_dtype(self.table[self.column(field)]))

    def gives(self, field: str) -> Bools:
        """Return for each row whether it has a value of a field."""
        return np.asarray(pd.notna(self.cells(self.column(field))))

    def find(self, lon: Floats, lat: Floats, keys: np.ndarray | None = None) -> tuple[Ints, Floats]:
        """Return for each place the row in the table, -1 for none, and the distance in km (nan if there is none).

        Args:
            lon: degrees east, [n].
            lat: degrees north, [n].
            keys: values of the field `key`, [n]; anything but text finds nothing.
        """
        if self.match is Match.ALWAYS:
            return np.zeros(len(lon), dtype=np.int64), np.full(len(lon), np.nan)
        if self.match is Match.KEY:
            known = [self.prefix + value if isinstance(value, str) and value else None for value in _of(keys, lon)]
            row = self.table.index.get_indexer(pd.Index(known, dtype=object)).astype(np.int64)
            return row, np.full(len(lon), np.nan)
        row, km = self.nearest.find(lon, lat) if self.match is Match.NEAREST else self._covering(lon, lat)
        far = km > self.most_km + TOUCHING_KM
        return np.where(far, -1, row), np.where(far, np.nan, km)

    @cached_property
    def nearest(self) -> NearestIndex:
        """The features of the layer by distance."""
        return NearestIndex.of(self.table)

    def trust(self, rows: Ints, km: Floats) -> Ints:
        """Return the confidence of found rows: the least of what layer, basis of the row, and distance allow."""
        trust = np.minimum(self._row_trust[rows], int(self.confidence))
        if self.match is Match.COVERS:
            trust = np.minimum(trust, np.where(km > TOUCHING_KM, Confidence.MEDIUM, Confidence.HIGH))
        reach = self.most_km if self.trusted_km is None else self.trusted_km
        if self.match is Match.NEAREST and np.isfinite(reach):
            near, far = km <= NEAR_SHARE * reach, km <= FAR_SHARE * reach
            by_distance = np.where(near, Confidence.HIGH, np.where(far, Confidence.MEDIUM, Confidence.LOW))
            trust = np.minimum(trust, by_distance)
        if self.link is Link.WORLD:
            trust = np.minimum(trust, Confidence.LOW)
        return np.asarray(trust, dtype=np.int64)

    def _covering(self, lon: Floats, lat: Floats) -> tuple[Ints, Floats]:
        """Return the covering polygon (the first in the file of several), else the nearest one and its distance."""
        row, km = np.full(len(lon), -1, dtype=np.int64), np.zeros(len(lon))
        place, polygon = self.table.sindex.query(shapely.points(lon, lat), predicate="intersects")
        order = np.lexsort((polygon, place))
        inside, first = np.unique(place[order], return_index=True)
        row[inside] = polygon[order][first]
        outside = np.nonzero(row < 0)[0]
        if len(outside):
            row[outside], km[outside] = self.nearest.find(lon[outside], lat[outside])
        return row, km

    @cached_property
    def _cells(self) -> dict[str, np.ndarray]:
        return {}

    @cached_property
    def _row_trust(self) -> Ints:
        allowed = [BASIS.get(basis, Confidence.HIGH) for basis in self.cells("basis")]
        return np.array(allowed, dtype=np.int64)


@dataclass(frozen=True, eq=False)
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
        """Refuse layers that lack a field."""
        for layer in self.layers:
            missing = [field for field in self.fields if layer.column(field) not in layer.table.columns]
            if missing:
                raise PlaceError(f"layer {layer.name} lacks {', '.join(missing)}, which '{self.name}' takes from it")


def _of(keys: np.ndarray | None, places: Floats) -> np.ndarray:
    return np.full(len(places), None, dtype=object) if keys is None else keys

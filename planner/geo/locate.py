"""Resolve places: run every chain over all places at once and keep where each value comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.geo.chains import Chain, Confidence, Layer
from planner.geo.problems import PlaceError
from planner.geo.sphere import Floats, Ints


@dataclass(frozen=True)
class Saying:
    """What one layer says of a place where another layer was believed."""

    value: object
    layer: str


@dataclass(frozen=True, eq=False)
class Found:
    """Where the values of one chain come from, one entry for each place."""

    chain: Chain
    layer: Ints
    """Number of the layer in the chain, -1 where none had a value."""
    row: Ints
    distance_km: Floats
    confidence: Ints
    disagreeing: Mapping[int, tuple[Saying, ...]]
    """What other layers say, by place; only places where they disagree."""

    def others(self, place: int) -> str:
        """Return what layers that disagree say of a place, in words; empty text where none does."""
        return "; ".join(f"{said.value} by {said.layer}" for said in self.disagreeing.get(place, ()))

    def source(self, place: int) -> Layer | None:
        """Return the layer that a place's value is from."""
        number = int(self.layer[place])
        return None if number < 0 else self.chain.layers[number]

    def cell(self, place: int, name: str) -> object:
        """Return a field of the row that a place's value is from; None where it is blank or nothing was found."""
        source = self.source(place)
        return None if source is None else source.cells(source.column(name))[self.row[place]]


@dataclass(frozen=True)
class Evidence:
    """One resolved value of one place with its origin."""

    chain: str
    field: str
    value: object
    link: str
    layer: str
    distance_km: float | None
    confidence: Confidence
    source_title: str
    source_url: str
    as_of: str
    basis: str
    note: str
    others: str
    """What layers that disagree say."""


@dataclass(frozen=True, eq=False)
class Places:
    """Places and all that was found about them; rows in the order of the sites."""

    sites: gpd.GeoDataFrame
    values: pd.DataFrame
    """Fields by place; None or nan where nothing is known."""
    found: dict[str, Found] = field(repr=False)

    def evidence(self, place: int) -> list[Evidence]:
        """Return every value of a place with its origin, in the order of the chains."""
        known = self.known(place)
        return [item for found in self.found.values() for item in _evidence(found, known, place)]

    def known(self, place: int) -> dict[str, object]:
        """Return the values of a place by field, None where nothing is known."""
        row = self.values.iloc[place].to_numpy(dtype=object)
        return {str(name): plain(value) for name, value in zip(self.values.columns, row, strict=True)}


def plain(value: object) -> object:
    """Return a value of Python's own kind, None for what is not known."""
    if isinstance(value, np.generic):
        return plain(value.item())
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value


def locate(sites: gpd.GeoDataFrame, chains: Sequence[Chain]) -> Places:
    """Return what the chains know about each site; a polygon counts at a point inside it.

    Raises PlaceError for sites without a CRS or not in EPSG:4326, and for sites without a geometry.
    """
    if sites.crs is None:
        raise PlaceError("the sites have no coordinate reference system")
    if sites.crs.to_epsg() != 4326:
        raise PlaceError(f"the sites are in {sites.crs.name}; bring them to EPSG:4326 first")
    inside = shapely.point_on_surface(sites.geometry.array)
    empty = shapely.is_missing(inside) | shapely.is_empty(inside)
    if empty.any():
        raise PlaceError(f"site {int(np.argmax(empty)) + 1} has no geometry")
    lon, lat = shapely.get_x(inside), shapely.get_y(inside)
    values: dict[str, np.ndarray] = {"lon": lon, "lat": lat}
    trust: dict[str, Ints] = {}
    found: dict[str, Found] = {}
    for chain in chains:
        found[chain.name] = _resolve(chain, lon, lat, values, trust)
        values.update(_values(found[chain.name]))
        trust.update(dict.fromkeys(chain.fields, found[chain.name].confidence))
    # as objects, None stays None instead of a nan among texts
    return Places(
        sites, pd.DataFrame({name: pd.Series(column, dtype=column.dtype) for name, column in values.items()}), found
    )


def _resolve(
    chain: Chain, lon: Floats, lat: Floats, known: Mapping[str, np.ndarray], trusted: Mapping[str, Ints]
) -> Found:
    places = len(lon)
    layer, row = np.full(places, -1, dtype=np.int64), np.full(places, -1, dtype=np.int64)
    distance, trust = np.full(places, np.nan), np.zeros(places, dtype=np.int64)
    taken = np.full(places, None, dtype=object)
    said: dict[int, tuple[Saying, ...]] = {}
    for number, source in enumerate(chain.layers):
        asked = np.arange(places) if chain.compared else np.nonzero(layer < 0)[0]
        if source.only is not None:
            name, value = source.only
            asked = asked[np.asarray(known[name][asked] == value, dtype=bool)]
        if not len(asked) or source.table.empty:
            continue
        rows, km = source.find(lon[asked], lat[asked], known[source.key][asked] if source.key else None)
        has = (rows >= 0) & source.gives(chain.fields[0])[rows]
        asked, rows, km = asked[has], rows[has], km[has]
        cells = source.cells(source.column(chain.fields[0]))[rows]
        new = layer[asked] < 0
        if chain.compared:
            _compare(source, asked[~new], cells[~new], taken, said)
        at = asked[new]
        layer[at], row[at], distance[at], taken[at] = number, rows[new], km[new], cells[new]
        trust[at] = source.trust(rows[new], km[new])
        for name in source.needs:
            # What was looked up by a doubtful key is itself in doubt.
            trust[at] = np.minimum(trust[at], trusted[name][at])
    doubted = np.fromiter(said, dtype=np.int64, count=len(said))
    trust[doubted] = np.maximum(trust[doubted] - 1, Confidence.LOW)
    return Found(chain, layer, row, distance, trust, said)


def _compare(
    source: Layer, places: Ints, cells: np.ndarray, taken: np.ndarray, said: dict[int, tuple[Saying, ...]]
) -> None:
    """Note where a layer further down the chain says something else than the one that was taken."""
    differ = np.asarray(cells != taken[places], dtype=bool)
    for place, value in zip(places[differ].tolist(), cells[differ], strict=True):
        saying = Saying(value, source.name)
        if saying not in said.get(place, ()):
            said[place] = (*said.get(place, ()), saying)


def _values(found: Found) -> dict[str, np.ndarray]:
    """Return the fields of a chain by place: numbers as floats, everything else as objects with None for nothing."""
    chain = found.chain
    columns: dict[str, np.ndarray] = {}
    for name in chain.fields:
        out = np.full(len(found.layer), None, dtype=object)
        for number, source in enumerate(chain.layers):
            at = found.layer == number
            if at.any():
                out[at] = source.cells(source.column(name))[found.row[at]]
        numbers = bool(chain.layers) and all(source.holds_numbers(name) for source in chain.layers)
        columns[name] = out.astype(np.float64) if numbers else out
    return columns


def _evidence(found: Found, known: Mapping[str, object], place: int) -> list[Evidence]:
    source = found.source(place)
    if source is None:
        return []
    km = float(found.distance_km[place])

    def text(column: str) -> str:
        value = found.cell(place, column)
        return "" if value is None else str(value)

    return [
        Evidence(
            chain=found.chain.name,
            field=name,
            value=known[name],
            link=str(source.link),
            layer=source.name,
            distance_km=None if np.isnan(km) else km,
            confidence=Confidence(int(found.confidence[place])),
            source_title=text("source_title"),
            source_url=text("source_url"),
            as_of=text("as_of"),
            basis=text("basis"),
            note=text("note"),
            others=found.others(place),
        )
        for name in found.chain.fields
    ]

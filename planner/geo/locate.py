"""Resolve places: run every chain over all places at once and keep where each value comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.geo.chains import BASIS, Chain, Confidence, Layer, Link, Match
from planner.geo.problems import PlaceError
from planner.geo.sphere import Floats, Ints

NEAR_SHARE, FAR_SHARE = 0.25, 0.5
"""Shares of a layer's reach beyond which a nearest feature is trusted less, and least."""


@dataclass(frozen=True)
class Found:
    """Where the values of one chain come from, one entry for each place."""

    chain: Chain
    layer: Ints
    """Number of the layer in the chain, -1 where none had a value."""
    row: Ints
    distance_km: Floats
    confidence: Ints
    others: tuple[str, ...]
    """What other layers say where they disagree; empty text where they do not."""


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


@dataclass(frozen=True)
class Places:
    """Places and all that was found about them; rows in the order of the sites."""

    sites: gpd.GeoDataFrame
    values: pd.DataFrame
    """Fields by place; None or nan where nothing is known."""
    found: dict[str, Found] = field(repr=False)

    def evidence(self, place: int) -> list[Evidence]:
        """Return every value of a place with its origin, in the order of the chains."""
        return [item for found in self.found.values() for item in _evidence(found, self.values, place)]


def locate(sites: gpd.GeoDataFrame, chains: Sequence[Chain]) -> Places:
    """Return what the chains know about each site; a polygon counts at a point inside it.

    Raises PlaceError for sites without a CRS or not in EPSG:4326, and for layers that lack a field.
    """
    if sites.crs is None:
        raise PlaceError("the sites have no coordinate reference system")
    if sites.crs.to_epsg() != 4326:
        raise PlaceError(f"the sites are in {sites.crs.name}; bring them to EPSG:4326 first")
    inside = shapely.point_on_surface(sites.geometry.array)
    lon, lat = shapely.get_x(inside), shapely.get_y(inside)
    values: dict[str, np.ndarray] = {"lon": lon, "lat": lat}
    found: dict[str, Found] = {}
    for chain in chains:
        found[chain.name] = _resolve(chain, lon, lat, values)
        values.update(_values(found[chain.name]))
    return Places(sites, pd.DataFrame(values), found)


def _resolve(chain: Chain, lon: Floats, lat: Floats, known: dict[str, np.ndarray]) -> Found:
    places = len(lon)
    layer, row = np.full(places, -1, dtype=np.int64), np.full(places, -1, dtype=np.int64)
    distance, trust = np.full(places, np.nan), np.zeros(places, dtype=np.int64)
    said: list[list[str]] = [[] for _ in range(places)]
    for number, source in enumerate(chain.layers):
        asked = np.arange(places) if chain.compared else np.nonzero(layer < 0)[0]
        if source.only is not None:
            name, value = source.only
            asked = asked[known[name][asked] == value]
        if not len(asked) or source.table.empty:
            continue
        rows, km = source.find(lon[asked], lat[asked], {name: values[asked] for name, values in known.items()})
        has = (rows >= 0) & ~_blank(source, chain.fields[0])[rows]
        new = has & (layer[asked] < 0)
        if chain.compared:
            _compare(chain, source, asked[has & ~new], rows[has & ~new], layer, row, said)
        at = asked[new]
        layer[at], row[at], distance[at] = number, rows[new], km[new]
        trust[at] = _trust(source, rows[new], km[new])
    others = tuple("; ".join(dict.fromkeys(texts)) for texts in said)
    return Found(chain, layer, row, distance, trust, others)


def _blank(source: Layer, name: str) -> np.ndarray:
    column = source.table[source.column(name)]
    return (column.isna() | (column.astype(str) == "")).to_numpy()


def _compare(
    chain: Chain, source: Layer, places: Ints, rows: Ints, layer: Ints, row: Ints, said: list[list[str]]
) -> None:
    """Note where a layer further down the chain says something else than the one that was taken."""
    name = chain.fields[0]
    column = source.table[source.column(name)].to_numpy()
    for place, other in zip(places, rows, strict=True):
        taken = chain.layers[layer[place]]
        value = taken.table[taken.column(name)].to_numpy()[row[place]]
        if column[other] != value:
            said[place].append(f"{column[other]} by {source.name}")


def _trust(source: Layer, rows: Ints, km: Floats) -> Ints:
    """Return the confidence: the least of what layer, basis of the row, and distance allow."""
    trust = np.full(len(rows), int(source.confidence), dtype=np.int64)
    if "basis" in source.table.columns:
        basis = source.table["basis"].map(BASIS).fillna(Confidence.HIGH).to_numpy(dtype=np.int64)
        trust = np.minimum(trust, basis[rows])
    if source.match is Match.COVERS:
        trust = np.minimum(trust, np.where(km > 0, Confidence.MEDIUM, Confidence.HIGH))
    if source.match is Match.NEAREST and np.isfinite(source.most_km):
        near, far = km <= NEAR_SHARE * source.most_km, km <= FAR_SHARE * source.most_km
        trust = np.minimum(trust, np.where(near, Confidence.HIGH, np.where(far, Confidence.MEDIUM, Confidence.LOW)))
    if source.link is Link.WORLD:
        trust = np.minimum(trust, Confidence.LOW)
    return trust


def _values(found: Found) -> dict[str, np.ndarray]:
    """Return the fields of a chain by place: numbers as floats, everything else as objects with None for nothing."""
    chain = found.chain
    columns: dict[str, np.ndarray] = {}
    for name in chain.fields:
        out = np.full(len(found.layer), None, dtype=object)
        for number, source in enumerate(chain.layers):
            at = found.layer == number
            if at.any():
                out[at] = source.table[source.column(name)].to_numpy(dtype=object)[found.row[at]]
        known = [value for value in out if value is not None]
        numbers = bool(known) and all(isinstance(value, int | float) for value in known)
        columns[name] = out.astype(np.float64) if numbers else out
    return columns


def _evidence(found: Found, values: pd.DataFrame, place: int) -> list[Evidence]:
    number = int(found.layer[place])
    if number < 0:
        return []
    source = found.chain.layers[number]
    row = source.table.iloc[int(found.row[place])]
    km = float(found.distance_km[place])

    def text(column: str) -> str:
        value = row.get(column, "")
        return "" if value is None or pd.isna(value) else str(value)

    return [
        Evidence(
            chain=found.chain.name,
            field=name,
            value=values[name].iloc[place],
            link=str(source.link),
            layer=source.name,
            distance_km=None if np.isnan(km) else km,
            confidence=Confidence(int(found.confidence[place])),
            source_title=text("source_title"),
            source_url=text("source_url"),
            as_of=text("as_of"),
            basis=text("basis"),
            note=text("note"),
            others=found.others[place],
        )
        for name in found.chain.fields
    ]

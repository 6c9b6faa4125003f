"""A catalogue of the user's own map layers and price files, each with its source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from planner.schemas.base import Id, Record, Text

GIVES = Literal[
    "utility", "market", "hub", "retail price", "delivery", "demand charge", "coincident peak",
    "demand response", "large load queue", "change of use", "interconnection cost", "average carbon",
    "marginal carbon", "metro", "substation", "line", "fibre",
]  # fmt: skip
"""What a layer can say about a place: the chains it may head."""


class Basis(StrEnum):
    """How good a layer's figures are."""

    PUBLISHED = "published"
    DERIVED = "derived"
    ESTIMATE = "estimate"
    ASSUMPTION = "assumption"


class OwnLayer(Record):
    """A file of shapes or points (GeoJSON, GeoPackage, CSV with lat and lon), or of hourly prices of one hub."""

    id: Id
    gives: GIVES
    file: Text
    """In the catalogue's own folder."""
    layer: Text | None = None
    """Layer of a GeoPackage that has several."""
    columns: Annotated[dict[str, Text], Field(default_factory=dict)]
    """Field of the planner -> column of the file, where they differ."""
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    """With lat: the file holds hourly prices (USD/MWh) of a hub at this point."""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    most_km: Annotated[float, Field(gt=0, le=20_000)] = 200.0
    """Points and lines count up to this distance; polygons only where they cover the place."""
    replace: bool = False
    """Ask only own layers for this, never the bundled ones."""
    title: Text
    source_url: Annotated[str, Field(max_length=2_000)] = ""
    as_of: date
    basis: Basis = Basis.PUBLISHED

    def _broken_rules(self) -> Iterator[str]:
        if (self.lon is None) != (self.lat is None):
            yield "give both lon and lat, or neither"
        elif (self.lon is not None) != (self.gives == "hub"):
            yield "lon and lat go with a hub of hourly prices, and a hub needs them"


class LayerCatalogue(Record):
    """The user's layers, asked in this order before the bundled ones."""

    layers: Annotated[tuple[OwnLayer, ...], Field(min_length=1)]

    def _broken_rules(self) -> Iterator[str]:
        names = [layer.id for layer in self.layers]
        if len(names) != len(set(names)):
            yield "layers: each id may be given once"

"""Where the figures of a screening come from: each source once, with how many places rest on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.geo import Found, Link, Match, Places
from planner.geo.sphere import Bools

ALWAYS = (
    "hub", "retail price", "delivery", "demand charge", "climate", "average carbon", "marginal carbon", "metro",
    "substation", "line", "fibre",
)  # fmt: skip
"""Chains whose figures are shown for every place."""


@dataclass(frozen=True)
class Source:
    """One source of one kind of figure."""

    subject: str
    title: str
    as_of: str
    basis: str
    url: str
    places: int = 0
    """How many of the screened places rest on it."""


def add_sources(told: dict[Source, int], found: Places, is_energised: Bools, cooling: str) -> None:
    """Count the sources of some places into `told`."""
    everywhere = np.ones(len(is_energised), dtype=bool)
    has_hub = found.values["hub"].notna().to_numpy()
    asked = {
        **dict.fromkeys(ALWAYS, everywhere), f"PUE {cooling}": everywhere,
        "hub": has_hub, "retail price": ~has_hub, "delivery": has_hub, "demand charge": has_hub,
        "change of use": is_energised, "large load queue": ~is_energised, "interconnection cost": ~is_energised,
    }  # fmt: skip
    for chain, used in asked.items():
        for source, places in _of(found.found[chain], used).items():
            told[source] = told.get(source, 0) + places


def sources(told: Mapping[Source, int]) -> tuple[Source, ...]:
    """Return the sources by subject, the most used first."""
    counted = [replace(source, places=places) for source, places in told.items()]
    return tuple(sorted(counted, key=lambda source: (source.subject, -source.places, source.title)))


def _of(found: Found, used: Bools) -> dict[Source, int]:
    """Return the sources of a chain's values and how many places rest on each."""
    pairs = np.column_stack([found.layer, found.row])[used & (found.layer >= 0)]
    distinct, counts = np.unique(pairs, axis=0, return_counts=True)
    told: dict[Source, int] = {}
    for (number, row), places in zip(distinct.tolist(), counts.tolist(), strict=True):
        layer = found.chain.layers[number]
        title, as_of, basis, url = (
            str(layer.cells(column)[row] or "") for column in ("source_title", "as_of", "basis", "source_url")
        )
        if layer.match is Match.NEAREST and layer.link is not Link.USER:
            # one line for all stations of a network, and for all hubs and metros of a list
            title, url = title.split(",")[0], ""
        source = Source(found.chain.name, title or layer.name, as_of, basis, url)
        told[source] = told.get(source, 0) + places
    return told

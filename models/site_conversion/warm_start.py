"""From the tables of an earlier plan to values the solver can start from."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pyomo.common.collections import ComponentMap

from site_conversion import (
    asic_hosting,
    cooling,
    crews,
    debt,
    gpu_systems,
    grid_upgrades,
    halls,
    onsite_supply,
    tenants,
)
from site_conversion.assemble import Built
from site_conversion.handover import Arrays


def _rows(frame: pd.DataFrame | None) -> list[dict[Hashable, Any]]:
    """Return a table's rows; none of a table that an earlier version did not write."""
    return [] if frame is None else frame.to_dict("records")


def nothing_taken(arrays: Arrays) -> dict[int, float]:
    """Return the start in which every integer decision is no: go on mining."""
    return {j: 0.0 for j, whole in enumerate(arrays.integer.tolist()) if whole}


Chosen = tuple[Any, str, Any, float]
"""Component, name of its variable, index and amount."""


def from_tables(built: Built, arrays: Arrays, tables: Mapping[str, pd.DataFrame]) -> dict[int, float]:
    """Return the integer decisions of a plan's tables as column values; what the model lacks is left out."""
    values: ComponentMap = ComponentMap()
    for component, name, index, amount in _chosen(built, tables):
        variable = getattr(built.block(component), name, {})
        if index in variable:
            data = variable[index]
            values[data] = values.get(data, 0.0) + amount
    return {
        j: float(values.get(variable, 0.0))
        for j, (variable, whole) in enumerate(zip(arrays.columns, arrays.integer.tolist(), strict=True))
        if whole
    }


def _chosen(built: Built, tables: Mapping[str, pd.DataFrame]) -> Iterator[Chosen]:
    yield from _tenants(tables)
    yield from _buildings(built, tables)
    yield from _power(tables)
    for row in _rows(tables.get(asic_hosting.NAME)):
        yield asic_hosting, "host", (row["hosting"], row["start"]), 1.0


def _tenants(tables: Mapping[str, pd.DataFrame]) -> Iterator[Chosen]:
    taken = _rows(tables[tenants.NAME])
    for row in taken:
        yield tenants, "taken_bays", (row["hall"], row["design"], row["contract"], row["start"]), row["bays"]
    for contract, start in {(row["contract"], row["start"]) for row in taken}:
        yield tenants, "accept", contract, 1.0
        yield tenants, "delivered", (contract, start), 1.0
    for hall, contract in {(row["hall"], row["contract"]) for row in taken}:
        yield tenants, "in_hall", (hall, contract), 1.0
    for row in _rows(tables[gpu_systems.NAME]):
        yield gpu_systems, "racks", (row["hall"], row["design"], row["contract"]), row["racks"]


def _buildings(built: Built, tables: Mapping[str, pd.DataFrame]) -> Iterator[Chosen]:
    for row in _rows(tables[halls.NAME]):
        if row["converts"]:
            yield halls, "hall_design", (row["hall"], row["design"]), 1.0
            yield halls, "convert", (row["hall"], row["design"], row["ready"]), 1.0
            for h, d, k in built.site.options.stages:
                if (h, d) == (row["hall"], row["design"]) and k >= row["ready"]:
                    yield halls, "converted", (h, d, k), 1.0
    moments = {(row["hall"], m) for row in _rows(tables[halls.NAME]) for m in _under_way(built, row)}
    for hall, moment in moments:
        yield crews, "busy", (hall, moment), 1.0
    for row in _rows(tables[cooling.NAME]):
        yield cooling, "modules", (row["hall"], row["design"], row["medium"]), row["modules"]


def _under_way(built: Built, row: dict[Hashable, Any]) -> list[int]:
    """Return the moments at which the works of a row are under way."""
    under_way = built.site.instance.crews.under_way[row["hall"], row["design"], row["ready"]]
    return np.nonzero(under_way)[0].tolist()


def _power(tables: Mapping[str, pd.DataFrame]) -> Iterator[Chosen]:
    for row in _rows(tables[grid_upgrades.NAME]):
        yield grid_upgrades, "taken", row["upgrade"], 1.0
        yield grid_upgrades, "request", (row["upgrade"], row["requested"]), 1.0
    for row in _rows(tables.get(onsite_supply.NAME)):
        yield onsite_supply, "ordered", (row["supply"], row["period"]), row["ordered"]
        yield onsite_supply, "removed", (row["supply"], row["period"]), row["removed"]
    if len(_rows(tables.get(debt.NAME))):
        yield debt, "borrow", 0, 1.0

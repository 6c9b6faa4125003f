"""From the tables of an earlier plan to values the solver can start from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from pyomo.common.collections import ComponentMap

from site_conversion import asic_hosting, cooling, debt, debt_cover, gpu_systems, grid_upgrades, halls, tenants
from site_conversion.assemble import Built
from site_conversion.handover import Arrays


def _rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.to_dict("records")


ONE_A_ROW = (
    (grid_upgrades.NAME, "taken", ["upgrade"]),
    (grid_upgrades.NAME, "request", ["upgrade", "requested"]),
    (asic_hosting.NAME, "host", ["hosting", "start"]),
)
"""Tables of which each row is one yes: component, its binary, the columns of its index."""


def nothing_taken(arrays: Arrays) -> dict[int, float]:
    """Return the start in which every integer decision is no: go on mining."""
    return {j: 0.0 for j, whole in enumerate(arrays.integer.tolist()) if whole}


def from_tables(built: Built, arrays: Arrays, tables: Mapping[str, pd.DataFrame]) -> dict[int, float]:
    """Return the integer decisions of a plan's tables as column values; what the model lacks is left out."""
    values: ComponentMap = ComponentMap()

    def put(variable: Any, index: Any, amount: float) -> None:
        if index in variable:
            data = variable[index]
            values[data] = values.get(data, 0.0) + amount

    components = (halls, tenants, gpu_systems, cooling, grid_upgrades, asic_hosting)
    b = {component.NAME: built.block(component) for component in components}
    for row in _rows(tables[tenants.NAME]):
        put(
            b[tenants.NAME].taken_bays,
            (row["hall"], row["design"], row["contract"], row["start"]),
            row["bays"],
        )
    for contract, start in {(row["contract"], row["start"]) for row in _rows(tables[tenants.NAME])}:
        put(b[tenants.NAME].accept, contract, 1.0)
        put(b[tenants.NAME].delivered, (contract, start), 1.0)
    for hall, contract in {(row["hall"], row["contract"]) for row in _rows(tables[tenants.NAME])}:
        put(b[tenants.NAME].in_hall, (hall, contract), 1.0)
    for row in _rows(tables[gpu_systems.NAME]):
        put(
            b[gpu_systems.NAME].racks,
            (row["hall"], row["design"], row["contract"]),
            row["racks"],
        )
    for row in _rows(tables[halls.NAME]):
        if row["converts"]:
            put(b[halls.NAME].hall_design, (row["hall"], row["design"]), 1.0)
            put(b[halls.NAME].convert, (row["hall"], row["design"], row["ready"]), 1.0)
    for row in _rows(tables[cooling.NAME]):
        put(
            b[cooling.NAME].modules,
            (row["hall"], row["design"], row["medium"]),
            row["modules"],
        )
    for name, family, columns in ONE_A_ROW:
        for index in tables[name][columns].itertuples(index=False, name=None):
            put(getattr(b[name], family), index if len(index) > 1 else index[0], 1.0)
    borrows = float(len(tables.get(debt.NAME, ())) > 0)
    put(getattr(built.block(debt_cover), "borrow", {}), 0, borrows)
    return {
        j: float(values.get(variable, 0.0))
        for j, (variable, whole) in enumerate(zip(arrays.columns, arrays.integer.tolist(), strict=True))
        if whole
    }

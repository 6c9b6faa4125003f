"""From the tables of an earlier plan to values the solver can start from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd
from pyomo.common.collections import ComponentMap

from site_conversion import cooling, debt, debt_cover, gpu_systems, grid_upgrades, halls, onsite_supply, tenants
from site_conversion.assemble import Built
from site_conversion.handover import Arrays


def _rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.to_dict("records")


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

    known = (halls, tenants, gpu_systems, cooling, grid_upgrades, onsite_supply)
    b = {component.NAME: built.block(component) for component in known}
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
    _put_power(b, tables, put)
    borrow = getattr(built.block(debt_cover), "borrow", {})
    put(borrow, 0, float(len(tables.get(debt.NAME, ())) > 0))
    return {
        j: float(values.get(variable, 0.0))
        for j, (variable, whole) in enumerate(zip(arrays.columns, arrays.integer.tolist(), strict=True))
        if whole
    }


def _put_power(b: dict[str, Any], tables: Mapping[str, pd.DataFrame], put: Callable[[Any, Any, float], None]) -> None:
    """Put what is asked of the grid and what is ordered for the site."""
    for row in _rows(tables[grid_upgrades.NAME]):
        put(b[grid_upgrades.NAME].taken, row["upgrade"], 1.0)
        put(b[grid_upgrades.NAME].request, (row["upgrade"], row["requested"]), 1.0)
    for row in _rows(tables[onsite_supply.NAME]):
        for name in ("ordered", "removed"):
            put(getattr(b[onsite_supply.NAME], name), (row["supply"], row["period"]), row[name])

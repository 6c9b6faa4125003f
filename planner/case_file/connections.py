"""The cost of an upgrade's connection: line, substation and fibre by distance, with the arithmetic in words."""

from __future__ import annotations

from typing import cast

from pydantic import ValidationError

from planner.case_file.completion import CaseFields, Completion, Fields, records
from planner.files.problems import Problem, shown
from planner.schemas.place import Connection


def price_connections(case: CaseFields, done: Completion) -> None:
    """Fill the cost of every connection that has none, in place; problems are noted in `done`."""
    for path, record in records(case, "site.upgrades[*].connection"):
        if "usd" in record:
            continue
        if path not in done.unfilled:
            _price(case, record, path, done)
        if "usd" not in record:
            # Nothing is planned with it, as the fault is told; other checks still want a number.
            record["usd"] = 0.0
            done.unfilled[path] = {}


def _price(case: CaseFields, record: Fields, path: tuple[str | int, ...], done: Completion) -> None:
    # geopandas takes seconds to import; most cases have no connection
    from planner.places.distances import fibre_cost, line_cost, substation_cost, voltage_for, voltages_kv

    try:
        typed = Connection.model_validate(record)
    except ValidationError:
        return
    upgrade = cast("list[Fields]", cast(Fields, case["site"])["upgrades"])[int(path[2])]
    added = max(_number(upgrade.get(name)) for name in ("firm_mw", "interruptible_mw", "ai_mw"))
    mw = added if typed.mw is None else typed.mw
    voltage = voltage_for(mw) if typed.voltage_kv is None else typed.voltage_kv
    if voltage not in voltages_kv():
        listed = ", ".join(map(str, voltages_kv()))
        message = f"no cost for {shown(voltage)} kV; there are {listed}"
        done.problems.append(Problem((*path, "voltage_kv"), message, ()))
        return
    if typed.line_km is None:
        message = "give line_km, the straight line to where the line begins, or usd, or an own layer of substations"
        done.problems.append(Problem(path, message, ()))
        return
    parts = [line_cost(typed.line_km, voltage, typed.terrain_factor)]
    if typed.new_substation:
        parts.append(substation_cost(mw, voltage))
    if typed.fibre_km is not None:
        parts.append(fibre_cost(typed.fibre_km, typed.terrain_factor))
    record["usd"] = round(sum(part.usd for part in parts))
    done.sources[(*path, "usd")] = path
    done.used("interconnection_costs")
    _list(case, str(upgrade.get("id", "")), "; ".join(part.words for part in parts))


def _list(case: CaseFields, upgrade: str, words: str) -> None:
    """Add the arithmetic to what the result says of the place."""
    told = cast(Fields, case["site"]).setdefault("resolved", [])
    if isinstance(told, list):
        told.append(
            {
                "field": f"connection of {upgrade}",
                "value": words[:1000],
                "is_filled": True,
                "link": "by distance",
                "trust": "low",
                "source_title": "bundled interconnection_costs",
                "note": "planning figures by distance; a utility's own estimate beats them",
            }
        )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0

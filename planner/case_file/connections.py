"""The cost of an upgrade's connection: line, substation and fibre by distance, with the arithmetic in words."""

from __future__ import annotations

from typing import cast

from planner.case_file.completion import CaseFields, Completion, Fields, records
from planner.files.problems import Problem, shown


def price_connections(case: CaseFields, done: Completion) -> None:
    """Fill the cost of every connection that has none, in place; problems are noted in `done`."""
    for path, record in records(case, "site.upgrades[*].connection"):
        if "usd" not in record and path not in done.unfilled:
            _price(case, record, path, done)


def _price(case: CaseFields, record: Fields, path: tuple[str | int, ...], done: Completion) -> None:
    # geopandas takes seconds to import; most cases have no connection
    from planner.places.distances import fibre_cost, line_cost, substation_cost, voltage_for, voltages_kv

    upgrade = cast("list[Fields]", cast(Fields, case["site"])["upgrades"])[int(path[2])]
    mw = _number(record.get("mw", max(_number(upgrade.get(name)) for name in ("firm_mw", "interruptible_mw", "ai_mw"))))
    voltage = record.get("voltage_kv", voltage_for(mw))
    if not isinstance(voltage, int) or voltage not in voltages_kv():
        listed = ", ".join(map(str, voltages_kv()))
        message = f"no cost for {shown(voltage)} kV; there are {listed}"
        done.problems.append(Problem((*path, "voltage_kv"), message, ()))
        return
    if not isinstance(record.get("line_km"), int | float):
        message = "give line_km, the straight line to where the line begins, or usd, or an own layer of substations"
        done.problems.append(Problem(path, message, ()))
        return
    factor = record.get("terrain_factor")
    terrain = float(factor) if isinstance(factor, int | float) else None
    parts = [line_cost(_number(record["line_km"]), voltage, terrain)]
    if record.get("new_substation") is True:
        parts.append(substation_cost(mw, voltage))
    if isinstance(record.get("fibre_km"), int | float):
        parts.append(fibre_cost(_number(record["fibre_km"]), terrain))
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

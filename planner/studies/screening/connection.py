"""What connecting a candidate place costs per gross MW: the market's cost, the way to the grid, the way to fibre."""

from __future__ import annotations

import numpy as np

from planner import data
from planner.geo import Places
from planner.geo.sphere import Bools, Floats
from planner.places.distances import fibre_cost, line_cost, substation_cost, voltages_kv
from planner.studies.screening.sites import Candidates


def connection_usd_per_mw(part: Candidates, found: Places, mw: Floats, is_energised: Bools) -> Floats:
    """Return the cost of connecting each place, in today's money.

    Bare land pays the market's USD/kW and, where distances are known, the cheaper of a line to the substation with
    its extension and a line to the nearest line with a new substation. An energised site has its connection. Either
    pays for fibre where its distance is known. The voltage is the lowest whose line carries the MW.
    """
    market = found.values["usd_per_kw"].to_numpy(dtype=np.float64) * 1_000
    ways = [_km(part, found, name) for name in ("substation", "line")]
    line, extension, fixed, per_mw = _costs(mw)
    to_grid = [ways[0] * line + extension, ways[1] * line + fixed + per_mw * mw]
    cheapest = np.fmin(*to_grid) / mw
    grid = market + np.where(np.isnan(cheapest), 0.0, cheapest)
    fibre_km = _km(part, found, "fibre")
    fibre = np.where(np.isnan(fibre_km), 0.0, fibre_km) * fibre_cost(1.0).usd / mw
    return np.asarray(np.where(is_energised, 0.0, grid) + fibre, dtype=np.float64)


def _km(part: Candidates, found: Places, name: str) -> Floats:
    """Return a straight distance: the file's own, else that to the nearest feature of the user's layer."""
    nearest = found.found[name].distance_km
    own = part.km.get(f"{name}_km")
    return nearest if own is None else np.where(np.isnan(own), nearest, own)


def _costs(mw: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return by place USD per straight km of line, USD of extending a substation, USD and USD/MW of a new one."""
    rows = {str(row["id"]): row for row in data.table("interconnection_costs")}
    table = []
    for kv in sorted(voltages_kv()):
        fixed = substation_cost(0.0, kv).usd
        upgrade = rows[f"substation_upgrade/{kv}kv"]
        extension = _number(upgrade, "usd_fixed") * (1 + _number(upgrade, "escalation_frac"))
        most = _number(rows[f"line/{kv}kv"], "max_mw")
        table.append((most, line_cost(1.0, kv).usd, extension, fixed, substation_cost(1.0, kv).usd - fixed))
    most_mw, *costs = np.array(table, dtype=np.float64).T
    at = np.minimum(np.searchsorted(most_mw, mw), len(most_mw) - 1)
    line, extension, fixed, per_mw = (column[at] for column in costs)
    return line, extension, fixed, per_mw


def _number(row: dict[str, object], name: str) -> float:
    value = row[name]
    return float(value) if isinstance(value, int | float) else 0.0

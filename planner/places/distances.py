"""What distance costs: time in fibre, money in lines. Every factor is visible here or in its dataset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner import data
from planner.geo.sphere import Floats, great_circle_km

FIBRE_KM_PER_MS = 204.0
"""Light in glass: 299.8 km/ms over a refractive index of 1.468."""
ROUTE_FACTOR = 1.4
"""Fibre follows roads and rails; the detour factor of the dataset's fibre row."""
EQUIPMENT_MS = 0.5
"""Switching at both ends, there and back."""


def round_trip_ms(straight_km: Floats) -> Floats:
    """Return the round-trip time in fibre for straight-line distances."""
    return np.asarray(2 * straight_km * ROUTE_FACTOR / FIBRE_KM_PER_MS + EQUIPMENT_MS, dtype=np.float64)


def metro_latency_ms(lon: float, lat: float) -> dict[str, float]:
    """Return the round trip in fibre from a point to every bundled metro, by its id."""
    rows = [row for row in data.table("metros") if row["lon"] is not None and row["lat"] is not None]
    there = [np.array([_number(row, axis) for row in rows]) for axis in ("lon", "lat")]
    here = [np.full(len(rows), value) for value in (lon, lat)]
    times = round_trip_ms(great_circle_km(*here, *there))
    return {str(row["id"]): round(float(ms), 2) for row, ms in zip(rows, times, strict=True)}


@dataclass(frozen=True)
class ConnectionCost:
    """Cost of a connection and the arithmetic behind it."""

    usd: float
    low_usd: float
    high_usd: float
    words: str


def voltages_kv() -> tuple[int, ...]:
    """Return the voltages that have a line cost."""
    names = (str(row["id"]) for row in data.table("interconnection_costs"))
    return tuple(int(name[5:-2]) for name in names if name.startswith("line/") and name.endswith("kv"))


def voltage_for(mw: float) -> int:
    """Return the lowest voltage whose line carries the MW; the highest there is where none does."""
    rows = {kv: _row(f"line/{kv}kv") for kv in voltages_kv()}
    fitting = [kv for kv, row in rows.items() if _number(row, "max_mw") >= mw]
    return min(fitting) if fitting else max(rows)


def line_cost(straight_km: float, voltage_kv: int, terrain_factor: float | None = None) -> ConnectionCost:
    """Return straight line x detour x terrain x cost per km, in today's money. Raises KeyError for a voltage."""
    return _by_km(f"line/{voltage_kv}kv", f"{voltage_kv} kV line", straight_km, terrain_factor)


def fibre_cost(straight_km: float, terrain_factor: float | None = None) -> ConnectionCost:
    """Return the cost of buried fibre over a straight-line distance, in today's money."""
    return _by_km("fibre", "fibre", straight_km, terrain_factor)


def substation_cost(mw: float, voltage_kv: int) -> ConnectionCost:
    """Return the cost of a new substation: fixed and per MW, in today's money. Raises KeyError for a voltage."""
    row = _row(f"substation/{voltage_kv}kv")
    growth = 1 + _number(row, "escalation_frac")
    each = _number(row, "usd_per_mw") * mw
    usd, low, high = ((_number(row, name) + each) * growth for name in ("usd_fixed", "usd_fixed_low", "usd_fixed_high"))
    words = (
        f"{voltage_kv} kV substation: ({_number(row, 'usd_fixed') / 1e6:.2f} + {_number(row, 'usd_per_mw') / 1e6:.4f} "
        f"x {mw:g} MW) MUSD x {growth:g} since {row['price_year']} = {usd / 1e6:.1f} MUSD"
    )
    return ConnectionCost(usd, low, high, words)


def _by_km(entry_id: str, name: str, straight_km: float, terrain_factor: float | None) -> ConnectionCost:
    row = _row(entry_id)
    terrain = _number(row, "terrain_factor") if terrain_factor is None else terrain_factor
    detour, growth = _number(row, "detour_factor"), 1 + _number(row, "escalation_frac")
    routed = straight_km * detour * terrain * growth
    usd, low, high = (routed * _number(row, name) for name in ("usd_per_km", "usd_per_km_low", "usd_per_km_high"))
    each = _number(row, "usd_per_km") / 1e6
    words = (
        f"{name}: {straight_km:.1f} km straight x {detour:g} detour x {terrain:g} terrain x "
        f"{each:.{2 if each >= 0.1 else 3}f} MUSD/km x {growth:g} since {row['price_year']} = {usd / 1e6:.1f} MUSD"
    )
    return ConnectionCost(usd, low, high, words)


def _row(entry_id: str) -> dict[str, object]:
    return {str(row["id"]): row for row in data.table("interconnection_costs")}[entry_id]


def _number(row: dict[str, object], name: str) -> float:
    value = row[name]
    return float(value) if isinstance(value, int | float) else 0.0

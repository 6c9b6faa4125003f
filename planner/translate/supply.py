"""On-site supply as arrays: when a unit can stand, what it costs, and what a MW of it is worth in each period.

What the price curve cannot show is the order of hours. A battery is therefore taken to find its cheap and its dear
hours within each day: in every month it charges in the cheapest share of the hours and gives in the dearest share that
its cycles allow. Dear hours that come in a row, day after day, earn it less than this.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from planner.schemas.case import Case
from planner.schemas.supply import BatterySupply, GasSupply, OnsiteSupply, SolarSupply
from planner.translate.calendar import Timeline, add_months
from planner.translate.carbon import CarbonMonths
from planner.translate.contracts import service_months
from planner.translate.prices import PowerCurves, PriceCurve
from site_conversion.instance import Bools, Floats, Ints
from site_conversion.instance_supply import OnsiteSupply as SupplyArrays

HOURS_PER_YEAR = 8_760
KG_PER_T = 1000


@dataclass(frozen=True)
class Work:
    """What a MW of a supply does in an hour of a month, on average over all its hours."""

    saved_usd: float = 0.0
    """Grid energy it replaces, less what charging takes."""
    fuel_usd: float = 0.0
    fuel_mwh: float = 0.0
    grid_mwh: float = 0.0
    """Less from the grid, net of charging."""


def may_bridge(supply: OnsiteSupply) -> bool:
    """Whether its MW may count as firm: a fuelled unit must be allowed to run all hours of a year."""
    if isinstance(supply, GasSupply):
        return supply.most_hours_per_year is None or supply.most_hours_per_year >= HOURS_PER_YEAR
    return True


def supply_arrays(
    case: Case, time: Timeline, curves: PowerCurves, carbon: CarbonMonths, start_allowed: Bools
) -> SupplyArrays:
    """Return dates, spending and worth of every supply of the site, in all periods in which it could stand."""
    supplies = case.site.supplies
    inside = int(np.searchsorted(time.month_column, time.periods))
    ends = np.where(start_allowed, _service_ends(case, time), 0)
    last_months = sorted({*ends[ends > inside].tolist()}) if any(map(_is_firm, supplies)) else []
    borders = [inside, *last_months]
    parts = [_one(case, supply, time, curves, carbon, borders) for supply in supplies]
    hours = time.month_days * 24

    def each(name: str, *shape: int, kind: type = np.float64) -> Any:
        values = [getattr(part, name) for part in parts]
        return np.array(values, dtype=kind).reshape(len(parts), *shape)

    def is_a(kind: type) -> Bools:
        return np.array([isinstance(supply, kind) for supply in supplies], dtype=np.bool_)

    return SupplyArrays(
        names=tuple(supply.id for supply in supplies),
        unit_mw=np.array([supply.unit_mw for supply in supplies], dtype=np.float64),
        most_units=np.array([supply.most_units for supply in supplies], dtype=np.int64),
        firm_frac=np.array([supply.firm_frac if may_bridge(supply) else 0.0 for supply in supplies], dtype=np.float64),
        burns_fuel=is_a(GasSupply),
        charges=is_a(BatterySupply),
        follows_sun=is_a(SolarSupply),
        standing_from=np.array([part.standing_from for part in parts], dtype=np.int64).reshape(
            len(parts), time.periods
        ),
        may_stand=each("may_stand", time.periods, kind=np.bool_),
        spend_musd=each("spend_usd", time.periods, time.periods) / 1e6,
        resale_musd=each("resale_usd", time.periods + 1) / 1e6,
        fixed_musd_per_mw=each("fixed_usd_per_mw", time.periods) / 1e6,
        bridge_fuel_musd_per_mw=each("bridge_fuel_usd", time.periods) / 1e6,
        grid_energy_musd_per_mw=time.period_sums(hours * curves.month_mean_usd_per_mwh()) / 1e6,
        beside_fuel_musd_per_mw=each("beside_fuel_usd", time.periods) / 1e6,
        beside_saved_musd_per_mw=each("beside_saved_usd", time.periods) / 1e6,
        beside_fuel_mwh_per_mw=each("beside_fuel_mwh", time.periods),
        beside_grid_mwh_per_mw=each("beside_grid_mwh", time.periods),
        fuel_t_per_mwh=np.array([fuel_t_per_mwh(supply) for supply in supplies], dtype=np.float64),
        stage_end=tuple(time.month_starts[month] for month in last_months),
        outlasts=ends[:, :, None] >= np.array(last_months, dtype=np.int64),
        after_allowed=np.array([part.after_allowed for part in parts], dtype=np.bool_).reshape(
            len(parts), len(last_months)
        ),
        after_musd_per_mw=each("after_usd_per_mw", len(last_months)) / 1e6,
    )


def _is_firm(supply: OnsiteSupply) -> bool:
    return may_bridge(supply) and supply.firm_frac > 0


def fuel_t_per_mwh(supply: OnsiteSupply) -> float:
    """Return the carbon of a MWh made on the site."""
    if not isinstance(supply, GasSupply):
        return 0.0
    return supply.heat_rate_mmbtu_per_mwh * supply.co2_kg_per_mmbtu / KG_PER_T


def _service_ends(case: Case, time: Timeline) -> Ints:
    """Number of the first month without service, of every contract and start [c, k]."""
    first = np.array([time.month_of(start) for start in time.boundaries[:-1]], dtype=np.int64)
    terms = np.array([service_months(contract) for contract in case.contracts], dtype=np.int64)
    return np.asarray(terms[:, None] + first[None, :], dtype=np.int64)


@dataclass(frozen=True)
class _Supply:
    """The arrays of one supply, fields named as in the Instance."""

    standing_from: Ints
    may_stand: Bools
    spend_usd: Floats
    resale_usd: Floats
    fixed_usd_per_mw: Floats
    bridge_fuel_usd: Floats
    beside_fuel_usd: Floats
    beside_saved_usd: Floats
    beside_fuel_mwh: Floats
    beside_grid_mwh: Floats
    after_allowed: list[bool]
    after_usd_per_mw: Floats


def _one(
    case: Case, supply: OnsiteSupply, time: Timeline, curves: PowerCurves, carbon: CarbonMonths, borders: list[int]
) -> _Supply:
    may_stand = np.array(
        [supply.leaves_by is None or start < supply.leaves_by for start in time.boundaries[:-1]], dtype=np.bool_
    )
    standing_from, spend, resale = _orders(case, supply, time, may_stand)
    years = time.month_years + 1 / 24
    fixed = supply.fixed_usd_per_mw_year * np.power(1 + supply.escalator_frac_per_year, years)
    fixed = fixed * time.month_days / time.month_year_days
    making = _making_usd_per_mwh(supply, years)
    hours = time.month_days * 24
    work = [_work(supply, curves, carbon, m, float(making[m])) for m in range(len(hours))]

    def total(name: str) -> Floats:
        return time.period_sums(hours * np.array([getattr(month, name) for month in work]))

    dearer = carbon.usd_per_mwh(fuel_t_per_mwh(supply)) + making - curves.month_mean_usd_per_mwh()
    burnt = hours * np.maximum(dearer, 0.0) * isinstance(supply, GasSupply)
    return _Supply(
        standing_from=standing_from,
        may_stand=may_stand,
        spend_usd=spend,
        resale_usd=resale,
        fixed_usd_per_mw=time.period_sums(fixed),
        bridge_fuel_usd=time.period_sums(hours * making),
        beside_fuel_usd=total("fuel_usd"),
        beside_saved_usd=total("saved_usd"),
        beside_fuel_mwh=total("fuel_mwh"),
        beside_grid_mwh=total("grid_mwh"),
        after_allowed=[
            _is_firm(supply) and (supply.leaves_by is None or supply.leaves_by >= time.month_starts[end])
            for end in borders[1:]
        ],
        after_usd_per_mw=_kept_usd_per_mw(supply, time, borders, (burnt, fixed), float(resale[-1])),
    )


def _kept_usd_per_mw(
    supply: OnsiteSupply, time: Timeline, borders: list[int], monthly_usd_per_mw: tuple[Floats, Floats], resale: float
) -> Floats:
    """Return what a firm MW costs from each border to the next: fuel, upkeep, and being sold later."""
    if not _is_firm(supply):
        return np.zeros(len(borders) - 1)
    burnt, fixed = monthly_usd_per_mw
    months = np.arange(len(burnt))
    worth = resale / supply.unit_mw * np.power(1 + time.tail_rate_frac, -time.years_after(borders))
    return np.array(
        [
            time.columns((months >= begin) * (months < end) * (burnt + fixed / supply.firm_frac))[-1]
            + (worth[n] - worth[n + 1]) / supply.firm_frac
            for n, (begin, end) in enumerate(pairwise(borders))
        ]
    )


def _orders(case: Case, supply: OnsiteSupply, time: Timeline, may_stand: Bools) -> tuple[Ints, Floats, Floats]:
    """Return when a unit ordered at q stands, what is spent on it in each period, and what it fetches.

    Spending is even over the days of the lead time, at the capital cost level of each period. It is sold for a share
    of the price at the study's start, or of the lowest price there has been where prices fall, so that nobody can
    buy it to sell it.
    """
    periods = time.periods
    standing = np.full(periods, -1, dtype=np.int64)
    spend = np.zeros((periods, periods))
    level = np.power(1 + case.finance.capex_escalator_frac_per_year, time.mid_years)
    price_usd = supply.capex_usd_per_mw * supply.unit_mw
    for q, order in enumerate(time.boundaries[:-1]):
        too_early = supply.earliest_order is not None and order < supply.earliest_order
        too_late = supply.latest_order is not None and order > supply.latest_order
        ready = add_months(order, supply.lead_time_months)
        first = time.first_period_from(ready)
        if too_early or too_late or first < 0 or not may_stand[first]:
            continue
        days = time.overlap_frac(order, ready) * time.days
        share = days / days.sum() if days.sum() > 0 else np.eye(periods)[q]
        standing[q], spend[q] = first, price_usd * share * level
    lowest = np.minimum(1.0, np.minimum.accumulate(level))
    return standing, spend, supply.resale_frac * price_usd * np.append(lowest, lowest[-1])


def _making_usd_per_mwh(supply: OnsiteSupply, years: Floats) -> Floats:
    """Fuel and running cost of a MWh in each month; nothing but for fuelled units."""
    if not isinstance(supply, GasSupply):
        return np.zeros(len(years))
    fuel = supply.fuel_usd_per_mmbtu * supply.heat_rate_mmbtu_per_mwh
    fuel_level = np.power(1 + supply.fuel_change_frac_per_year, years)
    running = supply.running_usd_per_mwh * np.power(1 + supply.escalator_frac_per_year, years)
    return np.asarray(fuel * fuel_level + running, dtype=np.float64)


def _work(
    supply: OnsiteSupply, curves: PowerCurves, carbon: CarbonMonths, month: int, making_usd_per_mwh: float
) -> Work:
    curve = curves.month(month)
    if isinstance(supply, SolarSupply):
        saved = curve.mean_usd_per_mwh * supply.capture_frac * supply.capacity_factor_frac
        return Work(saved_usd=saved, grid_mwh=supply.capacity_factor_frac)
    if isinstance(supply, BatterySupply):
        return battery_work(supply, curve)
    hours = HOURS_PER_YEAR if supply.most_hours_per_year is None else supply.most_hours_per_year
    dearest = curve.dearest(min(1.0, hours / HOURS_PER_YEAR))
    runs = dearest * (curve.usd_per_mwh > making_usd_per_mwh + carbon.usd_per_mwh(fuel_t_per_mwh(supply))[month])
    share = float(runs.sum())
    return Work(float(runs @ curve.usd_per_mwh), share * making_usd_per_mwh, share, share)


def battery_work(battery: BatterySupply, curve: PriceCurve) -> Work:
    """Return the best daily cycle: give in the dearest hours, charge in the cheapest, as long as that pays.

    A MW gives a share x of all hours at full power and charges for x / round_trip of them; both fit into a day. The
    gain is concave in x and changes its slope where a step of the price curve is used up, so the best x is there.
    """
    order = np.argsort(curve.usd_per_mwh, kind="stable")
    frac, price = curve.hours_frac[order], curve.usd_per_mwh[order]
    efficiency = battery.round_trip_frac
    most = min(battery.cycles_per_day * battery.hours / 24, efficiency / (1 + efficiency))
    steps = np.concatenate([[0.0, most], np.cumsum(frac[::-1]), efficiency * np.cumsum(frac)])
    shares = [float(x) for x in steps if x <= most]
    gains = [_cheapest(frac[::-1], price[::-1], x) - _cheapest(frac, price, x / efficiency) for x in shares]
    gain, x = max(zip(gains, shares, strict=True), key=lambda pair: (pair[0], -pair[1]))
    return Work(saved_usd=gain, grid_mwh=x - x / efficiency) if gain > 0 else Work()


def _cheapest(frac: Floats, price: Floats, share: float) -> float:
    """Return the price integral over the first share of the hours."""
    before = np.cumsum(frac) - frac
    return float(np.clip(share - before, 0.0, frac) @ price)

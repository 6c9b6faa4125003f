"""The ASIC fleet as arrays: MW per class, the exact hashing margin of each period, prices to buy and sell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.case import Case
from planner.schemas.fleet import AsicClass
from planner.schemas.site import MiningCooling
from planner.translate.calendar import Timeline, year_position
from planner.translate.prices import PowerCurves, month_hashprice, revenue_usd_per_mwh
from site_conversion.instance import Bools, Floats, Ints


@dataclass(frozen=True)
class FleetArrays:
    """The fleet part of the Instance, fields named as there."""

    asics: tuple[str, ...]
    asic_kind: Ints
    asic_owned_mw: Floats
    asic_kept: Bools
    hash_revenue_musd_per_mw: Floats
    hash_energy_musd_per_mw: Floats
    hash_opex_musd_per_mw: Floats
    hash_run_frac: Floats
    asic_buy_musd_per_mw: Floats
    asic_buy_limit_mw: Floats
    asic_resale_musd_per_mw: Floats
    site_fixed_musd: Floats


def unit_mw(machine: AsicClass) -> float:
    """Gross MW of one machine, fans and losses included."""
    return machine.power_w * (1 + machine.overhead_frac) / 1e6


def efficiency_j_per_th(machine: AsicClass) -> float:
    """Gross efficiency: joules at the meter for a terahash."""
    return machine.power_w * (1 + machine.overhead_frac) / machine.hashrate_ths


def fleet_arrays(case: Case, time: Timeline, curves: PowerCurves) -> FleetArrays:
    """Return fleet, margins and prices of every class and period."""
    classes, operations = case.fleet.classes, case.fleet.operations
    shape = (len(classes), time.periods)
    hashprice = month_hashprice(case.market, time)
    opex_level = np.power(1 + operations.escalator_frac_per_year, time.mid_years)
    revenue, energy, opex, running = (np.zeros(shape) for _ in range(4))
    demand_usd_per_mw = case.market.power.demand_charge_usd_per_kw_month * 1000 * curves.levels
    for month, p in enumerate(time.month_column.tolist()):
        if p >= time.periods:
            break
        # by month, so that a machine worth running in part of a long period runs in that part
        curve, hours = curves.month(month), time.month_days[month] * 24
        variable, run = operations.variable_usd_per_mwh * opex_level[p], hours * operations.uptime_frac
        for a, machine in enumerate(classes):
            gross = revenue_usd_per_mwh(hashprice[month], efficiency_j_per_th(machine))
            earned = gross * (1 - operations.pool_fee_frac)
            share, paid = curve.worth_running(earned - variable)
            revenue[a, p] += run * share * earned
            energy[a, p] += run * paid + demand_usd_per_mw[month]
            opex[a, p] += run * share * variable
            running[a, p] += share * run / (time.days[p] * 24)
    opex += operations.fixed_usd_per_mw_year * time.years * opex_level
    buy, limit, resale, kept = _trade(classes, time)
    kinds = tuple(MiningCooling)
    return FleetArrays(
        asics=tuple(machine.id for machine in classes),
        asic_kind=np.array([kinds.index(machine.cooling) for machine in classes], dtype=np.int64),
        asic_owned_mw=np.array([machine.count * unit_mw(machine) for machine in classes], dtype=np.float64),
        asic_kept=kept,
        hash_revenue_musd_per_mw=revenue / 1e6,
        hash_energy_musd_per_mw=energy / 1e6,
        hash_opex_musd_per_mw=opex / 1e6,
        hash_run_frac=running,
        asic_buy_musd_per_mw=buy / 1e6,
        asic_buy_limit_mw=limit,
        asic_resale_musd_per_mw=resale / 1e6,
        site_fixed_musd=operations.site_fixed_usd_per_year * time.years * opex_level / 1e6,
    )


def _trade(classes: tuple[AsicClass, ...], time: Timeline) -> tuple[Floats, Floats, Floats, Bools]:
    """Return buying price, buying limit, resale price and keepability; prices are those of the period's start."""
    shape = (len(classes), time.periods)
    buy, limit, resale = np.zeros(shape), np.zeros(shape), np.zeros((shape[0], shape[1] + 1))
    kept = np.ones(shape, dtype=np.bool_)
    years = np.array([year_position(day) for day in time.boundaries]) - year_position(time.start)
    starts = np.array([day.toordinal() for day in time.boundaries[:-1]])
    for a, machine in enumerate(classes):
        ths_per_mw = machine.hashrate_ths / unit_mw(machine)
        resale[a] = machine.resale_usd_per_ths * ths_per_mw * np.power(1 + machine.resale_change_frac_per_year, years)
        if machine.retire_by is not None:
            kept[a] = starts < machine.retire_by.toordinal()
        if machine.purchase is not None:
            change = np.power(1 + machine.purchase.price_change_frac_per_year, years[:-1])
            buy[a] = machine.purchase.price_usd_per_ths * ths_per_mw * change
            limit[a] = machine.purchase.max_count_per_year * time.years * unit_mw(machine) * kept[a]
    return buy, limit, resale, kept

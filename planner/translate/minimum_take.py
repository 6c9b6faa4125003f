"""The minimum take as arrays: billing stretches, what is drawn in each, and what a MW of shortfall costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.case import Case
from planner.translate.calendar import Timeline
from planner.translate.contracts import expected_load
from planner.translate.grid import site_upgrades
from planner.translate.prices import PowerCurves, demand_usd_per_mw
from site_conversion.instance import Bools, Floats, Ints


@dataclass(frozen=True)
class MinimumTakeArrays:
    """The minimum-take part of the Instance, fields named as there."""

    take_period: Ints
    take_load_frac: Floats
    take_musd_per_mw: Floats
    take_mw: float
    take_upgrade_mw: Floats


def minimum_take_arrays(
    case: Case, time: Timeline, curves: PowerCurves, start_allowed: Bools, other_loads: Floats
) -> tuple[MinimumTakeArrays, Ints]:
    """Return the billing stretches: neighbouring months of a period between which no offer's load changes.

    Demand is billed by the month, so one row for each stretch says exactly what one for each month would. Only
    months in which the obligation holds and demand costs something have one; part of a month is billed by days.
    It ends with the horizon, as hashing does: what the site draws afterwards is not decided.

    Args:
        case: the case.
        time: its months and periods.
        curves: its price curves.
        start_allowed: which contract may start at which period [c, k].
        other_loads: further loads [any, month] that change only between stretches: hosted machines, rented rigs.

    Returns:
        The arrays, and the first month of each stretch.
    """
    terms, site = case.market.power.minimum_take, case.site
    upgrades = site_upgrades(case)
    gain_mw = np.array([upgrade.firm_mw + upgrade.interruptible_mw for upgrade in upgrades], dtype=np.float64)
    months = int(np.searchsorted(time.month_column, time.periods))
    load = np.zeros((len(case.contracts), time.periods, months))
    cost, demand_frac, contracted_mw = np.zeros(months), 0.0, 0.0
    if terms is not None:
        active = time.month_days_within(terms.start, terms.until) / time.month_days
        cost = (demand_usd_per_mw(case.market.power, curves) * active)[:months] / 1e6
        demand_frac = terms.demand_frac
        contracted_mw = terms.contracted_mw if terms.contracted_mw is not None else site.firm_mw + site.interruptible_mw
        gain_mw = gain_mw if terms.contracted_mw is None else 0.0 * gain_mw
        for c, k in np.argwhere(start_allowed).tolist():
            load[c, k] = expected_load(case.contracts[c], k, time)[:months]
    loads = np.concatenate([load.reshape(-1, months), other_loads[:, :months]])
    billed = np.nonzero((cost > 0) & (demand_frac > 0))[0]
    first = [
        m
        for n, m in enumerate(billed.tolist())
        if n == 0 or time.month_column[m] != time.month_column[m - 1] or (loads[:, m] != loads[:, m - 1]).any()
    ]
    stretch = np.searchsorted(first, billed, side="right") - 1
    arrays = MinimumTakeArrays(
        take_period=time.month_column[first].astype(np.int64),
        take_load_frac=load[..., first],
        take_musd_per_mw=np.bincount(stretch, cost[billed], len(first)).astype(np.float64),
        take_mw=demand_frac * contracted_mw,
        take_upgrade_mw=demand_frac * gain_mw,
    )
    return arrays, np.array(first, dtype=np.int64)

"""What a MW of hashing earns and pays in a period, hour by hour on the price curve: run, stop, or be paid to stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from planner.schemas.case import Case
from planner.schemas.fleet import AsicClass
from planner.schemas.market import DemandResponse, Market
from planner.translate.calendar import Timeline
from planner.translate.prices import (
    Call,
    PowerCurves,
    daily_hashprice,
    demand_usd_per_mw,
    hashprice_bends,
    revenue_usd_per_mwh,
)
from site_conversion.instance import Floats


@dataclass(frozen=True)
class HashingArrays:
    """The hashing part of the Instance, fields named as there."""

    hash_revenue_musd_per_mw: Floats
    hash_energy_musd_per_mw: Floats
    hash_opex_musd_per_mw: Floats
    hash_run_frac: Floats
    response_musd_per_mw: Floats


@dataclass(frozen=True)
class Stretch:
    """Days of a month with the same programmes, the same peak charge and no halving between them."""

    month: int
    first: int
    """Its first day, counted from the start of the study."""
    days: int
    lost_frac: float
    """Share of all hours a miner is off to stay out of the grid's peaks."""
    calls: tuple[Call, ...]

    def mean(self, daily: Floats) -> float:
        """Return the mean over its days of what is known for each day of the study, exact where it is flat."""
        here = daily[self.first : self.first + self.days]
        return float(here[0] + (here - here[0]).mean())


def unit_mw(machine: AsicClass) -> float:
    """Gross MW of one machine, fans and losses included."""
    return machine.power_w * (1 + machine.overhead_frac) / 1e6


def efficiency_j_per_th(machine: AsicClass) -> float:
    """Gross efficiency: joules at the meter for a terahash."""
    return machine.power_w * (1 + machine.overhead_frac) / machine.hashrate_ths


def hashing_arrays(case: Case, time: Timeline, curves: PowerCurves) -> HashingArrays:
    """Return the margin of every class and period, by its parts.

    By month, so that a machine worth running in part of a long period runs in that part, and by days where bitcoin
    halves, the hashprice bends, or a programme or the peak charge begins or ends inside a month. Only the hours in
    which machines are up count: uptime is taken off what is run, off what could have been run and is paid for, and off
    what stands ready.
    """
    classes, operations = case.fleet.classes, case.fleet.operations
    hashprice = daily_hashprice(case.market, time)
    opex_level = np.power(1 + operations.escalator_frac_per_year, time.mid_years)
    revenue, energy, opex, running, response = (np.zeros((len(classes), time.periods)) for _ in range(5))
    for stretch in stretches(case.market, time):
        p, curve = int(time.month_column[stretch.month]), curves.month(stretch.month)
        variable, up_hours = operations.variable_usd_per_mwh * opex_level[p], stretch.days * 24 * operations.uptime_frac
        for a, machine in enumerate(classes):
            gross = revenue_usd_per_mwh(stretch.mean(hashprice), efficiency_j_per_th(machine))
            earned = gross * (1 - operations.pool_fee_frac)
            left = curve.without_hours(stretch.lost_frac, earned - variable) if stretch.lost_frac else curve
            use = left.best_use(earned - variable, stretch.calls)
            revenue[a, p] += up_hours * use.run_frac * earned
            energy[a, p] += up_hours * use.paid_usd_per_mwh
            opex[a, p] += up_hours * use.run_frac * variable
            response[a, p] += up_hours * use.response_usd_per_mwh
            running[a, p] += use.run_frac * up_hours / (time.days[p] * 24)
    energy += time.period_sums(demand_usd_per_mw(case.market.power, curves))
    response += operations.uptime_frac * time.period_sums(availability_usd_per_mw(case.market, time))
    opex += operations.fixed_usd_per_mw_year * time.years * opex_level
    return HashingArrays(revenue / 1e6, energy / 1e6, opex / 1e6, running, response / 1e6)


def availability_usd_per_mw(market: Market, time: Timeline) -> Floats:
    """Return what all programmes pay in each month for a MW that stands ready, by days."""
    paid = np.zeros(len(time.month_days))
    for programme in market.demand_response:
        days = time.month_days_within(programme.start, programme.until)
        paid += programme.usd_per_mw_year * days / time.month_year_days
    return paid


def stretches(market: Market, time: Timeline) -> Iterator[Stretch]:
    """Cut the months of the study where the hashprice bends, and a programme or the peak charge begins or ends."""
    peak = market.power.coincident_peak
    lost_hours = 0.0 if peak is None else peak.avoided_hours_per_year
    last = None if peak is None else peak.until
    cuts = {last, *hashprice_bends(market.hashprice)}
    cuts |= {day for programme in market.demand_response for day in (programme.start, programme.until)}
    dates = sorted(day for day in cuts if day is not None)
    for month, (first, end) in enumerate(zip(time.month_starts[:-1], time.month_starts[1:], strict=True)):
        if first >= time.end:
            return
        year_hours = 24 * float(time.month_year_days[month])
        borders = [first, *(day for day in dict.fromkeys(dates) if first < day < end), end]
        for here, following in pairwise(borders):
            avoids = lost_hours if last is None or here < last else 0.0
            calls = tuple(
                _call(programme, year_hours) for programme in market.demand_response if _in_force(programme, here)
            )
            yield Stretch(month, (here - time.start).days, (following - here).days, avoids / year_hours, calls)


def _in_force(programme: DemandResponse, day: date) -> bool:
    begun = programme.start is None or programme.start <= day
    return begun and (programme.until is None or day < programme.until)


def _call(programme: DemandResponse, year_hours: float) -> Call:
    hours = programme.maximum_hours_per_year
    return Call(programme.usd_per_mwh_curtailed, 1.0 if hours is None else min(1.0, hours / year_hours))

"""Carbon as arrays: its price by month and period, what contracts pay for it, and the caps of calendar years."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from planner.schemas.carbon import Carbon, CarbonBasis, CarbonCap
from planner.schemas.case import Case
from planner.schemas.place import Emissions
from planner.schemas.tenants import Contract, GpuCloud
from planner.translate.calendar import Timeline, dated_usd, year_position
from planner.translate.contracts import expected_load
from planner.translate.exit import exit_rule
from site_conversion.instance import Bools, Floats
from site_conversion.instance_carbon import CarbonTerms

KG_PER_T = 1000


@dataclass(frozen=True)
class CarbonMonths:
    """The grid's carbon and the price of a tonne in every month, those after the horizon included."""

    grid_t_per_mwh: float
    usd_per_t: Floats

    def usd_per_mwh(self, made_t_per_mwh: float) -> Floats:
        """Return what a MWh made on the site costs more in carbon than one from the grid; negative where it is less."""
        return self.usd_per_t * (made_t_per_mwh - self.grid_t_per_mwh)


def grid_kg_per_mwh(emissions: Emissions, basis: CarbonBasis) -> float | None:
    """Return the grid's carbon by a basis, None where it is not known."""
    return emissions.average_kg_per_mwh if basis is CarbonBasis.AVERAGE else emissions.marginal_kg_per_mwh


def is_ruled(carbon: Carbon) -> bool:
    """Whether the case puts a price or a cap on carbon."""
    return bool(carbon.price_usd_per_t or carbon.cap)


def carbon_months(case: Case, time: Timeline) -> CarbonMonths:
    """Return the price in the middle of each month: linear between its dates, flat after the last, none before all.

    Raises:
        ValueError: there is a rule about carbon, but the grid's is not known.
    """
    points, months = case.carbon.price_usd_per_t, len(time.month_days)
    if not is_ruled(case.carbon):
        return CarbonMonths(0.0, np.zeros(months))
    emissions = case.site.emissions
    kg = None if emissions is None else grid_kg_per_mwh(emissions, case.carbon.basis)
    if kg is None:
        raise ValueError("the grid's carbon is not known")
    price = np.zeros(months)
    if points:
        positions = np.array([year_position(day) for day in time.month_starts])
        since = time.month_days_within(points[0].date, None) / time.month_days
        price = dated_usd(points, (positions[:-1] + positions[1:]) / 2) * since
    return CarbonMonths(kg / KG_PER_T, price)


def carbon_arrays(case: Case, time: Timeline, months: CarbonMonths, start_allowed: Bools) -> CarbonTerms:
    """Return price and caps; a contract pays for the energy it draws month by month, also after the horizon.

    Where the contract is sold for a multiple of its income, this cost is part of that income.
    """
    cost = np.zeros((*start_allowed.shape, time.periods + 1))
    usd_per_mw = months.usd_per_t * months.grid_t_per_mwh * time.month_days * 24
    if usd_per_mw.any():
        for c, k in np.argwhere(start_allowed).tolist():
            contract, first = case.contracts[c], time.month_of(time.boundaries[k])
            income = exit_rule(case.finance.exit, first, contract.term_months, time)
            cost[c, k] = income.columns(_drawn(contract, k, time) * usd_per_mw)
    years, cap_t, share = _caps(case.carbon.cap, time)
    return CarbonTerms(
        grid_t_per_mwh=months.grid_t_per_mwh,
        price_musd_per_t=time.period_sums(months.usd_per_t * time.month_days) / time.days / 1e6,
        contract_musd_per_gross_mw=cost / 1e6,
        cap_years=years,
        cap_t=cap_t,
        cap_frac=share,
    )


def _drawn(contract: Contract, k: int, time: Timeline) -> Floats:
    """Share of its IT MW that a contract started at k is expected to draw in the mean of each month."""
    used = contract.utilisation_frac if isinstance(contract, GpuCloud) else 1.0
    return expected_load(contract, k, time) * used


def _caps(steps: Sequence[CarbonCap], time: Timeline) -> tuple[tuple[int, ...], Floats, Floats]:
    """Return calendar years, their tonnes by the days each step holds, and the share of each period that counts."""
    years: list[int] = []
    tonnes, shares = [], []
    first = max(time.start, steps[0].date) if steps else time.end
    for year in range(first.year, time.end.year + 1):
        begin, end = max(first, date(year, 1, 1)), min(time.end, date(year + 1, 1, 1))
        if begin >= end:
            continue
        ends = [*(step.date for step in steps[1:]), date.max]
        days = [max(0, (min(end, until) - max(begin, step.date)).days) for step, until in zip(steps, ends, strict=True)]
        length = 366 if calendar.isleap(year) else 365
        years.append(year)
        tonnes.append(sum(step.t_per_year * held for step, held in zip(steps, days, strict=True)) / length)
        shares.append(time.overlap_frac(begin, end))
    return tuple(years), np.array(tonnes), np.array(shares).reshape(len(years), time.periods)

"""Depreciation schedules and the equity budget, by month and column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from planner.schemas.case import Case
from planner.schemas.finance import Depreciation, DepreciationMethod, Finance
from planner.translate.calendar import Timeline
from site_conversion.instance import Floats, Ints

MACRS_FRAC: dict[DepreciationMethod, tuple[float, ...]] = {
    DepreciationMethod.MACRS_5: (0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576),
    DepreciationMethod.MACRS_7: (0.1429, 0.2449, 0.1749, 0.1249, 0.0893, 0.0892, 0.0893, 0.0446),
    DepreciationMethod.MACRS_15: (
        0.05, 0.095, 0.0855, 0.077, 0.0693, 0.0623, 0.059, 0.059, 0.0591, 0.059, 0.0591, 0.059, 0.0591, 0.059,
        0.0591, 0.0295,
    ),
}  # fmt: skip
"""Half-year convention, by tax year. Source: IRS Publication 946, table A-1."""


def depreciation_monthly(rule: Depreciation, month: int, time: Timeline) -> Floats:
    """Return the share written off in each month of what is put into service in a month.

    A MACRS year's share accrues evenly over the months of that calendar year in which the asset serves;
    straight line accrues over `years` from the month on. A bonus comes off first: under MACRS it accrues with the
    first year's share, under straight line it falls into the month of entry. What lies beyond the last month is not
    counted.
    """
    total = len(time.month_column)
    shares = np.zeros(total)
    later = 1 - rule.bonus_frac
    if rule.method is DepreciationMethod.STRAIGHT_LINE:
        months = max(1, round((rule.years or 0) * 12))
        shares[month : month + months] = later / months
        shares[month] += rule.bonus_frac
        return shares
    calendar_month = time.month_starts[month].month
    begin, length = month, 13 - calendar_month
    shares[begin : begin + length] = rule.bonus_frac / length
    for share in MACRS_FRAC[rule.method]:
        shares[begin : begin + length] += later * share / length
        begin, length = begin + length, 12
    return shares


def longest_write_off_months(finance: Finance) -> int:
    """Return the months in which every depreciation started within the horizon has run out."""
    rules = (
        finance.conversion_depreciation,
        finance.grid_depreciation,
        finance.gpu_depreciation,
        finance.asic_depreciation,
    )
    return max(round(12 * (rule.years or len(MACRS_FRAC.get(rule.method, ())))) for rule in rules)


def late_is_better(finance: Finance, discount_rate_frac: float, shortest_period_years: float) -> bool:
    """Whether building earlier than needed can never pay, so that only just-in-time readiness need be offered.

    Scarce crews aside, three things could make it pay. Costs that grow faster than the discount rate; a loan that pays
    only for what is built while it may be drawn; and an earlier calendar year of entry: at most the whole write-off
    comes one year sooner, worth tax * its present value * the rate, against spending sooner by at least the shortest
    period at costs that have grown less, which costs ((1 + rate) / (1 + escalator))^years - 1.
    """
    rate = discount_rate_frac
    if finance.capex_escalator_frac_per_year > rate or (finance.debt and finance.equity_budget is not None):
        return False
    gain = finance.tax_rate_frac * _written_off_sooner(finance.conversion_depreciation, rate, shortest_period_years)
    growth = (1 + rate) / (1 + finance.capex_escalator_frac_per_year)
    return bool(gain <= growth**shortest_period_years - 1)


def _written_off_sooner(rule: Depreciation, rate: float, shortest_period_years: float) -> float:
    """Return the most that entering a calendar year earlier is worth, per dollar of cost and of tax rate.

    Under MACRS, and for a bonus, all of it moves by a year. On a straight line of n years, what a period is to the n
    years moves by a year in each year the line touches, so the year after the last has it less.
    """
    bonus = rule.bonus_frac
    if rule.method is not DepreciationMethod.STRAIGHT_LINE:
        shares = MACRS_FRAC[rule.method]
        later = sum(share * (1 + rate) ** -year for year, share in enumerate(shares))
        return (bonus + (1 - bonus) * later) * rate
    years = max(1.0, round((rule.years or 0) * 12)) / 12
    moved = min(1.0, shortest_period_years / years)
    line = moved * (1 - (1 + rate) ** -(np.ceil(years) + 1)) * (1 + rate)
    return float(bonus * rate + (1 - bonus) * line)


@dataclass(frozen=True)
class FinanceArrays:
    """The money part of the Instance, fields named as there."""

    budget_musd: Floats
    tax_year: Ints
    tax_rate_frac: float
    loss_offset_limit_frac: float
    depreciation_frac: Floats


def finance_arrays(case: Case, time: Timeline) -> FinanceArrays:
    """Return budget and depreciation of each asset class for each period of entry into service."""
    finance = case.finance
    rules = (finance.conversion_depreciation, finance.grid_depreciation, finance.asic_depreciation)
    depreciation = np.array(
        [
            [time.columns(depreciation_monthly(rule, time.month_of(start), time)) for start in time.boundaries[:-1]]
            for rule in rules
        ]
    )
    budget = np.full(time.periods, np.inf)
    if finance.equity_budget is not None:
        # equity must be there when the period starts
        for p in range(time.periods):
            budget[p] = sum(step.added_usd for step in finance.equity_budget if step.date <= time.boundaries[p]) / 1e6
    # a period belongs to the year in which it ends
    ends = [date.fromordinal(int(day) - 1).year for day in time.ordinals[1:]]
    tax_year = np.array([*(sorted(set(ends)).index(year) for year in ends), len(set(ends))], dtype=np.int64)
    return FinanceArrays(budget, tax_year, finance.tax_rate_frac, finance.loss_offset_limit_frac, depreciation)

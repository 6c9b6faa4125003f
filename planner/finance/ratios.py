"""What lenders and investors divide: cover, loan to value, yield on cost, capital per MW, margins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from planner.finance.books import INCOME, REPAID, read_books
from planner.finance.waterfall import Waterfall
from planner.schemas import Case
from site_conversion.instance import Floats, Instance
from site_conversion.lines import Line, Source

CONTRACTS, BUILDINGS = frozenset({Source.CONTRACTS, Source.SUPPLY}), frozenset({Source.BUILDINGS})


@dataclass(frozen=True)
class CoverYear:
    """One year of a loan's term, from the date of its first period; money in USD."""

    start: date
    cash_usd: float
    """Counted by the lender, before tax, as the cover is tested."""
    service_usd: float
    """Interest and principal as agreed, without the balloon."""
    after_tax_usd: float
    """The same cash after working capital and tax (that of the whole site), interest deducted."""
    paid_usd: float
    """Interest and agreed principal, after early repayment."""
    owed_usd: float
    """At the year's end."""
    value_usd: float | None
    """What the contracts would sell for by the year's income; none if the case values them by their tail."""
    months: int = 12
    """More than twelve where the case's periods do not end with the loan's year."""

    @property
    def when(self) -> str:
        """The month it begins in, and its length where that is not a year."""
        return f"{self.start:%b %Y}" + ("" if self.months == 12 else f" ({self.months} mo)")

    @property
    def cover(self) -> float | None:
        """Debt service cover as tested; none without debt service."""
        return self.cash_usd / self.service_usd if self.service_usd > 0 else None

    @property
    def cover_after_tax(self) -> float | None:
        """Debt service cover of what is paid."""
        return self.after_tax_usd / self.paid_usd if self.paid_usd > 0 else None

    @property
    def loan_to_value_frac(self) -> float | None:
        """What is owed as a share of the contracts' value."""
        return self.owed_usd / self.value_usd if self.value_usd is not None and self.value_usd > 0 else None


@dataclass(frozen=True)
class Yields:
    """What is built and what it earns once every contract taken runs in full; money in USD."""

    construction_usd: float
    """Conversions, cooling, grid: before what tenants contribute."""
    capital_usd: float
    """The same with GPUs, less contributions and resale within the horizon."""
    it_mw: float
    """Critical IT MW fitted."""
    income_usd_per_year: float | None
    """Net operating income of the contracts in the first twelve months in which all of them run in full."""
    revenue_usd_per_year: float | None

    @property
    def yield_on_cost_frac(self) -> float | None:
        """Yearly income as a share of the capital."""
        if self.income_usd_per_year is None or self.capital_usd <= 0:
            return None
        return self.income_usd_per_year / self.capital_usd

    @property
    def construction_usd_per_mw(self) -> float | None:
        """Construction per critical IT MW."""
        return self.construction_usd / self.it_mw if self.it_mw > 0 else None

    @property
    def margin_frac(self) -> float | None:
        """Net operating income as a share of the contracts' revenue, without what tenants repay."""
        if self.income_usd_per_year is None or not self.revenue_usd_per_year:
            return None
        return self.income_usd_per_year / self.revenue_usd_per_year


def cover_years(flows: Waterfall, case: Case, instance: Instance, cash_flow: pd.DataFrame) -> tuple[CoverYear, ...]:
    """Return the years of the loan's term within the horizon; none without a loan."""
    loan = flows.loan
    if loan is None:
        return ()
    calendar, periods = loan.calendar, instance.periods
    income = read_books(cash_flow, instance).usd(*INCOME, of=CONTRACTS)[:periods]
    terms = case.finance.exit
    multiple = terms.multiple or (1 / terms.cap_rate_frac if terms.cap_rate_frac else None)
    rows = []
    for year in sorted(set(calendar.debt_year.tolist()) - {-1}):
        inside = np.nonzero(calendar.debt_year == year)[0]
        share = calendar.counted_frac[inside]
        yearly = float(income[inside].sum() / instance.years[inside].sum())
        rows.append(
            CoverYear(
                start=instance.period_start[int(inside[0])],
                cash_usd=float(loan.cash[inside] @ share),
                service_usd=float(loan.schedule.service[:periods][inside].sum()),
                after_tax_usd=float(flows.counted_after_tax[inside] @ share),
                paid_usd=float((flows.paid_interest + flows.principal)[inside].sum()),
                owed_usd=float(flows.owed[inside[-1]]),
                value_usd=None if multiple is None else multiple * yearly,
                months=round(12 * float(instance.years[inside] @ share)),
            )
        )
    return tuple(rows)


def loan_life_cover(flows: Waterfall) -> float | None:
    """Return the cash of the loan's term, discounted at its coupon to the begin of repayment, for each dollar of loan.

    None without a loan, with a balloon (which is not repaid out of that cash), or if its term ends after the horizon,
    where the cash is not known by period.
    """
    loan = flows.loan
    if loan is None or loan.sizing.loan <= 0 or loan.calendar.service_years[loan.calendar.periods :].any():
        return None
    if loan.schedule.balloon > 1e-6 * loan.sizing.loan:
        return None
    growth = np.cumprod(1 + loan.terms.coupon_frac * loan.calendar.service_years)
    return float((loan.cash * loan.calendar.counted_frac / growth).sum()) / loan.sizing.loan


def yields(instance: Instance, tables: dict[str, pd.DataFrame], cash_flow: pd.DataFrame) -> Yields:
    """Return capital, income and capacity of a plan."""
    books = read_books(cash_flow, instance)
    within = slice(0, instance.periods)
    inside = _in_full(instance, tables["gpu_systems"])
    share = np.append(inside, 0.0)
    years = float(inside @ instance.years)
    income = float(books.usd(*INCOME, of=CONTRACTS) @ share) / years if years > 0 else None
    repaid = cash_flow[cash_flow["item"].isin([f"{name} {item}" for name in instance.contracts for item in REPAID])]
    earned = books.usd(Line.REVENUE, of=CONTRACTS) - read_books(repaid, instance).usd(Line.REVENUE, of=CONTRACTS)
    revenue = float(earned @ share) / years if years > 0 else None
    return Yields(
        construction_usd=-float(books.usd(Line.CAPEX, of=BUILDINGS)[within].sum()),
        capital_usd=-float(books.usd(Line.CAPEX, of=BUILDINGS | CONTRACTS)[within].sum()),
        it_mw=float(tables["halls"]["fitted_mw"].sum()),
        income_usd_per_year=income,
        revenue_usd_per_year=revenue,
    )


def _in_full(instance: Instance, placed: pd.DataFrame) -> Floats:
    """Return the periods of the first twelve months after the ramp of the last contract taken."""
    chosen = np.zeros(instance.periods)
    taken = sorted({(int(c), int(k)) for c, k in zip(placed["contract"], placed["start"], strict=True)})
    if not taken:
        return chosen
    full = [
        int(np.argmax(instance.load_peak_frac[c, k] >= instance.load_peak_frac[c, k].max() - 1e-9)) for c, k in taken
    ]
    # where the last ramp ends within a period, the next one is the first that is full
    first = max(
        p + (p + 1 < instance.periods and instance.load_mean_frac[c, k, p] < instance.load_mean_frac[c, k].max() - 1e-9)
        for (c, k), p in zip(taken, full, strict=True)
    )
    elapsed = 0.0
    for p in range(first, instance.periods):
        if elapsed >= 1 - 1e-9:
            break
        chosen[p] = 1.0
        elapsed += float(instance.years[p])
    return chosen

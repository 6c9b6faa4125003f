"""A loan's calendar and what follows from it: years of draws and of repayment, interest until then, fixed service.

Draws fall into the periods that start in [draw_from, draw_until). Repayment begins with the first period that starts
at or after draw_until and runs for the tenor from there, if need be beyond the horizon in stretches of a year.
Interest of a stretch is coupon * its years * what is owed at its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from planner.schemas.finance import CashCounted, Debt, Finance, Repayment
from planner.translate.calendar import Timeline, add_months, years_between
from site_conversion.instance import Bools, Floats, Ints
from site_conversion.instance_debt import DebtTerms
from site_conversion.lines import Source

COUNTED: dict[CashCounted, frozenset[Source]] = {
    CashCounted.CONTRACTS: frozenset({Source.CONTRACTS, Source.SUPPLY}),
    CashCounted.SITE: frozenset({Source.CONTRACTS, Source.SUPPLY, Source.SITE}),
}
"""Whose cash serves the loan: never what tenants advance for capital, which has paid for it already."""


@dataclass(frozen=True)
class LoanCalendar:
    """The stretches of a loan: the periods of the study, then years until its end."""

    drawable: Bools  # [p]
    first: int  # period in which repayment begins
    period_years: Floats  # [p]
    service_years: Floats  # [stretch] years of it in the loan's term
    debt_year: Ints  # [p] year of the term that the period begins in, -1 outside

    @property
    def periods(self) -> int:
        """Number of periods of the study."""
        return len(self.drawable)

    @property
    def counted_frac(self) -> Floats:
        """Share of each period within the term [p]."""
        return np.asarray(self.service_years[: self.periods] / self.period_years, dtype=np.float64)


def loan_calendar(debt: Debt, borders: Sequence[date]) -> LoanCalendar:
    """Return the calendar of a loan on the borders of a study's periods.

    Raises:
        ValueError: no period in which to draw, or none in which to begin to repay.
    """
    starts, horizon = list(borders[:-1]), borders[-1]
    begin = debt.draw_from or starts[0]
    drawable = np.array([begin <= start < debt.draw_until for start in starts], dtype=np.bool_)
    later = [p for p, start in enumerate(starts) if start >= debt.draw_until]
    if not drawable.any() or not later:
        raise ValueError("the loan has no period to be drawn in, or none to be repaid in")
    first = later[0]
    end = add_months(starts[first], debt.tenor_months)
    edges = list(borders)
    while edges[-1] < end:
        edges.append(min(add_months(horizon, 12 * (len(edges) - len(borders) + 1)), end))
    years = [years_between(a, min(b, end)) if starts[first] <= a < end else 0.0 for a, b in pairwise(edges)]
    anniversaries = [add_months(starts[first], 12 * n) for n in range(debt.tenor_months // 12 + 1)]
    debt_year = [
        sum(start >= day for day in anniversaries) - 1 if starts[first] <= start < end else -1 for start in starts
    ]
    return LoanCalendar(
        drawable=drawable,
        first=first,
        period_years=np.array([years_between(a, b) for a, b in pairwise(borders)]),
        service_years=np.array(years, dtype=np.float64),
        debt_year=np.array(debt_year, dtype=np.int64),
    )


def loan_per_draw(debt: Debt, calendar: LoanCalendar) -> Floats:
    """Return what is owed when repayment begins for each dollar drawn in a period [p].

    The draw's fee, interest on it from the next period on, and the commitment fee of the periods up to the draw,
    which is charged on what is not yet drawn at their start.
    """
    per_draw = np.zeros(calendar.periods)
    window = np.nonzero(calendar.drawable)[0].tolist()
    for drawn in window:
        owed = 0.0
        for p in window:
            years = float(calendar.period_years[p])
            owed += owed * debt.coupon_frac * years
            if p <= drawn:
                owed += debt.commitment_fee_frac * years
            if p == drawn:
                owed += 1.0 + debt.fee_frac
        per_draw[drawn] = owed
    return per_draw


def fixed_service(debt: Debt, calendar: LoanCalendar) -> tuple[Floats, Floats]:
    """Return interest and principal of each stretch for a dollar of loan, the balloon left out.

    LEVEL: both together in proportion to the years of the stretch. STRAIGHT: the principal so. BULLET: no principal.

    Raises:
        ValueError: the repayment follows the cash.
    """
    if debt.repayment is Repayment.SCULPTED:
        raise ValueError("a sculpted loan has no fixed service")
    years = calendar.service_years
    growth = 1 + debt.coupon_frac * years
    balloon = 1.0 if debt.repayment is Repayment.BULLET else debt.balloon_frac
    after = np.append(np.cumprod(growth[::-1])[::-1][1:], 1.0)  # growth of a payment to the end of the term
    payment = (np.prod(growth) - balloon) / float((years * after).sum())
    interest, principal, owed = np.zeros(len(years)), np.zeros(len(years)), 1.0
    for n, span in enumerate(years.tolist()):
        interest[n] = debt.coupon_frac * span * owed
        level = payment * span - interest[n]
        principal[n] = level if debt.repayment is Repayment.LEVEL else (1 - balloon) * span / years.sum()
        owed -= principal[n]
    return interest, principal


def debt_terms(finance: Finance, time: Timeline) -> DebtTerms | None:
    """Return the loan as the model holds it; none where equity is not limited, as no plan needs one then."""
    debt = finance.debt
    if debt is None or finance.equity_budget is None:
        return None
    calendar = loan_calendar(debt, time.boundaries)
    periods = calendar.periods
    follows = debt.repayment is Repayment.SCULPTED
    service = np.zeros(periods) if follows else sum(fixed_service(debt, calendar))[:periods]  # type: ignore[index]
    in_term = calendar.service_years[:periods] > 0
    return DebtTerms(
        drawable=calendar.drawable,
        loan_per_draw=loan_per_draw(debt, calendar),
        loan_to_cost_frac=debt.loan_to_cost_frac,
        most_musd=np.inf if debt.most_usd is None else debt.most_usd / 1e6,
        least_cover=debt.least_dscr or 0.0,
        counted=COUNTED[debt.cash_counted],
        counted_frac=calendar.counted_frac,
        debt_year=calendar.debt_year,
        service_frac=np.asarray(service, dtype=np.float64),
        follows_cash=in_term & follows,
        interest_frac=debt.coupon_frac * calendar.service_years[:periods],
        balloon_frac=debt.balloon_frac,
    )

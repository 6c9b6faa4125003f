"""How large a loan can be, and how it is drawn and repaid: pure arithmetic on arrays by period, in any currency unit.

A loan is what is owed when repayment begins. It is limited by cost (its share of capital, fees and interest until
then; never more drawn than there was to pay), by cover, and by the most the lender gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from planner.schemas.finance import Debt, Repayment
from planner.translate.debt import LoanCalendar, fixed_service, loan_per_draw
from site_conversion.instance import Floats

STEPS = 200
"""Halvings of a bisection: more than a double can tell apart."""


class LoanLimit(StrEnum):
    """What keeps a loan from being larger."""

    COST = "cost"
    COVER = "cover"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Sizing:
    """A loan: what is owed when repayment begins, what was drawn for it, what limits it."""

    loan: float
    draws: Floats  # [p]
    limit: LoanLimit
    cost: float
    """Capital spent while it could be drawn, less what tenants give, with its fees and the interest of that time."""
    needed: float
    """The smallest loan that the equity available asks for."""


@dataclass(frozen=True)
class Schedule:
    """Repayment as agreed, by stretch of the loan's calendar; what is left at the end is the balloon."""

    interest: Floats
    principal: Floats
    balloon: float

    @property
    def service(self) -> Floats:
        """Interest and principal, without the balloon."""
        return self.interest + self.principal


def size_loan(
    debt: Debt, calendar: LoanCalendar, spending: Floats, tenants: Floats, cash: Floats, equity: Floats
) -> Sizing:
    """Return the largest loan that the rules allow, drawn in step with the cost.

    Args:
        debt: its terms.
        calendar: its periods.
        spending: capital to be paid in each period, tenants' money netted.
        tenants: what tenants contribute and advance in each period: no cost to lend on, whenever it comes.
        cash: cash counted by the lender in each period, before tax.
        equity: cumulative equity available in each period, infinite where unlimited.

    Returns:
        The loan. Each period's draw is the same share of the cost, and more where equity is not there in time.
    """
    window = np.nonzero(calendar.drawable)[0]
    cost = np.cumsum(np.where(calendar.drawable, spending + tenants, 0.0))
    total_cost = max(0.0, float(cost[window[-1]]) - float(tenants.sum()))
    room = np.maximum(0.0, np.minimum.accumulate(cost[window][::-1])[::-1])
    need = _needed(spending, equity)
    least = np.maximum.accumulate(need[window])
    least[-1] = max(float(least[-1]), float(need[window[-1] :].max()))
    per_draw = loan_per_draw(debt, calendar)
    covered = largest_covered(debt, calendar, cash)
    most = np.inf if debt.most_usd is None else debt.most_usd

    def draws(share: float) -> Floats:
        by_period = np.zeros(calendar.periods)
        by_period[window] = np.diff(np.maximum(share * room, least), prepend=0.0)
        return by_period

    def by_cost(drawn: Floats) -> float:
        return debt.loan_to_cost_frac * (total_cost + float((per_draw - 1) @ drawn))

    def fits(share: float) -> bool:
        drawn = draws(share)
        return float(per_draw @ drawn) <= min(covered, most, by_cost(drawn))

    low, high = 0.0, 1.0
    if fits(high):
        low = high
    for _ in range(STEPS * (low < high)):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    drawn = draws(low)
    limits = {LoanLimit.COST: by_cost(drawn), LoanLimit.COVER: covered, LoanLimit.AMOUNT: most}
    return Sizing(
        loan=float(per_draw @ drawn),
        draws=drawn,
        limit=min(limits, key=lambda name: limits[name]),
        cost=total_cost + float((per_draw - 1) @ drawn),
        needed=float(per_draw @ draws(0.0)),
    )


def _needed(spending: Floats, equity: Floats) -> Floats:
    """Return by how much the capital spent so far exceeds the equity that has become available."""
    return np.asarray(np.maximum(0.0, np.cumsum(spending) - equity), dtype=np.float64)


def largest_covered(debt: Debt, calendar: LoanCalendar, cash: Floats) -> float:
    """Return the largest loan whose service the cash covers as often as is asked; infinite if nothing is asked.

    Fixed repayment: by year of the loan's term. Sculpted: by period, backwards from the balloon.
    """
    if debt.least_dscr is None:
        return np.inf
    counted = cash * calendar.counted_frac
    if debt.repayment is Repayment.SCULPTED:
        return _largest_sculpted(debt, calendar, counted / debt.least_dscr)
    service = sum(fixed_service(debt, calendar))[: calendar.periods]  # type: ignore[index]
    largest = np.inf
    for year in sorted(set(calendar.debt_year.tolist()) - {-1}):
        inside = calendar.debt_year == year
        if service[inside].sum() > 0:
            largest = min(
                largest, max(0.0, float(counted[inside].sum())) / float(service[inside].sum()) / debt.least_dscr
            )
    return largest


def _most_owed(debt: Debt, calendar: LoanCalendar, most_service: Floats, balloon: float) -> Floats:
    """Return the most that may be owed at the start of each period of the term and at its end, by what must follow."""
    periods = np.nonzero(calendar.service_years[: calendar.periods] > 0)[0].tolist()
    most = np.full(len(periods) + 1, balloon)
    for n, p in reversed(list(enumerate(periods))):
        interest = debt.coupon_frac * float(calendar.service_years[p])
        paid = float(most_service[p])
        no_growth = paid / interest if interest > 0 else (np.inf if paid >= 0 else 0.0)
        most[n] = max(0.0, min((most[n + 1] + paid) / (1 + interest), no_growth))
    return most


def _largest_sculpted(debt: Debt, calendar: LoanCalendar, most_service: Floats) -> float:
    inside = calendar.service_years[: calendar.periods] > 0
    if (most_service[inside] < 0).any():
        return 0.0
    if debt.balloon_frac == 0:
        return float(_most_owed(debt, calendar, most_service, 0.0)[0])
    low, high = 0.0, 1.0
    while high < 1e15 and _most_owed(debt, calendar, most_service, debt.balloon_frac * high)[0] >= high:
        low, high = high, 2 * high
    if high >= 1e15:
        return np.inf
    for _ in range(STEPS):
        middle = (low + high) / 2
        fits = _most_owed(debt, calendar, most_service, debt.balloon_frac * middle)[0] >= middle
        low, high = (middle, high) if fits else (low, middle)
    return low


def repayment(debt: Debt, calendar: LoanCalendar, loan: float, cash: Floats) -> Schedule:
    """Return the repayment of a loan, stretch by stretch.

    A sculpted loan has the same cover in every period, as high as the tenor lets it be; where interest, or the little
    cash of later periods, asks for more than that, more is paid, but never above cash / least_dscr. Its balloon is the
    most that may be left.
    """
    if debt.repayment is not Repayment.SCULPTED:
        interest, principal = fixed_service(debt, calendar)
        return Schedule(loan * interest, loan * principal, loan * (1 - float(principal.sum())))
    counted = cash * calendar.counted_frac
    balloon = debt.balloon_frac * loan
    most = _most_owed(debt, calendar, counted / (debt.least_dscr or 1.0), balloon)
    unbound = np.full(len(most), np.inf)

    def profile(inverse_cover: float, most: Floats) -> tuple[Floats, Floats, float]:
        periods = np.nonzero(calendar.service_years[: calendar.periods] > 0)[0].tolist()
        interest, principal = np.zeros(len(calendar.service_years)), np.zeros(len(calendar.service_years))
        owed = loan
        for n, p in enumerate(periods):
            interest[p] = debt.coupon_frac * float(calendar.service_years[p]) * owed
            wanted = max(float(counted[p]) * inverse_cover - interest[p], owed - float(most[n + 1]), 0.0)
            principal[p] = min(wanted, owed)
            owed -= principal[p]
        return interest, principal, owed

    low, high = 0.0, 1 / (debt.least_dscr or 1.0)
    for _ in range(STEPS):
        middle = (low + high) / 2
        repaid = profile(middle, unbound)[2] <= balloon
        low, high = (low, middle) if repaid else (middle, high)
    interest, principal, owed = profile(high, most)
    return Schedule(interest, principal, owed)

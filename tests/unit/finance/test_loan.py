"""A loan's size and repayment: what must hold for any terms, any costs and any cash."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planner.finance.loan import LoanLimit, Sizing, largest_covered, repayment, size_loan
from planner.schemas.finance import Debt, Repayment
from planner.translate.calendar import add_months
from planner.translate.debt import LoanCalendar, fixed_service, loan_calendar, loan_per_draw
from site_conversion.instance import Floats

BORDERS = [add_months(date(2029, 1, 1), months) for months in (0, 3, 6, 9, 12, 24, 36, 48, 60, 72)]
"""Four quarters and five years."""


def debt(**changes: Any) -> Debt:
    terms = {
        "loan_to_cost_frac": 0.8, "coupon_frac": 0.08, "draw_until": date(2030, 1, 1), "tenor_months": 48,
        "repayment": "level",
    }  # fmt: skip
    return Debt.model_validate(terms | changes)


@st.composite
def debts(draw: st.DrawFn) -> Debt:
    kind = draw(st.sampled_from(Repayment))
    cover = draw(st.floats(1, 3)) if kind is Repayment.SCULPTED else draw(st.none() | st.floats(1, 3))
    return debt(
        repayment=kind,
        loan_to_cost_frac=draw(st.floats(0.1, 1)),
        coupon_frac=draw(st.floats(0, 0.2)),
        fee_frac=draw(st.floats(0, 0.05)),
        commitment_fee_frac=draw(st.floats(0, 0.02)),
        draw_from=draw(st.sampled_from([None, date(2029, 4, 1)])),
        draw_until=draw(st.sampled_from([date(2029, 10, 1), date(2030, 1, 1), date(2031, 1, 1)])),
        tenor_months=draw(st.sampled_from([12, 30, 48])),
        balloon_frac=0 if kind is Repayment.BULLET else draw(st.sampled_from([0, 0.3, 1.0])),
        least_dscr=cover,
        most_usd=draw(st.none() | st.floats(1, 100)),
    )


AMOUNTS = st.lists(st.floats(0, 50), min_size=9, max_size=9).map(np.array)
UNLIMITED = np.full(9, np.inf)


def sized(terms: Debt, spending: Floats, cash: Floats) -> tuple[LoanCalendar, Sizing]:
    calendar = loan_calendar(terms, BORDERS)
    return calendar, size_loan(terms, calendar, spending, np.zeros_like(spending), cash, UNLIMITED)


def owed_at_the_begin(terms: Debt, calendar: LoanCalendar, draws: Floats) -> float:
    """Return what is owed when repayment begins, period by period."""
    owed, undrawn = 0.0, float(draws.sum())
    for p in range(calendar.first):
        if calendar.drawable[p]:
            years = float(calendar.period_years[p])
            owed += terms.coupon_frac * years * owed + terms.commitment_fee_frac * years * undrawn
            owed += draws[p] * (1 + terms.fee_frac)
            undrawn -= draws[p]
    return owed


@given(debts(), AMOUNTS, AMOUNTS)
def test_a_loan_obeys_its_rules(terms: Debt, spending: Floats, cash: Floats) -> None:
    calendar, found = sized(terms, spending, cash)
    near = 1e-9 * (1 + found.cost)
    assert found.draws.min() >= 0
    assert not found.draws[~calendar.drawable].any()
    assert found.loan == pytest.approx(owed_at_the_begin(terms, calendar, found.draws), abs=near)
    # never above cost, by any date
    spent = np.cumsum(np.where(calendar.drawable, spending, 0))
    assert (np.cumsum(found.draws) <= spent + near)[calendar.drawable].all()
    assert found.loan <= terms.loan_to_cost_frac * found.cost + near
    assert found.loan <= (terms.most_usd or np.inf) + near
    assert found.loan <= largest_covered(terms, calendar, cash) * (1 + 1e-9) + near
    # and as large as they allow, unless all of the cost is drawn
    bound = {
        LoanLimit.COST: terms.loan_to_cost_frac * found.cost,
        LoanLimit.AMOUNT: terms.most_usd or np.inf,
        LoanLimit.COVER: largest_covered(terms, calendar, cash),
    }[found.limit]
    assert found.loan == pytest.approx(bound, abs=1e-6) or found.draws.sum() == pytest.approx(spent[-1])


@given(debts(), AMOUNTS, AMOUNTS)
def test_what_is_drawn_is_repaid(terms: Debt, spending: Floats, cash: Floats) -> None:
    calendar, found = sized(terms, spending, cash)
    agreed = repayment(terms, calendar, found.loan, cash)
    near = 1e-8 * (1 + found.loan)
    assert agreed.principal.sum() + agreed.balloon == pytest.approx(found.loan, abs=near)
    share = 1.0 if terms.repayment is Repayment.BULLET else terms.balloon_frac
    assert agreed.balloon <= share * found.loan + near
    assert agreed.balloon == pytest.approx(share * found.loan, abs=near) or terms.repayment is Repayment.SCULPTED
    owed = found.loan - np.cumsum(agreed.principal)
    opening = np.append(found.loan, owed[:-1])
    assert agreed.interest.tolist() == pytest.approx(
        (terms.coupon_frac * calendar.service_years * opening).tolist(), abs=near
    )
    assert (agreed.principal >= -near).all() or terms.repayment is Repayment.LEVEL


@given(debts(), AMOUNTS, AMOUNTS)
def test_the_cash_covers_the_service(terms: Debt, spending: Floats, cash: Floats) -> None:
    assume(terms.least_dscr is not None)
    calendar, found = sized(terms, spending, cash)
    agreed = repayment(terms, calendar, found.loan, cash)
    counted = cash * calendar.counted_frac
    years = calendar.debt_year if terms.repayment is not Repayment.SCULPTED else np.arange(9)
    for year in sorted(set(years[calendar.debt_year >= 0].tolist())):
        inside = (years == year) & (calendar.debt_year >= 0)
        need = (terms.least_dscr or 1) * agreed.service[:9][inside].sum()
        assert need <= counted[inside].sum() + 1e-7 * (1 + found.loan)


def test_sculpted_debt_has_exactly_the_cover_asked_for() -> None:
    terms = debt(repayment="sculpted", least_dscr=1.4, loan_to_cost_frac=1)
    cash = np.array([0, 0, 0, 0, 9, 12, 15, 11, 0.0])
    calendar, found = sized(terms, np.full(9, 100.0), cash)
    assert found.limit is LoanLimit.COVER
    agreed = repayment(terms, calendar, found.loan, cash)
    assert (cash[4:8] / agreed.service[4:8]).tolist() == pytest.approx([1.4] * 4)
    assert found.loan == pytest.approx(sum(c / 1.4 * 1.08**-n for n, c in enumerate([9, 12, 15, 11], start=1)))


def test_a_smaller_sculpted_loan_has_the_same_higher_cover_throughout() -> None:
    terms = debt(repayment="sculpted", least_dscr=1.2, most_usd=20)
    cash = np.array([0, 0, 0, 0, 9, 12, 15, 11, 0.0])
    calendar, found = sized(terms, np.full(9, 100.0), cash)
    agreed = repayment(terms, calendar, found.loan, cash)
    covers = cash[4:8] / agreed.service[4:8]
    assert covers.tolist() == pytest.approx([covers[0]] * 4)
    assert covers[0] > 1.2


def test_sculpted_debt_never_grows_again() -> None:
    """Cash of 1 in the second year carries interest on 1 / 0.08 / 1.2 = 10.4167 at most: no more is owed before it."""
    terms = debt(repayment="sculpted", least_dscr=1.2, loan_to_cost_frac=1)
    cash = np.array([0, 0, 0, 0, 9, 1, 40, 40, 0.0])
    calendar, found = sized(terms, np.full(9, 100.0), cash)
    assert found.loan == pytest.approx((1 / 0.08 / 1.2 + 9 / 1.2) / 1.08)
    agreed = repayment(terms, calendar, found.loan, cash)
    assert agreed.principal.min() >= 0
    assert agreed.service[5] == pytest.approx(1 / 1.2)


def test_level_service_by_hand() -> None:
    """8 %, four years: 1 / 3.312127 = 0.301921 a year."""
    calendar = loan_calendar(debt(), BORDERS)
    interest, principal = fixed_service(debt(), calendar)
    assert (interest + principal)[4:8].tolist() == pytest.approx([0.301921] * 4, abs=1e-6)
    assert calendar.debt_year.tolist() == [-1] * 4 + [0, 1, 2, 3, -1]


def test_a_term_that_outlasts_the_horizon_goes_on_in_years() -> None:
    """From 2030 for nine years and a half: five years within the horizon, four after it and a half."""
    calendar = loan_calendar(debt(tenor_months=114), BORDERS)
    assert calendar.service_years[4:].tolist() == pytest.approx([1] * 9 + [181 / 365], abs=1e-9)
    _, principal = fixed_service(debt(tenor_months=114, repayment="straight"), calendar)
    assert principal.sum() == pytest.approx(1)


def test_interest_while_building_by_hand() -> None:
    """A dollar drawn in the first quarter of 2029 at 8 %, with a fee of 1 %, bears interest for three quarters."""
    terms = debt(fee_frac=0.01, commitment_fee_frac=0.005)
    growth = [1 + 0.08 * days / 365 for days in (91, 92, 92)]
    first = (1.01 + 0.005 * 90 / 365) * np.prod(growth)
    assert loan_per_draw(terms, loan_calendar(terms, BORDERS))[0] == pytest.approx(first)


def test_equity_that_comes_late_is_replaced_by_debt() -> None:
    """10 a quarter, equity of 5 at once and the rest from the third quarter on: 15 are needed in the first half."""
    terms = debt(coupon_frac=0, loan_to_cost_frac=0.5)
    calendar = loan_calendar(terms, BORDERS)
    spending = np.array([10, 10, 10, 10, 0, 0, 0, 0, 0.0])
    equity = np.array([5, 5, 1000, 1000, 1000, 1000, 1000, 1000, 1000.0])
    found = size_loan(terms, calendar, spending, np.zeros(9), np.full(9, 99.0), equity)
    assert found.needed == pytest.approx(15)
    assert found.loan == pytest.approx(20)
    assert found.draws[:4].tolist() == pytest.approx([5, 10, 0, 5])


def test_what_tenants_give_is_no_cost_whenever_it_comes() -> None:
    """10 spent while the loan is drawn, 6 given by the tenant in the period after: at 90 % no more than 3.6 is lent."""
    spending, tenants = np.zeros(9), np.zeros(9)
    terms = debt(loan_to_cost_frac=0.9, coupon_frac=0.0, fee_frac=0.0)
    calendar = loan_calendar(terms, BORDERS)
    first = int(np.nonzero(calendar.drawable)[0][0])
    after = int(np.nonzero(calendar.drawable)[0][-1]) + 1
    spending[first], spending[after], tenants[after] = 10.0, -6.0, 6.0
    found = size_loan(terms, calendar, spending, tenants, np.full(9, 99.0), UNLIMITED)
    assert found.loan == pytest.approx(3.6)
    tenants[after], spending[after] = 12.0, -12.0
    assert size_loan(terms, calendar, spending, tenants, np.full(9, 99.0), UNLIMITED).loan == pytest.approx(0.0)

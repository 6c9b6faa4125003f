"""What must be true of every loan, whatever the case."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.finance.waterfall import present_value_bridge, waterfall
from planner.schemas import Case
from planner.schemas.finance import Debt
from tests.invariants.strategies import Need, cases
from tests.invariants.support import changed, no_worse, optimum, value

LENT = Need(halls=2, offers=(1, 3), budget=True, loan=True, must_deliver=False)


def with_loan(case: Case, loan: Debt | None) -> Case:
    return changed(case, finance=changed(case.finance, debt=loan))


def eased(loan: Debt, which: str) -> Debt:
    """Return a loan with a term that is better for the owner."""
    terms: dict[str, dict[str, float | None]] = {
        "share": {"loan_to_cost_frac": min(1.0, loan.loan_to_cost_frac + 0.3)},
        "most": {"most_usd": None},
        "coupon": {"coupon_frac": loan.coupon_frac / 2},
        "cover": {"least_dscr": None if loan.least_dscr is None else max(1.0, loan.least_dscr - 0.5)},
        "fees": {"fee_frac": 0.0, "commitment_fee_frac": 0.0},
    }
    return changed(loan, **terms[which])


@pytest.mark.slow
@settings(max_examples=12)
@given(case=cases(LENT))
def test_a_loan_never_hurts(case: Case) -> None:
    assert no_worse(value(case), value(with_loan(case, None)))


@pytest.mark.slow
@settings(max_examples=12)
@given(case=cases(LENT), which=st.sampled_from(("share", "most", "coupon", "cover", "fees")))
def test_better_terms_never_hurt(case: Case, which: str) -> None:
    assert case.finance.debt is not None
    assert no_worse(value(with_loan(case, eased(case.finance.debt, which))), value(case))


@pytest.mark.slow
@settings(max_examples=12)
@given(case=cases(Need(halls=2, offers=(1, 3), loan=True, must_deliver=False)))
def test_a_loan_without_a_limit_of_equity_changes_no_plan(case: Case) -> None:
    free = changed(case, finance=changed(case.finance, equity_budget=None))
    assert value(free) == value(with_loan(free, None))


@pytest.mark.slow
@settings(max_examples=20)
@given(case=cases(LENT))
def test_the_waterfall_adds_up(case: Case) -> None:
    """Every dollar that is drawn or added is repaid; the bridge is exact; the loan is no less than the plan needs."""
    result = optimum(case)
    flows = waterfall(result.case, result.instance, result.plan.tables, result.plan.cash_flow)
    loan = flows.loan
    assert loan is not None
    added = flows.fees.sum() + (flows.interest - flows.paid_interest).sum()
    assert flows.repaid.sum() == pytest.approx(flows.drawn.sum() + added, abs=1.0)
    assert loan.sizing.loan == pytest.approx(flows.drawn.sum() + added, abs=1.0)
    assert flows.owed.min() >= -1.0
    assert loan.sizing.loan >= loan.sizing.needed - 1.0
    ledger = np.bincount(
        result.plan.cash_flow["column"].astype(int), result.plan.cash_flow["musd"] * 1e6, result.instance.periods + 1
    )
    assert (flows.project - flows.working_capital).tolist() == pytest.approx(ledger.tolist(), abs=1.0)
    assert flows.working_capital.sum() == pytest.approx(0, abs=1.0)
    steps = present_value_bridge(flows, result.case, result.instance)
    rate = case.finance.equity_rate_frac
    discount = result.instance.discount
    if rate is not None:
        discount = (1 + rate) ** (np.log(discount) / np.log(1 + case.study.discount_rate_frac))
    assert steps[-1][1] == pytest.approx(float(flows.equity @ discount), abs=1.0)
    assert steps[0][1] == pytest.approx(result.plan.npv_musd * 1e6, abs=1.0)
    # what interest saves in tax is never negative over the years
    assert flows.tax_shield.sum() >= -1.0 or loan.terms.reserve_interest_frac > 0

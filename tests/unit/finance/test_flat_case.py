"""Ten flat megawatts, end to end: the loan of the closed form, and another tool's answer to the same question.

60 MUSD of capital in 2029; 10 MW for ten years at what 120 USD/MWh come to, 10 x 8,760 x 120 = 10.512 MUSD a year,
1.5 MUSD a year to run, no tax. A loan at 8 % over 7 years with a cover of 1.3:
    CFADS = 10.512 - 1.5 = 9.012;  9.012 / 1.3 = 6.932308 a year;  x 5.206370 (annuity of 8 %, 7 years) = 36.092159
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import pyxirr
from PySAM import Singleowner

from planner.finance.ratios import cover_years, loan_life_cover, yields
from planner.finance.returns import internal_return
from planner.finance.waterfall import Waterfall, present_value_bridge, waterfall
from planner.results import Result
from planner.studies.plan import plan
from tests.formulation.support import HOURS, Site, design, factor, lease

CFADS = 10 * HOURS * 120 - 1.5e6
ANNUITY = (1 - 1.08**-7) / 0.08
LOAN = CFADS / 1.3 * ANNUITY


@cache
def planned(repayment: str = "level", **terms: Any) -> Result:
    """Return the plan of the case. The rent of 87.6 USD per kW and month is 10.512 MUSD a year.

    At 10 % it is worth less than it costs, so the lease is signed.
    """
    debt = {
        "loan_to_cost_frac": 0.7, "coupon_frac": 0.08, "draw_until": "2030-01-01", "tenor_months": 84,
        "repayment": repayment, "least_dscr": 1.3, **terms,
    }  # fmt: skip
    offer = lease(rent=87.6, term_months=120, opex_usd_per_kw_month=12.5, signed=True)
    site = Site(contracts=(offer,), designs=(design(capex_usd_per_it_mw=6e6),), years=11, finance={"debt": debt})
    return plan(site.case(), {})


def flows_of(result: Result) -> Waterfall:
    return waterfall(result.case, result.instance, result.plan.tables, result.plan.cash_flow)


def test_the_figures_of_the_closed_form() -> None:
    assert pytest.approx(9.012e6) == CFADS
    assert pytest.approx(5.206370, abs=1e-6) == ANNUITY
    assert pytest.approx(36_092_159, abs=1) == LOAN


@pytest.mark.parametrize("repayment", ["level", "sculpted"])
def test_the_loan_is_that_of_the_closed_form(repayment: str) -> None:
    result = planned(repayment)
    flows = flows_of(result)
    assert flows.loan is not None
    assert flows.loan.sizing.loan == pytest.approx(LOAN, rel=1e-9)
    assert flows.loan.sizing.limit == "cover"
    years = cover_years(flows, result.case, result.instance, result.plan.cash_flow)
    assert [row.cover for row in years] == pytest.approx([1.3] * 7)
    assert [row.cover_after_tax for row in years] == pytest.approx([1.3] * 7)
    assert loan_life_cover(flows) == pytest.approx(1.3)
    # 60 of capital in 2029, the loan, then the cash less 6.932308 a year for seven years
    equity = [LOAN - 60e6, *[CFADS - CFADS / 1.3] * 7, *[CFADS] * 3, 0.0]
    assert flows.equity.tolist() == pytest.approx(equity)
    built = yields(result.instance, result.plan.tables, result.plan.cash_flow)
    assert built.yield_on_cost_frac == pytest.approx(9.012 / 60)
    assert built.construction_usd_per_mw == pytest.approx(6e6)
    assert built.margin_frac == pytest.approx(9.012 / 10.512)


def test_a_balloon_is_not_covered_by_the_cash_of_the_term() -> None:
    flows = flows_of(planned("level"))
    assert flows.loan is not None
    with_balloon = replace(flows.loan, schedule=replace(flows.loan.schedule, balloon=1e6))
    assert loan_life_cover(replace(flows, loan=with_balloon)) is None


def test_a_row_that_is_not_a_year_says_so() -> None:
    result = planned("level")
    (first, *_) = cover_years(flows_of(result), result.case, result.instance, result.plan.cash_flow)
    assert (first.months, first.when) == (12, f"{first.start:%b %Y}")
    assert replace(first, months=18).when.endswith(" (18 mo)")


def test_the_bridge_leads_from_the_plan_to_the_owner() -> None:
    """-60 x 1.1^-0.5 + 9.012 in ten years; the owner: (36.092 - 60) in the first, 2.0797 and 9.012 after."""
    result = planned()
    flows = flows_of(result)
    steps = dict(present_value_bridge(flows, result.case, result.instance))
    project = -60e6 * factor(0.5) + sum(CFADS * factor(n + 0.5) for n in range(1, 11))
    assert (
        steps["NPV of the plan, without a loan"] == pytest.approx(project) == pytest.approx(result.plan.npv_musd * 1e6)
    )
    owner = (LOAN - 60e6) * factor(0.5) + sum(
        (CFADS - (CFADS / 1.3 if n <= 7 else 0)) * factor(n + 0.5) for n in range(1, 11)
    )
    assert steps["NPV of cash to the owner"] == pytest.approx(owner)
    yearly = np.arange(11.0)
    for cash in (flows.project[:-1], flows.equity[:-1]):
        assert internal_return(yearly, cash).rates_frac == pytest.approx((pyxirr.irr(cash.tolist()),))


def test_a_bullet_and_a_balloon_are_limited_by_cost() -> None:
    """Interest of 8 % covered 1.3 times would carry 86.65 MUSD; 70 % of the cost are 42."""
    flows = flows_of(planned("bullet"))
    assert flows.loan is not None
    assert flows.loan.sizing.loan == pytest.approx(42e6)
    assert flows.loan.sizing.limit == "cost"
    assert flows.balloon[7] == pytest.approx(42e6)
    assert flows.owed[6:9].tolist() == pytest.approx([42e6, 0, 0])


def test_a_reserve_is_filled_before_repayment_and_pays_the_last() -> None:
    """Six months of 6.932308 from the end of 2029, 2 % a year on it; released in 2036."""
    flows = flows_of(planned(reserve_months=6, reserve_interest_frac=0.02))
    half = CFADS / 1.3 / 2
    assert flows.reserve[:9].tolist() == pytest.approx([-half, *[0.02 * half] * 6, 1.02 * half, 0])
    assert flows.reserve.sum() == pytest.approx(0.02 * half * 7)


def test_a_sweep_repays_early() -> None:
    """Half of what is left, 1.039846 in 2030, more as interest falls; the agreed principal stays: an early end."""
    flows = flows_of(planned(sweep_frac=0.5))
    first = (CFADS - CFADS / 1.3) / 2
    assert flows.swept[1] == pytest.approx(first)
    assert flows.interest[2] == pytest.approx(0.08 * (LOAN * 1.08 - CFADS / 1.3 - first))
    assert flows.repaid.sum() == pytest.approx(LOAN)
    assert flows.owed[7] == pytest.approx(0, abs=1e-3)


def test_another_tool_sizes_the_same_debt() -> None:
    """NREL's Single Owner with the same cash: debt by DSCR 1.3, 8 %, 7 years, nothing else that costs or earns."""
    model = Singleowner.default("CustomGenerationProfileSingleOwner")
    settings: dict[str, Any] = {
        "analysis_period": 10, "system_capacity": 10_000, "gen": [10_000.0] * HOURS, "degradation": [0],
        "ppa_soln_mode": 1, "ppa_price_input": [0.12], "ppa_escalation": 0, "dispatch_factors_ts": [1.0] * HOURS,
        "ppa_multiplier_model": 1, "cp_capacity_payment_type": 0, "system_use_lifetime_output": 0,
        "om_fixed": [1.5e6], "om_fixed_escal": 0, "om_capacity": [0], "om_production": [0], "inflation_rate": 0,
        "insurance_rate": 0, "property_tax_rate": 0, "total_installed_cost": 60e6, "construction_financing_cost": 0,
        "federal_tax_rate": [0], "state_tax_rate": [0], "itc_fed_percent": [0], "ptc_fed_amount": [0],
        "debt_option": 1, "dscr": 1.3, "term_int_rate": 8, "term_tenor": 7, "payment_option": 0,
        "dscr_limit_debt_fraction": 0, "cost_debt_closing": 0, "cost_debt_fee": 0, "cost_other_financing": 0,
        "dscr_reserve_months": 0, "months_working_reserve": 0, "months_receivables_reserve": 0,
        "equip1_reserve_cost": 0, "equip2_reserve_cost": 0, "equip3_reserve_cost": 0, "reserves_interest": 0,
        "salvage_percentage": 0,
    }  # fmt: skip
    for name, value in settings.items():
        model.value(name, value)
    model.execute()
    assert model.Outputs.size_of_debt == pytest.approx(LOAN, rel=1e-6)
    service = list(model.Outputs.cf_debt_payment_total[1:8])
    assert service == pytest.approx([CFADS / 1.3] * 7, rel=1e-6)

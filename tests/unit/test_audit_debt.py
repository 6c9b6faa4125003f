"""The outside check of a loan: clean plans pass, and every rule notices a plan that breaks it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from planner.translate import translate
from site_conversion import assemble, handover
from site_conversion.instance_debt import DebtTerms
from site_conversion.warm_start import from_tables
from tests.formulation.test_hand_debt import loan, two_leases
from tests.unit.test_audit import OF_A_LOAN, Plan, solved


@cache
def _solved_once(repayment: str) -> Plan:
    """Two leases for which 18.5 MUSD are borrowed, of 18.6 that the cost, the cash and the most allow."""
    debt = loan(0.93, coupon_frac=0.1, least_dscr=2.35, repayment=repayment, most_usd=18.6e6)
    return solved(translate(two_leases(1.5e6, debt).case()))


def plan_of(repayment: str) -> Plan:
    once = _solved_once(repayment)
    return Plan(once.instance, copy.deepcopy(once.tables), once.cash_flow.copy(), once.npv_musd)


def terms(plan: Plan) -> DebtTerms:
    assert plan.instance.debt is not None
    return plan.instance.debt


def other(**changes: Any) -> Callable[[Plan], None]:
    """Let the same plan be for other terms of the loan."""
    return lambda plan: plan.change(debt=replace(terms(plan), **changes))


def scaled(name: str, factor: float) -> Callable[[Plan], None]:
    return lambda plan: plan.change(debt=replace(terms(plan), **{name: getattr(terms(plan), name) * factor}))


def balances(*musd: float) -> Callable[[Plan], None]:
    def change(plan: Plan) -> None:
        plan.tables["debt_cover"]["balance_musd"] = list(musd)

    return change


def one_year(plan: Plan) -> None:
    """Two years of service asked of the cash of one."""
    other(debt_year=np.array([-1, 0, 1]), service_frac=np.array([0.0, 2.0, 2.0]))(plan)


TAMPERINGS: dict[str, list[tuple[str, Callable[[Plan], None]]]] = {
    "draw_window": [("level", lambda plan: plan.set("debt", "period", 1))],
    "debt_in_cost": [("level", lambda plan: plan.add("debt", "drawn_musd", 2))],
    "loan_to_cost": [("level", other(loan_to_cost_frac=0.9)), ("level", scaled("loan_per_draw", 1.02))],
    "largest_loan": [("level", other(most_musd=18.0)), ("level", scaled("loan_per_draw", 1.02))],
    "debt_cover": [
        ("level", other(least_cover=2.6)),
        ("level", scaled("service_frac", 1.1)),
        ("level", scaled("counted_frac", 0.9)),
        ("level", other(counted=frozenset())),
        ("level", one_year),
        ("sculpted", other(least_cover=2.6)),
        ("sculpted", scaled("interest_frac", 2.0)),
        ("sculpted", balances(1.0, 0.0)),
    ],
    "loan_falls": [("sculpted", balances(19.0, 0.0))],
    "loan_repaid": [("sculpted", balances(9.6, 1.0))],
    "budget": [("level", lambda plan: plan.add("debt", "drawn_musd", -1))],
    "one_row": [
        ("level", lambda plan: plan.repeat("debt")),
        ("sculpted", lambda plan: plan.drop("debt_cover", "period", 1)),
    ],
    "not_negative": [("level", lambda plan: plan.add("debt", "drawn_musd", -30))],
}


def test_every_rule_of_a_loan_is_tampered_with() -> None:
    assert set(TAMPERINGS) >= OF_A_LOAN


@pytest.mark.parametrize("repayment", ["level", "straight", "sculpted", "bullet"])
def test_a_plan_with_a_loan_is_clean(repayment: str) -> None:
    plan = plan_of(repayment)
    assert plan.findings() == ()
    assert plan.tables["debt"]["drawn_musd"].sum() >= 18.5 - 1e-6
    assert solved(plan.instance.do_nothing()).findings() == ()


@pytest.mark.parametrize(("rule", "which"), [(rule, i) for rule, all_ in TAMPERINGS.items() for i in range(len(all_))])
def test_a_broken_rule_is_named(rule: str, which: int) -> None:
    repayment, tamper = TAMPERINGS[rule][which]
    plan = plan_of(repayment)
    tamper(plan)
    found = {finding.rule: finding for finding in plan.findings()}
    assert rule in found, sorted(found)
    assert found[rule].message.startswith(f"{found[rule].where}: ")
    assert "{" not in found[rule].message


def test_every_term_is_read() -> None:
    """What is tampered with above is every field but the marks of periods, which their own rules read."""
    assert {field.name for field in fields(DebtTerms)} == {
        "drawable", "loan_per_draw", "loan_to_cost_frac", "most_musd", "least_cover", "counted", "counted_frac",
        "debt_year", "service_frac", "follows_cash", "interest_frac", "balloon_frac",
    }  # fmt: skip


@pytest.mark.parametrize("repayment", ["level", "sculpted"])
def test_a_start_from_the_plan_borrows(repayment: str) -> None:
    plan = plan_of(repayment)
    built = assemble.build(plan.instance)
    arrays = handover.compile_arrays(built)
    start = from_tables(built, arrays, plan.tables)
    borrow = next(j for j, column in enumerate(arrays.columns) if "borrow" in column.name)
    assert start[borrow] == 1.0

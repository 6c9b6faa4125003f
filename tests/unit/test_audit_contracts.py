"""The outside check of contracts' terms: a clean plan with all of them, and every one of them spoiled."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.translate import translate
from site_conversion.instance_contract_terms import ContractTerms
from tests.formulation.support import Entry, Site, hall, lease, power
from tests.unit.test_audit import ELSEWHERE, SOURCES, Plan, solved


def site() -> Site:
    """A site on which every term of contracts decides or costs something.

    A lease in steps with an extension, a tenant that may fail, both kinds of advances, a right and certificates; one
    that follows it and stands in one hall; two of which one is taken; one terminated. Service may begin in two years.
    """
    steps: Entry = {"least_it_mw": 4, "step_it_mw": 3}
    main = lease(
        "main", rent=180, longstop="2031-01-01", lease="triple_net", opex_usd_per_kw_month=10, term_months=12,
        extensions=[{"months": 12, "probability_frac": 0.5}],
        credit={"default_frac_per_year": 0.1, "relet_months": 6, "relet_rate_frac": 0.9},
        prepayment={"share_frac": 0.1, "months_before_start": 6, "credited_months": 6},
        funding={"usd_per_kw": 3_000, "credit_share_frac": 0.5, "interest_frac_per_year": 0.05},
        expansion_right={"it_mw": 12, "until": "2032-01-01", "fee_usd_per_kw_month": 2},
        carbon={"min_renewable_frac": 0.5}, **steps,
    )  # fmt: skip
    more = lease(
        "more", 8, rent=150, longstop="2031-01-01", follows="main", most_halls=1, ready_by="2031-01-01",
        earliest_start="2031-01-01", term_months=12,
    )  # fmt: skip
    poor = lease("poor", 5, rent=10, signed=True, termination_usd=1e6, least_it_mw=3, step_it_mw=2)
    low, high = (lease(name, 2, rent, exclusive_group="one") for name, rent in (("low", 90), ("high", 95)))
    return Site(
        halls=(hall("a"), hall("b", bays=2), hall("c")), contracts=(main, more, poor, low, high), firm_mw=30, years=4,
        carbon={"renewable_frac": 0.2, "certificate_usd_per_mwh": 4},
        power=power((1.0, 30), demand_charge_usd_per_kw_month=3),
        finance={
            "tax_rate_frac": 0.21, "equity_budget": [{"date": "2029-01-01", "added_usd": 1e7}],
            "conversion_depreciation": {"method": "straight_line", "years": 4},
        },
    )  # fmt: skip


@cache
def _solved_once() -> Plan:
    return solved(translate(site().case()))


@pytest.fixture
def plan() -> Plan:
    once = _solved_once()
    return Plan(once.instance, copy.deepcopy(once.tables), once.cash_flow.copy(), once.npv_musd)


def with_terms(plan: Plan, **arrays: Any) -> None:
    plan.change(contract_terms=replace(plan.instance.contract_terms, **arrays))


def test_the_plan_is_clean_and_holds_every_term(plan: Plan) -> None:
    assert plan.findings() == ()
    names = [plan.instance.contracts[c] for c in sorted(set(plan.tables["tenants"]["contract"]))]
    assert names == ["main.10", "more", "high"]
    nonzero = set(plan.cash_flow[plan.cash_flow["musd"].abs() > 1e-3]["item"])
    assert {
        "main.10 costs repaid", "main.10 advance received", "main.10 advance settled", "main.10 advance kept",
        "main.10 funding interest", "main.10 certificates", "main.10 expansion right", "poor termination",
    } <= nonzero  # fmt: skip
    assert len(plan.tables["contract_rights"]) > 0


def start_before(plan: Plan) -> None:
    """The follower begins a year before it may."""
    more = plan.index("contracts", "more")
    for table in ("gpu_systems", "tenants"):
        frame = plan.tables[table]
        plan.tables[table] = frame.assign(start=frame["start"].where(frame["contract"] != more, 0))


def without_main(plan: Plan) -> None:
    main = plan.index("contracts", "main.10")
    plan.drop("gpu_systems", "contract", main)


def in_two_halls(plan: Plan) -> None:
    more = plan.index("contracts", "more")
    row = int(np.nonzero(plan.tables["gpu_systems"]["contract"].to_numpy() == more)[0][0])
    plan.add("gpu_systems", "racks", -1, row)
    frame = plan.tables["gpu_systems"]
    hall_of = {0: 1, 1: 2, 2: 0}[int(frame["hall"].iloc[row])]
    moved = frame.iloc[[row]].assign(racks=1, hall=hall_of)
    plan.tables["gpu_systems"] = pd.concat([frame, moved], ignore_index=True)


def drop_right(plan: Plan) -> None:
    plan.tables["contract_rights"] = plan.tables["contract_rights"].iloc[1:]


def poor_is_a_must(plan: Plan) -> None:
    plan.change(must_deliver=np.ones_like(plan.instance.must_deliver))


def smaller_grid(plan: Plan) -> None:
    """What is kept free no longer fits beside what is drawn."""
    plan.change(firm_mw=float(plan.tables["power"]["ai_reserved_mw"].max()) + 0.5)


def no_advance(plan: Plan) -> None:
    """Without what the tenant pays ahead, equity is short."""
    terms = plan.instance.contract_terms
    with_terms(plan, advance_received_musd=np.zeros_like(terms.advance_received_musd))


TAMPERINGS: dict[str, list[Callable[[Plan], None]]] = {
    "follows": [start_before, without_main],
    "most_halls": [in_two_halls],
    "rights_table": [lambda plan: plan.add("contract_rights", "reserved_mw", 0.1)],
    "one_row": [drop_right, lambda plan: plan.repeat("contract_rights")],
    "signed_contract": [poor_is_a_must],
    "firm_mw_limit": [smaller_grid],
    "ai_mw_limit": [lambda plan: plan.change(ai_mw=float(plan.tables["power"]["ai_reserved_mw"].max()) + 0.5)],
    "budget": [no_advance],
}


@pytest.mark.parametrize(("rule", "which"), [(rule, i) for rule, all_ in TAMPERINGS.items() for i in range(len(all_))])
def test_a_broken_term_is_named(plan: Plan, rule: str, which: int) -> None:
    TAMPERINGS[rule][which](plan)
    found = {finding.rule: finding for finding in plan.findings()}
    assert rule in found, sorted(found)
    assert "{" not in found[rule].message


MONEY = [field.name for field in fields(ContractTerms) if "musd" in field.name]


@pytest.mark.parametrize("name", MONEY)
def test_every_price_of_a_term_is_read(plan: Plan, name: str) -> None:
    with_terms(plan, **{name: getattr(plan.instance.contract_terms, name) * 0.999})
    assert {finding.rule for finding in plan.findings()} & {"cash_flow", "npv"}


def test_every_array_of_terms_is_read() -> None:
    read = {node.attr for tree in SOURCES.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert {field.name for field in fields(ContractTerms)} <= read


def test_the_twin_terminates_once(plan: Plan) -> None:
    twin = solved(plan.instance.do_nothing())
    assert twin.findings() == ()
    fees = twin.cash_flow[twin.cash_flow["item"] == "poor termination"]["musd"].tolist()
    assert fees == [-1.0]


def test_an_advance_of_an_offer_that_is_not_taken_is_no_finding() -> None:
    poor = lease("poor", 2, rent=10, funding={"usd_per_kw": 100, "credit_share_frac": 0.5})
    budget = {"equity_budget": [{"date": "2029-01-01", "added_usd": 1e6}]}
    plan = solved(translate(Site(halls=(hall("a"),), contracts=(poor,), finance=budget).case()))
    assert plan.tables["tenants"].empty
    assert plan.findings() == ()


def test_the_rules_left_to_this_file_are_tampered_with_here() -> None:
    assert set(TAMPERINGS) >= ELSEWHERE

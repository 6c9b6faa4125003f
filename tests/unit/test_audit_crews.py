"""The outside check of crews: a clean plan passes, and a plan that builds too much at once does not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from planner.translate import translate
from tests.formulation.support import Site, design, hall, lease
from tests.formulation.test_hand_crews import HALF_YEARS, crews
from tests.unit.test_audit import Plan, solved


@cache
def _solved_once() -> Plan:
    """Two leases from 2030-01-01 in two halls, which one crew builds in the two halves of 2029, 8 MW at a time."""
    pair = tuple(lease(name, it_mw=8, earliest_start="2030-01-01") for name in ("first", "second"))
    built_at_once = crews({"date": "2029-01-01", "halls_at_once": 1, "it_mw_at_once": 8.0})
    works = (design(build_months=6),)
    return solved(translate(Site((hall("a"), hall("b")), pair, works, grid=HALF_YEARS, more=built_at_once).case()))


@pytest.fixture
def plan() -> Plan:
    once = _solved_once()
    return Plan(once.instance, copy.deepcopy(once.tables), once.cash_flow.copy(), once.npv_musd)


def other(**changes: Any) -> Callable[[Plan], None]:
    """Let the same plan be for other crews."""
    return lambda plan: plan.change(
        crews=replace(plan.instance.crews, **{name: change(plan.instance.crews) for name, change in changes.items()})
    )


def together(plan: Plan) -> None:
    """Let both halls be built in the second half of 2029."""
    plan.tables["halls"][["build_start", "ready"]] = [1, 2]


TAMPERINGS: dict[str, list[Callable[[Plan], None]]] = {
    "crew_halls": [together, other(most_halls=lambda crews: crews.most_halls - 1)],
    "crew_it_mw": [
        together, other(most_it_mw=lambda crews: 0.99 * crews.most_it_mw),
        lambda plan: plan.add("halls", "fitted_mw", 1),
    ],
}  # fmt: skip


def test_a_plan_within_its_crews_is_clean(plan: Plan) -> None:
    assert plan.findings() == ()
    assert sorted(plan.tables["halls"]["build_start"]) == [0, 1]


@pytest.mark.parametrize(("rule", "which"), [(rule, i) for rule, all_ in TAMPERINGS.items() for i in range(len(all_))])
def test_a_broken_rule_is_named(plan: Plan, rule: str, which: int) -> None:
    TAMPERINGS[rule][which](plan)
    found = {finding.rule: finding for finding in plan.findings()}
    assert rule in found, sorted(found)
    assert found[rule].where.startswith("crews for ")
    assert "there are crews for" in found[rule].message


def test_works_that_are_done_are_not_counted(plan: Plan) -> None:
    """Works that overlap by a day would be two at once."""
    crews = plan.instance.crews
    assert crews.under_way.any(axis=3).any()
    other(under_way=lambda crews: crews.under_way | (crews.under_way.cumsum(axis=3) > 0))(plan)
    assert {finding.rule for finding in plan.findings()} == {"crew_halls", "crew_it_mw"}

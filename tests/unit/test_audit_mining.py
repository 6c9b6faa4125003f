"""The outside check of machines where a hall is stripped out inside a period: means alone say too little."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from planner.translate import translate
from tests.formulation.support import Entry, asic
from tests.formulation.test_hand_hashing import PART, two_halls
from tests.unit.test_audit import Plan, solved

GUEST: Entry = {
    "id": "guest", "customer": "C", "mw": 2, "cooling": "air", "fee_usd_per_mwh": 95, "power": "included",
    "uptime_frac": 0.97, "latest_start": "2029-01-01", "term_months": 36, "signed": True,
}  # fmt: skip


@cache
def _solved_once() -> Plan:
    """8 MW of better and 8 MW of worse machines and 2 MW of a customer's in 20 MW, of which 10 are gone in October.

    One of the classes may be bought.
    """
    better = asic(3_200, purchase={"price_usd_per_ths": 500, "max_count_per_year": 400})
    worse = asic(3_200, id="worse", hashrate_ths=100)
    site = two_halls((better, worse), fleet={"hosted": (GUEST,)})
    return solved(translate(site.case()))


@pytest.fixture
def plan() -> Plan:
    once = _solved_once()
    return Plan(once.instance, copy.deepcopy(once.tables), once.cash_flow.copy(), once.npv_musd)


def run(plan: Plan, asic: int, mw: float) -> None:
    """Let a class run otherwise in 2029."""
    table = plan.tables["asic_fleet"]
    table.loc[(table["asic"] == asic) & (table["period"] == 0), "run_mw"] = mw


def swapped(plan: Plan) -> None:
    """Let the worse machines run in the mean what the better ones do."""
    run(plan, 0, 8 * PART)
    run(plan, 1, 8.0)


def trade(plan: Plan) -> None:
    """Let ten MW be bought and sold on the first day of 2029, more than are owned before."""
    table: Any = plan.tables["asic_fleet"]
    table.loc[(table["asic"] == 0) & (table["period"] == 0), ["bought_mw", "sold_mw"]] = [10.0, 10.0]


TAMPERINGS: dict[str, list[Callable[[Plan], None]]] = {
    "run_in_spans": [
        lambda plan: run(plan, 1, 8 * PART + 0.5),
        lambda plan: plan.change(interruptible_mw=0.0, firm_mw=11.0),
    ],
    "customers_room": [lambda plan: plan.change(hall_mining_mw=plan.instance.hall_mining_mw * 0.15)],
    "sold_or_moved": [trade],
}


def test_the_worse_machines_run_until_the_strip_out(plan: Plan) -> None:
    """8 MW of the better throughout; 8 MW of the worse fit before October beside the customer, none after."""
    assert plan.findings() == ()
    table = plan.tables["asic_fleet"].set_index(["asic", "period"])["run_mw"]
    assert table[0, 0] == pytest.approx(8)
    assert table[1, 0] == pytest.approx(8 * PART)


def test_other_machines_may_stand_still_instead(plan: Plan) -> None:
    """The same megawatts in the mean, of the other class: worth less, and possible."""
    swapped(plan)
    assert not {"run_in_spans", "hash_space_limit"} & {finding.rule for finding in plan.findings()}


@pytest.mark.parametrize(("rule", "which"), [(rule, i) for rule, all_ in TAMPERINGS.items() for i in range(len(all_))])
def test_a_broken_rule_is_named(plan: Plan, rule: str, which: int) -> None:
    TAMPERINGS[rule][which](plan)
    found = {finding.rule: finding for finding in plan.findings()}
    assert rule in found, sorted(found)
    assert "{" not in found[rule].message

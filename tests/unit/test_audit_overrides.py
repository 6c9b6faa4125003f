"""The outside check of decisions fixed beforehand: a plan that obeys them passes, and every breach is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from planner.translate import translate
from site_conversion.instance_overrides import Override
from tests.formulation.support import Entry, Site, design, hall, lease
from tests.unit.test_audit import Plan, solved

NOW = {"p10_months": 0, "p50_months": 0, "p90_months": 0}
LATE = "2031-01-01"
FIXED: tuple[Entry, ...] = (
    {"choice": "force", "contract": "main", "halls": ["b", "c"], "begins": LATE},
    {"choice": "forbid", "contract": "main", "halls": ["a"]},
    {"choice": "forbid", "contract": "other", "until": "2029-12-31"},
    {"choice": "forbid", "contract": "poor"},
    {"choice": "force", "hall": "b", "design": "air", "begins": "2029-01-01"},
    {"choice": "forbid", "hall": "c", "since": "2030-01-01"},
    {"choice": "forbid", "hall": "d"},
    {"choice": "force", "design": "air"},
    {"choice": "forbid", "design": "wet"},
    {"choice": "force", "upgrade": "line", "since": "2030-01-01"},
    {"choice": "forbid", "upgrade": "late"},
)


@cache
def _solved_once() -> Plan:
    upgrades = [{"id": name, "firm_mw": 5, "capex_usd": 1e6, "queue": NOW} for name in ("line", "late")]
    site = Site(
        halls=tuple(hall(name, bays=2) for name in "abcd"),
        contracts=(lease("main", 16, longstop=LATE), lease("other", 4, longstop=LATE), lease("poor", 4, rent=10)),
        designs=(design("air"), design("wet", capex_usd_per_it_mw=2e6)),
        years=4,
        more={"upgrades": upgrades},
        overrides=FIXED,
    )
    return solved(translate(site.case()))


@pytest.fixture
def plan() -> Plan:
    once = _solved_once()
    return Plan(once.instance, copy.deepcopy(once.tables), once.cash_flow.copy(), once.npv_musd)


def reversed_(number: int) -> Callable[[Plan], None]:
    """Fix the opposite of one of the decisions."""

    def tamper(plan: Plan) -> None:
        change(plan, number, forced=not plan.instance.overrides[number].forced)

    return tamper


def change(plan: Plan, number: int, **fields: object) -> None:
    every = list(plan.instance.overrides)
    every[number] = replace(every[number], **fields)  # type: ignore[arg-type]
    plan.change(overrides=tuple(every))


def in_no_hall_but_a(plan: Plan) -> None:
    change(plan, 1, halls=frozenset({1}))


def a_year_sooner(plan: Plan) -> None:
    """The service of the first offer begins in the year before."""
    for table in ("tenants", "gpu_systems"):
        frame = plan.tables[table]
        plan.tables[table] = frame.assign(start=frame["start"] - (frame["contract"] == 0))


def at_other_times(plan: Plan) -> None:
    """The upgrade is asked for in the year before."""
    plan.set("grid_upgrades", "requested", 0)


def both_asked_for(plan: Plan) -> None:
    plan.repeat("grid_upgrades", upgrade=1)


def bays_elsewhere(plan: Plan) -> None:
    plan.repeat("tenants", contract=0, start=2, hall=0)


def fitted_with_other_works(plan: Plan) -> None:
    """The conversion stays where it is, its fit-out begins a year later."""
    frame = plan.tables["halls"]
    row = next(i for i, h in enumerate(frame["hall"]) if h == 1)
    plan.repeat("halls", hall=1, build_start=1, ready=2, converts=False)
    plan.set("halls", "fitted_mw", 0.0, row=row)


OVERRIDE_TAMPERINGS: dict[str, list[Callable[[Plan], None]]] = {
    "override_forced": [a_year_sooner, at_other_times, reversed_(3), reversed_(6), reversed_(8), reversed_(10)],
    "override_forbidden": [in_no_hall_but_a, both_asked_for, reversed_(4), reversed_(7), reversed_(9)],
    "override_halls": [bays_elsewhere, lambda plan: change(plan, 0, halls=frozenset({1}))],
    "override_fit_out": [fitted_with_other_works],
}


def test_the_plan_is_clean_and_obeys_every_kind(plan: Plan) -> None:
    assert plan.findings() == ()
    assert {(o.subject, o.forced) for o in plan.instance.overrides} == {
        (subject, forced) for subject in {o.subject for o in plan.instance.overrides} for forced in (True, False)
    }
    main = plan.tables["gpu_systems"][plan.tables["gpu_systems"]["contract"] == 0]
    assert (set(main["start"]), set(main["hall"])) == ({2}, {1, 2})


@pytest.mark.parametrize(
    ("rule", "which"), [(rule, i) for rule, every in OVERRIDE_TAMPERINGS.items() for i in range(len(every))]
)
def test_a_breach_is_named(plan: Plan, rule: str, which: int) -> None:
    OVERRIDE_TAMPERINGS[rule][which](plan)
    found = {finding.rule: finding for finding in plan.findings()}
    assert rule in found, sorted(found)
    assert found[rule].message.startswith("override 'fo")
    assert "{" not in found[rule].message


def test_going_on_mining_obeys_nothing(plan: Plan) -> None:
    twin = plan.instance.do_nothing()
    assert twin.overrides == ()
    assert solved(twin).findings() == ()


def test_an_override_of_nothing_possible_is_not_met(plan: Plan) -> None:
    every: tuple[Override, ...] = plan.instance.overrides
    change(plan, 0, periods=frozenset())
    assert [finding.rule for finding in plan.findings()] == ["override_forced"]
    assert len(every) == len(FIXED)

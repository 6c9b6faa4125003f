"""Decisions held in a model: each value is worked out by hand, and found by a second solver in the same arrays."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from planner.studies.levers import Lever
from planner.studies.plan import PlanOptions, plan
from planner.studies.proposals.break_even import BreakEven, Target, break_evens
from planner.studies.proposals.feasibility import WEIGHTS
from planner.studies.proposals.solving import Bench
from planner.translate import translate
from site_conversion import assemble, handover
from site_conversion.fixing import Decision, Kind, hold, ready_by_works, with_room_for
from site_conversion.instance import AIR, Instance
from site_conversion.solve import SolveOptions
from tests.formulation.support import REL, Site, design, hall, lease, module, present_value, scip_model

EXACT = SolveOptions(gap_frac=0.0, time_limit_s=60)
LATE = "2031-01-01"
"""A longstop that lets service also begin in 2031."""


def check(site: Site, decisions: Iterable[Decision], npv_musd: float) -> Instance:
    """Hold the decisions, solve with both solvers, and compare with the value by hand."""
    instance, held = translate(site.case()), tuple(decisions)
    found = Bench(instance, EXACT).best(held)
    assert found is not None
    assert found.npv_musd == pytest.approx(npv_musd, rel=REL, abs=1e-9)
    built = assemble.build(with_room_for(instance, held))
    model = scip_model(hold(built, handover.compile_arrays(built), held))
    model.setParam("limits/gap", 0.0)
    model.optimize()
    assert -float(model.getObjVal()) == pytest.approx(npv_musd, rel=REL, abs=1e-6)
    return instance


def taken(c: int = 0, value: int = 1) -> Decision:
    return Decision(Kind.TAKEN, (c,), value)


def test_an_early_build_spends_early() -> None:
    """10 MUSD of works in 2029 for a service of 12 MUSD a year from 2031 on: -10 x 0.9535 + 12 x (0.7880 + 0.7164).

    Left open the works would be in 2030: -10 x 0.8668.
    """
    site = Site(contracts=(lease(longstop=LATE),), years=4)
    instance = translate(site.case())
    start = Decision(Kind.START, (0,), 2)
    early = Decision(Kind.BUILD, (0,), ready=ready_by_works(instance, 0, {0: 0}))
    check(site, [taken(), start, early], present_value(-10, 0, 12, 12))
    check(site, [taken(), start], present_value(0, -10, 12, 12))


def test_early_works_of_a_plan_leave_the_fit_out_open() -> None:
    """4 MUSD for the hall in 2029, 10 for its racks' room in 2030, service from 2031: -4 x 0.9535 - 10 x 0.8668 + ...

    As a proposal's works, which are fitted out at once, they would be -14 x 0.9535.
    """
    site = Site(contracts=(lease(longstop=LATE),), designs=(design(capex_fixed_usd=4e6),), years=4)
    begun = ready_by_works(translate(site.case()), 0, {0: 0})
    start = Decision(Kind.START, (0,), 2)
    check(site, [taken(), start, Decision(Kind.WORKS, (0,), ready=begun)], present_value(-4, -10, 12, 12))
    check(site, [taken(), start, Decision(Kind.BUILD, (0,), ready=begun)], present_value(-14, 0, 12, 12))


def test_more_modules_than_the_hall_can_need() -> None:
    """10 MW of heat need two modules of 5 MW; five at 1 MUSD each are five paid: -(10 + 5) x 0.9535 + 12 x 1.6548."""
    site = Site(contracts=(lease(),), modules=(module(capacity_mw=5, capex_usd=1e6),))
    check(site, [taken(), Decision(Kind.MODULES, (0, AIR), 5)], present_value(-15, 12, 12))
    check(site, [taken()], present_value(-12, 12, 12))
    assert Bench(translate(site.case()), EXACT).best([taken(), Decision(Kind.MODULES, (0, AIR), 1)]) is None


def test_the_second_of_two_equal_halls() -> None:
    """A plan converts equal halls in their order; held to the second it is worth -10 x 0.9535 + 12 x 1.6548 too."""
    site = Site((hall("one"), hall("two")), (lease(),))
    held = [taken(), Decision(Kind.CONVERTED, (0,), 0), Decision(Kind.DESIGN, (1,), 0)]
    check(site, held, present_value(-10, 12, 12))


def test_a_lease_spread_over_two_halls() -> None:
    """At 2 MUSD a hall beside the 10 for its MW, the second hall costs 2 MUSD in 2029: -14 in place of -12."""
    site = Site((hall("one"), hall("two")), (lease(),), (design(capex_fixed_usd=2e6),))
    check(site, [taken(), Decision(Kind.PLACES, (0,), halls=frozenset({0, 1}))], present_value(-14, 12, 12))
    check(site, [taken(), Decision(Kind.PLACES, (0,), halls=frozenset({1}))], present_value(-12, 12, 12))


def consent(months: float) -> dict[str, object]:
    """Return a change of use whose queue takes so many months at every quantile."""
    queue = {"p10_months": months, "p50_months": months, "p90_months": months}
    return {"change_of_use": {"queue": queue, "fee_usd": 1e6}}


def test_a_late_request_delays_the_service() -> None:
    """Asked for in 2030, a consent of 12 months lets the service begin in 2031, the works a year after those of 2029.

    The fee of 1 MUSD is paid at the request: (-1 - 10) x 0.8668 + 12 x (0.7880 + 0.7164).
    """
    site = Site(contracts=(lease(longstop=LATE),), years=4, more=consent(12))
    check(site, [taken(), Decision(Kind.REQUESTED, (0,), 1)], present_value(0, -11, 12, 12))
    assert Bench(translate(site.case()), EXACT).best([taken(), Decision(Kind.ASKED, (0,), 0)]) is None


def test_the_lightest_decisions_give_way() -> None:
    """A start after the longstop gives way alone; without the money it is the tenant that is lost."""
    late = Decision(Kind.START, (0,), 2)
    bench = Bench(translate(Site(contracts=(lease(),)).case()), EXACT)
    assert bench.given_up([taken(), late], WEIGHTS) == (late,)
    poor = {"equity_budget": [{"date": "2029-01-01", "added_usd": 5e6}]}
    bench = Bench(translate(Site(contracts=(lease(),), finance=poor).case()), EXACT)
    assert bench.given_up([taken()], WEIGHTS) == (taken(),)


def found(points: Iterable[BreakEven], lever: Lever, target: Target) -> BreakEven:
    return next(point for point in points if (point.lever, point.target) == (lever, target))


def test_break_evens_by_hand() -> None:
    """Rents of 12 MUSD a year are worth 19.8572, works and fee 10.4881: rents may fall to 0.5282, cost rise to 1.8933.

    Going on mining is worth nothing here, so both targets agree. Power and hashprice change nothing and are left out.
    A consent of 12 months lets the service begin in 2030; with 1 to 12 months of delay it begins in 2031, at the
    longstop; with 13 never. The same holds for works that take so much longer than their 12 months.
    """
    site = Site(contracts=(lease(longstop=LATE),), years=4, more=consent(12))
    result = plan(site.case(), {}, PlanOptions(EXACT))
    points = break_evens(result, EXACT)
    earned, spent = present_value(0, 12, 12), present_value(11)
    for target in Target:
        assert found(points, Lever.RENT, target).levels == pytest.approx([spent / earned], rel=1e-5)
        assert found(points, Lever.CAPEX, target).levels == pytest.approx([earned / spent], rel=1e-5)
        for lever in (Lever.DELAY, Lever.LATE_WORKS):
            delay = found(points, lever, target)
            assert (delay.levels, delay.undeliverable_from) == ((), 13.0)
    assert {point.lever for point in points} == {Lever.RENT, Lever.CAPEX, Lever.DELAY, Lever.LATE_WORKS}

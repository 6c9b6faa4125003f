"""Near-optimal alternatives on cases whose plans can all be listed by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from planner.case_file import load_case
from planner.schemas import Case
from planner.studies.alternatives.near_best import Alternatives, AlternativesOptions, Origin, OtherCase, alternatives
from planner.studies.check import check
from planner.studies.plan import InfeasibleCase
from planner.views import Views
from planner.views.near_best import view
from site_conversion.additions import objective_row, with_rows
from site_conversion.choices import Choices
from site_conversion.near_optimal import DecisionSpace
from site_conversion.solve import SolveOptions, Status
from tests.formulation.support import REL, Site, arrays_of, asic, hall, lease, power, present_value, scip_model

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/case.yaml"
EXACT = AlternativesOptions(SolveOptions(gap_frac=0.0, time_limit_s=60))


def found(case: Case, **options: object) -> Alternatives:
    return alternatives(case, {}, replace(EXACT, **options), lambda _: None)  # type: ignore[arg-type]


def offers(plans: Alternatives) -> list[list[str]]:
    return [[row.contract for row in Views(plan.result).contracts if row.taken] for plan in plans.plans]


def quickstart() -> Case:
    return load_case(QUICKSTART).case


def test_the_quickstart_within_sixty_per_cent_of_its_gain() -> None:
    """The dense lease gains 12.1094 MUSD, the air lease 7.2641, 60.0 % of it; nothing else gains anything.

    They differ by the 8 MW of the one, the 8 MW of the other, and a liquid hall of 10 / 1.1 = 9.0909 MW given up.
    """
    plans = found(quickstart(), within_frac=0.41)
    assert offers(plans) == [["dense_lease"], ["air_lease"]]
    best, other = plans.plans
    assert best.result.plan.npv_musd == pytest.approx(62.470776, abs=1e-6)
    assert other.result.plan.npv_musd == pytest.approx(57.625474, abs=1e-6)
    assert other.distance_mw == pytest.approx(16 + 10 / 1.1)
    assert plans.is_exhausted
    assert plans.is_settled
    shown = view(plans)
    assert (shown.musts, shown.never) == ((), ("short_lease",))
    assert {row.subject for row in shown.choices} >= {"offer dense_lease", "offer air_lease"}


def test_within_less_than_the_difference_there_is_one_plan() -> None:
    plans = found(quickstart(), within_frac=0.39)
    assert offers(plans) == [["dense_lease"]]
    assert plans.is_exhausted
    assert plans.is_settled
    assert view(plans).musts == ("take dense_lease", "convert at least 1 of 4 halls like hall_a as liquid_hall")
    assert view(plans).never == ("air_lease", "short_lease")


def test_an_amount_replaces_the_part() -> None:
    assert len(found(quickstart(), within_musd=4.84).plans) == 1
    assert len(found(quickstart(), within_musd=4.85).plans) == 2


def test_a_ceiling_of_capital_holds_for_all() -> None:
    """The dense lease costs 47.0 MUSD, the air lease 30.0: under 46.9 the air lease is best, under 29.9 nothing is."""
    plans = found(quickstart(), within_frac=0.9, count=1, capex_ceiling_musd=46.9)
    assert offers(plans)[0] == ["air_lease"]
    assert all(Views(plan.result).headline.capex_usd <= 46.9e6 for plan in plans.plans)
    assert plans.plans[0].result.plan.report.bound_musd is None  # of the case itself nothing is known
    exactly = found(quickstart(), within_frac=0.1, capex_ceiling_musd=47.0)
    assert offers(exactly) == [["dense_lease"]]
    assert offers(found(quickstart(), within_frac=0.1, capex_ceiling_musd=29.9)) == [[]]


def test_a_known_plan_is_not_searched_again() -> None:
    best = found(quickstart(), within_frac=0.1).plans[0].result
    told: list[str] = []
    again = alternatives(quickstart(), {}, replace(EXACT, within_frac=0.41), told.append, best)
    assert again.plans[0].result is best
    assert len(again.plans) == 2
    assert "the best plan" not in told
    with pytest.raises(OtherCase):
        alternatives(Site().case(), {}, EXACT, told.append, best)


def test_a_plan_that_is_not_the_best_is_only_a_start() -> None:
    other = found(quickstart(), within_frac=0.41).plans[1].result
    told: list[str] = []
    again = alternatives(quickstart(), {}, replace(EXACT, within_frac=0.1), told.append, other)
    assert offers(again) == [["dense_lease"]]
    assert "the best plan" in told


def test_every_plan_is_whole_and_says_how_far_it_is_from_the_best() -> None:
    plans = found(quickstart(), within_frac=0.41)
    best, other = (plan.result for plan in plans.plans)
    assert check(other).clean
    assert (best.plan.report.status, other.plan.report.status) == (Status.OPTIMAL, Status.CHOSEN)
    assert other.plan.report.bound_musd == pytest.approx(best.plan.npv_musd)


def test_equal_halls_and_what_serves_nothing_are_no_difference() -> None:
    """One lease, three equal halls, a request nobody needs: the lease or nothing, in whichever hall."""
    queue = {"p10_months": 3, "p50_months": 3, "p90_months": 3}
    spare = {"id": "spare", "firm_mw": 10, "capex_usd": 1e3, "queue": queue}
    site = Site((hall("one"), hall("two"), hall("three")), (lease(),), more={"upgrades": [spare]})
    plans = found(site.case(), within_frac=0.5)
    assert offers(plans) == [["lease"]]
    assert plans.is_exhausted
    assert plans.is_settled
    assert plans.common.requests == frozenset()


def test_another_request_is_another_plan_and_both_are_not() -> None:
    """10 MW are asked for at 1 MUSD or at 2: one for the other loses 0.9535, both are no other plan."""
    queue = {"p10_months": 12, "p50_months": 12, "p90_months": 12}
    cheap, dear = (
        {"id": name, "firm_mw": 10, "capex_usd": usd, "queue": queue} for name, usd in (("a", 1e6), ("b", 2e6))
    )
    plans = found(Site(contracts=(lease(),), firm_mw=1, more={"upgrades": [cheap, dear]}).case(), within_frac=0.5)
    assert [plan.choices.requests for plan in plans.plans] == [{0}, {1}]
    values = [present_value(-10 - cost, 12, 12) for cost in (1, 2)]
    assert [plan.result.plan.npv_musd for plan in plans.plans] == pytest.approx(values, rel=REL)
    assert plans.plans[1].distance_mw == pytest.approx(10)
    assert plans.is_exhausted
    assert view(plans).musts == ("take lease", "convert hall as air")
    assert [row.subject for row in view(plans).choices] == ["grid request a", "grid request b"]


def test_the_farthest_come_first() -> None:
    """One hall, three leases: of 10 MW at 100, of 5 MW at 150, of 10 MW at 90 USD/kW-month.

    10.3226; 5 MUSD of works and 9 a year: -4.7673 + 14.8929 = 10.1256; -9.5346 + 10.8 x 1.6548 = 8.3369.
    From the first the third differs by 20 MW, the second by 15; then the second by 15 from both. The hall stays.
    """
    contracts = (lease("best"), lease("small", it_mw=5, rent=150), lease("large", rent=90))
    plans = found(Site(contracts=contracts).case(), within_frac=0.2)
    assert offers(plans) == [["best"], ["large"], ["small"]]
    assert [plan.distance_mw for plan in plans.plans] == pytest.approx([0, 20, 15])
    values = [present_value(-10, 12, 12), present_value(-10, 10.8, 10.8), present_value(-5, 9, 9)]
    assert [plan.result.plan.npv_musd for plan in plans.plans] == pytest.approx(values, rel=REL)
    assert plans.is_exhausted
    assert view(plans).musts == ("convert hall as air",)


def test_a_second_solver_agrees_on_the_farthest() -> None:
    """Of the three leases the third is 20 MW from the first, and worth 80.8 % of it."""
    contracts = (lease("best"), lease("small", it_mw=5, rent=150), lease("large", rent=90))
    built, arrays = arrays_of(Site(contracts=contracts).case())
    space = DecisionSpace(built, arrays)
    best = Choices({0: (0, 2030)}, {(0, 0): 1}, frozenset(), {}, {})
    for share, distance in ((0.8, 20.0), (0.9, 15.0), (0.99, 0.0)):
        floor = objective_row(space.arrays, "floor", share * present_value(-10, 12, 12))
        model = scip_model(space.farthest(with_rows(space.arrays, [floor]), [space.distance(best)]))
        model.optimize()
        assert -float(model.getObjVal()) == pytest.approx(distance, abs=1e-6)


def test_another_year_is_another_plan() -> None:
    """Served from 2031 in place of 2030 the lease is worth 10.3227 / 1.1 = 9.3842: 90.9 % of its gain."""
    site = Site(contracts=(lease(longstop="2031-01-01"),), years=4)
    assert len(found(site.case(), within_frac=0.05).plans) == 1
    plans = found(site.case(), within_frac=0.10)
    values = [present_value(-10, 12, 12), present_value(0, -10, 12, 12)]
    assert [plan.result.plan.npv_musd for plan in plans.plans] == pytest.approx(values, rel=REL)
    assert plans.plans[1].distance_mw == pytest.approx(10)
    assert view(plans).musts == ("take lease", "convert hall as air")


def test_a_proof_finds_what_the_count_left_out() -> None:
    """With one asked for, the farthest is the large lease; trying what neither takes finds the small one."""
    contracts = (lease("best"), lease("small", it_mw=5, rent=150), lease("large", rent=90))
    plans = found(Site(contracts=contracts).case(), within_frac=0.2, count=1)
    assert [plan.origin for plan in plans.plans] == [Origin.BEST, Origin.FARTHEST, Origin.PROOF]
    assert not plans.is_settled  # as many tries as alternatives were asked for


def test_mining_as_the_best_plan_gains_nothing() -> None:
    """Machines earn 8.76 MUSD a year, a lease at 10 USD/kW-month never pays: a gain of zero has no parts."""
    site = Site((hall(mining_mw=10),), (lease(rent=10),), usd_per_ph_day=48, power=power(), machines=(asic(),))
    plans = found(site.case())
    assert offers(plans) == [[]]
    assert any("--within-musd" in note for note in view(plans).notes)
    assert len(found(site.case(), within_musd=100.0).plans) == 2


def test_no_plan_under_the_ceiling_is_said() -> None:
    signed = Site(contracts=(lease(signed=True),))
    assert view(found(signed.case())).musts[0] == "take lease (signed)"
    with pytest.raises(InfeasibleCase, match=r"at most 9\.0 MUSD of capital"):
        found(signed.case(), capex_ceiling_musd=9.0)

"""The greenfield twin by hand: the same offer on bare land that queues and builds from scratch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from planner.results import Result, ResultFileError, load, save
from planner.schemas import Case
from planner.studies.alternatives.near_best import AlternativesOptions, alternatives
from planner.studies.check import check
from planner.studies.fronts.against import Against
from planner.studies.fronts.front import FrontOptions, front
from planner.studies.plan import PlanOptions, plan
from planner.translate.greenfield import bare_land
from planner.views.greenfield import greenfield_view
from site_conversion.solve import SolveOptions
from tests.formulation.support import Site, asic, hall, lease, present_value

QUEUE = {"p10_months": 12, "p50_months": 12, "p90_months": 12}
TERMS = {
    "firm_mw": 10, "queue": QUEUE, "grid_capex_usd_per_mw": 0.2e6, "shell_usd_per_mw": 0.5e6, "shell_months": 0,
}  # fmt: skip


def case(**changes: object) -> Case:
    """Return a hall of 10 MW that hashes a little, an offer of 12 MUSD a year, and terms of bare land."""
    site = Site(
        (hall(mining_mw=5),),
        (lease(signed=True, earliest_start="2030-01-01"),),
        years=4,
        machines=(asic(2_000),),
        usd_per_ph_day=1,
    )
    whole = site.case()
    return Case.model_validate(whole.model_dump(mode="json") | {"greenfield": TERMS | changes})


def planned(**changes: object) -> Result:
    return plan(case(**changes), {}, PlanOptions(SolveOptions(gap_frac=0.0)))


def test_bare_land_that_is_too_late_builds_nothing() -> None:
    """Power asked for in January 2029 comes in January 2030, the hall as well: just in time.

    With a shell of one month the hall is ready in February, the offer is lost, and bare land is worth nothing:
    the energised site is worth all of its plan.
    """
    view = greenfield_view(planned(shell_months=1))
    assert view is not None
    assert view.npv_usd == 0
    assert (view.taken, view.first_service) == ((), None)
    in_time = greenfield_view(planned())
    assert in_time is not None
    assert in_time.taken == ("lease",)
    # grid 2, shell 5 and fit-out 10 in 2029, rent in 2030 and 2031
    assert in_time.npv_usd == pytest.approx(1e6 * present_value(-17, 12, 12))


def test_offers_that_wait_move_by_the_delay_of_the_first_power() -> None:
    """The offer begins in January 2031; connection, shell and hall are all paid in 2030, as late as they can be."""
    result = planned(offers_wait="yes")
    view = greenfield_view(result)
    assert view is not None
    assert view.npv_usd == pytest.approx(1e6 * present_value(0, -17, 12, 12))
    assert str(view.first_service) == "2031-01-01"
    assert view.worth_usd == pytest.approx(result.plan.npv_musd * 1e6 - view.npv_usd)
    # the minimal site has 100 MW
    assert view.worth_usd_per_mw == pytest.approx(view.worth_usd / 100)


def test_the_deposit_and_the_land_are_paid_with_the_request() -> None:
    """Half of the grid's 2 MUSD and the land's 3 come with the request, in January 2029 and so in the same period."""
    view = greenfield_view(planned(deposit_frac=0.5, land_usd=3e6))
    assert view is not None
    assert view.npv_usd == pytest.approx(1e6 * present_value(-20, 12, 12))


def test_the_land_has_none_of_the_mine() -> None:
    bare = bare_land(case())
    assert not bare.site.halls
    assert not bare.fleet.classes
    assert not any(contract.signed for contract in bare.contracts)
    assert bare.greenfield is None


def test_the_worth_lies_between_the_two_bounds() -> None:
    result = planned()
    assert result.greenfield is not None
    loose = replace(result.greenfield, report=replace(result.greenfield.report, bound_musd=10.0))
    view = greenfield_view(replace(result, greenfield=loose))
    assert view is not None
    assert view.least_worth_usd == pytest.approx(result.plan.npv_musd * 1e6 - 10e6)
    assert view.most_worth_usd == pytest.approx(view.worth_usd)


def test_a_result_keeps_its_greenfield_twin_and_is_checked_with_it(tmp_path: Path) -> None:
    result = planned()
    save(result, tmp_path)
    back = load(tmp_path / "result.json")
    assert check(back).findings == ()
    assert back.greenfield is not None
    assert (tmp_path / "greenfield_tenants.csv").exists()
    wrong = replace(back, greenfield=replace(back.greenfield, npv_musd=back.greenfield.npv_musd + 1))
    assert any(finding.startswith("bare land: ") for finding in check(wrong).findings)


def test_a_twin_without_its_terms_is_refused(tmp_path: Path) -> None:
    save(planned(), tmp_path)
    file = tmp_path / "result.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["case"]["greenfield"] = None
    file.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ResultFileError, match="bare land"):
        load(file)


def test_a_loan_is_drawn_later_where_offers_wait() -> None:
    """The loan may be drawn in 2029; with a year's wait, in 2030, and equity of 8 MUSD is as good as it was without.

    Connection 2, shell 5 and hall 10 are paid in 2030: 9 are drawn and 8 are equity.
    """
    loan = {
        "loan_to_cost_frac": 0.9, "coupon_frac": 0.0, "draw_until": "2030-01-01", "tenor_months": 24,
        "repayment": "bullet",
    }  # fmt: skip
    budget = [{"date": "2029-01-01", "added_usd": 8e6}]
    plain = case(offers_wait="yes").model_dump(mode="json")
    lent = Case.model_validate(plain | {"finance": {"equity_budget": budget, "debt": loan}})
    moved = bare_land(lent).finance.debt
    assert moved is not None
    assert (str(moved.draw_from), str(moved.draw_until)) == ("2030-01-01", "2031-01-01")
    result = plan(lent, {}, PlanOptions(SolveOptions(gap_frac=0.0)))
    assert result.greenfield is not None
    assert result.greenfield.npv_musd == pytest.approx(present_value(0, -17, 12, 12))
    never = Case.model_validate(
        plain | {"finance": {"equity_budget": budget, "debt": loan | {"draw_until": "2032-01-01"}}}
    )
    assert bare_land(never).finance.debt is None


def test_land_that_would_only_cost_is_not_bought() -> None:
    """Nothing is built, and the site cost of a million a year is not paid: bare land is worth nothing, never less."""
    result = planned(shell_months=1, site_fixed_usd_per_year=1e6)
    view = greenfield_view(result)
    assert view is not None
    assert view.npv_usd == 0
    assert view.worth_usd == pytest.approx(result.plan.npv_musd * 1e6)


def test_plans_of_a_front_are_read_again_without_bare_land(tmp_path: Path) -> None:
    found = front(case(), {}, Against.CAPEX, FrontOptions(SolveOptions(gap_frac=0.0), 2), lambda _: None)
    for point in found.points:
        save(point.result, tmp_path)
        again = load(tmp_path / "result.json")
        assert again.greenfield is None
        assert check(again).clean


def test_alternatives_to_a_plan_keep_its_bare_land(tmp_path: Path) -> None:
    known = planned()
    options = AlternativesOptions(SolveOptions(gap_frac=0.0), within_musd=100, count=1)
    for plan_found in alternatives(known.case, {}, options, lambda _: None, known).plans:
        save(plan_found.result, tmp_path)
        view = greenfield_view(load(tmp_path / "result.json"))
        assert view is not None
        assert view.taken == ("lease",)

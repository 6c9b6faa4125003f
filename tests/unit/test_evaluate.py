"""Proposals judged: the optimum has no regret, what was spoiled is named, break-evens are confirmed by planning.

The quickstart is worked out by hand in its README; a dollar spread over its first year is worth 0.9538.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from planner.case_file import load_case
from planner.reports.decision import decision
from planner.reports.evaluation import evaluation_json, evaluation_text
from planner.results import Result, load, save
from planner.schemas import Case
from planner.schemas.contract_terms import LatencyLimit, TenantFunding
from planner.schemas.finance import Debt, Repayment
from planner.schemas.proposal import Proposal
from planner.studies.check import check
from planner.studies.levers import Lever, apply
from planner.studies.plan import PlanOptions, plan
from planner.studies.proposals.break_even import Held, Target, break_evens
from planner.studies.proposals.broken import Rule
from planner.studies.proposals.decisions import proposal_of
from planner.studies.proposals.evaluate import EvaluateOptions, Evaluation, OtherCase, evaluate
from planner.views import Views
from planner.views.evaluation import view
from planner.views.finance import FinanceViews
from site_conversion.fixing import Kind
from site_conversion.solve import SolveOptions, Status

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
EXACT = SolveOptions(gap_frac=0.0)
SPENT_2027 = 0.95380
"""Value of a dollar spread over 2027 in quarters."""


def quickstart(**site: object) -> Case:
    """Return the quickstart with fields of its site changed."""
    case = load_case(EXAMPLES / "quickstart/case.yaml").case
    return case.model_copy(update={"site": type(case.site).model_validate(case.site.model_dump() | site)})


@cache
def optimum() -> Result:
    return plan(quickstart(), {}, PlanOptions(EXACT))


def judged(best: Result | None = None, **sections: Any) -> Evaluation:
    """Judge a proposal against the quickstart, or against the case of another optimum."""
    best = best or optimum()
    proposal = Proposal.model_validate({"schema_version": 1, "name": "Proposal", **sections})
    return evaluate(best.case, {}, proposal, EvaluateOptions(EXACT, best))


LEASE = {"contract": "dense_lease", "start": "2028-01-01", "halls": ["hall_a"]}
NOT_CONVERTED = {"converted": False, "design": None, "build_start": None, "modules": None}
HALL = {"hall": "hall_a", "design": "liquid_hall", "build_start": "2027-01-01", "modules": {"air": 2, "liquid": 4}}


def causes(found: Evaluation) -> dict[str, float]:
    assert found.regret is not None
    return {cause.name: cause.gain_musd for cause in found.regret.causes}


def only_broken(found: Evaluation) -> Rule:
    (broken,) = found.feasibility.broken
    return broken.rule


# --- the optimum itself -----------------------------------------------------------------------------------


def test_the_optimal_plan_as_a_proposal_has_no_regret(small_result: Result) -> None:
    for best in (optimum(), small_result):
        found = evaluate(best.case, {}, proposal_of(best), EvaluateOptions(EXACT, best))
        assert found.feasibility.feasible
        assert found.result is not None
        assert found.regret is not None
        assert found.result.plan.npv_musd == pytest.approx(best.plan.npv_musd, rel=1e-6)
        assert found.regret.total_musd == pytest.approx(0.0, abs=1e-6)
        assert found.regret.causes == ()


@pytest.mark.slow
def test_the_plan_of_denton_as_a_proposal_has_no_regret() -> None:
    loaded = load_case(EXAMPLES / "denton/case.yaml")
    best = plan(loaded.case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=0.005)))
    # handed over as the commands do: searched anew to the same gap, it may come out a little lower
    options = EvaluateOptions(SolveOptions(gap_frac=0.005), best, known=best.plan)
    found = evaluate(loaded.case, {}, proposal_of(best), options)
    assert found.result is not None
    assert found.result.plan.npv_musd == pytest.approx(best.plan.npv_musd, rel=1e-6)
    assert found.regret is not None
    assert found.regret.total_musd == pytest.approx(0.0, abs=1e-6 * best.plan.npv_musd)


def test_a_proposal_that_fixes_nothing_is_the_best_plan() -> None:
    found = judged()
    assert found.feasibility.feasible
    assert causes(found) == {}
    assert found.result is not None
    assert found.result.plan.npv_musd == pytest.approx(optimum().plan.npv_musd, rel=1e-9)


# --- five and more spoiled proposals ------------------------------------------------------------------------


def test_overbuilt_cooling_is_named() -> None:
    """Two liquid units too many at 1 MUSD each, spread over 2027: 2 x 0.9538 = 1.908."""
    found = judged(contracts=[LEASE], halls=[HALL | {"modules": {"air": 2, "liquid": 6}}])
    assert causes(found) == {"overbuilt cooling": pytest.approx(2 * SPENT_2027, rel=1e-4)}


def test_a_hall_too_many_is_named() -> None:
    """The lease spread over two halls gives up a second one: 9.92 of mining and 2 MUSD of works, 9.92 + 1.91."""
    found = judged(contracts=[LEASE | {"halls": ["hall_a", "hall_b"]}], halls=[])
    assert causes(found) == {"wrong hall": pytest.approx(9.9173 + 2 * SPENT_2027, rel=1e-4)}


def test_a_late_build_is_named_and_a_late_service_too() -> None:
    """A quarter later the service begins a quarter later: damages of 4.2 MUSD and a quarter's income are lost."""
    assert list(
        causes(judged(contracts=[{"contract": "dense_lease"}], halls=[HALL | {"build_start": "2027-04-01"}]))
    ) == ["late build"]
    late = judged(contracts=[LEASE | {"start": "2028-07-01"}], halls=[HALL | {"build_start": "2027-07-01"}])
    assert list(causes(late)) == ["late start"]


def test_a_poor_tenant_and_a_missed_one_are_named() -> None:
    """The air lease gains 7.26 and the dense one 12.11, and there is money for one of them: 4.85 is lost."""
    assert causes(judged(contracts=[{"contract": "air_lease"}])) == {"poor tenant": pytest.approx(4.8453, rel=1e-4)}
    assert causes(judged(contracts=[])) == {"missed tenant": pytest.approx(12.1094, rel=1e-4)}


def test_two_faults_add_up_to_the_regret() -> None:
    found = judged(
        contracts=[{"contract": "dense_lease"}], halls=[HALL | {"build_start": "2027-04-01", "modules": {"liquid": 6}}]
    )
    assert found.regret is not None
    assert set(causes(found)) == {"late build", "overbuilt cooling"}
    assert sum(causes(found).values()) + found.regret.within_gap_musd == pytest.approx(
        found.regret.total_musd, abs=1e-9
    )


def with_queue(months: float) -> Result:
    """Return the optimum of a quickstart that must ask for a change of use first."""
    queue = {"p10_months": months, "p50_months": months, "p90_months": months}
    return plan(quickstart(change_of_use={"queue": queue}), {}, PlanOptions(EXACT))


def test_a_late_request_is_named() -> None:
    found = judged(with_queue(9), upgrades=[{"upgrade": "change-of-use", "requested": "2027-07-01"}])
    assert list(causes(found)) == ["late request"]
    assert found.regret is not None
    assert "asked for in Jul 2027, better Jan 2027" in found.regret.causes[0].words


# --- what a proposal breaks -----------------------------------------------------------------------------------


def test_too_little_power_is_said_with_dates_and_the_request_gives_way() -> None:
    """8.8 MW from January to July 2028, as the consent asked for in July comes a year later."""
    found = judged(
        with_queue(12), contracts=[LEASE], upgrades=[{"upgrade": "change-of-use", "requested": "2027-07-01"}]
    )
    assert only_broken(found) is Rule.POWER
    (broken,) = found.feasibility.broken
    assert broken.amount == pytest.approx(8.8)
    assert "short by 8.8 MW from Jan 2028 to Jul 2028 for dense_lease" in broken.words
    assert view(found).given_up == ("change-of-use: asked for in Jul 2027 -> asked for in Jan 2027",)


def test_without_the_request_there_is_no_power_at_all() -> None:
    found = judged(with_queue(9), contracts=[LEASE], upgrades=[])
    assert only_broken(found) is Rule.POWER
    assert "change-of-use is not asked for" in found.feasibility.broken[0].words


def test_too_little_money_is_said_with_its_amount() -> None:
    """47 and 30 MUSD of works, 60 MUSD of equity."""
    found = judged(contracts=[LEASE, {"contract": "air_lease"}])
    (broken,) = found.feasibility.broken
    assert (broken.rule, broken.unit) == (Rule.LIMIT, "MUSD")
    assert broken.amount == pytest.approx(17.0, rel=1e-3)
    assert broken.words.startswith("equity available: short by up to 17.0 MUSD from")
    assert view(found).given_up == ("air_lease: taken -> not taken",)


@pytest.mark.parametrize(
    ("contract", "hall", "rule", "words"),
    [
        ({"start": "2028-10-01"}, {"build_start": "2027-10-01"}, Rule.START_WINDOW, "3.0 months after its longstop"),
        ({}, {"build_start": "2027-04-01"}, Rule.LATE_BUILD, "done in Apr 2028 (usable Apr 2028), 3.0 months after"),
        ({}, {"modules": {"liquid": 3}}, Rule.COOLING, "needs 4 liquid cooling modules for 8.0 MW of IT"),
        ({}, {"design": "air_hall", "modules": {}}, Rule.NOT_ACCEPTED, "direct_to_chip cooling, the design has air"),
        ({}, NOT_CONVERTED, Rule.NOT_CONVERTED, "does not convert"),
        ({"start": "2040-01-01"}, {}, Rule.OUTSIDE_STUDY, "no period of the study"),
    ],
)  # fmt: skip
def test_broken_limits_are_said_in_words(contract: Any, hall: Any, rule: Rule, words: str) -> None:
    found = judged(contracts=[LEASE | contract], halls=[HALL | hall])
    assert only_broken(found) is rule
    assert words in found.feasibility.broken[0].words
    assert found.result is not None
    assert found.result.plan.npv_musd > 0


def test_a_service_that_begins_before_any_hall_is_ready_is_named() -> None:
    """Works begun on the first day take 12 months; with both large leases 77 MUSD are spent of 60."""
    early = LEASE | {"start": "2027-07-01", "halls": None}
    (broken,) = judged(contracts=[early]).feasibility.broken
    assert broken.rule is Rule.LATE_BUILD
    assert broken.amount == pytest.approx(6.0)
    found = judged(contracts=[early, {"contract": "air_lease", "start": "2028-01-01"}]).feasibility.broken
    assert [item.rule for item in found] == [Rule.LATE_BUILD, Rule.LIMIT]
    assert found[1].amount == pytest.approx(17.0)


def test_a_hall_too_small_is_said_in_racks() -> None:
    """A hall has floor for 475 racks of the air lease and the five modules that cool them; the lease has 800."""
    found = judged(contracts=[{"contract": "air_lease", "halls": ["hall_a"]}])
    assert only_broken(found) is Rule.TOO_SMALL
    assert "short by 325 racks (3.2 MW of IT) for want of floor" in found.feasibility.broken[0].words
    assert [decision.kind.value for decision in found.feasibility.given_up] == ["places"]


def test_of_equally_light_ways_out_the_most_valuable_is_taken() -> None:
    """Either lease may go for want of equity: without the air lease the site is worth 62.49 MUSD, else 57.64."""
    found = judged(contracts=[{"contract": "air_lease"}, {"contract": "dense_lease"}])
    assert [(item.kind, item.index) for item in found.feasibility.given_up] == [(Kind.TAKEN, (1,))]
    assert found.result is not None
    assert found.result.plan.npv_musd == pytest.approx(optimum().plan.npv_musd, rel=1e-6)


def test_signed_and_exclusive_offers() -> None:
    case = quickstart()
    dense, air, short = case.contracts
    signed = case.model_copy(update={"contracts": (dense.model_copy(update={"signed": True}), air, short)})
    found = judged(plan(signed, {}, PlanOptions(EXACT)), contracts=[])
    assert only_broken(found) is Rule.SIGNED
    either = {"exclusive_group": "either"}
    offers = (dense.model_copy(update=either), air, short.model_copy(update=either))
    best = plan(case.model_copy(update={"contracts": offers}), {}, PlanOptions(EXACT))
    found = judged(best, contracts=[LEASE, {"contract": "short_lease"}])
    assert Rule.EXCLUSIVE in {broken.rule for broken in found.feasibility.broken}


# --- terms, claims, outlets -----------------------------------------------------------------------------------


def test_the_proposals_terms_are_told_apart_from_the_cases(tmp_path: Path) -> None:
    """15 USD more rent on 8 MW is 1.44 MUSD a year, worth 1.44 x 4.643 = 6.69; the regret is at the case's terms."""
    found = judged(contracts=[LEASE | {"rent_usd_per_kw_month": 190}], halls=[HALL], claimed_npv_usd=70e6)
    assert found.assumed is not None
    assert found.result is not None
    assert found.assumed.plan.npv_musd - found.result.plan.npv_musd == pytest.approx(1.44 * 4.643, rel=1e-3)
    assert causes(found) == {}
    shown = view(found)
    assert [row.what for row in shown.economics] == [
        "proposal, at the case's terms", "proposal, at the proposal's terms", "best plan", "go on mining",
    ]  # fmt: skip
    assert shown.claims[0].difference_usd == pytest.approx(found.assumed.plan.npv_musd * 1e6 - 70e6)
    save(found.assumed, tmp_path)
    assert check(load(tmp_path / "result.json")).clean


def test_a_saved_proposal_claims_no_more_than_what_is_proven_of_its_case(tmp_path: Path) -> None:
    """The short lease alone is found to be the best of all plans that hold it, which says nothing of the others."""
    found = judged(contracts=[{"contract": "short_lease"}])
    assert found.result is not None
    assert found.as_plan is not None
    own, told, best = found.result.plan, found.as_plan.plan, found.optimum.plan
    assert own.report.bound_musd == pytest.approx(own.npv_musd)
    assert told.npv_musd == own.npv_musd < best.npv_musd - 1
    assert told.report.bound_musd == best.report.bound_musd
    assert told.report.status is Status.CHOSEN
    save(found.as_plan, tmp_path)
    read = load(tmp_path / "result.json")
    assert "Proven" not in " ".join(decision(Views(read)))
    assert "more than +12.1 MUSD against going on mining" in " ".join(decision(Views(read)))
    with pytest.raises(OtherCase, match="one of several plans"):
        judged(best=read)


def test_a_proposal_as_good_as_the_best_keeps_its_proof() -> None:
    found = evaluate(optimum().case, {}, proposal_of(optimum()), EvaluateOptions(best=optimum()))
    assert found.as_plan is not None
    assert found.as_plan.plan.report.status is Status.OPTIMAL


def test_nothing_is_proven_of_a_plan_at_the_proposals_own_terms() -> None:
    found = judged(contracts=[LEASE | {"rent_usd_per_kw_month": 190}], halls=[HALL])
    assert found.assumed_as_plan is not None
    assert found.assumed_as_plan.plan.report.bound_musd is None
    assert "was not searched" in " ".join(decision(Views(found.assumed_as_plan)))


def test_the_text_and_the_file_say_the_same() -> None:
    found = judged(contracts=[LEASE, {"contract": "air_lease"}], by="Somebody", claimed_capex_usd=77e6)
    shown = view(found)
    text, file = evaluation_text(shown, width=160), evaluation_json(shown)
    for words in ("Not feasible as proposed: 1 limit is broken.", "air_lease: taken -> not taken", "17.0 MUSD"):
        assert words in text
        assert words in file
    assert "Claimed and computed" in text
    assert "nearest feasible plan" in text


def test_dates_between_periods_are_said() -> None:
    found = judged(contracts=[{"contract": "dense_lease", "start": "2028-02-15"}])
    assert found.notes == ("service of dense_lease from 15 Feb 2028 is counted from Apr 2028, a period's start",)


def test_the_optimum_of_another_case_is_refused() -> None:
    with pytest.raises(OtherCase):
        evaluate(quickstart(firm_mw=41), {}, proposal_of(optimum()), EvaluateOptions(EXACT, optimum()))


# --- break-evens, confirmed by planning ---------------------------------------------------------------------


def level(found: Evaluation, lever: Lever) -> float:
    (point,) = [p for p in found.break_evens if (p.lever, p.target) == (lever, Target.DO_NOTHING)]
    (only,) = point.levels
    return only


def takes_offers(case: Case) -> bool:
    return len(plan(case, {}, PlanOptions(EXACT)).plan.tables["tenants"]) > 0


def test_break_evens_are_confirmed_by_planning_on_both_sides() -> None:
    """Works of 44.83 may cost 12.11 more; rents of 16.8 MUSD a year, worth 78.0, may be 12.11 less."""
    best = optimum()
    found = evaluate(best.case, {}, proposal_of(best), EvaluateOptions(EXACT, best))
    assert level(found, Lever.CAPEX) == pytest.approx(1 + 12.1094 / (47 * SPENT_2027), rel=1e-4)
    assert level(found, Lever.RENT) == pytest.approx(1 - 12.1094 / (16.8 * 4.6434), rel=1e-4)
    hashprice, rent = level(found, Lever.HASHPRICE), level(found, Lever.RENT)
    assert takes_offers(apply(best.case, Lever.HASHPRICE, 0.99 * hashprice))
    assert not takes_offers(apply(best.case, Lever.HASHPRICE, 1.01 * hashprice))
    assert takes_offers(apply(best.case, Lever.RENT, 1.01 * rent))
    assert not takes_offers(apply(best.case, Lever.RENT, 0.99 * rent))


@pytest.mark.parametrize("lever", [Lever.HASHPRICE, Lever.RENT, Lever.CAPEX, Lever.POWER, Lever.DELAY])
def test_a_lever_at_rest_changes_nothing(lever: Lever, small_result: Result) -> None:
    case = small_result.case
    assert apply(case, lever, lever.neutral) == case
    assert apply(case, lever, lever.neutral + 1) != case


def test_a_better_plan_than_the_optimum_handed_over_is_kept() -> None:
    best = optimum()
    worse = replace(best, plan=judged(contracts=[]).result.plan)  # type: ignore[union-attr]
    bound = replace(worse.plan.report, bound_musd=best.plan.npv_musd)
    worse = replace(worse, plan=replace(worse.plan, report=bound))
    found = judged(worse, contracts=[LEASE], halls=[HALL])
    assert found.optimum.plan.npv_musd == pytest.approx(best.plan.npv_musd)
    assert found.regret is not None
    assert found.regret.total_musd == pytest.approx(0.0, abs=1e-9)


# --- further terms of offers ----------------------------------------------------------------------------------


def with_terms_of(number: int, **terms: object) -> Result:
    """Return the optimum of the quickstart with further terms of one of its offers."""
    case = quickstart()
    offers = tuple(
        offer.model_copy(update=terms) if number == i else offer for i, offer in enumerate(case.contracts)
    )  # fmt: skip
    return plan(case.model_copy(update={"contracts": offers}), {}, PlanOptions(EXACT))


def test_too_many_halls_and_what_follows_too_early() -> None:
    few = with_terms_of(0, most_halls=1)
    found = judged(few, contracts=[LEASE | {"halls": ["hall_a", "hall_b"]}])
    assert only_broken(found) is Rule.MOST_HALLS
    after = with_terms_of(2, follows="dense_lease")
    found = judged(after, contracts=[{"contract": "short_lease"}])
    assert only_broken(found) is Rule.FOLLOWS
    early = [LEASE | {"start": "2028-04-01"}, {"contract": "short_lease", "start": "2028-01-01"}]
    rules = {broken.rule: broken for broken in judged(after, contracts=early).feasibility.broken}
    assert rules[Rule.FOLLOWS].amount == pytest.approx(3.0)


def test_an_offer_that_cannot_be_served_says_why() -> None:
    limit = {"latency": LatencyLimit(max_ms=1.0)}
    found = judged(with_terms_of(0, **limit), contracts=[LEASE], halls=[HALL])
    assert only_broken(found) is Rule.INELIGIBLE


def test_a_loan_does_not_limit_the_break_evens() -> None:
    """Where building costs nothing a tenant's money exceeds all cost: no loan, but the plan can still be valued."""
    case = quickstart()
    debt = Debt(
        loan_to_cost_frac=0.7, coupon_frac=0.08, draw_until=date(2029, 1, 1), tenor_months=48, repayment=Repayment.LEVEL
    )
    finance = case.finance.model_copy(update={"debt": debt})
    funding = TenantFunding(usd_per_kw=4000, months_before_start=12, credit_share_frac=0.4)
    lease = case.contracts[0].model_copy(update={"funding": funding})
    lent = case.model_copy(update={"finance": finance, "contracts": (lease,)})
    best = plan(lent, {}, PlanOptions(EXACT))
    assert len(best.plan.tables["gpu_systems"])
    points = {(p.lever, p.target): p for p in break_evens(best, EXACT)}
    (factor,) = points[Lever.CAPEX, Target.DO_NOTHING].levels
    assert factor > 1


def test_the_coupon_breaks_even_for_the_owner() -> None:
    """At the coupon found the owner gets as much as from mining, as the views of a result with that coupon say."""
    case = quickstart()
    debt = Debt(
        loan_to_cost_frac=0.6, coupon_frac=0.12, draw_until=date(2028, 1, 1), tenor_months=60, repayment=Repayment.LEVEL
    )
    finance = case.finance.model_copy(update={"debt": debt, "equity_budget": None})
    best = plan(case.model_copy(update={"finance": finance}), {}, PlanOptions(EXACT))
    points = {(p.lever, p.target): p for p in break_evens(best, EXACT)}
    (factor,) = points[Lever.COUPON, Target.DO_NOTHING].levels
    assert factor > 1
    dearer = replace(best, case=apply(best.case, Lever.COUPON, factor))
    owner = next(row for row in FinanceViews(dearer).returns if row.whose == "owner")
    assert owner.npv_usd == pytest.approx(0.0, abs=100.0)


def test_a_result_judged_with_a_wide_gap_is_worth_no_less_than_it_is() -> None:
    """Held decisions leave machines open; a search that may stop half way must not come back with less."""
    options = EvaluateOptions(SolveOptions(gap_frac=0.5), best=optimum(), known=optimum().plan)
    found = evaluate(optimum().case, {}, proposal_of(optimum()), options)
    assert found.result is not None
    assert found.result.plan.npv_musd >= optimum().plan.npv_musd - 1e-6
    assert found.regret is not None
    assert found.regret.total_musd == 0


@pytest.mark.slow
def test_a_poor_plan_that_is_held_is_worth_what_it_was_planned_for_or_more() -> None:
    """A plan stopped early may fit out halls later than it could: holding its works must not move that forward."""
    loaded = load_case(EXAMPLES / "denton/case.yaml")
    poor = plan(loaded.case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=0.2)))
    value, twin = Held(poor, EXACT).values(Lever.HASHPRICE, 1.0)
    assert value is not None
    assert value >= poor.plan.npv_musd - 1e-6
    assert twin == pytest.approx(poor.do_nothing.npv_musd, abs=1e-6)

"""What decisions fixed beforehand cost, and which of them give way: the quickstart's sums by hand, and other sites."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from planner.case_file import load_case, read_change
from planner.case_file.overrides import parse_override, with_overrides
from planner.results import Outcome, Result, load, save
from planner.schemas import Case
from planner.schemas.greenfield import Greenfield
from planner.schemas.overrides import Choice, Override
from planner.schemas.proposal import Proposal, ProposedContract
from planner.schemas.site import QueueDelay
from planner.studies.check import check
from planner.studies.levers import Lever
from planner.studies.overrides import PriceOptions, moved_dates, priced
from planner.studies.plan import InfeasibleCase, PlanOptions, plan
from planner.studies.proposals.asked import Asked
from planner.studies.proposals.break_even import Held
from planner.studies.proposals.broken import Rule
from planner.studies.proposals.decisions import Ground, decisions_of
from planner.studies.proposals.evaluate import _notes
from planner.studies.proposals.feasibility import Feasibility, feasibility
from planner.studies.proposals.override_limits import overridden
from planner.studies.proposals.solving import Bench
from planner.translate import translate
from planner.translate.greenfield import bare_land
from planner.views.overrides import OverridesView, overrides_view
from site_conversion.solve import SolveOptions
from tests.formulation.support import Entry, Site, hall, lease

ROOT = Path(__file__).parents[2]
EXACT = SolveOptions(gap_frac=0.0, time_limit_s=60)


@cache
def quickstart() -> Case:
    return load_case(ROOT / "examples/quickstart/case.yaml").case


def fixed(*texts: str) -> list[Override]:
    """Read overrides typed as '+contract:x' (forced) and '-contract:x' (forbidden)."""
    return [parse_override(text[1:], Choice.FORCE if text[0] == "+" else Choice.FORBID) for text in texts]


def planned(case: Case, *texts: str, each: bool = False) -> Result:
    result = plan(with_overrides(case, fixed(*texts)), {}, PlanOptions(EXACT))
    return priced(result, PriceOptions(EXACT, each))


def view_of(result: Result) -> OverridesView:
    view = overrides_view(result)
    assert view is not None
    return view


def cost_musd(result: Result) -> float:
    price = view_of(result).price
    assert price is not None
    assert price.is_exact
    return price.usd / 1e6


AIR, DENSE, LATE_DENSE = 7.2641, 12.1094, 9.2077
"""Worth of the air lease, of the dense one, and of the dense one begun a quarter late, as the README works them out."""


@pytest.mark.parametrize(
    ("texts", "cost"),
    [
        (["+contract:air_lease"], DENSE - AIR),
        (["-contract:dense_lease"], DENSE - AIR),
        (["-design:liquid_hall"], DENSE - AIR),
        (["+contract:dense_lease@2028-04"], DENSE - LATE_DENSE),
        (["-contract:dense_lease@..2028-03"], DENSE - LATE_DENSE),
        (["+hall:hall_a=liquid_hall@2027-04"], DENSE - LATE_DENSE),
        (["-contract:dense_lease", "-contract:air_lease"], DENSE),
        (["+contract:dense_lease", "+hall:hall_a@2027-01", "-contract:air_lease"], 0.0),
        (["+contract:dense_lease=hall_d", "-hall:hall_a"], 0.0),
    ],
)
def test_the_quickstart_by_hand(texts: list[str], cost: float) -> None:
    assert cost_musd(planned(quickstart(), *texts)) == pytest.approx(cost, abs=2e-4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-contract:dense_lease", "with dense_lease in place of air_lease"),
        ("+contract:air_lease", "without air_lease; dense_lease of 8.0 MW of IT instead of 4.0"),
    ],
)
def test_an_offer_in_steps_is_named_by_its_own_name(text: str, words: str) -> None:
    """The dense lease is also had in 4 MW: the plan without fixed decisions takes all 8."""
    steps = [read_change(f"contracts[dense_lease].{field}=4") for field in ("least_it_mw", "step_it_mw")]
    case = load_case(ROOT / "examples/quickstart/case.yaml", changes=steps).case
    assert view_of(planned(case, *text.split())).instead == words


def test_signing_one_offer_in_place_of_another_is_said(tmp_path: Path) -> None:
    result = planned(quickstart(), "+contract:air_lease", "+hall:hall_b", each=True)
    view = view_of(result)
    assert view.instead == "with dense_lease in place of air_lease"
    assert [row.words for row in view.rows] == ["force contract:air_lease", "force hall:hall_b"]
    alone = [row.price.usd / 1e6 for row in view.rows if row.price is not None]
    assert alone == pytest.approx([DENSE - AIR, 0.0], abs=2e-4)
    assert check(result).clean
    save(result, tmp_path)
    again = load(tmp_path / "result.json")
    assert again.case == result.case
    assert [row.words for row in view_of(again).rows] == [row.words for row in view.rows]
    assert cost_musd(again) == pytest.approx(cost_musd(result))
    assert check(again).clean


def test_a_spoiled_result_does_not_pass() -> None:
    """A plan that disobeys, a free plan that is worth less, and one override that costs more than all."""
    result = planned(quickstart(), "+contract:air_lease", "-hall:hall_d", each=True)
    assert result.free is not None
    free = planned(quickstart())
    swapped = replace(result, plan=free.plan)
    assert any("override 'force contract:air_lease'" in finding for finding in check(swapped).findings)
    worse = replace(result, free=replace(result.free, plan=result.do_nothing))
    assert any("without every override" in finding for finding in check(worse).findings)
    dear = replace(result.free.lifted[1], npv_musd=99.0)
    more = replace(result, free=replace(result.free, lifted=(result.free.lifted[0], dear)))
    assert any("'forbid hall:hall_d'" in finding for finding in check(more).findings)


def with_bound(outcome: Outcome, above_musd: float) -> Outcome:
    bound = outcome.npv_musd + above_musd
    return replace(outcome, report=replace(outcome.report, bound_musd=bound, gap_frac=above_musd / outcome.npv_musd))


def test_gaps_leave_room_for_the_price() -> None:
    """4.8 MUSD between two plans that may each be worth more: by 2 with the override and by 3 without it."""
    result = planned(quickstart(), "+contract:air_lease")
    assert result.free is not None
    loose = replace(
        result, plan=with_bound(result.plan, 2.0), free=replace(result.free, plan=with_bound(result.free.plan, 3.0))
    )
    price = view_of(loose).price
    assert price is not None
    found = [price.least_usd, price.usd, price.most_usd]
    assert found == pytest.approx([(DENSE - AIR + shift) * 1e6 for shift in (-2, 0, 3)], abs=200)
    assert not price.is_exact
    looser = replace(loose, plan=with_bound(result.plan, 9.0))
    assert (view_of(looser).price or price).least_usd == 0.0


def test_without_overrides_there_is_nothing_to_price() -> None:
    result = planned(quickstart())
    assert result.free is None
    assert overrides_view(result) is None


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["+contract:air_lease@2029-01"], ["its service can begin from Jan 2028 to Jul 2028"]),
        (["+contract:air_lease=hall_a"], ["needs 800 racks, and there is room for 475 in hall_a"]),
        (["+hall:hall_a@2033-01"], ["works for an offer can begin from Jan 2027 to Jul 2027"]),
        (
            ["+contract:dense_lease", "-hall:hall_d", "+contract:air_lease"],
            ["the fewest to give up: 'force contract:air_lease'", "cannot go with 'force contract:dense_lease'",
             "short of equity available in 2028 Q2 by 17.0 MUSD"],
        ),
        (
            ["+contract:air_lease", "-hall:hall_a", "-hall:hall_b", "-hall:hall_c"],
            ["the fewest to give up: 'forbid hall:hall_c'",
             "cannot go with 'force contract:air_lease', 'forbid hall:hall_a' and 'forbid hall:hall_b'"],
        ),
        (
            ["-design:liquid_hall", "+contract:dense_lease", "+contract:dense_lease=hall_b"],
            ["the fewest to give up: 'forbid design:liquid_hall'"],
        ),
    ],
)  # fmt: skip
def test_what_has_to_give_way_is_named(texts: list[str], words: list[str]) -> None:
    with pytest.raises(InfeasibleCase) as caught:
        planned(quickstart(), *texts)
    for part in words:
        assert part in str(caught.value)


def test_offers_of_one_group_exclude_each_other() -> None:
    one, other = (lease(name, 5, exclusive_group="either") for name in ("one", "other"))
    site = Site((hall("a"), hall("b")), (one, other, lease("third", 5)))
    with pytest.raises(InfeasibleCase) as caught:
        planned(site.case(), "+contract:one", "+contract:third", "+contract:other")
    assert str(caught.value).splitlines()[1:] == [
        "  'force contract:other' cannot go with 'force contract:one'", "    of these offers one can be taken",
    ]  # fmt: skip


def test_power_that_a_forbidden_request_would_have_brought_is_named() -> None:
    """10 MW of IT on a site of 6 MW: without the request the lease lacks 4 MW of firm power in 2030."""
    more: Entry = {"upgrades": [
        {"id": "feed", "firm_mw": 10, "queue": dict.fromkeys(("p10_months", "p50_months", "p90_months"), 6)},
        {"id": "late", "firm_mw": 10, "queue": dict.fromkeys(("p10_months", "p50_months", "p90_months"), 24)},
    ]}  # fmt: skip
    with pytest.raises(InfeasibleCase) as caught:
        planned(Site(contracts=(lease(),), firm_mw=6, more=more).case(), "+contract:lease", "-upgrade:feed")
    assert "short of firm grid MW for AI load in 2030 by 4.0 MW" in str(caught.value)


def test_a_case_without_a_plan_is_not_blamed_on_its_overrides() -> None:
    """The signed lease needs 10 MUSD of works, there are 5: whatever is forbidden beside it."""
    poor = {"equity_budget": [{"date": "2029-01-01", "added_usd": 5e6}]}
    site = Site((hall("one"), hall("two")), (lease(signed=True),), finance=poor)
    with pytest.raises(InfeasibleCase, match="no plan delivers the signed contracts"):
        planned(site.case(), "-hall:one")


@pytest.mark.parametrize("text", ["-contract:lease", "-contract:lease@..2040-12", "-design:air"])
def test_a_signed_contract_in_the_way_is_named(text: str) -> None:
    with pytest.raises(InfeasibleCase) as caught:
        planned(Site((hall("one"), hall("two")), (lease(signed=True),)).case(), text)
    assert "cannot go with the signed contract lease; without it there is a plan" in str(caught.value)


def test_a_tenant_that_the_place_refuses_cannot_be_forced() -> None:
    far = lease(latency={"max_ms": 1})
    site = Site(contracts=(far,), more={"latency_ms": {"Dallas": 5}})
    with pytest.raises(InfeasibleCase, match="'force contract:lease' cannot be obeyed: lease "):
        planned(site.case(), "+contract:lease")


def test_a_proposal_is_judged_with_what_the_case_fixes() -> None:
    """A proposal that contradicts the case is told so; the rest of it is kept."""
    case = with_overrides(quickstart(), fixed("-contract:dense_lease"))
    ground = Ground(case, translate(case))

    def judged(name: str) -> Feasibility:
        proposal = Proposal(schema_version=1, name="p", contracts=(ProposedContract(contract=name),))
        assert any("the case fixes 1 of the decisions" in remark for remark in _notes(proposal, ground))
        return feasibility(proposal, Asked(ground, decisions_of(proposal, ground)), Bench(ground.instance, EXACT))

    air, dense = judged("air_lease"), judged("dense_lease")
    assert air.feasible
    assert {broken.rule for broken in dense.broken} == {Rule.OVERRIDDEN}
    for found, gain in ((air, AIR), (dense, 0.0)):
        assert found.solved is not None
        assert found.solved.npv_musd == pytest.approx(50.3614 + gain, abs=2e-4)


def taken(name: str, **fields: object) -> dict[str, object]:
    return {"contracts": [{"contract": name, **fields}]}


def in_hall(letter: str) -> dict[str, object]:
    return taken("dense_lease", halls=[f"hall_{letter}"])


@pytest.mark.parametrize(
    ("text", "against", "within"),
    [
        ("+contract:air_lease", taken("air_lease", taken=False), taken("air_lease")),
        ("+contract:air_lease@2028-01", taken("air_lease", start="2028-04-01"), taken("air_lease", start="2028-01-01")),
        ("-contract:air_lease@2028-01", taken("air_lease", start="2028-01-01"), taken("air_lease", start="2028-04-01")),
        (
            "+contract:dense_lease=hall_b",
            taken("dense_lease", halls=["hall_a"]),
            taken("dense_lease", halls=["hall_b"]),
        ),
        (
            "-contract:dense_lease=hall_a",
            taken("dense_lease", halls=["hall_a"]),
            taken("dense_lease", halls=["hall_b"]),
        ),
        ("+hall:hall_a", {"halls": [{"hall": "hall_a", "converted": False}]}, {"halls": [{"hall": "hall_a"}]}),
        ("-hall:hall_a", {"halls": [{"hall": "hall_a"}]}, {"halls": [{"hall": "hall_b"}]}),
        (
            "+hall:hall_a=air_hall",
            {"halls": [{"hall": "hall_a", "design": "liquid_hall"}]},
            {"halls": [{"hall": "hall_a", "design": "air_hall"}]},
        ),
        (
            "-hall:hall_a@2027-01",
            {"halls": [{"hall": "hall_a", "build_start": "2027-01-01"}]},
            {"halls": [{"hall": "hall_a", "build_start": "2027-04-01"}]},
        ),
        (
            "-design:air_hall",
            {"halls": [{"hall": "hall_a", "design": "air_hall"}]},
            {"halls": [{"hall": "hall_a", "design": "liquid_hall"}]},
        ),
        (
            "+design:air_hall",
            {"halls": [{"hall": f"hall_{x}", "converted": False} for x in "abcd"]},
            {"halls": [{"hall": f"hall_{x}", "converted": False} for x in "abc"], "rest": "open"},
        ),
    ],
)
def test_what_a_proposal_decides_otherwise_is_seen(
    text: str, against: dict[str, object], within: dict[str, object]
) -> None:
    case = with_overrides(quickstart(), fixed(text))
    ground = Ground(case, translate(case))
    for content, count in ((against, 1), (within, 0)):
        proposal = Proposal.model_validate({"schema_version": 1, "name": "p", **content})
        found = list(overridden(proposal, Asked(ground, decisions_of(proposal, ground))))
        assert len(found) == count, content
        assert all(broken.decisions for broken in found)


def test_break_evens_hold_the_plan_and_not_its_overrides() -> None:
    """The same plan is worth the same at other levels, whether its dates are forced or not: a delay moves them too."""
    site = Site(contracts=(lease(longstop="2031-01-01"),), years=4)
    dated = ("+contract:lease@2030-01", "+hall:hall@2029-01")
    free, forced = (Held(planned(site.case(), *texts), EXACT) for texts in ((), dated))
    for lever, level in ((Lever.RENT, 0.5), (Lever.LATE_WORKS, 6.0), (Lever.LATE_WORKS, 24.0)):
        assert forced.values(lever, level) == pytest.approx(free.values(lever, level))


def test_bare_land_and_going_on_mining_are_planned_without_overrides() -> None:
    queue = QueueDelay(p10_months=1, p50_months=2, p90_months=3)
    terms = Greenfield(queue=queue, grid_capex_usd_per_mw=1e5, shell_usd_per_mw=1e6, shell_months=6)
    case = with_overrides(quickstart(), fixed("-hall:hall_a")).model_copy(update={"greenfield": terms})
    instance = translate(case)
    assert len(instance.overrides) == 1
    for twin in (instance.do_nothing(), instance.without_overrides(), translate(bare_land(case))):
        assert twin.overrides == ()


def test_moved_dates_are_told() -> None:
    result = planned(quickstart(), "+contract:dense_lease@2028-02", "+hall:hall_a@2027-04")
    assert moved_dates(result) == ("'force contract:dense_lease@2028-02' is counted from Apr 2028, a period's start",)

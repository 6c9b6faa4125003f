"""What the report shows of a plan: sums are those of the ledger, dates those of the decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from planner.case_file import load_case, read_change
from planner.reports.html.charts_money import cash_chart
from planner.reports.html.drawing import WIDE
from planner.reports.html.page import report_page
from planner.reports.html.plan_tables import cash
from planner.results import Result
from planner.studies.plan import PlanOptions, plan
from planner.views import Views
from planner.views.cash import AFTER, bridge, cash_total, cash_years, funding
from planner.views.comparison import compare
from planner.views.evidence import datasets, entries
from planner.views.frames import Frames
from planner.views.limits import limit_periods
from planner.views.schedule import Group, Phase, schedule
from planner.views.site_states import HallUse, fullest, period_megawatts, site_states, site_today
from planner.views.surroundings import surroundings
from site_conversion.lines import Line
from site_conversion.solve import SolveOptions
from tests.formulation.support import Site, asic, design, hall, lease
from tests.formulation.test_hand_rigs import rental, rig
from tests.formulation.test_hand_rigs import site as rigs_at
from tests.unit.conftest import SMALL

ROOT = Path(__file__).parents[2]


@pytest.fixture
def views(small_result: Result) -> Views:
    return Views(small_result)


@pytest.fixture(scope="module")
def converted() -> Views:
    """A hall that mines in 2029 while it is built, and serves a lease of 10 MW in 2030 and 2031."""
    site = Site(halls=(hall(mining_mw=10),), contracts=(lease(),), machines=(asic(),), designs=(design(),))
    return Views(plan(site.case(), {}))


def test_the_bridge_leads_from_one_present_value_to_the_other(views: Views) -> None:
    steps = bridge(views)
    head, inner = views.headline, [step for step in steps if not step.is_total]
    assert steps[0].usd == pytest.approx(head.do_nothing_npv_usd)
    assert steps[-1].usd == pytest.approx(head.npv_usd)
    assert sum(step.usd for step in inner) == pytest.approx(head.gain_usd)
    at = head.do_nothing_npv_usd
    for step in inner:
        assert sorted((at, at + step.usd)) == pytest.approx([step.low_usd, step.high_usd])
        at += step.usd


def test_rigs_are_a_step_of_their_own() -> None:
    """A thousand rigs, the usable fifth upgraded and rented: all of it is told as rigs, none as other income."""
    result = plan(rigs_at(rig(), rental()).case(), {})
    steps = {step.what: step.usd for step in bridge(Views(result))}
    assert steps["GPU rigs"] > 0
    assert not [what for what in steps if what.startswith("other")]
    page = report_page(result)
    assert "Convert nothing: no offer adds value" in page
    assert "others&#39; machines and rented rigs" in page or "others' machines and rented rigs" in page
    assert "What becomes of machines" in page
    views = Views(result)
    (first, *_), (year, *_) = period_megawatts(views), views.megawatts_by_year
    assert first.others_mw == pytest.approx(year.rented_mw)
    assert first.others_mw > 0
    assert first.unused_mw == pytest.approx(year.unused_mw)


def test_every_dollar_of_the_ledger_is_in_one_year_and_line(views: Views) -> None:
    total = cash_total(cash_years(views))
    ledger = views.result.plan.cash_flow
    for line in Line:
        musd = ledger[ledger["line"] == line.value]["musd"].sum()
        assert total.by_line[line] == pytest.approx(musd * 1e6, abs=1)
    assert total.do_nothing_usd == pytest.approx(views.result.do_nothing.cash_flow["musd"].sum() * 1e6)
    assert total.difference_usd == pytest.approx(cash_years(views)[-1].cumulative_usd)
    assert [year.label for year in cash_years(views)] == [*(str(year) for year in range(2027, 2033)), AFTER]


def test_a_year_that_is_none_says_its_months(views: Views) -> None:
    """From April quarters, then years: 2030 begins with a quarter of its own, and a year that ends in March 2031."""
    changes = [read_change(text) for text in ("study.start=2027-04-01", "study.grid[0].count=12")]
    loaded = load_case(SMALL, changes=changes)
    april = Views(plan(loaded.case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=0.5))))
    years = cash_years(april)
    assert [year.label for year in years] == [
        "2027", "2028", "2029", "Jan 2030 to Mar 2031", "Apr 2031 to Mar 2032", "Apr 2032 to Mar 2033",
        "Apr 2033 to Mar 2034", AFTER,
    ]  # fmt: skip
    assert (years[3].start, years[3].end) == (date(2030, 1, 1), date(2031, 4, 1))
    flows = april.flows_usd(april.result.plan)
    assert years[3].net_usd == pytest.approx(flows[11:13].sum())
    assert years[0].net_usd == pytest.approx(flows[:3].sum()), "of 2027 the study has three quarters"
    bars = cash_chart(years, funding(april), WIDE)["layer"][0]["data"]["values"]
    assert [bar["start"][:7] for bar in bars][3:5] == ["2030-01", "2031-04"]
    assert [bar["end"][:7] for bar in bars][3:5] == ["2031-03", "2032-03"]
    table = cash(years)
    assert table.rows[3][0] == "Jan 2030 to Mar 2031"
    assert "it counts whole where it begins" in table.note
    assert not cash(cash_years(views)).note, "calendar years need no word"
    rows = compare([views.result, april.result], ["calendar", "april"]).years
    assert [row.what for row in rows] == [
        "2027", "2028", "2029", "2030", "Jan 2030 to Mar 2031", "2031", "Apr 2031 to Mar 2032", "2032",
        "Apr 2032 to Mar 2033", "Apr 2033 to Mar 2034", AFTER,
    ]  # fmt: skip
    frame = Frames(april.result).cash_by_year
    assert list(frame.index) == [year.label for year in years]
    assert frame["start"].iloc[3].date() == date(2030, 1, 1)


def test_the_deepest_point_of_the_line_is_the_peak_funding(views: Views) -> None:
    points = funding(views)
    assert -min(point.usd for point in points) == pytest.approx(views.headline.peak_funding_usd)
    assert points[0].usd == 0
    assert points[-1].usd == pytest.approx(cash_years(views)[-2].cumulative_usd)


def test_tenants_of_all_halls_are_the_critical_it_of_the_period(views: Views) -> None:
    for state in site_states(views):
        served = sum(tenant.it_mw for hall in state.halls for tenant in hall.tenants)
        assert served == pytest.approx(state.ai_it_mw, abs=1e-6)
        assert state.unused_mw >= -1e-6
    for row in period_megawatts(views):
        assert row.hashing_mw + row.ai_draw_mw + row.unused_mw == pytest.approx(row.contracted_mw)


def test_the_uses_of_a_hall_by_hand(converted: Views) -> None:
    """Mining today; from the start of 2029 it is built for 12 months; from 2030 on the tenant has it, 10 MW."""
    today, states = site_today(converted), site_states(converted)
    assert [(h.use, h.mining_mw, h.it_mw) for h in today.halls] == [(HallUse.MINING, 10, 0)]
    assert today.hashing_mw == pytest.approx(10)
    assert [(state.since, state.halls[0].use) for state in states] == [
        (date(2029, 1, 1), HallUse.CONVERSION),
        (date(2030, 1, 1), HallUse.AI),
    ]
    served = states[fullest(states)].halls[0]
    (tenant,) = served.tenants
    assert tenant.contract == "lease"
    assert tenant.it_mw == pytest.approx(10)
    bars = [(bar.group, bar.row, bar.phase, bar.start, bar.end) for bar in schedule(converted).bars]
    assert bars == [
        (Group.HALL, "hall", Phase.BUILD, date(2029, 1, 1), date(2030, 1, 1)),
        (Group.HALL, "hall", Phase.SERVICE, date(2030, 1, 1), date(2032, 1, 1)),
        (Group.OFFER, "lease", Phase.SERVICE, date(2030, 1, 1), date(2032, 1, 1)),
    ]


def test_power_is_usable_when_the_schedule_says_so(views: Views) -> None:
    plan_of_site = schedule(views)
    usable = {mark.day for mark in plan_of_site.marks if mark.group is Group.GRID}
    assert usable == {row.energised for row in views.upgrades if row.taken}
    for mark in plan_of_site.marks:
        if mark.group is Group.GRID:
            ends = [bar.end for bar in plan_of_site.bars if bar.row == mark.row]
            assert max(ends) <= mark.day


def test_limits_bind_when_the_summary_says_so(views: Views) -> None:
    rows = limit_periods(views)
    binding = {row.subject for row in rows if row.binds}
    assert binding == {row.subject for row in views.binding if not row.of_a_hall}
    assert all(row.left == pytest.approx(0, abs=1e-3) for row in rows if row.binds and row.unit == "MW")


def test_entries_and_datasets_have_their_sources(small_result: Result) -> None:
    loaded = load_case(ROOT / "examples/denton/case.yaml")
    known = Views(replace(small_result, case=loaded.case, datasets={**loaded.datasets, "gone": "0" * 64}))
    found = {row.field: row for row in entries(known)}
    queue = found["site.upgrades[expansion].queue"]
    assert (queue.entry, queue.dataset, queue.basis) == ("ercot_75mw_plus", "queue_delays", "estimate")
    assert all(row.source and row.as_of and row.basis for row in found.values())
    rows = {row.name: row for row in datasets(known)}
    assert rows["asic_models"].is_same
    assert not rows["gone"].is_same
    changed = Views(replace(small_result, datasets={"asic_models": "0" * 64}))
    assert [row.is_same for row in datasets(changed)] == [False]


def test_the_site_has_surroundings_only_where_it_has_a_place(small_result: Result) -> None:
    assert surroundings(Views(small_result)) is None
    case = small_result.case
    site = case.site.model_copy(update={"location": case.site.model_validate(
        {**case.site.model_dump(), "location": {"lon": -97.1, "lat": 33.2}}).location})  # fmt: skip
    where = surroundings(Views(replace(small_result, case=case.model_copy(update={"site": site}))))
    assert where is not None
    assert where.metros[0].name == "Dallas"
    by_state = {price.fips: price for price in where.prices}
    assert len(by_state) >= 49
    assert (by_state["37"].usd_per_mwh, by_state["37"].step) == (71.5, 1), "North Carolina"
    assert {price.step for price in where.prices} == {0, 1, 2, 3}
    assert [metro.km for metro in where.metros] == sorted(metro.km for metro in where.metros)

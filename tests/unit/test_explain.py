"""The command that says why, and what it shows: the quickstart's figures are worked out in its README."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from planner.case_file import load_case
from planner.cli import app
from planner.reports.html.why_page import why_page
from planner.reports.why import why_text, worth_cells
from planner.results import Result, save
from planner.schemas import Case
from planner.schemas.site import CrewStep
from planner.studies.plan import PlanOptions, plan
from planner.studies.why import trials
from planner.studies.why.explain import ExplainOptions, Explanation, explain
from planner.studies.why.offers import offers_of
from planner.studies.why.parts import Part
from planner.views.why import Between, musd_between, price_between, why_view
from site_conversion.handover import Arrays
from site_conversion.instance import Floats
from site_conversion.solve import SolveOptions, SolveReport, Status, solve

QUICKSTART = Path(__file__).resolve().parents[2] / "examples/quickstart/case.yaml"
EXACT = SolveOptions(gap_frac=0.0)
YEARS = 4.643
"""Value of a dollar a year from 2028 to 2034."""
SPENT_2027 = 0.9538
"""Value of a dollar spread over 2027."""
runner = CliRunner()


@cache
def quickstart() -> Result:
    return plan(load_case(QUICKSTART).case, {}, PlanOptions(EXACT))


@cache
def explained() -> Explanation:
    return explain(quickstart(), ExplainOptions(EXACT, steps=(1,)))


def takes(case: Case, name: str, price: float) -> bool:
    """Plan the case with another price of an offer, from nothing."""
    offer = next(item for item in offers_of(case) if item.name == name)
    return offer.is_taken(plan(offer.at_price(case, price), {}, PlanOptions(EXACT)).plan.tables)


def test_the_quickstart_by_hand() -> None:
    """The air lease is worth 4.85 MUSD less than the dense one: 10.87 USD more on 8 MW over seven years.

    The dense one may lose that on its own 8 MW, or 5.08 MUSD of works in 2027. Beside it the air lease lacks 17 MUSD.
    The short lease would have to make up for 11.13 MUSD in three years and for the air lease that fits beside it less
    than the dense one: 15.98 MUSD on 4 MW, a year of which is worth 2.372.
    """
    shown = why_view(explained())
    assert shown.rejected is not None
    assert shown.accepted is not None
    air, short = shown.rejected
    dollar = 8 * 12 / 1000 * YEARS
    assert air.needed == pytest.approx(150 + 4.8453 / dollar, abs=0.01)
    assert short.needed == pytest.approx(140 + 15.976 / (4 * 12 / 1000 * 2.372), abs=0.05)
    assert any("17.0 MUSD more equity it is taken (+7.26 MUSD)" in words for words in air.words)
    (dense,) = shown.accepted
    assert dense.least == pytest.approx(175 - 4.8453 / dollar, abs=0.01)
    assert dense.overrun_usd is not None
    assert dense.overrun_usd.high == pytest.approx(4.8453e6 / SPENT_2027, rel=1e-3)
    assert dense.months == 3


def test_every_price_of_the_quickstart_is_confirmed_by_planning_again() -> None:
    case, found = quickstart().case, explained()
    thresholds = {item.offer: item.needed for item in found.needs or ()}
    thresholds |= {item.offer: item.least for item in found.margins or ()}
    assert set(thresholds) == {"dense_lease", "air_lease", "short_lease"}
    for name, threshold in thresholds.items():
        assert threshold is not None
        assert takes(case, name, 1.001 * threshold.amount)
        assert not takes(case, name, 0.999 * threshold.amount)


@pytest.mark.slow
def test_processes_side_by_side_find_the_same() -> None:
    parts = frozenset({Part.REJECTED, Part.ACCEPTED})
    found = explain(quickstart(), ExplainOptions(EXACT, parts, workers=2))
    for one, other in zip((*(found.needs or ()),), explained().needs or (), strict=True):
        assert one.offer == other.offer
        assert one.needed is not None
        assert other.needed is not None
        assert one.needed.range == other.needed.range
    assert [item.offer for item in found.margins or ()] == ["dense_lease"]


@pytest.mark.slow
def test_every_price_of_a_case_with_taxes_and_gpus_is_confirmed_by_planning_again(small_result: Result) -> None:
    only = frozenset({"l2", "g1"})
    found = explain(small_result, ExplainOptions(EXACT, frozenset({Part.REJECTED, Part.ACCEPTED}), only=only))
    assert not found.stopped
    prices = [(item.offer, item.needed) for item in found.needs or ()]
    prices += [(item.offer, item.least) for item in found.margins or ()]
    assert len(found.needs or ()) == len(found.margins or ()) == 1
    for name, threshold in prices:
        assert threshold is not None
        assert takes(small_result.case, name, 1.001 * threshold.amount)
        assert not takes(small_result.case, name, 0.999 * threshold.amount)


def test_the_limits_name_the_offers_they_hold_back() -> None:
    shown = why_view(explained())
    equity = next(row for row in shown.held_back or () if row.limit == "equity available")
    assert equity.offers == ("air_lease (short by 17.0 MUSD)", "short_lease (short by 2.0 MUSD)")
    text = why_text(shown)
    page = why_page(shown)
    for words in ("too little for air_lease", "Offers not taken", "works in hall_a", "5.08"):
        assert words in text
        assert words in page
    assert "equity available: 13.0 MUSD left in 2027 Q4; too little for air_lease" in text
    assert "dense_lease from Jan 2028, ready by Jan 2028: works in hall_a" in text


def test_the_command_writes_what_it_prints(tmp_path: Path) -> None:
    save(quickstart(), tmp_path)
    asked = ["explain", str(tmp_path / "result.json"), "--part", "rejected", "--offer", "air_lease", "--gap", "0"]
    page = tmp_path / "why.html"
    done = runner.invoke(app, [*asked, "--json", "--out", str(tmp_path / "why"), "--html", str(page)])
    assert done.exit_code == 0, done.output
    written = json.loads((tmp_path / "why/explanation.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == written
    assert [row["offer"] for row in written["rejected"]] == ["air_lease"]
    assert written["accepted"] is written["worth"] is None
    assert "160.9" in page.read_text(encoding="utf-8")


def test_a_case_is_planned_first(tmp_path: Path) -> None:
    done = runner.invoke(app, ["explain", str(QUICKSTART), "--part", "binding", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "result.json").exists()
    assert "What each service waits for" in done.stdout


def test_a_misspelt_offer_is_told(tmp_path: Path) -> None:
    save(quickstart(), tmp_path)
    done = runner.invoke(app, ["explain", str(tmp_path / "result.json"), "--offer", "air_leese"])
    assert done.exit_code == 2
    assert "found 'air_leese'; did you mean 'air_lease'?" in done.stderr


def test_searches_that_are_cut_short_leave_ranges_and_say_so(
    monkeypatch: pytest.MonkeyPatch, small_result: Result
) -> None:
    """A search that is stopped five million above its plan leaves that much open in every worth."""

    def stopped(arrays: Arrays, *rest: Any) -> tuple[SolveReport, Floats | None]:
        report, x = solve(arrays, *rest)
        assert report.objective_musd is not None
        bound = report.objective_musd + 5
        return replace(report, status=Status.TIME_LIMIT, bound_musd=bound, gap_frac=5 / report.objective_musd), x

    monkeypatch.setattr(trials, "solve", stopped)
    loose = ExplainOptions(SolveOptions(gap_frac=0.0), frozenset({Part.WORTH}), (1,))
    shown = why_view(explain(small_result, loose))
    assert any("stopped above the asked gap" in note for note in shown.notes)
    gains = [step.gain_usd for row in shown.worth or () for step in row.steps]
    assert any(gain.high is not None and gain.low is not None and gain.high - gain.low >= 4.9e6 for gain in gains)


def test_halls_are_counted_whole() -> None:
    """One crew, busy all of 2027: nothing is left of it, and one hall more is worth nothing beside an equity of 60."""
    case = quickstart().case
    crews = (CrewStep(date=case.study.start, halls_at_once=1),)
    limited = case.model_copy(update={"site": case.site.model_copy(update={"crews": crews})})
    found = explain(plan(limited, {}, PlanOptions(EXACT)), ExplainOptions(EXACT, frozenset({Part.WORTH}), (1,)))
    (cells,) = [worth_cells(row) for row in why_view(found).worth or () if row.resource == "crews for halls"]
    assert cells == (("crews for halls", "1", "hall", "nothing", "0 halls in 2027 Q1"),)


def test_ranges_are_written_as_what_they_are() -> None:
    assert musd_between(Between(-50.0, 50.0)) == "nothing"
    assert musd_between(Between(7.2641e6, 7.2642e6), sign=True) == "+7.26"
    assert musd_between(Between(0.0, 1.2e6)) == "at most 1.20"
    assert musd_between(Between(1.2e6, 3.4e6)) == "1.20 to 3.40"
    assert musd_between(Between(7.0061e6, 7.0137e6), sign=True) == "+7.01"
    assert musd_between(Between(None, 3.4e6)) == "at most 3.40"
    assert price_between(150.0, Between(149.95, 150.0)) == "150.0"
    assert price_between(150.0, Between(140.0, 155.0)) == "140.0 to 155.0"
    assert price_between(150.0, Between(None, 150.0)) == "150.0 or less"


def test_a_plan_that_is_not_the_best_is_said_to_be_another() -> None:
    """Without the dense lease the quickstart is worth 57.6 MUSD; the best plan, 62.5, is the one explained."""
    case = quickstart().case
    dense, *others = case.contracts
    worthless = dense.model_copy(update={"rent_usd_per_kw_month": 1.0})
    poorer = plan(case.model_copy(update={"contracts": (worthless, *others)}), {}, PlanOptions(EXACT)).plan
    kept = replace(poorer.report, status=Status.CHOSEN, bound_musd=quickstart().plan.npv_musd)
    other = replace(quickstart(), plan=replace(poorer, report=kept))
    shown = why_view(explain(other, ExplainOptions(EXACT, parts=frozenset({Part.ACCEPTED}), only=frozenset())))
    assert shown.npv_usd == pytest.approx(quickstart().plan.npv_musd * 1e6)
    assert shown.proof.startswith("the plan in the file is worth 57.6 MUSD; explained is the best plan of its case")

"""The planner from Python tells what the command line tells, and nothing else."""

import json
import logging
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import planner
from planner import library
from planner.library.judgements import proposed
from planner.reports.html.notebook import case_html
from planner.reports.terminal import summary
from planner.results import Result, save
from planner.views import Views
from planner.views.finance import FinanceViews
from tests import notebook

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "examples/notebook/quickstart.ipynb"
QUICKSTART = ROOT / "examples/quickstart"
LINES = ("revenue", "energy", "opex", "capex", "advances", "tax", "terminal")


@pytest.fixture(scope="module")
def plan(small_result: Result) -> planner.Plan:
    return planner.Plan(small_result)


@pytest.fixture(scope="module")
def quick() -> planner.Plan:
    return planner.plan(QUICKSTART / "case.yaml", gap=0)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, planner; print(sorted({'pandas', 'pydantic', 'pyomo', 'typer', 'jinja2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_of_the_library_is_offered_by_the_package() -> None:
    assert planner.__all__ == library.__all__
    assert all(getattr(planner, name) is getattr(library, name) for name in library.__all__)
    assert set(planner.__all__) <= set(dir(planner))
    with pytest.raises(AttributeError, match="no attribute 'lod_case'"):
        planner.lod_case  # type: ignore[attr-defined] # noqa: B018


def test_a_plan_is_that_of_the_worked_example(quick: planner.Plan) -> None:
    assert quick.npv_usd == pytest.approx(62.4708e6, abs=50)
    assert quick.gain_usd == pytest.approx(12.1094e6, abs=50)
    assert quick.gain_at_most_usd == pytest.approx(quick.gain_usd, abs=1)
    assert quick.is_proven
    assert quick.gap_frac == pytest.approx(0, abs=1e-6)
    assert "dense_lease" in quick.decision
    assert quick.findings() == ()
    assert quick.summary(120) == summary(quick.result, width=120)


def test_a_case_may_be_a_path_or_one_that_was_loaded(quick: planner.Plan) -> None:
    case = planner.load_case(str(QUICKSTART / "case.yaml"))
    again = planner.plan(case, gap=0, start_from=quick)
    assert again.npv_usd == pytest.approx(quick.npv_usd, rel=1e-9)
    assert repr(case) == "<Case 'Quickstart': 4 halls, 2 designs, 3 offers, 1 ASIC class.>"


def test_a_what_if_is_a_changed_copy() -> None:
    case = planner.load_case(QUICKSTART / "case.yaml")
    more = case.changed("finance.equity_budget[2027-01-01].added_usd=80000000")
    assert planner.plan(more, gap=0).npv_usd == pytest.approx(69.73e6, abs=1e4)
    assert case.case.finance.equity_budget != more.case.finance.equity_budget
    twice = more.changed("contracts[*].rent_usd_per_kw_month*=1.1")
    assert [str(change).split("=")[0] for change in twice.changes] == [
        "finance.equity_budget[2027-01-01].added_usd", "contracts[*].rent_usd_per_kw_month*",
    ]  # fmt: skip
    with pytest.raises(planner.ChangeError, match="expected PATH=VALUE"):
        case.changed("rents", "hashprice")
    with pytest.raises(planner.CaseFileError):
        case.changed("contracts[*].rent_usd_per_kw_month=dear")
    assert planner.load_case(case.path, ["finance.equity_budget[2027-01-01].added_usd=80000000"]) == more


def test_a_decision_may_be_fixed_and_has_its_price(quick: planner.Plan) -> None:
    case = planner.load_case(QUICKSTART / "case.yaml").with_fixed(forbid=["contract:dense_lease"])
    plan = planner.plan(case, gap=0)
    assert plan.gain_usd == pytest.approx(7.26e6, abs=1e4)
    prices = plan.frames.fixed_decisions
    assert prices.loc["all", "price_usd"] == pytest.approx(quick.npv_usd - plan.npv_usd, abs=10)
    assert quick.frames.fixed_decisions.empty
    with pytest.raises(ValueError, match="no contract 'dense_lese' in the case; did you mean 'dense_lease'"):
        case.with_fixed(force=["contract:dense_lese"])
    with pytest.raises(ValueError, match="force: "):
        case.with_fixed(force=["dense_lease"])


def test_doubts_about_a_case_are_logged_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = (QUICKSTART / "case.yaml").read_text(encoding="utf-8")
    doubtful = tmp_path / "case.yaml"
    doubtful.write_text(text.replace("usd_per_ph_day: 48", "usd_per_ph_day: 0.048"), encoding="utf-8")
    with caplog.at_level(logging.WARNING, logger="planner"):
        case = planner.load_case(doubtful)
    assert case.notes
    assert caplog.messages == [f"note: {note}" for note in case.notes]
    assert case.notes[0].split("'")[0] in case._repr_html_()


def test_an_offer_that_a_change_leaves_no_power_for_is_a_note() -> None:
    case = planner.load_case(QUICKSTART / "case.yaml").changed("site.firm_mw=9")
    assert [note.partition(":")[0] for note in case.notes] == ["offer 'air_lease' cannot be taken"]


def test_frames_sum_to_the_headline(plan: planner.Plan) -> None:
    cash, present, head = plan.frames.cash_flow, plan.frames.present_value, plan.frames.headline
    assert (cash["net_usd"] * cash["discount_factor"]).sum() == pytest.approx(plan.npv_usd, abs=1)
    assert (cash["do_nothing_usd"] * cash["discount_factor"]).sum() == pytest.approx(plan.do_nothing_npv_usd, abs=1)
    assert cash[[f"{line}_usd" for line in LINES]].sum(axis=1).tolist() == pytest.approx(cash["net_usd"].tolist())
    assert present["plan_usd"].sum() == pytest.approx(head["npv_usd"], abs=1)
    assert present["difference_usd"].sum() == pytest.approx(plan.gain_usd, abs=2)
    years = plan.frames.cash_by_year
    assert years["net_usd"].sum() == pytest.approx(cash["net_usd"].sum())
    assert years["cumulative_usd"].iloc[-1] == pytest.approx(cash["cumulative_usd"].iloc[-1])
    bridge = plan.frames.bridge
    assert bridge.loc[~bridge["is_total"], "usd"].sum() == pytest.approx(plan.gain_usd, abs=50)


def test_frames_hold_what_the_views_hold(plan: planner.Plan, small_result: Result) -> None:
    views, frames = Views(small_result), plan.frames
    assert frames.offers["revenue_usd"].tolist() == [row.revenue_usd for row in views.contracts]
    assert frames.offers["taken"].tolist() == [row.taken for row in views.contracts]
    assert frames.halls.index.tolist() == [row.hall for row in views.conversions]
    assert frames.megawatts_by_year["unused_mw"].tolist() == [row.unused_mw for row in views.megawatts_by_year]
    assert frames.returns["npv_usd"].tolist() == [row.npv_usd for row in FinanceViews(small_result).returns]
    assert [day.date() for day in frames.halls["ready"]] == [row.ready for row in views.conversions]
    assert frames.megawatts["start"].dtype.kind == "M"
    assert frames.megawatts.index.tolist() == views.labels


def test_frames_and_the_saved_tables_tell_the_same(plan: planner.Plan, small_result: Result, tmp_path: Path) -> None:
    save(small_result, tmp_path)
    saved = {file.stem: pd.read_csv(file) for file in tmp_path.glob("*.csv")}
    assert saved.keys() == plan.frames.tables.keys()
    cash, ledger = saved["cash_flow"], plan.frames.ledger
    ours = ledger[ledger["twin"] == "plan"]
    assert ours["usd"].tolist() == pytest.approx(cash["usd"].tolist())
    by_line = cash.groupby("line")["usd"].sum()
    for line in LINES:
        assert plan.frames.cash_flow[f"{line}_usd"].sum() == pytest.approx(by_line.get(line, 0.0), abs=1e-3)
    first = cash[cash["column"] == plan.frames.cash_flow["start"].iloc[0].date().isoformat()]
    assert plan.frames.cash_flow["net_usd"].iloc[0] == pytest.approx(first["usd"].sum())
    for name, frame in plan.frames.tables.items():
        assert list(frame.columns) == list(saved[name].columns), name
        assert len(frame) == len(saved[name]), name


UNITS = {"usd", "mw", "mwh", "frac", "months", "t", "co2", "rigs", "factor", "money", "cover"}


def test_every_frame_names_its_units_and_says_what_it_is(plan: planner.Plan) -> None:
    about = planner.Frames.about()
    assert dir(plan.frames) == sorted(about)
    for name, words in about.items():
        assert words.endswith("."), name
        frame = getattr(plan.frames, name)
        for column in frame.select_dtypes("float").columns if isinstance(frame, pd.DataFrame) else ():
            assert set(column.split("_")) & UNITS or (name == "limits" and column == "left"), (name, column)


def test_a_chart_is_drawn_and_saved(plan: planner.Plan, tmp_path: Path) -> None:
    chart = plan.chart("megawatts")
    assert ET.fromstring(chart.svg).tag.endswith("svg")  # noqa: S314 - our own drawing
    assert "prefers-color-scheme:dark" in chart.svg
    assert chart._repr_svg_() == chart.svg
    assert chart.save(tmp_path / "mw.svg").read_text(encoding="utf-8") == chart.svg
    assert chart.save(tmp_path / "mw.PNG").read_bytes().startswith(b"\x89PNG")
    assert json.loads(chart.save(tmp_path / "mw.json").read_text(encoding="utf-8")) == chart.spec
    with pytest.raises(ValueError, match=r"\.svg, \.png or \.json"):
        chart.save(tmp_path / "mw.gif")


def test_a_chart_that_is_not_there_is_said(quick: planner.Plan) -> None:
    with pytest.raises(ValueError, match="did you mean 'megawatts'"):
        quick.chart("megawats")
    with pytest.raises(planner.NothingToDrawError, match="no debt service"):
        quick.chart("cover")


@pytest.mark.parametrize("name", ["megawatts", "schedule", "bridge", "cash"])
def test_every_chart_of_a_conversion_can_be_drawn(quick: planner.Plan, name: str) -> None:
    assert "<svg" in quick.chart(name).svg


def test_files_are_of_the_kind_their_name_says(plan: planner.Plan, tmp_path: Path) -> None:
    assert plan.save(tmp_path / "out") == tmp_path / "out" / "result.json"
    again = planner.load_result(tmp_path / "out" / "result.json")
    assert again.npv_usd == pytest.approx(plan.npv_usd, rel=1e-12)
    assert plan.report(tmp_path / "plan.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert plan.report(tmp_path / "plan.xlsx").read_bytes().startswith(b"PK")
    with pytest.raises(ValueError, match=r"written as \.html"):
        plan.report(tmp_path / "plan.docx")
    with pytest.raises(ValueError, match="only a page"):
        plan.report(tmp_path / "plan.xlsx", interactive=True)
    with pytest.raises(planner.NoPlaceError):
        plan.report(tmp_path / "plan.kml")


def test_errors_are_those_of_the_command_line(tmp_path: Path) -> None:
    wrong = tmp_path / "case.yaml"
    wrong.write_text("sight: {}\n", encoding="utf-8")
    with pytest.raises(planner.CaseFileError, match="did you mean 'site'"):
        planner.plan(wrong)
    with pytest.raises(planner.ResultFileError, match="cannot be read"):
        planner.load_result(tmp_path / "none.json")
    for wrong_option in ({"gap": -0.1}, {"gap": float("nan")}, {"time_limit_s": 0.0}, {"seed": -1}):
        with pytest.raises(ValueError, match="found"):
            planner.plan(QUICKSTART / "case.yaml", **wrong_option)


def test_a_proposal_is_judged(quick: planner.Plan, tmp_path: Path) -> None:
    found = planner.evaluate(QUICKSTART / "case.yaml", QUICKSTART / "proposal.yaml", gap=0, best=quick)
    assert found.is_feasible
    assert found.regret_usd == pytest.approx(4.7647e6, abs=1e3)
    assert found.causes["usd"].sum() == pytest.approx(found.regret_usd, abs=1)
    assert found.plan is not None
    assert found.plan.npv_usd == pytest.approx(57.7060e6, abs=1e3)
    assert found.best.npv_usd == pytest.approx(quick.npv_usd, rel=1e-9)
    assert found.economics["npv_usd"].dtype.kind == "f"
    assert found.broken.empty
    assert {"assumption", "target", "levels"} <= set(found.break_evens.columns)
    assert "Why the best plan is worth more" in found._repr_html_()
    assert json.loads(found.save(tmp_path).read_text(encoding="utf-8"))["is_feasible"]
    assert found.verdict in found.summary()


def test_a_plan_is_the_proposal_to_do_what_it_does(quick: planner.Plan, plan: planner.Plan, tmp_path: Path) -> None:
    case = planner.load_case(QUICKSTART / "case.yaml")
    asked, known = proposed(quick, case)
    assert "dense_lease" in {item.contract for item in asked.contracts or ()}
    assert known is quick.result.plan
    again, of_file = proposed(quick.save(tmp_path), case)
    assert again == asked
    assert of_file is not None
    with pytest.raises(planner.OtherCase, match="another case"):
        planner.evaluate(case, plan, gap=0)


def test_names_of_a_case_are_text_in_a_notebook(small_result: Result) -> None:
    evil = "<script>alert(1)</script>"
    named = small_result.case.model_copy(update={"name": evil})
    for page in (case_html(named, (evil,)), planner.Plan(_renamed(small_result, evil))._repr_html_()):
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def _renamed(result: Result, name: str) -> Result:
    return replace(result, case=result.case.model_copy(update={"name": name}))


def test_the_notebook_tells_what_the_program_tells(tmp_path: Path) -> None:
    again = tmp_path / "again.ipynb"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.notebook", str(BOOK), str(again)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    stored, fresh = (json.loads(file.read_text(encoding="utf-8")) for file in (BOOK, again))
    assert notebook.told(stored) == notebook.told(fresh), (
        "run: python -m tests.notebook examples/notebook/quickstart.ipynb"
    )
    assert [cell["source"] for cell in stored["cells"]] == [cell["source"] for cell in fresh["cells"]]
    assert BOOK.stat().st_size < 200_000
    assert str(ROOT) not in BOOK.read_text(encoding="utf-8")

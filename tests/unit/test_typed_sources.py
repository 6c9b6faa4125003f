"""What the author of a case wrote beside its figures reaches the result, the page and the workbook."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from typer.testing import CliRunner

import planner
from planner.case_file import load_case, open_case
from planner.case_file.load import read_source
from planner.cli import app
from planner.reports.html.files import write_html
from planner.reports.workbook.files import write_workbook
from planner.results import load
from planner.studies.lever_changes import by_path, read_changes
from planner.views.typed_sources import typed_sources

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/case.yaml"
EQUITY = "assumption: enough for one of the two large offers, not for both"


def test_a_remark_goes_with_its_figure_and_with_all_of_its_record() -> None:
    told = typed_sources(read_source(QUICKSTART), load_case(QUICKSTART).case)
    assert told["site.firm_mw"] == "assumption: round number for the example"
    assert told["finance.equity_budget[2027-01-01].added_usd"] == EQUITY
    assert told["site.halls[hall_b].floor_m2"] == told["site.halls[hall_b].bays"] == "assumption: as hall_a"
    assert not any(path.endswith((".id", ".date")) for path in told)


def test_a_figure_that_was_changed_for_the_run_has_no_remark() -> None:
    changes = by_path(read_changes(["site.firm_mw=41", "contracts[*].rent_usd_per_kw_month*=1.1"]))
    told = typed_sources(read_source(QUICKSTART), open_case(QUICKSTART).loaded(changes).case)
    assert "site.firm_mw" not in told
    assert not any("rent_usd_per_kw_month" in path for path in told)
    assert told["finance.equity_budget[2027-01-01].added_usd"] == EQUITY


def test_remarks_reach_result_page_and_workbook_and_stay_with_a_case_in_excel(tmp_path: Path) -> None:
    book = tmp_path / "case.xlsx"
    assert CliRunner().invoke(app, ["template", str(book), "--from", str(QUICKSTART)]).exit_code == 0
    done = CliRunner().invoke(app, ["plan", str(book), "--gap", "0", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    result = load(tmp_path / "result.json")
    assert result.sources["finance.equity_budget[2027-01-01].added_usd"] == EQUITY
    assert planner.plan(QUICKSTART, gap=0).result.sources["site.firm_mw"] == result.sources["site.firm_mw"]
    write_html(result, tmp_path / "page.html", interactive=False)
    assert EQUITY in (tmp_path / "page.html").read_text(encoding="utf-8")
    write_workbook(result, tmp_path / "plan.xlsx")
    rows = {row[0]: row for row in openpyxl.load_workbook(tmp_path / "plan.xlsx")["Case"].iter_rows(values_only=True)}
    assert rows["finance.equity_budget[2027-01-01].added_usd"][3] == EQUITY


def test_remarks_stay_with_plans_that_are_found_otherwise(tmp_path: Path) -> None:
    """A judged proposal, alternatives and the points of a front are plans of the same file."""
    proposal = str(QUICKSTART.with_name("proposal.yaml"))
    runs = {
        ("evaluate", str(QUICKSTART), proposal): "result.json",
        ("alternatives", str(QUICKSTART), "--count", "1"): "plan_best/result.json",
        ("front", str(QUICKSTART), "--against", "capex", "--points", "2"): "point_2/result.json",
    }
    for words, file in runs.items():
        out = tmp_path / words[0]
        done = CliRunner().invoke(app, [*words, "--gap", "0", "--out", str(out)])
        assert done.exit_code in (0, 3), done.output
        assert load(out / file).sources["finance.equity_budget[2027-01-01].added_usd"] == EQUITY, words[0]
    kept = load(tmp_path / "alternatives" / "plan_best/result.json").sources
    assert planner.evaluate(QUICKSTART, proposal, gap=0).best.result.sources == kept
    assert planner.alternatives(QUICKSTART, count=1, gap=0).plans["best"].result.sources == kept
    assert planner.front(QUICKSTART, "capex", points=2, gap=0).plans["2"].result.sources == kept

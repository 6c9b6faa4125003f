"""`planner alternatives` and `planner front` as a user runs them: output, files, exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from planner.cli import app

runner = CliRunner()
QUICKSTART = str(Path(__file__).parents[2] / "examples/quickstart/case.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Alternatives of the quickstart, written once."""
    out = tmp_path_factory.mktemp("alternatives")
    words = ["alternatives", QUICKSTART, "--within", "0.41", "--gap", "0", "--out", str(out)]
    done = runner.invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "One other plan loses at most 41.0% of that gain" in done.stdout
    assert "Taken by none (proven for every plan in this range): short_lease." in done.stdout
    assert (
        "offer air_lease from 2028, 2 of 4 halls like hall_a as air_hall in place of offer dense_lease" in done.stdout
    )
    assert "... the best plan" in done.stderr
    return out


def test_the_plans_written_can_be_checked_reported_and_proposed(folder: Path, tmp_path: Path) -> None:
    shown = json.loads((folder / "alternatives.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in shown["plans"]] == ["best", "1"]
    assert shown["plans"][1]["share_of_best_gain_frac"] == pytest.approx(0.6, abs=1e-3)
    other = str(folder / "plan_1" / "result.json")
    assert runner.invoke(app, ["check", other]).exit_code == 0
    page = tmp_path / "page.html"
    assert runner.invoke(app, ["report", other, "--html", str(page)]).exit_code == 0
    words = "One of several plans, not chosen for its value alone: no plan of this case is worth more than +12.1 MUSD"
    assert words in page.read_text(encoding="utf-8")


def test_a_result_takes_the_place_of_the_search_for_the_best(folder: Path) -> None:
    best = str(folder / "plan_best" / "result.json")
    words = ["alternatives", best, "--within-musd", "4", "--capex-ceiling", "40e6", "--gap", "0", "--json"]
    done = runner.invoke(app, words)
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert [row["offers"] for row in shown["plans"]] == [["air_lease"]]
    assert any("4.8 MUSD less than the plan given" in note for note in shown["notes"])


def test_a_result_is_the_plan_of_its_own_case(folder: Path) -> None:
    words = ["alternatives", str(folder / "plan_best" / "result.json"), "--set", "study.discount_rate_frac=0.08"]
    done = runner.invoke(app, words)
    assert done.exit_code == 2
    assert "give the case instead" in done.stderr


def test_a_plan_under_a_ceiling_claims_no_proof_for_the_case(tmp_path: Path) -> None:
    words = ["alternatives", QUICKSTART, "--within", "0.01", "--capex-ceiling", "40e6", "--out", str(tmp_path / "out")]
    assert runner.invoke(app, words).exit_code == 0
    page = tmp_path / "page.html"
    result = str(tmp_path / "out" / "plan_best" / "result.json")
    assert runner.invoke(app, ["report", result, "--html", str(page)]).exit_code == 0
    assert "what this case can be worth at most was not searched" in page.read_text(encoding="utf-8")


def test_a_front_is_written_as_table_and_chart(tmp_path: Path) -> None:
    words = ["front", QUICKSTART, "--against", "capex", "--gap", "0", "--out", str(tmp_path), "--json"]
    done = runner.invoke(app, words)
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert [round(row["value"] / 1e6, 3) for row in shown["points"]] == [0, 30, 47]
    with (tmp_path / "front.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["offers"] for row in rows] == ["", "air_lease", "dense_lease"]
    assert float(rows[1]["npv_usd"]) == pytest.approx(57_625_474, abs=1)
    chart = ET.fromstring((tmp_path / "front.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own drawing
    text = " ".join(element.text or "" for element in chart.iter())
    assert "Quickstart: NPV against capital spent within the horizon" in text
    assert runner.invoke(app, ["check", str(tmp_path / "point_2" / "result.json")]).exit_code == 0


@pytest.mark.parametrize(("against", "column"), [("capex", "capex_usd"), ("peak-funding", "peak_funding_usd")])
def test_a_quantity_has_one_column_in_a_front(tmp_path: Path, against: str, column: str) -> None:
    words = ["front", QUICKSTART, "--against", against, "--points", "2", "--gap", "0", "--out", str(tmp_path), "--json"]
    done = runner.invoke(app, words)
    assert done.exit_code == 0, done.output
    heads, *rows = csv.reader((tmp_path / "front.csv").read_text(encoding="utf-8").splitlines())
    assert len(set(heads)) == len(heads)
    assert heads[1] == column
    told = [row["value"] for row in json.loads(done.stdout)["points"]]
    assert [float(row[1]) for row in rows] == pytest.approx(told, abs=1)


def test_a_front_as_text(tmp_path: Path) -> None:
    stress = ["--stress", "hashprice=1.2", "--stress", "rent=1.3"]
    words = ["front", QUICKSTART, "--against", "downside", *stress, "--points", "2", "--gap", "0"]
    done = runner.invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "Stress: hashprice x 1.2, rents, GPU rates and hosting fees x 1.3." in done.stdout
    assert "nothing to trade" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--against", "capx"], "found 'capx'; did you mean 'capex'?"),
        (["--against", "capex", "--stress", "rent=1"], "--stress belongs to --against downside"),
        (["--against", "downside", "--stress", "rents=1"], "did you mean 'rent'?"),
        (["--against", "carbon"], "--against carbon: the grid's carbon is not known: give site.emissions"),
    ],
)
def test_what_cannot_be_traced_is_said(words: list[str], told: str) -> None:
    done = runner.invoke(app, ["front", QUICKSTART, *words])
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_file_that_is_no_result_is_said(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text("{}")
    done = runner.invoke(app, ["alternatives", str(file)])
    assert done.exit_code == 2
    assert str(file) in done.stderr

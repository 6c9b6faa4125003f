"""Results side by side: nothing differs in the same one, known differences are found, gaps are not hidden."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.case_file import load_case
from planner.case_file.changes import read_change
from planner.case_file.overrides import parse_override, with_overrides
from planner.cli import app
from planner.reports.comparison import comparison_csv, comparison_json, comparison_text, sentences
from planner.reports.html.comparison_page import comparison_page
from planner.results import Result, save
from planner.schemas import Case
from planner.schemas.overrides import Choice
from planner.studies.overrides import priced
from planner.studies.plan import PlanOptions, plan
from planner.views.case_differences import case_differences
from planner.views.comparison import compare
from planner.views.comparison_records import ComparisonView
from planner.views.overrides import overrides_view
from site_conversion.solve import SolveOptions

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/case.yaml"
RUN = CliRunner()


def planned(case: Case) -> Result:
    return priced(plan(case, {"prices": "0" * 64}, PlanOptions(SolveOptions(gap_frac=0.0))))


@pytest.fixture(scope="module")
def dense() -> Result:
    return planned(load_case(QUICKSTART).case)


@pytest.fixture(scope="module")
def air() -> Result:
    """The air lease, forced, at a better rent."""
    case = load_case(QUICKSTART, changes=[read_change("contracts[air_lease].rent_usd_per_kw_month=155")]).case
    return planned(with_overrides(case, [parse_override("contract:air_lease", Choice.FORCE)]))


@pytest.fixture(scope="module")
def view(dense: Result, air: Result) -> ComparisonView:
    return compare([dense, air], ["dense", "air"])


def test_the_same_result_differs_in_nothing(dense: Result) -> None:
    same = compare([dense, dense, dense], ["a", "b", "c"])
    assert not same.differs
    assert same.since is None
    assert (same.fields, same.megawatts) == ((), ())
    assert sentences(same) == ("Nothing differs in cases, plans and money.",)
    assert "Offers, halls" not in comparison_text(same)
    assert "offer dense_lease" in comparison_text(same, whole=True)


def test_decisions_and_since_when(view: ComparisonView) -> None:
    """Works begin in January 2027 in other halls, for another tenant from January 2028 on."""
    found = {row.name: (row.differs, row.since) for row in view.decisions}
    works, service = date(2027, 1, 1), date(2028, 1, 1)
    assert found == {
        "dense_lease": (True, service), "air_lease": (True, service), "short_lease": (False, None),
        "hall_a": (True, works), "hall_b": (True, works), "hall_c": (False, None), "hall_d": (False, None),
    }  # fmt: skip
    assert view.since == works
    assert view.differs


def test_money_adds_up(view: ComparisonView, dense: Result, air: Result) -> None:
    """12.0 against 14.4 MUSD a year and half a MUSD more for the rent: as the README of the example works them out."""
    (verdict,) = view.verdicts
    assert verdict.usd == pytest.approx((air.plan.npv_musd - dense.plan.npv_musd) * 1e6)
    assert verdict.is_sure
    changes = [row.difference(1) for row in view.lines]
    assert sum(change for change in changes if change is not None) == pytest.approx(verdict.usd)
    capex = next(row for row in view.lines if row.what == "capex")
    assert capex.difference(1) == pytest.approx((44.83 - 28.61) * 1e6, abs=2e4)
    years = {row.what: row.difference(1) for row in view.years}
    assert years["2028"] == pytest.approx((12.0 + 0.48 - 14.4 - 1.58) * 1e6, abs=1e4)
    fixed = next(row for row in view.headline if row.what.startswith("decisions fixed"))
    assert fixed.values[0] == "none"
    assert str(fixed.values[1]).startswith("1, ")


def test_megawatts_from_the_dates_on_which_they_differ(view: ComparisonView) -> None:
    found = {(row.use, row.since): row.values for row in view.megawatts}
    assert found["hashing", date(2027, 7, 1)] == pytest.approx((30.0, 20.0))
    assert found["AI load, design day", date(2028, 1, 1)] == pytest.approx((8.8, 10.0))
    assert not any(use == "contracted" for use, _ in found)


def test_fields_of_the_cases(view: ComparisonView) -> None:
    rows = {row.path: row.values for row in view.fields}
    assert rows == {
        "contracts[air_lease].rent_usd_per_kw_month": (150.0, 155.0),
        "overrides": (None, "force contract:air_lease"),
    }


def test_records_that_one_case_lacks_and_long_lists(dense: Result) -> None:
    case = dense.case
    fewer = case.model_copy(update={"contracts": case.contracts[:2]})
    paths = [row.path for row in case_differences([case, fewer])]
    assert paths[0] == "contracts[short_lease]"
    assert all(path.startswith("contracts[short_lease]") for path in paths)
    hour = case.market.hashprice.model_dump(mode="json")["forward_curve"][0]
    months = [{**hour, "date": f"{2027 + m // 12}-{m % 12 + 1:02}-01", "usd_per_ph_day": 40 + m} for m in range(40)]
    swapped = [dict(one) for one in months]
    swapped[3]["usd_per_ph_day"], swapped[4]["usd_per_ph_day"] = 44, 43
    curves = [
        Case.model_validate(
            {**case.model_dump(), "market": {**case.market.model_dump(), "hashprice": {"forward_curve": path}}}
        )
        for path in (months, swapped)
    ]
    (row,) = case_differences(curves)
    assert row.path == "market.hashprice.forward_curve"
    assert all(str(value).startswith("40 entries, sum of their numbers 2,380 (digest ") for value in row.values)


def loose(result: Result, musd: float) -> Result:
    bound = result.plan.npv_musd + musd
    report = replace(result.plan.report, bound_musd=bound, gap_frac=musd / result.plan.npv_musd)
    return replace(result, plan=replace(result.plan, report=report))


def test_a_difference_within_the_gaps_is_said_to_be_open(dense: Result, air: Result) -> None:
    """2.6 MUSD between two plans; the poorer might still gain 4."""
    view = compare([dense, loose(air, 4.0)], ["dense", "air"])
    assert not view.verdicts[0].is_sure
    assert "so which case is worth more is not proven" in sentences(view)[0]
    small = compare([dense, loose(air, 1.0)], ["dense", "air"])
    assert small.verdicts[0].is_sure
    assert "; as the gaps leave room, the best plans of the two cases differ by" in sentences(small)[0]


def test_a_price_of_fixed_decisions_carries_what_the_gaps_leave_open(dense: Result, air: Result) -> None:
    """The plan that was forced might gain 1 MUSD: so much less its override may cost."""
    rows = compare([dense, loose(air, 1.0)], ["dense", "air"]).headline
    fixed = str(next(row for row in rows if row.what.startswith("decisions fixed")).values[1])
    price = overrides_view(loose(air, 1.0)).price  # type: ignore[union-attr]
    assert price is not None
    assert price.most_usd is not None
    assert fixed == f"1, {price.usd / 1e6:,.1f} MUSD ({price.least_usd / 1e6:,.1f} to {price.most_usd / 1e6:,.1f})"
    assert price.usd - price.least_usd == pytest.approx(1e6)


def test_two_plans_of_one_case_are_what_they_are(dense: Result) -> None:
    """The value of a plan is exact; how far the search had come says nothing about two plans of the same case."""
    other = loose(replace(dense, plan=replace(dense.plan, npv_musd=dense.plan.npv_musd - 3.0)), 9.0)
    view = compare([dense, other], ["best", "chosen"])
    assert sentences(view)[0] == "chosen is worth 3.0 MUSD less than best; both are plans of the same case."


def test_other_studies_are_noted(dense: Result) -> None:
    study = dense.case.study.model_copy(update={"discount_rate_frac": 0.08})
    other = planned(dense.case.model_copy(update={"study": study}))
    view = compare([dense, other], ["10", "8"])
    assert [note for note in view.notes if note.startswith("the discount rates differ")] == list(view.notes)
    assert sentences(view)[-1].startswith("Note: the discount rates differ")


def test_outlets_agree(view: ComparisonView) -> None:
    data = json.loads(comparison_json(view))
    assert (data["format"], data["differs"], data["since"]) == ("conversion-planner comparison", True, "2027-01-01")
    rows = list(csv.reader(StringIO(comparison_csv(view))))
    assert rows[0] == ["section", "what", "unit", "since", "dense", "air"]
    assert {len(row) for row in rows} == {6}
    assert ["offer", "dense_lease", "", "2028-01-01", "hall_a, 8.0 MW, service from Jan 2028", "no"] in rows
    page = comparison_page(view)
    for text in (page, comparison_text(view, width=130)):
        for words in ("dense_lease", "rent_usd_per_kw_month", "Present value by line, MUSD", "air less dense"):
            assert words in text


def test_the_command(tmp_path: Path, dense: Result, air: Result) -> None:
    files = []
    for name, result in (("base", dense), ("air", air)):
        save(result, tmp_path / name)
        files.append(str(tmp_path / name / "result.json"))
    out = tmp_path / "out"
    done = RUN.invoke(app, ["compare", *files, "--out", str(out), "--html", str(tmp_path / "page.html")])
    assert done.exit_code == 0, done.stderr
    assert "air is worth 2.6 MUSD less than base." in done.stdout
    assert {file.name for file in out.iterdir()} == {"comparison.csv", "comparison.json"}
    table, page = tmp_path / "new" / "table.csv", tmp_path / "other" / "page.html"
    assert RUN.invoke(app, ["compare", *files, "--csv", str(table), "--html", str(page)]).exit_code == 0
    assert table.is_file()
    assert page.is_file()
    same = RUN.invoke(app, ["compare", files[0], files[0], "--json"])
    assert not json.loads(same.stdout)["differs"]
    assert json.loads(same.stdout)["labels"] == ["base (1)", "base (2)"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one.json"], "compare takes 2 to 6 results, found 1"),
        (["one.json"] * 7, "compare takes 2 to 6 results, found 7"),
        (["one.json", "two.json", "--label", "a"], "--label is given 1 times for 2 results"),
        (["one.json", "two.json", "--label", "a", "--label", "a"], "--label wants a name of its own for each result"),
        (["one.json", "two.json"], "one.json: cannot be read"),
        (["one.json", "two.json", "--csv", "x.txt"], "--csv wants"),
    ],
)
def test_bad_input_ends_with_one_message(arguments: list[str], message: str) -> None:
    done = RUN.invoke(app, ["compare", *arguments])
    assert done.exit_code == 2
    assert message in done.stderr

"""The what-ifs from Python tell what their commands tell, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import planner
from planner.cli import app

CASE = Path(__file__).parents[2] / "examples/quickstart/case.yaml"


def told(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def quick() -> planner.Plan:
    return planner.plan(CASE, gap=0)


@pytest.fixture(scope="module")
def saved(quick: planner.Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quick.save(tmp_path_factory.mktemp("quick"))


@pytest.fixture(scope="module")
def near(quick: planner.Plan) -> planner.AlternativePlans:
    return planner.alternatives(quick, within=0.5, gap=0)


@pytest.fixture(scope="module")
def front() -> planner.ParetoFront:
    return planner.front(CASE, "capex", points=4, gap=0)


def test_an_explanation_tells_what_the_command_tells(quick: planner.Plan, saved: Path) -> None:
    why = planner.explain(quick, gap=0, step=[1])
    told_ = told("explain", str(saved), "--gap", "0", "--step", "1")
    assert why.is_whole
    assert why.plan.npv_usd == pytest.approx(told_["npv_usd"], rel=1e-12)
    assert why.binds.reset_index()["limit"].tolist() == [row["limit"] for row in told_["held_back"]]
    assert why.waits.index.tolist() == [row["contract"] for row in told_["waits"]]
    assert why.requests.empty
    assert why.needs.index.tolist() == [row["offer"] for row in told_["rejected"]]
    assert why.margins.index.tolist() == [row["offer"] for row in told_["accepted"]]
    for frame, rows, pairs in (
        (why.needs, told_["rejected"], {"price_needed": "needed", "price": "price"}),
        (why.margins, told_["accepted"], {"price_least": "least", "price_may_fall_frac": "fall_frac",
                                         "slip_months": "months"}),
    ):  # fmt: skip
        for column, name in pairs.items():
            assert frame[column].tolist() == pytest.approx([row[name] for row in rows]), column
    for frame, rows, pairs in (
        (why.needs, told_["rejected"], {"price_needed": "needed_between", "loss": "loss_usd"}),
        (why.margins, told_["accepted"], {"worth": "gain_usd", "price_least": "least_between",
                                         "overrun": "overrun_usd"}),
    ):  # fmt: skip
        for name, between in pairs.items():
            unit = "_usd" if between.endswith("_usd") else ""
            for end, key in (("least", "low"), ("most", "high")):
                ends = frame[f"{name}_at_{end}{unit}"].tolist()
                assert ends == pytest.approx([row[between][key] for row in rows]), (name, end)
    steps = [step for row in told_["worth"] for step in row["steps"]]
    assert why.worth["amount"].tolist() == [step["amount"] for step in steps]
    assert why.worth["gain_at_most_usd"].tolist() == pytest.approx([step["gain_usd"]["high"] for step in steps])
    assert why.needs.loc["air_lease", "price_needed"] == pytest.approx(160.871, abs=1e-3)
    assert "would need" in why.text()
    assert "Offers not taken: what they would have to pay" in why._repr_html_()


def test_a_part_that_is_not_asked_for_is_empty(quick: planner.Plan) -> None:
    why = planner.explain(quick, part=["binding"])
    assert why.view.rejected is None
    assert list(why.needs.columns) == [
        "price", "unit", "price_needed", "price_needed_at_least", "price_needed_at_most", "loss_at_least_usd",
        "loss_at_most_usd", "words",
    ]  # fmt: skip
    assert why.needs.empty
    assert why.margins.empty
    assert why.worth.empty
    assert not why.binds.empty


def test_alternatives_are_those_of_the_command(near: planner.AlternativePlans, saved: Path) -> None:
    told_ = told("alternatives", str(saved), "--within", "0.5", "--gap", "0")
    assert near.frame.index.tolist() == [row["name"] for row in told_["plans"]] == list(near.plans)
    for name in ("npv_usd", "gain_usd", "capex_usd", "peak_funding_usd", "it_mw", "distance_mw"):
        assert near.frame[name].tolist() == pytest.approx([row[name] for row in told_["plans"]]), name
    assert [plan.npv_usd for plan in near.plans.values()] == pytest.approx(near.frame["npv_usd"].tolist())
    assert all(plan.findings() == () for plan in near.plans.values())
    assert near.choices["best_gain_usd"].tolist() == pytest.approx(
        [way["best_gain_usd"] for row in told_["choices"] for way in row["variants"]]
    )
    assert list(near.musts) == told_["musts"]
    assert list(near.never) == told_["never"]
    assert near.is_settled is told_["is_settled"]
    assert not near.is_stopped
    assert "Against the best plan" in near.text()
    assert "<caption" in near._repr_html_()


def test_a_front_is_that_of_the_command(front: planner.ParetoFront, tmp_path: Path) -> None:
    told_ = told("front", str(CASE), "--against", "capex", "--points", "4", "--gap", "0")
    assert list(front.frame.columns).count("capex_usd") == 1
    assert front.frame.columns[0] == "capex_usd"
    assert front.frame.index.tolist() == [row["name"] for row in told_["points"]] == list(front.plans)
    assert front.frame["capex_usd"].tolist() == pytest.approx([row["value"] for row in told_["points"]])
    assert front.frame["npv_usd"].tolist() == pytest.approx([row["npv_usd"] for row in told_["points"]])
    assert [plan.npv_usd for plan in front.plans.values()] == pytest.approx(front.frame["npv_usd"].tolist())
    assert front.frame["capex_usd"].tolist() == pytest.approx([0, 30e6, 47e6])
    assert front.chart.save(tmp_path / "front.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "data:image/svg+xml" in front._repr_html_()
    assert "Going on mining" in front.text()


def test_plans_side_by_side_are_those_of_the_command(
    quick: planner.Plan, near: planner.AlternativePlans, saved: Path, tmp_path: Path
) -> None:
    other = near.plans["1"]
    seen = planner.compare(quick, other, label=["a", "b"])
    told_ = told("compare", str(saved), str(other.save(tmp_path)), "--label", "a", "--label", "b")
    for name, key in (("headline", "headline"), ("present_value", "lines"), ("cash_by_year", "years")):
        frame, rows = seen.frames[name], told_[key]
        assert frame.index.tolist() == [row["what"] for row in rows]
        for i, label in enumerate("ab"):
            for mine, theirs in zip(frame[label], [row["values"][i] for row in rows], strict=True):
                assert mine == (pytest.approx(theirs) if isinstance(theirs, float) else theirs)
    assert seen.frames["decisions"].index.get_level_values("what").tolist() == [
        row["name"] for row in told_["decisions"]
    ]
    assert seen.frames["megawatts"][["a", "b"]].to_numpy().tolist() == [row["values"] for row in told_["megawatts"]]
    assert seen.frames["decisions"]["since"].dtype.kind == "M"
    assert set(seen.frame["section"]) >= {"headline", "offer", "megawatts"}
    assert seen.differs
    assert not planner.compare(quick, saved).differs
    assert planner.compare(quick, saved).view.labels == ("Quickstart (1)", "Quickstart (2)")
    assert "a | b" in seen.text()
    assert "<caption" in seen._repr_html_()
    assert all(isinstance(frame, pd.DataFrame) for frame in seen.frames.values())


def test_wrong_arguments_are_told_as_the_commands_tell_them(quick: planner.Plan) -> None:
    for ask, says in (
        (lambda: planner.explain(quick, part=["reject"]), "did you mean 'rejected'"),
        (lambda: planner.explain(quick, offer=["air_leese"]), "did you mean 'air_lease'"),
        (lambda: planner.explain(quick, step=[0.0]), "found 0.0"),
        (lambda: planner.explain(quick, workers=0), "from 1 to 256, found 0"),
        (lambda: planner.alternatives(quick, within=2), "found 2"),
        (lambda: planner.alternatives(quick, within_musd=-1), "within_musd"),
        (lambda: planner.alternatives(quick, count=0), "from 1 to 50, found 0"),
        (lambda: planner.alternatives(quick, gap=-1), "found -1"),
        (lambda: planner.front(CASE, "capx"), "did you mean 'capex'"),
        (lambda: planner.front(CASE, "capex", stress=["rent=0.9"]), "stress belongs to"),
        (lambda: planner.front(CASE, "downside", stress=["rents=0.9"]), "did you mean 'rent'"),
        (lambda: planner.front(CASE, "capex", points=1), "from 2 to 100, found 1"),
        (lambda: planner.compare(quick), "2 to 6 plans, found 1"),
        (lambda: planner.compare(quick, quick, label=["a"]), "1 names for 2 plans"),
        (lambda: planner.compare(quick, quick, label=["a", "a"]), "a name of its own"),
    ):
        with pytest.raises(ValueError, match=says):
            ask()
    for ask in (
        lambda: planner.explain(quick, part="worth"),
        lambda: planner.explain(quick, offer="air_lease"),
        lambda: planner.front(CASE, "downside", stress="rent=0.9"),
    ):
        with pytest.raises(TypeError, match="found the text"):
            ask()


def test_a_case_without_a_plan_is_raised() -> None:
    case = planner.load_case(CASE).changed("finance.equity_budget[2027-01-01].added_usd=0")
    impossible = case.with_fixed(force=["contract:dense_lease"])
    for ask in (planner.explain, planner.alternatives, lambda case: planner.front(case, "capex")):
        with pytest.raises(planner.InfeasibleCase):
            ask(impossible)


def test_a_spawned_process_does_not_run_the_script_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing\nfrom planner.studies.spawning import without_main\n"
        "print('begun', flush=True)\n"
        "process = multiprocessing.get_context('spawn').Process(target=print, args=('done',))\n"
        "with without_main():\n    process.start()\nprocess.join()\nprint(process.exitcode, __name__)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "begun\ndone\n0 __main__\n"), done.stderr


@pytest.mark.slow
def test_a_script_without_a_guard_may_use_several_processes(saved: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"import planner\nprint('begun')\nwhy = planner.explain({str(saved)!r}, gap=0, part=['rejected'], workers=2)\n"
        "print(*why.needs.index)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "begun\nair_lease short_lease\n"), done.stderr

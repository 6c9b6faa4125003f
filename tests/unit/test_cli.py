"""The commands as a user runs them: output, files, exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyscipopt import Model
from ruamel.yaml import YAML
from typer.testing import CliRunner

from planner.cli import app
from planner.results import Result, save
from tests.bench.generator import generated_case

runner = CliRunner()


def write(path: Path, data: object) -> Path:
    YAML(typ="safe").dump(data, path)
    return path


@pytest.fixture
def small(small_path: Path) -> dict[str, object]:
    data: dict[str, object] = YAML(typ="safe").load(small_path)
    return data


def test_plan_writes_a_result_that_check_accepts(small_path: Path, tmp_path: Path) -> None:
    planned = runner.invoke(app, ["plan", str(small_path), "--out", str(tmp_path / "out"), "--gap", "0"])
    assert planned.exit_code == 0, planned.output
    assert "against do nothing" in planned.stdout
    checked = runner.invoke(app, ["check", str(tmp_path / "out" / "result.json")])
    assert checked.exit_code == 0
    assert "every limit holds and every dollar agrees" in checked.stdout


def test_check_refuses_a_changed_result(small_path: Path, tmp_path: Path) -> None:
    runner.invoke(app, ["plan", str(small_path), "--out", str(tmp_path)])
    path = tmp_path / "result.json"
    data = json.loads(path.read_text())
    data["plan"]["npv_usd"] *= 1.01
    path.write_text(json.dumps(data))
    checked = runner.invoke(app, ["check", str(path)])
    assert checked.exit_code == 2
    assert "the result does not hold" in checked.stderr


def test_json_goes_to_stdout_alone(small_path: Path) -> None:
    done = runner.invoke(app, ["plan", str(small_path), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["format"] == "conversion-planner result"


def test_the_model_can_be_written_and_read_by_another_solver(small_path: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "model.mps"
    done = runner.invoke(app, ["plan", str(small_path), "--json", "--gap", "0", "--write-model", str(target)])
    assert done.exit_code == 0
    model = Model()
    model.hideOutput()
    model.readProblem(str(target))
    model.optimize()
    assert -model.getObjVal() * 1e6 == pytest.approx(json.loads(done.stdout)["plan"]["npv_usd"], rel=1e-6)


def test_starting_from_an_earlier_plan_gives_the_same_plan(small_path: Path, tmp_path: Path) -> None:
    first = runner.invoke(app, ["plan", str(small_path), "--out", str(tmp_path), "--json", "--gap", "0"])
    again = runner.invoke(
        app, ["plan", str(small_path), "--json", "--gap", "0", "--start-from", str(tmp_path / "result.json")]
    )
    assert json.loads(again.stdout)["plan"]["npv_usd"] == pytest.approx(json.loads(first.stdout)["plan"]["npv_usd"])


def test_a_bad_case_is_exit_2_and_writes_nothing(small: dict[str, object], tmp_path: Path) -> None:
    small["sight"] = small.pop("site")
    done = runner.invoke(app, ["plan", str(write(tmp_path / "case.yaml", small)), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "did you mean 'site'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_contract_that_no_hall_can_host_is_said_with_its_line(small: dict[str, object], tmp_path: Path) -> None:
    small["contracts"][0]["it_mw"] = 200  # type: ignore[index]
    done = runner.invoke(app, ["validate", str(write(tmp_path / "case.yaml", small))])
    assert done.exit_code == 2
    assert "contract 'l1' can never be hosted: it needs 1516 racks (200.0 MW of IT)" in done.stderr
    assert "case.yaml:" in done.stderr


def test_an_offer_that_a_change_leaves_no_room_for_is_a_note(small: dict[str, object], tmp_path: Path) -> None:
    file = str(write(tmp_path / "case.yaml", small))
    done = runner.invoke(app, ["validate", file, "--set", "contracts[l1].it_mw=200"])
    assert done.exit_code == 0
    assert "note: offer 'l1' cannot be taken: it needs 1516 racks (200.0 MW of IT)" in done.stderr


def test_an_infeasible_case_names_what_is_missing(small: dict[str, object], tmp_path: Path) -> None:
    """Both leases must be delivered, but the equity never covers one of them."""
    small["contracts"][0]["signed"] = True  # type: ignore[index]
    small["finance"]["equity_budget"] = [{"date": "2027-01-01", "added_usd": 50e6}]  # type: ignore[index]
    done = runner.invoke(app, ["plan", str(write(tmp_path / "case.yaml", small))])
    assert done.exit_code == 3
    assert "no plan delivers the signed contracts (l1)" in done.stderr
    assert "short of equity available" in done.stderr


def test_no_time_is_said_and_the_plan_still_written(small_path: Path, tmp_path: Path) -> None:
    done = runner.invoke(
        app, ["plan", str(small_path), "--gap", "0", "--time-limit", "0.1", "--out", str(tmp_path / "out")]
    )
    assert done.exit_code in {0, 4}
    if done.exit_code == 4 and (tmp_path / "out" / "result.json").exists():
        assert "Not proven" in done.stdout
        assert "Stopped at the time limit" in done.stdout


def test_a_stopped_run_does_not_replace_a_better_plan(small_path: Path, small_result: Result, tmp_path: Path) -> None:
    save(small_result, tmp_path)
    before = (tmp_path / "result.json").read_text()
    done = runner.invoke(app, ["plan", str(small_path), "--gap", "0", "--time-limit", "0.1", "--out", str(tmp_path)])
    after = json.loads((tmp_path / "result.json").read_text())["plan"]["npv_usd"]
    assert done.exit_code in {0, 4}
    assert after >= json.loads(before)["plan"]["npv_usd"] - 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", "nowhere.yaml"], "nowhere.yaml"),
        (["check", "nowhere.json"], "cannot be read"),
        (["plan", "SMALL", "--gap", "2"], "--gap"),
        (["plan", "SMALL", "--write-model", "model.txt"], ".mps"),
    ],
)
def test_bad_arguments_are_exit_2(small_path: Path, arguments: list[str], words: str) -> None:
    done = runner.invoke(app, [str(small_path) if a == "SMALL" else a for a in arguments])
    assert done.exit_code == 2
    assert words in done.stderr


def test_schema_prints_a_json_schema() -> None:
    done = runner.invoke(app, ["schema"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["$schema"].startswith("https://json-schema.org/")


def test_every_command_has_help() -> None:
    for command in ("plan", "check", "validate", "schema"):
        done = runner.invoke(app, [command, "--help"])
        assert done.exit_code == 0
        assert len(done.stdout) > 100


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_keeps_the_best_plan(tmp_path: Path) -> None:
    """A hard case with an impossible gap runs on until it is interrupted, and its plan is written."""
    case = generated_case(3).model_dump(mode="json", exclude_none=True)
    path, out = tmp_path / "case.yaml", tmp_path / "out"
    write(path, case)
    command = [sys.executable, "-m", "planner.cli", "plan", str(path), "--gap", "0", "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    time.sleep(20)
    assert process.poll() is None, "solved before it could be interrupted"
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 4, stderr
    assert "Stopped by the user" in stdout
    assert json.loads((out / "result.json").read_text())["plan"]["solver"]["status"] == "interrupted"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rent_usd_per_kw_month: 130", "rent_usd_per_kw_month: 1560", "is it per year"),
        ("usd_per_ph_day: 40", "usd_per_ph_day: 0.04", "is it per TH"),
        ("shell_capex_usd: 10e6", "shell_capex_usd: 10", "thousands or millions"),
    ],
)
def test_a_value_that_looks_like_another_unit_is_noted(
    small_path: Path, tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = small_path.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "case.yaml").write_text(text.replace(old, new), encoding="utf-8")
    done = runner.invoke(app, ["validate", str(tmp_path / "case.yaml")])
    assert done.exit_code == 0
    assert words in done.stderr


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("coincident_peak: {usd_per_kw_year: 0.06}", ["the coincident-peak charge is 0.06 USD per kW and year"]),
        ("coincident_peak: {usd_per_kw_year: 60, until: 2026-07-01}", ["ends on 2026-07-01, before the study starts"]),
        ("minimum_take: {demand_frac: 0.8}", ["minimum_take costs nothing without a demand charge"]),
        ("demand_charge_usd_per_kw_month: 5, minimum_take: {demand_frac: 0.8, start: 2090-01-01}",
         ["the minimum take starts on 2090-01-01, after the study ends"]),
        ("demand_charge_usd_per_kw_month: 5, minimum_take: {demand_frac: 0.8}, coincident_peak: {usd_per_kw_year: 60}",
         []),
    ],
)  # fmt: skip
def test_power_charges_without_effect_or_in_another_unit_are_noted(
    small_path: Path, tmp_path: Path, terms: str, words: list[str]
) -> None:
    text = small_path.read_text(encoding="utf-8").replace("power: {curve:", f"power: {{{terms}, curve:")
    assert notes_of(tmp_path, text, words) == len(words)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("usd_per_mw_year: 5", ["demand response 'R' pays 5 USD per MW and year, not 1,000 to 300,000"]),
        ("usd_per_mwh_curtailed: 50", ["pays for every hour not run; was maximum_hours_per_year forgotten"]),
        ("usd_per_mwh_curtailed: 50, maximum_hours_per_year: 200, until: 2026-01-01", ["it has no effect"]),
        ("usd_per_mwh_curtailed: 50, maximum_hours_per_year: 200, usd_per_mw_year: 60000", []),
    ],
)
def test_demand_response_in_another_unit_or_without_a_limit_is_noted(
    small_path: Path, tmp_path: Path, terms: str, words: list[str]
) -> None:
    text = small_path.read_text(encoding="utf-8")
    programme = f"market:\n  demand_response: [{{name: R, {terms}}}]\n"
    assert notes_of(tmp_path, text.replace("market:\n", programme), words) == len(words)


def notes_of(folder: Path, text: str, words: list[str]) -> int:
    """Return how many notes a case file raises; each of the words must be in them."""
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    done = runner.invoke(app, ["validate", str(folder / "case.yaml")])
    assert done.exit_code == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert all(word in said for word in words), said
    return said.count("note:")


@pytest.mark.parametrize("example", ["denton", "quickstart"])
def test_the_examples_raise_no_doubt(example: str) -> None:
    path = Path(__file__).parents[2] / "examples" / example / "case.yaml"
    done = runner.invoke(app, ["validate", str(path)])
    assert done.exit_code == 0
    assert "note:" not in done.stderr

"""A sweep from Python has the tables of the command, goes on from its journal, and refuses what the command refuses."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import planner
from planner.case_file.sweep import read_sweep
from planner.cli import app
from planner.files.cells import safe_cell
from planner.reports.sweep.points import sweep_text
from planner.reports.sweep.text import analysis_text
from planner.studies.sweeps.journal import NAME
from planner.views.comparison import compare

SMALL = Path(__file__).with_name("small.yaml")
QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/case.yaml"
POINTS = """
schema_version: 1
name: What moves the small site
mode: both
factors:
  - {name: hashprice, path: market.hashprice_scale_frac, how: times, values: [0.7]}
  - {name: first_rent, path: "contracts[l1].rent_usd_per_kw_month", how: set, values: [90]}
design: {kind: one_at_a_time}
"""
SOLVES = 6
"""Two for each of three points."""
RENT = {"name": "rent", "path": "contracts[dense_lease].rent_usd_per_kw_month", "how": "set", "values": [150]}


def one(*factors: dict[str, Any], **design: Any) -> dict[str, Any]:
    """Return a sweep as plain data."""
    return {"schema_version": 1, "name": "Moved", "factors": factors, "design": design or {"kind": "one_at_a_time"}}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "sweep.yaml"
    path.write_text(POINTS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def told(file: Path) -> planner.SweepResult:
    """The sweep from Python."""
    return planner.sweep(SMALL, file, gap=0, workers=1)


@pytest.fixture(scope="module")
def written(file: Path) -> Path:
    """What the command writes."""
    out = file.parent / "out"
    done = CliRunner().invoke(app, ["sweep", str(SMALL), str(file), "--gap", "0", "--workers", "1", "--out", str(out)])
    assert done.exit_code == 0, done.stderr
    (out / "told.txt").write_text(done.stdout, encoding="utf-8")
    return out


def test_the_tables_are_those_of_the_command(told: planner.SweepResult, written: Path) -> None:
    ours, theirs = told.frame.drop(columns="seconds"), pd.read_parquet(written / "points.parquet")
    pd.testing.assert_frame_equal(ours, theirs.drop(columns="seconds"), check_dtype=False)
    assert len(ours) == SOLVES
    assert set(ours["status"]) == {"optimal"}
    for name in ("comparison", "tornado", "flips"):
        frame: pd.DataFrame = getattr(told, name)
        texts = frame.apply(lambda column: column.map(lambda cell: safe_cell(cell) if isinstance(cell, str) else cell))
        assert texts.to_csv(index=False) == (written / f"{name}.csv").read_text(encoding="utf-8"), name
    assert len(told.comparison) == SOLVES
    assert told.tornado["factor"].tolist() == ["first_rent", "hashprice"]
    assert len(told.flips) > 0
    assert told.tornado["best_swing_usd"].dtype == "Float64"
    assert told.influences.empty
    assert told.effects.empty


def test_the_text_and_the_files_are_those_of_the_command(
    told: planner.SweepResult, written: Path, tmp_path: Path
) -> None:
    timed = "of solving"
    printed = (written / "told.txt").read_text(encoding="utf-8").splitlines()
    text = told.text(130).splitlines()
    assert [line.rstrip() for line in text if timed not in line] == [
        line.rstrip() for line in printed if timed not in line
    ]
    assert told.text(130) == sweep_text(told.view.table, (), width=130) + analysis_text(told.view, width=130)
    page = told.save(tmp_path / "saved")
    assert page.name == "sweep.html"
    names = {file.relative_to(written).as_posix() for file in written.rglob("*") if file.is_file()}
    saved = {file.relative_to(page.parent).as_posix() for file in page.parent.rglob("*") if file.is_file()}
    assert saved == names - {NAME, "told.txt"}


def test_what_to_pin_down_first_stands_at_the_head(told: planner.SweepResult) -> None:
    assert told.pinned["pin_down"].tolist() == [1, 2]
    tornado = {row["factor"]: row for row in told.tornado.to_dict("records")}
    for row in told.pinned.to_dict("records"):
        kind = "kept" if row["swing_is_of_kept"] else "best"
        assert tornado[row["factor"]]["pin_down"] == row["pin_down"]
        assert tornado[row["factor"]][f"{kind}_swing_usd"] == row["swing_usd"]
    best = told.comparison.query("mode == 'reoptimised'")
    letters = dict(zip(best["point"].tolist(), best["decision"].tolist(), strict=True))
    for row in told.regions.to_dict("records"):
        assert {letters[int(number)] for number in row["points"].split(";")} == {row["decision"]}


def test_the_base_case_comes_as_a_plan(told: planner.SweepResult) -> None:
    assert told.base is not None
    assert told.base.npv_usd == pytest.approx(told.frame["npv_usd"].iloc[0], rel=1e-12)
    assert told.base.findings() == ()
    assert told.is_proven
    assert told.undone == 0
    assert repr(told) == "<Sweep 'What moves the small site' of 'A small site': 6 rows>"
    assert "What moves the small site: A small site" in told._repr_html_()
    assert "Pin down first" in told._repr_html_()
    with pytest.raises(FrozenInstanceError):
        told.told = told.told  # type: ignore[misc]


def test_a_sweep_goes_on_from_the_journal_of_the_command(
    told: planner.SweepResult, written: Path, file: Path, tmp_path: Path
) -> None:
    lines = (written / NAME).read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / NAME).write_text("".join(lines[:-2]), encoding="utf-8")
    steps: list[planner.SweepProgress] = []
    some = planner.sweep(SMALL, file, gap=0, workers=1, journal=tmp_path, progress=steps.append)
    solves = len(lines) - 1
    assert (steps[-1].done, steps[-1].known) == (solves, solves - 2)
    assert f"{solves} of {solves} solves done, {solves - 2} of them known, 0 without a plan" in str(steps[-1])
    pd.testing.assert_frame_equal(some.frame.drop(columns="seconds"), told.frame.drop(columns="seconds"))
    assert some.base is None, "the journal has its figures"
    again = planner.sweep(SMALL, read_sweep(file).sweep, gap=0, journal=tmp_path, progress=steps.append)
    assert steps[-1].known == solves
    pd.testing.assert_frame_equal(again.frame, some.frame)


def test_a_screening_has_the_effects_of_the_command(tmp_path: Path) -> None:
    asked = one({"name": "hashprice", "lever": "hashprice", "low": 0.8, "high": np.float64(1.2)},
                {"name": "rent", "lever": "rent", "low": 0.9, "high": 1.1},
                kind="morris", trajectories=np.int64(2))  # fmt: skip
    told = planner.sweep(QUICKSTART, asked, gap=0, workers=1, journal=tmp_path / "new/folder")
    assert (tmp_path / "new/folder" / NAME).exists()
    assert set(told.effects["factor"]) == {"hashprice", "rent"}
    assert told.effects["mu_star_usd"].tolist() == [effect.mu_star_usd for effect in told.view.effects]
    told.save(tmp_path)
    effects = pd.read_csv(tmp_path / "effects.csv")
    pd.testing.assert_frame_equal(told.effects, effects, check_dtype=False)
    assert list(effects) == ["mode" if name == "way" else name for name in asdict(told.view.effects[0])]
    assert told.tornado.empty
    assert list(told.tornado)[:2] == ["pin_down", "factor"]


def test_a_point_is_the_changed_case_with_the_changes_of_the_point() -> None:
    case = planner.load_case(QUICKSTART).changed("market.hashprice_scale_frac*=0.8")
    case = case.with_fixed(forbid=["contract:air_lease"])
    told = planner.sweep(case, one(RENT), gap=0, workers=1)
    single = planner.plan(case.changed("contracts[dense_lease].rent_usd_per_kw_month=150"), gap=0)
    assert told.base is not None
    assert not compare([told.base.result, planner.plan(case, gap=0).result], ["a", "b"]).headline[0].differs
    base, point = told.frame.to_dict("records")
    assert point["npv_usd"] == pytest.approx(single.npv_usd, rel=1e-9)
    assert point["offers"] == "dense_lease"
    assert base["changes"] == "market.hashprice_scale_frac*=0.8; forbid contract:air_lease"
    assert point["changes"] == f"{base['changes']}; contracts[dense_lease].rent_usd_per_kw_month=150"


@pytest.mark.parametrize(
    "change", ["lever.rent*=0.9", "contracts[*].rent_usd_per_kw_month*=0.9", "contracts[0].rent_usd_per_kw_month+=1"]
)
def test_a_value_that_a_change_of_the_case_would_move_again_is_refused(change: str) -> None:
    """Such changes are made after all that is set: the table would say 150, and the plan be that of 135."""
    case = planner.load_case(QUICKSTART).changed(change)
    rents = {**RENT, "path": "contracts[*].rent_usd_per_kw_month"}
    with pytest.raises(planner.CaseFileError) as error:
        planner.sweep(case, one(rents))
    told = str(error.value)
    assert f"would be moved again by the change '{planner.load_case(QUICKSTART).changed(change).changes[0]}'" in told
    assert "(factors[0].values[0])" in told
    assert told.count("error:") == 1


def test_a_bad_sweep_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(POINTS.replace("hashprice_scale_frac", "hashprise"), encoding="utf-8")
    with pytest.raises(planner.CaseFileError, match=r"bad\.yaml:6:"):
        planner.sweep(SMALL, file)
    file.write_text(POINTS.replace("one_at_a_time", "one_at_time"), encoding="utf-8")
    with pytest.raises(planner.CaseFileError, match=r"did you mean 'one_at_a_time'\?\n  --> .*bad\.yaml:8:"):
        planner.sweep(SMALL, file)
    with pytest.raises(planner.CaseFileError, match="there is no such file"):
        planner.sweep(SMALL, tmp_path / "none.yaml")


def test_a_bad_sweep_in_no_file_is_told_with_its_path() -> None:
    with pytest.raises(planner.CaseFileError) as error:
        planner.sweep(QUICKSTART, one({"name": "a", "lever": "rents", "values": [1.1]}, {**RENT, "low": 1}))
    told = str(error.value)
    assert "did you mean 'rent'?\n  --> sweep  (factors[0].lever)" in told
    twice = read_sweep(QUICKSTART.with_name("sweep.yaml")).sweep
    with pytest.raises(planner.CaseFileError, match="factor 'hashprice' is given twice"):
        planner.sweep(QUICKSTART, twice.model_copy(update={"factors": (twice.factors[0], twice.factors[0])}))


def test_wrong_arguments_are_told_as_the_command_tells_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: planner.sweep(QUICKSTART, mode="hld"), "did you mean 'hold'"),
        (lambda: planner.sweep(QUICKSTART, gap=2), "found 2"),
        (lambda: planner.sweep(QUICKSTART, time_limit_s=0), "found 0"),
        (lambda: planner.sweep(QUICKSTART, workers=0), "from 1 to 1,024, found 0"),
        (lambda: planner.sweep(QUICKSTART, workers=1, scheduler="tcp://x:1"), "workers or scheduler, not both"),
    )
    for ask, says in wrong:
        with pytest.raises(ValueError, match=says):
            ask()
    (tmp_path / NAME).write_text("{}\n", encoding="utf-8")
    with pytest.raises(planner.JournalError, match="is not a journal of this planner; choose another folder"):
        planner.sweep(QUICKSTART, one(RENT), journal=tmp_path)
    with pytest.raises(planner.JournalError, match="journal wants a folder"):
        planner.sweep(QUICKSTART, one(RENT), journal=tmp_path / NAME)
    monkeypatch.setattr("planner.studies.sweeps.cluster.SECONDS_TO_JOIN", 0.2)
    with pytest.raises(planner.NoWorkers, match="no Dask scheduler answers"):
        planner.sweep(QUICKSTART, one(RENT), scheduler="tcp://127.0.0.1:9")


def test_a_script_without_a_guard_sweeps_at_a_glance(tmp_path: Path) -> None:
    """The workers do not start the script again; without a sweep every lever that moves the case is moved."""
    script = tmp_path / "script.py"
    script.write_text(
        f"import planner\nprint('begun')\ntold = planner.sweep({str(QUICKSTART)!r}, gap=0, mode='hold', workers=2)\n"
        "print(told.view.table.name)\nprint(len(told.frame), *told.view.table.factors)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    expected = "begun\nWhat moves the plan, at a glance\n13 hashprice rent capex power equity late_works\n"
    assert (done.returncode, done.stdout) == (0, expected), done.stderr

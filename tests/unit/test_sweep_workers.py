"""Who does the work of a sweep does not matter: processes, a cluster, or several runs of which some were killed."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from planner.case_file import load_case
from planner.case_file.changes import read_change
from planner.cli import app
from planner.studies.plan import PlanOptions, plan
from planner.studies.sweeps.cluster import DaskCluster
from planner.studies.sweeps.executor import NoWorkers
from planner.studies.sweeps.journal import NAME
from planner.studies.sweeps.run import Swept
from tests.unit.sweep_support import CASE, EXACT, QUICKSTART, SAMPLES, deadly, one, swept, timeless

POINTS = 13
"""The base case and the samples."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """The samples, solved in this process one after the other."""
    return swept(SAMPLES, tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="module")
def whole(here: Swept) -> pd.DataFrame:
    """Their table."""
    return timeless(here)


# --- the same as single runs ------------------------------------------------------------------------------


def test_points_equal_single_runs(here: Swept) -> None:
    """Ten samples, each planned again by itself with its changes typed as --set takes them."""
    for point in here.table.rows[1:11]:
        changes = [read_change(text) for text in point.changes.split("; ")]
        single = plan(load_case(CASE, changes=changes).case, {}, PlanOptions(EXACT))
        figures = point.outcome.figures
        assert figures is not None
        assert figures.npv_usd == pytest.approx(single.plan.npv_musd * 1e6, rel=1e-6)
        assert figures.do_nothing_npv_usd == pytest.approx(single.do_nothing.npv_musd * 1e6, rel=1e-6)


# --- processes and clusters -------------------------------------------------------------------------------------------


def started(folder: Path, workers: int) -> subprocess.Popen[str]:
    (folder / "samples.yaml").write_text(SAMPLES, encoding="utf-8")
    command = [sys.executable, "-m", "planner.cli", "sweep", str(CASE), str(folder / "samples.yaml")]
    command += ["--gap", "0", "--out", str(folder), "--workers", str(workers)]
    # a shell that runs the tests in the background has Ctrl-C ignored, and programs started from there inherit that
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def keys(folder: Path) -> list[str]:
    """Return the keys of the journal's whole lines, its head left out."""
    file = folder / NAME
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
    return [json.loads(line)["key"] for line in lines[1:] if line.endswith("\n")]


def wait_for(count: int, folder: Path, run: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 300
    while len(keys(folder)) < count and time.monotonic() < until:
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)


@pytest.mark.slow
def test_a_sweep_that_was_killed_and_one_that_was_interrupted_go_on(whole: pd.DataFrame, tmp_path: Path) -> None:
    """Killed, then interrupted, then left alone: the same table, and no point that was done is solved again."""
    killed = started(tmp_path, workers=2)
    wait_for(4, tmp_path, killed)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    interrupted = started(tmp_path, workers=1)
    wait_for(8, tmp_path, interrupted)
    interrupted.send_signal(signal.SIGINT)
    _, told = interrupted.communicate(timeout=300)
    assert interrupted.returncode == 4, told
    assert f"of {POINTS} rows are done; the same command goes on from here" in told
    done = len(keys(tmp_path))
    rows = len(pd.read_csv(tmp_path / "points.csv"))
    assert rows in (done, done - 1), "the interrupt may fall between the journal's line and the table's"
    assert done < POINTS
    last = started(tmp_path, workers=1)
    _, told = last.communicate(timeout=300)
    assert last.returncode == 0, told
    assert f"{POINTS} of {POINTS} solves done, {done} of them known" in told
    assert set(Counter(keys(tmp_path)).values()) == {1}
    found = pd.read_parquet(tmp_path / "points.parquet").drop(columns="seconds")
    pd.testing.assert_frame_equal(found, whole)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_cluster_gives_the_same_table_and_survives_a_dead_worker(whole: pd.DataFrame, tmp_path: Path) -> None:
    dask, distributed = import_module("dask"), import_module("distributed")
    (tmp_path / "dies").mkdir()
    half = "{name: hashprice, path: market.hashprice_scale_frac, how: set, values: [0.5, 0.8]}"
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.comm.timeouts.connect": "300s"}
    local = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with dask.config.set(settings), distributed.LocalCluster(**local) as cluster:
        made = swept(SAMPLES, tmp_path, DaskCluster(cluster.scheduler_address))
        pd.testing.assert_frame_equal(timeless(made), whole)
        dies = swept(one("{kind: grid}", factors=f"[{half}]"), tmp_path / "dies",
                     DaskCluster(cluster.scheduler_address), how=deadly)  # fmt: skip
    assert [row.outcome.status.value for row in dies.table.rows] == ["optimal", "failed", "optimal"]
    assert "the cluster: " in dies.table.rows[1].outcome.error


def test_a_scheduler_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.studies.sweeps.cluster.SECONDS_TO_JOIN", 0.2)
    with pytest.raises(NoWorkers, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        DaskCluster("tcp://127.0.0.1:9")


# --- the command --------------------------------------------------------------------------------------------

runner = CliRunner()


def test_the_command_refuses_a_bad_sweep_before_it_solves(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(SAMPLES.replace("hashprice_scale_frac", "hashprise"), encoding="utf-8")
    done = runner.invoke(app, ["sweep", str(CASE), str(file), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "bad.yaml:5:" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_takes_workers_or_a_cluster() -> None:
    done = runner.invoke(
        app, ["sweep", str(CASE), str(QUICKSTART / "sweep.yaml"), "--workers", "2", "--scheduler", "tcp://x:1"]
    )
    assert done.exit_code == 2
    assert "give --workers or --scheduler, not both" in done.stderr


def test_a_folder_with_another_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("{}\n", encoding="utf-8")
    done = runner.invoke(app, ["sweep", str(CASE), str(QUICKSTART / "sweep.yaml"), "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "is not a journal of this planner" in done.stderr
    assert os.listdir(tmp_path) == [NAME]  # noqa: PTH208 - the names alone

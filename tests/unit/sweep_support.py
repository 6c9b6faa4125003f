"""What the tests of sweeps share; workers in other processes import it too."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from planner.case_file import open_case
from planner.case_file.sweep import SweepFile, read_sweep
from planner.results import Result
from planner.studies.sweeps.cases import BaseCase
from planner.studies.sweeps.executor import Executor
from planner.studies.sweeps.journal import Journal
from planner.studies.sweeps.outcome import Figures, PointFigures, PointOutcome, PointStatus
from planner.studies.sweeps.run import SweepOptions, Swept, sweep
from planner.studies.sweeps.table import frame
from planner.studies.sweeps.worker import Answer, Task, Work
from planner.views.sweep import figures
from site_conversion.solve import SolveOptions

QUICKSTART = Path(__file__).resolve().parents[2] / "examples/quickstart"
CASE = QUICKSTART / "case.yaml"
EXACT = SolveOptions(gap_frac=0.0)

SAMPLES = """
schema_version: 1
name: Samples
factors:
  - {name: hashprice, path: market.hashprice_scale_frac, how: times, low: 0.7, high: 1.3}
  - {name: dense_rent, path: "contracts[dense_lease].rent_usd_per_kw_month", how: set, low: 140, high: 200}
  - {name: rents, path: "contracts[*].rent_usd_per_kw_month", how: times, low: 0.95, high: 1.05}
  - {name: works, path: "designs[*].build_months", how: plus, low: 0, high: 4}
  - {name: equity, path: "finance.equity_budget[0].added_usd", how: set, low: 25.0e6, high: 90.0e6}
design: {kind: latin_hypercube, count: 12, seed: 3}
"""


class Here:
    """The work done in this process, one task after the other; it counts them."""

    def __init__(self) -> None:
        self.solved: list[str] = []

    def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[Answer]:
        for task in tasks:
            self.solved.append(task.key)
            yield work.answer(task)

    def close(self) -> None:
        pass


class Pretended(Here):
    """No work done: every task has an answer at once."""

    def run(
        self,
        work: Work,  # noqa: ARG002 - a worker's signature
        tasks: Iterable[Task],
    ) -> Iterator[Answer]:
        for task in tasks:
            self.solved.append(task.key)
            yield Answer(task.key, PointOutcome(status=PointStatus.OPTIMAL))


def swept(
    text: str,
    folder: Path,
    executor: Executor | None = None,
    how: Figures = figures,
    options: SweepOptions | None = None,
) -> Swept:
    """Run the sweep in a text on the quickstart; its journal is in the folder."""
    with Journal(folder) as journal:
        return sweep(
            written(text, folder),
            BaseCase(open_case(CASE)),
            executor or Here(),
            journal,
            how,
            options or SweepOptions(EXACT),
        )


def written(text: str, folder: Path) -> SweepFile:
    """Write a sweep file and read it."""
    file = folder / "sweep.yaml"
    file.write_text(text, encoding="utf-8")
    return read_sweep(file)


def one(design: str, **sections: Any) -> str:
    """Return the text of a sweep of one design."""
    more = "\n".join(f"{name}: {value}" for name, value in sections.items())
    return f"schema_version: 1\nname: Sweep\n{more}\ndesign: {design}\n"


def timeless(made: Swept) -> pd.DataFrame:
    """Return the table without what a run takes."""
    return frame(made.table).drop(columns="seconds")


def deadly(result: Result) -> PointFigures:
    """Die as a native crash would, at one of the points."""
    if result.case.market.hashprice_scale_frac == 0.5:
        os.kill(os.getpid(), signal.SIGKILL)
    return figures(result)


def faulty(result: Result) -> PointFigures:
    """Fail at one of the points."""
    if result.case.market.hashprice_scale_frac == 0.5:
        raise ZeroDivisionError("a fault at half the hashprice")
    return figures(result)

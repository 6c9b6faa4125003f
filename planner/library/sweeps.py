"""A case solved again and again with some of its assumptions moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from planner.case_file.sweep import SweepFile, read_sweep, sweep_of
from planner.files.problems import did_you_mean
from planner.library.cases import AnyPath, CaseStudy, as_case
from planner.library.plans import Plan, solve_options
from planner.reports.html.notebook import sweep_html
from planner.reports.sweep import records
from planner.reports.sweep.files import write_analysis, write_base
from planner.reports.sweep.points import LEAST_WIDTH, sweep_text, write_sweep
from planner.reports.sweep.text import analysis_text
from planner.results import from_json
from planner.schemas.sweep import Mode, Sweep
from planner.studies.sweeps import table as tables
from planner.studies.sweeps.cases import BaseCase
from planner.studies.sweeps.executors import MOST_WORKERS, executor_for
from planner.studies.sweeps.glance import glance
from planner.studies.sweeps.journal import JournalError
from planner.studies.sweeps.run import SweepOptions, SweepProgress
from planner.views.sweep_analysis.analysis import SweepAnalysis
from planner.views.sweep_analysis.run import ToldSweep, told_sweep


@dataclass(frozen=True, repr=False)
class SweepResult:
    """A sweep: every point solved, and what all of them tell. Money is in USD; the first point is the base case."""

    told: ToldSweep
    """The record itself, for what is not shown."""

    @property
    def view(self) -> SweepAnalysis:
        """Everything that the other outlets show, as one record."""
        return self.told.analysis

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row for each point and for what was done with the plan there: as in points.csv of the command."""
        return tables.frame(self.view.table)

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """Every point beside the base case: what it gains or loses, which decisions differ; as in comparison.csv."""
        return records.comparison_frame(self.view)

    @cached_property
    def tornado(self) -> pd.DataFrame:
        """Factors that were moved alone, the largest swing first; as in tornado.csv."""
        return records.tornado_frame(self.view)

    @cached_property
    def flips(self) -> pd.DataFrame:
        """Neighbouring points with different plans, and whether that is proven; as in flips.csv."""
        return records.flips_frame(self.view)

    @cached_property
    def pinned(self) -> pd.DataFrame:
        """The assumptions at a glance: the one to pin down first at the head."""
        return records.pinned_frame(self.view)

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Groups of points that decide alike; the letters are those of the comparison."""
        return records.regions_frame(self.view)

    @cached_property
    def influences(self) -> pd.DataFrame:
        """Rank correlation of each factor with the gain, of a Latin hypercube; no rows of any other sweep."""
        return records.influences_frame(self.view)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Elementary effects of each factor on NPV, of a Morris screening; no rows of any other sweep."""
        return records.effects_frame(self.view.effects)

    @cached_property
    def base(self) -> Plan | None:
        """The plan of the base case; None if it has none, or if a journal knew its figures and not the plan."""
        return None if not self.told.swept.base_json else Plan(from_json(self.told.swept.base_json))

    @property
    def undone(self) -> int:
        """Rows that Ctrl-C left out; with a journal the same call goes on from there."""
        return self.told.swept.undone

    @property
    def is_proven(self) -> bool:
        """Whether every row is there, and has either a plan within the asked gap or the proof that there is none."""
        return not self.undone and tables.is_proven(self.view.table)

    def text(self, width: int = LEAST_WIDTH) -> str:
        """Return what `planner sweep` prints."""
        shown = self.view
        return sweep_text(shown.table, shown.effects, width=width) + analysis_text(shown, width=width)

    def save(self, folder: AnyPath) -> Path:
        """Write what `planner sweep --out` writes, its journal aside, into a folder; return the page, sweep.html.

        Raises:
            OSError: a file cannot be written.
        """
        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        write_base(self.told.swept, out)
        write_sweep(self.view.table, self.view.effects, out)
        return write_analysis(self.view, out)[-1]

    def __repr__(self) -> str:
        """Say what was moved, and how far the sweep came."""
        done = len(self.view.table.rows)
        rows = f"{done} of {done + self.undone} rows" if self.undone else f"{done} rows"
        return f"<Sweep '{self.view.table.name}' of '{self.view.table.case}': {rows}>"

    def _repr_html_(self) -> str:
        return sweep_html(self.view)


def sweep(
    case: CaseStudy | AnyPath,
    sweep: Sweep | Mapping[str, object] | AnyPath | None = None,
    *,
    journal: AnyPath | None = None,
    mode: str | None = None,
    gap: float = 0.005,
    time_limit_s: float | None = None,
    seed: int = 0,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[SweepProgress], None] = lambda _: None,
) -> SweepResult:
    """Solve a case again and again with some of its assumptions moved, in several processes.

    Every point is the case with the point's changes made as `CaseStudy.changed` makes them. A point that fails or has
    no plan is a row that says so. Ctrl-C keeps what is done.

    Args:
        case: a case, or the path of its file.
        sweep: the path of a sweep file, or its fields as a dict; left out, every lever that moves the case is moved
            alone, by stated ranges.
        journal: folder of a journal, such as that of `planner sweep --out`: what it knows is not solved again, what is
            solved is added at once.
        mode: in place of the sweep's: reoptimise, hold or both.
        gap: stop each solve when proven this close (0.005 is 0.5 %).
        time_limit_s: stop each solve after so many seconds.
        seed: random seed of the solver.
        workers: processes on this machine; left out, one for each core.
        scheduler: address of a Dask scheduler (tcp://host:port) whose workers solve.
        progress: called after each solve; `print` will do.

    Raises:
        CaseFileError: the case or the sweep cannot be used; every problem with its line, before anything is solved.
        JournalError: the journal cannot be used, or another sweep is writing it.
        MissingLibrary: a Morris screening without SALib, or a scheduler without Dask.
        NoWorkers: no scheduler answers at the address, or its workers cannot be used.
        NothingToMove: no sweep is given, and the case has nothing that a lever moves.
        ValueError: an argument outside its range.
    """
    options = SweepOptions(solve_options(gap, time_limit_s, seed), None if mode is None else _mode(mode))
    if scheduler is not None and workers is not None:
        raise ValueError("give workers or scheduler, not both: a cluster has its own workers")
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise ValueError(f"workers is a number of processes from 1 to {MOST_WORKERS:,}, found {workers}")
    read = as_case(case)
    asked = _asked(read, sweep)
    folder = None if journal is None else _folder(Path(journal))
    base = BaseCase(read.opened, read.changes, read.fixed)
    return SweepResult(told_sweep(asked, base, executor_for(workers, scheduler), folder, options, progress))


def _asked(read: CaseStudy, sweep: Sweep | Mapping[str, object] | AnyPath | None) -> SweepFile:
    if sweep is None:
        return glance(read.case)
    return sweep_of(sweep) if isinstance(sweep, Sweep | Mapping) else read_sweep(Path(sweep))


def _mode(name: str) -> Mode:
    names = [mode.value for mode in Mode]
    if name not in names:
        raise ValueError(f"mode wants one of {', '.join(names)}, found '{name}'{did_you_mean(name, names)}")
    return Mode(name)


def _folder(folder: Path) -> Path:
    """Make the folder of a journal."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(f"journal wants a folder that can be written, found '{folder}': {error.strerror}") from None
    return folder

"""A sweep from its file to all that it tells: the same for every outlet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from planner.case_file.sweep import SweepFile
from planner.studies.sweeps.cases import BaseCase
from planner.studies.sweeps.effects import effects
from planner.studies.sweeps.executor import Executor
from planner.studies.sweeps.journal import Journal
from planner.studies.sweeps.run import SweepOptions, SweepProgress, Swept, sweep
from planner.views.sweep import figures
from planner.views.sweep_analysis.analysis import SweepAnalysis, analyse


@dataclass(frozen=True)
class ToldSweep:
    """A sweep and what it tells, finished or not."""

    swept: Swept
    analysis: SweepAnalysis


def told_sweep(
    read: SweepFile,
    base: BaseCase,
    executor: Executor,
    folder: Path | None,
    options: SweepOptions,
    tell: Callable[[SweepProgress], None] = lambda _: None,
) -> ToldSweep:
    """Solve what the journal in the folder does not know, end the workers, and say what all points tell.

    Ctrl-C keeps what is done.

    Raises:
        CaseFileError: with everything that is wrong with the points, before anything is solved.
        JournalError: the journal cannot be used.
        MissingLibrary: the design needs a library that is not installed.
    """
    try:
        with Journal(folder) as journal:
            swept = sweep(read, base, executor, journal, figures, options, tell)
    finally:
        executor.close()
    return ToldSweep(swept, analyse(swept.table, read.sweep, effects(read.sweep, swept.table)))

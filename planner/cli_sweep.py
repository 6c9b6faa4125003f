"""The command of sweeps: a case solved again and again with some of its assumptions moved."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from planner.cli_common import BAD_INPUT, FAULT, INFEASIBLE, STOPPED, fail, load_case, make_folder, note

if TYPE_CHECKING:
    from planner.case_file.sweep import SweepFile
    from planner.schemas import Case
    from planner.studies.sweeps.executor import Executor
    from planner.studies.sweeps.run import SweepOptions, SweepProgress, Swept
    from planner.views.sweep_analysis.run import ToldSweep


def sweep(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="Case file (YAML or workbook).", show_default=False)],
    sweep_file: Annotated[
        Path | None,
        typer.Argument(
            metavar="SWEEP",
            help="Sweep file (YAML); left out, every lever that moves the case is moved alone, by stated ranges.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep a journal here, so that a stopped sweep goes on where it was; write the table, the base plan.",
        ),
    ] = None,
    mode: Annotated[
        Literal["reoptimise", "hold", "both"] | None,
        typer.Option(help="In place of the file's: find the best plan, keep the base case's, or both."),
    ] = None,
    gap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Stop each solve when proven this close (0.005 = 0.5 %).")
    ] = 0.005,
    time_limit: Annotated[float | None, typer.Option(min=0.1, help="Stop each solve after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Random seed of the solver.")] = 0,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes on this machine; left out, one for each core.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Dask scheduler (tcp://host:port) whose workers solve."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Solve a case again and again with some of its assumptions moved.

    Ctrl-C keeps what is done; with --out the same command then goes on where it was.
    """
    if scheduler is not None and workers is not None:
        fail("give --workers or --scheduler, not both: a cluster has its own workers")
    loaded = load_case(case)
    if sweep_file is not None:
        read = _read(sweep_file)
    if out is not None:
        make_folder(out)
    if sweep_file is None:
        read = _at_a_glance(loaded.case, out)
    from planner.reports.sweep.files import sweep_json, write_analysis, write_base
    from planner.reports.sweep.points import has_parquet, sweep_text, write_sweep
    from planner.reports.sweep.text import analysis_text
    from planner.schemas.sweep import Mode
    from planner.studies.sweeps.run import SweepOptions
    from site_conversion.solve import SolveOptions

    options = SweepOptions(
        SolveOptions(gap_frac=gap, time_limit_s=time_limit, seed=seed), None if mode is None else Mode(mode)
    )
    told = _told(case, read, out, _executor(workers, scheduler), options)
    analysis, table, effects = told.analysis, told.analysis.table, told.analysis.effects
    if out is not None:
        base = write_base(told.swept, out)
        if base is not None:
            note(f"wrote {base}, the plan of the base case")
        for file in (*write_sweep(table, effects, out), *write_analysis(analysis, out)):
            note(f"wrote {file}")
        if not has_parquet():
            note("points.parquet needs the extra `parquet` (pip install .[parquet]); points.csv has the same table")
    width = shutil.get_terminal_size((130, 40)).columns
    if as_json:
        print(sweep_json(table, effects, analysis))
    else:
        color = sys.stdout.isatty()
        print(sweep_text(table, effects, width=width, color=color), end="")
        print(analysis_text(analysis, width=width, color=color), end="")
    _leave(told.swept, out)


def _read(file: Path) -> SweepFile:
    from planner.case_file.sweep import read_sweep
    from planner.files.problems import CaseFileError

    try:
        return read_sweep(file)
    except CaseFileError as error:
        print(error.render(), file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None


def _at_a_glance(case: Case, out: Path | None) -> SweepFile:
    """Return the sweep of a case that names none, and leave it in the folder, to be edited."""
    from planner.files.whole import written_whole
    from planner.studies.sweeps.glance import FILE, NothingToMove, glance

    try:
        read = glance(case, Path(FILE) if out is None else out / FILE)
    except NothingToMove as error:
        fail(f"{error}: give a sweep file")
    file, text = read.source.file, read.source.text
    if out is None:
        return read
    if file.exists() and file.read_text(encoding="utf-8") != text:
        fail(f"{file} is not what would be written there: name it as SWEEP to use it, or give another --out")
    note(
        f"wrote {written_whole(file, lambda path: path.write_text(text, encoding='utf-8'))}: its ranges are assumptions"
    )
    return read


def _executor(workers: int | None, scheduler: str | None) -> Executor:
    from planner.studies.sweeps.executor import NoWorkers
    from planner.studies.sweeps.executors import executor_for
    from planner.studies.sweeps.sampling import MissingLibrary

    try:
        return executor_for(workers, scheduler)
    except (NoWorkers, MissingLibrary) as error:
        fail(str(error))


def _told(case: Path, read: SweepFile, out: Path | None, executor: Executor, options: SweepOptions) -> ToldSweep:
    from planner.case_file import open_case
    from planner.files.problems import CaseFileError
    from planner.studies.sweeps.cases import BaseCase
    from planner.studies.sweeps.journal import JournalError
    from planner.studies.sweeps.sampling import MissingLibrary
    from planner.views.sweep_analysis.run import told_sweep

    printer = _ProgressPrinter()
    try:
        return told_sweep(read, BaseCase(open_case(case)), executor, out, options, printer)
    except CaseFileError as error:
        print(error.render(), file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None
    except (JournalError, MissingLibrary) as error:
        fail(str(error))
    finally:
        executor.close()
        printer.finish()


def _leave(swept: Swept, out: Path | None) -> None:
    """End with the exit code that says what came of it."""
    from planner.studies.sweeps.outcome import PointStatus

    statuses = [row.outcome.status for row in swept.table.rows]
    if swept.undone:
        again = "; the same command goes on from here" if out is not None else "; with --out it could go on"
        _end(f"stopped: {len(statuses)} of {len(statuses) + swept.undone} rows are done{again}", STOPPED)
    failed = statuses.count(PointStatus.FAILED)
    if failed:
        again = "; the same command tries them again" if out is not None else ""
        _end(f"{failed} of {len(statuses)} solves failed{again}", FAULT)
    base = swept.table.rows[0].outcome
    if base.status is PointStatus.INFEASIBLE:
        _end("the base case itself is infeasible", INFEASIBLE)
    if PointStatus.TIME_LIMIT in statuses or PointStatus.NO_PLAN in statuses:
        raise typer.Exit(STOPPED)


def _end(message: str, code: int) -> NoReturn:
    fail(message, code)


class _ProgressPrinter:
    """Solves done, failures, pace and time left: one live line on a terminal, a line every ten seconds elsewhere."""

    EVERY_S = 10.0

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = -self.EVERY_S
        self._line = ""

    def __call__(self, progress: SweepProgress) -> None:
        """Print where the sweep is."""
        line = str(progress)
        self._line = line
        if self._live:
            print(f"\r{line:<95}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._last >= self.EVERY_S:
            self._say()

    def _say(self) -> None:
        print(self._line, file=sys.stderr, flush=True)
        self._last, self._line = time.monotonic(), ""

    def finish(self) -> None:
        """End the live line, so that what follows starts on its own; say how it ended."""
        if self._live and self._line:
            print(file=sys.stderr)
        elif self._line:
            self._say()

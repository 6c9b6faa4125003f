"""A plan with everything that is shown of it: numbers, frames, charts, files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from planner.files.problems import CaseFileError
from planner.library.cases import AnyPath, CaseStudy, as_case, log
from planner.library.charts import Chart, chart_of
from planner.reports.decision import decision
from planner.reports.html.notebook import plan_html
from planner.reports.terminal import LEAST_WIDTH, summary
from planner.results import Result, load, save
from planner.studies import plan as study
from planner.studies.check import check
from planner.studies.overrides import PriceOptions, moved_dates, priced
from planner.views import Views
from planner.views.frames import Frames
from planner.views.typed_sources import typed_sources
from site_conversion.solve import Progress, SolveOptions, Status


class Plan:
    """The best plan found for a case, beside going on mining. Money is in USD."""

    def __init__(self, result: Result) -> None:
        """Keep the result."""
        self.result = result
        """The record itself: case, arrays, tables of the solution, solver's reports, versions."""
        self._views = Views(result)

    @property
    def name(self) -> str:
        """The case's name."""
        return self.result.case.name

    @property
    def npv_usd(self) -> float:
        """Net present value of the plan, after tax and without a loan."""
        return self._views.headline.npv_usd

    @property
    def do_nothing_npv_usd(self) -> float:
        """The same of going on mining."""
        return self._views.headline.do_nothing_npv_usd

    @property
    def gain_usd(self) -> float:
        """Plan less going on mining."""
        return self._views.headline.gain_usd

    @property
    def gain_at_most_usd(self) -> float | None:
        """No plan of the case gains more, by the solver's proof; None without a bound."""
        return self._views.headline.gain_bound_usd

    @property
    def gap_frac(self) -> float | None:
        """How far the plan may be from the best, as a share of its NPV; None without a bound."""
        return self._views.headline.gap_frac

    @property
    def is_proven(self) -> bool:
        """Whether the asked gap was reached, also without the decisions that the case fixes."""
        searches = [self.result.plan, *([] if self.result.free is None else [self.result.free.plan])]
        return all(outcome.report.status is Status.OPTIMAL for outcome in searches)

    @property
    def decision(self) -> str:
        """What to do, what it is worth and how sure that is, in three sentences."""
        return " ".join(decision(self._views))

    @cached_property
    def frames(self) -> Frames:
        """Every table as a pandas frame; `planner.Frames.about()` lists them."""
        return Frames(self.result)

    def summary(self, width: int = LEAST_WIDTH) -> str:
        """Return what `planner plan` prints."""
        return summary(self.result, width=width)

    def chart(self, name: str) -> Chart:
        """Return a chart: megawatts, schedule, bridge, cash, limits or cover.

        Raises:
            ValueError: no chart has that name.
            NothingToDrawError: the plan has nothing that it shows.
        """
        return chart_of(self._views, name)

    def findings(self) -> tuple[str, ...]:
        """Check every limit and every dollar again, without the solver, and return what does not hold."""
        return check(self.result).findings

    def save(self, folder: AnyPath) -> Path:
        """Write result.json and a CSV file for every table into a folder; return that of the result.

        Raises:
            OSError: a file cannot be written.
        """
        save(self.result, Path(folder))
        return Path(folder) / "result.json"

    def report(self, path: AnyPath, *, interactive: bool = False) -> Path:
        """Write the report in the form that the file's name says.

        Args:
            path: .html, .pdf, .xlsx, or a map: .geojson, .gpkg, .kml.
            interactive: the page's charts tell their numbers under the pointer.

        Raises:
            ValueError: another ending.
            PdfError: no PDF can be made here.
            NoPlaceError: a map of a case without a location.
            OSError: the file cannot be written.
        """
        from planner.library.outlets import write

        write(self.result, Path(path), interactive=interactive)
        return Path(path)

    def __repr__(self) -> str:
        """Give the decision as text."""
        return f"<Plan '{self.name}': {self.decision}>"

    def _repr_html_(self) -> str:
        return plan_html(self.result)


def plan(
    case: CaseStudy | AnyPath,
    *,
    gap: float = 0.005,
    time_limit_s: float | None = None,
    seed: int = 0,
    start_from: Plan | None = None,
    price_each: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Return the best plan for a case, beside going on mining; both were checked outside the solver.

    Where the case fixes decisions, it is planned without them too: the difference is what they cost.

    Args:
        case: a case, or the path of its file.
        gap: stop when the plan is proven this close to the best (0.005 is 0.5 %).
        time_limit_s: stop the solver after so many seconds; the plan then says that it is not proven.
        seed: random seed of the solver.
        start_from: an earlier plan, of this case or a similar one, from which the solver starts.
        price_each: of decisions that the case fixes, also say what each costs alone; one more search for each.
        progress: called while the solver works, with its best value, bound, gap and seconds; `print` will do.

    Raises:
        CaseFileError: the file cannot be used; every problem with its line.
        InfeasibleCase: no plan obeys every limit; the message says what is short.
        StoppedEarly: stopped before any plan was found.
        ValueError: an argument outside its range.
    """
    read = as_case(case)
    options = study.PlanOptions(
        solve_options(gap, time_limit_s, seed), start_from=None if start_from is None else start_from.result
    )
    result = replace(study.plan(read.case, read.datasets, options, progress), sources=told_beside(read))
    for moved in moved_dates(result):
        log.warning("note: %s", moved)
    try:
        return Plan(priced(result, PriceOptions(options.solver, price_each), progress=progress))
    except study.StoppedEarly as error:
        log.warning("note: what the fixed decisions cost is not known: %s", error)
        return Plan(result)


def told_beside(read: CaseStudy) -> dict[str, str]:
    """Return what stands beside the figures of a case's file."""
    try:
        return typed_sources(read.opened.source, read.case)
    except CaseFileError as error:
        # a workbook that was moved since it was read: its notes are no reason to refuse a plan
        log.warning("note: %s", error)
        return {}


def solve_options(gap: float, time_limit_s: float | None, seed: int = 0) -> SolveOptions:
    """Return the solver's options. Raises ValueError for one outside its range, as the command line refuses it."""
    if not 0 <= gap <= 1:
        raise ValueError(f"gap is a share from 0 to 1 (0.005 is 0.5 %), found {gap}")
    if time_limit_s is not None and not time_limit_s > 0:
        raise ValueError(f"time_limit_s is a number of seconds above 0, found {time_limit_s}")
    if not 0 <= seed < 2**31:
        raise ValueError(f"seed is a whole number from 0 to {2**31 - 1:,}, found {seed}")
    return SolveOptions(gap_frac=gap, time_limit_s=time_limit_s, seed=seed)


def load_result(path: AnyPath) -> Plan:
    """Return the plan in a result.json, as `planner plan --out` and `Plan.save` write it.

    Raises:
        ResultFileError: the file is not a readable result.
    """
    return Plan(load(Path(path)))

"""A sweep from its file to its table: every point's case, the solves that are not known yet, the rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from planner.case_file.changes import values_at
from planner.case_file.sweep import SweepFile
from planner.files.problems import Problem
from planner.schemas import Case
from planner.schemas.sweep import Factor, FactorHow, Mode, Scalar
from planner.studies.levers import Lever
from planner.studies.sweeps.cases import BaseCase, PointCase, point_cases, whole_numbers
from planner.studies.sweeps.executor import Executor
from planner.studies.sweeps.journal import Journal, key_of
from planner.studies.sweeps.outcome import Figures, PointOutcome, PointStatus, Way
from planner.studies.sweeps.points import lever_problems, points_of
from planner.studies.sweeps.table import FOLLOWING, LEADING, SweepRow, SweepTable
from planner.studies.sweeps.worker import Task, Work
from site_conversion.solve import SolveOptions

WAYS = {
    Mode.REOPTIMISE: (Way.REOPTIMISED,),
    Mode.HOLD: (Way.HELD,),
    Mode.BOTH: (Way.REOPTIMISED, Way.HELD),
}
NOTHING_KEPT = "the base case has no plan that could be kept"


@dataclass(frozen=True)
class SweepOptions:
    """What the caller of a sweep may choose."""

    solver: SolveOptions = field(default_factory=SolveOptions)
    """Of every solve."""
    mode: Mode | None = None
    """In place of the file's."""


@dataclass(frozen=True)
class SweepProgress:
    """Where a running sweep is; counts are of solves: mode `both` has two for a point, equal points share one."""

    done: int
    total: int
    known: int
    """Of those done, how many a journal knew."""
    failed: int
    seconds: float

    @property
    def per_minute(self) -> float | None:
        """Solves a minute since the start; None before the first."""
        solved = self.done - self.known
        return 60 * solved / self.seconds if solved and self.seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Time the rest takes at that pace."""
        return None if self.per_minute is None else 60 * (self.total - self.done) / self.per_minute

    def __str__(self) -> str:
        """Say in one line where the sweep is: solves done, failures, pace and time left."""
        known = f", {self.known} of them known" if self.known else ""
        line = f"{self.done} of {self.total} solves done{known}, {self.failed} without a plan"
        if self.per_minute is not None:
            line += f"   {self.per_minute:.1f} a minute"
        if self.seconds_left is not None and self.done < self.total:
            line += f", {_time(self.seconds_left)} left"
        return line


@dataclass(frozen=True)
class Swept:
    """What a sweep came to."""

    table: SweepTable
    undone: int
    """Rows that an interrupt left out."""
    base_json: str = field(default="", repr=False)
    """The result of the base case, if it was solved now."""


@dataclass(frozen=True)
class Solve:
    """A point and what is to be done with the plan there."""

    case: PointCase
    way: Way
    key: str


def sweep(
    read: SweepFile,
    base: BaseCase,
    executor: Executor,
    journal: Journal,
    figures: Figures,
    options: SweepOptions | None = None,
    tell: Callable[[SweepProgress], None] = lambda _: None,
) -> Swept:
    """Solve every point that the journal does not know and return the table. Ctrl-C keeps what is done.

    Raises:
        CaseFileError: with everything that is wrong with the points, before anything is solved.
        MissingLibrary: the design needs a library that is not installed.
    """
    options = options or SweepOptions()
    taken = [
        Problem(("factors", i, "name"), f"factor '{factor.name}': this is a column of the results, choose another name")
        for i, factor in enumerate(read.sweep.factors)
        if factor.name in (*LEADING, *FOLLOWING)
    ]
    taken += lever_problems(read.sweep)
    if taken:
        raise read.refusal(taken)
    cases = point_cases(points_of(read.sweep, whole_numbers(read.sweep, base)), base, read)
    return _Run(read, cases, executor, journal, figures, options, tell).swept()


class _Run:
    """One run of a sweep."""

    def __init__(
        self,
        read: SweepFile,
        cases: tuple[PointCase, ...],
        executor: Executor,
        journal: Journal,
        figures: Figures,
        options: SweepOptions,
        tell: Callable[[SweepProgress], None],
    ) -> None:
        self.sweep, self.cases, self.executor, self.journal = read.sweep, cases, executor, journal
        self.solver, self.tell = options.solver, tell
        self.mode = options.mode or read.sweep.mode
        self.work = Work(options.solver, cases[0].datasets, figures)
        self.done: dict[str, PointOutcome] = {}
        self.base: PointOutcome | None = None
        self.base_json, self.plan_json = "", ""
        self.known, self.failed, self.begun = 0, 0, time.monotonic()
        self.total = len(cases) * len(WAYS[self.mode]) + (self.mode is Mode.HOLD)

    def swept(self) -> Swept:
        """Return the rows, those of which the journal knows included."""
        solves: list[Solve] = [self._solve(self.cases[0], Way.REOPTIMISED)]
        try:
            if self.mode is not Mode.REOPTIMISE:
                self._run(solves)
                self.base, self.plan_json = self._base(solves[0])
            solves = list(self._solves())
            self.total = len({solve.key for solve in solves})
            self._run(solves)
            undone = 0
        except KeyboardInterrupt:
            solves = list(self._solves())
            self._look_up(solves)
            undone = sum(solve.key not in self.done for solve in solves)
        finally:
            self.executor.close()
        return Swept(self._table([solve for solve in solves if solve.key in self.done]), undone, self.base_json)

    def _solve(self, case: PointCase, way: Way) -> Solve:
        kept = self.plan_json if way is Way.HELD else ""
        return Solve(case, way, key_of(way, case.case_json, self.solver, case.datasets, kept))

    def _solves(self) -> Iterator[Solve]:
        if self.mode is Mode.HOLD:
            yield self._solve(self.cases[0], Way.REOPTIMISED)
        for case in self.cases:
            for way in WAYS[self.mode]:
                yield self._solve(case, way)

    def _base(self, base: Solve) -> tuple[PointOutcome, str]:
        """Return the outcome of the base case and its plan, if it has one."""
        entry = self.journal.settled(base.key)
        return self.done[base.key], "" if entry is None else entry.plan_json

    def _run(self, solves: Sequence[Solve]) -> None:
        """Have done what is not known; points with the same case are solved once."""
        self._look_up(solves)
        # the first of equal points counts: it may be the base case
        wanted = {solve.key: solve for solve in reversed(solves) if solve.key not in self.done}
        for key, solve in wanted.items():
            if solve.way is Way.HELD and not self.plan_json:
                self._keep(key, self._nothing_kept())
        open_ = [solve for key, solve in reversed(wanted.items()) if key not in self.done]
        self.tell(self._progress())
        for answer in self.executor.run(self.work, map(self._task, open_)):
            self.journal.record(answer)
            self._keep(answer.key, answer.outcome)
            self.base_json = answer.result_json or self.base_json
            self.tell(self._progress())

    def _look_up(self, solves: Sequence[Solve]) -> None:
        """Take over what the journal knows."""
        for key in dict.fromkeys(solve.key for solve in solves if solve.key not in self.done):
            entry = self.journal.settled(key)
            if entry is not None:
                self._keep(key, entry.outcome)
                self.known += 1

    def _task(self, solve: Solve) -> Task:
        kept = self.plan_json if solve.way is Way.HELD else ""
        is_base = solve.case is self.cases[0] and solve.way is Way.REOPTIMISED
        return Task(solve.key, solve.way, solve.case.case_json, kept, wants_result=is_base)

    def _keep(self, key: str, outcome: PointOutcome) -> None:
        self.done[key] = outcome
        self.failed += outcome.figures is None

    def _nothing_kept(self) -> PointOutcome:
        """Return the outcome of a plan that is kept where the base case has none."""
        base = self.base
        if base is None or base.figures is not None:
            return PointOutcome(status=PointStatus.INFEASIBLE, error=NOTHING_KEPT)
        return PointOutcome(status=base.status, error=f"{NOTHING_KEPT}: {base.error}")

    def _progress(self) -> SweepProgress:
        return SweepProgress(len(self.done), self.total, self.known, self.failed, time.monotonic() - self.begun)

    def _table(self, solves: Sequence[Solve]) -> SweepTable:
        base = Case.model_validate_json(self.cases[0].case_json)
        resting = _resting(self.sweep.factors, base)
        rows = best_known([self._row(solve, resting) for solve in solves])
        best = {row.point: row.outcome for row in rows if row.way is Way.REOPTIMISED}
        factors = tuple(factor.name for factor in self.sweep.factors)
        compared = tuple(_compared(row, best.get(row.point)) for row in rows)
        return SweepTable(self.sweep.name, base.name, factors, self.solver.gap_frac, compared)

    def _row(self, solve: Solve, resting: Sequence[Scalar | None]) -> SweepRow:
        point = solve.case.point
        values = tuple(rest if value is None else value for value, rest in zip(point.values, resting, strict=True))
        return SweepRow(point.number, point.name, solve.way, values, solve.case.changes, self.done[solve.key])


def _resting(factors: Sequence[Factor], case: Case) -> tuple[Scalar | None, ...]:
    """Return where each factor stands while it is not moved; None where its fields differ or are empty."""
    data = case.model_dump()
    return tuple(_rest(factor, data) for factor in factors)


def _rest(factor: Factor, data: object) -> Scalar | None:
    if factor.lever is not None:
        return Lever[factor.lever.name].neutral
    if factor.how is not FactorHow.SET:
        return 1.0 if factor.how is FactorHow.TIMES else 0.0
    found = {value for path in factor.targets for value in values_at(path, data) if isinstance(value, Scalar)}
    return found.pop() if len(found) == 1 else None


def best_known(rows: Sequence[SweepRow]) -> list[SweepRow]:
    """Let the plan that is kept be the best of a point whose own search ended, within its gap, with a poorer one."""
    kept = {row.point: row.outcome for row in rows if row.way is Way.HELD}
    return [
        replace(row, outcome=_better(row.outcome, kept[row.point]))
        if row.way is Way.REOPTIMISED and row.point in kept
        else row
        for row in rows
    ]


def _better(found: PointOutcome, kept: PointOutcome) -> PointOutcome:
    """Return what a search found, with the plan that is kept in its place where that is allowed and worth more.

    The bound of the search holds for every plan of the point, so what is not proven is the rest up to it.
    """
    ours, theirs = found.figures, kept.figures
    if ours is None or theirs is None or kept.held is None or not kept.held.is_funded:
        return found
    if theirs.npv_usd <= ours.npv_usd:
        return found
    bound = None if ours.npv_bound_usd is None else max(ours.npv_bound_usd, theirs.npv_usd)
    gap = None if bound is None else (bound - theirs.npv_usd) / max(abs(theirs.npv_usd), 1.0)
    figures = theirs.model_copy(
        update={"npv_bound_usd": bound, "gap_frac": gap, "greenfield_npv_usd": ours.greenfield_npv_usd}
    )
    return found.model_copy(update={"figures": figures, "plan": kept.plan})


def _compared(row: SweepRow, best: PointOutcome | None) -> SweepRow:
    """Return the row of a plan that is kept with what the best plan is worth more, where money allows both."""
    held = row.outcome
    if row.way is not Way.HELD or held.figures is None or held.held is None or not held.held.is_funded:
        return row
    if best is None or best.figures is None:
        return row
    bound = best.figures.npv_bound_usd
    return replace(
        row,
        regret_usd=best.figures.npv_usd - held.figures.npv_usd + 0.0,
        regret_bound_usd=None if bound is None else bound - held.figures.npv_usd,
    )


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

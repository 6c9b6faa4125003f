"""How a model is solved: halls by kind first, then one by one, each search starting from what is known.

    1. the folded model, in which equal halls are counted and not named, to a part of the gap: its bound holds for all
    2. the whole model with the sums of its solution held, which says which hall is which (hundredths of a second)
    3. where that breaks a rule, or loses too much, with what no solution of it has done left undone; then with only the
       choices held that have no equal
    4. the whole model, from the best plan so far, until it is within the gap of either bound

Each step ends the search as soon as a plan is within the asked gap of the best bound. A model that is small, or has
hardly any equal columns, is solved as it is. Every plan is one of the whole model.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from site_conversion.folding import Folded, fold, held_singles, held_sums, held_support
from site_conversion.handover import Arrays
from site_conversion.highs import (
    Known,
    NotExact,
    Progress,
    SolveOptions,
    SolveReport,
    SolverError,
    Status,
    gap_between,
    is_within,
    search,
    write_mps,
)
from site_conversion.instance import Floats

__all__ = [
    "NotExact", "Progress", "SolveOptions", "SolveReport", "SolverError", "Status", "gap_between", "solve", "write_mps",
]  # fmt: skip

KIND_GAP_FRAC = 0.1
"""Part of the asked gap that the folded model is solved to; the rest is for what it forgets. Its tree closes all at
once, so that a closer proof costs next to nothing, and with a bound left too high the whole model would be searched."""
LEAST_KIND_GAP_FRAC = 0.0005
"""To no less than this: whole modules in each hall are worth more."""
KIND_TIME_FRAC = 0.6
"""Part of the limit of time for the folded model."""
HELD_S = 20.0
"""Longest search for which hall is which."""
HELD_TIME_FRAC = 0.6
"""Part of the time left for each such search: in the whole model a short rest finds nothing."""

Tell = Callable[[Progress], None] | None


def solve(
    arrays: Arrays, options: SolveOptions, progress: Tell = None, start: Mapping[int, float] | None = None
) -> tuple[SolveReport, Floats | None]:
    """Solve the arrays to the asked gap.

    Args:
        arrays: what `compile_arrays` made.
        options: gap, time limit, seed.
        progress: called with the state of the search, from the solver's thread.
        start: values of some columns to start from (an earlier plan); the solver completes them.

    Returns:
        The report, and the best solution found: integers exact, the rest re-solved with them fixed.

    Raises:
        SolverError: HiGHS is too old, or ended with a status that is not an answer.
    """
    folded = fold(arrays)
    if folded is None:
        return search(arrays, options, progress, start)
    return _Steps(arrays, folded, options, progress, start or {}).run()


class _Steps:
    """One solve in steps: the best plan so far, the best bound so far, and the time that is left."""

    def __init__(
        self, arrays: Arrays, folded: Folded, options: SolveOptions, progress: Tell, start: Mapping[int, float]
    ) -> None:
        self.arrays, self.folded, self.options, self.progress, self.start = arrays, folded, options, progress, start
        self.began = time.perf_counter()
        self.bound, self.nodes = math.inf, 0
        self.seen: list[Floats] = []
        self.best: tuple[SolveReport, Floats] | None = None
        self.is_interrupted = False

    def run(self) -> tuple[SolveReport, Floats | None]:
        """Go through the steps."""
        try:
            report, y = self._by_kind()
        except SolverError:
            # what was only to help has failed: the whole model speaks for itself
            return self._whole()
        if report.status is Status.INFEASIBLE:
            return self._told(report)
        if report.bound_musd is not None:
            self.bound = report.bound_musd
        if y is not None:
            # so little work that it is done to its end
            self._held(held_sums(self.arrays, self.folded, y), Known(self.bound))
            if not self._is_over():
                self._held(held_support(self.arrays, self.folded, [*self.seen, y]), self._known())
            if not self._is_over():
                self._held(held_singles(self.arrays, self.folded, y), self._known())
        if self.is_interrupted and self.best is None and self.start:
            # better than nothing: what the search started from
            begun = self.folded.solution(self.folded.sums(self.start))
            self._held(held_sums(self.arrays, self.folded, begun), self._known())
        if self._is_over():
            return self._told(report if self.best is None else self.best[0])
        return self._whole()

    def _by_kind(self) -> tuple[SolveReport, Floats | None]:
        limit = None if self.options.time_limit_s is None else KIND_TIME_FRAC * self.options.time_limit_s
        options = replace(self.options, gap_frac=self._closely(), time_limit_s=limit)
        start = self.folded.sums(self.start)
        return self._search(self.folded.arrays, options, start, self._known(), is_plan=False)

    def _closely(self) -> float:
        return max(KIND_GAP_FRAC * self.options.gap_frac, LEAST_KIND_GAP_FRAC)

    def _known(self) -> Known:
        return Known(self.bound, self.options.gap_frac)

    def _held(self, arrays: Arrays, known: Known) -> None:
        """Look for a plan with choices held; that there is none, or none in time, says nothing."""
        left = self._left()
        limit = HELD_S if left is None else min(HELD_S, HELD_TIME_FRAC * left)
        options = replace(self.options, gap_frac=self._closely(), time_limit_s=limit)
        try:
            self._keep(*self._search(arrays, options, self._best_start(), known))
        except SolverError:
            return

    def _whole(self) -> tuple[SolveReport, Floats | None]:
        """Search the whole model from the best plan so far."""
        options = replace(self.options, time_limit_s=self._left())
        report, x = self._search(self.arrays, options, self._best_start(), self._known())
        self._keep(report, x)
        if report.bound_musd is not None:
            self.bound = min(self.bound, report.bound_musd)
        return self._told(report)

    # --- what is known ---------------------------------------------------------------------------------------

    def _search(
        self, arrays: Arrays, options: SolveOptions, start: Mapping[int, float], known: Known, *, is_plan: bool = True
    ) -> tuple[SolveReport, Floats | None]:
        """Search once, telling the progress of the whole."""
        passed, tell = time.perf_counter() - self.began, self.progress

        def told(now: Progress) -> None:
            if tell is not None:
                tell(self._progress(now, passed, is_plan=is_plan))

        report, x = search(arrays, options, told, start, known, None if is_plan else self.seen.append)
        self.nodes += report.nodes
        self.is_interrupted = self.is_interrupted or report.status is Status.INTERRUPTED
        return report, x

    def _progress(self, now: Progress, passed_s: float, *, is_plan: bool) -> Progress:
        """Return where the whole stands: a solution of the folded model is no plan, and a bound of a part is none."""
        known = [] if self.best is None else [_value(self.best[0])]
        if is_plan and now.incumbent_musd is not None:
            known.append(now.incumbent_musd)
        bound = self.bound if is_plan or now.bound_musd is None else min(self.bound, now.bound_musd)
        best, most = max(known, default=None), bound if math.isfinite(bound) else None
        counted = None if is_plan else now.incumbent_musd
        shown = counted if best is None else best
        gap = None if shown is None or most is None else gap_between(shown, max(most, shown))
        return Progress(passed_s + now.seconds, best, most, gap, counted)

    def _keep(self, report: SolveReport, x: Floats | None) -> None:
        if x is not None and (self.best is None or _value(report) > _value(self.best[0])):
            self.best = report, x

    def _is_over(self) -> bool:
        """Whether the best plan is within the gap of the bound, or the user has asked to stop."""
        return self.is_interrupted or self._is_enough()

    def _is_enough(self) -> bool:
        return self.best is not None and is_within(_value(self.best[0]), self.bound, self.options.gap_frac)

    def _left(self) -> float | None:
        """Return the seconds that are left, a second at least, so that what is begun has an end."""
        if self.options.time_limit_s is None:
            return None
        return max(1.0, self.options.time_limit_s - (time.perf_counter() - self.began))

    def _best_start(self) -> Mapping[int, float]:
        if self.best is None:
            return self.start
        x = self.best[1]
        return {j: float(round(x[j])) for j in np.nonzero(self.arrays.integer)[0].tolist()}

    def _told(self, last: SolveReport) -> tuple[SolveReport, Floats | None]:
        """Return how the whole ended: the best plan, the best bound, and the status of the last search."""
        shape = replace(
            last,
            seconds=time.perf_counter() - self.began,
            nodes=self.nodes,
            rows=len(self.arrays.rows),
            columns=len(self.arrays.columns),
            integers=int(self.arrays.integer.sum()),
            nonzeros=int(self.arrays.matrix.nnz),
        )
        if self.best is None:
            return replace(shape, objective_musd=None, bound_musd=None, gap_frac=None), None
        value, status = _value(self.best[0]), last.status
        bound = max(self.bound, value) if math.isfinite(self.bound) else None
        gap = None if bound is None else gap_between(value, bound)
        if self._is_enough():
            status = Status.OPTIMAL
        elif self.is_interrupted:
            status = Status.INTERRUPTED
        return replace(shape, status=status, objective_musd=value, bound_musd=bound, gap_frac=gap), self.best[1]


def _value(report: SolveReport) -> float:
    """Return the value of a plan; every report that comes with one has it."""
    return -math.inf if report.objective_musd is None else report.objective_musd

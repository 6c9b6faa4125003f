"""The Pareto front of NPV against one other quantity, by epsilon constraint.

Both ends are lexicographic: the best NPV and then the least of the other at it; the least of the other and then the
best NPV at it. Between them the quantity is limited at equal steps from the high end to the low one, and the NPV made
best under each limit. A limit that the plan before already keeps has the same answer and is not searched again. Where
the quantity can only be one of a few values (months of a first rent) the limits are among these. Where equal steps give
fewer points than asked for, the rest is looked for between them: under a limit just below a point lies its next
neighbour, or nothing does. Points that another point beats in both are dropped, and those as good as another one.

With a gap of zero no plan is worth more than a point under its limit. With a gap it may be worth as much as the bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from planner.results import Result
from planner.schemas import Case
from planner.studies.fronts.against import LEAST, Against, Quantity, counted, quantity
from planner.studies.fronts.stress import Stress
from planner.studies.plan import StoppedEarly
from planner.studies.searching import Found, Search, Subject, Tell, infeasible
from site_conversion.additions import objective_row, whole_numbers_of, with_rows
from site_conversion.handover import Arrays
from site_conversion.measures import Measure, at_most, least
from site_conversion.solution import CheckFailed
from site_conversion.solve import SolveOptions, Status

SMALL = 1e-8
"""Relative slack of a limit, so that a plan that touches it is not lost to rounding."""

JUST_BELOW = 0.01
"""Part of the span of a front by which a limit lies below a point whose next neighbour is looked for."""

TRIFLE = 1e-3
"""Two points closer than this part of the span in both are one."""

AGREES = 1e-5
"""Relative difference between a quantity in the model and in the plan's own tables that is rounding."""


@dataclass(frozen=True)
class FrontOptions:
    """What the caller of a front may choose."""

    solver: SolveOptions = field(default_factory=SolveOptions)
    points: int = 7
    """Ends included."""
    stress: Stress = field(default_factory=Stress)
    """Of a front against the downside."""


@dataclass(frozen=True)
class Point:
    """A plan on the front."""

    result: Result
    value: float
    """Of the other quantity: MUSD, kt or months; of the downside less the NPV in the stress."""
    limit: float | None
    """What the quantity was limited to; None at the end of the best NPV."""
    bound_musd: float | None
    """No plan under the limit is worth more."""
    status: Status


@dataclass(frozen=True)
class Front:
    """Points from the least of the other quantity to the best NPV."""

    against: Against
    points: tuple[Point, ...]
    do_nothing_value: float
    """Of the quantity in going on mining."""
    least_bound: float | None
    """The quantity cannot be less than this, by the proof of the search for its least."""
    options: FrontOptions
    is_stopped: bool
    """Some search ended at its time limit or was interrupted."""
    best_outside: Result | None = None
    """The best plan of the case, where it breaks a limit in the stress and so is no point."""

    def with_sources(self, sources: Mapping[str, str]) -> Front:
        """Return the same with what its author wrote beside the case's figures."""
        points = (replace(point, result=replace(point.result, sources=sources)) for point in self.points)
        return replace(self, points=tuple(points))


def front(case: Case, datasets: Mapping[str, str], against: Against, options: FrontOptions, tell: Tell) -> Front:
    """Return the front of a case.

    Args:
        case: resolved, as a loaded one is.
        datasets: with which it was resolved.
        against: what value is traded against.
        options: gap, number of points, stress.
        tell: told what is being done.

    Raises:
        InfeasibleCase: no plan obeys every limit.
        StoppedEarly: stopped before any plan was found.
        NotKnown, StressError, NotTheSameChoices: the quantity cannot be measured in this case.
        CheckFailed: a plan that does not pass the checks outside the solver, or is not what the model says.
    """
    subject = Subject.of(case)
    if against is Against.CARBON:
        subject = replace(subject, instance=counted(case, subject.instance))
    search = Search(subject, datasets, options.solver, tell)
    return _Tracing(search, quantity(search, against, options.stress), options).run()


class _Tracing:
    """The searches along one front."""

    def __init__(self, search: Search, what: Quantity, options: FrontOptions) -> None:
        self.search, self.what, self.options = search, what, options
        self.measure: Measure = what.measure()
        self.best_bound: float | None = None
        self.least_bound: float | None = None

    def run(self) -> Front:
        highest = self._best_npv()
        points = [highest]
        if not self.search.is_interrupted:
            points += self._others(highest)
        kept = distinct(undominated([replace(point, bound_musd=_tightest(point, points)) for point in points]))
        return Front(
            against=self.what.against,
            points=tuple(kept),
            do_nothing_value=self.what.of(self.search.twin, None),
            least_bound=self.least_bound,
            options=self.options,
            is_stopped=self.search.is_stopped,
            best_outside=None if self.search.is_interrupted else self._best_outside(),
        )

    def _best_outside(self) -> Result | None:
        """Return the best plan of the case if it is worth more than any that holds in the stress."""
        if self.what.against is not Against.DOWNSIDE or self.best_bound is None:
            return None
        self.search.tell("the best NPV, whatever holds in the stress")
        found = self._may(self.search.arrays, self.search.start())
        if found is None or _objective(self.search.arrays, found) <= self.best_bound + 1e3 * _slack(self.best_bound):
            return None
        return self.search.result(self.search.outcome(found, found.report.bound_musd, is_best=True))

    def _others(self, highest: Point) -> list[Point]:
        """Return the other end and the points between; none where the search for that end was stopped too early."""
        try:
            lowest, start = self._least()
        except StoppedEarly:
            self.search.is_stopped = True
            return []
        return [lowest, *self._between(highest, lowest, start)]

    # --- ends -----------------------------------------------------------------------------------------------

    def _best_npv(self) -> Point:
        """The best NPV, then the least of the other at it."""
        self.search.tell("the best NPV")
        found = self._must(self.measure.arrays, self.search.start())
        self.best_bound = found.report.bound_musd
        npv = _objective(self.measure.arrays, found)
        self.search.tell(f"{LEAST[self.what.against]} at it")
        floor = [objective_row(self.measure.arrays, "best NPV", npv - _slack(npv))]
        at_best = replace(self.measure, arrays=with_rows(self.measure.arrays, floor))
        frugal = self._may(least(at_best), self._whole(found))
        return self._point(frugal or found, found, None)

    def _least(self) -> tuple[Point, dict[int, float]]:
        """The least of the other, then the best NPV at it; and where searches under a limit may start from."""
        self.search.tell(f"{LEAST[self.what.against]} of all")
        found = self._must(least(self.measure), self.search.start())
        value = self.measure.of(found.x)
        self.least_bound = None if found.report.bound_musd is None else -found.report.bound_musd
        self.search.tell("the best NPV at it")
        limit = value + _slack(value)
        best = self._may(at_most(self.measure, limit), self._whole(found))
        if best is None:
            raise StoppedEarly("the best NPV at the least end was not found; allow more time")
        return self._point(best, best, limit), self._whole(best)

    # --- between --------------------------------------------------------------------------------------------

    def _between(self, highest: Point, lowest: Point, start: dict[int, float]) -> list[Point]:
        points: list[Point] = []
        open_spans: list[tuple[float, float]] = []
        reached = highest.value
        for number, limit in enumerate(self._limits(highest.value, lowest.value), start=1):
            if reached <= limit + _slack(limit):
                continue
            found = self._under(limit, start, f"the best NPV under limit {number} of {self.options.points - 2}")
            if found is not None:
                open_spans.append((limit, reached))
                points.append(found)
                reached = found.value
        open_spans.append((lowest.value, reached))
        return [*points, *self._neighbours([lowest, highest, *points], open_spans, start)]

    def _neighbours(
        self, known: list[Point], open_spans: list[tuple[float, float]], start: dict[int, float]
    ) -> list[Point]:
        """Return points within spans that no search has covered, from their upper ends on, the widest span first."""
        values = [point.value for point in known]
        step = max(JUST_BELOW * (max(values) - min(values)), 10 * _slack(max(values)))
        found: list[Point] = []
        while open_spans and len(distinct(undominated([*known, *found]))) < self.options.points:
            low, high = open_spans.pop(max(range(len(open_spans)), key=lambda i: open_spans[i][1] - open_spans[i][0]))
            limit = high - step
            if limit <= low + _slack(low):
                continue
            point = self._under(limit, start, f"the best NPV between those found ({len(found) + 1})")
            if point is not None and point.value > low + _slack(low):
                found.append(point)
                open_spans.append((low, point.value))
        return found

    def _under(self, limit: float, start: dict[int, float], words: str) -> Point | None:
        """Return the best NPV under a limit; None if no search may begin any more, or none was found in time."""
        if self.search.is_interrupted:
            return None
        self.search.tell(words)
        found = self._may(at_most(self.measure, limit + _slack(limit)), start)
        return None if found is None else self._point(found, found, limit)

    def _limits(self, high: float, low: float) -> Sequence[float]:
        """Return the limits between the ends, the highest first."""
        count = self.options.points - 2
        if count < 1 or high - low <= _slack(high):
            return ()
        if self.measure.values is None:
            return [float(value) for value in np.linspace(high, low, count + 2)[1:-1]]
        between = [value for value in self.measure.values if low < value < high][::-1]
        chosen = np.unique(np.linspace(0, len(between) - 1, min(count, len(between))).round().astype(int))
        return [between[i] for i in chosen.tolist()]

    # --- a point --------------------------------------------------------------------------------------------

    def _point(self, found: Found, best: Found, limit: float | None) -> Point:
        """Make the continuous decisions best: the least of the other at the NPV found, then the best NPV at that."""
        whole = self._held(found)
        npv = _objective(self.measure.arrays, found)
        floor = [objective_row(whole.arrays, "found NPV", npv - _slack(npv))]
        frugal = self._may(least(replace(whole, arrays=with_rows(whole.arrays, floor))), {}) or found
        value = self.measure.of(frugal.x)
        finished = self._may(at_most(whole, value + _slack(value)), {}) or frugal
        outcome = self.search.outcome(replace(finished, report=best.report), self.best_bound, is_best=limit is None)
        measured = self.what.of(outcome, finished)
        self._agree(measured, value)
        bound = best.report.bound_musd if limit is not None else self.best_bound
        return Point(self.search.result(outcome), measured, limit, bound, best.report.status)

    def _held(self, found: Found) -> Measure:
        """Return the measure with the whole numbers of a solution."""
        arrays = self.measure.arrays
        lower, upper = arrays.column_lower.copy(), arrays.column_upper.copy()
        for j, amount in whole_numbers_of(arrays, found.x).items():
            lower[j] = upper[j] = amount
        fixed = replace(arrays, column_lower=lower, column_upper=upper, integer=np.zeros_like(arrays.integer))
        return replace(self.measure, arrays=fixed)

    def _agree(self, measured: float, modelled: float) -> None:
        """Refuse a point whose plan is not what the model's rows say it is; a plan may be better than its rows."""
        if measured > modelled + AGREES * max(1.0, abs(modelled)):
            name = self.what.against.value
            raise CheckFailed(f"{name} is {measured:.6f} in the plan's tables, {modelled:.6f} in the model")

    # --- searches -------------------------------------------------------------------------------------------

    def _whole(self, found: Found) -> dict[int, float]:
        return whole_numbers_of(self.measure.arrays, found.x)

    def _must(self, arrays: Arrays, start: Mapping[int, float]) -> Found:
        found = self.search.solve(arrays, start)
        if found is None:
            raise infeasible("in the stress too" if self.what.against is Against.DOWNSIDE else "")
        return found

    def _may(self, arrays: Arrays, start: Mapping[int, float]) -> Found | None:
        try:
            return self.search.solve(arrays, start)
        except StoppedEarly:
            return None


def _tightest(point: Point, points: Sequence[Point]) -> float | None:
    """Return the least bound of all searches whose limit leaves room for the point's: what held there holds here."""
    wider = [
        other for other in points if other.limit is None or (point.limit is not None and point.limit <= other.limit)
    ]
    return min((other.bound_musd for other in wider if other.bound_musd is not None), default=None)


def undominated(points: Sequence[Point]) -> list[Point]:
    """Return the points that no other one beats, from the least of the other quantity on; of equal ones the first."""
    kept: list[Point] = []
    ordered = sorted(enumerate(points), key=lambda pair: (pair[1].value, -pair[1].result.plan.npv_musd, pair[0]))
    for _, point in ordered:
        npv = point.result.plan.npv_musd
        if kept and npv <= kept[-1].result.plan.npv_musd + _slack(npv) * 10:
            continue
        kept.append(point)
    return kept


def distinct(points: Sequence[Point]) -> list[Point]:
    """Return points in the order of a front without those between its ends that are as good as a neighbour."""
    if len(points) < 3:
        return list(points)
    spans = (points[-1].value - points[0].value, points[-1].result.plan.npv_musd - points[0].result.plan.npv_musd)

    def alike(one: Point, other: Point) -> bool:
        apart = (abs(other.value - one.value), abs(other.result.plan.npv_musd - one.result.plan.npv_musd))
        return all(way <= TRIFLE * span for way, span in zip(apart, spans, strict=True))

    kept = [points[0]]
    kept += [point for before, point in pairwise(points[:-1]) if not (alike(before, point) or alike(point, points[-1]))]
    return [*kept, points[-1]]


def _objective(arrays: Arrays, found: Found) -> float:
    """Return the NPV of a solution, whatever it was searched for."""
    return float(arrays.cost @ found.x[: len(arrays.columns)] + arrays.offset)


def _slack(value: float) -> float:
    return SMALL * max(1.0, abs(value))

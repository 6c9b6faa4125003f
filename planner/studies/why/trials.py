"""Solves of a changed case, each as a range: what was found, and what was proven not to be exceeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.results import Outcome
from planner.studies.plan import checked_outcome
from site_conversion.assemble import Built, build
from site_conversion.diagnose import Shortfall, shortfalls
from site_conversion.fixing import Decision, at_values, hold, with_room_for
from site_conversion.handover import Arrays, compile_arrays
from site_conversion.instance import Instance
from site_conversion.solve import Progress, SolveOptions, SolverError, Status, solve
from site_conversion.warm_start import from_tables

ANY_GAP_FRAC = 100.0
"""So wide that the first plan will do."""
ROUNDING_MUSD = 2e-6
"""What the solver calls no gap, with the rounding of a sum."""


class Interrupted(Exception):
    """The user has asked to stop: what is done is kept, nothing new is begun."""


@dataclass(frozen=True)
class Range:
    """A number known to lie between two: MUSD or a price."""

    low: float
    high: float

    def less(self, other: Range) -> Range:
        """Return the range of the difference."""
        return Range(self.low - other.high, self.high - other.low)

    @property
    def width(self) -> float:
        """How much is left open."""
        return self.high - self.low


@dataclass(frozen=True)
class Trial:
    """One solve of a changed case."""

    worth: Range
    """From the NPV of the plan found to the bound on every plan, MUSD."""
    outcome: Outcome

    @property
    def is_proven(self) -> bool:
        """Whether the asked gap was reached."""
        return self.outcome.report.status is Status.OPTIMAL


@dataclass
class Trials:
    """Solves with the same options, counted; nothing is begun once the user has asked to stop."""

    options: SolveOptions
    tell: Callable[[str], None] = lambda _: None
    """Told each question before it is solved."""
    progress: Callable[[Progress], None] | None = None
    solves: int = 0
    stopped: list[str] = field(default_factory=list)
    """Questions whose solve ended above the asked gap: their ranges are wider."""

    def best(
        self, instance: Instance, what: str, start: Outcome | None = None, held: Sequence[Decision] = ()
    ) -> Trial | None:
        """Return the best plan of the arrays, None if there is none.

        Args:
            instance: the changed arrays.
            what: the question, for the list of those that were stopped.
            start: a plan to start from.
            held: decisions that are held.

        Raises:
            Interrupted: the user has asked to stop.
            CheckFailed: the plan does not pass the checks outside the solver.
        """
        self.solves += 1
        self.tell(what)
        built, arrays = _model(with_room_for(instance, held))
        arrays = hold(built, arrays, held)
        begin = None if start is None else from_tables(built, arrays, start.tables)
        report, x = solve(arrays, self.options, self.progress, begin)
        if report.status is Status.INTERRUPTED:
            raise Interrupted
        if report.status is Status.INFEASIBLE:
            return None
        if report.status is not Status.OPTIMAL:
            self.stopped.append(what)
        if x is None:
            raise NotFound(what)
        outcome = checked_outcome(instance, built, arrays, report, x)
        bound = float("inf") if report.bound_musd is None else report.bound_musd
        return Trial(Range(outcome.npv_musd, max(bound, outcome.npv_musd) + ROUNDING_MUSD), outcome)

    def value(self, instance: Instance, plan: Outcome) -> float | None:
        """Return what a plan's whole decisions are worth in other arrays, the rest at its best; None if they break."""
        built, arrays = _model(instance)
        fixed = at_values(arrays, from_tables(built, arrays, plan.tables))
        rest = replace(fixed, integer=np.zeros_like(fixed.integer))
        try:
            report, _ = solve(rest, replace(self.options, time_limit_s=None))
        except SolverError:
            # so near to the edge of what can be that the solver does not tell: not to be counted on
            return None
        return report.objective_musd

    def is_possible(self, instance: Instance, start: Outcome) -> bool:
        """Whether the arrays have any plan."""
        self.solves += 1
        built, arrays = _model(instance)
        begin = from_tables(built, arrays, start.tables)
        report, x = solve(arrays, replace(self.options, gap_frac=ANY_GAP_FRAC), None, begin)
        if report.status is Status.INTERRUPTED:
            raise Interrupted
        return x is not None

    def missing(self, instance: Instance, held: Sequence[Decision] = ()) -> tuple[Shortfall, ...]:
        """Return which limits would have to give way, and by how much, for the arrays to have a plan."""
        self.solves += 1
        built, arrays = _model(with_room_for(instance, held))
        return shortfalls(built, hold(built, arrays, held))


class NotFound(Exception):
    """A solve was stopped before it had any plan."""


def _model(instance: Instance) -> tuple[Built, Arrays]:
    built = build(instance)
    return built, compile_arrays(built)

"""One model of the case, solved again and again with more or fewer of the proposal's decisions held."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.results import Outcome
from planner.studies.plan import StoppedEarly, checked_outcome
from site_conversion.assemble import Built, build
from site_conversion.diagnose import Shortfall, shortfalls
from site_conversion.fixing import Decision, Kind, give_way, hold
from site_conversion.handover import Arrays, compile_arrays
from site_conversion.instance import Instance
from site_conversion.solve import Progress, SolveOptions, Status, solve


@dataclass(frozen=True)
class Solved:
    """A plan, and its whole decisions by column, for the next solve to start from."""

    outcome: Outcome
    whole: Mapping[int, float]


class Bench:
    """The compiled model and the options of its solves."""

    def __init__(
        self, instance: Instance, options: SolveOptions, progress: Callable[[Progress], None] | None = None
    ) -> None:
        """Build and compile once."""
        self.instance, self.options, self.progress = instance, options, progress
        self.built: Built = build(instance)
        self.arrays: Arrays = compile_arrays(self.built)

    def best(self, decisions: Sequence[Decision], start: Solved | None = None) -> Solved | None:
        """Return the best plan that holds the decisions, None if there is none.

        Raises:
            StoppedEarly: stopped before a plan was found.
            CheckFailed: the plan does not pass the checks outside the solver.
        """
        held = hold(self.built, self.arrays, decisions)
        report, x = solve(held, self.options, self.progress, None if start is None else start.whole)
        if report.status is Status.INFEASIBLE:
            return None
        if x is None:
            raise StoppedEarly(f"no plan that holds the decisions was found in {report.seconds:.0f} s; allow more time")
        whole = {j: float(x[j]) for j, integer in enumerate(held.integer.tolist()) if integer}
        return Solved(checked_outcome(self.instance, self.built, held, report, x), whole)

    def missing(self, decisions: Sequence[Decision]) -> tuple[Shortfall, ...]:
        """Return which limits would have to give way, and by how much, for the decisions to hold."""
        return shortfalls(self.built, hold(self.built, self.arrays, decisions))

    def given_up(self, decisions: Sequence[Decision], weights: Mapping[Kind, float]) -> tuple[Decision, ...] | None:
        """Return the lightest set of decisions without which there is a plan."""
        return give_way(self.built, self.arrays, decisions, weights, replace(self.options, gap_frac=0.0))

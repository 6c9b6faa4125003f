"""One case, solved again and again with more or fewer of a proposal's decisions held."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.results import Outcome
from planner.studies.plan import StoppedEarly, checked_outcome
from site_conversion.assemble import Built, build
from site_conversion.diagnose import Shortfall, shortfalls
from site_conversion.fixing import Decision, Kind, give_way, hold, with_room_for
from site_conversion.handover import Arrays, compile_arrays
from site_conversion.instance import Instance
from site_conversion.solve import Progress, SolveOptions, Status, solve
from site_conversion.warm_start import from_tables

ANY_GAP_FRAC = 100.0
"""So wide that the first plan will do."""


@dataclass(frozen=True)
class _Model:
    """A model and its compiled form."""

    built: Built
    arrays: Arrays


class Bench:
    """The compiled models of a case and the options of their solves.

    There are up to three models: halls with the same data are only told apart, and early building is only offered,
    while a decision is held that needs it.
    """

    def __init__(
        self, instance: Instance, options: SolveOptions, progress: Callable[[Progress], None] | None = None
    ) -> None:
        """Keep the case; models are built when they are needed."""
        self.instance, self.options, self.progress = instance, options, progress
        self._models: dict[tuple[bool, bool], _Model] = {}

    def _model(self, decisions: Sequence[Decision]) -> _Model:
        offered = with_room_for(self.instance, decisions)
        key = (offered.just_in_time, offered.hall_twin is self.instance.hall_twin)
        if key not in self._models:
            built = build(offered)
            self._models[key] = _Model(built, compile_arrays(built))
        return self._models[key]

    def best(self, decisions: Sequence[Decision], start: Outcome | None = None) -> Outcome | None:
        """Return the best plan that holds the decisions, None if there is none.

        Raises:
            StoppedEarly: stopped before a plan was found.
            CheckFailed: the plan does not pass the checks outside the solver.
        """
        model = self._model(decisions)
        held = hold(model.built, model.arrays, decisions)
        begin = None if start is None else from_tables(model.built, held, start.tables)
        report, x = solve(held, self.options, self.progress, begin)
        if report.status is Status.INFEASIBLE:
            return None
        if x is None:
            raise StoppedEarly(f"no plan that holds the decisions was found in {report.seconds:.0f} s; allow more time")
        return checked_outcome(self.instance, model.built, held, report, x)

    def possible(self, decisions: Sequence[Decision]) -> bool:
        """Whether some plan holds the decisions."""
        model, any_plan = self._model(decisions), replace(self.options, gap_frac=ANY_GAP_FRAC)
        _, x = solve(hold(model.built, model.arrays, decisions), any_plan)
        return x is not None

    def missing(self, decisions: Sequence[Decision]) -> tuple[Shortfall, ...]:
        """Return which limits would have to give way, and by how much, for the decisions to hold."""
        model = self._model(decisions)
        return shortfalls(model.built, hold(model.built, model.arrays, decisions))

    def given_up(self, decisions: Sequence[Decision], weights: Mapping[Kind, float]) -> tuple[Decision, ...] | None:
        """Return the lightest set of decisions without which there is a plan."""
        model = self._model(decisions)
        return give_way(model.built, model.arrays, decisions, weights, self.options)

"""Trial solves: whether a changed case has any plan at all, within a time that all of them share."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from pydantic import ValidationError

from planner.schemas import Case
from planner.studies.infeasible.conditions import necessary
from planner.translate import translate
from site_conversion.assemble import Built, build
from site_conversion.audit import audit
from site_conversion.diagnose import least_relief
from site_conversion.fixing import Decision, Kind, at_values, hold
from site_conversion.handover import Arrays, compile_arrays
from site_conversion.instance import Floats, Instance
from site_conversion.solution import read
from site_conversion.solve import SolveOptions, Status, solve

ANY_GAP_FRAC = 100.0
"""So wide that the first plan will do."""
LEAST_S = 0.1
MOST_S = 6.0
"""No trial takes longer: it then confirms nothing."""


class Trials:
    """Asks of cases whether they have a plan. Remembers when time ran out."""

    def __init__(self, seconds: float) -> None:
        """Start the clock."""
        self._began = time.perf_counter()
        self._seconds = seconds
        self.is_cut_short = False
        self._last: tuple[Case, tuple[Built, Arrays, Floats]] | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._began

    @property
    def left_s(self) -> float:
        """Seconds that are left; notes where none are."""
        left = self._seconds - self.seconds
        if left <= 0.1:
            self.is_cut_short = True
            return 0.0
        return min(left, MOST_S)

    def possible(self, case: Case) -> bool:
        """Whether the limits of the case leave anything at all, and that was found in time."""
        return self._any(case) is not None

    def plannable(self, case: Case) -> bool:
        """Whether the case has a plan that passes the checks outside the solver, and was found in time."""
        found = self._any(case)
        if found is None:
            return False
        built, arrays, x = found
        decided = at_values(arrays, {j: float(x[j]) for j in np.nonzero(arrays.integer)[0].tolist()})
        _, best = solve(decided, SolveOptions(gap_frac=ANY_GAP_FRAC))
        if best is None:
            return False
        plan = read(built, arrays, best)
        return not audit(built.site.instance, plan.tables, plan.cash_flow, plan.npv_musd)

    def _any(self, case: Case) -> tuple[Built, Arrays, Floats] | None:
        """Return a model of the case and some point within its limits; nothing is asked of its value.

        Offers that nobody has to take are left out at first, and only taken where their money could help.
        """
        if self._last is not None and self._last[0] == case:
            return self._last[1]
        if not self.left_s:
            return None
        instance = translate(case)
        if necessary(case, instance):
            return None
        built = build(instance)
        arrays = compile_arrays(built)
        free = replace(arrays, cost=np.zeros_like(arrays.cost))
        tries = [without_optional(built, free)]
        if may_help(instance):
            tries.append(free)
        for tried in tries:
            report, x = solve(tried, SolveOptions(time_limit_s=self.left_s or LEAST_S))
            if x is not None:
                self._last = case, (built, arrays, x)
                return self._last[1]
            self.is_cut_short |= report.status is not Status.INFEASIBLE
        return None

    def valid(self, case: Case) -> bool:
        """Whether a user could type the case."""
        try:
            Case.model_validate(case.model_dump())
        except ValidationError:
            return False
        return True

    def _narrow(self, case: Case) -> Arrays:
        built = build(translate(case))
        arrays = compile_arrays(built)
        return arrays if may_help(built.site.instance) else without_optional(built, arrays)

    def relief(self, roomy: Case, tighter: Case, most: float, step: float) -> float | None:
        """Return the least amount of something, where `roomy` has `most` of it and `tighter` a step less.

        None if the amount enters the model otherwise than as a right-hand side, or time was short.
        """
        if not self.left_s:
            return None
        wide, less = (self._narrow(case) for case in (roomy, tighter))
        least, is_least = least_relief(wide, less, most, step, self.left_s or LEAST_S)
        self.is_cut_short |= not is_least
        return least


def without_optional(built: Built, arrays: Arrays) -> Arrays:
    """Return the arrays in which offers that nobody has to take are left out; overrides may force them, so not then."""
    instance = built.site.instance
    if instance.overrides:
        return arrays
    return hold(built, arrays, [Decision(Kind.TAKEN, (c,), 0) for c in _optional(instance)])


def _optional(instance: Instance) -> list[int]:
    """Return the contracts that need not be taken, those apart that a signed offer follows."""
    terms = instance.contract_terms
    needed = {int(o) for o in terms.offer_of[instance.must_deliver]}
    while True:
        followed = {int(terms.follows[c]) for o in needed for c in terms.sizes(o)} - {-1}
        if followed <= needed:
            return [c for c, o in enumerate(terms.offer_of.tolist()) if o not in needed]
        needed |= followed


def may_help(instance: Instance) -> bool:
    """Whether money of offers that are not signed could pay for what is."""
    optional = _optional(instance)
    given = instance.contribution_musd + instance.contract_terms.advance_received_musd
    return bool(optional) and (instance.debt is not None or bool(given[optional].any()))

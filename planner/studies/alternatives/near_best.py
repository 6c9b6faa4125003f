"""Near-optimal alternatives: plans within a part of the best plan's gain that differ from each other as much as can be.

The best plan is found first. Then, again and again: a plan that differs from all so far, near the best or, if need be,
the best that differs; if it is above the floor, from there the plan whose least distance to all so far is largest,
among those above the floor. Its offers and years are held, it may build no more than it did, and all else is decided
for the best NPV. What all plans found have in common is tried at last: what is the best plan that gives up some of it,
or takes an offer that none of them takes? If it is above the floor it is one more alternative; if it is proven to be
below, what is common is a must and what is left out is out of reach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from planner.results import Result
from planner.schemas import Case
from planner.studies.plan import StoppedEarly
from planner.studies.searching import Found, Search, Subject, Tell, capex_musd, infeasible
from site_conversion.additions import objective_row, whole_numbers_of, with_rows
from site_conversion.choices import Choices, in_common
from site_conversion.handover import Arrays
from site_conversion.measures import at_most
from site_conversion.measures import capex_musd as capex_measure
from site_conversion.near_optimal import DecisionSpace, Distance
from site_conversion.solve import SolveOptions, Status

SMALL = 1e-7
"""Relative slack of a floor or ceiling, so that a plan that touches it is not lost to rounding."""


FARTHER = 10.0
"""A plan is far enough when it is proven so within so many times the asked gap."""


class OtherCase(ValueError):
    """A plan of another case was given as the best of this one."""


class Origin(StrEnum):
    """Why a plan is among those shown."""

    BEST = "best"
    FARTHEST = "farthest from those before"
    PROOF = "found while trying what all have in common"


class Step(StrEnum):
    """How the search for one more plan ended."""

    ADDED = "added"
    NOTHING_LEFT = "nothing left"
    """It is proven that no plan differs any more."""
    STOPPED = "stopped"
    """None was found, and none was ruled out."""


@dataclass(frozen=True)
class AlternativesOptions:
    """What the caller of alternatives may choose."""

    solver: SolveOptions = field(default_factory=SolveOptions)
    within_frac: float = 0.02
    """Part of the best plan's gain over going on mining that an alternative may lose."""
    within_musd: float | None = None
    """The same in MUSD; replaces the part."""
    count: int = 5
    """How many alternatives beside the best plan are looked for."""
    capex_ceiling_musd: float | None = None


@dataclass(frozen=True)
class Alternative:
    """One of the plans."""

    result: Result
    choices: Choices
    origin: Origin
    distance_mw: float
    """To the nearest of the plans before it, MW of critical IT that are used otherwise."""
    is_proven_farthest: bool
    """Whether the search for it ended within the asked gap."""


@dataclass(frozen=True)
class Alternatives:
    """The best plan, those nearly as good, and what they say together."""

    plans: tuple[Alternative, ...]
    """The best first."""
    floor_musd: float
    options: AlternativesOptions
    is_exhausted: bool
    """It is proven that no further plan above the floor differs from all of these."""
    is_settled: bool
    """It is proven that every plan above the floor has what these have in common and takes nothing that none takes."""
    common: Choices
    never: tuple[int, ...]
    """Offers that no plan takes."""
    is_stopped: bool
    """Some search ended at its time limit or was interrupted."""
    unlimited: Result | None
    """The best plan without the ceiling, where it is known."""

    def with_sources(self, sources: Mapping[str, str]) -> Alternatives:
        """Return the same with what its author wrote beside the case's figures."""
        plans = (replace(plan, result=replace(plan.result, sources=sources)) for plan in self.plans)
        return replace(self, plans=tuple(plans))


def alternatives(
    case: Case,
    datasets: Mapping[str, str],
    options: AlternativesOptions,
    tell: Tell,
    known: Result | None = None,
) -> Alternatives:
    """Return the best plan of a case and alternatives to it.

    Args:
        case: resolved, as a loaded one is.
        datasets: with which it was resolved.
        options: how near, how many, what ceiling.
        tell: told what is being done.
        known: a plan of the same case; one proven to be the best is not searched for again, from another one starts.

    Raises:
        OtherCase: the known plan is of another case.
        InfeasibleCase: no plan obeys every limit, the ceiling included.
        StoppedEarly: stopped before the best plan was found.
        CheckFailed: a plan that does not pass the checks outside the solver.
    """
    if known is not None and known.case != case:
        raise OtherCase("it holds the plan of another case")
    search = Search(Subject.of(case), datasets, options.solver, tell, known)
    return _Hunt(search, options, known).run()


class _Hunt:
    """The plans found so far and what is searched among."""

    def __init__(self, search: Search, options: AlternativesOptions, known: Result | None) -> None:
        self.search, self.options, self.known = search, options, known
        self.space = DecisionSpace(search.built, search.arrays)
        self.plans: list[Alternative] = []
        self.bound_musd = None if known is None else known.plan.report.bound_musd

    def run(self) -> Alternatives:
        best = self._best()
        self.plans.append(best)
        npv, gain = best.result.plan.npv_musd, best.result.plan.npv_musd - self.search.twin.npv_musd
        within = self.options.within_musd
        floor = npv - (self.options.within_frac * max(gain, 0.0) if within is None else within)
        exhausted = self._farthest(floor)
        settled = self._settle(floor)
        choices = [plan.choices for plan in self.plans]
        taken = set().union(*(plan.offers for plan in choices))
        offers = range(len(self.search.instance.contract_terms.offers))
        return Alternatives(
            plans=tuple(self.plans),
            floor_musd=floor,
            options=self.options,
            is_exhausted=exhausted,
            is_settled=settled,
            common=in_common(choices),
            never=tuple(o for o in offers if o not in taken),
            is_stopped=self.search.is_stopped,
            unlimited=self.known if self.options.capex_ceiling_musd is not None else None,
        )

    def _limited(self, floor: float | None) -> Arrays:
        """Return the arrays under the ceiling and above the floor."""
        arrays, ceiling = self.space.arrays, self.options.capex_ceiling_musd
        if ceiling is not None:
            measure = replace(capex_measure(self.search.built, self.search.arrays), arrays=arrays)
            arrays = at_most(measure, ceiling + SMALL * max(1.0, ceiling))
        return arrays if floor is None else with_rows(arrays, [objective_row(arrays, "near the best", _below(floor))])

    def _best(self) -> Alternative:
        ceiling = self.options.capex_ceiling_musd
        known = self.known
        start = self.search.start() if known is None else self.search.start_from(known.plan)
        is_best = known is not None and known.plan.report.status is Status.OPTIMAL
        if known is not None and is_best and (ceiling is None or capex_musd(known.plan) <= ceiling):
            x = np.zeros(len(self.search.arrays.columns))
            x[list(start)] = list(start.values())
            return Alternative(known, self.space.read(x), Origin.BEST, 0.0, is_proven_farthest=True)
        self.search.tell("the best plan")
        found = self.search.solve(self._limited(None), start)
        if found is None:
            limit = "" if ceiling is None else f"with at most {ceiling:,.1f} MUSD of capital"
            raise infeasible(limit)
        if ceiling is None:
            self.bound_musd = found.report.bound_musd
        return self._plan(found, Origin.BEST, is_proven=found.is_proven)

    def _plan(self, found: Found, origin: Origin, *, is_proven: bool) -> Alternative:
        """Keep a solution as a plan."""
        choices = self.space.read(found.x)
        apart = [self.space.distance(plan.choices).of(found.x) for plan in self.plans]
        is_best = origin is Origin.BEST and self.options.capex_ceiling_musd is None
        outcome = self.search.outcome(found, self.bound_musd, is_best=is_best)
        return Alternative(self.search.result(outcome), choices, origin, min(apart, default=0.0), is_proven)

    def _farthest(self, floor: float) -> bool:
        """Add the farthest plans, one after the other; whether it is proven that there are no more."""
        while len(self.plans) <= self.options.count and not self.search.is_interrupted:
            self.search.tell(f"a plan that differs as much as possible ({len(self.plans)} of {self.options.count})")
            step = self._add([self.space.distance(plan.choices) for plan in self.plans], floor, Origin.FARTHEST)
            if step is not Step.ADDED:
                return step is Step.NOTHING_LEFT
        return False

    def _settle(self, floor: float) -> bool:
        """Try what all plans have in common until it is proven that every near-optimal plan has it."""
        for _ in range(self.options.count):
            if self.search.is_interrupted:
                return False
            settled = self.space.settled([plan.choices for plan in self.plans])
            if not settled.terms:
                return True
            self.search.tell("does every plan that is nearly as good share what these have in common?")
            step = self._add([settled], floor, Origin.PROOF)
            if step is not Step.ADDED:
                return step is Step.NOTHING_LEFT
        return False

    def _add(self, distances: Sequence[Distance], floor: float, origin: Origin) -> Step:
        """Add a plan that differs by every distance; where it is to be the farthest, one that differs leads to it.

        Neighbours of the best plan are tried first. Where none is good enough, the best of all that differ is searched
        for: the bound of that search is what proves that none is.
        """
        apart = self.space.apart(self._limited(None), distances)
        near = self._neighbour(apart, floor)
        try:
            is_near = near is not None and _is_above(near, floor)
            other = near if is_near else self.search.solve(apart, self._start(near))
            if other is None or (other.report.bound_musd is not None and other.report.bound_musd < _below(floor)):
                return Step.NOTHING_LEFT
            if not _is_above(other, floor):
                return Step.STOPPED
            is_proven = True
            if origin is Origin.FARTHEST:
                other, is_proven = self._farther(other, distances, floor)
        except StoppedEarly:
            return Step.STOPPED
        self.plans.append(self._plan(other, origin, is_proven=is_proven))
        return Step.ADDED

    def _neighbour(self, apart: Arrays, floor: float) -> Found | None:
        """Return a plan that decides otherwise on one offer only: the first above the floor, or the best."""
        best: Found | None = None
        for neighbours in self.space.neighbours(apart, self.plans[0].choices):
            if self.search.is_interrupted:
                break
            try:
                found = self.search.solve(neighbours, self._start(best), is_try=True)
            except StoppedEarly:
                continue
            if found is not None and (best is None or _value(found) > _value(best)):
                best = found
            if best is not None and _is_above(best, floor):
                break
        return best

    def _start(self, found: Found | None) -> dict[int, float]:
        return {} if found is None else whole_numbers_of(self.search.arrays, found.x)

    def _farther(self, best: Found, distances: Sequence[Distance], floor: float) -> tuple[Found, bool]:
        """Return the farthest plan, all that it leaves open made best; and whether it is proven to be the farthest."""
        near = self._limited(floor)
        far = self.search.solve(self.space.farthest(near, distances), self._start(best), times_gap=FARTHER)
        if far is None:
            return best, False
        held = self.space.held(near, self.space.read(far.x))
        found = self.search.solve(held, self._start(far))
        return (best, False) if found is None else (found, far.is_proven)


def _value(found: Found) -> float:
    """Return the NPV of a solution that was searched for its NPV."""
    return -np.inf if found.report.objective_musd is None else found.report.objective_musd


def _is_above(found: Found, floor: float) -> bool:
    return _value(found) >= _below(floor)


def _below(value: float) -> float:
    return value - SMALL * max(1.0, abs(value))

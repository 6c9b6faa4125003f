"""At what level of each main assumption a plan stops paying, and stops beating going on mining.

The plan's decisions are held and valued again; machines run, stand or are sold as is best at each level. Capital is
not limited by the equity budget here and no loan has to be served: the question is what the plan is worth, not whether
it can be financed. Nor do the case's overrides count: the plan's decisions obey them, and a delay moves what they have
dated. For a delay the starts of service and of the works move too, as they would have to. The coupon of a
loan moves the owner's cash alone: there the plan's own ledger is run through the loan again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy.optimize import brentq

from planner.finance.waterfall import waterfall
from planner.results import Result
from planner.schemas import Case
from planner.studies.levers import Lever, applies, apply
from planner.translate import translate
from site_conversion.assemble import build
from site_conversion.fixing import Decision, Kind, as_planned, decisions_in, hold, with_room_for
from site_conversion.handover import compile_arrays
from site_conversion.instance import Instance
from site_conversion.solve import SolveOptions, solve

LOWER = (0.9, 0.75, 0.5, 0.25, 0.0)
HIGHER = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0)
"""Factors tried in turn, away from today's level, until the answer turns."""
MONTHS = (3, 6, 12, 24, 36, 60)
"""Months of delay tried in turn."""
MOVES = (Kind.START, Kind.WORKS)
"""Decisions that a delay moves."""
XTOL = 1e-7


class Target(StrEnum):
    """What the plan is measured against."""

    ZERO = "NPV of zero"
    DO_NOTHING = "going on mining"


@dataclass(frozen=True)
class BreakEven:
    """Where a plan's value meets a target as one assumption moves, all else as it is."""

    lever: Lever
    target: Target
    ahead: bool
    """Whether the plan is above the target today."""
    levels: tuple[float, ...]
    """Nearest level below and above today's at which they meet; empty if never within the range."""
    low: float
    high: float
    undeliverable_from: float | None = None
    """For a delay: months from which on the plan cannot be delivered at all (a tenant's longstop passes)."""


Values = tuple[float | None, float]
"""NPV of the plan (None if it cannot be carried out) and of the do-nothing twin, MUSD."""


class Held:
    """A plan whose decisions are held while the case moves."""

    def __init__(self, result: Result, options: SolveOptions) -> None:
        """Read the plan's decisions."""
        self.case, self.result = result.case, result
        self.options = replace(options, gap_frac=min(options.gap_frac, 1e-6))
        self.decisions = tuple(map(as_planned, decisions_in(result.instance, result.plan.tables)))
        self._seen: dict[tuple[Lever, float], Values] = {}

    def values(self, lever: Lever, amount: float) -> Values:
        """Return the value of the plan and of the twin with one lever moved."""
        key = (lever, amount)
        if key not in self._seen and lever is Lever.COUPON:
            self._seen[key] = self._owner_value(apply(self.case, lever, amount))
        elif key not in self._seen:
            kept = [d for d in self.decisions if not lever.is_delay or d.kind not in MOVES]
            self._seen[key] = self._value(apply(self.case, lever, amount), kept)
        return self._seen[key]

    def _value(self, case: Case, kept: Iterable[Decision]) -> Values:
        instance = translate(case)
        free = replace(instance.without_overrides(), budget_musd=np.full_like(instance.budget_musd, np.inf), debt=None)
        twin = self._npv(free.do_nothing(), ())
        if twin is None:
            raise ArithmeticError("going on mining has no plan")
        return self._npv(with_room_for(free, self.decisions), tuple(in_time(kept, instance))), twin

    def _owner_value(self, case: Case) -> Values:
        """Return what the plan's cash is worth to the owner once the loan is served, and what going on mining is."""
        instance, plan, twin = translate(case), self.result.plan, self.result.do_nothing
        discount, rate = instance.discount, case.finance.equity_rate_frac
        if rate is not None:
            discount = (1 + rate) ** (np.log(discount) / np.log(1 + case.study.discount_rate_frac))
        flows = waterfall(case, instance, plan.tables, plan.cash_flow)
        unlevered = case.model_copy(update={"finance": case.finance.model_copy(update={"debt": None})})
        mining = waterfall(unlevered, instance, twin.tables, twin.cash_flow)
        return float(flows.equity @ discount) / 1e6, float(mining.project @ discount) / 1e6

    def _npv(self, instance: Instance, kept: tuple[Decision, ...]) -> float | None:
        built = build(instance)
        report, _ = solve(hold(built, compile_arrays(built), kept), self.options)
        return report.objective_musd


def break_evens(result: Result, options: SolveOptions) -> tuple[BreakEven, ...]:
    """Return the break-evens of a result's plan for every lever that the case has and that moves the plan."""
    held, found = Held(result, options), []
    for lever in Lever:
        if not applies(result.case, lever):
            continue
        for target in Target:
            point = _months(held, lever, target) if lever.is_delay else _factor(held, lever, target)
            if point is not None:
                found.append(point)
    return tuple(found)


def _margin(held: Held, lever: Lever, target: Target) -> Callable[[float], float]:
    def margin(amount: float) -> float:
        plan, twin = held.values(lever, amount)
        if plan is None:
            raise ArithmeticError(f"the plan cannot be valued at {amount} of {lever}")
        return plan - (twin if target is Target.DO_NOTHING else 0.0)

    return margin


def _factor(held: Held, lever: Lever, target: Target) -> BreakEven | None:
    """Search away from today's level on both sides; None if the lever moves nothing."""
    margin = _margin(held, lever, target)
    today = margin(1.0)
    ends = LOWER[-1], HIGHER[-1]
    if all(abs(margin(end) - today) < 1e-9 * max(1.0, abs(today)) for end in ends):
        return None
    if abs(today) < 1e-9:
        return BreakEven(lever, target, ahead=False, levels=(1.0,), low=ends[0], high=ends[1])
    levels = [level for steps in (LOWER, HIGHER) if (level := _crossing(margin, steps)) is not None]
    return BreakEven(lever, target, today > 0, tuple(levels), *ends)


def _crossing(margin: Callable[[float], float], steps: tuple[float, ...]) -> float | None:
    before = 1.0
    for step in steps:
        if margin(before) * margin(step) <= 0:
            return float(brentq(margin, min(before, step), max(before, step), xtol=XTOL))
        before = step
    return None


def in_time(kept: Iterable[Decision], instance: Instance) -> Iterator[Decision]:
    """Leave out requests that a delay puts off beyond the study: they are not made, whatever depends on them."""
    kept = tuple(kept)
    never = {d.index for d in kept if d.kind is Kind.REQUESTED and instance.upgrade_energised[d.index[0], d.value] < 0}
    for decision in kept:
        if decision.index not in never or decision.kind not in (Kind.ASKED, Kind.REQUESTED):
            yield decision
        elif decision.kind is Kind.ASKED:
            yield replace(decision, value=0)


def _months(held: Held, lever: Lever, target: Target) -> BreakEven | None:
    """Return the first whole month of delay at which the plan no longer beats the target, or cannot be delivered."""

    def holds(months: int) -> bool:
        plan, twin = held.values(lever, float(months))
        return plan is not None and plan > (twin if target is Target.DO_NOTHING else 0.0)

    if held.values(lever, float(MONTHS[-1])) == held.values(lever, 0.0):
        return None
    last = float(MONTHS[-1])
    point = BreakEven(lever, target, ahead=True, levels=(), low=0.0, high=last)
    if not holds(0):
        return replace(point, ahead=False)
    after = next((months for months in MONTHS if not holds(months)), None)
    if after is None:
        return point
    before = max(months for months in (0, *MONTHS) if months < after)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if holds(middle) else (before, middle)
    if held.values(lever, float(after))[0] is None:
        return replace(point, undeliverable_from=float(after))
    return replace(point, levels=(float(after),))

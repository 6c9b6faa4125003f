"""The least amount of something at which an offer is worth taking: found on plans that must take it, proven by bounds.

Let F(x) be the best value of the plans that take the offer when it pays x, and V that of the plans that do not, which
x does not change. F never falls as x grows, and it is wanted where F(x) = V. From a plan with the offer the amount is
found at which its decisions are worth V (F is at least as high there). Just below it the case is solved again: either
another plan with the offer is worth more than V there, and its amount is the next one, or a bound says that none is.

Solves leave gaps, so the answer is a range: at its upper end a plan is known that is worth as much as anything without
the offer can be; at its lower end a bound says that every plan with the offer is worth less than one without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from planner.results import Outcome
from planner.studies.why.trials import Range, Trials
from site_conversion.instance import Instance

STEPS = 15
"""More plans than ever took turns between an amount and its threshold."""
PROOFS = 4
"""Attempts to prove the lower end, each further away than the one before."""
NEAR_FRAC = 1e-4
"""The lower end is first sought so close below the threshold, or as close as the asked gap lets one hope for."""
EVALUATIONS = 60
EDGE_FRAC = 1e-7
"""How closely the amount is found below which a plan cannot be carried out."""


@dataclass(frozen=True)
class Dial:
    """An amount that makes an offer better as it grows: its price, or less of a cost."""

    instance: Callable[[float], Instance]
    """Amount -> arrays in which the offer is demanded and pays so much."""
    now: float
    scale: float
    """Size of a change worth speaking of."""
    least: float
    """No amount below is asked about."""


@dataclass(frozen=True)
class Threshold:
    """Where an offer begins to be worth taking."""

    amount: float
    """At which the best plan that was found with the offer is worth as much as the best found without it."""
    range: Range
    """No plan with the offer is best below its lower end (-inf: not proven); one is above its upper end."""
    plan: Outcome
    """The plan that takes the offer there."""
    is_edge: bool
    """Whether the plan is worth more than any without the offer there, but cannot be carried out below: money runs
    out, or a loan cannot be served."""


def threshold(dial: Dial, without: Range, first: Outcome, trials: Trials, what: str) -> Threshold:
    """Return the least amount at which an offer is worth taking.

    Args:
        dial: what is moved.
        without: value of the best plan that does not take the offer, MUSD.
        first: a plan that takes it, at any amount.
        trials: the solves.
        what: the question.

    Raises:
        NoThreshold: no amount makes the plans with the offer worth as much.
        Interrupted: the user has asked to stop.
    """
    plan, amount = first, _amount(dial, first, without.low, trials)
    low, tries, further = float("-inf"), 0, 0.0
    for _ in range(STEPS):
        step, slope = _step_below(dial, amount, plan, without.low, trials)
        below = max(amount - step - further, dial.least)
        if below >= amount:
            low = amount
            break
        trial = trials.best(dial.instance(below), what, plan)
        if trial is None or trial.worth.high <= without.low:
            low = below
            break
        other = _amount(replace(dial, now=amount), trial.outcome, without.low, trials)
        if other < amount:
            plan, amount = trial.outcome, other
        if trial.worth.low < without.low:
            tries, further = tries + 1, further + step + _still_open(trial.worth.high - without.low, step, slope)
            if tries == PROOFS:
                break
    high = amount if without.width <= 1e-7 * max(1.0, abs(without.low)) else _amount(dial, plan, without.high, trials)
    here = trials.value(dial.instance(amount), plan)
    is_edge = here is not None and here > without.high + 1e-6 * max(1.0, abs(without.high))
    return Threshold(amount, Range(low, max(high, amount)), plan, is_edge)


class NoThreshold(Exception):
    """No amount makes the plans with an offer worth as much as those without it."""


def _still_open(musd: float, step: float, slope: float | None) -> float:
    """Return how much further below a bound that is so much too high may be low enough."""
    return 2 * step if slope is None else min(1.2 * musd / slope, 100 * step)


def _step_below(dial: Dial, amount: float, plan: Outcome, target: float, trials: Trials) -> tuple[float, float | None]:
    """Return how far below an amount a solve to the asked gap may tell, and what the amount is worth there (MUSD).

    The second is None where the plan cannot be carried out below.
    """
    step = NEAR_FRAC * dial.scale
    at, below = (trials.value(dial.instance(x), plan) for x in (amount, amount - step))
    if at is None or below is None or at <= below:
        return step, None
    slope = (at - below) / step
    return max(step, 1.1 * trials.options.gap_frac * abs(target) / slope), slope


def _amount(dial: Dial, plan: Outcome, target: float, trials: Trials) -> float:
    """Return the least amount at which a plan's decisions are worth the target.

    Their value grows with the amount, in straight pieces that taxes bend: secants with a bracket find it.

    Raises:
        NoThreshold: there is none.
    """

    def excess(x: float) -> float:
        found = trials.value(dial.instance(x), plan)
        return float("-inf") if found is None else found - target

    near = 1e-9 * max(1.0, abs(target))
    x, low, high = dial.now, float("-inf"), float("inf")
    y = excess(x)
    step = 0.01 * dial.scale
    before = (x + (step if y < 0 else -step), excess(x + (step if y < 0 else -step)))
    for _ in range(EVALUATIONS):
        if 0 <= y <= near:
            return x
        low, high = (x, high) if y < 0 else (low, min(x, high))
        following = _next(x, y, before, near)
        if following is None or not low < following < high:
            if high == float("inf"):
                step *= 4
                following = x + step
            elif low == float("-inf"):
                step *= 4
                following = x - step
            else:
                following = (low + high) / 2
        if high - low <= EDGE_FRAC * dial.scale:
            return high
        before, x = (x, y), following
        y = excess(x)
    if high == float("inf"):
        raise NoThreshold
    return high


def _next(x: float, y: float, before: tuple[float, float], near: float) -> float | None:
    """Return where the secant meets half the tolerance, so that rounding leaves it on the right side."""
    other, value = before
    slope = (y - value) / (x - other) if x != other else 0.0
    finite = abs(y) < float("inf") and abs(value) < float("inf")
    return x + (near / 2 - y) / slope if finite and slope > 0 else None

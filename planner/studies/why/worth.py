"""What one more of each limited thing is worth: the case with more of it planned again, from the plan as it is.

Every figure is the difference of two searches, as a range where their gaps leave one; none is a dual price of the
relaxation, which says nothing about offers that are taken whole.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from planner.results import Result, period_label
from planner.studies.why.changes import Changes
from planner.studies.why.inquiry import Inquiry
from planner.studies.why.resources import Resource
from planner.studies.why.trials import ROUNDING_MUSD, Range
from planner.translate import translate


@dataclass(frozen=True)
class Step:
    """So much more of something."""

    amount: float
    gain: Range
    """MUSD of NPV."""
    solved: bool
    """Whether the changed case was planned again; if not, the gain follows from another step or from equal arrays."""
    changes: Changes | None
    """What the plan of the changed case decides otherwise; None where none was made."""


@dataclass(frozen=True)
class Left:
    """What the plan leaves of a limit at its tightest."""

    amount: float
    unit: str
    when: str
    """Empty where it is the same at all times."""


@dataclass(frozen=True)
class Worth:
    """What more of a resource is worth."""

    resource: str
    unit: str
    left: Left | None
    """None where no single limit of the plan speaks of it."""
    steps: tuple[Step, ...]
    dearer: str = ""
    """Why more of it may make a plan worse; empty where it never can."""


def worth(inquiry: Inquiry, resource: Resource, multiples: tuple[float, ...]) -> Worth:
    """Return the worth of more of a resource, so many units of it at a time.

    What is worth nothing at ten is worth nothing at one, so the largest amount is asked about first.

    Raises:
        Interrupted: the user has asked to stop.
    """
    found: list[Step] = []
    for multiple in sorted(set(multiples), reverse=True):
        amount = multiple * resource.unit_size
        last = found[-1] if found else None
        if resource.is_easing and last is not None and last.gain.high <= _small(inquiry.base):
            found.append(Step(amount, Range(0.0, last.gain.high), solved=False, changes=None))
        else:
            found.append(_step(inquiry, resource, amount))
    left = _left(inquiry.result, resource)
    return Worth(resource.name, resource.unit, left, tuple(reversed(found)), resource.dearer)


def _step(inquiry: Inquiry, resource: Resource, amount: float) -> Step:
    result = inquiry.result
    instance = translate(resource.more(result.case, amount))
    if same_arrays(instance, result.instance):
        return Step(amount, Range(0.0, 0.0), solved=False, changes=None)
    trial = inquiry.trials.best(instance, f"{amount:g} {resource.unit} of {resource.name}", result.plan)
    if trial is None:
        raise ArithmeticError(f"the plan cannot be kept with more: {resource.name}")
    gain = trial.worth.less(inquiry.base)
    if resource.is_easing:
        gain = Range(max(0.0, gain.low), max(0.0, gain.high))
    return Step(amount, gain, solved=True, changes=inquiry.changes(trial.outcome))


def _small(base: Range) -> float:
    return 2 * ROUNDING_MUSD + 1e-7 * max(1.0, abs(base.low))


def _left(result: Result, resource: Resource) -> Left | None:
    limits, instance = result.plan.limits, result.instance
    here = limits[limits["limit"].isin(resource.limits) & (limits["size"] > 1e-6)]
    here = here[here["subject"].astype(str).str.contains(resource.subject, regex=False)]
    if not len(here):
        return None
    tightest = here.sort_values("slack").iloc[0]
    p = int(tightest["period"])
    when = "" if p < 0 else period_label(instance.period_start[p], instance.period_end[p])
    scale, unit = (1e6, "MUSD") if tightest["unit"] == "USD" else (1.0, str(tightest["unit"]))
    return Left(max(0.0, float(tightest["slack"])) / scale, unit, when)


def same_arrays(first: object, second: object) -> bool:
    """Whether two instances hold the same numbers, their parts included."""
    for field in dataclasses.fields(first):  # type: ignore[arg-type]
        one, other = getattr(first, field.name), getattr(second, field.name)
        if dataclasses.is_dataclass(one) and dataclasses.is_dataclass(other):
            if not same_arrays(one, other):
                return False
        elif isinstance(one, np.ndarray):
            if not np.array_equal(one, other):
                return False
        elif one != other:
            return False
    return True

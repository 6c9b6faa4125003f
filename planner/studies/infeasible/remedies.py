"""What could be changed in a case: one thing each, in amounts from the least to the most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from planner.schemas import Case
from planner.schemas.base import Record
from planner.schemas.site import CrewStep
from planner.studies.infeasible.records import WayOutKind as Kind
from planner.translate.causes import CauseKind as Of

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Remedy:
    """One thing that could be changed by an amount; more of it never makes a plan impossible.

    `amounts` ascend; where `step` is given they are its multiples and any amount between could be meant.
    """

    kind: Kind
    subject: str
    amounts: Sequence[float]
    unit: str
    change: Callable[[Case, float], Case]
    words: Callable[[float], str]
    step: float | None = None


def steps(step: float, most: float) -> Sequence[float]:
    """Return the multiples of a step up to an amount."""
    count = max(1, int(np.ceil(most / step - 1e-9)))
    return tuple(np.round(np.arange(1, count + 1) * step, 6).tolist())


def changed(record: R, **fields: Any) -> R:
    """Return a record with other values in some fields."""
    return record.model_copy(update=fields)


def with_site(case: Case, **fields: Any) -> Case:
    """Return the case with other values in some fields of its site."""
    return changed(case, site=changed(case.site, **fields))


def replaced(entries: Sequence[R], i: int, **fields: Any) -> tuple[R, ...]:
    """Return the entries with other values in some fields of one of them."""
    return tuple(changed(entry, **fields) if j == i else entry for j, entry in enumerate(entries))


def more_crews(field: str, case: Case, amount: float) -> Case:
    """Return the case with more of what crews build at once, at all times at which they limit it."""

    def larger(step: CrewStep) -> CrewStep:
        today = getattr(step, field)
        return step if today is None else changed(step, **{field: type(today)(round(today + amount, 6))})

    return with_site(case, crews=tuple(larger(step) for step in case.site.crews))


_GRID = (Kind.FIRM_MW, Kind.FIRM_FROM_INTERRUPTIBLE, Kind.UPGRADE, Kind.QUANTILE)
_COMMON = (Kind.LONGSTOP, Kind.SIZE, Kind.GIVE_UP)
_HALLS = (Kind.HALL_POWER, Kind.HALL_FLOOR, Kind.HALL_BAYS, Kind.HALLS, Kind.COOLING)
RELEVANT: dict[Of, tuple[Kind, ...]] = {
    Of.TERMS: (Kind.TERMS, Kind.GIVE_UP),
    Of.DESIGN: (Kind.DENSITY, Kind.TERMS, Kind.GIVE_UP),
    Of.DATES: _COMMON,
    Of.ROOM: (*_HALLS, Kind.TERMS, *_COMMON),
    Of.POWER: (*_GRID, *_COMMON),
    Of.CONSENT: (Kind.CONSENT, Kind.UPGRADE, Kind.QUANTILE, *_COMMON),
    Of.SUBSTATION: (Kind.SUBSTATION, Kind.UPGRADE, Kind.QUANTILE, *_COMMON),
    Of.CONTRACTED: (Kind.INTERRUPTIBLE_MW, *_GRID, *_COMMON),
    Of.WORKS: (Kind.WORKS, *_COMMON),
    Of.CREWS: (Kind.CREWS, Kind.WORKS, *_COMMON),
    Of.MINING_ROOM: (Kind.MINING_ROOM, *_COMMON),
    Of.EQUITY: (Kind.EQUITY, *_COMMON),
    Of.LOAN: (Kind.COVER, Kind.LOAN, Kind.EQUITY, *_COMMON),
    Of.CARBON: (Kind.CARBON, Kind.SIZE, Kind.GIVE_UP),
    Of.WATER: (Kind.WATER, Kind.SIZE, Kind.GIVE_UP),
    Of.OUTLASTING: (Kind.SUPPLY, *_GRID, Kind.SUBSTATION, Kind.TERM, Kind.SIZE, Kind.GIVE_UP),
    Of.TOGETHER: (),
}  # fmt: skip
"""What is tried first against a cause; nothing named, everything is."""

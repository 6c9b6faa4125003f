"""Amounts that are known only as far as a search was proven, and what their differences may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from planner.studies.sweeps.outcome import PointFigures

NOTHING_USD = 1_000.0
"""Smaller differences of two solves are rounding."""


@dataclass(frozen=True)
class Worth:
    """What the plan found is worth, in USD, and what the best one may be worth more: infinite without a bound."""

    usd: float
    room_usd: float = 0.0

    @property
    def most_usd(self) -> float:
        """No plan of the point is worth more."""
        return self.usd + self.room_usd


@dataclass(frozen=True)
class Difference:
    """One worth less another, in USD: of the plans found, and between which ends that of the best ones lies."""

    usd: float
    least_usd: float
    most_usd: float

    @property
    def is_told(self) -> bool:
        """Whether the gaps leave no doubt about its sign."""
        return self.least_usd > NOTHING_USD or self.most_usd < -NOTHING_USD


@dataclass(frozen=True)
class Swing:
    """How far a worth moves over a range, in USD: of the plans found, and the least and most of the best ones."""

    usd: float
    least_usd: float
    most_usd: float

    @property
    def is_told(self) -> bool:
        """Whether the worth moves by more than the gaps leave open."""
        return self.least_usd > NOTHING_USD


def room(figures: PointFigures) -> float:
    """Return what the best plan may be worth more than the one found, in USD."""
    bound = figures.npv_bound_usd
    return math.inf if bound is None else max(0.0, bound - figures.npv_usd)


def gain(figures: PointFigures) -> Worth:
    """Return what a plan is worth above going on mining."""
    return Worth(figures.gain_usd, room(figures))


def npv(figures: PointFigures) -> Worth:
    """Return what a plan is worth in all."""
    return Worth(figures.npv_usd, room(figures))


def difference(to: Worth, of: Worth) -> Difference:
    """Return what one worth exceeds another by."""
    found = to.usd - of.usd
    return Difference(found, found - of.room_usd, found + to.room_usd)


def swing(worths: Sequence[Worth]) -> Swing:
    """Return how far one or more worths lie apart."""
    least, most = [worth.usd for worth in worths], [worth.most_usd for worth in worths]
    return Swing(max(least) - min(least), max(0.0, max(least) - min(most)), max(most) - min(least))


def least_told_usd(largest_usd: float) -> float:
    """Return the amount below which a cost is nothing: half of the last digit that is written at such a size."""
    return 5e4 if largest_usd >= 25e6 else 5e3 if largest_usd >= 2.5e6 else NOTHING_USD

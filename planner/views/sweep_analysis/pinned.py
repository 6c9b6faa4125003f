"""Which assumptions to pin down first: those that can break the plan, then those worth knowing, then the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.studies.sweeps.table import largest_usd
from planner.views.sweep_analysis.decisions import Level
from planner.views.sweep_analysis.lines import Ground
from planner.views.sweep_analysis.tornado import End, TornadoRow, regret
from planner.views.sweep_analysis.worth import NOTHING_USD, Difference, Swing, least_told_usd, room


@dataclass(frozen=True)
class Knowing:
    """What knowing a factor before deciding would be worth: the largest regret of keeping the base case's plan."""

    words: str
    """The value where it is largest."""
    regret: Difference
    is_told: bool
    """It counts, and is more than what the gap of the base case leaves open, by which its plan may fall short."""


@dataclass(frozen=True)
class Pinned:
    """How much hangs on one factor."""

    factor: str
    reach: str
    """The values tried."""
    swing: Swing | None
    is_of_kept: bool
    """The swing is that of the plan kept; else of the best plans, which soften it."""
    knowing: Knowing | None
    """None where no plan was kept, or it could not be at any value."""
    broken: tuple[End, ...]
    """Values at which the plan cannot be carried out with the money there is."""
    level: Level
    """How heavily the best decision changes at any value."""

    @property
    def worth_usd(self) -> float:
        """What knowing is worth as far as the gaps tell."""
        return self.knowing.regret.usd if self.knowing is not None and self.knowing.is_told else 0.0

    @property
    def matters(self) -> bool:
        """Whether anything can be told of it beyond the gaps."""
        return bool(self.broken) or self.worth_usd > 0 or (self.swing is not None and self.swing.is_told)

    def may_yield_to(self, later: Pinned) -> bool:
        """Whether the gaps leave open that one ranked behind it belongs before it."""
        if bool(self.broken) != bool(later.broken):
            return False
        if self.worth_usd > 0 and self.knowing is not None:
            most = 0.0 if later.knowing is None else later.knowing.regret.most_usd
            return most > self.knowing.regret.least_usd + NOTHING_USD
        if self.swing is None or later.swing is None or (self.level.is_flip, later.level.is_flip) == (True, False):
            return False
        return later.swing.most_usd > self.swing.least_usd + NOTHING_USD


def pinned(ground: Ground, rows: Sequence[TornadoRow]) -> tuple[Pinned, ...]:
    """Return the factors, the one to pin down first at the head."""
    return tuple(sorted((_pinned(row, _open_usd(ground)) for row in rows), key=_rank))


def _rank(item: Pinned) -> tuple[bool, float, bool, float]:
    swing = item.swing
    flips = item.level.is_flip and item.knowing is None
    return not item.broken, -item.worth_usd, not flips, 0.0 if swing is None else -swing.usd


def dearest(ground: Ground) -> Knowing | None:
    """Return the point at which keeping the base case's plan costs most; None where that is known nowhere."""
    return _largest([(point.name, regret(point)) for point in ground.points if point.number], _open_usd(ground))


def _open_usd(ground: Ground) -> float:
    """Return what is not told: the gap of the base case, by which its plan may fall short everywhere, and trifles."""
    base = None if ground.base is None else ground.base.best_figures
    return (0.0 if base is None else room(base)) + least_told_usd(largest_usd(ground.table))


def _largest(regrets: Sequence[tuple[str, Difference | None]], open_usd: float) -> Knowing | None:
    known = [(words, cost) for words, cost in regrets if cost is not None]
    if not known:
        return None
    words, largest = max(known, key=lambda entry: (entry[1].usd, entry[1].most_usd))
    return Knowing(words, largest, is_told=largest.least_usd > open_usd)


def _pinned(row: TornadoRow, open_usd: float) -> Pinned:
    knowing = _largest([(end.words, end.regret) for end in row.ends], open_usd)
    return Pinned(
        factor=row.factor,
        reach=_reach(row),
        swing=row.swing,
        is_of_kept=row.is_of_kept,
        knowing=knowing,
        broken=tuple(end for end in row.ends if end.breaks),
        level=row.level,
    )


def _reach(row: TornadoRow) -> str:
    values = [end.words for end in row.ends]
    if len(values) == 1:
        return values[0]
    return f"{values[0]} to {values[-1]}" if len(values) == 2 else f"{values[0]} to {values[-1]}, {len(values)} values"

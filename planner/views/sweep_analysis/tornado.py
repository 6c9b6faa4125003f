"""What each factor does alone, the others at rest: to the best plan, and to the base case's plan if it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from planner.studies.sweeps.outcome import HeldAs, PointFigures, PointStatus
from planner.views.sweep_analysis.decisions import Change, Level, change, is_answered
from planner.views.sweep_analysis.lines import Ground, Line, Point, value_words
from planner.views.sweep_analysis.worth import Difference, Swing, Worth, gain, npv, room, swing


@dataclass(frozen=True)
class End:
    """One value of a factor, the others at rest; worths are above going on mining."""

    words: str
    """The value with what it does."""
    point: int
    best: Worth | None
    kept: Worth | None
    kept_as: HeldAs | None
    """How the plan that is kept can be carried out; None if it cannot be, or was not tried."""
    short_usd: float | None
    """Equity that the plan kept lacks there, as far as that can be said."""
    is_impossible: bool
    """It was proven that the plan that is kept cannot be carried out, even later and with more money."""
    change: Change | None
    """Of the best plan against that of the base case."""
    regret: Difference | None
    """What keeping the plan costs; None where that has no answer."""
    owner_best_usd: float | None
    """Gain of the owner, the loan served."""
    owner_kept_usd: float | None

    @property
    def breaks(self) -> str:
        """Say why the plan cannot be kept with the point's own money; nothing if it can."""
        if self.is_impossible:
            return "cannot be carried out"
        if self.kept_as is not None and not self.kept_as.is_funded:
            return "cannot be paid for"
        return ""


@dataclass(frozen=True)
class TornadoRow:
    """One factor."""

    factor: str
    index: int
    base_words: str
    ends: tuple[End, ...]
    """All values but the base's: in order if they are numbers or dates, else by gain."""
    best: Swing | None
    """Of the gain of the best plans, the base case counted; None where only one is known."""
    kept: Swing | None
    """Of the gain of the plan that is kept."""
    best_npv: Swing | None
    kept_npv: Swing | None
    owner_usd: float | None
    """How far the owner's gain moves, the loan served, of the plans found; None without a loan."""

    @property
    def low(self) -> End:
        """The first end."""
        return self.ends[0]

    @property
    def high(self) -> End | None:
        """The last one; None if there is no second."""
        return self.ends[-1] if len(self.ends) > 1 else None

    @property
    def swing(self) -> Swing | None:
        """The swing that says how much hangs on the factor: of the plan kept, or of the best plans where it breaks."""
        return self.kept or self.best if self.is_of_kept else self.best or self.kept

    @property
    def is_of_kept(self) -> bool:
        """Whether the plan kept has a swing over the whole range."""
        return self.kept is not None and not any(end.breaks for end in self.ends)

    @property
    def level(self) -> Level:
        """How heavily the decision changes at any value."""
        return max((end.change.level for end in self.ends if end.change is not None), default=Level.NONE)


def tornado(ground: Ground) -> tuple[TornadoRow, ...]:
    """Return the factors that were moved alone, the largest swing first."""
    rows = [row for i in range(len(ground.factors)) if (row := _row(ground, i)) is not None]
    return tuple(sorted(rows, key=lambda row: (-_size(row.swing), -_size(row.best))))


def _size(of: Swing | None) -> float:
    return -1.0 if of is None else of.usd


def _row(ground: Ground, index: int) -> TornadoRow | None:
    line, base = ground.at_rest(index), ground.base
    if line is None or base is None:
        return None
    moved = [point for point in line.points if point.number != base.number]
    if not moved:
        return None
    factor, points = ground.factors[index], (base, *moved)
    ends = [_end(value_words(factor, point.values[index]), point, base) for point in _in_order(line, moved)]
    return TornadoRow(
        factor=factor.name,
        index=index,
        base_words=value_words(factor, base.values[index]),
        ends=tuple(ends),
        best=_swing(gain, [point.best_figures for point in points]),
        kept=_swing(gain, [point.kept_figures for point in points]),
        best_npv=_swing(npv, [point.best_figures for point in points]),
        kept_npv=_swing(npv, [point.kept_figures for point in points]),
        owner_usd=_owner_usd(points),
    )


def _in_order(line: Line, moved: Sequence[Point]) -> Iterator[Point]:
    """Yield the points in the order of the values, or by gain where those have none."""
    if line.is_ordered:
        yield from moved
        return
    figures = {point.number: point.best_figures or point.kept_figures for point in moved}
    yield from sorted(moved, key=lambda point: (f := figures[point.number]) is not None and f.gain_usd)


def _swing(worth: Callable[[PointFigures], Worth], found: Sequence[PointFigures | None]) -> Swing | None:
    known = [worth(figures) for figures in found if figures is not None]
    return swing(known) if found[0] is not None and len(known) > 1 else None


def _owner_usd(points: Sequence[Point]) -> float | None:
    """Return how far the owner's gain moves: of the plan kept where it is valued everywhere, else of the best plans."""
    for found in ([point.kept_figures for point in points], [point.best_figures for point in points]):
        known = [figures.owner_gain_usd for figures in found if figures is not None]
        gains = [usd for usd in known if usd is not None]
        if len(gains) == len(points):
            return max(gains) - min(gains)
    return None


def _end(words: str, point: Point, base: Point) -> End:
    best, kept = point.best_figures, point.kept_figures
    held = None if point.kept is None else point.kept.outcome
    changed = None
    if base.best is not None and point.best is not None:
        was, is_ = base.best.outcome, point.best.outcome
        changed = change(was, is_) if is_answered(was) and is_answered(is_) else None
    had_plan = base.kept_figures is not None
    return End(
        words=words,
        point=point.number,
        best=None if best is None else gain(best),
        kept=None if kept is None else gain(kept),
        kept_as=None if held is None or kept is None else held.held,
        short_usd=None if held is None else held.short_usd,
        is_impossible=held is not None and had_plan and held.status is PointStatus.INFEASIBLE,
        change=changed,
        regret=regret(point),
        owner_best_usd=None if best is None else best.owner_gain_usd,
        owner_kept_usd=None if kept is None else kept.owner_gain_usd,
    )


def can_be_kept(point: Point) -> bool:
    """Whether nothing proves that the plan cannot be carried out at a point with its own money."""
    if point.kept is None:
        return True
    held = point.kept.outcome
    return held.status is not PointStatus.INFEASIBLE and (held.held is None or held.held.is_funded)


def regret(point: Point) -> Difference | None:
    """Return what keeping the plan costs at a point, at least nothing; None where money does not allow both."""
    row, best, kept = point.kept, point.best_figures, point.kept_figures
    if row is None or best is None or kept is None or row.outcome.held is None or not row.outcome.held.is_funded:
        return None
    found = max(0.0, best.npv_usd - kept.npv_usd)
    least = max(0.0, best.npv_usd - kept.npv_usd - room(kept))
    return Difference(found, least, max(found, best.npv_usd + room(best) - kept.npv_usd))

"""Where the decision flips: neighbours along a factor with different plans, and groups of points with equal ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from planner.views.sweep_analysis.decisions import NO_PLAN, Change, Level, change, decision, is_answered
from planner.views.sweep_analysis.lines import Ground, Line, Point, value_words
from planner.views.sweep_analysis.tornado import can_be_kept, regret
from planner.views.sweep_analysis.worth import NOTHING_USD, room


class Proof(StrEnum):
    """How sure it is that the best plan changes there."""

    PROVEN = "proven"
    """Both plans are the best of their points, no gap left."""
    COSTLY = "costs more than the gaps"
    """Keeping the base case's plan costs more than the two gaps leave open."""
    BROKEN = "the plan kept fails there"
    """The base case's plan cannot be carried out there with the money there is."""
    OPEN = "within the gaps"
    """Keeping the base case's plan costs no more than the two gaps leave open; one plan may be best at both."""
    UNTRIED = "not proven"
    """Different plans were found with a gap left, and no valuation of one at the other's point tells."""


@dataclass(frozen=True)
class Flip:
    """Two neighbouring values of a factor between which the plan changes."""

    factor: str
    others: str
    """Where the other factors stand; nothing if at rest."""
    before: str
    """The value on one side, in words."""
    after: str
    from_point: int
    to_point: int
    change: Change
    proof: Proof


@dataclass(frozen=True)
class Region:
    """Points that decide alike: the same offers, as many halls of each design, the same grid requests."""

    letter: str
    words: str
    points: tuple[int, ...]
    least_gain_usd: float | None
    most_gain_usd: float | None
    spans: tuple[str, ...]
    """By factor the values at which it was found."""


def flips(ground: Ground) -> tuple[Flip, ...]:
    """Return every change of the best plan between neighbours, by factor, lines at rest first; dates included."""
    lines = (line for i in range(len(ground.factors)) for line in ground.lines(i))
    return tuple(flip for line in lines for flip in _along(ground, line))


def _along(ground: Ground, line: Line) -> Iterator[Flip]:
    factor = ground.factors[line.index]
    answered = [point for point in line.points if point.best is not None and is_answered(point.best.outcome)]
    for before, after in _neighbours(answered, line):
        if before.best is None or after.best is None:
            continue
        found = change(before.best.outcome, after.best.outcome)
        if found.level is Level.NONE:
            continue
        yield Flip(
            factor=factor.name,
            others=ground.others_words(line),
            before=value_words(factor, before.values[line.index]),
            after=value_words(factor, after.values[line.index]),
            from_point=before.number,
            to_point=after.number,
            change=found,
            proof=_proof(before, after),
        )


def _neighbours(points: list[Point], line: Line) -> Iterator[tuple[Point, Point]]:
    """Yield neighbours in order; where values have none, each beside the base case."""
    if line.is_ordered:
        yield from pairwise(points)
    elif line.is_at_rest:
        base = next((point for point in points if point.number == 0), None)
        yield from ((base, point) for point in points if base is not None and point is not base)


def _proof(before: Point, after: Point) -> Proof:
    rooms = [0.0 if f is None else room(f) for f in (before.best_figures, after.best_figures)]
    if None in (before.best_figures, after.best_figures) or max(rooms) <= NOTHING_USD:
        return Proof.PROVEN
    is_tried = False
    for base, other in ((before, after), (after, before)):
        if base.number == 0 and base.kept_figures is not None and other.kept is not None:
            cost = regret(other)
            # a valuation that failed or ran out of time tells nothing
            is_tried = is_tried or cost is not None
            if cost is not None and cost.least_usd > sum(rooms) + NOTHING_USD:
                return Proof.COSTLY
            if not can_be_kept(other):
                return Proof.BROKEN
    return Proof.OPEN if is_tried else Proof.UNTRIED


def regions(ground: Ground) -> tuple[Region, ...]:
    """Return the groups of equal decisions, the largest first."""
    groups: dict[tuple[object, ...], list[Point]] = {}
    for point in ground.points:
        if point.best is None or not is_answered(point.best.outcome):
            continue
        figures = point.best_figures
        groups.setdefault((NO_PLAN,) if figures is None else decision(figures).key, []).append(point)
    ordered = sorted(groups.values(), key=lambda points: (-len(points), points[0].number))
    return tuple(_region(ground, _letter(k), points) for k, points in enumerate(ordered))


def _letter(k: int) -> str:
    """Return A to Z, then A2 and on."""
    return chr(ord("A") + k % 26) + ("" if k < 26 else str(k // 26 + 1))


def _region(ground: Ground, letter: str, points: list[Point]) -> Region:
    figures = points[0].best_figures
    gains = [point.best_figures.gain_usd for point in points if point.best_figures is not None]
    return Region(
        letter=letter,
        words=NO_PLAN if figures is None else decision(figures).words,
        points=tuple(point.number for point in points),
        least_gain_usd=min(gains, default=None),
        most_gain_usd=max(gains, default=None),
        spans=tuple(_span(ground, i, points) for i in range(len(ground.factors))),
    )


def _span(ground: Ground, index: int, points: list[Point]) -> str:
    line = Line(index, (), tuple(points), is_ordered=False, is_at_rest=False)
    factor, values = ground.factors[index], [point.values[index] for point in line.points]
    words = list(dict.fromkeys(value_words(factor, value) for value in values))
    numbers = sorted(value for value in values if isinstance(value, int | float) and not isinstance(value, bool))
    if len(numbers) == len(values) and len(words) > 1:
        return f"{value_words(factor, numbers[0])} to {value_words(factor, numbers[-1])}"
    return ", ".join(words[:4]) + (", ..." if len(words) > 4 else "")

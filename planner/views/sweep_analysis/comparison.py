"""Every point beside the base case: what it gains or loses, and which decisions differ."""

from __future__ import annotations

from dataclasses import dataclass

from planner.studies.sweeps.outcome import PointStatus, Way
from planner.studies.sweeps.table import SweepRow
from planner.views.sweep_analysis.decisions import Change, change, is_answered
from planner.views.sweep_analysis.lines import Ground
from planner.views.sweep_analysis.worth import Difference, Worth, difference, gain, npv


@dataclass(frozen=True)
class Compared:
    """A point, treated one way, beside the base case treated so."""

    point: int
    name: str
    way: Way
    status: PointStatus
    gain: Worth | None
    """Above going on mining; None without a plan."""
    gain_difference: Difference | None
    npv_difference: Difference | None
    change: Change | None
    """Of the decisions; None where either has no answer."""


@dataclass(frozen=True)
class Comparison:
    """All points beside the base case."""

    rows: tuple[Compared, ...]
    worst: Compared | None
    """By gain, of the best plans, or of the plan kept where no others were looked for; the base case counts."""
    median: Compared | None
    """The lower one of two."""
    best: Compared | None


def comparison(ground: Ground) -> Comparison:
    """Return the comparison."""
    rows = tuple(_compared(row, _base(ground, row.way)) for row in ground.table.rows)
    way = Way.REOPTIMISED if sum(row.way is Way.REOPTIMISED for row in rows) > 1 else Way.HELD
    if all(row.way is not way for row in rows):
        way = Way.REOPTIMISED
    ranked = sorted(
        ((row.gain.usd, row.point, row) for row in rows if row.way is way and row.gain is not None),
        key=lambda entry: entry[:2],
    )
    if not ranked:
        return Comparison(rows, None, None, None)
    return Comparison(rows, ranked[0][2], ranked[(len(ranked) - 1) // 2][2], ranked[-1][2])


def _base(ground: Ground, way: Way) -> SweepRow | None:
    base = ground.base
    if base is None:
        return None
    return (base.kept or base.best) if way is Way.HELD else base.best


def _compared(row: SweepRow, base: SweepRow | None) -> Compared:
    figures = row.outcome.figures
    was = None if base is None else base.outcome.figures
    both = None if figures is None or was is None else (figures, was)
    changed = None
    if base is not None and is_answered(row.outcome) and is_answered(base.outcome):
        changed = change(base.outcome, row.outcome)
    return Compared(
        point=row.point,
        name=row.name,
        way=row.way,
        status=row.outcome.status,
        gain=None if figures is None else gain(figures),
        gain_difference=None if both is None else difference(gain(both[0]), gain(both[1])),
        npv_difference=None if both is None else difference(npv(both[0]), npv(both[1])),
        change=changed,
    )

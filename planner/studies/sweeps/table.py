"""The table of a sweep: one row for each point and for what was done with the plan there. Money in USD."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from planner.schemas.sweep import Scalar
from planner.studies.sweeps.outcome import PointOutcome, PointStatus, Way


@dataclass(frozen=True)
class SweepRow:
    """One point, treated one way."""

    point: int
    """0 is the base case."""
    name: str
    way: Way
    values: tuple[Scalar | None, ...]
    """Of each factor, at rest too; None where a field has no value of its own."""
    changes: str
    """As --set takes them, those that the case had before the sweep first; decisions fixed before it in words."""
    outcome: PointOutcome
    regret_usd: float | None = None
    """Of a plan that is kept: what the best plan known is worth more."""
    regret_bound_usd: float | None = None
    """The regret is not larger than this, by the proof of the best plan."""


@dataclass(frozen=True)
class SweepTable:
    """All rows of a sweep, in the order of its points."""

    name: str
    case: str
    factors: tuple[str, ...]
    asked_gap_frac: float
    rows: tuple[SweepRow, ...]

    def row(self, point: int, way: Way) -> SweepRow | None:
        """Return one row; None if the point was not treated so, or is not done."""
        return next((row for row in self.rows if (row.point, row.way) == (point, way)), None)


LEADING = ("point", "name", "mode")
FOLLOWING = (
    "npv_usd", "npv_bound_usd", "gap_frac", "do_nothing_npv_usd", "gain_usd", "owner_gain_usd", "greenfield_npv_usd",
    "irr_frac", "irr_words", "payback_year", "payback_words", "peak_funding_usd", "capex_usd", "ai_it_mw", "offers",
    "halls", "upgrades", "plan", "held", "short_usd", "regret_usd", "regret_bound_usd", "status", "seconds",
    "error", "changes",
)  # fmt: skip
"""Columns before and after those of the factors."""
LISTS = ("offers", "halls", "upgrades")
"""Several names in one cell, parted by a semicolon."""


def frame(table: SweepTable) -> pd.DataFrame:
    """Return the table tidily: a column for each factor and figure, a row for each point and way."""
    rows = [_cells(row, table.factors) for row in table.rows]
    made = pd.DataFrame(rows, columns=[*LEADING, *table.factors, *FOLLOWING])
    for name in ("payback_year", "point"):
        made[name] = made[name].astype("Int64")
    for name in FOLLOWING:
        if name.endswith(("_usd", "_frac", "_mw")):
            made[name] = made[name].astype("Float64")
    for name in table.factors:
        made[name] = _of_one_kind(made[name])
    return made


def _cells(row: SweepRow, factors: tuple[str, ...]) -> dict[str, object]:
    outcome, figures = row.outcome, row.outcome.figures
    cells: dict[str, object] = {"point": row.point, "name": row.name, "mode": row.way.value}
    cells |= dict(zip(factors, row.values, strict=True))
    cells |= {} if figures is None else figures.model_dump()
    for name in LISTS:
        cells[name] = ";".join(getattr(figures, name)) if figures is not None else ""
    for name in ("irr_words", "payback_words"):
        cells[name] = getattr(figures, name) if figures is not None else ""
    return cells | {
        "plan": outcome.plan,
        "held": "" if outcome.held is None else outcome.held.value,
        "short_usd": outcome.short_usd,
        "regret_usd": row.regret_usd,
        "regret_bound_usd": row.regret_bound_usd,
        "status": outcome.status.value,
        "seconds": round(outcome.seconds, 3),
        "error": outcome.error,
        "changes": row.changes,
    }


def _of_one_kind(column: pd.Series) -> pd.Series:
    """Return numbers as numbers and anything else as text, so that every format can hold the column."""
    given = [value for value in column if value is not None and not pd.isna(value)]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        return column.astype("Float64")
    return column.map(_text)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def failures(table: SweepTable) -> tuple[SweepRow, ...]:
    """Return the rows without figures."""
    return tuple(row for row in table.rows if row.outcome.figures is None)


def is_proven(table: SweepTable) -> bool:
    """Whether every row that has a plan is proven within the gap asked for."""
    return all(row.outcome.status in (PointStatus.OPTIMAL, PointStatus.INFEASIBLE) for row in table.rows)


def largest_usd(table: SweepTable) -> float:
    """Return the largest NPV of the points, which says how finely amounts are told."""
    found = [row.outcome.figures for row in table.rows if row.outcome.figures is not None]
    return max((abs(figures.npv_usd) for figures in found), default=0.0)

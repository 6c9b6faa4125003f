"""The points of a sweep as a ground to look along: which of them differ in one factor alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from planner.schemas.sweep import Factor, FactorHow, Listed, Scalar, Sweep, is_number
from planner.studies.sweeps.outcome import PointFigures, Way
from planner.studies.sweeps.table import SweepRow, SweepTable

REST = "as in the case"
"""A factor whose fields have no one value."""


@dataclass(frozen=True)
class Point:
    """A point with what was done there."""

    number: int
    name: str
    values: tuple[Scalar | None, ...]
    best: SweepRow | None
    """The best plan found; None if none was looked for, or it is not done."""
    kept: SweepRow | None
    """The base case's plan, kept."""

    @property
    def best_figures(self) -> PointFigures | None:
        """Of the best plan found."""
        return None if self.best is None else self.best.outcome.figures

    @property
    def kept_figures(self) -> PointFigures | None:
        """Of the plan that is kept."""
        return None if self.kept is None else self.kept.outcome.figures


@dataclass(frozen=True)
class Line:
    """Points that differ in one factor alone, in the order of its values."""

    index: int
    """Of the factor."""
    others: tuple[Scalar | None, ...]
    """Values of the others, in their order."""
    points: tuple[Point, ...]
    is_ordered: bool
    """Its values are numbers or dates."""
    is_at_rest: bool
    """The others stand where the base case has them."""


class Ground:
    """The points of a sweep that is done, wholly or in part."""

    def __init__(self, table: SweepTable, sweep: Sweep) -> None:
        """Keep the table and what was asked for."""
        self.table, self.sweep = table, sweep

    @property
    def factors(self) -> tuple[Factor, ...]:
        """What was moved."""
        return self.sweep.factors

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """All points with a row, in their order."""
        found: dict[int, dict[Way, SweepRow]] = {}
        for row in self.table.rows:
            found.setdefault(row.point, {})[row.way] = row
        return tuple(_point(number, found[number]) for number in sorted(found))

    @property
    def base(self) -> Point | None:
        """The base case; None if it is not done."""
        return next((point for point in self.points if point.number == 0), None)

    @cached_property
    def _moved(self) -> tuple[Point, ...]:
        """Points that are told by their factors' values alone, each combination of values once."""
        design = self.sweep.design
        more = (
            {k for k, point in enumerate(design.points, start=1) if point.changes}
            if isinstance(design, Listed)
            else set()
        )
        seen: dict[tuple[Scalar | None, ...], Point] = {}
        for point in self.points:
            if point.number not in more:
                seen.setdefault(point.values, point)
        return tuple(seen.values())

    def lines(self, index: int) -> tuple[Line, ...]:
        """Return all lines of two points or more along a factor, the one at rest first."""
        groups: dict[tuple[Scalar | None, ...], list[Point]] = {}
        for point in self._moved:
            groups.setdefault(_others(point.values, index), []).append(point)
        rest = None if self.base is None else _others(self.base.values, index)
        made = [_line(index, others, points, is_at_rest=others == rest) for others, points in groups.items()]
        return tuple(sorted((line for line in made if len(line.points) > 1), key=lambda line: not line.is_at_rest))

    def at_rest(self, index: int) -> Line | None:
        """Return the line along a factor through the base case; None if nothing but the base case lies on it."""
        return next((line for line in self.lines(index) if line.is_at_rest), None)

    def others_words(self, line: Line) -> str:
        """Say where the other factors stand; nothing if at rest."""
        if line.is_at_rest:
            return ""
        named = [factor for i, factor in enumerate(self.factors) if i != line.index]
        return ", ".join(
            f"{factor.name} {value_words(factor, value)}" for factor, value in zip(named, line.others, strict=True)
        )


def _point(number: int, rows: Mapping[Way, SweepRow]) -> Point:
    row = next(iter(rows.values()))
    return Point(number, row.name, row.values, rows.get(Way.REOPTIMISED), rows.get(Way.HELD))


def _others(values: tuple[Scalar | None, ...], index: int) -> tuple[Scalar | None, ...]:
    return values[:index] + values[index + 1 :]


def _line(index: int, others: tuple[Scalar | None, ...], points: list[Point], *, is_at_rest: bool) -> Line:
    numbers = [(value, point) for point in points if is_number(value := point.values[index])]
    days = [(value.toordinal(), point) for point in points if isinstance(value := point.values[index], date)]
    for placed in (numbers, days):
        if placed and len(placed) == len([point for point in points if point.values[index] is not None]):
            ordered = tuple(point for _, point in sorted(placed, key=lambda pair: pair[0]))
            return Line(index, others, ordered, is_ordered=True, is_at_rest=is_at_rest)
    return Line(index, others, tuple(points), is_ordered=False, is_at_rest=is_at_rest)


def value_words(factor: Factor, value: Scalar | None) -> str:
    """Write a value with what it does: x1.1, +6 months, or the value itself."""
    if value is None:
        return REST
    if not is_number(value):
        return str(value).lower() if isinstance(value, bool) else str(value)
    number = _number(value)
    if factor.how is FactorHow.SET:
        return number
    if factor.how is FactorHow.PLUS:
        return number if value < 0 else f"+{number}"
    return f"+{number} months" if factor.lever is not None and factor.lever.is_months else f"x{number}"


def _number(value: float) -> str:
    if value == round(value) and abs(value) < 1e15:
        return f"{round(value):,}"
    return f"{float(f'{value:.6g}'):,.12g}" if abs(value) >= 1e4 else f"{value:.4g}"


def numbers_of(points: tuple[Point, ...], index: int) -> Iterator[tuple[float, Point]]:
    """Yield the points whose value of a factor is a number, with it."""
    for point in points:
        value = point.values[index]
        if is_number(value):
            yield float(value), point

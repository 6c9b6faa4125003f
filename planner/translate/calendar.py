"""Calendar arithmetic: months, periods, and how flows after the horizon are brought to its end.

Periods are whole calendar months, so every flow is first laid out by month and then summed into
columns: one for each period and a last one for all months after the horizon, discounted to its end.
"""

from __future__ import annotations

import calendar as _calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from planner.schemas.base import DatedUsd
from planner.schemas.study import Study
from site_conversion.instance import Floats, Ints


def add_months(day: date, months: float) -> date:
    """Return the date so many months later; a fraction of a month is rounded to whole days of 30.4375."""
    whole = int(np.floor(months + 1e-9))
    years, month = divmod(day.month - 1 + whole, 12)
    year, month = day.year + years, month + 1
    moved = date(year, month, min(day.day, _calendar.monthrange(year, month)[1]))
    return moved + timedelta(days=round((months - whole) * 30.4375))


def month(day: date) -> str:
    """Write a date in a sentence: month and year, with the day where it is not the first."""
    return f"{day:%b %Y}" if day.day == 1 else f"{day.day} {day:%b %Y}"


def months_between(earlier: date, later: date) -> float:
    """Return the months from one date to another, days as a share of their own month; negative if reversed."""

    def position(day: date) -> float:
        return day.year * 12 + day.month - 1 + (day.day - 1) / _calendar.monthrange(day.year, day.month)[1]

    return position(later) - position(earlier)


def year_position(day: date) -> float:
    """Return the date as a year with its exact calendar fraction (2028-07-01 is 2028 + 182/366)."""
    days = 366 if _calendar.isleap(day.year) else 365
    return day.year + (day.timetuple().tm_yday - 1) / days


def years_between(earlier: date, later: date) -> float:
    """Return exact calendar years between two dates."""
    return year_position(later) - year_position(earlier)


def dated_usd(points: Sequence[DatedUsd], positions: Floats) -> Floats:
    """Return a price path at times given as years (see year_position): linear between its dates, flat outside."""
    dates = [year_position(point.date) for point in points]
    return np.asarray(np.interp(positions, dates, [point.usd for point in points]), dtype=np.float64)


@dataclass(frozen=True)
class Timeline:
    """The study's months and periods, and enough months after the horizon for every contract to end."""

    start: date
    boundaries: tuple[date, ...]  # P + 1 period borders
    month_starts: tuple[date, ...]  # months of the study and after, plus one closing border
    discount_rate_frac: float
    tail_rate_frac: float

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(self.boundaries) - 1

    @property
    def end(self) -> date:
        """First day after the horizon."""
        return self.boundaries[-1]

    @cached_property
    def ordinals(self) -> Ints:
        """Period borders as day numbers."""
        return np.array([day.toordinal() for day in self.boundaries], dtype=np.int64)

    @cached_property
    def days(self) -> Floats:
        """Days of each period."""
        return np.diff(self.ordinals).astype(np.float64)

    @cached_property
    def years(self) -> Floats:
        """Exact calendar years of each period."""
        return np.diff(np.array([year_position(day) for day in self.boundaries], dtype=np.float64))

    @cached_property
    def mid_years(self) -> Floats:
        """Years from the study's start to the middle of each period."""
        positions = np.array([year_position(day) for day in self.boundaries])
        return np.asarray((positions[:-1] + positions[1:]) / 2 - positions[0], dtype=np.float64)

    @cached_property
    def discount(self) -> Floats:
        """Discount factor of each column: mid-period, and the horizon's end for the last."""
        horizon = years_between(self.start, self.end)
        return np.asarray((1 + self.discount_rate_frac) ** -np.append(self.mid_years, horizon), dtype=np.float64)

    @cached_property
    def month_days(self) -> Floats:
        """Days of each month."""
        return np.diff([day.toordinal() for day in self.month_starts]).astype(np.float64)

    @cached_property
    def month_year_days(self) -> Floats:
        """Days of the calendar year that each month belongs to."""
        leap = [_calendar.isleap(day.year) for day in self.month_starts[:-1]]
        return np.where(leap, 366.0, 365.0)

    def month_days_within(self, start: date | None, until: date | None) -> Floats:
        """Days of each month that lie in [start, until); a date left out does not limit."""
        borders = np.array([day.toordinal() for day in self.month_starts], dtype=np.float64)
        low = -np.inf if start is None else start.toordinal()
        high = np.inf if until is None else until.toordinal()
        days = np.minimum(borders[1:], high) - np.maximum(borders[:-1], low)
        return np.asarray(np.maximum(days, 0.0), dtype=np.float64)

    @cached_property
    def month_years(self) -> Floats:
        """Years from the study's start to the start of each month."""
        positions = np.array([year_position(day) for day in self.month_starts[:-1]], dtype=np.float64)
        return np.asarray(positions - year_position(self.start), dtype=np.float64)

    @cached_property
    def month_column(self) -> Ints:
        """Column of each month: its period, or the last column."""
        ordinals = [day.toordinal() for day in self.month_starts[:-1]]
        return np.minimum(np.searchsorted(self.ordinals, ordinals, side="right") - 1, self.periods)

    @cached_property
    def _month_weight(self) -> Floats:
        """1 inside the horizon; after it, the factor that brings the month's middle to the horizon's end."""
        positions = np.array([year_position(day) for day in self.month_starts])
        after = (positions[:-1] + positions[1:]) / 2 - year_position(self.end)
        return np.where(after > 0, np.power(1 + self.tail_rate_frac, -np.maximum(after, 0)), 1.0)

    def years_after(self, months: Sequence[int]) -> Floats:
        """Years from the horizon's end to the first days of some months."""
        days = np.array([year_position(self.month_starts[month]) for month in months], dtype=np.float64)
        return np.asarray(days - year_position(self.end), dtype=np.float64)

    def columns(self, monthly: Floats) -> Floats:
        """Sum a monthly money flow into columns; months after the horizon are valued at its end."""
        weights = np.asarray(monthly * self._month_weight, dtype=np.float64)
        return np.bincount(self.month_column, weights, self.periods + 1).astype(np.float64)

    def period_sums(self, monthly: Floats) -> Floats:
        """Sum a monthly amount that is not money into periods; what is after the horizon is left out."""
        return np.bincount(self.month_column, monthly, self.periods + 1)[:-1].astype(np.float64)

    def month_of(self, day: date) -> int:
        """Number of the month a date falls in, counted from the study's start."""
        return (day.year - self.start.year) * 12 + day.month - self.start.month

    def first_period_from(self, day: date) -> int:
        """First period that starts at or after the date, -1 if none does."""
        p = int(np.searchsorted(self.ordinals[:-1], day.toordinal(), side="left"))
        return p if p < self.periods else -1

    def overlap_frac(self, start: date, end: date) -> Floats:
        """Share of each period's days that lie in [start, end)."""
        low = np.maximum(self.ordinals[:-1], start.toordinal())
        high = np.minimum(self.ordinals[1:], end.toordinal())
        return np.asarray(np.maximum(high - low, 0) / self.days, dtype=np.float64)


def timeline(study: Study, longest_term_months: int, tail_rate_frac: float) -> Timeline:
    """Lay out the study's periods and the months that its longest contract may run after them."""
    boundaries = [study.start]
    for block in study.grid:
        for _ in range(block.count):
            boundaries.append(add_months(boundaries[-1], block.months))
    horizon = round(months_between(study.start, boundaries[-1]))
    months = tuple(add_months(study.start, m) for m in range(horizon + longest_term_months + 1))
    return Timeline(study.start, tuple(boundaries), months, study.discount_rate_frac, tail_rate_frac)

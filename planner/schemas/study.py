"""The study: when it starts, how time is cut into periods, and the rates that value money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from planner.schemas.base import Record


class PeriodBlock(Record):
    """A run of equal periods."""

    months: Annotated[int, Field(ge=1, le=24)]
    """Length of each period in calendar months."""
    count: Annotated[int, Field(ge=1, le=240)]
    """How many such periods follow each other."""


class Study(Record):
    """Time grid and rates."""

    start: date
    """First day of the first period; must be the first of a month so that periods are whole months."""
    grid: Annotated[tuple[PeriodBlock, ...], Field(min_length=1)]
    """Period blocks in order, for instance quarters for four years and then years."""
    discount_rate_frac: Annotated[float, Field(ge=0.001, le=0.5)]
    """Nominal yearly rate, after tax, unlevered."""
    queue_quantile_frac: Annotated[float, Field(ge=0.01, le=0.99)] = 0.5
    """Quantile of every queue delay the plan is made for: 0.5 is the median, 0.9 is cautious."""

    def _broken_rules(self) -> Iterator[str]:
        if self.start.day != 1:
            yield f"start must be the first day of a month, found {self.start.isoformat()}"
        months = sum(block.months * block.count for block in self.grid)
        if months > 40 * 12:
            yield f"the grid spans {months / 12:.1f} years, expected at most 40"
        if sum(block.count for block in self.grid) > 240:
            yield "the grid has more than 240 periods"

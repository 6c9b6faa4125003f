"""Taxes, depreciation, the equity budget and the value of what outlasts the horizon."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from planner.schemas.base import Frac, GrowthFrac, Record, Usd


class DepreciationMethod(StrEnum):
    """MACRS recovery periods with the half-year convention, or straight line by days."""

    MACRS_5 = "macrs_5"
    MACRS_7 = "macrs_7"
    MACRS_15 = "macrs_15"
    STRAIGHT_LINE = "straight_line"


class Depreciation(Record):
    """How one class of assets is written off for tax."""

    method: DepreciationMethod
    years: Annotated[float, Field(gt=0, le=60)] | None = None
    """For straight line only."""

    @model_validator(mode="after")
    def _years(self) -> Depreciation:
        if (self.method is DepreciationMethod.STRAIGHT_LINE) != (self.years is not None):
            raise ValueError("years belongs to straight_line, and straight_line needs it")
        return self


class BudgetStep(Record):
    """Equity that becomes available on a date."""

    date: date
    usd: Usd


class Finance(Record):
    """Money rules of the study."""

    tax_rate_frac: Frac = 0.0
    loss_offset_limit_frac: Frac = 0.8
    """Share of a period's taxable income that earlier losses may offset (80 % in US federal law)."""
    conversion_depreciation: Depreciation = Depreciation(method=DepreciationMethod.MACRS_15)
    grid_depreciation: Depreciation = Depreciation(method=DepreciationMethod.MACRS_15)
    gpu_depreciation: Depreciation = Depreciation(method=DepreciationMethod.MACRS_5)
    asic_depreciation: Depreciation = Depreciation(method=DepreciationMethod.MACRS_5)
    capex_escalator_frac_per_year: GrowthFrac = 0.0
    """Yearly change of conversion and grid costs from the study's start."""
    equity_budget: tuple[BudgetStep, ...] | None = None
    """Cumulative capital spending may never exceed the equity that has become available; left out, unlimited."""
    tail_discount_rate_frac: Annotated[float, Field(gt=0, le=0.5)] | None = None
    """Rate for contract income after the horizon; left out, the study's rate."""

    @model_validator(mode="after")
    def _budget_ascends(self) -> Finance:
        if self.equity_budget is not None:
            dates = [step.date for step in self.equity_budget]
            if dates != sorted(set(dates)):
                raise ValueError("equity_budget dates must ascend without repeats")
        return self

"""Taxes, depreciation, the equity budget and the value of what outlasts the horizon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

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
    bonus_frac: Frac = 0.0
    """Share written off at once: under MACRS with the first year's share, in straight line in the month of entry.

    The rest follows the method.
    """

    def _broken_rules(self) -> Iterator[str]:
        if (self.method is DepreciationMethod.STRAIGHT_LINE) != (self.years is not None):
            yield "years belongs to straight_line, and straight_line needs it"


class BudgetStep(Record):
    """Equity that becomes available on a date."""

    date: date
    added_usd: Usd
    """On top of what became available before, not a running total."""


class Repayment(StrEnum):
    """How a loan is repaid over its tenor."""

    LEVEL = "level"
    """Interest and principal together the same for every year."""
    STRAIGHT = "straight"
    """The same principal every year."""
    SCULPTED = "sculpted"
    """Debt service follows the cash: CFADS divided by the cover asked for."""
    BULLET = "bullet"
    """Interest only; the principal at the end."""


class CashCounted(StrEnum):
    """Which cash a lender counts as available for debt service."""

    CONTRACTS = "contracts"
    """That of the AI contracts alone, before tax: rent and repaid cost, less their energy and running cost."""
    SITE = "site"
    """All of the site before tax, hashing included."""


class Debt(Record):
    """A project loan on the site. It never exceeds what is built, and decides through the equity budget.

    It is drawn in periods that start from draw_from on and before draw_until. Repayment begins with the first period
    that starts at or after draw_until.
    """

    loan_to_cost_frac: Annotated[float, Field(gt=0, le=1)]
    """Most debt as a share of cost: capital spent while it may be drawn, fees and interest of that time.

    What tenants contribute or advance within the study, before or after, is no cost.
    """
    most_usd: Usd | None = None
    """Left out, cost and cover alone limit it."""
    coupon_frac: Annotated[float, Field(ge=0, le=0.3)]
    """Nominal yearly rate; interest of a period is coupon * its years * the balance at its start."""
    fee_frac: Annotated[float, Field(ge=0, le=0.1)] = 0.0
    """Of the amount drawn, paid at the draw."""
    commitment_fee_frac: Annotated[float, Field(ge=0, le=0.05)] = 0.0
    """Yearly, on what is not yet drawn of the final amount."""
    draw_from: date | None = None
    """Left out, the study's start."""
    draw_until: date
    """Draws end and repayment begins; interest and fees before are added to the loan (capitalised)."""
    tenor_months: Annotated[int, Field(ge=1, le=480)]
    """From the begin of repayment to its end; what is still owed at the study's end is repaid then."""
    repayment: Repayment
    balloon_frac: Frac = 0.0
    """Share of the loan that is repaid at the end at once (level, straight and sculpted); no cover is asked for it."""
    least_dscr: Annotated[float, Field(ge=1, le=5)] | None = None
    """Cover asked for in every year of the term (sculpted: every period), before tax; sculpted debt is sized by it.

    Left out, none is asked for.
    """
    cash_counted: CashCounted = CashCounted.CONTRACTS
    sweep_frac: Frac = 0.0
    """Share of the cash counted, after tax, that is left after debt service and repays early."""
    reserve_months: Annotated[float, Field(ge=0, le=24)] = 0.0
    """Debt service held in a reserve account from the begin of repayment on, released with the last repayments."""
    reserve_interest_frac: Annotated[float, Field(ge=0, le=0.2)] = 0.0

    def _broken_rules(self) -> Iterator[str]:
        if self.draw_from is not None and self.draw_from >= self.draw_until:
            yield f"draw_until {self.draw_until} is not after draw_from {self.draw_from}"
        if self.repayment is Repayment.SCULPTED and self.least_dscr is None:
            yield "sculpted repayment needs least_dscr, the cover it follows"
        if self.repayment is Repayment.BULLET and self.balloon_frac:
            yield "balloon_frac is for level, straight and sculpted: a bullet is all balloon"


class WorkingCapital(Record):
    """Cash tied up between delivery and payment: in the returns only, the plan is chosen without it."""

    receivable_days: Annotated[float, Field(ge=0, le=365)] = 0.0
    """Tenants pay so many days after the period in which they are served (on average)."""
    payable_days: Annotated[float, Field(ge=0, le=365)] = 0.0
    """The site pays its energy and running costs so many days late."""


class ExitMethod(StrEnum):
    """What contracts that outlast the horizon are worth at its end."""

    TAIL = "tail"
    """Their cash to the end of the term, discounted to the horizon."""
    MULTIPLE = "multiple"
    """Net operating income of the last twelve months times a multiple, of contracts that have earned for so long."""
    CAP_RATE = "cap_rate"
    """Net operating income of the last twelve months divided by a rate."""


class Exit(Record):
    """Value of the contracts at the horizon, before tax; machines are sold at their resale price in any case."""

    method: ExitMethod = ExitMethod.TAIL
    multiple: Annotated[float, Field(gt=0, le=50)] | None = None
    cap_rate_frac: Annotated[float, Field(gt=0.01, le=0.5)] | None = None
    least_months_left: Annotated[int, Field(ge=1, le=240)] = 12
    """A contract with less of its term left at the horizon is valued by its tail instead."""
    selling_cost_frac: Annotated[float, Field(ge=0, le=0.2)] = 0.0
    """Of the value by multiple or cap rate."""

    def _broken_rules(self) -> Iterator[str]:
        if (self.method is ExitMethod.MULTIPLE) != (self.multiple is not None):
            yield "multiple belongs to method multiple, and it needs one"
        if (self.method is ExitMethod.CAP_RATE) != (self.cap_rate_frac is not None):
            yield "cap_rate_frac belongs to method cap_rate, and it needs one"


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
    exit: Exit = Exit()
    debt: Debt | None = None
    """Left out, everything is paid with equity."""
    working_capital: WorkingCapital = WorkingCapital()
    equity_rate_frac: Annotated[float, Field(ge=0.001, le=0.6)] | None = None
    """Rate at which cash to equity is valued; left out, the study's rate."""

    @field_validator("equity_budget")
    @classmethod
    def _budget_ascends(cls, steps: tuple[BudgetStep, ...] | None) -> tuple[BudgetStep, ...] | None:
        dates = [step.date for step in steps or ()]
        if dates != sorted(set(dates)):
            raise ValueError("the dates of equity_budget must ascend without repeats")
        return steps

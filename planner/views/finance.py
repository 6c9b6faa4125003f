"""Returns of the project and of its owner, the loan and its cover, and what leads from one value to the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from planner.finance.ratios import CoverYear, Yields, cover_years, loan_life_cover, yields
from planner.finance.returns import Return, internal_return, multiple_of_money, payback_index, peak_funding
from planner.finance.waterfall import Loan, Waterfall, present_value_bridge, waterfall
from planner.results import Outcome, Result, period_label
from planner.schemas.finance import WorkingCapital
from site_conversion.instance import Floats


@dataclass(frozen=True)
class ReturnsRow:
    """What one side gets for its money, against going on mining; money in USD."""

    whose: str
    npv_usd: float
    rate: Return
    multiple: float | None
    payback: str
    peak_funding_usd: float


@dataclass(frozen=True)
class LoanRow:
    """A loan in one look; money in USD."""

    loan_usd: float
    drawn_usd: float
    added_usd: float
    """Fees and interest until repayment begins."""
    cost_usd: float
    limit: str
    needed_usd: float
    """The smallest loan with which the equity pays for the plan; nothing where equity is not limited."""
    begin: date
    balloon_usd: float
    """Repaid at once at the end of the term, or at the horizon."""
    least_cover: float | None
    mean_cover: float | None
    least_cover_after_tax: float | None
    life_cover: float | None
    asked_cover: float | None
    support_usd: float
    """What the owner has to add to pay debt service, over all years."""


class FinanceViews:
    """Financial views of one result, recomputed from its ledger."""

    def __init__(self, result: Result) -> None:
        """Keep the result."""
        self.result = result
        self.instance = result.instance

    @cached_property
    def plan(self) -> Waterfall:
        """The plan's waterfall."""
        return self._waterfall(self.result.plan)

    @cached_property
    def do_nothing(self) -> Waterfall:
        """The waterfall of going on mining: never with a loan."""
        return self._waterfall(self.result.do_nothing, without_loan=True)

    def _waterfall(self, outcome: Outcome, *, without_loan: bool = False) -> Waterfall:
        case = self.result.case
        if without_loan:
            case = case.model_copy(update={"finance": case.finance.model_copy(update={"debt": None})})
        return waterfall(case, self.instance, outcome.tables, outcome.cash_flow)

    @cached_property
    def equity_discount(self) -> Floats:
        """Discount factor of each column at the owner's rate."""
        case, discount = self.result.case, self.instance.discount
        if case.finance.equity_rate_frac is None:
            return discount
        years = -np.log(discount) / np.log(1 + case.study.discount_rate_frac)
        return np.asarray((1 + case.finance.equity_rate_frac) ** -years, dtype=np.float64)

    @cached_property
    def returns(self) -> tuple[ReturnsRow, ...]:
        """Project and, with a loan or a rate of its own, owner; nothing if the plan is to go on mining."""
        nothing = self.do_nothing.project
        project = self.plan.project - nothing
        if not np.any(np.abs(project) > 1.0):
            return ()
        late = self.result.case.finance.working_capital != WorkingCapital()
        words = "project, paid late" if late else "project"
        rows = [self._returns(words, project, self.instance.discount)]
        if self.plan.loan is not None or self.result.case.finance.equity_rate_frac is not None:
            rows.append(self._returns("owner", self.plan.equity - nothing, self.equity_discount))
        return tuple(rows)

    def _returns(self, whose: str, flows: Floats, discount: Floats) -> ReturnsRow:
        rate = self.result.case.study.discount_rate_frac
        years = -np.log(self.instance.discount) / np.log(1 + rate)
        return ReturnsRow(
            whose=whose,
            npv_usd=float(flows @ discount),
            rate=internal_return(years, flows),
            multiple=multiple_of_money(flows),
            payback=self._payback(flows),
            peak_funding_usd=peak_funding(flows)[0],
        )

    def _payback(self, flows: Floats) -> str:
        if peak_funding(flows)[0] <= 0:
            return "nothing to pay back"
        index = payback_index(flows)
        if index is None:
            return "never"
        return self.labels[index] if index < self.instance.periods else "after the horizon"

    @cached_property
    def labels(self) -> list[str]:
        """Name of every period."""
        return [period_label(s, e) for s, e in zip(self.instance.period_start, self.instance.period_end, strict=True)]

    @cached_property
    def yields(self) -> Yields:
        """What is built and what it earns."""
        return yields(self.instance, self.result.plan.tables, self.result.plan.cash_flow)

    @cached_property
    def cover_by_year(self) -> tuple[CoverYear, ...]:
        """Cash, debt service and what is owed in each year of the loan's term."""
        return cover_years(self.plan, self.result.case, self.instance, self.result.plan.cash_flow)

    @cached_property
    def loan(self) -> LoanRow | None:
        """The loan; none if the case has none."""
        loan = self.plan.loan
        if loan is None:
            return None
        covers = [row.cover for row in self.cover_by_year if row.cover is not None]
        after = [row.cover_after_tax for row in self.cover_by_year if row.cover_after_tax is not None]
        added = float(self.plan.fees.sum() + (self.plan.interest - self.plan.paid_interest).sum())
        return LoanRow(
            loan_usd=loan.sizing.loan,
            drawn_usd=float(loan.sizing.draws.sum()),
            added_usd=added,
            cost_usd=loan.sizing.cost,
            limit=loan.sizing.limit.value,
            needed_usd=loan.sizing.needed,
            begin=self.instance.period_start[loan.calendar.first],
            balloon_usd=float(self.plan.balloon.sum()),
            least_cover=min(covers, default=None),
            mean_cover=sum(covers) / len(covers) if covers else None,
            least_cover_after_tax=min(after, default=None),
            life_cover=loan_life_cover(self.plan),
            asked_cover=loan.terms.least_dscr,
            support_usd=self._support(loan),
        )

    def _support(self, loan: Loan) -> float:
        """Return what debt service takes beyond the cash counted and the reserve, period by period."""
        inside = np.nonzero(loan.calendar.service_years[: self.instance.periods] > 0)[0]
        service = (self.plan.paid_interest + self.plan.principal)[inside]
        left = self.plan.counted_after_tax[inside] + np.maximum(self.plan.reserve[inside], 0.0) - service
        return -float(np.minimum(left, 0.0).sum())

    @cached_property
    def bridge(self) -> tuple[tuple[str, float], ...]:
        """From the plan's NPV to that of the owner's cash, in USD; one row where nothing differs."""
        return present_value_bridge(self.plan, self.result.case, self.instance)

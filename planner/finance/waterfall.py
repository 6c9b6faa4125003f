"""From a plan's ledger to the cash of lender and owner, column by column, in USD.

operating cash -> tax with interest deducted -> debt service -> reserve -> early repayment -> owner. The plan itself is
taken as it is: what the model does not know (working capital, interest, fees, the loan's effect on tax) is added here,
and `bridge` states each difference between the plan's NPV and that of the owner's cash.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.finance.books import OPERATING, Books, read_books, tenants_usd, working_capital_usd
from planner.finance.loan import Schedule, Sizing, repayment, size_loan
from planner.finance.tax import TaxSeries, interest_tax, tax_series
from planner.schemas import Case
from planner.schemas.finance import Debt
from planner.translate.debt import COUNTED, LoanCalendar, loan_calendar
from site_conversion.instance import Floats, Instance
from site_conversion.lines import Line, Source


@dataclass(frozen=True)
class Loan:
    """A loan's terms, dates, size and agreed repayment."""

    terms: Debt
    calendar: LoanCalendar
    sizing: Sizing
    schedule: Schedule
    cash: Floats
    """Cash counted by the lender, before tax and as earned [p]."""


@dataclass(frozen=True)
class Waterfall:
    """Cash by column; the last column is the time after the horizon. Out of the owner's pocket is negative."""

    operating: Floats
    """Before tax; after the horizon everything that remains, before tax."""
    capital: Floats
    working_capital: Floats
    tax: Floats
    """Of the project without a loan, as a cost."""
    tax_shield: Floats
    """Tax saved by interest and fees."""
    drawn: Floats
    fees: Floats
    """Added to the loan, as is the interest until repayment begins."""
    interest: Floats
    principal: Floats
    """Agreed repayment."""
    balloon: Floats
    """What is owed at the end of the term, or still at the horizon, repaid at once."""
    swept: Floats
    reserve: Floats
    """Into the reserve account (negative) and out of it, its interest included."""
    owed: Floats
    """At the end of each column."""
    counted_after_tax: Floats
    """Cash counted by the lender after working capital and tax."""
    loan: Loan | None

    @property
    def project(self) -> Floats:
        """Cash of the project without a loan, working capital included."""
        return self.operating + self.capital + self.working_capital + self.tax

    @property
    def equity(self) -> Floats:
        """Cash to the owner (negative: from it)."""
        financing = self.drawn - self.paid_interest - self.repaid + self.reserve
        return np.asarray(self.project + self.tax_shield + financing, dtype=np.float64)

    @property
    def repaid(self) -> Floats:
        """All principal: agreed, early and at once."""
        return self.principal + self.balloon + self.swept

    @property
    def paid_interest(self) -> Floats:
        """Interest paid in cash: all of it from the beginning of repayment on."""
        if self.loan is None:
            return self.interest
        paid = np.array(self.interest)
        paid[:-1][self.loan.calendar.drawable] = 0.0
        return paid


@dataclass
class _Account:
    """What is owed and kept while the periods go by."""

    columns: int
    owed: float = 0.0
    kept: float = 0.0
    rows: dict[str, Floats] = field(default_factory=dict)

    def book(self, name: str, x: int, usd: float) -> None:
        """Add to a row."""
        self.rows.setdefault(name, np.zeros(self.columns))[x] += usd

    def row(self, name: str) -> Floats:
        """Return a row; zeros if nothing was booked."""
        return self.rows.get(name, np.zeros(self.columns))


def waterfall(case: Case, instance: Instance, tables: dict[str, pd.DataFrame], cash_flow: pd.DataFrame) -> Waterfall:
    """Return the waterfall of a plan: with the case's loan, if it has one, at the largest size that its rules allow."""
    books = read_books(cash_flow, instance)
    taxes = tax_series(instance, tables["finance"])
    working = working_capital_usd(case.finance.working_capital, books, frozenset(Source), instance)
    terms = case.finance.debt
    loan = None if terms is None else _loan(terms, instance, books, tenants_usd(cash_flow, instance))
    account = _Account(books.columns)
    if loan is not None:
        of = COUNTED[loan.terms.cash_counted]
        counted = books.usd(*OPERATING, of=of) + working_capital_usd(case.finance.working_capital, books, of, instance)
        _serve(account, loan, counted, taxes)
    return Waterfall(
        operating=books.usd(*OPERATING)
        + books.usd(Line.TERMINAL)
        + np.append(np.zeros(instance.periods), taxes.usd[-1]),
        capital=books.usd(Line.CAPEX),
        working_capital=working,
        tax=-taxes.usd,
        tax_shield=account.row("shield"),
        drawn=account.row("drawn"),
        fees=account.row("fees"),
        interest=account.row("interest"),
        principal=account.row("principal"),
        balloon=account.row("balloon"),
        swept=account.row("swept"),
        reserve=account.row("reserve"),
        owed=account.row("owed"),
        counted_after_tax=account.row("counted"),
        loan=loan,
    )


def _loan(terms: Debt, instance: Instance, books: Books, tenants: Floats) -> Loan:
    borders = (*instance.period_start, instance.period_end[-1])
    calendar = loan_calendar(terms, borders)
    cash = books.usd(*OPERATING, of=COUNTED[terms.cash_counted])[:-1]
    sizing = size_loan(terms, calendar, books.spending_usd, tenants, cash, instance.budget_musd * 1e6)
    return Loan(terms, calendar, sizing, repayment(terms, calendar, sizing.loan, cash), cash)


def _serve(account: _Account, loan: Loan, counted: Floats, taxes: TaxSeries) -> None:
    """Draw, serve and repay the loan period by period."""
    calendar, periods = loan.calendar, loan.calendar.periods
    deductions = np.zeros(periods + 1)
    for p in range(periods):
        if calendar.drawable[p]:
            _build(loan, account, p)
        term_share = float(calendar.service_years[p] / calendar.service_years.sum())
        deductions[p] += term_share * float(account.row("fees").sum() + account.row("interest")[: calendar.first].sum())
        opening = account.owed
        if calendar.service_years[p] > 0:
            interest = loan.terms.coupon_frac * float(calendar.service_years[p]) * opening
            account.book("interest", p, interest)
            deductions[p] += interest
        earned = loan.terms.reserve_interest_frac * float(calendar.period_years[p]) * account.kept
        deductions[p] -= earned
        shield = taxes.usd - interest_tax(taxes, deductions)
        saved = float(shield[p]) if p in taxes.paid_in else 0.0
        account.book("shield", p, saved)
        _share_out(loan, account, p, float(counted[p] - taxes.usd[p]) + saved, earned)
        account.book("owed", p, account.owed)
    _close(account, deductions, taxes, loan)


def _build(loan: Loan, account: _Account, p: int) -> None:
    """Draw, and add fees and interest to the loan."""
    terms, years = loan.terms, float(loan.calendar.period_years[p])
    undrawn, draw = float(loan.sizing.draws[p:].sum()), float(loan.sizing.draws[p])
    interest = terms.coupon_frac * years * account.owed
    fees = terms.fee_frac * draw + terms.commitment_fee_frac * years * undrawn
    account.book("drawn", p, draw)
    account.book("fees", p, fees)
    account.book("interest", p, interest)
    account.owed += draw + fees + interest


def _share_out(loan: Loan, account: _Account, p: int, cash: float, earned: float) -> None:
    """Pay debt service out of the cash, keep the reserve full, repay early from what is left."""
    calendar = loan.calendar
    account.book("counted", p, cash)
    in_term = calendar.service_years[p] > 0
    principal = min(float(loan.schedule.principal[p]), account.owed) if in_term else 0.0
    balloon = account.owed - principal if in_term and not calendar.service_years[p + 1 :].any() else 0.0
    account.book("principal", p, principal)
    account.book("balloon", p, balloon)
    account.owed -= principal + balloon
    paid_interest = float(account.row("interest")[p]) if in_term else 0.0
    target = _reserve_target(loan, p) if account.owed > 0 else 0.0
    before, account.kept = account.kept, account.kept + earned
    left = cash - principal - paid_interest
    released = max(0.0, account.kept - target)
    used = min(account.kept - released, max(0.0, -(left + released))) if in_term else 0.0
    left += released + used
    account.kept -= released + used
    missing = max(0.0, target - account.kept)
    topped_up = missing if p < calendar.first else min(missing, max(0.0, left))
    account.kept += topped_up
    account.book("reserve", p, before - account.kept + earned)
    swept = min(account.owed, loan.terms.sweep_frac * max(0.0, left - topped_up)) if in_term else 0.0
    account.book("swept", p, swept)
    account.owed -= swept


def _reserve_target(loan: Loan, p: int) -> float:
    """Return the service due within the reserve's months after a period, evenly within each stretch."""
    calendar, months = loan.calendar, loan.terms.reserve_months
    if p + 1 < calendar.first or months == 0:
        return 0.0
    years = np.append(0.0, np.cumsum(calendar.service_years))
    service = np.append(0.0, np.cumsum(loan.schedule.service))
    here = float(years[p + 1])
    return float(np.interp(here + months / 12, years, service) - np.interp(here, years, service))


def _close(account: _Account, deductions: Floats, taxes: TaxSeries, loan: Loan) -> None:
    """Repay what is owed at the horizon, release the reserve, deduct fees not yet deducted."""
    last = account.columns - 1
    borrowed_cost = float(account.row("fees").sum() + account.row("interest")[: loan.calendar.first].sum())
    used = float(loan.calendar.service_years[:last].sum() / loan.calendar.service_years.sum())
    deductions[last] += borrowed_cost * (1 - used)
    account.book("shield", last, float((taxes.usd - interest_tax(taxes, deductions))[last]))
    account.book("balloon", last, account.owed)
    account.book("reserve", last, account.kept)


def present_value_bridge(flows: Waterfall, case: Case, instance: Instance) -> tuple[tuple[str, float], ...]:
    """Return, from the plan's NPV to that of the owner's cash, each step in words and USD; they add up exactly."""
    discount = instance.discount
    equity = discount
    if case.finance.equity_rate_frac is not None:
        years = -np.log(discount) / np.log(1 + case.study.discount_rate_frac)
        equity = (1 + case.finance.equity_rate_frac) ** -years
    plan = flows.operating + flows.capital + flows.tax
    steps = [
        ("NPV of the plan, without a loan", plan @ discount),
        ("working capital", flows.working_capital @ discount),
        ("loan drawn", flows.drawn @ discount),
        ("interest paid", -(flows.paid_interest @ discount)),
        ("loan repaid", -(flows.repaid @ discount)),
        ("reserve account", flows.reserve @ discount),
        ("tax saved by interest and fees", flows.tax_shield @ discount),
        ("cash to the owner valued at the equity rate", flows.equity @ (equity - discount)),
    ]
    shown = [(words, float(usd)) for n, (words, usd) in enumerate(steps) if n == 0 or abs(usd) > 0]
    return (*shown, ("NPV of cash to the owner", sum(usd for _, usd in shown)))

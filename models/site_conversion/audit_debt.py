"""A plan's loan again: what may be drawn and when, its share of cost, the cash that covers it.

Everything is added up from the draws and the recomputed ledger. The loan is what is owed when repayment begins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.instance import Floats
from site_conversion.instance_debt import DebtTerms

LEAST_LOAN_MUSD = 1e-6
"""A dollar: no loan, but what rounding has left."""


@dataclass(frozen=True)
class DebtCash:
    """The recomputed ledger as a lender reads it."""

    cash: Mapping[tuple[str, str, int], float]
    source: Mapping[tuple[str, str], str]
    spending_musd: Floats  # [p] capital to be paid, less what tenants give
    tenants_musd: Floats  # [p] what tenants contribute and advance

    def operating(self, terms: DebtTerms) -> Floats:
        """Return the cash counted, before tax, by period."""
        musd = np.zeros(len(self.spending_musd))
        for (line, item, x), amount in self.cash.items():
            counts = line in ("revenue", "energy", "opex", "advances") and self.source[line, item] in terms.counted
            if counts and x < len(musd):
                musd[x] += amount
        return musd * terms.counted_frac


def check_debt(plan: Plan, report: Report, cash: DebtCash) -> None:
    """Check draws, loan to cost, the largest amount and cover."""
    terms = report.instance.debt
    if terms is None:
        if plan.draws or plan.owed:
            report.fail("no_loan", "the plan", len(plan.draws) + len(plan.owed))
        return
    drawn_musd = np.zeros(report.instance.periods)
    rows = Counter(row.period for row in plan.draws)
    for row in plan.draws:
        drawn_musd[row.period] += row.drawn_musd
        if not terms.drawable[row.period]:
            report.fail("draw_window", f"loan drawn in {report.when(row.period)}", row.drawn_musd * 1e6, 0.0, "USD")
    for p, count in rows.items():
        if count > 1:
            report.fail("one_row", f"{report.when(p)} in table debt", count, 1)
    loan_musd = sum(float(terms.loan_per_draw[p]) * drawn_musd[p] for p in range(len(drawn_musd)))
    _check_cost(report, terms, drawn_musd, loan_musd, cash)
    covered = loan_musd > LEAST_LOAN_MUSD and terms.least_cover > 0
    if covered:
        _check_years(report, terms, loan_musd, cash.operating(terms))
    _check_profile(plan, report, terms, loan_musd, cash.operating(terms), covered=covered)


def _check_cost(report: Report, terms: DebtTerms, drawn_musd: Floats, loan_musd: float, cash: DebtCash) -> None:
    """Never more drawn than there was to pay; the loan within its share of what tenants leave of the cost."""
    cost_musd = np.cumsum(np.where(terms.drawable, cash.spending_musd + cash.tenants_musd, 0.0))
    allowed = np.where(terms.drawable, cost_musd, np.inf)
    report.limit("debt_in_cost", "loan drawn so far", np.cumsum(drawn_musd) * 1e6, allowed * 1e6, "USD")
    last = int(np.nonzero(terms.drawable)[0][-1])
    if loan_musd <= LEAST_LOAN_MUSD:
        return
    net_musd = float(cost_musd[last]) - float(cash.tenants_musd.sum())
    most = terms.loan_to_cost_frac * (net_musd + loan_musd - float(drawn_musd.sum()))
    for rule, limit in (("loan_to_cost", most), ("largest_loan", terms.most_musd)):
        if report.exceeds(loan_musd * 1e6, limit * 1e6, "USD"):
            report.fail(rule, "the loan", loan_musd * 1e6, limit * 1e6, "USD")


def _check_years(report: Report, terms: DebtTerms, loan_musd: float, operating_musd: Floats) -> None:
    """Each year's cash covers the year's debt service so many times."""
    for year in sorted(set(terms.debt_year[terms.service_frac > 0].tolist())):
        inside = terms.debt_year == year
        need = terms.least_cover * loan_musd * float(terms.service_frac[inside].sum())
        there = float(operating_musd[inside].sum())
        if report.exceeds(need * 1e6, there * 1e6, "USD"):
            when = report.when(int(np.nonzero(inside)[0][0]))
            report.fail("debt_cover", f"debt service in the year from {when}", need * 1e6, there * 1e6, "USD")


def _check_profile(
    plan: Plan, report: Report, terms: DebtTerms, loan_musd: float, operating_musd: Floats, *, covered: bool
) -> None:
    """Repayment that follows the cash: what is owed falls, to the balloon, by no more than the cash allows."""
    periods = np.nonzero(terms.follows_cash)[0].tolist()
    said = {row.period: row.balance_musd for row in plan.owed}
    if sorted(row.period for row in plan.owed) != periods:
        report.fail("one_row", "table debt_cover", len(plan.owed), len(periods))
        return
    owed = loan_musd
    for p in periods:
        need = terms.least_cover * (owed * (1 + float(terms.interest_frac[p])) - said[p])
        if covered and report.exceeds(need * 1e6, float(operating_musd[p]) * 1e6, "USD"):
            report.fail(
                "debt_cover", f"debt service in {report.when(p)}", need * 1e6, float(operating_musd[p]) * 1e6, "USD"
            )
        if report.exceeds(said[p] * 1e6, owed * 1e6, "USD"):
            report.fail("loan_falls", f"the loan at the end of {report.when(p)}", said[p] * 1e6, owed * 1e6, "USD")
        owed = said[p]
    most = terms.balloon_frac * loan_musd
    if periods and report.exceeds(owed * 1e6, most * 1e6, "USD"):
        report.fail("loan_repaid", "the loan at its end", owed * 1e6, most * 1e6, "USD")

"""The loan as agreed, its waterfall, and its cover as formulas of the cash that is counted."""

from __future__ import annotations

import numpy as np

from planner.finance.books import OPERATING
from planner.finance.tables import SERIES
from planner.reports.workbook.ledger import Side, counted
from planner.reports.workbook.pages import NTH, PLAIN, USD, Book, TimePage
from planner.reports.workbook.returns import Check
from planner.translate.debt import COUNTED
from planner.views.finance import FinanceViews


def write_loan(book: Book, finance: FinanceViews, side: Side) -> tuple[Check, ...]:
    """Write the page; nothing without a loan."""
    loan = finance.plan.loan
    if loan is None:
        return ()
    page = TimePage(
        book, "Loan", "Loan and cash to the owner",
        "USD. The loan is held as planned: only the cash that covers its service moves with the assumptions.",
    )  # fmt: skip
    for name in SERIES:
        page.numbers(name.replace("_", " "), getattr(finance.plan, name))
    page.numbers("owed at the end", finance.plan.owed)
    page.section("Cover of debt service")
    periods, sources = finance.instance.periods, COUNTED[loan.terms.cash_counted]
    cash = page.formulas(
        "cash counted by the lender, before tax",
        lambda x: counted(side.lines, OPERATING, sources, x) if x < periods else "",
        np.append(loan.cash, 0.0),
    )
    share = page.numbers("share of the period in the term", np.append(loan.calendar.counted_frac, 0.0), PLAIN)
    service = page.numbers("debt service as agreed", np.append(loan.schedule.service[:periods], 0.0))
    year = page.numbers("year of the loan", np.append(loan.calendar.debt_year, -1).astype(np.float64), NTH)
    page.section("Cover by year of the loan")
    heads = ("year from", "year", "cash counted", "debt service", "DSCR")
    years = sorted(set(loan.calendar.debt_year.tolist()) - {-1})
    rows = finance.cover_by_year
    first, end = page.table(heads, [(str(row.start), number) for row, number in zip(rows, years, strict=True)])
    checks = []
    for n, row in enumerate(rows):
        at, inside = first + n, f"({year.span}={page.cell(first + n, 1)})"
        page.formula(at, 2, f"SUMPRODUCT({inside}*{cash.span}*{share.span})", row.cash_usd)
        page.formula(at, 3, f"SUMPRODUCT({inside}*{service.span})", row.service_usd, USD)
        page.formula(
            at, 4, f'IF({page.cell(at, 3)}>0,{page.cell(at, 2)}/{page.cell(at, 3)},"no service")',
            row.cover if row.cover is not None else "no service", PLAIN,
        )  # fmt: skip
        if row.cover is not None:
            checks.append(Check(f"DSCR of the year from {row.start}", page.cell(at, 4), row.cover, row.cover))
    least = finance.loan.least_cover if finance.loan is not None else None
    if least is not None:
        page.put(page.row, 0, "Least DSCR")
        page.formula(page.row, 4, f"MIN({page.cell(first, 4)}:{page.cell(end - 1, 4).split('!')[1]})", least, PLAIN)
        book.name("dscr_least", page.cell(page.row, 4))
        checks.append(Check("Least DSCR", "dscr_least", least, least))
    return tuple(checks)

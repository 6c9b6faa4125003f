"""The loan as formulas: sized, drawn, served and repaid from the assumptions, and what is left for the owner.

A loan whose repayment follows the cash, that keeps a reserve, or beside which money is paid late, is not written here.
"""

from __future__ import annotations

import numpy as np

from planner.finance.books import OPERATING, read_books, tenants_usd
from planner.finance.returns import multiple_of_money
from planner.reports.workbook.ledger import Side, counted
from planner.reports.workbook.pages import FACTOR, NTH, PLAIN, USD, Book, Row, TimePage
from planner.reports.workbook.returns import Check, Searched, Times, write_rate
from planner.reports.workbook.sizing import ENDLESS, Given, write_repayment, write_size
from planner.schemas.finance import Repayment, WorkingCapital
from planner.translate.debt import COUNTED, fixed_service
from planner.views import Views
from planner.views.finance import FinanceViews
from site_conversion.instance import Floats


def is_live(finance: FinanceViews) -> bool:
    """Whether the loan of a plan can be written as formulas."""
    case = finance.result.case.finance
    return (
        finance.plan.loan is not None
        and case.working_capital == WorkingCapital()
        and finance.plan.loan.terms.repayment is not Repayment.SCULPTED
        and finance.plan.loan.terms.reserve_months == 0
    )


def loan_rates(finance: FinanceViews) -> tuple[tuple[str, str, float, str], ...]:
    """Return the assumptions of a loan that is written as formulas: name, words, value, meaning."""
    loan = finance.plan.loan
    if loan is None or not is_live(finance):
        return ()
    rows = [
        ("loan_coupon", "Coupon of the loan", loan.terms.coupon_frac, "Yearly."),
        ("loan_to_cost", "Most of the cost that is lent", loan.terms.loan_to_cost_frac, "Share of the loan's cost."),
        (
            "loan_resized",
            "Loan sized anew",
            1.0,
            "1: as large as its rules allow, as the planner does. 0: drawn as planned.",
        ),
    ]
    if loan.terms.least_dscr is not None:
        rows.append(
            ("loan_least_dscr", "Cover asked of the loan", loan.terms.least_dscr, "Times debt service, each year.")
        )
    return tuple(rows)


def write_live_loan(
    book: Book, views: Views, finance: FinanceViews, sides: tuple[Side, Side], times: Times
) -> tuple[Check, ...]:
    """Write the page of the loan and return what is to be compared with the engine."""
    side, twin = sides
    loan, instance = finance.plan.loan, finance.instance
    if loan is None:
        return ()
    note = "USD. The loan follows the assumptions, as do its cover and the cash to the owner."
    page = TimePage(book, "Loan", "Loan and cash to the owner", note)
    cash_flow = views.result.plan.cash_flow
    spending = read_books(cash_flow, instance).spending_usd
    given = Given(loan, instance, side, spending, tenants_usd(cash_flow, instance))
    sources, periods = COUNTED[loan.terms.cash_counted], instance.periods
    page.section("Cash that the lender counts")
    cash = page.formulas(
        "cash counted by the lender, before tax",
        lambda x: counted(side.lines, OPERATING, sources, x) if x < periods else "",
        np.append(loan.cash, 0.0),
    )
    share = page.numbers("share of the period in the term", np.append(loan.calendar.counted_frac, 0.0), PLAIN)
    year = page.numbers("year of the loan", np.append(loan.calendar.debt_year, -1).astype(np.float64), NTH)
    principal, service = write_repayment(page, given)
    checks: list[Check] = []
    covered, covered_usd = _write_cover(page, finance, (cash, share, year, service), checks)
    drawn, size = write_size(page, given, covered, covered_usd)
    checks.append(Check("Loan when repayment begins", size, loan.sizing.loan, loan.sizing.loan))
    equity = _write_account(page, finance, side, given, (drawn, principal, cash))
    _write_owner(page, views, finance, (equity, twin.net), times, checks)
    return tuple(checks)


def _write_cover(
    page: TimePage, finance: FinanceViews, rows: tuple[Row, Row, Row, Row], checks: list[Check]
) -> tuple[str, float]:
    """Write the cover by year; return the largest loan that it allows, as a formula and as a value."""
    cash, share, year, service = rows
    loan = finance.plan.loan
    if loan is None:
        raise ValueError("there is no loan")
    page.section("Cover by year of the loan")
    heads = ("year from", "year", "cash counted", "service of a dollar", "DSCR", "largest loan it covers")
    years = sorted(set(loan.calendar.debt_year.tolist()) - {-1})
    found = list(zip(finance.cover_by_year, years, strict=True))
    first, end = page.table(heads, [(row.when, number) for row, number in found])
    asked = loan.terms.least_dscr
    largest = []
    for n, (row, _) in enumerate(found):
        at, inside = first + n, f"({year.span}={page.cell(first + n, 1)})"
        dollar = row.service_usd / loan.sizing.loan if loan.sizing.loan > 0 else _dollar(finance, n)
        cell = {k: page.cell(at, k) for k in range(2, 6)}
        page.formula(at, 2, f"SUMPRODUCT({inside}*{cash.span}*{share.span})", row.cash_usd)
        page.formula(at, 3, f"SUMPRODUCT({inside}*{service.span})", dollar, FACTOR)
        cover = row.cover if row.cover is not None else "no service"
        page.formula(at, 4, f'IF({cell[3]}*loan_size>0,{cell[2]}/({cell[3]}*loan_size),"no service")', cover, PLAIN)
        if row.cover is not None:
            checks.append(Check(f"DSCR of the year from {row.when}", cell[4], row.cover, row.cover))
        if asked is not None:
            most = max(0.0, row.cash_usd) / dollar / asked if dollar > 0 else ENDLESS
            largest.append(most)
            page.formula(at, 5, f"IF({cell[3]}>0,MAX(0,{cell[2]})/{cell[3]}/loan_least_dscr,{ENDLESS!r})", most)
    least = finance.loan.least_cover if finance.loan is not None else None
    if least is not None:
        page.put(page.row, 0, "Least DSCR")
        page.formula(page.row, 4, f"MIN({page.cell(first, 4)}:{page.cell(end - 1, 4).split('!')[1]})", least, PLAIN)
        page.book.name("dscr_least", page.cell(page.row, 4))
        checks.append(Check("Least DSCR", "dscr_least", least, least))
        page.row += 1
    if not largest:
        return repr(ENDLESS), ENDLESS
    return f"MIN({page.cell(first, 5)}:{page.cell(end - 1, 5).split('!')[1]})", min(largest)


def _dollar(finance: FinanceViews, n: int) -> float:
    loan = finance.plan.loan
    if loan is None:
        raise ValueError("there is no loan")
    periods, years = loan.calendar.periods, sorted(set(loan.calendar.debt_year.tolist()) - {-1})
    service = np.sum(fixed_service(loan.terms, loan.calendar), axis=0)[:periods]
    return float(service[loan.calendar.debt_year == years[n]].sum())


def _write_account(page: TimePage, finance: FinanceViews, side: Side, given: Given, rows: tuple[Row, Row, Row]) -> Row:
    """Write what is owed from column to column, the tax that interest saves, and the cash to the owner."""
    drawn, dollar, cash = rows
    flows, loan, calendar = finance.plan, given.loan, given.loan.calendar
    window, term, periods = given.window, given.term, calendar.periods
    terms, total = loan.terms, float(calendar.service_years.sum())
    last_of_term = [p for p in term if not calendar.service_years[p + 1 :].any()]
    page.section("Served and repaid")
    names = ("fees added to the loan", "interest", "principal as agreed", "repaid at once", "repaid early", "owed",
             "deducted for the loan", "taxable income less loss, with interest", "earlier losses used",
             "losses carried forward", "tax saved by interest and fees")  # fmt: skip
    row = {name: Row(page.name, page.row + n, drawn.columns) for n, name in enumerate(names)}
    fees, interest, agreed, balloon, early, owed, deducted, base, used, bank, shield = (row[name] for name in names)
    values = _with_interest(finance, given)

    def before(of: Row, x: int) -> str:
        return of.at(x - 1) if x else "0"

    def write(of: Row, formula: dict[int, str], usd: Floats, *, summed: bool = True) -> None:
        label = names[of.row - fees.row]
        page.formulas(label, lambda x: formula.get(x, ""), usd, summed=summed)

    years, paid = calendar.period_years, calendar.service_years
    undrawn = {
        x: f"{terms.commitment_fee_frac!r}*{float(years[x])!r}*SUM({drawn.span_of(x, window[-1])})" for x in window
    }
    write(fees, {x: f"{terms.fee_frac!r}*{drawn.at(x)}+{undrawn[x]}" for x in window}, flows.fees)
    accrued = {x: float(years[x]) for x in window} | {x: float(paid[x]) for x in term}
    write(interest, {x: f"loan_coupon*{y!r}*{before(owed, x)}" for x, y in accrued.items()}, flows.interest)
    write(agreed, {x: f"MIN(loan_size*{dollar.at(x)},{before(owed, x)})" for x in term}, flows.principal)
    ends = {x: f"{before(owed, x)}-{agreed.at(x)}" for x in last_of_term} | {periods: before(owed, periods)}
    write(balloon, ends, flows.balloon)
    left = {x: f"{cash.at(x)}+{side.tax.at(x)}+{shield.at(x)}-{agreed.at(x)}-{interest.at(x)}" for x in term}
    at_once = {x: f"-{balloon.at(x)}" if x in last_of_term else "" for x in term}
    write(
        early,
        {x: f"MIN({before(owed, x)}-{agreed.at(x)}{at_once[x]},{terms.sweep_frac!r}*MAX(0,{left[x]}))" for x in term},
        flows.swept,
    )
    added = {x: f"+{drawn.at(x)}+{fees.at(x)}+{interest.at(x)}" for x in window}
    gone = {x: f"-{agreed.at(x)}{at_once[x]}-{early.at(x)}" for x in term}
    write(
        owed, {x: f"{before(owed, x)}{added.get(x, '')}{gone.get(x, '')}" for x in range(periods)},
        flows.owed, summed=False,
    )  # fmt: skip
    borrowed = f"(SUM({fees.span_of(window[0], window[-1])})+SUM({interest.span_of(window[0], window[-1])}))"
    spread = {x: f"{float(paid[x]) / total!r}*{borrowed}+{interest.at(x)}" for x in term}
    spread[periods] = f"{1 - float(paid[:periods].sum()) / total!r}*{borrowed}"
    write(deducted, spread, values["deducted"])
    ends_of_year = sorted(values["paid_in"].nonzero()[0].tolist())
    of_year = {x: f"SUMIF({side.taxes.year.span},{side.taxes.year.at(x)},{deducted.span})" for x in ends_of_year}
    write(base, {x: f"{side.taxes.base.at(x)}-{of_year[x]}" for x in ends_of_year}, values["base"], summed=False)
    every = range(periods + 1)
    write(
        used, {x: f"MIN({before(bank, x)},loss_offset_limit*MAX({base.at(x)},0))" for x in every},
        values["used"], summed=False,
    )  # fmt: skip
    write(
        bank, {x: f"{before(bank, x)}+MAX(-{base.at(x)},0)-{used.at(x)}" for x in every}, values["bank"], summed=False
    )
    write(
        shield, {x: f"-{side.tax.at(x)}-tax_rate*(MAX({base.at(x)},0)-{used.at(x)})" for x in ends_of_year},
        flows.tax_shield,
    )  # fmt: skip
    lent = {x: f"-{interest.at(x)}" for x in term}
    back = {x: f"-{agreed.at(x)}-{balloon.at(x)}-{early.at(x)}" for x in range(periods + 1)}
    return page.formulas(
        "cash to the owner",
        lambda x: f"{side.net.at(x)}+{shield.at(x)}+{drawn.at(x)}{lent.get(x, '')}{back[x]}",
        flows.equity,
        bold=True,
    )


def _with_interest(finance: FinanceViews, given: Given) -> dict[str, Floats]:
    """Return the deductions of the loan and the taxable income, losses used and kept with them, by column."""
    flows, calendar, instance = finance.plan, given.loan.calendar, given.instance
    periods, paid = calendar.periods, calendar.service_years
    borrowed = float(flows.fees.sum() + flows.interest[:periods][calendar.drawable].sum())
    share = paid[:periods] / paid.sum()
    deducted = np.append(share * borrowed + flows.paid_interest[:periods], (1 - float(share.sum())) * borrowed)
    taxes = {name: np.zeros(periods + 1) for name in ("base", "used", "bank", "paid_in")}
    table = finance.result.plan.tables["finance"]
    before = np.zeros(periods + 1)
    net = (table["taxable_musd"] - table["loss_musd"]).to_numpy(dtype=float) * 1e6
    before[table["column"].to_numpy(dtype=int)] = net
    kept = 0.0
    ends = {year[-1]: list(year) for year in instance.tax_columns}
    for x in range(periods + 1):
        if x in ends:
            taxes["paid_in"][x] = 1.0
            taxes["base"][x] = before[x] - deducted[ends[x]].sum()
        base = float(taxes["base"][x])
        taxes["used"][x] = min(kept, instance.loss_offset_limit_frac * max(base, 0.0))
        kept += max(-base, 0.0) - float(taxes["used"][x])
        taxes["bank"][x] = kept
    return {"deducted": deducted, **taxes}


def _write_owner(
    page: TimePage, views: Views, finance: FinanceViews, rows: tuple[Row, Row], times: Times, checks: list[Check]
) -> None:
    """Write what the owner gets against going on mining: NPV, multiple, rate of return."""
    equity, mining = rows
    usd = finance.plan.equity - finance.do_nothing.project
    owner = next((row for row in finance.returns if row.whose == "owner"), None)
    page.section("Returns of the owner, against going on mining")
    gain = page.formulas("difference", lambda x: f"{equity.at(x)}-{mining.at(x)}", usd, bold=True)
    rate = finance.result.case.finance.equity_rate_frac
    discount = page.formulas(
        "discount factor of the owner",
        lambda x: times.discount.at(x) if rate is None else f"{1 + rate!r}^-{times.years.at(x)}",
        finance.equity_discount, look=FACTOR, summed=False,
    )  # fmt: skip
    if owner is None:
        return
    npv = float(usd @ finance.equity_discount)
    page.put(page.row, 0, "NPV of the owner's cash, against going on mining")
    page.formula(page.row, 2, f"SUMPRODUCT({gain.span},{discount.span})", npv, USD)
    page.book.name("owner_npv", page.cell(page.row, 2))
    checks.append(Check("NPV of the owner's cash", "owner_npv", npv, owner.npv_usd))
    page.row += 1
    multiple = multiple_of_money(usd)
    if multiple is not None and owner.multiple is not None:
        page.put(page.row, 0, "Money returned for each dollar put in")
        page.formula(page.row, 2, f'-SUMIF({gain.span},">0")/SUMIF({gain.span},"<0")', multiple, PLAIN)
        checks.append(
            Check("The owner's money returned for each dollar", page.cell(page.row, 2), multiple, owner.multiple)
        )
        page.row += 1
    of = Searched("owner_irr", "Rate of return (IRR) of the owner's cash", gain, usd)
    checks += write_rate(page, of, times, views, owner.rate)

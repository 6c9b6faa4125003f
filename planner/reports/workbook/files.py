"""The workbook of a result in one file, written whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from planner.reports.workbook.assumptions import write_assumptions
from planner.reports.workbook.case_page import write_case
from planner.reports.workbook.checks import write_checks
from planner.reports.workbook.ledger import CASH_NAMES, Inputs, Side, net_usd, write_side
from planner.reports.workbook.live_loan import is_live, loan_rates, write_live_loan
from planner.reports.workbook.loan import write_loan
from planner.reports.workbook.mining import Mining
from planner.reports.workbook.pages import HEAD, Book, TimePage
from planner.reports.workbook.returns import Check, write_returns, write_timeline
from planner.reports.workbook.tables import fill_cover, new_cover, write_site
from planner.results import Result
from planner.views import Views
from planner.views.finance import FinanceViews
from planner.views.responses import MovedPrices, Responses


def write_workbook(result: Result, file: Path) -> None:
    """Write the workbook.

    Raises:
        OSError: the file cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        whole = Path(folder) / file.name
        _write(result, whole)
        whole.replace(file)


def _write(result: Result, file: Path) -> None:
    views = Views(result)
    moved = MovedPrices(result)
    plan, twin = Responses(moved, result.plan), Responses(moved, result.do_nothing)
    book = Book(str(file), views.column_labels)
    book.file.set_properties({"title": result.case.name, "comments": f"made {result.created}"})
    cover = new_cover(book, views)
    finance = FinanceViews(result)
    unmoved = write_assumptions(book, views, (plan, twin), loan_rates(finance))
    times = write_timeline(book, views)
    write_site(book, views)
    mining = Mining(book, moved.hours, (plan, twin)) if moved.hours is not None and _hashes(plan, twin) else None
    own, twin_own = (mining.items(side, whose) if mining else {} for side, whose in ((plan, "plan"), (twin, NOTHING)))
    planned = write_side(book, plan, Inputs(book, "Inputs plan", "The plan as planned"), own, title="The plan")
    _chart(book, planned)
    nothing_page = TimePage(book, "Do nothing", "Going on mining", "USD, cash in is positive.")
    nothing_inputs = Inputs(book, "Inputs do nothing", "Going on mining as planned")
    without = write_side(book, twin, nothing_inputs, twin_own, title="Going on mining", page=nothing_page)
    checks = write_returns(book, views, times, (planned, without), (plan, twin))
    if is_live(finance):
        checks += write_live_loan(book, views, finance, (planned, without), times)
    else:
        checks += write_loan(book, finance, planned)
    checks += _checks_by_column(views, plan, planned)
    verdict = write_checks(book, checks, unmoved)
    write_case(book, views)
    fill_cover(cover, views, checks, verdict)
    book.file.close()


NOTHING = "going on mining"


def _hashes(*sides: Responses) -> bool:
    return any(side.machines_mw for side in sides)


def _checks_by_column(views: Views, plan: Responses, side: Side) -> tuple[Check, ...]:
    """Compare the cash of every column and all tax with the engine's."""
    flows, net = views.flows_usd(views.result.plan), net_usd(plan)
    cash = views.result.plan.cash_flow
    tax = float(cash[cash["item"] == "income tax"]["musd"].sum()) * 1e6
    rows = [
        Check(f"net cash flow: {label}", side.net.at(x), float(net[x]), float(flows[x]))
        for x, label in enumerate(views.column_labels)
    ]
    by_line = [
        Check(f"cash, all columns: {CASH_NAMES.get(line, line.value)}", part.row.total, float(part.usd.sum()),
              float(cash[cash["line"] == line.value]["musd"].sum()) * 1e6)
        for line, part in side.cash.items()
    ]  # fmt: skip
    return (Check("income tax, all columns", side.tax.total, -float(plan.tax.usd.sum()), tax), *by_line, *rows)


def _chart(book: Book, side: Side) -> None:
    """Draw the cash flow by column under its table."""
    sheet, net = book.file.get_worksheet_by_name("Cash flow"), side.net
    chart = book.file.add_chart({"type": "column"})
    chart.add_series({
        "name": "net cash flow",
        "categories": [net.page, HEAD, 3, HEAD, 2 + net.columns],
        "values": [net.page, net.row, 3, net.row, 2 + net.columns],
    })  # fmt: skip
    chart.set_title({"name": "Net cash flow of the plan (USD)"})
    chart.set_x_axis({"label_position": "low"})
    chart.set_y_axis({"num_format": "#,##0"})
    chart.set_legend({"none": True})
    if sheet is not None:
        sheet.insert_chart(net.row + 3, 1, chart, {"x_scale": 2, "y_scale": 1.2})

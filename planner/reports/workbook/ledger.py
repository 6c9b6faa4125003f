"""The ledger as formulas: every item as planned and what each lever adds, by line, then tax and cash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from planner.reports.workbook.pages import PLAIN, Book, Row, TimePage
from planner.studies.levers import Lever
from planner.views.responses import ItemResponse, Responses
from site_conversion.instance import Floats
from site_conversion.lines import Line, Source

LEVER_NAMES = {
    Lever.HASHPRICE: "lever_hashprice", Lever.RENT: "lever_rents", Lever.CAPEX: "lever_capex",
    Lever.POWER: "lever_power", Lever.EQUIPMENT: "lever_equipment",
}  # fmt: skip
"""Names of the cells that hold the levers."""
PAGES = {
    Line.REVENUE: "Revenue", Line.ENERGY: "Energy", Line.OPEX: "Opex", Line.CAPEX: "Capex", Line.ADVANCES: "Advances",
    Line.TERMINAL: "After horizon",
}  # fmt: skip
"""Pages of the lines before tax."""
CASH_NAMES = {Line.TERMINAL: "after horizon, less its tax"}
"""Lines of the cash flow that have another name there."""


Formulas = Mapping[tuple[Line, str], Callable[[int], str]]
"""Items that have formulas of their own, by column."""


@dataclass(frozen=True)
class LineRows:
    """Rows of one line on a page: its items, their sum, and the part that is taxed."""

    items: tuple[tuple[ItemResponse, Row], ...]
    total: Row
    taxed: Row


@dataclass(frozen=True)
class TaxRows:
    """Rows of the income tax: cash, taxable income less loss of the year, and the year of each column."""

    cash: Row
    base: Row
    year: Row


@dataclass(frozen=True)
class CashLine:
    """The cash of one line: its row, and what its formulas give as planned, in USD."""

    row: Row
    usd: Floats


@dataclass(frozen=True)
class Side:
    """The ledger of the plan or of its twin in the workbook."""

    lines: dict[Line, LineRows]
    taxes: TaxRows
    cash: dict[Line, CashLine]
    """The cash flow by line; tax on what follows the horizon is netted there, as in the ledger."""
    net: Row

    @property
    def tax(self) -> Row:
        """Income tax as cash."""
        return self.taxes.cash


class Inputs:
    """The page with planned amounts and what each lever adds; formulas read it, nobody types there."""

    def __init__(self, book: Book, name: str, title: str) -> None:
        """Add the page."""
        note = "Amounts of the plan in USD, and what a lever at 2 instead of 1 adds. Written by the planner."
        self.page = TimePage(book, name, title, note)

    def response(self, label: str, usd: Floats, added: dict[Lever, Floats]) -> tuple[Row, dict[Lever, Row]]:
        """Write an amount and its responses."""
        base = self.page.numbers(label, usd, PLAIN, "as planned")
        rows = {lever: self.page.numbers(label, added[lever], PLAIN, lever.name.lower()) for lever in added}
        return base, rows


def _moved(base: Row, added: dict[Lever, Row], values: Floats, slopes: dict[Lever, Floats], x: int) -> str:
    """Return planned amount + what the levers add; empty where nothing can be."""
    steps = [f"({LEVER_NAMES[lever]}-1)*{row.at(x)}" for lever, row in added.items() if slopes[lever][x]]
    return "+".join(([base.at(x)] if values[x] or steps else []) + steps)


def write_line(page: TimePage, inputs: Inputs, line: Line, rows: tuple[ItemResponse, ...], own: Formulas) -> LineRows:
    """Write the items of a line, their sum and the taxed part of it; an item may have formulas of its own."""
    written = []
    for item in rows:
        formula = own.get((line, item.item))
        if formula is not None:
            written.append((item, page.formulas(item.item, formula, item.usd, note=item.source.value)))
            continue
        base, added = inputs.response(f"{PAGES[line].lower()}: {item.item}", item.usd, item.added)
        row = page.formulas(
            item.item,
            lambda x, b=base, a=added, i=item: _moved(b, a, i.usd, i.added, x),  # type: ignore[misc]
            item.usd,
            note=item.source.value,
        )
        written.append((item, row))
    nothing = np.zeros(page.book.columns)
    total_usd = sum((item.usd for item in rows), nothing)
    name = PAGES[line].lower()
    total = page.formulas(f"total {name}", lambda x: _sum([row for _, row in written], x), total_usd, bold=True)
    taxed_usd = sum((item.usd for item in rows if item.is_taxed), nothing)
    taxed = page.formulas(
        f"of it taxed as income: {name}",
        lambda x: _sum([row for item, row in written if item.is_taxed], x),
        taxed_usd,
    )
    return LineRows(tuple(written), total, taxed)


def _sum(rows: list[Row], x: int) -> str:
    return "+".join(row.at(x) for row in rows) or "0"


def write_tax(page: TimePage, inputs: Inputs, lines: dict[Line, LineRows], side: Responses) -> TaxRows:
    """Write depreciation, losses carried forward and the tax of each tax year."""
    instance, tax = side.instance, side.tax
    base, added = inputs.response("depreciation and other deductions", side.deductions_usd, side.deductions_added)
    income = page.formulas("taxed income", lambda x: _sum([rows.taxed for rows in lines.values()], x), side.income_usd)
    deducted = page.formulas(
        "depreciation and other deductions",
        lambda x: _moved(base, added, side.deductions_usd, side.deductions_added, x) or "0",
        side.deductions_usd,
    )
    year = page.numbers("tax year", instance.tax_year.astype(np.float64), PLAIN)
    last = [x in tax.paid_in for x in range(page.book.columns)]
    series = _series(side)

    def of_year(x: int) -> str:
        if not last[x]:
            return "0"
        of = f"SUMIF({year.span},{year.at(x)},{{}})"
        return f"{of.format(income.span)}-{of.format(deducted.span)}"

    net = page.formulas("taxable income less loss of the year", of_year, tax.base)
    taxable = page.formulas("taxable income", lambda x: f"MAX({net.at(x)},0)", series["taxable"])
    bank_row = page.row + 1
    bank = Row(page.name, bank_row, page.book.columns)
    offset = page.formulas(
        "earlier losses used",
        lambda x: f"MIN({bank.at(x - 1)},loss_offset_limit*{taxable.at(x)})" if x else "0",
        series["offset"],
    )
    page.formulas(
        "losses carried forward",
        lambda x: (f"{bank.at(x - 1)}+" if x else "") + f"MAX(-{net.at(x)},0)-{offset.at(x)}",
        series["bank"],
        summed=False,
    )
    cash = page.formulas("income tax", lambda x: f"-tax_rate*({taxable.at(x)}-{offset.at(x)})", -tax.usd, bold=True)
    return TaxRows(cash, net, year)


def _series(side: Responses) -> dict[str, Floats]:
    """Return taxable income, losses used and losses kept by column, as the rows show them."""
    tax, bank = side.tax, 0.0
    rows: dict[str, Floats] = {name: np.zeros(side.instance.periods + 1) for name in ("taxable", "offset", "bank")}
    for x, base in enumerate(tax.base.tolist()):
        taxable = max(base, 0.0)
        offset = min(bank, tax.offset_limit_frac * taxable)
        bank += max(-base, 0.0) - offset
        rows["taxable"][x], rows["offset"][x], rows["bank"][x] = taxable, offset, bank
    return rows


def write_cash(
    page: TimePage, lines: dict[Line, LineRows], tax: Row, side: Responses
) -> tuple[dict[Line, CashLine], Row]:
    """Write the cash flow by line and the net; tax of the last column is part of what follows the horizon."""
    last, tax_usd = page.book.columns - 1, -side.tax.usd
    parts = {}
    for line, rows in lines.items():
        usd = sum((item.usd for item, _ in rows.items), np.zeros(page.book.columns))
        if line is Line.TERMINAL:
            usd[last] += tax_usd[last]
        extra = {last: f"+{tax.at(last)}"} if line is Line.TERMINAL else {}
        row = page.formulas(CASH_NAMES.get(line, line.value), _with(rows.total, extra), usd)
        parts[line] = CashLine(row, usd)
    before_usd = np.append(tax_usd[:last], 0.0)
    parts[Line.TAX] = CashLine(page.formulas("tax", lambda x: tax.at(x) if x < last else "0", before_usd), before_usd)
    rows_of = [part.row for part in parts.values()]
    net = page.formulas("net cash flow", lambda x: _sum(rows_of, x), net_usd(side), bold=True)
    return parts, net


def _with(row: Row, extra: dict[int, str]) -> Callable[[int], str]:
    """Return formulas that repeat a row, with something more in some columns."""
    return lambda x: row.at(x) + extra.get(x, "")


def net_usd(side: Responses) -> Floats:
    """Return what the formulas of the cash flow give as planned."""
    return sum((row.usd for row in side.rows), -side.tax.usd)


def counted(lines: dict[Line, LineRows], names: tuple[Line, ...], sources: frozenset[Source], x: int) -> str:
    """Return the sum of the items of some lines and sources in a column."""
    rows = [row for name in names for item, row in lines[name].items if item.source in sources]
    return _sum(rows, x)


def write_side(
    book: Book, side: Responses, inputs: Inputs, own: Formulas, *, title: str, page: TimePage | None = None
) -> Side:
    """Write a ledger: on a page for each line, or all of it on the page given."""
    lines = {}
    for line, name in PAGES.items():
        here = page or TimePage(book, name, f"{title}: {name.lower()}", "USD, cash in is positive.")
        rows = tuple(row for row in side.rows if row.line is line)
        if page is None and not rows:
            here.sheet.hide()
        lines[line] = write_line(here, inputs, line, rows, own)
    note = "USD. Tax is paid in the last column of its year; that of the last column is on what follows the horizon."
    tax_page = page or TimePage(book, "Tax", f"{title}: income tax", note)
    tax = write_tax(tax_page, inputs, lines, side)
    cash_page = page or TimePage(book, "Cash flow", f"{title}: cash flow", "USD, cash in is positive.")
    cash, net = write_cash(cash_page, lines, tax.cash, side)
    return Side(lines, tax, cash, net)

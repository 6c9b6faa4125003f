"""Pages of the workbook: a title, a head that is repeated in print, rows by column of the ledger."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from site_conversion.instance import Floats

TOTAL, FIRST = 2, 3
"""Positions of the total and of the first column of the ledger on a page by time."""
HEAD = 3
"""Row of the column heads."""
LINE_POINTS = 15
"""Height of a line of text."""
MARGIN = 2
"""Letters of a column's width that the indent and the edges take."""
PRINTED = 12
"""Columns of the ledger on a printed page."""
USD, PLAIN, FACTOR, SHARE, DAY, INPUT = "usd", "plain", "factor", "share", "day", "input"
WHOLE, LIMIT, FIGURE, EXACT, NTH = "whole", "limit", "figure", "exact", "nth"
FORMATS: dict[str, dict[str, object]] = {
    "title": {"bold": True, "font_size": 16, "font_color": "#16324f"},
    "note": {"italic": True, "font_color": "#555555"},
    "wrap": {"text_wrap": True, "valign": "top"},
    "head": {"bold": True, "bg_color": "#16324f", "font_color": "#ffffff", "text_wrap": True, "valign": "top"},
    "section": {"bold": True, "font_color": "#16324f", "bottom": 1},
    "text": {"indent": 1},
    "broken": {"indent": 1, "text_wrap": True},
    "bold": {"bold": True, "top": 1},
    USD: {"num_format": '#,##0;[Red]-#,##0;"-"'},
    "usd_bold": {"num_format": '#,##0;[Red]-#,##0;"-"', "bold": True, "top": 1},
    PLAIN: {"num_format": "#,##0.00"},
    FACTOR: {"num_format": "0.000000"},
    SHARE: {"num_format": "0.00%"},
    WHOLE: {"num_format": "#,##0"},
    EXACT: {"num_format": "#,##0.######", "align": "left", "indent": 1},
    NTH: {"num_format": '[<0]"-";0'},
    LIMIT: {"num_format": '[>=100000000000000]"no limit";#,##0'},
    FIGURE: {"num_format": "[>=100]#,##0.00;[<=-100]-#,##0.00;0.000000"},
    DAY: {"num_format": "yyyy-mm-dd", "align": "left"},
    INPUT: {"num_format": "0.0000", "bg_color": "#fff6d6", "font_color": "#0000ff", "border": 1},
}


@dataclass(frozen=True)
class Row:
    """A row of amounts by column of the ledger, to be named in formulas."""

    page: str
    row: int
    columns: int

    def at(self, x: int) -> str:
        """Return the cell of a column."""
        return f"'{self.page}'!{xl_rowcol_to_cell(self.row, FIRST + x, row_abs=True)}"

    def until(self, x: int) -> str:
        """Return the cells from the first column to one."""
        return f"'{self.page}'!${xl_col_to_name(FIRST)}${self.row + 1}:{xl_col_to_name(FIRST + x)}${self.row + 1}"

    def span_of(self, first: int, last: int) -> str:
        """Return the cells from one column to another."""
        ends = (f"${xl_col_to_name(FIRST + x)}${self.row + 1}" for x in (first, last))
        return f"'{self.page}'!{':'.join(ends)}"

    @property
    def span(self) -> str:
        """All cells."""
        last = xl_col_to_name(FIRST + self.columns - 1)
        return f"'{self.page}'!${xl_col_to_name(FIRST)}${self.row + 1}:${last}${self.row + 1}"

    @property
    def total(self) -> str:
        """The cell of the sum."""
        return f"'{self.page}'!{xl_rowcol_to_cell(self.row, TOTAL, row_abs=True, col_abs=True)}"


class Book:
    """The file, its formats and the heads of its columns."""

    def __init__(self, path: str, labels: Sequence[str]) -> None:
        """Open the file; nothing is written before it is closed."""
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.file = xlsxwriter.Workbook(path, options)
        self.file.set_calc_mode("auto")
        top = {"valign": "top"}
        self.formats: dict[str, Format] = {name: self.file.add_format(top | look) for name, look in FORMATS.items()}
        self.labels = list(labels)

    @property
    def columns(self) -> int:
        """Columns of the ledger, the time after the horizon included."""
        return len(self.labels)

    def name(self, name: str, cell: str) -> None:
        """Give a cell a name that formulas use."""
        self.file.define_name(name, f"={cell}")


class Page:
    """One page; the cursor stands on the next free row."""

    def __init__(self, book: Book, name: str, title: str, note: str = "") -> None:
        """Add the page with its title and print set-up."""
        self.book, self.name = book, name
        self.sheet: Worksheet = book.file.add_worksheet(name)
        self.sheet.write_string(0, 0, title, book.formats["title"])
        self.sheet.write_string(1, 0, note, book.formats["note"])
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(0, HEAD)
        self.sheet.set_footer("&L&A&RPage &P of &N")
        self.sheet.hide_gridlines(2)
        self.row = HEAD
        self.widths: dict[int, int] = {}

    def wide(self, first: int, last: int, letters: int) -> None:
        """Set the width of columns; tables break their text to it."""
        self.sheet.set_column(first, last, letters)
        self.widths |= dict.fromkeys(range(first, last + 1), letters)

    def _lines(self, column: int, value: object) -> int:
        """Return how many lines a text takes in its column."""
        if not isinstance(value, str) or column not in self.widths:
            return 1
        return max(1, len(textwrap.wrap(value, self.widths[column] - MARGIN)))

    def _fit(self, row: int, cells: Sequence[object]) -> None:
        """Make a row as high as its longest text."""
        lines = max((self._lines(column, value) for column, value in enumerate(cells)), default=1)
        if lines > 1:
            self.sheet.set_row(row, LINE_POINTS * lines)

    def cell(self, row: int, column: int) -> str:
        """Return the absolute name of a cell of this page."""
        return f"'{self.name}'!{xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)}"

    def section(self, words: str) -> None:
        """Begin a group of rows."""
        self.row += 1
        self.sheet.write_string(self.row, 0, words, self.book.formats["section"])
        self.row += 1

    def text(self, words: str) -> None:
        """Write a line of text."""
        self.sheet.write_string(self.row, 0, words)
        self.row += 1

    def put(self, row: int, column: int, value: object, look: str = "text") -> None:
        """Write a value by its kind; text is never read as a formula."""
        shape = self.book.formats[look]
        if value is None:
            self.sheet.write_blank(row, column, None, shape)
        elif isinstance(value, bool):
            self.sheet.write_string(row, column, "yes" if value else "no", shape)
        elif isinstance(value, date):
            self.sheet.write_datetime(row, column, value, self.book.formats[DAY])
        elif isinstance(value, int | float):
            self.sheet.write_number(row, column, value, shape)
        else:
            self.sheet.write_string(row, column, str(value), shape)

    def formula(self, row: int, column: int, formula: str, value: float | str, look: str = USD) -> None:
        """Write a formula with its value."""
        self.sheet.write_formula(row, column, f"={formula}", self.book.formats[look], value)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[object]], look: str = PLAIN) -> tuple[int, int]:
        """Write a table of values and return its first row and the row after it."""
        for column, head in enumerate(heads):
            self.sheet.write_string(self.row, column, head, self.book.formats["head"])
        self._fit(self.row, heads)
        first = self.row + 1
        for n, cells in enumerate(rows):
            for column, value in enumerate(cells):
                self.put(first + n, column, value, self._look(column, value, look))
            self._fit(first + n, cells)
        self.row = first + len(rows) + 1
        return first, first + len(rows)

    def _look(self, column: int, value: object, look: str) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return WHOLE if isinstance(value, int) else look
        return "broken" if self._lines(column, value) > 1 else "text"


class TimePage(Page):
    """A page with one column for each column of the ledger."""

    def __init__(self, book: Book, name: str, title: str, note: str = "") -> None:
        """Add the page and its heads."""
        super().__init__(book, name, title, note)
        for column, head in enumerate(("item", "belongs to", "total", *book.labels)):
            self.sheet.write_string(HEAD, column, head, book.formats["head"])
        self.sheet.set_row(HEAD, 32)
        self.wide(0, 0, 44)
        self.wide(1, 1, 12)
        self.wide(TOTAL, FIRST + book.columns - 1, 14)
        self.sheet.freeze_panes(HEAD + 1, FIRST)
        self.sheet.fit_to_pages(-(-book.columns // PRINTED), 0)
        self.sheet.repeat_columns(0)
        self.row = HEAD + 1

    def _start(self, label: str, note: str, *, bold: bool) -> Row:
        self.put(self.row, 0, label, "bold" if bold else "text")
        self.put(self.row, 1, note, "bold" if bold else "text")
        row = Row(self.name, self.row, self.book.columns)
        self.row += 1
        return row

    def numbers(self, label: str, values: Sequence[object] | Floats, look: str = USD, note: str = "") -> Row:
        """Write a row of values."""
        row = self._start(label, note, bold=False)
        for x, value in enumerate(values.tolist() if hasattr(values, "tolist") else values):
            self.put(row.row, FIRST + x, value, look)
        return row

    def formulas(
        self,
        label: str,
        formula: Callable[[int], str],
        values: Floats,
        *,
        note: str = "",
        look: str = USD,
        bold: bool = False,
        summed: bool = True,
    ) -> Row:
        """Write a row of formulas with their values, and its sum; no formula where the text is empty."""
        row = self._start(label, note, bold=bold)
        shown = "usd_bold" if bold else look
        for x, value in enumerate(values.tolist()):
            text = formula(x)
            if text:
                self.formula(row.row, FIRST + x, text, value, shown)
        if summed:
            self.formula(row.row, TOTAL, f"SUM({row.span})", float(values.sum()), shown)
        return row

"""Every figure of the case, for whoever has the workbook and not the case file."""

from __future__ import annotations

from planner.reports.workbook.pages import EXACT, HEAD, Book, Page
from planner.views import Views
from planner.views.case_fields import case_fields

NAME = "Case"


def write_case(book: Book, views: Views) -> None:
    """Write each field of the case with its value, unit, origin and meaning."""
    page = Page(
        book, NAME, "Every figure of the case",
        "As planned. Nothing is computed from this page: the yellow cells of the page Assumptions move the formulas.",
    )  # fmt: skip
    for column, letters in enumerate((56, 34, 18, 46, 70)):
        page.wide(column, column, letters)
    rows = [(row.path, row.value, row.unit, row.origin, row.meaning) for row in case_fields(views)]
    page.table(("field", "value", "unit", "where it is from", "meaning"), rows, EXACT)
    page.sheet.freeze_panes(HEAD + 1, 1)

"""The checks: what the formulas give beside what the planner found, while no assumption is moved."""

from __future__ import annotations

from planner.reports.workbook.pages import FACTOR, FIGURE, Book, Page
from planner.reports.workbook.returns import Check

TOLERANCE = 1e-6


def write_checks(book: Book, checks: tuple[Check, ...], unmoved: str) -> str:
    """Write the page, name the cell that sums it up and return its value as planned."""
    page = Page(book, "Checks", "Checks", "The formulas against the planner's own figures: equal to one in a million.")
    page.wide(0, 0, 44)
    page.wide(1, 4, 22)
    heads = ("figure", "this workbook", "planner", "difference", "agrees")
    first, end = page.table(heads, [(check.what, "", check.engine) for check in checks], FIGURE)
    verdicts = []
    for n, check in enumerate(checks):
        row = first + n
        apart = check.value - check.engine
        verdicts.append("OK" if abs(apart) <= TOLERANCE * max(1.0, abs(check.engine)) else "NOT OK")
        page.formula(row, 1, check.cell, check.value, FIGURE)
        page.formula(row, 3, f"{page.cell(row, 1)}-{page.cell(row, 2)}", apart, FACTOR)
        limit = f"{TOLERANCE:.6f}*MAX(1,ABS({page.cell(row, 2)}))"
        good = f'IF(ABS({page.cell(row, 3)})<={limit},"OK","NOT OK")'
        page.formula(row, 4, f'IF({unmoved},IFERROR({good},"NOT OK"),"moved")', verdicts[-1], "text")
    span = f"{page.cell(first, 4)}:{page.cell(end - 1, 4).split('!')[1]}"
    verdict = "OK" if all(one == "OK" for one in verdicts) else "NOT OK"
    page.put(page.row, 0, "All", "bold")
    page.formula(
        page.row, 4,
        f'IF({unmoved},IF(COUNTIF({span},"OK")=ROWS({span}),"OK","NOT OK"),"assumptions moved")',
        verdict, "bold",
    )  # fmt: skip
    book.name("checks_all", page.cell(page.row, 4))
    return verdict

"""A comparison of results as one page: the sentences, and every table with something in it."""

from __future__ import annotations

from planner.reports.comparison import sentences, tables
from planner.reports.html.layout import Section
from planner.reports.html.page import plain_page
from planner.reports.html.tables import Column, Table
from planner.results import now
from planner.views.comparison import ComparisonView


def comparison_page(view: ComparisonView) -> str:
    """Return the page; what does not differ is left out of its tables."""
    parts = tuple(
        Section(f"part-{n}", side.subject, tables=(_table(side.title, side.columns, side.rows),))
        for n, side in enumerate(tables(view, whole=False), start=1)
    )
    title = " | ".join(view.labels)
    return plain_page(title, "Conversion plans compared", sentences(view), parts, f"Compared {now()}")


def _table(title: str, names: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    columns = (Column(""), *(Column(name, is_number=_is_number(rows, i)) for i, name in enumerate(names, start=1)))
    return Table(title, columns, rows)


def _is_number(rows: tuple[tuple[str, ...], ...], column: int) -> bool:
    """Whether most cells of a column begin as numbers do."""
    return 2 * sum(row[column][:1] in "+-0123456789" for row in rows) > len(rows)

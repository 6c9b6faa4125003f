"""A comparison of results as one page: the sentences, and every table with something in it."""

from __future__ import annotations

from planner.reports.comparison import Side, sentences, tables
from planner.reports.html.layout import Section
from planner.reports.html.page import plain_page
from planner.reports.html.tables import Column, Table
from planner.results import now
from planner.views.comparison_records import ComparisonView


def comparison_page(view: ComparisonView) -> str:
    """Return the page; what does not differ is left out of its tables."""
    parts = tuple(
        Section(f"part-{n}", side.subject, tables=(side_table(side),))
        for n, side in enumerate(tables(view, whole=False), start=1)
    )
    title = " | ".join(view.labels)
    return plain_page(title, "Conversion plans compared", sentences(view), parts, f"Compared {now()}")


def side_table(side: Side) -> Table:
    """Return a table of a comparison."""
    columns = (Column(name, is_number=side.is_number(i)) for i, name in enumerate(side.columns, start=1))
    return Table(side.title, (Column(""), *columns), side.rows)

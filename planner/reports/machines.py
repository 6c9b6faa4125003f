"""The terminal's words for machines: what is bought, sold, moved, hosted and rented."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day, mw
from planner.reports.tables import print_table, table_of
from planner.results import Result
from planner.views.machines import machine_rows


def print_machines(console: Console, result: Result) -> None:
    """Print one row for each thing done with machines; nothing where nothing is done."""
    rows = machine_rows(result)
    if not rows:
        return
    table = table_of(
        "Machines (MW at the meter, the most at any time)", ("machines", "left"), ("what", "left"),
        ("from", "left"), ("to", "left"), ("MW", "right"), ("rigs", "right"),
    )  # fmt: skip
    for row in rows:
        table.add_row(
            escape(row.subject), escape(row.action), day(row.first), day(row.until), mw(row.mw) if row.mw else "",
            f"{row.rigs:,.0f}" if row.rigs else "",
        )  # fmt: skip
    print_table(console, table)

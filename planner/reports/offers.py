"""The offers in the terminal: what was taken, why others could not be, and the terms that count."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day, months_late, musd, mw
from planner.reports.tables import print_table, table_of
from planner.views import Views
from planner.views.records import ContractRow


def print_offers(console: Console, views: Views) -> None:
    """Print one row for each offer, and below the table what does not fit into it."""
    if not views.contracts:
        return
    some_late = any(row.months_late for row in views.contracts)
    table = table_of(
        "Offers (revenue within the horizon, without what tenants repay, MUSD)", ("offer", "left"), ("kind", "left"),
        ("IT MW", "right"), ("ready by", "left"), ("service", "left"), *([("late", "right")] if some_late else []),
        ("revenue", "right"), ("tenant", "left"),
    )  # fmt: skip
    for row in views.contracts:
        late = f"{months_late(row.months_late)} mo" if row.months_late else ""
        table.add_row(
            escape(row.contract), row.kind, _size(row), day(row.ready_by), _service(row),
            *([late] if some_late else []), musd(row.revenue_usd) if row.taken else "", escape(row.tenant),
        )  # fmt: skip
    print_table(console, table)
    for row in views.contracts:
        for words in [row.refusal] if row.refusal else row.terms:
            console.print(f"  {escape(row.contract)}: {escape(words)}", soft_wrap=True)


def _service(row: ContractRow) -> str:
    if row.taken:
        return f"{day(row.start)} to {day(row.end)}"
    return "impossible" if row.refusal else "not taken"


def _size(row: ContractRow) -> str:
    if not row.in_steps or row.taken:
        return mw(row.it_mw)
    return f"up to {mw(row.it_mw)}"

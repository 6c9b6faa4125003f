"""What each contract taken earns, in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day, mw
from planner.reports.tables import print_table, table_of
from planner.views.contract_economics import ContractEconomics


def print_contracts(console: Console, rows: tuple[ContractEconomics, ...]) -> None:
    """Print one row for each contract taken, in the measures by which leases are compared."""
    if not rows:
        return
    table = table_of(
        "What the contracts earn within the horizon (NOI: revenue less energy and running cost not repaid)",
        ("offer", "left"), ("IT MW", "right"), ("first rent", "left"), ("MUSD per IT MW-year", "right"),
        ("NOI margin", "right"),
    )  # fmt: skip
    for row in rows:
        rate, margin = row.revenue_usd_per_it_mw_year, row.noi_margin_frac
        table.add_row(
            escape(row.offer), mw(row.it_mw), day(row.first_rent), "" if rate is None else f"{rate / 1e6:,.2f}",
            "" if margin is None else f"{margin:.0%}",
        )  # fmt: skip
    print_table(console, table)

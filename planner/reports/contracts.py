"""The terminal's words for what each contract taken earns and costs."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from planner.reports.money import day, mw
from planner.views.contract_economics import BuildCost, ContractEconomics


def print_contracts(console: Console, table: Table, rows: tuple[ContractEconomics, ...], cost: BuildCost) -> None:
    """Fill the table with the contracts taken and say what an IT MW of them costs to build."""
    for row in rows:
        rate, margin = row.revenue_usd_per_it_mw_year, row.noi_margin_frac
        table.add_row(
            escape(row.contract), mw(row.it_mw), day(row.first_rent), "" if rate is None else f"{rate / 1e6:,.2f}",
            "" if margin is None else f"{margin:.0%}",
        )  # fmt: skip
    console.print(table)
    if cost.sites_usd_per_it_mw is not None and cost.usd_per_it_mw is not None:
        gpus = f"; with GPUs {cost.usd_per_it_mw / 1e6:,.2f}" if cost.gpus_usd else ""
        console.print(
            f"Halls and grid cost {cost.sites_usd_per_it_mw / 1e6:,.2f} MUSD for each critical IT MW{gpus}, before "
            "what tenants contribute.",
            soft_wrap=True,
        )

"""The terminal's words for power made on the site and for carbon."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day, musd, mw
from planner.reports.tables import print_table, table_of
from planner.views import Views
from planner.views.energy import OrderRow


def print_onsite(console: Console, views: Views) -> None:
    """Say what is ordered of what the case offers, and what stands when; nothing where it offers none."""
    offered = views.result.case.site.supplies
    if not offered:
        return
    ordered = {row.supply for row in views.supply_orders}
    left = [supply.id for supply in offered if supply.id not in ordered]
    console.print("\n[bold]On-site power[/bold]")
    for row in views.supply_orders:
        console.print(f"  {_order(row)}", soft_wrap=True)
    if left:
        console.print(f"  not ordered: {escape(', '.join(left))}", soft_wrap=True)
    if views.supply_stretches:
        _print_stretches(console, views)


def _order(row: OrderRow) -> str:
    units = f"{row.units} unit{'s' * (row.units > 1)}"
    return (
        f"{escape(row.supply)}: {units}, {mw(row.mw)} MW, ordered {day(row.ordered)}, standing {day(row.standing)}, "
        f"{musd(row.capex_usd)} MUSD"
    )


def _print_stretches(console: Console, views: Views) -> None:
    table = table_of(
        "What stands on the site (firm MW in the mean; energy in place of the grid's)", ("supply", "left"),
        ("from", "left"), ("until", "left"), ("units", "right"), ("MW", "right"), ("firm MW", "right"),
        ("GWh", "right"), ("then", "left"),
    )  # fmt: skip
    for row in views.supply_stretches:
        table.add_row(
            escape(row.supply), day(row.first), day(row.until), str(row.units), mw(row.mw),
            mw(row.bridge_mw) if row.bridge_mw > 0.05 else "", f"{row.made_mwh / 1000:,.1f}", escape(row.goes),
        )  # fmt: skip
    print_table(console, table)


def print_carbon(console: Console, views: Views) -> None:
    """Say the carbon of the plan beside that of going on mining; year by year where the case has a rule about it."""
    rows, emissions = views.carbon_by_year, views.result.case.site.emissions
    if not rows or emissions is None:
        return
    plan, twin = sum(row.total_t_co2 for row in rows), sum(row.do_nothing_t_co2 for row in rows)
    unit, size = ("Mt", 1e6) if max(plan, twin) >= 1e5 else ("kt", 1e3)
    console.print(
        f"\n[bold]Carbon[/bold] of the energy drawn, {rows[0].year} to {rows[-1].year}, at "
        f"{emissions.average_kg_per_mwh:.0f} kg/MWh: {plan / size:,.2f} {unit} CO2, "
        f"going on mining {twin / size:,.2f} {unit}.",
        soft_wrap=True,
    )
    carbon = views.result.case.carbon
    if carbon.price_usd_per_t or carbon.cap:
        _print_years(console, views)


def _print_years(console: Console, views: Views) -> None:
    table = table_of(
        f"Carbon by year (rules count the {views.result.case.carbon.basis.value}; cost in MUSD)", ("year", "left"),
        ("average, t", "right"), ("on site, t", "right"), ("marginal, t", "right"), ("do nothing, t", "right"),
        ("cost", "right"), ("allowed, t", "right"),
    )  # fmt: skip
    for row in views.carbon_by_year:
        marginal = "" if row.marginal_t_co2 is None else f"{row.marginal_t_co2:,.0f}"
        allowed = "" if row.cap_t is None else f"{row.cap_t:,.0f}"
        table.add_row(
            str(row.year), f"{row.total_t_co2:,.0f}", f"{row.onsite_fuel_t_co2:,.0f}", marginal,
            f"{row.do_nothing_t_co2:,.0f}", musd(row.cost_usd), allowed,
        )  # fmt: skip
    print_table(console, table)

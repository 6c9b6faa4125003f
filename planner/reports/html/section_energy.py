"""The sections on power made on the site and on carbon."""

from __future__ import annotations

from planner.reports.html.layout import Draft, Section
from planner.reports.html.tables import Column, Table, numbers, shorts, texts
from planner.reports.money import day, musd, mw
from planner.views import Views
from planner.views.energy import CarbonRow


def onsite_power(draft: Draft) -> Section | None:
    """Return what is ordered and what stands when; None where the case offers no supply."""
    views = draft.views
    offered = views.result.case.site.supplies
    if not offered:
        return None
    ordered = {row.supply for row in views.supply_orders}
    left = [supply.id for supply in offered if supply.id not in ordered]
    text = (f"Not ordered: {', '.join(left)}.",) if left else ()
    return Section("onsite", "Power made on the site", text, tables=(_orders(views), _stretches(views)))


def _orders(views: Views) -> Table | None:
    rows = views.supply_orders
    if not rows:
        return None
    return Table(
        "Orders",
        (Column("supply"), *shorts("ordered", "standing"), *numbers("", ["units"]), *numbers("MW", ["size"]),
         *numbers("MUSD", ["capital"])),
        tuple((r.supply, day(r.ordered), day(r.standing), str(r.units), mw(r.mw), musd(r.capex_usd)) for r in rows),
    )  # fmt: skip


def _stretches(views: Views) -> Table | None:
    rows = views.supply_stretches
    if not rows:
        return None
    return Table(
        "What stands when",
        (Column("supply"), *shorts("from", "until"), *numbers("", ["units"]), *numbers("MW", ["size", "firm"]),
         *numbers("GWh", ["made"]), *texts("then")),
        tuple(
            (r.supply, day(r.first), day(r.until), str(r.units), mw(r.mw), mw(r.bridge_mw),
             f"{r.made_mwh / 1000:,.1f}", r.goes) for r in rows
        ),
        note="Energy a battery makes is what it gives less what its charging takes.",
    )  # fmt: skip


def carbon(draft: Draft) -> Section | None:
    """Return energy and carbon by year; None where the grid's carbon is not known."""
    views = draft.views
    rows, emissions = views.carbon_by_year, views.result.case.site.emissions
    if not rows or emissions is None:
        return None
    terms = views.result.case.carbon
    text = f"At {emissions.average_kg_per_mwh:.0f} kg CO2 for each MWh of the grid's mean, the same in all years."
    tables = [_energy(rows)]
    if terms.price_usd_per_t or terms.cap:
        tables.append(_rules(rows, terms.basis.value))
    return Section("carbon", "Energy and carbon", (text,), tables=tuple(tables))


def _energy(rows: tuple[CarbonRow, ...]) -> Table:
    def cells(row: CarbonRow) -> tuple[float, ...]:
        mwh = (row.hashing_mwh, row.ai_mwh, row.onsite_saved_mwh)
        return tuple(value / 1000 for value in (*mwh, row.total_t_co2, row.onsite_fuel_t_co2, row.do_nothing_t_co2))

    total = [sum(column) for column in zip(*(cells(row) for row in rows), strict=True)]
    return Table(
        "Energy drawn and its carbon",
        (Column("year"), *numbers("GWh", ["hashing", "AI", "made on site"]),
         *numbers("kt CO2", ["the plan", "of it burnt on site", "going on mining"])),
        tuple((str(row.year), *(f"{value:,.1f}" for value in cells(row))) for row in rows),
        ("all years", *(f"{value:,.1f}" for value in total)),
    )  # fmt: skip


def _rules(rows: tuple[CarbonRow, ...], basis: str) -> Table:
    return Table(
        f"Rules on carbon, which count the {basis}",
        (Column("year"), *numbers("t CO2", ["by the margin", "allowed"]), *numbers("MUSD", ["cost"])),
        tuple(
            (str(row.year), "" if row.marginal_t_co2 is None else f"{row.marginal_t_co2:,.0f}",
             "" if row.cap_t is None else f"{row.cap_t:,.0f}", musd(row.cost_usd)) for row in rows
        ),
    )  # fmt: skip

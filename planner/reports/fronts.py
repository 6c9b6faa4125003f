"""A Pareto front on the terminal, as JSON and as a table for spreadsheets."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from datetime import date
from io import StringIO

from rich.console import Console
from rich.markup import escape

from planner.files.cells import safe_cell
from planner.reports.money import day, musd, signed_musd
from planner.reports.tables import Cells, Heads, print_table, table_of
from planner.views.fronts import FrontView, PointRow

LEAST_WIDTH = 100
FORMAT = "conversion-planner front"


def front_json(shown: FrontView) -> str:
    """Return a front as the text of its file."""

    def plain(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} has no form in JSON")

    return json.dumps({"format": FORMAT, "version": 1, **asdict(shown)}, indent=1, ensure_ascii=False, default=plain)


def front_csv(shown: FrontView) -> str:
    """Return the points as CSV, each quantity in one column; amounts in USD."""
    out = StringIO()
    writer: csv.DictWriter[str] | None = None
    for row in shown.points:
        cells = {
            "point": row.name, quantity_name(shown): row.value, "npv_usd": row.npv_usd, "gain_usd": row.gain_usd,
            "npv_bound_usd": row.npv_bound_usd, "gap_frac": row.gap_frac, "status": row.status,
            "capex_usd": row.capex_usd, "peak_funding_usd": row.peak_funding_usd,
            "offers": safe_cell(", ".join(row.offers)),
        }  # fmt: skip
        if writer is None:
            writer = csv.DictWriter(out, list(cells), lineterminator="\n")
            writer.writeheader()
        writer.writerow(cells)
    return out.getvalue()


def quantity_name(shown: FrontView) -> str:
    """Return the other quantity as the name of a column, its unit last."""
    return f"{shown.against.replace('-', '_')}_{shown.axis.unit.replace(' ', '_').lower()}"


def front_text(shown: FrontView, *, width: int = LEAST_WIDTH, color: bool = False) -> str:
    """Return a front as text of the given width."""
    out = StringIO()
    console = Console(file=out, width=max(width, LEAST_WIDTH), force_terminal=color, highlight=False)
    console.print(f"\n[bold]{escape(shown.case)}[/bold]: NPV against {shown.axis.title}", soft_wrap=True)
    if shown.stress:
        console.print(f"Stress: {escape(shown.stress)}.", soft_wrap=True)
    heads, rows = point_cells(shown)
    table = table_of("Front", *heads)
    for cells in rows:
        table.add_row(*map(escape, cells))
    print_table(console, table)
    console.print(twin_words(shown), soft_wrap=True)
    for note in shown.notes:
        console.print(f"note: {escape(note)}", soft_wrap=True)
    return out.getvalue()


def twin_words(shown: FrontView) -> str:
    """Say where going on mining lies."""
    twin = _value(shown, shown.do_nothing_value)
    return f"Going on mining: {twin}, NPV {musd(shown.do_nothing_npv_usd)} MUSD."


def point_cells(shown: FrontView) -> tuple[Heads, tuple[Cells, ...]]:
    """Return the columns of the table of points, and its rows."""
    unit = "MUSD" if shown.axis.is_money else shown.axis.unit
    money = {"capital": [musd(row.capex_usd) for row in shown.points],
             "peak funding": [musd(row.peak_funding_usd) for row in shown.points]}  # fmt: skip
    money = {name: cells for name, cells in money.items() if name != shown.axis.short}
    heads: Heads = (
        ("point", "left"), (f"{shown.axis.short}, {unit}", "right"), ("NPV, MUSD", "right"),
        ("against mining", "right"), ("gap", "right"), *((f"{name}, MUSD", "right") for name in money), ("for", "left"),
    )  # fmt: skip
    rows = tuple(
        (
            row.name, amount(shown, row), musd(row.npv_usd), signed_musd(row.gain_usd), _gap(row),
            *(cells[i] for cells in money.values()), ", ".join(row.offers) or "mining",
        )
        for i, row in enumerate(shown.points)
    )  # fmt: skip
    return heads, rows


def amount(shown: FrontView, row: PointRow) -> str:
    """Write the other quantity of a point."""
    words = _value(shown, row.value)
    return f"{words} ({day(row.first_rent)})" if row.first_rent else words


def _value(shown: FrontView, value: float | None) -> str:
    if value is None:
        return "none"
    return musd(value) if shown.axis.is_money else f"{value:,.0f}"


def _gap(row: PointRow) -> str:
    if row.gap_frac is None:
        return "no bound"
    return f"{row.gap_frac:.2%}" if row.status == "optimal" else f"stopped, {row.gap_frac:.2%}"

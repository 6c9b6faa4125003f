"""The best places of a screening as a table for the terminal."""

from __future__ import annotations

from io import StringIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from planner.studies.screening.screen import Screening
from planner.views.screening import rows, summary

LEAST_WIDTH = 60
WIDE = 100
"""From this width on the ranges and the climate have their own columns."""


def screen_text(screening: Screening, top: int, *, width: int, color: bool = False) -> str:
    """Return the best places and a line on the rest, in text of the given width."""
    out = StringIO()
    console = Console(
        file=out, width=max(width, LEAST_WIDTH), force_terminal=color, no_color=not color, highlight=False
    )
    found = summary(screening)
    if found.ranked:
        console.print(_table(screening, min(top, found.ranked), is_wide=console.width >= WIDE))
    unranked = found.places - found.ranked
    line = f"{found.ranked:,} of {found.places:,} places ranked, {found.paying:,} worth more than nothing"
    console.print(line if not unranked else f"{line}; {unranked:,} without a rank, for instance:", soft_wrap=True)
    for row in rows(screening, found.ranked, found.ranked + 3):
        console.print(f"  {escape(row.site)}: {escape(row.problem)}", soft_wrap=True)
    return out.getvalue()


def _table(screening: Screening, top: int, *, is_wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    names = ["#", "place", "market", "MUSD\n/MW", "months\nto power", "USD\n/MWh", "PUE", "kg\n/MWh", "metro\nms"]
    if is_wide:
        names = [*names[:4], "late to\nearly", names[4], "p10\nto p90", *names[5:]]
    for name in names:
        is_word = name in {"place", "market"}
        table.add_column(name, justify="left" if is_word else "right", overflow="fold", no_wrap=not is_word)
    for row in rows(screening, 0, top):
        spans = ([row.value_span], [row.months_span]) if is_wide else ([], [])
        table.add_row(
            row.rank, escape(row.site), escape(row.where), row.value, *spans[0], row.months, *spans[1], row.price,
            row.pue, row.carbon, row.latency,
        )  # fmt: skip
    return table

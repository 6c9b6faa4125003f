"""Tables of the terminal, all in one look."""

from __future__ import annotations

from rich import box
from rich.table import Table

Heads = tuple[tuple[str, str], ...]
"""Columns, each a name and how it is set: left or right."""
Cells = tuple[str, ...]

WRAPPED = ("tenant", "for", "then", "offers")
"""Columns that may break over lines when the terminal is narrow; names and dates never do."""


def table_of(title: str, *columns: tuple[str, str]) -> Table:
    """Return an empty table with a title and columns, each a name and how it is set."""
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in columns:
        whole = name not in WRAPPED
        table.add_column(name, justify=justify, no_wrap=whole, overflow="fold")  # type: ignore[arg-type]
    return table

"""Tables of the terminal, all in one look."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

Heads = tuple[tuple[str, str], ...]
"""Columns, each a name and how it is set: left or right."""
Cells = tuple[str, ...]

WRAPPED = (
    "tenant", "kind", "service", "request", "for", "then", "offers", "point", "factor", "tried", "worth of knowing",
)  # fmt: skip
"""Columns that may break over lines when the terminal is narrow; names and dates never do."""
LEAST_LETTERS = {"service": len("Oct 2028 to")}
"""Columns that are kept wider than their longest word."""
LONGEST_WORD = 18
"""Letters of a word that is kept whole however narrow the terminal is."""
ANY_WIDTH = 10_000


def table_of(title: str, *columns: tuple[str, str]) -> Table:
    """Return an empty table with a title and columns, each a name and how it is set."""
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in columns:
        whole = name not in WRAPPED
        least = LEAST_LETTERS.get(name)
        table.add_column(name, justify=justify, no_wrap=whole, overflow="fold", min_width=least)  # type: ignore[arg-type]
    return table


def print_table(console: Console, table: Table) -> None:
    """Print a table so that no column vanishes: those that may break share what the others leave, by their need.

    Where not even their longest words have room, lines are longer than the terminal is wide, and it breaks them.
    """
    wide = Measurement.get(console, console.options.update(width=ANY_WIDTH), table).maximum
    broken = [column for column in table.columns if not column.no_wrap]
    naturals, words = [_widest(column, "\n") for column in broken], [_widest(column, None) for column in broken]
    room = console.width - (wide - sum(naturals))
    if room < sum(naturals):
        table.collapse_padding = True
        room += len(table.columns) - 1
        # a column that is kept wider than its words breaks there and nowhere else
        words = [column.min_width or word for word, column in zip(words, broken, strict=True)]
        naturals = [column.min_width or natural for natural, column in zip(naturals, broken, strict=True)]
        least = [min(word, LONGEST_WORD, natural) for word, natural in zip(words, naturals, strict=True)]
        for column, width in zip(broken, _shared(room, least, naturals), strict=True):
            column.width = width
    before = console.width
    console.width = max(before, Measurement.get(console, console.options.update(width=ANY_WIDTH), table).maximum)
    console.print(table)
    console.width = before


def _widest(column: Column, sep: str | None) -> int:
    """Return the widest part of a column's cells: words, or whole lines."""
    cells = [column.header, *column.cells]
    parts = (part for cell in cells for part in Text.from_markup(str(cell)).plain.split(sep))
    return max((Text(part).cell_len for part in parts), default=0)


def _shared(room: int, least: Sequence[int], naturals: Sequence[int]) -> list[int]:
    """Return the widths of columns that have so much room together, the neediest served first."""
    widths = list(least)
    for _ in range(room - sum(least) if widths else 0):
        neediest = max(range(len(widths)), key=lambda i: naturals[i] / max(widths[i], 1))
        widths[neediest] += 1
    return widths

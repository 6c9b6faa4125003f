"""A table of the report: what it is called, its columns with units, its rows as they are read, its total."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from planner.reports.tables import Cells, Heads


@dataclass(frozen=True)
class Column:
    """A column; numbers stand to the right."""

    name: str
    unit: str = ""
    is_number: bool = False
    is_short: bool = False
    """Dates and single words, which are not broken."""
    share_percent: int = 0
    """Of the table's width; all columns of a table have one or none has."""


@dataclass(frozen=True)
class Table:
    """Rows of cells as text, the first cell naming the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()
    """The last row, where the columns have a sum."""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the columns.

        Raises:
            ValueError: a row with too many or too few cells.
        """
        for row in (*self.rows, *([self.total] if self.total else [])):
            if len(row) != len(self.columns):
                raise ValueError(f"a row of '{self.caption}' has {len(row)} cells for {len(self.columns)} columns")

    def without_blank(self) -> Table:
        """Return the table less the columns in which no row says anything."""
        kept = [n for n in range(len(self.columns)) if n == 0 or any(row[n] for row in self.rows)]
        cells = [tuple(row[n] for n in kept) for row in self.rows]
        total = tuple(self.total[n] for n in kept) if self.total else ()
        return replace(self, columns=tuple(self.columns[n] for n in kept), rows=tuple(cells), total=total)

    @property
    def is_shared(self) -> bool:
        """Its columns say how wide they are."""
        return bool(self.columns[0].share_percent)

    @property
    def is_short(self) -> bool:
        """It is kept on one page of paper."""
        return len(self.rows) <= 14 and not self.is_shared

    @property
    def is_wide(self) -> bool:
        """It is set in small type on paper."""
        return len(self.columns) > 6


def table_of_cells(title: str, heads: Heads, rows: Iterable[Cells]) -> Table:
    """Return a table that the terminal shows too."""
    return Table(title, tuple(Column(name, is_number=side == "right") for name, side in heads), tuple(rows))


def texts(*names: str) -> tuple[Column, ...]:
    """Return columns of words."""
    return tuple(Column(name) for name in names)


def shorts(*names: str) -> tuple[Column, ...]:
    """Return columns of dates and single words."""
    return tuple(Column(name, is_short=True) for name in names)


def shared(columns: Sequence[Column], percents: Sequence[int]) -> tuple[Column, ...]:
    """Return the columns with their shares of the width."""
    return tuple(replace(column, share_percent=percent) for column, percent in zip(columns, percents, strict=True))


def numbers(unit: str, names: Sequence[str]) -> tuple[Column, ...]:
    """Return columns of numbers in one unit."""
    return tuple(Column(name, unit, is_number=True) for name in names)

"""Rows and columns added to a compiled model, for questions that the model itself does not ask.

What is added stands behind what was there, so the first columns of a solution are always those of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from site_conversion.handover import Arrays
from site_conversion.instance import Floats

Cell = tuple[float, int]
"""A coefficient and the number of a column."""


@dataclass(frozen=True)
class AddedRow:
    """lower <= sum(coefficient * column) <= upper."""

    name: str
    terms: tuple[Cell, ...]
    lower: float
    upper: float


@dataclass(frozen=True)
class AddedColumn:
    """A variable that the model does not have."""

    name: str
    lower: float
    upper: float
    is_integer: bool


def with_rows(arrays: Arrays, rows: Sequence[AddedRow]) -> Arrays:
    """Return the arrays with further rows; terms of the same column are summed."""
    cells = [(i, j, c) for i, row in enumerate(rows) for c, j in row.terms]
    data = np.array([c for *_, c in cells], dtype=np.float64)
    at = (np.array([i for i, *_ in cells], dtype=np.int32), np.array([j for _, j, _ in cells], dtype=np.int32))
    added = sp.csc_array((data, at), shape=(len(rows), len(arrays.columns)))
    return replace(
        arrays,
        matrix=_joined(sp.vstack, arrays.matrix, added),
        row_lower=_join(arrays.row_lower, [row.lower for row in rows]),
        row_upper=_join(arrays.row_upper, [row.upper for row in rows]),
        rows=(*arrays.rows, *rows),
    )


def with_columns(arrays: Arrays, columns: Sequence[AddedColumn]) -> Arrays:
    """Return the arrays with further columns, which cost nothing and stand in no row yet."""
    count = len(columns)
    return replace(
        arrays,
        cost=_join(arrays.cost, [0.0] * count),
        matrix=_joined(sp.hstack, arrays.matrix, sp.csc_array((len(arrays.rows), count))),
        column_lower=_join(arrays.column_lower, [column.lower for column in columns]),
        column_upper=_join(arrays.column_upper, [column.upper for column in columns]),
        integer=np.concatenate([arrays.integer, np.array([column.is_integer for column in columns], dtype=np.bool_)]),
        columns=(*arrays.columns, *columns),
    )


def objective_row(arrays: Arrays, name: str, at_least: float) -> AddedRow:
    """Return the row that keeps the arrays' objective, its constant included, at or above a value."""
    used = np.nonzero(arrays.cost)[0].tolist()
    return AddedRow(name, tuple((float(arrays.cost[j]), j) for j in used), at_least - arrays.offset, np.inf)


def with_objective(arrays: Arrays, terms: Sequence[Cell], constant: float = 0.0) -> Arrays:
    """Return the arrays that maximise sum(coefficient * column) + constant instead."""
    cost = np.zeros(len(arrays.columns))
    for coefficient, j in terms:
        cost[j] += coefficient
    return replace(arrays, cost=cost, offset=constant)


def whole_numbers_of(arrays: Arrays, x: Floats) -> dict[int, float]:
    """Return the values of the integer columns of a solution, to start from or to hold."""
    return {j: float(np.round(x[j])) for j in np.nonzero(arrays.integer)[0].tolist()}


def _joined(stack: Any, first: Any, second: Any) -> Any:
    """Return two matrices as one by columns, with indices as the solver takes them."""
    return sp.csc_array(stack([first, second], format="csc"))


def _join(values: Floats, more: Sequence[float]) -> Floats:
    return np.concatenate([values, np.array(more, dtype=np.float64)])

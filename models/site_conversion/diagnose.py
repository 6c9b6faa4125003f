"""Why there is no plan: the smallest set of limits that would have to give way, in the case's own words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from pyomo.environ import Constraint

from site_conversion import overrides
from site_conversion.assemble import Built
from site_conversion.handover import Arrays
from site_conversion.instance import Floats, Ints
from site_conversion.registers import LimitKind
from site_conversion.solve import SolveOptions, solve

LIMIT_S = 60.0
EARLIER_IS_DEARER = 1e-3
"""How much more it takes, at most, to give up an override that the case names earlier."""


@dataclass(frozen=True)
class Shortfall:
    """A limit and how much of it is missing."""

    subject: str
    period: int | None
    amount: float
    unit: str


def shortfalls(built: Built, arrays: Arrays) -> tuple[Shortfall, ...]:
    """Relax every limit that a person could change and find the least relative relaxation that allows a plan.

    Args:
        built: the model that has no feasible plan.
        arrays: its compiled form.

    Returns:
        What is missing, the largest first; empty if relaxing the limits does not help either.
    """
    every = (LimitKind.OUTER, LimitKind.IMPLIED, LimitKind.HALL)
    return outer_shortfalls(built, arrays) or _least(built, arrays, every)


def outer_shortfalls(built: Built, arrays: Arrays) -> tuple[Shortfall, ...]:
    """Return the same for money, grid and water alone: what the halls hold stays as it is."""
    return _least(built, arrays, (LimitKind.OUTER, LimitKind.IMPLIED))


def least_to_give_up(built: Built, arrays: Arrays) -> tuple[int, ...] | None:
    """Return the smallest set of overrides without which there is a plan, by number; None if none was found.

    A binary for each override frees all of its rows, by no more than their columns' bounds allow. Of two sets of the
    same size the one that the case names later is given up.
    """
    number = {id(data): o for o, rows in _rows_of_overrides(built).items() for data in rows}
    chosen = [(i, number[id(data)]) for i, data in enumerate(arrays.rows) if id(data) in number]
    count, width = len(built.site.instance.overrides), len(arrays.columns)
    rows = np.array([i for i, _ in chosen], dtype=np.int64)
    matrix = sp.csr_array(arrays.matrix)[rows]
    reach = matrix.tocoo()
    ends = np.where(reach.data > 0, arrays.column_upper[reach.col], arrays.column_lower[reach.col])
    most = np.bincount(reach.row, reach.data * ends, len(rows))
    freed = np.where(np.isfinite(arrays.row_lower[rows]), arrays.row_lower[rows], -most)
    over = sp.csc_array((freed, (rows, [o for _, o in chosen])), shape=(len(arrays.rows), count))
    price = 1.0 + EARLIER_IS_DEARER * np.arange(count, 0, -1) / max(1, count)
    elastic = replace(
        arrays,
        cost=np.concatenate([np.zeros(width), -price]),
        offset=0.0,
        matrix=sp.csc_array(sp.hstack([arrays.matrix, over])),
        column_lower=np.concatenate([arrays.column_lower, np.zeros(count)]),
        column_upper=np.concatenate([arrays.column_upper, np.ones(count)]),
        integer=np.concatenate([arrays.integer, np.ones(count, dtype=np.bool_)]),
        columns=(*arrays.columns, *([None] * count)),
    )
    _, x = solve(elastic, SolveOptions(gap_frac=0.0, time_limit_s=LIMIT_S))
    return None if x is None else tuple(np.nonzero(x[width:] > 0.5)[0].tolist())


def _rows_of_overrides(built: Built) -> dict[int, list[Any]]:
    """Return the rows of each override."""
    found: dict[int, list[Any]] = {}
    for family in built.block(overrides).component_objects(Constraint):
        for index, data in family.items():
            found.setdefault(index[0] if isinstance(index, tuple) else index, []).append(data)
    return found


def _least(built: Built, arrays: Arrays, kinds: tuple[LimitKind, ...]) -> tuple[Shortfall, ...]:
    """Find the least relative relaxation of limits of some kinds; implied limits give way at no price."""
    row_of = {id(constraint): i for i, constraint in enumerate(arrays.rows)}
    chosen = [
        (limit, index, row_of[id(data)])
        for limit in built.site.limits
        if limit.kind in kinds
        for index, data in limit.constraint.items()
        if id(data) in row_of
    ]
    rows = np.array([i for *_, i in chosen], dtype=np.int64)
    price = np.array([limit.kind is not LimitKind.IMPLIED for limit, *_ in chosen], dtype=np.float64)
    size = np.maximum(1.0, np.abs(np.where(np.isfinite(arrays.row_upper), arrays.row_upper, 1.0)))
    report, x = solve(_elastic(arrays, rows, price / size[rows]), SolveOptions(gap_frac=0.01, time_limit_s=LIMIT_S))
    if x is None or report.objective_musd is None:
        return ()
    amounts = x[len(arrays.columns) :]
    found = [
        Shortfall(*limit.words(index), amount=limit.scale * float(amount), unit=limit.unit)
        for (limit, index, _), amount in zip(chosen, amounts, strict=True)
        if amount > 1e-6 and limit.kind is not LimitKind.IMPLIED
    ]
    return tuple(sorted(found, key=lambda item: -item.amount))


def _elastic(arrays: Arrays, rows: Ints, weight: Floats) -> Arrays:
    """Give each chosen row a slack and look for the least weighted sum of slacks."""
    count, width = len(rows), len(arrays.columns)
    slack = sp.csc_array((-np.ones(count), (rows, np.arange(count))), shape=(len(arrays.rows), count))
    return Arrays(
        cost=np.concatenate([np.zeros(width), -weight]),
        offset=0.0,
        matrix=sp.csc_array(sp.hstack([arrays.matrix, slack])),
        row_lower=arrays.row_lower,
        row_upper=arrays.row_upper,
        column_lower=np.concatenate([arrays.column_lower, np.zeros(count)]),
        column_upper=np.concatenate([arrays.column_upper, np.full(count, np.inf)]),
        integer=np.concatenate([arrays.integer, np.zeros(count, dtype=np.bool_)]),
        rows=arrays.rows,
        columns=(*arrays.columns, *([None] * count)),
    )

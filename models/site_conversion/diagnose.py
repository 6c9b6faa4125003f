"""Why there is no plan: the smallest set of limits that would have to give way, in the case's own words.

Every limit of the form use <= supply gets a slack, r[i] >= 0 at a price of 1 / |supply|, and the least priced sum of
slacks is sought with every integer kept, of the outer limits before the sizes of halls. Few limits shall be named: if
it takes several families of limits (one name, all its periods), each is tried alone, and the cheapest that is enough is
named.

How much more of one thing a case needs is asked of two models that differ in it alone: what `most` of it gives to
every row less what `most - step` gives, per unit, is its column, and the least multiple of it is sought.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from pyomo.environ import Constraint

from site_conversion import overrides
from site_conversion.assemble import Built
from site_conversion.handover import Arrays
from site_conversion.instance import Floats, Ints
from site_conversion.registers import Limit, LimitKind
from site_conversion.solve import SolveOptions, Status, solve

LIMIT_S = 60.0
RELIEF_GAP_FRAC = 1e-4
EARLIER_IS_DEARER = 1e-3
"""How much more it takes, at most, to give up an override that the case names earlier."""


@dataclass(frozen=True)
class Shortfall:
    """A limit and how much of it is missing."""

    subject: str
    period: int | None
    amount: float
    unit: str
    limit: str
    """Name of the family of limits."""


def shortfalls(built: Built, arrays: Arrays, seconds: float = LIMIT_S) -> tuple[Shortfall, ...]:
    """Relax the limits that a person could change and find the least relaxation that allows a plan.

    Args:
        built: the model that has no feasible plan.
        arrays: its compiled form.
        seconds: the whole search may take so long.

    Returns:
        What is missing, the largest first; empty if relaxing the limits does not help either, or in that time.
    """
    search, outer = _Search(built, arrays, time.perf_counter() + seconds), _of(built, LimitKind.OUTER)
    for relaxed in (outer, [*outer, *_of(built, LimitKind.HALL)]):
        together = search.least(relaxed)
        if together is not None:
            return _fewest(search, relaxed, together).found
    return ()


def outer_shortfalls(built: Built, arrays: Arrays, seconds: float = LIMIT_S) -> tuple[Shortfall, ...]:
    """Return the same for money, grid and water alone: what the halls hold stays as it is."""
    search, outer = _Search(built, arrays, time.perf_counter() + seconds), _of(built, LimitKind.OUTER)
    together = search.least(outer)
    return () if together is None else _fewest(search, outer, together).found


def _of(built: Built, kind: LimitKind) -> list[Limit]:
    return [limit for limit in built.site.limits if limit.kind is kind]


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


@dataclass(frozen=True)
class _Relaxation:
    """What gives way, and the priced sum of it."""

    found: tuple[Shortfall, ...]
    price: float


def _fewest(search: _Search, relaxed: list[Limit], together: _Relaxation) -> _Relaxation:
    """Return the least relaxation of one family alone where one is enough, otherwise that of all."""
    if len({short.limit for short in together.found}) < 2:
        return together
    alone = [found for limit in relaxed if (found := search.least([limit])) is not None]
    return min(alone, key=lambda found: found.price, default=together)


class _Search:
    """Relaxations of one model, all within the same time."""

    def __init__(self, built: Built, arrays: Arrays, until: float) -> None:
        self._built, self._arrays, self._until = built, arrays, until
        self._row_of = {id(constraint): i for i, constraint in enumerate(arrays.rows)}
        size = np.abs(np.where(np.isfinite(arrays.row_upper), arrays.row_upper, 1.0))
        self._size = np.maximum(1.0, size)

    def least(self, relaxed: list[Limit]) -> _Relaxation | None:
        """Find the least relative relaxation of some limits; implied limits give way with them at no price."""
        implied = [limit for limit in self._built.site.limits if limit.kind is LimitKind.IMPLIED]
        chosen = [
            (limit, index, self._row_of[id(data)])
            for limit in [*relaxed, *implied]
            for index, data in limit.constraint.items()
            if id(data) in self._row_of
        ]
        seconds = self._until - time.perf_counter()
        if seconds <= 0 or all(limit.kind is LimitKind.IMPLIED for limit, *_ in chosen):
            return None
        rows = np.array([i for *_, i in chosen], dtype=np.int64)
        price = np.array([limit.kind is not LimitKind.IMPLIED for limit, *_ in chosen], dtype=np.float64)
        elastic = _elastic(self._arrays, rows, price / self._size[rows])
        report, x = solve(elastic, SolveOptions(gap_frac=0.01, time_limit_s=seconds))
        if x is None or report.objective_musd is None:
            return None
        amounts = x[len(self._arrays.columns) :]
        found = [
            Shortfall(*limit.words(index), amount=limit.scale * float(amount), unit=limit.unit, limit=limit.name)
            for (limit, index, _), amount in zip(chosen, amounts, strict=True)
            if amount > 1e-6 and limit.kind is not LimitKind.IMPLIED
        ]
        if not found:
            return None
        return _Relaxation(tuple(sorted(found, key=lambda item: -item.amount)), -report.objective_musd)


def _elastic(arrays: Arrays, rows: Ints, weight: Floats) -> Arrays:
    """Give each chosen row a slack and look for the least weighted sum of slacks."""
    count, width = len(rows), len(arrays.columns)
    slack = sp.csc_array((-np.ones(count), (rows, np.arange(count))), shape=(len(arrays.rows), count))
    return replace(
        arrays,
        cost=np.concatenate([np.zeros(width), -weight]),
        offset=0.0,
        matrix=sp.csc_array(sp.hstack([arrays.matrix, slack])),
        column_lower=np.concatenate([arrays.column_lower, np.zeros(count)]),
        column_upper=np.concatenate([arrays.column_upper, np.full(count, np.inf)]),
        integer=np.concatenate([arrays.integer, np.zeros(count, dtype=np.bool_)]),
        columns=(*arrays.columns, *([None] * count)),
    )


def least_relief(wide: Arrays, less: Arrays, most: float, step: float, seconds: float) -> tuple[float | None, bool]:
    """Return the least amount of something with which there is a plan, and whether it is proven to be the least.

    Args:
        wide: the model with `most` of it.
        less: the model with `most - step` of it.
        most: the larger amount.
        step: by how much they differ.
        seconds: time limit of the search.

    Returns:
        The amount; None if the models differ in more than right-hand sides, or nothing was found in time.
    """
    column = _column(wide, less, step)
    if column is None:
        return None, True
    given = replace(
        wide,
        cost=np.append(np.zeros(len(wide.columns)), -1.0),
        offset=0.0,
        matrix=sp.csc_array(sp.hstack([wide.matrix, sp.csc_array(-column[:, None])])),
        row_upper=wide.row_upper - most * column,
        row_lower=wide.row_lower - np.where(np.isfinite(wide.row_lower), most * column, 0.0),
        column_lower=np.append(wide.column_lower, 0.0),
        column_upper=np.append(wide.column_upper, most),
        integer=np.append(wide.integer, np.False_),
        columns=(*wide.columns, None),
    )
    report, x = solve(given, SolveOptions(gap_frac=RELIEF_GAP_FRAC, time_limit_s=seconds))
    return (None, False) if x is None else (float(x[-1]), report.status is Status.OPTIMAL)


def _column(wide: Arrays, less: Arrays, step: float) -> Floats | None:
    """Return what a unit gives to every row, None where the models differ in anything else."""
    same = (
        wide.matrix.shape == less.matrix.shape
        and (wide.matrix != less.matrix).nnz == 0
        and np.array_equal(wide.column_lower, less.column_lower)
        and np.array_equal(wide.column_upper, less.column_upper)
    )
    if not same:
        return None
    upper, lower = (_gain(a, b) for a, b in ((wide.row_upper, less.row_upper), (wide.row_lower, less.row_lower)))
    moved = np.isfinite(wide.row_upper) & np.isfinite(wide.row_lower)
    if not np.allclose(upper[moved], lower[moved]) or lower[~moved & np.isfinite(wide.row_lower)].any():
        return None
    column: Floats = np.where(np.isfinite(wide.row_upper), upper, 0.0) / step
    return column


def _gain(wide: Floats, less: Floats) -> Floats:
    finite = np.isfinite(wide) & np.isfinite(less)
    return np.where(finite, np.where(finite, wide, 0.0) - np.where(finite, less, 0.0), 0.0)

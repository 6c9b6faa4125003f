"""Equal columns as one: a smaller model whose bound holds for the whole, and the way back from its solutions.

Identical halls make identical columns and rows. The columns are split into the coarsest classes in which all have the
same cost, the same bounds and the same sums over every class of rows (colour refinement, from both sides in turn). For
any solution x of the model the sums y[J] = sum of x[j] over a class J obey, for every class I of rows,

    sum over J of A[I, J] * y[J] <= sum over I of row_upper,   A[I, J] = sum over i in I of matrix[i, j] for any j in J

within the bounds summed, are whole where x is, and have the same value: the folded model is a relaxation. Its linear
relaxation is worth what that of the whole model is, as equal halls can share evenly. What it forgets is how a sum is
split: whole modules and racks in each hall, who stands beside whom. Rows that only choose among renamings (`Renaming`)
are left out first, as they tell equal halls apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from site_conversion.handover import Arrays
from site_conversion.instance import Bools, Floats, Ints

LEAST_INTEGERS = 250
"""A model with fewer whole numbers is solved before folding it would pay."""
MOST_KEPT_FRAC = 0.8
"""Share of the columns above which folding is not worth its while."""
ROUNDING = 1e-9

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Folded:
    """The folded model, the class of each column of the whole one, and how many columns a class has."""

    arrays: Arrays
    class_of: Ints  # [column of the whole model]
    size: Ints  # [class]

    def sums(self, start: Mapping[int, float]) -> dict[int, float]:
        """Return the values of some columns of the whole model as sums by class, of classes that are given whole."""
        if not start:
            return {}
        classes = self.class_of[list(start)]
        total = np.bincount(classes, list(start.values()), len(self.size))
        given = np.bincount(classes, minlength=len(self.size)) == self.size
        return {j: float(total[j]) for j in np.nonzero(given)[0].tolist()}

    def solution(self, sums: Mapping[int, float]) -> Floats:
        """Return sums of some classes as a solution, 0 where none is given."""
        y = np.zeros(len(self.size))
        y[list(sums)] = list(sums.values())
        return y


def fold(arrays: Arrays) -> Folded | None:
    """Fold a model; None where it is small or has too few equal columns."""
    if arrays.integer.sum() < LEAST_INTEGERS:
        return None
    stays = np.ones(len(arrays.rows), dtype=np.bool_)
    stays[arrays.renaming] = False
    matrix = sp.csr_array(sp.csr_array(arrays.matrix)[stays])
    lower, upper = arrays.row_lower[stays], arrays.row_upper[stays]
    rows = _distinct(lower, upper)
    columns = _distinct(arrays.cost, arrays.column_lower, arrays.column_upper, arrays.integer)
    rows, columns = _refined(matrix, rows, columns)
    count = int(columns.max()) + 1
    if count > MOST_KEPT_FRAC * len(columns):
        return None
    by_row = _members(rows)
    summed = sp.csr_array(by_row @ matrix)
    first = _firsts(columns, count)
    folded = sp.csc_array(summed[:, first])
    if not _holds(summed, folded, columns):
        return None
    size = np.bincount(columns, minlength=count)
    kept = _firsts(rows, by_row.shape[0])
    names = [row for row, stay in zip(arrays.rows, stays.tolist(), strict=True) if stay]
    return Folded(
        replace(
            arrays,
            cost=arrays.cost[first],
            matrix=folded,
            row_lower=by_row @ lower,
            row_upper=by_row @ upper,
            column_lower=arrays.column_lower[first] * size,
            column_upper=arrays.column_upper[first] * size,
            integer=arrays.integer[first],
            rows=tuple(names[i] for i in kept.tolist()),
            columns=tuple(arrays.columns[j] for j in first.tolist()),
            renaming=np.array([], dtype=np.int64),
        ),
        columns,
        size,
    )


def held_sums(arrays: Arrays, folded: Folded, y: Floats) -> Arrays:
    """Return the whole model with the choices of a folded solution: how many equal binaries are 1, not which."""
    return _held(arrays, folded, y, _binary(arrays))


def held_support(arrays: Arrays, folded: Folded, solutions: Sequence[Floats]) -> Arrays:
    """Return the whole model with what no folded solution does left undone; what one of them does may be done or not.

    Where nothing must be done there is always a solution.
    """
    most = np.max([np.round(y) for y in solutions], axis=0)
    undone = arrays.integer & (most[folded.class_of] <= 0) & (arrays.column_lower <= 0)
    return replace(arrays, column_upper=np.where(undone, 0.0, arrays.column_upper))


def held_singles(arrays: Arrays, folded: Folded, y: Floats) -> Arrays:
    """Return the whole model with the binaries held that have no equal; what equal halls do is left open."""
    return _held(arrays, folded, y, _binary(arrays) & (folded.size[folded.class_of] == 1))


def _binary(arrays: Arrays) -> Bools:
    found: Bools = arrays.integer & (arrays.column_lower >= 0) & (arrays.column_upper <= 1)
    return found


def _held(arrays: Arrays, folded: Folded, y: Floats, held: Bools) -> Arrays:
    """Hold the sums of the classes of some columns: by bounds where all members are 0 or all 1, by a row elsewhere."""
    total = np.round(y)[folded.class_of]
    none, every = held & (total <= 0), held & (total >= folded.size[folded.class_of])
    lower = np.where(every, 1.0, arrays.column_lower)
    upper = np.where(none, 0.0, arrays.column_upper)
    classes = np.unique(folded.class_of[held & ~none & ~every])
    rows = sp.csr_array(_members(folded.class_of)[classes])
    sums = np.round(y)[classes]
    return replace(
        arrays,
        matrix=sp.csc_array(sp.vstack([arrays.matrix, rows], format="csc")),
        row_lower=np.concatenate([arrays.row_lower, sums]),
        row_upper=np.concatenate([arrays.row_upper, sums]),
        column_lower=lower,
        column_upper=upper,
        rows=(*arrays.rows, *([None] * len(classes))),
    )


# --- classes -----------------------------------------------------------------------------------------------


def _refined(matrix: Any, rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
    """Split classes of rows by the classes that their entries stand in, then those of columns, until none splits."""
    by_column = sp.csc_array(matrix)
    while True:
        before = int(rows.max(initial=-1)), int(columns.max(initial=-1))
        rows = _distinct(rows, _signature(matrix, columns))
        columns = _distinct(columns, _signature(by_column, rows))
        if (int(rows.max(initial=-1)), int(columns.max(initial=-1))) == before:
            return rows, columns


def _signature(matrix: Any, others: Ints) -> Hashes:
    """Return, for each row of a CSR or column of a CSC matrix, a number for its entries and the classes they stand in.

    Two that differ may share a number, though hardly ever: what follows from it is checked afterwards.
    """
    with np.errstate(over="ignore"):
        entries = _mixed(_mixed(matrix.data.view(np.uint64)) + others[matrix.indices].astype(np.uint64))
        total = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(entries, dtype=np.uint64)])
        return np.asarray(total[matrix.indptr[1:]] - total[matrix.indptr[:-1]], dtype=np.uint64)


def _mixed(values: Hashes) -> Hashes:
    """Scatter numbers over all 64 bits (the last step of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), dtype=np.uint64)


def _distinct(*keys: Any) -> Ints:
    """Number what differs in any of the keys, in the order in which it first occurs."""
    order = np.lexsort(keys)
    new = np.zeros(len(order), dtype=np.bool_)
    for key in keys:
        new[1:] |= key[order][1:] != key[order][:-1]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new)
    _, first, inverse = np.unique(number, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse], dtype=np.int64)


def _members(classes: Ints) -> Any:
    """Return 1 for each member of each class [class, member]."""
    count = int(classes.max(initial=-1)) + 1
    return sp.csr_array((np.ones(len(classes)), (classes, np.arange(len(classes)))), shape=(count, len(classes)))


def _firsts(classes: Ints, count: int) -> Ints:
    """Return the first member of each class."""
    first = np.empty(count, dtype=np.int64)
    first[classes[::-1]] = np.arange(len(classes))[::-1]
    return first


def _holds(summed: Any, folded: Any, columns: Ints) -> bool:
    """Whether all columns of a class have the same sums over the classes of rows, which is what folding rests on."""
    difference = abs(summed - sp.csr_array(folded)[:, columns])
    scale = max(1.0, float(abs(folded).max()) if folded.nnz else 1.0)
    return not difference.nnz or float(difference.max()) <= ROUNDING * scale

"""Two models of the same site side by side: what is decided first is the same in both, what follows adapts to each.

    first1[i] = first2[i]   for every variable that a component states as first stage and that both models use

The objective is that of the first model. Every limit of the second holds too: the plan must be possible in either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from site_conversion.additions import AddedRow, with_rows
from site_conversion.assemble import CLOSING, COMPONENTS, Built
from site_conversion.handover import Arrays
from site_conversion.instance import Floats


class NotTheSameChoices(ValueError):
    """The two models do not offer the same decisions, so that no plan can be held in both."""


@dataclass(frozen=True)
class Pair:
    """Two models in one; the columns of the first come first."""

    arrays: Arrays
    second: Arrays
    """The second model alone."""
    first_column: int
    """Of the second model, among those of both."""
    shared: tuple[tuple[int, int], ...]
    """Columns of the first stage, in the first model and in the second alone."""

    def held(self, x: Floats) -> Arrays:
        """Return the second model with the first stage of a solution of the first."""
        lower, upper = self.second.column_lower.copy(), self.second.column_upper.copy()
        for i, j in self.shared:
            value = np.round(x[i]) if self.second.integer[j] else x[i]
            lower[j] = upper[j] = min(max(float(value), lower[j]), upper[j])
        return replace(self.second, column_lower=lower, column_upper=upper)


def side_by_side(built: Built, arrays: Arrays, other_built: Built, other: Arrays) -> Pair:
    """Return two models with one first stage.

    Raises:
        NotTheSameChoices: a decision is offered in one of them only.
    """
    shared = tuple(_shared(built, arrays, other_built, other))
    width = len(arrays.columns)
    both = Arrays(
        cost=np.concatenate([arrays.cost, np.zeros(len(other.columns))]),
        offset=arrays.offset,
        matrix=sp.csc_array(sp.block_diag([arrays.matrix, other.matrix], format="csc")),
        row_lower=np.concatenate([arrays.row_lower, other.row_lower]),
        row_upper=np.concatenate([arrays.row_upper, other.row_upper]),
        column_lower=np.concatenate([arrays.column_lower, other.column_lower]),
        column_upper=np.concatenate([arrays.column_upper, other.column_upper]),
        integer=np.concatenate([arrays.integer, other.integer]),
        rows=(*arrays.rows, *other.rows),
        columns=(*arrays.columns, *other.columns),
        renaming=np.concatenate([arrays.renaming, len(arrays.rows) + other.renaming]),
    )
    rows = [AddedRow(f"same[{arrays.columns[i].name}]", ((1.0, i), (-1.0, width + j)), 0.0, 0.0) for i, j in shared]
    return Pair(with_rows(both, rows), other, width, shared)


def _shared(built: Built, arrays: Arrays, other_built: Built, other: Arrays) -> Iterator[tuple[int, int]]:
    columns, other_columns = (
        {id(variable): j for j, variable in enumerate(compiled.columns)} for compiled in (arrays, other)
    )
    for component in (*COMPONENTS, *CLOSING):
        families = (_families(component, built), _families(component, other_built))
        for family, other_family in zip(*families, strict=True):
            if set(family) != set(other_family):
                raise NotTheSameChoices(f"{family.name} is not offered alike")
            for index in family:
                i, j = columns.get(id(family[index])), other_columns.get(id(other_family[index]))
                if i is not None and j is not None:
                    yield i, j


def _families(component: Any, built: Built) -> list[Any]:
    """Return the first-stage variables of a component."""
    return list(component.first_stage(built.block(component)))

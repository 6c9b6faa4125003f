"""The first outside check: every row, bound and integer of a solution, with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from site_conversion.handover import Arrays
from site_conversion.instance import Floats

TOLERANCE = 1e-6
"""Largest violation accepted, relative to the size of the row's own terms (MW, MUSD, thousand m2)."""


@dataclass(frozen=True)
class Residuals:
    """Worst violations of a solution and the names of what is violated beyond the tolerance."""

    worst_row: float
    worst_bound: float
    worst_integer: float
    violated: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is violated."""
        return not self.violated


def residuals(arrays: Arrays, x: Floats) -> Residuals:
    """Evaluate rows, bounds and integrality of x."""
    body = arrays.matrix @ x
    size = np.maximum(1.0, abs(arrays.matrix) @ np.abs(x))
    rows = np.maximum(np.maximum(arrays.row_lower - body, body - arrays.row_upper), 0.0) / size
    bounds = np.maximum(np.maximum(arrays.column_lower - x, x - arrays.column_upper), 0.0)
    bounds = bounds / np.maximum(1.0, np.abs(x))
    integer = np.where(arrays.integer, np.abs(x - np.round(x)), 0.0)
    names = [arrays.rows[i].name for i in np.nonzero(rows > TOLERANCE)[0]]
    names += [arrays.columns[j].name for j in np.nonzero((bounds > TOLERANCE) | (integer > TOLERANCE))[0]]
    return Residuals(
        worst_row=float(rows.max(initial=0.0)),
        worst_bound=float(bounds.max(initial=0.0)),
        worst_integer=float(integer.max(initial=0.0)),
        violated=tuple(names),
    )

"""From Pyomo to arrays, once: what HiGHS is given, what the outside check reads, what is written as MPS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from pyomo.environ import Objective, maximize
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from site_conversion.assemble import Built
from site_conversion.instance import Bools, Floats


@dataclass(frozen=True)
class Arrays:
    """max cost @ x + offset  subject to  row_lower <= matrix @ x <= row_upper, column bounds, integrality."""

    cost: Floats
    offset: float
    matrix: Any  # scipy csc_array [row, column]
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    integer: Bools
    rows: tuple[Any, ...]  # Pyomo constraint of each row
    columns: tuple[Any, ...]  # Pyomo variable of each column

    def load(self, x: Floats) -> None:
        """Write a solution back into the Pyomo variables."""
        for variable, value in zip(self.columns, x.tolist(), strict=True):
            variable.set_value(value, skip_validation=True)


def compile_arrays(built: Built) -> Arrays:
    """Compile the model; integer bounds are rounded inwards, as the solver takes fractions at their word."""
    form = LinearStandardFormCompiler().write(built.model, mixed_form=True, set_sense=None)
    if len(form.objectives) != 1 or form.objectives[0].sense != maximize:
        raise ValueError(f"the model must maximise one {Objective.__name__.lower()}")
    count = len(form.columns)
    sense = np.array([row.bound_type for row in form.rows], dtype=np.int64)
    lower = np.array([-np.inf if v.lb is None else v.lb for v in form.columns], dtype=np.float64)
    upper = np.array([np.inf if v.ub is None else v.ub for v in form.columns], dtype=np.float64)
    integer = np.array([v.is_integer() or v.is_binary() for v in form.columns], dtype=np.bool_)
    lower[integer], upper[integer] = np.ceil(lower[integer] - 1e-9), np.floor(upper[integer] + 1e-9)
    rhs = np.asarray(form.rhs, dtype=np.float64)
    return Arrays(
        cost=np.asarray(form.c.todense(), dtype=np.float64).reshape(-1) if count else np.zeros(0),
        offset=float(form.c_offset[0]),
        matrix=sp.csc_array(form.A),
        row_lower=np.where(sense <= 0, rhs, -np.inf),
        row_upper=np.where(sense >= 0, rhs, np.inf),
        column_lower=lower,
        column_upper=upper,
        integer=integer,
        rows=tuple(row.constraint for row in form.rows),
        columns=tuple(form.columns),
    )

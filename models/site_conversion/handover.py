"""From Pyomo to arrays, once: what HiGHS is given, what the outside check reads, what is written as MPS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from pyomo.core.expr import LinearExpression
from pyomo.environ import Constraint, Objective, Var, maximize
from pyomo.repn import generate_standard_repn

from site_conversion.assemble import Built
from site_conversion.instance import Bools, Floats, Ints
from site_conversion.rows import Renaming, Row, Term, no_garbage_collection


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
    renaming: Ints  # numbers of the rows that only choose among renamings of a plan
    columns: tuple[Any, ...]  # Pyomo variable of each column

    def load(self, x: Floats) -> None:
        """Write a solution back into the Pyomo variables."""
        for variable, value in zip(self.columns, x.tolist(), strict=True):
            variable.set_value(value, skip_validation=True)


def compile_arrays(built: Built) -> Arrays:
    """Compile the model; integer bounds are rounded inwards, as the solver takes fractions at their word.

    Rows are read as the components wrote them; what a rule has returned as an expression is taken apart by Pyomo.
    The result, order included, is that of Pyomo's LinearStandardFormCompiler with mixed_form.

    Raises:
        ValueError: there is not exactly one objective, to be maximised, or an expression is not linear.
    """
    with no_garbage_collection():
        return _compile(built.model)


def _compile(model: Any) -> Arrays:
    objectives = list(model.component_data_objects(Objective, active=True))
    if len(objectives) != 1 or objectives[0].sense != maximize:
        raise ValueError(f"the model must maximise one {Objective.__name__.lower()}")
    constraints = [
        data for family in model.component_objects(Constraint, active=True) for data in family.values() if data.active
    ]
    goal, offset = _terms(objectives[0].expr)
    rows = [_row(data) for data in constraints]
    families = [list(family.values()) for family in model.component_objects(Var)]
    variables = [data for family in families for data in family]
    matrix = _matrix([goal, *(row.terms for row in rows)], variables)
    order = _column_order(matrix, np.repeat(np.arange(len(families)), [len(family) for family in families]))
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    lower = np.array([-np.inf if row.lower is None else row.lower for row in rows], dtype=np.float64)
    upper = np.array([np.inf if row.upper is None else row.upper for row in rows], dtype=np.float64)
    says = (np.diff(matrix.indptr)[1:] > 0) | (lower > 0) | (upper < 0)  # 0 <= 0 says nothing
    used = np.bincount(matrix.indices, minlength=len(variables)) > 0
    order = order[used[order]]
    columns = tuple(variables[j] for j in order.tolist())
    column_lower, column_upper, integer = _columns(columns)
    matrix = matrix[:, order]
    kept = [constraints[i] for i in np.nonzero(says)[0].tolist()]
    renames = [isinstance(data.parent_component(), Renaming) for data in kept]
    return Arrays(
        cost=matrix[[0], :].toarray().reshape(-1),
        offset=offset,
        matrix=sp.csc_array(matrix[1:][says]),
        row_lower=lower[says],
        row_upper=upper[says],
        column_lower=column_lower,
        column_upper=column_upper,
        integer=integer,
        rows=tuple(kept),
        renaming=np.nonzero(np.array(renames, dtype=np.bool_))[0],
        columns=columns,
    )


def _row(data: Any) -> Row:
    """Return the row of a constraint."""
    row = getattr(data, "row", None)
    if isinstance(row, Row):
        return row
    lower, body, upper = data.to_bounded_expression(evaluate_bounds=True)
    terms, constant = _terms(body)
    return Row(terms, None if lower is None else lower - constant, None if upper is None else upper - constant)


def _terms(expression: Any) -> tuple[list[Term], float]:
    """Take a linear Pyomo expression apart: its terms and its constant."""
    if expression.__class__ is LinearExpression:
        return list(zip(expression.linear_coefs, expression.linear_vars, strict=True)), float(expression.constant)
    form = generate_standard_repn(expression, quadratic=False)
    if form.nonlinear_expr is not None:
        raise ValueError(f"not linear: {expression}")
    return list(zip(form.linear_coefs, form.linear_vars, strict=True)), float(form.constant)


def _matrix(rows: list[list[Term]], variables: list[Any]) -> Any:
    """Return the coefficients that are not zero, [row, variable], terms of the same variable not yet summed."""
    number = {id(variable): j for j, variable in enumerate(variables)}
    ends = np.cumsum([0, *map(len, rows)])
    coefficients = np.array([c for row in rows for c, _ in row], dtype=np.float64)
    indices = np.array([number[id(v)] for row in rows for _, v in row], dtype=np.int32)
    kept = coefficients != 0.0
    starts = np.concatenate([[0], np.cumsum(kept)])[ends].astype(np.int32)
    return sp.csr_array((coefficients[kept], indices[kept], starts), shape=(len(rows), len(variables)))


def _column_order(matrix: Any, family_of: Ints) -> Ints:
    """Return the variables, family by family in the order in which the rows first name them."""
    named, first = np.unique(family_of[matrix.indices], return_index=True)
    rank = np.full(family_of.max(initial=-1) + 1, len(named))
    rank[named[np.argsort(first)]] = np.arange(len(named))
    return np.argsort(rank[family_of], kind="stable")


def _columns(variables: tuple[Any, ...]) -> tuple[Floats, Floats, Bools]:
    """Return bounds and integrality of the variables."""
    pairs = [(v.value, v.value) if v.fixed else v.bounds for v in variables]
    bounds = np.array(pairs, dtype=np.float64).reshape(-1, 2)  # None becomes nan
    lower = np.where(np.isnan(bounds[:, 0]), -np.inf, bounds[:, 0])
    upper = np.where(np.isnan(bounds[:, 1]), np.inf, bounds[:, 1])
    integer = np.array([v.is_integer() for v in variables], dtype=np.bool_)
    lower[integer], upper[integer] = np.ceil(lower[integer] - 1e-9), np.floor(upper[integer] + 1e-9)
    return lower, upper, integer

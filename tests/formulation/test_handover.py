"""The arrays beside those of Pyomo's own compiler, which reads the same model as expressions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pyomo.environ import Block, ConcreteModel, Integers, Objective, Var, maximize, value
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from planner.case_file import load_case
from planner.schemas import Case
from planner.translate import translate
from site_conversion import assemble, handover
from site_conversion.instance import Instance
from site_conversion.rows import Constraint, linear
from tests.bench.generator import SUITE, generated_case
from tests.bench.plain import plainly_written

EXAMPLES = Path("examples")


def _example(name: str) -> Case:
    return load_case(EXAMPLES / name / "case.yaml").case


def _agree(model: Any) -> None:
    """Compare order, bounds, costs and every coefficient with LinearStandardFormCompiler's."""
    arrays = handover.compile_arrays(SimpleNamespace(model=model))  # type: ignore[arg-type]
    form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    assert [variable.name for variable in arrays.columns] == [variable.name for variable in form.columns]
    assert [row.name for row in arrays.rows] == [entry.constraint.name for entry in form.rows]
    assert (abs(arrays.matrix - form.A)).max() <= 1e-12 * abs(form.A).max()
    assert arrays.matrix.nnz == form.A.nnz
    np.testing.assert_allclose(arrays.cost, form.c.toarray()[0], rtol=1e-12)
    assert arrays.offset == pytest.approx(form.c_offset[0], rel=1e-12)
    sense = np.array([entry.bound_type for entry in form.rows])
    np.testing.assert_allclose(arrays.row_upper, np.where(sense >= 0, form.rhs, np.inf), rtol=1e-12)
    np.testing.assert_allclose(arrays.row_lower, np.where(sense <= 0, form.rhs, -np.inf), rtol=1e-12)
    assert arrays.integer.tolist() == [variable.is_integer() for variable in form.columns]


@pytest.mark.parametrize("nothing", [False, True], ids=["plan", "nothing"])
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(lambda: _example("denton"), id="denton"),
        pytest.param(lambda: _example("quickstart"), id="quickstart"),
        pytest.param(lambda: generated_case(next(iter(SUITE))), id="generated"),
    ],
)
def test_the_arrays_are_those_of_pyomos_compiler(case: Any, nothing: bool) -> None:
    instance: Instance = translate(case())
    _agree(assemble.build(instance.do_nothing() if nothing else instance).model)


def test_rows_written_as_pyomo_expressions_or_without_variables_compile_alike() -> None:
    model = ConcreteModel()
    model.x = Var([1, 2, 3], bounds=(0.5, 2.5), domain=Integers)
    model.unused = Var([1])
    model.b = Block()
    model.b.y = Var(["a"])
    rules: dict[str, Callable[[Any], Any]] = {
        "both": lambda m: m.x[1] + 2 * m.x[2] <= 3 * m.b.y["a"] + 4 + m.x[1],
        "at_least": lambda m: 2 * m.x[1] >= 3 + m.b.y["a"],
        "equal": lambda m: linear([(1.0, m.x[2]), (2.0, m.x[2]), (0.0, m.x[3])], 5.0) == 7,
        "least": lambda m: linear([(1.0, m.b.y["a"]), (-1.0, m.x[1])], 1.0) >= -2,
        "cancelled": lambda m: linear([(1.0, m.x[1]), (-1.0, m.x[1])]) <= 0,
    }
    model.rows = Constraint(list(rules), rule=lambda m, name: rules[name](m))
    model.worth = Objective(expr=linear([(2.0, model.x[1]), (1.0, model.x[1])], 6.0).expression(), sense=maximize)
    _agree(model)
    arrays = handover.compile_arrays(SimpleNamespace(model=model))  # type: ignore[arg-type]
    assert [variable.name for variable in arrays.columns] == ["x[1]", "x[2]", "b.y[a]"]
    assert arrays.column_lower.tolist() == [1.0, 1.0, -np.inf]
    assert arrays.column_upper.tolist() == [2.0, 2.0, np.inf]


def test_a_row_that_cannot_hold_is_left_for_the_solver_to_find() -> None:
    model = ConcreteModel()
    model.x = Var([1], bounds=(0, 1))
    model.rows = Constraint([1], rule=lambda m, _: linear([(0.0, m.x[1])]) >= 1)
    model.worth = Objective(expr=model.x[1], sense=maximize)
    arrays = handover.compile_arrays(SimpleNamespace(model=model))  # type: ignore[arg-type]
    assert arrays.row_lower.tolist() == [1.0]


def test_pyomo_reads_a_row_as_its_own_expression() -> None:
    model = ConcreteModel()
    model.x = Var([1, 2], initialize=3.0)
    model.rows = Constraint([1, 2, 3], rule=lambda m, i: _three(m)[i - 1])
    assert [str(model.rows[i].expr) for i in (1, 2, 3)] == [
        "x[1] + 2.0*x[2]  <=  4.0", "4.0  <=  x[1] + 2.0*x[2]", "x[1] + 2.0*x[2]  ==  4.0",
    ]  # fmt: skip
    assert value(model.rows[1].body) == 9.0
    assert str(model.clone().rows[3].expr) == "x[1] + 2.0*x[2]  ==  4.0"


def _three(model: Any) -> tuple[Any, Any, Any]:
    body = linear([(1.0, model.x[1]), (2.0, model.x[2])])
    return body <= 4.0, body >= 4.0, body == 4.0


def test_a_row_that_is_not_linear_is_refused() -> None:
    model = ConcreteModel()
    model.x = Var([1, 2])
    model.rows = Constraint([1], rule=lambda m, _: m.x[1] * m.x[2] <= 1)
    model.worth = Objective(expr=model.x[1], sense=maximize)
    with pytest.raises(ValueError, match="not linear"):
        handover.compile_arrays(SimpleNamespace(model=model))  # type: ignore[arg-type]


def test_the_model_written_in_ordinary_pyomo_is_the_same_model() -> None:
    """What the benchmark times as plain Pyomo: its rows, read by Pyomo's own compiler, are ours."""
    instance = translate(_example("quickstart"))
    built = assemble.build(instance)
    ours = handover.compile_arrays(built)
    with plainly_written():
        model = assemble.build(instance).model
    form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    assert [variable.name for variable in form.columns] == [variable.name for variable in ours.columns]
    assert [entry.constraint.name for entry in form.rows] == [row.name for row in ours.rows]
    assert (abs(ours.matrix - form.A)).max() <= 1e-12 * abs(form.A).max()

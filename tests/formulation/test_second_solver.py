"""Every hand-solved case with SCIP: the same arrays, the same optimum."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest
from pyscipopt import Constraint, Model

from site_conversion.instance import Floats
from tests.formulation.support import (
    REGISTER,
    REL,
    Site,
    arrays_of,
    asic,
    hall,
    lease,
    power,
    scip_model,
    solve_case,
    solve_with_scip,
)

MODULES = tuple(
    importlib.import_module(f"tests.formulation.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("test_hand_*.py"))
)


def test_every_test_in_the_hand_solved_files_is_registered() -> None:
    tests = {
        name
        for module in MODULES
        for name, value in vars(module).items()
        if name.startswith("test_") and inspect.isfunction(value)
    }
    assert tests == set(REGISTER)
    assert len(REGISTER) > 40


@pytest.mark.parametrize("name", sorted(REGISTER))
def test_the_docstring_arrives_at_every_asserted_value(name: str) -> None:
    """What is asserted is what was worked out in words, to the fourth decimal; an optimum of 0 is a refusal."""
    words = REGISTER[name].__doc__ or ""
    values = [solved.npv_musd for solved in REGISTER[name]()]
    assert values
    for value in values:
        in_words = (f"{value:.4f}",) if value else ("refused", "none")
        assert any(expected in words for expected in in_words)


@pytest.mark.parametrize("name", sorted(REGISTER))
def test_scip_finds_the_same_optimum(name: str) -> None:
    for solved in REGISTER[name]():
        assert solve_with_scip(solved.site.case()) == pytest.approx(solved.npv_musd, rel=REL, abs=1e-6)


def mixed() -> Site:
    """Return a case with everything in it: integers, free variables, equations, limits, taxes, a constant."""
    return Site(
        (hall("ai", bays=2), hall("asics", mining_mw=10)),
        (lease("a", 4, 130), lease("b", 3, 120, signed=True, termination_usd=1e6), lease("c", 6, 125)),
        usd_per_ph_day=48, power=power((0.7, 40), (0.3, 120)), machines=(asic(resale_usd_per_ths=2),), firm_mw=12,
        finance={"tax_rate_frac": 0.21, "equity_budget": [{"date": "2029-01-01", "added_usd": 8e6}]},
        operations={"site_fixed_usd_per_year": 1e6},
        more={"substation_mva": 20, "water_limit_m3_per_year": 1e6},
    )  # fmt: skip


def test_both_solvers_are_given_the_same_model() -> None:
    arrays = arrays_of(mixed().case())[1]
    model = scip_model(arrays)
    names = [column_name(variable.name) for variable in arrays.columns]
    by_name = {variable.name: variable for variable in model.getVars()}
    assert len(set(names)) == len(names), "two columns share a name in the MPS file"
    assert set(by_name) == set(names)
    variables = [by_name[name] for name in names]
    rows = sorted(model.getConss(), key=lambda row: int(row.name.rsplit(".", 1)[1]))
    assert len(rows) == len(arrays.rows)

    assert model.getObjectiveSense() == "minimize"
    assert [v.getObj() for v in variables] == pytest.approx((-arrays.cost).tolist(), rel=1e-12)
    assert model.getObjoffset() == pytest.approx(-arrays.offset, rel=1e-12)
    bounds = (
        ([v.getLbOriginal() for v in variables], arrays.column_lower),
        ([v.getUbOriginal() for v in variables], arrays.column_upper),
        ([model.getLhs(row) for row in rows], arrays.row_lower),
        ([model.getRhs(row) for row in rows], arrays.row_upper),
    )
    for found, expected in bounds:
        assert with_infinity(model, found) == pytest.approx(expected.tolist(), rel=1e-12)
    assert [v.vtype() != "CONTINUOUS" for v in variables] == arrays.integer.tolist()
    assert matrix_of(model, rows, names) == pytest.approx(arrays.matrix.toarray(), rel=1e-12)


def column_name(name: str) -> str:
    """Return a column's name as MPS allows it."""
    return name.replace("[", "(").replace("]", ")").replace(" ", "")


def with_infinity(model: Model, values: list[float]) -> list[float]:
    """Return the values with the solver's own infinity replaced by the true one."""
    return [float(np.sign(value)) * np.inf if model.isInfinity(abs(value)) else value for value in values]


def matrix_of(model: Model, rows: list[Constraint], names: list[str]) -> Floats:
    """Return the coefficients that SCIP holds, row by row."""
    number = {name: j for j, name in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)))
    for i, row in enumerate(rows):
        for name, value in model.getValsLinear(row).items():
            matrix[i, number[name]] = value
    return matrix


def test_both_solvers_agree_on_a_case_with_everything_in_it() -> None:
    case = mixed().case()
    assert solve_with_scip(case) == pytest.approx(solve_case(case).npv_musd, rel=REL)

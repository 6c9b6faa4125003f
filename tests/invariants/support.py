"""What the invariants are stated with: the value of a case, and ways to change a case."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from planner.results import Result
from planner.schemas import Case
from planner.schemas.base import Record
from planner.studies.plan import InfeasibleCase, PlanOptions, plan
from site_conversion.solve import SolveOptions, Status

R = TypeVar("R", bound=Record)

REL = 1e-6
"""Two optima agree within this, relative to the larger, or within one dollar."""
TIME_LIMIT_S = 300.0


def optimum(case: Case, *, seed: int = 0, start_from: Result | None = None) -> Result:
    """Return the plan of a case, proven optimal and past every outside check.

    Raises:
        InfeasibleCase: a signed contract cannot be delivered.
    """
    solver = SolveOptions(gap_frac=0.0, time_limit_s=TIME_LIMIT_S, seed=seed)
    result = plan(case, {}, PlanOptions(solver, start_from=start_from, ways_out_s=0.0))
    assert result.plan.report.status is Status.OPTIMAL
    return result


def value(case: Case) -> float:
    """Return the NPV of the best plan in MUSD, minus infinity where there is no plan."""
    try:
        return optimum(case).plan.npv_musd
    except InfeasibleCase:
        return -inf


def _tolerance(first: float, second: float) -> float:
    return REL * max([1.0, *(abs(musd) for musd in (first, second) if abs(musd) < inf)])


def same(first: float, second: float) -> bool:
    """Whether two values in MUSD are equal, two cases without a plan included."""
    return first == second or abs(first - second) <= _tolerance(first, second)


def no_worse(better: float, worse: float) -> bool:
    """Whether the first value is not below the second."""
    return better >= worse - _tolerance(better, worse)


# --- changing a case ------------------------------------------------------------------------------------


def changed(record: R, **fields: Any) -> R:
    """Return a record with other values in some fields, checked like any input."""
    return type(record).model_validate({name: getattr(record, name) for name in type(record).model_fields} | fields)


def with_site(case: Case, **fields: Any) -> Case:
    """Return a case with other values in some fields of its site."""
    return changed(case, site=changed(case.site, **fields))


# --- money ----------------------------------------------------------------------------------------------

MONEY = "usd"
"""Every monetary field has it in its name."""
Field = tuple[str, str]
"""Name of a record and of one of its fields."""


def scaled(record: Any, factor: float, seen: set[Field]) -> Any:
    """Return a record with every amount of money multiplied; the fields it changed are added to `seen`."""
    if isinstance(record, tuple):
        return tuple(scaled(entry, factor, seen) for entry in record)
    if not isinstance(record, Record):
        return record
    fields = {}
    for name in type(record).model_fields:
        entry = getattr(record, name)
        if MONEY in name.split("_") and isinstance(entry, int | float):
            if entry:
                seen.add((type(record).__name__, name))
            fields[name] = entry * factor
        else:
            if MONEY in name.split("_") and entry:  # a path: dates with an amount each
                seen.add((type(record).__name__, name))
            fields[name] = scaled(entry, factor, seen)
    return type(record).model_validate(fields)


def schema_fields(kind: Any = Case) -> Iterator[Field]:
    """Yield every field of the input language that a record type reaches."""
    if isinstance(kind, type) and issubclass(kind, Record):
        for name, field in kind.model_fields.items():
            yield kind.__name__, name
            yield from schema_fields(field.annotation)
    elif get_origin(kind) in {tuple, dict, Union, UnionType, Annotated}:
        for part in get_args(kind):
            yield from schema_fields(part)

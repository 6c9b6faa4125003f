"""What a plan is judged by beside its NPV: linear forms over the compiled model, the largest of which is the measure.

    capex          MUSD    capital within the horizon: - sum over periods of the ledger's capex line
    peak_funding   MUSD    deepest running total of cash against going on mining, never below zero:
                           total[x] = total[x-1] + cash[x];  max over x of (total of the twin - total[x])
    carbon         kt      tonnes within the horizon: sum over periods of carbon.tonnes_t
    first_rent     months  until service of the first AI tenant: sum over (c, k) of month[k] * first[c, k],
                           first <= delivered, sum first + nobody = 1; nobody counts as `never`
    downside       MUSD    less the NPV that the same first stage has in a second model (`stress.py`)

`at_most` limits a measure by rows (the epsilon constraint), `least` makes it the objective. Taxes need no care here:
a plan that uses its losses later than the law lets it only makes its running total worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from site_conversion import tenants
from site_conversion.additions import AddedColumn, AddedRow, Cell, with_columns, with_objective, with_rows
from site_conversion.assemble import Built
from site_conversion.carbon import tonnes_t
from site_conversion.handover import Arrays
from site_conversion.instance import Floats, Instance
from site_conversion.lines import Line
from site_conversion.rows import Term
from site_conversion.stress import Pair

KT = 1e-3
"""Thousand tonnes, so that the numbers stay near one."""


@dataclass(frozen=True)
class Form:
    """sum(coefficient * column) + constant."""

    terms: tuple[Cell, ...]
    constant: float = 0.0


@dataclass(frozen=True)
class Measure:
    """A measure of the plans of a model; less is better."""

    name: str
    arrays: Arrays
    """The model, its columns first, with what the measure needs behind them; the objective is still the NPV."""
    forms: tuple[Form, ...]
    values: tuple[float, ...] | None = None
    """Everything the measure can be, from the least on, where it can be little."""

    def of(self, x: Floats) -> float:
        """Return the measure of a solution."""
        return max(form.constant + sum(c * float(x[j]) for c, j in form.terms) for form in self.forms)


def at_most(measure: Measure, limit: float) -> Arrays:
    """Return the arrays with the measure at or below a limit."""
    rows = [
        AddedRow(f"{measure.name} at most[{i}]", form.terms, -np.inf, limit - form.constant)
        for i, form in enumerate(measure.forms)
    ]
    return with_rows(measure.arrays, rows)


def least(measure: Measure) -> Arrays:
    """Return the arrays that make the measure as small as possible: their objective is less the measure."""
    arrays = with_columns(measure.arrays, [AddedColumn(measure.name, -np.inf, np.inf, is_integer=False)])
    last = len(arrays.columns) - 1
    rows = [
        AddedRow(
            f"{measure.name} at least[{i}]", ((1.0, last), *((-c, j) for c, j in form.terms)), form.constant, np.inf
        )
        for i, form in enumerate(measure.forms)
    ]
    return with_objective(with_rows(arrays, rows), [(-1.0, last)])


def capex_musd(built: Built, arrays: Arrays) -> Measure:
    """Return the capital spent within the horizon, contributions and resale netted."""
    ledger = built.site.ledger
    (terms,) = ledger.cash((Line.CAPEX,), np.ones((ledger.columns, 1)))
    fixed = sum(amount for (line, _, _), amount in ledger.fixed.items() if line is Line.CAPEX)
    form = Form(tuple((-c, j) for c, j in _cells(arrays, terms)), -fixed)
    return Measure("capex_musd", arrays, (form,))


def peak_funding_musd(built: Built, arrays: Arrays, twin_cash_musd: Floats) -> Measure:
    """Return the deepest running total of undiscounted cash less that of going on mining.

    Args:
        built: the model.
        arrays: its compiled form.
        twin_cash_musd: net cash of going on mining [column].
    """
    ledger, width = built.site.ledger, len(arrays.columns)
    columns = range(ledger.columns)
    flows = ledger.cash(tuple(Line), np.eye(ledger.columns))
    fixed = np.zeros(ledger.columns)
    for (_, _, x), amount in ledger.fixed.items():
        fixed[x] += amount
    wider = with_columns(arrays, [AddedColumn(f"total_musd[{x}]", -np.inf, np.inf, is_integer=False) for x in columns])
    rows = []
    for x in columns:
        before = [(-1.0, width + x - 1)] if x else []
        cash = [(-c, j) for c, j in _cells(arrays, flows[x])]
        amount = float(fixed[x])
        rows.append(AddedRow(f"total_state[{x}]", ((1.0, width + x), *before, *cash), amount, amount))
    below = [Form(((-1.0, width + x),), float(total)) for x, total in enumerate(np.cumsum(twin_cash_musd).tolist())]
    return Measure("peak_funding_musd", with_rows(wider, rows), (*below, Form(())))


def carbon_kt(built: Built, arrays: Arrays) -> Measure:
    """Return the tonnes within the horizon by the grid's carbon that the instance states, in thousands."""
    terms = [term for p in range(built.site.instance.periods) for term in tonnes_t(built.site, p)]
    return Measure("carbon_kt", arrays, (Form(tuple((KT * c, j) for c, j in _cells(arrays, terms))),))


def first_rent_months(built: Built, arrays: Arrays) -> Measure:
    """Return the whole months from the study's start to the first service of an AI tenant."""
    instance, delivered = built.site.instance, built.block(tenants).delivered
    months = starts_months(instance)
    starts, width = list(delivered), len(arrays.columns)
    column = {id(variable): j for j, variable in enumerate(arrays.columns)}
    added = [AddedColumn(f"first[{c},{k}]", 0.0, 1.0, is_integer=False) for c, k in starts]
    wider = with_columns(arrays, [*added, AddedColumn("nobody", 0.0, 1.0, is_integer=False)])
    rows = [
        AddedRow(f"first_delivered[{c},{k}]", ((1.0, width + i), (-1.0, column[id(delivered[c, k])])), -np.inf, 0.0)
        for i, (c, k) in enumerate(starts)
    ]
    rows.append(AddedRow("one_first", tuple((1.0, j) for j in range(width, len(wider.columns))), 1.0, 1.0))
    terms = [(float(months[k]), width + i) for i, (_, k) in enumerate(starts)]
    form = Form((*terms, (never_months(instance), width + len(starts))))
    values = sorted({float(months[k]) for _, k in starts})
    return Measure("first_rent_months", with_rows(wider, rows), (form,), (*values, never_months(instance)))


def downside_musd(pair: Pair) -> Measure:
    """Return less the NPV of the second model, to be made small."""
    first = pair.first_column
    used = np.nonzero(pair.second.cost)[0].tolist()
    form = Form(tuple((-float(pair.second.cost[j]), first + j) for j in used), -pair.second.offset)
    return Measure("downside_musd", pair.arrays, (form,))


def starts_months(instance: Instance) -> list[int]:
    """Return the whole months from the study's start to the start of each period."""
    return [_months(instance.period_start[0], day) for day in instance.period_start]


def never_months(instance: Instance) -> float:
    """Return what counts as the month of the first rent where there is none: one beyond the horizon."""
    return float(_months(instance.period_start[0], instance.period_end[-1]) + 1)


def _months(first: date, day: date) -> int:
    return (day.year - first.year) * 12 + day.month - first.month


def _cells(arrays: Arrays, terms: Iterable[Term]) -> Sequence[Cell]:
    """Return the terms by the numbers of their columns."""
    column = {id(variable): j for j, variable in enumerate(arrays.columns)}
    return [(float(c), column[id(variable)]) for c, variable in terms if c]

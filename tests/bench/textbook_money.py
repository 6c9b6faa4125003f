"""What the textbook formulation is worth: discounted cash, taxes with losses carried forward, the equity budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyomo.core.expr import LinearExpression
from pyomo.environ import Constraint, NonNegativeReals, Objective, Var, maximize

from site_conversion.instance import Floats, Instance

Terms = list[tuple[float, Any]]


def linear(terms: Iterable[tuple[float, Any]], constant: float = 0.0) -> Any:
    """Return constant + sum(coefficient * variable) as Pyomo's own expression, as the textbook has no other."""
    listed = [term for term in terms if term[0] != 0.0]
    return LinearExpression(constant=constant, linear_coefs=[c for c, _ in listed], linear_vars=[v for _, v in listed])


@dataclass
class Money:
    """What every variable is worth: cash, taxed income, tax deductions and budgeted spending by column."""

    instance: Instance
    value: Terms = field(default_factory=list)
    income: dict[int, Terms] = field(default_factory=dict)
    spending: dict[int, Terms] = field(default_factory=dict)

    def earn(self, variable: Any, musd: Floats) -> None:
        """Taxed cash in (or out, where negative)."""
        self.value.append((float(self.instance.discount @ musd), variable))
        self._taxed(variable, musd)

    def invest(self, variable: Any, musd: Floats, deduction: Floats) -> None:
        """Capital spent, and what it deducts from taxable income."""
        self.value.append((-float(self.instance.discount @ musd), variable))
        self._taxed(variable, -deduction)
        for p in np.nonzero(musd[:-1])[0].tolist():
            self.spending.setdefault(p, []).append((float(musd[p]), variable))

    def invest_asset(self, variable: Any, musd: Floats, asset: int, in_service: int) -> None:
        """Capital that is depreciated as one asset class from a period on."""
        deduction = float(musd.sum()) * self.instance.depreciation_frac[asset, in_service]
        self.invest(variable, np.resize(np.append(musd, 0.0), self.instance.periods + 1), deduction)

    def _taxed(self, variable: Any, musd: Floats) -> None:
        for x in np.nonzero(musd)[0].tolist():
            self.income.setdefault(x, []).append((float(musd[x]), variable))

    def close(self, m: Any) -> None:
        """Tax with losses carried forward, the equity budget, and the objective."""
        instance = self.instance
        years = instance.tax_columns
        columns = range(len(years))
        rate = instance.tax_rate_frac
        fixed = -np.append(instance.site_fixed_musd, 0.0) - instance.termination_musd.sum(axis=0)
        if rate > 0:
            for name in ("taxable", "loss", "offset"):
                m.add_component(name, Var(columns, domain=NonNegativeReals))
            m.tax_base = Constraint(
                columns,
                rule=lambda m, x: (
                    linear(
                        [
                            *(term for column in years[x] for term in self.income.get(column, [])),
                            (-1.0, m.taxable[x]),
                            (1.0, m.loss[x]),
                        ]
                    )
                    == -float(fixed[years[x]].sum())
                ),
            )
            m.offset_share = Constraint(
                columns, rule=lambda m, x: m.offset[x] <= instance.loss_offset_limit_frac * m.taxable[x]
            )
            m.offset_losses = Constraint(
                columns, rule=lambda m, x: sum(m.offset[y] - m.loss[y] for y in range(x + 1)) <= 0
            )
            for x in columns:
                paid = rate * float(instance.discount[years[x][-1]])
                self.value += [(-paid, m.taxable[x]), (paid, m.offset[x])]
        m.budget = Constraint(
            [p for p in range(instance.periods) if np.isfinite(instance.budget_musd[p])],
            rule=lambda _, p: (
                linear([term for q in range(p + 1) for term in self.spending.get(q, [])])
                <= float(instance.budget_musd[p])
            ),
        )
        total: dict[int, tuple[float, Any]] = {}
        for coefficient, variable in self.value:
            total[id(variable)] = (total.get(id(variable), (0.0, None))[0] + coefficient, variable)
        m.npv = Objective(expr=linear(total.values(), float(instance.discount @ fixed)), sense=maximize)

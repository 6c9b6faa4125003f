"""Finance: the discounted ledger is the objective; taxes, depreciation and the equity budget.

in_service_musd[s, k]   MUSD   cost of asset class s put into service in k
spent_musd[p]           MUSD   equity spent on capital up to the end of p: less loan and advances received (recursion)
taxable_musd[x]         MUSD   taxable income of the tax year that ends with column x, where it is positive
loss_musd[x]            MUSD   its tax loss, where it is negative
offset_musd[x]          MUSD   earlier losses used against it
loss_bank_musd[x]       MUSD   losses carried forward

tax_base      revenue + energy + opex - depreciation = taxable - loss
offset_limit  offset <= loss_offset_limit * taxable
loss_bank     bank = before + loss - offset >= 0
budget        spent <= equity that has become available   (what is credited to tenants later does not count back)

Tax is rate * (taxable - offset). With a positive discount rate it never pays to book taxable income and a loss
in the same year, nor to delay an offset, so the linear rule is the legal one; the audit computes it again
in sequence. Tax is reckoned by calendar year and paid in the year's last
period; the time after the horizon is taxed as one year. Maximises sum over columns of discount * cash.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import NonNegativeReals, Objective, maximize, value

from site_conversion.lines import Line, Source
from site_conversion.registers import Ledger, Limit
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "finance"
TAXED = (Line.REVENUE, Line.ENERGY, Line.OPEX, Line.TERMINAL)


def build(b: Any, site: Site) -> None:
    """Add taxes, the budget and the objective; must come after every other component."""
    _depreciate(b, site)
    if site.instance.tax_rate_frac > 0:
        _tax(b, site)
    _budget(b, site)
    terms, constant = present_value_terms(site)
    b.npv_musd = Objective(expr=linear(terms, constant).expression(), sense=maximize, doc="discounted ledger [MUSD]")


def present_value_terms(site: Site) -> tuple[list[Term], float]:
    """Return the discounted ledger as terms and a constant; one term per variable, so rows stay short."""
    discount = site.instance.discount
    (terms,) = site.ledger.cash(tuple(Line), discount[:, None])
    total: dict[int, float] = {}
    variables: dict[int, Any] = {}
    for coefficient, variable in terms:
        total[id(variable)] = total.get(id(variable), 0.0) + coefficient
        variables[id(variable)] = variable
    constant = sum(float(discount[column]) * amount for (_, _, column), amount in site.ledger.fixed.items())
    return [(total[key], variables[key]) for key in total], constant


def _depreciate(b: Any, site: Site) -> None:
    """Spread what is put into service over the columns as tax deductions."""
    ledger, instance = site.ledger, site.instance
    index = list(ledger.in_service) if instance.tax_rate_frac > 0 else []
    b.in_service_musd = Var(index, doc="cost put into service [MUSD]")
    b.in_service_state = Constraint(
        index,
        rule=lambda b, s, k: linear([(-1.0, b.in_service_musd[s, k]), *ledger.in_service[s, k]]) == 0,
        doc="cost of what is ready in the period [MUSD]",
    )
    for s, k in index:
        ledger.write_off(instance.depreciation_frac[s, k], b.in_service_musd[s, k])


def _tax(b: Any, site: Site) -> None:
    instance, ledger = site.instance, site.ledger
    years = {columns[-1]: columns for columns in instance.tax_columns}
    last = list(years)
    before = dict(zip(last[1:], last[:-1], strict=True))
    for name, doc in (
        ("taxable_musd", "taxable income"), ("loss_musd", "tax loss"),
        ("offset_musd", "earlier losses used"), ("loss_bank_musd", "losses carried forward"),
    ):  # fmt: skip
        b.add_component(name, Var(last, domain=NonNegativeReals, doc=f"{doc} of the tax year [MUSD]"))
    in_year = np.array([[float(x in columns) for columns in years.values()] for x in range(instance.periods + 1)])
    # GPU purchases after the horizon are capital, not income
    earned = dict(zip(last, ledger.cash(TAXED, in_year, capital=False), strict=True))
    deducted = dict(zip(last, ledger.deductions(in_year), strict=True))
    fixed = _fixed_income(ledger)

    def tax_base(b: Any, x: int) -> Any:
        split = [(-1.0, b.taxable_musd[x]), (1.0, b.loss_musd[x])]
        deductions = ((-c, v) for c, v in deducted[x])
        return linear([*earned[x], *deductions, *split]) == -sum(fixed.get(column, 0.0) for column in years[x])

    b.tax_base = Constraint(last, rule=tax_base, doc="income - depreciation = taxable - loss [MUSD]")
    limit = instance.loss_offset_limit_frac
    b.offset_limit = Constraint(
        last, rule=lambda b, x: b.offset_musd[x] <= limit * b.taxable_musd[x], doc="share that losses offset [MUSD]"
    )

    def bank(b: Any, x: int) -> Any:
        carried = b.loss_bank_musd[before[x]] if x in before else 0.0
        return b.loss_bank_musd[x] == carried + b.loss_musd[x] - b.offset_musd[x]

    b.loss_bank = Constraint(last, rule=bank, doc="bank = before + loss - offset [MUSD]")
    for x in last:
        amount = np.zeros(instance.periods + 1)
        amount[x] = instance.tax_rate_frac
        ledger.post(Line.TAX, "income tax", -amount, b.taxable_musd[x])
        ledger.post(Line.TAX, "income tax", amount, b.offset_musd[x])


def _fixed_income(ledger: Ledger) -> dict[int, float]:
    """Return taxed constants by column."""
    fixed: dict[int, float] = {}
    for (line, _, column), amount in ledger.fixed.items():
        if line in TAXED:
            fixed[column] = fixed.get(column, 0.0) + amount
    return fixed


def _budget(b: Any, site: Site) -> None:
    instance, ledger = site.instance, site.ledger
    limited = [p for p in range(instance.periods) if np.isfinite(instance.budget_musd[p])]
    periods = range(instance.periods) if limited else range(0)
    spend = ledger.spending(np.eye(instance.periods + 1)) if limited else []
    b.spent_musd = Var(periods, doc="equity spent on capital so far [MUSD]")

    def spent(b: Any, p: int) -> Any:
        before = [(-1.0, b.spent_musd[p - 1])] if p else []
        paid = [(-c, v) for c, v in spend[p]]
        return linear([(1.0, b.spent_musd[p]), *before, *paid, *site.drawn_musd.terms(p)]) == 0

    b.spent_state = Constraint(periods, rule=spent, doc="spent = before + capital less what is drawn [MUSD]")
    b.budget = Constraint(
        limited,
        rule=lambda b, p: b.spent_musd[p] <= float(instance.budget_musd[p]),
        doc="capital spent within the equity available [MUSD]",
    )
    site.state_limit(Limit("budget", "USD", b.budget, lambda p: ("equity available", p), scale=1e6))


def first_stage(_: Any) -> Iterable[Var]:
    """Money follows the decisions: nothing to decide here."""
    return ()


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each tax year, at its last column: income, loss, offset, losses carried forward in MUSD."""
    if site.instance.tax_rate_frac == 0:
        return pd.DataFrame(columns=["column", "taxable_musd", "loss_musd", "offset_musd", "loss_bank_musd"])
    names = ("taxable_musd", "loss_musd", "offset_musd", "loss_bank_musd")
    return pd.DataFrame([{"column": x, **{name: value(getattr(b, name)[x]) for name in names}} for x in b.taxable_musd])


def cash_flow(site: Site) -> pd.DataFrame:
    """Evaluate the ledger after a solve: line, item, column, source and MUSD, one row for each posting."""
    sources = site.ledger.sources
    rows = [
        (line.value, item, column, amount, sources.get((line, item), Source.SITE).value)
        for (line, item, column), amount in site.ledger.evaluate().items()
    ]
    return pd.DataFrame(rows, columns=["line", "item", "column", "musd", "source"])

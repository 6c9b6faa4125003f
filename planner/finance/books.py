"""A plan's ledger as arrays: USD by column, asked for by line and by what the cash belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.schemas.finance import WorkingCapital
from site_conversion.instance import Floats, Instance
from site_conversion.lines import Line, Source

OPERATING = (Line.REVENUE, Line.ENERGY, Line.OPEX, Line.ADVANCES)
"""Lines of the running business, before tax."""
INCOME = (Line.REVENUE, Line.ENERGY, Line.OPEX)
"""Lines of net operating income: advances are no income."""

CONTRIBUTION = "contribution"
"""Item, named after its contract, of capital that a tenant pays for."""
REPAID = ("power repaid", "costs repaid")
"""Items, named after their contract, that tenants repay: they pass through, and margins count them as no revenue."""


@dataclass(frozen=True)
class Books:
    """Cash by line and source, in USD of each column; the last is the time after the horizon."""

    amounts: dict[tuple[Line, Source], Floats]
    columns: int

    def usd(self, *lines: Line, of: frozenset[Source] = frozenset(Source)) -> Floats:
        """Return the cash of some lines and sources by column."""
        total = np.zeros(self.columns)
        for (line, source), amounts in self.amounts.items():
            if line in lines and source in of:
                total += amounts
        return total

    @property
    def spending_usd(self) -> Floats:
        """Capital to be paid by period, less what tenants advance for it; later credits to them are not in it."""
        advances = self.usd(Line.ADVANCES, of=frozenset({Source.BUILDINGS}))
        return np.asarray((-self.usd(Line.CAPEX) - advances)[:-1], dtype=np.float64)


def read_books(cash_flow: pd.DataFrame, instance: Instance) -> Books:
    """Return the books of a cash flow (line, item, column, musd, source)."""
    amounts: dict[tuple[Line, Source], Floats] = {}
    columns = instance.periods + 1
    lines, sources = cash_flow["line"].astype(str), cash_flow["source"].astype(str)
    cells = zip(lines, sources, cash_flow["column"].astype(int), cash_flow["musd"].astype(float), strict=True)
    for line, source, column, musd in cells:
        amounts.setdefault((Line(line), Source(source)), np.zeros(columns))[column] += musd * 1e6
    return Books(amounts, columns)


def tenants_usd(cash_flow: pd.DataFrame, instance: Instance) -> Floats:
    """Return what tenants contribute and advance towards capital, by period."""
    items = [f"{name} {CONTRIBUTION}" for name in instance.contracts]
    given = read_books(cash_flow[cash_flow["item"].isin(items)], instance).usd(Line.CAPEX)
    advanced = read_books(cash_flow, instance).usd(Line.ADVANCES, of=frozenset({Source.BUILDINGS}))
    return np.asarray((given + advanced)[:-1], dtype=np.float64)


def working_capital_usd(terms: WorkingCapital, books: Books, of: frozenset[Source], instance: Instance) -> Floats:
    """Return what later payment does to the cash of each column.

    What tenants owe at the end of a period is the revenue of the contracts over the days before it, what the site owes
    is energy and running cost likewise; both accrue evenly within a period. All of it is settled after the horizon.
    """
    days = np.array([(e - s).days for s, e in zip(instance.period_start, instance.period_end, strict=True)])
    revenue = books.usd(Line.REVENUE, of=of & {Source.CONTRACTS})
    costs = books.usd(Line.ENERGY, Line.OPEX, of=of)
    owed = _within(revenue[:-1], days, terms.receivable_days) + _within(costs[:-1], days, terms.payable_days)
    return -np.diff(np.concatenate([[0.0], owed, [0.0]]))


def _within(amounts: Floats, days: Floats, span_days: float) -> Floats:
    """Return the part of the amounts that accrued in the days before the end of each period."""
    ends = np.cumsum(days, dtype=np.float64)
    times, totals = np.append(0.0, ends), np.append(0.0, np.cumsum(amounts))
    return np.asarray(totals[1:] - np.interp(ends - span_days, times, totals), dtype=np.float64)

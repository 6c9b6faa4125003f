"""Where components meet: quantities they share, balances they feed, the ledger they post to.

Everything is linear, so a share of a balance is a coefficient and a variable. Terms are collected
in plain lists and turned into Pyomo expressions once, when a balance is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from pyomo.core.expr import LinearExpression
from pyomo.environ import Block, Constraint, value

from site_conversion.instance import Floats
from site_conversion.lines import Line

Index = Hashable
Words = Callable[[Any], tuple[str, int | None]]
Term = tuple[float, Any]
"""A coefficient and a Pyomo variable (Pyomo has no types)."""


def linear(terms: Iterable[Term], constant: float = 0.0) -> Any:
    """Return the Pyomo expression constant + sum(coefficient * variable)."""
    listed = [term for term in terms if term[0] != 0.0]
    return LinearExpression(constant=constant, linear_coefs=[c for c, _ in listed], linear_vars=[v for _, v in listed])


def evaluate(terms: Iterable[Term]) -> float:
    """Return sum(coefficient * value of the variable) after a solve."""
    return float(sum(coefficient * value(variable) for coefficient, variable in terms))


class Quantity:
    """A named linear quantity that one component owns and others may build on."""

    def __init__(self, name: str, unit: str) -> None:
        """Name it and say its unit."""
        self.name, self.unit = name, unit
        self._terms: dict[Index, list[Term]] = {}

    def add(self, index: Index, coefficient: float, variable: Any) -> None:
        """Let the quantity grow by coefficient * variable at the index."""
        self._terms.setdefault(index, []).append((coefficient, variable))

    def terms(self, index: Index, scale: float = 1.0) -> list[Term]:
        """Return the terms at the index, scaled; none if nothing was added there."""
        return [(scale * c, v) for c, v in self._terms.get(index, ())]


class LimitKind(StrEnum):
    """What a limit is to a person who looks for a way out of an infeasible case."""

    OUTER = "outer"
    """Money, grid, water: what one would ask for more of."""
    HALL = "hall"
    """Size of a hall: looked at only where more of the outer limits would not help."""
    IMPLIED = "implied"
    """Follows from other limits: gives way with them, never named."""
    FIXED = "fixed"
    """Never gives way."""


@dataclass(frozen=True)
class Limit:
    """A constraint of the form use <= supply that a person would call a limit."""

    name: str
    unit: str
    constraint: Any
    words: Words
    """Index -> what is limited, in the case's own words, and the period from which on (None: always)."""
    kind: LimitKind = LimitKind.OUTER
    """How an infeasible case may be explained by letting this limit give way."""
    scale: float = 1.0
    """Amount in `unit` per unit of the constraint's body."""


class Balance:
    """Uses and supplies of one thing; closed as `sum(use) - sum(supply) <= constant` by assemble."""

    def __init__(
        self, name: str, unit: str, words: Words, kind: LimitKind = LimitKind.OUTER, scale: float = 1.0
    ) -> None:
        """Name it, say its unit and how to speak of it at an index."""
        self.name, self.unit, self.words, self.kind, self.scale = name, unit, words, kind, scale
        self._terms: dict[Index, list[Term]] = {}
        self._constant: dict[Index, float] = {}

    def use(self, index: Index, terms: Iterable[Term]) -> None:
        """Take from the balance."""
        self._terms.setdefault(index, []).extend(terms)

    def supply(self, index: Index, terms: Iterable[Term]) -> None:
        """Give to the balance."""
        self._terms.setdefault(index, []).extend((-c, v) for c, v in terms)

    def supply_constant(self, index: Index, amount: float) -> None:
        """Give a fixed amount to the balance."""
        self._constant[index] = self._constant.get(index, 0.0) + amount

    def close(self, block: Any) -> Limit:
        """Write the constraint into the block; an infinite supply writes none."""
        indices = [
            index
            for index, terms in self._terms.items()
            if any(c != 0.0 for c, _ in terms) and np.isfinite(self._constant.get(index, 0.0))
        ]

        def rule(_: Block, *index: Any) -> Any:
            key = index if len(index) > 1 else index[0]
            return linear(self._terms[key]) <= self._constant.get(key, 0.0)

        constraint = Constraint(indices, rule=rule, doc=f"use <= supply [{self.unit}]")
        block.add_component(f"{self.name}_limit", constraint)
        return Limit(f"{self.name}_limit", self.unit, constraint, self.words, self.kind, self.scale)


@dataclass
class Ledger:
    """Every dollar, posted once: cash in is positive, million USD nominal per column.

    The last column is what happens after the horizon; it is always the terminal line.
    """

    columns: int
    cash: dict[tuple[Line, str, int], list[Term]] = field(default_factory=dict)
    fixed: dict[tuple[Line, str, int], float] = field(default_factory=dict)
    write_offs: dict[int, list[Term]] = field(default_factory=dict)
    """Column -> tax deductions that are not cash."""
    in_service: dict[tuple[int, int], list[Term]] = field(default_factory=dict)
    """(asset class, period) -> cost of what is put into service, to be depreciated."""
    capital: set[str] = field(default_factory=set)
    """Terminal items that are capital: written off, never taxed as income."""

    def post(self, line: Line, item: str, musd: Floats, variable: Any) -> None:
        """Post musd[column] * variable to a line; zero columns cost nothing."""
        if line is Line.CAPEX and len(musd) == self.columns and musd[-1]:
            self.capital.add(item)
        for column in np.nonzero(musd)[0].tolist():
            self.cash.setdefault(self._key(line, item, column), []).append((float(musd[column]), variable))

    def post_fixed(self, line: Line, item: str, musd: Floats) -> None:
        """Post an amount that no decision changes."""
        for column in np.nonzero(musd)[0].tolist():
            key = self._key(line, item, column)
            self.fixed[key] = self.fixed.get(key, 0.0) + float(musd[column])

    def write_off(self, musd: Floats, variable: Any) -> None:
        """Deduct musd[column] * variable from taxable income."""
        for column in np.nonzero(musd)[0].tolist():
            self.write_offs.setdefault(column, []).append((float(musd[column]), variable))

    def put_in_service(self, asset: int, period: int, cost_musd: float, variable: Any) -> None:
        """Begin to depreciate cost_musd * variable in the period."""
        if cost_musd:
            self.in_service.setdefault((asset, period), []).append((cost_musd, variable))

    def _key(self, line: Line, item: str, column: int) -> tuple[Line, str, int]:
        last = column == self.columns - 1
        return (Line.TERMINAL if last else line, item, column)

"""Where components meet: quantities they share, balances they feed, the ledger they post to.

Everything is linear, so a share of a balance is a coefficient and a variable. Terms are collected
in plain lists and turned into Pyomo expressions once, when a balance is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from pyomo.environ import Block, value

from site_conversion.instance import Floats
from site_conversion.lines import Line, Source
from site_conversion.rows import Constraint, Row, Term

Index = Hashable
Words = Callable[[Any], tuple[str, int | None]]


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
    used: Callable[[Any], float] | None = None
    """Index -> what a solved model uses of it, where the row's own variables may be larger than that."""


class Balance:
    """Uses and supplies of one thing; closed as `sum(use) - sum(supply) <= constant` by assemble."""

    def __init__(
        self, name: str, unit: str, words: Words, kind: LimitKind = LimitKind.OUTER, scale: float = 1.0
    ) -> None:
        """Name it, say its unit and how to speak of it at an index."""
        self.name, self.unit, self.words, self.kind, self.scale = name, unit, words, kind, scale
        self._terms: dict[Index, list[Term]] = {}
        self._profiles: list[tuple[Floats, Any]] = []
        self._constant: dict[Index, float] = {}

    def use(self, index: Index, terms: Iterable[Term]) -> None:
        """Take from the balance."""
        self._terms.setdefault(index, []).extend(terms)

    def supply(self, index: Index, terms: Iterable[Term]) -> None:
        """Give to the balance."""
        self._terms.setdefault(index, []).extend((-c, v) for c, v in terms)

    def use_profile(self, amounts: Floats, variable: Any) -> None:
        """Take amounts[p] * variable in every period; of balances by period only."""
        self._profiles.append((amounts, variable))

    def supply_profile(self, amounts: Floats, variable: Any) -> None:
        """Give amounts[p] * variable in every period; of balances by period only."""
        self._profiles.append((-amounts, variable))

    def supply_constant(self, index: Index, amount: float) -> None:
        """Give a fixed amount to the balance."""
        self._constant[index] = self._constant.get(index, 0.0) + amount

    def _by_period(self) -> list[list[Term]]:
        width = max((len(amounts) for amounts, _ in self._profiles), default=0)
        return by_column(table([amounts for amounts, _ in self._profiles], width), [v for _, v in self._profiles])

    def close(self, block: Any) -> Limit:
        """Write the constraint into the block; an infinite supply writes none."""
        for period, terms in enumerate(self._by_period()):
            self._terms.setdefault(period, []).extend(terms)
        indices = [
            index
            for index, terms in self._terms.items()
            if any(c != 0.0 for c, _ in terms) and np.isfinite(self._constant.get(index, 0.0))
        ]

        def rule(_: Block, *index: Any) -> Row:
            key = index if len(index) > 1 else index[0]
            return Row(self._terms[key], None, self._constant.get(key, 0.0))

        constraint = Constraint(indices, rule=rule, doc=f"use <= supply [{self.unit}]")
        block.add_component(f"{self.name}_limit", constraint)
        return Limit(f"{self.name}_limit", self.unit, constraint, self.words, self.kind, self.scale)


OPERATING = (Line.REVENUE, Line.ENERGY, Line.OPEX, Line.ADVANCES)
"""Lines of the running business."""


class Post(NamedTuple):
    """musd[column] * variable on a line of the ledger."""

    line: Line
    item: str
    musd: Floats
    variable: Any
    source: Source


@dataclass
class Ledger:
    """Every dollar, posted once: cash in is positive, million USD nominal per column.

    The last column is what happens after the horizon; it is always the terminal line.
    """

    columns: int
    posts: list[Post] = field(default_factory=list)
    fixed: dict[tuple[Line, str, int], float] = field(default_factory=dict)
    write_offs: list[tuple[Floats, Any]] = field(default_factory=list)
    """Tax deductions that are not cash, musd[column] * variable."""
    in_service: dict[tuple[int, int], list[Term]] = field(default_factory=dict)
    """(asset class, period) -> cost of what is put into service, to be depreciated."""
    capital: set[str] = field(default_factory=set)
    """Terminal items that are capital or owed: never taxed as income."""
    received: list[tuple[Floats, Any]] = field(default_factory=list)
    """Advances received, musd[column] * variable: they pay for capital beside the equity."""
    contributed: list[tuple[Floats, Any]] = field(default_factory=list)
    """Capital that tenants pay for and do not get back."""
    fixed_sources: dict[tuple[Line, str], Source] = field(default_factory=dict)
    """What an item posted as a fixed amount belongs to."""

    @property
    def sources(self) -> dict[tuple[Line, str], Source]:
        """What an item on a line belongs to."""
        posted = {(post.line, post.item): post.source for post in self.posts} | self.fixed_sources
        return posted | {(Line.TERMINAL, item): source for (_, item), source in posted.items()}

    def post(self, line: Line, item: str, musd: Floats, variable: Any, source: Source = Source.SITE) -> None:
        """Post musd[column] * variable to a line; zeros cost nothing."""
        if line in (Line.CAPEX, Line.ADVANCES) and len(musd) == self.columns and musd[-1]:
            self.capital.add(item)
        self.posts.append(Post(line, item, musd, variable, source))

    def post_fixed(self, line: Line, item: str, musd: Floats, source: Source = Source.SITE) -> None:
        """Post an amount that no decision changes."""
        self.fixed_sources[line, item] = source
        for column in np.nonzero(musd)[0].tolist():
            key = self._key(line, item, column)
            self.fixed[key] = self.fixed.get(key, 0.0) + float(musd[column])

    def write_off(self, musd: Floats, variable: Any) -> None:
        """Deduct musd[column] * variable from taxable income."""
        self.write_offs.append((musd, variable))

    def receive(self, item: str, musd: Floats, variable: Any) -> None:
        """Post musd[column] * variable of tenants' money received in advance, which the equity budget may spend."""
        self.post(Line.ADVANCES, item, musd, variable, Source.BUILDINGS)
        self.received.append((musd, variable))

    def contribute(self, item: str, musd: Floats, variable: Any) -> None:
        """Post musd[column] * variable of capital that a tenant pays for."""
        self.post(Line.CAPEX, item, musd, variable, Source.CONTRACTS)
        self.contributed.append((musd, variable))

    def put_in_service(self, asset: int, period: int, cost_musd: float, variable: Any) -> None:
        """Begin to depreciate cost_musd * variable in the period."""
        if cost_musd:
            self.in_service.setdefault((asset, period), []).append((cost_musd, variable))

    def cash(self, lines: tuple[Line, ...], weights: Floats, *, capital: bool = True) -> list[list[Term]]:
        """Return sum over columns of weights[column, group] * cash on the lines, group by group.

        Terminal items that are capital are left out where capital is false.
        """
        chosen = [post for post in self.posts if post.line in lines or Line.TERMINAL in lines]
        amounts = table([post.musd for post in chosen], self.columns).tocoo()
        during = np.array([post.line in lines for post in chosen], dtype=np.bool_)
        kept = [Line.TERMINAL in lines and (capital or post.item not in self.capital) for post in chosen]
        at_end = np.array(kept, dtype=np.bool_)
        amounts.data[~np.where(amounts.col == self.columns - 1, at_end[amounts.row], during[amounts.row])] = 0.0
        return by_column(amounts @ sp.csr_array(weights), [post.variable for post in chosen])

    def spending(self, weights: Floats) -> list[list[Term]]:
        """Return sum over columns of weights[column, group] * capital to be paid, group by group.

        Tenants' advances pay for capital when they are received; what is credited against rent later does not count.
        """
        paid = [(-post.musd, post.variable) for post in self.posts if post.line is Line.CAPEX]
        paid += [(-musd, variable) for musd, variable in self.received]
        amounts = table([musd for musd, _ in paid], self.columns)
        return by_column(amounts @ sp.csr_array(weights), [variable for _, variable in paid])

    def tenants_money(self, weights: Floats) -> list[list[Term]]:
        """Return sum over columns of weights[column, group] * what tenants contribute and advance, group by group."""
        given = [*self.received, *self.contributed]
        amounts = table([musd for musd, _ in given], self.columns)
        return by_column(amounts @ sp.csr_array(weights), [variable for _, variable in given])

    def operating(self, counted: frozenset[Source], weights: Floats) -> tuple[list[list[Term]], Floats]:
        """Return sum over periods of weights[column, group] * operating cash before tax, and its constant, by group.

        The cash is income, costs and advances of the sources counted.
        """
        chosen = [post for post in self.posts if post.line in OPERATING and post.source in counted]
        amounts = table([post.musd for post in chosen], self.columns)
        constant = np.zeros(weights.shape[1])
        for (line, item, column), amount in self.fixed.items():
            if line in OPERATING and self.fixed_sources[line, item] in counted:
                constant += amount * weights[column]
        return by_column(amounts @ sp.csr_array(weights), [post.variable for post in chosen]), constant

    def operating_range(self, counted: frozenset[Source], weights: Floats, most_mw: float) -> tuple[Floats, Floats]:
        """Return bounds of the operating cash of each group: all that costs and nothing that earns, and the reverse.

        A variable without a bound of its own is a draw in MW, at most `most_mw`. Of a contract's item no more than the
        largest posting counts, as a contract starts once and its megawatts are placed once.
        """
        _, constant = self.operating(counted, weights)
        least, most = constant.copy(), constant.copy()
        largest: dict[tuple[Line, str], tuple[Floats, Floats]] = {}
        for post in self.posts:
            if post.line not in OPERATING or post.source not in counted:
                continue
            upper = post.variable.ub
            cash = (post.musd @ weights[: len(post.musd)]) * (most_mw if upper is None else upper)
            low, high = np.minimum(cash, 0.0), np.maximum(cash, 0.0)
            if post.source is Source.CONTRACTS:
                before = largest.get((post.line, post.item), (low, high))
                largest[post.line, post.item] = np.minimum(before[0], low), np.maximum(before[1], high)
            else:
                least, most = least + low, most + high
        for low, high in largest.values():
            least, most = least + low, most + high
        return least, most

    def deductions(self, weights: Floats) -> list[list[Term]]:
        """Return sum over columns of weights[column, group] * write-offs, group by group."""
        amounts = table([musd for musd, _ in self.write_offs], self.columns)
        return by_column(amounts @ sp.csr_array(weights), [variable for _, variable in self.write_offs])

    def evaluate(self) -> dict[tuple[Line, str, int], float]:
        """Return the cash of each line, item and column after a solve, the fixed amounts included."""
        amounts: dict[tuple[Line, str, int], float] = {}
        for post in self.posts:
            level = float(value(post.variable))
            for column in np.nonzero(post.musd)[0].tolist():
                key = self._key(post.line, post.item, column)
                amounts[key] = amounts.get(key, 0.0) + float(post.musd[column]) * level
        for key, amount in self.fixed.items():
            amounts[key] = amounts.get(key, 0.0) + amount
        return amounts

    def _key(self, line: Line, item: str, column: int) -> tuple[Line, str, int]:
        last = column == self.columns - 1
        return (Line.TERMINAL if last else line, item, column)


def table(amounts: list[Floats], width: int) -> Any:
    """Return the arrays as rows of a sparse table, filled up to the width."""
    sizes = np.array([len(amount) for amount in amounts], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    columns = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
    filled = sp.csr_array((np.concatenate([*amounts, []]), columns, starts), shape=(len(amounts), width))
    filled.eliminate_zeros()
    return filled


def by_column(amounts: Any, variables: list[Any]) -> list[list[Term]]:
    """Return, for each column of amounts[variable, column], its terms that are not zero."""
    amounts = amounts.tocsc()
    amounts.eliminate_zeros()
    terms = [(c, variables[i]) for c, i in zip(amounts.data.tolist(), amounts.indices.tolist(), strict=True)]
    return [terms[start:end] for start, end in pairwise(amounts.indptr.tolist())]

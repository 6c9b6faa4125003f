"""How every ledger cell of a plan answers to a lever while its decisions are held.

The decisions are posted again at the prices of the case with the lever moved, so nothing is priced here. Megawatts
that run are part of the decisions. Most cells are straight lines. The hours of the site's own machines are told apart,
by what they are chosen among (see mining_hours). Where that cannot be, and for what else bends, as advances that are
settled sooner at higher rents, the slope is the one at today's level, and the items that bend further away are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.finance.books import read_books
from planner.finance.tax import TaxSeries, interest_tax
from planner.results import Outcome, Result
from planner.schemas import Case
from planner.studies.levers import Lever, applies, apply
from planner.translate import translate
from planner.views.mining_hours import mining_hours
from site_conversion.audit_money import Book, post_decisions
from site_conversion.audit_plan import Plan, read_plan
from site_conversion.audit_report import Report
from site_conversion.instance import Floats, Instance
from site_conversion.lines import Line, Source

LIVE = (Lever.HASHPRICE, Lever.RENT, Lever.CAPEX, Lever.EQUIPMENT, Lever.POWER)
"""Levers that move the ledger of held decisions, where the case has what they move."""
HOURS = (Lever.HASHPRICE, Lever.POWER)
"""Levers by which machines choose their hours."""
POWER, RUNNING = "power of ASICs", "running cost of ASICs"
"""Items of all machines of the site."""
NEAR = 1e-5
"""Step to both sides of today's level by which slopes are measured."""
FAR = (0.5, 2.0)
"""Levels at which straight lines are tried."""
SAME = 1e-7
"""Largest difference of two amounts that count as one, as a share of the largest amount of the item."""


@dataclass(frozen=True)
class ItemResponse:
    """One item of a line by column, in USD, and what each lever at 2 instead of 1 would add to it."""

    line: Line
    item: str
    source: Source
    is_taxed: bool
    usd: Floats
    added: dict[Lever, Floats]


@dataclass(frozen=True)
class Trial:
    """What a side is worth with one lever moved: by the straight lines, and with the hours chosen anew; USD."""

    lever: Lever
    level: float
    held_usd: float
    chosen_usd: float


Cells = dict[tuple[Line, str], Floats]


Moves = tuple[tuple[Lever, float], ...]


class MovedPrices:
    """The arrays of a result's case with levers moved, each made once for both sides."""

    def __init__(self, result: Result) -> None:
        """Keep the result."""
        self.result = result
        self._seen: dict[Moves, Instance] = {(): result.instance}
        self.hours = mining_hours(result.case)
        self.levers = tuple(lever for lever in LIVE if applies(result.case, lever))

    def instance(self, moves: Moves) -> Instance:
        """Return the arrays with the levers at their levels."""
        if moves not in self._seen:
            case: Case = self.result.case
            for lever, level in moves:
                case = apply(case, lever, level)
            self._seen[moves] = translate(case)
        return self._seen[moves]


class Responses:
    """The responses of one side of a result: its plan or its do-nothing twin."""

    def __init__(self, moved: MovedPrices, outcome: Outcome) -> None:
        """Keep the side."""
        result = moved.result
        self.moved, self.instance, self.outcome = moved, result.instance, outcome
        self.is_twin = outcome is result.do_nothing
        self._seen: dict[Moves, Book] = {}
        self._summed: dict[Moves, Cells] = {}

    @cached_property
    def _plan(self) -> Plan:
        """The decisions, which no lever moves."""
        return read_plan(Report(self.instance), self.outcome.tables, self.outcome.cash_flow)

    def _book(self, *moves: tuple[Lever, float]) -> Book:
        if moves not in self._seen:
            instance = self.moved.instance(moves)
            instance = instance.do_nothing() if self.is_twin else instance
            self._seen[moves] = post_decisions(self._plan, instance)
        return self._seen[moves]

    def _cells(self, *moves: tuple[Lever, float]) -> Cells:
        if moves in self._summed:
            return self._summed[moves]
        cells = self._summed[moves] = {}
        for (line, item, x), musd in self._book(*moves).cash.items():
            cells.setdefault((Line(line), item), self._zeros())[x] += musd * 1e6
        return cells

    def _zeros(self) -> Floats:
        return np.zeros(self.instance.periods + 1)

    @cached_property
    def machines_mw(self) -> dict[str, Floats]:
        """MW of each class that run in each period, of the classes whose hours are told apart [p]."""
        table, found = self.outcome.tables["asic_fleet"], {}
        if self.moved.hours is None:
            return {}
        for a, name in enumerate(self.instance.asics):
            mw = np.zeros(self.instance.periods)
            here = table[table["asic"] == a]
            np.add.at(mw, here["period"].to_numpy(dtype=int), here["run_mw"].to_numpy(dtype=float))
            if np.any(mw > 0):
                found[name] = mw
        return found

    @cached_property
    def chosen(self) -> frozenset[tuple[Line, str]]:
        """Items that follow the hours of the site's machines, not a slope."""
        if not self.machines_mw:
            return frozenset()
        hashing = {(Line.REVENUE, f"hashing {name}") for name in self.machines_mw}
        return frozenset({*hashing, (Line.ENERGY, POWER), (Line.OPEX, RUNNING)})

    @cached_property
    def rows(self) -> tuple[ItemResponse, ...]:
        """Every item of the ledger before tax, as the result has it, by line."""
        cash, book = self.outcome.cash_flow, self._book()
        usd: dict[tuple[Line, str], Floats] = {}
        sources: dict[tuple[Line, str], Source] = {}
        cells = zip(cash["line"], cash["item"], cash["column"], cash["musd"], cash["source"], strict=True)
        for line, item, column, musd, source in cells:
            key = Line(str(line)), str(item)
            usd.setdefault(key, self._zeros())[int(column)] += float(musd) * 1e6
            sources[key] = Source(str(source))
        slopes = {lever: self._slope(lever) for lever in self.moved.levers}
        order = {line: n for n, line in enumerate(Line)}
        keys = [key for key in usd if key[1] != "income tax" and np.any(np.abs(usd[key]) > 0)]
        for key in sorted(self.chosen - set(keys)):
            usd[key], sources[key] = self._zeros(), Source.SITE
            keys.append(key)
        return tuple(
            ItemResponse(
                line=key[0],
                item=key[1],
                source=sources[key],
                is_taxed=(key[0].value, key[1]) in book.taxed or key in self.chosen,
                usd=usd[key],
                added={lever: slope[key] for lever, slope in slopes.items() if key in slope and key not in self.chosen},
            )
            for key in sorted(keys, key=lambda key: order[key[0]])
        )

    def _slope(self, lever: Lever) -> Cells:
        below, here, above = self._cells((lever, 1 - NEAR)), self._cells(), self._cells((lever, 1 + NEAR))
        slopes = {}
        for key in below.keys() | here.keys() | above.keys():
            low, now, high = (cells.get(key, self._zeros()) for cells in (below, here, above))
            slope = _calmer((now - low) / NEAR, (high - now) / NEAR)
            slope[np.abs(slope) <= SAME * max(1.0, float(np.abs(slope).max()))] = 0.0
            if slope.any():
                slopes[key] = slope
        return slopes

    @cached_property
    def deductions_usd(self) -> Floats:
        """What is deducted from taxable income without being cash."""
        return self._book().write_off * 1e6

    @cached_property
    def deductions_added(self) -> dict[Lever, Floats]:
        """What each lever at 2 instead of 1 adds to the deductions, by today's slope."""
        added, here = {}, self._book().write_off
        for lever in self.moved.levers:
            low, high = (self._book((lever, level)).write_off for level in (1 - NEAR, 1 + NEAR))
            slope = _calmer((here - low) / NEAR, (high - here) / NEAR) * 1e6
            if np.any(np.abs(slope) > 1.0):
                added[lever] = slope
        return added

    @cached_property
    def bent(self) -> dict[Lever, tuple[str, ...]]:
        """Items that do not follow their straight line as far as the levels that are tried."""
        return {lever: tuple(sorted(self._bent(lever))) for lever in self.moved.levers}

    def _bent(self, lever: Lever) -> set[str]:
        today, slopes, found = self._cells(), self._slope(lever), set()
        for level in FAR:
            there = self._cells((lever, level))
            for key in (today.keys() | there.keys()) - self.chosen:
                slope = slopes.get(key, self._zeros())
                line = today.get(key, self._zeros()) + (level - 1) * slope
                apart = np.abs(there.get(key, self._zeros()) - line).max()
                if apart > 1.0 + SAME * np.abs(line).max():
                    found.add(key[1])
        return found

    @cached_property
    def adds_up(self) -> bool:
        """Whether the levers may be moved together: no cell depends on two of them at once."""
        at = {lever: 1 + NEAR if lever in HOURS else 2.0 for lever in self.moved.levers}
        together, today = self._cells(*at.items()), self._cells()
        for key in (together.keys() | today.keys()) - self.chosen:
            before = today.get(key, self._zeros())
            alone = [self._cells((lever, level)).get(key, self._zeros()) - before for lever, level in at.items()]
            sums = sum(alone, before)
            if np.abs(together.get(key, self._zeros()) - sums).max() > 1.0 + SAME * float(np.abs(sums).max()):
                return False
        return True

    @cached_property
    def tax(self) -> TaxSeries:
        """Taxable income less loss by tax year, and its tax, in sequence."""
        return self._tax(self.income_usd - self.deductions_usd)

    @cached_property
    def income_usd(self) -> Floats:
        """Taxed income by column."""
        return sum((row.usd for row in self.rows if row.is_taxed), self._zeros())

    def _tax(self, net: Floats) -> TaxSeries:
        instance, base = self.instance, self._zeros()
        years = tuple(tuple(year) for year in instance.tax_columns)
        for year in years:
            base[year[-1]] = net[list(year)].sum()
        untaxed = TaxSeries(instance.tax_rate_frac, instance.loss_offset_limit_frac, years, base, self._zeros())
        usd = interest_tax(untaxed, self._zeros())
        return TaxSeries(untaxed.rate_frac, untaxed.offset_limit_frac, years, base, usd)

    @cached_property
    def flows_usd(self) -> Floats:
        """Cash of each column after tax."""
        return read_books(self.outcome.cash_flow, self.instance).usd(*Line)

    def trial(self, lever: Lever, level: float) -> Trial:
        """Return the worth of the side with one lever moved, both ways."""
        moved = self._cells((lever, level))
        amounts = [
            (moved.get((row.line, row.item), self._zeros()), row.is_taxed)
            if (row.line, row.item) in self.chosen
            else (row.usd + (level - 1) * row.added.get(lever, 0.0), row.is_taxed)
            for row in self.rows
        ]
        held = sum((usd for usd, _ in amounts), self._zeros())
        taxed = [usd for usd, is_taxed in amounts if is_taxed]
        deducted = self.deductions_usd + (level - 1) * self.deductions_added.get(lever, self._zeros())
        held = held - self._tax(sum(taxed, self._zeros()) - deducted).usd
        book = self._book((lever, level))
        chosen = sum(moved.values(), self._zeros())
        chosen = chosen - self._tax((book.income - book.write_off) * 1e6).usd
        discount = self.instance.discount
        return Trial(lever, level, float(held @ discount), float(chosen @ discount))


def _calmer(before: Floats, after: Floats) -> Floats:
    """Return the smaller of two slopes: where an hour changes sides just here, the one on whose side it does not."""
    return np.where(np.abs(before) <= np.abs(after), before, after)

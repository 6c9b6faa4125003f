"""The hours of the site's machines as formulas: month by month, among the prices of the curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from xlsxwriter.utility import xl_col_to_name

from planner.reports.workbook.pages import FACTOR, PLAIN, USD, Book, Page, Row, TimePage
from planner.views.mining_hours import MiningHours
from planner.views.responses import POWER, RUNNING, Responses
from site_conversion.instance import Floats, Instance
from site_conversion.lines import Line

PRICES, HOURS, MINING = "Power curve", "Mining hours", "Mining"
PRICE_LEVER, POWER_LEVER = "lever_hashprice", "lever_power"
FIRST_BIN = 5
"""Row of the first price of the curve."""
OWN = 7
"""Columns of the page of hours that are not of one class."""

Formula = Callable[[int], str]
"""The formula of an item in a column of the ledger; empty where nothing can be."""


@dataclass(frozen=True)
class OfAMw:
    """Rows of what a MW of a class that runs earns, pays for power and costs to run."""

    revenue: Row
    power: Row
    running: Row


class Mining:
    """The pages of hours, and the formulas of the items that follow them."""

    def __init__(self, book: Book, hours: MiningHours, sides: tuple[Responses, ...]) -> None:
        """Write the power curve, the hours of each month, and what a MW of each class makes in each period."""
        self.book, self.hours = book, hours
        ran = {name for side in sides for name in side.machines_mw}
        self.classes = [name for name in hours.classes if name in ran]
        curve = _write_curve(book, hours)
        page = Page(
            book, HOURS, "Hours of the site's machines",
            "A machine runs in the hours in which what it earns, less what running it costs, is above the power price.",
        )  # fmt: skip
        self._write_hours(page, curve)
        self.page = TimePage(
            book, MINING, "What a MW that runs makes in a period", "USD for a MW. Below: MW that run, as planned."
        )
        self.of_a_mw = {name: self._write_mw(page, name, sides[0].instance) for name in self.classes}

    def _write_hours(self, page: Page, curve: tuple[tuple[str, str], ...]) -> None:
        """Write a row for each month: first what holds for all classes, then three columns for each class."""
        each = [(f"{name}: earns USD/MWh", f"{name}: share of hours run", f"{name}: pays USD/MWh-up")
                for name in self.classes]  # fmt: skip
        heads = ["month", "period", "quarter", "hours up", "share given up to peaks", "price level", "USD/MWh to run"]
        rows: list[list[object]] = []
        for stretch in self.hours.stretches:
            own = [stretch.month, stretch.period + 1, stretch.quarter + 1, stretch.up_hours, stretch.lost_frac,
                   stretch.level, stretch.variable_usd_per_mwh]  # fmt: skip
            earns = [stretch.earned_usd_per_mwh[self.hours.classes.index(name)] for name in self.classes]
            rows.append([*own, *(value for earned in earns for value in (float(earned), "", ""))])
        page.wide(0, OWN + 3 * len(self.classes), 14)
        self.first, _ = page.table([*heads, *(head for heads in each for head in heads)], rows, FACTOR)
        for n, stretch in enumerate(self.hours.stretches):
            row, (share, price) = self.first + n + 1, curve[stretch.quarter]
            for k, name in enumerate(self.classes):
                earned, run, _ = (xl_col_to_name(OWN + 3 * k + i) for i in range(3))
                a = self.hours.classes.index(name)
                pays = f"({POWER_LEVER}*$F{row}*{price}<{PRICE_LEVER}*{earned}{row}-$G{row})"
                page.formula(
                    row - 1, OWN + 3 * k + 1, f"MAX(0,SUMPRODUCT({share},--{pays})-$E{row})",
                    float(stretch.run_frac[a]), FACTOR,
                )  # fmt: skip
                paid = f"{POWER_LEVER}*$F{row}*SUMPRODUCT({share},{price},--{pays})"
                page.formula(
                    row - 1, OWN + 3 * k + 2, f"IF({run}{row}>0,{paid}*{run}{row}/({run}{row}+$E{row}),0)",
                    float(stretch.paid_usd_per_mwh[a]), FACTOR,
                )  # fmt: skip

    def _write_mw(self, page: Page, name: str, instance: Instance) -> OfAMw:
        k, a = self.classes.index(name), self.hours.classes.index(name)
        earned, run, paid = (xl_col_to_name(OWN + 3 * k + i) for i in range(3))
        spans = _spans(self.hours, instance.periods, self.first + 1)

        def summed(x: int, *columns: str) -> str:
            first, last = spans[x]
            ranges = (f"'{page.name}'!${column}${first}:${column}${last}" for column in ("D", *columns))
            return f"SUMPRODUCT({','.join(ranges)})"

        last = instance.periods
        write = self.page
        demand = write.numbers(f"{name}: demand charge", np.append(self.hours.demand_usd_per_mw, 0.0))
        fixed = write.numbers(
            f"{name}: running cost that does not follow hours", np.append(self.hours.fixed_usd_per_mw, 0)
        )

        def row(words: str, formula: Formula, musd: Floats) -> Row:
            values = np.append(musd[a] * 1e6, 0.0)
            return write.formulas(
                f"{name}: {words}", lambda x: formula(x) if x < last else "", values, look=USD, summed=False
            )

        return OfAMw(
            row("revenue", lambda x: f"{PRICE_LEVER}*{summed(x, earned, run)}", instance.hash_revenue_musd_per_mw),
            row("power", lambda x: f"{summed(x, paid)}+{POWER_LEVER}*{demand.at(x)}", instance.hash_energy_musd_per_mw),
            row("running cost", lambda x: f"{summed(x, 'G', run)}+{fixed.at(x)}", instance.hash_opex_musd_per_mw),
        )

    def items(self, side: Responses, whose: str) -> dict[tuple[Line, str], Formula]:
        """Write the MW that run on a side and return the formulas of its items."""
        if not side.machines_mw:
            return {}
        self.page.section(f"MW that run: {whose}")
        mw = {name: self.page.numbers(name, np.append(mw, 0.0), PLAIN) for name, mw in side.machines_mw.items()}

        def costs(row_of: Callable[[OfAMw], Row]) -> Formula:
            def formula(x: int) -> str:
                running = [name for name, amounts in side.machines_mw.items() if x < len(amounts) and amounts[x] > 0]
                return (
                    "-" + "-".join(f"{mw[n].at(x)}*{row_of(self.of_a_mw[n]).at(x)}" for n in running) if running else ""
                )

            return formula

        def revenue(name: str) -> Formula:
            amounts = side.machines_mw[name]
            return lambda x: (
                f"{mw[name].at(x)}*{self.of_a_mw[name].revenue.at(x)}" if x < len(amounts) and amounts[x] > 0 else ""
            )

        found: dict[tuple[Line, str], Formula] = {
            (Line.REVENUE, f"hashing {name}"): revenue(name) for name in side.machines_mw
        }
        found[Line.ENERGY, POWER] = costs(lambda of: of.power)
        found[Line.OPEX, RUNNING] = costs(lambda of: of.running)
        return found


def _spans(hours: MiningHours, periods: int, first_row: int) -> list[tuple[int, int]]:
    """Return the first and the last row of each period's months."""
    rows: list[list[int]] = [[] for _ in range(periods)]
    for n, stretch in enumerate(hours.stretches):
        rows[stretch.period].append(first_row + n)
    return [(of[0], of[-1]) for of in rows]


def _write_curve(book: Book, hours: MiningHours) -> tuple[tuple[str, str], ...]:
    """Write the price curve of each quarter and return the ranges of its shares and prices."""
    page = Page(
        book, PRICES, "Power curve", "All-in energy price by share of the quarter's hours, at level 1, in USD/MWh."
    )
    page.wide(0, 8, 18)
    ranges = []
    for q, (shares, prices) in enumerate(zip(hours.hours_frac, hours.usd_per_mwh, strict=True)):
        for column, head, values in (
            (2 * q, f"Q{q + 1} share of hours", shares),
            (2 * q + 1, f"Q{q + 1} USD/MWh", prices),
        ):
            page.put(FIRST_BIN - 1, column, head, "head")
            for n, value in enumerate(values.tolist()):
                page.put(FIRST_BIN + n, column, value, FACTOR)
        end = FIRST_BIN + len(shares)
        share, price = (xl_col_to_name(2 * q + i) for i in range(2))
        ranges.append(
            (
                f"'{PRICES}'!${share}${FIRST_BIN + 1}:${share}${end}",
                f"'{PRICES}'!${price}${FIRST_BIN + 1}:${price}${end}",
            )
        )
    return tuple(ranges)

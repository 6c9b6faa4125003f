"""Returns as formulas: NPV, rate of return, multiple, funding; of the plan against going on mining."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.finance.returns import Return, internal_return, multiple_of_money, peak_funding
from planner.reports.workbook.ledger import Side, net_usd
from planner.reports.workbook.pages import FACTOR, HEAD, PLAIN, SHARE, USD, WHOLE, Book, Row, TimePage
from planner.views import Views
from planner.views.responses import Responses
from site_conversion.instance import Floats

NAME = "Returns"
STEPS = 40
"""Newton steps of the rate of return."""


@dataclass(frozen=True)
class Times:
    """Rows of the timeline that formulas use."""

    years: Row
    discount: Row


@dataclass(frozen=True)
class Check:
    """A figure of the workbook beside the engine's."""

    what: str
    cell: str
    value: float
    engine: float


def write_timeline(book: Book, views: Views) -> Times:
    """Write the columns: dates, days, years to their valuation, discount factors."""
    page = TimePage(
        book, "Timeline", "Timeline", "A column's money is valued at its middle; the last one at the horizon."
    )
    instance = views.instance
    page.numbers("begins", list(instance.period_start))
    page.numbers("ends before", list(instance.period_end))
    page.numbers("days", [(e - s).days for s, e in zip(instance.period_start, instance.period_end, strict=True)], WHOLE)
    page.numbers("years", instance.years, FACTOR)
    years = page.numbers("years from the start to its valuation", views.column_years, FACTOR)
    discount = page.formulas(
        "discount factor", lambda x: f"(1+discount_rate)^-{years.at(x)}", instance.discount, look=FACTOR, summed=False
    )
    return Times(years, discount)


def write_returns(
    book: Book, views: Views, times: Times, sides: tuple[Side, Side], responses: tuple[Responses, Responses]
) -> tuple[Check, ...]:
    """Write the page; returns what is to be compared with the engine."""
    page = TimePage(book, NAME, "Returns: the plan against going on mining", "USD, after tax, before any loan.")
    (plan, twin), (plan_usd, twin_usd) = sides, (net_usd(responses[0]), net_usd(responses[1]))
    gain_usd = plan_usd - twin_usd
    page.formulas("plan", plan.net.at, plan_usd)
    page.formulas("going on mining", twin.net.at, twin_usd)
    gain = page.formulas("difference", lambda x: f"{plan.net.at(x)}-{twin.net.at(x)}", gain_usd, bold=True)
    running = page.formulas(
        "difference, summed up", lambda x: f"SUM({gain.until(x)})", np.cumsum(gain_usd), summed=False
    )
    chart = book.file.add_chart({"type": "line"})
    heads = [page.name, HEAD, 3, HEAD, 2 + book.columns]
    chart.add_series(
        {"name": "difference, summed up", "categories": heads,
         "values": [page.name, running.row, 3, running.row, 2 + book.columns]}
    )  # fmt: skip
    chart.set_title({"name": "Cash of the plan less going on mining, summed up (USD)"})
    chart.set_x_axis({"label_position": "low"})
    chart.set_y_axis({"num_format": "#,##0"})
    chart.set_legend({"none": True})
    discount, head = views.instance.discount, views.headline
    page.section("Returns")
    checks: list[Check] = []

    def result(name: str, what: str, formula: str, value: float | str, engine: float | None, look: str = USD) -> None:
        page.put(page.row, 0, what)
        page.formula(page.row, 2, formula, value, look)
        book.name(name, page.cell(page.row, 2))
        if engine is not None and not isinstance(value, str):
            checks.append(Check(what, name, value, engine))
        page.row += 1

    worth = f"SUMPRODUCT({{}},{times.discount.span})"
    plan_npv, twin_npv = float(plan_usd @ discount), float(twin_usd @ discount)
    result("npv_plan", "NPV of the plan", worth.format(plan.net.span), plan_npv, head.npv_usd)
    result("npv_do_nothing", "NPV of going on mining", worth.format(twin.net.span), twin_npv, head.do_nothing_npv_usd)
    result("npv_gain", "NPV of the difference", "npv_plan-npv_do_nothing", plan_npv - twin_npv, head.gain_usd)
    flows = views.flows_usd(views.result.plan) - views.flows_usd(views.result.do_nothing)
    funding, engine_funding = peak_funding(gain_usd)[0], peak_funding(flows)[0]
    result("peak_funding", "Peak funding", f"MAX(0,-MIN({running.span}))", funding, engine_funding)
    multiple, engine_multiple = multiple_of_money(gain_usd), multiple_of_money(flows)
    put_in = f'SUMIF({gain.span},"<0")'
    result(
        "moic", "Money returned for each dollar put in",
        f'IF({put_in}<0,-SUMIF({gain.span},">0")/{put_in},"no money in")',
        multiple if multiple is not None else "no money in",
        engine_multiple, PLAIN,
    )  # fmt: skip
    checks += write_rate(
        page,
        Searched("irr", "Rate of return (IRR) of the difference", gain, gain_usd),
        times,
        views,
        views.headline.return_against_do_nothing,
    )
    page.sheet.insert_chart(page.row + 2, 1, chart, {"x_scale": 2, "y_scale": 1.2})
    return tuple(checks)


@dataclass(frozen=True)
class Searched:
    """Cash whose rate of return is wanted, and the name of the cell that gets it."""

    name: str
    what: str
    cash: Row
    usd: Floats


def write_rate(page: TimePage, of: Searched, times: Times, views: Views, engine: Return) -> list[Check]:
    """Write the rate of return, found by steps of Newton from the planned rate; only where the plan has one rate."""
    gain, gain_usd = of.cash, of.usd
    found = internal_return(views.column_years, gain_usd)
    page.put(page.row, 0, of.what)
    if len(engine.rates_frac) != 1 or len(found.rates_frac) != 1:
        page.put(page.row, 2, engine.words)
        page.row += 1
        return []
    at = page.row
    page.book.name(of.name, page.cell(at, 2))
    page.row += 1
    page.text(
        "Searched from the rate of the plan. Other rates may exist if the difference changes its sign more than once."
    )
    page.section("Steps of the search: rate, NPV at it")
    first, rate = page.row, found.rates_frac[0]
    for step in range(STEPS + 1):
        row = first + step
        above = page.cell(row - 1, 1)
        worth = f"SUMPRODUCT({gain.span},(1+{page.cell(row, 1)})^-{times.years.span})"
        slope = f"SUMPRODUCT({gain.span},-{times.years.span},(1+{above})^(-{times.years.span}-1))"
        if step:
            page.formula(row, 1, f"MAX(-0.95,MIN(10,{above}-{page.cell(row - 1, 2)}/{slope}))", rate, FACTOR)
        else:
            page.put(row, 1, rate, FACTOR)
        page.formula(row, 2, worth, float((gain_usd * (1 + rate) ** -views.column_years).sum()))
    end = first + STEPS
    page.row = end + 1
    size = f"SUMPRODUCT(ABS({gain.span}))"
    good = f"ABS({page.cell(end, 2)})<=0.00000001*{size}"
    page.formula(at, 2, f'IFERROR(IF({good},{page.cell(end, 1)},"none found"),"none found")', rate, SHARE)
    return [Check(of.what, of.name, rate, engine.rates_frac[0])]

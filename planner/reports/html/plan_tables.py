"""The tables of a plan: halls, offers, grid requests, megawatts, money, limits."""

from __future__ import annotations

from collections.abc import Callable

from planner.reports.html.tables import Column, Table, numbers, shorts, texts
from planner.reports.money import amount, day, months_late, musd, mw, signed_musd
from planner.reports.overrides import price_words
from planner.views import Views
from planner.views.cash import AFTER, CashYear, cash_total, revenue_of_taken_usd, runs_over
from planner.views.machines import machine_rows
from planner.views.overrides import OverridesView
from planner.views.records import ContractRow, MegawattRow
from site_conversion.lines import Line

LINES = {line: AFTER if line is Line.TERMINAL else line.value for line in Line}

ALWAYS = ("unused", "contracted")
"""Columns of megawatts that are shown whatever they hold."""
SHOWN_MW = 0.05


def halls(views: Views) -> Table:
    """Return the halls that are converted, with their critical IT in total."""
    rows = views.conversions
    return Table(
        "Halls and pads that are converted",
        (*texts("hall", "becomes"), *shorts("building from", "ready"), Column("critical IT", "MW", is_number=True),
         Column("for")),
        tuple((r.hall, r.design, day(r.build_start), day(r.ready), mw(r.it_mw), ", ".join(r.tenants)) for r in rows),
        ("all", "", "", "", mw(sum(r.it_mw for r in rows)), ""),
    )  # fmt: skip


def fixed(view: OverridesView) -> Table | None:
    """Return the fixed decisions with what each costs alone, where that is known."""
    rows = [(row.words, price_words(row.price)) for row in view.rows if row.price is not None]
    return Table("What each costs alone", texts("decision", "NPV given up"), tuple(rows)) if rows else None


def offers(views: Views) -> Table:
    """Return every offer, taken or not; the total is of those that are taken."""
    rows, taken = views.contracts, [row for row in views.contracts if row.taken]
    revenue = musd(revenue_of_taken_usd(views)) if taken else ""
    return Table(
        "Offers",
        (*texts("offer", "tenant", "kind"), Column("critical IT", "MW", is_number=True), *shorts("ready by", "service"),
         Column("late", "months", is_number=True), Column("revenue", "MUSD", is_number=True)),
        tuple(
            (r.contract, r.tenant, r.kind, mw(r.it_mw), day(r.ready_by),
             _service(r),
             months_late(r.months_late), musd(r.revenue_usd) if r.taken else "")
            for r in rows
        ),
        ("taken", "", "", mw(sum(r.it_mw for r in taken)), "", "", "", revenue),
        "Revenue is nominal, within the horizon, without what tenants repay. Of an offer in steps the size is the one "
        "taken, or the largest.",
    ).without_blank()  # fmt: skip


def _service(row: ContractRow) -> str:
    if row.taken:
        return f"{day(row.start)} to {day(row.end)}"
    return "impossible" if row.refusal else "not taken"


def terms(views: Views) -> Table | None:
    """Return what else counts in an offer: why it cannot be served, or the terms of one that is taken."""
    told = [(row.contract, words) for row in views.contracts for words in ([row.refusal] if row.refusal else row.terms)]
    return Table("Terms that count, and reasons why not", texts("offer", "what"), tuple(told)) if told else None


def requests(views: Views) -> Table:
    """Return every grid request the site could make."""
    quantile = views.result.case.study.queue_quantile_frac
    return Table(
        "Grid requests",
        (*texts("request"), *shorts("asked for", "usable from"), *numbers("months", ["wait"]),
         *numbers("MW", ["firm added", "freed for AI"])),
        tuple(
            (r.upgrade, day(r.requested) if r.taken else "not asked for", day(r.energised),
             f"{r.wait_months:.0f}" if r.taken else "", f"{r.firm_mw:+,.1f}" if r.firm_mw else "",
             f"{r.ai_mw:+,.1f}" if r.ai_mw else "")
            for r in views.upgrades
        ),
        note=f"Waits are those at the {quantile:.0%} quantile of each queue.",
    ).without_blank()  # fmt: skip


def megawatts(views: Views) -> Table:
    """Return megawatts by use for every year; uses that never occur have no column."""
    rows = views.megawatts_by_year
    columns: dict[str, Callable[[MegawattRow], float]] = {
        "hashing": lambda r: r.hashing_mw, "hosted": lambda r: r.hosted_mw, "rented rigs": lambda r: r.rented_mw,
        "AI, design day": lambda r: r.ai_draw_mw, "unused": lambda r: r.unused_mw,
        "contracted": lambda r: r.contracted_mw, "made on site": lambda r: r.onsite_mw,
        "AI, critical IT": lambda r: r.ai_it_mw,
    }  # fmt: skip
    shown = {name: of for name, of in columns.items() if name in ALWAYS or any(of(row) > SHOWN_MW for row in rows)}
    return Table(
        "Megawatts by use, mean of the year",
        (Column("year"), *numbers("MW", list(shown))),
        tuple((str(row.year), *(mw(of(row)) for of in shown.values())) for row in rows),
        note="MW at the meter, critical IT at the racks; hashing is what runs when an hour pays.",
    )


def machines(views: Views) -> Table | None:
    """Return what is done with machines; None where nothing is."""
    rows = tuple(
        (row.subject, row.action, day(row.first), day(row.until), mw(row.mw) if row.mw else "",
         f"{row.rigs:,.0f}" if row.rigs else "")
        for row in machine_rows(views.result)
    )  # fmt: skip
    columns = (*texts("machines", "what"), *shorts("from", "to"), *numbers("MW", ["size"]), *numbers("", ["rigs"]))
    note = "MW at the meter, the most at any time."
    return Table("What becomes of machines", columns, rows, note=note).without_blank() if rows else None


def present_value(views: Views) -> Table | None:
    """Return present value by line, the plan beside going on mining; None where no money moves."""
    rows = [row for row in views.cash_by_line if abs(row.plan_usd) + abs(row.do_nothing_usd) > 0]
    if not rows:
        return None
    head = views.headline
    return Table(
        "Present value by line",
        (Column("line"), *numbers("MUSD", ["the plan", "going on mining", "difference"])),
        tuple((LINES[r.line], musd(r.plan_usd), musd(r.do_nothing_usd), signed_musd(r.difference_usd)) for r in rows),
        ("net present value", musd(head.npv_usd), musd(head.do_nothing_npv_usd), signed_musd(head.gain_usd)),
    )


_MONTHS = "A row of months holds a period that runs over the end of a year: it counts whole where it begins."


def cash(years: tuple[CashYear, ...]) -> Table:
    """Return nominal cash by year and line, only the lines in use, with totals."""
    lines = [line for line in Line if any(abs(year.by_line[line]) > 0 for year in years)]
    names = [*(LINES[line] for line in lines), "net", "going on mining", "difference", "cumulative"]

    def cells(year: CashYear) -> tuple[str, ...]:
        amounts = (*(year.by_line[line] for line in lines), year.net_usd, year.do_nothing_usd, year.difference_usd)
        return (year.label, *(musd(usd) for usd in amounts), musd(year.cumulative_usd))

    return Table(
        "Cash flow by year, nominal",
        (Column("year"), *numbers("MUSD", names)),
        tuple(cells(year) for year in years),
        cells(cash_total(years)),
        _MONTHS if runs_over(years) else "",
    )


def binding(views: Views) -> Table | None:
    """Return the limits of which nothing is left, and when; None where none binds."""
    rows = tuple((row.subject, row.when) for row in views.binding)
    return Table("Limits of which nothing is left", texts("limit", "when"), rows) if rows else None


def tightest(views: Views) -> Table | None:
    """Return the site's other limits where they come closest; None where there is none."""
    rows = tuple((row.subject, amount(row.left, row.unit), row.when) for row in views.tightest)
    return Table("Other limits, at their tightest", texts("limit", "left", "when"), rows) if rows else None

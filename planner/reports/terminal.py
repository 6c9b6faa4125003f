"""The terminal summary: what a manager reads after a plan."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.markup import escape

from planner.reports.contracts import print_contracts
from planner.reports.decision import converted, going_on
from planner.reports.energy import print_carbon, print_onsite
from planner.reports.financing import financing
from planner.reports.greenfield import print_greenfield
from planner.reports.machines import print_machines
from planner.reports.money import amount, day, fit_for, least_shown_usd, musd, mw, signed_musd
from planner.reports.offers import print_offers
from planner.reports.overrides import print_overrides
from planner.reports.tables import print_table, table_of
from planner.reports.waits import print_waits
from planner.results import Result
from planner.schemas import Case
from planner.views import Views
from planner.views.contract_economics import contract_economics
from planner.views.greenfield import greenfield_view
from planner.views.overrides import overrides_view
from planner.views.records import Headline
from planner.views.waits import request_rows, wait_rows
from site_conversion.lines import Line

LEAST_WIDTH = 80


def summary(result: Result, *, width: int = LEAST_WIDTH, color: bool = False) -> str:
    """Return the summary as text of the given width."""
    out = StringIO()
    console = Console(file=out, width=max(width, LEAST_WIDTH), force_terminal=color, highlight=False)
    views = Views(result)
    with fit_for(views.size_usd):
        _body(console, result, views)
    return out.getvalue()


def _body(console: Console, result: Result, views: Views) -> None:
    _head(console, views)
    _halls(console, views)
    print_offers(console, views)
    print_contracts(console, contract_economics(result))
    _grid(console, views)
    print_onsite(console, views)
    print_machines(console, result)
    _megawatts(console, views)
    print_carbon(console, views)
    _place(console, views)
    _money(console, views)
    bare_land = greenfield_view(result)
    if bare_land is not None:
        print_greenfield(console, bare_land)
    financing(console, result, table_of)
    _binding(console, views)
    print_waits(console, wait_rows(result), request_rows(result))
    _proof(console, views)


def _head(console: Console, views: Views) -> None:
    head, case = views.headline, views.result.case
    taken = [row for row in views.contracts if row.taken]
    console.print(f"\n[bold]{escape(case.name)}[/bold]", soft_wrap=True)
    if head.status == "chosen":
        _chosen(console, head)
    elif head.status != "optimal":
        more = "" if head.gain_bound_usd is None else f": up to {signed_musd(head.gain_bound_usd)} MUSD may be possible"
        console.print(f"[bold]Not proven[/bold]: the search was stopped; this is the best plan found so far{more}.")
    if not taken:
        console.print(going_on(views))
    else:
        it_mw = sum(row.it_mw for row in taken)
        console.print(f"{escape(converted(views))}: {mw(it_mw)} MW of critical IT.")
    after = abs(head.gain_after_horizon_usd) >= least_shown_usd()
    console.print(
        f"NPV {musd(head.npv_usd)} MUSD, going on mining {musd(head.do_nothing_npv_usd)} MUSD: "
        f"[bold]{signed_musd(head.gain_usd)} MUSD[/bold] against do nothing"
        + (f", of which {signed_musd(head.gain_after_horizon_usd)} after the horizon" if after else "")
        + "."
    )
    if taken:
        funding = f"{musd(head.peak_funding_usd)} MUSD"
        if head.peak_funding_when:
            funding += f" in {head.peak_funding_when}"
        console.print(f"IRR against do nothing {head.return_against_do_nothing.words}; payback {head.payback};")
        console.print(f"peak funding {funding}; capital spent {musd(head.capex_usd)} MUSD,")
        console.print("net of what tenants contribute and of resale, within the horizon.")
        if after:
            console.print(
                f"In the IRR, what comes after the horizon counts at its end: {_after(case)}.", soft_wrap=True
            )
    fixed = overrides_view(views.result)
    if fixed is not None:
        print_overrides(console, fixed)


def _after(case: Case) -> str:
    """Say how contracts that run on are valued at the horizon."""
    terms = case.finance.exit
    rate = case.finance.tail_discount_rate_frac or case.study.discount_rate_frac
    tail = f"contract income valued at {rate:.1%}"
    multiple = terms.multiple or (1 / terms.cap_rate_frac if terms.cap_rate_frac else None)
    if multiple is None:
        return tail
    return (
        f"contracts with {terms.least_months_left} months left at {multiple:.1f} times "
        f"their last year's operating income, others as {tail}"
    )


def _halls(console: Console, views: Views) -> None:
    if not views.conversions:
        return
    table = table_of(
        "What is converted", ("hall", "left"), ("design", "left"), ("build from", "left"), ("ready", "left"),
        ("IT MW", "right"), ("for", "left"),
    )  # fmt: skip
    for row in views.conversions:
        table.add_row(
            escape(row.hall), escape(row.design), day(row.build_start), day(row.ready), mw(row.it_mw),
            escape(", ".join(row.tenants)),
        )  # fmt: skip
    print_table(console, table)


def _grid(console: Console, views: Views) -> None:
    if not views.upgrades:
        return
    quantile = views.result.case.study.queue_quantile_frac
    table = table_of(
        f"Grid requests (queue delays at the {quantile:.0%} quantile)", ("request", "left"), ("asked for", "left"),
        ("usable from", "left"), ("months", "right"), ("firm MW", "right"), ("MW freed for AI", "right"),
    )  # fmt: skip
    for row in views.upgrades:
        asked = day(row.requested) if row.taken else "not asked for"
        table.add_row(
            escape(row.upgrade), asked, day(row.energised), f"{row.wait_months:.0f}" if row.taken else "",
            f"{row.firm_mw:+,.1f}" if row.firm_mw else "",
            f"{row.ai_mw:+,.1f}" if row.ai_mw else "",
        )  # fmt: skip
    print_table(console, table)


def _megawatts(console: Console, views: Views) -> None:
    rows = views.megawatts_by_year
    made = any(row.onsite_mw > 0.05 for row in rows)
    hosted, rented = (any(getattr(row, name) > 0.05 for row in rows) for name in ("hosted_mw", "rented_mw"))
    table = table_of(
        "Megawatts by use (mean of the year; hashing: MW that run when an hour pays)", ("year", "left"),
        ("hashing", "right"), *((("hosted", "right"),) if hosted else ()),
        *((("rigs", "right"),) if rented else ()), ("AI, design day", "right"), ("unused", "right"),
        ("contracted", "right"), *((("made on site", "right"),) if made else ()), ("AI, critical IT", "right"),
    )  # fmt: skip
    for row in rows:
        table.add_row(
            str(row.year), mw(row.hashing_mw), *((mw(row.hosted_mw),) if hosted else ()),
            *((mw(row.rented_mw),) if rented else ()), mw(row.ai_draw_mw), mw(row.unused_mw), mw(row.contracted_mw),
            *((mw(row.onsite_mw),) if made else ()), mw(row.ai_it_mw),
        )  # fmt: skip
    print_table(console, table)


def _place(console: Console, views: Views) -> None:
    if not views.place:
        return
    console.print("\n[bold]What the location gave[/bold] (* fills a field of the case; typed fields win)")
    for row in views.place:
        mark = "*" if row.is_filled else " "
        source = ", ".join(part for part in (row.link, row.source, row.as_of) if part)
        console.print(f"{mark} {escape(row.subject)}: {escape(row.value)}", soft_wrap=True)
        if row.is_filled or row.note.startswith("layers disagree"):
            note = f"; {escape(row.note)}" if row.note.startswith("layers disagree") else ""
            console.print(f"    {escape(source)}; trust {row.trust}{note}", soft_wrap=True, style="dim")
    ratios = ", ".join(f"{escape(name)} {mean:.2f} (design day {peak:.2f})" for name, peak, mean in views.design_ratios)
    console.print(f"  gross MW per IT MW here: {ratios}", soft_wrap=True)


def _money(console: Console, views: Views) -> None:
    table = table_of(
        "Present value by line, MUSD", ("line", "left"), ("plan", "right"), ("do nothing", "right"),
        ("difference", "right"),
    )  # fmt: skip
    cash = views.cash_by_line
    for row in cash:
        if abs(row.plan_usd) + abs(row.do_nothing_usd) > 0:
            name = "after the horizon" if row.line is Line.TERMINAL else row.line.value
            table.add_row(name, musd(row.plan_usd), musd(row.do_nothing_usd), signed_musd(row.difference_usd))
    for item in views.charges_and_income:
        difference = signed_musd(item.plan_usd - item.do_nothing_usd)
        table.add_row(f"  {item.what}", musd(item.plan_usd), musd(item.do_nothing_usd), difference, style="dim")
    table.add_section()
    plan, twin = (sum(values) for values in zip(*((row.plan_usd, row.do_nothing_usd) for row in cash), strict=True))
    table.add_row("NPV", musd(plan), musd(twin), signed_musd(plan - twin))
    print_table(console, table)


def _binding(console: Console, views: Views) -> None:
    console.print("[bold]What is binding[/bold] (nothing left of it)")
    for row in views.binding:
        if not row.of_a_hall:
            console.print(f"  {escape(row.subject)}: {row.when}", soft_wrap=True)
    halls = [escape(f"{row.subject} ({row.when})") for row in views.binding if row.of_a_hall]
    if halls:
        console.print(f"  {'; '.join(halls)}")
    if not views.binding:
        console.print("  none of the site's limits")
    if views.tightest:
        console.print("[bold]What is left at the tightest[/bold] (it may be too little for an offer not taken)")
    for close in views.tightest:
        console.print(f"  {escape(close.subject)}: {amount(close.left, close.unit)} in {close.when}", soft_wrap=True)


def _chosen(console: Console, head: Headline) -> None:
    """Say that the plan is not meant to be the one of the highest value."""
    most = (
        "" if head.gain_bound_usd is None else f"; no plan is worth more than {signed_musd(head.gain_bound_usd)} MUSD"
    )
    console.print(f"[bold]One of several plans[/bold], not chosen for its value alone{most}.")


def _proof(console: Console, views: Views) -> None:
    head, report = views.headline, views.result.plan.report
    how = {
        "optimal": "Proven", "time_limit": "Stopped at the time limit", "interrupted": "Stopped by the user",
        "chosen": "One of several plans",
    }[head.status]  # fmt: skip
    if head.gap_frac is None or head.gain_bound_usd is None:
        proof = f"{how}: no bound is known, better plans may exist."
    else:
        proof = (
            f"{how}: no plan is worth more than {signed_musd(head.gain_bound_usd)} MUSD against do nothing "
            f"(gap {head.gap_frac:.2%} of NPV, asked {views.result.asked_gap_frac:.2%})."
        )
    console.print(f"\n{proof}")
    console.print(
        f"{report.solver}, {report.seconds:.1f} s, {report.nodes:,} nodes, {report.rows:,} rows, "
        f"{report.columns:,} columns ({report.integers:,} whole)."
    )
    console.print("Checked outside the solver: every limit, every whole number, every dollar of the ledger.")

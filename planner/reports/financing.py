"""The terminal's sections on returns and on the loan."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from planner.reports.money import day, musd, signed_musd
from planner.results import Result
from planner.views.finance import FinanceViews, LoanRow

LIMITS = {
    "cost": "its share of the cost",
    "cover": "the cover of debt service",
    "amount": "the most the lender gives",
}

MakeTable = Callable[..., Table]


def financing(console: Console, result: Result, table: MakeTable) -> None:
    """Print what the project and its owner get for their money, and the loan."""
    views = FinanceViews(result)
    _returns(console, views, table)
    if views.loan is not None:
        _loan(console, views, views.loan, table)
    if len(views.bridge) > 2:
        _bridge(console, views, table)


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _returns(console: Console, views: FinanceViews, table: MakeTable) -> None:
    if not views.returns:
        return
    shown = table(
        "Returns against going on mining, MUSD", ("of the", "left"), ("NPV", "right"), ("IRR", "left"),
        ("money back", "right"), ("payback", "left"), ("peak funding", "right"),
    )  # fmt: skip
    for row in views.returns:
        rate = "several" if len(row.rate.rates_frac) > 1 else row.rate.words.split(" (")[0]
        multiple = "" if row.multiple is None else f"{row.multiple:.2f} x"
        shown.add_row(row.whose, signed_musd(row.npv_usd), rate, multiple, row.payback, musd(row.peak_funding_usd))
    console.print(shown)
    for row in views.returns:
        if len(row.rate.rates_frac) > 1:
            console.print(f"IRR of the {row.whose}: {row.rate.words}; with several rates none of them means a return.")
    built = views.yields
    if built.construction_usd_per_mw is None:
        return
    words = f"Construction {musd(built.construction_usd_per_mw)} MUSD per MW of critical IT"
    if built.yield_on_cost_frac is not None and built.income_usd_per_year is not None:
        words += (
            f"; once all contracts run in full they leave {musd(built.income_usd_per_year)} MUSD a year, "
            f"{_percent(built.yield_on_cost_frac)} of the capital and {_percent(built.margin_frac)} of their revenue"
        )
    console.print(f"{words}.\n", soft_wrap=True)


def _loan(console: Console, views: FinanceViews, loan: LoanRow, table: MakeTable) -> None:
    console.print("\n[bold]Financing[/bold]")
    if loan.loan_usd < 1:
        console.print(f"No loan: {LIMITS[loan.limit]} allows none.")
    else:
        console.print(
            f"A loan of {musd(loan.loan_usd)} MUSD when repayment begins in {day(loan.begin)}: {musd(loan.drawn_usd)} "
            f"MUSD drawn, {musd(loan.added_usd)} MUSD of fees and interest added; "
            f"{_percent(loan.loan_usd / loan.cost_usd)} of the cost. What limits it is {LIMITS[loan.limit]}.",
            soft_wrap=True,
        )
    if loan.needed_usd > loan.loan_usd * (1 + 1e-6) + 1:
        console.print(f"[bold]The equity asks for {musd(loan.needed_usd)} MUSD of debt, which is more.[/bold]")
    elif loan.needed_usd > 0:
        console.print(f"The equity available asks for {musd(loan.needed_usd)} MUSD of it.")
    _cover(console, views, loan, table)
    if loan.support_usd > 1:
        console.print(f"[bold]The owner has to add {musd(loan.support_usd)} MUSD to debt service.[/bold]")
    if loan.balloon_usd > 1:
        console.print(f"{musd(loan.balloon_usd)} MUSD are repaid at once, at the end of the term or of the study.")


def _cover(console: Console, views: FinanceViews, loan: LoanRow, table: MakeTable) -> None:
    if not views.cover_by_year or loan.loan_usd < 1:
        return
    is_valued = any(row.loan_to_value_frac is not None for row in views.cover_by_year)
    shown = table(
        "Debt service by year of the term, MUSD (cover: before tax, as agreed; after tax: as paid)", ("from", "left"),
        ("cash", "right"), ("service", "right"), ("cover", "right"), ("after tax", "right"), ("owed", "right"),
        *([("of value", "right")] if is_valued else []),
    )  # fmt: skip
    for row in views.cover_by_year:
        shown.add_row(
            row.when, musd(row.cash_usd), musd(row.service_usd), _times(row.cover), _times(row.cover_after_tax),
            musd(row.owed_usd), *([_percent(row.loan_to_value_frac)] if is_valued else []),
        )  # fmt: skip
    console.print(shown)
    if loan.least_cover is None:
        return
    asked = "" if loan.asked_cover is None else f" (asked {loan.asked_cover:.2f})"
    life = "" if loan.life_cover is None else f"; over the loan's life {loan.life_cover:.2f}"
    console.print(f"Cover at least {loan.least_cover:.2f}{asked}, on average {_times(loan.mean_cover)}{life}.")
    after = loan.least_cover_after_tax
    if after is not None and loan.asked_cover is not None and after < loan.asked_cover - 1e-6:
        console.print(f"[bold]After tax it falls to {after:.2f}[/bold]: the site's whole income tax is taken from it.")


def _bridge(console: Console, views: FinanceViews, table: MakeTable) -> None:
    rate = views.result.case.finance.equity_rate_frac or views.result.case.study.discount_rate_frac
    shown = table(f"From the plan's NPV to the owner's at {rate:.1%}, MUSD", ("", "left"), ("present value", "right"))
    for n, (words, usd) in enumerate(views.bridge):
        if n == len(views.bridge) - 1:
            shown.add_section()
        shown.add_row(words, musd(usd) if n == 0 or n == len(views.bridge) - 1 else signed_musd(usd))
    console.print(shown)

"""The section on returns and on the loan."""

from __future__ import annotations

from functools import partial

from planner.reports.financing import LIMITS
from planner.reports.html import charts_money, finance_tables
from planner.reports.html.layout import Draft, Figure, Section, drawn
from planner.reports.money import day, musd
from planner.views.finance import FinanceViews, LoanRow


def financing(draft: Draft) -> Section | None:
    """Return the section; None where there is neither a return nor a loan to tell of."""
    views = FinanceViews(draft.views.result)
    loan = views.loan
    if not views.returns and loan is None:
        return None
    figures: tuple[Figure, ...] = ()
    covered = [row for row in views.cover_by_year if row.cover is not None]
    if loan is not None and loan.loan_usd >= 1 and covered:
        figure = drawn(
            draft, "cover", partial(charts_money.cover_chart, covered, loan.asked_cover),
            "Cover of debt service by year; the table below has the numbers.",
            "Debt service cover by year of the term: cash counted by the lender for each dollar of debt service."
            + ("" if loan.asked_cover is None else " The dashed line is what the lender asks for."),
        )  # fmt: skip
        figures = (figure,)
    words = (*_built(views), *(() if loan is None else _loan(loan)))
    tables = (finance_tables.returns(views), finance_tables.cover(views), finance_tables.owner_bridge(views))
    title = "Returns" if loan is None else "Returns, loan and its cover"
    return Section("returns", title, words, figures, tables)


def _built(views: FinanceViews) -> tuple[str, ...]:
    several = [row for row in views.returns if len(row.rate.rates_frac) > 1]
    words = [f"IRR of the {row.whose}: {row.rate.words}; with several, none of them means a return." for row in several]
    built = views.yields
    if built.construction_usd_per_mw is not None:
        sentence = f"Construction costs {musd(built.construction_usd_per_mw)} MUSD per MW of critical IT"
        if built.yield_on_cost_frac is not None and built.income_usd_per_year is not None:
            sentence += (
                f"; once all contracts run in full they leave {musd(built.income_usd_per_year)} MUSD a year, "
                f"{built.yield_on_cost_frac:.1%} of the capital"
            )
        words.append(f"{sentence}.")
    return tuple(words)


def _loan(loan: LoanRow) -> tuple[str, ...]:
    if loan.loan_usd < 1:
        return (f"No loan: {LIMITS[loan.limit]} allows none.",)
    sized = (
        f"A loan of {musd(loan.loan_usd)} MUSD when repayment begins in {day(loan.begin)}: {musd(loan.drawn_usd)} MUSD "
        f"drawn, {musd(loan.added_usd)} MUSD of fees and interest added. What limits it is {LIMITS[loan.limit]}."
    )
    words = [sized]
    if loan.needed_usd > loan.loan_usd * (1 + 1e-6) + 1:
        words.append(f"The equity asks for {musd(loan.needed_usd)} MUSD of debt, which is more.")
    if loan.least_cover is not None:
        asked = "" if loan.asked_cover is None else f" (asked {loan.asked_cover:.2f})"
        after = loan.least_cover_after_tax
        taxed = "" if after is None else f"; after tax at least {after:.2f}"
        words.append(f"Cover is at least {loan.least_cover:.2f}{asked}{taxed}.")
    if loan.support_usd > 1:
        words.append(f"The owner has to add {musd(loan.support_usd)} MUSD to debt service.")
    if loan.balloon_usd > 1:
        words.append(f"{musd(loan.balloon_usd)} MUSD are repaid at once, at the end of the term or of the study.")
    return tuple(words)

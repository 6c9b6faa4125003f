"""The tables of financing: returns, debt service and its cover, from the plan's value to the owner's."""

from __future__ import annotations

from planner.finance.returns import Return
from planner.reports.html.tables import Column, Table, numbers, shorts, texts
from planner.reports.money import musd, signed_musd
from planner.views.finance import FinanceViews


def returns(views: FinanceViews) -> Table | None:
    """Return what the project and its owner get; None where the plan is to go on mining."""
    rows = tuple(
        (row.whose, signed_musd(row.npv_usd), _rate(row.rate),
         "" if row.multiple is None else f"{row.multiple:.2f}", row.payback, musd(row.peak_funding_usd))
        for row in views.returns
    )  # fmt: skip
    if not rows:
        return None
    columns = (
        Column("of the"), *numbers("MUSD", ["NPV"]), *shorts("IRR"), *numbers("times", ["money back"]),
        *texts("payback"), *numbers("MUSD", ["peak funding"]),
    )  # fmt: skip
    return Table("Returns against going on mining", columns, rows)


def _rate(rate: Return) -> str:
    if not rate.rates_frac:
        return "not defined"
    return "several" if len(rate.rates_frac) > 1 else f"{rate.rates_frac[0]:.1%}"


def cover(views: FinanceViews) -> Table | None:
    """Return debt service and cover by year of the term; None without a loan."""
    is_valued = any(row.loan_to_value_frac is not None for row in views.cover_by_year)
    rows = tuple(
        (row.when, musd(row.cash_usd), musd(row.service_usd), times(row.cover), times(row.cover_after_tax),
         musd(row.owed_usd), *([_share(row.loan_to_value_frac)] if is_valued else ()))
        for row in views.cover_by_year
    )  # fmt: skip
    if not rows:
        return None
    columns = (
        Column("year from", is_short=True), *numbers("MUSD", ["cash counted", "debt service"]),
        *numbers("times", ["cover", "cover after tax"]), *numbers("MUSD", ["owed at the end"]),
        *(numbers("", ["of value"]) if is_valued else ()),
    )  # fmt: skip
    note = "Cover before tax is as agreed with the lender; after tax it is of what is paid."
    return Table("Debt service by year of the term", columns, rows, note=note)


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def times(ratio: float | None) -> str:
    """Write a ratio with two decimals; nothing for none."""
    return "" if ratio is None else f"{ratio:.2f}"


def owner_bridge(views: FinanceViews) -> Table | None:
    """Return the steps from the plan's value to the owner's; None where nothing differs."""
    steps = views.bridge
    if len(steps) <= 2:
        return None
    case = views.result.case
    rate = case.finance.equity_rate_frac or case.study.discount_rate_frac
    inner = tuple((words, signed_musd(usd)) for words, usd in steps[1:-1])
    (first, at_first), (last, at_last) = steps[0], steps[-1]
    columns = (Column("step"), *numbers("MUSD", ["present value"]))
    caption = f"From the plan's NPV to that of the owner, at {rate:.1%}"
    return Table(caption, columns, ((first, musd(at_first)), *inner), (last, musd(at_last)))

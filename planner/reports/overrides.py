"""The words for decisions fixed beforehand, shared by terminal, page and workbook."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from planner.reports.money import musd
from planner.views.overrides import OverridesView, Price


def overrides_words(view: OverridesView) -> str:
    """Return one sentence: how many decisions are fixed and what they cost."""
    many, named = len(view.rows) > 1, "; ".join(row.words for row in view.rows)
    them, cost = ("them", "they cost") if many else ("it", "it costs")
    head = f"{len(view.rows)} decision{'s were' if many else ' was'} fixed beforehand ({named})"
    if view.price is None or view.free_npv_usd is None:
        return f"{head}; what {cost} was not found out."
    if view.price.is_exact and view.price.usd < 5e4:
        return f"{head}; {cost} nothing: without {them} no plan is worth more."
    without = f"without {them} the best plan found is worth {musd(view.free_npv_usd)} MUSD"
    return f"{head}; {cost} {price_words(view.price)}: {without}{view.instead and f', {view.instead}'}."


def price_words(price: Price) -> str:
    """Return a price, with what the gaps leave open of it where that would be seen."""
    if price.is_exact:
        return f"{musd(price.usd)} MUSD"
    if price.most_usd is None:
        return f"{musd(price.usd)} MUSD as far as was found, at least {musd(price.least_usd)}"
    return f"{musd(price.usd)} MUSD (the gaps leave room from {musd(price.least_usd)} to {musd(price.most_usd)})"


def print_overrides(console: Console, view: OverridesView) -> None:
    """Print the sentence, and below it what each decision costs alone where that was asked for."""
    console.print(escape(overrides_words(view)), soft_wrap=True)
    for row in view.rows if len(view.rows) > 1 else ():
        if row.price is not None:
            console.print(f"  lifting only '{escape(row.words)}' gains {price_words(row.price)}", soft_wrap=True)

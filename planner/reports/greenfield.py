"""The terminal's words for the greenfield twin."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day, musd, mw, signed_musd
from planner.views.greenfield import GreenfieldView


def print_greenfield(console: Console, view: GreenfieldView) -> None:
    """Say what bare land would come to and what the energised megawatts are worth beside it."""
    dates = "their dates moved by that wait" if view.offers_wait else "at their own dates"
    console.print(
        f"\n[bold]What the energised site is worth[/bold] (the same offers, {dates}, on bare land that waits "
        f"{view.wait_months:.0f} months for {mw(view.connection_mw)} MW and builds from scratch)",
        soft_wrap=True,
    )
    if view.taken:
        offers = ", ".join(escape(name) for name in view.taken)
        console.print(
            f"  Bare land: NPV {musd(view.npv_usd)} MUSD; power asked for on {day(view.requested)} comes on "
            f"{day(view.first_power)}, first service on {day(view.first_service)}, for {offers}.",
            soft_wrap=True,
        )
    else:
        console.print("  Bare land: nothing is worth building; none of the offers can be served in time at a profit.")
    per_mw = ""
    if view.worth_usd_per_mw is not None:
        per_mw = f", {view.worth_usd_per_mw / 1e6:,.2f} MUSD for each of its {mw(view.energised_mw)} MW"
    console.print(f"  The energised site: [bold]{signed_musd(view.worth_usd)} MUSD[/bold]{per_mw}.", soft_wrap=True)
    if view.least_worth_usd is None or view.most_worth_usd is None:
        console.print("  One of the two searches has no bound: the worth may lie anywhere around it.")
    elif view.most_worth_usd - view.least_worth_usd > 5e4:
        console.print(
            f"  The gaps of the two searches leave room from {signed_musd(view.least_worth_usd)} to "
            f"{signed_musd(view.most_worth_usd)} MUSD."
        )

"""An explanation on the terminal, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from io import StringIO

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day, musd
from planner.reports.tables import table_of
from planner.views.why import HeldBackRow, MarginRow, NeedRow, WhyView, WorthRow, musd_between, price_between

LEAST_WIDTH = 100
FORMAT = "conversion-planner explanation"


def why_json(shown: WhyView) -> str:
    """Return an explanation as the text of its file."""

    def plain(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} has no form in JSON")

    return json.dumps({"format": FORMAT, "version": 1, **asdict(shown)}, indent=1, ensure_ascii=False, default=plain)


def why_text(shown: WhyView, *, width: int = LEAST_WIDTH, color: bool = False) -> str:
    """Return an explanation as text of the given width."""
    out = StringIO()
    console = Console(file=out, width=max(width, LEAST_WIDTH), force_terminal=color, highlight=False)
    console.print(f"\n[bold]{escape(shown.case)}[/bold]: why the plan of {musd(shown.npv_usd)} MUSD is what it is")
    console.print(f"{shown.proof}.", soft_wrap=True)
    _binding(console, shown)
    _rejected(console, shown.rejected)
    _accepted(console, shown.accepted)
    _worth(console, shown.worth)
    for note in shown.notes:
        console.print(f"note: {escape(note)}", soft_wrap=True)
    return out.getvalue()


def _binding(console: Console, shown: WhyView) -> None:
    if shown.held_back is not None:
        console.print("\n[bold]What binds, and what it holds back[/bold]")
        for row in shown.held_back:
            console.print(f"  {escape(_limit(row))}", soft_wrap=True)
        console.print("  cooling: none, plant is bought by the module as a hall needs it")
        if shown.rejected is None:
            console.print("  what they hold back is asked with the part 'rejected'")
    if shown.waits:
        console.print("\n[bold]What each service waits for[/bold] (read from the plan)")
        for wait in shown.waits:
            words = f"{wait.contract} from {day(wait.start)}, ready by {day(wait.ready_by)}: {wait.words}"
            console.print(f"  {escape(words)}", soft_wrap=True)
    if shown.requests:
        console.print("\n[bold]Critical path of each grid request[/bold]")
        for request in shown.requests:
            dates = f"asked for in {day(request.requested)}, usable from {day(request.usable)}"
            console.print(f"  {escape(request.upgrade)}: {dates}; {escape(request.words)}", soft_wrap=True)


def _limit(row: HeldBackRow) -> str:
    state = f"binds {row.binds}" if row.binds else row.left or "cannot be more"
    kept = f"; too little for {', '.join(row.offers)}" if row.offers else ""
    return f"{row.limit}: {state}{kept}"


def _rejected(console: Console, rows: tuple[NeedRow, ...] | None) -> None:
    if rows is None:
        return
    if not rows:
        console.print("\nNo offer that was asked about is left out.")
        return
    table = table_of(
        "Offers not taken: what they would have to pay", ("offer", "left"), ("pays", "right"),
        ("would need", "right"), ("", "left"), ("MUSD lost if taken now", "right"),
    )  # fmt: skip
    for row in rows:
        needed = ""
        if row.needed is not None and row.needed_between is not None:
            needed = price_between(row.needed, row.needed_between)
        lost = "" if row.loss_usd is None else musd_between(row.loss_usd)
        table.add_row(escape(row.offer), f"{row.price:,.4g}", needed, row.unit, lost)
    console.print(table)
    for row in rows:
        for words in row.words:
            console.print(f"  {escape(row.offer)}: {escape(words)}", soft_wrap=True)


def _accepted(console: Console, rows: tuple[MarginRow, ...] | None) -> None:
    if not rows:
        return
    table = table_of(
        "Offers taken: their margin of safety (each alone, against the best plan without it)", ("offer", "left"),
        ("worth MUSD", "right"), ("pays", "right"), ("worth taking from", "right"), ("", "left"), ("fall", "right"),
        ("works may cost MUSD more", "right"), ("may slip", "right"),
    )  # fmt: skip
    for row in rows:
        least = ""
        if row.least is not None and row.least_between is not None:
            least = "any" if row.least <= 0 else price_between(row.least, row.least_between)
        fall = "" if row.fall_frac is None else "all" if row.fall_frac >= 1 else f"{row.fall_frac:.1%}"
        table.add_row(
            escape(row.offer),
            "" if row.gain_usd is None else musd_between(row.gain_usd),
            f"{row.price:,.4g}",
            least,
            row.unit,
            fall,
            "" if row.overrun_usd is None else musd_between(row.overrun_usd),
            "" if row.months is None else f"{row.months:.0f} mo",
        )
    console.print(table)
    for row in rows:
        for words in row.words:
            console.print(f"  {escape(row.offer)}: {escape(words)}", soft_wrap=True)


def _worth(console: Console, rows: tuple[WorthRow, ...] | None) -> None:
    if not rows:
        return
    table = table_of(
        "What more of it is worth, MUSD of NPV", ("of", "left"), ("more", "right"), ("", "left"),
        ("worth", "right"), ("the plan leaves", "left"),
    )  # fmt: skip
    for row in rows:
        for number, step in enumerate(row.steps):
            table.add_row(
                escape(row.resource) if number == 0 else "",
                f"{step.amount:,g}",
                row.unit,
                musd_between(step.gain_usd, sign=True),
                row.left if number == 0 else "",
            )
    console.print(table)
    for row in rows:
        for step in row.steps:
            if step.words:
                console.print(
                    f"  {step.amount:,g} {row.unit}, {escape(row.resource)}: {escape(step.words)}", soft_wrap=True
                )

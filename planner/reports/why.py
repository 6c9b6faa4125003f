"""An explanation on the terminal, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from io import StringIO

from rich.console import Console
from rich.markup import escape

from planner.reports.money import musd
from planner.reports.tables import Cells, Heads, print_table, table_of
from planner.reports.waits import print_waits
from planner.views.why import (
    HeldBackRow,
    MarginRow,
    NeedRow,
    WhyView,
    WorthRow,
    musd_between,
    price_between,
)

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
            console.print(f"  {escape(limit_words(row))}", soft_wrap=True)
        console.print("  cooling: none, plant is bought by the module as a hall needs it")
        if shown.rejected is None:
            console.print("  what they hold back is asked with the part 'rejected'")
    print_waits(console, shown.waits or (), shown.requests or ())


def limit_words(row: HeldBackRow) -> str:
    """Return a limit, when it binds or what is left of it, and the offers that lack it."""
    state = f"binds {row.binds}" if row.binds else row.left or "cannot be more"
    kept = f"; too little for {', '.join(row.offers)}" if row.offers else ""
    return f"{row.limit}: {state}{kept}"


# --- rows that the terminal and the page share -------------------------------------------------------------

REJECTED_TITLE = "Offers not taken: what they would have to pay"
REJECTED: Heads = (
    ("offer", "left"), ("pays", "right"), ("would need", "right"), ("", "left"), ("MUSD lost if taken now", "right"),
)  # fmt: skip
ACCEPTED_TITLE = "Offers taken: their margin of safety (each alone, against the best plan without it)"
ACCEPTED: Heads = (
    ("offer", "left"), ("worth MUSD", "right"), ("pays", "right"), ("worth taking from", "right"), ("", "left"),
    ("may fall", "right"), ("works may cost MUSD more", "right"), ("may slip", "right"),
)  # fmt: skip
WORTH_TITLE = "What more of it is worth, MUSD of NPV"
WORTH: Heads = (("of", "left"), ("more", "right"), ("", "left"), ("worth", "right"), ("the plan leaves", "left"))


def rejected_cells(row: NeedRow) -> Cells:
    """Return the cells of an offer that is not taken."""
    needed = ""
    if row.needed is not None and row.needed_between is not None:
        needed = price_between(row.needed, row.needed_between)
    lost = "" if row.loss_usd is None else musd_between(row.loss_usd)
    return row.offer, f"{row.price:,.4g}", needed, row.unit, lost


def accepted_cells(row: MarginRow) -> Cells:
    """Return the cells of an offer that is taken."""
    least = ""
    if row.least is not None and row.least_between is not None:
        least = "any" if row.least <= 0 else price_between(row.least, row.least_between)
    return (
        row.offer,
        "" if row.gain_usd is None else musd_between(row.gain_usd),
        f"{row.price:,.4g}",
        least,
        row.unit,
        _fall(row),
        "" if row.overrun_usd is None else musd_between(row.overrun_usd),
        "" if row.months is None else f"{row.months:.0f} mo",
    )


def _fall(row: MarginRow) -> str:
    """Return by how much the price may fall; where that is a range, what is certain."""
    if row.fall_frac is None or row.least_between is None:
        return ""
    more = "" if row.least_between.is_price else " or more"
    return "all" if row.fall_frac >= 1 else f"{row.fall_frac:.1%}{more}"


def worth_cells(row: WorthRow) -> tuple[Cells, ...]:
    """Return the cells of every amount of a resource; its name stands in the first."""
    return tuple(
        (
            row.resource if number == 0 else "", f"{step.amount:,g}", _counted(row.unit, step.amount),
            musd_between(step.gain_usd, sign=True), row.left if number == 0 else "",
        )
        for number, step in enumerate(row.steps)
    )  # fmt: skip


def _counted(unit: str, amount: float) -> str:
    """Return the unit of an amount: of one month or hall without its last letter."""
    return unit.replace("months", "month").replace("halls", "hall") if amount == 1 else unit


def worth_words(rows: tuple[WorthRow, ...]) -> tuple[str, ...]:
    """Return what more of something changes, a sentence for each amount that is worth anything."""
    return tuple(
        f"{step.amount:,g} {_counted(row.unit, step.amount)}, {row.resource}: {step.words}"
        for row in rows
        for step in row.steps
        if step.words
    )


def _rejected(console: Console, rows: tuple[NeedRow, ...] | None) -> None:
    if rows is None:
        return
    if not rows:
        console.print("\nOf the offers asked about, all are taken.")
        return
    _print(console, REJECTED_TITLE, REJECTED, [rejected_cells(row) for row in rows])
    for row in rows:
        for words in row.words:
            console.print(f"  {escape(row.offer)}: {escape(words)}", soft_wrap=True)


def _accepted(console: Console, rows: tuple[MarginRow, ...] | None) -> None:
    if not rows:
        return
    _print(console, ACCEPTED_TITLE, ACCEPTED, [accepted_cells(row) for row in rows])
    for row in rows:
        for words in row.words:
            console.print(f"  {escape(row.offer)}: {escape(words)}", soft_wrap=True)


def _worth(console: Console, rows: tuple[WorthRow, ...] | None) -> None:
    if not rows:
        return
    _print(console, WORTH_TITLE, WORTH, [cells for row in rows for cells in worth_cells(row)])
    for words in worth_words(rows):
        console.print(f"  {escape(words)}", soft_wrap=True)


def _print(console: Console, title: str, heads: Heads, rows: list[Cells]) -> None:
    table = table_of(title, *heads)
    for row in rows:
        table.add_row(*map(escape, row))
    print_table(console, table)

"""An evaluation on the terminal, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from io import StringIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from planner.reports.money import musd, mw, signed_musd
from planner.reports.tables import print_table
from planner.views.evaluation import EvaluationView

LEAST_WIDTH = 100
FORMAT = "conversion-planner evaluation"


def evaluation_json(shown: EvaluationView) -> str:
    """Return an evaluation as the text of its file."""

    def plain(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} has no form in JSON")

    return json.dumps({"format": FORMAT, "version": 1, **asdict(shown)}, indent=1, ensure_ascii=False, default=plain)


def evaluation_text(shown: EvaluationView, *, width: int = LEAST_WIDTH, color: bool = False) -> str:
    """Return an evaluation as text of the given width."""
    out = StringIO()
    console = Console(file=out, width=max(width, LEAST_WIDTH), force_terminal=color, highlight=False)
    by = f", by {shown.by}" if shown.by else ""
    console.print(f"\n[bold]{escape(shown.proposal)}[/bold]{escape(by)}: {escape(shown.case)}", soft_wrap=True)
    console.print(escape(shown.verdict), soft_wrap=True)
    _broken(console, shown)
    _economics(console, shown)
    _claims(console, shown)
    _regret(console, shown)
    _break_evens(console, shown)
    for note in shown.notes:
        console.print(f"note: {escape(note)}", soft_wrap=True)
    return out.getvalue()


def _table(title: str, *columns: tuple[str, str]) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in columns:
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    return table


def _broken(console: Console, shown: EvaluationView) -> None:
    if shown.is_feasible:
        return
    console.print("\n[bold]What it breaks[/bold]")
    for row in shown.broken:
        console.print(f"  {escape(row.rule)}: {escape(row.words)}", soft_wrap=True)
    if shown.given_up:
        console.print("[bold]What has to give way[/bold] (the least that does; all else as proposed)")
        for words in shown.given_up:
            console.print(f"  {escape(words)}", soft_wrap=True)


def _economics(console: Console, shown: EvaluationView) -> None:
    rows = shown.economics
    table = _table("Economics, MUSD", ("", "left"), *((row.what, "right") for row in rows))
    table.add_row("NPV", *(musd(row.npv_usd) for row in rows))
    table.add_row(
        "against going on mining", *("" if row.gain_usd is None else signed_musd(row.gain_usd) for row in rows)
    )
    if any(row.owner_gain_usd is not None for row in rows):
        gains = ("" if row.owner_gain_usd is None else signed_musd(row.owner_gain_usd) for row in rows)
        table.add_row("the same for the owner, after the loan", *gains)
    table.add_row("capital spent", *(musd(row.capex_usd) for row in rows))
    table.add_row("peak funding", *("" if row.peak_funding_usd is None else musd(row.peak_funding_usd) for row in rows))
    table.add_row("IRR against mining", *(escape(row.return_words) for row in rows))
    table.add_row("payback", *(escape(row.payback) for row in rows))
    table.add_row("critical IT, MW", *(mw(row.ai_it_mw) for row in rows))
    table.add_row("offers", *(escape(", ".join(row.offers)) or "none" for row in rows))
    table.add_row("proof", *(_proof(row.status, row.gap_frac) for row in rows))
    print_table(console, table)


def _proof(status: str, gap_frac: float | None) -> str:
    if gap_frac is None:
        return "no bound"
    return f"gap {gap_frac:.2%}" if status == "optimal" else f"stopped, gap {gap_frac:.2%}"


def _claims(console: Console, shown: EvaluationView) -> None:
    if not shown.claims:
        return
    table = _table(
        "Claimed and computed, MUSD", ("", "left"), ("claimed", "right"), ("computed", "right"), ("difference", "right")
    )
    for row in shown.claims:
        table.add_row(row.what, musd(row.claimed_usd), musd(row.computed_usd), signed_musd(row.difference_usd))
    print_table(console, table)


def _regret(console: Console, shown: EvaluationView) -> None:
    if shown.regret_usd is None:
        return
    most = shown.regret_bound_usd
    proven = "" if most is None or most - shown.regret_usd < 5e4 else f", at most {musd(most)} by the proof"
    subject = "Regret" if shown.is_feasible else "Regret of the nearest feasible plan"
    console.print(f"[bold]{subject}[/bold] {musd(shown.regret_usd)} MUSD against the best plan{proven}.")
    if shown.causes:
        table = _table(
            "What it comes from (decisions freed in this order)", ("cause", "left"), ("MUSD", "right"), ("", "left")
        )
        for row in shown.causes:
            table.add_row(row.cause, musd(row.usd), escape(row.words))
        if abs(shown.within_gap_usd) >= 5e4:
            table.add_row("within the gaps", musd(shown.within_gap_usd), "too small to be told from what is not proven")
        print_table(console, table)


def _break_evens(console: Console, shown: EvaluationView) -> None:
    if not shown.break_evens:
        return
    targets = list(dict.fromkeys(row.target for row in shown.break_evens))
    table = _table(
        "Break-evens: value as one assumption moves (offers, halls, works, requests held; machines decided anew)",
        ("assumption", "left"), *((f"against {target}", "left") for target in targets),
    )  # fmt: skip
    words = {(row.assumption, row.target): row.words for row in shown.break_evens}
    for assumption in dict.fromkeys(row.assumption for row in shown.break_evens):
        table.add_row(assumption, *(words.get((assumption, target), "") for target in targets))
    print_table(console, table)

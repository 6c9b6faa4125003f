"""Near-optimal alternatives on the terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from io import StringIO

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day, musd, mw, signed_musd
from planner.reports.tables import Cells, Heads, print_table, table_of
from planner.views.near_best import AlternativesView

LEAST_WIDTH = 100
FORMAT = "conversion-planner alternatives"


def alternatives_json(shown: AlternativesView) -> str:
    """Return alternatives as the text of their file."""
    content = {"format": FORMAT, "version": 1, **asdict(shown)}
    return json.dumps(content, indent=1, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def alternatives_text(shown: AlternativesView, *, width: int = LEAST_WIDTH, color: bool = False) -> str:
    """Return alternatives as text of the given width."""
    out = StringIO()
    console = Console(file=out, width=max(width, LEAST_WIDTH), force_terminal=color, highlight=False)
    console.print(f"\n[bold]{escape(shown.case)}[/bold]", soft_wrap=True)
    console.print(escape(worth_words(shown)), soft_wrap=True)
    _common(console, shown)
    _choices(console, shown)
    _plans(console, shown)
    _differences(console, shown)
    for note in shown.notes:
        console.print(f"note: {escape(note)}", soft_wrap=True)
    return out.getvalue()


def worth_words(shown: AlternativesView) -> str:
    """Say what the best plan is worth, and how many others are nearly as good."""
    return (
        f"The best plan is worth {musd(shown.best_npv_usd)} MUSD, {signed_musd(shown.best_gain_usd)} MUSD against "
        f"going on mining. {_counted(len(shown.plans) - 1)} {shown.within} "
        f"(NPV of {musd(shown.floor_npv_usd)} MUSD or more)."
    )


def _differences(console: Console, shown: AlternativesView) -> None:
    if len(shown.plans) > 1:
        console.print("[bold]Against the best plan[/bold]")
    for words in difference_words(shown):
        console.print(f"  {escape(words)}", soft_wrap=True)


def difference_words(shown: AlternativesView) -> Iterator[str]:
    """Yield what each plan decides otherwise than the best."""
    for row in shown.plans[1:]:
        more, less = ", ".join(row.more), ", ".join(row.less)
        words = f"{more} in place of {less}" if more and less else f"without {less}" if less else f"also {more}"
        stopped = "" if row.is_proven_farthest else " (stopped: another plan may differ more)"
        yield f"{row.name}: {words}{stopped}"


def _counted(count: int) -> str:
    if count == 0:
        return "No other plan was found that loses at most"
    return "One other plan loses at most" if count == 1 else f"{count} other plans lose at most"


def _common(console: Console, shown: AlternativesView) -> None:
    console.print()
    for head, rest in common_words(shown):
        console.print(f"[bold]{head}[/bold] {escape(rest)}", soft_wrap=True)


def common_words(shown: AlternativesView) -> Iterator[tuple[str, str]]:
    """Yield what all plans do and what none does, the head of the sentence apart."""
    sure = "proven for every plan in this range" if shown.is_settled else "of the plans below, not proven for others"
    yield "Must be done", f"({sure}): {'; '.join(shown.musts) or 'nothing'}."
    if shown.never:
        yield "Taken by none", f"({sure}): {', '.join(shown.never)}."


def _choices(console: Console, shown: AlternativesView) -> None:
    if not shown.choices:
        return
    console.print("[bold]Real choices[/bold] (in brackets the plans, and the most that one of them gains, MUSD):")
    for row in shown.choices:
        ways = ", ".join(
            f"{escape(way.what)} \\[{', '.join(way.plans)}: {signed_musd(way.best_gain_usd)}]" for way in row.variants
        )
        console.print(f"  {escape(row.subject)}: {ways}", soft_wrap=True)


def _plans(console: Console, shown: AlternativesView) -> None:
    heads, rows = plan_cells(shown)
    table = table_of(PLANS_TITLE, *heads)
    for cells in rows:
        table.add_row(*map(escape, cells))
    print_table(console, table)
    if len(shown.plans) > 1:
        console.print(DIFFERS, soft_wrap=True)


PLANS_TITLE = "Plans, MUSD"
DIFFERS = (
    "differs: MW of critical IT used otherwise than in the nearest plan above it: offers, their years, halls given "
    "up (equal halls are alike), requests and on-site supply given up."
)


def plan_cells(shown: AlternativesView) -> tuple[Heads, tuple[Cells, ...]]:
    """Return the columns of the table of plans, and its rows."""
    with_carbon = any(row.t_co2 is not None for row in shown.plans)
    heads: Heads = (
        ("plan", "left"), ("NPV", "right"), ("gain", "right"), ("of best", "right"),
        ("capital", "right"), ("peak funding", "right"), ("IT MW", "right"), ("first rent", "left"),
        *([("kt CO2", "right")] if with_carbon else []), ("differs, MW", "right"), ("for", "left"),
    )  # fmt: skip
    rows = []
    for row in shown.plans:
        share = row.share_of_best_gain_frac
        carbon = [] if not with_carbon else ["" if row.t_co2 is None else f"{row.t_co2 / 1e3:,.0f}"]
        rows.append((
            row.name, musd(row.npv_usd), signed_musd(row.gain_usd), "" if share is None else f"{share:.1%}",
            musd(row.capex_usd), musd(row.peak_funding_usd), mw(row.it_mw), day(row.first_rent) or "none", *carbon,
            mw(row.distance_mw) if row.name != shown.plans[0].name else "", ", ".join(row.offers) or "mining",
        ))  # fmt: skip
    return heads, tuple(rows)

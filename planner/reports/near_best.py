"""Near-optimal alternatives on the terminal, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from io import StringIO

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day, musd, mw, signed_musd
from planner.reports.tables import table_of
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
    count = len(shown.plans) - 1
    console.print(f"\n[bold]{escape(shown.case)}[/bold]", soft_wrap=True)
    console.print(
        f"The best plan is worth {musd(shown.best_npv_usd)} MUSD, {signed_musd(shown.best_gain_usd)} MUSD against "
        f"going on mining. {_counted(count)} {shown.within} (NPV of {musd(shown.floor_npv_usd)} MUSD or more).",
        soft_wrap=True,
    )
    _common(console, shown)
    _choices(console, shown)
    _plans(console, shown)
    _differences(console, shown)
    for note in shown.notes:
        console.print(f"note: {escape(note)}", soft_wrap=True)
    return out.getvalue()


def _differences(console: Console, shown: AlternativesView) -> None:
    if len(shown.plans) > 1:
        console.print("[bold]Against the best plan[/bold]")
    for row in shown.plans[1:]:
        more, less = (", ".join(escape(words) for words in side) for side in (row.more, row.less))
        words = f"{more} in place of {less}" if more and less else f"without {less}" if less else f"also {more}"
        stopped = "" if row.is_proven_farthest else " (stopped: another plan may differ more)"
        console.print(f"  {row.name}: {words}{stopped}", soft_wrap=True)


def _counted(count: int) -> str:
    if count == 0:
        return "No other plan was found that loses at most"
    return "One other plan loses at most" if count == 1 else f"{count} other plans lose at most"


def _common(console: Console, shown: AlternativesView) -> None:
    sure = "proven for every plan in this range" if shown.is_settled else "of the plans below, not proven for others"
    musts = "; ".join(escape(words) for words in shown.musts) or "nothing"
    console.print(f"\n[bold]Must be done[/bold] ({sure}): {musts}.", soft_wrap=True)
    if shown.never:
        console.print(f"[bold]Taken by none[/bold] ({sure}): {escape(', '.join(shown.never))}.", soft_wrap=True)


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
    with_carbon = any(row.t_co2 is not None for row in shown.plans)
    table = table_of(
        "Plans, MUSD", ("plan", "left"), ("NPV", "right"), ("gain", "right"), ("of best", "right"),
        ("capital", "right"), ("peak funding", "right"), ("IT MW", "right"), ("first rent", "left"),
        *([("kt CO2", "right")] if with_carbon else []), ("differs, MW", "right"), ("for", "left"),
    )  # fmt: skip
    for row in shown.plans:
        share = row.share_of_best_gain_frac
        carbon = [] if not with_carbon else ["" if row.t_co2 is None else f"{row.t_co2 / 1e3:,.0f}"]
        table.add_row(
            row.name, musd(row.npv_usd), signed_musd(row.gain_usd), "" if share is None else f"{share:.1%}",
            musd(row.capex_usd), musd(row.peak_funding_usd), mw(row.it_mw), day(row.first_rent) or "none", *carbon,
            mw(row.distance_mw) if row.name != shown.plans[0].name else "", escape(", ".join(row.offers)) or "mining",
        )  # fmt: skip
    console.print(table)
    if len(shown.plans) == 1:
        return
    console.print(
        "differs: MW of critical IT used otherwise than in the nearest plan above it: offers, their years, halls given "
        "up (equal halls are alike), requests and on-site supply given up.",
        soft_wrap=True,
    )

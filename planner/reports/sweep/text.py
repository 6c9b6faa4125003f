"""What a sweep tells on the terminal: sentences, what to pin down first, the tornado, flips, groups of decisions."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.markup import escape

from planner.reports.money import fit_for, signed_musd
from planner.reports.sweep.points import LEAST_WIDTH
from planner.reports.sweep.tables import then
from planner.reports.sweep.words import (
    flip_words,
    pin_sentence,
    record,
    regret_words,
    sentences,
    span_words,
    swing_words,
)
from planner.reports.tables import print_table, table_of
from planner.schemas.sweep import OneAtATime
from planner.studies.sweeps.outcome import Way
from planner.views.sweep_analysis.analysis import SweepAnalysis
from planner.views.sweep_analysis.tornado import End

MOST_FLIPS = 15
MOST_REGIONS = 10
RANGES = "Swings and the worth of knowing are those of the ranges tried: a wider range makes both larger."


def analysis_text(analysis: SweepAnalysis, *, width: int = LEAST_WIDTH, color: bool = False) -> str:
    """Return what a sweep tells as text of the given width."""
    out = StringIO()
    console = Console(file=out, width=max(width, LEAST_WIDTH), force_terminal=color, highlight=False)
    with fit_for(analysis.largest_usd):
        _tell(console, analysis)
    return out.getvalue()


def _tell(console: Console, analysis: SweepAnalysis) -> None:
    _tornado(console, analysis)
    _pinned(console, analysis)
    _influences(console, analysis)
    _regions(console, analysis)
    _flips(console, analysis)
    console.print("\n[bold]What it tells[/bold]")
    for sentence in sentences(analysis):
        console.print(escape(sentence), soft_wrap=True)
    pin = pin_sentence(analysis)
    if pin:
        console.print(f"[bold]{escape(pin)}[/bold]", soft_wrap=True)
    if analysis.pinned:
        console.print(RANGES, soft_wrap=True, style="dim")
    for sentence in record(analysis):
        console.print(escape(sentence), soft_wrap=True)


def _tornado(console: Console, analysis: SweepAnalysis) -> None:
    if not analysis.tornado:
        return
    is_kept = Way.HELD in analysis.ways
    is_best = Way.REOPTIMISED in analysis.ways
    gains = [*([("best", "right")] if is_best else []), *([("kept", "right")] if is_kept else [])]
    drawn = table_of(
        "One assumption at a time, MUSD against going on mining (best: planned anew; kept: the base case's plan)",
        ("factor", "left"), ("low", "left"), *gains, ("high", "left"), *gains,
        *([("swing", "right")] if is_best else []), *([("kept swing", "right")] if is_kept else []),
    )  # fmt: skip
    for row in analysis.tornado:
        swings = [*([swing_words(row.best)] if is_best else []), *([swing_words(row.kept)] if is_kept else [])]
        ends = [cell for end in (row.low, row.high) for cell in _end(end, is_best=is_best, is_kept=is_kept)]
        drawn.add_row(escape(row.factor), *ends, *swings)
    print_table(console, drawn)


def _end(end: End | None, *, is_best: bool, is_kept: bool) -> list[str]:
    if end is None:
        return ["", *([""] * (is_best + is_kept))]
    best = "no plan" if end.best is None else signed_musd(end.best.usd)
    kept = "" if end.kept is None else signed_musd(end.kept.usd)
    kept += "!" if end.breaks else ""
    return [escape(end.words), *([best] if is_best else []), *([kept] if is_kept else [])]


def _pinned(console: Console, analysis: SweepAnalysis) -> None:
    if not analysis.pinned:
        return
    drawn = table_of(
        "What to pin down first, MUSD", ("#", "right"), ("factor", "left"), ("tried", "left"), ("swing", "right"),
        ("worth of knowing", "right"), ("at", "left"), ("then", "left"),
    )  # fmt: skip
    rows = {row.factor: row for row in analysis.tornado}
    for number, item in enumerate(analysis.pinned, start=1):
        knowing = item.knowing
        worth = "" if knowing is None else regret_words(knowing.regret)
        where = knowing.words if knowing is not None and knowing.is_told else ""
        drawn.add_row(
            str(number), escape(item.factor), escape(item.reach), swing_words(item.swing), worth, escape(where),
            escape(then(rows[item.factor])),
        )  # fmt: skip
    print_table(console, drawn)


def _influences(console: Console, analysis: SweepAnalysis) -> None:
    if not analysis.influences:
        return
    drawn = table_of(
        "Rank correlation of each factor with the gain (Spearman)", ("factor", "left"), ("correlation", "right"),
        ("samples", "right"), ("", "left"),
    )  # fmt: skip
    for one in analysis.influences:
        drawn.add_row(
            escape(one.factor), f"{one.rank_correlation:+.2f}", str(one.samples),
            "" if one.is_told else "may be chance",
        )  # fmt: skip
    print_table(console, drawn)


def _regions(console: Console, analysis: SweepAnalysis) -> None:
    if len(analysis.regions) < 2 or isinstance(analysis.sweep.design, OneAtATime):
        return
    drawn = table_of(
        "Points that decide alike", ("", "left"), ("points", "right"), ("gain, MUSD", "right"), ("for", "left"),
        ("then", "left"),
    )  # fmt: skip
    for region in analysis.regions[:MOST_REGIONS]:
        least, most = region.least_gain_usd, region.most_gain_usd
        ends = () if least is None or most is None else (signed_musd(least), signed_musd(most))
        gains = " to ".join(dict.fromkeys(ends))
        where = span_words(region, analysis.table.factors)
        drawn.add_row(region.letter, str(len(region.points)), gains, escape(region.words), escape(where))
    print_table(console, drawn)
    if len(analysis.regions) > MOST_REGIONS:
        console.print(f"... and {len(analysis.regions) - MOST_REGIONS} more groups")


def _flips(console: Console, analysis: SweepAnalysis) -> None:
    told = [flip for flip in analysis.flips if flip.change.level.is_flip]
    if not told:
        return
    console.print("\n[bold]Where the decision flips[/bold]")
    for flip in told[:MOST_FLIPS]:
        console.print(f"  {escape(flip_words(flip))} ({flip.proof.value})", soft_wrap=True)
    if len(told) > MOST_FLIPS:
        console.print(f"  ... and {len(told) - MOST_FLIPS} more; --out writes all of them")

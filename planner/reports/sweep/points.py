"""The points of a sweep on the terminal, as JSON and as files; everything drawn is in its table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape

from planner.files.cells import safe_cell
from planner.files.whole import written_whole
from planner.reports.money import fit_for, least_shown_usd, musd, signed_musd
from planner.reports.sweep.records import effects_frame
from planner.reports.tables import print_table, table_of
from planner.studies.sweeps.effects import Effect
from planner.studies.sweeps.outcome import HeldAs, PointOutcome, PointStatus, Way
from planner.studies.sweeps.table import SweepRow, SweepTable, frame, largest_usd

LEAST_WIDTH = 100
FORMAT = "conversion-planner sweep"
MOST_SHOWN = 60
"""Points on the terminal; the files have all."""
MOST_COLUMNS = 5
"""Factors that get a column on the terminal where points are samples."""
PARQUET = "points.parquet"
TITLE = "Points, MUSD (gain: against going on mining)"


def has_parquet() -> bool:
    """Tell whether Parquet can be written here."""
    return find_spec("pyarrow") is not None


def write_sweep(table: SweepTable, effects: Sequence[Effect], folder: Path) -> tuple[Path, ...]:
    """Write points.csv, points.parquet where it can be written, effects.csv after a screening. Raises OSError."""
    made = frame(table)
    files = [written_whole(folder / "points.csv", lambda path: safe(made).to_csv(path, index=False))]
    if has_parquet():
        files.append(written_whole(folder / PARQUET, lambda path: made.to_parquet(path, index=False)))
    if effects:
        told = effects_frame(effects)
        files.append(written_whole(folder / "effects.csv", lambda path: safe(told).to_csv(path, index=False)))
    return tuple(files)


def safe(made: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts a spreadsheet takes for no formulas."""
    texts = [name for name in made.columns if made[name].dtype == object or str(made[name].dtype) == "str"]
    return made.assign(**{name: made[name].map(safe_cell) for name in texts})


def sweep_json(table: SweepTable, effects: Sequence[Effect]) -> str:
    """Return a sweep as the text of a JSON file: the same columns as the other files."""
    rows = json.loads(frame(table).to_json(orient="records", double_precision=15))
    told = {
        "format": FORMAT,
        "version": 1,
        "name": table.name,
        "case": table.case,
        "factors": list(table.factors),
        "asked_gap_frac": table.asked_gap_frac,
        "points": rows,
        "effects": [asdict(effect) for effect in effects],
    }
    return json.dumps(told, indent=1, ensure_ascii=False)


def sweep_text(table: SweepTable, effects: Sequence[Effect], *, width: int = LEAST_WIDTH, color: bool = False) -> str:
    """Return a sweep as text of the given width."""
    out = StringIO()
    console = Console(file=out, width=max(width, LEAST_WIDTH), force_terminal=color, highlight=False)
    console.print(f"\n[bold]{escape(table.name)}[/bold]: {escape(table.case)}", soft_wrap=True)
    with fit_for(largest_usd(table)):
        _points(console, table)
        if effects:
            _effects(console, effects)
    for row in [row for row in table.rows if row.outcome.error][:MOST_SHOWN]:
        kept = ", plan kept" if row.way is Way.HELD else ""
        first = row.outcome.error.splitlines()
        console.print(f"{escape(row.name)}{kept}: {escape(' '.join(part.strip() for part in first))}", soft_wrap=True)
    return out.getvalue()


def _points(console: Console, table: SweepTable) -> None:
    ways = {row.way for row in table.rows}
    is_sampled = any(row.name.startswith("sample ") for row in table.rows)
    shown = range(min(len(table.factors), MOST_COLUMNS)) if is_sampled else range(0)
    columns = [("#", "right"), ("point", "left"), *((table.factors[i], "right") for i in shown)]
    if Way.REOPTIMISED in ways:
        columns += [("NPV", "right"), ("gain", "right"), ("offers", "left")]
    if Way.HELD in ways:
        columns += [("kept NPV", "right"), ("gain", "right"), ("regret", "right"), ("kept", "left")]
    drawn = table_of(TITLE, *columns, ("proof", "left"))
    numbers = sorted({row.point for row in table.rows})
    for number in numbers[:MOST_SHOWN]:
        best, held = table.row(number, Way.REOPTIMISED), table.row(number, Way.HELD)
        either = best or held
        if either is None:
            continue
        cells = [str(number), escape(either.name), *(_value(either.values[i]) for i in shown)]
        cells += _best(best) if Way.REOPTIMISED in ways else []
        cells += _held(held) if Way.HELD in ways else []
        drawn.add_row(*cells, _proof((best or either).outcome))
    print_table(console, drawn)
    if len(numbers) > MOST_SHOWN:
        console.print(f"... and {len(numbers) - MOST_SHOWN} more points; --out writes all of them")


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(str("" if value is None else value))


def _best(row: SweepRow | None) -> list[str]:
    figures = None if row is None else row.outcome.figures
    if figures is None:
        return ["", "", ""]
    offers = escape(", ".join(figures.offers)) or "none"
    return [musd(figures.npv_usd), signed_musd(figures.gain_usd), offers]


def _held(row: SweepRow | None) -> list[str]:
    if row is None:
        return ["", "", "", ""]
    figures, how = row.outcome.figures, row.outcome.held
    if figures is None:
        return ["", "", "", "cannot be" if row.outcome.status is PointStatus.INFEASIBLE else ""]
    words = "" if how in (None, HeldAs.DECIDED) else str(how)
    words += "" if row.outcome.short_usd is None else f" by {musd(row.outcome.short_usd)}"
    return [musd(figures.npv_usd), signed_musd(figures.gain_usd), _regret(row), words]


def _regret(row: SweepRow) -> str:
    """Write a regret with what the proof of the best plan leaves open."""
    least, most = row.regret_usd, row.regret_bound_usd
    if least is None:
        return ""
    if most is None:
        return f"{musd(least)} or more"
    return musd(least) if most - least < least_shown_usd() else f"{musd(max(least, 0.0))} to {musd(most)}"


def _proof(outcome: PointOutcome) -> str:
    if outcome.figures is None:
        return outcome.status.value.replace("_", " ")
    gap = outcome.figures.gap_frac
    if gap is None:
        return "no bound"
    return f"gap {gap:.2%}" if outcome.status is PointStatus.OPTIMAL else f"stopped, gap {gap:.2%}"


def _effects(console: Console, effects: Sequence[Effect]) -> None:
    drawn = table_of(
        "Effects on NPV over the whole range of each factor (Morris), MUSD",
        ("factor", "left"), ("", "left"), ("mu*", "right"), ("95 %", "right"), ("mu", "right"), ("sigma", "right"),
        ("unproven", "right"), ("paths", "right"),
    )  # fmt: skip
    for effect in effects:
        drawn.add_row(
            escape(effect.factor),
            "plan kept" if effect.way is Way.HELD else "",
            musd(effect.mu_star_usd),
            f"±{musd(effect.mu_star_95_usd)}",
            signed_musd(effect.mu_usd),
            musd(effect.sigma_usd),
            f"±{musd(effect.unproven_usd)}",
            str(effect.trajectories),
        )
    print_table(console, drawn)

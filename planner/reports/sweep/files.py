"""What a sweep tells as files: tables as CSV, the page, and the same records in JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from planner.files.cells import safe_cell
from planner.files.whole import written_whole
from planner.reports.sweep import points
from planner.reports.sweep.page import sweep_page
from planner.reports.sweep.words import flip_words
from planner.studies.sweeps.effects import Effect
from planner.studies.sweeps.outcome import Way
from planner.studies.sweeps.table import SweepTable
from planner.views.sweep_analysis.analysis import SweepAnalysis
from planner.views.sweep_analysis.decisions import Change
from planner.views.sweep_analysis.tornado import End
from planner.views.sweep_analysis.worth import Difference, Swing, Worth

Cells = dict[str, object]
COMPARISON = (
    "point", "name", "mode", "status", "gain_usd", "gain_most_usd", "gain_difference_usd", "gain_difference_least_usd",
    "gain_difference_most_usd", "npv_difference_usd", "decision", "changed", "offers_gained", "offers_lost", "changes",
)  # fmt: skip
TORNADO = (
    "pin_down", "factor", "base",
    *(f"{end}_{name}" for end in ("low", "high") for name in (
        "value", "point", "best_gain_usd", "best_gain_most_usd", "kept_gain_usd", "kept_as", "regret_usd",
        "regret_most_usd", "owner_best_gain_usd", "owner_kept_gain_usd", "changed", "changes",
    )),
    *(f"{of}_swing{end}_usd" for of in ("best", "kept", "best_npv", "kept_npv") for end in ("", "_least", "_most")),
    "knowing_usd", "knowing_most_usd", "knowing_at", "knowing_is_told", "broken_at",
)  # fmt: skip
FLIPS = ("factor", "from", "to", "others", "from_point", "to_point", "changed", "proof", "changes", "words")


def write_analysis(analysis: SweepAnalysis, folder: Path) -> tuple[Path, ...]:
    """Write comparison.csv, tornado.csv, flips.csv and sweep.html. Raises OSError."""
    tables = {
        "comparison.csv": (COMPARISON, comparison_records(analysis)),
        "tornado.csv": (TORNADO, tornado_records(analysis)),
        "flips.csv": (FLIPS, flip_records(analysis)),
    }
    written = [_write(folder / name, columns, rows) for name, (columns, rows) in tables.items()]
    page = sweep_page(analysis)
    written.append(written_whole(folder / "sweep.html", lambda path: path.write_text(page, encoding="utf-8")))
    return tuple(written)


def _write(file: Path, columns: tuple[str, ...], rows: Sequence[Cells]) -> Path:
    safe = [
        {name: safe_cell(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows
    ]
    made = pd.DataFrame(safe, columns=list(columns), dtype=object)
    return written_whole(file, lambda path: made.to_csv(path, index=False))


def sweep_json(table: SweepTable, effects: Sequence[Effect], analysis: SweepAnalysis) -> str:
    """Return a sweep and what it tells as the text of a JSON file."""
    told = json.loads(points.sweep_json(table, effects))
    told["comparison"] = comparison_records(analysis)
    told["tornado"] = tornado_records(analysis)
    told["flips"] = flip_records(analysis)
    told["regions"] = [
        {"letter": region.letter, "decision": region.words, "points": list(region.points)}
        for region in analysis.regions
    ]
    told["influences"] = [
        {"factor": one.factor, "rank_correlation": one.rank_correlation, "chance_frac": one.chance_frac,
         "samples": one.samples, "is_of_kept": one.is_of_kept}
        for one in analysis.influences
    ]  # fmt: skip
    return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)


def comparison_records(analysis: SweepAnalysis) -> list[Cells]:
    """Return a record for each point and way beside the base case."""
    letters = {number: region.letter for region in analysis.regions for number in region.points}
    return [
        {
            "point": row.point,
            "name": row.name,
            "mode": row.way.value,
            "status": row.status.value,
            **_worth("gain", row.gain),
            **_difference("gain_difference", row.gain_difference),
            "npv_difference_usd": None if row.npv_difference is None else row.npv_difference.usd,
            "decision": letters.get(row.point, "") if row.way is Way.REOPTIMISED else "",
            **_change("", row.change),
            "offers_gained": "" if row.change is None else ";".join(row.change.gained),
            "offers_lost": "" if row.change is None else ";".join(row.change.lost),
        }
        for row in analysis.comparison.rows
    ]


def tornado_records(analysis: SweepAnalysis) -> list[Cells]:
    """Return a record for each factor that was moved alone, the largest swing first."""
    place = {item.factor: (k, item) for k, item in enumerate(analysis.pinned, start=1)}
    records: list[Cells] = []
    for row in analysis.tornado:
        rank, item = place[row.factor]
        knowing = item.knowing
        records.append(
            {
                "pin_down": rank,
                "factor": row.factor,
                "base": row.base_words,
                **_end("low", row.low),
                **_end("high", row.high),
                **_swing("best", row.best),
                **_swing("kept", row.kept),
                **_swing("best_npv", row.best_npv),
                **_swing("kept_npv", row.kept_npv),
                "knowing_usd": None if knowing is None else knowing.regret.usd,
                "knowing_most_usd": None if knowing is None else _finite(knowing.regret.most_usd),
                "knowing_at": "" if knowing is None else knowing.words,
                "knowing_is_told": None if knowing is None else knowing.is_told,
                "broken_at": ";".join(f"{end.words} {end.breaks}" for end in item.broken),
            }
        )
    return records


def flip_records(analysis: SweepAnalysis) -> list[Cells]:
    """Return a record for each change of the plan between neighbours."""
    return [
        {
            "factor": flip.factor,
            "from": flip.before,
            "to": flip.after,
            "others": flip.others,
            "from_point": flip.from_point,
            "to_point": flip.to_point,
            **_change("", flip.change),
            "proof": flip.proof.value,
            "words": flip_words(flip),
        }
        for flip in analysis.flips
    ]


def _end(name: str, end: End | None) -> Cells:
    if end is None:
        return {}
    return {
        f"{name}_value": end.words,
        f"{name}_point": end.point,
        **_worth(f"{name}_best_gain", end.best),
        f"{name}_kept_gain_usd": None if end.kept is None else end.kept.usd,
        f"{name}_kept_as": "not at all" if end.is_impossible else str(end.kept_as or ""),
        f"{name}_regret_usd": None if end.regret is None else end.regret.usd,
        f"{name}_regret_most_usd": None if end.regret is None else _finite(end.regret.most_usd),
        f"{name}_owner_best_gain_usd": end.owner_best_usd,
        f"{name}_owner_kept_gain_usd": end.owner_kept_usd,
        **_change(f"{name}_", end.change),
    }


def _worth(name: str, worth: Worth | None) -> Cells:
    if worth is None:
        return {}
    return {f"{name}_usd": worth.usd, f"{name}_most_usd": _finite(worth.most_usd)}


def _difference(name: str, of: Difference | None) -> Cells:
    if of is None:
        return {}
    return {f"{name}_usd": of.usd, f"{name}_least_usd": _finite(of.least_usd), f"{name}_most_usd": _finite(of.most_usd)}


def _swing(name: str, of: Swing | None) -> Cells:
    if of is None:
        return {}
    least, most = _finite(of.least_usd), _finite(of.most_usd)
    return {f"{name}_swing_usd": of.usd, f"{name}_swing_least_usd": least, f"{name}_swing_most_usd": most}


def _change(name: str, of: Change | None) -> Cells:
    if of is None:
        return {f"{name}changed": "", f"{name}changes": ""}
    return {f"{name}changed": of.level.words, f"{name}changes": "; ".join(of.words)}


def _finite(usd: float) -> float | None:
    """Return an amount, none where there is no bound."""
    return usd if math.isfinite(usd) else None

"""What a sweep tells as files: tables as CSV, the page, and the same records in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from planner.files.whole import written_whole
from planner.reports.sweep import points
from planner.reports.sweep.page import sweep_page
from planner.reports.sweep.points import safe
from planner.reports.sweep.records import (
    comparison_frame,
    comparison_records,
    flip_records,
    flips_frame,
    tornado_frame,
    tornado_records,
)
from planner.studies.sweeps.effects import Effect
from planner.studies.sweeps.run import Swept
from planner.studies.sweeps.table import SweepTable
from planner.views.sweep_analysis.analysis import SweepAnalysis


def write_base(swept: Swept, folder: Path) -> Path | None:
    """Write base/result.json, the plan of the base case, where it was found now. Raises OSError."""
    if not swept.base_json:
        return None
    (folder / "base").mkdir(exist_ok=True)
    return written_whole(folder / "base/result.json", lambda path: path.write_text(swept.base_json, encoding="utf-8"))


def write_analysis(analysis: SweepAnalysis, folder: Path) -> tuple[Path, ...]:
    """Write comparison.csv, tornado.csv, flips.csv and sweep.html. Raises OSError."""
    tables = {
        "comparison.csv": comparison_frame(analysis),
        "tornado.csv": tornado_frame(analysis),
        "flips.csv": flips_frame(analysis),
    }
    written = [_write(folder / name, made) for name, made in tables.items()]
    page = sweep_page(analysis)
    written.append(written_whole(folder / "sweep.html", lambda path: path.write_text(page, encoding="utf-8")))
    return tuple(written)


def _write(file: Path, made: pd.DataFrame) -> Path:
    return written_whole(file, lambda path: safe(made).to_csv(path, index=False))


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

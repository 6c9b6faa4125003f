"""What a sweep tells as records and frames: the rows of its CSV files, of JSON and of the library. Money in USD."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, fields

import pandas as pd

from planner.reports.sweep.tables import then
from planner.reports.sweep.words import flip_words, span_words
from planner.studies.sweeps.effects import Effect
from planner.studies.sweeps.outcome import Way
from planner.views.sweep_analysis.analysis import SweepAnalysis
from planner.views.sweep_analysis.decisions import Change
from planner.views.sweep_analysis.pinned import Knowing
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
PINNED = (
    "pin_down", "factor", "tried", "swing_usd", "swing_least_usd", "swing_most_usd", "swing_is_of_kept", "knowing_usd",
    "knowing_least_usd", "knowing_most_usd", "knowing_at", "knowing_is_told", "broken_at", "matters", "then",
)  # fmt: skip
REGIONS = ("decision", "points", "words", "gain_least_usd", "gain_most_usd", "at")
INFLUENCES = ("factor", "rank_correlation", "chance_frac", "samples", "is_of_kept", "is_told")
COUNTS = ("point", "pin_down", "low_point", "high_point", "from_point", "to_point", "samples", "trajectories")
ANSWERS = ("knowing_is_told", "swing_is_of_kept", "matters", "is_of_kept", "is_told")


def made_frame(columns: Sequence[str], rows: Sequence[Cells]) -> pd.DataFrame:
    """Return records as a frame: amounts, counts and answers may be missing, text that is missing is empty."""
    made = pd.DataFrame(rows, columns=list(columns), dtype=object)
    for name in columns:
        if name.endswith(("_usd", "_frac", "_correlation")):
            made[name] = made[name].astype("Float64")
        elif name in COUNTS:
            made[name] = made[name].astype("Int64")
        elif name in ANSWERS:
            made[name] = made[name].astype("boolean")
        else:
            made[name] = made[name].fillna("")
    return made


def comparison_frame(analysis: SweepAnalysis) -> pd.DataFrame:
    """Return every point and way beside the base case."""
    return made_frame(COMPARISON, comparison_records(analysis))


def tornado_frame(analysis: SweepAnalysis) -> pd.DataFrame:
    """Return the factors that were moved alone, the largest swing first."""
    return made_frame(TORNADO, tornado_records(analysis))


def flips_frame(analysis: SweepAnalysis) -> pd.DataFrame:
    """Return the changes of the plan between neighbours."""
    return made_frame(FLIPS, flip_records(analysis))


def effects_frame(effects: Sequence[Effect]) -> pd.DataFrame:
    """Return the effects of a Morris screening; no rows of any other sweep."""
    columns = ["mode" if field.name == "way" else field.name for field in fields(Effect)]
    rows = [{**asdict(effect), "mode": effect.way.value} for effect in effects]
    return made_frame(columns, rows)


def pinned_frame(analysis: SweepAnalysis) -> pd.DataFrame:
    """Return the assumptions at a glance: the one to pin down first at the head, with what hangs on it."""
    rows = {row.factor: row for row in analysis.tornado}
    records: list[Cells] = []
    for rank, item in enumerate(analysis.pinned, start=1):
        swing, knowing = item.swing, item.knowing
        records.append(
            {
                "pin_down": rank,
                "factor": item.factor,
                "tried": item.reach,
                "swing_usd": None if swing is None else swing.usd,
                "swing_least_usd": None if swing is None else _finite(swing.least_usd),
                "swing_most_usd": None if swing is None else _finite(swing.most_usd),
                "swing_is_of_kept": None if swing is None else item.is_of_kept,
                **_knowing(knowing),
                "knowing_least_usd": None if knowing is None else _finite(knowing.regret.least_usd),
                "broken_at": ";".join(f"{end.words} {end.breaks}" for end in item.broken),
                "matters": item.matters,
                "then": then(rows[item.factor]),
            }
        )
    return made_frame(PINNED, records)


def regions_frame(analysis: SweepAnalysis) -> pd.DataFrame:
    """Return the groups of points that decide alike, by the letter that the comparison gives them."""
    names = analysis.table.factors
    records: list[Cells] = [
        {
            "decision": region.letter,
            "points": ";".join(map(str, region.points)),
            "words": region.words,
            "gain_least_usd": region.least_gain_usd,
            "gain_most_usd": region.most_gain_usd,
            "at": span_words(region, names),
        }
        for region in analysis.regions
    ]
    return made_frame(REGIONS, records)


def influences_frame(analysis: SweepAnalysis) -> pd.DataFrame:
    """Return how the gain of samples goes with each factor; no rows of any sweep but a Latin hypercube."""
    records: list[Cells] = [{name: getattr(one, name) for name in INFLUENCES} for one in analysis.influences]
    return made_frame(INFLUENCES, records)


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
                **_knowing(item.knowing),
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


def _knowing(knowing: Knowing | None) -> Cells:
    if knowing is None:
        return {"knowing_at": ""}
    return {
        "knowing_usd": knowing.regret.usd,
        "knowing_most_usd": _finite(knowing.regret.most_usd),
        "knowing_at": knowing.words,
        "knowing_is_told": knowing.is_told,
    }


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

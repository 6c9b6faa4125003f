"""The tables of a sweep's page."""

from __future__ import annotations

from planner.reports.html.tables import Column, Table, numbers, shared, texts
from planner.reports.money import least_shown_usd, musd, signed_musd
from planner.reports.sweep.words import (
    broken_words,
    change_words,
    end_words,
    outcome_words,
    regret_words,
    span_words,
    swing_words,
)
from planner.schemas.sweep import OneAtATime
from planner.studies.sweeps.outcome import HeldAs, PointFigures, PointOutcome, PointStatus, Way
from planner.views.sweep_analysis.analysis import SweepAnalysis
from planner.views.sweep_analysis.decisions import Level
from planner.views.sweep_analysis.lines import Point
from planner.views.sweep_analysis.tornado import End, TornadoRow

MOST_ROWS = 60
"""Points on the page; the files have all."""
GAPS = "Where the gaps of the searches leave an amount open, its least and most are given."


def pinned(analysis: SweepAnalysis) -> Table | None:
    """Return the factors, the one to pin down first at the head."""
    if not analysis.pinned:
        return None
    rows = tuple(
        (
            item.factor, item.reach, swing_words(item.swing),
            "" if item.knowing is None else regret_words(item.knowing.regret),
            item.knowing.words if item.knowing is not None and item.knowing.is_told else "",
            then(row),
        )
        for item in analysis.pinned for row in analysis.tornado if row.factor == item.factor
    )  # fmt: skip
    columns = (
        Column("factor"), Column("values tried"), Column("swing", "MUSD", is_number=True),
        Column("worth of knowing", "MUSD", is_number=True), Column("at"), Column("what becomes of the plan"),
    )  # fmt: skip
    note = (
        "Swing: how far the gain of the base case's plan, kept, moves over the values tried; of the best plans where "
        "none was kept, or where it breaks. "
        "Worth of knowing: what the best plan is worth more than the base case's plan, kept, where that is largest. "
        "First come assumptions at which the plan breaks, then those worth knowing, then the largest swings. "
        f"A wider range makes both larger. {GAPS}"
    )
    return Table("In this order", shared(columns, (13, 13, 22, 14, 10, 28)), rows, note=note)


def then(row: TornadoRow) -> str:
    """Say what becomes of the plan over the range of a factor."""
    told = [f"kept, it {words}" for words in broken_words([end for end in row.ends if end.breaks])]
    changed = [end for end in row.ends if end.change is not None and end.change.level.is_flip]
    told += [f"best at {end.words}: {end_words(end)}" for end in changed]
    if told or all(end.change is None for end in row.ends):
        return "; ".join(told)
    return "stays" if row.level is Level.NONE else row.level.words


def tornado(analysis: SweepAnalysis) -> Table | None:
    """Return the factors with their ends."""
    if not analysis.tornado:
        return None
    has_owner = any(end.owner_best_usd is not None for row in analysis.tornado for end in row.ends)
    ways = [name for way, name in ((Way.REOPTIMISED, "best"), (Way.HELD, "kept")) if way in analysis.ways]
    owner = [f"owner, {name}" for name in ways] if has_owner else []
    columns = (
        *texts("factor", "value"), *numbers("MUSD", [*ways, *owner, *(f"{way} swing" for way in ways)]),
    )  # fmt: skip
    rows = [
        (
            row.factor if end is row.low else "", end.words,
            *(_gain(end, way) for way in ways), *(_owner(end, way) for way in ways if has_owner),
            *(swing_words(getattr(row, way)) if end is row.low else "" for way in ways),
        )
        for row in analysis.tornado for end in row.ends
    ]  # fmt: skip
    note = (
        f"Gain against going on mining. !: the plan kept cannot be paid for there, and is valued as if it could. {GAPS}"
    )
    return Table("Gain at the ends, and swing", columns, tuple(rows), note=note)


def _gain(end: End, way: str) -> str:
    worth = end.best if way == "best" else end.kept
    if worth is None:
        return "none"
    return signed_musd(worth.usd) + ("!" if way == "kept" and end.breaks else "")


def _owner(end: End, way: str) -> str:
    usd = end.owner_best_usd if way == "best" else end.owner_kept_usd
    return "" if usd is None else signed_musd(usd)


def flips(analysis: SweepAnalysis) -> Table | None:
    """Return where the decision flips."""
    told = [flip for flip in analysis.flips if flip.change.level.is_flip]
    if not told:
        return None
    rows = tuple(
        (flip.factor, f"{flip.before} and {flip.after}", change_words(flip.change), flip.others or "at rest",
         flip.proof.value)
        for flip in told[:MOST_ROWS]
    )  # fmt: skip
    lesser = len(analysis.flips) - len(told)
    note = _cut(len(told), "flips.csv")
    if lesser:
        note += f" Left out: {lesser} where only dates, places or details change; flips.csv has them."
    columns = texts("factor", "between", "at the second", "others", "proof")
    return Table("Neighbouring values with different plans", columns, rows, note=note.strip())


def regions(analysis: SweepAnalysis) -> Table | None:
    """Return the points that decide alike."""
    if len(analysis.regions) < 2 or isinstance(analysis.sweep.design, OneAtATime):
        return None
    columns = (*texts("", "decision"), *numbers("", ["points"]), *numbers("MUSD", ["least gain", "most gain"]),
               Column("found at"))  # fmt: skip
    rows = tuple(
        (
            region.letter, region.words, str(len(region.points)),
            "" if region.least_gain_usd is None else signed_musd(region.least_gain_usd),
            "" if region.most_gain_usd is None else signed_musd(region.most_gain_usd),
            span_words(region, analysis.table.factors),
        )
        for region in analysis.regions[:MOST_ROWS]
    )  # fmt: skip
    note = "Alike are the same offers, as many halls of each design and the same grid requests, whatever their dates."
    return Table("Points that decide alike", shared(columns, (6, 25, 8, 10, 10, 41)), rows, note=note)


def influences(analysis: SweepAnalysis) -> Table | None:
    """Return the rank correlations of samples."""
    if not analysis.influences:
        return None
    rows = tuple(
        (one.factor, f"{one.rank_correlation:+.2f}", str(one.samples), "" if one.is_told else "may be chance")
        for one in analysis.influences
    )
    columns = (Column("factor"), *numbers("", ["rank correlation", "samples"]), Column("told"))
    note = (
        "Spearman's: +1 where the gain always rises with the factor, -1 where it always falls, 0 where it does neither."
    )
    return Table("Which factors the gain follows", columns, rows, note=note)


def effects(analysis: SweepAnalysis) -> Table | None:
    """Return the elementary effects of a screening."""
    if not analysis.effects:
        return None
    rows = tuple(
        (one.factor, "plan kept" if one.way is Way.HELD else "best plan", musd(one.mu_star_usd),
         f"±{musd(one.mu_star_95_usd)}", signed_musd(one.mu_usd), musd(one.sigma_usd), f"±{musd(one.unproven_usd)}")
        for one in analysis.effects
    )  # fmt: skip
    columns = (*texts("factor", "of"), *numbers("MUSD", ["mu*", "95 %", "mu", "sigma", "unproven"]))
    note = (
        "Effects on NPV over the whole range of a factor. mu*: mean size; sigma: spread, large beside mu* where a "
        "factor acts in jumps or with others; unproven: what the gaps may move mu* by."
    )
    return Table("Elementary effects (Morris)", columns, rows, note=note)


def points(analysis: SweepAnalysis) -> Table:
    """Return the points, as many as can be read."""
    has_best, has_kept = (
        any(getattr(point, way) is not None for point in analysis.points if point.number) or not analysis.points
        for way in ("best", "kept")
    )
    columns = [Column("point"), *(numbers("MUSD", ["NPV", "gain"]) if has_best else ())]
    columns += [Column("decision against the base case")] if has_best else []
    columns += [*numbers("MUSD", ["kept NPV", "kept gain", "regret"]), Column("kept")] if has_kept else []
    columns.append(Column("proof"))
    changes = {row.point: row.change for row in analysis.comparison.rows if row.way is Way.REOPTIMISED}
    rows = []
    for point in analysis.points[:MOST_ROWS]:
        cells = [point.name]
        if has_best:
            change = changes.get(point.number)
            cells += [*_money(point.best_figures), outcome_words(change)]
        cells += _kept(point) if has_kept else []
        rows.append((*cells, proof(point)))
    return Table("Points", tuple(columns), tuple(rows), note=_cut(len(analysis.points), "points.csv"))


def _money(figures: PointFigures | None) -> tuple[str, str]:
    if figures is None:
        return "", ""
    return musd(figures.npv_usd), signed_musd(figures.gain_usd)


def _kept(point: Point) -> tuple[str, str, str, str]:
    row = point.kept
    if row is None:
        return "", "", "", ""
    figures = row.outcome.figures
    if figures is None:
        return "", "", "", "cannot be" if row.outcome.status is PointStatus.INFEASIBLE else ""
    least, most = row.regret_usd, row.regret_bound_usd
    cost = "" if least is None else f"{musd(least)} or more"
    if least is not None and most is not None:
        cost = musd(least) if most - least < least_shown_usd() else f"{musd(max(0.0, least))} to {musd(most)}"
    how = row.outcome.held
    return musd(figures.npv_usd), signed_musd(figures.gain_usd), cost, "" if how in (None, HeldAs.DECIDED) else str(how)


def proof(point: Point) -> str:
    """Say how a point ended."""
    row = point.best or point.kept
    return "" if row is None else proof_words(row.outcome)


def proof_words(outcome: PointOutcome) -> str:
    """Say how a solve ended, with its gap."""
    if outcome.figures is None:
        return outcome.status.value.replace("_", " ")
    gap = outcome.figures.gap_frac
    if gap is None:
        return "no bound"
    return f"gap {gap:.2%}" if outcome.status is PointStatus.OPTIMAL else f"stopped, gap {gap:.2%}"


def _cut(count: int, file: str) -> str:
    return f"The first {MOST_ROWS} of {count}; {file} has all." if count > MOST_ROWS else ""

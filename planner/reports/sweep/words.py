"""A sweep in sentences, the same on the terminal and on the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from planner.reports.money import least_shown_usd, musd, signed_musd
from planner.studies.sweeps.outcome import PointStatus, Way
from planner.studies.sweeps.table import SweepRow, failures
from planner.views.sweep_analysis.analysis import SweepAnalysis
from planner.views.sweep_analysis.comparison import Compared
from planner.views.sweep_analysis.decisions import Change, Level, decision
from planner.views.sweep_analysis.flips import Flip, Region
from planner.views.sweep_analysis.pinned import Pinned
from planner.views.sweep_analysis.tornado import End
from planner.views.sweep_analysis.worth import Difference, Swing, room

FIRST = 3
"""Assumptions that are named as those to pin down first."""
MOST_NAMES = 4
UNKNOWN = ""


def sentences(analysis: SweepAnalysis) -> tuple[str, ...]:
    """Return what the sweep says, the decision first."""
    parts = (_base(analysis), _other(analysis), _range(analysis), _kept(analysis), _owner(analysis))
    return tuple(part for part in parts if part)


def _base(analysis: SweepAnalysis) -> str:
    base = analysis.base
    if base is None or (base.best is None and base.kept is None):
        return "The base case is not done yet."
    figures = base.best_figures or base.kept_figures
    if figures is None:
        infeasible = base.best is not None and base.best.outcome.status is PointStatus.INFEASIBLE
        return f"The base case has no plan{' that obeys every limit' if infeasible else ' yet'}."
    told = f"Base case: {decision(figures).words}, worth {signed_musd(figures.gain_usd)} MUSD against going on mining"
    left = room(figures)
    if math.isinf(left):
        return f"{told}; nothing is proven."
    if left >= least_shown_usd():
        return f"{told}; the gap leaves up to {signed_musd(figures.gain_usd + left)} MUSD."
    return f"{told}; proven best."


def _other(analysis: SweepAnalysis) -> str:
    """Say at how many points the decision is another one, and which."""
    compared = [row for row in analysis.comparison.rows if row.point and row.way is Way.REOPTIMISED]
    known = [(row, row.change) for row in compared if row.change is not None]
    if not known:
        return ""
    flipped = [(row, change) for row, change in known if change.level.is_flip]
    moved = sum(not change.level.is_flip and change.level > Level.NONE for _, change in known)
    more = f" At {moved} {'more' if flipped else 'of them'} only dates, places or details differ." if moved else ""
    if not flipped:
        return f"The decision is the same at all {len(known)} other points.{more}"
    words = "; ".join(row.name for row, _ in flipped)
    if len(flipped) > MOST_NAMES:
        words = _grouped(analysis, {row.point for row, _ in flipped})
    return f"The decision is another at {len(flipped)} of {len(known)} other points: {words}.{more}"


def _grouped(analysis: SweepAnalysis, flipped: set[int]) -> str:
    """Say what is decided at points that are too many to name."""
    counts = [(region.words, len(flipped.intersection(region.points))) for region in analysis.regions]
    told = [f"{words} at {count}" for words, count in counts if count]
    more = f"; {len(told) - MOST_NAMES} other decisions" if len(told) > MOST_NAMES else ""
    return "; ".join(told[:MOST_NAMES]) + more


def _range(analysis: SweepAnalysis) -> str:
    found = analysis.comparison
    if found.worst is None or found.best is None or found.median is None or found.worst is found.best:
        return ""
    of = "of the best plans" if found.worst.way is Way.REOPTIMISED else "of the plan kept"
    return f"The gain {of} runs from {_at(found.worst)} to {_at(found.best)}; the median is {_at(found.median)}."


def _at(row: Compared) -> str:
    worth = row.gain
    return "" if worth is None else f"{signed_musd(worth.usd)} MUSD ({row.name})"


def _kept(analysis: SweepAnalysis) -> str:
    hows = analysis.kept_as
    if not hows:
        return ""
    told = ", ".join(f"{how} at {number}" for how, number in hows.items())
    cost, dearest = "", analysis.dearest
    if dearest is not None:
        words = f"{most_words(dearest.regret)} ({dearest.words})"
        if dearest.regret.most_usd < least_shown_usd():
            words = "nothing"
        elif not dearest.is_told:
            words += ", which the base case's gap may explain"
        cost = f" Where it can be paid for, keeping it costs {words}."
    return f"The base case's plan, kept at {sum(hows.values())} other points: {told}.{cost}"


def _owner(analysis: SweepAnalysis) -> str:
    """Say which factors move what is the owner's and not the gain before the loan, of which all swings are."""
    least = least_shown_usd()
    moved = [
        f"{row.factor} (by {musd(row.owner_usd)} MUSD)"
        for row in analysis.tornado
        if row.owner_usd is not None and row.owner_usd >= least and row.swing is not None and row.swing.usd < least
    ]
    if not moved:
        return ""
    return f"Gains are those before the loan. What is the owner's after it also moves with {', '.join(moved)}."


def pin_sentence(analysis: SweepAnalysis) -> str:
    """Return which numbers should be pinned down first; nothing where nothing says so."""
    items = analysis.pinned
    if not items:
        return _matter_most(analysis)
    first = [item for item in items if item.matters][:FIRST]
    if not first:
        return "None of the assumptions moves the gain by more than the gaps leave open."
    left = f" Never moved alone: {', '.join(analysis.not_alone)}." if analysis.not_alone else ""
    named = "; ".join(f"{item.factor} ({pin_words(item)})" for item in first)
    return f"Pin down first: {named}.{_order_words(items, len(first))}{left}"


def _order_words(items: Sequence[Pinned], named: int) -> str:
    """Say which of the assumptions named may belong behind others, as far as the gaps tell."""
    open_ = [
        (item.factor, [later.factor for later in items[i + 1 :] if item.may_yield_to(later)])
        for i, item in enumerate(items[:named])
    ]
    told = [f"{_listed(others[:MOST_NAMES])} may come before {factor}" for factor, others in open_ if others]
    return f" Within the gaps {'; '.join(told)}." if told else ""


def _matter_most(analysis: SweepAnalysis) -> str:
    """Say which factors of samples matter most."""
    told = [one for one in analysis.influences if one.is_told][:FIRST]
    if told:
        return f"The gain follows most: {', '.join(f'{one.factor} ({one.rank_correlation:+.2f})' for one in told)}."
    way = analysis.effects[0].way if analysis.effects else None
    largest = [effect for effect in analysis.effects if effect.way is way][:FIRST]
    if not largest:
        return ""
    named = ", ".join(f"{effect.factor} ({musd(effect.mu_star_usd)} MUSD)" for effect in largest)
    return f"Largest mean effects on NPV over the ranges: {named}."


def pin_words(item: Pinned) -> str:
    """Say what hangs on an assumption."""
    return ", ".join(_pin_parts(item))


def _pin_parts(item: Pinned) -> Iterator[str]:
    yield from (f"the plan {words}" for words in broken_words(item.broken))
    if item.swing is not None and item.swing.most_usd >= least_shown_usd():
        yield f"swing {swing_words(item.swing)} MUSD"
    if item.knowing is not None:
        yield knowing_words(item)
    elif item.level.is_flip:
        yield "the decision changes"


def broken_words(broken: Sequence[End]) -> Iterator[str]:
    """Yield why and where a plan cannot be kept."""
    for why in dict.fromkeys(end.breaks for end in broken):
        yield f"{why} at {_listed([_short(end) for end in broken if end.breaks == why])}"


def _short(end: End) -> str:
    return end.words if end.short_usd is None else f"{end.words} for want of {musd(end.short_usd)} MUSD"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def knowing_words(item: Pinned) -> str:
    """Say what knowing an assumption beforehand is worth."""
    knowing = item.knowing
    if knowing is None:
        return UNKNOWN
    if knowing.regret.most_usd < least_shown_usd():
        return "the plan stays the best" if not item.broken else "elsewhere the plan stays the best"
    if not knowing.is_told:
        return f"a regret of {regret_words(knowing.regret)} MUSD that the base case's gap may explain"
    return f"knowing it is worth {most_words(knowing.regret)}"


def most_words(of: Difference) -> str:
    """Write the largest of several costs."""
    words = regret_words(of)
    return f"up to {words} MUSD" if words == musd(of.usd) else f"{words} MUSD"


def regret_words(of: Difference) -> str:
    """Write what keeping a plan costs, with what the gaps leave open."""
    if math.isinf(of.most_usd):
        return f"{musd(of.least_usd)} or more"
    if of.most_usd - of.least_usd < least_shown_usd():
        return musd(of.usd)
    return f"{musd(of.least_usd)} to {musd(of.most_usd)}"


def swing_words(of: Swing | None) -> str:
    """Write a swing with what the gaps leave open."""
    if of is None:
        return UNKNOWN
    if math.isinf(of.most_usd):
        return f"{musd(of.usd)}, not proven"
    if of.most_usd - of.least_usd < least_shown_usd():
        return musd(of.usd)
    if not of.is_told and of.most_usd >= least_shown_usd():
        return f"within the gaps (0.0 to {musd(of.most_usd)})"
    return f"{musd(of.usd)} ({musd(of.least_usd)} to {musd(of.most_usd)})"


def change_words(of: Change | None) -> str:
    """Say what differs between two decisions, the heaviest part."""
    if of is None:
        return UNKNOWN
    return of.words[0] if of.words else of.level.words


def end_words(end: End | None) -> str:
    """Say what the best plan does at the end of a range."""
    return UNKNOWN if end is None else outcome_words(end.change)


def outcome_words(of: Change | None) -> str:
    """Say what is decided otherwise; of dates and places only that they differ."""
    if of is None:
        return UNKNOWN
    return change_words(of) if of.level.is_flip else of.level.words


def flip_words(flip: Flip) -> str:
    """Say where the decision flips, and to what."""
    rest = f" (with {flip.others})" if flip.others else ""
    return f"{flip.factor} from {flip.before} to {flip.after}{rest}: {change_words(flip.change)}"


def span_words(region: Region, factors: Sequence[str]) -> str:
    """Say where a group of equal decisions was found."""
    return "; ".join(f"{name} {span}" for name, span in zip(factors, region.spans, strict=True))


def record(analysis: SweepAnalysis) -> tuple[str, ...]:
    """Return how the rows were solved: gaps, failures, seconds."""
    rows = analysis.table.rows
    gaps = [row.outcome.figures.gap_frac for row in rows if row.outcome.figures is not None]
    known = [gap for gap in gaps if gap is not None]
    seconds = sum(row.outcome.seconds for row in rows)
    said = f"{len(rows)} rows of {len(analysis.points)} points, {seconds:,.0f} s of solving"
    said += f"; asked for a gap of {analysis.table.asked_gap_frac:.2%}"
    if known:
        said += f", largest left {max(known):.2%}"
    if len(known) < len(gaps):
        said += f", {len(gaps) - len(known)} without a bound"
    stopped = sum(row.outcome.status is PointStatus.TIME_LIMIT for row in rows)
    if stopped:
        said += f"; {stopped} stopped at the time limit"
    told = [f"{said}."]
    lost = failures(analysis.table)
    if lost:
        rows_have = "1 row has" if len(lost) == 1 else f"{len(lost)} rows have"
        told.append(f"{rows_have} no figures: " + "; ".join(_lost(lost)) + ".")
    return tuple(told)


def _lost(rows: Sequence[SweepRow]) -> Iterator[str]:
    for row in rows[:MOST_NAMES]:
        kept = ", plan kept" if row.way is Way.HELD else ""
        yield f"{row.name}{kept} ({row.outcome.status.value.replace('_', ' ')})"
    if len(rows) > MOST_NAMES:
        yield f"and {len(rows) - MOST_NAMES} more"

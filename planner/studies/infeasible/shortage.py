"""Causes after the solve: which limits would have to give way, by how much and from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from planner.studies.proposals.asked import names
from planner.translate.calendar import month
from planner.translate.causes import Cause, CauseKind, counted
from site_conversion.assemble import Built
from site_conversion.diagnose import Shortfall, shortfalls
from site_conversion.handover import Arrays
from site_conversion.instance import Instance

KINDS = {
    "firm_mw_limit": CauseKind.POWER, "ai_mw_limit": CauseKind.CONSENT, "site_mw_limit": CauseKind.CONTRACTED,
    "substation_mw_limit": CauseKind.SUBSTATION, "outlasting_mw_limit": CauseKind.OUTLASTING,
    "hash_space_limit": CauseKind.MINING_ROOM, "water_limit": CauseKind.WATER, "carbon_cap": CauseKind.CARBON,
    "budget": CauseKind.EQUITY, "debt_in_cost": CauseKind.LOAN, "loan_to_cost": CauseKind.LOAN,
    "debt_cover": CauseKind.LOAN, "cash_cover": CauseKind.LOAN, "hall_bays_limit": CauseKind.ROOM,
    "hall_it_mw_limit": CauseKind.ROOM, "hall_floor_limit": CauseKind.ROOM, "hall_heat_limit": CauseKind.ROOM,
    "hall_electrical": CauseKind.ROOM, "crew_halls": CauseKind.CREWS, "crew_it_mw": CauseKind.CREWS,
}  # fmt: skip
"""What a family of limits is about; any other says that commitments exclude each other."""


def shortages(built: Built, arrays: Arrays, contracts: tuple[str, ...], seconds: float) -> tuple[Cause, ...]:
    """Return a cause for each kind of limit that would have to give way, with its dates."""
    found = shortfalls(built, arrays, seconds)
    return tuple(_causes(built.site.instance, found, contracts))


def stretches(found: Iterable[Shortfall]) -> Iterator[tuple[str, list[Shortfall]]]:
    """Split what is missing by subject into stretches of neighbouring periods."""
    ordered = sorted(found, key=lambda short: (short.subject, -1 if short.period is None else short.period))
    for subject, group in groupby(ordered, key=lambda short: short.subject):
        stretch: list[Shortfall] = []
        for short in group:
            if stretch and (short.period is None or stretch[-1].period not in (short.period, short.period - 1)):
                yield subject, stretch
                stretch = []
            stretch.append(short)
        yield subject, stretch


def _causes(instance: Instance, found: tuple[Shortfall, ...], contracts: tuple[str, ...]) -> Iterator[Cause]:
    """Yield a cause for each subject, its stretches together; of MW that are short alike the first."""
    told: set[tuple[float | None, date | None, date | None]] = set()
    by_subject = sorted(found, key=lambda short: (not short.subject.startswith(FIRST), _subject(short)))
    for _, group in groupby(by_subject, key=_subject):
        cause = _cause(instance, list(group), contracts)
        key = (cause.amount and round(cause.amount, 3), cause.since, cause.until)
        if cause.unit != "MW" or key not in told:
            told.add(key)
            yield cause


FIRST = "firm grid MW"


def _subject(short: Shortfall) -> str:
    """What shortfalls are told together by: their subject, of carbon all years."""
    return short.limit if KINDS.get(short.limit) is CauseKind.CARBON else short.subject


def _cause(instance: Instance, shorts: list[Shortfall], contracts: tuple[str, ...]) -> Cause:
    worst = max(shorts, key=lambda short: short.amount)
    scale, unit = (1e6, "MUSD") if worst.unit == "USD" else (1.0, worst.unit)
    amount, kind = worst.amount / scale, KINDS.get(worst.limit, CauseKind.TOGETHER)
    most = "up to " if len(shorts) > 1 else ""
    who = f"{names(contracts)}: " if contracts else ""
    words = f"{who}short of {worst.subject} by {most}{counted(amount, unit)}".rstrip()
    periods = sorted(short.period for short in shorts if short.period is not None)
    if kind is CauseKind.OUTLASTING:
        end = instance.period_end[-1]
        return Cause(kind, f"{words} after the study ends, {month(end)}", contracts, amount, unit, end)
    if not periods:
        return Cause(kind, words, contracts, amount, unit)
    since, until = instance.period_start[periods[0]], instance.period_end[periods[-1]]
    return Cause(kind, f"{words} from {month(since)} to {month(until)}", contracts, amount, unit, since, until)

"""What services wait for, and the critical path of grid requests: read from a plan, nothing is solved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planner.results import Result
from planner.studies.proposals.asked import names
from planner.studies.why.critical import RequestPath, Waits, paths, waits
from planner.translate.calendar import months_between

SHOWN_MONTHS = 0.5
"""Months lost to the period grid that are worth a word."""


@dataclass(frozen=True)
class WaitRow:
    """What a service waits for."""

    contract: str
    start: date
    ready_by: date
    words: str


@dataclass(frozen=True)
class RequestRow:
    """A grid request and its critical path."""

    upgrade: str
    requested: date
    usable: date
    decides: str
    """Queue or equipment."""
    words: str


def wait_rows(result: Result) -> tuple[WaitRow, ...]:
    """Return what each service of a plan waits for."""
    return tuple(wait_row(item) for item in waits(result))


def request_rows(result: Result) -> tuple[RequestRow, ...]:
    """Return the critical path of each grid request of a plan."""
    return tuple(request_row(item) for item in paths(result))


def wait_row(item: Waits) -> WaitRow:
    """Return what a service waits for, in words."""
    reasons = [
        f"{power.upgrade}, usable just then, without which {power.lacking_mw:,.1f} MW would be lacking"
        for power in item.upgrades
        if not power.months_before
    ]
    if item.works:
        reasons.append(f"works in {names(item.works)}, not done for a start before")
    if item.crews:
        reasons.append(f"crews for {names(item.crews)}, none free for a start before")
    if item.is_first:
        reasons.append("its date, the first that the tenant accepts")
    waits = " and ".join(reasons) or "nothing that the site lacks: it begins when it pays most"
    early = [
        f"{power.upgrade}, usable {power.months_before:.0f} months before"
        for power in item.upgrades
        if power.months_before
    ]
    needs = f"; also needs {names(early)}" if early else ""
    return WaitRow(item.contract, item.start, item.ready_by, _late(item) + waits + needs)


def _late(item: Waits) -> str:
    """Return how late a service begins; less than a month in days, for a date at a month's end is late by one."""
    days = (item.start - item.ready_by).days
    if days <= 0:
        return ""
    months = months_between(item.ready_by, item.start)
    number, unit = (round(months), "month") if months >= 1 else (days, "day")
    return f"{number} {unit}{'' if number == 1 else 's'} late; "


def request_row(item: RequestPath) -> RequestRow:
    """Return the critical path of a grid request, in words."""
    words = f"{item.queue_months:.1f} months in the queue"
    if item.equipment:
        spare = abs(item.queue_months - item.lead_months)
        words += (
            f" beside {item.lead_months:.1f} for {item.equipment}: the {item.decides} decides, {spare:.1f} to spare"
        )
    if item.commissioning_months:
        words += f"; then {item.commissioning_months:.1f} of commissioning"
    if item.rounding_months >= SHOWN_MONTHS:
        words += f"; then {item.rounding_months:.1f} until the next period of the study begins"
    words += "; could have been asked for sooner" if item.could_be_sooner else "; asked for as soon as it can be"
    return RequestRow(item.upgrade, item.requested, item.energised, item.decides, words)

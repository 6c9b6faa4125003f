"""Checks of machines that need several parts of a case: dates within the study, room to host, rigs to rent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.files.problems import Problem
from planner.schemas import Case
from planner.schemas.machines import AsicHosting, RigGrade

STUDY = (("study",),)
FLEET = (("fleet",),)
HALLS = (("site", "halls"), ("site", "upgrades"))


def machine_problems(case: Case, end: date) -> list[Problem]:
    """Return what does not fit, with the day after the study's last."""
    return [*_hosting_dates(case, end), *_hosting_room(case), *_rentals(case, end)]


def _hosting_dates(case: Case, end: date) -> Iterator[Problem]:
    """Hosting must be able to begin with a period of the study."""
    starts = _period_starts(case)
    for i, offer in enumerate(case.fleet.hosted):
        path = ("fleet", "hosted", i, "latest_start")
        if offer.latest_start < case.study.start:
            message = f"latest_start {offer.latest_start} is before the study starts on {case.study.start}"
            yield Problem(path, message, STUDY)
        elif offer.earliest_start is not None and offer.earliest_start >= end:
            message = f"earliest_start {offer.earliest_start} is after the study ends on {end}"
            yield Problem(("fleet", "hosted", i, "earliest_start"), message, STUDY)
        elif not any(_may_start(offer, day) for day in starts):
            message = (
                f"hosting offer '{offer.id}' can never begin: no period of the study starts between "
                f"{offer.earliest_start or case.study.start} and {offer.latest_start}"
            )
            yield Problem(path, message, STUDY)


def _may_start(offer: AsicHosting, day: date) -> bool:
    return day <= offer.latest_start and (offer.earliest_start is None or day >= offer.earliest_start)


def _period_starts(case: Case) -> list[date]:
    """First days of the study's periods."""
    month = case.study.start.year * 12 + case.study.start.month - 1
    starts = []
    for block in case.study.grid:
        for _ in range(block.count):
            starts.append(date(month // 12, month % 12 + 1, 1))
            month += block.months
    return starts


def _hosting_room(case: Case) -> Iterator[Problem]:
    """A hosted fleet must fit the halls of its kind of cooling."""
    for i, offer in enumerate(case.fleet.hosted):
        minings = [hall.mining for hall in case.site.halls if hall.mining is not None]
        room_mw = sum(mining.capacity_mw for mining in minings if mining.cooling is offer.cooling)
        if offer.mw > room_mw + 1e-9:
            message = (
                f"hosting offer '{offer.id}' needs {offer.mw:g} MW of {offer.cooling.value}-cooled hashing space, "
                f"all halls together have {room_mw:g}"
            )
            yield Problem(("fleet", "hosted", i, "mw"), message, HALLS)


def _rentals(case: Case, end: date) -> Iterator[Problem]:
    """A rental must run within the study, and some rig must be able to have its grade."""
    rigs = case.fleet.rigs
    for i, rental in enumerate(case.fleet.rig_rentals):
        path = ("fleet", "rig_rentals", i)
        if not rigs:
            yield Problem((*path, "grade"), f"rental '{rental.id}' has no rigs to rent: fleet.rigs is empty", FLEET)
        elif rental.grade is RigGrade.REBUILT and all(rig.rebuild is None for rig in rigs):
            message = f"rental '{rental.id}' asks for rebuilt rigs, and no class of fleet.rigs has a rebuild"
            yield Problem((*path, "grade"), message, FLEET)
        if rental.until is not None and rental.until <= case.study.start:
            message = f"until {rental.until} is not after the study starts on {case.study.start}"
            yield Problem((*path, "until"), message, STUDY)
        if rental.earliest_start is not None and rental.earliest_start >= end:
            message = f"earliest_start {rental.earliest_start} is after the study ends on {end}"
            yield Problem((*path, "earliest_start"), message, STUDY)

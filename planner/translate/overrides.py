"""Decisions fixed beforehand, from the words of a case to contracts, halls and periods by index."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from planner.case_file.sizes import sizes_of
from planner.schemas import Case
from planner.schemas.overrides import Choice
from planner.schemas.overrides import Override as Fixed
from planner.schemas.site import Pad
from planner.translate.calendar import Timeline, add_months
from planner.translate.grid import site_upgrades
from site_conversion.instance import Ints
from site_conversion.instance_overrides import Override, Subject

Ready = frozenset[tuple[int, int]]
"""Designs and periods of readiness of a hall."""


def overrides(case: Case, time: Timeline, build_start: Ints) -> tuple[Override, ...]:
    """Return the overrides in the order of the case. The names must be those of the case."""
    return tuple(_override(case, time, build_start, fixed) for fixed in case.overrides)


def _override(case: Case, time: Timeline, build_start: Ints, fixed: Fixed) -> Override:
    places = [place.id for place in case.site.places]
    forced = fixed.choice is Choice.FORCE
    if fixed.contract is not None:
        ids = [contract.id for contract in case.contracts]
        sizes = tuple(ids.index(size.id) for size in sizes_of(case, fixed.contract))
        halls = None if fixed.halls is None else frozenset(places.index(hall) for hall in fixed.halls)
        return Override(fixed.words, Subject.CONTRACT, forced, sizes, periods=_periods(time, fixed), halls=halls)
    if fixed.upgrade is not None:
        u = [upgrade.id for upgrade in site_upgrades(case)].index(fixed.upgrade)
        return Override(fixed.words, Subject.UPGRADE, forced, (u,), periods=_periods(time, fixed))
    designs = [design.id for design in case.designs]
    if fixed.hall is None:
        return Override(fixed.words, Subject.DESIGN, forced, (designs.index(fixed.design or ""),))
    h = places.index(fixed.hall)
    meant = range(len(designs)) if fixed.design is None else [designs.index(fixed.design)]
    dated = any(day is not None for day in (fixed.begins, fixed.since, fixed.until))
    ready = frozenset((d, k) for d, k in _ready(case, time, build_start, h, fixed) if d in meant)
    return Override(fixed.words, Subject.HALL, forced, (h,), ready=ready, is_dated=dated)


def _periods(time: Timeline, fixed: Fixed) -> frozenset[int]:
    """Return the periods that the dates mean, all without any."""
    if fixed.begins is not None:
        p = time.first_period_from(fixed.begins)
        return frozenset() if p < 0 else frozenset({p})
    since, until = fixed.since or date.min, fixed.until or date.max
    return frozenset(p for p, day in enumerate(time.boundaries[:-1]) if since <= day <= until)


def _ready(case: Case, time: Timeline, build_start: Ints, h: int, fixed: Fixed) -> Ready:
    """Return the conversions of a hall whose works begin when the dates say."""
    if fixed.begins is not None:
        return ready_of_works(case, time, build_start, h, fixed.begins)
    return ready_from(build_start, h, dict.fromkeys(range(build_start.shape[1]), _periods(time, fixed)))


def ready_from(build_start: Ints, h: int, begun: Mapping[int, frozenset[int]]) -> Ready:
    """Return design and readiness of the conversions whose works begin in one of the periods begun[design]."""
    return frozenset(
        (d, k)
        for d, periods in begun.items()
        for k in np.nonzero(np.isin(build_start[h, d], list(periods)))[0].tolist()
    )


def ready_of_works(case: Case, time: Timeline, build_start: Ints, h: int, day: date) -> Ready:
    """Return design and readiness of works that begin with the first period on or after a date.

    In a coarse grid works that begin somewhat later may be ready for the same period: those are what a plan knows.
    """
    s, begun = time.first_period_from(day), {}
    place = case.site.places[h]
    for d, design in enumerate(case.designs) if s >= 0 else ():
        months = design.build_months + (place.shell_months if isinstance(place, Pad) else 0.0)
        k = time.first_period_from(add_months(time.boundaries[s], months))
        if k >= 0 and build_start[h, d, k] >= 0:
            begun[d] = frozenset({int(build_start[h, d, k])})
    return ready_from(build_start, h, begun)

"""Crews: the days on which what is under way is counted, and which works would be."""

from __future__ import annotations

from datetime import date

import numpy as np

from planner.schemas.case import Case
from planner.schemas.site import CrewStep
from planner.translate.calendar import Timeline, add_months
from planner.translate.conversion import build_months
from site_conversion.instance import Bools, Ints
from site_conversion.instance_crews import Crews


def crews(case: Case, time: Timeline, build_start: Ints) -> Crews:
    """Return what crews can build at the same time.

    Works begin with a period and go on until the day they are done, so between two moments less and less is under
    way: what holds at the moments holds on every day.

    Args:
        case: the case.
        time: its months and periods.
        build_start: period in which the works for a readiness begin, -1 if there are none [h, d, k].
    """
    steps = case.site.crews
    days = _moments(steps, time)
    in_force = [[step for step in steps if step.date <= day][-1] for day in days]
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    return Crews(
        period=np.searchsorted(time.ordinals, ordinals, side="right").astype(np.int64) - 1,
        most_halls=np.array([np.inf if s.halls_at_once is None else s.halls_at_once for s in in_force], dtype=float),
        most_it_mw=np.array([np.inf if s.it_mw_at_once is None else s.it_mw_at_once for s in in_force], dtype=float),
        under_way=_under_way(case, time, build_start, ordinals),
    )


def _moments(steps: tuple[CrewStep, ...], time: Timeline) -> list[date]:
    """Return the days from the first step on that begin a period or change the crews, within the study."""
    if not steps:
        return []
    changes = {max(step.date, time.start) for step in steps}
    return sorted(day for day in {*time.boundaries[:-1], *changes} if steps[0].date <= day < time.end)


def _under_way(case: Case, time: Timeline, build_start: Ints, ordinals: Ints) -> Bools:
    """Return which works [h, d, k] have begun by a day and are not done [v]."""
    under_way = np.zeros((*build_start.shape, len(ordinals)), dtype=np.bool_)
    if not len(ordinals):
        return under_way
    for h, place in enumerate(case.site.places):
        for d, design in enumerate(case.designs):
            months = build_months(place, design)
            for k in np.nonzero(build_start[h, d] >= 0)[0].tolist():
                begun = time.boundaries[build_start[h, d, k]]
                done = add_months(begun, months)
                under_way[h, d, k] = (begun.toordinal() <= ordinals) & (ordinals < done.toordinal())
    return under_way

"""The plan as bars over time: waiting for the grid, building, serving; and the dates that were promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from planner.translate.calendar import add_months
from planner.translate.grid import delay_months, energised_date, site_upgrades
from planner.views.plan import Views


class Phase(StrEnum):
    """What a bar of the schedule stands for."""

    QUEUE = "in the grid queue"
    EQUIPMENT = "equipment on order"
    COMMISSIONING = "commissioning"
    BUILD = "building"
    SERVICE = "in service"
    LATE = "late, damages run"


class Group(StrEnum):
    """What a row of the schedule is about."""

    GRID = "grid"
    HALL = "hall"
    OFFER = "offer"


@dataclass(frozen=True)
class Bar:
    """One stretch of a row; `end` may lie after the horizon."""

    group: Group
    row: str
    phase: Phase
    start: date
    end: date


@dataclass(frozen=True)
class Mark:
    """A date of a row: power usable, or a tenant's ready-by date."""

    group: Group
    row: str
    day: date
    what: str


@dataclass(frozen=True)
class Schedule:
    """Bars and marks, rows in the order they are drawn."""

    start: date
    end: date
    """End of the horizon."""
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]

    @property
    def rows(self) -> tuple[tuple[Group, str], ...]:
        """Rows from the top down."""
        return tuple(dict.fromkeys((bar.group, bar.row) for bar in self.bars))


READY_BY = "ready by"
USABLE = "power usable"


def schedule(views: Views) -> Schedule:
    """Return the schedule of a plan; empty where it goes on mining."""
    grid_bars, grid_marks = _grid(views)
    offer_bars, offer_marks = _offers(views)
    return Schedule(
        start=views.instance.period_start[0],
        end=views.instance.period_end[-1],
        bars=(*grid_bars, *_halls(views), *offer_bars),
        marks=(*grid_marks, *offer_marks),
    )


def _grid(views: Views) -> tuple[list[Bar], list[Mark]]:
    """Queue and equipment run side by side from the request; the later one, then commissioning."""
    case = views.result.case
    quantile = case.study.queue_quantile_frac
    bars, marks = [], []
    for upgrade, row in zip(site_upgrades(case), views.upgrades, strict=True):
        if row.requested is None or row.energised is None:
            continue
        asked = row.requested
        through = add_months(asked, delay_months(upgrade.queue, quantile))
        waits = [(f"queue, {row.upgrade}", Phase.QUEUE, through)]
        waits += [
            (f"{item.name}, {row.upgrade}", Phase.EQUIPMENT, add_months(asked, item.lead_time_months))
            for item in upgrade.equipment
        ]
        bars += [Bar(Group.GRID, name, phase, asked, end) for name, phase, end in waits]
        critical, done = max(waits, key=lambda wait: wait[2]), energised_date(upgrade, asked, quantile)
        if done > critical[2]:
            bars.append(Bar(Group.GRID, critical[0], Phase.COMMISSIONING, critical[2], done))
        marks.append(Mark(Group.GRID, critical[0], row.energised, USABLE))
    return bars, marks


def _halls(views: Views) -> list[Bar]:
    bars = []
    for row in views.conversions:
        bars.append(Bar(Group.HALL, row.hall, Phase.BUILD, row.build_start, row.ready))
        spans = [
            (max(row.ready, c.start), c.end)
            for c in views.contracts
            if c.start is not None and c.end is not None and row.hall in c.halls
        ]
        bars += [Bar(Group.HALL, row.hall, Phase.SERVICE, start, end) for start, end in _merged(spans)]
    return bars


def _merged(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """Return the stretches that any of the spans covers."""
    covered: list[tuple[date, date]] = []
    for start, end in sorted(spans):
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(covered[-1][1], end))
        else:
            covered.append((start, end))
    return covered


def _offers(views: Views) -> tuple[list[Bar], list[Mark]]:
    bars, marks = [], []
    for row in views.contracts:
        if row.start is None or row.end is None:
            continue
        if row.months_late > 0:
            bars.append(Bar(Group.OFFER, row.contract, Phase.LATE, row.ready_by, row.start))
        bars.append(Bar(Group.OFFER, row.contract, Phase.SERVICE, row.start, row.end))
        marks.append(Mark(Group.OFFER, row.contract, row.ready_by, READY_BY))
    return bars, marks

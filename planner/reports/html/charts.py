"""The charts of the report as Vega-Lite specifications: positions and colours; every number is of the views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from planner.reports.html.drawing import WIDE, Size, Spec, names_beside, time_axis
from planner.reports.html.palette import (
    AI,
    BUILD,
    COMMISSIONING,
    EQUIPMENT,
    GAIN,
    LATE,
    MINING,
    QUEUE,
    TEXT,
    UNUSED,
    Color,
)
from planner.reports.money import mw
from planner.views.limits import LimitPeriod
from planner.views.schedule import Group, Phase, Schedule
from planner.views.site_states import PeriodMegawatts

OTHERS = "others' machines and rented rigs"
USES: dict[str, Color] = {"mining": MINING, OTHERS: EQUIPMENT, "AI, design day": AI, "unused": UNUSED}
SHOWN_MW = 0.05
"""Uses that never reach it are not drawn."""
CONTRACTED, ONSITE, TWIN = "contracted", "with power made on the site", "mining, if it went on"

PHASES: dict[Phase, Color] = {
    Phase.QUEUE: QUEUE,
    Phase.EQUIPMENT: EQUIPMENT,
    Phase.COMMISSIONING: COMMISSIONING,
    Phase.BUILD: BUILD,
    Phase.SERVICE: AI,
    Phase.LATE: LATE,
}
GROUPS = {Group.GRID: "Grid requests", Group.HALL: "Halls and pads", Group.OFFER: "Tenants"}


def colors(entries: dict[str, Color]) -> Spec:
    """Return a colour scale that gives each name its colour, in order."""
    return {"domain": list(entries), "range": [color.light for color in entries.values()]}


def megawatts_chart(rows: Sequence[PeriodMegawatts], size: Size) -> Spec:
    """Return megawatts at the meter by use, stacked, under the contracted line."""
    is_made = any(row.onsite_mw > SHOWN_MW for row in rows)
    is_mined = any(row.do_nothing_hashing_mw > SHOWN_MW for row in rows)
    uses = {use: USES[use] for use in USES if any(dict(_amounts(row))[use] > SHOWN_MW for row in rows)}
    legend = {**uses, CONTRACTED: TEXT, **({ONSITE: GAIN} if is_made else {}), **({TWIN: LATE} if is_mined else {})}
    color = {"field": "use", "type": "nominal", "scale": colors(legend)}
    axis = time_axis(rows[0].start.isoformat(), rows[-1].end.isoformat(), size)
    bars = [bar for row in _merged(rows) for bar in _stack(row)]
    twin = (_step_line(rows, TWIN, [row.do_nothing_hashing_mw for row in rows], axis, color, dash=[6, 4]),)
    made = (_step_line(rows, ONSITE, [row.available_mw for row in rows], axis, color, dash=[2, 3]),)
    return {
        "width": size.width + (130 if size is WIDE else 70),
        "height": 300 if size is WIDE else 240,
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar"},
                "encoding": {
                    "x": {"field": "start", **axis}, "x2": {"field": "end"},
                    "y": {"field": "low", "type": "quantitative", "title": "MW", "axis": {"tickCount": 5}},
                    "y2": {"field": "high"}, "color": color, "description": {"field": "tip"},
                },
            },
            _step_line(rows, CONTRACTED, [row.contracted_mw for row in rows], axis, color, dash=[1, 0]),
            *(made if is_made else ()),
            *(twin if is_mined else ()),
        ],
    }  # fmt: skip


def _merged(rows: Sequence[PeriodMegawatts]) -> list[PeriodMegawatts]:
    """Return the periods with neighbours of the same use as one, so that no seams show between them."""
    merged: list[PeriodMegawatts] = []
    for row in rows:
        last = merged[-1] if merged else None
        if last is not None and replace(row, start=last.start, end=last.end) == last:
            merged[-1] = replace(last, end=row.end)
        else:
            merged.append(row)
    return merged


def _stack(row: PeriodMegawatts) -> list[Spec]:
    low, parts = 0.0, []
    for use, amount in _amounts(row):
        if amount > SHOWN_MW / 100:
            tip = f"{use}: {mw(amount)} MW, {row.start:%b %Y} to {row.end:%b %Y}"
            parts.append(
                {"use": use, "start": row.start.isoformat(), "end": row.end.isoformat(), "low": low,
                 "high": low + amount, "tip": tip}
            )  # fmt: skip
        low += amount
    return parts


def _amounts(row: PeriodMegawatts) -> list[tuple[str, float]]:
    amounts = (row.hashing_mw, row.others_mw, row.ai_draw_mw, max(0.0, row.unused_mw))
    return list(zip(USES, amounts, strict=True))


def _step_line(
    rows: Sequence[PeriodMegawatts], use: str, amounts: list[float], axis: Spec, color: Spec, *, dash: list[int]
) -> Spec:
    points = [
        {"day": row.start.isoformat(), "mw": amount, "use": use} for row, amount in zip(rows, amounts, strict=True)
    ]
    points.append({**points[-1], "day": rows[-1].end.isoformat()})
    return {
        "data": {"values": points},
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2, "strokeDash": dash, "aria": False},
        "encoding": {
            "x": {"field": "day", **axis}, "y": {"field": "mw", "type": "quantitative"}, "color": color,
        },
    }  # fmt: skip


def schedule_chart(plan: Schedule, size: Size) -> Spec:
    """Return the schedule: a part for the grid, one for halls and one for tenants, all over the same years."""
    groups = [group for group in Group if any(row[0] is group for row in plan.rows)]
    shown = {phase.value: color for phase, color in PHASES.items() if any(bar.phase is phase for bar in plan.bars)}
    parts = [_part(plan, group, size, shown, is_last=group is groups[-1]) for group in groups]
    return {"vconcat": parts, "spacing": 12, "resolve": {"scale": {"color": "shared"}, "legend": {"color": "shared"}}}


def _part(plan: Schedule, group: Group, size: Size, shown: dict[str, Color], *, is_last: bool) -> Spec:
    rows = [name for part, name in plan.rows if part is group]
    beside = names_beside(rows, size)
    axis = time_axis(plan.start.isoformat(), plan.end.isoformat(), size, labels=is_last)
    names: Spec = {
        "field": "row", "type": "nominal", "sort": rows, "title": None, "scale": {"domain": rows},
        "axis": beside.axis,
    }  # fmt: skip
    bars: list[Spec] = [
        {"row": bar.row, "phase": bar.phase.value, "start": _within(bar.start, plan), "end": _within(bar.end, plan),
         "tip": f"{bar.row}: {bar.phase.value}, {bar.start:%b %Y} to {bar.end:%b %Y}"}
        for bar in plan.bars if bar.group is group
    ]  # fmt: skip
    marks: list[Spec] = [
        {"row": mark.row, "day": mark.day.isoformat(), "what": mark.what, "tip": f"{mark.what} {mark.day:%d %b %Y}"}
        for mark in plan.marks
        if mark.group is group and plan.start <= mark.day <= plan.end
    ]
    return {
        "title": {"text": GROUPS[group], "aria": False, "anchor": "start", "frame": "group", "offset": 4},
        "width": size.width if size is WIDE else size.width - 40,
        "height": beside.row_height * len(rows),
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar", "height": 13, "cornerRadius": 1},
                "encoding": {
                    "x": {"field": "start", **axis}, "x2": {"field": "end"}, "y": names,
                    "color": {"field": "phase", "type": "nominal", "scale": colors(shown)},
                    "description": {"field": "tip"},
                },
            },
            {
                "data": {"values": marks},
                "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 90,
                         "color": TEXT.light, "opacity": 1},
                "encoding": {"x": {"field": "day", **axis}, "y": names, "description": {"field": "tip"}},
            },
        ],
    }  # fmt: skip


def _within(day: date, plan: Schedule) -> str:
    return min(max(day, plan.start), plan.end).isoformat()


def limits_chart(rows: Sequence[LimitPeriod], size: Size) -> Spec:
    """Return a strip for each limit that binds at some time, filled while nothing is left of it."""
    binding = [row for row in rows if row.binds]
    subjects = list(dict.fromkeys(row.subject for row in binding))
    beside = names_beside(subjects, size)
    axis = time_axis(min(row.start for row in rows).isoformat(), max(row.end for row in rows).isoformat(), size)
    values = [
        {"subject": row.subject, "start": row.start.isoformat(), "end": row.end.isoformat(),
         "tip": f"{row.subject} binds, {row.start:%b %Y} to {row.end:%b %Y}"}
        for row in binding
    ]  # fmt: skip
    return {
        "width": size.width if size is WIDE else size.width - 40,
        "height": beside.row_height * len(subjects),
        "data": {"values": values},
        "mark": {"type": "bar", "height": 13, "color": LATE.light},
        "encoding": {
            "x": {"field": "start", **axis}, "x2": {"field": "end"},
            "y": {
                "field": "subject", "type": "nominal", "sort": subjects, "title": None,
                "axis": beside.axis,
            },
            "description": {"field": "tip"},
        },
    }  # fmt: skip

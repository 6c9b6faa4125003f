"""The charts of money: the bridge from going on mining to the plan, and cash over the years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from planner.finance.ratios import CoverYear
from planner.reports.html.charts import colors
from planner.reports.html.drawing import WIDE, Size, Spec, names_beside, time_axis
from planner.reports.html.palette import AI, GAIN, LOSS, TEXT, Color
from planner.reports.money import musd, signed_musd
from planner.views.cash import BridgeStep, CashYear, FundingPoint

GAINS, LOSSES, TOTAL = "adds", "costs", "present value"
STEPS: dict[str, Color] = {GAINS: GAIN, LOSSES: LOSS, TOTAL: AI}
MORE, LESS, CUMULATIVE = "more than mining", "less than mining", "cumulative"
MUSD = 1e-6


def bridge_chart(steps: Sequence[BridgeStep], size: Size) -> Spec:
    """Return the waterfall, one row for each step, with its amount beside it."""
    rows = [
        {"what": step.what, "low": step.low_usd * MUSD, "high": step.high_usd * MUSD,
         "kind": TOTAL if step.is_total else GAINS if step.usd > 0 else LOSSES,
         "label": musd(step.usd) if step.is_total else signed_musd(step.usd),
         "tip": f"{step.what}: {signed_musd(step.usd)} MUSD"}
        for step in steps
    ]  # fmt: skip
    shown = {name: color for name, color in STEPS.items() if any(row["kind"] == name for row in rows)}
    beside = names_beside([step.what for step in steps], size)
    names: Spec = {
        "field": "what", "type": "nominal", "sort": [step.what for step in steps], "title": None,
        "axis": beside.axis,
    }  # fmt: skip
    low, high = min(step.low_usd for step in steps) * MUSD, max(step.high_usd for step in steps) * MUSD
    room = (high - low) * (0.12 if size is WIDE else 0.34)
    scale = {"domain": [low, high + room], "nice": False}
    ticks = {"tickCount": 6 if size is WIDE else 3, "format": ",~f"}
    return {
        "width": size.width if size is WIDE else size.width - 40,
        "height": (beside.row_height + 4) * len(rows),
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "bar", "height": 17},
                "encoding": {
                    "x": {"field": "low", "type": "quantitative", "title": "MUSD, present value", "scale": scale,
                          "axis": ticks},
                    "x2": {"field": "high"}, "y": names,
                    "color": {"field": "kind", "type": "nominal", "scale": colors(shown)},
                    "description": {"field": "tip"},
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "middle", "aria": False},
                "encoding": {
                    "x": {"field": "high", "type": "quantitative"}, "y": names, "text": {"field": "label"},
                },
            },
        ],
    }  # fmt: skip


def cash_chart(years: Sequence[CashYear], points: Sequence[FundingPoint], size: Size) -> Spec:
    """Return the yearly difference to going on mining as bars and its sum since the start as a line."""
    legend = {MORE: GAIN, LESS: LOSS, CUMULATIVE: TEXT}
    axis = time_axis(f"{points[0].day.year}-01-01", _year_end(points).isoformat(), size)
    bars = [
        {"start": begin.isoformat(), "end": end.isoformat(), "usd": year.difference_usd * MUSD,
         "zero": 0, "what": MORE if year.difference_usd >= 0 else LESS,
         "tip": f"{year.label}: {signed_musd(year.difference_usd)} MUSD against going on mining"}
        for year in years if year.start is not None and year.end is not None
        for begin, end in (_inside(year.start, year.end),)
    ]  # fmt: skip
    line = [
        {"day": point.day.isoformat(), "usd": point.usd * MUSD, "what": CUMULATIVE,
         "tip": f"cumulative to {point.day:%b %Y}: {signed_musd(point.usd)} MUSD"}
        for point in points
    ]  # fmt: skip
    color = {"field": "what", "type": "nominal", "scale": colors(legend)}
    money = {"type": "quantitative", "title": "MUSD, nominal", "axis": {"tickCount": 6, "format": ",~f"}}
    return {
        "width": size.width + (130 if size is WIDE else 60),
        "height": 280 if size is WIDE else 220,
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar"},
                "encoding": {
                    "x": {"field": "start", **axis}, "x2": {"field": "end"}, "y": {"field": "zero", **money},
                    "y2": {"field": "usd"}, "color": color, "description": {"field": "tip"},
                },
            },
            *_dotted(line, {"x": {"field": "day", **axis}, "y": {"field": "usd", **money}, "color": color}),
        ],
    }  # fmt: skip


def _inside(start: date, end: date) -> tuple[date, date]:
    """Return where the bar of a year begins and ends, so that it stands apart from its neighbours."""
    room = (end - start) / 19
    return start + room, end - room


def _dotted(values: list[Spec], encoding: Spec) -> tuple[Spec, Spec]:
    """Return a line, which tells nothing, and its dots, each of which tells its own number."""
    told = {**encoding, "description": {"field": "tip"}}
    return (
        {"data": {"values": values}, "mark": {"type": "line", "strokeWidth": 2, "aria": False}, "encoding": encoding},
        {"data": {"values": values}, "mark": {"type": "point", "size": 32, "filled": True, "opacity": 1},
         "encoding": told},
    )  # fmt: skip


def _year_end(points: Sequence[FundingPoint]) -> date:
    """Return the end of the last year that holds cash."""
    last = points[-1].day
    return last if (last.month, last.day) == (1, 1) else date(last.year + 1, 1, 1)


COVER, AFTER_TAX = "cover, as agreed", "cover after tax"
COVERS: dict[str, Color] = {COVER: AI, AFTER_TAX: LOSS}


def cover_chart(rows: Sequence[CoverYear], asked: float | None, size: Size) -> Spec:
    """Return the cover of debt service in each year of the term, with what is asked for as a line."""
    names = (COVER, AFTER_TAX)
    values = [
        {"day": row.start.isoformat(), "ratio": ratio, "what": what,
         "tip": f"{what}, year from {row.start:%b %Y}: {ratio:.2f}"}
        for row in rows for what, ratio in zip(names, (row.cover, row.cover_after_tax), strict=True)
        if ratio is not None
    ]  # fmt: skip
    last = rows[-1].start
    axis = time_axis(rows[0].start.isoformat(), date(last.year + 1, 1, 1).isoformat(), size)
    ratio: Spec = {"field": "ratio", "type": "quantitative", "title": "times debt service", "scale": {"zero": True}}
    color = {"field": "what", "type": "nominal", "scale": colors(COVERS)}
    layers = [*_dotted(values, {"x": {"field": "day", **axis}, "y": ratio, "color": color})]
    if asked is not None:
        rule = {"type": "rule", "strokeDash": [6, 4], "strokeWidth": 1.5, "color": TEXT.light}
        layers.append({"data": {"values": [{"ratio": asked}]}, "mark": rule, "encoding": {"y": ratio}})
    return {
        "width": size.width + (130 if size is WIDE else 60), "height": 220 if size is WIDE else 180, "layer": layers,
    }  # fmt: skip

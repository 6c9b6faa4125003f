"""The charts of a sweep as Vega-Lite specifications: positions and colours; every number is of the analysis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.reports.html.charts import colors
from planner.reports.html.drawing import WIDE, Size, Spec, names_beside
from planner.reports.html.palette import AI, MINING, TEXT, Color
from planner.reports.money import least_shown_usd, musd, signed_musd
from planner.studies.sweeps.effects import Effect
from planner.studies.sweeps.outcome import Way
from planner.views.sweep_analysis.tornado import End, TornadoRow

MUSD = 1e-6
BEST, KEPT = "best plan of each point", "base case's plan, kept"
WAYS: dict[str, Color] = {BEST: AI, KEPT: MINING}
BAR_ROW = 44
NUMBER = ",.4~g"
MOST_LETTERS = 9
"""Of a value that is written at a bar on a narrow page."""
AXIS_TITLE = "gain against going on mining, MUSD"


def tornado_chart(rows: Sequence[TornadoRow], base_usd: float, ways: Sequence[Way], size: Size) -> Spec:
    """Return a row for each factor: from the base case to both ends, planned anew and kept."""
    bars = [bar for row in rows for bar in _bars(row, base_usd, ways)]
    names = [row.factor for row in rows]
    shown = {name: shade for name, shade in WAYS.items() if any(bar["way"] == name for bar in bars)}
    reach = [base_usd * MUSD, *(bar["to"] for bar in bars)]
    extent, width = _extent(names, size)
    labelled = [bar for bar in bars if _has_label(bar, 0.01 * (max(reach) - min(reach)), size)]
    longest = max((len(bar["label"]) for bar in labelled), default=0)
    label = min(0.3 * width, (longest + 1.5) * size.font * 0.58)
    room = max(1e-3, max(reach) - min(reach)) * label / (width - 2 * label)
    x: Spec = {
        "type": "quantitative", "title": AXIS_TITLE,
        "scale": {"domain": [min(reach) - room, max(reach) + room], "nice": False},
        "axis": {"tickCount": 6 if size is WIDE else 3, "format": NUMBER},
    }  # fmt: skip
    y: Spec = {
        "field": "factor", "type": "nominal", "sort": names, "title": None, "scale": {"domain": names},
        "axis": names_beside(names, size).axis | {"minExtent": extent, "maxExtent": extent},
    }  # fmt: skip
    offset: Spec = {"field": "way", "type": "nominal", "scale": {"domain": list(shown), "paddingInner": 0.1}}
    return {
        "width": width,
        "height": BAR_ROW * len(names),
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar", "height": 15 if len(shown) > 1 else 18},
                "encoding": {
                    "x": {"field": "base", **x}, "x2": {"field": "to"}, "y": y, "yOffset": offset,
                    "color": {"field": "way", "type": "nominal", "scale": colors(shown), "legend": legend_of(size)},
                    "description": {"field": "tip"},
                },
            },
            *(_end_labels(labelled, side, y, offset) for side in ("left", "right")),
            {
                "data": {"values": [{"base": base_usd * MUSD}]},
                "mark": {"type": "rule", "strokeWidth": 1.5, "color": TEXT.light, "aria": False},
                "encoding": {"x": {"field": "base", "type": "quantitative"}},
            },
        ],
    }  # fmt: skip


def _has_label(bar: Spec, least: float, size: Size) -> bool:
    """Whether the value is written at a bar: where it fits, and where there is a bar to write it at or a warning."""
    label = str(bar["label"])
    is_seen = abs(bar["to"] - bar["base"]) >= least or label.endswith("!")
    return bool(label) and is_seen and (size is WIDE or len(label) <= MOST_LETTERS)


def _extent(names: Sequence[str], size: Size) -> tuple[int, int]:
    """Return the room for names and that for the plot, in pixels; on narrow pages the plot takes what names leave."""
    whole = size.label_extent + size.width - (0 if size is WIDE else 40)
    longest = math.ceil(max(map(len, names)) * size.font * 0.62) + 12
    extent = min(size.label_extent, longest)
    return extent, whole - extent


def legend_of(size: Size) -> Spec:
    """Return how the names of ways are set: on narrow pages below each other."""
    return {} if size is WIDE else {"columns": 1}


def _end_labels(bars: Sequence[Spec], side: str, y: Spec, offset: Spec) -> Spec:
    values = [bar for bar in bars if (bar["to"] < bar["base"]) == (side == "left")]
    align, dx = ("right", -5) if side == "left" else ("left", 5)
    return {
        "data": {"values": values},
        "mark": {"type": "text", "align": align, "dx": dx, "baseline": "middle", "aria": False},
        "encoding": {
            "x": {"field": "to", "type": "quantitative"}, "y": y, "yOffset": offset,
            "text": {"field": "label", "type": "nominal"},
        },
    }  # fmt: skip


def _bars(row: TornadoRow, base_usd: float, ways: Sequence[Way]) -> list[Spec]:
    """Return the bars of a factor; where both ends lie on one side of the base, only the farther is labelled."""
    made: list[Spec] = []
    for way, name in ((Way.REOPTIMISED, BEST), (Way.HELD, KEPT)):
        if way not in ways:
            continue
        found = [(end, usd) for end in _both(row) if (usd := _gain(end, way)) is not None]
        for end, usd in found:
            farther = [u for _, u in found if (u < base_usd) == (usd < base_usd)]
            is_far = abs(usd - base_usd) >= max(least_shown_usd(), *(abs(u - base_usd) for u in farther))
            broken = f", it {end.breaks}" if way is Way.HELD and end.breaks else ""
            made.append(
                {"factor": row.factor, "way": name, "base": base_usd * MUSD, "to": usd * MUSD,
                 "label": f"{end.words}!" if broken else end.words if is_far else "",
                 "tip": f"{row.factor} {end.words}, {name}: {signed_musd(usd)} MUSD{broken}"}
            )  # fmt: skip
    return made


def _both(row: TornadoRow) -> tuple[End, ...]:
    return (row.low,) if row.high is None else (row.low, row.high)


def _gain(end: End, way: Way) -> float | None:
    worth = end.best if way is Way.REOPTIMISED else end.kept
    return None if worth is None else worth.usd


def effects_chart(effects: Sequence[Effect], size: Size) -> Spec:
    """Return mu* of each factor as a bar, with sigma as a mark: large beside it where a factor acts in jumps."""
    names = list(dict.fromkeys(effect.factor for effect in effects))
    values = [
        {"factor": one.factor, "usd": amount * MUSD, "what": what,
         "tip": f"{one.factor}: {what} {musd(amount)} MUSD"}
        for one in effects for what, amount in ((MU, one.mu_star_usd), (SIGMA, one.sigma_usd))
    ]  # fmt: skip
    extent, width = _extent(names, size)
    return {
        "width": width,
        "height": BAR_ROW * len(names),
        "data": {"values": values},
        "mark": {"type": "bar", "height": 14},
        "encoding": {
            "x": {"field": "usd", "type": "quantitative", "title": "MUSD over the range",
                  "axis": {"tickCount": 6 if size is WIDE else 3, "format": NUMBER}},
            "y": {"field": "factor", "type": "nominal", "sort": names, "title": None,
                  "axis": names_beside(names, size).axis | {"minExtent": extent, "maxExtent": extent}},
            "yOffset": {"field": "what", "type": "nominal", "scale": {"domain": [MU, SIGMA]}},
            "color": {"field": "what", "type": "nominal", "scale": colors({MU: AI, SIGMA: MINING})},
            "description": {"field": "tip"},
        },
    }  # fmt: skip


MU, SIGMA = "mean size of an effect", "spread of effects"

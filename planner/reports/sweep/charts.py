"""The charts of a sweep as Vega-Lite specifications: positions and colours; every number is of the analysis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from planner.reports.html.charts import colors
from planner.reports.html.drawing import WIDE, Size, Spec
from planner.reports.html.palette import AI, DIM, EQUIPMENT, GROUND, LATE, MINING, PRICES, TEXT, UNUSED, Color
from planner.reports.money import musd, signed_musd
from planner.studies.sweeps.effects import Effect
from planner.studies.sweeps.outcome import Way
from planner.views.sweep_analysis.response import Cell, HeatMap, Response, Spot
from planner.views.sweep_analysis.tornado import End, TornadoRow

MUSD = 1e-6
BEST, KEPT = "best plan of each point", "base case's plan, kept"
WAYS: dict[str, Color] = {BEST: AI, KEPT: MINING}
SMALL_USD = 5e4
"""A bar shorter than this is none."""
BAR_ROW = 44
SMALL = 150
"""Height of one of several small plots."""
OTHERS = "other decisions"
GROUPS: tuple[Color, ...] = (AI, MINING, LATE, EQUIPMENT)
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
MOST_CELLS_TOLD = 8
"""Columns of a map whose cells have room for their number."""
NUMBER = ",.4~g"
AXIS_TITLE = "gain against going on mining, MUSD"


def tornado_chart(rows: Sequence[TornadoRow], base_usd: float, ways: Sequence[Way], size: Size) -> Spec:
    """Return a row for each factor: from the base case to both ends, planned anew and kept."""
    bars = [bar for row in rows for bar in _bars(row, base_usd, ways)]
    names = [row.factor for row in rows]
    shown = {name: shade for name, shade in WAYS.items() if any(bar["way"] == name for bar in bars)}
    reach = [base_usd * MUSD, *(bar["to"] for bar in bars)]
    room = max(1e-3, max(reach) - min(reach)) * (0.16 if size is WIDE else 0.42)
    x: Spec = {
        "type": "quantitative", "title": AXIS_TITLE, "scale": {"domain": [min(reach) - room, max(reach) + room]},
        "axis": {"tickCount": 6 if size is WIDE else 3, "format": NUMBER},
    }  # fmt: skip
    y: Spec = {
        "field": "factor", "type": "nominal", "sort": names, "title": None, "scale": {"domain": names},
        "axis": {"minExtent": size.label_extent, "maxExtent": size.label_extent, "ticks": False, "domain": False},
    }  # fmt: skip
    offset: Spec = {"field": "way", "type": "nominal", "scale": {"domain": list(shown), "paddingInner": 0.1}}
    labelled = [bar for bar in bars if bar["label"]]
    return {
        "width": size.width if size is WIDE else size.width - 40,
        "height": BAR_ROW * len(names),
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar", "height": 15 if len(shown) > 1 else 18},
                "encoding": {
                    "x": {"field": "base", **x}, "x2": {"field": "to"}, "y": y, "yOffset": offset,
                    "color": {"field": "way", "type": "nominal", "scale": colors(shown)},
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
            is_far = abs(usd - base_usd) >= max(SMALL_USD, *(abs(u - base_usd) for u in farther))
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


def response_chart(responses: Sequence[Response], size: Size) -> Spec:
    """Return a small plot for each factor, all over the same gains."""
    gains = [
        usd for one in responses for spot in one.spots for usd in (spot.best_usd, spot.kept_usd) if usd is not None
    ]
    low, high = min(gains) * MUSD, max(gains) * MUSD
    room = max(1e-3, high - low) * 0.08
    domain = [low - room, high + room]
    across = 2 if size is WIDE else 1
    width = 380 if size is WIDE else size.width + 60
    shown = [name for name in WAYS if any(_usd(spot, name) is not None for one in responses for spot in one.spots)]
    parts = [(_cloud if one.is_cloud else _line)(one, domain, shown, size) for one in responses]
    return {
        "concat": [{"width": width, "height": SMALL, **part} for part in parts],
        "columns": across, "spacing": 24, "resolve": {"scale": {"color": "shared", "shape": "shared"}},
    }  # fmt: skip


def _usd(spot: Spot, way: str) -> float | None:
    return spot.best_usd if way == BEST else spot.kept_usd


def _axes(one: Response, domain: list[float], size: Size) -> tuple[Spec, Spec]:
    x: Spec = {
        "field": "value", "type": "quantitative", "title": one.factor, "scale": {"zero": False, "nice": False},
        "axis": {"tickCount": 4, "format": "~s", "grid": False},
    }  # fmt: skip
    y: Spec = {
        "field": "usd", "type": "quantitative", "title": "gain, MUSD", "axis": {"tickCount": 4, "format": NUMBER},
        "scale": {"domain": domain, "nice": False, "zero": False},
    }  # fmt: skip
    if size is not WIDE:
        y["axis"] = {**y["axis"], "minExtent": 34, "maxExtent": 34}
    return x, y


def _line(one: Response, domain: list[float], shown: Sequence[str], size: Size) -> Spec:
    """Return the gain along a factor, with a line where the decision flips between two of its points."""
    x, y = _axes(one, domain, size)
    values = [
        {"value": spot.value, "usd": usd * MUSD, "way": way,
         "tip": f"{one.factor} {spot.words}, {way}: {signed_musd(usd)} MUSD"}
        for spot in one.spots for way in shown if (usd := _usd(spot, way)) is not None
    ]  # fmt: skip
    flips = [
        {"value": (a.value + b.value) / 2, "tip": f"the decision flips between {a.words} and {b.words}"}
        for a, b in pairwise(one.spots)
        if a.letter and b.letter and a.letter != b.letter
    ]
    color: Spec = {
        "field": "way", "type": "nominal", "scale": colors({way: WAYS[way] for way in shown}), "title": None,
    }  # fmt: skip
    dash: Spec = {
        "field": "way", "type": "nominal", "scale": {"domain": [BEST, KEPT], "range": [[1, 0], [5, 3]]}, "legend": None,
    }  # fmt: skip
    return {
        "layer": [
            {
                "data": {"values": flips},
                "mark": {"type": "rule", "strokeDash": [2, 3], "strokeWidth": 1.5, "color": DIM.light},
                "encoding": {"x": {"field": "value", "type": "quantitative"}, "description": {"field": "tip"}},
            },
            {
                "data": {"values": values},
                "mark": {"type": "line", "strokeWidth": 2, "aria": False},
                "encoding": {"x": x, "y": y, "color": color, "strokeDash": dash},
            },
            {
                "data": {"values": values},
                "mark": {"type": "point", "size": 34, "filled": True, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": color, "description": {"field": "tip"}},
            },
        ],
    }  # fmt: skip


def _cloud(one: Response, domain: list[float], shown: Sequence[str], size: Size) -> Spec:
    """Return the samples over a factor, by group of equal decisions where best plans were looked for."""
    x, y = _axes(one, domain, size)
    groups = [chr(ord("A") + k) for k in range(len(GROUPS))]
    way = shown[0]
    values = [
        {"value": spot.value, "usd": usd * MUSD, "group": _group(spot, groups),
         "tip": f"{one.factor} {spot.words}: {signed_musd(usd)} MUSD" + (f", {spot.letter}" if spot.letter else "")}
        for spot in one.spots if (usd := _usd(spot, way)) is not None
    ]  # fmt: skip
    used = {value["group"] for value in values}
    legend = {
        name: shade for name, shade in zip([*groups, OTHERS], [*GROUPS, DIM], strict=True) if name in used or not used
    }
    color: Spec = {"field": "group", "type": "nominal", "scale": colors(legend), "title": None}
    shape: Spec = {
        "field": "group", "type": "nominal", "title": None,
        "scale": {"domain": list(legend), "range": list(SHAPES[: len(legend)])},
    }  # fmt: skip
    if not any(spot.letter for spot in one.spots):
        color, shape = {"value": WAYS[way].light}, {"value": "circle"}
    else:
        shape["legend"] = {"symbolType": "circle"} if len(legend) == 1 else {}
    return {
        "data": {"values": values},
        "mark": {"type": "point", "size": 42, "filled": True, "opacity": 1},
        "encoding": {"x": x, "y": y, "color": color, "shape": shape, "description": {"field": "tip"}},
    }


def _group(spot: Spot, groups: Sequence[str]) -> str:
    return spot.letter if spot.letter in groups else OTHERS


def heat_chart(heat: HeatMap, size: Size) -> Spec:
    """Return the map of two factors: darker where more is gained, a letter for what is decided."""
    gains = [cell.gain_usd for cell in heat.cells if cell.gain_usd is not None]
    low, high = min(gains, default=0.0), max(gains, default=0.0)
    values = [
        {"x": cell.x, "y": cell.y, "step": _step(cell.gain_usd, low, high), "label": _cell_words(cell, heat, size),
         "tip": _cell_tip(cell, heat)}
        for cell in heat.cells
    ]  # fmt: skip
    steps = _steps(low, high)
    across = size.width - (0 if size is WIDE else 40)
    encoding: Spec = {
        "x": {"field": "x", "type": "ordinal", "sort": list(heat.x_words), "title": heat.x,
              "axis": {"labelAngle": 0 if size is WIDE and len(heat.x_words) <= MOST_CELLS_TOLD else -60}},
        "y": {"field": "y", "type": "ordinal", "sort": list(reversed(heat.y_words)), "title": heat.y},
    }  # fmt: skip
    return {
        "width": across,
        "height": max(120, 38 * len(heat.y_words)),
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": GROUND.light, "strokeWidth": 1},
                "encoding": {
                    **encoding, "color": {"field": "step", "type": "nominal", "scale": colors(steps)},
                    "description": {"field": "tip"},
                },
            },
            {
                "mark": {"type": "text", "baseline": "middle", "aria": False},
                "encoding": {**encoding, "text": {"field": "label", "type": "nominal"}},
            },
        ],
    }  # fmt: skip


NO_FIGURES = "no plan"


def _steps(low: float, high: float) -> dict[str, Color]:
    edges = [low + (high - low) * k / len(PRICES) for k in range(len(PRICES) + 1)]
    if high - low < 5e4:
        return {f"{signed_musd(low)} MUSD": PRICES[1], NO_FIGURES: UNUSED}
    named = {f"{musd(a)} to {musd(b)} MUSD": shade for (a, b), shade in zip(pairwise(edges), PRICES, strict=True)}
    return {**named, NO_FIGURES: UNUSED}


def _step(usd: float | None, low: float, high: float) -> str:
    names = list(_steps(low, high))
    if usd is None:
        return NO_FIGURES
    if len(names) == 2:
        return names[0]
    return names[min(len(PRICES) - 1, math.floor((usd - low) / (high - low) * len(PRICES)))]


def _cell_words(cell: Cell, heat: HeatMap, size: Size) -> str:
    if cell.gain_usd is None or len(heat.x_words) > (2 * MOST_CELLS_TOLD if size is WIDE else MOST_CELLS_TOLD):
        return ""
    if size is WIDE and len(heat.x_words) <= MOST_CELLS_TOLD:
        return f"{cell.letter}  {signed_musd(cell.gain_usd)}"
    return cell.letter


def _cell_tip(cell: Cell, heat: HeatMap) -> str:
    gain = NO_FIGURES if cell.gain_usd is None else f"{signed_musd(cell.gain_usd)} MUSD, decision {cell.letter}"
    return f"{heat.x} {cell.x}, {heat.y} {cell.y}: {gain}"


def effects_chart(effects: Sequence[Effect], size: Size) -> Spec:
    """Return mu* of each factor as a bar, with sigma as a mark: large beside it where a factor acts in jumps."""
    names = list(dict.fromkeys(effect.factor for effect in effects))
    values = [
        {"factor": one.factor, "usd": amount * MUSD, "what": what,
         "tip": f"{one.factor}: {what} {musd(amount)} MUSD"}
        for one in effects for what, amount in ((MU, one.mu_star_usd), (SIGMA, one.sigma_usd))
    ]  # fmt: skip
    return {
        "width": size.width if size is WIDE else size.width - 40,
        "height": BAR_ROW * len(names),
        "data": {"values": values},
        "mark": {"type": "bar", "height": 14},
        "encoding": {
            "x": {"field": "usd", "type": "quantitative", "title": "MUSD over the range",
                  "axis": {"tickCount": 6 if size is WIDE else 3, "format": NUMBER}},
            "y": {"field": "factor", "type": "nominal", "sort": names, "title": None,
                  "axis": {"minExtent": size.label_extent, "maxExtent": size.label_extent, "ticks": False,
                           "domain": False}},
            "yOffset": {"field": "what", "type": "nominal", "scale": {"domain": [MU, SIGMA]}},
            "color": {"field": "what", "type": "nominal", "scale": colors({MU: AI, SIGMA: MINING})},
            "description": {"field": "tip"},
        },
    }  # fmt: skip


MU, SIGMA = "mean size of an effect", "spread of effects"

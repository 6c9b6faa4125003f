"""The charts of how the gain responds to the factors of a sweep; every number is of the analysis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from planner.reports.html.charts import colors
from planner.reports.html.drawing import WIDE, Size, Spec
from planner.reports.html.palette import AI, COMMISSIONING, DIM, EQUIPMENT, GROUND, MINING, PRICES, UNUSED, Color
from planner.reports.money import least_shown_usd, musd, signed_musd
from planner.reports.sweep.charts import BEST, KEPT, MUSD, NUMBER, WAYS, legend_of
from planner.views.sweep_analysis.response import Cell, HeatMap, Response, Spot

SMALL = 150
"""Height of one of several small plots."""
OTHERS = "other decisions"
GROUPS: tuple[Color, ...] = (AI, MINING, EQUIPMENT, COMMISSIONING)
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
MOST_CELLS_TOLD = 8
"""Columns of a map whose cells have room for their number."""


def response_chart(responses: Sequence[Response], size: Size) -> Spec:
    """Return a small plot for each factor, all over the same gains."""
    gains = [
        usd for one in responses for spot in one.spots for usd in (spot.best_usd, spot.kept_usd) if usd is not None
    ]
    low, high = min(gains) * MUSD, max(gains) * MUSD
    room = max(1e-3, high - low) * 0.08
    domain = [low - room, high + room]
    across = 2 if size is WIDE else 1
    width = size.width + 60
    if size is WIDE:
        width = 380 if len(responses) > 1 else size.width + 130
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
        "field": "value", "type": "quantitative", "title": one.factor, "scale": {"zero": False, "padding": 7},
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
        "legend": legend_of(size),
    }  # fmt: skip
    dash: Spec = {
        "field": "way", "type": "nominal", "scale": {"domain": [BEST, KEPT], "range": [[1, 0], [5, 3]]}, "title": None,
        "legend": legend_of(size),
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
    steps = _steps(low, high) | ({NO_FIGURES: UNUSED} if len(gains) < len(heat.cells) else {})
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
    if high - low < least_shown_usd():
        return {f"{signed_musd(low)} MUSD": PRICES[1]}
    return {f"{musd(a)} to {musd(b)} MUSD": shade for (a, b), shade in zip(pairwise(edges), PRICES, strict=True)}


def _step(usd: float | None, low: float, high: float) -> str:
    names = list(_steps(low, high))
    if usd is None:
        return NO_FIGURES
    if len(names) == 1:
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

"""The chart of a Pareto front: NPV over the other quantity, a step from point to point."""

from __future__ import annotations

from planner.reports.fronts import amount
from planner.reports.html.drawing import Size, Spec, whole_spec
from planner.reports.html.figures import figure_svg
from planner.reports.html.palette import AI, GROUND, MINING
from planner.reports.money import musd
from planner.views.fronts import FrontView, PointRow

TALL = Size(width=560, label_extent=225, font=14, years_apart=1)
HEIGHT = 340


def front_svg(shown: FrontView) -> str:
    """Return the chart as an SVG file."""
    return figure_svg(front_spec(shown))


def front_spec(shown: FrontView) -> Spec:
    """Return the chart as a whole Vega-Lite specification."""
    ground = {"background": GROUND.light, "padding": 12}
    return whole_spec(front_chart(shown, TALL), TALL, tells=True) | ground


def front_chart(shown: FrontView, size: Size) -> Spec:
    """Return the chart; a step says what is reached at least under each limit. Points without a value are left out."""
    points = [_point(shown, row) for row in shown.points if row.value is not None]
    unit = "MUSD" if shown.axis.is_money else shown.axis.unit
    x: Spec = {"field": "x", "type": "quantitative", "title": f"{shown.axis.title}, {unit}", "scale": {"zero": False}}
    y: Spec = {"field": "npv", "type": "quantitative", "title": "NPV, MUSD", "scale": {"zero": False}}
    step = "step-before" if shown.axis.more_is_better else "step-after"
    dot: Spec = {"type": "point", "filled": True, "size": 90, "color": AI.light, "opacity": 1}
    layers: list[Spec] = [
        {"data": {"values": points}, "mark": {"type": "line", "interpolate": step, "strokeWidth": 2, "color": AI.light},
         "encoding": {"x": x, "y": y}},
        {"data": {"values": points}, "mark": dot,
         "encoding": {"x": x, "y": y, "description": {"field": "tip", "type": "nominal"}}},
        {"data": {"values": points}, "mark": {"type": "text", "dy": -14, "aria": False},
         "encoding": {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}}},
    ]  # fmt: skip
    if shown.do_nothing_value is not None:
        twin = {"x": _scaled(shown, shown.do_nothing_value), "npv": shown.do_nothing_npv_usd / 1e6,
                "tip": f"going on mining: NPV {musd(shown.do_nothing_npv_usd)} MUSD"}  # fmt: skip
        mark = {"type": "point", "shape": "diamond", "size": 140, "strokeWidth": 2, "color": MINING.light, "opacity": 1}
        tip: Spec = {"field": "tip", "type": "nominal"}
        layers.append({"data": {"values": [twin]}, "mark": mark, "encoding": {"x": x, "y": y, "description": tip}})
    title = f"{shown.case}: NPV against {shown.axis.title}"
    under = f"In the stress: {shown.stress}. " if shown.stress else ""
    return {
        "title": {"text": title, "subtitle": f"{under}Diamond: going on mining."},
        "width": size.width, "height": HEIGHT, "layer": layers,
    }  # fmt: skip


def _scaled(shown: FrontView, value: float) -> float:
    return value / 1e6 if shown.axis.is_money else value


def _point(shown: FrontView, row: PointRow) -> Spec:
    offers = ", ".join(row.offers) or "mining"
    tip = f"{row.name}: {shown.axis.short} {amount(shown, row)}, NPV {musd(row.npv_usd)} MUSD, {offers}"
    return {"x": _scaled(shown, row.value or 0.0), "npv": row.npv_usd / 1e6, "name": row.name, "tip": tip}

"""Vega-Lite specification -> SVG inside a page: the sizes it is drawn in, and what is taken out of it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from planner.reports.html.palette import DIM, RULE, TEXT

Spec = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """Room for a chart in CSS pixels."""

    width: int
    """Of the plot itself."""
    label_extent: int
    """Beside it, for names."""
    font: int
    years_apart: int
    """Between the labels of a time axis."""

    @property
    def letters(self) -> int:
        """Of a name that fit into a line beside the plot."""
        return int((self.label_extent - 10) / (0.56 * self.font))


WIDE = Size(width=730, label_extent=225, font=14, years_apart=1)
NARROW = Size(width=225, label_extent=120, font=12, years_apart=3)

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""Fonts of equal widths, so that a label takes the room it was given wherever it is read."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"


@dataclass(frozen=True)
class Chart:
    """A chart drawn for wide and for narrow pages."""

    wide: str
    narrow: str


def draw(name: str, spec: Callable[[Size], Spec], *, tells: bool) -> Chart:
    """Return the chart in both sizes.

    Args:
        name: unique in the page; goes before the ids inside the drawing.
        spec: the specification for a size.
        tells: keep the description of each mark, for pointers to show.
    """
    return Chart(*(_svg(f"{name}-{kind}", spec(size), size, tells=tells) for kind, size in SIZES.items()))


SIZES = {"wide": WIDE, "narrow": NARROW}


def whole_spec(spec: Spec, size: Size, *, tells: bool = False) -> Spec:
    """Return a specification that any Vega-Lite drawing program understands, set as all charts are."""
    return {"$schema": SCHEMA, "background": None, "padding": 4, **spec, "config": _config(size, tells=tells)}


def drawn_svg(whole: Spec) -> str:
    """Return a whole specification as an SVG document."""
    import vl_convert

    return vl_convert.vegalite_to_svg(whole, vl_version="5.21")


def _svg(name: str, spec: Spec, size: Size, *, tells: bool) -> str:
    return _inline(name, drawn_svg(whole_spec(spec, size, tells=tells)), tells=tells)


def _config(size: Size, *, tells: bool) -> Spec:
    axis = {
        "aria": False, "labelColor": DIM.light, "titleColor": DIM.light, "gridColor": RULE.light,
        "domainColor": DIM.light,
        "tickColor": DIM.light, "labelFontSize": size.font, "titleFontSize": size.font, "titleFontWeight": "normal",
        "labelLimit": size.label_extent - 10,
    }  # fmt: skip
    return {
        "aria": tells,
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "legend": {
            "aria": False, "orient": "top", "title": None, "labelColor": TEXT.light, "labelFontSize": size.font,
            "symbolType": "square", "symbolStrokeWidth": 0, "labelLimit": 300,
            "columns": 0 if size is WIDE else 2, "symbolSize": 140,
        },
        "title": {"aria": False, "color": TEXT.light, "fontSize": size.font, "anchor": "start", "fontWeight": "bold"},
        "text": {"color": TEXT.light, "fontSize": size.font},
    }  # fmt: skip


def _inline(name: str, svg: str, *, tells: bool) -> str:
    """Return a drawing as it stands in a page: its ids its own, without what a page has no use for."""
    svg = re.sub(r' (xmlns(:\w+)?|version|pointer-events|stroke-miterlimit)="[^"]*"', "", svg)
    svg = re.sub(r'<path class="(background|foreground)"( aria-hidden="true")? d="(M0,0h0v0h0Z)?"[^>]*/>', "", svg)
    svg = re.sub(r'\bid="([^"]*)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]*)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r' class="(?!marks)[^"]*"', "", svg)
    svg = re.sub(r' (role|aria-roledescription|aria-hidden)="[^"]*"', "", svg)
    if not tells:
        svg = re.sub(r' aria-label="[^"]*"', "", svg)
    return re.sub(r"<svg ", '<svg aria-hidden="true" focusable="false" ', svg, count=1)


ROW_HEIGHT = 24
"""Of a row with a name of one line."""


@dataclass(frozen=True)
class Names:
    """Names beside the rows of a chart, long ones in a few lines; what is longer than that is cut."""

    lines: dict[str, list[str]]
    size: Size

    @property
    def row_height(self) -> int:
        """Room for a row."""
        most = max((len(lines) for lines in self.lines.values()), default=1)
        return ROW_HEIGHT + (most - 1) * (self.size.font - 1)

    @property
    def axis(self) -> Spec:
        """The axis that shows them."""
        extent = self.size.label_extent
        return {
            "minExtent": extent, "maxExtent": extent, "ticks": False, "domain": False,
            "labelExpr": f"({json.dumps(self.lines)})[datum.label]", "labelLineHeight": self.size.font + 1,
        }  # fmt: skip


def names_beside(names: Sequence[str], size: Size) -> Names:
    """Return the names of rows, broken into lines as the room asks."""
    return Names({name: _lines(name, size) for name in names}, size)


def _lines(name: str, size: Size) -> list[str]:
    most = 2 if size is WIDE else 3
    lines = textwrap.wrap(name, size.letters, break_on_hyphens=False) or [name]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], lines[most - 1][: size.letters - 1] + "…"]


def time_axis(start: str, end: str, size: Size, *, labels: bool = True) -> Spec:
    """Return the encoding of a time axis from a date to a date, with a label for every so many years."""
    first, last = int(start[:4]), int(end[:4]) + 1
    every = max(size.years_apart, -(-(last - first) // (14 if size is WIDE else 5)))
    values = [{"year": year, "month": 1, "date": 1, "utc": True} for year in range(first, last + 1, every)]
    return {
        "type": "temporal",
        "scale": {"type": "utc", "domain": [start, end], "nice": False},
        "axis": {"format": "%Y", "values": values, "title": None, "labels": labels, "labelFlush": False},
    }

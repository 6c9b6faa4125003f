"""The map of the site: outlines of states and countries around it, and the metros nearby."""

from __future__ import annotations

import unicodedata
from html import escape

import numpy as np

from planner.reports.html.drawing import FONT, Chart
from planner.reports.html.palette import BORDER, DIM, GROUND, LAND, LATE, RULE, TEXT
from planner.reports.screening.outlines import WIDTH, Drawing, drawing
from planner.views.surroundings import Surroundings

MOST_HEIGHT = 560.0
APART = (150.0, 40.0)
"""Metros nearer than this to another label, across and down, are left out."""
LONGEST_NAME = 40
"""Letters of a site's name that are drawn."""


def place_map(where: Surroundings, *, tells: bool) -> Chart:
    """Return the map for wide and narrow pages."""
    lon = np.array([where.lon, *(metro.lon for metro in where.metros)])
    lat = np.array([where.lat, *(metro.lat for metro in where.metros)])
    land = drawing(lon, lat, np.arange(len(lon)) == 0)
    return Chart(*(_svg(where, land, font, tells=tells) for font in (20, 38)))


def _svg(where: Surroundings, land: Drawing, font: int, *, tells: bool) -> str:
    top = max(0.0, (land.height - MOST_HEIGHT) / 2)
    view = f"0 {top:.0f} {WIDTH:.0f} {min(land.height, MOST_HEIGHT):.0f}"
    return (
        f'<svg aria-hidden="true" focusable="false" class="marks" viewBox="{view}" font-family="{FONT}">'
        f'<rect fill="{RULE.light}" y="{top:.0f}" width="{WIDTH:.0f}" height="{MOST_HEIGHT:.0f}" fill-opacity="0.4"/>'
        f'<path fill="{LAND.light}" stroke="{BORDER.light}" d="{land.countries}"/>'
        f'<path fill="none" stroke="{BORDER.light}" d="{land.states}"/>'
        f"{_metros(where, land, font, top, tells=tells)}{_site(where, land, font)}</svg>"
    )


def _site(where: Surroundings, land: Drawing, font: int) -> str:
    x, y = float(land.x[0]), float(land.y[0])
    name = where.site if len(where.site) <= LONGEST_NAME else f"{where.site[: LONGEST_NAME - 1]}…"
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name):
        name = "the site"  # drawings on paper are not set from right to left; the page names it in words
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{font * 0.45:.1f}" fill="{LATE.light}" stroke="{GROUND.light}" '
        f'stroke-width="2"/><text x="{x:.1f}" y="{y - font * 0.8:.1f}" text-anchor="middle" font-weight="bold" '
        f'font-size="{font}" fill="{TEXT.light}">{escape(name)}</text>'
    )


def _metros(where: Surroundings, land: Drawing, font: int, top: float, *, tells: bool) -> str:
    # the site's own label is the first that others keep away from
    taken = [(float(land.x[0]), float(land.y[0]) - font * 0.8)]
    across, down = APART[0] * font / 20, APART[1] * font / 20
    drawn = []
    for metro, x, y in zip(where.metros, land.x[1:].tolist(), land.y[1:].tolist(), strict=True):
        inside = 0.08 * WIDTH < x < 0.86 * WIDTH and top + font < y < top + min(land.height, MOST_HEIGHT) - font
        if not inside or any(abs(x - a) < across and abs(y - b) < down for a, b in taken):
            continue
        taken.append((x, y))
        tip = f' aria-label="{escape(f"{metro.name}, {metro.km:,.0f} km")}"' if tells else ""
        drawn.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{font / 5:.1f}" fill="{DIM.light}"{tip}/>'
            f'<text x="{x + font * 0.4:.1f}" y="{y + font * 0.35:.1f}" font-size="{font * 0.8:.0f}" '
            f'fill="{DIM.light}">{escape(metro.name)}</text>'
        )
    return "".join(drawn)

"""The map of the site: outlines of states and countries around it, and the metros nearby."""

from __future__ import annotations

import unicodedata
from html import escape
from itertools import pairwise

import numpy as np

from planner.reports.html.drawing import FONT, Chart
from planner.reports.html.palette import BORDER, DIM, GROUND, LAND, LATE, PRICES, RULE, TEXT
from planner.reports.screening.outlines import WIDTH, Drawing, drawing
from planner.views.surroundings import Surroundings

Key = tuple[tuple[str, str], ...]
"""Names of colours and what they stand for."""

MOST_HEIGHT = 560.0
APART = (150.0, 40.0)
"""Metros nearer than this to another label, across and down, are left out."""
LONGEST_NAME = 40
"""Letters of a site's name that are drawn."""


def place_map(where: Surroundings, *, tells: bool) -> tuple[Chart, Key]:
    """Return the map for wide and narrow pages, and the key of its colours; no key where it shows no state."""
    lon = np.array([where.lon, *(metro.lon for metro in where.metros)])
    lat = np.array([where.lat, *(metro.lat for metro in where.metros)])
    land = drawing(lon, lat, np.arange(len(lon)) == 0)
    chart = Chart(*(_svg(where, land, font, tells=tells) for font in (20, 38)))
    return chart, _price_key(where) if any(land.by_state.values()) else ()


def _svg(where: Surroundings, land: Drawing, font: int, *, tells: bool) -> str:
    top = max(0.0, (land.height - MOST_HEIGHT) / 2)
    view = f"0 {top:.0f} {WIDTH:.0f} {min(land.height, MOST_HEIGHT):.0f}"
    return (
        f'<svg aria-hidden="true" focusable="false" class="marks" viewBox="{view}" font-family="{FONT}">'
        f'<rect fill="{RULE.light}" y="{top:.0f}" width="{WIDTH:.0f}" height="{MOST_HEIGHT:.0f}" fill-opacity="0.4"/>'
        f'<path fill="{LAND.light}" stroke="{BORDER.light}" d="{land.countries}"/>'
        f"{_states(where, land, tells=tells)}"
        f"{_metros(where, land, font, top, tells=tells)}{_site(where, land, font)}</svg>"
    )


def _states(where: Surroundings, land: Drawing, *, tells: bool) -> str:
    """Return the states, coloured by their price where it is known."""
    known = {price.fips: price for price in where.prices}
    drawn = []
    for fips, path in land.by_state.items():
        if not path:
            continue
        price = known.get(fips)
        fill = LAND if price is None else PRICES[price.step]
        tip = f' aria-label="{price.usd_per_mwh:.1f} USD/MWh"' if price is not None and tells else ""
        drawn.append(f'<path fill="{fill.light}" stroke="{BORDER.light}" d="{path}"{tip}/>')
    return "".join(drawn)


def _price_key(where: Surroundings) -> Key:
    borders = [f"{border:.0f}" for border in where.price_borders]
    words = (f"under {borders[0]}", *(f"{a} to {b}" for a, b in pairwise(borders)), f"{borders[-1]} and more")
    told = [f"{text} USD/MWh" for text in words]
    return tuple((color.name, text) for color, text in zip(PRICES, told, strict=True))


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
            f'fill="{TEXT.light}">{escape(metro.name)}</text>'
        )
    return "".join(drawn)

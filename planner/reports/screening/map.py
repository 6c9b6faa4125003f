"""The map of a screening: one HTML file that needs no network, in light, dark and print."""

from __future__ import annotations

from html import escape
from itertools import pairwise

import numpy as np

from planner import __version__
from planner.geo.sphere import Floats
from planner.reports.screening.outlines import Drawing, drawing
from planner.reports.screening.style import NO_VALUE, STYLE, color_rules
from planner.studies.screening.screen import Screening
from planner.views.screening import Row, assumptions, rows, step_of, steps, summary

CROWD = 20_000
"""Above so many places a dot says only name and value."""
FEW = 300
"""Above so many places dots have no outline."""
RADII = ((FEW, 7.5), (5_000, 4.5), (CROWD, 2.4))
"""Radius of the dots up to so many places."""
LEAST_RADIUS = 1.4
MOST_PROBLEMS = 20
BORDERS = '<use class="border" href="#states"/>'
"""States once more, as lines over dots that cover them."""
NOTE = (
    "Present values before tax, unlevered, USD per gross MW at the meter. "
    "A screening compares places; it is no plan of a site."
)


def map_page(screening: Screening, top: int) -> str:
    """Return the page: map, the best `top` places, places without a rank, assumptions and sources."""
    values = screening.frame["value_usd_per_mw"].to_numpy(dtype=np.float64) / 1e6
    borders = steps(values)
    classes = _classes(borders)
    return "\n".join((
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Screened places</title>',
        f"<style>{STYLE}{color_rules(classes)}</style></head><body>",
        _head(screening),
        f'<main><section class="map">{_svg(screening, values, borders, classes)}{_legend(borders, classes)}</section>',
        f'<section class="best">{_ranked(screening, top)}</section></main>',
        _unranked(screening), _assumed(screening), _sources(screening),
        f"<footer>Conversion planner {escape(__version__)}. {NOTE}</footer></body></html>\n",
    ))  # fmt: skip


def _classes(borders: tuple[float, ...]) -> list[str]:
    """Return the class of each step: n for below nought, p for above, numbered away from nought."""
    edges = [*borders, np.inf]
    below = sum(1 for edge in edges if edge <= 0)
    if not borders:
        return ["p0"]
    return [f"n{below - 1 - i}" if i < below else f"p{i - below}" for i in range(len(edges))]


def _head(screening: Screening) -> str:
    found = summary(screening)

    def musd(value: float | None) -> str:
        return "-" if value is None else f"{value:,.2f}"

    tiles = (
        (f"{found.places:,}", "places"),
        (f"{found.paying:,}", "worth more than nothing"),
        (musd(found.best_musd), "best, MUSD per gross MW"),
        (musd(found.median_musd), "middle, MUSD per gross MW"),
        (f"{found.places - found.ranked:,}", "without a rank"),
    )
    cells = "".join(f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for value, name in tiles)
    quantile = screening.assumed.queue_quantile_frac
    return (
        "<header><h1>Where a standard conversion is worth most</h1>"
        f"<p>Rents less building, running and connecting cost and less the mining given up, from "
        f"{screening.assumed.start.isoformat()}, at {screening.assumed.discount_rate_frac:.1%}, with the "
        f"{_ordinal(quantile)} of the wait for power.</p>"
        f'<div class="tiles">{cells}</div></header>'
    )


def _ordinal(quantile: float) -> str:
    return "median" if quantile == 0.5 else f"p{quantile * 100:.0f}"


def _svg(screening: Screening, values: Floats, borders: tuple[float, ...], classes: list[str]) -> str:
    lon, lat = (screening.frame[name].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
    is_ranked = ~np.isnan(values)
    # a place with swapped coordinates must not shrink the map of all others
    land = drawing(lon, lat, is_ranked if is_ranked.any() else ~is_ranked)
    outside = int((~land.is_inside).sum())
    note = f'<p class="note">Outside this map: {outside:,} without a rank.</p>' if outside else ""
    is_many = len(values) > FEW
    return (
        f'<svg viewBox="0 0 1000 {land.height}" role="img" aria-label="Map of the screened places">'
        f'<path class="country" d="{land.countries}"/><path class="state" id="states" d="{land.states}"/>'
        f"<g{' class=many' if is_many else ''}>"
        f"{_dots(screening, land, _point_classes(values, borders, classes))}</g>"
        f"{BORDERS if is_many else ''}</svg>{note}"
    )


def _point_classes(values: Floats, borders: tuple[float, ...], classes: list[str]) -> list[str]:
    at = step_of(np.nan_to_num(values), borders)
    return [NO_VALUE if np.isnan(value) else classes[step] for value, step in zip(values, at, strict=True)]


def _dots(screening: Screening, land: Drawing, classes: list[str]) -> str:
    """Return the places, the best drawn last and so on top: discs are energised, squares are bare land."""
    count = len(classes)
    radius = next((size for most, size in RADII if count <= most), LEAST_RADIUS)
    told = [_told(row, is_short=count > CROWD) for row in rows(screening)]
    energised = screening.frame["energised"].to_numpy(dtype=bool)
    dots = []
    for i in reversed(np.nonzero(land.is_inside)[0].tolist()):
        x, y = land.x[i], land.y[i]
        if energised[i]:
            shape = f'<circle class="{classes[i]}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">'
            end = "</circle>"
        else:
            side = 1.8 * radius
            corner = f'x="{x - side / 2:.1f}" y="{y - side / 2:.1f}"'
            shape = f'<rect class="{classes[i]}" {corner} width="{side:.1f}" height="{side:.1f}">'
            end = "</rect>"
        dots.append(f"{shape}<title>{escape(told[i])}</title>{end}")
    return "".join(dots)


def _told(row: Row, *, is_short: bool) -> str:
    return f"{row.site}: {row.value}" if is_short else row.told


def _legend(borders: tuple[float, ...], classes: list[str]) -> str:
    """Return the steps with their borders, and what the shapes mean."""
    names = [f"{border:,.12g}" for border in borders]
    if names:
        inner = [f"{low} to {high}" for low, high in pairwise(names)]
        labels = [f"below {names[0]}", *inner, f"{names[-1]} and more"]
    else:
        labels = ["all alike"]
    steps_shown = "".join(
        f'<li><i class="{name}"></i>{escape(label)}</li>' for name, label in zip(classes, labels, strict=True)
    )
    return (
        f'<div class="legend"><p>MUSD per gross MW</p><ul>{steps_shown}<li><i class="{NO_VALUE}"></i>no rank</li></ul>'
        '<p class="shapes"><i class="disc"></i>energised site <i class="square"></i>bare land</p></div>'
    )


def _ranked(screening: Screening, top: int) -> str:
    best = [row for row in rows(screening, 0, top) if not row.problem]
    if not best:
        return "<h2>Ranking</h2><p>No place could be ranked.</p>"
    body = "".join(
        f"<tr><td>{row.rank}</td><th>{escape(row.site)}<small>{escape(row.where)}, {row.kind}, {row.mw} MW</small></th>"
        f"<td><b>{row.value}</b><small>{row.value_span}</small></td>"
        f'<td data-name="months">{row.months}<small>{row.months_span}</small></td>'
        f'<td data-name="USD/MWh">{row.price}</td><td data-name="PUE">{row.pue}<small>{row.design_c} °C</small></td>'
        f'<td data-name="kg/MWh">{row.carbon}</td>'
        f'<td data-name="metro, ms">{row.latency}<small>{escape(row.metro)}</small></td></tr>'
        for row in best
    )
    return (
        f"<h2>The best {len(best):,}</h2><div class='scroll'><table><thead><tr><th>#</th><th>place</th>"
        "<th>MUSD/MW<small>late to early power</small></th><th>wait<small>months, p10 to p90</small></th>"
        "<th>power<small>USD/MWh</small></th><th>PUE<small>design day</small></th><th>carbon<small>kg/MWh</small></th>"
        f"<th>metro<small>ms</small></th></tr></thead><tbody>{body}</tbody></table></div>"
    )


def _unranked(screening: Screening) -> str:
    ranked = summary(screening).ranked
    count = len(screening.frame) - ranked
    if not count:
        return ""
    wrong = rows(screening, ranked, ranked + MOST_PROBLEMS)
    body = "".join(f"<tr><th>{escape(row.site)}</th><td>{escape(row.problem)}</td></tr>" for row in wrong)
    more = f"<p>and {count - len(wrong):,} more, all in screen.csv</p>" if count > len(wrong) else ""
    return (
        f'<section><h2>Without a rank: {count:,}</h2><table class="words"><tbody>{body}</tbody></table>{more}</section>'
    )


def _assumed(screening: Screening) -> str:
    body = "".join(
        f"<tr><th>{escape(item.name)}</th><td{'' if item.is_default else ' class=own'}>{escape(item.value)}</td>"
        f"<td>{escape(item.words)}{'' if item.is_default else ' <b>Set by the user.</b>'}</td></tr>"
        for item in assumptions(screening.assumed)
    )
    return f'<section><h2>Assumptions</h2><table class="words"><tbody>{body}</tbody></table></section>'


def _sources(screening: Screening) -> str:
    body = "".join(
        f"<tr><th>{escape(item.subject)}</th><td>{escape(item.title)}<small>{escape(_address(item.url))}</small></td>"
        f"<td>{escape(item.as_of)}</td><td>{escape(item.basis)}</td><td>{item.places:,}</td></tr>"
        for item in screening.sources
    )
    head = "<tr><th>figure</th><th>source</th><th>as of</th><th>basis</th><th>places</th></tr>"
    return (
        '<section><h2>Sources of the places\' figures</h2><div class="scroll"><table class="words">'
        f"<thead>{head}</thead><tbody>{body}</tbody></table></div></section>"
    )


def _address(url: str) -> str:
    """Return an address as text to read, without what would make it a link."""
    return url.split("://", 1)[-1]

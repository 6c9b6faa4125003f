"""A sweep as one HTML page: everything inside, nothing fetched, names of the case and the sweep as text only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from planner.reports.html.drawing import Size, Spec, draw
from planner.reports.html.layout import Figure, Section
from planner.reports.html.page import Tile, plain_page
from planner.reports.money import fit_for, signed_musd
from planner.reports.sweep import charts, charts_response, tables
from planner.reports.sweep.words import pin_sentence, record, sentences
from planner.studies.sweeps.outcome import Way
from planner.views.sweep_analysis.analysis import SweepAnalysis

MOST_BARS = 20
MOST_PLOTS = 12


def sweep_page(analysis: SweepAnalysis) -> str:
    """Return the page; marks of its charts tell their numbers under a pointer."""
    with fit_for(analysis.largest_usd):
        return _page(analysis)


def _page(analysis: SweepAnalysis) -> str:
    return plain_page(
        analysis.table.name,
        f"What-ifs of {analysis.table.case}",
        _head(analysis),
        _sections(analysis),
        "Gain is what a plan is worth above going on mining at the same point, in present value",
        _tiles(analysis),
        tells=True,
    )


def _head(analysis: SweepAnalysis) -> tuple[str, ...]:
    told, pin = sentences(analysis), pin_sentence(analysis)
    return (*told[:1], *([pin] if pin else []), *told[1:])


def _tiles(analysis: SweepAnalysis) -> tuple[Tile, ...]:
    found = analysis.comparison
    tiles = [Tile("points", str(len(analysis.points)))]
    for name, row in (("worst", found.worst), ("median", found.median), ("best", found.best)):
        if row is not None and row.gain is not None:
            tiles.append(Tile(f"MUSD gain, {name}", signed_musd(row.gain.usd)))
    told = [row for row in found.rows if row.point and row.way is Way.REOPTIMISED and row.change is not None]
    if told:
        flipped = sum(row.change is not None and row.change.level.is_flip for row in told)
        tiles.append(Tile("points with another decision", str(flipped)))
    return tuple(tiles)


def _sections(analysis: SweepAnalysis) -> tuple[Section, ...]:
    makers: tuple[Callable[[SweepAnalysis], Section | None], ...] = (
        _pinned, _tornado, _samples, _flips, _responses, _points,
    )  # fmt: skip
    return tuple(section for make in makers if (section := make(analysis)) is not None)


def _figure(name: str, spec: Callable[[Size], Spec], label: str, caption: str) -> Figure:
    return Figure(draw(name, spec, tells=True), label, caption)


def _pinned(analysis: SweepAnalysis) -> Section | None:
    table = tables.pinned(analysis)
    return None if table is None else Section("pinned", "What to pin down first", tables=(table,))


def _tornado(analysis: SweepAnalysis) -> Section | None:
    base = analysis.base
    figures = None if base is None else base.best_figures or base.kept_figures
    if not analysis.tornado or figures is None:
        return None
    rows = analysis.tornado[:MOST_BARS]
    ways = [way for way in Way if way in analysis.ways]
    figure = _figure(
        "tornado", partial(charts.tornado_chart, rows, figures.gain_usd, ways),
        "How far each assumption alone moves the gain; the table below has the numbers.",
        "Each assumption moved alone to the ends of its range, the others at rest. The upright line is the base case; "
        "a bar ends at the value written beside it. With !, the plan kept cannot be paid for there.",
    )  # fmt: skip
    return Section("tornado", "One assumption at a time", figures=(figure,), tables=(tables.tornado(analysis),))


def _samples(analysis: SweepAnalysis) -> Section | None:
    found = (tables.influences(analysis), tables.effects(analysis))
    if not any(found):
        return None
    figures: tuple[Figure, ...] = ()
    told = [effect for effect in analysis.effects if effect.way is analysis.effects[0].way]
    if told:
        figure = _figure(
            "effects", partial(charts.effects_chart, told),
            "Mean size and spread of the effects of each factor; the table below has the numbers.",
            "What moving a factor over its whole range does to NPV, the others anywhere in theirs.",
        )  # fmt: skip
        figures = (figure,)
    return Section("samples", "Which assumptions matter", figures=figures, tables=found)


def _flips(analysis: SweepAnalysis) -> Section | None:
    figures: tuple[Figure, ...] = ()
    heat = analysis.heat_map
    if heat is not None:
        figure = _figure(
            "map", partial(charts_response.heat_chart, heat),
            f"Gain over {heat.x} and {heat.y}, with a letter for the decision; points.csv has the numbers.",
            "Gain of the best plan against going on mining, MUSD. Letters are decisions, spelt out in the table below.",
        )  # fmt: skip
        figures = (figure,)
    found = (tables.regions(analysis), tables.flips(analysis))
    if not any(found) and not figures:
        return None
    return Section("flips", "Where the decision flips", figures=figures, tables=found)


def _responses(analysis: SweepAnalysis) -> Section | None:
    shown = analysis.responses[:MOST_PLOTS]
    if not shown:
        return None
    caption = "Gain at the points; lines between them guide the eye. Dotted: the decision flips between its neighbours."
    if shown[0].is_cloud:
        caption = "Every dot is a sample, in which all factors are moved at once. Letters are decisions."
    left = len(analysis.responses) - len(shown)
    if left:
        caption += f" {left} more factors are in points.csv."
    figure = _figure(
        "responses", partial(charts_response.response_chart, shown),
        "The gain over each factor; points.csv has the numbers.", caption,
    )  # fmt: skip
    return Section("responses", "How the gain responds", figures=(figure,))


def _points(analysis: SweepAnalysis) -> Section:
    return Section(
        "points", "All points, and how they were solved", record(analysis), tables=(tables.points(analysis),)
    )

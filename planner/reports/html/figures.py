"""The charts of a plan one by one, outside the page: the same drawings, on a ground of their own."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from planner.reports.html import charts, charts_money
from planner.reports.html.drawing import WIDE, Size, Spec, drawn_svg, whole_spec
from planner.reports.html.palette import GROUND, dark_rules
from planner.views import Views
from planner.views.cash import bridge, cash_years, funding
from planner.views.finance import FinanceViews
from planner.views.limits import limit_periods
from planner.views.schedule import schedule
from planner.views.site_states import period_megawatts


class Figure(StrEnum):
    """What can be drawn of a plan."""

    MEGAWATTS = "megawatts"
    SCHEDULE = "schedule"
    BRIDGE = "bridge"
    CASH = "cash"
    LIMITS = "limits"
    COVER = "cover"


TITLES = {
    Figure.MEGAWATTS: "Megawatts by use over time",
    Figure.SCHEDULE: "Schedule of grid requests, building and service",
    Figure.BRIDGE: "From the present value of going on mining to that of the plan",
    Figure.CASH: "Yearly and cumulative cash against going on mining",
    Figure.LIMITS: "When the limits of the site bind",
    Figure.COVER: "Cover of debt service by year",
}


class NothingToDrawError(ValueError):
    """The plan has nothing that this chart shows."""


def figure_spec(views: Views, figure: Figure) -> Spec:
    """Return a chart as a whole Vega-Lite specification.

    Raises:
        NothingToDrawError: the plan has nothing that it shows.
    """
    spec = _makers(views)[figure]()
    if spec is None:
        raise NothingToDrawError(f"this plan has nothing for the chart '{figure.value}': {NOTHING[figure]}")
    return whole_spec(spec(WIDE), WIDE, tells=True) | {"background": GROUND.light}


NOTHING = {
    Figure.SCHEDULE: "it builds and requests nothing",
    Figure.LIMITS: "no limit of the site binds",
    Figure.COVER: "there is no debt service",
}
"""Why a chart may be empty."""


def figure_svg(whole: Spec) -> str:
    """Return a chart as an SVG document whose colours follow a dark screen."""
    style = f"<style>@media screen and (prefers-color-scheme:dark){{{dark_rules()}}}</style>"
    head, end, rest = drawn_svg(whole).partition(">")
    return f"{head}{end}{style}{rest}"


def figure_png(whole: Spec) -> bytes:
    """Return a chart as a PNG image, at twice its size on the screen."""
    import vl_convert

    return vl_convert.vegalite_to_png(whole, vl_version="5.21", scale=2.0)


def _makers(views: Views) -> dict[Figure, Callable[[], Callable[[Size], Spec] | None]]:
    return {
        Figure.MEGAWATTS: lambda: partial(charts.megawatts_chart, period_megawatts(views)),
        Figure.SCHEDULE: lambda: _schedule(views),
        Figure.BRIDGE: lambda: partial(charts_money.bridge_chart, bridge(views)),
        Figure.CASH: lambda: partial(charts_money.cash_chart, cash_years(views), funding(views)),
        Figure.LIMITS: lambda: _limits(views),
        Figure.COVER: lambda: _cover(views),
    }


def _schedule(views: Views) -> Callable[[Size], Spec] | None:
    plan = schedule(views)
    return partial(charts.schedule_chart, plan) if plan.bars else None


def _limits(views: Views) -> Callable[[Size], Spec] | None:
    rows = limit_periods(views)
    return partial(charts.limits_chart, rows) if any(row.binds for row in rows) else None


def _cover(views: Views) -> Callable[[Size], Spec] | None:
    finance = FinanceViews(views.result)
    loan = finance.loan
    covered = [row for row in finance.cover_by_year if row.cover is not None] if loan is not None else []
    if loan is None or loan.loan_usd < 1 or not covered:
        return None
    return partial(charts_money.cover_chart, covered, loan.asked_cover)

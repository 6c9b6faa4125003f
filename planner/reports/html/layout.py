"""What a page is laid out of: sections with words, figures and tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from planner.reports.html.drawing import Chart, Size, Spec, draw
from planner.reports.html.tables import Table
from planner.views import Views


@dataclass(frozen=True)
class Draft:
    """What sections are made from."""

    views: Views
    tells: bool
    """Marks of the charts keep their descriptions, for pointers to show."""


@dataclass(frozen=True)
class Figure:
    """A drawing with what it says to those who do not see it, and its caption."""

    chart: Chart
    label: str
    caption: str
    key: tuple[tuple[str, str], ...] = ()
    """Names of colours and what they stand for, where the drawing itself does not say it."""


@dataclass(frozen=True)
class Section:
    """A part of the page under a heading of its own."""

    key: str
    title: str
    text: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table | None, ...] = ()
    is_site: bool = False
    """The site before and after stands at its head."""


def drawn(draft: Draft, name: str, spec: Callable[[Size], Spec], label: str, caption: str) -> Figure:
    """Return a figure of a chart."""
    return Figure(draw(name, spec, tells=draft.tells), label, caption)

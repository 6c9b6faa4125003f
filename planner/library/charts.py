"""A chart of a plan: shown by a notebook, saved as SVG, PNG or Vega-Lite."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from planner.files.problems import did_you_mean
from planner.files.whole import write_whole
from planner.library.cases import AnyPath
from planner.reports.html.figures import TITLES, Figure, figure_png, figure_spec, figure_svg
from planner.views import Views


@dataclass(frozen=True, repr=False)
class Chart:
    """A chart as a Vega-Lite specification and what is drawn from it."""

    title: str
    spec: dict[str, Any]
    """The whole specification, data inside: any Vega-Lite program draws it, and it may be changed first."""

    @cached_property
    def svg(self) -> str:
        """The drawing as an SVG document; its colours follow a dark screen."""
        return figure_svg(self.spec)

    def save(self, path: AnyPath) -> Path:
        """Write the chart in the form that the file's name says: .svg, .png or .json (Vega-Lite).

        Raises:
            ValueError: another ending.
            OSError: the file cannot be written.
        """
        file = Path(path)
        ending = file.suffix.lower()
        if ending == ".svg":
            write_whole(file, self.svg)
        elif ending == ".json":
            write_whole(file, json.dumps(self.spec, indent=1))
        elif ending == ".png":
            file.write_bytes(figure_png(self.spec))
        else:
            raise ValueError(f"a chart is saved as .svg, .png or .json, found '{file}'")
        return file

    def __repr__(self) -> str:
        """Say what is drawn."""
        return f"<Chart: {self.title}>"

    def _repr_svg_(self) -> str:
        return self.svg


def chart_of(views: Views, name: str) -> Chart:
    """Return the chart of that name.

    Raises:
        ValueError: no chart has that name.
        NothingToDrawError: the plan has nothing that it shows.
    """
    names = [figure.value for figure in Figure]
    if name not in names:
        raise ValueError(f"'{name}' is no chart{did_you_mean(name, names)}; there are: {', '.join(names)}")
    figure = Figure(name)
    return Chart(TITLES[figure], figure_spec(views, figure))

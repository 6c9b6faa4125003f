"""Plans side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from planner.library.cases import AnyPath
from planner.library.plans import Plan, load_result
from planner.reports.comparison import LEAST_WIDTH, compared_cells, comparison_text
from planner.reports.html.notebook import comparison_html
from planner.views.comparison import compare as side_by_side
from planner.views.comparison_records import AmountRow, ComparisonView

FEWEST, MOST = 2, 6
"""Plans that can be set side by side."""


class Comparison:
    """Plans side by side; the first is what the others are compared with. Money is in USD."""

    def __init__(self, view: ComparisonView) -> None:
        """Keep what is shown."""
        self.view = view
        """Everything that the other outlets show, as one record."""

    @property
    def differs(self) -> bool:
        """Whether anything differs in cases, plans and money."""
        return self.view.differs

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        """A frame by subject, with a column for each plan, named by its label.

        headline, present_value and cash_by_year (units beside them), decisions (with the day since when they differ),
        megawatts (MW by use from each date on), case_fields and made_with.
        """
        labels, view = list(self.view.labels), self.view
        decided = self.frame[self.frame["section"].isin({row.kind.value for row in view.decisions})]
        days = pd.to_datetime(decided["since"].replace("", None), format="%Y-%m-%d")
        uses = pd.DataFrame([row.values for row in view.megawatts], columns=labels, dtype=float)
        uses.insert(0, "since", pd.DatetimeIndex([row.since for row in view.megawatts]))
        fields = pd.DataFrame([row.values for row in view.fields], columns=labels, dtype=object)
        return {
            "headline": _amounts(view.headline, labels),
            "present_value": _amounts(view.lines, labels),
            "cash_by_year": _amounts(view.years, labels),
            "decisions": decided.drop(columns="unit").assign(since=days).set_index(["section", "what"]),
            "megawatts": uses.set_axis(pd.Index([row.use for row in view.megawatts], name="use_mw"), axis=0),
            "case_fields": fields.set_axis(pd.Index([row.path for row in view.fields], name="path"), axis=0),
            "made_with": _amounts(view.made_with, labels),
        }

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Everything compared as one table: section, what, unit, since when, and a column for each plan."""
        rows = list(compared_cells(self.view))
        return pd.DataFrame(rows, columns=["section", "what", "unit", "since", *self.view.labels], dtype=object)

    def text(self, width: int = LEAST_WIDTH, *, everything: bool = False) -> str:
        """Return what `planner compare` prints; with everything also what does not differ."""
        return comparison_text(self.view, width=width, whole=everything)

    def __repr__(self) -> str:
        """Name what is compared."""
        return f"<Comparison of {' | '.join(self.view.labels)}>"

    def _repr_html_(self) -> str:
        return comparison_html(self.view)


def compare(*plans: Plan | AnyPath, label: Sequence[str] | None = None) -> Comparison:
    """Set two to six plans side by side: decisions, megawatts, money, cases and data; what differs and since when.

    Args:
        plans: plans, or paths of result.json files, of one case or of several.
        label: a name for each; left out, the names of the cases, numbered where two are alike.

    Raises:
        ResultFileError: a file is not a readable result.
        ValueError: too few or too many plans, or labels that do not fit them.
    """
    if not FEWEST <= len(plans) <= MOST:
        raise ValueError(f"compare takes {FEWEST} to {MOST} plans, found {len(plans)}")
    if label is not None and len(label) != len(plans):
        raise ValueError(f"label has {len(label)} names for {len(plans)} plans; give one for each, or none")
    if label is not None and len(set(label)) < len(label):
        raise ValueError(f"label wants a name of its own for each plan, found {', '.join(label)}")
    loaded = [one if isinstance(one, Plan) else load_result(one) for one in plans]
    return Comparison(side_by_side([one.result for one in loaded], label or _names(loaded)))


def _amounts(rows: Sequence[AmountRow], labels: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame([row.values for row in rows], columns=list(labels), dtype=object)
    frame.insert(0, "unit", pd.Series([row.unit.value for row in rows], dtype=object))
    return frame.set_axis(pd.Index([row.what for row in rows], name="what", dtype=object), axis=0)


def _names(plans: Sequence[Plan]) -> list[str]:
    """Return the names of the cases, numbered where two are alike."""
    names = [plan.name for plan in plans]
    return names if len(set(names)) == len(names) else [f"{name} ({i})" for i, name in enumerate(names, start=1)]

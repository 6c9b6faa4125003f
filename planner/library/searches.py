"""Several plans of one case: those nearly as good as the best, and those along a Pareto front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from planner.files.problems import did_you_mean
from planner.library.cases import AnyPath, CaseStudy, as_case
from planner.library.charts import Chart
from planner.library.plans import Plan, load_result, solve_options, told_beside
from planner.reports.fronts import front_text, quantity_name
from planner.reports.html.chart_front import front_spec
from planner.reports.html.notebook import alternatives_html, front_html
from planner.reports.near_best import LEAST_WIDTH, alternatives_text
from planner.studies.alternatives import near_best
from planner.studies.fronts import front as tracing
from planner.studies.fronts.against import Against, NotKnown
from planner.studies.fronts.stress import Stress, StressError, read_stress
from planner.views import fronts as front_views
from planner.views import near_best as near_views
from planner.views.frames import frame_of
from site_conversion.stress import NotTheSameChoices

Tell = Callable[[str], None]


class AlternativePlans:
    """The best plan and others that are nearly as good. Money is in USD."""

    def __init__(self, found: near_best.Alternatives) -> None:
        """Keep what was found."""
        self.found = found
        """The record itself, for what is not shown."""

    @cached_property
    def view(self) -> near_views.AlternativesView:
        """Everything that the other outlets show, as one record."""
        return near_views.view(self.found)

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The plans by their names in the frame: "best", "1", "2" and so on."""
        rows = zip(self.view.plans, self.found.plans, strict=True)
        return {row.name: Plan(plan.result) for row, plan in rows}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The plans: worth, capital, peak funding, what they decide, in what they differ from the best."""
        return frame_of(near_views.AlternativeRow, self.view.plans).set_index("name")

    @cached_property
    def choices(self) -> pd.DataFrame:
        """What the plans decide otherwise: a row for each way of each choice, and the most that a plan of it gains."""
        rows = [(row.subject, way) for row in self.view.choices for way in row.variants]
        frame = frame_of(near_views.Variant, [way for _, way in rows]).rename(columns={"what": "way"})
        frame.insert(0, "subject", pd.Series([subject for subject, _ in rows], dtype=object))
        return frame.set_index(["subject", "way"])

    @property
    def musts(self) -> tuple[str, ...]:
        """What all plans have; proven for every plan in the range where it is settled."""
        return self.view.musts

    @property
    def never(self) -> tuple[str, ...]:
        """Offers that no plan takes; proven for every plan in the range where it is settled."""
        return self.view.never

    @property
    def is_settled(self) -> bool:
        """Whether it is proven that every plan in the range has the musts and takes none of the offers of `never`."""
        return self.view.is_settled

    @property
    def is_stopped(self) -> bool:
        """Whether some search ended before its proof: there may be plans that differ more."""
        return self.found.is_stopped

    def text(self, width: int = LEAST_WIDTH) -> str:
        """Return what `planner alternatives` prints."""
        return alternatives_text(self.view, width=width)

    def __repr__(self) -> str:
        """Say how many plans there are."""
        return f"<Alternatives of '{self.view.case}': {len(self.found.plans) - 1} beside the best plan>"

    def _repr_html_(self) -> str:
        return alternatives_html(self.view)


def alternatives(
    case: CaseStudy | Plan | AnyPath,
    *,
    within: float = 0.02,
    within_musd: float | None = None,
    count: int = 5,
    capex_ceiling_usd: float | None = None,
    gap: float = 0.005,
    time_limit_s: float | None = 60.0,
    tell: Tell = lambda _: None,
) -> AlternativePlans:
    """Find plans nearly as good as the best that differ as much as possible: what must be done, what is a choice.

    Ctrl-C keeps the plans found so far.

    Args:
        case: a case, the path of one, or its best plan (or the path of its result.json), which is not searched again.
        within: part of the gain over going on mining that may be lost.
        within_musd: the same as an amount of NPV in million USD; replaces `within`.
        count: alternatives looked for beside the best plan.
        capex_ceiling_usd: capital that every plan may spend within the horizon at most.
        gap: stop each search when proven this close (0.005 is 0.5 %).
        time_limit_s: stop each search after so many seconds.
        tell: called with each step as it begins; `print` will do.

    Raises:
        CaseFileError, ResultFileError: a file cannot be used.
        InfeasibleCase: no plan obeys every limit, the ceiling included.
        StoppedEarly: stopped before the best plan was found.
        ValueError: an argument outside its range.
    """
    if not 0 <= within <= 1:
        raise ValueError(f"within is a share from 0 to 1 (0.02 is 2 %), found {within}")
    for name, amount in (("within_musd", within_musd), ("capex_ceiling_usd", capex_ceiling_usd)):
        if amount is not None and not amount >= 0:
            raise ValueError(f"{name} is an amount of 0 or more, found {amount}")
    _check_count("count", count, 1, 50)
    options = near_best.AlternativesOptions(
        solve_options(gap, time_limit_s),
        within_frac=within,
        within_musd=within_musd,
        count=count,
        capex_ceiling_musd=None if capex_ceiling_usd is None else capex_ceiling_usd / 1e6,
    )
    if not isinstance(case, CaseStudy | Plan) and Path(case).suffix == ".json":
        case = load_result(case)
    if isinstance(case, Plan):
        known = case.result
        found = near_best.alternatives(known.case, known.datasets, options, tell, known)
        return AlternativePlans(found.with_sources(known.sources))
    read = as_case(case)
    found = near_best.alternatives(read.case, read.datasets, options, tell)
    return AlternativePlans(found.with_sources(told_beside(read)))


class ParetoFront:
    """The best NPV under each limit on something else. Money is in USD."""

    def __init__(self, found: tracing.Front) -> None:
        """Keep what was found."""
        self.found = found
        """The record itself, for what is not shown."""

    @cached_property
    def view(self) -> front_views.FrontView:
        """Everything that the other outlets show, as one record."""
        return front_views.view(self.found)

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The plans by the names of their points in the frame: "1", "2" and so on."""
        rows = zip(self.view.points, self.found.points, strict=True)
        return {row.name: Plan(point.result) for row, point in rows}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The points, from the least of the other quantity to the best NPV.

        The quantity is the first column, in the unit of its name.
        """
        quantity = quantity_name(self.view)
        frame = frame_of(front_views.PointRow, self.view.points).set_index("name").rename_axis("point")
        # capital and peak funding are columns of every front
        return frame.drop(columns=quantity, errors="ignore").rename(columns={"value": quantity})

    @cached_property
    def chart(self) -> Chart:
        """NPV over the other quantity."""
        return Chart(f"NPV against {self.view.axis.title}", front_spec(self.view))

    @property
    def is_stopped(self) -> bool:
        """Whether some search ended before its proof: points may be missing or not the best."""
        return self.found.is_stopped

    def text(self, width: int = LEAST_WIDTH) -> str:
        """Return what `planner front` prints."""
        return front_text(self.view, width=width)

    def __repr__(self) -> str:
        """Say what is traded."""
        view = self.view
        return f"<Front of '{view.case}': NPV against {view.axis.title}, {len(view.points)} points>"

    def _repr_html_(self) -> str:
        return front_html(self.view)


def front(
    case: CaseStudy | AnyPath,
    against: str,
    *,
    points: int = 7,
    stress: Sequence[str] = (),
    gap: float = 0.005,
    time_limit_s: float | None = None,
    tell: Tell = lambda _: None,
) -> ParetoFront:
    """Trace the best NPV against something else. Ctrl-C keeps the points found so far.

    Args:
        case: a case, or the path of its file.
        against: capex, peak-funding, carbon, first-rent or downside.
        points: points at most, both ends included.
        stress: of a downside, as for `--stress`: "hashprice=0.7"; none for hashprice=0.7 and rent=0.85.
        gap: stop each search when proven this close (0.005 is 0.5 %).
        time_limit_s: stop each search after so many seconds.
        tell: called with each step as it begins; `print` will do.

    Raises:
        CaseFileError: the file cannot be used; every problem with its line.
        InfeasibleCase: no plan obeys every limit.
        StoppedEarly: stopped before any plan was found.
        ValueError: an argument outside its range, or a quantity that cannot be measured in this case.
        TypeError: a text where a list is wanted.
    """
    names = [one.value for one in Against]
    if against not in names:
        raise ValueError(f"against wants one of {', '.join(names)}, found '{against}'{did_you_mean(against, names)}")
    if stress and against != Against.DOWNSIDE:
        raise ValueError(f"stress belongs to against='downside', found against='{against}'")
    if isinstance(stress, str):
        raise TypeError(f"stress is a list of LEVER=FACTOR, found the text '{stress}'")
    _check_count("points", points, 2, 100)
    solver = solve_options(gap, time_limit_s)
    try:
        moved = read_stress(stress) if stress else Stress()
    except StressError as error:
        raise ValueError(f"stress: {error}") from None
    read = as_case(case)
    try:
        options = tracing.FrontOptions(solver, points, moved)
        found = tracing.front(read.case, read.datasets, Against(against), options, tell)
    except (NotKnown, StressError, NotTheSameChoices) as error:
        raise ValueError(f"against {against}: {error}") from None
    return ParetoFront(found.with_sources(told_beside(read)))


def _check_count(name: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise ValueError(f"{name} is a whole number from {least} to {most}, found {number}")

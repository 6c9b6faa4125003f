"""Why a plan is what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import isfinite
from pathlib import Path

import pandas as pd

from planner.files.problems import did_you_mean
from planner.library.cases import AnyPath, CaseStudy, as_case
from planner.library.plans import Plan, load_result, solve_options
from planner.reports.html.notebook import why_html
from planner.reports.why import LEAST_WIDTH, why_text
from planner.results import Result
from planner.studies import plan as planning
from planner.studies.why import explain as study
from planner.studies.why.offers import offers_of
from planner.studies.why.parts import Part
from planner.views.frames import frame_of
from planner.views.waits import RequestRow, WaitRow
from planner.views.why import Between, HeldBackRow, WhyView, why_view
from site_conversion.solve import SolveOptions

Tell = Callable[[str], None]
Columns = Mapping[str, Sequence[float | None]]


class Explanation:
    """Why a plan is what it is. Money is in USD; where the searches leave a range, both of its ends are given."""

    def __init__(self, explanation: study.Explanation) -> None:
        """Keep the explanation."""
        self.explanation = explanation
        """The record itself, for what is not shown."""

    @cached_property
    def view(self) -> WhyView:
        """Everything that the other outlets show, as one record; a part that was not asked for is None."""
        return why_view(self.explanation)

    @cached_property
    def plan(self) -> Plan:
        """The plan that is explained; a better one where the searches found it."""
        return Plan(self.explanation.result)

    @property
    def is_whole(self) -> bool:
        """Whether all that was asked for was answered, each within the asked gap."""
        return self.explanation.is_whole and not self.explanation.stopped

    @cached_property
    def binds(self) -> pd.DataFrame:
        """Limits: when they bind, what is left of the others, and the offers that they keep out."""
        return frame_of(HeldBackRow, self.view.held_back or ()).set_index("limit")

    @cached_property
    def waits(self) -> pd.DataFrame:
        """What services wait for."""
        return frame_of(WaitRow, self.view.waits or ()).set_index("contract")

    @cached_property
    def requests(self) -> pd.DataFrame:
        """Critical paths of grid requests."""
        return frame_of(RequestRow, self.view.requests or ()).set_index("upgrade")

    @cached_property
    def needs(self) -> pd.DataFrame:
        """Offers not taken: the least price at which each is worth taking, and what taking it now costs.

        Prices are in the unit beside them; an end of a range that is not proven is missing.
        """
        rows = self.view.rejected or ()
        cells: Columns = {
            "price": [row.price for row in rows],
            "price_needed": [row.needed for row in rows],
            **_ends("price_needed", [row.needed_between for row in rows]),
            **_ends("loss", [row.loss_usd for row in rows], "_usd"),
        }
        return _by_offer([row.offer for row in rows], cells, [row.unit for row in rows], [row.words for row in rows])

    @cached_property
    def margins(self) -> pd.DataFrame:
        """Offers taken: what each is worth, how far its price may fall, what its works may cost more, its start slip.

        `price_may_fall_frac` is certain; prices are in the unit beside them.
        """
        rows = self.view.accepted or ()
        cells: Columns = {
            "price": [row.price for row in rows],
            **_ends("worth", [row.gain_usd for row in rows], "_usd"),
            "price_least": [row.least for row in rows],
            **_ends("price_least", [row.least_between for row in rows]),
            "price_may_fall_frac": [row.fall_frac for row in rows],
            **_ends("overrun", [row.overrun_usd for row in rows], "_usd"),
            "slip_months": [row.months for row in rows],
        }
        return _by_offer([row.offer for row in rows], cells, [row.unit for row in rows], [row.words for row in rows])

    @cached_property
    def worth(self) -> pd.DataFrame:
        """What so much more of a resource is worth; `amount` is in the unit beside it."""
        rows = [(row, step) for row in self.view.worth or () for step in row.steps]
        ends = _ends("gain", [step.gain_usd for _, step in rows], "_usd")
        frame = pd.DataFrame({"amount": [step.amount for _, step in rows], **ends}, dtype=float)
        frame.insert(1, "unit", pd.Series([row.unit for row, _ in rows], dtype=object))
        frame["plan_leaves"] = pd.Series([row.left for row, _ in rows], dtype=object)
        frame["words"] = pd.Series([step.words for _, step in rows], dtype=object)
        return frame.set_axis(pd.Index([row.resource for row, _ in rows], name="resource", dtype=object), axis=0)

    def text(self, width: int = LEAST_WIDTH) -> str:
        """Return what `planner explain` prints."""
        return why_text(self.view, width=width)

    def __repr__(self) -> str:
        """Say what is explained."""
        return f"<Explanation of '{self.view.case}': {self.view.proof}>"

    def _repr_html_(self) -> str:
        return why_html(self.view)


def explain(
    plan: Plan | CaseStudy | AnyPath,
    *,
    part: Sequence[str] = (),
    offer: Sequence[str] = (),
    step: Sequence[float] = (1.0, 10.0),
    gap: float = 0.001,
    workers: int = 1,
    time_limit_s: float | None = None,
    tell: Tell = lambda _: None,
) -> Explanation:
    """Say why a plan is what it is: what binds, what one more is worth, what offers lack and what they can bear.

    Every figure is a new search of the changed case. Ctrl-C ends it with what was found so far.

    Args:
        plan: a plan, the path of a result.json, or a case, or the path of one, to plan first.
        part: only these: binding, rejected, accepted, worth; none for all.
        offer: ask about these offers only; none for all.
        step: how many units more of a resource are asked about.
        gap: stop each solve when proven this close (0.001 is 0.1 %).
        workers: processes that search side by side.
        time_limit_s: stop each solve after so many seconds.
        tell: called with each step as it begins; `print` will do.

    Raises:
        CaseFileError, ResultFileError: a file cannot be used.
        InfeasibleCase: the case has no plan.
        StoppedEarly: stopped before the case had a plan.
        ValueError: an argument outside its range.
        TypeError: a text where a list of names is wanted.
    """
    solver = solve_options(gap, time_limit_s)
    parts = frozenset(_part(name) for name in _listed(part, "part")) or frozenset(Part)
    for units in step:
        if not (isfinite(units) and units >= 1e-3):
            raise ValueError(f"step wants a number of units of 0.001 or more, found {units}")
    if not 1 <= workers <= 256:
        raise ValueError(f"workers is a number of processes from 1 to 256, found {workers}")
    result = _result(plan, solver, tell)
    options = study.ExplainOptions(solver, parts, tuple(step) or (1.0, 10.0), _only(offer, result), workers)
    return Explanation(study.explain(result, options, tell))


def _result(plan: Plan | CaseStudy | AnyPath, solver: SolveOptions, tell: Tell) -> Result:
    """Return the plan to explain; a case is planned first."""
    if isinstance(plan, Plan):
        return plan.result
    if not isinstance(plan, CaseStudy) and Path(plan).suffix == ".json":
        return load_result(plan).result
    read = as_case(plan)
    tell("the best plan of the case")
    return planning.plan(read.case, read.datasets, planning.PlanOptions(solver))


def _part(name: str) -> Part:
    names = [part.value for part in Part]
    if name not in names:
        raise ValueError(f"part wants one of {', '.join(names)}, found '{name}'{did_you_mean(name, names)}")
    return Part(name)


def _only(offers: Sequence[str], result: Result) -> frozenset[str] | None:
    """Return the offers asked about; none for all."""
    known = [offer.name for offer in offers_of(result.case)]
    for name in _listed(offers, "offer"):
        if name not in known:
            hint = did_you_mean(name, known) or f"; the case has {', '.join(known) or 'none'}"
            raise ValueError(f"offer wants an offer of the case, found '{name}'{hint}")
    return frozenset(offers) or None


def _listed(names: Sequence[str], argument: str) -> Sequence[str]:
    """Return names; one name is no list of its letters."""
    if isinstance(names, str):
        raise TypeError(f"{argument} is a list of names, found the text '{names}'")
    return names


def _ends(name: str, ranges: Sequence[Between | None], unit: str = "") -> Columns:
    """Return the two ends of ranges as columns."""
    return {
        f"{name}_at_least{unit}": [None if one is None else one.low for one in ranges],
        f"{name}_at_most{unit}": [None if one is None else one.high for one in ranges],
    }


def _by_offer(
    offers: Sequence[str],
    numbers: Columns,
    units: Sequence[str],
    words: Sequence[tuple[str, ...]],
) -> pd.DataFrame:
    frame = pd.DataFrame(dict(numbers), dtype=float)
    frame.insert(1, "unit", pd.Series(units, dtype=object))
    frame["words"] = pd.Series(["; ".join(row) for row in words], dtype=object)
    return frame.set_axis(pd.Index(offers, name="offer", dtype=object), axis=0)

"""One case, searched again and again with rows added: what alternatives and fronts have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.results import Outcome, Result, now, software_versions
from planner.schemas import Case
from planner.studies.plan import (
    InfeasibleCase,
    PlanOptions,
    StoppedEarly,
    check_musts,
    checked_outcome,
    going_on_mining,
)
from planner.translate import translate
from site_conversion.assemble import Built, build
from site_conversion.handover import Arrays, compile_arrays
from site_conversion.instance import Floats, Instance
from site_conversion.lines import Line
from site_conversion.solve import NotExact, SolveOptions, SolveReport, Status, solve
from site_conversion.warm_start import from_tables, nothing_taken

TRY_FRAC = 0.25
"""Share of the limit of time for a search on which nothing hangs."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """A solution and how its search ended."""

    report: SolveReport
    x: Floats

    @property
    def is_proven(self) -> bool:
        """Whether the search ended within the asked gap."""
        return self.report.status is Status.OPTIMAL


@dataclass(frozen=True)
class Subject:
    """A case and its arrays."""

    case: Case
    instance: Instance

    @classmethod
    def of(cls, case: Case) -> Subject:
        """Translate a case."""
        return cls(case, translate(case))


class Search:
    """The compiled model of a case, its do-nothing twin, and the options of all its searches."""

    def __init__(
        self,
        subject: Subject,
        datasets: Mapping[str, str],
        options: SolveOptions,
        tell: Tell,
        known: Result | None = None,
    ) -> None:
        """Build the model; the twin of a known result of the case need not be solved again.

        Raises:
            InfeasibleCase: a contract that must be delivered is refused by the place itself.
        """
        check_musts(subject.case, subject.instance, PlanOptions(options))
        self.case, self.instance = subject.case, subject.instance
        self.datasets, self.options, self.tell = dict(datasets), options, tell
        self.built: Built = build(self.instance)
        self.arrays: Arrays = compile_arrays(self.built)
        self.is_interrupted = False
        self.is_stopped = False
        self._known = known

    @cached_property
    def twin(self) -> Outcome:
        """The plan that goes on mining."""
        if self._known is not None:
            return self._known.do_nothing
        return going_on_mining(self.instance)

    def start(self) -> dict[int, float]:
        """Return a first plan to start from: going on mining, where no contract forbids it."""
        instance = self.instance
        return {} if instance.must_deliver.any() or instance.hosting.must_serve.any() else nothing_taken(self.arrays)

    def start_from(self, outcome: Outcome) -> dict[int, float]:
        """Return the whole decisions of a plan, to start from."""
        return from_tables(self.built, self.arrays, outcome.tables)

    def solve(
        self, arrays: Arrays, start: Mapping[int, float], *, times_gap: float = 1.0, is_try: bool = False
    ) -> Found | None:
        """Return the best solution found of arrays whose first columns are the model's; None if there is none.

        Args:
            arrays: the model with what was added.
            start: values of some columns to start from.
            times_gap: the search may end at so many times the asked gap.
            is_try: nothing hangs on its end: it gets a part of the time, and may be stopped without a word.

        Raises:
            StoppedEarly: stopped before any was found.
        """
        limit = self.options.time_limit_s
        options = replace(
            self.options,
            gap_frac=times_gap * self.options.gap_frac,
            time_limit_s=TRY_FRAC * limit if is_try and limit is not None else limit,
        )
        try:
            report, x = solve(arrays, options, None, start)
        except NotExact as error:
            self.is_stopped = self.is_stopped or not is_try
            raise StoppedEarly(f"a search found no plan with exact whole numbers: {error}") from error
        self.is_interrupted = self.is_interrupted or report.status is Status.INTERRUPTED
        if not is_try:
            self.is_stopped = self.is_stopped or report.status not in (Status.OPTIMAL, Status.INFEASIBLE)
        if report.status is Status.INFEASIBLE:
            return None
        if x is None:
            raise StoppedEarly(f"no plan was found in {report.seconds:.0f} s; allow more time")
        return Found(report, x)

    def outcome(self, found: Found, bound_musd: float | None, *, is_best: bool) -> Outcome:
        """Return a solution as a checked plan.

        Args:
            found: the solution.
            bound_musd: what is known of all plans of the case, None if nothing is.
            is_best: the solution is that of the search for the best plan of the case.

        Raises:
            CheckFailed: it does not pass the checks outside the solver.
        """
        x = found.x[: len(self.arrays.columns)]
        npv = float(self.arrays.cost @ x + self.arrays.offset)
        bound = None if bound_musd is None else max(bound_musd, npv)
        gap = None if bound is None else (bound - npv) / max(abs(npv), 1e-6)
        is_proven = gap is not None and gap <= self.options.gap_frac + 1e-9 and found.is_proven
        report = replace(
            found.report,
            status=found.report.status if is_best else Status.OPTIMAL if is_proven else Status.CHOSEN,
            objective_musd=npv,
            bound_musd=bound,
            gap_frac=gap,
        )
        return checked_outcome(self.instance, self.built, self.arrays, report, x)

    def result(self, outcome: Outcome) -> Result:
        """Return a plan as a result that can be saved, reported and compared.

        With bare land only where a known result has its plan: it is the same beside every plan of the case.
        """
        return Result(
            case=self.case,
            instance=self.instance,
            plan=outcome,
            do_nothing=self.twin,
            greenfield=None if self._known is None else self._known.greenfield,
            asked_gap_frac=self.options.gap_frac,
            datasets=self.datasets,
            versions=software_versions(),
            created=now(),
            sources={} if self._known is None else self._known.sources,
        )


def infeasible(why: str) -> InfeasibleCase:
    """Return the error of a case without any plan under a condition."""
    words = f"no plan obeys every limit {why}".rstrip()
    return InfeasibleCase(f"{words}: planner plan says what is missing{' without it' if why else ''}")


def net_cash_musd(outcome: Outcome) -> Floats:
    """Return the net cash of each column."""
    columns = outcome.cash_flow["column"].to_numpy(dtype=int)
    flows = np.zeros(int(columns.max(initial=-1)) + 1)
    np.add.at(flows, columns, outcome.cash_flow["musd"].to_numpy(dtype=np.float64))
    return flows


def capex_musd(outcome: Outcome) -> float:
    """Return the capital spent within the horizon, contributions and resale netted."""
    cash = outcome.cash_flow
    return -float(cash[cash["line"] == Line.CAPEX.value]["musd"].sum())

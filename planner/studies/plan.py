"""The plan of one case and its do-nothing twin, solved, checked twice and ready to be saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planner.case_file.sizes import sizes_of
from planner.results import Outcome, Result, now, period_label, software_versions, tables_for
from planner.schemas import Case
from planner.schemas.overrides import Choice
from planner.studies.infeasible import SEARCH_S, Cause, Infeasibility, explain, necessary
from planner.studies.overrides_conflict import conflict
from planner.translate import translate
from planner.translate.eligibility import ineligible
from planner.translate.greenfield import bare_land
from site_conversion.assemble import Built, build
from site_conversion.audit import audit
from site_conversion.diagnose import Shortfall
from site_conversion.handover import Arrays, compile_arrays
from site_conversion.instance import Floats, Instance
from site_conversion.solution import CheckFailed, read
from site_conversion.solve import Progress, SolveOptions, SolveReport, Status, solve, write_mps
from site_conversion.warm_start import from_tables, nothing_taken


class NoPlan(Exception):
    """There is nothing to show: the case is infeasible, or the solver was stopped before it had a plan."""


class InfeasibleCase(NoPlan):
    """No plan obeys every limit; the message says why, with dates and, where they were looked for, ways out."""

    def __init__(self, message: str, why: Infeasibility | None = None) -> None:
        """Keep the causes and the ways out; None where decisions that were fixed are the cause."""
        super().__init__(message)
        self.why = why

    @property
    def headline(self) -> str:
        """What a line of a table has room for."""
        return str(self).partition("\n")[0] if self.why is None else self.why.headline


class _NoPlanAtAll(InfeasibleCase):
    """Not explained yet."""


class StoppedEarly(NoPlan):
    """The solver was stopped before it found any plan."""


@dataclass(frozen=True)
class PlanOptions:
    """What the caller of a plan may choose."""

    solver: SolveOptions = field(default_factory=SolveOptions)
    write_model: Path | None = None
    start_from: Result | None = None
    """An earlier result, of this case or a similar one, whose plan the solver starts from."""
    ways_out_s: float = SEARCH_S
    """A case without a plan is searched for ways out so long; 0 for none, where many cases are planned."""


def plan(
    case: Case,
    datasets: Mapping[str, str],
    options: PlanOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Return the best plan found for a case, beside its do-nothing twin.

    Raises:
        InfeasibleCase: no plan obeys every limit.
        StoppedEarly: stopped (time, Ctrl-C) before any plan was found.
        CheckFailed: a plan that does not pass the checks outside the solver.
        SolverError: the solver gave no answer that means anything.
    """
    options = options or PlanOptions()
    instance = translate(case)
    check_musts(case, instance, options)
    twin = going_on_mining(instance)
    try:
        best = _solved(instance, options, progress)
    except _NoPlanAtAll:
        raise _infeasible(case, instance, (), options) from None
    # the same offers on bare land: solved as the plan is, from nothing
    bare = None if case.greenfield is None else translate(bare_land(case))
    greenfield = None if bare is None else _solved(bare, PlanOptions(options.solver), progress)
    return Result(
        case=case,
        instance=instance,
        plan=best,
        do_nothing=twin,
        greenfield=greenfield,
        asked_gap_frac=options.solver.gap_frac,
        datasets=dict(datasets),
        versions=software_versions(),
        created=now(),
    )


def going_on_mining(instance: Instance) -> Outcome:
    """Return the do-nothing twin: the same site and machines, nothing converted, signed or asked for.

    Raises:
        InfeasibleCase: not even that obeys every limit.
    """
    return _solved(instance.do_nothing(), PlanOptions(SolveOptions(gap_frac=0.0)), None)


def _infeasible(case: Case, instance: Instance, causes: tuple[Cause, ...], options: PlanOptions) -> InfeasibleCase:
    why = explain(case, instance, causes, options.ways_out_s)
    return InfeasibleCase(why.words(), why)


def _solved(instance: Instance, options: PlanOptions, progress: Callable[[Progress], None] | None) -> Outcome:
    built = build(instance)
    arrays = compile_arrays(built)
    if options.write_model is not None:
        write_mps(arrays, options.write_model)
    report, x = solve(arrays, options.solver, progress, _start(built, arrays, options))
    if report.status is Status.INFEASIBLE:
        blamed = conflict(instance, built, arrays)
        raise _NoPlanAtAll("no plan obeys every limit") if blamed is None else InfeasibleCase(blamed)
    if x is None:
        raise StoppedEarly(f"no plan was found in {report.seconds:.0f} s; allow more time")
    return checked_outcome(instance, built, arrays, report, x)


def checked_outcome(instance: Instance, built: Built, arrays: Arrays, report: SolveReport, x: Floats) -> Outcome:
    """Return a solution as an outcome, after both checks outside the solver.

    Raises:
        CheckFailed: it does not pass them.
    """
    solution = read(built, arrays, x)
    findings = audit(instance, solution.tables, solution.cash_flow, solution.npv_musd)
    if findings:
        raise CheckFailed("; ".join(finding.message for finding in findings[:5]))
    return Outcome(solution.tables, solution.cash_flow, solution.npv_musd, solution.limits, report)


def check_musts(case: Case, instance: Instance, options: PlanOptions) -> None:
    """Raise InfeasibleCase where what is signed or forced cannot be done, as far as that is seen without a search."""
    if broken := necessary(case, instance):
        raise _infeasible(case, instance, broken, options)
    reasons = ineligible(case)
    for override in case.overrides:
        refused = [reasons.get(size.id) for size in sizes_of(case, override.contract or "")]
        if override.choice is Choice.FORCE and refused and all(refused):
            raise InfeasibleCase(f"'{override.words}' cannot be obeyed: {override.contract} {refused[0]}")


def _start(built: Built, arrays: Arrays, options: PlanOptions) -> dict[int, float]:
    """Start from the earlier plan, or from going on mining where nothing forbids it."""
    if options.start_from is not None:
        return from_tables(built, arrays, tables_for(built.site.instance, options.start_from))
    instance = built.site.instance
    musts = instance.must_deliver.any() or instance.hosting.must_serve.any()
    return {} if musts or any(override.forced for override in instance.overrides) else nothing_taken(arrays)


def missing_words(instance: Instance, missing: Iterable[Shortfall]) -> tuple[str, ...]:
    """Say what is missing, each limit once, at its worst."""
    worst: dict[str, str] = {}
    for short in missing:
        when = ""
        if short.period is not None:
            label = period_label(instance.period_start[short.period], instance.period_end[short.period])
            when = f" in {label}"
        amount = f"{short.amount:,.1f}" if short.amount < 1e5 else f"{short.amount:,.0f}"
        worst.setdefault(short.subject, f"short of {short.subject}{when} by {amount} {short.unit}".rstrip())
    return tuple(worst.values())

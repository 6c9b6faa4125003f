"""What the decisions fixed beforehand cost: the plan again without them, all lifted at once or each alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from planner.results import Lifted, Outcome, Result, WithoutOverrides, now
from planner.studies.plan import checked_outcome
from planner.studies.proofs import proven_by
from site_conversion.assemble import build
from site_conversion.handover import compile_arrays
from site_conversion.instance import Instance
from site_conversion.instance_overrides import Override, Subject
from site_conversion.solve import Progress, SolveOptions, Status, solve
from site_conversion.warm_start import from_tables


@dataclass(frozen=True)
class PriceOptions:
    """What the caller of a pricing may choose; the options are those of every solve."""

    solver: SolveOptions = field(default_factory=SolveOptions)
    each: bool = False
    """Also lift every override alone."""


def priced(
    result: Result,
    options: PriceOptions | None = None,
    tell: Callable[[str], None] = lambda _: None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Return the result with the plans that its overrides forgo; as it is where there are none.

    Every search starts from the plan that obeys them all, so none of the plans is worth less. A search that is stopped
    by the user ends the pricing: the result then has no price, or none of the single ones.

    Raises:
        CheckFailed: a plan that does not pass the checks outside the solver.
        SolverError: the solver gave no answer that means anything.
    """
    options = options or PriceOptions()
    overrides = result.instance.overrides
    if not overrides or result.plan.report.status is Status.INTERRUPTED:
        return result
    tell("the plan without overrides")
    free = _lifted(result.instance.without_overrides(), result.plan, options.solver, progress)
    lifted: list[Lifted] = []
    if options.each and len(overrides) > 1:
        for o, override in enumerate(overrides):
            if free.report.status is Status.INTERRUPTED:
                break
            tell(f"the plan without '{override.words}'")
            instance = replace(result.instance, overrides=overrides[:o] + overrides[o + 1 :])
            found = _lifted(instance, result.plan, options.solver, progress)
            # what one lifted override allows, all lifted allow too
            free = free if free.npv_musd >= found.npv_musd else proven_by(found, free.report)
            lifted.append(Lifted(found.npv_musd, found.report))
            if found.report.status is Status.INTERRUPTED:
                lifted.clear()
                break
    return replace(result, free=WithoutOverrides(free, tuple(lifted)), created=now())


def _lifted(
    instance: Instance, known: Outcome, options: SolveOptions, progress: Callable[[Progress], None] | None
) -> Outcome:
    """Return the best plan of an instance of which a plan is known."""
    built = build(instance)
    arrays = compile_arrays(built)
    report, x = solve(arrays, options, progress, from_tables(built, arrays, known.tables))
    if x is None:
        return proven_by(known, report)
    found = checked_outcome(instance, built, arrays, report, x)
    return found if found.npv_musd >= known.npv_musd else proven_by(known, found.report)


def moved_dates(result: Result) -> tuple[str, ...]:
    """Say where the date of an override was moved to the plan's periods."""
    return tuple(
        f"'{override.words}' is counted from {day:%b %Y}, a period's start"
        for override, fixed in zip(result.case.overrides, result.instance.overrides, strict=True)
        for day in _counted_from(result.instance, fixed)
        if override.begins not in (None, day)
    )


def _counted_from(instance: Instance, fixed: Override) -> tuple[date, ...]:
    """Return the first day that a dated override means."""
    periods = set(fixed.periods)
    if fixed.subject is Subject.HALL:
        periods = {int(instance.build_start[fixed.index[0], d, k]) for d, k in fixed.ready}
    return (instance.period_start[min(periods)],) if periods else ()

"""The explanation of a plan: what binds, what one more is worth, what rejected offers lack, what accepted ones bear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from planner.results import Result, now
from planner.studies.why.critical import RequestPath, Waits, paths, waits
from planner.studies.why.inquiry import Inquiry
from planner.studies.why.margins import Margin, margin
from planner.studies.why.needs import Need, need
from planner.studies.why.offers import offers_of
from planner.studies.why.parts import Part
from planner.studies.why.resources import resources
from planner.studies.why.trials import ROUNDING_MUSD, Interrupted, Range, Trials
from planner.studies.why.worth import Worth, worth
from site_conversion.solve import Progress, SolveOptions


@dataclass(frozen=True)
class ExplainOptions:
    """What the caller of an explanation may choose; the options are those of every solve."""

    solver: SolveOptions = field(default_factory=lambda: SolveOptions(gap_frac=0.001))
    parts: frozenset[Part] = frozenset(Part)
    steps: tuple[float, ...] = (1.0, 10.0)
    """How many units more are asked about."""
    only: frozenset[str] | None = None
    """Offers that are asked about; left out, all."""


@dataclass(frozen=True)
class Explanation:
    """Why a plan is what it is."""

    result: Result
    """The plan that is explained: the one handed over, or a better one that was found on the way."""
    base: Range | None
    """Value of the best plan of the case, MUSD; None where nothing was solved."""
    paths: tuple[RequestPath, ...] | None
    waits: tuple[Waits, ...] | None
    worths: tuple[Worth, ...] | None
    needs: tuple[Need, ...] | None
    margins: tuple[Margin, ...] | None
    """None: not asked for."""
    gap_frac: float
    solves: int
    stopped: tuple[str, ...]
    """Questions whose solve ended above the asked gap."""
    is_whole: bool
    """Whether all that was asked for was answered; not where the user has stopped it."""
    improved_musd: float
    """By how much the plan that is explained is better than the one handed over."""


def explain(
    result: Result,
    options: ExplainOptions | None = None,
    tell: Callable[[str], None] = lambda _: None,
    progress: Callable[[Progress], None] | None = None,
) -> Explanation:
    """Explain a plan. Stopped by the user, the answers found so far are kept.

    Raises:
        CheckFailed: a plan that does not pass the checks outside the solver.
        SolverError: the solver gave no answer that means anything.
    """
    options = options or ExplainOptions()
    parts, trials, answers = options.parts, Trials(options.solver, tell, progress), _Answers()
    plan, base, whole = result, None, True
    try:
        if parts - {Part.BINDING}:
            plan, base = _base(result, trials)
            offers = offers_of(plan.case)
            asked = tuple(offer for offer in offers if options.only is None or offer.name in options.only)
            inquiry = Inquiry(plan, base, offers, trials)
            if Part.REJECTED in parts:
                for offer in (offer for offer in asked if not inquiry.is_taken(offer)):
                    answers.needs.append(need(inquiry, offer))
            if Part.ACCEPTED in parts:
                for offer in filter(inquiry.is_taken, asked):
                    answers.margins.append(margin(inquiry, offer))
            if Part.WORTH in parts:
                for resource in resources(plan):
                    answers.worths.append(worth(inquiry, resource, options.steps))
    except Interrupted:
        whole = False
    binding = Part.BINDING in parts
    return Explanation(
        result=plan,
        base=base,
        paths=paths(plan) if binding else None,
        waits=waits(plan) if binding else None,
        worths=tuple(answers.worths) if Part.WORTH in parts else None,
        needs=tuple(answers.needs) if Part.REJECTED in parts else None,
        margins=tuple(answers.margins) if Part.ACCEPTED in parts else None,
        gap_frac=options.solver.gap_frac,
        solves=trials.solves,
        stopped=tuple(dict.fromkeys(trials.stopped)),
        is_whole=whole,
        improved_musd=plan.plan.npv_musd - result.plan.npv_musd,
    )


@dataclass
class _Answers:
    """What was found before the user may have asked to stop."""

    worths: list[Worth] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    margins: list[Margin] = field(default_factory=list)


def _base(result: Result, trials: Trials) -> tuple[Result, Range]:
    """Return the plan proven to the asked gap, and its range; a better plan takes its place."""
    bound, npv = result.plan.report.bound_musd, result.plan.npv_musd
    if bound is not None and bound - npv <= trials.options.gap_frac * abs(npv) + ROUNDING_MUSD:
        return result, Range(npv, max(bound, npv) + ROUNDING_MUSD)
    trial = trials.best(result.instance, "the plan itself", result.plan)
    if trial is None:
        raise ArithmeticError("a case with a plan is said to have none")
    high = trial.worth.high if bound is None else min(trial.worth.high, bound + ROUNDING_MUSD)
    if trial.outcome.npv_musd <= npv + ROUNDING_MUSD:
        return result, Range(npv, max(npv, high))
    return replace(result, plan=trial.outcome, created=now()), Range(trial.outcome.npv_musd, high)

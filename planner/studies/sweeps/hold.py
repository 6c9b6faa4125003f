"""A plan that is kept while the case moves: its decisions are held and valued again.

Held are offers taken and refused, their start and halls, conversions with design, works and cooling modules, and grid
requests, each with its date; what machines and on-site supply do is decided anew. The point's own limits hold, its
equity budget and its loan too, as they do for the best plan beside it. Where money is what lacks, the plan is valued as
if there were enough, without the loan, and what equity lacks is said: the question is what the plan is worth. Where
its dates cannot be kept, works and services begin when it is best. Nothing else gives way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.case_file.proposal import proposal_problems
from planner.results import Outcome, Result, now, software_versions
from planner.schemas import Case
from planner.schemas.proposal import Proposal
from planner.studies.plan import InfeasibleCase, going_on_mining, missing_words
from planner.studies.proposals.asked import Asked
from planner.studies.proposals.break_even import MOVES, in_time
from planner.studies.proposals.decisions import Ground, decisions_of, proposal_of
from planner.studies.proposals.limits import direct_breaks
from planner.studies.proposals.solving import Bench
from planner.studies.sweeps.outcome import HeldAs
from planner.translate import translate
from site_conversion.fixing import Decision, as_planned
from site_conversion.instance import Instance
from site_conversion.solve import SolveOptions

AMPLE_TIMES, AMPLE_MUSD = 10.0, 10_000.0
"""Equity is ample at so many times its budget, or at so many times a large site's cost."""


def plan_mark(result: Result) -> str:
    """Return a short mark of a plan's decisions."""
    decided = proposal_of(result).model_dump_json(exclude={"name"})
    return hashlib.sha256(decided.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Kept:
    """A plan that is kept, in another case."""

    result: Result
    how: HeldAs
    short_usd: float | None
    """What the equity lacks at its worst; None where nothing lacks, or a loan would have to be sized anew."""


def held(case: Case, plan: Proposal, options: SolveOptions) -> Kept:
    """Return a case with a plan that was made for another, and how it can be carried out.

    The little that is left open is solved to the end, whatever the gap of the other points.

    Raises:
        InfeasibleCase: the plan cannot be carried out at all, or names what this case does not have.
        StoppedEarly: stopped before an answer was found.
        CheckFailed: a plan that does not pass the checks outside the solver.
    """
    unknown = proposal_problems(plan, case)
    if unknown:
        raise InfeasibleCase(f"the plan that is kept does not fit this case: {unknown[0].message}")
    exact = replace(options, gap_frac=0.0)
    ground = Ground(case, translate(case))
    decisions = tuple(map(as_planned, decisions_of(plan, ground)))
    twin = going_on_mining(ground.instance)
    for how, instance, kept in _tries(ground.instance, decisions):
        outcome = Bench(instance, exact).best(kept)
        if outcome is not None:
            return Kept(_result(case, ground.instance, outcome, twin), how, _short_usd(how, ground.instance, outcome))
    raise InfeasibleCase(_why(plan, ground, decisions, exact))


def _tries(instance: Instance, decisions: tuple[Decision, ...]) -> Iterator[tuple[HeldAs, Instance, list[Decision]]]:
    moved = list(in_time((d for d in decisions if d.kind not in MOVES), instance))
    is_limited = instance.debt is not None or bool(np.isfinite(instance.budget_musd).any())
    funded = replace(instance, budget_musd=instance.budget_musd + _ample(instance), debt=None)
    yield HeldAs.DECIDED, instance, list(decisions)
    if is_limited:
        yield HeldAs.UNFUNDED, funded, list(decisions)
    yield HeldAs.MOVED, instance, moved
    if is_limited:
        yield HeldAs.MOVED_UNFUNDED, funded, moved


def _ample(instance: Instance) -> float:
    """Return so much equity, MUSD, that a site with this budget does not run out of it."""
    finite = instance.budget_musd[np.isfinite(instance.budget_musd)]
    return AMPLE_TIMES * max(AMPLE_MUSD, float(finite.max(initial=0.0)))


def _short_usd(how: HeldAs, instance: Instance, outcome: Outcome) -> float | None:
    if how.is_funded or instance.debt is not None:
        return None
    budget = outcome.limits[outcome.limits["limit"] == "budget"]
    return _ample(instance) * 1e6 - float(budget["slack"].min())


def _result(case: Case, instance: Instance, outcome: Outcome, twin: Outcome) -> Result:
    return Result(
        case=case,
        instance=instance,
        plan=outcome,
        do_nothing=twin,
        asked_gap_frac=0.0,
        datasets={},
        versions=software_versions(),
        created=now(),
    )


def _why(plan: Proposal, ground: Ground, decisions: tuple[Decision, ...], options: SolveOptions) -> str:
    """Say which limits the plan breaks whatever its dates and money, as far as that can be told."""
    *_, (_, instance, kept) = _tries(ground.instance, decisions)
    asked = Asked(Ground(ground.case, instance), tuple(kept))
    words = [broken.words for broken in direct_breaks(plan, asked)]
    words = words or list(missing_words(instance, Bench(instance, options).missing(kept)))
    return "; ".join(["the plan that is kept cannot be carried out", *(words or ["no single limit explains it"])])

"""A plan that is kept while the case moves: its decisions are held and valued again.

Held are offers taken and refused, their start and halls, conversions with design, works and cooling modules, and grid
requests, each with its date; what machines and on-site supply do is decided anew. The point's own limits hold,
its equity budget and its loan too, as they do for the best plan beside it. Where the plan cannot be carried out so,
works and services may begin at other dates; where money is what lacks, it is valued as if there were enough,
and that is said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.case_file.proposal import proposal_problems
from planner.results import Result, now, software_versions
from planner.schemas import Case
from planner.schemas.proposal import Proposal
from planner.studies.plan import InfeasibleCase, going_on_mining, missing_words
from planner.studies.proposals.break_even import MOVES, in_time
from planner.studies.proposals.decisions import Ground, decisions_of, proposal_of
from planner.studies.proposals.solving import Bench
from planner.studies.sweeps.outcome import HeldAs
from planner.translate import translate
from site_conversion.fixing import Decision
from site_conversion.instance import Instance
from site_conversion.solve import SolveOptions


def plan_mark(result: Result) -> str:
    """Return a short mark of a plan's decisions."""
    decided = proposal_of(result).model_dump_json(exclude={"name"})
    return hashlib.sha256(decided.encode()).hexdigest()[:8]


def held(case: Case, plan: Proposal, options: SolveOptions) -> tuple[Result, HeldAs]:
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
    decisions = decisions_of(plan, ground)
    twin = going_on_mining(ground.instance)
    for how, instance, kept in _tries(ground.instance, decisions):
        outcome = Bench(instance, exact).best(kept)
        if outcome is not None:
            result = Result(
                case=case,
                instance=ground.instance,
                plan=outcome,
                do_nothing=twin,
                asked_gap_frac=0.0,
                datasets={},
                versions=software_versions(),
                created=now(),
            )
            return result, how
    missing = missing_words(ground.instance, Bench(ground.instance, exact).missing(decisions))
    raise InfeasibleCase("\n  ".join(["the plan that is kept cannot be carried out", *missing]))


def _tries(instance: Instance, decisions: tuple[Decision, ...]) -> Iterator[tuple[HeldAs, Instance, list[Decision]]]:
    moved = list(in_time((d for d in decisions if d.kind not in MOVES), instance))
    yield HeldAs.DECIDED, instance, list(decisions)
    yield HeldAs.MOVED, instance, moved
    if instance.debt is None and not np.isfinite(instance.budget_musd).any():
        return
    funded = replace(instance, budget_musd=np.full_like(instance.budget_musd, np.inf), debt=None)
    yield HeldAs.UNFUNDED, funded, list(decisions)
    yield HeldAs.MOVED_UNFUNDED, funded, moved

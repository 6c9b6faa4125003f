"""The judgement of a proposal: feasible or not, worth what, how far from the best and why, what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from planner.results import Outcome, Result, now
from planner.schemas import Case
from planner.schemas.proposal import Proposal
from planner.studies.plan import PlanOptions, plan
from planner.studies.proofs import among_all
from planner.studies.proposals.asked import Asked
from planner.studies.proposals.break_even import BreakEven, break_evens
from planner.studies.proposals.broken import month
from planner.studies.proposals.decisions import Ground, decisions_of, with_terms
from planner.studies.proposals.feasibility import Feasibility, feasibility
from planner.studies.proposals.regret import Regret, regret
from planner.studies.proposals.solving import Bench
from planner.translate import translate
from site_conversion.solve import Progress, SolveOptions, Status


class OtherCase(Exception):
    """The optimum handed over is that of another case, or not meant to be an optimum."""


@dataclass(frozen=True)
class EvaluateOptions:
    """What the caller of an evaluation may choose; the options are those of every solve."""

    solver: SolveOptions = field(default_factory=SolveOptions)
    best: Result | None = None
    """An optimum of the same case found before; left out, the case is planned."""
    known: Outcome | None = None
    """A plan of the same case that does what is proposed, where there is one: nothing worse is found."""


@dataclass(frozen=True)
class Evaluation:
    """Everything found about a proposal. Where it is not feasible, `result` is the nearest plan that is."""

    proposal: Proposal
    ground: Ground
    feasibility: Feasibility
    optimum: Result
    result: Result | None
    """At the case's own terms; None if no repair was found."""
    assumed: Result | None
    """At the rents that the proposal assumes, where they differ from the case's."""
    regret: Regret | None
    break_evens: tuple[BreakEven, ...]
    notes: tuple[str, ...]

    def with_sources(self, sources: Mapping[str, str]) -> Evaluation:
        """Return the same with what stands beside the case's figures; a proposal's own rents are not among them."""
        result = None if self.result is None else replace(self.result, sources=sources)
        return replace(self, optimum=replace(self.optimum, sources=sources), result=result)

    @property
    def as_plan(self) -> Result | None:
        """`result` as one plan among all of its case, to be saved, reported and compared.

        Its own proof is that of the plans that hold the proposal; this one has the proof of the case's best plan.
        """
        return None if self.result is None else _among_all(self.result, self.optimum.plan)

    @property
    def assumed_as_plan(self) -> Result | None:
        """`assumed` likewise; the best plan at its rents was not looked for, so nothing is proven of it."""
        return None if self.assumed is None else _among_all(self.assumed, None)


def evaluate(
    case: Case,
    datasets: Mapping[str, str],
    proposal: Proposal,
    options: EvaluateOptions | None = None,
    tell: Callable[[str], None] = lambda _: None,
    progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Judge a proposal that fits the case.

    Raises:
        OtherCase: the optimum handed over is that of another case, or not meant to be an optimum.
        InfeasibleCase: the case itself has no plan.
        StoppedEarly: a solve was stopped before it had a plan.
        CheckFailed: a plan that does not pass the checks outside the solver.
        SolverError: the solver gave no answer that means anything.
    """
    options = options or EvaluateOptions()
    if options.best is not None and options.best.case != case:
        raise OtherCase("its case differs from the one to be judged; plan the case again")
    if options.best is not None and options.best.plan.report.status is Status.CHOSEN:
        raise OtherCase("it is one of several plans, not what the search for the best ended with; plan the case")
    ground = Ground(case, translate(case))
    asked = Asked(ground, decisions_of(proposal, ground))
    tell("the proposal as it stands")
    bench = Bench(ground.instance, options.solver, progress)
    found = feasibility(proposal, asked, bench, options.known)
    tell("the best plan of the case")
    optimum = options.best or plan(case, datasets, PlanOptions(options.solver), progress)
    if found.solved is None:
        return Evaluation(proposal, ground, found, optimum, None, None, None, (), tuple(_notes(proposal, ground)))
    way = regret(found.solved, found.kept, optimum.plan, bench, tell)
    result = _result(optimum, found.solved)
    tell("break-evens")
    return Evaluation(
        proposal=proposal,
        ground=ground,
        feasibility=found,
        optimum=optimum if way.best is optimum.plan else replace(optimum, plan=way.best, created=now()),
        result=result,
        assumed=_assumed(proposal, result, found, options),
        regret=way,
        break_evens=break_evens(result, options.solver),
        notes=tuple(_notes(proposal, ground)),
    )


def _result(like: Result, outcome: Outcome) -> Result:
    """Return a result of the same case with another plan; what the best plan's overrides cost is not its price."""
    return replace(like, plan=outcome, free=None, created=now())


def _among_all(result: Result, best: Outcome | None) -> Result:
    """Return a result with what is proven of its plan among all plans of its case."""
    return replace(result, plan=among_all(result.plan, best, result.asked_gap_frac))


def _assumed(proposal: Proposal, result: Result, found: Feasibility, options: EvaluateOptions) -> Result | None:
    """Return what is kept of the proposal, planned at its own rents; None where they are the case's."""
    case = with_terms(result.case, proposal)
    if case == result.case:
        return None
    ground = Ground(case, translate(case))
    solved = Bench(ground.instance, options.solver).best(found.kept)
    if solved is None:
        return None
    return replace(_result(result, solved), case=case, instance=ground.instance)


def _notes(proposal: Proposal, ground: Ground) -> Iterator[str]:
    """Say where a date was moved to the plan's periods, and that the case itself fixes decisions."""
    fixed = [override.words for override in ground.case.overrides]
    if fixed:
        yield f"the case fixes {len(fixed)} of the decisions, and the best plan obeys them: {'; '.join(fixed)}"
    dated = [
        *((f"service of {item.contract}", item.start) for item in proposal.contracts or ()),
        *((f"request of {item.upgrade}", item.requested) for item in proposal.upgrades or ()),
    ]
    for what, day in dated:
        p = -1 if day is None else ground.period(day)
        if day is not None and p >= 0 and ground.instance.period_start[p] != day:
            yield f"{what} from {month(day)} is counted from {month(ground.instance.period_start[p])}, a period's start"
    for item in proposal.halls or ():
        yield from _build_notes(item.hall, item.build_start, item.design, ground)


def _build_notes(hall: str, day: date | None, design: str | None, ground: Ground) -> Iterator[str]:
    if day is None or design is None:
        return
    h, d, s = ground.instance.halls.index(hall), ground.instance.designs.index(design), ground.period(day)
    k = -1 if s < 0 else ground.period(ground.ready_day(h, d, s))
    if k < 0:
        return
    begun = ground.instance.period_start[int(ground.instance.build_start[h, d, k])]
    if begun != day:
        yield (
            f"works in {hall} from {month(day)} are counted from {month(begun)}: "
            f"begun at a period's start and usable in {month(ground.instance.period_start[k])} all the same"
        )

"""Whether a proposal can be carried out, what it breaks, and which of its decisions have to give way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.results import Outcome
from planner.schemas.proposal import Proposal
from planner.studies.infeasible.shortage import stretches
from planner.studies.proposals.asked import Asked
from planner.studies.proposals.broken import Broken, Rule, month
from planner.studies.proposals.limits import direct_breaks
from planner.studies.proposals.solving import Bench
from planner.translate.causes import COUNTED, counted
from site_conversion.diagnose import Shortfall
from site_conversion.fixing import Decision, Kind
from site_conversion.instance import Instance

WEIGHTS = {
    Kind.MODULES: 1.0, Kind.BUILD: 1.0, Kind.REQUESTED: 1.0, Kind.START: 2.0, Kind.ASKED: 3.0, Kind.DESIGN: 4.0,
    Kind.CONVERTED: 4.0, Kind.PLACES: 4.0, Kind.TAKEN: 20.0,
}  # fmt: skip
"""What it takes to give a decision up: a date is moved before a hall is changed, a tenant is lost last."""


@dataclass(frozen=True)
class Feasibility:
    """What can be carried out: the proposal, or the nearest to it."""

    broken: tuple[Broken, ...]
    given_up: tuple[Decision, ...]
    """The lightest set of decisions without which there is a plan."""
    kept: tuple[Decision, ...]
    solved: Outcome | None
    """The best plan that keeps the rest; None if nothing was found that does."""

    @property
    def feasible(self) -> bool:
        """Whether the proposal can be carried out as it is."""
        return not self.broken


def feasibility(proposal: Proposal, asked: Asked, bench: Bench, known: Outcome | None = None) -> Feasibility:
    """Solve with every decision held; where that cannot be, say why and repair it.

    Args:
        proposal: what is proposed.
        asked: its decisions.
        bench: the models of the case.
        known: a plan that holds the decisions, where there is one; the search starts from it.

    Raises:
        StoppedEarly: stopped before a plan was found.
    """
    solved = bench.best(asked.decisions, known)
    if solved is not None:
        if known is not None and known.npv_musd > solved.npv_musd:
            solved = known
        return Feasibility((), (), asked.decisions, solved)
    broken = direct_breaks(proposal, asked)
    at_fault = {decision for item in broken for decision in item.decisions}
    rest = [decision for decision in asked.decisions if decision not in at_fault]
    broken += _of_the_whole(bench, rest)
    given = bench.given_up(asked.decisions, WEIGHTS)
    if given is None:
        return Feasibility(_or_together(broken, ()), (), (), None)
    kept = tuple(decision for decision in asked.decisions if decision not in given)
    return Feasibility(_or_together(broken, given), given, kept, bench.best(kept))


def _or_together(broken: list[Broken], given: tuple[Decision, ...]) -> tuple[Broken, ...]:
    """Say at least that the decisions exclude each other where no single limit explains it."""
    if broken:
        return tuple(broken)
    kinds = ", ".join(sorted({decision.kind.value for decision in given})) or "the decisions"
    words = f"no single limit explains it: the proposal's decisions exclude each other ({kinds})"
    return (Broken(Rule.TOGETHER, words, decisions=given),)


def _of_the_whole(bench: Bench, decisions: list[Decision]) -> Iterator[Broken]:
    """Yield the limits that only give way to the whole of the decisions, each with its stretch of time."""
    if not bench.possible(decisions):
        yield from missing_limits(bench.instance, bench.missing(decisions))


def missing_limits(instance: Instance, missing: Iterable[Shortfall]) -> Iterator[Broken]:
    """Yield what is missing in words: every limit with its stretches of time, each at its worst."""
    for subject, stretch in stretches(missing):
        yield _broken(instance, subject, stretch)


def _broken(instance: Instance, subject: str, stretch: list[Shortfall]) -> Broken:
    worst = max(stretch, key=lambda short: short.amount)
    scale, unit = (1e6, "MUSD") if worst.unit == "USD" else (1.0, worst.unit)
    amount = worst.amount / scale
    shown = counted(amount, unit) if unit in COUNTED else f"{amount:,.1f} {unit}".rstrip()
    first, last = stretch[0].period, stretch[-1].period
    if first is None or last is None:
        return Broken(Rule.LIMIT, f"{subject}: short by {shown}", amount, unit, subject=subject)
    since, until = instance.period_start[first], instance.period_end[last]
    most = " up to" if len(stretch) > 1 else ""
    words = f"{subject}: short by{most} {shown} from {month(since)} to {month(until)}"
    return Broken(Rule.LIMIT, words, amount, unit, since, until, subject=subject)

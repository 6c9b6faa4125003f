"""How far a proposal is from the best plan, split by cause: its decisions are freed group by group, in a stated order.

Each group is freed on top of those before it and the model solved again from the plan before, so that no step loses
and the gains add up to the regret. A gain smaller than what the solves leave unproven is not given to a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from planner.results import Outcome
from planner.studies.plan import StoppedEarly
from planner.studies.proofs import proven_by
from planner.studies.proposals.asked import names
from planner.studies.proposals.broken import month
from planner.studies.proposals.solving import Bench
from site_conversion.fixing import Decision, Kind, decisions_in
from site_conversion.instance import MEDIA, Instance


class Group(StrEnum):
    """Decisions that are freed together, in this order."""

    REQUESTS = "grid requests"
    BUILDS = "dates of the works"
    COOLING = "cooling modules"
    DESIGNS = "designs"
    HALLS = "halls"
    STARTS = "starts of service"
    NOT_TAKEN = "offers not taken"
    TAKEN = "offers taken"


def group_of(decision: Decision) -> Group:
    """Return the group with which a decision is freed."""
    if decision.kind is Kind.TAKEN:
        return Group.TAKEN if decision.value else Group.NOT_TAKEN
    return {
        Kind.REQUESTED: Group.REQUESTS, Kind.ASKED: Group.REQUESTS, Kind.BUILD: Group.BUILDS,
        Kind.MODULES: Group.COOLING, Kind.DESIGN: Group.DESIGNS, Kind.CONVERTED: Group.HALLS,
        Kind.PLACES: Group.HALLS, Kind.START: Group.STARTS,
    }[decision.kind]  # fmt: skip


@dataclass(frozen=True)
class Cause:
    """What one group of decisions costs."""

    name: str
    """Late request, wrong hall, poor tenant and their like."""
    words: str
    gain_musd: float


@dataclass(frozen=True)
class Regret:
    """The way from the proposal to the best plan."""

    total_musd: float
    causes: tuple[Cause, ...]
    within_gap_musd: float
    """Gains too small to be told from what the solves leave unproven."""
    best: Outcome
    """The best plan found: the optimum, or a step on the way that is worth more."""


def regret(
    proposal: Outcome, decisions: Sequence[Decision], optimum: Outcome, bench: Bench, tell: Callable[[str], None]
) -> Regret:
    """Free the decisions group by group until nothing is held; the last step is the optimum itself.

    A proposal that is no worse than the best plan known has no regret, whatever a longer search might still find.
    """
    if optimum.npv_musd <= proposal.npv_musd + _small(optimum):
        is_better = proposal.npv_musd > optimum.npv_musd + _small(optimum)
        return Regret(0.0, (), 0.0, proven_by(proposal, optimum.report) if is_better else optimum)
    groups = [group for group in Group if any(group_of(decision) is group for decision in decisions)]
    here, held = proposal, list(decisions)
    causes, within = [], 0.0
    for group in groups:
        held = [decision for decision in held if group_of(decision) is not group]
        after = _freed(here, held, optimum, bench, group, tell)
        gain = after.npv_musd - here.npv_musd
        if gain > _noise(here):
            causes.append(_cause(group, gain, bench.instance, here, after))
        else:
            within += gain
        here = after
    if not groups and optimum.npv_musd > here.npv_musd:
        within, here = optimum.npv_musd - here.npv_musd, optimum
    total = here.npv_musd - proposal.npv_musd
    return Regret(total, tuple(causes), within, proven_by(here, optimum.report))


def _freed(
    here: Outcome, held: list[Decision], optimum: Outcome, bench: Bench, group: Group, tell: Callable[[str], None]
) -> Outcome:
    """Return the best plan without a group; never worse than the plan before, and the optimum once all are free."""
    if not held:
        return optimum if optimum.npv_musd > here.npv_musd else here
    if optimum.report.bound_musd is not None and here.npv_musd >= optimum.report.bound_musd - _small(optimum):
        return here
    tell(f"what would {group.value} be at their best?")
    try:
        found = bench.best(held, here)
    except StoppedEarly:
        return here
    return found if found is not None and found.npv_musd > here.npv_musd else here


def _small(outcome: Outcome) -> float:
    return 1e-7 * max(1.0, abs(outcome.npv_musd))


def _noise(outcome: Outcome) -> float:
    """Return what the plan might still gain with the same decisions held, as far as its solve has proven."""
    bound = outcome.report.bound_musd
    unproven = 0.0 if bound is None else max(0.0, bound - outcome.npv_musd)
    return unproven + _small(outcome)


# --- in words -------------------------------------------------------------------------------------------

Made = dict[tuple[Kind, tuple[int, ...]], Decision]
Difference = tuple[str, str]
"""Name of a cause, and what was different."""


def _cause(group: Group, gain: float, instance: Instance, before: Outcome, after: Outcome) -> Cause:
    was, became = ({(d.kind, d.index): d for d in decisions_in(instance, o.tables)} for o in (before, after))
    found = _WORDS[group](instance, was, became)
    if not found:
        return Cause(f"other {group.value}", "what follows from them", gain)
    kinds = list(dict.fromkeys(name for name, _ in found))
    return Cause(" and ".join(kinds), "; ".join(words for _, words in found), gain)


def _moved(what: str, before: date, after: date, verb: str) -> list[Difference]:
    if before == after:
        return []
    name = f"{'late' if before > after else 'early'} {what}"
    return [(name, f"{verb} {month(before)}, better {month(after)}")]


def _request_words(instance: Instance, was: Made, became: Made) -> list[Difference]:
    found: list[Difference] = []
    for u, name in enumerate(instance.upgrades):
        asked, now = was[Kind.ASKED, (u,)].value, became[Kind.ASKED, (u,)].value
        if asked and now:
            before, after = (instance.period_start[made[Kind.REQUESTED, (u,)].value] for made in (was, became))
            found += _moved("request", before, after, f"{name} asked for in")
        elif asked:
            found.append(("needless request", f"{name} is not needed"))
        elif now:
            day = instance.period_start[became[Kind.REQUESTED, (u,)].value]
            found.append(("missing request", f"{name} should be asked for in {month(day)}"))
    return found


def _begun(instance: Instance, made: Made, h: int) -> date:
    pairs = made[Kind.BUILD, (h,)].ready
    return instance.period_start[min(int(instance.build_start[h, d, k]) for d, k in pairs)]


def _build_words(instance: Instance, was: Made, became: Made) -> list[Difference]:
    both = [h for h in range(len(instance.halls)) if (Kind.BUILD, (h,)) in was and (Kind.BUILD, (h,)) in became]
    return [
        difference
        for h in both
        for difference in _moved(
            "build", _begun(instance, was, h), _begun(instance, became, h), f"works in {instance.halls[h]} from"
        )
    ]


def _cooling_words(instance: Instance, was: Made, became: Made) -> list[Difference]:
    found = []
    for key, decision in was.items():
        other = became.get(key)
        if key[0] is not Kind.MODULES or other is None or other.value == decision.value:
            continue
        h, m = key[1]
        name = "overbuilt cooling" if decision.value > other.value else "too little cooling"
        words = f"{decision.value} {MEDIA[m]} modules in {instance.halls[h]}, {other.value} are right"
        found.append((name, words))
    return found


def _design_words(instance: Instance, was: Made, became: Made) -> list[Difference]:
    found = []
    for h, hall in enumerate(instance.halls):
        pair = [made.get((Kind.DESIGN, (h,))) for made in (was, became)]
        if pair[0] is not None and pair[1] is not None and pair[0].value != pair[1].value:
            designs = [instance.designs[design.value] for design in pair if design is not None]
            found.append(("wrong design", f"{hall} as {designs[0]}, better {designs[1]}"))
    return found


def _hall_words(instance: Instance, was: Made, became: Made) -> list[Difference]:
    before, after = (
        {h for h in range(len(instance.halls)) if made[Kind.CONVERTED, (h,)].value} for made in (was, became)
    )
    if before != after:
        less = names([instance.halls[h] for h in sorted(before - after)])
        more = names([instance.halls[h] for h in sorted(after - before)])
        if less and more:
            return [("wrong hall", f"{less} is converted, better {more}")]
        return [("wrong hall", f"{less} is converted in vain" if less else f"{more} should be converted too")]
    found = []
    for c, name in enumerate(instance.contracts):
        pair = [made.get((Kind.PLACES, (c,))) for made in (was, became)]
        if pair[0] is not None and pair[1] is not None and pair[0].halls != pair[1].halls:
            halls = [names([instance.halls[h] for h in sorted(place.halls)]) for place in pair if place is not None]
            found.append(("wrong hall", f"{name} in {halls[0]}, better in {halls[1]}"))
    return found


def _start_words(instance: Instance, was: Made, became: Made) -> list[Difference]:
    found: list[Difference] = []
    for c, name in enumerate(instance.contracts):
        pair = [made.get((Kind.START, (c,))) for made in (was, became)]
        if pair[0] is not None and pair[1] is not None:
            days = [instance.period_start[start.value] for start in pair if start is not None]
            found += _moved("start", days[0], days[1], f"service of {name} from")
    return found


def _tenant_words(instance: Instance, was: Made, became: Made) -> list[Difference]:
    before, after = (
        {c for c in range(len(instance.contracts)) if made[Kind.TAKEN, (c,)].value} for made in (was, became)
    )
    dropped = names([instance.contracts[c] for c in sorted(before - after)])
    gained = names([instance.contracts[c] for c in sorted(after - before)])
    if dropped:
        return [("poor tenant", f"{dropped}; better {gained or 'none in its place'}")]
    return [("missed tenant", gained)] if gained else []


_WORDS: dict[Group, Callable[[Instance, Made, Made], list[Difference]]] = {
    Group.REQUESTS: _request_words, Group.BUILDS: _build_words, Group.COOLING: _cooling_words,
    Group.DESIGNS: _design_words, Group.HALLS: _hall_words, Group.STARTS: _start_words,
    Group.NOT_TAKEN: _tenant_words, Group.TAKEN: _tenant_words,
}  # fmt: skip

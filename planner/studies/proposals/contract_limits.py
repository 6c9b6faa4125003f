"""Limits of the contracts that a proposal breaks: dates, commitments, order, what a tenant asks of the place."""

from __future__ import annotations

from collections.abc import Iterator

from planner.schemas.proposal import Proposal
from planner.schemas.tenants import Contract
from planner.studies.proposals.asked import Asked, names
from planner.studies.proposals.broken import Broken, Rule, month
from planner.translate.calendar import months_between
from planner.translate.eligibility import ineligible
from site_conversion.fixing import Kind


def _offer(asked: Asked, c: int) -> Contract:
    return asked.ground.case.contracts[c]


def study_dates(proposal: Proposal, asked: Asked) -> Iterator[Broken]:
    """A date after the last period of the study belongs to no period."""
    ground, index = asked.ground, asked.instance
    dated = [
        *((Kind.START, index.contracts.index(x.contract), f"service of {x.contract}", x.start)
          for x in proposal.contracts or ()),
        *((Kind.BUILD, index.halls.index(x.hall), f"works in {x.hall}", x.build_start) for x in proposal.halls or ()),
        *((Kind.REQUESTED, ground.upgrade_ids.index(x.upgrade), f"request of {x.upgrade}", x.requested)
          for x in proposal.upgrades or ()),
    ]  # fmt: skip
    for kind, i, what, day in dated:
        if day is not None and ground.period(day) < 0:
            words = f"{what} from {month(day)}: no period of the study begins on or after it"
            yield Broken(Rule.OUTSIDE_STUDY, words, since=day, decisions=asked.some((kind, i)))


def start_windows(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """Service begins between the tenant's earliest start and its longstop."""
    for c in asked.taken:
        start = asked.get(Kind.START, c)
        if start is None or start.value < 0 or asked.instance.start_allowed[c, start.value]:
            continue
        if asked.instance.contracts[c] in ineligible(asked.ground.case):
            continue
        day, offer = asked.instance.period_start[start.value], _offer(asked, c)
        if offer.earliest_start is not None and day < offer.earliest_start:
            months = months_between(day, offer.earliest_start)
            limit = f"{months:.1f} months before the tenant's earliest start, {month(offer.earliest_start)}"
        else:
            months = max(0.0, months_between(offer.longstop, day))
            limit = f"{months:.1f} months after its longstop, {month(offer.longstop)}"
        words = f"{offer.id}: service from {month(day)} is {limit}"
        yield Broken(Rule.START_WINDOW, words, months, "months", since=day, decisions=(start,))


def commitments(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """Signed offers are delivered, exclusive ones not taken together, order is kept."""
    instance, taken = asked.instance, set(asked.taken)
    terms = instance.contract_terms
    for o, name in enumerate(terms.offers):
        sizes = terms.sizes(o)
        if instance.must_deliver[sizes[0]] and asked.left_out(sizes):
            day = _offer(asked, sizes[0]).longstop
            words = f"{name} is signed and must be delivered by {month(day)}; the proposal leaves it out"
            yield Broken(Rule.SIGNED, words, since=day, decisions=asked.some(*((Kind.TAKEN, c) for c in sizes)))
    for group in sorted(set(instance.contract_group.tolist()) - {-1}):
        members = [c for c in sorted(taken) if instance.contract_group[c] == group]
        if len(members) > 1:
            words = f"{names([instance.contracts[c] for c in members])} exclude each other: one of them can be taken"
            made = asked.some(*((Kind.TAKEN, c) for c in members))
            yield Broken(Rule.EXCLUSIVE, words, len(members) - 1.0, "contracts", decisions=made)
    for c in sorted(taken):
        yield from _order(asked, c)


def _order(asked: Asked, c: int) -> Iterator[Broken]:
    """What follows another offer is taken with it and begins no sooner."""
    instance, terms = asked.instance, asked.instance.contract_terms
    if terms.follows[c] < 0:
        return
    name, sizes = instance.contracts[c], terms.sizes(int(terms.follows[c]))
    first = terms.offers[terms.follows[c]]
    made = asked.some(
        (Kind.TAKEN, c), (Kind.START, c), *((kind, s) for s in sizes for kind in (Kind.TAKEN, Kind.START))
    )
    if asked.left_out(sizes):
        words = f"{name} is offered to those who take {first}, which the proposal leaves out"
        yield Broken(Rule.FOLLOWS, words, decisions=made)
        return
    starts, before = asked.starts(c), [k for s in sizes if s in asked.taken for k in asked.starts(s)]
    if starts and before and max(starts) < min(before):
        now, then = instance.period_start[max(starts)], instance.period_start[min(before)]
        months = months_between(now, then)
        words = f"{name} begins in {month(now)}, {months:.1f} months before {first}, which it follows ({month(then)})"
        yield Broken(Rule.FOLLOWS, words, months, "months", since=now, until=then, decisions=made)


def eligibility(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """Latency and carbon that the tenant asks for, and the number of halls that it accepts."""
    instance, reasons = asked.instance, ineligible(asked.ground.case)
    for c in asked.taken:
        name, most = instance.contracts[c], int(instance.contract_terms.most_halls[c])
        if name in reasons:
            yield Broken(Rule.INELIGIBLE, f"{name} {reasons[name]}", decisions=asked.some((Kind.TAKEN, c)))
        places = asked.get(Kind.PLACES, c)
        if places is not None and 0 < most < len(places.halls):
            over = len(places.halls) - most
            words = f"{name} accepts at most {most} halls, the proposal has {len(places.halls)}: {over} too many"
            yield Broken(Rule.MOST_HALLS, words, float(over), "halls", decisions=(places,))

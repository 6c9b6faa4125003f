"""What a case has fixed beforehand and a proposal decides otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from planner.schemas.proposal import Proposal
from planner.studies.proposals.asked import Asked
from planner.studies.proposals.broken import Broken, Rule
from site_conversion.fixing import Decision, Kind
from site_conversion.instance_overrides import Override, Subject


def overridden(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """The overrides of the case are obeyed, as far as the proposal's decisions tell."""
    for override in asked.instance.overrides:
        against = tuple(_AGAINST[override.subject](override, asked))
        if against:
            words = f"the case fixes '{override.words}', and the proposal decides otherwise"
            yield Broken(Rule.OVERRIDDEN, words, decisions=against)


def _contract(override: Override, asked: Asked) -> Iterator[Decision]:
    if override.forced and asked.left_out(override.index):
        yield from asked.some(*((Kind.TAKEN, c) for c in override.index))
        return
    for c in (c for c in override.index if c in asked.taken):
        starts, places = set(asked.starts(c)), asked.get(Kind.PLACES, c)
        made = asked.some((Kind.TAKEN, c), (Kind.START, c), (Kind.PLACES, c))
        if override.forced:
            elsewhere = override.halls is not None and places is not None and places.halls != override.halls
            if elsewhere or starts.isdisjoint(override.periods):
                yield from made
        elif starts <= override.periods and (override.halls is None or (places and places.halls & override.halls)):
            yield from made


def _hall(override: Override, asked: Asked) -> Iterator[Decision]:
    (h,) = override.index
    converted, design, build = (asked.get(kind, h) for kind in (Kind.CONVERTED, Kind.DESIGN, Kind.BUILD))
    could = {(d, k) for d in asked.designs(h) for k in range(asked.instance.periods)}
    could &= build.ready if build is not None else could
    could = {pair for pair in could if asked.instance.build_start[h, *pair] >= 0}
    left_out = converted is not None and not converted.value
    if override.forced and (left_out or could.isdisjoint(override.ready)):
        yield from (made for made in (converted, design, build) if made is not None)
    if not override.forced and converted is not None and converted.value and could <= override.ready:
        yield from (made for made in (converted, design, build) if made is not None)


def _design(override: Override, asked: Asked) -> Iterator[Decision]:
    halls = range(len(asked.instance.halls))
    designs = [asked.get(Kind.DESIGN, h) for h in halls]
    if not override.forced:
        yield from (made for made in designs if made is not None and (made.value,) == override.index)
    elif all(_not_so(asked, h, override.index[0]) for h in halls):
        yield from (made for h in halls for made in asked.some((Kind.CONVERTED, h), (Kind.DESIGN, h)))


def _not_so(asked: Asked, h: int, d: int) -> bool:
    """Whether the proposal says that a hall does not become a design."""
    converted, design = asked.get(Kind.CONVERTED, h), asked.get(Kind.DESIGN, h)
    return (converted is not None and not converted.value) or (design is not None and design.value != d)


def _upgrade(override: Override, asked: Asked) -> Iterator[Decision]:
    (u,) = override.index
    answer, request = asked.get(Kind.ASKED, u), asked.get(Kind.REQUESTED, u)
    made = asked.some((Kind.ASKED, u), (Kind.REQUESTED, u))
    left_out = answer is not None and not answer.value
    if override.forced and (left_out or (request is not None and request.value not in override.periods)):
        yield from made
    always = len(override.periods) == asked.instance.periods
    then = always or (request is not None and request.value in override.periods)
    if not override.forced and answer is not None and answer.value and then:
        yield from made


_AGAINST: dict[Subject, Callable[[Override, Asked], Iterator[Decision]]] = {
    Subject.CONTRACT: _contract, Subject.HALL: _hall, Subject.DESIGN: _design, Subject.UPGRADE: _upgrade,
}  # fmt: skip

"""What one plan decides and another does not, in words: offers, sizes, dates, halls, grid requests and capital."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.results import Outcome
from planner.studies.proposals.broken import month
from planner.studies.why.offers import Offer
from site_conversion.fixing import Decision, Kind, decisions_in
from site_conversion.instance import Instance
from site_conversion.lines import Line

Made = dict[tuple[Kind, tuple[int, ...]], Decision]


@dataclass(frozen=True)
class Changes:
    """The way from one plan to another."""

    dropped: tuple[str, ...]
    gained: tuple[str, ...]
    """Offers by their id."""
    others: tuple[str, ...]
    """Sizes, dates, halls and requests, each in words."""
    capital_usd: float
    """More capital spent within the horizon."""

    @property
    def is_same(self) -> bool:
        """Whether both decide the same."""
        return not (self.dropped or self.gained or self.others)


def changes(instance: Instance, offers: tuple[Offer, ...], before: Outcome, after: Outcome) -> Changes:
    """Return what the later plan decides otherwise. Both are plans of arrays with the same names and dates."""
    was, becomes = (_made(instance, outcome) for outcome in (before, after))
    taken = [(offer.name, offer.is_taken(before.tables), offer.is_taken(after.tables)) for offer in offers]
    return Changes(
        dropped=tuple(name for name, first, then in taken if first and not then),
        gained=tuple(name for name, first, then in taken if then and not first),
        others=(*_services(instance, was, becomes), *_halls(instance, was, becomes), *_asked(instance, was, becomes)),
        capital_usd=_capital(after) - _capital(before),
    )


def _made(instance: Instance, outcome: Outcome) -> Made:
    return {(d.kind, d.index): d for d in decisions_in(instance, outcome.tables)}


def _capital(outcome: Outcome) -> float:
    cash = outcome.cash_flow
    return -float(cash[cash["line"] == Line.CAPEX.value]["musd"].sum()) * 1e6


def _services(instance: Instance, was: Made, becomes: Made) -> Iterator[str]:
    """Yield sizes and starts of offers that both plans take."""
    terms = instance.contract_terms
    for o, name in enumerate(terms.offers):
        first, then = ([c for c in terms.sizes(o) if made[Kind.TAKEN, (c,)].value] for made in (was, becomes))
        if not first or not then:
            continue
        if first != then:
            mw = [float(instance.contract_it_mw[c]) for c in (first[0], then[0])]
            yield f"{name} with {mw[1]:,.1f} MW in place of {mw[0]:,.1f}"
        days = [
            instance.period_start[made[Kind.START, (c,)].value] for made, c in ((was, first[0]), (becomes, then[0]))
        ]
        if days[0] != days[1]:
            yield f"{name} from {month(days[1])} in place of {month(days[0])}"


def _halls(instance: Instance, was: Made, becomes: Made) -> Iterator[str]:
    for h, hall in enumerate(instance.halls):
        first, then = (made.get((Kind.DESIGN, (h,))) for made in (was, becomes))
        if first is None and then is not None:
            yield f"{hall} converted as {instance.designs[then.value]}"
        elif first is not None and then is None:
            yield f"{hall} not converted"
        elif first is not None and then is not None and first.value != then.value:
            yield f"{hall} as {instance.designs[then.value]} in place of {instance.designs[first.value]}"


def _asked(instance: Instance, was: Made, becomes: Made) -> Iterator[str]:
    for u, name in enumerate(instance.upgrades):
        first, then = (made.get((Kind.REQUESTED, (u,))) for made in (was, becomes))
        days = [None if made is None else instance.period_start[made.value] for made in (first, then)]
        if days[0] == days[1]:
            continue
        if days[1] is None:
            yield f"{name} not asked for"
        elif days[0] is None:
            yield f"{name} asked for in {month(days[1])}"
        else:
            yield f"{name} asked for in {month(days[1])} in place of {month(days[0])}"

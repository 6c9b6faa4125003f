"""A proposal in the words of its case -> decisions by index, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from planner.case_file.proposal import CHANGE_OF_USE
from planner.results import Result
from planner.schemas import Case
from planner.schemas.designs import Medium
from planner.schemas.proposal import Proposal, ProposedContract, ProposedHall, ProposedUpgrade, Rest
from planner.schemas.tenants import Colocation, Contract, GpuCloud
from planner.translate import case_timeline
from planner.translate.calendar import Timeline, add_months
from planner.translate.conversion import build_months
from planner.translate.overrides import ready_of_works
from site_conversion.fixing import Decision, Kind, decisions_in
from site_conversion.instance import MEDIA, Instance


@dataclass(frozen=True)
class Ground:
    """What a proposal is judged on: the case, its calendar and its arrays."""

    case: Case
    instance: Instance

    @cached_property
    def time(self) -> Timeline:
        """The study's months and periods."""
        return case_timeline(self.case)

    @cached_property
    def upgrade_ids(self) -> tuple[str, ...]:
        """Ids of the grid requests, the change of use last."""
        ids = tuple(upgrade.id for upgrade in self.case.site.upgrades)
        return ids if self.case.site.change_of_use is None else (*ids, CHANGE_OF_USE)

    def period(self, day: date) -> int:
        """First period that starts on or after a date, -1 if none does."""
        return self.time.first_period_from(day)

    def build_months(self, h: int, d: int) -> float:
        """Months from the start of the works to readiness, the shell of a pad included."""
        return build_months(self.case.site.places[h], self.case.designs[d])

    def ready_day(self, h: int, d: int, s: int) -> date:
        """Date on which works that begin with period s are done."""
        return add_months(self.time.boundaries[s], self.build_months(h, d))


def with_terms(case: Case, proposal: Proposal) -> Case:
    """Return the case with the rents and rates that the proposal assumes."""
    assumed = {item.contract: item for item in proposal.contracts or ()}
    return case.model_copy(
        update={"contracts": tuple(_with_terms(offer, assumed.get(offer.id)) for offer in case.contracts)}
    )


def _with_terms(offer: Contract, item: ProposedContract | None) -> Contract:
    if item is None:
        return offer
    if isinstance(offer, Colocation) and item.rent_usd_per_kw_month is not None:
        return offer.model_copy(update={"rent_usd_per_kw_month": item.rent_usd_per_kw_month})
    if isinstance(offer, GpuCloud) and item.rate_usd_per_gpu_hour is not None:
        change = offer.rate_change_frac_per_year or 0.0
        rate = {"rate_usd_per_gpu_hour": item.rate_usd_per_gpu_hour, "rate_change_frac_per_year": change}
        return offer.model_copy(update={**rate, "rate_path": ()})
    return offer


def decisions_of(proposal: Proposal, ground: Ground) -> tuple[Decision, ...]:
    """Return what the proposal decides, what its sections leave out included."""
    left_out = proposal.rest is Rest.LEFT_OUT
    return (
        *_contracts(proposal, ground, left_out=left_out),
        *_halls(proposal, ground, left_out=left_out),
        *_upgrades(proposal, ground, left_out=left_out),
    )


def _contracts(proposal: Proposal, ground: Ground, *, left_out: bool) -> Iterator[Decision]:
    names, halls = ground.instance.contracts, ground.instance.halls
    if proposal.contracts is None:
        return
    named = {item.contract: item for item in proposal.contracts}
    for c, name in enumerate(names):
        item = named.get(name)
        if item is None:
            if left_out:
                yield Decision(Kind.TAKEN, (c,), 0)
            continue
        yield Decision(Kind.TAKEN, (c,), int(item.taken))
        if item.start is not None:
            yield Decision(Kind.START, (c,), ground.period(item.start))
        if item.halls is not None:
            yield Decision(Kind.PLACES, (c,), halls=frozenset(halls.index(hall) for hall in item.halls))


def _halls(proposal: Proposal, ground: Ground, *, left_out: bool) -> Iterator[Decision]:
    if proposal.halls is None:
        return
    named = {item.hall: item for item in proposal.halls}
    used = {hall for item in proposal.contracts or () for hall in item.halls or ()}
    for h, name in enumerate(ground.instance.halls):
        item = named.get(name)
        if item is None:
            if name in used or left_out:
                yield Decision(Kind.CONVERTED, (h,), int(name in used))
            continue
        yield Decision(Kind.CONVERTED, (h,), int(item.converted))
        if item.design is not None:
            yield Decision(Kind.DESIGN, (h,), ground.instance.designs.index(item.design))
        if item.build_start is not None:
            yield Decision(
                Kind.BUILD,
                (h,),
                ready=ready_of_works(ground.case, ground.time, ground.instance.build_start, h, item.build_start),
            )
        for medium, count in (item.modules or {}).items():
            yield Decision(Kind.MODULES, (h, MEDIA.index(medium.value)), count)


def _upgrades(proposal: Proposal, ground: Ground, *, left_out: bool) -> Iterator[Decision]:
    if proposal.upgrades is None:
        return
    named = {item.upgrade: item for item in proposal.upgrades}
    for u, name in enumerate(ground.upgrade_ids):
        item = named.get(name)
        if item is None:
            if left_out:
                yield Decision(Kind.ASKED, (u,), 0)
            continue
        yield Decision(Kind.ASKED, (u,), int(item.taken))
        if item.requested is not None:
            yield Decision(Kind.REQUESTED, (u,), ground.period(item.requested))


def proposal_of(result: Result) -> Proposal:
    """Return a result's plan as a proposal that fixes every decision."""
    ground = Ground(result.case, result.instance)
    made = {(d.kind, d.index): d for d in decisions_in(result.instance, result.plan.tables)}
    return Proposal(
        schema_version=1,
        name=result.case.name[:180] + " (plan)",
        contracts=tuple(_proposed_contract(c, made, ground) for c in range(len(ground.instance.contracts))),
        halls=tuple(_proposed_hall(h, made, result) for h in range(len(ground.instance.halls))),
        upgrades=tuple(_proposed_upgrade(u, made, ground) for u in range(len(ground.instance.upgrades))),
    )


Made = Mapping[tuple[Kind, tuple[int, ...]], Decision]


def _proposed_contract(c: int, made: Made, ground: Ground) -> ProposedContract:
    names = ground.instance
    if not made[Kind.TAKEN, (c,)].value:
        return ProposedContract(contract=names.contracts[c], taken=False)
    return ProposedContract(
        contract=names.contracts[c],
        start=names.period_start[made[Kind.START, (c,)].value],
        halls=tuple(names.halls[h] for h in sorted(made[Kind.PLACES, (c,)].halls)),
    )


def _proposed_hall(h: int, made: Made, result: Result) -> ProposedHall:
    names = result.instance
    if not made[Kind.CONVERTED, (h,)].value:
        return ProposedHall(hall=names.halls[h], converted=False)
    pairs = made[Kind.BUILD, (h,)].ready
    begun = {int(names.build_start[h, d, k]) for d, k in pairs}
    modules = {Medium(MEDIA[m]): made[Kind.MODULES, (h, m)].value for m in (0, 1) if (Kind.MODULES, (h, m)) in made}
    return ProposedHall(
        hall=names.halls[h],
        design=names.designs[made[Kind.DESIGN, (h,)].value],
        build_start=names.period_start[min(begun)],
        modules=modules or None,
    )


def _proposed_upgrade(u: int, made: Made, ground: Ground) -> ProposedUpgrade:
    name = ground.upgrade_ids[u]
    if not made[Kind.ASKED, (u,)].value:
        return ProposedUpgrade(upgrade=name, taken=False)
    return ProposedUpgrade(upgrade=name, requested=ground.instance.period_start[made[Kind.REQUESTED, (u,)].value])

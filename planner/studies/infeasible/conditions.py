"""Necessary conditions: what no plan can do, found by sums over what is signed, before anything is solved.

Each sum takes the least that the signed offers need (their leanest design, their smallest size) in periods in which
they are in service whatever start is chosen, against the most that the site can have by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from planner.schemas import Case
from planner.studies.infeasible.money import equity
from planner.studies.infeasible.records import Infeasibility
from planner.studies.infeasible.signed import Signed, offer_words
from planner.studies.proposals.asked import names, spans
from planner.translate import translate
from planner.translate.calendar import month
from planner.translate.causes import Cause, CauseKind, counted, shown
from planner.translate.eligibility import ineligible
from planner.translate.hosting import HostingGround, arrivals, beside_firm, obstacle
from site_conversion.instance import Floats, Instance


def necessary(case: Case, instance: Instance) -> tuple[Cause, ...]:
    """Return the conditions that the signed offers of a case break; empty if none does.

    An offer that cannot be delivered by itself is left out of the sums over several.
    """
    ground = HostingGround(case, instance)
    alone = list(_alone(ground))
    at_fault = {name for cause in alone for name in cause.contracts}
    signed = Signed(ground, frozenset(at_fault))
    return (*alone, *(cause for check in CHECKS for cause in check(signed)))


def unplannable(case: Case) -> Infeasibility | None:
    """Return why a case can have no plan where that needs no solve, without ways out; None if nothing says so."""
    causes = necessary(case, translate(case)) if signed_names(case) else ()
    return Infeasibility(signed_names(case), causes) if causes else None


def signed_names(case: Case) -> tuple[str, ...]:
    """Return every offer that must be delivered, and every customer that must be hosted."""
    musts = (contract.offer for contract in case.contracts if contract.signed and contract.termination_usd is None)
    return tuple(dict.fromkeys([*musts, *(offer.id for offer in case.fleet.hosted if offer.signed)]))


def _alone(ground: HostingGround) -> Iterator[Cause]:
    """Yield one cause for each signed offer that is impossible by itself, in every size."""
    instance, refused = ground.instance, ineligible(ground.case)
    terms = instance.contract_terms
    for o, name in enumerate(terms.offers):
        sizes = terms.sizes(o)
        if not instance.must_deliver[sizes[0]]:
            continue
        contract = ground.case.contracts[sizes[0]]
        found = [
            Cause(CauseKind.TERMS, f"it {refused[ground.case.contracts[c].id]}", since=contract.ready_by)
            if ground.case.contracts[c].id in refused
            else obstacle(ground, c)
            for c in sizes
        ]
        least = found[int(np.argmin(instance.contract_it_mw[sizes]))]
        if least is not None and all(found):
            words = f"{offer_words(ground.case, instance, sizes)} cannot be delivered: {least.words}"
            since, until = least.since or contract.ready_by, least.until or contract.longstop
            yield Cause(least.kind, words, (name,), least.amount, least.unit, since, until)
    yield from _hosted_alone(ground)


def _hosted_alone(ground: HostingGround) -> Iterator[Cause]:
    """Yield one cause for each signed customer that no start or no hall suits."""
    instance, hosted = ground.instance, ground.instance.hosting
    for i, offer in enumerate(ground.case.fleet.hosted):
        if not offer.signed:
            continue
        who = f"signed customer {offer.id} ({offer.mw:,.1f} MW, start by {month(offer.latest_start)})"
        room = float(instance.hall_mining_mw[instance.hall_mining_kind == hosted.kind[i]].sum())
        since = offer.earliest_start or instance.period_start[0]
        if not hosted.start_allowed[i].any():
            words = f"{who} cannot be hosted: no period of the study starts from {month(since)} to its latest start"
            yield Cause(CauseKind.DATES, words, (offer.id,), since=since, until=offer.latest_start)
        elif offer.mw > room + 1e-6:
            words = (
                f"{who} cannot be hosted: the halls have room for {room:,.1f} MW of {offer.cooling.value}-cooled "
                f"machines, short by {offer.mw - room:,.1f} MW from {month(since)}"
            )
            short = offer.mw - room
            yield Cause(CauseKind.MINING_ROOM, words, (offer.id,), short, "MW", since, offer.latest_start)


@dataclass(frozen=True)
class _Sum:
    """What the signed offers need of one thing and the most there is, by period."""

    kind: CauseKind
    what: str
    need: Floats
    most: Floats
    unit: str
    remark: Callable[[int], str] = lambda _: ""
    """What else to say, from the first period in which it is short."""


def _told(signed: Signed, item: _Sum, users: Sequence[tuple[str, Floats]]) -> Iterator[Cause]:
    """Yield a cause for each stretch of periods in which more is needed than there is."""
    instance = signed.instance
    for first, last, short in spans(item.need - item.most, 1e-6):
        since, until = instance.period_start[first], instance.period_end[last]
        here = [name for name, need in users if need[first : last + 1].any()]
        worst = first + int(np.argmax((item.need - item.most)[first : last + 1]))
        words = (
            f"{names(here)} {'needs' if len(here) == 1 else 'together need'} {counted(item.need[worst], item.unit)} of "
            f"{item.what}, at most {shown(item.most[worst])} can be there: short by {counted(short, item.unit)} from "
            f"{month(since)} to {month(until)}{item.remark(first)}"
        )
        yield Cause(item.kind, words, tuple(here), short, item.unit, since, until)


def power(signed: Signed) -> Iterator[Cause]:
    """Yield where the signed contracts draw more firm power together than can be energised by then."""
    instance, options = signed.instance, signed.ground.options
    users = [(name, signed.draw_mw(name)) for name in signed.offers]
    need = sum((mw for _, mw in users), np.zeros(instance.periods))
    own = options.most_own_mw
    firm = options.most_grid_mw(instance.firm_mw, instance.upgrade_firm_mw) + own
    allowed = options.most_grid_mw(instance.ai_mw, instance.upgrade_ai_mw) + own

    def remark(first: int) -> str:
        return beside_firm(signed.ground) + arrivals(signed.ground, first)

    if (need > firm + 1e-6).any():
        yield from _told(signed, _Sum(CauseKind.POWER, "firm power", need, firm, "MW", remark), users)
    else:
        what = "firm power that AI load may use"
        yield from _told(signed, _Sum(CauseKind.CONSENT, what, need, allowed, "MW", remark), users)


def grid(signed: Signed) -> Iterator[Cause]:
    """Yield where contracts and hosted customers draw more than the substation or the grid's contract lets through."""
    instance, options = signed.instance, signed.ground.options
    users = [(name, signed.peak_mw(name)) for name in signed.offers]
    users += [(name, signed.hosted_mw(i)) for i, name in signed.hosted]
    need = sum((mw for _, mw in users), np.zeros(instance.periods))
    gain = instance.upgrade_firm_mw + instance.upgrade_interruptible_mw
    contracted = options.most_grid_mw(instance.firm_mw + instance.interruptible_mw, gain)
    substation = options.most_grid_mw(instance.substation_mw, instance.upgrade_substation_mw)

    def remark(first: int) -> str:
        return arrivals(signed.ground, first)

    own = options.most_own_mw
    if np.isfinite(instance.substation_mw):
        item = _Sum(CauseKind.SUBSTATION, "substation capacity", need, substation + own, "MW", remark)
        yield from _told(signed, item, users)
    if signed.hosted:
        item = _Sum(CauseKind.CONTRACTED, "contracted grid power", need, contracted + own, "MW", remark)
        yield from _told(signed, item, users)


def halls(signed: Signed) -> Iterator[Cause]:
    """Yield where the signed contracts need more bays, feeders or floor together than the halls ready by then have.

    Only halls and pads that suit at least one of them are counted.
    """
    instance, options = signed.instance, signed.ground.options
    rack_m2 = instance.design_rack_m2[None, :] + np.outer(
        instance.contract_rack_mw, instance.design_electrical_m2_per_mw
    )
    least_m2 = np.where(instance.compatible, rack_m2, np.inf).min(axis=1, initial=np.inf) * instance.contract_racks
    fits = np.zeros((len(instance.halls), len(instance.designs)), dtype=np.bool_)
    for name in signed.offers:
        fits |= (options.racks_per_bay[:, :, signed.sizes(name)] > 0).any(axis=2)
    ready = np.logical_or.accumulate((fits[:, :, None] & (instance.build_start >= 0)).any(axis=1), axis=1)
    for unit, least, room in (
        ("bays", options.least_bays, instance.hall_bays),
        ("MW of feeders", options.least_draw_mw, instance.hall_electrical_mw),
        ("m2 of floor", least_m2, instance.hall_floor_m2),
    ):
        users = [(name, np.where(signed.certain(name), signed.least(name, least), 0.0)) for name in signed.offers]
        most = np.asarray(room.astype(np.float64) @ ready, dtype=np.float64)
        need = sum((amounts for _, amounts in users), np.zeros(instance.periods))
        told = list(_told(signed, _Sum(CauseKind.ROOM, "halls and pads that suit them", need, most, unit), users))
        yield from told
        if told:
            return


def mining_room(signed: Signed) -> Iterator[Cause]:
    """Yield where signed customers together have more machines than the halls of their kind hold today."""
    instance, hosting = signed.instance, signed.instance.hosting
    for n, kind in enumerate(instance.mining_kinds):
        users = [(name, signed.hosted_mw(i)) for i, name in signed.hosted if hosting.kind[i] == n]
        need = sum((mw for _, mw in users), np.zeros(instance.periods))
        room = np.full(instance.periods, instance.hall_mining_mw[instance.hall_mining_kind == n].sum())
        item = _Sum(CauseKind.MINING_ROOM, f"{kind}-cooled hashing space", need, room, "MW")
        yield from _told(signed, item, users)


def carbon(signed: Signed) -> Iterator[Cause]:
    """Yield the years whose cap is below what the signed contracts emit by themselves; not beside own supply."""
    instance, terms = signed.instance, signed.instance.carbon
    if instance.supply.names:
        return
    users = [(name, signed.mean_mwh(name) * terms.grid_t_per_mwh) for name in signed.offers]
    users += [(name, signed.hosted_mwh(i) * terms.grid_t_per_mwh) for i, name in signed.hosted]
    over: list[tuple[int, float, float, list[str]]] = []
    for y, cap in enumerate(terms.cap_t.tolist()):
        emitted = {name: float(terms.cap_frac[y] @ tonnes) for name, tonnes in users}
        total = sum(emitted.values())
        if total > cap + 1e-6 * max(1.0, cap):
            over.append((y, total, cap, [name for name, tonnes in emitted.items() if tonnes > 0]))
    if over:
        yield _over_the_cap(instance, over)


def _over_the_cap(instance: Instance, over: list[tuple[int, float, float, list[str]]]) -> Cause:
    """Say the first year over the cap, and of those after it the last and the worst."""
    terms = instance.carbon
    (first, total, cap, who), last = over[0], over[-1][0]
    worst = max(total - cap for _, total, cap, _ in over)
    year = terms.cap_years[first]
    words = (
        f"{names(who)} {'emits' if len(who) == 1 else 'emit'} at least {shown(total)} t CO2 in {year}, the cap allows "
        f"{shown(cap)}: short of carbon allowed in {year} by {shown(total - cap)} t CO2"
    )
    if len(over) > 1:
        words += f"; in {len(over)} years up to {terms.cap_years[last]} by up to {shown(worst)}"
    since = instance.period_start[int(np.nonzero(terms.cap_frac[first])[0][0])]
    until = instance.period_end[int(np.nonzero(terms.cap_frac[last])[0][-1])]
    return Cause(CauseKind.CARBON, words, tuple(who), worst, "t CO2", since, until)


def water(signed: Signed) -> Iterator[Cause]:
    """Yield where the signed contracts evaporate more water than the site may use."""
    users = [(name, signed.water_m3(name)) for name in signed.offers]
    need = sum((m3 for _, m3 in users), np.zeros(signed.instance.periods))
    item = _Sum(CauseKind.WATER, "cooling water", need, signed.instance.water_limit_m3, "m3")
    yield from _told(signed, item, users)


CHECKS = (power, grid, halls, mining_room, carbon, water, equity)
"""Sums over all that is signed."""

"""Limits of halls and grid that a proposal breaks: design, room, readiness, cooling, requests, power."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import ceil

import numpy as np

from planner.schemas.proposal import Proposal
from planner.schemas.tenants import GpuCloud
from planner.studies.proposals.asked import Asked, names, spans
from planner.studies.proposals.broken import Broken, Rule, month
from planner.translate.calendar import months_between
from site_conversion.fixing import Kind
from site_conversion.instance import MEDIA, Floats
from site_conversion.options import racks_by_power_and_floor


def places(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """The halls are converted, to designs that they may have and the tenant accepts."""
    instance = asked.instance
    for h in range(len(instance.halls)):
        design = asked.get(Kind.DESIGN, h)
        if design is not None and not instance.design_allowed[h, design.value]:
            words = f"{instance.halls[h]}: design {instance.designs[design.value]} is not allowed there"
            yield Broken(Rule.DESIGN, words, decisions=(design,))
    for c in asked.taken:
        places, name = asked.get(Kind.PLACES, c), instance.contracts[c]
        for h in asked.halls(c) if places is not None else ():
            converted, design = asked.get(Kind.CONVERTED, h), asked.get(Kind.DESIGN, h)
            made = asked.some((Kind.PLACES, c), (Kind.CONVERTED, h), (Kind.DESIGN, h))
            if converted is not None and not converted.value:
                words = f"{name} is to stand in {instance.halls[h]}, which the proposal does not convert"
                yield Broken(Rule.NOT_CONVERTED, words, decisions=made)
            elif design is not None and not instance.compatible[c, design.value]:
                yield Broken(Rule.NOT_ACCEPTED, _not_accepted(asked, c, h, design.value), decisions=made)
        if places is None and not asked.pairs(c):
            words = f"{name}: none of the halls that the proposal converts can have a design that the tenant accepts"
            made = tuple(d for d in asked.decisions if d.kind in (Kind.CONVERTED, Kind.DESIGN))
            yield Broken(Rule.NOT_ACCEPTED, words, decisions=made)


def _not_accepted(asked: Asked, c: int, h: int, d: int) -> str:
    """Say which of cooling, redundancy and density the tenant does not accept."""
    offer, design, case = asked.ground.case.contracts[c], asked.ground.case.designs[d], asked.ground.case
    systems = {system.id: system.rack_kw for system in case.gpu_systems}
    kw = systems[offer.gpu_system] if isinstance(offer, GpuCloud) else offer.kw_per_rack
    reasons = []
    if design.cooling not in offer.cooling:
        wanted = " or ".join(kind.value for kind in offer.cooling)
        reasons.append(f"the tenant needs {wanted} cooling, the design has {design.cooling.value}")
    if design.redundancy.rank < offer.redundancy.rank:
        reasons.append(f"it needs redundancy {offer.redundancy.value}, the design has {design.redundancy.value}")
    if kw > design.max_kw_per_rack:
        over = kw - design.max_kw_per_rack
        reasons.append(f"its racks draw {kw:g} kW, {over:g} kW more than the design's {design.max_kw_per_rack:g}")
    return f"{offer.id} does not accept {asked.instance.halls[h]} as {design.id}: {'; '.join(reasons)}"


def room(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """The halls hold the racks: by bays, by power and by floor."""
    instance = asked.instance
    by_power, by_floor = racks_by_power_and_floor(instance)
    for c in asked.taken:
        best: dict[int, tuple[int, str]] = {}
        for h, d in asked.pairs(c):
            power, floor = int(by_power[h, d, c]), int(by_floor[h, d, c])
            room = min(power, floor) * int(instance.hall_bays[h])
            short = "floor" if floor < power else "electrical MW"
            best[h] = max(best.get(h, (-1, "")), (room, short))
        need, most = int(instance.contract_racks[c]), int(instance.contract_terms.most_halls[c])
        held = sum(sorted((room for room, _ in best.values()), reverse=True)[: most or None])
        if not best or held >= need:
            continue
        missing_mw = (need - held) * float(instance.contract_rack_mw[c])
        reasons = names(sorted({short for _, short in best.values()}))
        words = (
            f"{instance.contracts[c]} needs {need:,} racks, there is room for {held:,} in "
            f"{names([instance.halls[h] for h in best])}: short by {need - held:,} racks "
            f"({missing_mw:,.1f} MW of IT) for want of {reasons}"
        )
        made = asked.some((Kind.PLACES, c), *((kind, h) for h in best for kind in (Kind.DESIGN, Kind.CONVERTED)))
        everywhere = tuple(d for d in asked.decisions if d.kind is Kind.CONVERTED and not d.value)
        more = everywhere if asked.get(Kind.PLACES, c) is None else ()
        yield Broken(Rule.TOO_SMALL, words, float(need - held), "racks", decisions=(*made, *more))


def readiness(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """A hall is ready when the service that it shall carry begins; where none is named, the one that can be first."""
    instance = asked.instance
    for c in asked.taken:
        starts = [k for k in asked.starts(c) if instance.start_allowed[c, k]]
        ready = {h: found for h in asked.halls(c) if (found := _ready(asked, c, h)) is not None}
        if asked.get(Kind.PLACES, c) is None and ready:
            first = min(ready, key=ready.__getitem__)
            ready = {first: ready[first]}
        for h, (k, done, begun) in ready.items():
            if not starts or k <= starts[-1]:
                continue
            needed = instance.period_start[starts[-1]]
            months = months_between(needed, max(done, instance.period_start[k]) if k < instance.periods else done)
            usable = month(instance.period_start[k]) if k < instance.periods else "after the study"
            what = "its service begins" if asked.get(Kind.START, c) else "its service can begin at the latest"
            words = (
                f"{instance.halls[h]}: works from {month(begun)} are done in {month(done)} (usable {usable}), "
                f"{months:.1f} months after {what} for {instance.contracts[c]}, {month(needed)}"
            )
            made = asked.some((Kind.BUILD, h), (Kind.START, c), (Kind.DESIGN, h))
            yield Broken(Rule.LATE_BUILD, words, months, "months", since=needed, until=done, decisions=made)


def _ready(asked: Asked, c: int, h: int) -> tuple[int, date, date] | None:
    """Return the first usable period of a hall for a contract, when its works are done and begun; None if not known."""
    instance, ground = asked.instance, asked.ground
    build, found = asked.get(Kind.BUILD, h), []
    for d in asked.designs(h):
        if not instance.compatible[c, d]:
            continue
        dates = [k for design, k in build.ready if design == d] if build else []
        if build is not None and not dates:
            continue
        begun = int(instance.build_start[h, d, min(dates)]) if dates else 0
        done = ground.ready_day(h, d, begun)
        k = ground.period(done)
        found.append((k if k >= 0 else instance.periods, done, instance.period_start[begun]))
    return min(found) if found else None


def cooling(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """The modules carry the heat of the contracts that stand in the hall alone, with the design's spares."""
    instance = asked.instance
    for decision in asked.decisions:
        if decision.kind is not Kind.MODULES:
            continue
        h, m = decision.index
        design = asked.get(Kind.DESIGN, h)
        if design is None:
            continue
        d = design.value
        if instance.design_heat_frac[d, m] <= 0:
            if decision.value:
                words = f"{instance.halls[h]} as {instance.designs[d]} has no use for {MEDIA[m]} cooling modules"
                yield Broken(Rule.COOLING, words, float(decision.value), "modules", decisions=(decision, design))
            continue
        alone = [c for c in asked.taken if (at := asked.get(Kind.PLACES, c)) and at.halls == frozenset({h})]
        it_mw = max((_together_mw(asked, alone)), default=0.0)
        heat_mw, each = instance.design_heat_frac[d, m] * it_mw, float(instance.module_capacity_mw[d, m])
        need = ceil(heat_mw / each - 1e-9) + int(instance.design_spare_modules[d]) if each > 0 else 0
        if decision.value < need:
            words = (
                f"{instance.halls[h]} as {instance.designs[d]} needs {need} {MEDIA[m]} cooling modules for "
                f"{it_mw:,.1f} MW of IT (spares included), the proposal has {decision.value}: short by "
                f"{need - decision.value}"
            )
            yield Broken(Rule.COOLING, words, float(need - decision.value), "modules", decisions=(decision,))


def _together_mw(asked: Asked, contracts: list[int]) -> list[float]:
    """IT MW of contracts certainly in service together, by period."""
    serving = sum(
        (asked.certainly_serving(c) * float(asked.instance.contract_it_mw[c]) for c in contracts),
        np.zeros(asked.instance.periods),
    )
    return [float(value) for value in serving]


def requests(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """A request goes out when the grid takes it, and is answered within the study."""
    case, instance = asked.ground.case, asked.instance
    for u, name in enumerate(asked.ground.upgrade_ids):
        request = asked.get(Kind.REQUESTED, u)
        if request is None or request.value < 0 or instance.upgrade_energised[u, request.value] >= 0:
            continue
        day = instance.period_start[request.value]
        upgrade = case.site.upgrades[u] if u < len(case.site.upgrades) else None
        earliest = upgrade.earliest_request if upgrade else None
        latest = upgrade.latest_request if upgrade else None
        if earliest is not None and day < earliest:
            amount, why = months_between(day, earliest), f"before its earliest date, {month(earliest)}"
        elif latest is not None and day > latest:
            amount, why = months_between(latest, day), f"after its latest date, {month(latest)}"
        else:
            words = f"{name} asked for in {month(day)} is not energised within the study"
            yield Broken(Rule.REQUEST_WINDOW, words, since=day, decisions=(request,))
            continue
        words = f"{name} asked for in {month(day)} is {amount:.1f} months {why}"
        yield Broken(Rule.REQUEST_WINDOW, words, amount, "months", since=day, decisions=(request,))


def power(_: Proposal, asked: Asked) -> Iterator[Broken]:
    """The firm MW that the requests bring carry the contracts; what a site makes itself is left to the model."""
    instance = asked.instance
    if asked.ground.case.site.supplies:
        return
    need, users = np.zeros(instance.periods), []
    for c in asked.taken:
        ratios = [float(instance.design_ratio_peak[d]) for _, d in asked.pairs(c)]
        if ratios:
            need += min(ratios) * float(instance.contract_it_mw[c]) * asked.certainly_serving(c)
            users.append(c)
    kinds = (
        ("firm grid MW", instance.firm_mw, instance.upgrade_firm_mw),
        ("firm MW that AI load may use", instance.ai_mw, instance.upgrade_ai_mw),
    )
    for what, today, gain in kinds:
        for first, last, short in spans(need - asked.grid_mw(today, gain), 1e-6):
            serving = [instance.contracts[c] for c in users if asked.certainly_serving(c)[first : last + 1].any()]
            since, until = instance.period_start[first], instance.period_end[last]
            words = (
                f"{what}: short by {short:,.1f} MW from {month(since)} to {month(until)} "
                f"for {names(serving)}{_requested(asked, gain)}"
            )
            made = tuple(d for d in asked.decisions if d.kind in (Kind.ASKED, Kind.REQUESTED, Kind.START))
            yield Broken(Rule.POWER, words, short, "MW", since=since, until=until, decisions=made)


def _requested(asked: Asked, gain: Floats) -> str:
    """Say what the proposal asks of the grid that would help."""
    instance, said = asked.instance, []
    for u, name in enumerate(asked.ground.upgrade_ids):
        answer, request = asked.get(Kind.ASKED, u), asked.get(Kind.REQUESTED, u)
        if gain[u] <= 0:
            continue
        if answer is not None and not answer.value:
            said.append(f"{name} is not asked for")
        elif request is not None and request.value >= 0:
            k = int(instance.upgrade_energised[u, request.value])
            when = f"is usable from {month(instance.period_start[k])}" if k >= 0 else "is not energised"
            said.append(f"{name}, asked for in {month(instance.period_start[request.value])}, {when}")
    return f" ({'; '.join(said)})" if said else ""

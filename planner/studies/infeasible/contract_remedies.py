"""Changes to what is signed: later longstops, smaller sizes, other terms, and giving up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from planner.schemas import Case
from planner.schemas.machines import AsicHosting
from planner.schemas.tenants import Colocation, Contract, GpuCloud
from planner.studies.infeasible.ground import STEP_MW, Ground
from planner.studies.infeasible.records import WayOutKind as Kind
from planner.studies.infeasible.remedies import Remedy, changed, replaced, steps
from planner.translate.calendar import month, months_between
from planner.translate.causes import counted
from planner.translate.contracts.service import ends
from planner.translate.contracts.terms import most_halls


def with_offer(case: Case, name: str, change: Callable[[Contract], Contract]) -> Case:
    """Return the case with a change of an offer, in all its sizes."""
    contracts = tuple(change(contract) if contract.offer == name else contract for contract in case.contracts)
    return changed(case, contracts=contracts)


def unsigned(case: Case, names: frozenset[str]) -> Case:
    """Return the case in which some of what is signed need not be delivered or hosted."""
    contracts = tuple(
        changed(contract, signed=False) if contract.offer in names else contract for contract in case.contracts
    )
    hosted = tuple(changed(offer, signed=False) if offer.id in names else offer for offer in case.fleet.hosted)
    return changed(case, contracts=contracts, fleet=changed(case.fleet, hosted=hosted))


def contract_remedies(ground: Ground) -> Iterator[Remedy]:
    """Yield every change to what is signed; giving up last, the largest first."""
    musts = {c.offer: c for c in ground.case.contracts if c.signed and c.termination_usd is None}
    hosted = [(i, offer) for i, offer in enumerate(ground.case.fleet.hosted) if offer.signed]
    for contract in musts.values():
        for family in (_longstop, _size, _term, _density, _terms):
            yield from family(ground, contract)
    for i, offer in hosted:
        yield from _hosted(ground, i, offer)
    given_up = [(_it_mw(ground, contract), name, "MW of IT") for name, contract in musts.items()]
    given_up += [(offer.mw, offer.id, "MW of hosted machines") for _, offer in hosted]
    for mw, name, what in sorted(given_up, reverse=True):
        yield _give_up(name, f"{mw:,.1f} {what}")


def _it_mw(ground: Ground, contract: Contract) -> float:
    return float(ground.instance.contract_it_mw[ground.instance.contracts.index(contract.id)])


def _give_up(name: str, what: str) -> Remedy:
    words = f"{name} given up ({what}); its price is not in the case"
    return Remedy(
        Kind.GIVE_UP, name, [1.0], "", lambda case, _: unsigned(case, frozenset({name})), lambda _: words
    )  # fmt: skip


def _longstop(ground: Ground, contract: Contract) -> Iterator[Remedy]:
    days = [day for day in ground.instance.period_start if day > contract.longstop]
    if not days:
        return
    by_months = {round(months_between(contract.longstop, day), 3): day for day in days}

    def later(case: Case, months: float) -> Case:
        return with_offer(case, contract.offer, lambda c: changed(c, longstop=by_months[round(months, 3)]))

    def words(months: float) -> str:
        day = by_months[round(months, 3)]
        late = months_between(contract.ready_by, day)
        paid = late * contract.late_damages_usd_per_month / 1e6
        cost = f"{counted(late, 'months')} late" + (f", {paid:,.1f} MUSD of damages" if paid else "")
        return f"longstop of {contract.offer} {counted(months, 'months')} later, {month(day)} ({cost})"

    yield Remedy(Kind.LONGSTOP, contract.offer, list(by_months), "months", later, words)


def _size(_: Ground, contract: Contract) -> Iterator[Remedy]:
    """Less for the tenant; an offer in steps has its sizes already."""
    if contract.size_of is not None:
        return
    name = contract.offer
    if isinstance(contract, GpuCloud):
        if contract.racks > 1:
            whole = contract.racks
            yield Remedy(
                Kind.SIZE, name, steps(1.0, whole - 1), "racks",
                lambda case, less: with_offer(case, name, lambda c: changed(c, racks=whole - round(less))),
                lambda less: f"{name} of {whole - less:g} racks instead of {whole}",
            )  # fmt: skip
        return
    mw = contract.it_mw
    if mw > STEP_MW:
        yield Remedy(
            Kind.SIZE, name, [less for less in steps(STEP_MW, mw) if less < mw - 1e-6], "MW",
            lambda case, less: with_offer(case, name, lambda c: changed(c, it_mw=round(mw - less, 6))),
            lambda less: f"{name} of {mw - less:,.1f} MW of IT instead of {mw:,.1f}",
        )  # fmt: skip


def _term(ground: Ground, contract: Contract) -> Iterator[Remedy]:
    """A term that ends with the study, or any month before."""
    longest = max(months for months, _ in ends(contract))
    if contract.term_months <= 1 or contract.prepayment or longest != contract.term_months:
        return
    end = ground.instance.period_end[-1]
    if months_between(contract.ready_by, end) >= contract.term_months:
        return
    most = float(contract.term_months - 1)
    yield Remedy(
        Kind.TERM, contract.offer, steps(1.0, most), "months",
        lambda case, less: with_offer(
            case, contract.offer, lambda c: changed(c, term_months=contract.term_months - round(less))
        ),
        lambda less: (
            f"term of {contract.offer} {counted(less, 'months')} shorter, {contract.term_months - less:g} months"
        ),
    )  # fmt: skip


def _density(ground: Ground, contract: Contract) -> Iterator[Remedy]:
    """A design that lacks nothing but the density, or is allowed nowhere."""
    case = ground.case
    if isinstance(contract, GpuCloud):
        kw = next(system.rack_kw for system in case.gpu_systems if system.id == contract.gpu_system)
    else:
        kw = contract.kw_per_rack
    for i, design in enumerate(case.designs):
        suits = design.cooling in contract.cooling and design.redundancy.rank >= contract.redundancy.rank
        if suits and design.max_kw_per_rack < kw:

            def denser(case: Case, more: float, i: int = i) -> Case:
                most = round(case.designs[i].max_kw_per_rack + more, 6)
                return changed(case, designs=replaced(case.designs, i, max_kw_per_rack=most))

            def words(more: float, name: str = design.id, before: float = design.max_kw_per_rack) -> str:
                return f"design {name} for racks of {before + more:g} kW instead of {before:g}"

            yield Remedy(Kind.DENSITY, design.id, [round(kw - design.max_kw_per_rack, 6)], "kW", denser, words)


def _terms(ground: Ground, contract: Contract) -> Iterator[Remedy]:
    """What the tenant would have to accept of the place."""
    case, name = ground.case, contract.offer

    def term(words: str, **fields: object) -> Remedy:
        return Remedy(
            Kind.TERMS, name, [1.0], "",
            lambda case, _: with_offer(case, name, lambda c: changed(c, **fields)), lambda _: f"{name}: {words}",
        )  # fmt: skip

    limit = contract.latency
    if limit is not None:
        known = case.site.latency_ms
        ms = known.get(limit.metro) if limit.metro is not None else min(known.values(), default=None)
        if ms is not None and ms > limit.max_ms:
            yield term(
                f"a latency limit of {ms:.1f} ms instead of {limit.max_ms:g} ms",
                latency=changed(limit, max_ms=max(ms, limit.max_ms)),
            )
    if contract.carbon is not None:
        yield term("no condition about carbon or renewable energy", carbon=None)
    halls = len(case.site.places)
    few = most_halls(contract)
    if 0 < few < halls:
        yield term(f"spread over up to {halls} halls instead of {few}", most_halls=halls)
    spared = [d for d in case.designs if d.cooling in contract.cooling]
    levels = {d.redundancy for d in spared if d.redundancy.rank < contract.redundancy.rank}
    if levels:
        best = max(levels, key=lambda level: level.rank)
        yield term(f"redundancy {best.value} instead of {contract.redundancy.value}", redundancy=best)
    others = {d.cooling for d in case.designs} - set(contract.cooling)
    for kind in sorted(others, key=lambda kind: kind.value):
        yield term(f"{kind.value} cooling accepted as well", cooling=(*contract.cooling, kind))
    if isinstance(contract, Colocation):
        dense = [d.max_kw_per_rack for d in spared if d.redundancy.rank >= contract.redundancy.rank]
        if dense and max(dense) < contract.kw_per_rack:
            kw = max(dense)
            yield term(f"racks of {kw:g} kW instead of {contract.kw_per_rack:g}", kw_per_rack=kw)


def _hosted(ground: Ground, i: int, offer: AsicHosting) -> Iterator[Remedy]:
    days = [day for day in ground.instance.period_start if day > offer.latest_start]
    by_months = {round(months_between(offer.latest_start, day), 3): day for day in days}

    def with_hosted(case: Case, **fields: object) -> Case:
        return changed(case, fleet=changed(case.fleet, hosted=replaced(case.fleet.hosted, i, **fields)))

    def when(months: float) -> date:
        return by_months[round(months, 3)]

    if by_months:
        yield Remedy(
            Kind.LONGSTOP, offer.id, list(by_months), "months",
            lambda case, months: with_hosted(case, latest_start=when(months)),
            lambda months: f"latest start of {offer.id} {counted(months, 'months')} later, {month(when(months))}",
        )  # fmt: skip
    if offer.mw > STEP_MW:
        yield Remedy(
            Kind.SIZE, offer.id, [less for less in steps(STEP_MW, offer.mw) if less < offer.mw - 1e-6], "MW",
            lambda case, less: with_hosted(case, mw=round(offer.mw - less, 6)),
            lambda less: f"{offer.id} of {offer.mw - less:,.1f} MW instead of {offer.mw:,.1f}",
        )  # fmt: skip

"""Tenants: which offers are accepted, when service starts, which bays they take.

accept[c]             binary   the offer is taken
delivered[c, k]       binary   service starts at the start of k
taken_bays[h,d,c,k]   integer  bays of hall h (design d) dedicated to the contract from k to its end
live_bays[h, d, k]    bays     bays in use at a stage (recursion: begun less ended)
in_hall[h, c]         binary   the contract stands in the hall, where it may stand in few

one_start             sum_k delivered = accept               (an explicit binary to branch on)
hall_bays (balance)   live_bays <= bays * converted
whole_bays            sum ceil(racks_per_bay / r) * taken_bays >= ceil(racks / r) * accept, for r each size of bay
signed_contract       sum over the offer's sizes of accept >= 1 where delivery is a must
exclusive_group       of the offers in a group at most one
follows               started by k <= the followed offer, any size of it, started by k
most_halls            sum_h in_hall <= most_halls * accept, taken_bays <= most * in_hall

Uses hall_bays; owns the quantities delivered and taken_bays. Posts rent or GPU hours, late damages,
running cost and what the tenant repays of it, the tenant's contribution to capex, its advances with their interest,
and the termination of signed contracts not delivered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from pyomo.environ import Binary, NonNegativeIntegers, NonNegativeReals, value

from site_conversion.instance import CONVERSION, Instance
from site_conversion.lines import Line, Source
from site_conversion.registers import Limit, LimitKind, evaluate
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "tenants"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    options, instance = site.options, site.instance
    contracts = range(len(instance.contracts))
    b.accept = Var(contracts, domain=Binary, doc="offer taken [1]")
    b.delivered = Var(options.starts, domain=Binary, doc="service starts with the period [1]")
    b.taken_bays = Var(
        options.places,
        domain=NonNegativeIntegers,
        bounds=lambda _, h, d, c, k: (0, int(options.most_bays[h, d, c])),
        doc="bays dedicated to the contract [bays]",
    )
    b.live_bays = Var(
        options.stages,
        domain=NonNegativeReals,
        bounds=lambda _, h, d, k: (0, int(instance.hall_bays[h])),
        doc="bays in use [bays]",
    )
    _write_rules(b, site)
    _write_commitments(b, site)
    _write_order(b, site)
    _write_most_halls(b, site)
    for c, k in options.starts:
        site.delivered.add((c, k), 1.0, b.delivered[c, k])
    for place in options.places:
        site.taken_bays.add(place, 1.0, b.taken_bays[place])
    for stage in options.stages:
        site.hall_bays.use(stage, [(1.0, b.live_bays[stage])])
    _post(b, site)


def _write_rules(b: Any, site: Site) -> None:
    options, instance = site.options, site.instance
    starts_of: dict[int, list[int]] = {c: [] for c in range(len(instance.contracts))}
    for c, k in options.starts:
        starts_of[c].append(k)
    b.one_start = Constraint(
        list(starts_of),
        rule=lambda b, c: linear([(-1.0, b.accept[c]), *((1.0, b.delivered[c, k]) for k in starts_of[c])]) == 0,
        doc="a taken offer starts once",
    )
    _write_whole_bays(b, site)

    def recursion(b: Any, *stage: int) -> Any:
        before = options.previous_stage[stage]  # type: ignore[index]
        terms = [(1.0, b.live_bays[stage])]
        terms += [(-float(sign), b.taken_bays[place]) for sign, place in options.changes[stage]]  # type: ignore[index]
        return linear([*terms, (-1.0, b.live_bays[before])] if before else terms) == 0

    b.live_bays_state = Constraint(options.stages, rule=recursion, doc="in use = before + begun - ended [bays]")


def _write_whole_bays(b: Any, site: Site) -> None:
    """Rounded cover rows: dividing the racks needed by the racks of one kind of bay, and rounding both sides up."""
    options, instance = site.options, site.instance
    places_of: dict[int, list[tuple[int, int, int, int]]] = {}
    for place in options.places:
        places_of.setdefault(place[2], []).append(place)
    index = [
        (c, size)
        for c, places in places_of.items()
        for size in sorted({int(options.racks_per_bay[place[:3]]) for place in places})
    ]

    def rule(b: Any, c: int, size: int) -> Any:
        bays = [(float(-(-options.racks_per_bay[p[:3]] // size)), b.taken_bays[p]) for p in places_of[c]]
        need = float(-(-instance.contract_racks[c] // size))
        return linear([*bays, (-need, b.accept[c])]) >= 0

    b.whole_bays = Constraint(index, rule=rule, doc="enough whole bays for the contract [bays]")


def _write_commitments(b: Any, site: Site) -> None:
    instance = site.instance
    terms = instance.contract_terms
    musts = [c for c in _firsts(instance) if instance.must_deliver[c]]
    b.signed_contract = Constraint(
        musts,
        rule=lambda b, c: linear([(1.0, b.accept[size]) for size in terms.sizes(int(terms.offer_of[c]))]) >= 1,
        doc="signed contracts are delivered",
    )
    site.state_limit(
        Limit(
            "signed_contract", "", b.signed_contract,
            lambda c: (f"delivery of signed contract {terms.offers[terms.offer_of[c]]}", None), kind=LimitKind.FIXED,
        )
    )  # fmt: skip
    groups: dict[int, list[int]] = {}
    for c, group in enumerate(instance.contract_group.tolist()):
        if group >= 0:
            groups.setdefault(group, []).append(c)
    b.exclusive_group = Constraint(
        list(groups),
        rule=lambda b, g: sum(b.accept[c] for c in groups[g]) <= 1,
        doc="of the offers in a group at most one is taken",
    )
    site.state_limit(
        Limit(
            "exclusive_group", "", b.exclusive_group,
            lambda g: (_group_words(list(dict.fromkeys(terms.offers[terms.offer_of[c]] for c in groups[g]))), None),
        )
    )  # fmt: skip


def _group_words(offers: list[str]) -> str:
    return "one of " + ", ".join(offers) if len(offers) > 1 else f"one size of {offers[0]}"


def _firsts(instance: Instance) -> list[int]:
    """Return the first contract of every offer, which speaks for all its sizes."""
    terms = instance.contract_terms
    return [terms.sizes(o)[0] for o in range(len(terms.offers))]


def _write_order(b: Any, site: Site) -> None:
    """A contract that follows an offer is taken only with it, and starts no sooner."""
    options, terms = site.options, site.instance.contract_terms

    def begun(b: Any, contracts: list[int], k: int, sign: float) -> list[Term]:
        return [(sign, b.delivered[c, s]) for c, s in options.starts if c in contracts and s <= k]

    b.follows = Constraint(
        [(c, k) for c, k in options.starts if terms.follows[c] >= 0],
        rule=lambda b, c, k: (
            linear([*begun(b, [c], k, 1.0), *begun(b, terms.sizes(int(terms.follows[c])), k, -1.0)]) <= 0
        ),
        doc="no sooner than the offer it follows",
    )


def _write_most_halls(b: Any, site: Site) -> None:
    """Racks stand in few halls; a hall that alone must hold them all, and cannot, is no choice."""
    options, instance = site.options, site.instance
    most = instance.contract_terms.most_halls
    halls: dict[int, set[int]] = {}
    for h, _, c, _ in options.places:
        if most[c] > 0:
            halls.setdefault(c, set()).add(h)
    limited = {c: sorted(found) for c, found in halls.items() if most[c] == 1 or len(found) > most[c]}
    index = [(h, c) for c, found in limited.items() for h in found]
    room = (options.racks_per_bay * options.most_bays).max(axis=1, initial=0)

    def possible(h: int, c: int) -> int:
        return int(most[c] > 1 or room[h, c] >= instance.contract_racks[c])

    b.in_hall = Var(
        index, domain=Binary, bounds=lambda _, h, c: (0, possible(h, c)), doc="the contract stands in the hall [1]"
    )
    b.most_halls = Constraint(
        list(limited),
        rule=lambda b, c: linear([*((1.0, b.in_hall[h, c]) for h in limited[c]), (-float(most[c]), b.accept[c])]) <= 0,
        doc="a contract stands in few halls",
    )
    b.bays_in_hall = Constraint(
        [place for place in options.places if place[2] in limited],
        rule=lambda b, h, d, c, k: (
            linear([(1.0, b.taken_bays[h, d, c, k]), (-float(options.most_bays[h, d, c]), b.in_hall[h, c])]) <= 0
        ),
        doc="bays only where the contract stands [bays]",
    )


def _post(b: Any, site: Site) -> None:
    instance, ledger = site.instance, site.ledger
    for c, k in site.options.starts:
        name, variable = instance.contracts[c], b.delivered[c, k]
        ledger.post(Line.REVENUE, name, instance.revenue_musd[c, k], variable, Source.CONTRACTS)
        ledger.post(Line.REVENUE, f"{name} late damages", -instance.damages_musd[c, k], variable, Source.CONTRACTS)
        ledger.post(Line.OPEX, f"{name} running cost", -instance.contract_opex_musd[c, k], variable, Source.CONTRACTS)
        contribution = instance.contribution_musd[c, k]
        ledger.contribute(f"{name} contribution", contribution, variable)
        ledger.put_in_service(CONVERSION, k, -float(contribution.sum()), variable)
        _post_terms(site, c, k, variable)
    terms = instance.contract_terms
    for c in _firsts(instance):
        # paid unless some size is delivered: a fixed payment, given back with acceptance
        name = terms.offers[terms.offer_of[c]]
        ledger.post_fixed(Line.OPEX, f"{name} termination", -instance.termination_musd[c])
        for size in terms.sizes(int(terms.offer_of[c])):
            ledger.post(Line.OPEX, f"{name} termination", instance.termination_musd[c], b.accept[size])


def _post_terms(site: Site, c: int, k: int, variable: Any) -> None:
    """Post what only some contracts have: running cost repaid, advances and their interest."""
    terms, ledger, name = site.instance.contract_terms, site.ledger, site.instance.contracts[c]
    if terms.costs_repaid_musd[c, k].any():
        ledger.post(Line.REVENUE, f"{name} costs repaid", terms.costs_repaid_musd[c, k], variable, Source.CONTRACTS)
    if terms.advance_received_musd[c, k].any():
        ledger.receive(f"{name} advance received", terms.advance_received_musd[c, k], variable)
        ledger.post(
            Line.ADVANCES, f"{name} advance settled", -terms.advance_settled_musd[c, k], variable, Source.CONTRACTS
        )
        ledger.post(Line.REVENUE, f"{name} advance kept", terms.advance_kept_musd[c, k], variable, Source.CONTRACTS)
        ledger.post(
            Line.OPEX, f"{name} funding interest", -terms.funding_interest_musd[c, k], variable, Source.CONTRACTS
        )


def first_stage(b: Any) -> Iterable[Var]:
    """Decisions that must be the same in every future."""
    return (b.accept, b.delivered, b.taken_bays)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each accepted contract and hall: contract, start, hall, design, bays.

    Bays that hold no rack cost nothing and mean nothing: they are left out.
    """
    rows = [
        {"contract": c, "start": k, "hall": h, "design": d, "bays": round(value(b.taken_bays[h, d, c, k]))}
        for h, d, c, k in site.options.places
        if round(evaluate(site.racks.terms((h, d, c, k)))) > 0
    ]
    return pd.DataFrame(rows, columns=["contract", "start", "hall", "design", "bays"])

"""Offers as a manager reads them: one row for each, with the size taken, and its terms in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.results import Result
from planner.schemas.contract_terms import Credit, LeaseKind
from planner.schemas.tenants import Colocation, Contract
from planner.translate.calendar import add_months, months_between
from planner.translate.contracts import most_halls
from planner.translate.eligibility import certificate_frac, ineligible
from planner.translate.hosting import HostingGround, obstacle
from planner.views.records import ContractRow
from site_conversion.lines import Line

LEASES = {
    LeaseKind.GROSS: "gross lease",
    LeaseKind.MODIFIED_GROSS: "modified gross",
    LeaseKind.TRIPLE_NET: "triple net",
}


def contract_rows(result: Result) -> tuple[ContractRow, ...]:
    """Return every offer of the case, taken or not, in the case's order; the sizes of an offer are one row."""
    refused = _refused(result)
    placed = set(result.plan.tables["gpu_systems"]["contract"].astype(int))
    offers: dict[str, list[tuple[int, Contract]]] = {}
    for c, contract in enumerate(result.case.contracts):
        offers.setdefault(contract.offer, []).append((c, contract))
    rows = []
    for sizes in offers.values():
        taken = [(c, contract) for c, contract in sizes if c in placed]
        # of an offer not taken the whole is shown
        c, contract = taken[0] if taken else sizes[-1]
        # the least size decides whether there is room at all
        refusals = [refused.get(size.id, "") for _, size in sizes]
        rows.append(_row(result, c, contract, len(sizes), refusals[0] if all(refusals) else ""))
    return tuple(rows)


def _refused(result: Result) -> dict[str, str]:
    """Return why contracts cannot be served here, whatever they pay, by id."""
    refused, ground = ineligible(result.case), HostingGround(result.case, result.instance)
    for c, contract in enumerate(result.case.contracts):
        found = None if contract.id in refused else obstacle(ground, c)
        if found is not None:
            refused[contract.id] = found.words
    return refused


def _row(result: Result, c: int, contract: Contract, sizes: int, refusal: str) -> ContractRow:
    instance, placed = result.instance, result.plan.tables["gpu_systems"]
    here = placed[placed["contract"] == c]
    start = instance.period_start[int(here["start"].iloc[0])] if len(here) else None
    cash = result.plan.cash_flow
    earned = cash[(cash["item"] == contract.id) & (cash["line"] == Line.REVENUE.value)]["musd"].sum()
    halls = tuple(dict.fromkeys(instance.halls[h] for h in sorted(here["hall"])))
    return ContractRow(
        contract=contract.offer,
        tenant=contract.tenant,
        kind=LEASES[contract.lease] if isinstance(contract, Colocation) else "GPU cloud",
        it_mw=float(instance.contract_it_mw[c]),
        ready_by=contract.ready_by,
        taken=start is not None,
        start=start,
        months_late=max(0.0, months_between(contract.ready_by, start)) if start else 0.0,
        end=add_months(start, contract.term_months) if start else None,
        halls=halls,
        revenue_usd=float(earned) * 1e6,
        in_steps=sizes > 1,
        refusal=refusal,
        terms=tuple(_terms(result, c, contract, start)),
    )


def _terms(result: Result, c: int, contract: Contract, start: date | None) -> Iterator[str]:
    """Say what else was agreed and how it is counted, of an offer taken."""
    if start is None:
        return
    begins = add_months(start, contract.term_months)
    for extension in contract.extensions:
        ends = add_months(begins, extension.months)
        yield f"may stay to {ends} ({extension.probability_frac:.0%} likely, counted at that chance)"
        begins = ends
    if contract.credit is not None:
        yield _credit(contract.credit)
    terms = result.instance.contract_terms
    k = result.instance.period_start.index(start)
    advance = float(terms.advance_received_musd[c, k].sum())
    if advance > 0:
        yield f"pays {advance:,.1f} MUSD in advance, credited against its rent"
    kept = float(terms.advance_kept_musd[c, k].sum())
    if kept > 0:
        yield f"{kept:,.1f} MUSD of it is never credited and stays with the owner"
    right = contract.expansion_right
    if right is not None:
        yield f"holds a right over {right.it_mw:,.1f} further MW of IT until {right.until}"
    if contract.follows is not None:
        yield f"follows {contract.follows}"
    few = most_halls(contract)
    if few:
        yield "stands in one hall" if few == 1 else f"stands in at most {few} halls"
    certificates = certificate_frac(result.case, contract)
    if certificates > 0:
        yield f"certificates bought for {certificates:.0%} of its energy"


def _credit(credit: Credit) -> str:
    guarantor = credit.guarantor
    covered = "" if guarantor is None else f", {guarantor.name} covers {guarantor.covered_frac:.0%} of the lost rent"
    return (
        f"may fail with {credit.default_frac_per_year:.1%} a year, let again after {credit.relet_months:g} months at "
        f"{credit.relet_rate_frac:.0%} of its rate{covered}; all counted at their chance"
    )

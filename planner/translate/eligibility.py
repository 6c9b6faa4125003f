"""Offers that the site cannot serve whatever is built: too far from the tenant's users, or too much carbon.

An offer with a reason cannot start; the reason is shown in place of "not taken".
"""

from __future__ import annotations

from planner.schemas.case import Case
from planner.schemas.tenants import Contract


def ineligible(case: Case) -> dict[str, str]:
    """Return the reason for each contract that cannot be served here, by id."""
    reasons: dict[str, str] = {}
    for contract in case.contracts:
        reason = _latency(case, contract) or _carbon(case, contract) or _order(case, contract)
        if reason is not None:
            reasons[contract.id] = reason
    return reasons


def refusals(case: Case) -> list[str]:
    """Return one sentence for each offer that cannot be served here, its sizes together."""
    reasons = ineligible(case)
    return list(
        dict.fromkeys(
            f"offer '{contract.offer}' cannot be taken: {reasons[contract.id]}"
            for contract in case.contracts
            if contract.id in reasons
        )
    )


def certificate_frac(case: Case, contract: Contract) -> float:
    """Return the certificates bought for each MWh a tenant draws, in MWh: the larger of what its two terms ask for."""
    terms = contract.carbon
    if terms is None:
        return 0.0
    shares = [0.0]
    if terms.min_renewable_frac is not None:
        shares.append(terms.min_renewable_frac - (case.carbon.renewable_frac or 0.0))
    average = case.site.emissions.average_kg_per_mwh if case.site.emissions is not None else 0.0
    if terms.max_kg_per_mwh is not None and average > 0:
        shares.append(1 - terms.max_kg_per_mwh / average)
    return max(shares)


def _latency(case: Case, contract: Contract) -> str | None:
    limit, known = contract.latency, case.site.latency_ms
    if limit is None:
        return None
    metro = limit.metro if limit.metro is not None else min(known, key=lambda name: known[name], default=None)
    if metro is None or metro not in known:
        return f"asks for {metro or 'a metro'} within {limit.max_ms:g} ms, the site's latency is not known"
    if known[metro] <= limit.max_ms:
        return None
    which = metro if limit.metro is not None else f"a metro (the nearest is {metro})"
    return f"asks for {which} within {limit.max_ms:g} ms, the site is at {known[metro]:.1f} ms"


def _carbon(case: Case, contract: Contract) -> str | None:
    terms = contract.carbon
    if terms is None or case.carbon.certificate_usd_per_mwh is not None or certificate_frac(case, contract) <= 0:
        return None
    wants, has = [], []
    if terms.max_kg_per_mwh is not None and case.site.emissions is not None:
        wants.append(f"at most {terms.max_kg_per_mwh:g} kg CO2/MWh")
        has.append(f"{case.site.emissions.average_kg_per_mwh:.0f} kg CO2/MWh")
    if terms.min_renewable_frac is not None:
        wants.append(f"at least {terms.min_renewable_frac:.0%} renewable energy")
        has.append(f"{case.carbon.renewable_frac or 0.0:.0%} renewable energy")
    return f"asks for {' and '.join(wants)}, the grid has {' and '.join(has)} and no certificates can be bought"


def _order(case: Case, contract: Contract) -> str | None:
    known = {other.offer for other in case.contracts} | {other.id for other in case.contracts}
    if contract.follows is None or contract.follows in known:
        return None
    return f"follows {contract.follows}, which the case does not have"

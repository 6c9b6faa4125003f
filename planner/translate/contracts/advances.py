"""Tenants' money before it is earned: prepayments, and capex that the tenant funds, both credited against rent.

Neither is income. What is received is owed; interest adds to it, credits settle it, and what is left when the term
ends stays the owner's and is income then. Credits follow the expected rent, whoever pays it. By month:

    received - credited - kept + interest = 0 over all months
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.contract_terms import Prepayment, TenantFunding
from planner.schemas.tenants import Colocation, Contract
from planner.translate.contracts.service import Service
from planner.translate.contracts.size import Size
from site_conversion.instance import Floats


@dataclass(frozen=True)
class Advances:
    """Flows of the study's months, USD."""

    received: Floats
    credited: Floats
    interest: Floats
    kept: Floats


def advances_usd(contract: Contract, size: Size, service: Service, own_usd: Floats) -> Advances:
    """Return the prepayment's and the funding's flows together; a month's credits never exceed its rent.

    `own_usd` is the contract's own revenue by month of service.
    """
    prepaid, funded = _nothing(service), _nothing(service)
    prepaid_credits = np.zeros(len(own_usd))
    if contract.prepayment is not None:
        prepaid = _prepayment(contract.prepayment, service, own_usd)
        prepaid_credits = prepaid.credited[service.months]
    if isinstance(contract, Colocation) and contract.funding is not None:
        amount = contract.funding.usd_per_kw * size.it_mw * 1000
        funded = _funding(contract.funding, amount, service, own_usd * service.paid, prepaid_credits)
    return Advances(
        prepaid.received + funded.received,
        prepaid.credited + funded.credited,
        prepaid.interest + funded.interest,
        prepaid.kept + funded.kept,
    )


def _nothing(service: Service) -> Advances:
    nothing = np.zeros(service.total)
    return Advances(nothing, nothing, nothing, nothing)


def _prepayment(terms: Prepayment, service: Service, own_usd: Floats) -> Advances:
    """Equal shares of what is left, within the month's rent; late ones where a ramp leaves too little rent at first."""
    months = terms.credited_months or service.term
    amount = terms.usd if terms.usd is not None else (terms.share_frac or 0.0) * float(own_usd[: service.term].sum())
    shares, left = np.zeros(len(own_usd)), amount
    for j in range(service.term):
        shares[j] = min(own_usd[j], left / max(1, months - j))
        left -= shares[j]
    expected = shares * np.minimum(service.paid, 1.0)
    received = np.zeros(service.total)
    received[max(0, service.first - terms.months_before_start)] = amount
    return Advances(
        received,
        service.lay(expected),
        np.zeros(service.total),
        _kept(service, amount - float(expected.sum())),
    )


def _funding(
    terms: TenantFunding, amount: float, service: Service, expected_usd: Floats, prepaid_usd: Floats
) -> Advances:
    """A share of each month's rent until principal and interest are repaid."""
    received = np.zeros(service.total)
    begin = max(0, service.first - terms.months_before_start)
    # spread over the months there are; none before service means with its start
    received[begin : max(service.first, begin + 1)] = amount / max(1, service.first - begin)
    monthly = (1 + terms.interest_frac_per_year) ** (1 / 12) - 1
    repaid, interest, owed = np.zeros(len(expected_usd)), np.zeros(len(expected_usd)), amount
    for j in range(service.term):
        interest[j] = monthly * owed
        owed += interest[j]
        room = max(0.0, expected_usd[j] - prepaid_usd[j])
        repaid[j] = min(terms.credit_share_frac * expected_usd[j], room, owed)
        owed -= repaid[j]
    return Advances(received, service.lay(repaid), service.lay(interest), _kept(service, owed))


def _kept(service: Service, usd: float) -> Floats:
    kept = np.zeros(service.total)
    # what rounding leaves of an advance that is repaid is nothing
    kept[service.first + service.term - 1] = usd if usd > 1e-6 else 0.0
    return kept

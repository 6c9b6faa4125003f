"""Terms between contracts and with the site: sizes of one offer, who follows whom, halls, rights to further MW."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from planner.schemas.case import Case
from planner.schemas.contract_terms import Workload
from planner.schemas.tenants import Contract
from planner.translate.calendar import Timeline
from site_conversion.instance import Bools, Floats
from site_conversion.instance_contract_terms import ContractTerms

TERM_FLOWS = (
    "costs_repaid_musd", "advance_received_musd", "advance_settled_musd", "advance_kept_musd",
    "funding_interest_musd", "certificates_musd_per_gross_mw", "right_fee_musd",
)  # fmt: skip


def contract_terms(case: Case, time: Timeline, in_service: Bools, flows: Mapping[str, Floats]) -> ContractTerms:
    """Return the further terms of every contract.

    `in_service` says by contract, start and period whether space and power are reserved; `flows` holds TERM_FLOWS.
    """
    offers = tuple(dict.fromkeys(contract.offer for contract in case.contracts))
    place = {name: o for o, name in enumerate(offers)}
    # a size may be followed by its own id too: any size of its offer counts
    place |= {contract.id: place[contract.offer] for contract in case.contracts if contract.id not in place}
    rights = [contract.expansion_right for contract in case.contracts]
    starts = np.array([day.toordinal() for day in time.boundaries[:-1]])
    until = np.array([(right.until if right else date.min).toordinal() for right in rights], dtype=np.int64)
    return ContractTerms(
        offers=offers,
        offer_of=np.array([place[contract.offer] for contract in case.contracts], dtype=np.int64),
        follows=np.array([place.get(c.follows, -1) if c.follows else -1 for c in case.contracts], dtype=np.int64),
        most_halls=np.array([most_halls(contract) for contract in case.contracts], dtype=np.int64),
        right_it_mw=np.array([right.it_mw if right else 0.0 for right in rights], dtype=np.float64),
        right_held=in_service & (starts[None, :] < until[:, None])[:, None, :],
        **flows,
    )


def most_halls(contract: Contract) -> int:
    """Return the most halls a contract's racks may stand in, 0 for any number."""
    if contract.most_halls is not None:
        return contract.most_halls
    return 1 if contract.workload is Workload.TRAINING else 0

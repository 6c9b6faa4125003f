"""A contract's chances and money by month."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from planner.schemas.study import PeriodBlock, Study
from planner.schemas.tenants import Colocation
from planner.translate.calendar import Timeline, timeline
from planner.translate.contracts.advances import Advances, advances_usd
from planner.translate.contracts.service import Service, contract_service, ends, service_months
from planner.translate.contracts.size import Size
from site_conversion.instance import Floats
from tests.formulation.support import lease

SIZE = Size(100, 0.1, 100)


def years(count: int = 2) -> Timeline:
    study = Study(start=date(2029, 1, 1), grid=(PeriodBlock(months=12, count=count),), discount_rate_frac=0.1)
    return timeline(study, 60, 0.1)


def served(k: int = 1, **terms: object) -> tuple[Colocation, Service]:
    contract = Colocation.model_validate(lease(**terms))  # type: ignore[arg-type]
    return contract, contract_service(contract, k, years())


def test_chances_of_extensions_multiply() -> None:
    options = [
        {"months": 6, "probability_frac": 0.5, "rent_step_frac": 0.1},
        {"months": 12, "probability_frac": 0.4, "rent_step_frac": -0.2},
        {"months": 12, "probability_frac": 0.0},
        {"months": 12, "probability_frac": 1.0},
    ]
    contract, service = served(term_months=12, extensions=options)
    assert service_months(contract) == 30, "what is never used is not reserved"
    assert service.running.tolist() == pytest.approx([1] * 12 + [0.5] * 6 + [0.2] * 12)
    assert service.rent_steps.tolist() == pytest.approx([1] * 12 + [1.1] * 6 + [0.88] * 12)
    assert ends(contract) == [(12, 0.5), (18, pytest.approx(0.3)), (30, pytest.approx(0.2))]
    assert sum(chance for _, chance in ends(contract)) == pytest.approx(1)


def test_chances_of_a_tenant_that_may_fail() -> None:
    """0.19 a year: 0.9 after half a year, 0.81 after one. Empty for half a year, then let again at 0.5."""
    credit = {
        "default_frac_per_year": 0.19, "relet_months": 6, "relet_rate_frac": 0.5,
        "guarantor": {"name": "G", "covered_frac": 0.5, "default_frac_per_year": 0.36},
    }  # fmt: skip
    _, service = served(credit=credit)
    assert service.tenant[[0, 6, 12]].tolist() == pytest.approx([1, 0.9, 0.81])
    assert service.occupied[[0, 6, 12]].tolist() == pytest.approx([1, 0.9, 0.81 + 0.1])
    # after a year: the tenant 0.81, the next one 0.5 x 0.1, half of the lost 0.09 + 0.05, of a guarantor left with 0.64
    assert service.paid[12] == pytest.approx(0.81 + 0.05 + 0.5 * 0.64 * 0.14)
    assert np.all(service.occupied <= 1)
    _, again = served(credit=credit | {"relet_months": 0, "relet_rate_frac": 1.0})
    assert again.occupied.tolist() == pytest.approx([1] * 24)
    assert again.paid.tolist() == pytest.approx([1] * 24)


def owed(flows: Advances) -> Floats:
    """Return what is owed at the end of each month."""
    return np.asarray(np.cumsum(flows.received + flows.interest - flows.credited - flows.kept), dtype=np.float64)


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("months", [0, 6, 18])
def test_advances_are_settled_to_the_cent(k: int, months: int) -> None:
    """Whenever they come, what is owed is never negative and nothing in the end."""
    contract, service = served(
        k, prepayment={"usd": 5e6, "months_before_start": months, "credited_months": 12},
        funding={"usd_per_kw": 800, "months_before_start": max(1, months), "credit_share_frac": 0.7,
                 "interest_frac_per_year": 0.08},
        credit={"default_frac_per_year": 0.2, "relet_months": 6},
    )  # fmt: skip
    rent = np.full(24, 1e6)
    flows = advances_usd(contract, SIZE, service, rent)
    assert flows.received.sum() == pytest.approx(5e6 + 800 * 10_000)
    assert owed(flows).min() > -1e-6
    assert owed(flows)[-1] == pytest.approx(0, abs=1e-5)
    assert np.all(flows.credited[service.months] <= rent * service.paid + 1e-6)
    assert flows.received[: max(0, service.first - max(1, months))].sum() == 0
    assert flows.interest[: service.first].sum() == 0
    assert flows.kept.sum() > 0, "half a year's rent goes missing"


def test_funding_is_received_evenly_before_service_as_far_as_there_is_time() -> None:
    terms = {"usd_per_kw": 120, "months_before_start": 18, "credit_share_frac": 0.5}
    contract, service = served(1, funding=terms)
    flows = advances_usd(contract, SIZE, service, np.full(24, 1e6))
    assert flows.received[:13].tolist() == pytest.approx([1e5] * 12 + [0])
    contract, service = served(0, funding=terms)
    flows = advances_usd(contract, SIZE, service, np.full(24, 1e6))
    assert flows.received[:2].tolist() == pytest.approx([1.2e6, 0])
    assert flows.credited[:4].tolist() == pytest.approx([5e5, 5e5, 2e5, 0])


def test_both_advances_never_take_more_than_the_rent() -> None:
    contract, service = served(
        prepayment={"usd": 9e6, "credited_months": 10}, funding={"usd_per_kw": 200, "credit_share_frac": 0.5}
    )
    flows = advances_usd(contract, SIZE, service, np.full(24, 1e6))
    credited = flows.credited[service.months]
    assert credited[:10].tolist() == pytest.approx([1e6] * 10), "0.9 MUSD of the prepayment and the rest of the month"
    assert credited[10:13].tolist() == pytest.approx([5e5, 5e5, 0])

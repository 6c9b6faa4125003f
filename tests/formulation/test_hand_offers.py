"""Which offers are taken: room, exclusive groups, density, redundancy, longstop, signed contracts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.formulation.support import (
    HandSolved,
    Site,
    design,
    hall,
    hand_solved,
    lease,
    posted_musd,
    present_value,
)


@hand_solved
def test_the_better_of_two_offers_is_taken_where_there_is_room_for_one() -> Iterator[HandSolved]:
    """One hall of 10 MW and one bay, two offers from 2030 for 24 months.

    Large: 10 MW at 100 USD/kW-month = 1 MUSD a month = 12 MUSD a year, capex 10 MW x 1 MUSD = 10 MUSD in 2029:
        -10 x 1.1^-0.5 + 12 x (1.1^-1.5 + 1.1^-2.5) = -9.5346 + 12 x (0.866784 + 0.787986) = 10.3226
    Small: 8 MW at 130 = 1.04 MUSD a month = 12.48 MUSD a year, capex 8 MUSD:
        -8 x 0.953463 + 12.48 x 1.654770 = 13.0238
    Small is better, though it leaves 2 MW idle; both need the only bay.
    """
    offers = (lease("large", 10, 100), lease("small", 8, 130))
    yield HandSolved(Site(contracts=offers), present_value(-8, 12.48, 12.48), {"small": 1})


@hand_solved
def test_an_exclusive_group_gives_one_offer_though_there_is_room_for_two() -> Iterator[HandSolved]:
    """Two halls of 10 MW, two offers of 10 MW at 100 and 120 USD/kW-month.

    In one group only the better is taken: capex 10 MUSD, rent 14.4 MUSD a year:
        -10 x 0.953463 + 14.4 x 1.654770 = 14.2941
    Without the group both: capex 20 MUSD, rent 12 + 14.4 = 26.4 MUSD a year:
        -20 x 0.953463 + 26.4 x 1.654770 = 24.6167
    """
    halls = (hall("a"), hall("b"))
    grouped = (lease("low", exclusive_group="pick"), lease("high", rent=120, exclusive_group="pick"))
    free = (lease("low"), lease("high", rent=120))
    yield HandSolved(Site(halls, grouped), present_value(-10, 14.4, 14.4), {"high": 1})
    yield HandSolved(Site(halls, free), present_value(-20, 26.4, 26.4), {"low": 1, "high": 1})


@hand_solved
def test_density_forces_the_dearer_design() -> Iterator[HandSolved]:
    """A design for 20 kW racks at 1 MUSD/MW, one for 100 kW racks at 3 MUSD/MW; 10 MW at 200 USD/kW-month.

    Racks of 20 kW fit both, so the cheap design: capex 10 MUSD, rent 24 MUSD a year:
        -10 x 0.953463 + 24 x 1.654770 = 30.1798
    Racks of 50 kW fit the dense one only: capex 30 MUSD:
        -30 x 0.953463 + 24 x 1.654770 = 11.1106
    """
    designs = (design("light", max_kw_per_rack=20), design("dense", capex_usd_per_it_mw=3e6))
    at_20_kw, at_50_kw = lease(rent=200, kw_per_rack=20), lease(rent=200, kw_per_rack=50)
    yield HandSolved(Site(contracts=(at_20_kw,), designs=designs), present_value(-10, 24, 24), {"lease": 1})
    yield HandSolved(Site(contracts=(at_50_kw,), designs=designs), present_value(-30, 24, 24), {"lease": 1})


@hand_solved
def test_redundancy_forces_the_dearer_design() -> Iterator[HandSolved]:
    """A design with N at 1 MUSD/MW and one with 2N at 2 MUSD/MW; a tenant is content with its level or better.

    Asking for N:   the first design, capex 10 MUSD: -9.5346 + 12 x 1.654770 = 10.3226
    Asking for N+1: only 2N is as good, capex 20 MUSD: -19.0693 + 19.8572 = 0.7880
    """
    designs = (design("n"), design("two_n", redundancy="two_n", capex_usd_per_it_mw=2e6))
    plain, careful = lease(), lease(redundancy="n_plus_1")
    yield HandSolved(Site(contracts=(plain,), designs=designs), present_value(-10, 12, 12), {"lease": 1})
    yield HandSolved(Site(contracts=(careful,), designs=designs), present_value(-20, 12, 12), {"lease": 1})


@hand_solved
def test_cooling_that_the_tenant_refuses_is_no_choice() -> Iterator[HandSolved]:
    """Rear doors at 1 MUSD/MW, direct-to-chip at 2 MUSD/MW; the tenant accepts direct-to-chip and immersion.

    The cheap design is out: capex 20 MUSD, rent 12 MUSD a year: 0.7880 as above, not 10.3226.
    """
    designs = (
        design("door", cooling="rear_door"),
        design("chip", cooling="direct_to_chip", capex_usd_per_it_mw=2e6),
    )
    offer = lease(cooling=["direct_to_chip", "immersion"])
    yield HandSolved(Site(contracts=(offer,), designs=designs), present_value(-20, 12, 12), {"lease": 1})


@hand_solved
def test_an_offer_is_lost_the_day_after_its_longstop() -> Iterator[HandSolved]:
    """Building takes 2029, so service can start on 2030-01-01 at the earliest.

    The offer at 200 USD/kW-month must start by 2029-12-31: one day too soon. What is left is the offer at 100,
    whose longstop is 2030-01-01 itself: -10 x 0.953463 + 12 x 1.654770 = 10.3226.
    """
    lost = lease("lost", rent=200, ready_by="2029-12-31", longstop="2029-12-31")
    yield HandSolved(Site(contracts=(lost, lease("kept"))), present_value(-10, 12, 12), {"kept": 1})


@hand_solved
def test_a_signed_contract_is_terminated_where_that_is_cheaper() -> Iterator[HandSolved]:
    """A signed lease of 10 MW at 20 USD/kW-month: capex 10 MUSD for 2.4 MUSD a year.

    Delivered it is worth
        -10 x 0.953463 + 2.4 x 1.654770 = -5.5632

    Termination at 6 MUSD, paid at the longstop in 2030:  -6 x 0.866784 = -5.2007, cheaper: terminate.
    Termination at 7 MUSD:                                -7 x 0.866784 = -6.0675, dearer: deliver.
    Without a price for termination: deliver, whatever it costs.
    """

    def signed(**terms: Any) -> Site:
        return Site(contracts=(lease(rent=20, signed=True, **terms),))

    delivered = present_value(-10, 2.4, 2.4)
    yield HandSolved(
        signed(termination_usd=6e6),
        present_value(0, -6),
        look=lambda found: _same(posted_musd(found, "opex", "lease termination"), [-6.0]),
    )
    yield HandSolved(
        signed(termination_usd=7e6),
        delivered,
        {"lease": 1},
        look=lambda found: _same(posted_musd(found, "opex", "lease termination"), []),
    )
    yield HandSolved(signed(), delivered, {"lease": 1})


def _same(found: list[float], expected: list[float]) -> None:
    assert [round(musd, 9) for musd in found] == expected

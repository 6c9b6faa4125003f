"""What must not move a number: a name, an offer that cannot be served, plant without capacity."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.formulation.support import REL, Site, asic, hall, lease, module, power, present_value, solve_case


def npv_musd(site: Site) -> float:
    return solve_case(site.case()).npv_musd


def test_a_contract_called_conversion_is_taxed_like_any_other() -> None:
    """A lease of 12 MUSD a year in 2030 and 2031; 10 MUSD of capex; MACRS-15: 0.5 in 2030, 0.95 in 2031; tax 21 %.

        -10 x 0.953463 + (12 - 0.21 x 11.5) x 0.866784 + (12 - 0.21 x 11.05) x 0.787986 = 6.4008

    whatever the lease is called.
    """
    value = present_value(-10, 12 - 0.21 * 11.5, 12 - 0.21 * 11.05)
    for name in ("lease", "conversion"):
        site = Site(contracts=(lease(name),), finance={"tax_rate_frac": 0.21})
        assert npv_musd(site) == pytest.approx(value, rel=REL), name


def test_an_offer_that_cannot_be_taken_changes_nothing() -> None:
    """Machines are bought, written off over five years and sold at the end of the third; tax 21 %.

    A lease of 50 MW for a hall of 10 MW can never be served, so what it says about its term changes no number.
    """
    machines = asic(0, purchase={"price_usd_per_ths": 5, "max_count_per_year": 4_000}, resale_usd_per_ths=3)
    site = Site(
        (hall(mining_mw=10),), usd_per_ph_day=48, power=power((1.0, 40)), machines=(machines,),
        finance={"tax_rate_frac": 0.21},
    )  # fmt: skip
    alone = npv_musd(site)
    for months in (12, 120):
        assert npv_musd(replace(site, contracts=(lease(it_mw=50, term_months=months),))) == pytest.approx(alone)


def test_cooling_without_capacity_on_the_design_day_refuses_the_lease() -> None:
    """4 % less for each of 25 degrees above the rating leaves nothing: no IT MW, and no error."""
    climate = {"design_temperature_c": 60, "hours_below_c": {60: 8_760}}
    site = Site(contracts=(lease(),), modules=(module(derate_frac_per_c=0.04),), more={"climate": climate})
    assert npv_musd(site) == 0.0

"""Taxes, depreciation, losses carried forward, the equity budget."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from site_conversion.solution import Solution
from tests.formulation.support import (
    HOURS,
    Entry,
    HandSolved,
    Look,
    Site,
    asic,
    factor,
    hall,
    hand_solved,
    lease,
    months_of,
    posted_musd,
    power,
    present_value,
)

TAX = 0.21
MACRS_5: Entry = {"method": "macrs_5"}


def taxes_are(*musd: float) -> Look:
    """Return a check of the tax paid year by year, years without tax left out."""

    def look(found: Solution) -> None:
        rows = found.cash_flow[found.cash_flow["line"] == "tax"].groupby("column")["musd"].sum()
        assert [-tax for tax in rows.tolist() if abs(tax) > 1e-9] == pytest.approx(list(musd))

    return look


@hand_solved
def test_an_early_loss_offsets_four_fifths_of_later_income() -> Iterator[HandSolved]:
    """A lease of 12 MUSD a year from 2030 for 36 months; the site costs 5 MUSD a year; MACRS-5; tax 21 %.

    10 MUSD spent in 2029 are in service from 2030-01-01: written off 20 % in 2030, 32 % in 2031, 19.2 % in 2032.
        2029: loss of 5, carried forward
        2030: 12 - 5 - 2.0  = 5.00; the loss offsets 80 % = 4.00, 1.00 is left: taxed 1.00 -> 0.2100
        2031: 12 - 5 - 3.2  = 3.80; the last 1.00 of the loss:                 taxed 2.80 -> 0.5880
        2032: 12 - 5 - 1.92 = 5.08:                                            taxed 5.08 -> 1.0668
        -15 x 0.953463 + 6.79 x 0.866784 + 6.412 x 0.787986 + 5.9332 x 0.716351 = 0.8863
    If the whole income could be offset, 2030 would go untaxed and 2031 be taxed whole: 3.80 -> 0.7980:
        -15 x 0.953463 + 7 x 0.866784 + 6.202 x 0.787986 + 5.9332 x 0.716351 = 0.9029
    """

    def site(limit: float) -> Site:
        finance = {
            "tax_rate_frac": TAX, "loss_offset_limit_frac": limit, "conversion_depreciation": MACRS_5,
        }  # fmt: skip
        return Site(
            contracts=(lease(term_months=36),), years=4, operations={"site_fixed_usd_per_year": 5e6}, finance=finance
        )

    value = present_value(-15, 7 - TAX * 1.00, 7 - TAX * 2.80, 7 - TAX * 5.08)
    yield HandSolved(site(0.8), value, {"lease": 1}, taxes_are(0.21, 0.588, 1.0668))
    whole = present_value(-15, 7, 7 - TAX * 3.80, 7 - TAX * 5.08)
    yield HandSolved(site(1.0), whole, {"lease": 1}, taxes_are(0.798, 1.0668))


@hand_solved
def test_straight_line_runs_by_months_also_after_the_horizon() -> Iterator[HandSolved]:
    """10 MUSD over 4 years from 2030: 2.5 MUSD a year; a lease of 12 MUSD a year for 48 months; horizon 2032.

    2030 to 2032: tax 0.21 x (12 - 2.5) = 1.995. After the horizon 12 months of 2033, each 1 MUSD of rent less
    0.21 x (1 - 2.5/12) of tax, from the middle of the month to 2033-01-01 at 10 %, then at 1.1^-4.
        -10 x 0.953463 + 10.005 x (0.866784 + 0.787986 + 0.716351) + 10.005/12 x 11.4482 x 0.683013 = 20.7078
    """
    finance = {
        "tax_rate_frac": TAX, "conversion_depreciation": {"method": "straight_line", "years": 4},
    }  # fmt: skip
    tail = sum(1.1 ** -((before + days / 2) / 365) for days, before in months_of(2033))
    month = 1 - TAX * (1 - 2.5 / 12)
    value = present_value(-10, 10.005, 10.005, 10.005) + tail * month * factor(4)
    yield HandSolved(Site(contracts=(lease(term_months=48),), years=4, finance=finance), value, {"lease": 1})


@hand_solved
def test_macrs_gives_the_first_share_to_the_rest_of_the_calendar_year() -> Iterator[HandSolved]:
    """Half-years; in service on 2029-07-01: 20 % fall into 2029, 32 % into 2030; a year's tax falls at its end.

    6 months of build (10 MUSD), a lease of 6 MUSD a half-year for 18 months; tax 21 %.
        2029: 0.21 x (6 - 2.0) = 0.84, paid in its second half
        2030: 0.21 x (12 - 3.2) = 1.848, paid in its second half
        -10 x 0.976645 + 5.16 x 0.931195 + 6 x 0.887859 + 4.152 x 0.846541 = 3.8805
    """
    finance = {"tax_rate_frac": TAX, "conversion_depreciation": MACRS_5}
    offer = lease(ready_by="2029-07-01", longstop="2029-07-01", term_months=18)
    design = Site().designs[0] | {"build_months": 6}
    first, second = 90.5 / 365, 273 / 365
    value = (
        -10 * factor(first)
        + (6 - TAX * 4.0) * factor(second)
        + 6 * factor(1 + first)
        + (6 - TAX * 8.8) * factor(1 + second)
    )
    site = Site(contracts=(offer,), designs=(design,), grid=({"months": 6, "count": 4},), finance=finance)
    yield HandSolved(site, value, {"lease": 1}, taxes_are(0.84, 1.848))


@hand_solved
def test_a_tenants_contribution_lowers_what_is_written_off() -> Iterator[HandSolved]:
    """10 MUSD of capex, 4 MUSD of them from the tenant: 6 MUSD over two years, 3 MUSD a year; tax 21 %.

    2030: 12 + 4 - 0.21 x (12 - 3) = 14.11;  2031: 12 - 1.89 = 10.11:
        -10 x 0.953463 + 14.11 x 0.866784 + 10.11 x 0.787986 = 10.6622
    """
    finance = {
        "tax_rate_frac": TAX, "conversion_depreciation": {"method": "straight_line", "years": 2},
    }  # fmt: skip
    site = Site(contracts=(lease(tenant_contribution_usd_per_kw=400),), finance=finance)
    yield HandSolved(site, present_value(-10, 16 - TAX * 9, 12 - TAX * 9), {"lease": 1}, taxes_are(1.89, 1.89))


@hand_solved
def test_sold_gpus_take_what_is_not_yet_written_off_with_them() -> Iterator[HandSolved]:
    """10 racks at 1 MUSD in 2030, straight line over 4 years, sold after 12 of 24 months of life at 55 %.

    Their service in 2030 brings 1,000 x 8,760 h x 4 USD = 35.04 MUSD; a lease brings 12 MUSD in 2030 and in 2031.
    Conversion of 1 + 10 MW in 2029, 11 MUSD, written off in 2030; tax 21 %.
        2030: 47.04 - 11 - 2.5 = 33.54, tax 7.0434
        2031: the GPUs fetch 5.5, where 7.5 are not yet written off: a loss of 2; 12 - 2 = 10, tax 2.1
        -11 x 0.953463 + (47.04 - 10 - 7.0434) x 0.866784 + (12 + 5.5 - 2.1) x 0.787986 = 27.6475
    """
    system = {
        "id": "gpu", "name": "Gpu", "gpus_per_rack": 100, "rack_kw": 100, "price_usd_per_rack": 1e6, "life_years": 2,
        "resale_frac_at_end_of_life": 0.1,
    }  # fmt: skip
    offer = {
        "kind": "gpu_cloud", "id": "cloud", "tenant": "cloud", "gpu_system": "gpu", "racks": 10,
        "rate_usd_per_gpu_hour": 4, "rate_change_frac_per_year": 0,
        "utilisation_frac": 1, "cooling": ["air"], "redundancy": "n", "ready_by": "2030-01-01",
        "longstop": "2030-01-01", "term_months": 12,
    }  # fmt: skip
    finance = {
        "tax_rate_frac": TAX, "conversion_depreciation": {"method": "straight_line", "years": 1},
        "gpu_depreciation": {"method": "straight_line", "years": 4},
    }  # fmt: skip
    first = 1_000 * HOURS * 4 / 1e6 + 12
    tax = TAX * (first - 11 - 2.5)
    value = present_value(-11, first - 10 - tax, 12 + 5.5 - TAX * 10)

    def look(found: Solution) -> None:
        taxes_are(tax, 2.1)(found)
        assert posted_musd(found, "capex", "cloud GPUs") == pytest.approx([-10, 5.5])

    site = Site((hall("a"), hall("b")), (offer, lease()), gpu_systems=(system,), finance=finance)
    yield HandSolved(site, value, {"cloud": 1, "lease": 1}, look)


@hand_solved
def test_hashing_is_taxed_and_bought_machines_are_written_off() -> Iterator[HandSolved]:
    """10 MW of machines bought in 2029 at 5 USD/TH: 2.5 MUSD, straight line over 2 years; 5.256 MUSD a year; tax 21 %.

    2029, 2030: tax 0.21 x (5.256 - 1.25) = 0.84126;  2031: 0.21 x 5.256 = 1.10376:
        (5.256 - 2.5 - 0.84126) x 0.953463 + 4.41474 x 0.866784 + 4.15224 x 0.787986 = 8.9242
    """
    year = 10 * 60 * HOURS / 1e6
    machines = asic(0, purchase={"price_usd_per_ths": 5, "max_count_per_year": 4_000})
    finance = {
        "tax_rate_frac": TAX, "asic_depreciation": {"method": "straight_line", "years": 2},
    }  # fmt: skip
    site = Site((hall(mining_mw=10),), usd_per_ph_day=48, power=power((1.0, 40)), machines=(machines,), finance=finance)
    taxed = year - TAX * (year - 1.25)
    yield HandSolved(site, present_value(taxed - 2.5, taxed, year * (1 - TAX)))


@hand_solved
def test_equity_by_date_defers_a_conversion() -> Iterator[HandSolved]:
    """A lease of 12 months that may start until 2032; equity of 10 MUSD becomes available on a date; 10 are needed.

    At the study's start: built in 2029: -10 x 0.953463 + 12 x 0.866784 = 0.8668.
    On 2030-01-01: built in 2030:        -10 x 0.866784 + 12 x 0.787986 = 0.7880.
    On 2030-01-02: not there when 2030 begins, so built in 2031: -10 x 0.787986 + 12 x 0.716351 = 0.7164.
    With 9.99 MUSD never: the lease is refused, 0.
    """

    def site(day: str, usd: float = 10e6) -> Site:
        finance = {"equity_budget": [{"date": day, "added_usd": usd}]}
        return Site(contracts=(lease(term_months=12, longstop="2032-01-01"),), years=4, finance=finance)

    yield HandSolved(site("2029-01-01"), present_value(-10, 12), {"lease": 1})
    yield HandSolved(site("2030-01-01"), present_value(0, -10, 12), {"lease": 2})
    yield HandSolved(site("2030-01-02"), present_value(0, 0, -10, 12), {"lease": 3})
    yield HandSolved(site("2029-01-01", 9.99e6), 0.0)


@hand_solved
def test_a_budget_counts_what_was_spent_before() -> Iterator[HandSolved]:
    """Two leases of 10 MW, 10 MUSD each; 15 MUSD of equity: one of them, the better, though rents come in.

    high at 120 USD/kW-month from 2030: -10 x 0.953463 + 14.4 x 1.654770 = 14.2941; low at 100 only 10.3226.
    With 20 MUSD both: 14.2941 + 10.3226 = 24.6167.
    """
    halls = (hall("a"), hall("b"))
    offers = (lease("low"), lease("high", rent=120))

    def site(usd: float) -> Site:
        return Site(halls, offers, finance={"equity_budget": [{"date": "2029-01-01", "added_usd": usd}]})

    yield HandSolved(site(15e6), present_value(-10, 14.4, 14.4), {"high": 1})
    yield HandSolved(site(20e6), present_value(-20, 26.4, 26.4), {"low": 1, "high": 1})

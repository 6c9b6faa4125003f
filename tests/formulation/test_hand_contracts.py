"""Money of a contract: damages by days, escalators, tail, power, running cost, contribution, GPU cloud."""

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
    design,
    factor,
    hand_solved,
    lease,
    months_of,
    posted_musd,
    power,
    present_value,
)


def posts(line: str, item: str, *musd: float) -> Look:
    """Return a check of an item's amounts in the cash flow."""

    def look(found: Solution) -> None:
        assert posted_musd(found, line, item) == pytest.approx(list(musd))

    return look


@hand_solved
def test_late_damages_run_by_days() -> Iterator[HandSolved]:
    """To be ready by 2029-10-11, ready on 2030-01-01: 21 of October's 31 days, November and December late.

    21/31 + 2 = 2.677419 months at 0.9 MUSD = 2.409677 MUSD, paid with the start of service in 2030:
        -10 x 0.953463 + (12 - 2.409677) x 0.866784 + 12 x 0.787986 = 8.2339
    """
    offer = lease(ready_by="2029-10-11", late_damages_usd_per_month=9e5)
    damages = 0.9 * (21 / 31 + 2)
    value = present_value(-10, 12 - damages, 12)
    look = posts("revenue", "lease late damages", -damages)
    yield HandSolved(Site(contracts=(offer,)), value, {"lease": 1}, look)


@hand_solved
def test_rent_steps_on_the_anniversary_of_service() -> Iterator[HandSolved]:
    """Half-years; service from 2030-07-01 for 18 months at 100 USD/kW-month + 10 % on each anniversary.

    Second half of 2030 and first of 2031: 6 MUSD each; from 2031-07-01, the anniversary: 6.6 MUSD.
    The build runs from 2029-07-01 over 184 days of 2029 and 181 of 2030: 10 MUSD x 184/365 and x 181/365.
    Middles of the halves: 90.5/365 and 273/365 into the year.
        -5.0411 x 1.1^-0.7479 - 4.9589 x 1.1^-1.2479 + 6 x 1.1^-1.7479 + 6 x 1.1^-2.2479 + 6.6 x 1.1^-2.7479
        = -4.6942 - 4.4028 + 5.0792 + 4.8429 + 5.0792 = 5.9043
    """
    first, second = 90.5 / 365, 273 / 365
    offer = lease(
        earliest_start="2030-07-01", ready_by="2030-07-01", longstop="2030-07-01", term_months=18,
        escalator_frac_per_year=0.1,
    )  # fmt: skip
    value = (
        -10 * 184 / 365 * factor(second)
        - 10 * 181 / 365 * factor(1 + first)
        + 6 * factor(1 + second)
        + 6 * factor(2 + first)
        + 6.6 * factor(2 + second)
    )
    site = Site(contracts=(offer,), grid=({"months": 6, "count": 6},))
    yield HandSolved(site, value, {"lease": 3}, posts("revenue", "lease", 6, 6, 6.6))


@hand_solved
def test_a_step_inside_a_period_counts_from_its_month() -> Iterator[HandSolved]:
    """Half a year, then whole years: the build takes 2029-01 to 2029-06, service starts on 2029-07-01 for 30 months.

    With + 10 % on 2030-07-01 and 2031-07-01 the years hold both rates:
        2030: 6 x 1 + 6 x 1.1 = 12.6 MUSD;  2031: 6 x 1.1 + 6 x 1.21 = 13.86 MUSD; second half of 2029: 6 MUSD.
    The grid is 6 + 6 + 12 + 12 months: middles at 90.5/365, 273/365, 1.5 and 2.5 years.
        -10 x 0.976645 + 6 x 0.931195 + 12.6 x 0.866784 + 13.86 x 0.787986 = 17.6637
    """
    offer = lease(ready_by="2029-07-01", longstop="2029-07-01", term_months=30, escalator_frac_per_year=0.1)
    grid: tuple[Entry, ...] = ({"months": 6, "count": 2}, {"months": 12, "count": 2})
    value = -10 * factor(90.5 / 365) + 6 * factor(273 / 365) + (6 + 6 * 1.1) * factor(1.5) + 6 * 1.1 * 2.1 * factor(2.5)
    site = Site(contracts=(offer,), designs=(design(build_months=6),), grid=grid)
    yield HandSolved(site, value, {"lease": 1}, posts("revenue", "lease", 6, 12.6, 13.86))


@hand_solved
def test_what_a_contract_pays_after_the_horizon_is_valued_at_its_end() -> Iterator[HandSolved]:
    """Service from 2030 for 36 months, the horizon ends with 2031: 12 payments of 1 MUSD remain, in 2032.

    Each is brought from the middle of its month to 2032-01-01 at the tail's own rate of 20 %: 1.2^-t with
    t = (days before + half the month's days) / 366; the sum, near 12 x 1.2^-0.5, is 10.9718, at 1.1^-3:
        -10 x 0.953463 + 12 x 1.654770 + 10.9718 x 0.751315 = 18.5659
    """
    tail = sum(1.2 ** -((before + days / 2) / 366) for days, before in months_of(2032))
    value = present_value(-10, 12, 12) + tail * factor(3)
    site = Site(contracts=(lease(term_months=36),), finance={"tail_discount_rate_frac": 0.2})
    yield HandSolved(site, value, {"lease": 1}, posts("terminal", "lease", tail))


@hand_solved
def test_power_is_the_owners_unless_it_is_passed_through() -> Iterator[HandSolved]:
    """Power at 50 USD/MWh and a demand charge of 2 USD/kW-month; a lease draws its 10 MW in every hour.

    A year costs 10 MW x 8,760 h x 50 USD = 4.38 MUSD and 10,000 kW x 2 USD x 12 = 0.24 MUSD: 4.62 MUSD.
    Passed through it is repaid:     -10 x 0.953463 + 12 x 1.654770 = 10.3226
    Included in the rent it is not:  -10 x 0.953463 + 7.38 x 1.654770 = 2.6776
    """
    prices = power((1.0, 50), demand_charge_usd_per_kw_month=2)
    cost = 10 * HOURS * 50 / 1e6 + 10_000 * 2 * 12 / 1e6
    passed = Site(contracts=(lease(),), power=prices)
    included = Site(contracts=(lease(lease="gross"),), power=prices)
    yield HandSolved(
        passed, present_value(-10, 12, 12), {"lease": 1}, posts("revenue", "lease power repaid", cost, cost)
    )
    look = posts("energy", "lease power", -cost, -cost)
    yield HandSolved(included, present_value(-10, 12 - cost, 12 - cost), {"lease": 1}, look)


@hand_solved
def test_running_cost_grows_to_the_start_and_then_on_each_anniversary() -> Iterator[HandSolved]:
    """20 USD/kW-month at the study's start, + 5 % a year, for the whole 10 MW also while the tenant ramps.

    2030: 2.4 x 1.05 = 2.52 MUSD;  2031: 2.4 x 1.1025 = 2.646 MUSD. Rent 6 (half taken in the first year), then 12:
        -10 x 0.953463 + (6 - 2.52) x 0.866784 + (12 - 2.646) x 0.787986 = 0.8526
    """
    ramp = [{"month": 0, "share_frac": 0.5}, {"month": 12, "share_frac": 1.0}]
    offer = lease(opex_usd_per_kw_month=20, opex_escalator_frac_per_year=0.05, ramp=ramp)
    value = present_value(-10, 6 - 2.4 * 1.05, 12 - 2.4 * 1.05**2)
    yield HandSolved(Site(contracts=(offer,)), value, {"lease": 1})


@hand_solved
def test_a_tenants_contribution_comes_with_service() -> Iterator[HandSolved]:
    """600 USD/kW x 10,000 kW = 6 MUSD towards the capex of 20 MUSD, received in 2030 when service begins.

    -20 x 0.953463 + (12 + 6) x 0.866784 + 12 x 0.787986 = 5.9887; without it 0.7880.
    """
    offer = lease(tenant_contribution_usd_per_kw=600)
    site = Site(contracts=(offer,), designs=(design(capex_usd_per_it_mw=2e6),))
    yield HandSolved(site, present_value(-20, 18, 12), {"lease": 1}, posts("capex", "lease contribution", 6))


def cloud(**changes: object) -> Entry:
    """Return a contract for 10 racks of 100 GPUs and 100 kW (1 MW) from 2030 for 36 months at 4 USD/GPU-hour."""
    entry: Entry = {
        "kind": "gpu_cloud", "id": "cloud", "tenant": "cloud", "gpu_system": "gpu", "racks": 10,
        "rate_usd_per_gpu_hour": 4, "rate_change_frac_per_year": 0,
        "utilisation_frac": 1, "cooling": ["air"], "redundancy": "n", "ready_by": "2030-01-01",
        "longstop": "2030-01-01", "term_months": 36,
    }  # fmt: skip
    return entry | changes


def gpu(**changes: object) -> Entry:
    """Return a system of 100 GPUs in racks of 100 kW at 1 MUSD that live two years and then fetch a tenth."""
    entry: Entry = {"id": "gpu", "name": "Gpu", "gpus_per_rack": 100, "rack_kw": 100, "price_usd_per_rack": 1e6}
    return entry | {"life_years": 2, "resale_frac_at_end_of_life": 0.1} | changes


@hand_solved
def test_gpu_hours_are_paid_by_take_or_pay_and_powered_by_use() -> Iterator[HandSolved]:
    """1,000 GPUs of 1 kW from 2030 for 24 months, 60 % used, 80 % paid in any case, 4 USD/GPU-hour, power 50 USD/MWh.

    A year: 1,000 x 8,760 h x 0.8 x 4 USD = 28.032 MUSD, power 1 MW x 8,760 h x 0.6 x 50 = 0.2628 MUSD.
    GPUs: 10 MUSD at the start of 2030, and at the end of their two years, the end of the contract, they fetch 1 MUSD
    in the first month after the horizon (2032-01, middle at 15.5/366 of a year): 1.1^-0.04235 x 1.1^-3.
        -1 x 0.953463 + (28.032 - 0.2628 - 10) x 0.866784 + 27.7692 x 0.787986 + 0.7483 = 37.0786
    Where 90 % are used the use is paid: 31.536 MUSD, power 0.3942 MUSD:
        -1 x 0.953463 + (31.1418 - 10) x 0.866784 + 31.1418 x 0.787986 + 0.7483 = 42.6595
    """

    def site(used: float) -> Site:
        offer = cloud(term_months=24, utilisation_frac=used, take_or_pay_frac=0.8)
        return Site(contracts=(offer,), gpu_systems=(gpu(),), power=power((1.0, 50)))

    sold = 1 * 1.1 ** -(15.5 / 366) * factor(3)
    for used, paid in ((0.6, 0.8), (0.9, 0.9)):
        year = 1_000 * HOURS * paid * 4 / 1e6 - HOURS * used * 50 / 1e6
        yield HandSolved(site(used), present_value(-1, year - 10, year) + sold, {"cloud": 1})


@hand_solved
def test_the_gpu_rate_decays_and_worn_gpus_are_replaced() -> Iterator[HandSolved]:
    """Four years; service 2030 to 2032; the rate falls by 20 % a year, the price of GPUs by 10 %; all hours paid.

    Rate in the middle of a month that starts t years after the study: 4 x 0.8^(t + 1/24), times its GPU-hours.
    GPUs: 10 x 0.9 = 9 MUSD in 2030; replaced in 2032, after two years: 0.1 x 9 = 0.9 MUSD back and 10 x 0.9^3 = 7.29
    MUSD spent; sold one year old, half-way on the line from 1 to 0.1, at 0.55 x 7.29 = 4.0095 MUSD, in the first
    month after the horizon (2033-01: middle at 15.5/365). Twelve months' rates bring 25.1244, 20.0995, 16.1236 MUSD:
        -0.953463 + 16.1244 x 0.866784 + 20.0995 x 0.787986 + 9.7336 x 0.716351 + 4.0095 x 0.680255 = 38.5611
    """
    rent = {
        year: sum(
            4 * 0.8 ** (year - 2029 + before / (366 if year == 2032 else 365) + 1 / 24) * 1_000 * days * 24 / 1e6
            for days, before in months_of(year)
        )
        for year in (2030, 2031, 2032)
    }
    value = present_value(-1, rent[2030] - 9, rent[2031], rent[2032] + 0.9 - 7.29)
    value += 0.55 * 7.29 * 1.1 ** -(15.5 / 365) * factor(4)
    offer = cloud(rate_change_frac_per_year=-0.2)
    site = Site(contracts=(offer,), gpu_systems=(gpu(price_change_frac_per_year=-0.1),), years=4)
    look = posts("capex", "cloud GPUs", -9, 0.9 - 7.29)
    yield HandSolved(site, value, {"cloud": 1}, look)


@hand_solved
def test_the_gpu_rate_counts_from_its_own_date() -> Iterator[HandSolved]:
    """4 USD/GPU-hour on 2028-01-01, falling by 20 % a year, GPUs that cost nothing; service in 2030 only.

    A month that starts t years after 2028-01-01 pays 4 x 0.8^(t + 1/24) an hour; those of 2030 bring 20.0995 MUSD:
        -1 x 0.953463 + 20.0995 x 0.866784 = 16.4685
    """
    rent = sum(4 * 0.8 ** (2 + before / 365 + 1 / 24) * 1_000 * days * 24 / 1e6 for days, before in months_of(2030))
    offer = cloud(rate_change_frac_per_year=-0.2, rate_date="2028-01-01", term_months=12)
    site = Site(contracts=(offer,), gpu_systems=(gpu(price_usd_per_rack=0),))
    yield HandSolved(site, present_value(-1, rent), {"cloud": 1})


@hand_solved
def test_dense_gpu_racks_need_a_dense_design() -> Iterator[HandSolved]:
    """Racks of 100 kW: the design for 99 kW at 1 MUSD/MW will not do, the one for 100 kW at 2 MUSD/MW will.

    1 MW: capex 2 MUSD; GPUs that cost nothing; 1,000 x 8,760 h x 4 USD = 35.04 MUSD a year for 24 months:
        -2 x 0.953463 + 35.04 x 1.654770 = 56.0762
    """
    designs = (design("light", max_kw_per_rack=99), design("dense", capex_usd_per_it_mw=2e6))
    offer = cloud(term_months=24)
    year = 1_000 * HOURS * 4 / 1e6
    site = Site(contracts=(offer,), designs=designs, gpu_systems=(gpu(price_usd_per_rack=0),))
    yield HandSolved(site, present_value(-2, year, year), {"cloud": 1})

"""Hashing: what an hour is worth, what a conversion costs in lost hours, when machines are bought and sold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from site_conversion.solution import Solution
from tests.formulation.support import (
    HOURS,
    Entry,
    HandSolved,
    Site,
    asic,
    design,
    factor,
    hall,
    hand_solved,
    lease,
    power,
    present_value,
)

YEAR = 10 * 60 * HOURS / 1e6
"""10 MW of 20 J/TH at 48 USD/PH/day and 40 USD/MWh: 48,000 / 480 - 40 = 60 USD/MWh, 5.256 MUSD a year."""


def mining(**changes: object) -> Site:
    """Return a site with one hall of 10 MW of machines that earn 5.256 MUSD a year."""
    fields: Entry = {"halls": (hall(mining_mw=10),), "machines": (asic(),), "usd_per_ph_day": 48}
    return Site(**(fields | {"power": power((1.0, 40))} | changes))


@hand_solved
def test_hashprice_decides_between_hashing_and_a_lease() -> Iterator[HandSolved]:
    """One hall of 10 MW that hashes today; the build takes all of 2029 and hashing stops at its start.

    Lease: -10 x 0.953463 + 12 x 1.654770 = 10.3226, and no hashing.
    At 96 USD/PH/day a MWh earns 96,000 / 480 = 200, less 40 = 160: 14.016 MUSD a year:
        14.016 x (0.953463 + 0.866784 + 0.787986) = 36.5570: hash on.
    At 24 USD/PH/day: 50 - 40 = 10 USD/MWh: 0.876 MUSD a year = 2.2848: lease.
    At 16 USD/PH/day: 33.3 < 40 USD/MWh: the machines stand still, and cost nothing: lease.
    """
    stop = (design(hashing_lost_months=12),)
    high = 10 * 160 * HOURS / 1e6
    yield HandSolved(mining(usd_per_ph_day=96, contracts=(lease(),), designs=stop), present_value(high, high, high))
    for hashprice in (24, 16):
        site = mining(usd_per_ph_day=hashprice, contracts=(lease(),), designs=stop)
        yield HandSolved(site, present_value(-10, 12, 12), {"lease": 1})


@hand_solved
def test_lost_hashing_is_counted_by_days() -> Iterator[HandSolved]:
    """The strip-out begins 3 months before readiness on 2030-01-01: the hall hashes until 2029-10-01, 273 days.

    2029: 5.256 x 273/365 - 10 = -6.0688; then 12 MUSD a year:
        -6.0688 x 0.953463 + 12 x 1.654770 = 14.0709   (hashing on: 5.256 x 2.608232 = 13.7089)
    With 4 months (243 days) -6.5008 x 0.953463 + 19.8572 = 13.6590 is less than hashing on.
    """

    def site(months: float) -> Site:
        return mining(contracts=(lease(),), designs=(design(hashing_lost_months=months),))

    yield HandSolved(site(3), present_value(YEAR * 273 / 365 - 10, 12, 12), {"lease": 1})
    yield HandSolved(site(4), present_value(YEAR, YEAR, YEAR))


PART = 273 / 365
"""Of 2029 before the strip-out on 1 October."""


def two_halls(machines: tuple[Entry, ...], **changes: object) -> Site:
    """Return two halls of 10 MW of room each and a lease that takes one of them, stripped out on 2029-10-01."""
    halls = (hall("one", mining_mw=10), hall("two", mining_mw=10))
    stop = (design(hashing_lost_months=3),)
    return mining(halls=halls, contracts=(lease(),), designs=stop, machines=machines, **changes)


@hand_solved
def test_room_is_lost_from_the_day_of_the_strip_out() -> Iterator[HandSolved]:
    """15 MW of machines in 20 MW of room, of which 10 are left from 2029-10-01; a MW earns 0.5256 MUSD a year.

    They can't run more before that day to make up for what stands still after it: in the mean of 2029
        15 x 273/365 + 10 x 92/365 = 13.7397 MW, though the mean room of 17.4795 MW would hold all 15.
        2029: 7.2216 - 10 = -2.7784, then 12 + 5.256 = 17.256 a year:
        -2.7784 x 0.953463 + 17.256 x 1.654770 = 25.9056   (hashing on: 7.884 x 2.608232 = 20.5633)
    With 12 contracted MW beside the lease's 10 (none of them drawn before 2030) 12 MW run before that day:
        12 x 273/365 + 10 x 92/365 = 11.4959 MW; from 2030 on the lease leaves 2 MW:
        (6.0422 - 10) x 0.953463 + (12 + 1.0512) x 1.654770 = 17.8232
    """
    site = two_halls((asic(6_000),))
    mw = 15 * PART + 10 * (1 - PART)
    yield HandSolved(site, present_value(0.5256 * mw - 10, 17.256, 17.256), {"lease": 1})
    mw = 12 * PART + 10 * (1 - PART)
    tight = two_halls((asic(6_000),), firm_mw=12)
    yield HandSolved(tight, present_value(0.5256 * mw - 10, 12 + 0.5256 * 2, 12 + 0.5256 * 2), {"lease": 1})


@hand_solved
def test_the_better_machines_keep_the_room_that_is_left() -> Iterator[HandSolved]:
    """8 MW at 20 J/TH (60 USD/MWh, 0.5256 MUSD a MW-year) and 8 MW at 25 J/TH (80 - 40 = 40 USD/MWh, 0.3504).

    All run until 2029-10-01; then 8 MW of the better and 2 MW of the others:
        2029: 8 x 0.5256 + (8 x 273/365 + 2 x 92/365) x 0.3504 = 4.2048 + 6.4877 x 0.3504 = 6.4781, less 10
        then 12 + 4.2048 + 0.7008 = 16.9056 a year: -3.5219 x 0.953463 + 16.9056 x 1.654770 = 24.6169
    """
    worse = asic(3_200, id="worse", hashrate_ths=100)
    later = 12 + 8 * 0.5256 + 2 * 0.3504
    first = 8 * 0.5256 + (8 * PART + 2 * (1 - PART)) * 0.3504 - 10

    def runs(found: Solution) -> None:
        run_mw = found.tables["asic_fleet"].set_index(["asic", "period"])["run_mw"]
        assert [run_mw[0, 0], run_mw[1, 0]] == pytest.approx([8, 8 * PART + 2 * (1 - PART)])

    yield HandSolved(two_halls((asic(3_200), worse)), present_value(first, later, later), {"lease": 1}, look=runs)


@hand_solved
def test_machines_are_not_bought_to_be_sold_the_same_day() -> Iterator[HandSolved]:
    """A used TH/s is typed at 4 USD, a new one at 3 (50,000 TH/s to the MW: 0.15 MUSD), both for good.

    Nobody pays more for a used machine than for a new one, so used ones bring 3 USD. 10 MW owned earn 5.256 MUSD a
    year and are worth 1.5 MUSD at the end: 5.256 x 2.608232 + 1.5 x 0.751315 = 14.8358. Buying pays nothing.
    """
    machines = asic(resale_usd_per_ths=4, purchase={"price_usd_per_ths": 3, "max_count_per_year": 1_000_000})

    def traded(found: Solution) -> None:
        assert found.tables["asic_fleet"]["bought_mw"].sum() == pytest.approx(0, abs=1e-6)

    value = present_value(5.256, 5.256, 5.256) + 1.5 * 1.1**-3
    yield HandSolved(mining(machines=(machines,)), value, look=traded)


@hand_solved
def test_a_halving_in_the_middle_of_a_month_stops_machines_on_that_day() -> Iterator[HandSolved]:
    """144 x 1 BTC x 100,000 USD / 300,000 PH = 48 USD/PH/day, 100 USD/MWh at 20 J/TH; from 2029-04-16 half of it.

    At 60 USD/MWh hashing earns 40 on the 105 days before and would lose 10 after: 40 x 24 x 105 x 10 MW = 1.008 MUSD,
    by 0.953463 to the start of the year 0.9611.
    (April's mean of 75 would seem to pay all month: 90 x 24 x 400 + 30 x 24 x 150 = 0.972 MUSD.)
    On a curve that falls from 48 to 24 in the night to 2029-04-16 the same.
    """
    network = {
        "as_of": "2029-01-01", "btc_price_usd": 100_000, "network_ehs": 300, "block_subsidy_btc": 1,
        "fees_btc_per_block": 0, "halving_dates": ["2029-04-16"],
    }  # fmt: skip
    steps = [
        {"date": "2029-01-01", "usd_per_ph_day": 48}, {"date": "2029-04-15", "usd_per_ph_day": 48},
        {"date": "2029-04-16", "usd_per_ph_day": 24},
    ]  # fmt: skip
    for hashprice in ({"network": network}, {"forward_curve": steps}):
        site = mining(years=1, hashprice=hashprice, power=power((1.0, 60)))
        yield HandSolved(site, present_value(1.008))


@hand_solved
def test_only_hours_that_pay_are_hashed() -> Iterator[HandSolved]:
    """10 MW of 20 J/TH at 48 USD/PH/day; three price steps; every cost of hashing.

    A MWh earns 48,000 / 480 = 100, less the pool's 2 % = 98, less 5 variable = 93 USD.
    Prices with 5 % losses and 10 USD of delivery: 20 -> 31 (half of the hours), 60 -> 73 (30 %), 81 -> 95.05
    (20 %), which is less than the 98 earned but more than the 93 that are left of it. Running in the first two:
        0.5 x (93 - 31) + 0.3 x (93 - 73) = 31 + 6 = 37 USD for each hour of the year
    in the 95 % of them in which machines really hash: 37 x 0.95 x 8,760 x 10 MW = 3.079140 MUSD.
    Demand charge 1 USD/kW-month x 12 x 10 MW = 0.12, fixed 20,000 USD/MW-year x 10 = 0.2, the site 0.5 MUSD:
        (3.07914 - 0.12 - 0.2 - 0.5) x 2.608232 = 5.8924
    """
    site = mining(
        power=power(
            (0.5, 20), (0.3, 60), (0.2, 81), loss_frac=0.05, delivery_usd_per_mwh=10,
            demand_charge_usd_per_kw_month=1,
        ),
        operations={
            "pool_fee_frac": 0.02, "uptime_frac": 0.95, "variable_usd_per_mwh": 5, "fixed_usd_per_mw_year": 20_000,
            "site_fixed_usd_per_year": 500_000,
        },
    )  # fmt: skip
    year = 37 * 0.95 * HOURS * 10 / 1e6 - 0.12 - 0.2 - 0.5
    yield HandSolved(site, present_value(year, year, year))


@hand_solved
def test_hours_with_a_negative_price_are_paid_to_hash() -> Iterator[HandSolved]:
    """A hashprice of 0: a MWh earns nothing; a tenth of the hours cost -30 USD/MWh, the rest 20.

    Only the paid hours run: 0.1 x 30 x 8,760 x 10 MW = 0.2628 MUSD a year x 2.608232 = 0.6854.
    """
    year = 0.1 * 30 * HOURS * 10 / 1e6
    yield HandSolved(mining(usd_per_ph_day=0, power=power((0.1, -30), (0.9, 20))), present_value(year, year, year))


@hand_solved
def test_a_power_escalator_raises_the_price_month_by_month() -> Iterator[HandSolved]:
    """60 USD/MWh at the study's start, +5 % a year, from the middle of each month of 2029; 100 USD/MWh earned.

    One year: 10 MW x sum over months of 24 h x days x (100 - 60 x 1.05^t), t the middle of the month in years:
        the mean level is 1.024796, near 1.05^0.5: 87,600 MWh x (100 - 61.4878) = 3.373694 MUSD x 0.953463 = 3.2167.
    """
    days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    year = sum(
        10 * 24 * length * (100 - 60 * 1.05 ** ((sum(days[:month]) + length / 2) / 365)) / 1e6
        for month, length in enumerate(days)
    )
    site = mining(years=1, power=power((1.0, 60), escalator_frac_per_year=0.05))
    yield HandSolved(site, present_value(year))


@hand_solved
def test_the_more_efficient_machines_take_the_room() -> Iterator[HandSolved]:
    """Room for 10 MW; 10 MW of 20 J/TH (60 USD/MWh) and 10 MW of 40 J/TH (48,000 / 960 - 40 = 10 USD/MWh).

    The first fill the hall; the second stand still: 5.256 x 2.608232 = 13.7089.
    In the site's 15 MW with two halls of 10 MW the first run whole and 5 MW of the second: + 0.438 a year:
        5.694 x 2.608232 = 14.8513
    """
    pair = (asic(), asic(2_000, id="old", power_w=5_000))
    halls = (hall("a", mining_mw=10), hall("b", mining_mw=10))
    yield HandSolved(mining(machines=pair), present_value(YEAR, YEAR, YEAR))
    more = YEAR + 5 * 10 * HOURS / 1e6
    yield HandSolved(mining(machines=pair, halls=halls, firm_mw=15), present_value(more, more, more))


@hand_solved
def test_a_halving_moves_the_decision_to_convert() -> Iterator[HandSolved]:
    """144 blocks x 3.125 BTC x 100,000 USD over 1,000 EH/s = 45 USD/PH/day; it halves on 2031-01-01 to 22.5.

    At 20 J/TH and 40 USD/MWh: 93.75 - 40 = 53.75 USD/MWh = 4.7085 MUSD a year before, 46.875 - 40 = 6.875 =
    0.60225 after (0.6039 in the leap year 2032). A lease of 80 USD/kW-month (9.6 MUSD a year) for 24 months may
    start in 2030 or 2031; the build takes the year before, 10 MUSD, without hashing. Four years:
        hash on       4.7085 x (0.953463 + 0.866784) + 0.60225 x 0.787986 + 0.6039 x 0.716351 =  9.4778
        start 2030    -9.5346 + 9.6 x (0.866784 + 0.787986)                                   =  6.3512
        start 2031    4.4894 - 8.6678 + 9.6 x (0.787986 + 0.716351)                           = 10.2632: best
    Without the halving hashing on earns 4.7085 to the end: 12.2809 + 4.7214 x 0.716351 = 15.6630: no lease.
    """
    before, after = 10 * 53.75 * HOURS / 1e6, 10 * 6.875 * HOURS / 1e6
    offer = lease(rent=80, ready_by="2031-01-01", longstop="2031-01-01")

    def site(*halvings: str) -> Site:
        network: Entry = {
            "as_of": "2029-01-01", "btc_price_usd": 100_000, "network_ehs": 1_000, "block_subsidy_btc": 3.125,
            "halving_dates": halvings,
        }  # fmt: skip
        return mining(
            hashprice={"network": network}, contracts=(offer,), designs=(design(hashing_lost_months=12),), years=4
        )

    assert after < before
    yield HandSolved(site("2031-01-01"), present_value(before, -10, 9.6, 9.6), {"lease": 2})
    yield HandSolved(site(), present_value(before, before, before, before * 366 / 365))


@hand_solved
def test_a_forward_curve_is_linear_between_its_points_and_averaged_over_the_days() -> Iterator[HandSolved]:
    """From 36 USD/PH/day on 2029-01-01 to 72.5 on 2030-01-01: 0.1 more each day.

    The mean of the 365 days 36, 36.1, ... 72.4 is 54.2: 54,200 / 480 = 112.9167 USD/MWh, less 40:
        72.9167 x 87,600 MWh = 6.3875 MUSD x 0.953463 = 6.0902
    """
    points = [
        {"date": "2029-01-01", "usd_per_ph_day": 36},
        {"date": "2030-01-01", "usd_per_ph_day": 72.5},
    ]
    year = 10 * (54.2 * 1_000 / 480 - 40) * HOURS / 1e6
    yield HandSolved(mining(years=1, hashprice={"forward_curve": points}), present_value(year))


@hand_solved
def test_machines_are_bought_when_they_are_cheap() -> Iterator[HandSolved]:
    """Room for 10 MW, no machine owned; a MW is 400 machines of 125 TH/s = 50,000 TH/s and earns 0.5256 a year.

    At 5 USD/TH a MW costs 0.25 MUSD and 5 MW can be bought a year: 5 MW in 2029, 5 MW in 2030:
        2029: -1.25 + 2.628;  2030: -1.25 + 5.256;  2031: 5.256
        1.378 x 0.953463 + 4.006 x 0.866784 + 5.256 x 0.787986 = 8.9279
    At 40 USD/TH, 2 MUSD a MW, three years earn 0.5256 x 2.608232 / 0.953463 = 1.44 for each MUSD of 2029: none.
    At 30 USD/TH falling by 60 % a year, as many as one likes: 1.5 MUSD a MW in 2029 is more than 1.44; 0.6 in 2030
    is less than 0.5256 x 1.654770 / 0.866784 = 1.00: 10 MW in 2030:
        2030: -6 + 5.256;  2031: 5.256
        -0.744 x 0.866784 + 5.256 x 0.787986 = 3.4968
    """

    def site(usd_per_ths: float, change: float, count: int) -> Site:
        terms = {
            "price_usd_per_ths": usd_per_ths, "price_change_frac_per_year": change, "max_count_per_year": count,
        }  # fmt: skip
        return mining(machines=(asic(0, purchase=terms),))

    half = YEAR / 2
    yield HandSolved(site(5, 0, 2_000), present_value(half - 1.25, YEAR - 1.25, YEAR))
    yield HandSolved(site(40, 0, 2_000), 0.0)
    yield HandSolved(site(30, -0.6, 4_000), present_value(0, YEAR - 6, YEAR))


@hand_solved
def test_machines_are_sold_when_they_are_dear() -> Iterator[HandSolved]:
    """10 MW are 500,000 TH/s; the resale price falls by half each year.

    At 40 USD/TH they fetch 20 MUSD in 2029: 20 x 0.953463 = 19.0693. Keeping them to the end:
        5.256 x 2.608232 + 20 / 8 x 1.1^-3 = 13.7089 + 1.8783 = 15.5872, and selling in 2030
        5.256 x 0.953463 + 10 x 0.866784 = 13.6792: sell at once.
    At 10 USD/TH: 5 x 0.953463 = 4.7673 at once, or hash on and sell what is left at the end of 2031:
        13.7089 + 5 / 8 x 0.751315 = 14.1784.
    """

    def site(usd_per_ths: float) -> Site:
        return mining(machines=(asic(resale_usd_per_ths=usd_per_ths, resale_change_frac_per_year=-0.5),))

    yield HandSolved(site(40), present_value(20))
    yield HandSolved(site(10), present_value(YEAR, YEAR, YEAR) + 5 / 8 * factor(3))


@hand_solved
def test_machines_are_gone_from_the_first_period_after_their_retirement() -> Iterator[HandSolved]:
    """Retired by 2030-06-01: no machine is kept from 2031 on; they hash in 2029 and 2030.

    At 2 USD/TH the 10 MW fetch 1 MUSD, falling by 5 % a year (slower than hashing pays): sold in 2031 for 0.9025:
        5.256 x (0.953463 + 0.866784) + 0.9025 x 0.787986 = 10.2784
    Retired by 2031-01-01 itself they are gone on that day: the same.
    """
    for day in ("2030-06-01", "2031-01-01"):
        machines = asic(retire_by=day, resale_usd_per_ths=2, resale_change_frac_per_year=-0.05)
        yield HandSolved(mining(machines=(machines,)), present_value(YEAR, YEAR, 1 * 0.95**2))


@hand_solved
def test_a_ramp_reserves_its_firm_megawatts_and_draws_less() -> Iterator[HandSolved]:
    """10 firm MW; a lease of 10 MW at 150 USD/kW-month takes half for its first 12 months, then all.

    2029: 10 MW hash (5.256), capex 10. 2030: rent 9, and the 5 MW not drawn yet hash (2.628). 2031: rent 18.
        -4.744 x 0.953463 + 11.628 x 0.866784 + 18 x 0.787986 = 19.7395
    A tenant for 5 MW in 2030 only, at 200 USD/kW-month, would pay 12 - 2.628 MUSD for 5 MUSD of capex, but the firm
    MW are reserved from the first day: it is refused.
    """
    ramp = [{"month": 0, "share_frac": 0.5}, {"month": 12, "share_frac": 1.0}]
    offers = (lease(rent=150, ramp=ramp), lease("guest", 5, 200, term_months=12))
    halls = (hall("ai"), hall("spare"), hall("asics", mining_mw=10))
    site = mining(halls=halls, contracts=offers, firm_mw=10)
    yield HandSolved(site, present_value(YEAR - 10, 9 + YEAR / 2, 18), {"lease": 1})

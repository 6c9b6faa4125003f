"""Power beyond the energy price: coincident peak, minimum take, and what demand response pays mining."""

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
    design,
    hall,
    hand_solved,
    lease,
    posted_musd,
    power,
    present_value,
)

YEAR = 10 * 60 * HOURS / 1e6
"""10 MW of 20 J/TH at 48 USD/PH/day and 40 USD/MWh: 48,000 / 480 - 40 = 60 USD/MWh, 5.256 MUSD a year."""
ENERGY = 10 * 40 * HOURS / 1e6
"""10 MW in every hour at 40 USD/MWh: 3.504 MUSD a year."""
STEPS = ((0.5, 40), (0.3, 80), (0.2, 150))
"""Shares of hours and USD/MWh; at 48 USD/PH/day a MWh earns 100: 60, 20 and -50 are left of it."""


def items(*expected: tuple[str, str, tuple[float, ...]]) -> Look:
    """Return a check of the amounts of several items in the cash flow."""

    def look(found: Solution) -> None:
        for line, item, musd in expected:
            assert posted_musd(found, line, item) == pytest.approx(list(musd)), item

    return look


def mining(market_power: Entry, *programmes: Entry, **changes: object) -> Site:
    """Return a site with one hall of 10 MW of machines; a MWh earns 100 USD."""
    fields: Entry = {"halls": (hall(mining_mw=10),), "machines": (asic(),), "usd_per_ph_day": 48}
    return Site(**(fields | {"power": market_power, "demand_response": programmes} | changes))


@hand_solved
def test_a_coincident_peak_charge_is_paid_by_ai_load_alone_until_it_ends() -> Iterator[HandSolved]:
    """10 MW hash in one hall for 5.256 MUSD a year; a lease of 10 MW is built in another and pays 12 from 2030.

    Power costs the lease 3.504 MUSD a year, and 60 USD/kW-year on 10 MW, 0.6 MUSD, until 2031-07-01: 181 of 365
    days of 2031, 0.297534. The machines pay for their energy only.
        Included in the rent: 5.256 x 2.608232 - 10 x 0.953463 + (12 - 4.104) x 0.866784
            + (12 - 3.801534) x 0.787986 = 17.4786
        Passed through:       13.7089 - 9.5346 + 12 x 1.654770 = 24.0315
    A lease that takes half for its first 12 months pays for 5 MW in 2030: 6 - 1.752 - 0.3, in all 14.0566
    """
    peak = {"usd_per_kw_year": 60, "until": "2031-07-01"}
    halls = (hall("ai"), hall("asics", mining_mw=10))
    last = 0.6 * 181 / 365
    ramp = [{"month": 0, "share_frac": 0.5}, {"month": 12, "share_frac": 1.0}]
    for offer, second, third, paid in (
        (lease(lease="gross"), 12 - ENERGY - 0.6, 12 - ENERGY - last, (ENERGY + 0.6, ENERGY + last)),
        (lease(), 12.0, 12.0, (ENERGY + 0.6, ENERGY + last)),
        (
            lease(lease="gross", ramp=ramp), 6 - ENERGY / 2 - 0.3, 12 - ENERGY - last,
            (ENERGY / 2 + 0.3, ENERGY + last),
        ),
    ):  # fmt: skip
        site = mining(power((1.0, 40), coincident_peak=peak), halls=halls, contracts=(offer,))
        look = items(
            ("energy", "power of ASICs", (-ENERGY,) * 3), ("energy", "lease power", tuple(-musd for musd in paid))
        )
        yield HandSolved(site, present_value(YEAR - 10, YEAR + second, YEAR + third), {"lease": 1}, look)


@hand_solved
def test_what_follows_a_coincident_peak_charge_is_paid_by_all() -> Iterator[HandSolved]:
    """The same site; from 2031-07-01 a demand charge of 5 USD/kW-month stands in the place of the peak charge.

    July to December 2031 cost 6 x 5 USD on each kW: 0.3 MUSD for the 10 MW of the lease, as much for the machines.
        5.256 x 2.608232 - 10 x 0.953463 + (12 - 4.104) x 0.866784 + (12 - 3.801534 - 0.6) x 0.787986 = 17.0059
    """
    peak = {"usd_per_kw_year": 60, "until": "2031-07-01", "after_usd_per_kw_month": 5}
    halls = (hall("ai"), hall("asics", mining_mw=10))
    last = ENERGY + 0.6 * 181 / 365 + 0.3
    site = mining(power((1.0, 40), coincident_peak=peak), halls=halls, contracts=(lease(lease="gross"),))
    look = items(
        ("energy", "power of ASICs", (-ENERGY, -ENERGY, -ENERGY - 0.3)),
        ("energy", "lease power", (-ENERGY - 0.6, -last)),
    )
    value = present_value(YEAR - 10, YEAR + 12 - ENERGY - 0.6, YEAR - 0.3 + 12 - last)
    yield HandSolved(site, value, {"lease": 1}, look)


@hand_solved
def test_hours_switched_off_to_miss_the_peak_are_lost_evenly() -> Iterator[HandSolved]:
    """40 USD/MWh in 90 % of the hours, where 60 are left, and 200 in 10 %, in which nothing runs: 54 USD an hour.

    87.6 hours a year, a hundredth, are spent waiting for the peak until 2031-01-01. They are taken out of the hours
    that run, each worth 60: 54 - 0.6 = 53.4 USD. 2029 and 2030: 53.4 x 87,600 = 4.677840 MUSD; 2031: 4.730400:
        4.67784 x (0.953463 + 0.866784) + 4.7304 x 0.787986 = 12.2423
    Until 2029-07-01, the 181st day of 365, 2029 is worth 4.7304 - 0.6 x 87,600 x 181/365 = 4.704336: 12.3131
    Where only 0.5 % of the hours pay (at 40, the rest at 200), all of them are lost, and no more: 0.3 x 87,600 =
    0.02628 MUSD in 2031 alone: 0.0207
    """
    whole, lost = 54 * 10 * HOURS / 1e6, 0.6 * 10 * HOURS / 1e6

    def site(until: str, frac: float = 0.9) -> Site:
        peak = {"usd_per_kw_year": 60, "until": until, "avoided_hours_per_year": 87.6}
        return mining(power((frac, 40), (1 - frac, 200), coincident_peak=peak))

    yield HandSolved(site("2031-01-01"), present_value(whole - lost, whole - lost, whole))
    yield HandSolved(site("2029-07-01"), present_value(whole - lost * 181 / 365, whole, whole))
    yield HandSolved(site("2031-01-01", 0.005), present_value(0, 0, 0.005 * 60 * 10 * HOURS / 1e6))


@hand_solved
def test_a_minimum_take_bills_what_is_not_drawn() -> Iterator[HandSolved]:
    """20 MW contracted, 10 MW hash: 5.256 - 0.6 = 4.656 MUSD a year at 5 USD/kW-month of demand.

    80 % of 20 MW are billed: 6 MW more than drawn, 6,000 kW x 5 x 12 = 0.36 MUSD: 4.296 x 2.608232 = 11.2050
    50 %, 10 MW, does not bind: 4.656 x 2.608232 = 12.1439
    80 % from 2029-07-01 to 2030-04-01, 6 and 3 months at 0.03: 4.656 x 2.608232 - 0.18 x 0.953463
        - 0.09 x 0.866784 = 11.8943
    12 MW named in the contract, all of them billed, 2 MW short: 4.536 x 2.608232 = 11.8309
    """
    drawn = YEAR - 0.6
    for take, shortfall in (
        ({"demand_frac": 0.8}, (0.36, 0.36, 0.36)),
        ({"demand_frac": 0.5}, ()),
        ({"demand_frac": 0.8, "start": "2029-07-01", "until": "2030-04-01"}, (0.18, 0.09)),
        ({"demand_frac": 1, "contracted_mw": 12}, (0.12, 0.12, 0.12)),
    ):
        site = mining(
            power((1.0, 40), demand_charge_usd_per_kw_month=5, minimum_take=take),
            firm_mw=12,
            more={"interruptible_mw": 8},
        )
        look = items(
            ("energy", "minimum take", tuple(-musd for musd in shortfall)),
            ("energy", "power of ASICs", (-ENERGY - 0.6,) * 3),
        )
        years = [drawn - (shortfall[n] if n < len(shortfall) else 0) for n in range(3)]
        yield HandSolved(site, present_value(*years), look=look)


@hand_solved
def test_machines_run_on_demand_that_is_billed_anyway() -> Iterator[HandSolved]:
    """At 21.6 USD/PH/day a MWh earns 45 USD, 5 above its price: 0.438 MUSD a year for 10 MW.

    That is less than the 0.6 MUSD that their demand costs at 5 USD/kW-month: without a minimum take they stand
    still: none.
    With 10 of the 20 MW billed anyway they run, for 0.438 - 0.6 = -0.162 MUSD a year x 2.608232 = -0.4225
    """
    for take in (None, {"demand_frac": 0.5}):
        prices = power((1.0, 40), demand_charge_usd_per_kw_month=5, minimum_take=take)
        year = 5 * 10 * HOURS / 1e6 - 0.6 if take else 0.0
        yield HandSolved(mining(prices, usd_per_ph_day=21.6, firm_mw=20), present_value(year, year, year))


@hand_solved
def test_the_owner_pays_for_what_a_tenant_with_passed_through_power_does_not_draw() -> Iterator[HandSolved]:
    """30 MW contracted, half of it billed, 5 USD/kW-month; a lease of 10 MW from 2030 repays its own demand, 0.6.

    Short by 15 MW in 2029, 0.9 MUSD, then by 5 MW, 0.3 MUSD:
        -10.9 x 0.953463 + 11.7 x 1.654770 = 8.9681
    A lease that takes half for its first 6 months pays 3 + 6 MUSD in 2030, and leaves the owner short by 10 MW for
    6 months and by 5 MW for 6, 0.3 + 0.15 = 0.45:
        -10.9 x 0.953463 + 8.55 x 0.866784 + 11.7 x 0.787986 = 6.2377
    """
    ramp = [{"month": 0, "share_frac": 0.5}, {"month": 6, "share_frac": 1.0}]
    prices = power((1.0, 0), demand_charge_usd_per_kw_month=5, minimum_take={"demand_frac": 0.5})
    for offer, rent, own, short in ((lease(), 12, 0.6, 0.3), (lease(ramp=ramp), 9, 0.45, 0.45)):
        look = items(
            ("energy", "minimum take", (-0.9, -short, -0.3)),
            ("energy", "lease power", (-own, -0.6)),
            ("revenue", "lease power repaid", (own, 0.6)),
        )
        site = Site(contracts=(offer,), power=prices, firm_mw=30)
        yield HandSolved(site, present_value(-10 - 0.9, rent - short, 12 - 0.3), {"lease": 1}, look)


@hand_solved
def test_an_upgrade_adds_to_the_minimum_take_from_its_energisation() -> Iterator[HandSolved]:
    """10 MW contracted, all billed at 5 USD/kW-month; a lease of 15 MW needs 10 more, asked for in 2029, there in 2030.

    2029: capex 15 + 1 MUSD and 10 MW short, 0.6. Then 20 MW are contracted and 15 drawn: 0.3 MUSD; rent 18:
        -16.6 x 0.953463 + 17.7 x 1.654770 = 13.4619
    With the 10 MW named in the contract it stays 10: nothing is short from 2030 on:
        -16.6 x 0.953463 + 18 x 1.654770 = 13.9584
    """
    queue = {"p10_months": 12, "p50_months": 12, "p90_months": 12}
    upgrade = {"id": "line", "firm_mw": 10, "capex_usd": 1e6, "deposit_usd": 1e6, "queue": queue}
    for contracted, short in ((None, 0.3), (10, 0.0)):
        take = {"demand_frac": 1, "contracted_mw": contracted}
        site = Site(
            halls=(hall(mw=15),), contracts=(lease(it_mw=15),), firm_mw=10, more={"upgrades": (upgrade,)},
            power=power((1.0, 0), demand_charge_usd_per_kw_month=5, minimum_take=take),
        )  # fmt: skip
        yield HandSolved(site, present_value(-16.6, 18 - short, 18 - short), {"lease": 1})


@hand_solved
def test_a_payment_for_stopping_moves_the_price_at_which_machines_stop() -> Iterator[HandSolved]:
    """60, 20 and -50 USD are left of a MWh in 50, 30 and 20 % of the hours: unpaid 0.5 x 60 + 0.3 x 20 = 36 an hour.

    30 USD for every MWh not run: the 30 % stop too, 0.5 x 60 + 0.5 x 30 = 45: 3.942 MUSD a year = 10.2817,
        of it hashing 0.5 x 100 = 4.38, power 0.5 x 40 = 1.752 and demand response 0.5 x 30 = 1.314 MUSD.
    10 USD: only what stood still is paid, 36 + 0.2 x 10 = 38: 3.3288 MUSD = 8.6823
    30 USD for 2,190 hours, a quarter: the dearest, 20 % + 5 % of the 30: 0.5 x 60 + 0.25 x 20 + 0.25 x 30 = 42.5:
        3.723 MUSD = 9.7104
    100 USD for 876 hours beside it: 10 % are paid 100, 40 % are paid 30: 30 + 10 + 12 = 52: 4.5552 MUSD = 11.8810
    30 USD with the machines up in 90 % of the hours: 0.9 x 3.942 = 3.5478 MUSD = 9.2535
    """

    def programme(usd_per_mwh: float, hours: float | None = None) -> Entry:
        return {"name": "Reserve", "usd_per_mwh_curtailed": usd_per_mwh, "maximum_hours_per_year": hours}

    paid, power_paid, hashed = (10 * HOURS * usd / 1e6 for usd in (15, 20, 50))
    look = items(
        ("revenue", "demand response", (paid,) * 3), ("revenue", "hashing asic", (hashed,) * 3),
        ("energy", "power of ASICs", (-power_paid,) * 3),
    )  # fmt: skip
    for usd, programmes, uptime in (
        (45, (programme(30),), 1.0),
        (38, (programme(10),), 1.0),
        (42.5, (programme(30, 2_190),), 1.0),
        (52, (programme(30), programme(100, 876)), 1.0),
        (0.9 * 45, (programme(30),), 0.9),
    ):
        year = usd * 10 * HOURS / 1e6
        site = mining(power(*STEPS), *programmes, operations={"uptime_frac": uptime})
        value = present_value(year, year, year)
        yield HandSolved(site, value, look=look) if usd == 45 else HandSolved(site, value)


@hand_solved
def test_availability_is_paid_by_days_until_its_programme_ends() -> Iterator[HandSolved]:
    """10 MW that hash for 5.256 MUSD a year, and 60,000 USD/MW-year for standing ready, 0.6 MUSD.

    From 2029-03-01 to 2030-02-15: 306 and 45 of 365 days, 0.503014 and 0.073973 MUSD:
        13.7089 + 0.503014 x 0.953463 + 0.073973 x 0.866784 = 14.2526
    Machines that can only stand still, at 16 USD/PH/day (33.3 < 40 USD/MWh), are paid all the same: 0.5437
    A lease in their place from 2030 (10 MUSD, then 12 a year, hashing lost from its ready date on) ends it with
    2029: 0.503014 - 10 + 5.256 and 12, 12: 15.8136
    """
    terms = {"name": "Ready", "usd_per_mw_year": 60_000, "start": "2029-03-01", "until": "2030-02-15"}
    first, second = 0.6 * 306 / 365, 0.6 * 45 / 365
    look = items(("revenue", "demand response", (first, second)))
    yield HandSolved(mining(power((1.0, 40)), terms), present_value(YEAR + first, YEAR + second, YEAR), look=look)
    still = mining(power((1.0, 40)), terms, usd_per_ph_day=16)
    yield HandSolved(still, present_value(first, second), look=look)
    site = mining(power((1.0, 40)), terms, contracts=(lease(),), designs=(design(hashing_lost_months=0),))
    yield HandSolved(site, present_value(YEAR - 10 + first, 12, 12), {"lease": 1})

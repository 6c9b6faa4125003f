"""Machines that grow old, machines that move to another place, and other people's machines."""

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
    months_of,
    posted_musd,
    power,
    present_value,
)

YEAR = 10 * 60 * HOURS / 1e6
"""10 MW of 20 J/TH at 48 USD/PH/day and 40 USD/MWh: 48,000 / 480 - 40 = 60 USD/MWh, 5.256 MUSD a year."""


def mining(**changes: object) -> Site:
    """Return a site with one hall of 10 MW of machines that earn 5.256 MUSD a year."""
    fields: Entry = {"halls": (hall(mining_mw=10),), "machines": (asic(),), "usd_per_ph_day": 48}
    return Site(**(fields | {"power": power((1.0, 40))} | changes))


def place(**changes: object) -> Entry:
    """Return another place for 10 MW that asks 40 USD/MWh; moving there costs nothing and takes no time."""
    entry: Entry = {"id": "away", "name": "Away", "cooling": "air", "room_mw": 10, "all_in_usd_per_mwh": 40}
    return entry | {"move_usd_per_machine": 0, "downtime_months": 0} | changes


def customer(**changes: object) -> Entry:
    """Return an offer to host 10 MW for 36 months from 2029-01-01 at 80 USD/MWh, power included."""
    entry: Entry = {"id": "guest", "customer": "Guest", "mw": 10, "cooling": "air", "fee_usd_per_mwh": 80}
    return entry | {"power": "included", "latest_start": "2029-01-01", "term_months": 36} | changes


# --- age ------------------------------------------------------------------------------------------------


@hand_solved
def test_machines_go_when_they_reach_their_age() -> Iterator[HandSolved]:
    """New on 2027-01-01 and kept for 3 years: gone from 2030-01-01 on; they hash in 2029.

    Worth 1 MUSD at the start, 5 % less each year: 5.256 x 0.953463 + 0.95 x 0.866784 = 5.8348.
    At 2.5 years they are too old on 2029-07-01, inside 2029: gone from 2030 as well.
    Without a limit they hash to the end: 5.256 x 2.608232 + 0.857375 x 0.751315 = 14.3530.
    """
    terms: Entry = {"resale_usd_per_ths": 2, "resale_change_frac_per_year": -0.05}
    for years in (3, 2.5):
        machines = asic(bought="2027-01-01", retire_age_years=years, **terms)
        yield HandSolved(mining(machines=(machines,)), present_value(YEAR, 0.95))
    ageless = present_value(YEAR, YEAR, YEAR) + 0.95**3 * factor(3)
    yield HandSolved(mining(machines=(asic(**terms),)), ageless)


@hand_solved
def test_bought_machines_grow_old_too() -> Iterator[HandSolved]:
    """No machine owned; 10 MW cost 2.5 MUSD, as many as one likes, worthless when sold.

    Kept for one year they are bought anew each year: (5.256 - 2.5) x 2.608232 = 7.1883.
    Kept for two years they are bought in 2029 and 2031:
        5.256 x 2.608232 - 2.5 x (0.953463 + 0.787986) = 9.3552
    """
    price = {"price_usd_per_ths": 5, "max_count_per_year": 40_000}
    for years, spent in ((1, (2.5, 2.5, 2.5)), (2, (2.5, 0, 2.5))):
        machines = asic(0, purchase=price, retire_age_years=years)
        yield HandSolved(mining(machines=(machines,)), present_value(*(YEAR - musd for musd in spent)))


@hand_solved
def test_the_oldest_machines_leave_first() -> Iterator[HandSolved]:
    """10 MW new on 2028-01-01, kept for 2 years; 5 MW may be bought a year at 1.25 MUSD.

    2029: the old 10 MW fill the hall, and 5 MW are bought for 2030. 2030: the old are gone, 5 MW of 2029 and 5 MW of
    2030 run. 2031: 5 MW of 2030 and 5 MW of 2031. (5.256 - 1.25) x 2.608232 = 10.4486.
    Buying ahead pays: 1.25 x 0.953463 = 1.1918 for 2.628 x 0.866784 = 2.2779 in 2030.
    """
    price = {"price_usd_per_ths": 5, "max_count_per_year": 2_000}
    machines = asic(bought="2028-01-01", retire_age_years=2, purchase=price)

    def bought(found: Solution) -> None:
        assert found.tables["asic_fleet"]["bought_mw"].tolist() == pytest.approx([5, 5, 5])

    each = YEAR - 1.25
    yield HandSolved(mining(machines=(machines,)), present_value(each, each, each), look=bought)


# --- other places -----------------------------------------------------------------------------------------


@hand_solved
def test_machines_move_where_power_is_cheap() -> Iterator[HandSolved]:
    """90 USD/MWh here: 10 USD/MWh are left, 0.876 MUSD a year. 40 there: 60 USD/MWh, 5.256 MUSD a year.

    4,000 machines move for 500 USD each, 2 MUSD, and are on their way for 3 months, 90 days of 2029:
        5.256 x 275/365 - 2 = 1.96;   1.96 x 0.953463 + 5.256 x 1.654770 = 10.5663    (staying: 2.2848)
    With room for 4 MW there, 4 MW move: 0.4 x 10.5663 + 0.6 x 2.2848 = 5.5974.
    At 92 USD/MWh there is less to earn than here: they stay.
    """
    dear: Entry = {"power": power((1.0, 90))}
    move: Entry = {"move_usd_per_machine": 500, "downtime_months": 3}
    stay = 0.1 * YEAR / 0.6
    gone, staying = present_value(YEAR * 275 / 365 - 2, YEAR, YEAR), present_value(stay, stay, stay)
    yield HandSolved(mining(**dear, fleet={"elsewhere": (place(**move),)}), gone)
    small = mining(**dear, fleet={"elsewhere": (place(**move, room_mw=4),)})
    yield HandSolved(small, 0.4 * gone + 0.6 * staying)
    costly = mining(**dear, fleet={"elsewhere": (place(**move, all_in_usd_per_mwh=92),)})
    yield HandSolved(costly, staying)


@hand_solved
def test_machines_of_another_cooling_stay() -> Iterator[HandSolved]:
    """The place cools by water: machines cooled by air stay, at 10 USD/MWh: 0.876 x 2.608232 = 2.2848."""
    stay = 0.1 * YEAR / 0.6
    site = mining(power=power((1.0, 90)), fleet={"elsewhere": (place(cooling="hydro"),)})
    yield HandSolved(site, present_value(stay, stay, stay))


@hand_solved
def test_a_converted_hall_sends_its_machines_away() -> Iterator[HandSolved]:
    """The hall is converted in 2029, without hashing, for a lease of 12 MUSD a year: 10.3226, or hash on: 13.7089.

    At 70 USD/MWh elsewhere the machines earn 30, 2.628 MUSD a year, after a move of 2 MUSD in 2029:
        2.628 x 2.608232 - 2 x 0.953463 = 4.9475;   10.3226 + 4.9475 = 15.2701: convert and move.
    """
    site = mining(
        contracts=(lease(),),
        designs=(design(hashing_lost_months=12),),
        fleet={"elsewhere": (place(all_in_usd_per_mwh=70, move_usd_per_machine=500),)},
    )

    def moved(found: Solution) -> None:
        assert found.tables["elsewhere"]["moved_mw"].tolist() == pytest.approx([10, 0, 0])
        assert posted_musd(found, "opex", "moving to away") == pytest.approx([-2])

    value = present_value(-10, 12, 12) + present_value(YEAR / 2 - 2, YEAR / 2, YEAR / 2)
    yield HandSolved(site, value, {"lease": 1}, moved)


@hand_solved
def test_a_place_that_closes_earns_to_the_day_and_its_machines_are_sold() -> Iterator[HandSolved]:
    """Power is too dear here. 6 months on the way: 184 days of 2029 are left, 5.256 x 184/365 = 2.6496. Worth 1 MUSD.

    Closed on 2031-01-01, the machines are sold on that day:
        2.6496 x 0.953463 + 5.256 x 0.866784 + 1 x 0.787986 = 7.8701
    Closed on 2031-07-01, they earn for 181 days of 2031 and are sold at the horizon:
        2.5263 + 4.5558 + 2.6064 x 0.787986 + 1 x 0.751315 = 9.8872
    Open from 2030-01-01 they leave then: 2.6496 x 0.866784 + 5.256 x 0.787986 + 0.7513 = 7.1896.
    """

    def site(**dates: str) -> Site:
        return mining(
            power=power((1.0, 150)),
            machines=(asic(resale_usd_per_ths=2),),
            fleet={"elsewhere": (place(downtime_months=6, **dates),)},
        )

    first = YEAR * 184 / 365
    yield HandSolved(site(closes="2031-01-01"), present_value(first, YEAR, 1))
    yield HandSolved(site(closes="2031-07-01"), present_value(first, YEAR, YEAR * 181 / 365) + factor(3))
    yield HandSolved(site(opens="2030-01-01"), present_value(0, first, YEAR) + factor(3))


@hand_solved
def test_machines_elsewhere_run_in_the_months_that_pay() -> Iterator[HandSolved]:
    """The hashprice rises by 0.1 a day from 36; all-in 112 USD/MWh: only months with a mean above 53.76 pay.

    June's mean is 36 + 0.1 x (151 + 14.5) = 52.55, July's 36 + 0.1 x (181 + 15) = 55.6: it runs from July on,
    10 MW x 24 h x days x (hashprice / 0.48 - 112), with 2 % for the pool: from 54.857 on, still July:
        0.7567 MUSD x 0.953463 = 0.7215
    """
    points = [{"date": "2029-01-01", "usd_per_ph_day": 36}, {"date": "2030-01-01", "usd_per_ph_day": 72.5}]
    year = sum(
        10 * 24 * days * ((36 + 0.1 * (before + (days - 1) / 2)) / 0.48 * 0.98 - 112) / 1e6
        for days, before in months_of(2029)[6:]
    )
    site = mining(
        years=1,
        hashprice={"forward_curve": points},
        power=power((1.0, 900)),
        operations={"pool_fee_frac": 0.02},
        fleet={"elsewhere": (place(all_in_usd_per_mwh=112),)},
    )
    yield HandSolved(site, present_value(year))


@hand_solved
def test_machines_grow_old_elsewhere_too() -> Iterator[HandSolved]:
    """Power is too dear here; the machines earn 5.256 MUSD a year elsewhere, until they are 2 years old or retired.

    New on 2028-01-01, gone from 2030 on: 5.256 x 0.953463 = 5.0114; the same if retired by 2030-01-01.
    """
    for terms in ({"bought": "2028-01-01", "retire_age_years": 2}, {"retire_by": "2030-01-01"}):
        machines = asic(**terms)
        site = mining(power=power((1.0, 150)), machines=(machines,), fleet={"elsewhere": (place(),)})
        yield HandSolved(site, present_value(YEAR))


# --- hosting ------------------------------------------------------------------------------------------------


@hand_solved
def test_hosting_takes_the_room_of_own_machines_if_it_pays_more() -> Iterator[HandSolved]:
    """Room for 10 MW; own machines earn 60 USD/MWh. A customer's 10 MW for 24 months, from 2029 or 2030.

    At 110 USD/MWh, power of 40 included, 70 are left, 6.132 a year: from 2029 on, as later is worth less:
        6.132 x (0.953463 + 0.866784) + 5.256 x 0.787986 = 15.3034
    At 75 USD/MWh and power repaid the 75 are left: 6.57 x 1.820247 + 4.1416 = 16.1007.
    At 95 USD/MWh, power included, 55 are left: own machines stay, 13.7089.
    """

    def site(**terms: object) -> Site:
        offer = customer(latest_start="2030-06-01", term_months=24, **terms)
        return mining(fleet={"hosted": (offer,)})

    def hosted(found: Solution) -> None:
        assert found.tables["asic_hosting"].to_dict("records") == [{"hosting": 0, "start": 0}]

    included, beside = 70 * 87_600 / 1e6, 75 * 87_600 / 1e6
    yield HandSolved(site(fee_usd_per_mwh=110), present_value(included, included, YEAR), look=hosted)
    repaid = site(fee_usd_per_mwh=75, power="passed_through")
    yield HandSolved(repaid, present_value(beside, beside, YEAR), look=hosted)
    yield HandSolved(site(fee_usd_per_mwh=95), present_value(YEAR, YEAR, YEAR))


@hand_solved
def test_a_promise_of_less_than_all_hours_leaves_out_the_dearest() -> Iterator[HandSolved]:
    """90 % of the hours cost 40, 10 % 300 USD/MWh; 95 % are promised: 0.9 x 40 + 0.05 x 300 = 51 for each hour.

    80 USD/MWh x 0.95 = 76: 25 USD for each hour and MW, 2.19 MUSD a year, less a demand charge of 1 USD/kW-month,
    0.12, and 2,000 USD/MW-year of running cost, 0.02. The fee rises by 10 % on each anniversary: 6.6576 a year becomes
    7.32336 and 8.055696 beside 4.4676 of power: 2.05, 2.71576, 3.448096.
        2.05 x 0.953463 + 2.71576 x 0.866784 + 3.448096 x 0.787986 = 7.0256
    """
    site = mining(
        machines=(),
        power=power((0.9, 40), (0.1, 300), demand_charge_usd_per_kw_month=1),
        fleet={"hosted": (customer(uptime_frac=0.95, fee_escalator_frac_per_year=0.1, opex_usd_per_mw_year=2_000),)},
    )
    fee = 80 * 0.95 * 87_600 / 1e6
    cost = 51 * 87_600 / 1e6 + 0.12 + 0.02
    yield HandSolved(site, present_value(fee - cost, fee * 1.1 - cost, fee * 1.21 - cost))


@hand_solved
def test_a_signed_customer_is_hosted_at_a_loss() -> Iterator[HandSolved]:
    """30 USD/MWh for power of 40: 0.876 MUSD lost in a year, and the own machines stand still. 12 months, by 2031.

    As late as may be: 5.256 x (0.953463 + 0.866784) - 0.876 x 0.787986 = 8.8769. Not signed, it is refused: 13.7089.
    """
    offer = customer(fee_usd_per_mwh=30, latest_start="2031-01-01", term_months=12)
    signed = mining(fleet={"hosted": (offer | {"signed": True},)})
    yield HandSolved(signed, present_value(YEAR, YEAR, -0.876))
    yield HandSolved(mining(fleet={"hosted": (offer,)}), present_value(YEAR, YEAR, YEAR))


@hand_solved
def test_room_is_kept_for_every_period_that_hosting_touches() -> Iterator[HandSolved]:
    """300 USD/MWh for 6 months, 181 days of 2029; the room is kept for all of 2029.

    10 MW x 24 h x 181 x 260 = 11.2944 is more than the 5.256 that own machines would have earned:
        11.2944 x 0.953463 + 5.256 x 1.654770 = 19.4663
    At 150 USD/MWh it would be 4.7784: refused, although the half year alone would pay: 13.7089.
    """

    def site(fee: float) -> Site:
        return mining(fleet={"hosted": (customer(fee_usd_per_mwh=fee, term_months=6),)})

    yield HandSolved(site(300), present_value(10 * 24 * 181 * 260 / 1e6, YEAR, YEAR))
    yield HandSolved(site(150), present_value(YEAR, YEAR, YEAR))


@hand_solved
def test_hours_left_out_avoid_the_peak_if_there_are_enough() -> Iterator[HandSolved]:
    """A peak charge of 60 USD/kW-year, 0.6 MUSD; 1 % of the hours must be avoided; 1 % of the hours cost 1,000.

    2 % left out: 1 % for the peaks, evenly out of all hours; then the dearest 1 %, all at 1,000: the rest costs 40.
        40 USD x 0.98 x 87,600 MWh = 3.433920 a year x 2.608232 = 8.9565
    0.5 % left out are not enough: half of the hours at 1,000 are drawn, 0.99 x 40 + 0.005 x 1,000 = 44.6 for each hour,
    and the charge is paid: (79.6 - 44.6) x 87,600 - 0.6 MUSD = 2.466 a year: 6.4319.
    """
    peak = {"usd_per_kw_year": 60, "avoided_hours_per_year": 87.6}
    charges = power((0.99, 40), (0.01, 1_000), coincident_peak=peak)
    for uptime, year in ((0.98, 40 * 0.98 * 87_600 / 1e6), (0.995, 35 * 87_600 / 1e6 - 0.6)):
        site = mining(machines=(), power=charges, fleet={"hosted": (customer(uptime_frac=uptime),)})
        yield HandSolved(site, present_value(year, year, year))


@hand_solved
def test_hosted_machines_count_towards_a_minimum_take_while_they_draw() -> Iterator[HandSolved]:
    """10 MW are billed at 5 USD/kW-month, 0.6 MUSD a year. Hosted from January to June: 40 USD/MWh of margin.

    10 MW x 24 h x 181 x 40 = 1.7376; the customer's six months draw their demand, 0.3, the others are short, 0.3:
        (1.7376 - 0.6) x 0.953463 = 1.0847
    """
    site = mining(
        years=1,
        firm_mw=10,
        machines=(),
        power=power((1.0, 40), demand_charge_usd_per_kw_month=5, minimum_take={"demand_frac": 1}),
        fleet={"hosted": (customer(term_months=6),)},
    )

    def short(found: Solution) -> None:
        assert found.tables["minimum_take"]["shortfall_mw"].tolist() == pytest.approx([0, 10])

    yield HandSolved(site, present_value(10 * 24 * 181 * 40 / 1e6 - 0.6), look=short)

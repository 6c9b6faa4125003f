"""Megawatts and when they come: firm and interruptible, substation, water, change of use, queue and equipment."""

from __future__ import annotations

from collections.abc import Iterator

from tests.formulation.support import (
    HOURS,
    Entry,
    HandSolved,
    Site,
    asic,
    hall,
    hand_solved,
    lease,
    module,
    power,
    present_value,
)

LATER: Entry = {"longstop": "2032-01-01"}


def queue(p10: float, p50: float, p90: float) -> Entry:
    """Return a queue delay."""
    return {"p10_months": p10, "p50_months": p50, "p90_months": p90}


@hand_solved
def test_firm_megawatts_bind_while_interruptible_ones_are_of_no_use_to_ai() -> Iterator[HandSolved]:
    """10 firm and 10 interruptible MW, two halls, leases of 10 MW at 100 and 90 USD/kW-month.

    AI load may use the 10 firm MW only, so one lease is taken, the better: 10.3226, and the other refused,
    though half of the site's 20 MW stands idle. With 20 firm MW both:
        -20 x 0.953463 + (12 + 10.8) x 1.654770 = 18.6595
    """
    halls, offers = (hall("a"), hall("b")), (lease("high"), lease("low", rent=90))

    def site(firm_mw: float) -> Site:
        return Site(halls, offers, firm_mw=firm_mw, more={"interruptible_mw": 10})

    yield HandSolved(site(10), present_value(-10, 12, 12), {"high": 1})
    yield HandSolved(site(20), present_value(-20, 22.8, 22.8), {"high": 1, "low": 1})


@hand_solved
def test_ai_load_needs_both_firm_megawatts_and_consent_to_use_them() -> Iterator[HandSolved]:
    """Leases of 8 and 10 MW at 90 and 100 USD/kW-month in one hall; an upgrade free of charge and queue.

    No firm MW today, the upgrade brings 20, of which AI load may use 9: the lease of 8 MW (8.64 MUSD a year):
        -8 x 0.953463 + 8.64 x 1.654770 = 6.6695
    9 firm MW today, the upgrade lets AI load use 20, but there are only 9: the same.
    """
    offers = (lease("eight", 8, 90), lease("ten"))
    terms: Entry = {"id": "up", "queue": queue(0, 0, 0)}
    value = present_value(-8, 8.64, 8.64)
    more_firm: Entry = {"upgrades": [terms | {"firm_mw": 20, "ai_mw": 9}]}
    more_consent: Entry = {"upgrades": [terms | {"ai_mw": 11}], "interruptible_mw": 10}
    yield HandSolved(Site(contracts=offers, firm_mw=0, more=more_firm), value, {"eight": 1})
    yield HandSolved(Site(contracts=offers, firm_mw=9, more=more_consent), value, {"eight": 1})


@hand_solved
def test_a_ramp_reserves_the_firm_megawatts_where_consent_is_ample() -> Iterator[HandSolved]:
    """10 firm MW, consent for 20; a lease of 10 MW at 100 USD/kW-month takes half in its first 12 months.

    The 5 MW not drawn in 2030 are reserved, so a tenant for 5 MW in 2030 alone, at 120 USD/kW-month, is refused:
        -10 x 0.953463 + 6 x 0.866784 + 12 x 0.787986 = 5.1219
    (He would pay 7.2 x 0.866784 - 5 x 0.953463 = 1.4735 on top of it, and that is all he is worth alone.)
    """
    ramp = [{"month": 0, "share_frac": 0.5}, {"month": 12, "share_frac": 1.0}]
    offers = (lease(ramp=ramp), lease("guest", 5, 120, term_months=12))
    consent: Entry = {"upgrades": [{"id": "up", "queue": queue(0, 0, 0), "ai_mw": 10}], "interruptible_mw": 10}
    site = Site((hall("a"), hall("b")), offers, firm_mw=10, more=consent)
    yield HandSolved(site, present_value(-10, 6, 12), {"lease": 1})


@hand_solved
def test_hashing_goes_on_with_the_interruptible_megawatts() -> Iterator[HandSolved]:
    """10 firm and 5 interruptible MW; an empty hall for the lease; another with 10 MW of machines.

    Hashing at 48 USD/PH/day and 20 J/TH earns 48,000 / (24 x 20) = 100 USD/MWh, less 40 for power:
        60 x 8,760 h = 0.5256 MUSD per MW and year
    2029: 10 MW hash: 5.256, capex -10.   2030, 2031: AI draws the 10 firm MW, 5 MW hash: 2.628 + 12.
        -4.744 x 0.953463 + 14.628 x 1.654770 = 19.6827   (hashing alone: 5.256 x 2.608232 = 13.7089)
    """
    margin = 60 * HOURS / 1e6
    site = Site(
        (hall("ai"), hall("asics", mining_mw=10)), (lease(),), usd_per_ph_day=48, power=power((1.0, 40)),
        machines=(asic(),), firm_mw=10, more={"interruptible_mw": 5},
    )  # fmt: skip
    value = present_value(10 * margin - 10, 5 * margin + 12, 5 * margin + 12)
    yield HandSolved(site, value, {"lease": 1})


@hand_solved
def test_interruptible_megawatts_are_turned_into_firm_ones() -> Iterator[HandSolved]:
    """No firm and 10 interruptible MW; an upgrade turns them into firm ones for 2 MUSD within 12 months.

    2029: 10 MW hash (5.256 MUSD), capex 10 + 2. From 2030 the firm MW serve the lease and nothing is left to hash:
        -6.744 x 0.953463 + 12 x 1.654770 = 13.4270
    Hashing on would be worth 5.256 x 2.608232 = 13.7089: better. At 110 USD/kW-month the lease is better:
        -6.744 x 0.953463 + 13.2 x 1.654770 = 15.4128
    """
    year = 10 * 60 * HOURS / 1e6
    firmer = {"id": "firmer", "firm_mw": 10, "interruptible_mw": -10, "capex_usd": 2e6, "queue": queue(12, 12, 12)}

    def site(rent: float) -> Site:
        return Site(
            (hall("ai"), hall("asics", mining_mw=10)), (lease(rent=rent),), usd_per_ph_day=48,
            power=power((1.0, 40)), machines=(asic(),), firm_mw=0,
            more={"interruptible_mw": 10, "upgrades": [firmer]},
        )  # fmt: skip

    yield HandSolved(site(100), present_value(year, year, year))
    yield HandSolved(site(110), present_value(year - 12, 13.2, 13.2), {"lease": 1})


@hand_solved
def test_the_substation_carries_its_mva_times_the_power_factor() -> Iterator[HandSolved]:
    """10 MVA x 0.95 = 9.5 MW: a lease of 10 MW is refused, one of 9 MW at 90 USD/kW-month is taken.

    -9 x 0.953463 + 9.72 x 1.654770 = 7.5032
    """
    offers = (lease("ten", 10, 300), lease("nine", 9, 90))
    site = Site(contracts=offers, more={"substation_mva": 10, "power_factor": 0.95})
    yield HandSolved(site, present_value(-9, 9.72, 9.72), {"nine": 1})


@hand_solved
def test_water_refuses_the_larger_lease() -> Iterator[HandSolved]:
    """1 m3 for each MWh of heat in the half of the hours that are warmer than 20 C; 40,000 m3 a year.

    10 MW x 8,760 h x 0.5 x 1 = 43,800 m3: refused.   9 MW: 39,420 m3: taken at 90 USD/kW-month:
        -9 x 0.953463 + 9.72 x 1.654770 = 7.5032
    """
    climate = {"design_temperature_c": 35, "hours_below_c": {20: 4_380, 35: 8_760}}
    site = Site(
        contracts=(lease("ten", 10, 300), lease("nine", 9, 90)),
        modules=(module(free_cooling_c=20, water_m3_per_mwh_heat=1),),
        more={"climate": climate, "water_limit_m3_per_year": 40_000},
    )
    yield HandSolved(site, present_value(-9, 9.72, 9.72), {"nine": 1})


@hand_solved
def test_change_of_use_makes_ai_start_late() -> Iterator[HandSolved]:
    """Consent to AI load takes 24 months from the request on 2029-01-01, and a fee of 0.5 MUSD at the request.

    So service starts on 2031-01-01, though the hall could be ready in 2030; it is converted in 2030, not sooner:
        -0.5 x 0.953463 - 10 x 0.866784 + 12 x (0.787986 + 0.716351) = 8.9075
    Where the site needs no consent service starts in 2030: -10 x 0.953463 + 12 x 1.654770 = 10.3226.
    """
    consent = {"queue": queue(12, 24, 48), "fee_usd": 5e5}
    offer = lease(**LATER)
    late = Site(contracts=(offer,), years=4, more={"change_of_use": consent})
    yield HandSolved(late, present_value(-0.5, -10, 12, 12), {"lease": 2})
    yield HandSolved(Site(contracts=(offer,), years=4), present_value(-10, 12, 12), {"lease": 1})


@hand_solved
def test_a_long_queue_and_its_damages_make_a_contract_not_worth_taking() -> Iterator[HandSolved]:
    """A site without firm MW asks for 10: 4 MUSD, of which 1 at the request; queue p10 6, p50 12, p90 24 months.

    The lease is to be ready by 2030-01-01 and may start until 2032; damages of 1.5 MUSD a month late.
    At the median: energised 2030-01-01, on time. 2029: -1 - 3 - 10; rent 2030 and 2031:
        -14 x 0.953463 + 12 x 1.654770 = 6.5088
    At the 90th percentile: energised 2031-01-01, 12 months late: 18 MUSD of damages in 2031.
        2029: -1 - 1.5;  2030: -1.5 - 10;  2031: 12 - 18;  2032: 12
        -2.5 x 0.953463 - 11.5 x 0.866784 - 6 x 0.787986 + 12 x 0.716351 = -8.4834: refused, 0.
    At the 90th percentile with damages of 0.5 MUSD a month (6 MUSD): +9.4558 - 8.4834 = 0.9724: taken.
    """
    upgrade = {"id": "up", "firm_mw": 10, "capex_usd": 4e6, "deposit_usd": 1e6, "queue": queue(6, 12, 24)}

    def site(quantile: float, damages_usd: float) -> Site:
        offer = lease(late_damages_usd_per_month=damages_usd, **LATER)
        return Site(contracts=(offer,), years=4, quantile=quantile, firm_mw=0, more={"upgrades": [upgrade]})

    yield HandSolved(site(0.5, 1.5e6), present_value(-14, 12, 12), {"lease": 1})
    yield HandSolved(site(0.9, 1.5e6), 0.0)
    yield HandSolved(site(0.9, 0.5e6), present_value(-2.5, -11.5, 12 - 6, 12), {"lease": 2})


@hand_solved
def test_the_quantile_between_the_stated_ones_is_log_normal() -> Iterator[HandSolved]:
    """Queue p10 6, p50 12, p90 24 months: the logarithm moves by ln 2 for each 1.2816 standard deviations.

    The 84.13th percentile lies one standard deviation above the median: 12 x 2^(1/1.2816) = 20.6 months.
    From 2029-01-01 that is in September 2030: AI starts with 2031. The cost of 3 MUSD is spread over those days:
        20.6098 months = 20 months to 2030-09-01, and 0.6098 x 30.4375 = 18.56, so 19 days: 2030-09-20;
        365 days in 2029, 243 + 19 = 262 in 2030
        -3 x 365/627 x 0.953463 - (3 x 262/627 + 10) x 0.866784 + 12 x 1.504337 = 6.6325
    """
    upgrade = {"id": "up", "firm_mw": 10, "capex_usd": 3e6, "queue": queue(6, 12, 24)}
    site = Site(contracts=(lease(**LATER),), years=4, quantile=0.841344746, firm_mw=0, more={"upgrades": [upgrade]})
    value = present_value(-3 * 365 / 627, -3 * 262 / 627 - 10, 12, 12)
    yield HandSolved(site, value, {"lease": 2})


@hand_solved
def test_the_transformer_and_not_the_queue_is_on_the_critical_path() -> Iterator[HandSolved]:
    """Queue 12 months, transformer 30, switchgear 18, then commissioning 6: 30 + 6 = 36 months from 2029-01-01.

    Energised on 2032-01-01, on the day of the longstop. 6 MUSD over the 1,095 days before: 2 MUSD a year;
    the hall is converted in 2031; rent in 2032 and 2033:
        -2 x (0.953463 + 0.866784) - 12 x 0.787986 + 12 x (0.716351 + 0.651228) = 3.3146
    With the transformer in stock (12 months) the switchgear decides: 18 + 6 = 24 months, energised 2031-01-01:
        -3 x 0.953463 - 13 x 0.866784 + 12 x (0.787986 + 0.716351) = 3.9235
    """

    def site(transformer_months: float) -> Site:
        lead = {"transformer": transformer_months, "switchgear": 18}
        upgrade = {
            "id": "up", "firm_mw": 10, "capex_usd": 6e6, "queue": queue(12, 12, 12), "commissioning_months": 6,
            "equipment": [{"name": name, "lead_time_months": months} for name, months in lead.items()],
        }  # fmt: skip
        return Site(contracts=(lease(**LATER),), years=5, firm_mw=0, more={"upgrades": [upgrade]})

    yield HandSolved(site(30), present_value(-2, -2, -2 - 10, 12, 12), {"lease": 3})
    yield HandSolved(site(12), present_value(-3, -3 - 10, 12, 12), {"lease": 2})


@hand_solved
def test_months_of_queue_end_within_a_period_and_service_waits_for_the_next() -> Iterator[HandSolved]:
    """Quarters; queue of 10 months from 2029-01-01: energised on 2029-11-01, usable from 2030-01-01.

    The build takes 12 months and is spread over 2029: 90, 91, 92 and 92 days of 365, from the middle of each.
    The cost of 1.2 MUSD is spread over 304 days: 90, 91, 92 and 31. A lease of 1 MW
    at 2,000 USD/kW-month pays 6 MUSD in the first quarter of 2030, whose middle is day 45 of 365.
        2029: -0.6018 x 0.988318 - 0.6085 x 0.965236 - 0.6152 x 0.942447 - 0.3744 x 0.920076 = -2.1065
        -2.1065 + 6 x 0.898471 = 3.2843
    """
    upgrade = {"id": "up", "firm_mw": 1, "capex_usd": 1.2e6, "queue": queue(10, 10, 10)}
    offer = lease(it_mw=1, rent=2_000, term_months=3)
    site = Site(contracts=(offer,), grid=({"months": 3, "count": 5},), firm_mw=0, more={"upgrades": [upgrade]})
    days = (90, 91, 92, 92)
    middles = (45 / 365, 135.5 / 365, 227 / 365, 319 / 365)
    value = 6 * 1.1 ** -(1 + 45 / 365)
    for n, (in_build, in_queue) in enumerate(zip(days, (90, 91, 92, 31), strict=True)):
        value -= (1.0 * in_build / 365 + 1.2 * in_queue / 304) * 1.1 ** -middles[n]
    yield HandSolved(site, value, {"lease": 4})

"""On-site supply: a bridge until the grid comes, what it does beside the grid, and what becomes of it after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

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
    module,
    months_of,
    power,
    present_value,
)

GRID = power((1.0, 40))
PEAKY = power((0.9, 40), (0.1, 150))
"""51 USD/MWh in the mean."""
USD_PER_MWH_A_YEAR = HOURS / 1e6
"""MUSD a year of 1 USD/MWh on one MW."""


def gas(**changes: object) -> Entry:
    """Return gas sets of 5 MW at 1 MUSD per MW, 12 months from the order; 10 x 4 + 10 = 50 USD/MWh; 0.5 t/MWh."""
    entry: Entry = {
        "kind": "gas", "id": "gas", "name": "Gas sets", "unit_mw": 5, "most_units": 4, "capex_usd_per_mw": 1e6,
        "lead_time_months": 12, "firm_frac": 1, "resale_frac": 0.5, "heat_rate_mmbtu_per_mwh": 10,
        "fuel_usd_per_mmbtu": 4, "running_usd_per_mwh": 10, "co2_kg_per_mmbtu": 50,
    }  # fmt: skip
    return entry | changes


def battery(**changes: object) -> Entry:
    """Return one battery of 10 MW and 6 hours at 0.2 MUSD per MW, there at once, 80 % round trip."""
    entry: Entry = {
        "kind": "battery", "id": "battery", "name": "Battery", "unit_mw": 10, "most_units": 1,
        "capex_usd_per_mw": 2e5, "lead_time_months": 0, "firm_frac": 0, "hours": 6, "round_trip_frac": 0.8,
    }  # fmt: skip
    return entry | changes


def upgrade(months: float = 24, capex_usd: float = 5e5) -> Entry:
    """Return 10 MW from the grid after so many months."""
    queue = {"p10_months": months, "p50_months": months, "p90_months": months}
    return {"id": "up", "firm_mw": 10, "capex_usd": capex_usd, "queue": queue}


def units(names: str, *amounts: float) -> Look:
    """Return a look at the sum of some columns of the supply table, period by period."""

    def look(found: Solution) -> None:
        column = found.tables["onsite_supply"][names.split()].sum(axis=1).tolist()
        assert all(abs(value - amount) < 1e-6 for value, amount in zip(column, amounts, strict=True)), column

    return look


@hand_solved
def test_gas_sets_bridge_a_year_and_are_sold_when_the_grid_comes() -> Iterator[HandSolved]:
    """No MW today; 10 from the grid on 2031-01-01 for 0.5 MUSD over two years; the lease begins on 2030-01-01.

    2029: conversion 10, two gas sets 10, upgrade 0.25. 2030: rent 12, upgrade 0.25; gas makes 87,600 MWh at 50
    in place of grid energy at 40: 0.876. 2031: the grid serves, the sets are sold for half: 5.
        -20.25 x 0.953463 + (12 - 0.25 - 0.876) x 0.866784 + 17 x 0.787986 = 3.5135
    Running on gas to the end and selling at the horizon: -20 x 0.953463 + 11.124 x 1.654770 + 5 x 0.751315 = 3.0950.
    """
    site = Site(contracts=(lease(),), firm_mw=0, power=GRID, more={"supplies": [gas()], "upgrades": [upgrade()]})
    value = present_value(-20.25, 12 - 0.25 - 0.876, 17)
    yield HandSolved(site, value, {"lease": 1}, units("bridge_run_mw", 0, 10, 0))
    yield HandSolved(site, value, {"lease": 1}, units("standing", 0, 2, 0))


@hand_solved
def test_a_bridge_is_refused_where_it_or_its_fuel_is_too_dear() -> Iterator[HandSolved]:
    """As above, at 2 MUSD per MW: 10 more in 2029 and 5 more in 2031: 3.5135 - 9.5346 + 3.9399 < 0: refused.

    With fuel at 12 USD/MMBtu a MWh costs 130, 90 more than the grid's: 7.884 instead of 0.876: 3.5135 - 6.0744 < 0.
    A permit of 8,000 hours a year is no bridge at all, whatever the price.
    """
    for dear in ({"capex_usd_per_mw": 2e6}, {"fuel_usd_per_mmbtu": 12}, {"most_hours_per_year": 8_000}):
        more = {"supplies": [gas(**dear)], "upgrades": [upgrade()]}
        yield HandSolved(Site(contracts=(lease(),), firm_mw=0, power=GRID, more=more), 0.0)


@hand_solved
def test_after_the_bridge_gas_sets_stay_if_dear_hours_pay_their_upkeep() -> Iterator[HandSolved]:
    """90 % of hours at 40, 10 % at 150: 51 in the mean, 1 more than gas. Free upgrade on 2031-01-01, no resale.

    2030: 10 MW save 1 USD/MWh: 0.0876. 2031: beside the grid they run in 876 hours and save 100: 0.876.
    Upkeep of 20,000 USD per MW and year, 0.2: they stay:
        -20 x 0.953463 + (13.2 + 0.0876 - 0.2) x 0.866784 + (13.2 + 0.876 - 0.2) x 0.787986 = 3.2090
    Upkeep of 100,000, 1.0: they go:  -20 x 0.953463 + (13.2 + 0.0876 - 1) x 0.866784 + 13.2 x 0.787986
        = 1.9829
    """

    def site(upkeep_usd: float) -> Site:
        supply = gas(resale_frac=0, fixed_usd_per_mw_year=upkeep_usd)
        more = {"supplies": [supply], "upgrades": [upgrade(capex_usd=0)]}
        return Site(contracts=(lease(rent=110),), firm_mw=0, power=PEAKY, more=more)

    stay = present_value(-20, 13.2 + 0.0876 - 0.2, 13.2 + 0.876 - 0.2)
    go = present_value(-20, 13.2 + 0.0876 - 1, 13.2)
    yield HandSolved(site(20_000), stay, {"lease": 1}, units("beside_mw", 0, 0, 10))
    yield HandSolved(site(100_000), go, {"lease": 1}, units("standing", 0, 2, 0))


@hand_solved
def test_beside_the_grid_a_permit_limits_the_hours_and_ai_load_the_megawatts() -> Iterator[HandSolved]:
    """20 % of hours at 150, but a permit for 876 hours: a MW saves 876 x 100 = 87,600 USD a year of service.

    At 0.02 MUSD per MW, lead time nil, units of 5 MW: three could be had, and AI load is 10 MW: two are bought with
    the service, for 0.2 MUSD, and save 0.876 a year.
        -10 x 0.953463 + (12 - 0.2 + 0.876) x 0.866784 + 12.876 x 0.787986 = 11.5988
    """
    supply = gas(capex_usd_per_mw=2e4, lead_time_months=0, most_hours_per_year=876, resale_frac=0)
    site = Site(contracts=(lease(),), power=power((0.8, 40), (0.2, 150)), more={"supplies": [supply]})
    yield HandSolved(site, present_value(-10, 12.676, 12.876), {"lease": 1}, units("beside_mw", 0, 10, 10))


@hand_solved
def test_a_bridge_makes_what_is_short_or_more_if_it_is_cheaper() -> Iterator[HandSolved]:
    """12 MW on the design day, 10 in the mean (cooling runs on no other day); 6 MW from the grid.

    Two gas sets hold at least 6 MW. They have to make what 10 MW in the mean need beyond 6: 4 MW. At 10 USD/MWh
    above the grid's price they make no more: 0.3504 a year. At 10 below it they make all 10 MW: they gain 0.876.
        -20 x 0.953463 + (12 - 0.3504) x 1.654770 + 5 x 0.751315 = 3.9647, sold at the horizon
        -20 x 0.953463 + (12 + 0.876) x 1.654770 + 5 x 0.751315 = 5.9941
    """
    plant = module(mechanical_power_frac=0.2, free_cooling_c=30)
    climate = {"design_temperature_c": 35, "hours_below_c": {30: 8_760, 35: 8_760}}
    for fuel_usd, made_mw, gain in ((4, 4, -0.3504), (2, 10, 0.876)):
        more = {"supplies": [gas(fuel_usd_per_mmbtu=fuel_usd)], "climate": climate}
        site = Site(
            (hall(mw=12),), (lease(),), modules=(plant,), firm_mw=6, power=GRID, more=more
        )  # fmt: skip
        value = present_value(-20, 12 + gain, 12 + gain) + 5 * factor(3)
        yield HandSolved(site, value, {"lease": 1}, units("bridge_run_mw beside_mw", 0, made_mw, made_mw))


@hand_solved
def test_on_site_power_needs_neither_consent_nor_substation_and_leaves_the_grid_to_hashing() -> Iterator[HandSolved]:
    """10 firm MW, a substation of 10 MW, consent to AI load after 20 years: only gas can serve the lease.

    10 MW of machines in another hall go on hashing at 60 USD/MWh: 5.256 a year.
        (5.256 - 20) x 0.953463 + (12 + 5.256 - 0.876) x 1.654770 + 5 x 0.751315 = 16.8039
    """
    late = {"p10_months": 240, "p50_months": 240, "p90_months": 240}
    more: Entry = {
        "supplies": [gas()], "substation_mva": 10, "power_factor": 1, "change_of_use": {"queue": late},
        "upgrades": [upgrade(months=240)],
    }  # fmt: skip
    site = Site(
        (hall("ai"), hall("asics", mining_mw=10)), (lease(),), usd_per_ph_day=48, power=GRID, machines=(asic(),),
        firm_mw=10, more=more,
    )  # fmt: skip
    year = 12 + 5.256 - 0.876
    yield HandSolved(site, present_value(5.256 - 20, year, year) + 5 * factor(3), {"lease": 1})


@hand_solved
def test_a_lease_that_outlasts_the_study_keeps_its_gas_sets() -> Iterator[HandSolved]:
    """No grid at all; a lease of 36 months from 2030 in a study to the end of 2031: 2032 is after the horizon.

    In 2032 the sets run on at 10 USD/MWh above the grid's price, month by month, and are sold at its end:
        -20 x 0.953463 + 11.124 x 1.654770
        + 1.1^-3 x sum over the months of 2032 of (1 - 10 MW x 24 h x days x 10 USD) x 1.1^-(middle of the month)
        + 5 x 1.1^-4 = 10.7244
    Where the permit ends with 2031 nothing carries the lease in 2032, and it is refused.
    """
    tail = sum((1 - 10 * 24 * days * 10 / 1e6) * factor((before + days / 2) / 366) for days, before in months_of(2032))
    value = present_value(-20, 12 - 0.876, 12 - 0.876) + factor(3) * tail + 5 * factor(4)
    offer = lease(term_months=36)

    def site(**terms: object) -> Site:
        return Site(contracts=(offer,), firm_mw=0, power=GRID, more={"supplies": [gas(**terms)]})

    yield HandSolved(site(), value, {"lease": 1}, units("standing", 0, 2, 2))
    yield HandSolved(site(leaves_by=date(2033, 1, 1)), value, {"lease": 1})
    yield HandSolved(site(leaves_by=date(2032, 1, 1)), 0.0)


@hand_solved
def test_units_leave_with_their_permit() -> Iterator[HandSolved]:
    """A lease of 2030 only, on gas; the permit ends on 2030-12-31: the sets are sold at the start of 2031.

    -20 x 0.953463 + (24 - 0.876) x 0.866784 + 5 x 0.787986 = 4.9142
    If it ends on 2030-06-30 they still stand for all of 2030; on 2029-12-31, they never
    stand and the lease is refused.
    """
    offer = lease(term_months=12, rent=200)

    def site(leaves_by: date) -> Site:
        return Site(contracts=(offer,), firm_mw=0, power=GRID, more={"supplies": [gas(leaves_by=leaves_by)]})

    value = present_value(-20, 24 - 0.876, 5)
    yield HandSolved(site(date(2031, 1, 1)), value, {"lease": 1}, units("removed", 0, 0, 2))
    yield HandSolved(site(date(2030, 7, 1)), value, {"lease": 1})
    yield HandSolved(site(date(2030, 1, 1)), 0.0)


@hand_solved
def test_units_are_paid_over_their_lead_time_by_days() -> Iterator[HandSolved]:
    """18 months from 2029-01-01 end on 2030-07-01: the sets stand from 2031; capital costs rise by 10 % a year.

    10 MUSD over 365 + 181 days at the level of the middle of each year, 1.1^0.5 and 1.1^1.5, which the discount of
    the same middle cancels: 10 in all. The conversion in 2030 costs 10 x 1.1^1.5: again 10. Rent and fuel in 2031:
        -20 + (30 - 0.876) x 0.787986 + 5 x 0.751315 = 6.7059
    """
    offer = lease(ready_by="2031-01-01", longstop="2031-01-01", term_months=12, rent=250)
    supply = gas(lead_time_months=18)
    site = Site(
        contracts=(offer,), firm_mw=0, power=GRID, more={"supplies": [supply]},
        finance={"capex_escalator_frac_per_year": 0.1},
    )  # fmt: skip
    yield HandSolved(site, -20 + (30 - 0.876) * factor(2.5) + 5 * factor(3), {"lease": 2})


@hand_solved
def test_a_battery_moves_energy_from_cheap_to_dear_hours() -> Iterator[HandSolved]:
    """A quarter of the hours at 20, half at 40, a quarter at 100 USD/MWh; 6 of 24 hours a day at full power.

    A MW gives in all hours at 100: 25. It charges for 0.25 / 0.8 of the hours: 0.25 at 20 and 0.0625 at 40: 7.5.
    17.5 USD in the mean hour x 8,760 x 10 MW = 1.533 MUSD a year of service. Bought with the service, for 2 MUSD:
        -10 x 0.953463 + (12 - 2 + 1.533) x 0.866784 + 13.533 x 0.787986 = 11.1258
    At 0.4 MUSD per MW it is left, 4 x 0.866784 = 3.4671 for 1.533 x 1.654770 = 2.5368:
        -10 x 0.953463 + 12 x 1.654770 = 10.3226
    With no more than 10 firm MW in all there is no room to charge: it is left as well.
    """
    steps = power((0.25, 20), (0.5, 40), (0.25, 100))
    without = present_value(-10, 12, 12)

    def site(firm_mw: float = 100, **terms: object) -> Site:
        return Site(contracts=(lease(),), power=steps, firm_mw=firm_mw, more={"supplies": [battery(**terms)]})

    yield HandSolved(site(), present_value(-10, 12 - 2 + 1.533, 13.533), {"lease": 1})
    yield HandSolved(site(capex_usd_per_mw=4e5), without, {"lease": 1})
    yield HandSolved(site(firm_mw=10), without, {"lease": 1})


@hand_solved
def test_a_battery_gives_the_firm_share_it_is_said_to_have() -> Iterator[HandSolved]:
    """5 firm MW and a battery of 10 MW of which half is firm: the lease of 10 MW is served, nothing is left to charge.

    -10 x 0.953463 + (12 - 2) x 0.866784 + 12 x 0.787986 = 8.5890
    """
    more = {"supplies": [battery(firm_frac=0.5)]}
    site = Site(contracts=(lease(),), firm_mw=5, power=power((0.5, 20), (0.5, 100)), more=more)
    yield HandSolved(site, present_value(-10, 10, 12), {"lease": 1})


@hand_solved
def test_solar_saves_grid_energy_of_hashing_as_far_as_there_is_load() -> Iterator[HandSolved]:
    """5 MW of machines run in all hours, 60 USD/MWh: 2.628 a year. Solar of 5 MW a unit at 0.15 MUSD per MW.

    A MW saves 0.25 x 8,760 h x 40 x 0.8 = 70,080 USD a year: one unit saves 0.3504 for 0.75 MUSD. Two would
    make more than is drawn: no second one.
        (2.628 + 0.3504) x 2.608232 - 0.75 x 0.953463 = 7.0533
    """
    supply: Entry = {
        "kind": "solar", "id": "sun", "name": "Solar", "unit_mw": 5, "most_units": 3, "capex_usd_per_mw": 1.5e5,
        "lead_time_months": 0, "firm_frac": 0, "capacity_factor_frac": 0.25, "capture_frac": 0.8,
    }  # fmt: skip
    year = 5 * 60 * USD_PER_MWH_A_YEAR + 0.3504
    site = Site(
        (hall(mining_mw=5),), usd_per_ph_day=48, power=GRID, machines=(asic(2_000),), more={"supplies": [supply]}
    )
    yield HandSolved(site, present_value(year - 0.75, year, year), {}, units("standing", 1, 1, 1))

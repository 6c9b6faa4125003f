"""Legacy GPU rigs: kept, sold, upgraded, rebuilt, rented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from site_conversion.solution import Solution
from tests.formulation.support import (
    HOURS,
    Entry,
    HandSolved,
    Site,
    asic,
    factor,
    hall,
    hand_solved,
    months_of,
    posted_musd,
    power,
    present_value,
)

POWER = 0.4 * HOURS * 0.8 * 40 / 1e6
"""200 rigs of 2 kW at 40 USD/MWh in 80 % of the hours: 0.112128 MUSD a year."""
RENT = 200 * 8 * HOURS * 0.8 * 0.5 / 1e6
"""200 rigs of 8 GPUs at 0.5 USD an hour in 80 % of the hours: 5.6064 MUSD a year."""


def rig(count: int = 1_000, **changes: Any) -> Entry:
    """Return rigs of 8 GPUs and 2 kW, a fifth fit for an upgrade of 5,000 USD; worthless when sold."""
    entry: Entry = {"id": "rig", "name": "Rig", "count": count, "gpus_per_rig": 8, "power_w": 2_000}
    return entry | changes


def rental(**changes: object) -> Entry:
    """Return a rental of up to 1,000 upgraded rigs at 0.5 USD per GPU-hour, for 80 % of the hours."""
    entry: Entry = {"id": "renter", "tenant": "Renter", "grade": "upgraded", "rigs": 1_000, "usd_per_gpu_hour": 0.5}
    return entry | {"rate_change_frac_per_year": 0, "utilisation_frac": 0.8} | changes


def rebuild(**changes: object) -> Entry:
    """Return a rebuild with 8 GPUs of 30,000 USD, 6 kW a rig, worth a fifth after 4 years; parts bring 500 USD."""
    entry: Entry = {"gpus_per_rig": 8, "usd_per_gpu": 30_000, "power_w": 6_000, "life_years": 4}
    return entry | {"resale_frac_at_end_of_life": 0.2, "strip_usd_per_rig": 500} | changes


def site(rigs: Entry, *rentals: Entry, **changes: object) -> Site:
    """Return a site with room for 10 MW of air-cooled machines and power at 40 USD/MWh."""
    fields: Entry = {"halls": (hall(mining_mw=10),), "power": power((1.0, 40))}
    return Site(**(fields | {"fleet": {"rigs": (rigs,), "rig_rentals": rentals}} | changes))


@hand_solved
def test_rigs_are_sold_when_they_are_dear() -> Iterator[HandSolved]:
    """1,000 rigs at 800 USD: 0.8 MUSD. Falling by half a year, they are sold at once: 0.8 x 0.953463 = 0.7628.

    Rising by 20 % a year they are kept: 0.8 x 1.2^3 x 0.751315 = 1.0386 (in 2031: 1.152 x 0.787986 = 0.9078).
    Retired by 2030-06-01 they are sold in 2031: 0.9078.
    """

    def owned(change: float, **terms: Any) -> Site:
        return site(rig(resale_usd_per_rig=800, resale_change_frac_per_year=change, **terms))

    yield HandSolved(owned(-0.5), present_value(0.8))
    yield HandSolved(owned(0.2), 0.8 * 1.2**3 * factor(3))
    yield HandSolved(owned(0.2, retire_by="2030-06-01"), present_value(0, 0, 0.8 * 1.2**2))


@hand_solved
def test_usable_rigs_are_upgraded_and_rented() -> Iterator[HandSolved]:
    """200 of 1,000 rigs are fit for it: 1 MUSD of upgrades in 2029, 5.6064 of rent, 0.112128 of power a year.

    10 USD per rig and month: 0.024. (5.470272 - 1) x 0.953463 + 5.470272 x 1.654770 = 13.3143.
    If 100 rigs are asked for, half of it: 6.6571. At 0.01 USD/GPU-hour power takes all of it: none.
    """
    year = RENT - POWER - 0.024
    terms: Entry = {"opex_usd_per_rig_month": 10}
    yield HandSolved(site(rig(), rental(**terms)), present_value(year - 1, year, year))
    few = site(rig(), rental(rigs=100, **terms))
    yield HandSolved(few, present_value(year - 1, year, year) / 2)
    yield HandSolved(site(rig(), rental(usd_per_gpu_hour=0.01, **terms)), 0.0)


@hand_solved
def test_rent_decays_month_by_month() -> Iterator[HandSolved]:
    """The rate halves each year, from the middle of each month: upgraded at once or not at all.

    One year of 2029: 8 GPUs x 200 rigs x 0.8 x 0.5 USD x sum over months of 24 h x days x 0.5^(t + 1/24), about 0.72 of
    the flat rent: 4.0435, less 0.1121 of power and 1 of upgrades:
        2.9314 x 0.953463 = 2.7950
    """
    rent = sum(24 * days * 0.5 ** (before / 365 + 1 / 24) for days, before in months_of(2029)) * 200 * 8 * 0.8 * 0.5
    found = site(rig(), rental(rate_change_frac_per_year=-0.5), years=1)
    yield HandSolved(found, present_value(rent / 1e6 - POWER - 1))


@hand_solved
def test_a_rental_runs_by_days() -> Iterator[HandSolved]:
    """From 2029-03-11 to 2030-07-11: 296 days of 2029, 191 of 2030. 10 USD per rig-month, 9 + 21/31 and 6 + 10/31.

    (5.6064 - 0.112128) x 296/365 - 0.0194 - 1 = 3.4363;  5.494272 x 191/365 - 0.0126 = 2.8625
        3.4363 x 0.953463 + 2.8625 x 0.866784 = 5.7575
    """
    offer = rental(earliest_start="2029-03-11", until="2030-07-11", opex_usd_per_rig_month=10)
    first = (RENT - POWER) * 296 / 365 - 0.002 * (9 + 21 / 31) - 1
    second = (RENT - POWER) * 191 / 365 - 0.002 * (6 + 10 / 31)
    yield HandSolved(site(rig(), offer), present_value(first, second))


@hand_solved
def test_rigs_are_stripped_and_rebuilt() -> Iterator[HandSolved]:
    """100 rigs: 24 MUSD of GPUs, 0.05 for the parts. At 2.5 USD/GPU-hour 14.016 of rent, 0.168192 of power a year.

    After 3 of 4 years a rebuilt rig is worth 1 - 0.8 x 0.75 = 0.4 of its cost: 9.6 at the horizon.
        (-24 + 0.05 + 13.847808) x 0.953463 + 13.847808 x 1.654770 + 9.6 x 0.751315 = 20.4955
    Rented until 2031-01-01 only, they are sold on that day for 0.6 of their cost:
        -10.102192 x 0.953463 + 13.847808 x 0.866784 + 14.4 x 0.787986 = 13.7180
    At 0.5 USD/GPU-hour none is rebuilt.
    """
    year = 100 * 8 * HOURS * 0.8 * 2.5 / 1e6 - 0.6 * HOURS * 0.8 * 40 / 1e6
    terms: Entry = {"grade": "rebuilt", "usd_per_gpu_hour": 2.5}
    rigs = rig(100, rebuild=rebuild())

    def sold(found: Solution) -> None:
        assert posted_musd(found, "revenue", "rig rebuilt sold") == pytest.approx([14.4])

    kept = present_value(year - 24 + 0.05, year, year) + 9.6 * factor(3)
    yield HandSolved(site(rigs, rental(**terms)), kept)
    early = site(rigs, rental(**terms, until="2031-01-01"))
    yield HandSolved(early, present_value(year - 24 + 0.05, year, 14.4), look=sold)
    yield HandSolved(site(rigs, rental(grade="rebuilt")), 0.0)


@hand_solved
def test_rented_rigs_take_the_room_and_megawatts_of_machines() -> Iterator[HandSolved]:
    """2,000 rigs, all fit for an upgrade: 4 MW. 10 MW of machines earn 60 USD/MWh, 0.5256 MUSD a MW and year.

    The rigs earn far more: 6 MW of machines are left. 10 MUSD of upgrades:
        54.94272 + 6 x 0.5256 = 58.09632 a year: (58.09632 - 10) x 0.953463 + 58.09632 x 1.654770 = 141.9941
    In halls for hydro-cooled machines there is no room for rigs: the machines earn 13.7089 alone.
    """
    machines: Entry = {"usd_per_ph_day": 48}
    rigs, offer = rig(2_000, usable_frac=1), rental(rigs=5_000)
    year = 10 * (RENT - POWER) + 6 * 60 * HOURS / 1e6
    air = site(rigs, offer, machines=(asic(),), **machines)
    yield HandSolved(air, present_value(year - 10, year, year))
    alone = 10 * 60 * HOURS / 1e6
    hydro = hall(mining={"capacity_mw": 10, "cooling": "hydro"})
    wet = site(rigs, offer, machines=(asic(cooling="hydro"),), halls=(hydro,), **machines)
    yield HandSolved(wet, present_value(alone, alone, alone))


@hand_solved
def test_rented_rigs_pay_every_charge_and_count_towards_a_minimum_take() -> Iterator[HandSolved]:
    """0.4 MW pay 5 USD/kW-month, 0.024 MUSD a year, and a peak charge of 60 USD/kW-year, 0.024.

    Of 10 MW contracted 10 % must be taken: 1 MW, of which 0.6 are short, 0.036.
        5.6064 - 0.112128 - 0.024 - 0.024 - 0.036 - 1 = 4.410272 x 0.953463 = 4.2050
    """
    charges = power(
        (1.0, 40), demand_charge_usd_per_kw_month=5, minimum_take={"demand_frac": 0.1},
        coincident_peak={"usd_per_kw_year": 60},
    )  # fmt: skip
    year = RENT - POWER - 0.024 - 0.024 - 0.036 - 1
    yield HandSolved(site(rig(), rental(), power=charges, firm_mw=10, years=1), present_value(year))


@hand_solved
def test_the_tax_writes_upgrades_off() -> Iterator[HandSolved]:
    """25 % on income; the upgrades of 1 MUSD in 2029 are written off evenly over two years.

    2029: taxed 5.494272 - 0.5 = 4.994272: 1.248568;  2030: the same; 2031: taxed 5.494272: 1.373568.
        3.245704 x 0.953463 + 4.245704 x 0.866784 + 4.120704 x 0.787986 = 10.0218
    """
    year = RENT - POWER
    straight = {"method": "straight_line", "years": 2}
    finance: Entry = {"tax_rate_frac": 0.25, "asic_depreciation": straight}
    value = present_value(year - 1 - (year - 0.5) / 4, year - (year - 0.5) / 4, year * 0.75)
    yield HandSolved(site(rig(), rental(), finance=finance), value)

"""Carbon: a price that changes what pays, a cap that binds, and whose carbon counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.formulation.support import (
    Entry,
    HandSolved,
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
from tests.formulation.test_hand_supply import GRID, gas, upgrade

YEAR = 60 * 87_600 / 1e6
"""10 MW of machines that earn 100 USD/MWh and pay 40: 5.256 MUSD a year."""


def hashing(carbon: Entry, **emissions: float) -> Site:
    """Return 10 MW of machines that run in all hours, on a grid of 500 kg/MWh: 43,800 t a year."""
    more: Entry = {"emissions": {"average_kg_per_mwh": 500, **emissions}}
    return Site(
        (hall(mining_mw=10),), usd_per_ph_day=48, power=GRID, machines=(asic(),), carbon=carbon, more=more
    )  # fmt: skip


def price(usd: float, since: str = "2029-01-01") -> Entry:
    """Return a flat price of carbon from a date on."""
    return {"price_usd_per_t": [{"date": since, "usd": usd}]}


@hand_solved
def test_hashing_pays_for_carbon_and_stops_where_it_pays_no_more() -> Iterator[HandSolved]:
    """0.5 t/MWh at 100 USD/t is 50 of the 60 USD/MWh: 5.256 / 6 x 2.608232 = 2.2848.

    At 130 USD/t it is 65: none runs. From 2030 on only, nothing is paid in 2029: 5.256 x 0.953463 = 5.0114.
    By the margin of 200 kg/MWh 130 USD/t are 26 USD/MWh: 5.256 x 34 / 60 x 2.608232 = 7.7684.
    """
    yield HandSolved(hashing(price(100)), present_value(*[YEAR / 6] * 3))
    yield HandSolved(hashing(price(130)), 0.0)
    yield HandSolved(hashing(price(130, "2030-01-01")), present_value(YEAR))
    marginal = price(130) | {"basis": "marginal"}
    yield HandSolved(hashing(marginal, marginal_kg_per_mwh=200), present_value(*[YEAR * 34 / 60] * 3))


@hand_solved
def test_a_price_path_is_linear_between_its_dates() -> Iterator[HandSolved]:
    """From 40 USD/t on 2029-01-01 to 100 on 2031-01-01: 55 in the mean of 2029, 85 in that of 2030, 100 in 2031.

    At 0.5 t/MWh 27.5, 42.5 and 50 of the 60 USD/MWh:
        5.256 x (32.5 x 0.953463 + 17.5 x 0.866784 + 10 x 0.787986) / 60 = 4.7336
    """
    path = {"price_usd_per_t": [{"date": "2029-01-01", "usd": 40}, {"date": "2031-01-01", "usd": 100}]}
    value = present_value(*(YEAR * left / 60 for left in (32.5, 17.5, 10)))
    yield HandSolved(hashing(path), value)


@hand_solved
def test_carbon_of_the_fuel_makes_a_bridge_too_dear() -> Iterator[HandSolved]:
    """The bridge of a year that is worth 3.5135, on a grid of 100 kg/MWh; gas makes 500.

    At 30 USD/t the lease's 87,600 MWh a year cost 0.2628 as if from the grid, the 400 kg more of gas in 2030 1.0512:
        3.5135 - 0.2628 x 1.654770 - 1.0512 x 0.866784 = 2.1675: taken, though no tenant repays it.
    At 130 USD/t, 4.3333 times that: 3.5135 - 1.8845 - 3.9484 < 0: refused.
    """

    def site(usd: float) -> Site:
        more = {"supplies": [gas()], "upgrades": [upgrade()], "emissions": {"average_kg_per_mwh": 100}}
        return Site(contracts=(lease(),), firm_mw=0, power=GRID, carbon=price(usd), more=more)

    value = present_value(-20.25, 12 - 0.25 - 0.876 - 0.2628 - 1.0512, 17 - 0.2628)
    yield HandSolved(
        site(30), value, {"lease": 1},
        lambda found: _close(posted_musd(found, "opex", "carbon of contracts"), [-0.2628 - 1.0512, -0.2628]),
    )  # fmt: skip
    yield HandSolved(site(130), 0.0)


def _close(found: list[float], expected: list[float]) -> None:
    assert found == pytest.approx(expected)


@hand_solved
def test_contracts_that_outlast_the_study_go_on_paying_for_carbon() -> Iterator[HandSolved]:
    """A lease of 36 months from 2030, 2032 after the horizon; 0.1 t/MWh at 100 USD/t is 10 USD/MWh.

    0.876 in 2030 and in 2031; in 2032 the rent of 1 MUSD a month less 10 MW x 24 h x days x 10 USD, each month
    discounted from its middle to the horizon:
        -10 x 0.953463 + 11.124 x 1.654770 + 1.1^-3 x sum = 16.8439
    """
    more = {"emissions": {"average_kg_per_mwh": 100}}
    site = Site(contracts=(lease(term_months=36),), power=GRID, carbon=price(100), more=more)
    tail = sum((1 - 10 * 24 * days * 10 / 1e6) * factor((before + days / 2) / 366) for days, before in months_of(2032))
    yield HandSolved(site, present_value(-10, 11.124, 11.124) + factor(3) * tail, {"lease": 1})


@hand_solved
def test_a_cap_lets_part_of_the_machines_run() -> Iterator[HandSolved]:
    """43,800 t a year; from 2030 on half of it is allowed: 5 MW run. A cap from 2030-07-02 on counts half a year.

    The 183 days from then on allow 21,900 x 183 / 365 t, and 10 MW would emit 43,800 x 183 / 365: again 5 MW run,
    all year, as a period has one number of machines. 5.256 x 0.953463 + 2.628 x 1.654770 = 9.3601
    By a margin of 1,000 kg/MWh a quarter runs: 5.256 x 0.953463 + 1.314 x 1.654770 = 7.1858
    """

    def cap(since: str) -> Entry:
        return {"cap": [{"date": since, "t_per_year": 21_900}]}

    half = present_value(YEAR, YEAR / 2, YEAR / 2)
    yield HandSolved(hashing(cap("2030-01-01")), half)
    yield HandSolved(hashing(cap("2030-07-02")), half)
    marginal = cap("2030-01-01") | {"basis": "marginal"}
    yield HandSolved(hashing(marginal, marginal_kg_per_mwh=1_000), present_value(YEAR, YEAR / 4, YEAR / 4))


@hand_solved
def test_a_cap_that_steps_down_within_a_year_is_added_up_by_days() -> Iterator[HandSolved]:
    """43,800 t a year until 2030-07-01, 182 + 365 days on; then 21,900: in 2030 43,800 x (181 + 184 / 2) / 365.

    So (181 + 92) / 365 of the machines run in 2030, half of them in 2031:
        5.256 x (0.953463 + 273 / 365 x 0.866784 + 0.787986 / 2) = 10.4897
    """
    steps = [{"date": "2029-01-01", "t_per_year": 43_800}, {"date": "2030-07-01", "t_per_year": 21_900}]
    yield HandSolved(hashing({"cap": steps}), present_value(YEAR, YEAR * 273 / 365, YEAR / 2))


@hand_solved
def test_a_cap_refuses_the_lease_that_emits_too_much() -> Iterator[HandSolved]:
    """0.1 t/MWh: 10 MW emit 8,760 t a year, 9 MW 7,884. 8,000 are allowed: the lease of 9 MW at 90 USD/kW-month.

    -9 x 0.953463 + 9.72 x 1.654770 = 7.5032
    """
    offers = (lease("ten", 10, 300), lease("nine", 9, 90))
    capped = {"cap": [{"date": "2029-01-01", "t_per_year": 8_000}]}
    site = Site(contracts=offers, power=power(), carbon=capped, more={"emissions": {"average_kg_per_mwh": 100}})
    yield HandSolved(site, present_value(-9, 9.72, 9.72), {"nine": 1})


@hand_solved
def test_solar_makes_room_under_a_cap() -> Iterator[HandSolved]:
    """Half of 43,800 t is allowed; 5 MW of solar at a capacity factor of 0.2 make 8,760 MWh, 4,380 t less.

    Energy is free, so solar saves no money and hashing earns 100 USD/MWh. A MW that runs emits 4,380 t: with solar
    6 MW run, without it 5. The sixth earns 0.876 a year: 2.2848 in three years for 1.5 MUSD in 2029, 1.4302.
        6 x 0.876 x 2.608232 - 1.5 x 0.953463 = 12.2787
    """
    sun: Entry = {
        "kind": "solar", "id": "sun", "name": "Solar", "unit_mw": 5, "most_units": 1, "capex_usd_per_mw": 3e5,
        "lead_time_months": 0, "firm_frac": 0, "capacity_factor_frac": 0.2,
    }  # fmt: skip
    year = 6 * 100 * 8_760 / 1e6
    site = Site(
        (hall(mining_mw=10),), usd_per_ph_day=48, machines=(asic(),),
        carbon={"cap": [{"date": "2029-01-01", "t_per_year": 21_900}]},
        more={"emissions": {"average_kg_per_mwh": 500}, "supplies": [sun]},
    )  # fmt: skip
    yield HandSolved(site, present_value(year - 1.5, year, year))

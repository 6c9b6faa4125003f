"""Published figures that the model's own formulas must reproduce."""

from __future__ import annotations

from datetime import date

import pytest

from planner.schemas.finance import DepreciationMethod
from planner.schemas.market import Hashprice, NetworkModel
from planner.translate.finance import MACRS_FRAC
from planner.translate.prices import BLOCKS_PER_DAY, block_reward_btc, hashprice_path, revenue_usd_per_mwh
from tests.formulation.support import Site, hall, lease, posted_musd, solve_case

HASHPRICE = 39.5
"""USD/PH/day on 2026-01-12. Source: hashrateindex.com/blog/hashrate-index-roundup-january-12-2026."""


@pytest.mark.parametrize(
    ("least", "most", "usd_per_mwh", "j_per_th"),
    [(15.0, 19.0, 97, 16.97), (19.0, 25.0, 75, 21.94), (25.0, 38.0, 51, 32.27)],
)
def test_published_revenue_lies_within_its_efficiency_class(
    least: float, most: float, usd_per_mwh: float, j_per_th: float
) -> None:
    """Hashrate Index publishes USD/MWh for classes under 19, 19 to 25 and 25 to 38 J/TH on 2026-01-12.

    hashprice x 1000 / (24 e): 39,500 / 24 = 1,645.83 = USD/MWh x J/TH, so 97 USD/MWh are 16.97 J/TH,
    75 are 21.94 and 51 are 32.27. (The best machines on sale need about 15 J/TH.)
    """
    assert revenue_usd_per_mwh(HASHPRICE, most) < usd_per_mwh < revenue_usd_per_mwh(HASHPRICE, least)
    assert revenue_usd_per_mwh(HASHPRICE, j_per_th) == pytest.approx(usd_per_mwh, abs=0.02)


def test_seventeen_joules_earn_as_published() -> None:
    """39.5 x 1000 / (24 x 17) = 96.81 USD/MWh; published: 97 for machines under 19 J/TH."""
    assert revenue_usd_per_mwh(HASHPRICE, 17) == pytest.approx(39_500 / 408)
    assert round(revenue_usd_per_mwh(HASHPRICE, 17)) == 97


def network(**changes: object) -> NetworkModel:
    """Return the network of 2026-01-12 as published: 91,132 USD, 1,024 EH/s, fees 0.55 % of the reward."""
    fields: dict[str, object] = {
        "as_of": "2026-01-12", "btc_price_usd": 91_132, "network_ehs": 1_024, "block_subsidy_btc": 3.125,
        "fees_btc_per_block": 3.125 * 0.0055 / 0.9945,
    }  # fmt: skip
    return NetworkModel.model_validate(fields | changes)


def test_the_network_model_gives_the_published_hashprice() -> None:
    """144 x 3.1423 BTC x 91,132 USD / 1,024,000 PH/s = 40.27; published 39.53: rates of the day differ by 2 %."""
    found = hashprice_path(Hashprice(network=network()), [date(2026, 1, 12)])
    assert found[0] == pytest.approx(144 * 3.1423 * 91_132 / 1_024_000, rel=1e-4)
    assert found[0] == pytest.approx(39.53, rel=0.02)


def test_the_subsidy_of_a_day_halves_on_the_halving_date() -> None:
    """144 blocks a day: 900 BTC before the halving of 2024-04-20, 450 BTC from that day on."""
    before = network(
        as_of="2024-04-01", block_subsidy_btc=6.25, fees_btc_per_block=0, halving_dates=["2024-04-20", "2028-04-14"]
    )
    daily = {day: BLOCKS_PER_DAY * block_reward_btc(before, day) for day in (
        date(2024, 4, 19), date(2024, 4, 20), date(2028, 4, 13), date(2028, 4, 14)
    )}  # fmt: skip
    assert list(daily.values()) == [900, 450, 450, 225]


def test_fees_do_not_halve() -> None:
    paying = network(as_of="2024-04-01", block_subsidy_btc=6.25, fees_btc_per_block=0.5, halving_dates=["2024-04-20"])
    assert block_reward_btc(paying, date(2024, 4, 20)) == 3.125 + 0.5


def test_core_scientifics_contracts_come_to_their_published_total() -> None:
    """8.7 bn USD for 500 MW of critical IT over 12 years (press release of 2024-10-22, SEC file 0001628280-24-043341).

    8,700 / 500 / 12 = 1.45 MUSD per MW and year = 8.7e9 / 500,000 kW / 144 months = 120.83 USD/kW-month.
    Over a horizon of 14 years, of which the first builds, the revenue line holds the whole of it and no tail.
    """
    rent = 8.7e9 / 500e3 / 144
    assert rent == pytest.approx(120.83, abs=0.005)
    site = Site((hall(mw=500),), (lease("core", 500, rent, term_months=144),), years=14, firm_mw=500)
    site.halls[0]["floor_m2"] = 100_000
    found = solve_case(site.case())
    revenue = posted_musd(found, "revenue", "core")
    assert len(revenue) == 12
    assert revenue == pytest.approx([1.45 * 500] * 12)
    assert sum(revenue) == pytest.approx(8_700)
    assert not posted_musd(found, "terminal", "core")


@pytest.mark.parametrize(
    ("method", "percent"),
    [
        (DepreciationMethod.MACRS_5, (20.00, 32.00, 19.20, 11.52, 11.52, 5.76)),
        (DepreciationMethod.MACRS_7, (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46)),
        (
            DepreciationMethod.MACRS_15,
            (
                5.00, 9.50, 8.55, 7.70, 6.93, 6.23, 5.90, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 2.95,
            ),
        ),
    ],
)  # fmt: skip
def test_macrs_is_that_of_the_irs(method: DepreciationMethod, percent: tuple[float, ...]) -> None:
    """IRS Publication 946, table A-1: half-year convention, in percent of the basis."""
    assert [100 * share for share in MACRS_FRAC[method]] == pytest.approx(list(percent))
    assert sum(MACRS_FRAC[method]) == pytest.approx(1.0, abs=1e-12)

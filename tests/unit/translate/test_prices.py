"""Hashprice, price curves and the exact value of curtailment."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from planner import data
from planner.schemas.market import (
    CurveBin,
    Hashprice,
    HashpricePoint,
    Market,
    NetworkModel,
    PowerPrice,
    QuarterCurve,
)
from planner.schemas.study import PeriodBlock, Study
from planner.translate.calendar import Timeline, timeline
from planner.translate.prices import (
    PriceCurve,
    hashprice_path,
    month_hashprice,
    power_curves,
    revenue_usd_per_mwh,
)


@pytest.fixture
def time() -> Timeline:
    study = Study(start=date(2027, 1, 1), grid=(PeriodBlock(months=6, count=4),), discount_rate_frac=0.1)
    return timeline(study, longest_term_months=0, tail_rate_frac=0.1)


def test_revenue_per_mwh_follows_from_the_definition() -> None:
    """One PH/s at 20 J/TH draws 20 kW, 0.48 MWh a day; 48 USD a day are 100 USD/MWh."""
    assert revenue_usd_per_mwh(48, 20) == pytest.approx(100)


def test_forward_curve_is_linear_between_points_flat_before_and_grows_after() -> None:
    points = (
        HashpricePoint(date=date(2027, 1, 1), usd_per_ph_day=40),
        HashpricePoint(date=date(2027, 1, 11), usd_per_ph_day=50),
    )
    hashprice = Hashprice(forward_curve=points, growth_after_frac_per_year=-0.1)
    days = [date(2026, 6, 1), date(2027, 1, 6), date(2027, 1, 11)]
    assert hashprice_path(hashprice, days).tolist() == pytest.approx([40, 45, 50])
    later = hashprice_path(hashprice, [date.fromordinal(date(2027, 1, 11).toordinal() + 1461)])
    assert later[0] == pytest.approx(50 * 0.9**4)


def test_network_model_halves_the_subsidy_and_keeps_the_fees() -> None:
    """(3.125 + 0.1) * 144 * 100 000 / 1 000 000 PH before, (1.5625 + 0.1) after."""
    network = NetworkModel(
        as_of=date(2027, 1, 1),
        btc_price_usd=100_000,
        network_ehs=1_000,
        block_subsidy_btc=3.125,
        fees_btc_per_block=0.1,
        halving_dates=(date(2028, 4, 17),),
    )
    path = hashprice_path(Hashprice(network=network), [date(2028, 4, 16), date(2028, 4, 17)])
    assert path.tolist() == pytest.approx([144 * 3.225 * 0.1, 144 * 1.6625 * 0.1])


def test_a_month_hashprice_is_the_mean_of_its_days(time: Timeline) -> None:
    """From 0 on 1 January up by 1 a day: the mean of 0..30 is 15, of 31..58 is 44.5."""
    points = (
        HashpricePoint(date=date(2027, 1, 1), usd_per_ph_day=0),
        HashpricePoint(date=date(2027, 6, 30), usd_per_ph_day=180),
    )
    flat = tuple(QuarterCurve(quarter=q, bins=(CurveBin(hours_frac=1, usd_per_mwh=30),)) for q in (1, 2, 3, 4))
    market = Market(hashprice=Hashprice(forward_curve=points), power=PowerPrice(curve=flat))
    assert month_hashprice(market, time)[:2].tolist() == pytest.approx([15, 44.5])


def test_worth_running_is_the_hourly_sum() -> None:
    rng = np.random.default_rng(7)
    prices = rng.normal(40, 60, 8760)
    curve = PriceCurve(np.full(8760, 1 / 8760), prices)
    use = curve.best_use(45.0)
    by_hour = np.maximum(0, 45.0 - prices).mean()
    assert 45.0 * use.run_frac - use.paid_usd_per_mwh == pytest.approx(by_hour, rel=1e-12)


def test_all_in_price_has_losses_delivery_and_level(time: Timeline) -> None:
    """Energy 30 with 5 % losses and 4 delivery is 35.5; the middle of March 2027 is 74.5 days in."""
    flat = tuple(
        QuarterCurve(
            quarter=q, bins=(CurveBin(hours_frac=0.5, usd_per_mwh=20), CurveBin(hours_frac=0.5, usd_per_mwh=40))
        )
        for q in (1, 2, 3, 4)
    )
    power = PowerPrice(curve=flat, loss_frac=0.05, delivery_usd_per_mwh=4, escalator_frac_per_year=0.02)
    curves = power_curves(power, time)
    assert curves.month(2).mean_usd_per_mwh == pytest.approx(35.5 * 1.02 ** (74.5 / 365))
    assert power_curves(power.model_copy(update={"escalator_frac_per_year": 0.0}), time).month(
        0
    ).mean_usd_per_mwh == pytest.approx(35.5)


def energy_curve(quarters: Sequence[QuarterCurve], year: int) -> PriceCurve:
    """Return the energy prices of a whole year, each quarter weighing as many days as it has in that year."""
    borders = [date(year, month, 1).toordinal() for month in (1, 4, 7, 10)] + [date(year + 1, 1, 1).toordinal()]
    weights = np.diff(borders) / (borders[-1] - borders[0])
    hours, prices = [], []
    for entry in quarters:
        frac = np.array([item.hours_frac for item in entry.bins])
        hours.append(frac / frac.sum() * weights[entry.quarter - 1])
        prices.append(np.array([item.usd_per_mwh for item in entry.bins]))
    return PriceCurve(np.concatenate(hours), np.concatenate(prices))


def hub_year(hub: str, year: int) -> PriceCurve:
    """Return the energy prices of a bundled hub in one year."""
    quarters = [
        QuarterCurve(
            quarter=quarter,
            bins=tuple(CurveBin(hours_frac=share, usd_per_mwh=usd) for share, usd in bins),
        )
        for quarter, bins in data.price_curve(hub, (year,))
    ]
    return energy_curve(quarters, year)


@pytest.mark.parametrize(
    ("hub", "mean", "without_5", "without_10"),
    [
        ("ERCOT/HB_HUBAVG", 55.94, 26.92, 23.67),
        ("PJM/DOM", 35.78, 30.48, 28.62),
        ("NYISO/CAPITL", 36.38, 32.29, 30.74),
    ],
)
def test_the_mean_of_2023_without_its_dearest_hours(hub: str, mean: float, without_5: float, without_10: float) -> None:
    """The published figures are from single hours; the bins at the cut hold the mean of theirs: half a percent."""
    curve = hub_year(hub, 2023)
    assert curve.mean_usd_per_mwh == pytest.approx(mean, rel=0.005)
    assert curve.mean_without_dearest(0.05) == pytest.approx(without_5, rel=0.005)
    assert curve.mean_without_dearest(0.1) == pytest.approx(without_10, rel=0.005)


def test_ercot_2023_is_55_94_and_26_92_without_its_dearest_twentieth() -> None:
    curve = hub_year("ERCOT/HB_HUBAVG", 2023)
    assert curve.mean_usd_per_mwh == pytest.approx(55.94, abs=0.005)
    assert curve.mean_without_dearest(0.05) == pytest.approx(26.92, abs=0.02)


def test_the_dearest_hours_are_cut_out_of_a_bin_exactly() -> None:
    """30, 10 and 100 in 50, 30 and 20 %: without the dearest quarter 0.45 x 30 + 0.3 x 10 = 16.5 over 75 %."""
    curve = PriceCurve(np.array([0.5, 0.3, 0.2]), np.array([30.0, 10.0, 100.0]))
    assert curve.dearest(0.25).tolist() == pytest.approx([0.05, 0, 0.2])
    assert curve.mean_without_dearest(0.25) == pytest.approx(22)
    assert curve.mean_without_dearest(0) == pytest.approx(curve.mean_usd_per_mwh)
    for frac in (-0.1, 1.0):
        with pytest.raises(ValueError, match="share of hours from 0 to below 1"):
            curve.mean_without_dearest(frac)


def test_lost_hours_come_out_of_those_that_run_and_then_out_of_the_rest() -> None:
    curve = PriceCurve(np.array([0.1, 0.3, 0.6]), np.array([10.0, 30.0, 100.0]))
    assert curve.without_hours(0.04, 50).hours_frac.tolist() == pytest.approx([0.09, 0.27, 0.6])
    assert curve.without_hours(0.7, 50).hours_frac.tolist() == pytest.approx([0, 0, 0.3])
    assert curve.without_hours(0.1, 5).hours_frac.tolist() == pytest.approx([0.09, 0.27, 0.54])
    assert curve.without_hours(1, 500).hours_frac.tolist() == pytest.approx([0, 0, 0])

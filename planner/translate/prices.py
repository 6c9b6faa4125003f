"""Prices of a period: hashprice, all-in power price by share of hours, and the exact mining margin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from planner.schemas.market import Hashprice, Market, NetworkModel, PowerPrice
from planner.translate.calendar import Timeline, year_position
from site_conversion.instance import Floats

BLOCKS_PER_DAY = 144
"""One block in ten minutes, the network's target."""


def revenue_usd_per_mwh(hashprice_usd_per_ph_day: float, efficiency_j_per_th: float) -> float:
    """Return what a MWh earns: hashprice * 1000 / (24 * efficiency).

    A machine of e J/TH draws e kW for each PH/s, which earns the hashprice in 24 hours.
    """
    return hashprice_usd_per_ph_day * 1000 / (24 * efficiency_j_per_th)


def block_reward_btc(network: NetworkModel, day: date) -> float:
    """Return subsidy and fees per block on a day, after the halvings up to it."""
    halvings = sum(1 for halving in network.halving_dates if network.as_of < halving <= day)
    return network.block_subsidy_btc * 0.5**halvings + network.fees_btc_per_block


def hashprice_path(hashprice: Hashprice, days: list[date]) -> Floats:
    """Return the hashprice in USD/PH/day on each of the days."""
    ordinals = np.array([day.toordinal() for day in days], dtype=np.float64)
    if hashprice.network is not None:
        network = hashprice.network
        years = np.array([year_position(day) for day in days]) - year_position(network.as_of)
        price = network.btc_price_usd * np.power(1 + network.btc_growth_frac_per_year, years)
        petahash = network.network_ehs * 1000 * np.power(1 + network.network_growth_frac_per_year, years)
        reward = np.array([block_reward_btc(network, day) for day in days])
        return np.asarray(BLOCKS_PER_DAY * reward * price / petahash, dtype=np.float64)
    points = hashprice.forward_curve or ()
    x = np.array([point.date.toordinal() for point in points], dtype=np.float64)
    y = np.array([point.usd_per_ph_day for point in points])
    after = np.maximum(ordinals - x[-1], 0) / 365.25
    path = np.interp(ordinals, x, y) * np.power(1 + hashprice.growth_after_frac_per_year, after)
    return np.asarray(path, dtype=np.float64)


def month_hashprice(market: Market, time: Timeline) -> Floats:
    """Return the hashprice of each month of the study, the mean over its days."""
    ordinals = np.array([day.toordinal() for day in time.month_starts if day <= time.end], dtype=np.int64)
    daily = hashprice_path(market.hashprice, [date.fromordinal(n) for n in range(ordinals[0], ordinals[-1])])
    sums = np.add.reduceat(daily, ordinals[:-1] - ordinals[0])
    return np.asarray(market.hashprice_scale_frac * sums / np.diff(ordinals), dtype=np.float64)


@dataclass(frozen=True)
class PriceCurve:
    """All-in energy price of one stretch of time: shares of its hours and their USD/MWh."""

    hours_frac: Floats
    usd_per_mwh: Floats

    @property
    def mean_usd_per_mwh(self) -> float:
        """What a flat load pays."""
        return float(self.hours_frac @ self.usd_per_mwh)

    def worth_running(self, value_usd_per_mwh: float) -> tuple[float, float]:
        """Return the share of hours priced below the value and the price-share integral over them.

        The margin of a MW that runs only when it pays is value * share - integral: exact for the curve,
        as it is the sum over its hours of max(0, value - price).
        """
        runs = self.usd_per_mwh < value_usd_per_mwh
        return float(self.hours_frac[runs].sum()), float(self.hours_frac[runs] @ self.usd_per_mwh[runs])


@dataclass(frozen=True)
class PowerCurves:
    """All-in price curves of every month, from the four quarters of the year and the escalator."""

    quarters: tuple[tuple[Floats, Floats], ...]  # hours_frac, all-in USD/MWh at base_date
    levels: Floats  # [month] price level against base_date
    month_quarter: tuple[int, ...]  # [month] 0 to 3
    time: Timeline

    def month_mean_usd_per_mwh(self) -> Floats:
        """Return the mean all-in price of each month."""
        means = np.array([frac @ price for frac, price in self.quarters])
        return means[list(self.month_quarter)] * self.levels

    def month(self, month: int) -> PriceCurve:
        """Return the curve of a month: its quarter's, at the month's price level."""
        frac, price = self.quarters[self.month_quarter[month]]
        return PriceCurve(frac, price * self.levels[month])


def power_curves(power: PowerPrice, time: Timeline) -> PowerCurves:
    """Return the site's all-in curves: (energy * (1 + losses) + delivery) * level of the month.

    Raises:
        ValueError: the case's curve was not filled in from its hub or CSV.
    """
    if power.curve is None:
        raise ValueError("the power curve has not been resolved")
    quarters = []
    for entry in sorted(power.curve, key=lambda curve: curve.quarter):
        frac = np.array([item.hours_frac for item in entry.bins])
        price = np.array([item.usd_per_mwh for item in entry.bins])
        quarters.append((frac / frac.sum(), price * (1 + power.loss_frac) + power.delivery_usd_per_mwh))
    base = power.base_date or time.start
    positions = np.array([year_position(day) for day in time.month_starts])
    middle = (positions[:-1] + positions[1:]) / 2 - year_position(base)
    return PowerCurves(
        quarters=tuple(quarters),
        levels=np.power(1 + power.escalator_frac_per_year, middle),
        month_quarter=tuple((day.month - 1) // 3 for day in time.month_starts[:-1]),
        time=time,
    )

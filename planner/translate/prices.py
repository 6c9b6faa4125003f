"""Prices of a period: hashprice, all-in power price by share of hours, and the exact mining margin."""

from __future__ import annotations

from collections.abc import Sequence
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


def hashprice_bends(hashprice: Hashprice) -> tuple[date, ...]:
    """Return the days on which the hashprice may jump or bend: halvings, or the points of the forward curve."""
    if hashprice.network is not None:
        return hashprice.network.halving_dates
    return tuple(point.date for point in hashprice.forward_curve or ())


def daily_hashprice(market: Market, time: Timeline) -> Floats:
    """Return the hashprice of each day of the study."""
    days = [date.fromordinal(n) for n in range(time.start.toordinal(), time.end.toordinal())]
    return np.asarray(market.hashprice_scale_frac * hashprice_path(market.hashprice, days), dtype=np.float64)


def month_hashprice(market: Market, time: Timeline) -> Floats:
    """Return the hashprice of each month of the study, the mean over its days."""
    ordinals = np.array([day.toordinal() for day in time.month_starts if day <= time.end], dtype=np.int64)
    sums = np.add.reduceat(daily_hashprice(market, time), ordinals[:-1] - ordinals[0])
    return np.asarray(sums / np.diff(ordinals), dtype=np.float64)


@dataclass(frozen=True)
class Call:
    """What a demand-response programme pays for a MWh not run, and the share of all hours it pays for."""

    usd_per_mwh: float
    hours_frac: float


@dataclass(frozen=True)
class Use:
    """What a MW of machines does with the hours of a curve, per hour of the whole stretch of time."""

    run_frac: float
    paid_usd_per_mwh: float
    """Price-share integral over the hours run."""
    response_usd_per_mwh: float
    """Activation payments for hours not run."""


@dataclass(frozen=True)
class PriceCurve:
    """All-in energy price of one stretch of time: shares of its hours and their USD/MWh."""

    hours_frac: Floats
    usd_per_mwh: Floats

    @property
    def mean_usd_per_mwh(self) -> float:
        """What a flat load pays."""
        return float(self.hours_frac @ self.usd_per_mwh)

    def dearest(self, hours_frac: float) -> Floats:
        """Return how much of each bin lies among the dearest hours, so many of all; a bin may be cut."""
        order = np.argsort(-self.usd_per_mwh, kind="stable")
        sorted_frac = self.hours_frac[order]
        dearer = np.cumsum(sorted_frac) - sorted_frac
        taken = np.empty_like(self.hours_frac)
        taken[order] = np.clip(hours_frac - dearer, 0.0, sorted_frac)
        return taken

    def mean_without_dearest(self, frac: float) -> float:
        """Return what a load pays that is flat but for the dearest share of the hours, in which it is off.

        Raises:
            ValueError: frac is not at least 0 and below 1.
        """
        if not 0 <= frac < 1:
            raise ValueError(f"a share of hours from 0 to below 1 is needed, found {frac:g}")
        kept = self.hours_frac - self.dearest(frac * float(self.hours_frac.sum()))
        return float(kept @ self.usd_per_mwh / kept.sum())

    def without_hours(self, lost_frac: float, value_usd_per_mwh: float) -> PriceCurve:
        """Return the curve less a share of all hours in which the machine is off, whatever the price.

        They are taken evenly out of the hours priced below the value, and only if there are not enough of
        those out of the rest. A miner that stays out of the grid's peaks loses no more than this: a peak is
        dearer than the average hour it would have run, and may be an hour it would not have run at all.
        """
        runs = self.usd_per_mwh < value_usd_per_mwh
        running, resting = float(self.hours_frac[runs].sum()), float(self.hours_frac[~runs].sum())
        from_running = min(lost_frac, running)
        from_resting = min(lost_frac - from_running, resting)
        kept_running = 1 - from_running / running if running > 0 else 1.0
        kept_resting = 1 - from_resting / resting if resting > 0 else 1.0
        return PriceCurve(self.hours_frac * np.where(runs, kept_running, kept_resting), self.usd_per_mwh)

    def best_use(self, value_usd_per_mwh: float, calls: Sequence[Call] = ()) -> Use:
        """Return the use of a MW that runs where it pays best: value - price, an activation payment, or neither.

        Exact for the curve. Without calls the margin value * run_frac - paid is the sum over the hours of
        max(0, value - price); with one call d for all hours, of max(value - price, d). Where calls pay for a share
        of the hours only, the best-paid ones take the dearest hours, as long as value - price is not above d: what
        is given up by not running grows as hours get cheaper, and the payment falls from call to call.
        """
        taken = 0.0
        response = 0.0
        for call in sorted(calls, key=lambda call: -call.usd_per_mwh):
            willing = float(self.hours_frac[self.usd_per_mwh >= value_usd_per_mwh - call.usd_per_mwh].sum())
            upto = max(taken, min(taken + call.hours_frac, willing))
            response += call.usd_per_mwh * (upto - taken)
            taken = upto
        runs = self.usd_per_mwh < value_usd_per_mwh
        hours = (self.hours_frac - self.dearest(taken) if taken else self.hours_frac)[runs]
        return Use(float(hours.sum()), float(hours @ self.usd_per_mwh[runs]), response)


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


def demand_usd_per_mw(power: PowerPrice, curves: PowerCurves) -> Floats:
    """Return the demand charge of each month for a MW drawn in it, with what has followed a coincident-peak charge."""
    charge = np.full(len(curves.levels), power.demand_charge_usd_per_kw_month)
    peak, time = power.coincident_peak, curves.time
    if peak is not None and peak.until is not None:
        charge += peak.after_usd_per_kw_month * time.month_days_within(peak.until, None) / time.month_days
    return np.asarray(charge * 1000 * curves.levels, dtype=np.float64)


def coincident_peak_usd_per_mw(power: PowerPrice, curves: PowerCurves) -> Floats:
    """Return the coincident-peak charge of each month for a MW drawn at the peak, by days until it ends."""
    peak, time = power.coincident_peak, curves.time
    if peak is None:
        return np.zeros(len(curves.levels))
    years = time.month_days_within(None, peak.until) / time.month_year_days
    return np.asarray(peak.usd_per_kw_year * 1000 * years * curves.levels, dtype=np.float64)


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

"""The worth of a standard conversion by closed form, for many places at once. All money is USD per gross MW.

With time t in years from the start, rate r, v = 1 / (1 + r), delay D, build b, service from S = max(D, b) to
E = min(S + term, H), horizon H, and k = 1000 / (PUE * design_day_ratio) critical kW per gross MW:

    value = rent - opex - power - capex - connection - mining
    rent       = 12 k R (1 + g)^S * steps(S, E, e)      R rent, g change before service, e escalator
    opex       = 12 k O (1 + o)^S * steps(S, E, o)      O running cost, o its escalator
    power      = over [S, E] a year's P = 8766 * mean price / design_day_ratio + charges, where the owner pays it;
                 passed through: rent_off_for_power * (P - P at the reference price)
    capex      = k C * spread(S - b, S)                 C capex; spent evenly over the build, which ends at service
    connection = I * spread(0, D)                       I connection; spent evenly over the wait; energised: fibre
    mining     = lost share * over [S - hashing lost, H] a year's max(0, margin); bare land: none

    margin of a year     = 8766 * uptime * mean over the curve of max(0, revenue - price - variable) - charges - fixed
    steps(S, E, e)       = integral from S to E of (1 + e)^floor(t - S) v^t dt
    spread(a, b)         = mean over [a, b] of ((1 + capex escalator) v)^t
    worth of a year's sum = sum * integral of v^t dt over the part of the year that counts

Payments flow evenly inside a year: this is the project's mid-period discounting for short periods (with months the
two differ by less than 1e-5). Yearly sums are at the price level of the middle of their year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from planner.geo.sphere import Bools, Floats, Ints
from planner.places.power import YEAR_HOURS, PlacePower, year_bins
from planner.schemas.screen import ScreenAssumptions
from planner.schemas.tenants import PowerTerms
from planner.translate.prices import revenue_usd_per_mwh

YEAR_DAYS = 365.25
_LEAST = 1e-12


@dataclass(frozen=True)
class YearlySums:
    """What one distinct power price means in each year of the horizon, per gross MW."""

    mining_usd: Floats
    """Margin of mining [years], never negative: a miner that would lose money stands still."""
    power_usd: Floats
    """Power of the AI load that the owner bears [years]: mean draw over the whole curve, charges on the design-day
    draw; where it is passed through, what of it comes off the rent."""


@dataclass(frozen=True)
class PlaceTerms:
    """What the formula takes from each place, one entry each."""

    price: Ints
    """Row of the yearly sums."""
    gross_to_it: Floats
    is_energised: Bools
    connection_usd_per_mw: Floats


@dataclass(frozen=True)
class Worth:
    """Present values per gross MW, one entry for each place; costs are positive."""

    service_years: Floats
    rent_usd: Floats
    opex_usd: Floats
    power_usd: Floats
    capex_usd: Floats
    connection_usd: Floats
    mining_usd: Floats

    @property
    def value_usd(self) -> Floats:
        """Rents less all costs and less the mining given up."""
        costs = self.opex_usd + self.power_usd + self.capex_usd + self.connection_usd + self.mining_usd
        return np.asarray(self.rent_usd - costs, dtype=np.float64)


def steps(start: Floats, length: Floats, rate: float, escalator: float) -> Floats:
    """Return the worth of 1 USD a year from `start` for `length` years, stepped by the escalator each anniversary."""
    force = np.log1p(rate)
    year = -np.expm1(-force) / force
    whole = np.floor(length)
    growth = (1 + escalator) / (1 + rate)
    years = whole if abs(growth - 1) < _LEAST else (1 - growth**whole) / (1 - growth)
    rest = growth**whole * -np.expm1(-force * (length - whole)) / force
    return np.asarray(np.exp(-force * start) * (year * years + rest), dtype=np.float64)


def spread(first: Floats, last: Floats, rate: float, escalator: float) -> Floats:
    """Return the worth of 1 USD of today's money spent evenly between two dates, or at once where they are one."""
    slope = np.log1p(escalator) - np.log1p(rate)
    x = slope * (last - first)
    mean = np.divide(np.expm1(x), x, out=np.ones_like(x), where=np.abs(x) > _LEAST)
    return np.asarray(np.exp(slope * first) * mean, dtype=np.float64)


class Accumulated:
    """Yearly sums made ready to be valued between any two dates."""

    def __init__(self, yearly: Floats, rate: float) -> None:
        """Take sums of USD [prices, years], paid evenly inside each year."""
        self._force = np.log1p(rate)
        years = np.arange(yearly.shape[1], dtype=np.int64)
        worth = yearly * self._weight(years, np.asarray(years + 1.0, dtype=np.float64))
        none = np.zeros((len(yearly), 1))
        self._before = np.concatenate([none, np.cumsum(worth, axis=1)], axis=1)
        self._yearly = np.concatenate([yearly, none], axis=1)

    def between(self, price: Ints, first: Floats, last: Floats) -> Floats:
        """Return the worth of what falls between two dates, in years; nothing falls after the last year."""
        return self._until(price, last) - self._until(price, first)

    def _until(self, price: Ints, time: Floats) -> Floats:
        time = np.clip(time, 0.0, self._yearly.shape[1] - 1.0)
        year = np.floor(time).astype(np.int64)
        part = self._yearly[price, year] * self._weight(year, time)
        return np.asarray(self._before[price, year] + part, dtype=np.float64)

    def _weight(self, first: Ints, last: Floats) -> Floats:
        return np.asarray((np.exp(-self._force * first) - np.exp(-self._force * last)) / self._force)


def yearly_sums(power: PlacePower, assumed: ScreenAssumptions) -> YearlySums:
    """Return margin of mining and cost of firm power in each year, exact on the price curve."""
    energy, hours = np.array(year_bins(power.curve), dtype=np.float64).T
    price = energy * (1 + power.loss_frac) + power.delivery_usd_per_mwh
    middle = np.arange(assumed.horizon_years) + 0.5
    since = 0.0 if power.price_date is None else (assumed.start - power.price_date).days / YEAR_DAYS
    level = (1 + assumed.power_escalator_frac_per_year) ** (middle + since)
    running = (1 + assumed.mining_escalator_frac_per_year) ** middle
    hashprice = assumed.hashprice_usd_per_ph_day * (1 + assumed.hashprice_change_frac_per_year) ** middle
    efficiency = assumed.asic_efficiency_j_per_th * (1 + assumed.asic_overhead_frac)
    revenue = hashprice * revenue_usd_per_mwh(1.0, efficiency) * (1 - assumed.pool_fee_frac)
    worth = revenue - assumed.mining_variable_usd_per_mwh * running
    margin = np.maximum(worth[:, None] - level[:, None] * price, 0.0) @ hours
    demand, peak = _charges_usd_per_mw(power, assumed)
    fixed = assumed.mining_fixed_usd_per_mw_year * running
    mining = YEAR_HOURS * assumed.uptime_frac * margin - demand * level - fixed
    drawn = YEAR_HOURS * float(hours @ price) / assumed.design_day_ratio
    return YearlySums(np.maximum(mining, 0.0), _borne(drawn + demand + peak, assumed) * level)


def _borne(firm_usd: Floats, assumed: ScreenAssumptions) -> Floats:
    """Return what of the AI load's power the owner bears: all, or what comes off the rent."""
    if assumed.power is PowerTerms.INCLUDED:
        return firm_usd
    reference = YEAR_HOURS * assumed.power_reference_usd_per_mwh / assumed.design_day_ratio
    return assumed.rent_off_for_power_frac * (firm_usd - reference)


def _charges_usd_per_mw(power: PlacePower, assumed: ScreenAssumptions) -> tuple[Floats, Floats]:
    """Return by year the demand charge, which everybody pays, and the peak charge, which a miner stays out of."""
    years = np.arange(assumed.horizon_years)
    before = np.ones(len(years))
    if power.coincident_peak_until is not None:
        before = np.clip(_years_until(assumed.start, power.coincident_peak_until) - years, 0.0, 1.0)
    after = power.demand_charge_after_usd_per_kw_month * (1 - before)
    demand = 12_000 * (power.demand_charge_usd_per_kw_month + after)
    return demand, 1_000 * power.coincident_peak_usd_per_kw_year * before


def _years_until(start: date, end: date) -> float:
    return (end - start).days / YEAR_DAYS


@dataclass(frozen=True)
class Valuation:
    """The assumptions with the yearly sums of every distinct price, ready for any number of places and delays."""

    assumed: ScreenAssumptions
    mining: Accumulated
    power: Accumulated

    @classmethod
    def of(cls, assumed: ScreenAssumptions, sums: Sequence[YearlySums]) -> Valuation:
        """Return the valuation over the distinct prices, at least one."""
        rate = assumed.discount_rate_frac
        return cls(
            assumed,
            Accumulated(np.array([item.mining_usd for item in sums]), rate),
            Accumulated(np.array([item.power_usd for item in sums]), rate),
        )

    def service_years(self, delay_months: Floats, is_energised: Bools) -> Floats:
        """Return when service begins: after the wait and the build, which overlap."""
        return np.maximum(delay_months, self._build_months(is_energised)) / 12

    def worth(self, places: PlaceTerms, delay_months: Floats) -> Worth:
        """Return the worth of the standard conversion of each place after its delay; see the formula above."""
        assumed, rate = self.assumed, self.assumed.discount_rate_frac
        service = self.service_years(delay_months, places.is_energised)
        build = self._build_months(places.is_energised) / 12
        length = np.clip(assumed.horizon_years - service, 0.0, assumed.term_months / 12)
        it_kw = 1_000 / places.gross_to_it
        rent = assumed.rent_usd_per_kw_month * (1 + assumed.rent_change_before_service_frac_per_year) ** service
        opex = assumed.opex_usd_per_kw_month * (1 + assumed.opex_escalator_frac_per_year) ** service
        capex = np.where(
            places.is_energised, assumed.conversion_capex_usd_per_it_kw, assumed.new_build_capex_usd_per_it_kw
        )
        grows = assumed.capex_escalator_frac_per_year
        lost = np.where(places.is_energised, assumed.mining_lost_frac, 0.0)
        gone = service - assumed.hashing_lost_months / 12
        horizon = np.full_like(service, assumed.horizon_years)
        return Worth(
            service_years=service,
            rent_usd=12 * it_kw * rent * steps(service, length, rate, assumed.rent_escalator_frac_per_year),
            opex_usd=12 * it_kw * opex * steps(service, length, rate, assumed.opex_escalator_frac_per_year),
            power_usd=self.power.between(places.price, service, service + length),
            capex_usd=it_kw * capex * spread(service - build, service, rate, grows),
            connection_usd=places.connection_usd_per_mw * spread(0 * service, delay_months / 12, rate, grows),
            mining_usd=lost * self.mining.between(places.price, gone, horizon),
        )

    def _build_months(self, is_energised: Bools) -> Floats:
        return np.where(is_energised, self.assumed.conversion_months, self.assumed.new_build_months)

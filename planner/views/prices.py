"""The prices that a plan rests on: hashprice and power by calendar year, and what each offer pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.tenants import Colocation, GpuCloud
from planner.translate import case_timeline
from planner.translate.prices import month_hashprice, power_curves
from planner.views.plan import Views
from site_conversion.instance import Floats


@dataclass(frozen=True)
class PriceYear:
    """Prices of a calendar year, means over its months in the study."""

    year: int
    hashprice_usd_per_ph_day: float
    power_usd_per_mwh: float
    """All-in energy: losses and delivery in it, charges for demand not."""


@dataclass(frozen=True)
class OfferPrice:
    """What an offer pays and what serving it costs to run, as the case types it."""

    contract: str
    price_usd: float
    unit: str
    change_frac_per_year: float | None
    """None where the price follows a path of its own."""
    term_months: int
    opex_usd_per_kw_month: float


def price_years(views: Views) -> tuple[PriceYear, ...]:
    """Return the prices of every year of the study."""
    market, time = views.result.case.market, case_timeline(views.result.case)
    hashprice, power = month_hashprice(market, time), power_curves(market.power, time).month_mean_usd_per_mwh()
    years = np.array([day.year for day in time.month_starts[: len(hashprice)]])
    days = np.asarray(time.month_days, dtype=np.float64)[: len(hashprice)]

    def mean(values: Floats, year: int) -> float:
        of = years == year
        return float(values[: len(hashprice)][of] @ days[of] / days[of].sum())

    return tuple(PriceYear(y, mean(hashprice, y), mean(power, y)) for y in sorted(set(years.tolist())))


def offer_prices(views: Views) -> tuple[OfferPrice, ...]:
    """Return the price of every offer, in the order of the case."""
    return tuple(
        OfferPrice(offer.id, *_price(offer), offer.term_months, offer.opex_usd_per_kw_month)
        for offer in views.result.case.contracts
    )


def _price(offer: Colocation | GpuCloud) -> tuple[float, str, float | None]:
    if isinstance(offer, Colocation):
        return offer.rent_usd_per_kw_month, "USD/kW-month", offer.escalator_frac_per_year
    if offer.rate_usd_per_gpu_hour is not None:
        return offer.rate_usd_per_gpu_hour, "USD/GPU-hour", offer.rate_change_frac_per_year
    return offer.rate_path[0].usd, "USD/GPU-hour", None

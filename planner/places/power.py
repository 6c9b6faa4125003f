"""What energy costs at a place: the hub's curve, a retail price in a hub's shape, or a flat retail price.

Where the market has hourly prices, they are used. Where it has them but no bundled curve, the state's average
industrial price keeps its mean, and as much of it as the nearest hub's hours cost on average has that hub's shape.
Where power is sold under a tariff, the industrial price is flat: mining has no dear hours to avoid there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

import pandas as pd

from planner import data

BASE_YEARS = (2022, 2023, 2024)
"""The three latest years of the bundled curves, equally weighted; 2021 holds the Texan winter storm."""
PRICE_DATE = date(2023, 7, 1)
"""Middle of the base years, and of the year of the bundled retail prices."""
DEAREST_FRAC = 0.05

Curve = tuple[data.QuarterBins, ...]
YEAR_HOURS = 8766.0
"""Hours of the mean year of the calendar."""
QUARTER_DAYS = (90.25, 91.0, 92.0, 92.0)


class EnergyBasis(StrEnum):
    """How the energy price of a place was found."""

    HUB = "hub"
    SHAPED_RETAIL = "retail price in a hub's hourly shape"
    FLAT_RETAIL = "flat retail price"


@dataclass(frozen=True)
class PlacePower:
    """Energy curve and charges of a place, in USD."""

    basis: EnergyBasis
    words: str
    """How the curve was made, for people."""
    curve: Curve
    delivery_usd_per_mwh: float
    loss_frac: float
    demand_charge_usd_per_kw_month: float
    coincident_peak_usd_per_kw_year: float
    coincident_peak_until: date | None
    demand_charge_after_usd_per_kw_month: float
    """What replaces the coincident-peak charge when it ends, on top of the demand charge."""
    price_date: date | None = None
    """Date of the price level; None for the user's own prices, which are taken as they are."""

    def demand_charge_from(self, start: date) -> float:
        """Return the demand charge of a study, in USD/kW-month: with its successor where the peak charge has ended."""
        after = self.demand_charge_after_usd_per_kw_month if self._peak_has_ended(start) else 0.0
        return self.demand_charge_usd_per_kw_month + after

    @property
    def energy_usd_per_mwh(self) -> float:
        """Mean over all hours, before losses and delivery."""
        return mean_without_dearest(self.curve, 0.0)

    def all_in_usd_per_mwh(self, on: date = date.min) -> float:
        """Return what a flat load that never stops pays for each MWh on a date, demand and peak charges included.

        Without a date, with the peak charge still in force.
        """
        energy = self.energy_usd_per_mwh * (1 + self.loss_frac) + self.delivery_usd_per_mwh
        peak = 0.0 if self._peak_has_ended(on) else self.coincident_peak_usd_per_kw_year
        return energy + (12 * self.demand_charge_from(on) + peak) * 1000 / YEAR_HOURS

    def without_dearest_usd_per_mwh(self, on: date = date.min) -> float:
        """Return the same for a load that stays off in the dearest 5 % of hours, and so out of the grid's peak."""
        energy = mean_without_dearest(self.curve, DEAREST_FRAC) * (1 + self.loss_frac) + self.delivery_usd_per_mwh
        return energy + 12 * self.demand_charge_from(on) * 1000 / ((1 - DEAREST_FRAC) * YEAR_HOURS)

    def _peak_has_ended(self, on: date) -> bool:
        return self.coincident_peak_until is not None and self.coincident_peak_until <= on


def year_bins(curve: Curve) -> list[tuple[float, float]]:
    """Return prices and their shares of the year's hours; the quarters weigh by their days."""
    total = sum(QUARTER_DAYS[quarter - 1] * share for quarter, bins in curve for share, _ in bins)
    return [(price, QUARTER_DAYS[quarter - 1] * share / total) for quarter, bins in curve for share, price in bins]


def mean_without_dearest(curve: Curve, frac: float) -> float:
    """Return the mean price of the year without a share of its dearest hours, exact on the bins."""
    left = 1 - frac
    paid, taken = 0.0, 0.0
    for price, share in sorted(year_bins(curve)):
        counted = min(share, left - taken)
        if counted <= 0:
            break
        paid, taken = paid + price * counted, taken + counted
    return paid / taken


def place_power(values: Mapping[str, object], own_curves: Mapping[str, Curve]) -> PlacePower | None:
    """Return the power price of a place from its resolved fields; None where nothing is known.

    Args:
        values: fields of `bundled.chains` for one place, and `has_own_price` of `look_up`.
        own_curves: curves of the user's hubs by the name in `hub`.
    """
    hub = _text(values.get("hub"))
    delivery, loss = _number(values.get("delivery_usd_per_mwh")), _number(values.get("loss_frac"))
    found: tuple[EnergyBasis, str, Curve] | None = None
    if hub:
        curve = own_curves[hub] if hub in own_curves else _hub_curve(hub)
        years = "" if hub in own_curves else f", hours of {BASE_YEARS[0]} to {BASE_YEARS[-1]}"
        found = EnergyBasis.HUB, f"hourly prices of {hub}{years}", curve
    retail = _retail_usd(values)
    if found is None and retail is not None:
        # An average revenue has delivery, demand charges and losses in it.
        shape = _text(values.get("shape_hub"))
        if shape and values.get("has_lmp") == "yes":
            # Only what could be wholesale energy moves with the hours; the rest of a retail price does not.
            energy = min(max(retail - delivery, 0.0), mean_without_dearest(_hub_curve(shape), 0.0))
            delivery = retail - energy
            words = f"industrial price {retail:.1f} USD/MWh, of it {energy:.1f} in the hourly shape of {shape}"
            found = EnergyBasis.SHAPED_RETAIL, words, _scaled(_hub_curve(shape), energy)
        else:
            words = f"industrial price {retail:.1f} USD/MWh, the same in every hour"
            found, delivery = (EnergyBasis.FLAT_RETAIL, words, _flat(retail)), 0.0
        loss = 0.0
    if found is None:
        return None
    charges = found[0] is EnergyBasis.HUB
    until = values.get("coincident_peak_until")
    return PlacePower(
        *found,
        delivery_usd_per_mwh=delivery,
        loss_frac=loss,
        demand_charge_usd_per_kw_month=_number(values.get("demand_charge_usd_per_kw_month")) if charges else 0.0,
        coincident_peak_usd_per_kw_year=_number(values.get("coincident_peak_usd_per_kw_year")) if charges else 0.0,
        price_date=None if hub in own_curves or values.get("has_own_price") else PRICE_DATE,
        coincident_peak_until=until if charges and isinstance(until, date) else None,
        demand_charge_after_usd_per_kw_month=(
            _number(values.get("demand_charge_after_usd_per_kw_month")) if charges else 0.0
        ),
    )


@lru_cache(maxsize=64)
def _hub_curve(hub: str) -> Curve:
    return data.price_curve(hub, BASE_YEARS, usd_per_unit=_usd_per_unit())


@lru_cache(maxsize=1)
def _usd_per_unit() -> Mapping[str, float]:
    return {str(row["id"]): float(str(row["usd_per_unit"])) for row in data.table("currencies")}


def _retail_usd(values: Mapping[str, object]) -> float | None:
    price, currency = values.get("industrial_per_mwh"), _text(values.get("retail_currency"))
    if price is None or pd.isna(price) or currency not in _usd_per_unit():  # type: ignore[call-overload]
        return None
    return _number(price) * _usd_per_unit()[currency]


@lru_cache(maxsize=4096)
def _scaled(curve: Curve, mean: float) -> Curve:
    factor = mean / mean_without_dearest(curve, 0.0)
    return tuple((quarter, tuple((share, price * factor) for share, price in bins)) for quarter, bins in curve)


def _flat(price: float) -> Curve:
    return tuple((quarter, ((1.0, price),)) for quarter in (1, 2, 3, 4))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not pd.isna(value) else 0.0

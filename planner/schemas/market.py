"""Prices: what a petahash earns and what a megawatt-hour costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from planner.schemas.base import CatalogueRecord, Frac, GrowthFrac, Mw, Record, Text, filled_from_location


class HashpricePoint(Record):
    """One point of a forward curve."""

    date: date
    usd_per_ph_day: Annotated[float, Field(ge=0, le=2_000)]


class NetworkModel(CatalogueRecord):
    """Hashprice from first principles: price, network, fees and the halving calendar.

    hashprice = blocks/day * (subsidy + fees) * BTC price / network hashrate, 144 blocks a day.
    """

    as_of: date
    """Date of the price, hashrate and fees below; growth runs from here."""
    btc_price_usd: Annotated[float, Field(gt=0, le=1e8)]
    btc_growth_frac_per_year: GrowthFrac = 0.0
    network_ehs: Annotated[float, Field(gt=0, le=1e6)]
    """Network hashrate in EH/s."""
    network_growth_frac_per_year: GrowthFrac = 0.0
    block_subsidy_btc: Annotated[float, Field(gt=0, le=50)]
    """Subsidy per block at `as_of`; it halves at each later halving date."""
    fees_btc_per_block: Annotated[float, Field(ge=0, le=50)] = 0.0
    """Transaction fees per block, constant in BTC (they do not halve)."""
    halving_dates: tuple[date, ...] = ()

    def _broken_rules(self) -> Iterator[str]:
        if list(self.halving_dates) != sorted(set(self.halving_dates)):
            yield "halving_dates must ascend without repeats"


class Hashprice(Record):
    """Either a forward curve or a network model."""

    forward_curve: Annotated[tuple[HashpricePoint, ...], Field(min_length=1)] | None = None
    """Linear between points, flat before the first; after the last see growth_after_frac_per_year."""
    growth_after_frac_per_year: GrowthFrac = 0.0
    """Yearly change after the last point of the forward curve."""
    network: NetworkModel | None = None

    def _broken_rules(self) -> Iterator[str]:
        if (self.forward_curve is None) == (self.network is None):
            yield "give exactly one of forward_curve and network"
        if self.forward_curve is not None:
            dates = [point.date for point in self.forward_curve]
            if dates != sorted(set(dates)):
                yield "forward_curve dates must ascend without repeats"


class CurveBin(Record):
    """A share of the hours of a quarter and their mean price."""

    hours_frac: Annotated[float, Field(gt=0, le=1)]
    usd_per_mwh: Annotated[float, Field(ge=-20_000, le=20_000)]


class QuarterCurve(Record):
    """Price-duration curve of one quarter of the year (1 is January to March)."""

    quarter: Annotated[int, Field(ge=1, le=4)]
    bins: Annotated[tuple[CurveBin, ...], Field(min_length=1)]

    def _broken_rules(self) -> Iterator[str]:
        total = sum(entry.hours_frac for entry in self.bins)
        if abs(total - 1) > 1e-6:
            yield f"hours_frac of quarter {self.quarter} must sum to 1, found {total:.6f}"


class CoincidentPeak(Record):
    """Transmission charge on the load drawn in the hours of the grid's own peak (ERCOT's 4CP and its like)."""

    usd_per_kw_year: Annotated[float, Field(ge=0, le=1_000)]
    """Paid on the peak MW that AI load draws, by days; a miner pays none, as it switches off in those hours."""
    until: date | None = None
    """The charge ends with the day before; left out, it stays."""
    after_usd_per_kw_month: Annotated[float, Field(ge=0, le=100)] = 0.0
    """What takes its place from `until` on: a demand charge that nobody can avoid, AI load or miner."""
    avoided_hours_per_year: Annotated[float, Field(ge=0, le=2_000)] = 0.0
    """Hours a miner switches off to be sure of missing the peaks; they are lost out of the hours that would have
    paid, evenly."""

    def _broken_rules(self) -> Iterator[str]:
        if self.after_usd_per_kw_month and self.until is None:
            yield "after_usd_per_kw_month follows the charge: say when it ends with until"


class MinimumTake(Record):
    """Demand that is billed every month, drawn or not."""

    demand_frac: Frac
    """Least billed demand as a share of the contracted MW."""
    contracted_mw: Mw | None = None
    """Left out, the site's firm and interruptible MW, with each upgrade from its energisation."""
    start: date | None = None
    """First day of the obligation; left out, that of the study."""
    until: date | None = None
    """It ends with the day before; left out, it stays."""

    def _broken_rules(self) -> Iterator[str]:
        yield from _in_order(self.start, self.until)


class PowerPrice(Record):
    """Power price at the site: an energy curve with delivery and losses, demand and coincident-peak charges."""

    hub: Text | None = None
    """Bundled price-duration curve, written market/hub (for instance ERCOT/HB_HUBAVG)."""
    hourly_csv: Text | None = None
    """Own hourly prices: a CSV beside the case with a time column and a price column in USD/MWh."""
    curve: tuple[QuarterCurve, ...] | None = None
    """Own price-duration curve, typed here."""
    base_years: tuple[Annotated[int, Field(ge=2000, le=2100)], ...] = ()
    """Years whose hours make up the curve of a hub, equally weighted; empty means all it has."""
    base_date: date | None = None
    """Date at which the curve is at its own price level; default the study's start."""
    escalator_frac_per_year: GrowthFrac = 0.0
    """Yearly change of every price here (energy, delivery, demand, coincident peak) from base_date."""
    delivery_usd_per_mwh: Annotated[float, Field(ge=0, le=500)] = 0.0
    demand_charge_usd_per_kw_month: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Paid on drawn MW, by mining and by AI load alike."""
    loss_frac: Annotated[float, Field(ge=0, le=0.3)] = 0.0
    """Losses between hub and meter, charged on energy."""
    coincident_peak: CoincidentPeak | None = None
    minimum_take: MinimumTake | None = None
    """Left out, billed demand is what is drawn."""

    def _broken_rules(self) -> Iterator[str]:
        given = [name for name in ("hub", "hourly_csv", "curve") if getattr(self, name) is not None]
        if not given:
            yield "give one of hub, hourly_csv and curve"
        if len(given) > 1 and self.curve is None:
            yield "give exactly one of hub, hourly_csv and curve"
        if self.curve is not None and sorted(entry.quarter for entry in self.curve) != [1, 2, 3, 4]:
            yield "curve must have each of the quarters 1, 2, 3, 4 once"


class DemandResponse(Record):
    """A programme that pays mining for being able to stop, and for stopping; its payments are not escalated."""

    name: Text
    start: date | None = None
    """First day of the programme; left out, that of the study."""
    until: date | None = None
    """It ends with the day before; left out, it stays."""
    usd_per_mw_year: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Availability: for each MW of machines that stand in a hall, times their uptime, by days."""
    usd_per_mwh_curtailed: Annotated[float, Field(ge=0, le=20_000)] = 0.0
    """Activation: for each MWh that the machines could have used and did not, in the dearest hours first."""
    maximum_hours_per_year: Annotated[float, Field(ge=0, le=8_784)] | None = None
    """Most hours of activation; every month has its share by days. Left out, every hour not run is paid."""

    def _broken_rules(self) -> Iterator[str]:
        yield from _in_order(self.start, self.until)


def _in_order(start: date | None, until: date | None) -> Iterator[str]:
    if start is not None and until is not None and start >= until:
        yield f"start {start} must be before until {until}"


class Market(Record):
    """What mining earns and what power costs."""

    model_config = ConfigDict(json_schema_extra=filled_from_location("power"))

    hashprice: Hashprice
    power: PowerPrice
    demand_response: tuple[DemandResponse, ...] = ()
    """Programmes may run side by side: each pays its availability, and an hour not run is paid by one of them."""
    hashprice_scale_frac: Annotated[float, Field(ge=0, le=20)] = 1.0
    """Multiplies the whole hashprice path, for what-ifs."""

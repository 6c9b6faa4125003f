"""The ASIC fleet and what it costs to run it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from planner.schemas.base import CatalogueRecord, Count, DatedUsd, Frac, GrowthFrac, Id, Mw, Record, Text, dates_ascend
from planner.schemas.machines import AsicHosting, RigClass, RigRental
from planner.schemas.site import MiningCooling


class AsicPurchase(Record):
    """Terms on which more machines of a class can be bought."""

    price_usd_per_ths: Annotated[float, Field(ge=0, le=500)] | None = None
    """Delivered price at the study's start; give this or price_curve."""
    price_change_frac_per_year: GrowthFrac = 0.0
    price_curve: tuple[DatedUsd, ...] = ()
    """Delivered USD per TH/s by date, linear between, flat before and after."""
    max_count_per_year: Count

    def _broken_rules(self) -> Iterator[str]:
        if (self.price_usd_per_ths is None) == (not self.price_curve):
            yield "give either price_usd_per_ths or price_curve"
        yield from dates_ascend("price_curve", (point.date for point in self.price_curve))


class AsicClass(CatalogueRecord):
    """Machines of one model."""

    id: Id
    name: Text
    count: Count
    """Machines owned at the study's start."""
    hashrate_ths: Annotated[float, Field(gt=0, le=5_000)]
    power_w: Annotated[float, Field(gt=0, le=50_000)]
    cooling: MiningCooling
    overhead_frac: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Fans, pumps and losses as a share of machine power."""
    resale_usd_per_ths: Annotated[float, Field(ge=0, le=500)] = 0.0
    """Net price for a sold machine at the study's start."""
    resale_change_frac_per_year: GrowthFrac = 0.0
    resale_curve: tuple[DatedUsd, ...] = ()
    """Net USD per TH/s by date in place of the two above, linear between, flat before and after."""
    bought: date | None = None
    """When the machines owned at the start were new; needed for retire_age_years."""
    retire_age_years: Annotated[float, Field(gt=0, le=30)] | None = None
    """No machine is kept from the first period that starts when it is this old or older. The oldest leave first,
    whether sold or moved; one that moves is taken to be as old as the oldest that can still be on the site."""
    retire_by: date | None = None
    """No machine of the class is kept from the first period that starts on or after this date."""
    purchase: AsicPurchase | None = None
    """Left out, no more can be bought."""

    def _broken_rules(self) -> Iterator[str]:
        if self.retire_age_years is not None and self.count and self.bought is None:
            yield "retire_age_years needs bought, the date the machines at the start were new"
        yield from dates_ascend("resale_curve", (point.date for point in self.resale_curve))


class Elsewhere(Record):
    """Another place that takes machines of this site: they go on hashing there, at its own price of power."""

    id: Id
    name: Text
    cooling: MiningCooling
    room_mw: Mw
    """Gross MW of machines it takes."""
    all_in_usd_per_mwh: Annotated[float, Field(ge=0, le=1_000)]
    """What a MWh costs there in every year, hosting and everything else included; machines run when that pays, month by
    month."""
    move_usd_per_machine: Annotated[float, Field(ge=0, le=10_000)]
    """Taking down, freight, setting up: a running cost, the same in every year."""
    downtime_months: Annotated[float, Field(ge=0, le=24)]
    """Months from leaving until they hash there; they leave with the start of a period and do not come back."""
    opens: date | None = None
    """Machines leave for it from the first period that starts then or later."""
    closes: date | None = None
    """Nothing is earned there from this day on; machines are sold with the first period that starts then or later."""


class MiningOperations(Record):
    """Running costs of hashing."""

    pool_fee_frac: Annotated[float, Field(ge=0, le=0.2)] = 0.0
    uptime_frac: Frac = 1.0
    """Share of the chosen hours in which machines really hash."""
    variable_usd_per_mwh: Annotated[float, Field(ge=0, le=500)] = 0.0
    fixed_usd_per_mw_year: Annotated[float, Field(ge=0, le=1e7)] = 0.0
    """Staff, repair and rent per MW kept running."""
    site_fixed_usd_per_year: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    """Cost of the site whatever it does (security, land, management)."""
    escalator_frac_per_year: GrowthFrac = 0.0


class Fleet(Record):
    """Machines, who hires them or their place, and their running costs."""

    classes: tuple[AsicClass, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    """Other places that take machines; left out, machines stay or are sold."""
    hosted: tuple[AsicHosting, ...] = ()
    """Offers to host other people's ASICs."""
    rigs: tuple[RigClass, ...] = ()
    """Legacy GPU mining rigs."""
    rig_rentals: tuple[RigRental, ...] = ()
    """Offers to rent them for AI work."""
    operations: MiningOperations = MiningOperations()

    def _broken_rules(self) -> Iterator[str]:
        for place in self.elsewhere:
            if place.opens and place.closes and place.opens >= place.closes:
                yield f"elsewhere '{place.id}': closes {place.closes} is not after opens {place.opens}"

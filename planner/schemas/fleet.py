"""The ASIC fleet and what it costs to run it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from planner.schemas.base import CatalogueRecord, Count, Frac, GrowthFrac, Id, Record, Text
from planner.schemas.site import MiningCooling


class AsicPurchase(Record):
    """Terms on which more machines of a class can be bought."""

    price_usd_per_ths: Annotated[float, Field(ge=0, le=500)]
    """Delivered price at the study's start."""
    price_change_frac_per_year: GrowthFrac = 0.0
    max_count_per_year: Count


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
    retire_by: date | None = None
    """No machine of the class is kept from the first period that starts on or after this date."""
    purchase: AsicPurchase | None = None
    """Left out, no more can be bought."""


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
    """Machines and their running costs."""

    classes: tuple[AsicClass, ...] = ()
    operations: MiningOperations = MiningOperations()

"""What a screening assumes of every place: one standard conversion, its money and the mining it replaces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.schemas.base import Frac, GrowthFrac, Months, Record
from planner.schemas.tenants import PowerTerms


class SiteCooling(StrEnum):
    """Cooling systems that have a PUE by climate zone."""

    AIR_ECONOMISER_ADIABATIC = "air_economiser_adiabatic"
    WATERSIDE_ECONOMISER = "waterside_economiser"
    AIR_CHILLER = "air_chiller"
    DIRECT_TO_CHIP = "direct_to_chip"
    IMMERSION = "immersion"


CapexPerKw = Annotated[float, Field(ge=0, le=100_000)]
PerKwMonth = Annotated[float, Field(ge=0, le=2_000)]


class ScreenAssumptions(Record):
    """The standard conversion. Every place is valued with the same figures; only the place differs."""

    start: date = date(2027, 1, 1)
    """Day from which every delay is counted and to which money is discounted; prices are those of this day.
    Source: as examples/denton."""
    discount_rate_frac: Annotated[float, Field(ge=0.001, le=0.5)] = 0.09
    """Nominal yearly rate, before tax, unlevered. Source: as examples/denton, from 80 to 85 % debt at 6.1 to 7.75 %
    (published for miners' AI projects) and dear equity."""
    horizon_years: Annotated[int, Field(ge=1, le=40)] = 20
    """Rents and mining margins after so many years do not count. Assumption: long enough for the whole lease after
    most queues."""
    queue_quantile_frac: Annotated[float, Field(ge=0.01, le=0.99)] = 0.5
    """Quantile of every delay for value and rank; p10 and p90 are always shown beside it. Assumption: the median."""

    energised: bool = False
    """Whether a place is an energised mining site where the file does not say. Assumption: bare land, the cautious
    reading."""
    mw: Annotated[float, Field(gt=0, le=5_000)] = 100.0
    """Gross MW at the meter where the file has none. Source: Core Scientific at Muskogee, 100 MW gross (2024-11-18),
    a small campus."""

    cooling: SiteCooling = SiteCooling.WATERSIDE_ECONOMISER
    """Cooling whose PUE at the place is used. Assumption: the chilled-water plant behind direct-to-chip loops; for
    direct_to_chip itself a PUE by climate is published for one zone only."""
    design_day_ratio: Annotated[float, Field(ge=1, le=2)] = 1.19
    """Gross power on the design day, spares and losses included, over that of the yearly mean: gross MW per IT MW is
    PUE times this. Source: the planner's liquid retrofit at Denton, 1.37, over the PUE of its zone, 1.15; over all
    zones it gives 1.34 to 1.43, amid the published 1.25 to 1.52."""

    rent_usd_per_kw_month: PerKwMonth = 155.0
    """Rent of a critical kW, power not included. Source: median of seven published leases of miners without a
    tenant's part in capex, 1.86 MUSD per IT MW and year (TeraWulf, Galaxy, Applied Digital, Hut 8, WhiteFiber,
    2025-08 to 2026-05); lowest 139, highest 180."""
    rent_escalator_frac_per_year: GrowthFrac = 0.0
    """Step on each anniversary. Source: published values are averages over the term, so no rise on top."""
    rent_change_before_service_frac_per_year: GrowthFrac = 0.03
    """Yearly change of the rent that can be signed, from the start to the first day of service. Assumption: as
    capex_escalator_frac_per_year, so that waiting changes neither's worth against the other."""
    term_months: Annotated[int, Field(ge=1, le=480)] = 180
    """Length of the lease. Source: 15 years in most of the published leases; renewals are not counted."""
    opex_usd_per_kw_month: PerKwMonth = 17.9
    """Owner's running cost of a critical kW at the start. Source: Cipher 8-K, illustrative financials of Barber Lake,
    2025-11-04."""
    opex_escalator_frac_per_year: GrowthFrac = 0.03
    """From the start to service, then on each anniversary. Source: Cipher 8-K, 2025-11-04."""
    power: PowerTerms = PowerTerms.PASSED_THROUGH
    """Whether the tenant pays its power. Source: CoreWeave's lease passes power through (menfem on Core Scientific,
    2026); 'included' lets the owner pay the whole curve and the demand charges."""

    rent_off_for_power_frac: Frac = 1.0
    """Where power is passed through: share of what it costs the tenant above power_reference_usd_per_mwh that comes
    off the rent (below it, on top). Assumption: all of it, as a tenant who can choose the place pays the same in all
    everywhere; with 0 dear power would cost nobody anything, and would even help by making mining easy to give up."""
    power_reference_usd_per_mwh: Annotated[float, Field(ge=0, le=500)] = 65.0
    """Price of power at which the rent holds, used with the share above. Source: median of the mining
    sites in datasets/mining_sites, 65.5 all in, as the planner looks them up."""

    conversion_capex_usd_per_it_kw: CapexPerKw = 8_000.0
    """Turning halls of an energised site into critical kW. Source: Bit Digital MTL-3, Tier 3 retrofit, 2025-04; the
    catalogue's direct_to_chip_n_plus_1."""
    new_build_capex_usd_per_it_kw: CapexPerKw = 10_000.0
    """Building on bare land. Source: published 8 to 10 (TeraWulf 8-K, 2025-10-28) and 9 to 11 (Cipher, 2025-09-25)
    MUSD per IT MW."""
    capex_escalator_frac_per_year: GrowthFrac = 0.03
    """Of construction and connection, from the start. Source: as examples/denton, below the 5.5 % of 2025 (Turner &
    Townsend)."""
    conversion_months: Months = 12.0
    """Building in halls that stand; it overlaps with the wait. Source: catalogue's direct_to_chip_n_plus_1; Core
    Scientific took 9 to 15 months (2024-10-22)."""
    new_build_months: Months = 18.0
    """Building on bare land; it overlaps with the wait. Source: Hut 8 River Bend, 16 to 18 months (2025-12-17)."""

    power_escalator_frac_per_year: GrowthFrac = 0.02
    """Yearly change of energy, delivery and demand charges from the start. Assumption: near general inflation."""

    hashprice_usd_per_ph_day: Annotated[float, Field(ge=0, le=2_000)] = 32.2
    """At the start. Source: June 2026 in datasets/mining_network with fees of 0.55 % of the reward."""
    hashprice_change_frac_per_year: GrowthFrac = -0.10
    """Yearly change, halvings in it. Source: the network model of examples/denton, 10 % down a year on average."""
    asic_efficiency_j_per_th: Annotated[float, Field(ge=1, le=200)] = 17.5
    """Machines at the place. Source: Antminer S21 in datasets/asic_models. Cautious: older machines give up less."""
    asic_overhead_frac: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    """Fans and losses as a share of machine power. Assumption: as examples/denton."""
    pool_fee_frac: Annotated[float, Field(ge=0, le=0.2)] = 0.005
    """Assumption: large accounts, as examples/denton."""
    uptime_frac: Frac = 0.96
    """Share of the chosen hours in which machines hash. Assumption: as examples/denton."""
    mining_variable_usd_per_mwh: Annotated[float, Field(ge=0, le=500)] = 1.0
    """Repairs that go with running hours. Assumption: as examples/denton."""
    mining_fixed_usd_per_mw_year: Annotated[float, Field(ge=0, le=1e7)] = 50_000.0
    """Staff and rent of a MW of machines. Source: 0.675 jobs per MW (Riot Corsicana, 2022-04) at 75,000 USD."""
    mining_escalator_frac_per_year: GrowthFrac = 0.03
    """Yearly change of both running costs of mining. Source: as the owner's running cost."""
    mining_lost_frac: Frac = 1.0
    """Share of an energised site's mining margin that the conversion ends. Assumption: all of it. Bare land has
    none."""
    hashing_lost_months: Months = 8.0
    """Hashing ends so long before service. Source: catalogue's direct_to_chip_n_plus_1."""

    def _broken_rules(self) -> Iterator[str]:
        if self.hashing_lost_months > self.conversion_months:
            lost, build = self.hashing_lost_months, self.conversion_months
            yield f"hashing_lost_months {lost:g} is above conversion_months {build:g}"

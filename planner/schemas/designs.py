"""What a hall can become: designs, cooling modules and GPU systems."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.schemas.base import AreaM2, CatalogueRecord, Frac, GrowthFrac, Id, Months, Text, Usd


class Cooling(StrEnum):
    """How racks are cooled."""

    AIR = "air"
    REAR_DOOR = "rear_door"
    DIRECT_TO_CHIP = "direct_to_chip"
    IMMERSION = "immersion"


class Redundancy(StrEnum):
    """Level of spare plant; a contract accepts its own level or better."""

    N = "n"
    N_PLUS_1 = "n_plus_1"
    TWO_N = "two_n"

    @property
    def rank(self) -> int:
        """Order of the levels, 0 is the weakest."""
        return list(Redundancy).index(self)


class DesignUse(StrEnum):
    """Where a design may be built."""

    HALLS = "halls"
    PADS = "pads"
    BOTH = "both"


class Medium(StrEnum):
    """What carries heat out of the room."""

    AIR = "air"
    LIQUID = "liquid"


class CoolingModule(CatalogueRecord):
    """A unit of cooling plant, bought whole."""

    id: Id
    name: Text
    medium: Medium
    capacity_mw: Annotated[float, Field(gt=0, le=200)]
    """Heat it takes away at its rated outdoor temperature."""
    rated_temperature_c: Annotated[float, Field(ge=0, le=60)] = 35.0
    derate_frac_per_c: Annotated[float, Field(ge=0, le=0.1)] = 0.0
    """Capacity lost for each degree the design temperature is above the rated one."""
    floor_m2: AreaM2
    """Floor it takes inside the hall; 0 for plant outside."""
    capex_usd: Usd
    fan_power_frac: Frac
    """Electric power for each unit of heat at all times (fans, pumps)."""
    mechanical_power_frac: Frac = 0.0
    """Electric power for each unit of heat added above free_cooling_c (compressors)."""
    free_cooling_c: Annotated[float, Field(ge=-20, le=60)] = 60.0
    """At or below this outdoor temperature no compressor runs."""
    water_m3_per_mwh_heat: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Water evaporated for each MWh of heat in the hours above free_cooling_c."""


class Design(CatalogueRecord):
    """A way to fit a hall for AI."""

    id: Id
    name: Text
    use: DesignUse = DesignUse.BOTH
    cooling: Cooling
    redundancy: Redundancy
    max_kw_per_rack: Annotated[float, Field(gt=0, le=2_000)]
    m2_per_rack: Annotated[float, Field(gt=0, le=100)]
    """Floor of a rack with its share of aisles."""
    electrical_m2_per_it_mw: Annotated[float, Field(ge=0, le=2_000)]
    """UPS, switchgear and battery rooms inside the hall."""
    liquid_heat_frac: Frac
    """Share of the racks' heat that leaves by liquid; the rest leaves by air."""
    electrical_loss_frac: Annotated[float, Field(ge=0, le=0.3)]
    """Transformer, UPS and house load as a share of IT MW; the losses heat the air."""
    air_module: Id | None = None
    """Cooling module for heat to air."""
    liquid_module: Id | None = None
    """Cooling module for heat to liquid."""
    spare_modules: Annotated[int, Field(ge=0, le=20)] = 0
    """Modules of each medium beyond the need, in every converted hall."""
    capex_fixed_usd: Usd = 0.0
    """Strip-out and works per hall, whatever is fitted."""
    capex_usd_per_it_mw: Annotated[float, Field(ge=0, le=1e8)]
    """Electrical, racks' rooms and works per fitted IT MW, cooling modules not included."""
    reused_frac: Frac = 0.0
    """Share of capex_usd_per_it_mw saved in an existing hall; a pad saves nothing."""
    build_months: Annotated[float, Field(ge=0.5, le=120)]
    hashing_lost_months: Months = 0.0
    """Months before readiness at which the hall stops hashing."""

    def _broken_rules(self) -> Iterator[str]:
        if self.hashing_lost_months > self.build_months:
            yield "hashing_lost_months cannot exceed build_months"
        if self.liquid_heat_frac > 0 and self.liquid_module is None:
            yield "liquid_heat_frac is above 0 but no liquid_module is named"
        if (self.liquid_heat_frac < 1 or self.electrical_loss_frac > 0) and self.air_module is None:
            yield "some heat leaves by air but no air_module is named"


class GpuSystem(CatalogueRecord):
    """A rack of GPUs."""

    id: Id
    name: Text
    gpus_per_rack: Annotated[int, Field(ge=1, le=2_000)]
    rack_kw: Annotated[float, Field(gt=0, le=2_000)]
    """IT power of a full rack."""
    price_usd_per_rack: Usd
    """Rack with its share of network and storage, at the study's start."""
    price_change_frac_per_year: GrowthFrac = 0.0
    life_years: Annotated[float, Field(gt=0, le=20)]
    """Racks are replaced at this age while their contract runs."""
    resale_frac_at_end_of_life: Frac = 0.0
    """Share of its price a rack fetches at the end of its life; linear from 1 before."""

"""Offers of AI tenants: colocation leases and GPU cloud contracts."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from planner.schemas.base import Frac, GrowthFrac, Id, Record, Text, Usd
from planner.schemas.designs import Cooling, Redundancy


class PowerTerms(StrEnum):
    """Who pays the tenant's power."""

    PASSED_THROUGH = "passed_through"
    INCLUDED = "included"


class RampStep(Record):
    """From this month of service on, the tenant takes and pays this share of its IT MW."""

    month: Annotated[int, Field(ge=0, le=120)]
    share_frac: Annotated[float, Field(gt=0, le=1)]


class Offer(Record):
    """Terms every contract has. A contract is delivered whole or not taken."""

    id: Id
    tenant: Text
    cooling: Annotated[tuple[Cooling, ...], Field(min_length=1)]
    """Cooling the tenant accepts."""
    redundancy: Redundancy
    """Least redundancy the tenant accepts."""
    earliest_start: date | None = None
    """Service cannot begin before; left out, as soon as the place is ready."""
    ready_by: date
    """Later service costs the late damages."""
    longstop: date
    """Service cannot begin after: the tenant walks away."""
    term_months: Annotated[int, Field(ge=1, le=480)]
    ramp: tuple[RampStep, ...] = ()
    """Left out, the whole IT MW from the first day."""
    late_damages_usd_per_month: Usd = 0.0
    """Liquidated damages for each month between ready_by and the start of service, by days."""
    signed: bool = False
    """A signed contract must be delivered, or its termination_usd is paid."""
    termination_usd: Usd | None = None
    """Cost of not delivering a signed contract, paid at the longstop; left out, delivery is a must."""
    opex_usd_per_kw_month: Annotated[float, Field(ge=0, le=500)] = 0.0
    """Owner's running cost per kW of contracted IT, at the study's start."""
    opex_escalator_frac_per_year: GrowthFrac = 0.0
    exclusive_group: Id | None = None
    """Of the offers that name the same group at most one is taken."""

    @model_validator(mode="after")
    def _dates(self) -> Offer:
        if self.ready_by > self.longstop:
            raise ValueError(f"ready_by {self.ready_by} is after longstop {self.longstop}")
        if self.earliest_start is not None and self.earliest_start > self.ready_by:
            raise ValueError(f"earliest_start {self.earliest_start} is after ready_by {self.ready_by}")
        months = [step.month for step in self.ramp]
        if self.ramp and (months[0] != 0 or months != sorted(set(months))):
            raise ValueError("ramp must begin at month 0 and its months must ascend")
        if self.termination_usd is not None and not self.signed:
            raise ValueError("termination_usd is for a signed contract: set signed to true or leave it out")
        return self


class Colocation(Offer):
    """A lease: the tenant brings its racks, the owner sells critical IT MW."""

    kind: Literal["colocation"]
    it_mw: Annotated[float, Field(gt=0, le=2_000)]
    """Critical IT MW the tenant is sold."""
    kw_per_rack: Annotated[float, Field(gt=0, le=2_000)]
    rent_usd_per_kw_month: Annotated[float, Field(gt=0, le=2_000)]
    escalator_frac_per_year: GrowthFrac = 0.0
    """Rent rises by this on each anniversary of service."""
    power: PowerTerms
    tenant_contribution_usd_per_kw: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    """Capex the tenant pays for, per kW of IT, received when service begins."""


class GpuCloud(Offer):
    """The owner buys the GPUs and sells their hours; power is the owner's cost."""

    kind: Literal["gpu_cloud"]
    gpu_system: Id
    racks: Annotated[int, Field(ge=1, le=20_000)]
    rate_usd_per_gpu_hour: Annotated[float, Field(gt=0, le=100)]
    """Rate at rate_date."""
    rate_date: date | None = None
    """Left out, the study's start."""
    rate_change_frac_per_year: GrowthFrac
    """Continuous yearly change of the rate from rate_date; negative is decay. To be typed, as it decides the case."""
    utilisation_frac: Frac
    """Share of hours the GPUs really work; sets the energy."""
    take_or_pay_frac: Frac = 0.0
    """Share of hours paid in any case; revenue counts the larger of this and the utilisation."""


Contract = Annotated[Colocation | GpuCloud, Field(discriminator="kind")]

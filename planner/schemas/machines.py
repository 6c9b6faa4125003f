"""Machines that are no ASICs of one's own: legacy GPU rigs and their rental, and other people's ASICs to host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.schemas.base import Count, Frac, GrowthFrac, Id, Mw, Record, Text
from planner.schemas.site import MiningCooling
from planner.schemas.tenants import PowerTerms

RigUsd = Annotated[float, Field(ge=0, le=2_000_000)]


class RigGrade(StrEnum):
    """What a rental needs of a rig."""

    UPGRADED = "upgraded"
    """Its own GPUs, with the board, memory and network that AI work needs."""
    REBUILT = "rebuilt"
    """Stripped, and filled with data-centre GPUs."""


class RigRebuild(Record):
    """What a rig becomes when most of it is stripped and data-centre GPUs are bought."""

    gpus_per_rig: Annotated[int, Field(ge=1, le=64)]
    usd_per_gpu: RigUsd
    """A data-centre GPU with its share of server and network (about 30 000 USD)."""
    power_w: Annotated[float, Field(gt=0, le=100_000)]
    """Of the rebuilt rig."""
    life_years: Annotated[float, Field(gt=0, le=20)] = 5.0
    """Resale falls on a straight line to the end-of-life share over this life, and stays there; the rig works on."""
    resale_frac_at_end_of_life: Frac = 0.0
    strip_usd_per_rig: RigUsd = 0.0
    """Net proceeds of the old parts."""


class RigClass(Record):
    """GPU mining rigs of one kind. As they are they earn and cost nothing; prices of work on them do not change."""

    id: Id
    name: Text
    count: Count
    gpus_per_rig: Annotated[int, Field(ge=1, le=64)]
    power_w: Annotated[float, Field(gt=0, le=50_000)]
    """Of a whole rig at work."""
    overhead_frac: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Fans and losses as a share of rig power."""
    cooling: MiningCooling = MiningCooling.AIR
    """Halls it stands in, beside the ASICs."""
    usable_frac: Frac = 0.2
    """Share of the rigs whose GPUs can do AI work at all (about a fifth of the freed GPUs, in the press)."""
    upgrade_usd_per_rig: RigUsd = 5_000.0
    """To make a usable rig fit for rent (up to 5 000 USD of parts, in the press)."""
    rebuild: RigRebuild | None = None
    resale_usd_per_rig: RigUsd = 0.0
    """Net price of a rig as it is, or as parts, at the study's start."""
    resale_change_frac_per_year: GrowthFrac = 0.0
    retire_by: date | None = None
    """No rig of the class is kept from the first period that starts on or after this date."""


class RigRental(Record):
    """An offer to rent rigs for AI work; fewer than asked for is accepted."""

    id: Id
    tenant: Text
    grade: RigGrade
    rigs: Count
    """Most rigs that are rented; rigs are not counted as whole numbers."""
    usd_per_gpu_hour: Annotated[float, Field(gt=0, le=100)]
    """Net of the platform's share, at the study's start."""
    rate_change_frac_per_year: GrowthFrac
    """Continuous yearly change; negative is decay. To be typed, as it decides the case."""
    utilisation_frac: Frac
    """Share of hours that are paid and drawn."""
    earliest_start: date | None = None
    until: date | None = None
    """Left out, to the end of the study."""
    opex_usd_per_rig_month: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """At the study's start; grows with the fleet's operations.escalator_frac_per_year."""

    def _broken_rules(self) -> Iterator[str]:
        if self.earliest_start and self.until and self.earliest_start >= self.until:
            yield f"until {self.until} is not after earliest_start {self.earliest_start}"


class AsicHosting(Record):
    """An offer to host a customer's ASICs, taken whole or not."""

    id: Id
    customer: Text
    mw: Mw
    """Gross MW, with fans and losses."""
    cooling: MiningCooling
    fee_usd_per_mwh: Annotated[float, Field(ge=0, le=500)]
    """What the customer pays for a MWh drawn, power included or beside it. Nothing is earned after the study's end."""
    fee_escalator_frac_per_year: GrowthFrac = 0.0
    """On each anniversary."""
    power: PowerTerms
    """Whether the customer repays the power on top."""
    uptime_frac: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of hours promised and drawn; the dearest hours of each month are the ones left out. If they are as many as
    the hours in which a coincident-peak charge is avoided, those come first and no such charge is paid."""
    earliest_start: date | None = None
    latest_start: date
    term_months: Annotated[int, Field(ge=1, le=240)]
    opex_usd_per_mw_year: Annotated[float, Field(ge=0, le=1e7)] = 0.0
    """At the study's start; grows with the fleet's operations.escalator_frac_per_year."""
    signed: bool = False
    """A signed contract must be served, also by going on mining if today's site has room for it."""

    def _broken_rules(self) -> Iterator[str]:
        if self.earliest_start and self.earliest_start > self.latest_start:
            yield f"earliest_start {self.earliest_start} is after latest_start {self.latest_start}"

"""Offers of AI tenants: colocation leases, build-to-suit and GPU cloud contracts, with all their terms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from planner.schemas.base import DatedUsd, Frac, GrowthFrac, Id, Record, Text, Usd, dates_ascend
from planner.schemas.contract_terms import (
    CarbonTerms,
    Credit,
    ExpansionRight,
    Extension,
    LatencyLimit,
    LeaseKind,
    PowerTerms,
    Prepayment,
    RampStep,
    TenantFunding,
    Workload,
)
from planner.schemas.designs import Cooling, Redundancy

__all__ = ["Colocation", "Contract", "GpuCloud", "LeaseKind", "Offer", "PowerTerms"]


class Offer(Record):
    """Terms every contract has. A contract is delivered whole or not taken."""

    id: Id
    tenant: Text
    workload: Workload | None = None
    """Training stands in one hall unless most_halls says otherwise; inference needs a latency limit."""
    cooling: Annotated[tuple[Cooling, ...], Field(min_length=1)]
    """Cooling the tenant accepts."""
    redundancy: Redundancy
    """Least redundancy the tenant accepts."""
    most_halls: Annotated[int, Field(ge=1, le=100)] | None = None
    """Racks stand in no more halls than this; left out, any number (one for training)."""
    latency: LatencyLimit | None = None
    carbon: CarbonTerms | None = None
    earliest_start: date | None = None
    """Service cannot begin before; left out, as soon as the place is ready."""
    ready_by: date
    """Later service costs the late damages."""
    longstop: date
    """Service cannot begin after: the tenant walks away."""
    term_months: Annotated[int, Field(ge=1, le=480)]
    ramp: tuple[RampStep, ...] = ()
    """Left out, the whole IT MW from the first day."""
    extensions: tuple[Extension, ...] = ()
    credit: Credit | None = None
    """Left out, the tenant always pays."""
    prepayment: Prepayment | None = None
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
    follows: Id | None = None
    """Taken only if that offer is taken (any size of it), and not before it."""
    expansion_right: ExpansionRight | None = None
    size_of: Id | None = None
    """The offer in steps that this is one size of; written by the planner."""

    @property
    def offer(self) -> str:
        """Id of the offer: its own, or that of the offer in steps it is one size of."""
        return self.size_of or self.id

    def _broken_rules(self) -> Iterator[str]:
        if self.ready_by > self.longstop:
            yield f"ready_by {self.ready_by} is after longstop {self.longstop}"
        if self.earliest_start is not None and self.earliest_start > self.ready_by:
            yield f"earliest_start {self.earliest_start} is after ready_by {self.ready_by}"
        months = [step.month for step in self.ramp]
        if self.ramp and (months[0] != 0 or months != sorted(set(months))):
            yield "ramp must begin at month 0 and its months must ascend"
        if self.termination_usd is not None and not self.signed:
            yield "termination_usd is for a signed contract: set signed to true or leave it out"
        if self.workload is Workload.INFERENCE and self.latency is None:
            yield "an inference tenant needs a latency limit"
        if self.prepayment is not None and (self.prepayment.credited_months or 0) > self.term_months:
            found = self.prepayment.credited_months
            yield f"credited_months {found} of the prepayment is longer than term_months {self.term_months}"
        whole = self.term_months + sum(extension.months for extension in self.extensions)
        if whole > 600:
            yield f"term and extensions are {whole} months, expected at most 600"


class Colocation(Offer):
    """A lease: the tenant brings its racks, the owner sells critical IT MW."""

    kind: Literal["colocation"]
    it_mw: Annotated[float, Field(gt=0, le=2_000)]
    """Critical IT MW the tenant is sold."""
    least_it_mw: Annotated[float, Field(gt=0, le=2_000)] | None = None
    """The tenant also takes less, down to this, in steps of step_it_mw; left out, all or nothing. Amounts of the whole
    contract (damages, termination, a prepayment in USD) are the same for every size."""
    step_it_mw: Annotated[float, Field(gt=0, le=2_000)] | None = None
    kw_per_rack: Annotated[float, Field(gt=0, le=2_000)]
    rent_usd_per_kw_month: Annotated[float, Field(gt=0, le=2_000)]
    escalator_frac_per_year: GrowthFrac = 0.0
    """Rent rises by this on each anniversary of service."""
    lease: LeaseKind
    """What the rent includes: gross, modified_gross or triple_net."""
    tenant_contribution_usd_per_kw: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    """Capex the tenant pays for and does not get back, per kW of IT, received when service begins."""
    funding: TenantFunding | None = None
    """Capex the tenant pays for and is repaid out of the rent."""

    def _broken_rules(self) -> Iterator[str]:
        yield from super()._broken_rules()
        yield from _broken_steps(self.it_mw, self.least_it_mw, self.step_it_mw, "it_mw")


class GpuCloud(Offer):
    """The owner buys the GPUs and sells their hours; power is the owner's cost."""

    kind: Literal["gpu_cloud"]
    gpu_system: Id
    racks: Annotated[int, Field(ge=1, le=20_000)]
    least_racks: Annotated[int, Field(ge=1, le=20_000)] | None = None
    """The tenant also takes fewer, down to this, in steps of step_racks; left out, all or nothing."""
    step_racks: Annotated[int, Field(ge=1, le=20_000)] | None = None
    rate_usd_per_gpu_hour: Annotated[float, Field(gt=0, le=100)] | None = None
    """Rate at rate_date; give this or rate_path."""
    rate_date: date | None = None
    """Left out, the study's start."""
    rate_change_frac_per_year: GrowthFrac | None = None
    """Continuous yearly change of the rate from rate_date; negative is decay. To be typed, as it decides the case."""
    rate_path: tuple[DatedUsd, ...] = ()
    """USD per GPU-hour by date, linear between, flat before and after."""
    utilisation_frac: Frac
    """Share of hours the GPUs really work; sets the energy."""
    take_or_pay_frac: Frac = 0.0
    """Share of hours paid in any case; revenue counts the larger of this and the utilisation."""
    refresh: bool = True
    """Whether racks are replaced at the end of their life; otherwise they run on to the end of the contract."""

    def _broken_rules(self) -> Iterator[str]:
        yield from super()._broken_rules()
        if (self.rate_usd_per_gpu_hour is None) == (not self.rate_path):
            yield "give either rate_usd_per_gpu_hour with rate_change_frac_per_year, or rate_path"
        elif (self.rate_usd_per_gpu_hour is None) != (self.rate_change_frac_per_year is None):
            yield "rate_usd_per_gpu_hour and rate_change_frac_per_year go together"
        if self.rate_date is not None and self.rate_path and self.rate_usd_per_gpu_hour is None:
            yield "rate_date goes with rate_usd_per_gpu_hour; a rate_path has its own dates"
        yield from dates_ascend("rate_path", (point.date for point in self.rate_path))
        yield from _broken_steps(self.racks, self.least_racks, self.step_racks, "racks")


def _broken_steps(most: float, least: float | None, step: float | None, name: str) -> Iterator[str]:
    """Yield a sentence unless the steps lead from the least to the whole in at most 20 sizes."""
    if (least is None) != (step is None):
        yield f"least_{name} and step_{name} go together"
    if least is None or step is None:
        return
    if least >= most:
        yield f"least_{name} {least:g} is not below {name} {most:g}"
        return
    count = (most - least) / step
    if abs(count - round(count)) > 1e-6 or round(count) > 19:
        yield f"steps of {step:g} do not lead from least_{name} {least:g} to {name} {most:g} in at most 20 sizes"


Contract = Annotated[Colocation | GpuCloud, Field(discriminator="kind")]

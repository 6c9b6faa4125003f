"""Terms of contracts: what the rent includes, ramps, options, credit, money ahead, rights, latency and carbon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.schemas.base import Frac, GrowthFrac, Id, Months, Record, Text, Usd


class PowerTerms(StrEnum):
    """Who pays for power."""

    PASSED_THROUGH = "passed_through"
    INCLUDED = "included"


class LeaseKind(StrEnum):
    """What the rent includes."""

    GROSS = "gross"
    """Power and the owner's running costs."""
    MODIFIED_GROSS = "modified_gross"
    """The owner's running costs; the tenant repays power."""
    TRIPLE_NET = "triple_net"
    """Neither: the tenant repays power and running costs (taxes, insurance, upkeep)."""

    @property
    def repays_power(self) -> bool:
        """Whether the tenant repays its power."""
        return self is not LeaseKind.GROSS

    @property
    def repays_running_costs(self) -> bool:
        """Whether the tenant repays the owner's running costs."""
        return self is LeaseKind.TRIPLE_NET


class Workload(StrEnum):
    """What the tenant runs: it decides what it needs of the place and the network."""

    TRAINING = "training"
    """One fabric of identical GPUs: racks stand together, far away is fine."""
    INFERENCE = "inference"
    """Answers people: near them, in any number of halls."""


class RampStep(Record):
    """From this month of service on, the tenant takes and pays this share of its IT MW."""

    month: Annotated[int, Field(ge=0, le=120)]
    share_frac: Annotated[float, Field(gt=0, le=1)]


class Extension(Record):
    """The tenant's option to stay on after the term (or after the extension before)."""

    months: Annotated[int, Field(ge=1, le=240)]
    probability_frac: Frac
    """Chance that it is used, given that the tenant is still there. Space and power stay reserved; money and energy
    count at the chance."""
    rent_step_frac: GrowthFrac = 0.0
    """Change of the rent when the extension begins, on top of the escalator (0 = it goes on as it is)."""


class Guarantor(Record):
    """Somebody who pays when the tenant does not."""

    name: Text
    covered_frac: Frac
    """Share of the lost rent that the guarantor pays: all of it while the place is empty, the difference where the
    next tenant pays less."""
    default_frac_per_year: Frac = 0.0
    """Chance that the guarantor itself fails, per year of service."""


class Credit(Record):
    """What happens when the tenant fails. Money is expected money: every month's rent times the chance it is paid."""

    default_frac_per_year: Frac
    """Chance that a tenant still there fails within a year of service."""
    relet_months: Months
    """Months until somebody else pays, once: the next tenant is taken not to fail."""
    relet_rate_frac: Annotated[float, Field(ge=0, le=2)] = 1.0
    """What the next tenant pays as a share of the contract's own rate at that time."""
    guarantor: Guarantor | None = None


class Prepayment(Record):
    """Part of the price paid ahead and credited against later invoices in equal shares."""

    share_frac: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of all the revenue of the term; give this or usd."""
    usd: Usd | None = None
    months_before_start: Annotated[int, Field(ge=0, le=60)] = 0
    """When it is received: so many months before service begins (at the study's start at the earliest)."""
    credited_months: Annotated[int, Field(ge=1, le=480)] | None = None
    """Months of service over which it is credited, never more than the month's rent; left out, the whole term. What
    is not credited by the end of the term stays the owner's."""

    def _broken_rules(self) -> Iterator[str]:
        if (self.share_frac is None) == (self.usd is None):
            yield "give either share_frac or usd"


class TenantFunding(Record):
    """Build-to-suit: the tenant pays for capex and keeps back a share of its rent until it is repaid."""

    usd_per_kw: Annotated[float, Field(gt=0, le=100_000)]
    """Per kW of contracted IT."""
    months_before_start: Annotated[int, Field(ge=1, le=60)] = 12
    """Paid evenly over so many months before service begins (from the study's start at the earliest)."""
    credit_share_frac: Annotated[float, Field(gt=0, le=1)]
    """Share of each month's rent kept back until all is repaid (CoreWeave and Core Scientific: at most one half). What
    is not repaid by the end of the term stays the owner's."""
    interest_frac_per_year: Annotated[float, Field(ge=0, le=0.3)] = 0.0
    """On what is not yet repaid, from the start of service; effective yearly rate, added month by month."""


class ExpansionRight(Record):
    """Further MW kept free for the tenant; to let it take them is a second offer that `follows` this one."""

    it_mw: Annotated[float, Field(gt=0, le=2_000)]
    until: date
    """From the start of this contract's service to this date nobody else may have the firm power: further MW at the
    design-day ratio of the leanest design the tenant accepts."""
    fee_usd_per_kw_month: Annotated[float, Field(ge=0, le=500)] = 0.0
    """Paid for the right from the start of service until then."""


class LatencyLimit(Record):
    """How far the tenant's users may be. Needs the site's location."""

    max_ms: Annotated[float, Field(gt=0, le=500)]
    """Round trip over fibre to the metro."""
    metro: Id | None = None
    """Entry of the bundled metros; left out, the nearest one."""


class CarbonTerms(Record):
    """What the tenant asks of its energy. Needs the carbon of the grid."""

    max_kg_per_mwh: Annotated[float, Field(ge=0, le=3_000)] | None = None
    """Most carbon of a MWh it draws, after certificates."""
    min_renewable_frac: Frac | None = None
    """Least share of renewable energy, certificates included."""

    def _broken_rules(self) -> Iterator[str]:
        if self.max_kg_per_mwh is None and self.min_renewable_frac is None:
            yield "give max_kg_per_mwh or min_renewable_frac"

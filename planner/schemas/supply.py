"""Power made or stored on the site: gas engines and turbines, batteries, solar. A bridge until the grid comes.

Firm MW from the site serve AI load without a change of use and without passing the substation. Every MWh saves one
from the grid at the mean price of its hours (energy, losses, delivery); demand charges, minimum takes and what tenants
repay stay as if the grid had delivered it. Nothing is sold to the grid: fuel and batteries work for AI load, solar for
hashing as well, and what nobody draws is not made.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from planner.schemas.base import Frac, GrowthFrac, Id, Months, Record, Text


class Supply(Record):
    """Terms every kind has. Units are bought whole and may be sold again."""

    id: Id
    name: Text
    unit_mw: Annotated[float, Field(gt=0, le=1_000)]
    """Electric MW of a unit at the meter."""
    most_units: Annotated[int, Field(ge=1, le=500)]
    capex_usd_per_mw: Annotated[float, Field(ge=0, le=1e7)]
    """At the study's start; it grows with finance.capex_escalator_frac_per_year and is written off like the grid."""
    lead_time_months: Months
    """From the order to the first MW; the price is paid over it, evenly by days."""
    earliest_order: date | None = None
    latest_order: date | None = None
    fixed_usd_per_mw_year: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Staff, upkeep or rent for each MW that stands there."""
    escalator_frac_per_year: GrowthFrac = 0.0
    """Of the fixed and running cost, not of the fuel."""
    firm_frac: Frac
    """Share of its MW that counts as firm when the grid's firm MW are short. Gas gives them by running, the others by
    standing there."""
    resale_frac: Frac = 0.0
    """Share of its price a unit fetches when it is taken away, at the horizon, or when the
    last contract it carries after the horizon ends, whatever its age: of the price at the
    study's start, or of the lowest since then where prices fall. It is taxed as income."""
    leaves_by: date | None = None
    """No unit stands from the first period that starts on or after this date (end of a permit)."""

    def _broken_rules(self) -> Iterator[str]:
        if self.earliest_order and self.latest_order and self.earliest_order > self.latest_order:
            yield f"earliest_order {self.earliest_order} is after latest_order {self.latest_order}"


class GasSupply(Supply):
    """Gas engines or turbines, a bridge in all hours or a help in dear ones.

    As a bridge they make what AI load needs beyond the grid's MW, or more where that is cheaper; beside the grid they
    run in the hours that are dearer than their fuel.
    """

    kind: Literal["gas"]
    heat_rate_mmbtu_per_mwh: Annotated[float, Field(ge=3, le=30)]
    """Fuel per MWh, by the higher heating value."""
    fuel_usd_per_mmbtu: Annotated[float, Field(ge=0, le=100)]
    """Delivered, at the study's start."""
    fuel_change_frac_per_year: GrowthFrac = 0.0
    running_usd_per_mwh: Annotated[float, Field(ge=0, le=200)] = 0.0
    co2_kg_per_mmbtu: Annotated[float, Field(ge=0, le=120)] = 53.06
    """Pipeline gas 53.06 (US EPA, emission factors for greenhouse gas inventories)."""
    most_hours_per_year: Annotated[float, Field(gt=0, le=8_784)] | None = None
    """Permit; below 8 760 it cannot be a bridge, only run in dear hours."""


class BatterySupply(Supply):
    """A battery: it buys in cheap hours and serves AI load in dear ones, every day."""

    kind: Literal["battery"]
    hours: Annotated[float, Field(gt=0, le=24)]
    """At full power, of what it gives; charging takes longer by its losses."""
    round_trip_frac: Annotated[float, Field(gt=0, le=1)] = 0.86
    cycles_per_day: Annotated[float, Field(ge=0, le=2)] = 1.0


class SolarSupply(Supply):
    """Solar: energy when the sun shines, behind the meter."""

    kind: Literal["solar"]
    capacity_factor_frac: Frac
    capture_frac: Annotated[float, Field(ge=0, le=2)] = 1.0
    """Price of its hours as a share of the mean price."""


OnsiteSupply = Annotated[GasSupply | BatterySupply | SolarSupply, Field(discriminator="kind")]

"""The site: energised megawatts, halls and pads, climate, water, and what can be asked of the grid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator

from planner.schemas.base import (
    AreaM2,
    CatalogueRecord,
    Id,
    Months,
    Mw,
    Record,
    SignedMw,
    Text,
    Usd,
    filled_from_location,
)
from planner.schemas.place import Connection, Emissions, Location, Resolved
from planner.schemas.supply import OnsiteSupply


class MiningCooling(StrEnum):
    """How ASICs are cooled; a machine runs only in a hall of its own kind."""

    AIR = "air"
    HYDRO = "hydro"
    IMMERSION = "immersion"


class HallMining(Record):
    """A hall's present use."""

    capacity_mw: Mw
    """Gross MW of ASICs, with fans and pumps, that the hall can host."""
    cooling: MiningCooling


class Hall(Record):
    """An existing building."""

    id: Id
    name: Text | None = None
    electrical_mw: Annotated[float, Field(gt=0, le=2_000)]
    """Gross MW the hall's feeders can carry, at the meter."""
    floor_m2: AreaM2
    """Floor for racks, cooling modules and electrical rooms."""
    bays: Annotated[int, Field(ge=1, le=64)]
    """Separable rooms; a tenant takes whole bays."""
    mining: HallMining | None = None
    designs: tuple[Id, ...] | None = None
    """Designs allowed here; left out, all that are for halls."""


class Pad(Record):
    """Land inside the fence where a new hall can be built."""

    id: Id
    name: Text | None = None
    electrical_mw: Annotated[float, Field(gt=0, le=2_000)]
    floor_m2: AreaM2
    bays: Annotated[int, Field(ge=1, le=64)]
    shell_capex_usd: Usd
    """Building shell and site works, on top of the design's capex."""
    shell_months: Months
    """Months for the shell before the design's own months."""
    designs: tuple[Id, ...] | None = None


class QueueDelay(CatalogueRecord):
    """Months from request to grid consent or energisation, as a distribution."""

    p10_months: Months
    p50_months: Months
    p90_months: Months

    def _broken_rules(self) -> Iterator[str]:
        if not self.p10_months <= self.p50_months <= self.p90_months:
            yield "expected p10_months <= p50_months <= p90_months"


class Equipment(CatalogueRecord):
    """Something ordered at the request; the longest lead time is on the critical path."""

    name: Text
    lead_time_months: Months


class Upgrade(Record):
    """A grid upgrade the site may ask for, whole or not at all."""

    model_config = ConfigDict(json_schema_extra=filled_from_location("queue"))

    id: Id
    name: Text | None = None
    firm_mw: SignedMw = 0.0
    """Firm MW added; negative where firm is given up."""
    interruptible_mw: SignedMw = 0.0
    """Interruptible MW added; negative where it is turned into firm."""
    ai_mw: Mw | None = None
    """Firm MW that AI load may use as a result; left out, the firm MW added."""
    substation_mva: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    capex_usd: Usd = 0.0
    """Total cost, deposit included."""
    deposit_usd: Usd = 0.0
    """Part of the cost paid at the request."""
    connection: Connection | None = None
    """Line, substation and fibre, priced by distance on top of capex_usd."""
    queue: QueueDelay
    """Left out, that of the site's location for a new or larger load."""
    equipment: tuple[Equipment, ...] = ()
    commissioning_months: Months = 0.0
    """After both the queue and the equipment are through."""
    earliest_request: date | None = None
    latest_request: date | None = None

    def _broken_rules(self) -> Iterator[str]:
        if self.deposit_usd > self.capex_usd:
            yield f"deposit_usd {self.deposit_usd:,.0f} is part of capex_usd {self.capex_usd:,.0f} and cannot exceed it"
        if self.earliest_request and self.latest_request and self.earliest_request > self.latest_request:
            yield f"earliest_request {self.earliest_request} is after latest_request {self.latest_request}"
        if not (self.firm_mw or self.interruptible_mw or self.ai_mw or self.substation_mva):
            yield "the upgrade adds nothing: give firm_mw, interruptible_mw, ai_mw or substation_mva"


class ChangeOfUse(Record):
    """Consent to serve AI load from the existing interconnection."""

    model_config = ConfigDict(json_schema_extra=filled_from_location("queue"))

    queue: QueueDelay
    """Left out, that of the site's location for a change of use."""
    fee_usd: Usd = 0.0
    """Paid at the request."""


class CrewStep(Record):
    """What the crews can build at the same time, from a date until that of the next step."""

    date: date
    halls_at_once: Annotated[int, Field(ge=0, le=1_000)] | None = None
    """Halls and pads with works under way on the same day, be it conversion or later fit-out; left out, any number."""
    it_mw_at_once: Mw | None = None
    """IT MW whose fit-out may be under way on the same day; left out, any."""

    def _broken_rules(self) -> Iterator[str]:
        if self.halls_at_once is None and self.it_mw_at_once is None:
            yield "the step limits nothing: give halls_at_once or it_mw_at_once"


class Climate(CatalogueRecord):
    """Outdoor temperatures that cooling is designed for and runs in."""

    design_temperature_c: Annotated[float, Field(ge=-20, le=60)]
    """Dry bulb exceeded in about 0.4 % of hours; cooling must hold the full load there."""
    hours_below_c: dict[float, Annotated[float, Field(ge=0, le=8_784)]]
    """Hours of a year at or below each dry-bulb temperature; linear in between."""

    def _broken_rules(self) -> Iterator[str]:
        hours = [self.hours_below_c[t] for t in sorted(self.hours_below_c)]
        if not hours or hours != sorted(hours):
            yield "hours_below_c must not fall as the temperature rises, and must have an entry"


class Site(Record):
    """One site."""

    model_config = ConfigDict(json_schema_extra=filled_from_location("climate"))

    name: Text
    location: Location | None = None
    """Fills power price, climate, queues and emissions where they are not typed."""
    firm_mw: Mw
    """Contracted MW the grid serves at all times, at the meter, energised today."""
    interruptible_mw: Mw = 0.0
    """Contracted MW the grid may interrupt: mining only."""
    substation_mva: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Left out, the substation does not limit."""
    power_factor: Annotated[float, Field(ge=0.8, le=1)] = 0.95
    water_limit_m3_per_year: Annotated[float, Field(ge=0, le=1e9)] | None = None
    """Water the site may use for cooling; left out, unlimited."""
    climate: Climate
    """Left out, that of the station nearest to the site's location."""
    emissions: Emissions | None = None
    """Left out without a location, no carbon is reported."""
    latency_ms: dict[Id, Annotated[float, Field(ge=0, le=1_000)]] = Field(default_factory=dict)
    """Round trip in ms to metros by their id, where tenants ask for it; what is left out comes from the location."""
    halls: tuple[Hall, ...] = ()
    pads: tuple[Pad, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()
    supplies: tuple[OnsiteSupply, ...] = ()
    """Power that can be made or stored on the site."""
    crews: tuple[CrewStep, ...] = ()
    """What can be built at the same time; before the first date, and left out, anything."""
    change_of_use: ChangeOfUse | None = None
    """Left out, AI load may use the existing firm MW at once."""
    resolved: tuple[Resolved, ...] = ()
    """What the location gave and where each figure comes from; written by the planner."""

    @property
    def places(self) -> tuple[Hall | Pad, ...]:
        """Halls and pads, in this order."""
        return (*self.halls, *self.pads)

    def _broken_rules(self) -> Iterator[str]:
        if not self.halls and not self.pads:
            yield "the site has neither halls nor pads"

    @field_validator("crews")
    @classmethod
    def _crews_in_order(cls, crews: tuple[CrewStep, ...]) -> tuple[CrewStep, ...]:
        dates = [step.date for step in crews]
        if dates != sorted(set(dates)):
            raise ValueError("the dates of crews must ascend without repeats")
        return crews

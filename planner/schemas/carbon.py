"""Carbon: what it costs, how much is allowed, and how much of the energy is renewable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.schemas.base import DatedUsd, Frac, Record, dates_ascend


class CarbonBasis(StrEnum):
    """Which carbon of the grid a rule counts."""

    AVERAGE = "average"
    """Carbon of the mean MWh: what inventories count."""
    MARGINAL = "marginal"
    """Carbon of one MWh more: what a decision causes."""


class CarbonCap(Record):
    """Most carbon of a calendar year, from a date on."""

    date: date
    t_per_year: Annotated[float, Field(ge=0, le=1e8)]


class Carbon(Record):
    """Rules about carbon. Needs the emissions of the site (typed, or from its location)."""

    basis: CarbonBasis = CarbonBasis.AVERAGE
    """What the price and the cap count."""
    price_usd_per_t: tuple[DatedUsd, ...] = ()
    """By date, linear between, flat after the last; nothing before the first. AI load and hashing pay it alike, and so
    does fuel burnt on the site; no tenant repays it. It goes on for contracts that outlast the study."""
    cap: tuple[CarbonCap, ...] = ()
    """Steps in time; from each date on its cap holds, by days, up to the study's end."""
    renewable_frac: Frac | None = None
    """Share of the grid's energy that is renewable; needed where a tenant asks for a share."""
    certificate_usd_per_mwh: Annotated[float, Field(ge=0, le=200)] | None = None
    """Price of certificates that make a MWh renewable; left out, none can be bought."""

    def _broken_rules(self) -> Iterator[str]:
        yield from dates_ascend("price_usd_per_t", (point.date for point in self.price_usd_per_t))
        yield from dates_ascend("cap", (step.date for step in self.cap))

"""Somebody's proposal for a case: decisions that are fixed, and terms it assumes. What it leaves open is optimised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from planner.schemas.base import Count, Id, Mw, Record, Text
from planner.schemas.designs import Medium


class Rest(StrEnum):
    """What becomes of the contracts, halls, pads and requests that a section of a proposal does not name."""

    OPEN = "open"
    """They are decided for the best."""
    LEFT_OUT = "left_out"
    """They are not taken, not converted, not asked for."""


class ProposedContract(Record):
    """What the proposal does with one offer."""

    contract: Id
    taken: bool = True
    start: date | None = None
    """Start of service: with the first period on or after it. Left out, open."""
    it_mw: Mw | None = None
    """Size of an offer that comes in steps; for GPUs the IT MW of its racks."""
    rent_usd_per_kw_month: Annotated[float, Field(gt=0, le=2_000)] | None = None
    """Rent it assumes; left out, the offer's own."""
    rate_usd_per_gpu_hour: Annotated[float, Field(gt=0, le=100)] | None = None
    """Rate it assumes, at the offer's rate_date and changing as the offer's does (constant for a rate_path)."""
    halls: tuple[Id, ...] | None = None
    """Where its racks stand, all of them and nowhere else; left out, open."""

    def _broken_rules(self) -> Iterator[str]:
        terms = (self.start, self.it_mw, self.rent_usd_per_kw_month, self.rate_usd_per_gpu_hour, self.halls)
        if not self.taken and any(term is not None for term in terms):
            yield "a contract that is not taken has no start, size, rent or halls"


class ProposedHall(Record):
    """What the proposal does with one hall or pad."""

    hall: Id
    converted: bool = True
    design: Id | None = None
    """Left out, open."""
    build_start: date | None = None
    """Start of the works: with the first period on or after it. Left out, open."""
    modules: dict[Medium, Count] | None = None
    """Cooling modules installed, by medium; left out, open (as few as are needed)."""

    def _broken_rules(self) -> Iterator[str]:
        if not self.converted and (self.design, self.build_start, self.modules) != (None, None, None):
            yield "a hall that is not converted has no design, build_start or modules"


class ProposedUpgrade(Record):
    """What the proposal does with one grid request; change-of-use is the change of use."""

    upgrade: Id
    taken: bool = True
    requested: date | None = None
    """The request goes out in the first period on or after it. Left out, open."""

    def _broken_rules(self) -> Iterator[str]:
        if not self.taken and self.requested is not None:
            yield "an upgrade that is not asked for has no date of request"


class Proposal(Record):
    """Decisions and terms to be judged against a case.

    A section that is left out is open as a whole; an empty list means none of them.
    """

    schema_version: Literal[1]
    name: Text
    by: Text | None = None
    """Whose proposal it is."""
    contracts: tuple[ProposedContract, ...] | None = None
    """Left out, which offers are taken is open."""
    halls: tuple[ProposedHall, ...] | None = None
    """Left out, which halls and pads are converted is open. A hall that a contract names is converted in any case."""
    upgrades: tuple[ProposedUpgrade, ...] | None = None
    """Left out, what is asked of the grid is open."""
    rest: Rest = Rest.LEFT_OUT
    """Of what the sections that are given do not name."""
    claimed_npv_usd: float | None = None
    """What the proposal says it is worth, shown beside what it is worth."""
    claimed_capex_usd: Annotated[float, Field(ge=0, le=1e11)] | None = None

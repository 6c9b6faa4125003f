"""The greenfield twin: the same offers on bare land that has to queue for its power and build from scratch."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.schemas.base import Frac, Months, Mw, Record, Usd
from planner.schemas.site import Equipment, QueueDelay


class OffersWait(StrEnum):
    """What becomes of offers whose dates bare land cannot keep."""

    NO = "no"
    """They are lost: what the energised site is worth to whoever has the tenants today."""
    YES = "yes"
    """Dates of offers, and a loan's draws, move by the delay of the first power: what time alone is worth."""


class Greenfield(Record):
    """Bare land with halls like those of the site, built anew, and a grid connection that has to be asked for."""

    firm_mw: Mw | None = None
    """Firm MW asked for on the first day; left out, as much as the site has, its upgrades included."""
    queue: QueueDelay = QueueDelay(p10_months=36, p50_months=48, p90_months=60)
    """Months from the request to the first power; left out, 3 to 5 years (JPMorgan, quoted by the FT, 2024)."""
    equipment: tuple[Equipment, ...] = ()
    grid_capex_usd_per_mw: Annotated[float, Field(ge=0, le=5e6)]
    """Substation, line and what the utility asks for."""
    deposit_frac: Frac = 0.0
    """Share of it paid with the request."""
    land_usd: Usd = 0.0
    """Land and permits, paid with the request."""
    shell_usd_per_mw: Annotated[float, Field(ge=0, le=2e7)]
    """Building and site works for each electrical MW of a hall."""
    shell_months: Months
    """Months for a hall's building before the design's own months."""
    site_fixed_usd_per_year: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    offers_wait: OffersWait = OffersWait.NO

    def _broken_rules(self) -> Iterator[str]:
        if self.firm_mw == 0:
            yield "firm_mw is 0: a site without firm power can serve nobody"

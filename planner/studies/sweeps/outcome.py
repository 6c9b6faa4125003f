"""What became of a point: its figures, or why it has none. Written to the journal and read back."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from planner.results import Result


class Way(StrEnum):
    """What was done with the plan at a point."""

    REOPTIMISED = "reoptimised"
    HELD = "held"


class PointStatus(StrEnum):
    """How a point ended."""

    OPTIMAL = "optimal"
    """Proven within the asked gap."""
    TIME_LIMIT = "time_limit"
    """Stopped with a plan, which may not be the best."""
    NO_PLAN = "no_plan"
    """Stopped before a plan was found."""
    INFEASIBLE = "infeasible"
    """No plan obeys every limit, or the plan that is kept cannot be carried out."""
    FAILED = "failed"
    """A fault: tried again when the sweep is started again."""


class HeldAs(StrEnum):
    """How a plan that is kept can be carried out at a point, the first of these that can."""

    DECIDED = "as decided"
    UNFUNDED = "over budget"
    """As decided, but only with more equity, or another loan, than there is."""
    MOVED = "dates moved"
    """Works and services cannot begin when they were to: they begin when it is best."""
    MOVED_UNFUNDED = "moved, over budget"

    @property
    def is_funded(self) -> bool:
        """Whether the point's own equity and loan pay for it."""
        return self in (HeldAs.DECIDED, HeldAs.MOVED)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PointFigures(_Record):
    """A plan in figures; money in USD, nominal or as present value as the names say."""

    npv_usd: float
    npv_bound_usd: float | None
    """No plan of the point is worth more; of a plan that is kept, none that keeps it."""
    gap_frac: float | None
    do_nothing_npv_usd: float
    gain_usd: float
    """NPV above going on mining."""
    owner_gain_usd: float | None
    """The same for the owner, the loan served; None without a loan."""
    greenfield_npv_usd: float | None
    """Of the same offers on bare land, where the case asks for it."""
    irr_frac: float | None
    """Against going on mining; None if there is none or more than one."""
    irr_words: str
    payback_year: int | None
    """Calendar year in which what was spent has come back, against going on mining; None if it does not."""
    payback_words: str
    peak_funding_usd: float
    capex_usd: float
    """Spent within the horizon, contributions and resale netted."""
    ai_it_mw: float
    """Critical IT MW of the offers taken."""
    offers: tuple[str, ...]
    """Ids of the offers taken."""
    halls: tuple[str, ...]
    """hall:design@start of the works, of every hall and pad that is converted."""
    upgrades: tuple[str, ...]
    """request@date, of every grid request made."""


class PointOutcome(_Record):
    """How a point ended."""

    status: PointStatus
    figures: PointFigures | None = None
    held: HeldAs | None = None
    """Of a plan that is kept."""
    short_usd: float | None = None
    """Equity that a plan over budget lacks at its worst; None where a loan would have to be sized anew."""
    plan: str = ""
    """Short mark of the decisions (offers, halls, requests and their dates): equal plans have equal marks."""
    seconds: float = 0.0
    """On the worker's clock."""
    cpu_seconds: float = 0.0
    """Of the worker's processor, which other work on the machine does not lengthen."""
    error: str = ""
    """Why there are no figures."""


Figures = Callable[[Result], PointFigures]
"""Reads a result's figures; at the top of a module, so that a worker in another process finds it."""

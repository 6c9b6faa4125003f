"""What a plan is shown as: one frozen record for each kind of row; money in USD."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planner.finance.returns import Return
from site_conversion.lines import Line


@dataclass(frozen=True)
class Headline:
    """The numbers a decision starts from; money in USD."""

    npv_usd: float
    do_nothing_npv_usd: float
    gain_usd: float
    gain_bound_usd: float | None
    """The gain cannot be larger than this, by the solver's proof."""
    gap_frac: float | None
    status: str
    return_against_do_nothing: Return
    payback: str
    peak_funding_usd: float
    peak_funding_when: str
    capex_usd: float
    """Capital spent within the horizon, contributions and resale netted."""
    gain_after_horizon_usd: float
    """Part of the gain that comes after the horizon: contracts still running, machines sold."""


@dataclass(frozen=True)
class ConversionRow:
    """One hall that is converted."""

    hall: str
    design: str
    build_start: date
    ready: date
    it_mw: float
    tenants: tuple[str, ...]


@dataclass(frozen=True)
class ContractRow:
    """One offer and what became of it; dates and halls only if taken, of an offer in steps those of its size."""

    contract: str
    tenant: str
    kind: str
    it_mw: float
    ready_by: date
    taken: bool
    start: date | None
    months_late: float
    end: date | None
    halls: tuple[str, ...]
    revenue_usd: float
    """Within the horizon, without what the tenant repays."""
    in_steps: bool
    """Whether the tenant takes other sizes too; it_mw is the size taken, or the largest."""
    refusal: str
    """Why the site cannot serve it at all; empty if it could."""
    terms: tuple[str, ...]
    """What else was agreed and how it is counted, in words; of offers taken."""


@dataclass(frozen=True)
class UpgradeRow:
    """One grid request and what became of it."""

    upgrade: str
    taken: bool
    requested: date | None
    energised: date | None
    wait_months: float
    firm_mw: float
    ai_mw: float


@dataclass(frozen=True)
class BindingRow:
    """A limit of which nothing is left, and when."""

    subject: str
    when: str
    of_a_hall: bool


@dataclass(frozen=True)
class TightestRow:
    """A limit of the whole site that never binds, where it comes closest."""

    subject: str
    when: str
    left: float
    unit: str


@dataclass(frozen=True)
class MegawattRow:
    """Mean megawatts of a calendar year, at the meter but for ai_it_mw."""

    year: int
    hashing_mw: float
    ai_draw_mw: float
    contracted_mw: float
    ai_it_mw: float
    onsite_mw: float
    """Firm MW made on the site."""
    hosted_mw: float
    """Other people's ASICs."""
    rented_mw: float
    """Rented GPU rigs at work."""

    @property
    def unused_mw(self) -> float:
        """Contracted or made on the site, and used by nobody."""
        used_mw = self.hashing_mw + self.hosted_mw + self.rented_mw + self.ai_draw_mw
        return self.contracted_mw + self.onsite_mw - used_mw


@dataclass(frozen=True)
class PlaceRow:
    """One figure that came from the site's location."""

    subject: str
    value: str
    is_filled: bool
    link: str
    trust: str
    source: str
    as_of: str
    note: str


@dataclass(frozen=True)
class CashRow:
    """A line of the cash-flow statement, plan beside twin."""

    line: Line
    plan_usd: float
    do_nothing_usd: float

    @property
    def difference_usd(self) -> float:
        """Plan less do nothing."""
        return self.plan_usd - self.do_nothing_usd


@dataclass(frozen=True)
class ItemRow:
    """A part of a line that is worth a row of its own."""

    what: str
    plan_usd: float
    do_nothing_usd: float

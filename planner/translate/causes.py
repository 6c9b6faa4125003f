"""What stands in the way of a plan: one cause with its amount and its dates, in the case's own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class CauseKind(StrEnum):
    """What kind of thing is missing."""

    TERMS = "the tenant's terms"
    DESIGN = "no suitable design"
    DATES = "no date to begin"
    ROOM = "halls and pads too small"
    POWER = "firm power"
    CONSENT = "consent for AI load"
    SUBSTATION = "substation"
    CONTRACTED = "contracted grid MW"
    WORKS = "halls not ready in time"
    CREWS = "crews"
    MINING_ROOM = "room for hosted machines"
    EQUITY = "equity"
    LOAN = "loan and its cover"
    CARBON = "carbon cap"
    WATER = "cooling water"
    OUTLASTING = "contracts that outlast the study"
    TOGETHER = "commitments that exclude each other"


@dataclass(frozen=True)
class Cause:
    """One reason for which there is no plan. `amount` is what is missing, in `unit`."""

    kind: CauseKind
    words: str
    contracts: tuple[str, ...] = ()
    """Signed offers that it is about."""
    amount: float | None = None
    unit: str = ""
    since: date | None = None
    until: date | None = None


def shown(amount: float) -> str:
    """Write an amount in a sentence: three digits, or one decimal where it is large."""
    return f"{amount:,.1f}" if abs(amount) >= 100 else f"{amount:.3g}"


def counted(amount: float, unit: str) -> str:
    """Write an amount with its unit."""
    return f"{shown(amount)} {unit.removesuffix('s') if amount == 1 and unit in COUNTED else unit}"


COUNTED = ("bays", "racks", "halls", "months")

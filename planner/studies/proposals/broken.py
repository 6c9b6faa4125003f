"""A broken limit: which rule, in words, by how much and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from planner.translate.calendar import month
from site_conversion.fixing import Decision

__all__ = ["Broken", "Rule", "month"]


class Rule(StrEnum):
    """What kind of limit is broken."""

    OUTSIDE_STUDY = "outside the study"
    START_WINDOW = "start of service"
    SIGNED = "signed contract"
    EXCLUSIVE = "exclusive offers"
    FOLLOWS = "offer that follows another"
    INELIGIBLE = "offer that cannot be served here"
    MOST_HALLS = "too many halls"
    NOT_CONVERTED = "hall not converted"
    DESIGN = "design not allowed"
    NOT_ACCEPTED = "design not accepted by the tenant"
    TOO_SMALL = "hall too small"
    LATE_BUILD = "hall not ready"
    COOLING = "too little cooling"
    REQUEST_WINDOW = "date of request"
    POWER = "too little power"
    OVERRIDDEN = "fixed in the case"
    LIMIT = "limit"
    TOGETHER = "decisions that exclude each other"


@dataclass(frozen=True)
class Broken:
    """One broken limit. `amount` is by how much, in `unit`; the dates say when, None where it is always."""

    rule: Rule
    words: str
    amount: float | None = None
    unit: str = ""
    since: date | None = None
    until: date | None = None
    decisions: tuple[Decision, ...] = ()
    """Decisions of the proposal that break it."""
    subject: str = ""
    """Name of the limit, of those that were found by letting limits give way."""

"""A sweep at a glance, for a case that names none: every lever that moves something, equity, and the fall of GPU rates.

The ranges are assumptions about what is commonly open when a conversion is decided. They are no forecast and know
nothing of the case; the file that they make is there to be edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner.case_file.sweep import SweepFile, sweep_in
from planner.schemas import Case
from planner.schemas.sweep import LeverKey
from planner.schemas.tenants import GpuCloud
from planner.studies.levers import Lever, apply

NAME = "What moves the plan, at a glance"


@dataclass(frozen=True)
class Reach:
    """How far a lever is moved, and why so far."""

    lever: LeverKey
    low: float
    high: float
    why: str


REACHES = (
    Reach(LeverKey.HASHPRICE, 0.7, 1.3, "a move that a year of mining often brings"),
    Reach(LeverKey.RENT, 0.9, 1.1, "what is left to negotiate before signing"),
    Reach(LeverKey.CAPEX, 0.85, 1.25, "building overruns more often than it saves"),
    Reach(LeverKey.EQUIPMENT, 0.8, 1.25, "prices before they are quoted"),
    Reach(LeverKey.POWER, 0.8, 1.25, "a fifth down, a quarter up"),
    Reach(LeverKey.COUPON, 0.8, 1.25, "terms before the loan is signed; moves the owner's gain"),
)
MONTHS_LATE = 6
SLOW_QUANTILE, FAST_QUANTILE = 0.9, 0.1


FILE = "sweep.yaml"
"""Where the sweep of a case that names none is written."""


class NothingToMove(Exception):
    """A case that has nothing that a lever moves."""

    def __init__(self) -> None:
        super().__init__("this case has nothing that a lever moves")


def glance(case: Case, file: Path = Path(FILE)) -> SweepFile:
    """Return the sweep of a case that names none, as it would stand in a file.

    Raises:
        NothingToMove: the case has nothing that a lever moves.
    """
    text = glance_text(case)
    if not text:
        raise NothingToMove
    return sweep_in(text, file)


def glance_text(case: Case) -> str:
    """Return the sweep file of a case: a factor for every lever that moves something; nothing if none does."""
    factors = [*_multiples(case), *_equity(case), *_gpu_rates(case), *_queues(case), *_late(case)]
    if not factors:
        return ""
    return (
        "# Ranges are assumptions that know nothing of the case: put your own in their place, and run\n"
        "# planner sweep CASE with this file as SWEEP.\n\n"
        f"schema_version: 1\nname: {NAME}\nmode: both\nfactors:\n{''.join(factors)}design: {{kind: one_at_a_time}}\n"
    )


def _multiples(case: Case) -> list[str]:
    return [
        f"  - name: {reach.lever.value}\n    lever: {reach.lever.value}\n"
        f"    low: {reach.low:g} # assumption: {reach.why}\n    high: {reach.high:g} # assumption: as low\n"
        for reach in REACHES
        if _moves(case, reach.lever, reach.high)
    ]


def _equity(case: Case) -> list[str]:
    """Return the equity of every date together, where there is a budget."""
    if not case.finance.equity_budget:
        return []
    ends = "    low: 0.8 # assumption: a fifth is not raised\n    high: 1.25 # assumption: a quarter more is\n"
    return [f"  - name: equity\n    path: finance.equity_budget[*].added_usd\n    how: times\n{ends}"]


def _gpu_rates(case: Case) -> list[str]:
    """Return the yearly change of the rates of GPU hours that change by a rate; a path of their own stays."""
    rated = (offer for offer in case.contracts if isinstance(offer, GpuCloud))
    offers = dict.fromkeys(offer.offer for offer in rated if offer.rate_change_frac_per_year is not None)
    if not offers:
        return []
    paths = "".join(f"      - contracts[{offer}].rate_change_frac_per_year\n" for offer in offers)
    ends = (
        "    low: -0.1 # assumption: rates fall ten points a year faster\n    high: 0.05 # assumption: or five slower\n"
    )
    return [f"  - name: gpu_rate_change\n    paths:\n{paths}    how: plus\n{ends}"]


def _queues(case: Case) -> list[str]:
    """Return the queues at their fast and slow quantiles, or half a year late where they have no spread."""
    consent = case.site.change_of_use
    queues = [*(upgrade.queue for upgrade in case.site.upgrades), *([] if consent is None else [consent.queue])]
    if any(queue.p10_months < queue.p90_months for queue in queues):
        ends = (
            f"    low: {FAST_QUANTILE} # assumption: one queue in ten is faster\n"
            f"    high: {SLOW_QUANTILE} # assumption: one in ten is slower\n"
        )
        return [f"  - name: queues\n    path: study.queue_quantile_frac\n    how: set\n{ends}"]
    return _months(case, LeverKey.DELAY)


def _late(case: Case) -> list[str]:
    return _months(case, LeverKey.LATE_WORKS)


def _months(case: Case, lever: LeverKey) -> list[str]:
    if not _moves(case, lever, MONTHS_LATE):
        return []
    value = f"    values: [{MONTHS_LATE}] # assumption: half a year late\n"
    return [f"  - name: {lever.value}\n    lever: {lever.value}\n{value}"]


def _moves(case: Case, lever: LeverKey, amount: float) -> bool:
    """Whether the case has something that a lever moves."""
    return apply(case, Lever[lever.name], amount) != case

"""How safe each offer is that the plan takes: how far its price can fall, its cost rise and its start slip.

Measured against the best plan without the offer: below that the plan would be another one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from planner.results import Outcome, Result
from planner.studies.why.changes import Changes
from planner.studies.why.inquiry import Inquiry
from planner.studies.why.needs import dial_of
from planner.studies.why.offers import Offer, Price, TenantOffer
from planner.studies.why.thresholds import Dial, NoThreshold, Threshold, threshold
from planner.studies.why.trials import NotFound, Range, Trials
from site_conversion import gpu_systems, halls
from site_conversion.fixing import Decision, Kind
from site_conversion.instance import CONVERSION, Floats, Instance


@dataclass(frozen=True)
class Overrun:
    """How much more the works for an offer may cost, spent as those works are, in prices of the study's start.

    The question is what it is worth, not who pays: the equity budget does not count it.
    """

    more_musd: Range
    equity_left_musd: float | None
    """What the plan leaves of the equity at its tightest; None where equity is not limited."""
    halls: tuple[str, ...]


@dataclass(frozen=True)
class Slip:
    """How late the service may begin and the offer still be worth taking."""

    planned: date
    latest: date
    """The latest start that is worth taking."""
    next_start: date | None
    """The first start after it that the tenant would accept, which is not worth taking; None at the longstop."""
    is_proven: bool
    """Whether the gaps of the solves leave no doubt on either side."""


@dataclass(frozen=True)
class Margin:
    """The margin of safety of one offer that the plan takes."""

    offer: str
    price: Price
    is_must: bool = False
    """Signed for good or forced: nothing can be taken in its place, so there is no margin."""
    gain: Range | None = None
    """MUSD of NPV that the best plan loses without it."""
    instead: Changes | None = None
    """What the best plan without it decides otherwise."""
    size: str = ""
    """Of an offer in steps the size that is taken at the least price."""
    least: Threshold | None = None
    """The least price at which it is worth taking; None if it is at any."""
    overrun: Overrun | None = None
    slip: Slip | None = None
    note: str = ""


def margin(inquiry: Inquiry, offer: Offer) -> Margin:
    """Return the margin of safety of an offer that the plan takes.

    Raises:
        Interrupted: the user has asked to stop.
    """
    result, trials = inquiry.result, inquiry.trials
    price = offer.price(result.case)
    if offer.is_must(result.instance):
        return Margin(offer.name, price, is_must=True)
    try:
        without = trials.best(offer.left_out(result.instance), f"the best plan without {offer.name}")
    except NotFound:
        return Margin(offer.name, price, note="no plan without it was found in the time given")
    if without is None:
        return Margin(offer.name, price, note="there is no plan without it")
    least = _sought(dial_of(result, offer), without.worth, result.plan, trials, f"least price of {offer.name}")
    return Margin(
        offer=offer.name,
        price=price,
        size="" if least is None else offer.size_words(result.instance, least.plan.tables),
        gain=inquiry.loss(without.worth),
        instead=inquiry.changes(without.outcome),
        least=least,
        overrun=_overrun(result, offer, without.worth, trials),
        slip=_slip(result, offer, without.worth, trials),
    )


def _sought(dial: Dial, without: Range, plan: Outcome, trials: Trials, what: str) -> Threshold | None:
    try:
        return threshold(dial, without, plan, trials, what)
    except NoThreshold:
        return None


# --- cost --------------------------------------------------------------------------------------------------


def _overrun(result: Result, offer: Offer, without: Range, trials: Trials) -> Overrun | None:
    """Return how much more the works may cost: an extra cost of whoever takes the offer, spent as its works are."""
    if not isinstance(offer, TenantOffer):
        return None
    instance = result.instance
    placed = result.plan.tables[gpu_systems.NAME]
    here = placed[placed["contract"].isin(offer.contracts)]
    spent_frac = _spent_frac(instance, here)
    demanded = offer.demanded(instance)

    def cheaper(amount: float) -> Instance:
        return _dearer(demanded, offer.contracts, spent_frac, -amount)

    scale = max(1.0, abs(without.low) * 0.1)
    dial = Dial(cheaper, now=0.0, scale=scale, least=float("-inf"))
    found = _sought(dial, without, result.plan, trials, f"the cost of works for {offer.name}")
    if found is None:
        return None
    table = result.plan.tables[halls.NAME]
    used = sorted({int(hall) for hall in here["hall"]} & {int(hall) for hall in table["hall"]})
    return Overrun(
        Range(-found.range.high, -found.range.low), _equity_left(result), tuple(instance.halls[i] for i in used)
    )


def _equity_left(result: Result) -> float | None:
    limits = result.plan.limits
    slack = limits[limits["limit"] == "budget"]["slack"]
    return max(0.0, float(slack.min())) / 1e6 if len(slack) else None


def _spent_frac(instance: Instance, here: pd.DataFrame) -> Floats:
    """Return when an overrun is spent, for each start [k, p]: as works are in the plan's halls, by the MW placed there.

    At the start where there can be no works before it.
    """
    spent = np.zeros((instance.periods, instance.periods))
    for row in here.to_dict("records"):
        h, d = int(row["hall"]), int(row["design"])
        can_be = instance.build_start[h, d] >= 0
        as_works = np.where(can_be[:, None], instance.build_spend_frac[h, d], np.eye(instance.periods))
        spent += as_works * float(row["it_mw"]) / float(here["it_mw"].sum())
    return spent


def _dearer(instance: Instance, contracts: tuple[int, ...], spent_frac: Floats, musd: float) -> Instance:
    """Return the arrays in which taking an offer costs so much more, depreciated as works are.

    It stands among the running costs, where no equity budget counts it, and its deduction is put off to that of works.
    """
    opex, write_off = instance.contract_opex_musd.copy(), instance.gpu_depreciation_musd.copy()
    for k in range(instance.periods):
        spent = musd * spent_frac[k]
        for c in contracts:
            opex[c, k, :-1] += spent
            write_off[c, k, :-1] -= spent
            write_off[c, k] += spent.sum() * instance.depreciation_frac[CONVERSION, k]
    return replace(instance, contract_opex_musd=opex, gpu_depreciation_musd=write_off)


# --- time --------------------------------------------------------------------------------------------------


def _slip(result: Result, offer: Offer, without: Range, trials: Trials) -> Slip | None:
    """Return the latest start that is worth taking, of the starts that the tenant accepts (halved from both ends)."""
    if not isinstance(offer, TenantOffer):
        return None
    instance, placed = result.instance, result.plan.tables[gpu_systems.NAME]
    here = placed[placed["contract"].isin(offer.contracts)].iloc[0]
    c, planned = int(here["contract"]), int(here["start"])
    later = [k for k in np.nonzero(instance.start_allowed[c])[0].tolist() if k > planned]
    good, bad, proven = -1, len(later), True
    position = len(later) - 1  # most often even the longstop is worth taking
    while good + 1 < bad:
        held = (Decision(Kind.TAKEN, (c,), 1), Decision(Kind.START, (c,), later[position]))
        try:
            trial = trials.best(instance, f"{offer.name} from {instance.period_start[later[position]]}", None, held)
        except NotFound:
            return None
        if trial is not None and trial.worth.low >= without.low:
            good, proven = position, proven and trial.worth.low >= without.high
        else:
            bad, proven = position, proven and (trial is None or trial.worth.high < without.low)
        position = (good + bad) // 2
    days = instance.period_start
    return Slip(
        planned=days[planned],
        latest=days[later[good]] if good >= 0 else days[planned],
        next_start=days[later[bad]] if bad < len(later) else None,
        is_proven=proven,
    )

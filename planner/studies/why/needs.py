"""What each offer that the plan does not take lacks: rent, a limit that is short, or room beside the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.results import Result
from planner.schemas.proposal import Proposal, ProposedContract
from planner.studies.proposals.asked import Asked
from planner.studies.proposals.broken import Broken
from planner.studies.proposals.decisions import Ground, decisions_of
from planner.studies.proposals.feasibility import missing_limits
from planner.studies.proposals.limits import direct_breaks
from planner.studies.why.changes import Changes
from planner.studies.why.inquiry import Inquiry
from planner.studies.why.offers import Offer, Price, TenantOffer
from planner.studies.why.resources import more_equity
from planner.studies.why.thresholds import Dial, NoThreshold, Threshold, threshold
from planner.studies.why.trials import NotFound, Range, Trial, Trials
from planner.translate import translate
from site_conversion.instance import Instance

EQUITY = "budget"
"""Name of the limit of equity."""
DEAR = 10
"""Times its price at which an offer surely serves a loan."""
MORE_EQUITY = 1 + 1e-6
"""What is missing is found to the solver's tolerance; a little more is enough for certain."""


@dataclass(frozen=True)
class WithEquity:
    """The case planned again with the equity that was short."""

    more_musd: float
    gain: Range
    takes_it: bool
    changes: Changes


@dataclass(frozen=True)
class Beside:
    """What is short if the offer is to be taken beside all that the plan takes."""

    fits: bool
    """Nothing is: it is left out as it does not pay."""
    missing: tuple[Broken, ...]
    """The least relative relaxation of limits that lets both be; they have to give way together."""
    with_equity: WithEquity | None
    """Where equity alone is short."""


@dataclass(frozen=True)
class Need:
    """What one offer lacks."""

    offer: str
    price: Price
    refusal: str = ""
    """Why the site cannot serve it whatever is built; empty if it could."""
    impossible: tuple[Broken, ...] = ()
    """Why no plan at all can take it, whatever it pays; empty if one can."""
    loss: Range | None = None
    """MUSD of NPV that taking it at its price costs."""
    forced: Changes | None = None
    """What the best plan that must take it decides otherwise."""
    needed: Threshold | None = None
    """The least price at which it is worth taking."""
    size: str = ""
    """Of an offer in steps the size that is taken at that price."""
    beside: Beside | None = None
    note: str = ""


def need(inquiry: Inquiry, offer: Offer) -> Need:
    """Return what an offer lacks that the plan does not take.

    Raises:
        Interrupted: the user has asked to stop.
    """
    result, trials = inquiry.result, inquiry.trials
    price, refusal = offer.price(result.case), offer.refusal(result.case)
    if refusal:
        return Need(offer.name, price, refusal=refusal)
    try:
        forced = trials.best(offer.demanded(result.instance), f"{offer.name} taken at its price")
        dear = forced or _at_any_price(result, offer, trials)
    except NotFound:
        return Need(offer.name, price, note="no plan that takes it was found in the time given")
    if dear is None:
        return Need(offer.name, price, impossible=impossible(result, offer, trials))
    note, needed = "" if forced else "no plan takes it at its price, as a loan could not be served", None
    try:
        needed = threshold(
            dial_of(result, offer), inquiry.base, dear.outcome, trials, f"the {price.what} of {offer.name}"
        )
    except NoThreshold:
        note = f"no {price.what} makes it worth taking"
    loss = None if forced is None else inquiry.loss(forced.worth)
    return Need(
        offer=offer.name,
        price=price,
        loss=loss,
        forced=inquiry.changes(dear.outcome),
        needed=None if needed is None else _above(needed, price.value, loss),
        size="" if needed is None else offer.size_words(result.instance, needed.plan.tables),
        beside=beside(inquiry, offer),
        note=note,
    )


def _above(needed: Threshold, price: float, loss: Range | None) -> Threshold:
    """Return the least price, not below today's where that is proven to lose money."""
    low = price if loss is not None and loss.low > 0 else float("-inf")
    return replace(needed, range=Range(max(needed.range.low, low), max(needed.range.high, low)))


def _at_any_price(result: Result, offer: Offer, trials: Trials) -> Trial | None:
    """Return a plan that takes an offer at a price so high that any loan can be served; None if there is none.

    Without a loan its price changes nothing about what can be built.
    """
    if result.instance.debt is None:
        return None
    dear = offer.at_price(result.case, DEAR * offer.price(result.case).value)
    return trials.best(offer.demanded(translate(dear)), f"{offer.name} taken at {DEAR} times its price")


def dial_of(result: Result, offer: Offer) -> Dial:
    """Return the price of an offer as an amount to turn, the offer being demanded."""
    now = offer.price(result.case).value

    def at(amount: float) -> Instance:
        return offer.demanded(translate(offer.at_price(result.case, amount)))

    return Dial(at, now, scale=max(now, 1e-3), least=0.0)


def impossible(result: Result, offer: Offer, trials: Trials) -> tuple[Broken, ...]:
    """Return why no plan takes an offer: what is short, or what its own terms exclude."""
    missing = tuple(missing_limits(result.instance, trials.missing(offer.demanded(result.instance))))
    if missing or not isinstance(offer, TenantOffer):
        return missing
    ground = Ground(result.case, result.instance)
    least = min(offer.contracts, key=lambda c: float(result.instance.contract_it_mw[c]))
    taken = ProposedContract(contract=result.instance.contracts[least])
    alone = Proposal(schema_version=1, name=offer.name, contracts=(taken,))
    return tuple(direct_breaks(alone, Asked(ground, decisions_of(alone, ground))))


def beside(inquiry: Inquiry, offer: Offer) -> Beside:
    """Return what is short for an offer beside all that the plan takes."""
    result, trials = inquiry.result, inquiry.trials
    together = offer.demanded(result.instance)
    for other in filter(inquiry.is_taken, inquiry.offers):
        together = other.demanded(together)
    if trials.is_possible(together, result.plan):
        return Beside(fits=True, missing=(), with_equity=None)
    short = trials.missing(together)
    missing = tuple(missing_limits(result.instance, short))
    if not short or any(item.limit != EQUITY for item in short):
        return Beside(fits=False, missing=missing, with_equity=None)
    more = MORE_EQUITY * max(item.amount for item in short) / 1e6
    trial = trials.best(translate(more_equity(result.case, more)), f"{offer.name} with more equity", result.plan)
    if trial is None:
        return Beside(fits=False, missing=missing, with_equity=None)
    gain = trial.worth.less(inquiry.base)
    found = WithEquity(
        more_musd=more,
        gain=Range(max(0.0, gain.low), max(0.0, gain.high)),
        takes_it=offer.is_taken(trial.outcome.tables),
        changes=inquiry.changes(trial.outcome),
    )
    return Beside(fits=False, missing=missing, with_equity=found)

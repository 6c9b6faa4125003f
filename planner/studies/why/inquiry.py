"""What every question about a plan starts from."""

from __future__ import annotations

from dataclasses import dataclass

from planner.results import Outcome, Result
from planner.studies.why.changes import Changes, changes
from planner.studies.why.offers import Offer
from planner.studies.why.trials import Range, Trials


@dataclass(frozen=True)
class Inquiry:
    """A plan, what is proven of it, and the means to ask."""

    result: Result
    base: Range
    """Value of the best plan of the case, MUSD."""
    offers: tuple[Offer, ...]
    """All of the case."""
    trials: Trials

    def is_taken(self, offer: Offer) -> bool:
        """Whether the plan takes an offer."""
        return offer.is_taken(self.result.plan.tables)

    def changes(self, outcome: Outcome) -> Changes:
        """Return what another plan decides otherwise than this one."""
        return changes(self.result.instance, self.offers, self.result.plan, outcome)

    def loss(self, other: Range) -> Range:
        """Return what is lost against the best plan by one that is no better."""
        lost = self.base.less(other)
        return Range(max(0.0, lost.low), max(0.0, lost.high))

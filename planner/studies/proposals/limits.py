"""The limits a proposal breaks, each in words with date and amount, by direct sums over what it fixes.

Nothing here asks the model: a placement that cannot be is not in it. What follows only from the whole (money, water,
the substation) is found by letting the model's limits give way, see `feasibility`.
"""

from __future__ import annotations

from planner.schemas.proposal import Proposal
from planner.studies.proposals import contract_limits, override_limits, site_limits
from planner.studies.proposals.asked import Asked
from planner.studies.proposals.broken import Broken

CHECKS = (
    contract_limits.study_dates, contract_limits.start_windows, contract_limits.commitments,
    contract_limits.eligibility, site_limits.places, site_limits.room, site_limits.readiness, site_limits.cooling,
    site_limits.requests, site_limits.power, override_limits.overridden,
)  # fmt: skip


def direct_breaks(proposal: Proposal, asked: Asked) -> list[Broken]:
    """Return every limit that the fixed decisions break by themselves."""
    return [broken for check in CHECKS for broken in check(proposal, asked)]

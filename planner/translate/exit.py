"""What contracts that outlast the horizon are worth at its end: their tail, or their last year at a multiple.

By multiple or cap rate, the cash that makes up net operating income (revenue, repaid cost, energy, demand charges,
running cost, price of carbon) has in its last column the sum of its last twelve months before the horizon times the
multiple, less the cost of selling, in place of what follows the horizon. Everything is linear, so it stays data: each
flow is valued by itself and the sum is that of the income. What is no operating income (GPUs, damages, contributions,
advances) keeps its tail: a buyer takes those over as they fall due.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.finance import Exit
from planner.translate.calendar import Timeline
from site_conversion.instance import Floats

YEAR_MONTHS = 12


@dataclass(frozen=True)
class ExitRule:
    """How the operating income of one contract, started at one period, is summed into columns."""

    time: Timeline
    multiple: float | None
    """Value of a dollar of last year's income, less selling cost; none where the tail counts."""

    def columns(self, monthly: Floats) -> Floats:
        """Sum a monthly flow of operating income into columns."""
        columns = self.time.columns(monthly)
        if self.multiple is not None:
            horizon = months_to_horizon(self.time)
            columns[-1] = self.multiple * float(monthly[horizon - YEAR_MONTHS : horizon].sum())
        return columns


def months_to_horizon(time: Timeline) -> int:
    """Return the months of the study."""
    return int(np.searchsorted(time.month_column, time.periods))


def multiple_of(terms: Exit) -> float | None:
    """Return what a dollar of yearly operating income sells for, selling cost deducted; none for the tail."""
    if terms.multiple is None and terms.cap_rate_frac is None:
        return None
    gross = terms.multiple if terms.multiple is not None else 1 / (terms.cap_rate_frac or 1.0)
    return gross * (1 - terms.selling_cost_frac)


def exit_rule(terms: Exit, first: int, term_months: int, time: Timeline) -> ExitRule:
    """Return the rule for a contract whose service begins with a month and runs for its term.

    A contract with less than a year of service before the horizon, or less of its term left after it than the rule
    asks for, is valued by its tail.
    """
    horizon = months_to_horizon(time)
    served, left = horizon - first, first + term_months - horizon
    sold = served >= YEAR_MONTHS and left >= terms.least_months_left
    return ExitRule(time, multiple_of(terms) if sold else None)

"""The numbers of a project loan that limits what can be built, as an Instance holds them.

P is the number of periods. The loan is what is owed when repayment begins: draws with the fees and the interest
that were added to them. Money is in million USD.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from site_conversion.lines import Source
from site_conversion.shapes import check_shapes


@dataclass(frozen=True)
class DebtTerms:
    """A loan's draws, its size and its cover, by period."""

    drawable: NDArray[np.bool_]  # [p] periods in which it may be drawn
    loan_per_draw: NDArray[np.float64]  # [p] MUSD owed when repayment begins for each MUSD drawn in p
    loan_to_cost_frac: float
    most_musd: float  # inf where cost and cover alone limit it
    least_cover: float  # cash for each dollar of debt service; 0 where none is asked for
    counted: frozenset[Source]  # whose cash serves the loan
    counted_frac: NDArray[np.float64]  # [p] share of the period within the loan's term
    debt_year: NDArray[np.int64]  # [p] year of the loan's term that the period begins in, -1 outside
    service_frac: NDArray[np.float64]  # [p] interest and principal for each dollar of loan; 0 if it follows the cash
    follows_cash: NDArray[np.bool_]  # [p] periods in which repayment follows the cash
    interest_frac: NDArray[np.float64]  # [p] interest on what is owed at the period's start
    balloon_frac: float  # share of the loan owed until the end of its term

    def __post_init__(self) -> None:
        """Check the arrays.

        Raises:
            ValueError: arrays of different lengths, or a number that is not one.
        """
        names = (
            "drawable", "loan_per_draw", "counted_frac", "debt_year", "service_frac", "follows_cash", "interest_frac",
        )  # fmt: skip
        check_shapes(self, dict.fromkeys(names, "p"), {"p": len(self.drawable)})

"""The waterfall as tables to be saved beside a result."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance.waterfall import Waterfall

SERIES = (
    "operating", "capital", "working_capital", "tax", "tax_shield", "drawn", "paid_interest", "principal", "balloon",
    "swept", "reserve", "equity",
)  # fmt: skip


def waterfall_table(flows: Waterfall) -> pd.DataFrame:
    """Return one row for each column of the ledger; what is paid of the loan is positive, as its names say."""
    series = {f"{name}_usd": getattr(flows, name) for name in SERIES}
    return pd.DataFrame({"column": np.arange(len(flows.operating)), **series})


def loan_table(flows: Waterfall) -> pd.DataFrame:
    """Return one row for each column of the ledger: what is added to the loan, what is paid, what is owed after it."""
    interest = flows.interest
    return pd.DataFrame(
        {
            "column": np.arange(len(interest)),
            "drawn_usd": flows.drawn,
            "fees_usd": flows.fees,
            "interest_usd": interest,
            "interest_added_usd": interest - flows.paid_interest,
            "principal_usd": flows.principal,
            "balloon_usd": flows.balloon,
            "swept_usd": flows.swept,
            "owed_usd": flows.owed,
        }
    )

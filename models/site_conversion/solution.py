"""From a solved model to a frozen Solution: the components' own tables, the ledger, the limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from site_conversion import finance
from site_conversion.assemble import CLOSING, COMPONENTS, Built
from site_conversion.handover import Arrays
from site_conversion.instance import Floats
from site_conversion.residuals import Residuals, residuals

LEDGER_TOLERANCE_MUSD = 1e-6


class CheckFailed(RuntimeError):
    """A solution does not obey its own model, or its ledger is not its objective: it is never shown."""


@dataclass(frozen=True)
class Solution:
    """A plan by index, as the components read it; see their `read` for the columns of each table."""

    tables: dict[str, pd.DataFrame]
    cash_flow: pd.DataFrame  # line, item, column, musd
    npv_musd: float
    limits: pd.DataFrame  # limit, subject, period (-1: always), unit, slack, size
    residuals: Residuals


def read(built: Built, arrays: Arrays, x: Floats) -> Solution:
    """Read the solution x, after checking it outside the solver.

    Raises:
        CheckFailed: a row, bound or integer is violated, or the ledger differs from the objective.
    """
    found = residuals(arrays, x)
    if not found.clean:
        raise CheckFailed(f"the solution violates {', '.join(found.violated[:5])}")
    arrays.load(x)
    site = built.site
    cash = finance.cash_flow(site)
    npv = float((cash["musd"] * site.instance.discount[cash["column"].to_numpy(dtype=int)]).sum())
    objective = float(arrays.cost @ x + arrays.offset)
    if abs(npv - objective) > LEDGER_TOLERANCE_MUSD * max(1.0, abs(objective)):
        raise CheckFailed(f"the ledger is worth {npv:.6f} MUSD, the objective says {objective:.6f}")
    tables = {component.NAME: component.read(built.block(component), site) for component in (*COMPONENTS, *CLOSING)}
    return Solution(tables, cash, npv, _limits(built, arrays, x), found)


def _limits(built: Built, arrays: Arrays, x: Floats) -> pd.DataFrame:
    """Evaluate every stated limit in its own unit: what is left, and how large its terms are.

    A limit is binding where nothing is left and its size is not zero (an unopened hall uses none of its
    floor and is no bottleneck).
    """
    row_of = {id(constraint): i for i, constraint in enumerate(arrays.rows)}
    slack = np.minimum(arrays.row_upper - arrays.matrix @ x, arrays.matrix @ x - arrays.row_lower)
    size = abs(arrays.matrix) @ np.abs(x)
    rows = []
    for limit in built.site.limits:
        for index, data in limit.constraint.items():
            i = row_of.get(id(data))
            if i is None:
                continue
            subject, period = limit.words(index)
            left, terms = float(slack[i]), float(size[i])
            if limit.used is not None:
                terms = limit.used(index)
                left = float(arrays.row_upper[i]) - terms
            rows.append(
                {
                    "limit": limit.name, "subject": subject, "period": -1 if period is None else period,
                    "unit": limit.unit, "slack": limit.scale * left, "size": limit.scale * terms,
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=["limit", "subject", "period", "unit", "slack", "size"])

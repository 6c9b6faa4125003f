"""Minimum take: demand that is billed whether it is drawn or not.

shortfall_mw[t]   MW   billed and not drawn in billing stretch t (months of one period in which no load changes)

billed_mw (balance)   take today + take of energised upgrades <= AI load drawn + hashing MW + shortfall

What is drawn pays its demand charge where it is drawn (the tenant's part by the tenant, where power is passed
through), so only the shortfall is paid here, at the same charge, by the site. Nothing is written for a case
without a minimum take.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import NonNegativeReals, value

from site_conversion.lines import Line
from site_conversion.rows import Var
from site_conversion.site import Site

NAME = "minimum_take"


def build(b: Any, site: Site) -> None:
    """Add the shortfall, its share of the balance and its cost."""
    instance = site.instance
    stretches = range(len(instance.take_period))
    b.shortfall_mw = Var(stretches, domain=NonNegativeReals, doc="billed and not drawn [MW]")
    for t in stretches:
        site.billed_mw.supply_constant(t, -instance.take_mw)
        site.billed_mw.supply(t, [(1.0, b.shortfall_mw[t])])
        cost = np.zeros(instance.periods + 1)
        cost[instance.take_period[t]] = -instance.take_musd_per_mw[t]
        site.ledger.post(Line.ENERGY, "minimum take", cost, b.shortfall_mw[t])


def first_stage(_: Any) -> Iterable[Var]:
    """The shortfall follows what is drawn: nothing to decide here."""
    return ()


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each billing stretch: its number, its period, MW billed and not drawn."""
    rows = [
        {"billing": t, "period": p, "shortfall_mw": value(b.shortfall_mw[t])}
        for t, p in enumerate(site.instance.take_period.tolist())
    ]
    return pd.DataFrame(rows, columns=["billing", "period", "shortfall_mw"])

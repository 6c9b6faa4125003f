"""Contracts that outlast the horizon: the grid as it is then carries them, and on-site supply kept for them.

A stage is the time after the horizon between two ends of such contracts; in it nothing changes.

kept_mw[g, z]   MW   firm MW of a supply kept through stage z

kept_limit      kept <= firm MW standing in the last period
kept_on         kept in a stage <= kept in the stage before (what is given up is sold)
outlasting_mw (balance)   contracts running in the stage <= grid at the horizon's end + kept
                          (firm MW, MW that AI load may use, substation; none of hashing is left)

A MW kept pays its upkeep, the loss from selling it later, and, if it burns fuel, all hours in the stage at what they
cost above the grid's price (never less: what it might gain is not counted). Written only where supply can be firm.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import NonNegativeReals, value

from site_conversion.lines import Line, Source
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import OUTLASTING, Site

NAME = "outlasting"


def build(b: Any, site: Site) -> None:
    """Add what is kept, its share of the balance and its cost."""
    supply = site.instance.supply
    index = [(g, z) for g, z in np.argwhere(supply.after_allowed).tolist() if site.own_firm_left_mw.terms(g)]
    b.kept_mw = Var(index, domain=NonNegativeReals, doc="firm MW kept after the horizon [MW]")
    b.kept_limit = Constraint(
        [(g, z) for g, z in index if z == 0],
        rule=lambda b, g, z: linear([(1.0, b.kept_mw[g, z]), *site.own_firm_left_mw.terms(g, -1.0)]) <= 0,
        doc="kept <= firm MW standing at the end [MW]",
    )
    b.kept_on = Constraint(
        [(g, z) for g, z in index if z > 0],
        rule=lambda b, g, z: linear([(1.0, b.kept_mw[g, z]), (-1.0, b.kept_mw[g, z - 1])]) <= 0,
        doc="kept <= kept before [MW]",
    )
    for g, z in index:
        for what in range(len(OUTLASTING)):
            site.outlasting_mw.supply((what, z), [(1.0, b.kept_mw[g, z])])
        cost = np.zeros(site.instance.periods + 1)
        cost[-1] = -float(supply.after_musd_per_mw[g, z])
        site.ledger.post(
            Line.ENERGY, f"on-site: {supply.names[g]} after the horizon", cost, b.kept_mw[g, z], Source.SUPPLY
        )


def first_stage(_: Any) -> Iterable[Var]:
    """What is kept follows what stands and what runs on: nothing to decide here."""
    return ()


def read(b: Any, _: Site) -> pd.DataFrame:
    """One row for each supply and stage that could be kept: supply, stage, MW kept."""
    rows = [{"supply": g, "stage": z, "kept_mw": value(kept)} for (g, z), kept in b.kept_mw.items()]
    return pd.DataFrame(rows, columns=["supply", "stage", "kept_mw"])

"""Legacy GPU mining rigs: kept idle as they are, upgraded for AI work, rebuilt, or sold.

as_is_krigs[r, p]     thousand rigs   class r as it is in p
upgraded_krigs[r, p]  thousand rigs   fit for rent on their own GPUs
upgrade_krigs[r, p]   thousand rigs   upgraded at the start of p
sold_as_is_krigs[r, p], sold_upgraded_krigs[r, p]   sold at the start of p (what is past its retirement must go)

as_is_state     as_is = before - upgraded now - rebuilt now - sold
upgraded_state  upgraded = before + upgraded now - sold
usable_rigs     sum of upgrades so far <= rigs whose GPUs can do AI work
rig_stock (balance)  rented upgraded rigs <= upgraded

Rigs are counted in thousands and not as whole numbers: a rig is a small part of any rental. As they are they earn
nothing, cost nothing and take no room, as their coin is gone. An upgrade is capital of the asset class of ASICs; an
upgraded rig is sold for no more than one as it is. Uses rebuilt_krigs; supplies rig_stock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import value

from site_conversion.instance import ASICS
from site_conversion.instance_rigs import UPGRADED
from site_conversion.lines import Line
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "gpu_rigs"
COLUMNS = ("as_is", "upgraded", "upgrade", "sold_as_is", "sold_upgraded")


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, the share of the rig balance and cash lines."""
    periods, rigs = site.instance.periods, site.instance.rigs
    index = [(r, p) for r in range(len(rigs.rigs)) for p in range(periods)]

    def owned(_: Any, r: int, p: int) -> tuple[float, float]:
        return (0.0, float(rigs.owned_krigs[r]))

    def kept(_: Any, r: int, p: int) -> tuple[float, float]:
        return (0.0, float(rigs.owned_krigs[r] * rigs.kept[r, p]))

    def usable(_: Any, r: int, p: int) -> tuple[float, float]:
        return (0.0, float(rigs.usable_krigs[r] * rigs.may_upgrade[r, p]))

    b.as_is_krigs = Var(index, bounds=kept, doc="rigs as they are [krigs]")
    b.upgraded_krigs = Var(index, bounds=kept, doc="rigs fit for rent on their own GPUs [krigs]")
    b.upgrade_krigs = Var(index, bounds=usable, doc="rigs upgraded [krigs]")
    b.sold_as_is_krigs = Var(index, bounds=owned, doc="rigs sold as they are [krigs]")
    b.sold_upgraded_krigs = Var(index, bounds=owned, doc="upgraded rigs sold [krigs]")

    def as_is(b: Any, r: int, p: int) -> Any:
        terms = [(1.0, b.as_is_krigs[r, p]), (1.0, b.upgrade_krigs[r, p]), (1.0, b.sold_as_is_krigs[r, p])]
        terms += site.rebuilt_krigs.terms((r, p))
        if p == 0:
            return linear(terms) == float(rigs.owned_krigs[r])
        return linear([*terms, (-1.0, b.as_is_krigs[r, p - 1])]) == 0

    def upgraded(b: Any, r: int, p: int) -> Any:
        terms = [(1.0, b.upgraded_krigs[r, p]), (-1.0, b.upgrade_krigs[r, p]), (1.0, b.sold_upgraded_krigs[r, p])]
        return linear([*terms, *([(-1.0, b.upgraded_krigs[r, p - 1])] if p else [])]) == 0

    b.as_is_state = Constraint(index, rule=as_is, doc="as is = before - upgraded - rebuilt - sold [krigs]")
    b.upgraded_state = Constraint(index, rule=upgraded, doc="upgraded = before + upgraded now - sold [krigs]")
    b.usable_rigs = Constraint(
        range(len(rigs.rigs)),
        rule=lambda b, r: linear((1.0, b.upgrade_krigs[r, p]) for p in range(periods)) <= float(rigs.usable_krigs[r]),
        doc="upgrades within the rigs that can do AI work [krigs]",
    )
    for r, p in index:
        site.rig_stock.supply((r, UPGRADED, p), [(1.0, b.upgraded_krigs[r, p])])
        _post(b, site, r, p)


def _post(b: Any, site: Site, r: int, p: int) -> None:
    rigs, ledger, columns = site.instance.rigs, site.ledger, site.instance.periods + 1
    name, resale = rigs.rigs[r], rigs.resale_musd_per_krig[r]
    column = np.zeros(columns)
    column[p] = 1.0
    cost = float(rigs.upgrade_musd_per_krig[r])
    ledger.post(Line.CAPEX, f"{name} upgraded", -column * cost, b.upgrade_krigs[r, p])
    ledger.put_in_service(ASICS, p, cost, b.upgrade_krigs[r, p])
    for sold in (b.sold_as_is_krigs[r, p], b.sold_upgraded_krigs[r, p]):
        ledger.post(Line.REVENUE, f"{name} sold", column * resale[p], sold)
    if p == columns - 2:
        left = np.zeros(columns)
        left[-1] = resale[-1]
        for owned in (b.as_is_krigs[r, p], b.upgraded_krigs[r, p]):
            ledger.post(Line.TERMINAL, f"{name} sold", left, owned)


def first_stage(b: Any) -> Iterable[Var]:
    """Upgrades are decided before prices are known; selling follows them."""
    return (b.upgrade_krigs,)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each class and period: rigs as they are, upgraded, newly upgraded, sold as either."""
    rows = [
        {
            "rig": r, "period": p,
            **{f"{name}_rigs": 1000 * value(b.component(f"{name}_krigs")[r, p]) for name in COLUMNS},
        }
        for r in range(len(site.instance.rigs.rigs))
        for p in range(site.instance.periods)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["rig", "period", *(f"{name}_rigs" for name in COLUMNS)])

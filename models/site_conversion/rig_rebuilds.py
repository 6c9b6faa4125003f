"""Rigs stripped and filled with data-centre GPUs, by the period in which it was done, as their resale depends on it.

rebuilt_krigs[r, q]      thousand rigs   rebuilt at the start of q
sold_krigs[r, q, p]      thousand rigs   of these, sold at the start of p > q
held_krigs[r, p]         thousand rigs   rebuilt and not sold in p

held_state     held = before + rebuilt - sold
sold_rebuilt   sum_p sold <= rebuilt
rig_stock (balance)  rented rebuilt rigs <= held

Any rig can be rebuilt, one that was upgraded not again. The old parts are sold at once; the GPUs are capital of the
asset class of ASICs, and what a rebuilt rig is sold for is income, as with machines. Owns rebuilt_krigs; supplies
rig_stock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import value

from site_conversion.instance import ASICS
from site_conversion.instance_rigs import REBUILT
from site_conversion.lines import Line
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "rig_rebuilds"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, the quantity rebuilt, the share of the rig balance and cash lines."""
    periods, rigs = site.instance.periods, site.instance.rigs
    built = [(int(r), int(q)) for r, q in zip(*rigs.may_rebuild.nonzero(), strict=True)]
    classes = sorted({r for r, _ in built})
    index = [(r, p) for r in classes for p in range(periods)]

    def owned(_: Any, r: int, *when: int) -> tuple[float, float]:
        return (0.0, float(rigs.owned_krigs[r]))

    def kept(_: Any, r: int, p: int) -> tuple[float, float]:
        return (0.0, float(rigs.owned_krigs[r] * rigs.kept[r, p]))

    b.rebuilt_krigs = Var(built, bounds=owned, doc="rigs rebuilt [krigs]")
    b.sold_krigs = Var(
        [(r, q, p) for r, q in built for p in range(q + 1, periods)],
        bounds=owned,
        doc="rebuilt rigs sold [krigs]",
    )
    b.held_krigs = Var(index, bounds=kept, doc="rebuilt rigs owned [krigs]")
    sold_at: dict[tuple[int, int], list[Term]] = {}
    for r, q, p in b.sold_krigs:
        sold_at.setdefault((r, p), []).append((1.0, b.sold_krigs[r, q, p]))

    def held(b: Any, r: int, p: int) -> Any:
        terms = [(1.0, b.held_krigs[r, p]), *sold_at.get((r, p), [])]
        terms += [(-1.0, b.rebuilt_krigs[r, p])] if (r, p) in b.rebuilt_krigs else []
        terms += [(-1.0, b.held_krigs[r, p - 1])] if p else []
        return linear(terms) == 0

    def sold(b: Any, r: int, q: int) -> Any:
        later = ((1.0, b.sold_krigs[r, q, p]) for p in range(q + 1, periods))
        return linear([(-1.0, b.rebuilt_krigs[r, q]), *later]) <= 0

    b.held_state = Constraint(index, rule=held, doc="held = before + rebuilt - sold [krigs]")
    b.sold_rebuilt = Constraint(built, rule=sold, doc="sold of what was rebuilt in a period [krigs]")
    for r, p in index:
        site.rig_stock.supply((r, REBUILT, p), [(1.0, b.held_krigs[r, p])])
    for r, q in built:
        site.rebuilt_krigs.add((r, q), 1.0, b.rebuilt_krigs[r, q])
        _post(b, site, r, q)


def _post(b: Any, site: Site, r: int, q: int) -> None:
    """Post a rebuild and what is got for it: sold in a later period, or left at the horizon."""
    rigs, ledger, columns = site.instance.rigs, site.ledger, site.instance.periods + 1
    name, resale, rebuilt = rigs.rigs[r], rigs.rebuilt_resale_musd_per_krig[r, q], b.rebuilt_krigs[r, q]
    unit = np.eye(columns)
    cost = float(rigs.rebuild_musd_per_krig[r])
    ledger.post(Line.CAPEX, f"{name} rebuilt", -unit[q] * cost, rebuilt)
    ledger.put_in_service(ASICS, q, cost, rebuilt)
    ledger.post(Line.REVENUE, f"{name} stripped", unit[q] * rigs.strip_musd_per_krig[r], rebuilt)
    ledger.post(Line.TERMINAL, f"{name} rebuilt sold", unit[-1] * resale[-1], rebuilt)
    for p in range(q + 1, columns - 1):
        sold = b.sold_krigs[r, q, p]
        ledger.post(Line.REVENUE, f"{name} rebuilt sold", unit[p] * resale[p], sold)
        ledger.post(Line.TERMINAL, f"{name} rebuilt sold", -unit[-1] * resale[-1], sold)


def first_stage(b: Any) -> Iterable[Var]:
    """Rebuilds are decided before prices are known; selling follows them."""
    return (b.rebuilt_krigs,)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each rebuild (period = built) and each later sale of it: class, built, period, rigs rebuilt, sold."""
    rows = [
        {"rig": r, "built": q, "period": q, "rebuilt_rigs": 1000 * value(b.rebuilt_krigs[r, q]), "sold_rigs": 0.0}
        for r, q in b.rebuilt_krigs
    ]
    rows += [
        {"rig": r, "built": q, "period": p, "rebuilt_rigs": 0.0, "sold_rigs": 1000 * value(b.sold_krigs[r, q, p])}
        for r, q, p in b.sold_krigs
    ]
    some = [row for row in rows if row["rebuilt_rigs"] > 1e-9 or row["sold_rigs"] > 1e-9]
    return pd.DataFrame(some, columns=["rig", "built", "period", "rebuilt_rigs", "sold_rigs"])

"""Rental of upgraded and rebuilt rigs for AI work: as many as pay, up to what is asked for.

rented_krigs[j, r, p]   thousand rigs   of class r rented under j in p

rental_most   sum_r rented <= rigs asked for
rig_stock (balance)   rented of a grade <= owned of it
hash_space, site_mw, substation_mw (balances)   rented rigs draw their whole power, in halls of their kind
billed_mw (balance)   rented rigs count towards a minimum take while the rental runs

Rent, power and running cost of a period are data: hours of the days on which the rental runs, times utilisation, at the
month's rate and price. Rented rigs take the whole price curve and pay demand charges like other load.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import value

from site_conversion.lines import Line
from site_conversion.registers import Limit
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "rig_rentals"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    rigs = site.instance.rigs
    index = [
        (int(j), r, int(p))
        for j, p in zip(*rigs.rental_runs.nonzero(), strict=True)
        for r in range(len(rigs.rigs))
        if rigs.kept[r, p] and rigs.mw_per_krig[r, rigs.rental_grade[j]] > 0
    ]
    most = np.minimum(rigs.rental_krigs[:, None], rigs.owned_krigs)
    b.rented_krigs = Var(index, bounds=lambda _, j, r, p: (0.0, float(most[j, r])), doc="rigs rented [krigs]")
    classes: dict[tuple[int, int], list[int]] = {}
    for j, r, p in index:
        classes.setdefault((j, p), []).append(r)
    b.rental_most = Constraint(
        list(classes),
        rule=lambda b, j, p: (
            linear((1.0, b.rented_krigs[j, r, p]) for r in classes[j, p]) <= float(rigs.rental_krigs[j])
        ),
        doc="rigs rented within what is asked for [krigs]",
    )
    site.state_limit(
        Limit(
            "rental_most", "rigs", b.rental_most, lambda i: (f"rigs that {rigs.rentals[i[0]]} takes", i[1]), scale=1e3
        )
    )
    stretches_of: dict[int, list[int]] = {}
    for t, p in enumerate(site.instance.take_period.tolist()):
        stretches_of.setdefault(p, []).append(t)
    for j, r, p in index:
        rented, grade = b.rented_krigs[j, r, p], int(rigs.rental_grade[j])
        mw = float(rigs.mw_per_krig[r, grade])
        site.rig_stock.use((r, grade, p), [(1.0, rented)])
        site.fill_mining_room(int(rigs.kind[r]), p, [(mw, rented)])
        site.site_mw.use(p, [(mw, rented)])
        site.substation_mw.use(p, [(mw, rented)])
        site.draw_besides_ai(p, float(rigs.rent_mwh_per_krig[j, r, p] / site.instance.hours[p]), rented)
        for t in stretches_of.get(p, ()):
            site.billed_mw.supply(t, [(mw * float(rigs.take_load_frac[j, t]), rented)])
        _post(b, site, j, r, p)


def _post(b: Any, site: Site, j: int, r: int, p: int) -> None:
    rigs, ledger, rented = site.instance.rigs, site.ledger, b.rented_krigs[j, r, p]
    column = np.zeros(site.instance.periods + 1)
    column[p] = 1.0
    ledger.post(Line.REVENUE, f"rigs rented to {rigs.rentals[j]}", column * rigs.rent_musd_per_krig[j, r, p], rented)
    ledger.post(Line.ENERGY, "power of rented rigs", -column * rigs.rent_power_musd_per_krig[j, r, p], rented)
    ledger.post(Line.OPEX, "running cost of rented rigs", -column * rigs.rent_opex_musd_per_krig[j, p], rented)


def first_stage(_: Any) -> Iterable[Var]:
    """Rigs are rented when prices are known, as machines are run."""
    return ()


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each rental, class and period in which rigs are rented: rental, rig, period, rigs."""
    rows = [
        {"rental": j, "rig": r, "period": p, "rented_rigs": 1000 * value(b.rented_krigs[j, r, p])}
        for j, r, p in b.rented_krigs
        if value(b.rented_krigs[j, r, p]) > 1e-9
    ]
    return pd.DataFrame(rows, columns=["rental", "rig", "period", "rented_rigs"])

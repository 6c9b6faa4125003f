"""Hosting of other people's ASICs: an offer is taken whole, from the start of a period, or not at all.

host[i, k]   binary   offer i is served from the start of k

host_once     sum_k host <= 1, = 1 for a signed offer
hash_space (balance)                its MW count in every period that its service touches
site_mw, substation_mw (balances)   the same
billed_mw (balance)                 its MW count towards a minimum take, month by month

Fee, power and running cost are data of the offer and its start, by months of service within the horizon; nothing is
earned after it. The customer's machines take the place of one's own: they share the room of their kind of cooling.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import Binary, value

from site_conversion.lines import Line
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "asic_hosting"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    hosting = site.instance.hosting
    index = [(int(i), int(k)) for i, k in zip(*hosting.start_allowed.nonzero(), strict=True)]
    b.host = Var(index, domain=Binary, doc="offer served from the period on [1]")
    starts: dict[int, list[int]] = {i: [] for i in np.nonzero(hosting.must_serve)[0].tolist()}
    for i, k in index:
        starts.setdefault(i, []).append(k)

    def once(b: Any, i: int) -> Any:
        served = linear((1.0, b.host[i, k]) for k in starts[i])
        return served == 1 if hosting.must_serve[i] else served <= 1

    b.host_once = Constraint(sorted(starts), rule=once, doc="an offer begins once; a signed one must")
    for i, k in index:
        _draw(b, site, i, k)
        name, host = hosting.offers[i], b.host[i, k]
        site.ledger.post(Line.REVENUE, f"hosting {name}", hosting.fee_musd[i, k], host)
        site.ledger.post(Line.ENERGY, f"hosting {name} power", -hosting.power_musd[i, k], host)
        repaid = float(hosting.repaid_frac[i]) * hosting.power_musd[i, k]
        site.ledger.post(Line.REVENUE, f"hosting {name} power repaid", repaid, host)
        site.ledger.post(Line.OPEX, f"hosting {name} running cost", -hosting.opex_musd[i, k], host)


def _draw(b: Any, site: Site, i: int, k: int) -> None:
    """Take the room and the megawatts of a service."""
    hosting, host = site.instance.hosting, b.host[i, k]
    mw = hosting.mw[i] * hosting.in_service[i, k]
    site.site_mw.use_profile(mw, host)
    site.substation_mw.use_profile(mw, host)
    mean_mw = hosting.energy_mwh[i, k] / site.instance.hours
    for p in np.nonzero(mw)[0].tolist():
        site.fill_mining_room(int(hosting.kind[i]), p, [(float(mw[p]), host)])
        site.draw_besides_ai(p, float(mean_mw[p]), host)
    if len(site.instance.take_period):
        site.billed_mw.supply_profile(hosting.mw[i] * hosting.take_load_frac[i, k], host)


def first_stage(b: Any) -> Iterable[Var]:
    """Contracts are signed before prices are known."""
    return (b.host,)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each offer that is served: offer, start."""
    rows = [{"hosting": i, "start": k} for i, k in b.host if round(value(b.host[i, k]))]
    return pd.DataFrame(rows, columns=["hosting", "start"])

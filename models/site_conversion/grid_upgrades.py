"""Grid upgrades and change of use: asked for once, energised after queue and equipment.

request[u, q]   binary   upgrade u is requested at the start of q
taken[u]        binary   it is requested at all (an explicit binary to branch on)

one_request     sum_q request = taken
opened_first    a contract that today's AI MW cannot carry starts after some request that adds AI MW is energised, or
                after some on-site supply with firm MW has arrived

Energised from upgrade_energised[u, q] on, which translate finds from the queue delay at the study's quantile,
the longest equipment lead time (both run from the request) and the commissioning months. Supplies firm_mw,
ai_mw, site_mw and substation_mw, and adds to the minimum take (billed_mw); posts deposit and spend, depreciated
from the energisation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import Binary, value

from site_conversion.instance import GRID
from site_conversion.lines import Line, Source
from site_conversion.registers import Limit, LimitKind
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "grid_upgrades"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    instance, requests = site.instance, site.options.requests
    requests_of: dict[int, list[int]] = {}
    for u, q in requests:
        requests_of.setdefault(u, []).append(q)
    b.taken = Var(list(requests_of), domain=Binary, doc="upgrade asked for [1]")
    b.request = Var(requests, domain=Binary, doc="upgrade requested at the start of the period [1]")
    b.one_request = Constraint(
        list(requests_of),
        rule=lambda b, u: linear([(-1.0, b.taken[u]), *((1.0, b.request[u, q]) for q in requests_of[u])]) == 0,
        doc="an upgrade is requested once",
    )
    _open_first(b, site)
    gains = (
        (site.firm_mw, instance.upgrade_firm_mw),
        (site.ai_mw, instance.upgrade_ai_mw),
        (site.firm_choice_mw, instance.upgrade_firm_mw),
        (site.ai_choice_mw, instance.upgrade_ai_mw),
        (site.site_mw, instance.upgrade_firm_mw + instance.upgrade_interruptible_mw),
        (site.substation_mw, instance.upgrade_substation_mw),
    )
    lasting = (instance.upgrade_firm_mw, instance.upgrade_ai_mw, instance.upgrade_substation_mw)
    for u, q in requests:
        site.asked.add((u, q), 1.0, b.request[u, q])
        energised = int(instance.upgrade_energised[u, q])
        energised_in = np.arange(instance.periods) >= energised
        for balance, gain in gains:
            if gain[u]:
                balance.supply_profile(gain[u] * energised_in, b.request[u, q])
        for what, gain in enumerate(lasting):
            for z in range(len(instance.supply.stage_end)):
                site.outlasting_mw.supply((what, z), [(float(gain[u]), b.request[u, q])])
        if len(instance.take_period):
            billed = instance.take_upgrade_mw[u] * (instance.take_period >= energised)
            site.billed_mw.use_profile(billed, b.request[u, q])
        spend = instance.upgrade_spend_musd[u, q]
        site.ledger.post(Line.CAPEX, f"grid: {instance.upgrades[u]}", -spend, b.request[u, q], Source.BUILDINGS)
        site.ledger.put_in_service(GRID, energised, float(spend.sum()), b.request[u, q])


def _open_first(b: Any, site: Site) -> None:
    """Say in binaries what the MW balances only say in proportion: without a request there is no AI load at all."""
    options, instance = site.options, site.instance
    index = [(c, k) for c, k in options.starts if options.least_draw_mw[c] > instance.ai_mw + 1e-6]

    def rule(b: Any, c: int, k: int) -> Any:
        begun = [term for other, s in options.starts if other == c and s <= k for term in site.delivered.terms((c, s))]
        helpful = [
            (-1.0, b.request[u, q])
            for u, q in options.requests
            if instance.upgrade_ai_mw[u] > 0 and instance.upgrade_energised[u, q] <= k
        ]
        arrived = [term for p in range(k + 1) for term in site.own_orders.terms(p, -1.0)]
        return linear([*begun, *helpful, *arrived]) <= 0

    b.opened_first = Constraint(index, rule=rule, doc="AI MW is asked for before it is used")
    site.state_limit(
        Limit(
            "opened_first", "", b.opened_first,
            lambda i: (f"AI MW asked for before service of {instance.contracts[i[0]]}", i[1]), LimitKind.IMPLIED,
        )
    )  # fmt: skip


def first_stage(b: Any) -> Iterable[Var]:
    """Decisions that must be the same in every future."""
    return (b.taken, b.request)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each requested upgrade: upgrade, requested, energised."""
    rows = [
        {"upgrade": u, "requested": q, "energised": int(site.instance.upgrade_energised[u, q])}
        for u, q in site.options.requests
        if round(value(b.request[u, q]))
    ]
    return pd.DataFrame(rows, columns=["upgrade", "requested", "energised"])

"""The ASIC fleet: machines kept, bought, sold and run, class by class.

owned_mw[a, p]    MW   gross MW of class a owned in p
run_mw[a, p]      MW   of these, standing in a hall and hashing whenever an hour pays, in the mean of the period
run_until_mw[a, p, moment]  MW  the same between two days on which a hall may be stripped out, where there are such
bought_mw[a, p]   MW   delivered at the start of p
sold_mw[a, p]     MW   sold at the start of p (what is past its retirement must go)

owned_state    owned = before + bought - sold - moved to other places
asic_age       owned <= machines bought so late that they are still young enough (classes with an age limit only)
owned_before   sold + moved <= owned before (nothing is sold on the day it is bought)
run_limit      run <= owned; run_until <= owned, and <= run_until of the moment before
run_mean       run = sum of run_until * length
hash_space (balance)  sum of run_until over the classes of a kind <= room of that kind, at each moment
site_mw (balance)     what runs at first, the most of the period, counts against the contracted MW
billed_mw (balance)   run counts towards a minimum take

The oldest machines leave first, whether sold or moved, so what stays is the last that was bought: it is young
enough if there is no more of it than was bought within the age.

The value of a running MW is data: hash_revenue - hash_energy - hash_opex of the period, found from the price
curve hour by hour before the model is built (run, curtail, or be paid for curtailing, whichever is best). What
demand response pays is posted apart from hashing. No dispatch variable is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import NonNegativeReals, value

from site_conversion.instance import ASICS
from site_conversion.lines import Line
from site_conversion.mining_moments import lengths
from site_conversion.registers import Limit, LimitKind
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "asic_fleet"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    instance = site.instance
    index = [(a, p) for a in range(len(instance.asics)) for p in range(instance.periods)]

    def kept(_: Any, a: int, p: int) -> tuple[float, float | None]:
        return (0.0, None) if instance.asic_kept[a, p] else (0.0, 0.0)

    b.owned_mw = Var(index, bounds=kept, doc="machines owned [MW]")
    b.run_mw = Var(index, domain=NonNegativeReals, doc="machines running whenever it pays [MW]")
    b.bought_mw = Var(
        index,
        bounds=lambda _, a, p: (0.0, float(instance.asic_buy_limit_mw[a, p])),
        doc="machines bought [MW]",
    )
    b.sold_mw = Var(index, domain=NonNegativeReals, doc="machines sold [MW]")

    def recursion(b: Any, a: int, p: int) -> Any:
        terms = [(1.0, b.owned_mw[a, p]), (-1.0, b.bought_mw[a, p]), (1.0, b.sold_mw[a, p])]
        terms += site.moved_mw.terms((a, p))
        if p == 0:
            return linear(terms) == float(instance.asic_owned_mw[a])
        return linear([*terms, (-1.0, b.owned_mw[a, p - 1])]) == 0

    b.owned_state = Constraint(index, rule=recursion, doc="owned = before + bought - sold - moved [MW]")
    _sell_what_was_owned(b, site)
    _run(b, site)
    _age(b, site)
    stretches_of: dict[int, list[int]] = {}
    for t, p in enumerate(instance.take_period.tolist()):
        stretches_of.setdefault(p, []).append(t)
    for a, p in index:
        for t in stretches_of.get(p, ()):
            site.billed_mw.supply(t, [(1.0, b.run_mw[a, p])])
        site.draw_besides_ai(p, float(instance.hash_run_frac[a, p]), b.run_mw[a, p])
    _post(b, site)


def _sell_what_was_owned(b: Any, site: Site) -> None:
    """Sell no machine on the day it is bought: a dealer's price above the maker's would be money for nothing."""
    instance = site.instance
    buyable = [(int(a), int(p)) for a, p in np.argwhere(instance.asic_buy_limit_mw > 0)]

    def before(b: Any, a: int, p: int) -> Any:
        terms = [(1.0, b.sold_mw[a, p]), *site.moved_mw.terms((a, p))]
        if p == 0:
            return linear(terms) <= float(instance.asic_owned_mw[a])
        return linear([*terms, (-1.0, b.owned_mw[a, p - 1])]) <= 0

    b.owned_before = Constraint(buyable, rule=before, doc="sold and moved <= owned before [MW]")


def _run(b: Any, site: Site) -> None:
    """Run what is owned where there is room, from each day on which a hall may be stripped out to the next."""
    moments = {
        (a, p): site.mining_moments[int(site.instance.asic_kind[a]), p]
        for a in range(len(site.instance.asics))
        for p in range(site.instance.periods)
    }
    parts = [(a, p, moment) for (a, p), days in moments.items() if len(days) > 1 for moment in range(len(days))]
    b.run_until_mw = Var(parts, domain=NonNegativeReals, doc="machines running from a moment to the next [MW]")

    def running(a: int, p: int, moment: int) -> Any:
        return b.run_until_mw[a, p, moment] if len(moments[a, p]) > 1 else b.run_mw[a, p]

    def mean(b: Any, a: int, p: int) -> Any:
        shares = zip(lengths(moments[a, p]), range(len(moments[a, p])), strict=True)
        terms = [(-length, b.run_until_mw[a, p, moment]) for length, moment in shares]
        return linear([(1.0, b.run_mw[a, p]), *terms]) == 0

    def limit(b: Any, a: int, p: int, moment: int) -> Any:
        most = running(a, p, moment - 1) if moment else b.owned_mw[a, p]
        return linear([(1.0, running(a, p, moment)), (-1.0, most)]) <= 0

    each = [(a, p, moment) for (a, p), days in moments.items() for moment in range(len(days))]
    b.run_mean = Constraint([i for i, days in moments.items() if len(days) > 1], rule=mean, doc="run = mean [MW]")
    b.run_limit = Constraint(each, rule=limit, doc="run <= owned, and <= what ran before [MW]")
    for a, p, moment in each:
        site.hash_space.use((int(site.instance.asic_kind[a]), p, moment), [(1.0, running(a, p, moment))])
    for a, p in moments:
        site.site_mw.use(p, [(1.0, running(a, p, 0))])
        site.substation_mw.use(p, [(1.0, running(a, p, 0))])


def _age(b: Any, site: Site) -> None:
    """Keep no machine past its age."""
    instance, moves = site.instance, site.instance.moves
    index = [(a, p) for a in np.nonzero(moves.aged)[0].tolist() for p in range(instance.periods)]

    def young(b: Any, a: int, p: int) -> Any:
        bought = [(-1.0, b.bought_mw[a, q]) for q in range(p + 1) if moves.bought_young[a, q, p]]
        at_start = float(instance.asic_owned_mw[a]) if moves.start_young[a, p] else 0.0
        return linear([(1.0, b.owned_mw[a, p]), *bought]) <= at_start

    b.asic_age = Constraint(index, rule=young, doc="owned <= bought within the age [MW]")
    site.state_limit(
        Limit("asic_age", "MW", b.asic_age, lambda i: (f"age of {instance.asics[i[0]]}", i[1]), LimitKind.FIXED)
    )


def _post(b: Any, site: Site) -> None:
    instance, ledger = site.instance, site.ledger
    for a, name in enumerate(instance.asics):
        for p in range(instance.periods):
            column = np.zeros(instance.periods + 1)
            column[p] = 1.0
            run = b.run_mw[a, p]
            ledger.post(Line.REVENUE, f"hashing {name}", column * instance.hash_revenue_musd_per_mw[a, p], run)
            ledger.post(Line.REVENUE, "demand response", column * instance.response_musd_per_mw[a, p], run)
            ledger.post(Line.ENERGY, "power of ASICs", -column * instance.hash_energy_musd_per_mw[a, p], run)
            ledger.post(Line.OPEX, "running cost of ASICs", -column * instance.hash_opex_musd_per_mw[a, p], run)
            price = float(instance.asic_buy_musd_per_mw[a, p])
            ledger.post(Line.CAPEX, f"{name} bought", -column * price, b.bought_mw[a, p])
            ledger.put_in_service(ASICS, p, price, b.bought_mw[a, p])
            resale = float(instance.asic_resale_musd_per_mw[a, p])
            ledger.post(Line.REVENUE, f"{name} sold", column * resale, b.sold_mw[a, p])
        left = np.zeros(instance.periods + 1)
        left[-1] = instance.asic_resale_musd_per_mw[a, -1]
        ledger.post(Line.TERMINAL, f"{name} sold", left, b.owned_mw[a, instance.periods - 1])
    ledger.post_fixed(Line.OPEX, "site fixed cost", -np.append(instance.site_fixed_musd, 0.0))


def first_stage(b: Any) -> Iterable[Var]:
    """Purchases are decided before prices are known; running and selling follow them."""
    return (b.bought_mw,)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each class and period: class, period, MW owned, run, bought and sold."""
    rows = [
        {
            "asic": a, "period": p, "owned_mw": value(b.owned_mw[a, p]), "run_mw": value(b.run_mw[a, p]),
            "bought_mw": value(b.bought_mw[a, p]), "sold_mw": value(b.sold_mw[a, p]),
        }
        for a in range(len(site.instance.asics))
        for p in range(site.instance.periods)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["asic", "period", "owned_mw", "run_mw", "bought_mw", "sold_mw"])

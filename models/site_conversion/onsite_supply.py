"""Power made or stored on the site: ordered by the unit, a bridge until the grid comes or a help beside it.

ordered[g, q]         units, integer   ordered at the start of q; they stand from standing_from[g, q] on
removed[g, p]         units, integer   taken away and sold at the start of p
standing[g, p]        units            on the site in p
bridge_mw[g, p]       MW               firm MW that fuelled units give in p; what else they could do is lost
bridge_run_mw[g, p]   MW               what they make in the mean of p
beside_mw[g, p]       MW               units at work beside the grid, in the hours worth it

standing_state    standing = before + arriving - removed; nothing stands once its permit has ended
unit_use          bridge / firm_frac + beside <= unit_mw * standing
run_limit         bridge_run <= bridge
firm_mw, ai_mw, site_mw, substation_mw (balances)   bridge is added; of batteries and solar, the firm share standing
firm_choice_mw, ai_choice_mw (balances)             the firm MW of all that stands are added
site_mw, substation_mw (balances)                   a battery at work draws as much when it charges
bridge_rest_mw (balance)   bridge - bridge_run <= reserved draw of AI load - its mean
own_ai_mw (balance)        bridge_run + beside of fuel and batteries <= mean draw of AI load
own_load_mw (balance)      all that works <= mean draw of AI load, hashing, hosted machines and rented rigs

Power from the site needs no change of use and does not pass the substation. AI energy is posted elsewhere as if all
of it came from the grid at the mean of the price curve, so a MW made here posts its fuel and takes back that price:
energy, losses and delivery, but neither demand charges nor a minimum take. Tenants repay power as if it were the
grid's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import NonNegativeIntegers, value

from site_conversion.instance import GRID, Floats, Instance
from site_conversion.lines import Line, Source
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "onsite_supply"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    instance = site.instance
    supply = instance.supply
    orders = [(g, q) for g, q in np.argwhere(supply.standing_from >= 0).tolist()]
    first: dict[int, int] = {}
    for g, q in orders:
        first[g] = min(int(supply.standing_from[g, q]), first.get(g, instance.periods))
    stands = [(g, p) for g, begin in first.items() for p in range(begin, instance.periods) if supply.may_stand[g, p]]
    _declare(b, instance, orders, stands)
    _follow_units(b, instance)
    for g, q in orders:
        firm = float(supply.firm_mw_per_unit[g])
        if firm > 0:
            site.own_orders.add(int(supply.standing_from[g, q]), 1.0, b.ordered[g, q])
    for g, p in stands:
        _serve(b, site, g, p)
    _post(b, site)


def _declare(b: Any, instance: Instance, orders: list[tuple[int, int]], stands: list[tuple[int, int]]) -> None:
    supply = instance.supply
    last = instance.periods - 1
    most = {g: (0, int(units)) for g, units in enumerate(supply.most_units.tolist())}
    bridges = [(g, p) for g, p in stands if supply.burns_fuel[g] and supply.firm_frac[g] > 0]
    beside = [(g, p) for g, p in stands if supply.beside_grid_mwh_per_mw[g, p]]
    b.ordered = Var(
        orders,
        domain=NonNegativeIntegers,
        bounds=lambda _, g, q: most[g],
        doc="ordered at the start of the period [units]",
    )
    b.removed = Var(
        [(g, p + 1) for g, p in stands if p < last], domain=NonNegativeIntegers, bounds=lambda _, g, p: most[g],
        doc="taken away at the start of the period [units]",
    )  # fmt: skip
    b.standing = Var(stands, bounds=lambda _, g, p: most[g], doc="units on the site [units]")
    whole_mw = {g: (0.0, float(supply.unit_mw[g]) * units) for g, (_, units) in most.items()}

    def all_units(_: Any, g: int, p: int) -> tuple[float, float]:
        return whole_mw[g]

    b.bridge_mw = Var(bridges, bounds=all_units, doc="firm MW given by fuelled units [MW]")
    b.bridge_run_mw = Var(bridges, bounds=all_units, doc="what they make in the mean [MW]")
    b.beside_mw = Var(beside, bounds=all_units, doc="at work beside the grid [MW]")


def _follow_units(b: Any, instance: Instance) -> None:
    """Units by recursion, and what they can do at once."""
    supply = instance.supply
    arriving: dict[tuple[int, int], list[int]] = {}
    for g, q in b.ordered:
        arriving.setdefault((g, int(supply.standing_from[g, q])), []).append(q)

    def state(b: Any, g: int, p: int) -> Any:
        terms = [(1.0, b.standing[g, p])] if (g, p) in b.standing else []
        terms += [(-1.0, b.standing[g, p - 1])] if (g, p - 1) in b.standing else []
        terms += [(1.0, b.removed[g, p])] if (g, p) in b.removed else []
        return linear([*terms, *((-1.0, b.ordered[g, q]) for q in arriving.get((g, p), ()))]) == 0

    b.standing_state = Constraint(
        sorted({*b.standing, *b.removed}), rule=state, doc="standing = before + arriving - removed [units]"
    )

    def use(b: Any, g: int, p: int) -> Any:
        terms = [(1.0, b.beside_mw[g, p])] if (g, p) in b.beside_mw else []
        terms += [(1.0 / float(supply.firm_frac[g]), b.bridge_mw[g, p])] if (g, p) in b.bridge_mw else []
        return linear([*terms, (-float(supply.unit_mw[g]), b.standing[g, p])]) <= 0

    b.unit_use = Constraint(sorted({*b.bridge_mw, *b.beside_mw}), rule=use, doc="units do one thing at a time [MW]")
    b.run_limit = Constraint(
        list(b.bridge_mw),
        rule=lambda b, g, p: linear([(1.0, b.bridge_run_mw[g, p]), (-1.0, b.bridge_mw[g, p])]) <= 0,
        doc="mean <= firm MW [MW]",
    )


def _serve(b: Any, site: Site, g: int, p: int) -> None:
    """Add to the balances of a period what a supply can give and what it works for."""
    supply = site.instance.supply
    firm = [(float(supply.firm_mw_per_unit[g]), b.standing[g, p])]
    if supply.firm_frac[g] > 0 and p == site.instance.periods - 1:
        site.own_firm_left_mw.add(g, *firm[0])
    given = firm
    if supply.burns_fuel[g]:
        given = [(1.0, b.bridge_mw[g, p])] if (g, p) in b.bridge_mw else []
    if supply.firm_frac[g] > 0:
        for balance in (site.firm_mw, site.ai_mw, site.site_mw, site.substation_mw):
            balance.supply(p, given)
        for balance in (site.firm_choice_mw, site.ai_choice_mw):
            balance.supply(p, firm)
    if (g, p) in b.bridge_mw:
        run = b.bridge_run_mw[g, p]
        site.bridge_rest_mw.use(p, [(1.0, b.bridge_mw[g, p]), (-1.0, run)])
        site.own_ai_mw.use(p, [(1.0, run)])
        site.own_load_mw.use(p, [(1.0, run)])
        site.own_run_mw.add((g, p), 1.0, run)
    if (g, p) in b.beside_mw:
        beside = [(1.0, b.beside_mw[g, p])]
        site.own_load_mw.use(p, beside)
        if not supply.follows_sun[g]:
            site.own_ai_mw.use(p, beside)
        if supply.charges[g]:
            site.site_mw.use(p, beside)
            site.substation_mw.use(p, beside)
        site.own_beside_mw.add((g, p), 1.0, b.beside_mw[g, p])


def _post(b: Any, site: Site) -> None:
    instance, ledger, supply = site.instance, site.ledger, site.instance.supply

    def at(p: int, musd: float) -> Any:
        column = np.zeros(instance.periods + 1)
        column[p] = musd
        return column

    def source(g: int) -> Source:
        """What works for AI load alone is a cost of its contracts; solar is the site's."""
        return Source.SITE if supply.follows_sun[g] else Source.SUPPLY

    def energy(g: int, work: Any, fuel: Floats, saved: Floats) -> None:
        ledger.post(Line.ENERGY, f"on-site: {supply.names[g]} fuel", fuel, work, source(g))
        ledger.post(Line.ENERGY, f"on-site: {supply.names[g]} saves grid energy", saved, work, source(g))

    for (g, q), ordered in b.ordered.items():
        spend = supply.spend_musd[g, q]
        ledger.post(Line.CAPEX, f"on-site: {supply.names[g]}", -spend, ordered, Source.BUILDINGS)
        ledger.put_in_service(GRID, int(supply.standing_from[g, q]), float(spend.sum()), ordered)
    for (g, p), removed in b.removed.items():
        ledger.post(Line.REVENUE, f"on-site: {supply.names[g]} sold", at(p, float(supply.resale_musd[g, p])), removed)
    for (g, p), standing in b.standing.items():
        upkeep = float(supply.fixed_musd_per_mw[g, p] * supply.unit_mw[g])
        ledger.post(Line.OPEX, f"on-site: {supply.names[g]} upkeep", at(p, -upkeep), standing, source(g))
        if p == instance.periods - 1:
            left = at(-1, float(supply.resale_musd[g, -1]))
            ledger.post(Line.TERMINAL, f"on-site: {supply.names[g]} sold", left, standing)
    for (g, p), run in b.bridge_run_mw.items():
        fuel, saved = supply.bridge_fuel_musd_per_mw[g, p], supply.grid_energy_musd_per_mw[p]
        energy(g, run, at(p, -float(fuel)), at(p, float(saved)))
    for (g, p), beside in b.beside_mw.items():
        fuel, saved = supply.beside_fuel_musd_per_mw[g, p], supply.beside_saved_musd_per_mw[g, p]
        ledger.post(Line.ENERGY, f"on-site: {supply.names[g]} fuel", at(p, -float(fuel)), beside, source(g))
        ledger.post(
            Line.ENERGY, f"on-site: {supply.names[g]} saves grid energy", at(p, float(saved)), beside, source(g)
        )


def first_stage(b: Any) -> Iterable[Var]:
    """Orders are placed before prices are known; running and removing follow them."""
    return (b.ordered,)


COLUMNS = ("ordered", "removed", "standing", "bridge_mw", "bridge_run_mw", "beside_mw")


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each supply and period: units ordered, removed and standing; MW bridging, made and at work."""

    def amount(name: str, index: Any) -> float:
        variable = getattr(b, name)
        return float(value(variable[index])) if index in variable else 0.0

    rows = [
        {
            "supply": g, "period": p,
            **{name: round(amount(name, (g, p))) for name in COLUMNS[:3]},
            **{name: amount(name, (g, p)) for name in COLUMNS[3:]},
        }
        for g in range(len(site.instance.supply.names))
        for p in range(site.instance.periods)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["supply", "period", *COLUMNS])

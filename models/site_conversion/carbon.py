"""Carbon: what the site's energy costs by the tonne, and how many tonnes a calendar year may have.

t[p] = hours * grid * (mean draw of contracts + mean draw of all else)
     + on-site: fuel burnt * its own carbon - grid energy replaced * the grid's

carbon_cap   sum_p share[y, p] * t[p] <= cap[y]   for every calendar year within the study that has a cap

The grid's carbon is its average or its margin, as the case asks. The price is the owner's to pay, on every tonne above:
no tenant repays it. It goes on for contracts that outlast the horizon, the cap does not. Nothing is written for a case
without a rule about carbon.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from site_conversion.lines import Line
from site_conversion.registers import Limit, evaluate
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "carbon"
KT = 1e-3
"""Thousand tonnes, so that the row's numbers stay near one."""


def build(b: Any, site: Site) -> None:
    """Add the caps and the cost; must come after everybody who draws energy."""
    carbon = site.instance.carbon
    periods = range(site.instance.periods) if carbon.is_ruled else range(0)
    others = [_others_t(site, p) for p in periods]

    def cap(_: Any, y: int) -> Any:
        counted = [(float(carbon.cap_frac[y, p]), p) for p in periods if carbon.cap_frac[y, p] > 0]
        terms = [(KT * share * c, v) for share, p in counted for c, v in (*_contracts_t(site, p), *others[p])]
        return linear(terms) <= KT * float(carbon.cap_t[y]) if terms else Constraint.Skip

    b.carbon_cap = Constraint(range(len(carbon.cap_years)), rule=cap, doc="carbon of the year within its cap [kt]")

    def words(y: int) -> tuple[str, int | None]:
        return f"carbon allowed in {carbon.cap_years[y]}", None

    site.state_limit(Limit("carbon_cap", "t CO2", b.carbon_cap, words, scale=1 / KT))
    if carbon.is_ruled:
        _post(site, others)


def _contracts_t(site: Site, p: int) -> list[Term]:
    """Tonnes of contracts in a period, as if all their energy came from the grid."""
    instance = site.instance
    grid_t = float(instance.hours[p]) * instance.carbon.grid_t_per_mwh
    drawn = [(c, k) for c, k in site.options.starts if instance.in_service[c, k, p]]
    return [
        term
        for c, k in drawn
        for term in site.contract_mean_mw.terms((c, k), grid_t * float(instance.load_mean_frac[c, k, p]))
    ]


def _others_t(site: Site, p: int) -> list[Term]:
    """Tonnes of all other load in a period, and what on-site supply burns more and draws less."""
    instance, supply, grid_t = site.instance, site.instance.supply, site.instance.carbon.grid_t_per_mwh
    hours = float(instance.hours[p])
    terms = site.other_mean_mw.terms(p, hours * grid_t)
    for g, fuel_t in enumerate(supply.fuel_t_per_mwh.tolist()):
        terms += site.own_run_mw.terms((g, p), hours * (fuel_t - grid_t))
        burnt_mwh, replaced_mwh = supply.beside_fuel_mwh_per_mw[g, p], supply.beside_grid_mwh_per_mw[g, p]
        terms += site.own_beside_mw.terms((g, p), float(burnt_mwh * fuel_t - replaced_mwh * grid_t))
    return terms


def _post(site: Site, others: list[list[Term]]) -> None:
    """Pay for every tonne: contracts by their months, also after the horizon; the rest by the period."""
    carbon = site.instance.carbon
    for c, k in site.options.starts:
        for coefficient, variable in site.contract_mean_mw.terms((c, k)):
            cost = coefficient * carbon.contract_musd_per_gross_mw[c, k]
            site.ledger.post(Line.OPEX, "carbon", -cost, variable)
    for p, terms in enumerate(others):
        for tonnes, variable in terms:
            cost = np.zeros(site.instance.periods + 1)
            cost[p] = -tonnes * float(carbon.price_musd_per_t[p])
            site.ledger.post(Line.OPEX, "carbon", cost, variable)


def first_stage(_: Any) -> Iterable[Var]:
    """Carbon follows the load: nothing to decide here."""
    return ()


def read(_: Any, site: Site) -> pd.DataFrame:
    """One row for each period where the case has a rule about carbon: tonnes that count."""
    periods = range(site.instance.periods) if site.instance.carbon.is_ruled else range(0)
    rows = [{"period": p, "t_co2": evaluate([*_contracts_t(site, p), *_others_t(site, p)])} for p in periods]
    return pd.DataFrame(rows, columns=["period", "t_co2"])

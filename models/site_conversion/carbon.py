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

from site_conversion.lines import Line, Source
from site_conversion.registers import Limit, evaluate
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "carbon"
KT = 1e-3
"""Thousand tonnes, so that the row's numbers stay near one."""


CONTRACTS, REST = "carbon of contracts", "carbon of hashing and solar"
"""Items of the ledger: what serves contracts, and the rest."""


def build(b: Any, site: Site) -> None:
    """Add the caps and the cost; must come after everybody who draws energy."""
    carbon = site.instance.carbon
    periods = range(site.instance.periods) if carbon.is_ruled else range(0)
    tonnes = [tonnes_t(site, p) for p in periods]

    def cap(_: Any, y: int) -> Any:
        counted = [(float(carbon.cap_frac[y, p]), p) for p in periods if carbon.cap_frac[y, p] > 0]
        terms = [(KT * share * c, v) for share, p in counted for c, v in tonnes[p]]
        return linear(terms) <= KT * float(carbon.cap_t[y]) if terms else Constraint.Skip

    b.carbon_cap = Constraint(range(len(carbon.cap_years)), rule=cap, doc="carbon of the year within its cap [kt]")

    def words(y: int) -> tuple[str, int | None]:
        return f"carbon allowed in {carbon.cap_years[y]}", None

    site.state_limit(Limit("carbon_cap", "t CO2", b.carbon_cap, words, scale=1 / KT))
    for p in periods:
        _post(site, p, CONTRACTS, _bridges_t(site, p), Source.SUPPLY)
        _post(site, p, REST, _rest_t(site, p), Source.SITE)
    if carbon.is_ruled:
        _post_contracts(site)


def tonnes_t(site: Site, p: int) -> list[Term]:
    """Return the tonnes of a period, by the carbon of the grid that the instance states."""
    return [*_contracts_t(site, p), *_bridges_t(site, p), *_rest_t(site, p)]


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


def _bridges_t(site: Site, p: int) -> list[Term]:
    """Tonnes that supply working for contracts burns more and draws less."""
    supply, carbon, hours = site.instance.supply, site.instance.carbon, float(site.instance.hours[p])
    terms: list[Term] = []
    for g, fuel_t in enumerate(supply.fuel_t_per_mwh.tolist()):
        if not supply.follows_sun[g]:
            terms += site.own_run_mw.terms((g, p), hours * (fuel_t - carbon.grid_t_per_mwh))
            terms += _beside_t(site, g, p)
    return terms


def _beside_t(site: Site, g: int, p: int) -> list[Term]:
    supply = site.instance.supply
    burnt_mwh, replaced_mwh = supply.beside_fuel_mwh_per_mw[g, p], supply.beside_grid_mwh_per_mw[g, p]
    tonnes = burnt_mwh * supply.fuel_t_per_mwh[g] - replaced_mwh * site.instance.carbon.grid_t_per_mwh
    return site.own_beside_mw.terms((g, p), float(tonnes))


def _rest_t(site: Site, p: int) -> list[Term]:
    """Tonnes of all other load in a period, less what solar replaces."""
    supply = site.instance.supply
    terms = site.other_mean_mw.terms(p, float(site.instance.hours[p]) * site.instance.carbon.grid_t_per_mwh)
    return [*terms, *(term for g in np.nonzero(supply.follows_sun)[0].tolist() for term in _beside_t(site, g, p))]


def _post_contracts(site: Site) -> None:
    """Contracts pay by their months, also after the horizon."""
    carbon = site.instance.carbon
    for c, k in site.options.starts:
        for coefficient, variable in site.contract_mean_mw.terms((c, k)):
            cost = coefficient * carbon.contract_musd_per_gross_mw[c, k]
            site.ledger.post(Line.OPEX, CONTRACTS, -cost, variable, Source.SUPPLY)


def _post(site: Site, p: int, item: str, terms: list[Term], source: Source) -> None:
    """All else pays by the period."""
    for tonnes, variable in terms:
        cost = np.zeros(site.instance.periods + 1)
        cost[p] = -tonnes * float(site.instance.carbon.price_musd_per_t[p])
        site.ledger.post(Line.OPEX, item, cost, variable, source)


def first_stage(_: Any) -> Iterable[Var]:
    """Carbon follows the load: nothing to decide here."""
    return ()


def read(_: Any, site: Site) -> pd.DataFrame:
    """One row for each period where the case has a rule about carbon: tonnes that count."""
    periods = range(site.instance.periods) if site.instance.carbon.is_ruled else range(0)
    rows = [{"period": p, "t_co2": evaluate(tonnes_t(site, p))} for p in periods]
    return pd.DataFrame(rows, columns=["period", "t_co2"])

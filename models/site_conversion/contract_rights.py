"""Rights to further MW: firm power kept free for a tenant until its right ends, or used by its own later contracts.

reserved_mw[c, p]          MW   gross firm MW kept free for contract c
reserved_choice_mw[c, p]   MW   the same against the least draw of whole contracts

right          reserved        >= right while in service and held - draw of the contracts that follow
right_choice   reserved_choice >= the same right                  - their least draw

Both take from the balances of firm and AI MW. The right is in gross MW at the design-day ratio of the leanest design
the tenant accepts. Posts the fee for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from pyomo.environ import NonNegativeReals

from site_conversion.lines import Line, Source
from site_conversion.registers import evaluate
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "contract_rights"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    instance, terms = site.instance, site.instance.contract_terms
    index = _index(site)
    b.reserved_mw = Var(index, domain=NonNegativeReals, doc="firm MW kept free for the tenant [MW]")
    b.reserved_choice_mw = Var(index, domain=NonNegativeReals, doc="the same against least draws [MW]")
    b.right = Constraint(
        index,
        rule=lambda b, c, p: linear([(1.0, b.reserved_mw[c, p]), *_claim(site, c, p)]) >= 0,
        doc="what the tenant may still take is kept free [MW]",
    )
    b.right_choice = Constraint(
        index,
        rule=lambda b, c, p: linear([(1.0, b.reserved_choice_mw[c, p]), *_choice_claim(site, c, p)]) >= 0,
        doc="the same against the least draw of whole contracts [MW]",
    )
    for c, p in index:
        for balance in (site.firm_mw, site.ai_mw):
            balance.use(p, [(1.0, b.reserved_mw[c, p])])
        for balance in (site.firm_choice_mw, site.ai_choice_mw):
            balance.use(p, [(1.0, b.reserved_choice_mw[c, p])])
    for c, k in site.options.starts:
        if terms.right_fee_musd[c, k].any():
            for _, variable in site.delivered.terms((c, k)):
                site.ledger.post(
                    Line.REVENUE,
                    f"{instance.contracts[c]} expansion right",
                    terms.right_fee_musd[c, k],
                    variable,
                    Source.CONTRACTS,
                )


def _index(site: Site) -> list[tuple[int, int]]:
    """Contracts with a right and the periods in which some start of theirs holds it (c, p)."""
    terms = site.instance.contract_terms
    return sorted(
        {
            (c, p)
            for c, k in site.options.starts
            if terms.right_it_mw[c] > 0
            for p in range(site.instance.periods)
            if terms.right_held[c, k, p]
        }
    )


def _held(site: Site, c: int, p: int) -> list[Term]:
    """Return less the right in gross MW, where the contract's start makes it held in the period."""
    terms = site.instance.contract_terms
    right_mw = float(terms.right_it_mw[c] * site.options.least_ratio[c])
    starts = [k for other, k in site.options.starts if other == c and terms.right_held[c, k, p]]
    return [term for k in starts for term in site.delivered.terms((c, k), -right_mw)]


def _claim(site: Site, c: int, p: int) -> list[Term]:
    """Return the draw of those who follow, less the right."""
    instance, followers = site.instance, set(site.instance.contract_terms.followers(c))
    return _held(site, c, p) + [
        term
        for f, d, k in site.options.served
        if f in followers and instance.in_service[f, k, p]
        for term in site.placed_it_mw.terms((f, d, k), float(instance.design_ratio_peak[d]))
    ]


def _choice_claim(site: Site, c: int, p: int) -> list[Term]:
    """Return the least draw of those who follow, less the right."""
    instance, followers = site.instance, set(site.instance.contract_terms.followers(c))
    return _held(site, c, p) + [
        term
        for f, k in site.options.starts
        if f in followers and instance.in_service[f, k, p]
        for term in site.delivered.terms((f, k), float(site.options.least_draw_mw[f]))
    ]


def first_stage(_: Any) -> Iterable[Var]:
    """What is kept free follows from the contracts: nothing to decide here."""
    return ()


def read(_: Any, site: Site) -> pd.DataFrame:
    """One row for each contract and period in which MW are kept free for it: contract, period, reserved_mw."""
    rows = [{"contract": c, "period": p, "reserved_mw": -evaluate(_claim(site, c, p))} for c, p in _index(site)]
    return pd.DataFrame(
        [row for row in rows if row["reserved_mw"] > 1e-6], columns=["contract", "period", "reserved_mw"]
    )

"""Debt: what a project loan pays for. Only where equity is limited: with equity enough, no loan decides anything.

drawn_musd[p]   MUSD   drawn in p to pay for capital, in periods in which it may be drawn
cost_musd[p]    MUSD   capital to be paid since the first of them (recursion), whoever pays for it
loan_musd       MUSD   owed when repayment begins: draws with their fees and interest
borrow          binary there is a loan at all; without one neither cost nor cash has to carry it

loan_state      loan = sum loan_per_draw * drawn, at most `most_musd` (a bound)
debt_in_cost    sum of what was drawn by p <= cost[p]                      (debt never above cost)
loan_to_cost    loan <= loan_to_cost * (cost - tenants' money + fees and interest) + slack * (1 - borrow)
                fees and interest = loan - sum drawn; tenants' money is all that they contribute and advance
loan_if_lent    loan <= largest * borrow

Owns the quantities drawn_musd, loan_musd and borrow. Nothing of it is in the objective: a loan matters by letting
equity go further. That cash covers its service is for debt_cover.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import Binary, NonNegativeReals, value

from site_conversion.instance import Instance
from site_conversion.instance_debt import DebtTerms
from site_conversion.registers import Limit
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "debt"
COLUMNS = ["period", "drawn_musd"]
LARGEST_MUSD = 1e5
"""No amount that a case may state is larger."""


def build(b: Any, site: Site) -> None:
    """Add the draws, what they pay for, and the loan they lead to."""
    terms, ledger = site.instance.debt, site.ledger
    if terms is None:
        return
    window = np.nonzero(terms.drawable)[0].tolist()
    last = window[-1]
    b.drawn_musd = Var(window, domain=NonNegativeReals, doc="drawn of the loan [MUSD]")
    b.cost_musd = Var(window, doc="capital to be paid since the loan may be drawn [MUSD]")
    b.loan_musd = Var([last], bounds=(0.0, terms.most_musd), doc="owed when repayment begins [MUSD]")
    by_period = np.eye(site.instance.periods + 1)
    spending, given = ledger.spending(by_period), ledger.tenants_money(by_period)

    def cost(b: Any, p: int) -> Any:
        before = [(1.0, b.cost_musd[p - 1])] if p - 1 in b.cost_musd else []
        return linear([(-1.0, b.cost_musd[p]), *before, *spending[p], *given[p]]) == 0

    b.cost_state = Constraint(window, rule=cost, doc="cost = before + capital of the period [MUSD]")
    b.loan_state = Constraint(
        [last],
        rule=lambda b, _: (
            linear([(-1.0, b.loan_musd[last]), *((float(terms.loan_per_draw[p]), b.drawn_musd[p]) for p in window)])
            == 0
        ),
        doc="loan = draws with fees and interest [MUSD]",
    )
    b.debt_in_cost = Constraint(
        window,
        rule=lambda b, p: linear([*((1.0, b.drawn_musd[q]) for q in window if q <= p), (-1.0, b.cost_musd[p])]) <= 0,
        doc="no more drawn than there is to pay [MUSD]",
    )
    _share_of_cost(b, site, terms, window)
    site.state_limit(Limit("debt_in_cost", "USD", b.debt_in_cost, lambda p: ("cost that a loan can pay", p), scale=1e6))
    site.state_limit(Limit("loan_to_cost", "USD", b.loan_to_cost, lambda p: ("loan to cost", p), scale=1e6))
    for p in window:
        site.drawn_musd.add(p, 1.0, b.drawn_musd[p])
    site.loan_musd.add(0, 1.0, b.loan_musd[last])


def _share_of_cost(b: Any, site: Site, terms: DebtTerms, window: list[int]) -> None:
    """Write the loan's share of the cost that is left after what tenants give, whenever they give it.

    Where they give more than what is built while the loan may be drawn costs, there is no loan: the row then has slack.
    """
    instance = site.instance
    share, last = terms.loan_to_cost_frac, window[-1]
    (given,) = site.ledger.tenants_money(np.append(np.ones(instance.periods), 0.0)[:, None])
    slack = share * sum(_most_by_contract(instance))
    if terms.least_cover > 0 or given:
        b.borrow = Var([0], domain=Binary, doc="there is a loan [1]")
        site.borrow.add(0, 1.0, b.borrow[0])
    if given:
        largest = min(terms.most_musd, LARGEST_MUSD)
        b.loan_if_lent = Constraint(
            [0],
            rule=lambda b, _: linear([(1.0, b.loan_musd[last]), (-largest, b.borrow[0])]) <= 0,
            doc="no loan without borrowing [MUSD]",
        )

    def rule(b: Any, p: int) -> Any:
        lent = [(1.0 - share, b.loan_musd[p]), *((share, b.drawn_musd[q]) for q in window), (-share, b.cost_musd[p])]
        if not given:
            return linear(lent) <= 0
        return linear([*lent, *((share * c, v) for c, v in given), (slack, b.borrow[0])]) <= slack

    b.loan_to_cost = Constraint([last], rule=rule, doc="loan within its share of cost, fees and interest [MUSD]")


def _most_by_contract(instance: Instance) -> list[float]:
    """Return the most that each contract gives towards capital, over its starts."""
    given = instance.contribution_musd + instance.contract_terms.advance_received_musd
    return [float(most) for most in given[:, :, :-1].sum(axis=2).max(axis=1, initial=0.0)]


def first_stage(_: Any) -> Iterable[Var]:
    """Money follows the decisions: nothing to decide here."""
    return ()


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each period in which something is drawn: period, MUSD."""
    if site.instance.debt is None:
        return pd.DataFrame(columns=COLUMNS)
    rows = [{"period": p, "drawn_musd": value(b.drawn_musd[p])} for p in b.drawn_musd]
    return pd.DataFrame([row for row in rows if row["drawn_musd"] > 1e-9], columns=COLUMNS)

"""Cover of debt service: a loan is no larger than the cash that must serve it.

Cash is the operating cash of the sources a lender counts, before income tax: a row in which tax may be shifted
between years would let the plan put off the use of earlier losses, which the law does not. The cover after tax,
interest deducted, is reckoned after the solve and shown beside.


    loan_if_borrowed    loan <= largest * borrow

Fixed repayment, for each year n of the loan's term within the horizon:
    debt_cover      least_cover * sum service_frac * loan
                        <= sum over its periods of counted * cash + loss * (1 - borrow)

Repayment that follows the cash, for each period p of the term:
balance_musd[p]     MUSD    owed at the end of p
    cash_cover      (1 + interest) * balance[p - 1] - balance[p]
                        <= (counted * cash + loss * (1 - borrow)) / least_cover
    no_growth       balance[p] <= balance[p - 1]
    balloon         balance at the end <= balloon * loan

`loss` is the most that the cash of the year can be below zero, `largest` the loan that the most cash could serve.
The rows that follow the cash leave the profile open: a loan can be repaid so if and only if it fits one of them,
and the schedule that is shown afterwards is one of them. The balloon itself is not covered by a year's cash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import NonNegativeReals, value

from site_conversion.instance import Floats, Instance
from site_conversion.instance_debt import DebtTerms
from site_conversion.registers import Limit
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "debt_cover"
COLUMNS = ["period", "balance_musd"]
LARGEST_MUSD = 1e5
"""No amount that a case may state is larger."""


@dataclass(frozen=True)
class Cash:
    """Cash counted, by group of periods: its terms, its constant, the least and the most it can be."""

    terms: list[list[Term]]
    constant: list[float]
    least: Floats
    most: Floats


def build(b: Any, site: Site) -> None:
    """Add the rows of cover."""
    terms = site.instance.debt
    if terms is None or terms.least_cover == 0:
        return
    largest = min(terms.most_musd, LARGEST_MUSD, _fixed(b, site, terms), _following(b, site, terms))
    b.loan_if_borrowed = Constraint(
        [0],
        rule=lambda b, _: linear([*site.loan_musd.terms(0), *site.borrow.terms(0, -largest)]) <= 0,
        doc="no loan without borrowing [MUSD]",
    )


def _cash(site: Site, terms: DebtTerms, groups: list[list[int]]) -> Cash:
    weights = np.zeros((site.instance.periods + 1, len(groups)))
    for group, periods in enumerate(groups):
        weights[periods, group] = terms.counted_frac[periods]
    cash, constant = site.ledger.operating(terms.counted, weights)
    least, most = site.ledger.operating_range(terms.counted, weights, _largest_mw(site.instance))
    return Cash(cash, constant.tolist(), least, most)


def _largest_mw(instance: Instance) -> float:
    """Return MW that nothing at the site can exceed: full halls twice over, all machines, grid and own supply."""
    grid = instance.firm_mw + instance.interruptible_mw
    grid += float(
        np.maximum(instance.upgrade_firm_mw, 0).sum() + np.maximum(instance.upgrade_interruptible_mw, 0).sum()
    )
    own = float((instance.supply.unit_mw * instance.supply.most_units).sum())
    halls = instance.hall_electrical_mw.sum() + instance.hall_mining_mw.sum()
    return float(halls + instance.asic_owned_mw.sum()) + own + grid


def _fixed(b: Any, site: Site, terms: DebtTerms) -> float:
    """Write the cover of fixed repayment; return the largest loan that the most cash could serve."""
    served = np.nonzero(terms.service_frac)[0]
    years = sorted(set(terms.debt_year[served].tolist()))
    groups = [np.nonzero(terms.debt_year == year)[0].tolist() for year in years]
    cash = _cash(site, terms, groups)
    service = [terms.least_cover * float(terms.service_frac[periods].sum()) for periods in groups]

    def cover(b: Any, n: int) -> Any:
        loss = max(0.0, -float(cash.least[n]))
        owed = [*site.loan_musd.terms(0, service[n]), *site.borrow.terms(0, loss)]
        return linear([*owed, *((-c, v) for c, v in cash.terms[n])]) <= cash.constant[n] + loss

    b.debt_cover = Constraint(range(len(years)), rule=cover, doc="cash of a year covers debt service [MUSD]")
    words = "yearly cash that covers debt service"
    site.state_limit(Limit("debt_cover", "USD", b.debt_cover, lambda n: (words, groups[n][0]), scale=1e6))
    return min(
        (max(0.0, float(most)) / amount for most, amount in zip(cash.most, service, strict=True)), default=np.inf
    )


def _following(b: Any, site: Site, terms: DebtTerms) -> float:
    """Write the cover of repayment that follows the cash; return the largest loan that the most cash could serve."""
    periods = np.nonzero(terms.follows_cash)[0].tolist()
    b.balance_musd = Var(periods, domain=NonNegativeReals, doc="owed at the end of the period [MUSD]")
    if not periods:
        return np.inf
    cash = _cash(site, terms, [[p] for p in periods])
    share = 1.0 / terms.least_cover

    def before(p: int, coefficient: float) -> list[Term]:
        if p == periods[0]:
            return site.loan_musd.terms(0, coefficient)
        return [(coefficient, b.balance_musd[p - 1])]

    def cover(b: Any, p: int) -> Any:
        n = p - periods[0]
        loss = share * max(0.0, -float(cash.least[n]))
        grown = before(p, 1.0 + float(terms.interest_frac[p]))
        counted = [(-share * c, v) for c, v in cash.terms[n]]
        return linear([*grown, (-1.0, b.balance_musd[p]), *counted, *site.borrow.terms(0, loss)]) <= (
            share * cash.constant[n] + loss
        )

    b.cash_cover = Constraint(periods, rule=cover, doc="debt service within the cash for it [MUSD]")
    b.no_growth = Constraint(
        periods,
        rule=lambda b, p: linear([(1.0, b.balance_musd[p]), *before(p, -1.0)]) <= 0,
        doc="the loan never grows again [MUSD]",
    )
    b.balloon = Constraint(
        periods[-1:],
        rule=lambda b, p: linear([(1.0, b.balance_musd[p]), *site.loan_musd.terms(0, -terms.balloon_frac)]) <= 0,
        doc="repaid to the balloon [MUSD]",
    )
    words = "cash that covers debt service"
    site.state_limit(Limit("cash_cover", "USD", b.cash_cover, lambda p: (words, p), scale=1e6))
    repaid = share * float(np.maximum(cash.most, 0.0).sum())
    return repaid / (1 - terms.balloon_frac) if terms.balloon_frac < 1 else np.inf


def first_stage(_: Any) -> Iterable[Var]:
    """Money follows the decisions: nothing to decide here."""
    return ()


def read(b: Any, _: Site) -> pd.DataFrame:
    """One row for each period in which repayment follows the cash: period, MUSD owed at its end."""
    balances = getattr(b, "balance_musd", None) or {}
    rows = [{"period": p, "balance_musd": value(balances[p])} for p in balances]
    return pd.DataFrame(rows, columns=COLUMNS)

"""Terms of contracts again: what is taken with what, in how many halls, MW kept free, and their money.

Letters as in instance: c contract, k start, p period. f is a contract that follows another.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.instance import Floats, Instance


class Ledger(Protocol):
    """Where money is posted by column."""

    instance: Instance

    def post(self, line: str, item: str, musd: Floats, source: str = "site") -> None:
        """Post an amount by column."""


def check_commitments(plan: Plan, report: Report) -> None:
    """Signed offers are delivered; of a group at most one is taken; followers come after; halls are few enough."""
    instance, terms = report.instance, report.instance.contract_terms
    delivered = {c for c, _ in plan.starts}
    for o, name in enumerate(terms.offers):
        sizes = np.nonzero(terms.offer_of == o)[0].tolist()
        if instance.must_deliver[sizes].any() and not delivered.intersection(sizes):
            report.fail("signed_contract", f"contract {name}", 0, 1)
    for group in sorted(set(instance.contract_group.tolist()) - {-1}):
        members = [c for c in range(len(instance.contracts)) if instance.contract_group[c] == group]
        taken = len(delivered.intersection(members))
        if taken > 1:
            names = ", ".join(instance.contracts[c] for c in members)
            report.fail("exclusive_group", f"contracts {names}", taken, 1)
    for f, k in plan.starts:
        before = [start for c, start in plan.starts if terms.offer_of[c] == terms.follows[f] and start <= k]
        if terms.follows[f] >= 0 and not before:
            report.fail("follows", f"{report.contract(f)} from {report.day(k)}, after {terms.offers[terms.follows[f]]}")
    for c in sorted(delivered):
        halls = len({row.hall for row in plan.placements if row.contract == c and row.racks})
        if 0 < terms.most_halls[c] < halls:
            report.fail("most_halls", report.contract(c), halls, int(terms.most_halls[c]))


def reserved_mw(plan: Plan, instance: Instance) -> dict[int, Floats]:
    """Gross firm MW kept free for each contract with a right: the right less what its followers draw [p]."""
    terms = instance.contract_terms
    kept: dict[int, Floats] = {}
    for c, k in plan.starts:
        if not terms.right_it_mw[c]:
            continue
        ratio = float(instance.design_ratio_peak[instance.compatible[c]].min())
        drawn = np.zeros(instance.periods)
        for row in plan.placements:
            if terms.follows[row.contract] == terms.offer_of[c]:
                gross = instance.design_ratio_peak[row.design] * row.racks * instance.contract_rack_mw[row.contract]
                drawn += gross * instance.in_service[row.contract, row.start]
        right = ratio * float(terms.right_it_mw[c]) * terms.right_held[c, k]
        kept[c] = np.maximum(right - drawn, 0.0)
    return kept


def check_rights_table(plan: Plan, report: Report) -> None:
    """The table of rights says what is kept free, row by row."""
    right = reserved_mw(plan, report.instance)
    cells = [(row.contract, row.period) for row in plan.rights]
    for cell in {(c, p) for c, kept in right.items() for p in np.nonzero(kept > 1e-6)[0].tolist()} | set(cells):
        where = f"{report.contract(cell[0])} in {report.when(cell[1])}"
        if cells.count(cell) != 1:
            report.fail("one_row", f"{where} in table contract_rights", cells.count(cell), 1)
    for row in plan.rights:
        kept_mw = float(right[row.contract][row.period]) if row.contract in right else 0.0
        where = f"MW kept free for {report.contract(row.contract)} in {report.when(row.period)}"
        report.agree("rights_table", where, row.reserved_mw, kept_mw, "MW")


def post_terms(plan: Plan, book: Ledger) -> None:
    """Running cost repaid, advances, their interest and what is kept of them, fees for rights, terminations."""
    instance, terms = book.instance, book.instance.contract_terms
    for c, k in plan.starts:
        name = instance.contracts[c]
        book.post("revenue", f"{name} costs repaid", terms.costs_repaid_musd[c, k], "contracts")
        book.post("revenue", f"{name} expansion right", terms.right_fee_musd[c, k], "contracts")
        book.post("advances", f"{name} advance received", terms.advance_received_musd[c, k], "buildings")
        book.post("advances", f"{name} advance settled", -terms.advance_settled_musd[c, k], "contracts")
        book.post("revenue", f"{name} advance kept", terms.advance_kept_musd[c, k], "contracts")
        book.post("opex", f"{name} funding interest", -terms.funding_interest_musd[c, k], "contracts")
    delivered = {terms.offers[terms.offer_of[c]] for c, _ in plan.starts}
    for c, o in enumerate(terms.offer_of.tolist()):
        if o not in terms.offer_of[:c] and terms.offers[o] not in delivered:
            book.post("opex", f"{terms.offers[o]} termination", -instance.termination_musd[c])
    for row in plan.placements:
        it_mw = row.racks * float(instance.contract_rack_mw[row.contract])
        each = terms.certificates_musd_per_gross_mw[row.contract, row.start]
        cost = it_mw * float(instance.design_ratio_mean[row.design]) * each
        book.post("energy", f"{instance.contracts[row.contract]} certificates", -cost, "contracts")

"""Audit of other people's ASICs: dates, signatures, the megawatts they take, and every dollar."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.instance import Floats, Instance

if TYPE_CHECKING:
    from site_conversion.audit_money import Book


def hosted_mw(plan: Plan, instance: Instance, kind: int | None = None) -> Floats:
    """Gross MW of customers' machines in every period that their service touches, all or of one kind [p]."""
    hosting, drawn = instance.hosting, np.zeros(instance.periods)
    for row in plan.hosted:
        if kind is None or hosting.kind[row.hosting] == kind:
            drawn += hosting.mw[row.hosting] * hosting.in_service[row.hosting, row.start]
    return drawn


def hosted_billed_mw(plan: Plan, instance: Instance, t: int) -> float:
    """MW of customers' machines that count in a billing stretch."""
    hosting = instance.hosting
    return sum(
        float(hosting.mw[row.hosting] * hosting.take_load_frac[row.hosting, row.start, t]) for row in plan.hosted
    )


def hosted_mwh(plan: Plan, instance: Instance) -> Floats:
    """MWh that customers' machines draw [p]."""
    drawn = np.zeros(instance.periods)
    for row in plan.hosted:
        drawn += instance.hosting.energy_mwh[row.hosting, row.start]
    return drawn


def check_hosting(plan: Plan, report: Report) -> None:
    """An offer begins once, when it may; what is signed is served."""
    hosting = report.instance.hosting
    counts = Counter(row.hosting for row in plan.hosted)
    for i, offer in enumerate(hosting.offers):
        if counts[i] > 1:
            report.fail("host_once", f"hosting offer {offer}", counts[i], 1)
        if hosting.must_serve[i] and not counts[i]:
            report.fail("signed_hosting", f"hosting offer {offer}", 0, 1)
    for row in plan.hosted:
        if not hosting.start_allowed[row.hosting, row.start]:
            report.fail("host_start", f"hosting offer {hosting.offers[row.hosting]} from {report.day(row.start)}")


def post_hosting(plan: Plan, book: Book) -> None:
    """Fee, power, what of it is repaid, and running cost of every offer that is served."""
    hosting = book.instance.hosting
    for row in plan.hosted:
        i, k, name = row.hosting, row.start, f"hosting {hosting.offers[row.hosting]}"
        fee, power, opex = (
            np.append(each[i, k], 0.0) for each in (hosting.fee_musd, hosting.power_musd, hosting.opex_musd)
        )
        book.post("revenue", name, fee)
        book.post("energy", f"{name} power", -power)
        book.post("revenue", f"{name} power repaid", hosting.repaid_frac[i] * power)
        book.post("opex", f"{name} running cost", -opex)

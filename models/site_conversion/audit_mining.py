"""Room in the mining halls, and whether machines could run as the plan says, day by day.

A plan states what runs in the mean of a period. Where a hall is stripped out inside it, room falls on that day, so the
mean is possible only if what runs before and after it is. The sets of what can run in each span (machines owned, room
of each kind, MW of the site) are polymatroids, and so is their sum: it is enough that no group of classes runs more
than the spans hold of it.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from site_conversion.audit_hosting import hosted_mw
from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.audit_rigs import rented_mw
from site_conversion.instance import Floats, Instance


def running_mw(plan: Plan, instance: Instance, kind: int | None = None) -> Floats:
    """Gross MW of own machines running in the mean, all or those of one kind [p]."""
    running = np.zeros(instance.periods)
    for row in plan.machines:
        if kind is None or instance.asic_kind[row.asic] == kind:
            running[row.period] += row.run_mw
    return running


def customers_mw(plan: Plan, instance: Instance, kind: int | None = None) -> Floats:
    """Gross MW of customers' machines and rented rigs, all or of one kind, on every day of a period [p]."""
    return hosted_mw(plan, instance, kind) + rented_mw(plan, instance, kind)


def check_mining_room(plan: Plan, report: Report, site_mw: Floats) -> None:
    """Check that what hashes has room in halls of its kind that are not (yet) stripped out.

    Args:
        plan: the tables of the plan.
        report: where to report.
        site_mw: MW that contract and substation leave for own machines [p].
    """
    instance = report.instance
    standing_mw = _standing_mw(plan, instance)
    for n, kind in enumerate(instance.mining_kinds):
        mean_mw = np.array([sum(length * mw[n] for length, mw in spans) for spans in standing_mw])
        used_mw = running_mw(plan, instance, n) + customers_mw(plan, instance, n)
        report.limit("hash_space_limit", f"{kind}-cooled hashing space", used_mw, mean_mw, "MW")
    customers = [customers_mw(plan, instance, n) for n in range(len(instance.mining_kinds))]
    for p, spans in enumerate(standing_mw):
        if len(spans) > 1:
            left = [(length, mw - [taken[p] for taken in customers]) for length, mw in spans]
            _check_spans(plan, report, p, left, float(site_mw[p]))


def _standing_mw(plan: Plan, instance: Instance) -> list[list[tuple[float, Floats]]]:
    """Return for each period its spans between strip-outs: part of the period, MW of room of each kind."""
    mined = instance.hall_mining_kind >= 0
    total_mw = np.zeros(len(instance.mining_kinds))
    np.add.at(total_mw, instance.hall_mining_kind[mined], instance.hall_mining_mw[mined])
    gone = []
    for h, (d, ready) in plan.converted.items():
        if mined[h]:
            hashes = instance.periods - float(instance.hashing_lost_frac[h, d, ready].sum())
            gone.append((hashes, int(instance.hall_mining_kind[h]), float(instance.hall_mining_mw[h])))
    periods = []
    for p in range(instance.periods):
        days = sorted({float(p), float(p + 1), *(day for day, _, _ in gone if p + 1e-9 < day < p + 1 - 1e-9)})
        spans = []
        for begin, end in pairwise(days):
            room_mw = total_mw.copy()
            for day, kind, mw in gone:
                room_mw[kind] -= mw * (day <= begin + 1e-9)
            spans.append((end - begin, room_mw))
        periods.append(spans)
    return periods


def _check_spans(plan: Plan, report: Report, p: int, spans: list[tuple[float, Floats]], site_mw: float) -> None:
    """Check every group of classes that runs in a period against what its spans hold of it."""
    instance = report.instance
    for n, kind in enumerate(instance.mining_kinds):
        lacking = max(0.0, *(-float(room_mw[n]) for _, room_mw in spans))
        if report.exceeds(lacking, 0.0, "MW"):
            report.fail("customers_room", f"{kind}-cooled hashing space in {report.when(p)}", lacking, 0.0, "MW")
    rows = [row for row in plan.machines if row.period == p and row.run_mw > 0]
    for size in range(1, len(rows) + 1):
        for group in combinations(rows, size):
            owned_mw = np.zeros(len(instance.mining_kinds))
            for row in group:
                owned_mw[instance.asic_kind[row.asic]] += row.owned_mw
            most = sum(length * min(site_mw, float(np.minimum(owned_mw, mw).sum())) for length, mw in spans)
            run_mw = sum(row.run_mw for row in group)
            if report.exceeds(run_mw, most, "MW"):
                names = " and ".join(instance.asics[row.asic] for row in group)
                report.fail("run_in_spans", f"{names} in {report.when(p)}", run_mw, most, "MW")

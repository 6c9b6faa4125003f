"""The second outside check: a plan's every limit and every dollar again, from the instance and the decisions alone.

Double entry: nothing of the model is used. The state of each period is a direct sum over the decisions, and
money is added up per posting, taxed in sequence, discounted, and compared with what the plan says. This page
checks the decisions themselves; audit_contracts the terms of contracts; audit_overrides what was decided beforehand;
audit_limits the limits of each period; audit_money the cash flow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from site_conversion.audit_carbon import check_carbon, tonnes_t
from site_conversion.audit_contracts import check_commitments, check_rights_table
from site_conversion.audit_crews import check_crews
from site_conversion.audit_limits import check_limits
from site_conversion.audit_money import check_money
from site_conversion.audit_overrides import check_overrides
from site_conversion.audit_plan import Plan, read_plan
from site_conversion.audit_report import Finding, Report
from site_conversion.audit_supply import check_supply
from site_conversion.instance import Floats, Instance

__all__ = ["Finding", "audit", "plan_tonnes_t"]


def audit(
    instance: Instance, tables: Mapping[str, pd.DataFrame], cash_flow: pd.DataFrame, npv_musd: float
) -> tuple[Finding, ...]:
    """Check a plan.

    Args:
        instance: the problem.
        tables: the plan by index, one table for each component, as in Solution.tables.
        cash_flow: line, item, column and MUSD of every posting.
        npv_musd: what the plan is said to be worth.

    Returns:
        What is wrong, none if the plan is clean.
    """
    report = Report(instance)
    plan = read_plan(report, tables, cash_flow)
    if not report.findings:
        _check_contracts(plan, report)
        check_commitments(plan, report)
        _check_bays(plan, report)
        _check_conversions(plan, report)
        _check_use(plan, report)
        _check_requests(plan, report)
        check_limits(plan, report)
        check_crews(plan, report)
        check_supply(plan, report)
        check_carbon(plan, report)
        check_rights_table(plan, report)
        check_overrides(plan, report)
        check_money(plan, report, npv_musd)
    return tuple(report.findings)


def plan_tonnes_t(instance: Instance, tables: Mapping[str, pd.DataFrame], cash_flow: pd.DataFrame) -> Floats:
    """Return the tonnes of every period of a plan, by the grid's carbon that the instance states [p]."""
    return tonnes_t(read_plan(Report(instance), tables, cash_flow), instance)


def _check_contracts(plan: Plan, report: Report) -> None:
    """A contract begins once, when it may, whole, in designs that it accepts."""
    instance = report.instance
    for c, count in Counter(c for c, _ in plan.starts).items():
        if count > 1:
            report.fail("one_start", report.contract(c), count, 1)
    for c, k in plan.starts:
        where = f"{report.contract(c)} from {report.day(k)}"
        if not instance.start_allowed[c, k]:
            report.fail("start_allowed", where)
        racks = sum(row.racks for row in plan.placements if (row.contract, row.start) == (c, k))
        if racks != instance.contract_racks[c]:
            report.fail("whole_contract", where, racks, instance.contract_racks[c])
    for row in plan.placements:
        where = f"{report.contract(row.contract)} in {report.hall(row.hall, row.design)}"
        report.agree("placed_it_mw", where, row.it_mw, row.racks * instance.contract_rack_mw[row.contract], "MW")
        if not instance.compatible[row.contract, row.design]:
            report.fail("compatible_design", where)


def _check_bays(plan: Plan, report: Report) -> None:
    """No bays without service; the fullest bay's racks are within its share of the hall's power and floor."""
    for taken in plan.taken:
        if taken.bays and (taken.contract, taken.start) not in plan.starts:
            where = f"{report.contract(taken.contract)} in {report.hall(taken.hall, taken.design)}"
            report.fail("bays_if_delivered", where, taken.bays, 0)
    bays: Counter[tuple[int, ...]] = Counter()
    racks: Counter[tuple[int, ...]] = Counter()
    for taken in plan.taken:
        bays[taken.contract, taken.start, taken.hall, taken.design] += taken.bays
    for row in plan.placements:
        racks[row.contract, row.start, row.hall, row.design] += row.racks
    for key, count in racks.items():
        if count:
            _check_fullest_bay(report, key, count, bays[key])


def _check_fullest_bay(report: Report, key: tuple[int, ...], racks: int, bays: int) -> None:
    """Racks are spread evenly and none is split, so the fullest bay holds ceil(racks / bays)."""
    instance = report.instance
    c, _, h, d = key
    fullest = -(-racks // bays) if bays else racks
    rack_mw = float(instance.contract_rack_mw[c])
    rack_m2 = float(instance.design_rack_m2[d] + instance.design_electrical_m2_per_mw[d] * rack_mw)
    share = 1 / float(instance.hall_bays[h]) if bays else 0.0
    where = f"{report.contract(c)} in {report.hall(h, d)}"
    for rule, used, room, unit in (
        ("bay_power", fullest * rack_mw * instance.design_ratio_peak[d], instance.hall_electrical_mw[h], "MW"),
        ("bay_floor", fullest * rack_m2, instance.hall_floor_m2[h], "m2"),
    ):
        if report.exceeds(float(used), float(room) * share, unit):
            report.fail(rule, where, float(used), float(room) * share, unit)


def _check_conversions(plan: Plan, report: Report) -> None:
    """A hall is converted once, to a design it may have, in a build that ends when the plan says."""
    instance = report.instance
    for h, count in Counter(row.hall for row in plan.fitouts if row.converts).items():
        if count > 1:
            report.fail("one_conversion", f"hall {instance.halls[h]}", count, 1)
    for h, d in sorted({(row.hall, row.design) for row in plan.fitouts}):
        if not instance.design_allowed[h, d]:
            report.fail("design_allowed", report.hall(h, d))
    for row in plan.fitouts:
        right = int(instance.build_start[row.hall, row.design, row.ready])
        if right < 0 or row.build_start != right:
            where = f"build of {report.hall(row.hall, row.design)} from {report.day(row.build_start)}"
            report.fail("build_calendar", f"{where} to {report.day(row.ready)}", row.build_start, right)
    for added in plan.modules:
        if instance.build_start[added.hall, added.design, added.ready] < 0:
            where = f"cooling modules of {report.hall(added.hall, added.design)}"
            report.fail("build_calendar", f"{where} ready on {report.day(added.ready)}", 0, -1)


def _check_use(plan: Plan, report: Report) -> None:
    """What stands in a hall belongs to its design and does not come before its conversion."""

    def check(what: str, h: int, d: int, period: int) -> None:
        design, ready = plan.converted.get(h, (-1, -1))
        if design != d:
            report.fail("converted_design", f"{what} in {report.hall(h, d)}")
        elif ready > period:
            where = f"{what} in {report.hall(h, d)} from {report.day(period)}"
            report.fail("ready_before_use", where, period, ready)

    for row in plan.placements:
        check(report.contract(row.contract), row.hall, row.design, row.start)
    for taken in plan.taken:
        check(f"bays of {report.contract(taken.contract)}", taken.hall, taken.design, taken.start)
    for fitout in plan.fitouts:
        check("fit-out", fitout.hall, fitout.design, fitout.ready)
    for added in plan.modules:
        check("cooling modules", added.hall, added.design, added.ready)
    for floor in plan.floors:
        check("floor", floor.hall, floor.design, floor.period)


def _check_requests(plan: Plan, report: Report) -> None:
    """An upgrade is asked for once and energised when the queue lets it."""
    instance = report.instance
    for u, count in Counter(row.upgrade for row in plan.requests).items():
        if count > 1:
            report.fail("one_request", f"grid upgrade {instance.upgrades[u]}", count, 1)
    for row in plan.requests:
        right = int(instance.upgrade_energised[row.upgrade, row.requested])
        if row.energised != right:
            where = f"grid upgrade {instance.upgrades[row.upgrade]} requested on {report.day(row.requested)}"
            report.fail("upgrade_energised", f"{where}, energised on {report.day(row.energised)}", row.energised, right)

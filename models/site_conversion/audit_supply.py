"""On-site supply again: units, what they give and what they work for, and every dollar of it.

Letters as in instance: g supply, p period, c contract, k start.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from site_conversion.audit_hosting import hosted_mwh
from site_conversion.audit_plan import Plan, SupplyRow
from site_conversion.audit_report import Report
from site_conversion.audit_rigs import rented_mwh
from site_conversion.instance import GRID, Floats, Instance

if TYPE_CHECKING:
    from site_conversion.audit_money import Book


def given_mw(plan: Plan, instance: Instance) -> Floats:
    """Firm MW that on-site supply gives: fuelled units what they bridge, others the firm share of what stands [p]."""
    given = np.zeros(instance.periods)
    for row in plan.supplies:
        stands_mw = row.standing * float(instance.supply.unit_mw[row.supply] * instance.supply.firm_frac[row.supply])
        given[row.period] += row.bridge_mw if instance.supply.burns_fuel[row.supply] else stands_mw
    return given


def charging_mw(plan: Plan, instance: Instance) -> Floats:
    """MW that batteries at work draw when they charge [p]."""
    drawn = np.zeros(instance.periods)
    for row in plan.supplies:
        if instance.supply.charges[row.supply]:
            drawn[row.period] += row.beside_mw
    return drawn


def check_supply(plan: Plan, report: Report) -> None:
    """Check orders, units, what they do at once, and what goes on after the horizon."""
    instance = report.instance
    rows = Counter((row.supply, row.period) for row in plan.supplies)
    for g, name in enumerate(instance.supply.names):
        for p in range(instance.periods):
            if rows[g, p] != 1:
                report.fail("one_row", f"{name} in {report.when(p)} in table onsite_supply", rows[g, p], 1)
    for row in plan.supplies:
        _check_units(plan, report, row)
        _check_use(report, row)
    _check_load(plan, report)
    _check_after(plan, report)


def _check_units(plan: Plan, report: Report, row: SupplyRow) -> None:
    """Standing is what has arrived and was not removed; nothing is ordered or stands when it may not."""
    instance, g, p = report.instance, row.supply, row.period
    supply, where = instance.supply, f"{instance.supply.names[row.supply]} in {report.when(row.period)}"
    if row.ordered and supply.standing_from[g, p] < 0:
        report.fail("supply_order", where)
    own = [other for other in plan.supplies if other.supply == g]
    arrived = sum(other.ordered for other in own if 0 <= supply.standing_from[g, other.period] <= p)
    removed = sum(other.removed for other in own if other.period <= p)
    if row.standing != arrived - removed:
        report.fail("standing_units", where, row.standing, arrived - removed)
    most = int(supply.most_units[g]) if supply.may_stand[g, p] else 0
    if row.standing > most:
        report.fail("most_units", where, row.standing, most)


def _check_use(report: Report, row: SupplyRow) -> None:
    """A unit does one thing at a time, and only a fuelled one is a bridge by running."""
    supply, g = report.instance.supply, row.supply
    where = f"{supply.names[g]} in {report.when(row.period)}"
    firm_frac = float(supply.firm_frac[g])
    if row.bridge_mw and (not supply.burns_fuel[g] or not firm_frac):
        if report.exceeds(row.bridge_mw, 0.0, "MW"):
            report.fail("bridge_kind", where, row.bridge_mw, 0, "MW")
        return
    used = row.beside_mw + (row.bridge_mw / firm_frac if row.bridge_mw else 0.0)
    for rule, found, allowed in (
        ("unit_use", used, row.standing * float(supply.unit_mw[g])),
        ("bridge_run", row.bridge_run_mw, row.bridge_mw),
    ):
        if report.exceeds(found, allowed, "MW"):
            report.fail(rule, where, found, allowed, "MW")


def _check_load(plan: Plan, report: Report) -> None:
    """On-site power replaces grid energy, so it makes no more than is drawn; a bridge no less than is short."""
    instance = report.instance
    supply = instance.supply
    run, held, at_will, sun = (np.zeros(instance.periods) for _ in range(4))
    for row in plan.supplies:
        run[row.period] += row.bridge_run_mw
        held[row.period] += row.bridge_mw
        (sun if supply.follows_sun[row.supply] else at_will)[row.period] += row.beside_mw
    mean, rest, hashing = (np.zeros(instance.periods) for _ in range(3))
    for placed in plan.placements:
        c, k, d = placed.contract, placed.start, placed.design
        it_mw = placed.racks * float(instance.contract_rack_mw[c])
        drawn = it_mw * instance.design_ratio_mean[d] * instance.load_mean_frac[c, k]
        mean += drawn
        rest += np.maximum(it_mw * instance.design_ratio_peak[d] * instance.in_service[c, k] - drawn, 0.0)
    for machines in plan.machines:
        hashing[machines.period] += machines.run_mw * instance.hash_run_frac[machines.asic, machines.period]
    hashing += (hosted_mwh(plan, instance) + rented_mwh(plan, instance)) / instance.hours
    if supply.names:
        report.limit("own_ai_mw_limit", "AI load for on-site power", run + at_will, mean, "MW")
        report.limit("own_load_mw_limit", "load for on-site power", run + at_will + sun, mean + hashing, "MW")
        report.limit("bridge_rest_mw_limit", "bridging MW that rest", held - run, rest, "MW")


def _check_after(plan: Plan, report: Report) -> None:
    """What outlasts the horizon is carried by the grid at its end and by what is kept standing, stage by stage."""
    instance, supply = report.instance, report.instance.supply
    standing = {row.supply: row.standing for row in plan.supplies if row.period == instance.periods - 1}
    kept = Counter((row.supply, row.stage) for row in plan.kept)
    for row in plan.kept:
        g, z = row.supply, row.stage
        where = f"{supply.names[g]} kept until {supply.stage_end[z]}"
        if kept[g, z] != 1:
            report.fail("one_row", where, kept[g, z], 1)
        before = [other.kept_mw for other in plan.kept if (other.supply, other.stage) == (g, z - 1)]
        firm_mw = standing.get(g, 0) * float(supply.unit_mw[g] * supply.firm_frac[g])
        allowed_mw = (before[0] if before else firm_mw) if supply.after_allowed[g, z] else 0.0
        if report.exceeds(row.kept_mw, allowed_mw, "MW"):
            report.fail("kept_limit", where, row.kept_mw, allowed_mw, "MW")
    for z, end in enumerate(supply.stage_end):
        kept_mw = sum(row.kept_mw for row in plan.kept if row.stage == z)
        running_mw = sum(
            row.racks * float(instance.contract_rack_mw[row.contract] * instance.design_ratio_peak[row.design])
            for row in plan.placements
            if supply.outlasts[row.contract, row.start, z]
        )
        for subject, today_mw, gain_mw in (
            ("firm grid MW", instance.firm_mw, instance.upgrade_firm_mw),
            ("firm MW that AI load may use", instance.ai_mw, instance.upgrade_ai_mw),
            ("substation capacity", instance.substation_mw, instance.upgrade_substation_mw),
        ):
            carried_mw = today_mw + sum(float(gain_mw[row.upgrade]) for row in plan.requests) + kept_mw
            if report.exceeds(running_mw, carried_mw, "MW"):
                report.fail("outlasting_mw_limit", f"{subject} until {end}", running_mw, carried_mw, "MW")


def post_supply(plan: Plan, book: Book) -> None:
    """Units bought over their lead time, kept up, run and sold; what is kept after the horizon."""
    instance = book.instance
    supply, last = instance.supply, instance.periods - 1
    for row in plan.supplies:
        g, p, name = row.supply, row.period, f"on-site: {supply.names[row.supply]}"
        now, end = np.zeros(instance.periods + 1), np.zeros(instance.periods + 1)
        now[p], end[-1] = 1.0, 1.0
        serves = "site" if supply.follows_sun[g] else "supply"
        if row.ordered:
            book.invest(name, GRID, int(supply.standing_from[g, p]), row.ordered * supply.spend_musd[g, p], "buildings")
        book.post("revenue", f"{name} sold", now * row.removed * supply.resale_musd[g, p])
        upkeep = row.standing * supply.unit_mw[g] * supply.fixed_musd_per_mw[g, p]
        book.post("opex", f"{name} upkeep", -now * upkeep, serves)
        fuel = row.bridge_run_mw * supply.bridge_fuel_musd_per_mw[g, p]
        fuel += row.beside_mw * supply.beside_fuel_musd_per_mw[g, p]
        saved = row.bridge_run_mw * supply.grid_energy_musd_per_mw[p]
        saved += row.beside_mw * supply.beside_saved_musd_per_mw[g, p]
        book.post("energy", f"{name} fuel", -now * fuel, serves)
        book.post("energy", f"{name} saves grid energy", now * saved, serves)
        if p == last:
            book.post("terminal", f"{name} sold", end * row.standing * supply.resale_musd[g, -1])
    for kept in plan.kept:
        cost = np.zeros(instance.periods + 1)
        cost[-1] = kept.kept_mw * supply.after_musd_per_mw[kept.supply, kept.stage]
        book.post("energy", f"on-site: {supply.names[kept.supply]} after the horizon", -cost, "supply")

"""The limits of every period: halls, grid, water and machines, each state a direct sum over the decisions.

Letters as in instance: h hall, d design, c contract, k start or readiness, p period, m medium, n mining kind.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from site_conversion.audit_contracts import reserved_mw as kept_free_mw
from site_conversion.audit_hosting import check_hosting, hosted_billed_mw
from site_conversion.audit_mining import check_mining_room, customers_mw, running_mw
from site_conversion.audit_moves import check_ages, check_places, left_mw
from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.audit_rigs import check_rigs, rented_billed_mw
from site_conversion.audit_supply import charging_mw, given_mw
from site_conversion.instance import MEDIA, Floats, Instance


def check_limits(plan: Plan, report: Report) -> None:
    """Check every limit of every period, and the tables that only repeat them."""
    for h, (d, ready) in sorted(plan.converted.items()):
        _check_hall(plan, report, h, d, ready)
    mining_mw = _check_grid(plan, report)
    _check_water(plan, report)
    if _machine_rows_complete(plan, report):
        _check_machines(plan, report)
        check_ages(plan, report)
        check_mining_room(plan, report, mining_mw)
    check_places(plan, report)
    check_hosting(plan, report)
    check_rigs(plan, report)
    _check_power_table(plan, report)
    _check_minimum_take(plan, report)


def _from(instance: Instance, k: int) -> Floats:
    """1 in period k and after, 0 before [p]."""
    return (np.arange(instance.periods) >= k).astype(np.float64)


def _check_hall(plan: Plan, report: Report, h: int, d: int, ready: int) -> None:
    """Bays, fitted IT MW, feeders, floor and cooling plant of a converted hall."""
    instance, open_frac = report.instance, _from(report.instance, ready)
    fitted_mw, bays, racks, it_mw = (np.zeros(instance.periods) for _ in range(4))
    for fitout in plan.fitouts:
        if fitout.hall == h:
            fitted_mw += fitout.fitted_mw * _from(instance, fitout.ready)
    for taken in plan.taken:
        if taken.hall == h:
            bays += taken.bays * instance.in_service[taken.contract, taken.start]
    for row in plan.placements:
        if row.hall == h:
            in_service = instance.in_service[row.contract, row.start]
            racks += row.racks * in_service
            it_mw += row.racks * instance.contract_rack_mw[row.contract] * in_service
    name = report.hall(h, d)
    report.limit("hall_bays_limit", f"bays of {name}", bays, instance.hall_bays[h] * open_frac, "bays")
    report.limit("hall_it_mw_limit", f"fitted IT MW of {name}", it_mw, fitted_mw, "MW")
    feeders_mw = instance.hall_electrical_mw[h] * open_frac
    draw_mw = instance.design_ratio_peak[d] * fitted_mw
    report.limit("hall_electrical", f"electrical MW of {name}", draw_mw, feeders_mw, "MW")

    floor_m2 = racks * instance.design_rack_m2[d] + fitted_mw * instance.design_electrical_m2_per_mw[d]
    for m in range(len(MEDIA)):
        modules = _modules(plan, instance, h, m)
        floor_m2 += modules * instance.module_floor_m2[d, m]
        if instance.design_heat_frac[d, m] > 0:
            capacity_mw = float(instance.module_capacity_mw[d, m])
            spare_mw = instance.design_spare_modules[d] * capacity_mw * open_frac
            heat_mw = instance.design_heat_frac[d, m] * fitted_mw + spare_mw
            subject = f"{MEDIA[m]} cooling plant of {name}"
            report.limit("hall_heat_limit", subject, heat_mw, capacity_mw * modules, "MW")
    report.limit("hall_floor_limit", f"floor of {name}", floor_m2, instance.hall_floor_m2[h] * open_frac, "m2")
    _check_open_floor(plan, report, h, d, floor_m2)


def _modules(plan: Plan, instance: Instance, h: int, m: int) -> Floats:
    """Modules of a medium installed in a hall [p]."""
    installed = np.zeros(instance.periods)
    for row in plan.modules:
        if (row.hall, row.medium) == (h, m):
            installed += row.modules * _from(instance, row.ready)
    return installed


def _check_open_floor(plan: Plan, report: Report, h: int, d: int, used_m2: Floats) -> None:
    """The floor table holds what is used and no more than there is, at least where a service begins."""
    name, whole_m2 = report.hall(h, d), float(report.instance.hall_floor_m2[h])
    opened = {row.period: row.open_floor_m2 for row in plan.floors if row.hall == h}
    begun = {row.start for row in plan.placements if row.hall == h}
    for p in sorted(begun | set(opened)):
        right_m2 = min(max(opened.get(p, 0.0), float(used_m2[p])), whole_m2)
        report.agree("open_floor", f"opened floor of {name} in {report.when(p)}", opened.get(p, 0.0), right_m2, "m2")


def _check_grid(plan: Plan, report: Report) -> Floats:
    """Firm MW, MW cleared for AI, contracted MW and substation, with upgrades energised and on-site supply standing.

    Returns:
        MW that contract and substation leave for own machines [p].
    """
    instance = report.instance
    reserved_mw, drawn_mw = _ai_gross_mw(plan, instance)
    machines_mw, machines_may_draw_mw = running_mw(plan, instance), np.full(instance.periods, np.inf)
    drawn_mw = drawn_mw + machines_mw + customers_mw(plan, instance) + charging_mw(plan, instance)
    own_mw = given_mw(plan, instance)
    for kept_mw in kept_free_mw(plan, instance).values():
        reserved_mw = reserved_mw + kept_mw
    gains = (
        ("firm_mw_limit", "firm grid MW for AI load", reserved_mw, instance.firm_mw, instance.upgrade_firm_mw),
        ("ai_mw_limit", "firm MW that AI load may use", reserved_mw, instance.ai_mw, instance.upgrade_ai_mw),
        (
            "site_mw_limit", "contracted grid MW", drawn_mw, instance.firm_mw + instance.interruptible_mw,
            instance.upgrade_firm_mw + instance.upgrade_interruptible_mw,
        ),
        (
            "substation_mw_limit", "substation capacity", drawn_mw, instance.substation_mw,
            instance.upgrade_substation_mw,
        ),
    )  # fmt: skip
    for rule, subject, used_mw, today_mw, gain_mw in gains:
        allowed_mw = today_mw + own_mw
        for row in plan.requests:
            allowed_mw += gain_mw[row.upgrade] * _from(instance, row.energised)
        report.limit(rule, subject, used_mw, allowed_mw, "MW")
        if used_mw is drawn_mw:
            machines_may_draw_mw = np.minimum(machines_may_draw_mw, allowed_mw - drawn_mw + machines_mw)
    return machines_may_draw_mw


def _ai_gross_mw(plan: Plan, instance: Instance) -> tuple[Floats, Floats]:
    """Gross MW that AI load reserves (whole contracts) and draws at most (by ramp), on the design day [p]."""
    reserved_mw, drawn_mw = np.zeros(instance.periods), np.zeros(instance.periods)
    for row in plan.placements:
        gross_mw = instance.design_ratio_peak[row.design] * row.racks * instance.contract_rack_mw[row.contract]
        reserved_mw += gross_mw * instance.in_service[row.contract, row.start]
        drawn_mw += gross_mw * instance.load_peak_frac[row.contract, row.start]
    return reserved_mw, drawn_mw


def _check_water(plan: Plan, report: Report) -> None:
    """Water evaporated by the mean load of each period."""
    instance, used_m3 = report.instance, np.zeros(report.instance.periods)
    for row in plan.placements:
        it_mwh = (
            row.racks * instance.contract_rack_mw[row.contract]
            * instance.load_mean_frac[row.contract, row.start] * instance.hours
        )  # fmt: skip
        used_m3 += instance.design_water_m3_per_mwh[row.design] * it_mwh
    report.limit("water_limit", "cooling water", used_m3, instance.water_limit_m3, "m3")


def _machine_rows_complete(plan: Plan, report: Report) -> bool:
    """Each class has one row for each period."""
    instance = report.instance
    rows = Counter((row.asic, row.period) for row in plan.machines)
    complete = True
    for a, name in enumerate(instance.asics):
        for p in range(instance.periods):
            if rows[a, p] != 1:
                report.fail("one_row", f"{name} in {report.when(p)} in table asic_fleet", rows[a, p], 1)
                complete = False
    return complete


def _check_machines(plan: Plan, report: Report) -> None:
    """Owned = at the start + bought - sold - moved so far; none past retirement; purchases and runs within limits."""
    instance = report.instance
    for a, name in enumerate(instance.asics):
        rows = sorted((row for row in plan.machines if row.asic == a), key=lambda row: row.period)
        owned, run, bought = (
            np.array([getattr(row, column) for row in rows]) for column in ("owned_mw", "run_mw", "bought_mw")
        )
        for p, row in enumerate(rows):
            traded_mw = sum(other.bought_mw - other.sold_mw for other in rows if other.period <= p)
            right_mw = float(instance.asic_owned_mw[a]) + traded_mw - left_mw(plan, a, p)
            report.agree("owned_state", f"{name} owned in {report.when(p)}", row.owned_mw, right_mw, "MW")
        retired_mw = np.where(instance.asic_kept[a], 0.0, owned)
        report.limit("asic_kept", name, retired_mw, np.zeros(instance.periods), "MW")
        report.limit("asic_buy_limit", name, bought, instance.asic_buy_limit_mw[a], "MW")
        report.limit("run_limit", name, run, owned, "MW")
        before_mw = np.concatenate([[float(instance.asic_owned_mw[a])], owned[:-1]])
        left_by_now_mw = np.array([left_mw(plan, a, p) for p in range(len(rows))])
        gone_mw = np.array([row.sold_mw for row in rows]) + np.diff(left_by_now_mw, prepend=0.0)
        report.limit("sold_or_moved", name, gone_mw, before_mw, "MW")


def _check_power_table(plan: Plan, report: Report) -> None:
    """AI load by period: IT MW in service, gross MW reserved, drawn at most and in the mean."""
    instance = report.instance
    right = {name: np.zeros(instance.periods) for name in ("ai_it_mw", "ai_mean_mw")}
    right["ai_reserved_mw"], right["ai_draw_mw"] = _ai_gross_mw(plan, instance)
    for row in plan.placements:
        it_mw = row.racks * instance.contract_rack_mw[row.contract]
        right["ai_it_mw"] += it_mw * instance.in_service[row.contract, row.start]
        mean_frac = instance.design_ratio_mean[row.design] * instance.load_mean_frac[row.contract, row.start]
        right["ai_mean_mw"] += it_mw * mean_frac
    rows = Counter(row.period for row in plan.power)
    for p in range(instance.periods):
        if rows[p] != 1:
            report.fail("one_row", f"{report.when(p)} in table power", rows[p], 1)
    for said in plan.power:
        for name, values in right.items():
            where = f"{name} in {report.when(said.period)}"
            report.agree("power_table", where, getattr(said, name), float(values[said.period]), "MW")


def _check_minimum_take(plan: Plan, report: Report) -> None:
    """Every billing stretch has one row, and what it draws and falls short by is no less than its minimum take."""
    instance = report.instance
    rows = Counter(row.billing for row in plan.billings)
    hashing_mw = running_mw(plan, instance)
    least_mw, billed_mw = np.zeros(instance.periods), np.full(instance.periods, np.inf)
    for t, p in enumerate(instance.take_period.tolist()):
        if rows[t] != 1:
            report.fail("one_row", f"stretch {t + 1} ({report.when(p)}) in table minimum_take", rows[t], 1)
        take_mw = instance.take_mw + sum(
            float(instance.take_upgrade_mw[row.upgrade]) for row in plan.requests if row.energised <= p
        )
        drawn_mw = hashing_mw[p] + sum(
            float(instance.design_ratio_peak[row.design] * instance.contract_rack_mw[row.contract])
            * row.racks * float(instance.take_load_frac[row.contract, row.start, t])
            for row in plan.placements
        )  # fmt: skip
        drawn_mw += hosted_billed_mw(plan, instance, t) + rented_billed_mw(plan, instance, t)
        total_mw = drawn_mw + sum(row.shortfall_mw for row in plan.billings if row.billing == t)
        if total_mw - take_mw < billed_mw[p] - least_mw[p]:
            least_mw[p], billed_mw[p] = take_mw, total_mw
    for row in plan.billings:
        right = int(instance.take_period[row.billing])
        if row.period != right:
            report.fail("billing_period", f"stretch {row.billing + 1} of table minimum_take", row.period, right)
    report.limit("minimum_take", "minimum take", least_mw, billed_mw, "MW")

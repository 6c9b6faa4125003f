"""Audit of legacy GPU rigs: what they become, what is rented, the megawatts they take, and every dollar."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.instance import ASICS, Floats, Instance
from site_conversion.instance_rigs import GRADES, REBUILT, UPGRADED

if TYPE_CHECKING:
    from site_conversion.audit_money import Book


def rented_mw(plan: Plan, instance: Instance, kind: int | None = None) -> Floats:
    """Gross MW of rented rigs, all or of one kind of cooling [p]."""
    rigs, drawn = instance.rigs, np.zeros(instance.periods)
    for row in plan.rented:
        if kind is None or rigs.kind[row.rig] == kind:
            drawn[row.period] += rigs.mw_per_krig[row.rig, rigs.rental_grade[row.rental]] * row.rented_rigs / 1000
    return drawn


def rented_billed_mw(plan: Plan, instance: Instance, t: int) -> float:
    """MW of rented rigs that count in a billing stretch."""
    rigs, p = instance.rigs, instance.take_period[t]
    return sum(
        float(rigs.mw_per_krig[row.rig, rigs.rental_grade[row.rental]] * rigs.take_load_frac[row.rental, t])
        * row.rented_rigs / 1000
        for row in plan.rented
        if row.period == p
    )  # fmt: skip


def rented_mwh(plan: Plan, instance: Instance) -> Floats:
    """MWh that rented rigs draw [p]."""
    drawn = np.zeros(instance.periods)
    for row in plan.rented:
        per_krig = instance.rigs.rent_mwh_per_krig[row.rental, row.rig, row.period]
        drawn[row.period] += per_krig * row.rented_rigs / 1000
    return drawn


def check_rigs(plan: Plan, report: Report) -> None:
    """Every class in every period, and every rental."""
    for r in range(len(report.instance.rigs.rigs)):
        if _complete(plan, report, r):
            _check_class(plan, report, r)
    _check_rentals(plan, report)


def _complete(plan: Plan, report: Report, r: int) -> bool:
    """Whether the class has one row for each period."""
    rows = Counter(row.period for row in plan.rig_stocks if row.rig == r)
    wrong = [p for p in range(report.instance.periods) if rows[p] != 1]
    for p in wrong:
        report.fail("one_row", f"{report.instance.rigs.rigs[r]} in {report.when(p)} in table gpu_rigs", rows[p], 1)
    return not wrong


def _rebuilt(plan: Plan, instance: Instance, r: int) -> tuple[Floats, Floats]:
    """Rigs of a class rebuilt at the start of each period, and rebuilt ones owned in it."""
    built, sold = np.zeros(instance.periods), np.zeros(instance.periods)
    for row in plan.rebuilds:
        if row.rig == r:
            built[row.period] += row.rebuilt_rigs
            sold[row.period] += row.sold_rigs
    return built, np.cumsum(built - sold)


def _check_class(plan: Plan, report: Report, r: int) -> None:
    """States are sums of what was done so far; nothing is kept too long, upgraded or rebuilt without leave."""
    instance, rigs = report.instance, report.instance.rigs
    name, nothing = rigs.rigs[r], np.zeros(report.instance.periods)
    rows = sorted((row for row in plan.rig_stocks if row.rig == r), key=lambda row: row.period)
    as_is, upgraded, upgrade, sold_as_is, sold_upgraded = np.array([row[2:] for row in rows]).T
    built, rebuilt = _rebuilt(plan, instance, r)
    right_as_is = 1000 * rigs.owned_krigs[r] - np.cumsum(upgrade + built + sold_as_is)
    right_upgraded = np.cumsum(upgrade - sold_upgraded)
    for p in range(instance.periods):
        when = report.when(p)
        report.agree("as_is_state", f"{name} as they are in {when}", as_is[p], right_as_is[p], "rigs")
        report.agree("upgraded_state", f"{name} upgraded in {when}", upgraded[p], right_upgraded[p], "rigs")
    retired = np.where(rigs.kept[r], 0.0, as_is + upgraded + rebuilt)
    report.limit("rig_kept", name, retired, nothing, "rigs")
    report.limit("usable_rigs", name, np.cumsum(upgrade), nothing + 1000 * rigs.usable_krigs[r], "rigs")
    report.limit("may_upgrade", name, np.where(rigs.may_upgrade[r], 0.0, upgrade), nothing, "rigs")
    report.limit("may_rebuild", name, np.where(rigs.may_rebuild[r], 0.0, built), nothing, "rigs")
    _check_rebuilt(plan, report, r)
    for g, stock in ((UPGRADED, upgraded), (REBUILT, rebuilt)):
        rented = np.zeros(instance.periods)
        for row in plan.rented:
            if row.rig == r and rigs.rental_grade[row.rental] == g:
                rented[row.period] += row.rented_rigs
        report.limit("rig_stock", f"{GRADES[g]} rigs {name}", rented, stock, "rigs")


def _check_rebuilt(plan: Plan, report: Report, r: int) -> None:
    """Of what was rebuilt in a period no more is sold later than it was, and nothing at once."""
    rows = [row for row in plan.rebuilds if row.rig == r]
    for q in sorted({row.built for row in rows}):
        where = f"{report.instance.rigs.rigs[r]} rebuilt in {report.when(q)}"
        rebuilt = sum(row.rebuilt_rigs for row in rows if row.built == q and row.period == q)
        sold = sum(row.sold_rigs for row in rows if row.built == q and row.period > q)
        # rebuilt in another period than it says, or sold at once or before
        odd = sum(row.rebuilt_rigs for row in rows if row.built == q and row.period != q)
        odd += sum(row.sold_rigs for row in rows if row.built == q and row.period <= q)
        if report.exceeds(sold + odd, rebuilt if not odd else 0.0, "rigs"):
            report.fail("sold_rebuilt", where, sold + odd, rebuilt, "rigs")


def _check_rentals(plan: Plan, report: Report) -> None:
    """No more rigs are rented than asked for, and none when the rental does not run."""
    instance, rigs = report.instance, report.instance.rigs
    for j, name in enumerate(rigs.rentals):
        rented = np.zeros(instance.periods)
        for row in plan.rented:
            if row.rental == j:
                rented[row.period] += row.rented_rigs
        most = 1000 * rigs.rental_krigs[j] * rigs.rental_runs[j]
        report.limit("rental_most", f"rigs that {name} takes", rented, most, "rigs")


def post_rigs(plan: Plan, book: Book) -> None:
    """Upgrades, rebuilds and sales of rigs, what is left at the end, and rentals."""
    instance, rigs, last = book.instance, book.instance.rigs, book.instance.periods - 1
    unit = np.eye(instance.periods + 1)
    for stock in plan.rig_stocks:
        r, p, name = stock.rig, stock.period, rigs.rigs[stock.rig]
        upgraded = rigs.upgrade_musd_per_krig[r] * stock.upgrade_rigs / 1000
        book.invest(f"{name} upgraded", ASICS, p, unit[p, :-1] * upgraded, "site")
        sold = (stock.sold_as_is_rigs + stock.sold_upgraded_rigs) / 1000
        book.post("revenue", f"{name} sold", unit[p] * rigs.resale_musd_per_krig[r, p] * sold)
        if p == last:
            left = (stock.as_is_rigs + stock.upgraded_rigs) / 1000
            book.post("terminal", f"{name} sold", unit[-1] * rigs.resale_musd_per_krig[r, -1] * left)
    for row in plan.rebuilds:
        r, p, name = row.rig, row.period, rigs.rigs[row.rig]
        built, sold = row.rebuilt_rigs / 1000, row.sold_rigs / 1000
        book.invest(f"{name} rebuilt", ASICS, p, unit[p, :-1] * rigs.rebuild_musd_per_krig[r] * built, "site")
        book.post("revenue", f"{name} stripped", unit[p] * rigs.strip_musd_per_krig[r] * built)
        resale = rigs.rebuilt_resale_musd_per_krig[r, row.built]
        book.post("revenue", f"{name} rebuilt sold", unit[p] * resale[p] * sold)
        book.post("terminal", f"{name} rebuilt sold", unit[-1] * resale[-1] * (built - sold))
    for rented in plan.rented:
        j, r, p, krigs = rented.rental, rented.rig, rented.period, rented.rented_rigs / 1000
        book.post("revenue", f"rigs rented to {rigs.rentals[j]}", unit[p] * rigs.rent_musd_per_krig[j, r, p] * krigs)
        book.post("energy", "power of rented rigs", -unit[p] * rigs.rent_power_musd_per_krig[j, r, p] * krigs)
        book.post("opex", "running cost of rented rigs", -unit[p] * rigs.rent_opex_musd_per_krig[j, p] * krigs)

"""Carbon again: tonnes of every period from the plan's load, the caps of calendar years, and what the tonnes cost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from site_conversion.audit_hosting import hosted_mwh
from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.audit_rigs import rented_mwh
from site_conversion.instance import Floats, Instance

if TYPE_CHECKING:
    from site_conversion.audit_money import Book


def _contracts_t(plan: Plan, instance: Instance) -> Floats:
    """Tonnes of contracts as if all their energy came from the grid [p]."""
    mean_mw = np.zeros(instance.periods)
    for row in plan.placements:
        gross_mw = row.racks * float(instance.contract_rack_mw[row.contract] * instance.design_ratio_mean[row.design])
        mean_mw += gross_mw * instance.load_mean_frac[row.contract, row.start]
    return mean_mw * instance.hours * instance.carbon.grid_t_per_mwh


def _own_t(plan: Plan, instance: Instance, *, sun: bool) -> Floats:
    """What on-site supply burns less what it saves from the grid: solar, or all that works for contracts [p]."""
    supply, tonnes = instance.supply, np.zeros(instance.periods)
    for own in plan.supplies:
        g, p = own.supply, own.period
        if bool(supply.follows_sun[g]) is sun:
            made_mwh = own.bridge_run_mw * instance.hours[p]
            burnt_mwh = made_mwh + own.beside_mw * supply.beside_fuel_mwh_per_mw[g, p]
            saved_mwh = made_mwh + own.beside_mw * supply.beside_grid_mwh_per_mw[g, p]
            tonnes[p] += burnt_mwh * supply.fuel_t_per_mwh[g] - saved_mwh * instance.carbon.grid_t_per_mwh
    return tonnes


def _hashing_t(plan: Plan, instance: Instance) -> Floats:
    """Tonnes of machines in the hours in which they run, hosted ones and rented rigs included [p]."""
    tonnes = (hosted_mwh(plan, instance) + rented_mwh(plan, instance)) * instance.carbon.grid_t_per_mwh
    for row in plan.machines:
        hours = instance.hash_run_frac[row.asic, row.period] * instance.hours[row.period]
        tonnes[row.period] += row.run_mw * hours * instance.carbon.grid_t_per_mwh
    return tonnes


def tonnes_t(plan: Plan, instance: Instance) -> Floats:
    """Return the tonnes of every period, by the carbon of the grid that the instance states [p]."""
    own_t = _own_t(plan, instance, sun=False) + _own_t(plan, instance, sun=True)
    return _contracts_t(plan, instance) + _hashing_t(plan, instance) + own_t


def check_carbon(plan: Plan, report: Report) -> None:
    """Check the tonnes of every period and the caps."""
    instance, carbon = report.instance, report.instance.carbon
    tonnes = tonnes_t(plan, instance)
    rows = Counter(row.period for row in plan.carbon)
    for p in range(instance.periods):
        if rows[p] != carbon.is_ruled:
            report.fail("one_row", f"{report.when(p)} in table carbon", rows[p], carbon.is_ruled)
    for row in plan.carbon:
        report.agree("carbon_table", f"carbon in {report.when(row.period)}", row.t_co2, float(tonnes[row.period]), "t")
    for y, year in enumerate(carbon.cap_years):
        counted, allowed = float(carbon.cap_frac[y] @ tonnes), float(carbon.cap_t[y])
        if report.exceeds(counted, allowed, "t"):
            report.fail("carbon_cap", f"carbon in {year}", counted, allowed, "t")


def post_carbon(plan: Plan, book: Book) -> None:
    """Contracts pay by their months, also after the horizon; all else by the period."""
    instance, carbon = book.instance, book.instance.carbon
    for row in plan.placements:
        gross_mw = row.racks * float(instance.contract_rack_mw[row.contract] * instance.design_ratio_mean[row.design])
        cost = gross_mw * carbon.contract_musd_per_gross_mw[row.contract, row.start]
        book.post("opex", "carbon of contracts", -cost, "supply")
    for item, tonnes, source in (
        ("carbon of contracts", _own_t(plan, instance, sun=False), "supply"),
        ("carbon of hashing and solar", _hashing_t(plan, instance) + _own_t(plan, instance, sun=True), "site"),
    ):
        book.post("opex", item, -np.append(tonnes * carbon.price_musd_per_t, 0.0), source)

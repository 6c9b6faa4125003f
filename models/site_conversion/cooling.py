"""Cooling: whole modules that carry heat to air and to liquid, and the water they evaporate.

added_modules[h, d, k, m]  integer  modules of medium m whose installation is ready at k
modules[h, d, k, m]        modules  installed at or before k (recursion)

hall_heat (balance)   heat_frac * fitted_it_mw + spare * capacity * converted <= capacity * modules

Capacity is already the one at the site's design temperature. The plant is sized for the fitted IT MW, with
the design's spare modules on top. Uses hall_heat and hall_floor; supplies water. Posts the modules' capex
over the same months as the hall's build.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

import pandas as pd
from pyomo.environ import Constraint, NonNegativeIntegers, NonNegativeReals, Var, value

from site_conversion.instance import CONVERSION, MEDIA
from site_conversion.lines import Line
from site_conversion.registers import linear
from site_conversion.site import Site

NAME = "cooling"


def most_modules(site: Site, h: int, d: int, m: int) -> int:
    """Modules that the hall's largest IT load can need, spares included: a bound from its feeders."""
    instance = site.instance
    most_mw = instance.hall_electrical_mw[h] / instance.design_ratio_peak[d]
    need = instance.design_heat_frac[d, m] * most_mw / instance.module_capacity_mw[d, m]
    return ceil(float(need) - 1e-9) + int(instance.design_spare_modules[d])


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    options, instance = site.options, site.instance
    index = [
        (h, d, k, m) for h, d, k in options.stages for m in range(len(MEDIA)) if instance.design_heat_frac[d, m] > 0
    ]
    b.added_modules = Var(
        index,
        domain=NonNegativeIntegers,
        bounds=lambda _, h, d, k, m: (0, most_modules(site, h, d, m)),
        doc="cooling modules ready with the period [modules]",
    )
    b.modules = Var(index, domain=NonNegativeReals, doc="cooling modules installed [modules]")

    def recursion(b: Any, h: int, d: int, k: int, m: int) -> Any:
        before = options.previous_stage[h, d, k]
        terms = [(1.0, b.modules[h, d, k, m]), (-1.0, b.added_modules[h, d, k, m])]
        return linear([*terms, (-1.0, b.modules[(*before, m)])] if before else terms) == 0

    b.modules_state = Constraint(index, rule=recursion, doc="installed = before + added now [modules]")
    for h, d, k, m in index:
        capacity = float(instance.module_capacity_mw[d, m])
        spare_mw = float(instance.design_spare_modules[d]) * capacity
        heat = site.fitted_it_mw.terms((h, d, k), float(instance.design_heat_frac[d, m]))
        site.hall_heat.use((h, d, k, m), [*heat, *site.converted.terms((h, d, k), spare_mw)])
        site.hall_heat.supply((h, d, k, m), [(capacity, b.modules[h, d, k, m])])
        floor_dam2 = float(instance.module_floor_m2[d, m]) / 1000
        site.hall_floor.use((h, d, k), [(floor_dam2, b.modules[h, d, k, m])])
        spend = float(instance.module_capex_musd[d, m]) * instance.build_spend_frac[h, d, k]
        site.ledger.post(Line.CAPEX, "cooling modules", -spend, b.added_modules[h, d, k, m])
        site.ledger.put_in_service(CONVERSION, k, float(spend.sum()), b.added_modules[h, d, k, m])
    for p in range(instance.periods):
        site.water.supply_constant(p, float(instance.water_limit_m3[p]) / 1000)


def first_stage(b: Any) -> Iterable[Var]:
    """Decisions that must be the same in every future."""
    return (b.added_modules,)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each installation: hall, design, readiness, medium, modules."""
    rows = [
        {
            "hall": h,
            "design": d,
            "ready": k,
            "medium": m,
            "modules": round(value(b.added_modules[h, d, k, m])),
        }
        for h, d, k, m in b.added_modules
        if round(value(b.added_modules[h, d, k, m])) > 0
    ]
    return pd.DataFrame(rows, columns=["hall", "design", "ready", "medium", "modules"])

"""Cooling: whole modules that carry heat to air and to liquid, and the water they evaporate.

modules[h, d, m]          integer  modules of medium m in the hall
installed[h, d, k, m]     modules  the same, if the hall's conversion is ready at k (so that their cost falls there)

one_installation      sum_k installed = modules
only_with_conversion  installed <= most_modules * convert
hall_heat (balance)   heat_frac * all that is ever fitted + spare * capacity * hall_design <= capacity * modules

The plant is built with the hall's conversion, for all the IT MW the hall will ever hold, with the design's spare
modules on top. Capacity is already the one at the site's design temperature. Uses hall_heat and hall_floor;
supplies water. Posts the modules' capex over the months of the conversion.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

import pandas as pd
from pyomo.environ import NonNegativeIntegers, NonNegativeReals, value

from site_conversion.instance import CONVERSION, MEDIA
from site_conversion.lines import Line, Source
from site_conversion.rows import Constraint, Var, linear
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
    media = range(len(MEDIA))
    plants = [(h, d, m) for h, d in options.halls_offered for m in media if instance.design_heat_frac[d, m] > 0]
    dated = [(h, d, k, m) for h, d, k in options.stages for m in media if instance.design_heat_frac[d, m] > 0]
    dates: dict[tuple[int, int, int], list[int]] = {}
    for h, d, k, m in dated:
        dates.setdefault((h, d, m), []).append(k)
    b.modules = Var(
        plants,
        domain=NonNegativeIntegers,
        bounds=lambda _, h, d, m: (0, most_modules(site, h, d, m)),
        doc="cooling modules of the hall [modules]",
    )
    b.installed = Var(dated, domain=NonNegativeReals, doc="modules installed with a conversion [modules]")
    b.one_installation = Constraint(
        plants,
        rule=lambda b, h, d, m: (
            linear([(-1.0, b.modules[h, d, m]), *((1.0, b.installed[h, d, k, m]) for k in dates[h, d, m])]) == 0
        ),
        doc="modules are installed at one date [modules]",
    )

    def with_conversion(b: Any, h: int, d: int, k: int, m: int) -> Any:
        most = -float(most_modules(site, h, d, m))
        return linear([(1.0, b.installed[h, d, k, m]), *site.convert.terms((h, d, k), most)]) <= 0

    b.only_with_conversion = Constraint(dated, rule=with_conversion, doc="modules come with the conversion [modules]")
    _share(b, site)


def _share(b: Any, site: Site) -> None:
    options, instance = site.options, site.instance
    for h, d, m in b.modules:
        capacity = float(instance.module_capacity_mw[d, m])
        heat = site.fitted_it_mw.terms(options.last_stages[h, d], float(instance.design_heat_frac[d, m]))
        spare = site.hall_design.terms((h, d), float(instance.design_spare_modules[d]) * capacity)
        site.hall_heat.use((h, d, m), [*heat, *spare])
        site.hall_heat.supply((h, d, m), [(capacity, b.modules[h, d, m])])
    floor_dam2 = instance.module_floor_m2 / 1000
    for h, d, e in options.peaks:
        for m in range(len(MEDIA)):
            if (h, d, m) in b.modules and floor_dam2[d, m] > 0:
                site.hall_floor.use((h, d, e), [(float(floor_dam2[d, m]), b.modules[h, d, m])])
    for h, d, k, m in b.installed:
        spend = float(instance.module_capex_musd[d, m]) * instance.build_spend_frac[h, d, k]
        site.ledger.post(Line.CAPEX, "cooling modules", -spend, b.installed[h, d, k, m], Source.BUILDINGS)
        site.ledger.put_in_service(CONVERSION, k, float(spend.sum()), b.installed[h, d, k, m])
    for p in range(instance.periods):
        site.water.supply_constant(p, float(instance.water_limit_m3[p]) / 1000)


def first_stage(b: Any) -> Iterable[Var]:
    """Decisions that must be the same in every future."""
    return (b.modules, b.installed)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each installation: hall, design, readiness, medium, modules."""
    rows = [
        {"hall": h, "design": d, "ready": k, "medium": m, "modules": round(value(b.installed[h, d, k, m]))}
        for h, d, k, m in b.installed
        if round(value(b.installed[h, d, k, m])) > 0
    ]
    return pd.DataFrame(rows, columns=["hall", "design", "ready", "medium", "modules"])

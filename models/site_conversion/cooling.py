"""Cooling: whole modules that carry heat to air and to liquid, and the water they evaporate.

modules[h, d, m]          integer  modules of medium m in the hall
installed[h, d, k, m]     modules  the same, if the hall's conversion is ready at k (so that their cost falls there)

one_installation      sum_k installed = modules
only_with_conversion  installed <= most_modules * convert
full_hall             of a hall of one bay: modules >= full * held - slope * (most * held - racks)
hall_heat (balance)   heat_frac * all that is ever fitted + spare * capacity * hall_design <= capacity * modules

The plant is built with the hall's conversion, for all the IT MW the hall will ever hold, with the design's spare
modules on top. Capacity is already the one at the site's design temperature. Uses hall_heat and hall_floor;
supplies water. Posts the modules' capex over the months of the conversion.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import NonNegativeIntegers, NonNegativeReals, value

from site_conversion.instance import CONVERSION, MEDIA
from site_conversion.lines import Line, Source
from site_conversion.options import ROUNDING, Place
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "cooling"


def most_modules(site: Site, h: int, d: int, m: int) -> int:
    """Modules that the hall's largest IT load can need, spares included: from its feeders, and what one bay holds."""
    instance = site.instance
    most_mw = instance.hall_electrical_mw[h] / instance.design_ratio_peak[d]
    if instance.hall_bays[h] == 1:
        most_mw = min(most_mw, site.options.most_it_mw[h, d].max(initial=0.0))
    need = instance.design_heat_frac[d, m] * most_mw / instance.module_capacity_mw[d, m]
    return ceil(float(need) - ROUNDING) + int(instance.design_spare_modules[d])


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
    _fill_halls(b, site)
    _share(b, site)


def _fill_halls(b: Any, site: Site) -> None:
    """Round the modules up where a hall is full: what follows for whole modules in a hall that one contract takes."""
    options, instance = site.options, site.instance
    by_contract: dict[tuple[int, int], dict[int, list[Place]]] = {}
    for place in options.places:
        h, d, c, _ = place
        if instance.hall_bays[h] == 1:
            by_contract.setdefault((h, d), {}).setdefault(c, []).append(place)
    rows: dict[tuple[int, int, int, int], list[Term]] = {}
    for (h, d), held in by_contract.items():
        for m in range(len(MEDIA)):
            if (h, d, m) in b.modules:
                for c, places in held.items():
                    # if nobody leaves before another comes, one contract at most is ever there
                    row = (h, d, m, c if (h, d) in options.halls_left else -1)
                    rows.setdefault(row, []).extend(_full_hall(site, m, places))
    b.full_hall = Constraint(
        list(rows),
        rule=lambda b, *row: linear([*rows[row], (-1.0, b.modules[row[:3]])]) <= 0,
        doc="whole modules of a full hall [modules]",
    )


def _full_hall(site: Site, m: int, places: list[Place]) -> list[Term]:
    """Modules of medium m that one contract needs, exact where it fills the hall or is not there."""
    options, instance = site.options, site.instance
    h, d, c, _ = places[0]
    most = int(min(options.racks_per_bay[h, d, c], instance.contract_racks[c]))
    by_rack = float(instance.design_heat_frac[d, m] * instance.contract_rack_mw[c] / instance.module_capacity_mw[d, m])
    full, slope = _at_the_full(by_rack, most)
    held = full + float(instance.design_spare_modules[d]) - slope * most
    bays = [term for place in places for term in site.taken_bays.terms(place, held)]
    return [*bays, *(term for place in places for term in site.racks.terms(place, slope))]


@lru_cache(maxsize=4096)
def _at_the_full(by_rack: float, most: int) -> tuple[float, float]:
    """Return the whole modules for so many racks, and the most by which they can be fewer for each rack less."""
    need = np.ceil(np.arange(most + 1) * by_rack - ROUNDING)
    return float(need[-1]), float(((need[-1] - need[:-1]) / (most - np.arange(most))).max())


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

"""Floor space: racks, cooling modules and electrical rooms share the floor of a converted hall.

open_floor_dam2[h, d, k]   thousand m2   floor of the hall that design d has opened

floor_opened          open_floor <= floor_m2 * converted
hall_floor (balance)  racks + modules + electrical_m2_per_mw * fitted_it_mw <= open_floor

Racks post their floor in gpu_systems, modules in cooling; electrical rooms are posted here. In thousand m2
so that the coefficients stay near one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from pyomo.environ import Constraint, NonNegativeReals, Var, value

from site_conversion.registers import linear
from site_conversion.site import Site

NAME = "floor_space"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints and shares of the balances."""
    options, instance = site.options, site.instance
    b.open_floor_dam2 = Var(options.stages, domain=NonNegativeReals, doc="floor opened by the design [1000 m2]")

    def opened(b: Any, h: int, d: int, k: int) -> Any:
        floor = -float(instance.hall_floor_m2[h]) / 1000
        return linear([(1.0, b.open_floor_dam2[h, d, k]), *site.converted.terms((h, d, k), floor)]) <= 0

    b.floor_opened = Constraint(options.stages, rule=opened, doc="no floor before conversion [1000 m2]")
    for h, d, k in options.stages:
        rooms = float(instance.design_electrical_m2_per_mw[d]) / 1000
        site.hall_floor.use((h, d, k), site.fitted_it_mw.terms((h, d, k), rooms))
        site.hall_floor.supply((h, d, k), [(1.0, b.open_floor_dam2[h, d, k])])


def first_stage(_: Any) -> Iterable[Var]:
    """Floor follows the halls: nothing to decide here."""
    return ()


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each opened stage: hall, design, period, floor opened in m2."""
    rows = [
        {"hall": h, "design": d, "period": k, "open_floor_m2": 1000 * value(b.open_floor_dam2[h, d, k])}
        for h, d, k in site.options.stages
        if value(b.open_floor_dam2[h, d, k]) > 1e-9
    ]
    return pd.DataFrame(rows, columns=["hall", "design", "period", "open_floor_m2"])

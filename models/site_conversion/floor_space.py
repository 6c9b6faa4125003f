"""Floor space: racks, cooling modules and electrical rooms share the floor of a converted hall.

hall_floor (balance)  racks in use + modules + electrical_m2_per_mw * fitted_it_mw <= floor_m2 * hall_design

Written at the hall's peaks only: between them what is in use only grows. Racks post their floor in gpu_systems,
modules in cooling; electrical rooms and the floor itself are posted here. In thousand m2, so that the
coefficients stay near one. No variable of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from site_conversion.registers import evaluate
from site_conversion.rows import Var
from site_conversion.site import Site

NAME = "floor_space"


def build(_: Any, site: Site) -> None:
    """Add the shares of the floor balance."""
    instance = site.instance
    for stage in site.options.peaks:
        h, d, _e = stage
        rooms = float(instance.design_electrical_m2_per_mw[d]) / 1000
        site.hall_floor.use(stage, site.fitted_it_mw.terms(stage, rooms))
        site.hall_floor.supply(stage, site.hall_design.terms((h, d), float(instance.hall_floor_m2[h]) / 1000))


def first_stage(_: Any) -> Iterable[Var]:
    """Floor follows the halls: nothing to decide here."""
    return ()


def read(_: Any, site: Site) -> pd.DataFrame:
    """One row for each stage of a converted hall: hall, design, period, floor open in m2."""
    ready = {stage[:2]: stage[2] for stage in site.options.stages if round(evaluate(site.convert.terms(stage)))}
    rows = [
        {"hall": h, "design": d, "period": k, "open_floor_m2": float(site.instance.hall_floor_m2[h])}
        for h, d, k in site.options.stages
        if (h, d) in ready and k >= ready[h, d]
    ]
    return pd.DataFrame(rows, columns=["hall", "design", "period", "open_floor_m2"])

"""Halls: which hall becomes what, when, and how much of it is fitted.

hall_design[h, d]        binary      hall h becomes design d at some time
convert[h, d, k]         binary      its conversion is ready at the start of k (it began build_start earlier)
converted[h, d, k]       0..1        ready at or before k (recursion over the hall's stages)
fitted_added_mw[h, d, k] MW          IT capacity whose fit-out is ready at k
fitted_mw[h, d, k]       MW          IT capacity fitted at or before k (recursion)
mining_space_mw[n, p]    MW          room left for ASICs of kind n

one_ready_date       sum_k convert = hall_design               (an explicit binary to branch on)
one_design           sum_d hall_design <= 1
hall_electrical      ratio_peak * fitted <= electrical_mw * converted
twin_order           of identical halls the earlier-named converts first (any plan can be so renamed)

A hall hashes until its strip-out: mining_space falls by mining_mw times the share of each period
lost, and never comes back. Owns the quantities hall_design, converted, fitted_it_mw; supplies
hall_bays, hall_it_mw and hash_space. Posts conversion capex over the months of the build.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import Binary, Constraint, NonNegativeReals, Var, value

from site_conversion.instance import CONVERSION, Floats
from site_conversion.lines import Line
from site_conversion.registers import Limit, linear
from site_conversion.site import Site

NAME = "halls"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    options, instance = site.options, site.instance
    b.hall_design = Var(options.halls_offered, domain=Binary, doc="hall becomes this design [1]")
    b.convert = Var(options.stages, domain=Binary, doc="conversion ready at the start of the period [1]")
    b.converted = Var(options.stages, bounds=(0, 1), doc="converted by the start of the period [1]")
    most_mw = {(h, d): instance.hall_electrical_mw[h] / instance.design_ratio_peak[d] for h, d in options.halls_offered}

    def mw_bounds(_: Any, h: int, d: int, k: int) -> tuple[float, float]:
        return 0.0, most_mw[h, d]

    b.fitted_added_mw = Var(options.stages, bounds=mw_bounds, doc="IT capacity fitted by the period [MW]")
    b.fitted_mw = Var(options.stages, bounds=mw_bounds, doc="IT capacity fitted so far [MW]")
    _write_rules(b, site)
    _order_twins(b, site)
    _share(b, site)
    _hashing(b, site)
    _post(b, site)


def _write_rules(b: Any, site: Site) -> None:
    options, instance = site.options, site.instance
    stages_of: dict[tuple[int, int], list[int]] = {}
    for h, d, k in options.stages:
        stages_of.setdefault((h, d), []).append(k)
    designs_of: dict[int, list[int]] = {}
    for h, d in options.halls_offered:
        designs_of.setdefault(h, []).append(d)

    b.one_ready_date = Constraint(
        options.halls_offered,
        rule=lambda b, h, d: sum(b.convert[h, d, k] for k in stages_of[h, d]) == b.hall_design[h, d],
        doc="a chosen design is ready at one date",
    )
    b.one_design = Constraint(
        list(designs_of),
        rule=lambda b, h: sum(b.hall_design[h, d] for d in designs_of[h]) <= 1,
        doc="a hall is converted once",
    )

    def recursion(state: Any, added: Any) -> Any:
        def rule(_: Any, *stage: int) -> Any:
            before = options.previous_stage[stage]  # type: ignore[index]
            terms = [(1.0, state[stage]), (-1.0, added[stage])]
            return linear([*terms, (-1.0, state[before])] if before else terms) == 0

        return rule

    b.converted_state = Constraint(
        options.stages, rule=recursion(b.converted, b.convert), doc="converted = before + ready now"
    )
    b.fitted_state = Constraint(
        options.stages, rule=recursion(b.fitted_mw, b.fitted_added_mw), doc="fitted = before + added now [MW]"
    )

    def electrical(b: Any, h: int, d: int, k: int) -> Any:
        ratio, most = float(instance.design_ratio_peak[d]), float(instance.hall_electrical_mw[h])
        return ratio * b.fitted_mw[h, d, k] - most * b.converted[h, d, k] <= 0

    b.hall_electrical = Constraint(options.stages, rule=electrical, doc="gross draw within the hall's feeders [MW]")
    site.state_limit(
        Limit(
            "hall_electrical", "MW", b.hall_electrical,
            lambda i: (f"electrical MW of {instance.halls[i[0]]} as {instance.designs[i[1]]}", i[2]),
        )
    )  # fmt: skip


def _order_twins(b: Any, site: Site) -> None:
    """Cut renamings of identical halls: by any date the first twin is converted if the second is."""
    options, instance = site.options, site.instance
    stages_of: dict[int, list[tuple[int, int]]] = {}
    for h, d, k in options.stages:
        stages_of.setdefault(h, []).append((k, d))

    def converted_by(h: int, k: int) -> Any:
        return sum(b.convert[h, d, other] for other, d in stages_of[h] if other <= k)

    pairs = [
        (h, k) for h in sorted(stages_of) if instance.hall_twin[h] >= 0 for k in sorted({k for k, _ in stages_of[h]})
    ]
    b.twin_order = Constraint(
        pairs,
        rule=lambda _, h, k: converted_by(h, k) <= converted_by(int(instance.hall_twin[h]), k),
        doc="identical halls convert in the order of their names",
    )


def _share(b: Any, site: Site) -> None:
    instance = site.instance
    for h, d in site.options.halls_offered:
        site.hall_design.add((h, d), 1.0, b.hall_design[h, d])
    for h, d, k in site.options.stages:
        site.converted.add((h, d, k), 1.0, b.converted[h, d, k])
        site.fitted_it_mw.add((h, d, k), 1.0, b.fitted_mw[h, d, k])
        site.hall_bays.supply((h, d, k), [(float(instance.hall_bays[h]), b.converted[h, d, k])])
        site.hall_it_mw.supply((h, d, k), [(1.0, b.fitted_mw[h, d, k])])


def _hashing(b: Any, site: Site) -> None:
    """Room for ASICs, by recursion: each period loses what strips out in it."""
    instance = site.instance
    kinds = range(len(instance.mining_kinds))
    space = [float(instance.hall_mining_mw[instance.hall_mining_kind == n].sum()) for n in kinds]
    lost: dict[tuple[int, int], list[tuple[float, Any]]] = {}
    for h, d, k in site.options.stages:
        if instance.hall_mining_kind[h] < 0:
            continue
        step = np.diff(instance.hashing_lost_frac[h, d, k], prepend=0.0) * instance.hall_mining_mw[h]
        for p in np.nonzero(step)[0].tolist():
            index = (int(instance.hall_mining_kind[h]), p)
            lost.setdefault(index, []).append((float(step[p]), b.convert[h, d, k]))
    indices = [(n, p) for n in kinds for p in range(instance.periods)]
    b.mining_space_mw = Var(indices, domain=NonNegativeReals, doc="room for ASICs [MW]")

    def recursion(b: Any, n: int, p: int) -> Any:
        terms = [(1.0, b.mining_space_mw[n, p]), *lost.get((n, p), [])]
        if p == 0:
            return linear(terms) == space[n]
        return linear([*terms, (-1.0, b.mining_space_mw[n, p - 1])]) == 0

    b.mining_space_state = Constraint(indices, rule=recursion, doc="room = before - stripped out [MW]")
    for n, p in indices:
        site.hash_space.supply((n, p), [(1.0, b.mining_space_mw[n, p])])


def _post(b: Any, site: Site) -> None:
    instance, ledger = site.instance, site.ledger
    for h, d, k in site.options.stages:
        for cost, variable in (
            (float(instance.conversion_fixed_musd[h, d]), b.convert[h, d, k]),
            (float(instance.conversion_musd_per_mw[h, d]), b.fitted_added_mw[h, d, k]),
        ):
            spend: Floats = cost * instance.build_spend_frac[h, d, k]
            ledger.post(Line.CAPEX, "conversion", -spend, variable)
            ledger.put_in_service(CONVERSION, k, float(spend.sum()), variable)


def first_stage(b: Any) -> Iterable[Var]:
    """Decisions that must be the same in every future."""
    return (b.hall_design, b.convert, b.fitted_added_mw)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each fit-out: hall, design, build start and readiness, IT MW, whether it converts the hall."""
    instance = site.instance
    rows = []
    for h, d, k in site.options.stages:
        added, convert = value(b.fitted_added_mw[h, d, k]), round(value(b.convert[h, d, k]))
        if added > 1e-9 or convert:
            rows.append(
                {
                    "hall": h, "design": d, "build_start": int(instance.build_start[h, d, k]), "ready": k,
                    "converts": bool(convert), "fitted_mw": added,
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=["hall", "design", "build_start", "ready", "converts", "fitted_mw"])

"""Halls: which hall becomes what, when, and how much of it is fitted.

hall_design[h, d]         binary  hall h becomes design d at some time
convert[h, d, k]          binary  its conversion is ready at the start of k (it began build_start earlier)
converted[h, d, k]        binary  ready at or before k (recursion over the hall's stages)
fitted_added_mw[h, d, k]  MW      IT capacity whose fit-out is ready at k; a variable only where space can be reused
fitted_mw[h, d, k]        MW      IT capacity fitted at or before k, at the same stages (recursion)
mining_space_mw[n, p]     MW      room for ASICs of kind n that is left at the end of p

one_ready_date    sum_k convert = hall_design               (an explicit binary to branch on)
one_design        sum_d hall_design <= 1
fitted_in_converted   ratio_peak * fitted <= electrical_mw * converted, where fit-out is a variable
hall_electrical   ratio_peak * all that is ever fitted <= electrical_mw * hall_design
open_enough       sum of IT MW * delivered, in service at e <= sum of most IT MW * converted, by groups of contracts
twin_order        of identical halls the earlier-named converts first (any plan can be so renamed)

Until some tenant may have left, fit-out is exactly what is placed, so no variable is needed; afterwards a new
tenant may move into old fit-out. A hall hashes until the day of its strip-out: mining_space falls by mining_mw and
never comes back; between two such days of a period (`mining_moments`) room is what still stands. Owns the quantities
hall_design, convert, fitted_it_mw; supplies hall_bays, hall_it_mw and hash_space. Posts conversion capex over the
months of the build.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pyomo.environ import Binary, NonNegativeReals, value

from site_conversion.instance import CONVERSION, Floats
from site_conversion.lines import Line, Source
from site_conversion.mining_moments import WIDTH, stripped
from site_conversion.options import Stage
from site_conversion.registers import Limit, LimitKind, evaluate
from site_conversion.rows import Constraint, Renaming, Term, Var, linear
from site_conversion.site import Site

NAME = "halls"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    options = site.options
    b.hall_design = Var(options.halls_offered, domain=Binary, doc="hall becomes this design [1]")
    b.convert = Var(options.stages, domain=Binary, doc="conversion ready at the start of the period [1]")
    b.converted = Var(options.stages, domain=Binary, doc="converted by the start of the period [1]")
    _convert_once(b, site)
    _order_twins(b, site)
    _open_enough(b, site)
    _share(b, site)
    _fit_out(b, site)
    _hashing(b, site)
    _post(b, site)


def _convert_once(b: Any, site: Site) -> None:
    options = site.options
    stages_of: dict[tuple[int, int], list[int]] = {}
    for h, d, k in options.stages:
        stages_of.setdefault((h, d), []).append(k)
    designs_of: dict[int, list[int]] = {}
    for h, d in options.halls_offered:
        designs_of.setdefault(h, []).append(d)

    b.one_ready_date = Constraint(
        options.halls_offered,
        rule=lambda b, h, d: (
            linear([(-1.0, b.hall_design[h, d]), *((1.0, b.convert[h, d, k]) for k in stages_of[h, d])]) == 0
        ),
        doc="a chosen design is ready at one date",
    )
    b.one_design = Constraint(
        list(designs_of),
        rule=lambda b, h: sum(b.hall_design[h, d] for d in designs_of[h]) <= 1,
        doc="a hall is converted once",
    )

    def recursion(b: Any, *stage: int) -> Any:
        before = options.previous_stage[stage]  # type: ignore[index]
        terms = [(1.0, b.converted[stage]), (-1.0, b.convert[stage])]
        return linear([*terms, (-1.0, b.converted[before])] if before else terms) == 0

    b.converted_state = Constraint(options.stages, rule=recursion, doc="converted = before + ready now")


def _order_twins(b: Any, site: Site) -> None:
    """Cut renamings of identical halls: by any date the first twin is converted if the second is."""
    options, instance = site.options, site.instance
    stages_of: dict[int, list[tuple[int, int]]] = {}
    for h, d, k in options.stages:
        stages_of.setdefault(h, []).append((k, d))

    def converted_by(h: int, k: int, sign: float) -> list[Term]:
        return [(sign, b.convert[h, d, other]) for other, d in stages_of[h] if other <= k]

    pairs = [
        (h, k) for h in sorted(stages_of) if instance.hall_twin[h] >= 0 for k in sorted({k for k, _ in stages_of[h]})
    ]
    b.twin_order = Renaming(
        pairs,
        rule=lambda _, h, k: (
            linear([*converted_by(h, k, 1.0), *converted_by(int(instance.hall_twin[h]), k, -1.0)]) <= 0
        ),
        doc="identical halls convert in the order of their names",
    )


def _open_enough(b: Any, site: Site) -> None:
    """State what follows for whole contracts, in binaries that the solver can cover: room open for all in service.

    Written where one of a group may start: elsewhere no more than before is in service, and no less is open.
    """
    options, instance = site.options, site.instance
    by_period: dict[int, list[Stage]] = {}
    for stage in options.stages:
        by_period.setdefault(stage[2], []).append(stage)
    latest: dict[tuple[int, int], Stage] = {}
    opened: dict[int, list[Stage]] = {}
    for k in sorted({*by_period, *options.events}):
        latest |= {stage[:2]: stage for stage in by_period.get(k, ())}
        opened[k] = list(latest.values())
    serving = {e: [(c, k) for c, k in options.starts if instance.in_service[c, k, e]] for e in options.events}
    contract_mw = (instance.contract_racks * instance.contract_rack_mw).tolist()
    groups = _alike(site)
    room = [options.most_it_mw[:, :, sorted(group)].max(axis=2).tolist() for group in groups]

    def rule(b: Any, n: int, e: int) -> Any:
        need = [term for c, k in serving[e] if c in groups[n] for term in site.delivered.terms((c, k), contract_mw[c])]
        halls = [
            (-room[n][stage[0]][stage[1]], b.converted[stage]) for stage in opened[e] if room[n][stage[0]][stage[1]]
        ]
        return linear([*need, *halls]) <= 0

    b.open_enough = Constraint(
        [(n, e) for n, group in enumerate(groups) for e in sorted({k for c, k in options.starts if c in group})],
        rule=rule,
        doc="room in converted halls for all contracts in service [MW of IT]",
    )


def _alike(site: Site) -> list[frozenset[int]]:
    """Return each contract by itself, and with all those that need one of its designs or fewer."""
    room = site.options.most_it_mw.max(axis=0, initial=0.0)
    designs = [frozenset(np.nonzero(room[:, c] > 0)[0].tolist()) for c in range(room.shape[1])]
    ones = [frozenset({c}) for c in range(len(designs)) if designs[c]]
    groups = [frozenset(c for c, own in enumerate(designs) if own and own <= wide) for wide in designs if wide]
    return list(dict.fromkeys([*ones, *groups]))


def _share(b: Any, site: Site) -> None:
    instance, options = site.instance, site.options
    for h, d in options.halls_offered:
        site.hall_design.add((h, d), 1.0, b.hall_design[h, d])
    for h, d, k in options.stages:
        site.convert.add((h, d, k), 1.0, b.convert[h, d, k])
        site.hall_bays.supply((h, d, k), [(float(instance.hall_bays[h]), b.converted[h, d, k])])


def _fit_out(b: Any, site: Site) -> None:
    """Fit-out is what is placed, until space can be reused; from then on it is a decision."""
    options, instance = site.options, site.instance
    reuse = set(options.reuse_stages)

    def bounds(_: Any, h: int, d: int, k: int) -> tuple[float, float]:
        return 0.0, float(instance.hall_electrical_mw[h] / instance.design_ratio_peak[d])

    b.fitted_added_mw = Var(options.reuse_stages, bounds=bounds, doc="IT capacity fitted by the period [MW]")
    b.fitted_mw = Var(options.reuse_stages, bounds=bounds, doc="IT capacity fitted so far [MW]")
    early: dict[tuple[int, int], list[Term]] = {}
    for stage in options.stages:
        h, d, _ = stage
        if stage in reuse:
            site.fitted_added_mw.add(stage, 1.0, b.fitted_added_mw[stage])
            site.fitted_it_mw.add(stage, 1.0, b.fitted_mw[stage])
            site.hall_it_mw.supply(stage, [(1.0, b.fitted_mw[stage])])
            continue
        placed = early.setdefault((h, d), [])
        placed.extend(site.starting_it_mw.terms(stage))
        for coefficient, variable in placed:
            site.fitted_it_mw.add(stage, coefficient, variable)

    def recursion(b: Any, *stage: int) -> Any:
        before = options.previous_stage[stage]  # type: ignore[index]
        terms = [(1.0, b.fitted_mw[stage]), (-1.0, b.fitted_added_mw[stage])]
        carried = (
            [(-1.0, b.fitted_mw[before])]
            if before in reuse
            else [(-c, v) for c, v in early.get((stage[0], stage[1]), [])]
        )
        return linear([*terms, *carried]) == 0

    b.fitted_state = Constraint(options.reuse_stages, rule=recursion, doc="fitted = before + added now [MW]")

    def within_converted(b: Any, h: int, d: int, k: int) -> Any:
        ratio, most = float(instance.design_ratio_peak[d]), float(instance.hall_electrical_mw[h])
        return linear([(ratio, b.fitted_mw[h, d, k]), (-most, b.converted[h, d, k])]) <= 0

    b.fitted_in_converted = Constraint(
        options.reuse_stages, rule=within_converted, doc="no fit-out before the conversion [MW]"
    )

    def electrical(b: Any, h: int, d: int) -> Any:
        ratio, most = float(instance.design_ratio_peak[d]), float(instance.hall_electrical_mw[h])
        fitted = site.fitted_it_mw.terms(options.last_stages[h, d], ratio)
        return linear([*fitted, (-most, b.hall_design[h, d])]) <= 0

    b.hall_electrical = Constraint(options.halls_offered, rule=electrical, doc="gross draw within the feeders [MW]")
    site.state_limit(
        Limit(
            "hall_electrical", "MW", b.hall_electrical,
            lambda i: (f"electrical MW of {instance.halls[i[0]]} as {instance.designs[i[1]]}", None),
            kind=LimitKind.HALL,
        )
    )  # fmt: skip


def added_terms(b: Any, site: Site, stage: Stage) -> list[Term]:
    """Return what is fitted at a stage: a variable where space can be reused, else what is placed there."""
    return [(1.0, b.fitted_added_mw[stage])] if stage in b.fitted_added_mw else site.starting_it_mw.terms(stage)


def _hashing(b: Any, site: Site) -> None:
    """Room for ASICs, by recursion: each period ends without what strips out in it, and has it until that day."""
    instance = site.instance
    kinds = range(len(instance.mining_kinds))
    space = [float(instance.hall_mining_mw[instance.hall_mining_kind == n].sum()) for n in kinds]
    stripped_out: dict[tuple[int, int], list[tuple[float, Term]]] = {}
    for stage in site.options.stages:
        kind, (p, gone) = int(instance.hall_mining_kind[stage[0]]), stripped(instance, stage)
        if kind >= 0 and p < instance.periods:
            term = (float(instance.hall_mining_mw[stage[0]]), b.convert[stage])
            stripped_out.setdefault((kind, p), []).append((gone, term))
    indices = [(n, p) for n in kinds if space[n] > 0 for p in range(instance.periods)]
    b.mining_space_mw = Var(indices, domain=NonNegativeReals, doc="room for ASICs at the end of the period [MW]")

    def recursion(b: Any, n: int, p: int) -> Any:
        terms = [(1.0, b.mining_space_mw[n, p]), *(term for _, term in stripped_out.get((n, p), ()))]
        if p == 0:
            return linear(terms) == space[n]
        return linear([*terms, (-1.0, b.mining_space_mw[n, p - 1])]) == 0

    b.mining_space_state = Constraint(indices, rule=recursion, doc="room = before - stripped out [MW]")
    for n, p in indices:
        for moment, gone in enumerate(site.mining_moments[n, p]):
            standing = [term for later, term in stripped_out.get((n, p), ()) if later > gone + WIDTH]
            site.hash_space.supply((n, p, moment), [(1.0, b.mining_space_mw[n, p]), *standing])


def _post(b: Any, site: Site) -> None:
    instance, ledger = site.instance, site.ledger
    for stage in site.options.stages:
        h, d, k = stage
        fixed, per_mw = float(instance.conversion_fixed_musd[h, d]), float(instance.conversion_musd_per_mw[h, d])
        costs = [(fixed, b.convert[stage]), *((per_mw * c, v) for c, v in added_terms(b, site, stage))]
        spend_frac: Floats = instance.build_spend_frac[h, d, k]
        whole = float(spend_frac.sum())
        for cost, variable in costs:
            ledger.post(Line.CAPEX, "conversion", -cost * spend_frac, variable, Source.BUILDINGS)
            ledger.put_in_service(CONVERSION, k, cost * whole, variable)


def first_stage(b: Any) -> Iterable[Var]:
    """Decisions that must be the same in every future."""
    return (b.hall_design, b.convert, b.fitted_added_mw)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each fit-out: hall, design, build start and readiness, IT MW, whether it converts the hall."""
    instance = site.instance
    rows = []
    for stage in site.options.stages:
        h, d, k = stage
        added, convert = evaluate(added_terms(b, site, stage)), round(value(b.convert[stage]))
        if added > 1e-9 or convert:
            rows.append(
                {
                    "hall": h, "design": d, "build_start": int(instance.build_start[h, d, k]), "ready": k,
                    "converts": bool(convert), "fitted_mw": added,
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=["hall", "design", "build_start", "ready", "converts", "fitted_mw"])

"""GPU systems: how many racks stand where, and what the owner's own racks cost.

placed_racks[h,d,c,k]  integer  racks of contract c in hall h (design d) from k to its end
live_racks[h, d, k]    racks    in use at a stage (recursion)
live_it_mw[h, d, k]    MW       their IT power (recursion)

whole_contract   sum_(h,d) placed_racks = racks_c * delivered     (whole or not at all)
bay_room         placed_racks <= racks_per_bay * taken_bays       (power and floor of the bay's share)

Uses hall_it_mw and hall_floor; owns the quantity placed_it_mw. A tenant's racks are its own; for GPU cloud
the owner buys them when service starts, replaces them at the end of their life, and sells them after.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from pyomo.environ import Constraint, NonNegativeIntegers, NonNegativeReals, Var, value

from site_conversion.lines import Line
from site_conversion.registers import linear
from site_conversion.site import Site

NAME = "gpu_systems"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    options, instance = site.options, site.instance

    def most(_: Any, h: int, d: int, c: int, k: int) -> tuple[int, int]:
        room = int(options.racks_per_bay[h, d, c] * options.most_bays[h, d, c])
        return 0, min(room, int(instance.contract_racks[c]))

    b.placed_racks = Var(options.places, domain=NonNegativeIntegers, bounds=most, doc="racks of the contract [racks]")
    b.live_racks = Var(options.stages, domain=NonNegativeReals, doc="racks in use [racks]")
    b.live_it_mw = Var(options.stages, domain=NonNegativeReals, doc="IT power in use [MW]")
    _write_rules(b, site)
    for h, d, c, k in options.places:
        site.placed_it_mw.add((c, d, k), float(instance.contract_rack_mw[c]), b.placed_racks[h, d, c, k])
    for stage in options.stages:
        site.hall_it_mw.use(stage, [(1.0, b.live_it_mw[stage])])
        site.hall_floor.use(stage, [(float(instance.design_rack_m2[stage[1]]) / 1000, b.live_racks[stage])])
    _post(b, site)


def _write_rules(b: Any, site: Site) -> None:
    options, instance = site.options, site.instance
    places_of: dict[tuple[int, int], list[tuple[int, int, int, int]]] = {}
    for place in options.places:
        places_of.setdefault(place[2:], []).append(place)
    b.whole_contract = Constraint(
        options.starts,
        rule=lambda b, c, k: (
            linear(
                [
                    *((1.0, b.placed_racks[place]) for place in places_of[c, k]),
                    *site.delivered.terms((c, k), -float(instance.contract_racks[c])),
                ]
            )
            == 0
        ),
        doc="every rack of a delivered contract stands somewhere [racks]",
    )
    b.bay_room = Constraint(
        options.places,
        rule=lambda b, *place: (
            linear(
                [
                    (1.0, b.placed_racks[place]),
                    *site.taken_bays.terms(place, -float(options.racks_per_bay[place[:3]])),
                ]
            )
            <= 0
        ),
        doc="racks within the bays taken [racks]",
    )

    def recursion(state: Any, weight: Any) -> Any:
        def rule(_: Any, *stage: int) -> Any:
            before = options.previous_stage[stage]  # type: ignore[index]
            terms = [(1.0, state[stage])]
            terms += [
                (-sign * float(weight[place[2]]), b.placed_racks[place])
                for sign, place in options.changes[stage]  # type: ignore[index]
            ]
            return linear([*terms, (-1.0, state[before])] if before else terms) == 0

        return rule

    ones = [1.0] * len(instance.contracts)
    b.live_racks_state = Constraint(
        options.stages, rule=recursion(b.live_racks, ones), doc="in use = before + begun - ended [racks]"
    )
    b.live_it_state = Constraint(
        options.stages,
        rule=recursion(b.live_it_mw, instance.contract_rack_mw),
        doc="in use = before + begun - ended [MW]",
    )


def _post(b: Any, site: Site) -> None:
    instance, ledger = site.instance, site.ledger
    for h, d, c, k in site.options.places:
        per_rack = 1.0 / float(instance.contract_racks[c])
        racks, name = b.placed_racks[h, d, c, k], instance.contracts[c]
        ledger.post(Line.CAPEX, f"{name} GPUs", -per_rack * instance.gpu_musd[c, k], racks)
        ledger.write_off(per_rack * instance.gpu_depreciation_musd[c, k], racks)


def first_stage(b: Any) -> Iterable[Var]:
    """Decisions that must be the same in every future."""
    return (b.placed_racks,)


def read(b: Any, site: Site) -> pd.DataFrame:
    """One row for each placement: contract, start, hall, design, racks, IT MW."""
    rack_mw = site.instance.contract_rack_mw
    rows = [
        {
            "contract": c, "start": k, "hall": h, "design": d,
            "racks": round(value(b.placed_racks[h, d, c, k])),
            "it_mw": round(value(b.placed_racks[h, d, c, k])) * float(rack_mw[c]),
        }
        for h, d, c, k in site.options.places
        if round(value(b.placed_racks[h, d, c, k])) > 0
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["contract", "start", "hall", "design", "racks", "it_mw"])

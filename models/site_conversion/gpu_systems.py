"""GPU systems: how many racks stand where, and what the owner's own racks cost.

racks[h, d, c]            integer  racks of contract c in hall h (design d)
placed_racks[h,d,c,k]     racks    the same, if the contract starts at k (whole, as it starts once)
live_it_mw[h, d, k]       MW       IT power in use, at the stages where space can be reused (recursion)

whole_contract   sum_(h,d) placed_racks = racks_c * delivered     (whole or not at all)
bay_room         placed_racks <= racks_per_bay * taken_bays       (power and floor of the bay's share)
one_place        sum_k placed_racks = racks

Uses hall_it_mw and hall_floor; owns racks, placed_it_mw and starting_it_mw. A tenant's racks are its own; for
GPU cloud the owner buys them when service starts, replaces them at the end of their life, and sells them after.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from pyomo.environ import NonNegativeIntegers, NonNegativeReals, value

from site_conversion.lines import Line, Source
from site_conversion.rows import Constraint, Var, linear
from site_conversion.site import Site

NAME = "gpu_systems"


def build(b: Any, site: Site) -> None:
    """Add variables, constraints, shares of the balances and cash lines."""
    options, instance = site.options, site.instance

    def most(h: int, d: int, c: int) -> int:
        room = int(options.racks_per_bay[h, d, c] * options.most_bays[h, d, c])
        return min(room, int(instance.contract_racks[c]))

    b.racks = Var(
        sorted({place[:3] for place in options.places}),
        domain=NonNegativeIntegers,
        bounds=lambda _, h, d, c: (0, most(h, d, c)),
        doc="racks of the contract in the hall [racks]",
    )
    b.placed_racks = Var(options.places, domain=NonNegativeReals, doc="racks of the contract from its start [racks]")
    b.live_it_mw = Var(options.reuse_stages, domain=NonNegativeReals, doc="IT power in use [MW]")
    _write_rules(b, site)
    _reuse(b, site)
    for h, d, c, k in options.places:
        rack_mw = float(instance.contract_rack_mw[c])
        site.racks.add((h, d, c, k), 1.0, b.placed_racks[h, d, c, k])
        site.placed_it_mw.add((c, d, k), rack_mw, b.placed_racks[h, d, c, k])
        site.starting_it_mw.add((h, d, k), rack_mw, b.placed_racks[h, d, c, k])
    for peak in options.peaks:
        rack_dam2 = float(instance.design_rack_m2[peak[1]]) / 1000
        site.hall_floor.use(peak, [(rack_dam2, b.placed_racks[place]) for place in options.active(peak)])
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

    by_hall: dict[tuple[int, int, int], list[int]] = {}
    for h, d, c, k in options.places:
        by_hall.setdefault((h, d, c), []).append(k)
    b.one_place = Constraint(
        list(by_hall),
        rule=lambda b, h, d, c: (
            linear([(-1.0, b.racks[h, d, c]), *((1.0, b.placed_racks[h, d, c, k]) for k in by_hall[h, d, c])]) == 0
        ),
        doc="racks stand in the hall from one start on [racks]",
    )


def _reuse(b: Any, site: Site) -> None:
    """Follow the IT power in use where one tenant may move into what was fitted for another."""
    options, rack_mw = site.options, site.instance.contract_rack_mw
    stages = set(options.reuse_stages)

    def recursion(b: Any, *stage: int) -> Any:
        before = options.previous_stage[stage]  # type: ignore[index]
        terms = [(1.0, b.live_it_mw[stage])]
        if before in stages:
            changes = options.changes[stage]  # type: ignore[index]
            terms += [(-sign * float(rack_mw[place[2]]), b.placed_racks[place]) for sign, place in changes]
            return linear([*terms, (-1.0, b.live_it_mw[before])]) == 0
        now = options.active(stage)  # type: ignore[arg-type]
        return linear([*terms, *((-float(rack_mw[place[2]]), b.placed_racks[place]) for place in now)]) == 0

    b.live_it_state = Constraint(options.reuse_stages, rule=recursion, doc="in use = before + begun - ended [MW]")
    for stage in options.reuse_stages:
        site.hall_it_mw.use(stage, [(1.0, b.live_it_mw[stage])])


def _post(b: Any, site: Site) -> None:
    instance, ledger = site.instance, site.ledger
    for h, d, c, k in site.options.places:
        per_rack = 1.0 / float(instance.contract_racks[c])
        racks, name = b.placed_racks[h, d, c, k], instance.contracts[c]
        ledger.post(Line.CAPEX, f"{name} GPUs", -per_rack * instance.gpu_musd[c, k], racks, Source.CONTRACTS)
        ledger.write_off(per_rack * instance.gpu_depreciation_musd[c, k], racks)


def first_stage(b: Any) -> Iterable[Var]:
    """Decisions that must be the same in every future."""
    return (b.racks, b.placed_racks)


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

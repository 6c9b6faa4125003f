"""Decisions that somebody has made, held in a compiled model: what is not named stays free.

Every decision is written as rows over the binaries of the components, so that components unknown to this page stay
free and nothing is built again. Held rows are exact; given a slack they say which decisions have to give way.

    taken       accept[c] = value                               offer c is taken (1) or not (0)
    start       delivered[c, k] = 1                             service of c starts with period k
    places      share of c's racks outside the halls = 0, racks in each of them >= 1
    converted   sum_d hall_design[h, d] = value                 hall h is converted (1) or not (0)
    design      hall_design[h, d] = 1
    build       sum over (d, k) in value of convert[h, d, k] = 1, and what the first service there needs is fitted with
                it: fitted_added[h, d, k] <= most * bays taken before k, for every other k
    works       the first of these rows alone: fit-out may come later, as a plan that has its works early may do
    modules     modules[h, d, m] = value * hall_design[h, d]    for every design d
    asked       taken[u] = value                                request u is made (1) or not (0)
    requested   request[u, q] = 1
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from site_conversion import cooling, gpu_systems, grid_upgrades, halls, tenants
from site_conversion.additions import AddedRow, with_rows
from site_conversion.assemble import Built
from site_conversion.handover import Arrays
from site_conversion.instance import Floats, Instance
from site_conversion.rows import Term
from site_conversion.solve import SolveOptions, solve

SLACK = 1e-6
"""A decision whose rows miss by less is kept."""


class Kind(StrEnum):
    """What a decision is about."""

    TAKEN = "taken"
    START = "start"
    PLACES = "places"
    CONVERTED = "converted"
    DESIGN = "design"
    BUILD = "build"
    WORKS = "works"
    MODULES = "modules"
    ASKED = "asked"
    REQUESTED = "requested"


@dataclass(frozen=True)
class Decision:
    """One decision: its index (contract, hall, hall and medium, or upgrade) and what is decided."""

    kind: Kind
    index: tuple[int, ...]
    value: int = 0
    """A period, a design, a count, or 0 and 1; not of PLACES, BUILD and WORKS."""
    halls: frozenset[int] = frozenset()
    """Of PLACES."""
    ready: frozenset[tuple[int, int]] = frozenset()
    """Of BUILD and WORKS: the (design, readiness) pairs that its works lead to."""


OF_A_HALL = (Kind.PLACES, Kind.CONVERTED, Kind.DESIGN, Kind.BUILD, Kind.WORKS, Kind.MODULES)
"""Decisions that tell halls with the same data apart."""


WHEN_BUILT = (Kind.BUILD, Kind.WORKS)
"""Decisions on when a hall is built."""


def with_room_for(instance: Instance, decisions: Iterable[Decision]) -> Instance:
    """Return the instance whose model offers what the decisions may be: building early, equal halls in any order.

    Both are left out of a plan because they cannot pay; somebody may have decided so all the same. Where nobody
    has, they stay out, as they make the search longer.
    """
    kinds = {decision.kind for decision in decisions}
    twins = instance.hall_twin if kinds.isdisjoint(OF_A_HALL) else np.full_like(instance.hall_twin, -1)
    return replace(instance, just_in_time=instance.just_in_time and kinds.isdisjoint(WHEN_BUILT), hall_twin=twins)


def hold(built: Built, arrays: Arrays, decisions: Sequence[Decision]) -> Arrays:
    """Return the arrays in which the decisions are held; they are infeasible if the model does not offer one."""
    writer = _Writer(built, arrays)
    rows = [row for decision in decisions for row in writer.rows(decision)]
    if not rows:
        return arrays
    return with_rows(_roomy(built, arrays, decisions), rows)


def give_way(
    built: Built, arrays: Arrays, decisions: Sequence[Decision], weights: Mapping[Kind, float], options: SolveOptions
) -> tuple[Decision, ...] | None:
    """Return the lightest set of decisions that must be given up for a plan to exist; None if none was found.

    Of equally light sets it is the one that leaves the plan of most value.

    Args:
        built: the model.
        arrays: its compiled form.
        decisions: what one would like to hold.
        weights: how much it takes to give up a decision of each kind.
        options: time limit of each search, and the gap of that for value; the weight is searched to the end.
    """
    writer = _Writer(built, arrays)
    rows = [(decision, row) for decision in decisions for row in writer.rows(decision)]
    held = with_rows(_roomy(built, arrays, decisions), [row for _, row in rows])
    first, count, width = len(arrays.rows), len(rows), len(arrays.columns)
    over = sp.csc_array((-np.ones(count), (first + np.arange(count), np.arange(count))), shape=(len(held.rows), count))
    slack = sp.hstack([over, -over])
    price = np.array([weights[d.kind] / max(1.0, abs(_size(d))) for d, _ in rows], dtype=np.float64)
    elastic = replace(
        held,
        cost=np.concatenate([np.zeros(width), -price, -price]),
        offset=0.0,
        matrix=sp.csc_array(sp.hstack([held.matrix, slack])),
        column_lower=np.concatenate([held.column_lower, np.zeros(2 * count)]),
        column_upper=np.concatenate([held.column_upper, np.full(2 * count, np.inf)]),
        integer=np.concatenate([held.integer, np.zeros(2 * count, dtype=np.bool_)]),
        columns=(*held.columns, *([None] * (2 * count))),
    )
    _, x = solve(elastic, replace(options, gap_frac=0.0))
    if x is None:
        return None
    x = _most_valuable(elastic, held, x, options)
    missed = x[width : width + count] + x[width + count :]
    given = {decision for (decision, _), amount in zip(rows, missed.tolist(), strict=True) if amount > SLACK}
    return tuple(decision for decision in decisions if decision in given)


def _most_valuable(elastic: Arrays, held: Arrays, lightest: Floats, options: SolveOptions) -> Floats:
    """Return the solution of most value among those that are as light, or the given one if the search finds none."""
    terms = tuple((float(elastic.cost[j]), int(j)) for j in np.nonzero(elastic.cost)[0])
    as_light = AddedRow("as_light", terms, lower=float(elastic.cost @ lightest) - SLACK, upper=np.inf)
    cost = np.concatenate([held.cost, np.zeros(len(elastic.columns) - len(held.columns))])
    _, x = solve(with_rows(replace(elastic, cost=cost), [as_light]), options, start=dict(enumerate(lightest.tolist())))
    return lightest if x is None else x


def _size(decision: Decision) -> float:
    return float(decision.value) if decision.kind is Kind.MODULES else 1.0


def at_values(arrays: Arrays, values: Mapping[int, float]) -> Arrays:
    """Return the arrays with columns fixed at values, so that only what is not named is left to decide."""
    lower, upper = arrays.column_lower.copy(), arrays.column_upper.copy()
    for j, value in values.items():
        lower[j] = upper[j] = value
    return replace(arrays, column_lower=lower, column_upper=upper)


def decisions_in(instance: Instance, tables: Mapping[str, pd.DataFrame]) -> tuple[Decision, ...]:
    """Return every decision of a plan's tables, what it leaves out included."""
    return (*_contracts_in(instance, tables), *_halls_in(instance, tables), *_upgrades_in(instance, tables))


def _contracts_in(instance: Instance, tables: Mapping[str, pd.DataFrame]) -> Iterable[Decision]:
    placed = tables[gpu_systems.NAME]
    for c in range(len(instance.contracts)):
        here = placed[placed["contract"] == c]
        yield Decision(Kind.TAKEN, (c,), int(len(here) > 0))
        if len(here):
            yield Decision(Kind.START, (c,), int(here["start"].iloc[0]))
            yield Decision(Kind.PLACES, (c,), halls=frozenset(int(h) for h in here["hall"]))


def _halls_in(instance: Instance, tables: Mapping[str, pd.DataFrame]) -> Iterable[Decision]:
    fitted, plant = tables[halls.NAME], tables[cooling.NAME]
    for h in range(len(instance.halls)):
        here = fitted[(fitted["hall"] == h) & fitted["converts"].astype(bool)]
        yield Decision(Kind.CONVERTED, (h,), int(len(here) > 0))
        if not len(here):
            continue
        d, begun = int(here["design"].iloc[0]), int(here["build_start"].iloc[0])
        yield Decision(Kind.DESIGN, (h,), d)
        yield Decision(Kind.BUILD, (h,), ready=ready_by_works(instance, h, {d: begun}))
        for m in range(instance.design_heat_frac.shape[1]):
            if instance.design_heat_frac[d, m] > 0:
                count = plant[(plant["hall"] == h) & (plant["medium"] == m)]["modules"].sum()
                yield Decision(Kind.MODULES, (h, m), round(float(count)))


def as_planned(decision: Decision) -> Decision:
    """Leave open when a hall is fitted out, which a plan decides apart from its works and a proposal does not."""
    return replace(decision, kind=Kind.WORKS) if decision.kind is Kind.BUILD else decision


def ready_by_works(instance: Instance, h: int, begun: Mapping[int, int]) -> frozenset[tuple[int, int]]:
    """Return the (design, readiness) pairs of a hall whose works begin with begun[design]."""
    return frozenset(
        (d, k) for d, s in begun.items() for k in np.nonzero(instance.build_start[h, d] == s)[0].tolist() if s >= 0
    )


def _upgrades_in(instance: Instance, tables: Mapping[str, pd.DataFrame]) -> Iterable[Decision]:
    requests = tables[grid_upgrades.NAME]
    for u in range(len(instance.upgrades)):
        here = requests[requests["upgrade"] == u]
        yield Decision(Kind.ASKED, (u,), int(len(here) > 0))
        if len(here):
            yield Decision(Kind.REQUESTED, (u,), int(here["requested"].iloc[0]))


class _Writer:
    """Writes decisions as rows over the compiled columns."""

    def __init__(self, built: Built, arrays: Arrays) -> None:
        self.instance = built.site.instance
        self.column = {id(variable): j for j, variable in enumerate(arrays.columns)}
        self.b = {part.NAME: built.block(part) for part in (tenants, gpu_systems, halls, cooling, grid_upgrades)}

    def rows(self, decision: Decision) -> list[AddedRow]:
        """Return the rows that hold a decision."""
        if decision.kind is Kind.PLACES:
            return self._places(decision)
        if decision.kind is Kind.MODULES:
            return self._modules(decision)
        terms = [(1.0, variable) for variable in self._chosen(decision)]
        yes_or_no = decision.kind in (Kind.TAKEN, Kind.CONVERTED, Kind.ASKED)
        amount = float(decision.value) if yes_or_no else 1.0
        row = self._row(decision, terms, amount, amount)
        return [row, *self._fitted_with_works(decision)] if decision.kind is Kind.BUILD else [row]

    def _fitted_with_works(self, decision: Decision) -> Iterable[AddedRow]:
        """Write that fit-out follows the works only for those who come after the first."""
        (h,), fitted = decision.index, self.b[halls.NAME].fitted_added_mw
        bays = [(index, variable) for index, variable in self.b[tenants.NAME].taken_bays.items() if index[0] == h]
        for (hall, d, k), variable in fitted.items():
            if hall == h and (d, k) not in decision.ready:
                most = float(self.instance.hall_electrical_mw[h] / self.instance.design_ratio_peak[d])
                before = [(-1.0, taken) for (_, other, _, start), taken in bays if other == d and start < k]
                yield self._row(decision, [(1.0 / most, variable), *before], -np.inf, 0.0)

    def _chosen(self, decision: Decision) -> list[Any]:
        """Return the binaries of which one is 1 if the decision is held (none where the answer is no)."""
        i, value = decision.index[0], decision.value
        offers, requests, places = self.b[tenants.NAME], self.b[grid_upgrades.NAME], self.b[halls.NAME]
        if decision.kind is Kind.CONVERTED:
            return [variable for (h, _), variable in places.hall_design.items() if h == i]
        if decision.kind in WHEN_BUILT:
            return [places.convert[i, d, k] for d, k in sorted(decision.ready) if (i, d, k) in places.convert]
        family, index = {
            Kind.TAKEN: (offers.accept, i),
            Kind.START: (offers.delivered, (i, value)),
            Kind.DESIGN: (places.hall_design, (i, value)),
            Kind.ASKED: (requests.taken, i),
            Kind.REQUESTED: (requests.request, (i, value)),
        }[decision.kind]
        return [family[index]] if index in family else []

    def _places(self, decision: Decision) -> list[AddedRow]:
        (c,), racks = decision.index, self.b[gpu_systems.NAME].racks
        share = 1.0 / float(self.instance.contract_racks[c])
        inside: dict[int, list[Term]] = {h: [] for h in sorted(decision.halls)}
        outside: list[Term] = []
        for (h, _, other), variable in racks.items():
            if other == c:
                inside.get(h, outside).append((1.0, variable))
        return [
            self._row(decision, [(share, variable) for _, variable in outside], -np.inf, 0.0),
            *(self._row(decision, terms, 1.0, np.inf) for terms in inside.values()),
        ]

    def _modules(self, decision: Decision) -> list[AddedRow]:
        h, m = decision.index
        modules, chosen = self.b[cooling.NAME].modules, self.b[halls.NAME].hall_design
        return [
            self._row(decision, [(1.0, variable), (-float(decision.value), chosen[h, d])], 0.0, 0.0)
            for (hall, d, medium), variable in modules.items()
            if (hall, medium) == (h, m)
        ]

    def _row(self, decision: Decision, terms: Iterable[Term], lower: float, upper: float) -> AddedRow:
        found = [(c, self.column[id(variable)]) for c, variable in terms if id(variable) in self.column]
        return AddedRow(f"held.{decision.kind.value}{list(decision.index)}", tuple(found), lower, upper)


def _roomy(built: Built, arrays: Arrays, decisions: Sequence[Decision]) -> Arrays:
    """Let a hall have as many cooling modules as was decided: the model's bound is what it can need."""
    wanted = {d.index: d.value for d in decisions if d.kind is Kind.MODULES}
    if not wanted:
        return arrays
    plant, column = built.block(cooling), {id(variable): j for j, variable in enumerate(arrays.columns)}
    row_of = {id(row): i for i, row in enumerate(arrays.rows)}
    matrix, upper = sp.lil_array(arrays.matrix), arrays.column_upper.copy()
    for (h, _, m), variable in plant.modules.items():
        j = column.get(id(variable))
        if j is not None and (h, m) in wanted:
            upper[j] = max(upper[j], float(wanted[h, m]))
    for (h, d, k, m), data in plant.only_with_conversion.items():
        i, j = row_of.get(id(data)), column.get(id(built.block(halls).convert[h, d, k]))
        if i is not None and j is not None and (h, m) in wanted:
            matrix[i, j] = min(float(matrix[i, j]), -float(wanted[h, m]))
    return replace(arrays, matrix=sp.csc_array(matrix), column_upper=upper)

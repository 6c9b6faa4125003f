"""Plans that are nearly as good and decide otherwise: the decisions people speak of, and how far two plans are apart.

A plan's choices are offers with size and calendar year of start, halls by design, grid requests, on-site supply and
hosted machines. How far a plan is from an earlier one is counted in MW of critical IT:

    offers     |MW taken of the offer - MW taken before|
    years      MW taken of the offer in both, where service starts in another calendar year
    halls      MW that the design's halls hold less than before:  sum_(d, class) mw * max(0, n_before - n)
    requests   MW of requests made before and not now
    supply     firm MW of on-site supply ordered before, where none is ordered now
    hosted     MW of customers' machines taken in one only, or from another year

Equal halls (`hall_twin`) are counted, not named, so swapping them is no difference. Of halls, requests and supply
only what is given up counts: building more than before serves another offer or another year (counted there), replaces
something given up (counted there), or serves nothing. Counts use ordered binaries:

    n[class, d] = sum_i step[class, d, i],  step[i+1] <= step[i],  so max(0, n' - n) = sum_(i <= n') (1 - step[i])
    is_ordered[g] <= sum_q ordered[g, q] <= most * is_ordered[g]

Given plans 1..J, the best that differs maximises NPV with each distance at or above its smallest part, and its bound
proves what no such plan is worth; the farthest maximises t with t <= each distance and NPV at or above a floor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from site_conversion import asic_hosting, gpu_systems, grid_upgrades, halls, onsite_supply, tenants
from site_conversion.additions import AddedColumn, AddedRow, Cell, with_columns, with_objective, with_rows
from site_conversion.assemble import Built
from site_conversion.choices import Choices, hall_class, in_common
from site_conversion.handover import Arrays
from site_conversion.instance import Floats, Instance

FAR_MW = 1e6
"""No two plans are as far apart."""

SOME_MW = 1.0
"""What counts for a request that adds no MW: it must not weigh nothing, or nobody would see it given up."""

LEAST = 0.999
"""Share of the smallest difference that counts as one, for the solver's tolerance."""


@dataclass(frozen=True)
class Distance:
    """sum(coefficient * column) + constant, MW of critical IT."""

    terms: tuple[Cell, ...]
    constant: float

    def of(self, x: Floats) -> float:
        """Return the distance of a solution."""
        return self.constant + sum(c * float(x[j]) for c, j in self.terms)


@dataclass
class _Terms:
    """A distance being written."""

    cells: list[Cell] = field(default_factory=list)
    constant: float = 0.0

    def if_not(self, mw: float, columns: Iterable[int]) -> None:
        """Count MW unless one of the columns is chosen."""
        self.constant += mw
        self.cells.extend((-mw, j) for j in columns)

    def if_any(self, mw: float, columns: Iterable[int]) -> None:
        """Count MW if one of the columns is chosen."""
        self.cells.extend((mw, j) for j in columns)


class DecisionSpace:
    """The choices of a compiled model: read from solutions, written as distances, held."""

    def __init__(self, built: Built, arrays: Arrays) -> None:
        """Find the columns of every choice, and add those that count equal halls and orders."""
        self.instance: Instance = built.site.instance
        self._column = {id(variable): j for j, variable in enumerate(arrays.columns)}
        self._accept = self._columns(built.block(tenants).accept)
        self._delivered = self._columns(built.block(tenants).delivered)
        self._hall_design = self._columns(built.block(halls).hall_design)
        self._racks = self._columns(built.block(gpu_systems).racks)
        self._asked = self._columns(built.block(grid_upgrades).taken)
        self._ordered = self._columns(built.block(onsite_supply).ordered)
        self._host = self._columns(built.block(asic_hosting).host)
        self._host_starts: dict[int, dict[int, int]] = {}
        for (i, k), j in self._host.items():
            self._host_starts.setdefault(i, {})[k] = j
        self._members = _members(self.instance, self._hall_design)
        self._step: dict[tuple[int, int, int], int] = {}
        self._is_ordered: dict[int, int] = {}
        self.arrays = self._counted(arrays)
        least_ratio = float(self.instance.design_ratio_peak.min(initial=np.inf))
        self._ratio = least_ratio if np.isfinite(least_ratio) else 1.0

    def _columns(self, family: Any) -> dict[Any, int]:
        return {index: self._column[id(family[index])] for index in family if id(family[index]) in self._column}

    def _counted(self, arrays: Arrays) -> Arrays:
        """Add the ordered binaries behind the columns of the model."""
        added: list[AddedColumn] = []
        rows: list[AddedRow] = []
        width = len(arrays.columns)
        for (h, d), members in self._members.items():
            steps = [width + len(added) + i for i in range(len(members))]
            added += [AddedColumn(f"step[{h},{d},{i}]", 0.0, 1.0, is_integer=True) for i in range(len(members))]
            self._step |= {(h, d, i): j for i, j in enumerate(steps)}
            counted = [*((1.0, j) for j in steps), *((-1.0, self._hall_design[hall, d]) for hall in members)]
            rows.append(AddedRow(f"halls_counted[{h},{d}]", tuple(counted), 0.0, 0.0))
            rows += [
                AddedRow(f"in_order[{h},{d},{i}]", ((1.0, steps[i]), (-1.0, steps[i - 1])), -np.inf, 0.0)
                for i in range(1, len(members))
            ]
        for g in sorted({g for g, _ in self._ordered}):
            j = self._is_ordered[g] = width + len(added)
            added.append(AddedColumn(f"is_ordered[{g}]", 0.0, 1.0, is_integer=True))
            orders = [column for (supply, _), column in self._ordered.items() if supply == g]
            most = float(arrays.column_upper[orders].sum())
            units = [(1.0, column) for column in orders]
            rows.append(AddedRow(f"ordered_if[{g}]", (*units, (-most, j)), -np.inf, 0.0))
            rows.append(AddedRow(f"ordered_then[{g}]", (*units, (-1.0, j)), 0.0, np.inf))
        return with_rows(with_columns(arrays, added), rows)

    # --- reading --------------------------------------------------------------------------------------------

    def read(self, x: Floats) -> Choices:
        """Return the choices of a solution, of the model alone or with what was added."""
        offer_of, year = self.instance.contract_terms.offer_of, self._year
        taken = [(c, k) for (c, k), j in self._delivered.items() if round(x[j])]
        used = {(h, d) for (h, d, _), j in self._racks.items() if round(x[j])}
        counts = {(h, d): sum((hall, d) in used for hall in members) for (h, d), members in self._members.items()}
        units: dict[int, int] = {}
        for (g, _), j in self._ordered.items():
            units[g] = units.get(g, 0) + round(x[j])
        return Choices(
            offers={int(offer_of[c]): (c, year(k)) for c, k in sorted(taken)},
            halls={key: count for key, count in counts.items() if count},
            requests=frozenset(u for u, j in self._asked.items() if round(x[j])),
            supplies={g: count for g, count in units.items() if count},
            hosted={i: year(k) for (i, k), j in self._host.items() if round(x[j])},
        )

    def _year(self, k: int) -> int:
        return self.instance.period_start[k].year

    # --- what a choice weighs ---------------------------------------------------------------------------------

    def offer_mw(self, c: int) -> float:
        """Return the IT MW of a contract."""
        return float(self.instance.contract_it_mw[c])

    def hall_mw(self, h: int, d: int) -> float:
        """Return the IT MW that a hall can hold in a design."""
        return float(self.instance.hall_electrical_mw[h] / self.instance.design_ratio_peak[d])

    def request_mw(self, u: int) -> float:
        """Return the IT MW that a grid request could serve."""
        instance = self.instance
        gains = (instance.upgrade_firm_mw[u], instance.upgrade_ai_mw[u], instance.upgrade_substation_mw[u])
        most = max((float(gain) for gain in gains if np.isfinite(gain)), default=0.0)
        return most / self._ratio if most > 0 else SOME_MW

    def supply_mw(self, g: int, units: int) -> float:
        """Return the IT MW that units of a supply could serve."""
        supply = self.instance.supply
        return units * float(supply.firm_mw_per_unit[g] or supply.unit_mw[g]) / self._ratio or SOME_MW

    def hosted_mw(self, i: int) -> float:
        """Return the IT MW that could stand in the place of hosted machines."""
        return float(self.instance.hosting.mw[i]) / self._ratio

    # --- distances ------------------------------------------------------------------------------------------

    def distance(self, before: Choices) -> Distance:
        """Return how far a plan is from one with these choices."""
        terms = _Terms()
        for o in range(len(self.instance.contract_terms.offers)):
            self._offer_distance(terms, o, before.offers.get(o))
        self._built_distance(terms, before)
        for i, starts in self._host_starts.items():
            if i in before.hosted:
                terms.if_not(self.hosted_mw(i), (j for k, j in starts.items() if self._year(k) == before.hosted[i]))
            else:
                terms.if_any(self.hosted_mw(i), starts.values())
        return Distance(tuple(terms.cells), terms.constant)

    def _offer_distance(self, terms: _Terms, o: int, before: tuple[int, int] | None) -> None:
        """MW taken more or less; where both take it, the MW that start in another year."""
        sizes = [c for c in self.instance.contract_terms.sizes(o) if c in self._accept]
        if before is None:
            for c in sizes:
                terms.if_any(self.offer_mw(c), [self._accept[c]])
            return
        was_mw, year = self.offer_mw(before[0]), before[1]
        terms.if_not(was_mw, (self._accept[c] for c in sizes))
        for c in sizes:
            terms.if_any(abs(self.offer_mw(c) - was_mw), [self._accept[c]])
            others = [j for (other, k), j in self._delivered.items() if other == c and self._year(k) != year]
            terms.if_any(min(self.offer_mw(c), was_mw), others)

    def _built_distance(self, terms: _Terms, before: Choices) -> None:
        """What was built, asked for or ordered and is not now."""
        for (h, d), count in before.halls.items():
            for i in range(count):
                terms.if_not(self.hall_mw(h, d), [self._step[h, d, i]])
        for u in before.requests:
            terms.if_not(self.request_mw(u), [self._asked[u]])
        for g, units in before.supplies.items():
            terms.if_not(self.supply_mw(g, units), [self._is_ordered[g]])

    def settled(self, plans: Sequence[Choices]) -> Distance:
        """Return how much a plan gives up of what all these have in common, and takes of what none takes."""
        terms, common = _Terms(), in_common(plans)
        known = set().union(*(plan.offers for plan in plans))
        for o in range(len(self.instance.contract_terms.offers)):
            sizes = [c for c in self.instance.contract_terms.sizes(o) if c in self._accept]
            if o in common.offers:
                terms.if_not(self.offer_mw(common.offers[o][0]), (self._accept[c] for c in sizes))
            elif o not in known:
                for c in sizes:
                    terms.if_any(self.offer_mw(c), [self._accept[c]])
        self._built_distance(terms, common)
        hosted = set().union(*(plan.hosted for plan in plans))
        for i, starts in self._host_starts.items():
            if i in common.hosted:
                terms.if_not(self.hosted_mw(i), starts.values())
            elif i not in hosted:
                terms.if_any(self.hosted_mw(i), starts.values())
        return Distance(tuple(terms.cells), terms.constant)

    def least_mw(self, distances: Iterable[Distance]) -> float:
        """Return the smallest difference that the distances can tell: each of their parts is none or at least this."""
        return min((abs(c) for distance in distances for c, _ in distance.terms if abs(c) > 1e-9), default=1.0)

    # --- problems -------------------------------------------------------------------------------------------

    def apart(self, arrays: Arrays, distances: Sequence[Distance]) -> Arrays:
        """Return the arrays whose plans differ by every distance: by the least that it can tell, or more."""
        rows = []
        for i, distance in enumerate(distances):
            least = LEAST * self.least_mw([distance])
            rows.append(AddedRow(f"apart[{i}]", distance.terms, least - distance.constant, np.inf))
        return with_rows(arrays, rows)

    def farthest(self, arrays: Arrays, distances: Sequence[Distance]) -> Arrays:
        """Return the arrays that maximise the least of the distances.

        Args:
            arrays: those of this space, with further rows: a floor of the NPV, a ceiling of capital.
            distances: to the plans found so far, or one to be made large.
        """
        wider = with_columns(arrays, [AddedColumn("distance_mw", 0.0, FAR_MW, is_integer=False)])
        last = len(wider.columns) - 1
        rows = [
            AddedRow(f"far_from[{i}]", ((1.0, last), *((-c, j) for c, j in distance.terms)), -np.inf, distance.constant)
            for i, distance in enumerate(distances)
        ]
        return with_objective(with_rows(wider, rows), [(1.0, last)])

    def held(self, arrays: Arrays, choices: Choices) -> Arrays:
        """Return the arrays with the offers and years of a plan, and no more built, asked for or ordered than it has.

        What serves nothing falls away when the rest is made best, and no distance becomes smaller.
        """
        rows = [*self._held_offers(choices), *self._held_hosting(choices)]
        for (h, d), members in self._members.items():
            count = float(choices.halls.get((h, d), 0))
            rows.append(self._row(f"halls[{h},{d}]", (self._hall_design[hall, d] for hall in members), 0.0, count))
        rows += [self._row(f"asked[{u}]", [j], 0.0, float(u in choices.requests)) for u, j in self._asked.items()]
        rows += [self._row(f"supply[{g}]", [j], 0.0, float(g in choices.supplies)) for g, j in self._is_ordered.items()]
        return with_rows(arrays, rows)

    def neighbours(self, arrays: Arrays, choices: Choices) -> Iterable[Arrays]:
        """Return, for each offer, the arrays in which all others are taken from the same year as in a plan, or not.

        A search among them is short, and where a plan nearly as good exists it mostly differs by little.
        """
        for o in range(len(self.instance.contract_terms.offers)):
            sizes = self.instance.contract_terms.sizes(o)
            yield with_rows(arrays, [*self._held_offers(choices, sizes), *self._held_hosting(choices)])

    def _held_offers(self, choices: Choices, free: Sequence[int] = ()) -> Iterable[AddedRow]:
        chosen = dict(choices.offers.values())
        for c, j in self._accept.items():
            taken = float(c in chosen)
            if c not in free:
                yield self._row(f"accept[{c}]", [j], taken, taken)
        for c, year in chosen.items():
            if c in free:
                continue
            same = [j for (other, k), j in self._delivered.items() if other == c and self._year(k) == year]
            yield self._row(f"year[{c}]", same, 1.0, 1.0)

    def _held_hosting(self, choices: Choices) -> Iterable[AddedRow]:
        for i, starts in self._host_starts.items():
            yield self._row(f"hosted[{i}]", starts.values(), *([float(i in choices.hosted)] * 2))
            if i in choices.hosted:
                same = [j for k, j in starts.items() if self._year(k) == choices.hosted[i]]
                yield self._row(f"hosted_year[{i}]", same, 1.0, 1.0)

    @staticmethod
    def _row(name: str, columns: Iterable[int], lower: float, upper: float) -> AddedRow:
        return AddedRow(f"held.{name}", tuple((1.0, j) for j in columns), lower, upper)


def _members(instance: Instance, offered: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[int]]:
    """Return the halls of each class that may become each design."""
    members: dict[tuple[int, int], list[int]] = {}
    for h, d in sorted(offered):
        members.setdefault((hall_class(instance, h), d), []).append(h)
    return members

"""What a proposal leaves possible, looked up by contract, hall and request: the ground of the direct checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.studies.proposals.decisions import Ground
from site_conversion.fixing import Decision, Kind
from site_conversion.instance import Bools, Floats, Instance


@dataclass(frozen=True)
class Asked:
    """Decisions by kind and index, and what they leave open. Letters as in Instance."""

    ground: Ground
    decisions: tuple[Decision, ...]

    @cached_property
    def _by_index(self) -> dict[tuple[Kind, tuple[int, ...]], Decision]:
        return {(decision.kind, decision.index): decision for decision in self.decisions}

    @property
    def instance(self) -> Instance:
        """The arrays of the case."""
        return self.ground.instance

    def get(self, kind: Kind, *index: int) -> Decision | None:
        """Return the decision, None if it is open."""
        return self._by_index.get((kind, index))

    def some(self, *wanted: tuple[Kind, int]) -> tuple[Decision, ...]:
        """Return those of the decisions that were made."""
        return tuple(found for kind, i in wanted if (found := self.get(kind, i)) is not None)

    @cached_property
    def taken(self) -> list[int]:
        """Contracts that are taken for certain."""
        return [c for c in range(len(self.instance.contracts)) if (d := self.get(Kind.TAKEN, c)) and d.value]

    def left_out(self, contracts: Sequence[int]) -> bool:
        """Whether none of the contracts (the sizes of an offer) is taken."""
        answers = [self.get(Kind.TAKEN, c) for c in contracts]
        return all(answer is not None and not answer.value for answer in answers)

    def starts(self, c: int) -> list[int]:
        """Periods with which the contract may begin."""
        start = self.get(Kind.START, c)
        if start is not None:
            return [start.value] if start.value >= 0 else []
        return np.nonzero(self.instance.start_allowed[c])[0].tolist()

    def halls(self, c: int) -> list[int]:
        """Halls in which the contract may stand."""
        places = self.get(Kind.PLACES, c)
        if places is not None:
            return sorted(places.halls)
        return [h for h in range(len(self.instance.halls)) if (d := self.get(Kind.CONVERTED, h)) is None or d.value]

    def designs(self, h: int) -> list[int]:
        """Designs that the hall may have."""
        design = self.get(Kind.DESIGN, h)
        return np.nonzero(self.instance.design_allowed[h])[0].tolist() if design is None else [design.value]

    def pairs(self, c: int) -> list[tuple[int, int]]:
        """Halls and designs that would take a rack of the contract."""
        instance = self.instance
        return [
            (h, d)
            for h in self.halls(c)
            for d in self.designs(h)
            if instance.compatible[c, d] and instance.design_allowed[h, d]
        ]

    def certainly_serving(self, c: int) -> Bools:
        """Periods in which the contract is in service whichever of its possible starts is taken [p]."""
        starts = self.starts(c)
        if not starts:
            return np.zeros(self.instance.periods, dtype=np.bool_)
        return np.asarray(self.instance.in_service[c, starts].all(axis=0), dtype=np.bool_)

    def grid_mw(self, today: float, gain: Floats) -> Floats:
        """Most MW of a kind that the requests can bring, each as early as the proposal lets it [p]."""
        instance, most = self.instance, np.full(self.instance.periods, today)
        for u in range(len(instance.upgrades)):
            asked, request = self.get(Kind.ASKED, u), self.get(Kind.REQUESTED, u)
            if (asked is not None and not asked.value) or (request is not None and request.value < 0):
                continue
            dates = instance.upgrade_energised[u] if request is None else instance.upgrade_energised[u, [request.value]]
            energised = dates[dates >= 0]
            fixed = asked is not None and request is not None
            if len(energised) and (gain[u] > 0 or fixed):
                most[energised.min() :] += gain[u]
        return most


def spans(values: Floats, least: float) -> list[tuple[int, int, float]]:
    """Return first period, last period and largest value of each stretch above a value."""
    found: list[tuple[int, int, float]] = []
    for p in np.nonzero(values > least)[0].tolist():
        if found and found[-1][1] == p - 1:
            first, _, most = found[-1]
            found[-1] = (first, p, max(most, float(values[p])))
        else:
            found.append((p, p, float(values[p])))
    return found


def names(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    return ", ".join(words) if len(words) < 2 else ", ".join(words[:-1]) + " and " + words[-1]

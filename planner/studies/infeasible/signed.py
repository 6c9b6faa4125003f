"""What the signed offers of a case need for certain, by period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.schemas import Case
from planner.translate.calendar import month
from planner.translate.hosting import HostingGround
from site_conversion.instance import Bools, Floats, Instance, Ints


def offer_words(case: Case, instance: Instance, sizes: Sequence[int]) -> str:
    """Name a signed offer with its IT MW and its dates."""
    contract = case.contracts[sizes[0]]
    mw = instance.contract_it_mw[list(sizes)]
    least = "" if len(sizes) == 1 else "at least "
    return (
        f"signed contract {contract.offer} ({least}{mw.min():,.1f} MW of IT, ready by {month(contract.ready_by)}, "
        f"longstop {month(contract.longstop)})"
    )


@dataclass(frozen=True)
class Signed:
    """The signed offers of a case but for some, which are impossible by themselves. Letters as in Instance."""

    ground: HostingGround
    left_out: frozenset[str]

    @property
    def instance(self) -> Instance:
        """The arrays of the case."""
        return self.ground.instance

    @cached_property
    def offers(self) -> tuple[str, ...]:
        """Offers that must be delivered."""
        instance = self.instance
        must = (
            o
            for o in range(len(instance.contract_terms.offers))
            if instance.must_deliver[instance.contract_terms.sizes(o)[0]]
        )
        found = (instance.contract_terms.offers[o] for o in must)
        return tuple(name for name in found if name not in self.left_out)

    @cached_property
    def hosted(self) -> tuple[tuple[int, str], ...]:
        """Customers that must be hosted: index and id."""
        hosting = self.instance.hosting
        must = np.nonzero(hosting.must_serve)[0].tolist()
        return tuple((i, hosting.offers[i]) for i in must if hosting.offers[i] not in self.left_out)

    def sizes(self, name: str) -> list[int]:
        """Contracts of an offer."""
        terms = self.instance.contract_terms
        return terms.sizes(terms.offers.index(name))

    def least(self, name: str, amounts: Floats | Ints) -> float:
        """Least of an amount by contract over the sizes of an offer."""
        return float(amounts[self.sizes(name)].min())

    def starts(self, name: str) -> list[tuple[int, int]]:
        """Contract and period of every possible start of an offer."""
        sizes = self.sizes(name)
        return [(c, k) for c, k in self.ground.options.starts if c in sizes]

    def certain(self, name: str) -> Bools:
        """Periods in which an offer is in service whichever of its possible starts is taken [p]."""
        served = [self.instance.in_service[c, k] for c, k in self.starts(name)]
        return np.asarray(np.all(served, axis=0), dtype=np.bool_)

    def draw_mw(self, name: str) -> Floats:
        """Least firm MW that an offer reserves [p]."""
        return np.where(self.certain(name), self.least(name, self.ground.options.least_draw_mw), 0.0)

    def peak_mw(self, name: str) -> Floats:
        """Least MW that an offer draws at most, by its ramp [p]."""
        share: Floats = np.array([self.instance.load_peak_frac[c, k] for c, k in self.starts(name)]).min(axis=0)
        return np.asarray(share * self.least(name, self.ground.options.least_draw_mw), dtype=np.float64)

    def _least_mean(self, name: str, by_design: Floats) -> Floats:
        """Least over starts of load * IT MW * the smallest of a figure by design that the contract accepts [p]."""
        instance = self.instance
        best = np.where(instance.compatible, by_design[None, :], np.inf).min(axis=1, initial=np.inf)
        per_start = [
            instance.load_mean_frac[c, k] * instance.in_service[c, k] * float(best[c] * instance.contract_it_mw[c])
            for c, k in self.starts(name)
        ]
        least: Floats = np.min(per_start, axis=0)
        return least

    def mean_mwh(self, name: str) -> Floats:
        """Least energy that an offer draws [p]."""
        return self._least_mean(name, self.instance.design_ratio_mean) * self.instance.hours

    def water_m3(self, name: str) -> Floats:
        """Least water that cooling an offer evaporates [p]."""
        return self._least_mean(name, self.instance.design_water_m3_per_mwh) * self.instance.hours

    def hosted_mw(self, i: int) -> Floats:
        """MW of a customer in periods in which it is served whichever start is taken [p]."""
        hosting = self.instance.hosting
        starts = np.nonzero(hosting.start_allowed[i])[0]
        certain: Floats = hosting.in_service[i, starts].all(axis=0) * float(hosting.mw[i])
        return certain

    def hosted_mwh(self, i: int) -> Floats:
        """Least energy that a customer draws [p]."""
        hosting = self.instance.hosting
        starts = np.nonzero(hosting.start_allowed[i])[0]
        least: Floats = hosting.energy_mwh[i, starts].min(axis=0)
        return least

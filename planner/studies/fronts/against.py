"""What a front trades value against: for each quantity its rows in the model, and its value read from a plan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

import numpy as np

from planner.finance.returns import peak_funding
from planner.results import Outcome
from planner.schemas import Case
from planner.schemas.place import Emissions
from planner.studies.fronts.stress import Stress
from planner.studies.plan import checked_outcome, going_on_mining
from planner.studies.searching import Found, Search, capex_musd, net_cash_musd
from planner.translate import translate
from planner.translate.carbon import grid_kg_per_mwh
from site_conversion import measures
from site_conversion.assemble import build
from site_conversion.audit import plan_tonnes_t
from site_conversion.handover import compile_arrays
from site_conversion.instance import Instance
from site_conversion.measures import Measure
from site_conversion.solve import SolverError, solve
from site_conversion.stress import side_by_side


class Against(StrEnum):
    """What value is traded against."""

    CAPEX = "capex"
    PEAK_FUNDING = "peak-funding"
    CARBON = "carbon"
    FIRST_RENT = "first-rent"
    DOWNSIDE = "downside"


LEAST = {
    Against.CAPEX: "the least capital", Against.PEAK_FUNDING: "the least peak funding",
    Against.CARBON: "the least carbon", Against.FIRST_RENT: "the soonest rent",
    Against.DOWNSIDE: "the best NPV in the stress",
}  # fmt: skip
"""What is looked for at the ends of a front, in words."""


class NotKnown(ValueError):
    """The case does not say enough to measure this."""


class Quantity(ABC):
    """One quantity of a case: a measure of its model, and what it is in a plan. Less is better."""

    against: Against

    @abstractmethod
    def measure(self) -> Measure:
        """Return the measure in the model."""

    @abstractmethod
    def of(self, outcome: Outcome, found: Found | None) -> float:
        """Return the quantity of a plan, from its own tables or by a solve of its own; found is None for the twin."""


class _Capex(Quantity):
    against = Against.CAPEX

    def __init__(self, search: Search) -> None:
        self.search = search

    def measure(self) -> Measure:
        return measures.capex_musd(self.search.built, self.search.arrays)

    def of(self, outcome: Outcome, found: Found | None) -> float:  # noqa: ARG002 - the tables say it
        return capex_musd(outcome)


class _PeakFunding(Quantity):
    against = Against.PEAK_FUNDING

    def __init__(self, search: Search) -> None:
        self.search = search
        self.twin_musd = self._flows(search.twin)

    def _flows(self, outcome: Outcome) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        flows = np.zeros(self.search.instance.periods + 1)
        found = net_cash_musd(outcome)
        flows[: len(found)] = found
        return flows

    def measure(self) -> Measure:
        return measures.peak_funding_musd(self.search.built, self.search.arrays, self.twin_musd)

    def of(self, outcome: Outcome, found: Found | None) -> float:  # noqa: ARG002 - the tables say it
        return peak_funding(self._flows(outcome) - self.twin_musd)[0]


class _Carbon(Quantity):
    against = Against.CARBON

    def __init__(self, search: Search) -> None:
        self.search = search

    def measure(self) -> Measure:
        return measures.carbon_kt(self.search.built, self.search.arrays)

    def of(self, outcome: Outcome, found: Found | None) -> float:  # noqa: ARG002 - the tables say it
        return float(plan_tonnes_t(self.search.instance, outcome.tables, outcome.cash_flow).sum()) * measures.KT


class _FirstRent(Quantity):
    against = Against.FIRST_RENT

    def __init__(self, search: Search) -> None:
        self.search = search

    def measure(self) -> Measure:
        return measures.first_rent_months(self.search.built, self.search.arrays)

    def of(self, outcome: Outcome, found: Found | None) -> float:  # noqa: ARG002 - the tables say it
        instance = self.search.instance
        begun = outcome.tables["tenants"]["start"].astype(int).tolist()
        if not begun:
            return measures.never_months(instance)
        return float(measures.starts_months(instance)[min(begun)])


class _Downside(Quantity):
    against = Against.DOWNSIDE

    def __init__(self, search: Search, stress: Stress) -> None:
        self.search, self.instance = search, translate(stress.of(search.case))
        self.built = build(self.instance)
        self.arrays = compile_arrays(self.built)
        self.pair = side_by_side(search.built, search.arrays, self.built, self.arrays)
        self.twin = going_on_mining(self.instance)

    def measure(self) -> Measure:
        return measures.downside_musd(self.pair)

    def of(self, outcome: Outcome, found: Found | None) -> float:  # noqa: ARG002 - the columns say it
        """Solve the stress with the plan's first stage held, and check what comes out as a plan."""
        if found is None:
            return -self.twin.npv_musd
        report, x = solve(self.pair.held(found.x), replace(self.search.options, gap_frac=0.0))
        if x is None:
            raise SolverError("a plan of the front cannot be held in the stress")
        return -checked_outcome(self.instance, self.built, self.arrays, report, x).npv_musd


def quantity(search: Search, against: Against, stress: Stress) -> Quantity:
    """Return what the front of a case is against.

    Raises:
        NotKnown: the case does not say enough to measure it.
        StressError: the stress moves nothing in this case.
        NotTheSameChoices: the stress changes what can be decided.
    """
    if against is Against.DOWNSIDE:
        return _Downside(search, stress)
    if against is Against.FIRST_RENT and not search.built.site.options.starts:
        raise NotKnown("no offer of this case can be served, so no date of a first rent can be chosen")
    simple: dict[Against, Callable[[Search], Quantity]] = {
        Against.CAPEX: _Capex, Against.PEAK_FUNDING: _PeakFunding, Against.CARBON: _Carbon,
        Against.FIRST_RENT: _FirstRent,
    }  # fmt: skip
    return simple[against](search)


def counted(case: Case, instance: Instance) -> Instance:
    """Return the instance with the grid's carbon, also where no rule of the case needs it.

    Raises:
        NotKnown: the grid's carbon is not known.
    """
    if instance.carbon.is_ruled:
        return instance
    emissions: Emissions | None = case.site.emissions
    kg = None if emissions is None else grid_kg_per_mwh(emissions, case.carbon.basis)
    if kg is None:
        raise NotKnown("the grid's carbon is not known: give site.emissions, or site.location where it is known")
    return replace(instance, carbon=replace(instance.carbon, grid_t_per_mwh=kg / 1000))

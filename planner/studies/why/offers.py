"""What the questions are asked of: an offer of an AI tenant (with all its sizes), or of a miner to be hosted.

Its price is the one number that is moved: rent, GPU rate or hosting fee. It can be demanded (the plan must take it, in
any of its sizes) and left out, without touching anything else of the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from planner.case_file.sizes import sizes_of
from planner.schemas import Case
from planner.schemas.overrides import Choice, Override
from planner.schemas.tenants import Colocation, Contract
from planner.translate.eligibility import ineligible
from site_conversion import asic_hosting, gpu_systems
from site_conversion.instance import Bools, Instance
from site_conversion.instance_overrides import Subject

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Price:
    """What a tenant pays."""

    value: float
    unit: str
    what: str
    """Rent, rate or fee."""


class Offer(Protocol):
    """Something a plan takes or does not take."""

    @property
    def name(self) -> str:
        """Its id in the case."""
        ...

    def price(self, case: Case) -> Price:
        """Return what it pays in a case."""
        ...

    def at_price(self, case: Case, value: float) -> Case:
        """Return the case in which it pays another price."""
        ...

    def demanded(self, instance: Instance) -> Instance:
        """Return the arrays of which every plan takes it."""
        ...

    def left_out(self, instance: Instance) -> Instance:
        """Return the arrays of which no plan takes it."""
        ...

    def is_taken(self, tables: Tables) -> bool:
        """Whether a plan takes it."""
        ...

    def size_words(self, instance: Instance, tables: Tables, /) -> str:
        """Return the size that a plan takes, where it has several."""
        ...

    def is_must(self, instance: Instance) -> bool:
        """Whether every plan of the case takes it."""
        ...

    def refusal(self, case: Case, /) -> str:
        """Return why the site cannot serve it whatever is built; empty if it could."""
        ...


@dataclass(frozen=True)
class TenantOffer:
    """An offer of an AI tenant; of an offer in steps all sizes together."""

    name: str
    contracts: tuple[int, ...]
    """Its sizes [c]."""

    def price(self, case: Case) -> Price:
        """Return rent or GPU rate; of a rate path how many times it is paid."""
        contract = case.contracts[self.contracts[0]]
        if isinstance(contract, Colocation):
            return Price(contract.rent_usd_per_kw_month, "USD/kW-month", "rent")
        if contract.rate_usd_per_gpu_hour is not None:
            return Price(contract.rate_usd_per_gpu_hour, "USD/GPU-hour", "rate")
        return Price(1.0, "times its rate path", "rate")

    def at_price(self, case: Case, value: float) -> Case:
        """Return the case in which all its sizes pay another rent or rate."""
        sizes = set(self.contracts)
        contracts = tuple(_paying(offer, value) if c in sizes else offer for c, offer in enumerate(case.contracts))
        return case.model_copy(update={"contracts": contracts})

    def demanded(self, instance: Instance) -> Instance:
        """Return the arrays in which one of its sizes must be delivered."""
        return replace(instance, must_deliver=instance.must_deliver | self._mine(instance))

    def left_out(self, instance: Instance) -> Instance:
        """Return the arrays in which none of its sizes may start."""
        allowed = instance.start_allowed & ~self._mine(instance)[:, None]
        return replace(instance, start_allowed=allowed)

    def is_taken(self, tables: Tables) -> bool:
        """Whether a size of it is placed."""
        return bool(tables[gpu_systems.NAME]["contract"].isin(self.contracts).any())

    def size_words(self, instance: Instance, tables: Tables) -> str:
        """Return the critical IT MW of the size that a plan takes; nothing for an offer of one size."""
        placed = tables[gpu_systems.NAME]["contract"]
        taken = [float(instance.contract_it_mw[c]) for c in self.contracts if (placed == c).any()]
        return f"{taken[0]:,.1f} MW" if taken and len(self.contracts) > 1 else ""

    def is_must(self, instance: Instance) -> bool:
        """Whether it is signed and cannot be terminated, or forced beforehand."""
        forced = any(
            override.forced and override.subject is Subject.CONTRACT and set(override.index) <= set(self.contracts)
            for override in instance.overrides
        )
        return forced or bool(instance.must_deliver[list(self.contracts)].any())

    def refusal(self, case: Case) -> str:
        """Return what the place itself lacks, or that the case forbids it."""
        forbids = next((override.words for override in case.overrides if self._is_forbidden(override)), None)
        if forbids is not None:
            return f"the case rules it out ('{forbids}')"
        return ineligible(case).get(case.contracts[self.contracts[0]].id, "")

    def _is_forbidden(self, override: Override) -> bool:
        dated = any(day is not None for day in (override.begins, override.since, override.until))
        whole = override.halls is None and not dated
        return override.choice is Choice.FORBID and override.contract == self.name and whole

    def _mine(self, instance: Instance) -> Bools:
        return np.isin(np.arange(len(instance.contracts)), self.contracts)


def _paying(offer: Contract, value: float) -> Contract:
    if isinstance(offer, Colocation):
        return offer.model_copy(update={"rent_usd_per_kw_month": value})
    if offer.rate_usd_per_gpu_hour is not None:
        return offer.model_copy(update={"rate_usd_per_gpu_hour": value})
    path = tuple(point.model_copy(update={"usd": point.usd * value}) for point in offer.rate_path)
    return offer.model_copy(update={"rate_path": path})


@dataclass(frozen=True)
class HostedOffer:
    """An offer to host a customer's ASICs."""

    name: str
    number: int
    """[i]"""

    def price(self, case: Case) -> Price:
        """Return the hosting fee."""
        return Price(case.fleet.hosted[self.number].fee_usd_per_mwh, "USD/MWh", "fee")

    def at_price(self, case: Case, value: float) -> Case:
        """Return the case in which the customer pays another fee."""
        hosted = list(case.fleet.hosted)
        hosted[self.number] = hosted[self.number].model_copy(update={"fee_usd_per_mwh": value})
        return case.model_copy(update={"fleet": case.fleet.model_copy(update={"hosted": tuple(hosted)})})

    def demanded(self, instance: Instance) -> Instance:
        """Return the arrays in which it must be served."""
        terms = instance.hosting
        return replace(instance, hosting=replace(terms, must_serve=terms.must_serve | self._mine(instance)))

    def left_out(self, instance: Instance) -> Instance:
        """Return the arrays in which it may not start."""
        terms = instance.hosting
        allowed = terms.start_allowed & ~self._mine(instance)[:, None]
        return replace(instance, hosting=replace(terms, start_allowed=allowed))

    def is_taken(self, tables: Tables) -> bool:
        """Whether it is served."""
        table = tables.get(asic_hosting.NAME)
        return table is not None and bool((table["hosting"] == self.number).any())

    def size_words(self, _: Instance, _tables: Tables) -> str:
        """Return nothing: it has one size."""
        return ""

    def is_must(self, instance: Instance) -> bool:
        """Whether it is signed."""
        return bool(instance.hosting.must_serve[self.number])

    def refusal(self, _: Case) -> str:
        """Return nothing: the place refuses no machines."""
        return ""

    def _mine(self, instance: Instance) -> Bools:
        return np.isin(np.arange(len(instance.hosting.offers)), self.number)


def offers_of(case: Case) -> tuple[Offer, ...]:
    """Return every offer of a case, those of AI tenants first."""
    position = {contract.id: c for c, contract in enumerate(case.contracts)}
    names = dict.fromkeys(contract.offer for contract in case.contracts)
    tenants = [TenantOffer(name, tuple(position[size.id] for size in sizes_of(case, name))) for name in names]
    hosted = [HostedOffer(offer.id, i) for i, offer in enumerate(case.fleet.hosted)]
    return (*tenants, *hosted)

"""A whole case, and the checks that need more than one of its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from planner.schemas.base import Record, Text
from planner.schemas.carbon import Carbon
from planner.schemas.designs import CoolingModule, Design, GpuSystem
from planner.schemas.finance import Finance
from planner.schemas.fleet import Fleet
from planner.schemas.greenfield import Greenfield
from planner.schemas.market import Market
from planner.schemas.overrides import Override
from planner.schemas.site import Site
from planner.schemas.study import Study
from planner.schemas.tenants import Contract


class Case(Record):
    """Everything a plan depends on. Written by the user as YAML, saved whole in every result."""

    schema_version: Literal[1]
    name: Text
    description: Annotated[str, Field(max_length=4_000)] = ""
    study: Study
    market: Market
    site: Site
    fleet: Fleet = Fleet()
    cooling_modules: tuple[CoolingModule, ...] = ()
    designs: tuple[Design, ...] = ()
    gpu_systems: tuple[GpuSystem, ...] = ()
    contracts: tuple[Contract, ...] = ()
    carbon: Carbon = Carbon()
    finance: Finance = Finance()
    greenfield: Greenfield | None = None
    """Left out, the plan is not compared with building from scratch."""
    overrides: Annotated[tuple[Override, ...], Field(max_length=200)] = ()
    """Decisions that are fixed beforehand, whatever they cost; none in going on mining and on bare land."""

    def _broken_rules(self) -> Iterator[str]:
        yield from _repeats("site.halls and site.pads", (place.id for place in self.site.places))
        yield from _repeats("site.upgrades", (upgrade.id for upgrade in self.site.upgrades))
        yield from _repeats("site.supplies", (supply.id for supply in self.site.supplies))
        yield from _repeats("fleet.classes", (entry.id for entry in self.fleet.classes))
        yield from _repeats("fleet.elsewhere", (place.id for place in self.fleet.elsewhere))
        yield from _repeats("fleet.hosted", (offer.id for offer in self.fleet.hosted))
        yield from _repeats("fleet.rigs", (rig.id for rig in self.fleet.rigs))
        yield from _repeats("fleet.rig_rentals", (rental.id for rental in self.fleet.rig_rentals))
        yield from _repeats("cooling_modules", (module.id for module in self.cooling_modules))
        yield from _repeats("designs", (design.id for design in self.designs))
        yield from _repeats("gpu_systems", (system.id for system in self.gpu_systems))
        yield from _repeats("contracts", (contract.id for contract in self.contracts))


def _repeats(where: str, ids: Iterable[str]) -> Iterator[str]:
    yield from (f"id '{name}' appears {n} times in {where}" for name, n in Counter(ids).items() if n > 1)

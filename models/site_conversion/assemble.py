"""The whole model: every component in order, balances closed, finance last.

Adding a subsystem is one file here and one entry in COMPONENTS. Order matters only in that a component may
build on quantities of those before it, and money (CLOSING) needs everybody's postings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyomo.environ import Block, ConcreteModel

from site_conversion import (
    asic_fleet,
    asic_hosting,
    carbon,
    contract_rights,
    cooling,
    crews,
    debt,
    debt_cover,
    elsewhere,
    finance,
    floor_space,
    gpu_rigs,
    gpu_systems,
    grid_upgrades,
    halls,
    minimum_take,
    onsite_supply,
    outlasting,
    overrides,
    power,
    rig_rebuilds,
    rig_rentals,
    tenants,
)
from site_conversion.instance import Instance
from site_conversion.rows import no_garbage_collection
from site_conversion.site import Component, Site

COMPONENTS: tuple[Component, ...] = (
    tenants,
    gpu_systems,
    contract_rights,
    halls,
    cooling,
    floor_space,
    onsite_supply,
    grid_upgrades,
    elsewhere,
    asic_fleet,
    asic_hosting,
    rig_rebuilds,
    gpu_rigs,
    rig_rentals,
    power,
    minimum_take,
    outlasting,
    carbon,
)


CLOSING: tuple[Component, ...] = (debt, debt_cover, finance)
"""What needs everybody's postings."""


@dataclass(frozen=True)
class Built:
    """A Pyomo model and the registers that go with it."""

    model: Any
    site: Site

    def block(self, component: Component) -> Any:
        """Return the component's block."""
        return self.model.component(component.NAME)


def build(instance: Instance) -> Built:
    """Build the model of one instance, the objective included."""
    with no_garbage_collection():
        model = ConcreteModel(name=instance.name)
        site = Site(overrides.with_room(instance))
        for component in COMPONENTS:
            _add(model, component, site)
        if instance.crews.limit:
            _add(model, crews, site)
        if instance.overrides:
            _add(model, overrides, site)
        model.balances = Block(doc="uses within supplies")
        for balance in site.balances:
            site.state_limit(balance.close(model.balances))
        for component in CLOSING:
            _add(model, component, site)
    return Built(model, site)


def _add(model: Any, component: Component, site: Site) -> None:
    block = Block(doc=(component.__doc__ or "").strip().splitlines()[0])
    model.add_component(component.NAME, block)
    component.build(block, site)

"""How large a contract is in racks, and which designs suit it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.designs import Design, GpuSystem
from planner.schemas.tenants import Contract, GpuCloud


@dataclass(frozen=True)
class Size:
    """A contract in racks: their number, the IT MW of each, and the kW a rack may draw."""

    racks: int
    rack_mw: float
    kw_per_rack: float

    @property
    def it_mw(self) -> float:
        """IT MW of the whole contract."""
        return self.racks * self.rack_mw


def contract_size(contract: Contract, systems: dict[str, GpuSystem]) -> Size:
    """Return a contract's racks; a lease's IT MW is spread over the fewest racks that hold it."""
    if isinstance(contract, GpuCloud):
        kw = systems[contract.gpu_system].rack_kw
        return Size(contract.racks, kw / 1000, kw)
    racks = int(np.ceil(contract.it_mw * 1000 / contract.kw_per_rack - 1e-9))
    return Size(racks, contract.it_mw / racks, contract.kw_per_rack)


def accepts(contract: Contract, kw_per_rack: float, design: Design) -> bool:
    """Whether cooling, redundancy and density of the design suit the contract."""
    return (
        design.cooling in contract.cooling
        and design.redundancy.rank >= contract.redundancy.rank
        and kw_per_rack <= design.max_kw_per_rack * (1 + 1e-9)
    )

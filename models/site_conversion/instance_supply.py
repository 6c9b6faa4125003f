"""The on-site supply part of an Instance: what can be ordered, what it costs, what a MW of it is worth.

Letters as in instance, and g supply, z stage after the horizon (see outlasting.py). Money is in million USD, nominal of
its period; "per MW" is for each MW at the meter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from site_conversion.instance import Bools, Floats, Ints


@dataclass(frozen=True)
class OnsiteSupply:
    """Gas sets, batteries and solar that may stand on the site; nothing of it stands unless ordered."""

    names: tuple[str, ...]
    unit_mw: Floats  # [g]
    most_units: Ints  # [g]
    firm_frac: Floats  # [g] share of its MW that is firm; 0 where a permit forbids to run all hours
    burns_fuel: Bools  # [g] firm only while it runs, which costs fuel
    charges: Bools  # [g] draws from the grid what it gives later
    follows_sun: Bools  # [g] works in hours nobody chooses
    standing_from: Ints  # [g, q] first period with the unit if ordered at q, -1 if it may not be
    may_stand: Bools  # [g, p] false from the end of the permit on
    spend_musd: Floats  # [g, q, p] per unit
    resale_musd: Floats  # [g, column] per unit
    fixed_musd_per_mw: Floats  # [g, p] of what stands
    bridge_fuel_musd_per_mw: Floats  # [g, p] fuel and running cost of all hours
    grid_energy_musd_per_mw: Floats  # [p] grid energy of all hours, which a MW from the site saves
    beside_fuel_musd_per_mw: Floats  # [g, p] fuel and running cost of the hours worth running beside the grid
    beside_saved_musd_per_mw: Floats  # [g, p] grid energy saved in the hours worth it, less what charging takes
    beside_fuel_mwh_per_mw: Floats  # [g, p] MWh made from fuel in those hours
    beside_grid_mwh_per_mw: Floats  # [g, p] MWh less from the grid, net of charging
    fuel_t_per_mwh: Floats  # [g] CO2
    stage_end: tuple[date, ...]  # [z] after the horizon, the days on which the service of some contract has ended
    outlasts: Bools  # [c, k, z] the contract's service goes on in the stage that ends then
    after_allowed: Bools  # [g, z] may stand in it
    after_musd_per_mw: Floats  # [g, z] cost of a firm MW kept through it, valued at the horizon's end

    @property
    def firm_mw_per_unit(self) -> Floats:
        """Firm MW of one unit [g]."""
        return self.unit_mw * self.firm_frac


SUPPLY_SHAPES = {
    "unit_mw": "g", "most_units": "g", "firm_frac": "g", "burns_fuel": "g", "charges": "g", "follows_sun": "g",
    "standing_from": "gq", "may_stand": "gp", "spend_musd": "gqp", "resale_musd": "gx", "fixed_musd_per_mw": "gp",
    "bridge_fuel_musd_per_mw": "gp", "grid_energy_musd_per_mw": "p", "beside_fuel_musd_per_mw": "gp",
    "beside_saved_musd_per_mw": "gp", "beside_fuel_mwh_per_mw": "gp", "beside_grid_mwh_per_mw": "gp",
    "fuel_t_per_mwh": "g", "after_allowed": "gz", "after_musd_per_mw": "gz",
    "outlasts": "ckz",
}  # fmt: skip
"""Index letters of every array, as in instance.SHAPES."""

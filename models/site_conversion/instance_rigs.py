"""The part of an Instance on legacy GPU mining rigs: what can be made of them, and who rents them.

Letters as in instance, and r rig class, j rental, g grade of a rig (0 upgraded, 1 rebuilt), q period of a rebuild.
Rigs are counted in thousands ("krigs"), so that the numbers stay near one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from site_conversion.instance import Bools, Floats, Ints

UPGRADED, REBUILT = 0, 1
GRADES = ("upgraded", "rebuilt")


@dataclass(frozen=True)
class Rigs:
    """Rig classes, what they can become, and rentals. Money is nominal."""

    rigs: tuple[str, ...]
    kind: Ints  # [r] kind of mining cooling
    owned_krigs: Floats  # [r]
    kept: Bools  # [r, p] false from the retirement on
    usable_krigs: Floats  # [r] most that can ever be upgraded
    may_upgrade: Bools  # [r, p]
    may_rebuild: Bools  # [r, p]
    upgrade_musd_per_krig: Floats  # [r]
    rebuild_musd_per_krig: Floats  # [r]
    strip_musd_per_krig: Floats  # [r] proceeds of the old parts
    resale_musd_per_krig: Floats  # [r, column] as it is or upgraded
    rebuilt_resale_musd_per_krig: Floats  # [r, q, column]
    mw_per_krig: Floats  # [r, g] gross
    rentals: tuple[str, ...]
    rental_grade: Ints  # [j]
    rental_krigs: Floats  # [j] most that are rented
    rental_runs: Bools  # [j, p] the rental has a day in p
    rent_musd_per_krig: Floats  # [j, r, p]
    rent_power_musd_per_krig: Floats  # [j, r, p] energy, demand and coincident-peak charges
    rent_opex_musd_per_krig: Floats  # [j, p]
    rent_mwh_per_krig: Floats  # [j, r, p]
    take_load_frac: Floats  # [j, t] share of the billing stretch in which the rental draws

    def without_choice(self) -> Rigs:
        """Return the twin that goes on mining: rigs are kept idle or sold."""
        return replace(
            self,
            may_upgrade=np.zeros_like(self.may_upgrade),
            may_rebuild=np.zeros_like(self.may_rebuild),
            rental_runs=np.zeros_like(self.rental_runs),
        )


RIGS_SHAPES = {
    "kind": "r", "owned_krigs": "r", "kept": "rp", "usable_krigs": "r", "may_upgrade": "rp", "may_rebuild": "rp",
    "upgrade_musd_per_krig": "r", "rebuild_musd_per_krig": "r", "strip_musd_per_krig": "r",
    "resale_musd_per_krig": "rx", "rebuilt_resale_musd_per_krig": "rqx", "mw_per_krig": "rg",
    "rental_grade": "j", "rental_krigs": "j", "rental_runs": "jp", "rent_musd_per_krig": "jrp",
    "rent_power_musd_per_krig": "jrp", "rent_opex_musd_per_krig": "jp", "rent_mwh_per_krig": "jrp",
    "take_load_frac": "jt",
}  # fmt: skip
"""Index letters of every array, as in instance.SHAPES."""

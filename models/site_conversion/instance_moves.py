"""The part of an Instance on machines that grow old and on other places that take them.

Letters as in instance, and e another place, q the period of a purchase or a move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from site_conversion.instance import Bools, Floats, Ints


@dataclass(frozen=True)
class Moves:
    """Ages of ASICs, and what machines earn at other places. Money is per gross MW, nominal."""

    aged: Bools  # [a] the class has an age limit
    start_young: Bools  # [a, p] machines owned at the start are young enough for p
    bought_young: Bools  # [a, q, p] machines bought at q are young enough for p
    places: tuple[str, ...]
    room_mw: Floats  # [e]
    may_stay: Bools  # [a, e, p] the place is open to the class, which is not retired
    leaves: Ints  # [a, q] first period for which the oldest machines that can be on the site at q are too old, or P
    move_musd_per_mw: Floats  # [a, e]
    away_revenue_musd_per_mw: Floats  # [a, e, p] as if they had been there all the time
    away_cost_musd_per_mw: Floats  # [a, e, p]
    lost_revenue_musd_per_mw: Floats  # [a, e, q, p] of this, not earned while machines moved at q are on their way
    saved_cost_musd_per_mw: Floats  # [a, e, q, p]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Classes and places that suit each other at some time."""
        return [(int(a), int(e)) for a, e in np.argwhere(self.may_stay.any(axis=2))]


MOVES_SHAPES = {
    "aged": "a", "start_young": "ap", "bought_young": "aqp", "room_mw": "e", "may_stay": "aep", "leaves": "aq",
    "move_musd_per_mw": "ae", "away_revenue_musd_per_mw": "aep", "away_cost_musd_per_mw": "aep",
    "lost_revenue_musd_per_mw": "aeqp", "saved_cost_musd_per_mw": "aeqp",
}  # fmt: skip
"""Index letters of every array, as in instance.SHAPES."""

"""What crews can build at the same time, as an Instance holds it.

A moment v is a day on which what is under way is counted: the first day of each period (works begin on no other), and
each day on which the number of crews changes. Letters as in instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from site_conversion.instance import Bools, Floats, Ints


@dataclass(frozen=True)
class Crews:
    """Moments, what may be under way at each, and which works would be; no moments where crews do not limit."""

    period: Ints  # [v] period that the moment lies in
    most_halls: Floats  # [v] halls with works under way, inf where any number
    most_it_mw: Floats  # [v] IT MW being fitted out, inf where any
    under_way: Bools  # [h, d, k, v] works that are ready for the start of k have begun and are not done

    @property
    def limit(self) -> bool:
        """Whether there is a limit at all."""
        return len(self.period) > 0


CREWS_SHAPES = {"period": "v", "most_halls": "v", "most_it_mw": "v", "under_way": "hdkv"}
"""Index letters of every array, as in instance.SHAPES; v is a moment."""

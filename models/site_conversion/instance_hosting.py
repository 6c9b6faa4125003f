"""The part of an Instance on offers to host other people's ASICs.

Letters as in instance, and i an offer to host.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from site_conversion.instance import Bools, Floats, Ints


@dataclass(frozen=True)
class Hosting:
    """Offers to host, by the period in which their service starts. Nothing is earned after the horizon."""

    offers: tuple[str, ...]
    kind: Ints  # [i] kind of mining cooling
    mw: Floats  # [i] gross
    start_allowed: Bools  # [i, k]
    in_service: Bools  # [i, k, p] the service has a day in p; its room is kept for the whole of p
    fee_musd: Floats  # [i, k, p]
    power_musd: Floats  # [i, k, p] energy, demand and coincident-peak charges
    opex_musd: Floats  # [i, k, p]
    repaid_frac: Floats  # [i] share of the power that the customer repays
    energy_mwh: Floats  # [i, k, p]
    take_load_frac: Floats  # [i, k, t] share of its MW drawn in a billing stretch
    must_serve: Bools  # [i] signed

    def without_choice(self, room_mw: Floats, site_mw: float) -> Hosting:
        """Return the twin that goes on mining: what is signed is served, nothing else is taken.

        A signed offer for which today's site has no room beside those before it may be left out, as signed contracts
        of AI tenants are.

        Args:
            room_mw: today's room of every kind of cooling.
            site_mw: gross MW of today, substation included.
        """
        fits = np.zeros(len(self.offers), dtype=np.bool_)
        left_mw, room_mw = site_mw, room_mw.copy()
        for i in np.nonzero(self.must_serve)[0].tolist():
            mw = float(self.mw[i])
            fits[i] = mw <= min(left_mw, float(room_mw[self.kind[i]])) + 1e-9
            if fits[i]:
                left_mw -= mw
                room_mw[self.kind[i]] -= mw
        return replace(self, start_allowed=self.start_allowed & self.must_serve[:, None], must_serve=fits)


HOSTING_SHAPES = {
    "kind": "i", "mw": "i", "start_allowed": "ik", "in_service": "ikp", "fee_musd": "ikp", "power_musd": "ikp",
    "opex_musd": "ikp", "repaid_frac": "i", "energy_mwh": "ikp", "take_load_frac": "ikt", "must_serve": "i",
}  # fmt: skip
"""Index letters of every array, as in instance.SHAPES."""

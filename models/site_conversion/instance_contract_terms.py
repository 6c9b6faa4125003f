"""Terms of contracts beyond size, dates and rent: sizes of one offer, order, halls, advances, certificates, rights.

Letters as in instance; o is an offer, which stands for one contract or for all its sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from site_conversion.shapes import check_shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ContractTerms:
    """Further terms of every contract, for each possible start."""

    offers: tuple[str, ...]
    offer_of: Ints  # [c]
    follows: Ints  # [c] offer that must be in service before, or -1
    most_halls: Ints  # [c] halls its racks may stand in, 0 where any number
    costs_repaid_musd: Floats  # [c, k, column] running cost the tenant repays
    advance_received_musd: Floats  # [c, k, column] tenant's money before it is earned
    advance_settled_musd: Floats  # [c, k, column] of it credited against rent or kept, less interest added
    advance_kept_musd: Floats  # [c, k, column] what is never credited: income of the owner
    funding_interest_musd: Floats  # [c, k, column] interest on the tenant's money, added to what is owed
    certificates_musd_per_gross_mw: Floats  # [c, k, column] as energy_musd_per_gross_mw
    right_it_mw: Floats  # [c] further IT MW kept free for the tenant
    right_held: Bools  # [c, k, p] periods in which they are
    right_fee_musd: Floats  # [c, k, column] paid for it

    def check(self, sizes: Mapping[str, int]) -> None:
        """Check every array against the index sets. Raises ValueError."""
        check_shapes(self, SHAPES, {**sizes, "o": len(self.offers)})

    def followers(self, c: int) -> list[int]:
        """Return the contracts that follow a contract's offer."""
        return [int(f) for f in np.nonzero(self.follows == self.offer_of[c])[0]]

    def sizes(self, o: int) -> list[int]:
        """Return the contracts of an offer: itself, or its sizes."""
        return [int(c) for c in np.nonzero(self.offer_of == o)[0]]


SHAPES = {
    "offer_of": "c", "follows": "c", "most_halls": "c", "costs_repaid_musd": "ckx", "advance_received_musd": "ckx",
    "advance_settled_musd": "ckx", "advance_kept_musd": "ckx", "funding_interest_musd": "ckx",
    "certificates_musd_per_gross_mw": "ckx", "right_it_mw": "c", "right_held": "ckp", "right_fee_musd": "ckx",
}  # fmt: skip

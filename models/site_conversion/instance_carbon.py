"""The carbon part of an Instance: what a tonne costs and how many are allowed, by the basis the case asks for.

Letters as in instance, and y calendar year with a cap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from site_conversion.instance import Floats


@dataclass(frozen=True)
class CarbonTerms:
    """Price and cap of carbon; all zero and empty where the case has no rule about it."""

    grid_t_per_mwh: float  # average or marginal, as the case counts
    price_musd_per_t: Floats  # [p] mean over the days of the period
    contract_musd_per_gross_mw: Floats  # [c, k, column] per MW of contracted draw at the mean ratio
    cap_years: tuple[int, ...]
    cap_t: Floats  # [y] allowed within the study and since the cap's date
    cap_frac: Floats  # [y, p] share of the period that counts for the year's cap

    @property
    def is_ruled(self) -> bool:
        """Whether carbon costs anything or is capped."""
        return bool(self.cap_years) or bool(self.price_musd_per_t.any() or self.contract_musd_per_gross_mw.any())


CARBON_SHAPES = {
    "price_musd_per_t": "p", "contract_musd_per_gross_mw": "ckx", "cap_t": "y", "cap_frac": "yp",
}  # fmt: skip
"""Index letters of every array, as in instance.SHAPES."""

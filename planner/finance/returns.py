"""What an investor reads off a cash-flow series: rates of return, payback, peak funding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from site_conversion.instance import Floats

LOWEST_RATE, HIGHEST_RATE = -0.95, 10.0
"""Yearly rates searched for a root of the NPV."""


@dataclass(frozen=True)
class Return:
    """Internal rates of return: none, one, or several, in which case no single one is meaningful."""

    rates_frac: tuple[float, ...]
    is_beyond: bool = False
    """Money is put in and comes back, but at no rate in the searched range: far above it or far below."""

    @property
    def words(self) -> str:
        """The rate as shown to people."""
        if self.is_beyond:
            return f"none from {LOWEST_RATE:.0%} to {HIGHEST_RATE:,.0%}"
        if not self.rates_frac:
            return "not defined (no rate makes the flows worth zero)"
        if len(self.rates_frac) > 1:
            return "several: " + ", ".join(f"{rate:.1%}" for rate in self.rates_frac)
        return f"{self.rates_frac[0]:.1%}"


def internal_return(years: Floats, flows: Floats) -> Return:
    """Return every rate in the searched range at which sum(flow * (1 + rate)^-years) is zero.

    Args:
        years: time of each flow in years from any origin.
        flows: amounts, same length.
    """
    if not (np.any(flows > 0) and np.any(flows < 0)):
        return Return(())
    scale = float(np.abs(flows).max())

    def npv(rate: float) -> float:
        return float((flows / scale * np.power(1 + rate, -years)).sum())

    grid = np.concatenate([np.linspace(LOWEST_RATE, 1, 1_951), np.linspace(1, HIGHEST_RATE, 901)[1:]])
    values = np.array([npv(rate) for rate in grid])
    roots = [float(rate) for rate in grid[values == 0]]
    crossings = np.nonzero(values[:-1] * values[1:] < 0)[0]
    roots.extend(float(brentq(npv, grid[i], grid[i + 1], xtol=1e-12)) for i in crossings)
    return Return(tuple(sorted(roots)), is_beyond=not roots)


def payback_index(flows: Floats) -> int | None:
    """Return the first position from which the running total stays at or above zero after having been below.

    None if the total never was below zero, or never recovers.
    """
    total = np.cumsum(flows)
    below = np.nonzero(total < -1e-9)[0]
    if len(below) == 0 or below[-1] == len(flows) - 1:
        return None
    return int(below[-1]) + 1


def payback_frac(flows: Floats, index: int) -> float:
    """Return the part of the flow at `payback_index` that it takes to bring the running total to zero."""
    return -float(flows[:index].sum()) / float(flows[index])


def peak_funding(flows: Floats) -> tuple[float, int]:
    """Return the deepest running total as a positive amount, and its position; zero if it never is below zero."""
    total = np.cumsum(flows)
    position = int(np.argmin(total))
    return max(0.0, -float(total[position])), position


def multiple_of_money(flows: Floats) -> float | None:
    """Return what comes back for each dollar put in; None if nothing is put in."""
    put_in = -float(flows[flows < 0].sum())
    return float(flows[flows > 0].sum()) / put_in if put_in > 0 else None

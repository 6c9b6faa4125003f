"""The lines of the cash-flow statement."""

from __future__ import annotations

from enum import StrEnum


class Line(StrEnum):
    """Lines of the cash-flow statement."""

    REVENUE = "revenue"
    ENERGY = "energy"
    OPEX = "opex"
    CAPEX = "capex"
    TAX = "tax"
    TERMINAL = "terminal"

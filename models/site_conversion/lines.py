"""The lines of the cash-flow statement."""

from __future__ import annotations

from enum import StrEnum


class Line(StrEnum):
    """Lines of the cash-flow statement."""

    REVENUE = "revenue"
    ENERGY = "energy"
    OPEX = "opex"
    CAPEX = "capex"
    ADVANCES = "advances"
    """Tenants' money received before it is earned, less what is credited against rent later; no income."""
    TAX = "tax"
    TERMINAL = "terminal"

"""The lines of the cash-flow statement, and what a posting belongs to."""

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


class Source(StrEnum):
    """What a posting belongs to: lenders and ratios ask for it."""

    CONTRACTS = "contracts"
    """AI contracts in service: rent, repaid cost, energy, running cost, their GPUs, what tenants contribute."""
    SUPPLY = "supply"
    """What AI contracts cost beside their own items: on-site power that works for them alone, their carbon."""
    BUILDINGS = "buildings"
    """Conversions, cooling modules, grid upgrades, on-site supply, and what tenants advance to pay for them."""
    SITE = "site"
    """Everything else: hashing, the site's fixed cost, taxes."""

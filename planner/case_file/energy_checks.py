"""Checks and doubts about power made on the site and about carbon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.files.problems import Problem
from planner.schemas import Case
from planner.schemas.carbon import CarbonBasis
from planner.schemas.supply import BatterySupply, GasSupply, OnsiteSupply, SolarSupply

HIGHEST_CAPACITY_FACTOR = 0.4
HEAT_RATE_MMBTU_PER_MWH = (6.0, 14.0)
CAPEX_USD_PER_MW = (100_000.0, 5_000_000.0)
CARBON_USD_PER_T = 500.0
HOURS_PER_YEAR = 8_760


def supply_problems(case: Case, end: date) -> Iterator[Problem]:
    """Yield what keeps a supply from ever being ordered."""
    start, reads = case.study.start, (("study",),)
    for i, supply in enumerate(case.site.supplies):
        path = ("site", "supplies", i)
        if supply.latest_order is not None and supply.latest_order < start:
            message = f"latest_order {supply.latest_order} is before the study starts on {start}"
            yield Problem((*path, "latest_order"), message, reads)
        if supply.earliest_order is not None and supply.earliest_order >= end:
            message = f"earliest_order {supply.earliest_order} is after the study ends on {end}"
            yield Problem((*path, "earliest_order"), message, reads)
        if supply.leaves_by is not None and supply.leaves_by <= start:
            message = f"leaves_by {supply.leaves_by} is not after the study starts on {start}: no unit could ever stand"
            yield Problem((*path, "leaves_by"), message, reads)


def carbon_problems(case: Case) -> Iterator[Problem]:
    """Yield the rules about carbon that cannot be applied because the grid's carbon is not known."""
    emissions, basis = case.site.emissions, case.carbon.basis
    reads = (("site", "emissions"), ("carbon",))
    for name in ("price_usd_per_t", "cap"):
        if not getattr(case.carbon, name):
            continue
        if emissions is None:
            message = f"carbon.{name} needs site.emissions, typed or from site.location; found none"
            yield Problem(("carbon", name), message, reads)
        elif basis is CarbonBasis.MARGINAL and emissions.marginal_kg_per_mwh is None:
            message = f"carbon.{name} counts by the margin and needs site.emissions.marginal_kg_per_mwh; found none"
            yield Problem(("carbon", name), message, reads)


def energy_doubts(case: Case) -> Iterator[str]:
    """Yield one sentence for each figure of on-site power or carbon that looks like another unit."""
    for supply in case.site.supplies:
        yield from _doubts_of(supply)
    for point in case.carbon.price_usd_per_t:
        if point.usd > CARBON_USD_PER_T:
            yield f"carbon costs {point.usd:,g} USD per t on {point.date}, more than any market asks; is it per kt?"
            return


def _doubts_of(supply: OnsiteSupply) -> Iterator[str]:
    what = f"supply '{supply.id}'"
    low, high = CAPEX_USD_PER_MW
    if supply.capex_usd_per_mw and not low <= supply.capex_usd_per_mw <= high:
        yield f"{what} costs {supply.capex_usd_per_mw:,g} USD per MW, not {low:,.0f} to {high:,.0f}; is it per kW?"
    if isinstance(supply, SolarSupply):
        if supply.capacity_factor_frac > HIGHEST_CAPACITY_FACTOR:
            found, most = supply.capacity_factor_frac, HIGHEST_CAPACITY_FACTOR
            yield f"{what} has a capacity factor of {found:g}, above {most:g}; is it of the AC rating?"
        if supply.firm_frac > 0:
            yield f"{what} counts {supply.firm_frac:.0%} of its MW as firm, though there is no sun at night"
    if isinstance(supply, BatterySupply) and supply.firm_frac > 0:
        yield (
            f"{what} counts {supply.firm_frac:.0%} of its MW as firm: it holds them for {supply.hours:g} hours, "
            "and its charging is not planned hour by hour"
        )
    if isinstance(supply, GasSupply):
        yield from _gas_doubts(supply, what)


def _gas_doubts(supply: GasSupply, what: str) -> Iterator[str]:
    low, high = HEAT_RATE_MMBTU_PER_MWH
    if supply.fuel_usd_per_mmbtu == 0:
        yield f"{what} burns fuel at 0 USD per MMBtu; was the price forgotten?"
    if not low <= supply.heat_rate_mmbtu_per_mwh <= high:
        found = supply.heat_rate_mmbtu_per_mwh
        yield f"{what} needs {found:g} MMBtu per MWh, not {low:g} to {high:g}; is it per kWh, or in GJ?"
    if supply.most_hours_per_year is not None and supply.most_hours_per_year < HOURS_PER_YEAR and supply.firm_frac:
        hours = supply.most_hours_per_year
        yield f"{what} may run {hours:,g} hours a year, so its MW are not firm: it is no bridge until the grid comes"

"""Case -> Instance: the one place where user words become arrays and units convert."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from planner.schemas import Case
from planner.translate.asic_hosting import hosted_months
from planner.translate.asic_hosting import hosting as hosting_terms
from planner.translate.calendar import Timeline, timeline
from planner.translate.carbon import carbon_arrays, carbon_months
from planner.translate.contracts import contract_arrays, service_months
from planner.translate.conversion import conversion_arrays
from planner.translate.crews import crews
from planner.translate.debt import debt_terms
from planner.translate.elsewhere import moves
from planner.translate.finance import finance_arrays, late_is_better, longest_write_off_months
from planner.translate.fleet import fleet_arrays
from planner.translate.grid import grid_arrays
from planner.translate.hashing import hashing_arrays
from planner.translate.minimum_take import minimum_take_arrays
from planner.translate.overrides import overrides
from planner.translate.prices import power_curves
from planner.translate.rigs import rental_days, rigs
from planner.translate.supply import supply_arrays
from site_conversion.instance import Instance

__all__ = ["case_timeline", "translate"]


def case_timeline(case: Case) -> Timeline:
    """Return the months and periods of a case."""
    longest = max([service_months(contract) for contract in case.contracts] + [longest_write_off_months(case.finance)])
    tail_rate = case.finance.tail_discount_rate_frac or case.study.discount_rate_frac
    return timeline(case.study, longest, tail_rate)


def translate(case: Case) -> Instance:
    """Return the arrays of a case. The case must be resolved: catalogue merged, power curve filled in."""
    time = case_timeline(case)
    curves = power_curves(case.market.power, time)
    contracts = contract_arrays(case, time, curves)
    carbon = carbon_months(case, time)
    fleet = fleet_arrays(case, time)
    other_loads = np.concatenate([hosted_months(case, time).reshape(-1, len(time.month_days)), rental_days(case, time)])
    take, take_months = minimum_take_arrays(case, time, curves, contracts.start_allowed, other_loads)
    conversion = conversion_arrays(case, time)
    at_once = crews(case, time, conversion.build_start)
    parts = (
        conversion,
        contracts,
        fleet,
        hashing_arrays(case, time, curves),
        take,
        grid_arrays(case, time),
        finance_arrays(case, time),
    )
    arrays = {field.name: getattr(part, field.name) for part in parts for field in fields(part)}
    site = case.site
    water = site.water_limit_m3_per_year
    return Instance(
        name=case.name,
        period_start=time.boundaries[:-1],
        period_end=time.boundaries[1:],
        hours=time.days * 24,
        years=time.years,
        discount=time.discount,
        just_in_time=not at_once.limit
        and late_is_better(case.finance, case.study.discount_rate_frac, float(time.years.min())),
        crews=at_once,
        firm_mw=site.firm_mw,
        interruptible_mw=site.interruptible_mw,
        ai_mw=site.firm_mw if site.change_of_use is None else 0.0,
        substation_mw=np.inf if site.substation_mva is None else site.substation_mva * site.power_factor,
        debt=debt_terms(case.finance, time),
        overrides=overrides(case, time, conversion.build_start),
        water_limit_m3=np.full(time.periods, np.inf) if water is None else water * time.years,
        supply=supply_arrays(case, time, curves, carbon, contracts.start_allowed),
        carbon=carbon_arrays(case, time, carbon, contracts.start_allowed),
        moves=moves(case, time, fleet),
        hosting=hosting_terms(case, time, curves, take_months),
        rigs=rigs(case, time, curves, take_months),
        **arrays,
    )

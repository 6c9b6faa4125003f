"""What a contract pays and what running it costs the owner, by month of service."""

from __future__ import annotations

from datetime import date

import numpy as np

from planner.schemas.case import Case
from planner.schemas.tenants import Colocation, Contract, GpuCloud
from planner.translate.calendar import Timeline, dated_usd, year_position, years_between
from planner.translate.contracts.service import Service
from planner.translate.contracts.size import Size
from site_conversion.instance import Floats


def own_revenue_usd(case: Case, contract: Contract, size: Size, service: Service, time: Timeline) -> Floats:
    """Return what the contract itself says, as if the tenant stayed and paid throughout.

    Rent by kW and month, stepped on each anniversary and at extensions; or GPU hours at the dated rate.
    """
    j = service.elapsed
    if isinstance(contract, Colocation):
        rate = contract.rent_usd_per_kw_month * np.power(1 + contract.escalator_frac_per_year, j // 12)
        return np.asarray(rate * service.rent_steps * size.it_mw * 1000 * service.share, dtype=np.float64)
    system = next(system for system in case.gpu_systems if system.id == contract.gpu_system)
    rate = _rate_usd_per_gpu_hour(contract, case.study.start, time.month_years[service.months] + 1 / 24)
    paid = max(contract.utilisation_frac, contract.take_or_pay_frac)
    hours = time.month_days[service.months] * 24
    gpus = contract.racks * system.gpus_per_rack
    return np.asarray(rate * service.rent_steps * hours * paid * gpus * service.share, dtype=np.float64)


def _rate_usd_per_gpu_hour(contract: GpuCloud, start: date, years: Floats) -> Floats:
    """Return the rate at times given as years from the study's start."""
    if contract.rate_usd_per_gpu_hour is None:
        return dated_usd(contract.rate_path, year_position(start) + years)
    since = years_between(start, contract.rate_date or start)
    change = np.power(1 + (contract.rate_change_frac_per_year or 0.0), years - since)
    return np.asarray(contract.rate_usd_per_gpu_hour * change, dtype=np.float64)


def opex_usd(contract: Contract, size: Size, service: Service, time: Timeline) -> Floats:
    """Running cost of the whole contracted IT MW: at the study's prices, grown to the start, then yearly steps.

    It is paid while the contract runs, let or empty: the place is kept ready.
    """
    growth = 1 + contract.opex_escalator_frac_per_year
    began = growth ** float(time.month_years[service.first])
    rate = contract.opex_usd_per_kw_month * began * np.power(growth, service.elapsed // 12)
    return np.asarray(rate * size.it_mw * 1000, dtype=np.float64)


def right_fee_usd(contract: Contract, service: Service, time: Timeline) -> Floats:
    """Return what is paid for the right to further MW, by days until it ends, while the tenant itself is there."""
    right = contract.expansion_right
    if right is None:
        return np.zeros(len(service.months))
    held = (time.month_days_within(None, right.until) / time.month_days)[service.months]
    return np.asarray(right.fee_usd_per_kw_month * right.it_mw * 1000 * held * service.tenant, dtype=np.float64)

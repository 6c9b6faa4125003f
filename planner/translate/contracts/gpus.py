"""The owner's own GPUs: bought with service, replaced or run on, sold; and their tax write-off."""

from __future__ import annotations

import numpy as np

from planner.schemas.case import Case
from planner.schemas.tenants import Contract, GpuCloud
from planner.translate.calendar import Timeline
from planner.translate.contracts.service import Service, ends
from planner.translate.finance import depreciation_monthly
from site_conversion.instance import Floats


def gpus_usd(case: Case, contract: Contract, service: Service, time: Timeline) -> tuple[Floats, Floats]:
    """Return GPU purchases less resale, and their tax write-off, by month; each possible end at its chance."""
    cash, write_off = np.zeros(service.total), np.zeros(service.total)
    if isinstance(contract, GpuCloud):
        for months, chance in ends(contract):
            bought, deducted = _until(case, contract, service.first, service.first + months, time)
            cash += chance * bought
            write_off += chance * deducted
    return cash, write_off


def _until(case: Case, contract: GpuCloud, first: int, end: int, time: Timeline) -> tuple[Floats, Floats]:
    """Bought at the start and, with refresh, again at the end of each life; sold at the end of life or of the contract.

    The value falls on a straight line from the price to the end-of-life share, and no further. What is not yet
    written off at the sale, less the proceeds, is deducted then.
    """
    total = len(time.month_column)
    cash, write_off = np.zeros(total), np.zeros(total)
    system = next(system for system in case.gpu_systems if system.id == contract.gpu_system)
    life = max(1, round(system.life_years * 12))
    for bought in range(first, end, life if contract.refresh else end - first):
        sold = min(bought + life, end) if contract.refresh else end
        change = (1 + system.price_change_frac_per_year) ** float(time.month_years[bought])
        price = system.price_usd_per_rack * contract.racks * change
        age = min(1.0, (sold - bought) / life)
        proceeds = price * (1 - (1 - system.resale_frac_at_end_of_life) * age)
        last = min(sold, total - 1)
        cash[bought] += price
        cash[last] -= proceeds
        monthly = price * depreciation_monthly(case.finance.gpu_depreciation, bought, time)
        monthly[last:] = 0.0
        monthly[last] = price - monthly.sum() - proceeds
        write_off += monthly
    return cash, write_off

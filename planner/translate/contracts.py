"""Offers as arrays: who can be hosted by what, when service may start, and every dollar of each start.

Service starts with a period and lasts whole months, so all flows are laid out by month of service.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from planner.schemas.case import Case
from planner.schemas.designs import Design, GpuSystem
from planner.schemas.tenants import Colocation, Contract, GpuCloud
from planner.translate.calendar import Timeline, dated_usd, months_between, year_position, years_between
from planner.translate.finance import depreciation_monthly
from planner.translate.prices import PowerCurves, coincident_peak_usd_per_mw, demand_usd_per_mw
from site_conversion.instance import Bools, Floats, Ints


@dataclass(frozen=True)
class ContractArrays:
    """The contract part of the Instance, fields named as there."""

    contracts: tuple[str, ...]
    compatible: Bools
    contract_racks: Ints
    contract_rack_mw: Floats
    start_allowed: Bools
    in_service: Bools
    load_peak_frac: Floats
    load_mean_frac: Floats
    revenue_musd: Floats
    damages_musd: Floats
    contract_opex_musd: Floats
    gpu_musd: Floats
    gpu_depreciation_musd: Floats
    contribution_musd: Floats
    energy_musd_per_gross_mw: Floats
    demand_musd_per_gross_mw: Floats
    power_recovered_frac: Floats
    must_deliver: Bools
    termination_musd: Floats
    contract_group: Ints


@dataclass(frozen=True)
class Size:
    """A contract in racks: their number, the IT MW of each, and the kW a rack may draw."""

    racks: int
    rack_mw: float
    kw_per_rack: float

    @property
    def it_mw(self) -> float:
        """IT MW of the whole contract."""
        return self.racks * self.rack_mw


def contract_size(contract: Contract, systems: dict[str, GpuSystem]) -> Size:
    """Return a contract's racks; a lease's IT MW is spread over the fewest racks that hold it."""
    if isinstance(contract, GpuCloud):
        kw = systems[contract.gpu_system].rack_kw
        return Size(contract.racks, kw / 1000, kw)
    racks = int(np.ceil(contract.it_mw * 1000 / contract.kw_per_rack - 1e-9))
    return Size(racks, contract.it_mw / racks, contract.kw_per_rack)


def accepts(contract: Contract, kw_per_rack: float, design: Design) -> bool:
    """Whether cooling, redundancy and density of the design suit the contract."""
    return (
        design.cooling in contract.cooling
        and design.redundancy.rank >= contract.redundancy.rank
        and kw_per_rack <= design.max_kw_per_rack * (1 + 1e-9)
    )


def contract_arrays(case: Case, time: Timeline, curves: PowerCurves) -> ContractArrays:
    """Return dates, loads and money of every contract for every start."""
    systems = {system.id: system for system in case.gpu_systems}
    sizes = [contract_size(contract, systems) for contract in case.contracts]
    flows = [
        [_flows(case, contract, size, k, time, curves) for k in range(time.periods)]
        for contract, size in zip(case.contracts, sizes, strict=True)
    ]
    groups = sorted({contract.exclusive_group for contract in case.contracts if contract.exclusive_group})
    count, periods = len(case.contracts), time.periods

    def stack(name: str, width: int) -> Floats:
        values = [[getattr(flow, name) for flow in row] for row in flows]
        return np.array(values, dtype=np.float64).reshape(count, periods, width)

    money = {field.name: stack(field.name, periods + 1) for field in fields(Flows) if field.name not in LOADS}
    loads = {name: stack(name, periods) for name in LOADS}
    return ContractArrays(
        contracts=tuple(contract.id for contract in case.contracts),
        compatible=np.array(
            [
                [accepts(contract, size.kw_per_rack, design) for design in case.designs]
                for contract, size in zip(case.contracts, sizes, strict=True)
            ],
            dtype=np.bool_,
        ).reshape(count, len(case.designs)),
        contract_racks=np.array([size.racks for size in sizes], dtype=np.int64),
        contract_rack_mw=np.array([size.rack_mw for size in sizes], dtype=np.float64),
        start_allowed=np.array(
            [[_may_start(contract, k, time) for k in range(periods)] for contract in case.contracts],
            dtype=np.bool_,
        ).reshape(count, periods),
        in_service=loads["load_peak_frac"] > 0,
        power_recovered_frac=np.array([_recovered(contract) for contract in case.contracts], dtype=np.float64),
        must_deliver=np.array(
            [contract.signed and contract.termination_usd is None for contract in case.contracts],
            dtype=np.bool_,
        ),
        termination_musd=np.array([_termination(contract, time) for contract in case.contracts]).reshape(
            count, periods + 1
        )
        / 1e6,
        contract_group=np.array(
            [groups.index(c.exclusive_group) if c.exclusive_group else -1 for c in case.contracts],
            dtype=np.int64,
        ),
        **money,
        **loads,
    )


def _may_start(contract: Contract, k: int, time: Timeline) -> bool:
    start = time.boundaries[k]
    early = contract.earliest_start is not None and start < contract.earliest_start
    return not early and start <= contract.longstop


def _recovered(contract: Contract) -> float:
    return 1.0 if isinstance(contract, Colocation) and contract.lease.repays_power else 0.0


def _termination(contract: Contract, time: Timeline) -> Floats:
    """Cost of not delivering, in the month of the longstop (the last month of the study at the latest)."""
    monthly = np.zeros(len(time.month_column))
    inside = int(np.searchsorted(time.month_column, time.periods)) - 1
    monthly[min(max(time.month_of(contract.longstop), 0), inside)] = contract.termination_usd or 0.0
    return time.columns(monthly)


LOADS = ("load_peak_frac", "load_mean_frac")


@dataclass(frozen=True)
class Flows:
    """Loads by period and money by column of one contract started at one period."""

    load_peak_frac: Floats
    load_mean_frac: Floats
    revenue_musd: Floats
    damages_musd: Floats
    contract_opex_musd: Floats
    gpu_musd: Floats
    gpu_depreciation_musd: Floats
    contribution_musd: Floats
    energy_musd_per_gross_mw: Floats
    demand_musd_per_gross_mw: Floats


@dataclass(frozen=True)
class Service:
    """Months of a contract's service and the share of its IT MW taken in each."""

    first: int
    months: Ints  # numbers of the study's months
    share: Floats  # [service month] by the ramp
    total: int  # months of the study and after

    def lay(self, by_service_month: Floats) -> Floats:
        """Place a flow by month of service onto the study's months."""
        monthly = np.zeros(self.total)
        monthly[self.months] = by_service_month
        return monthly


def ramp_share(contract: Contract) -> Floats:
    """Return the share of its IT MW a contract takes in each month of its service."""
    j = np.arange(contract.term_months)
    share = np.ones(len(j))
    for step in contract.ramp:
        share[j >= step.month] = step.share_frac
    return share


def _service(contract: Contract, k: int, time: Timeline) -> Service:
    first = time.month_of(time.boundaries[k])
    return Service(first, first + np.arange(contract.term_months), ramp_share(contract), len(time.month_column))


def _flows(case: Case, contract: Contract, size: Size, k: int, time: Timeline, curves: PowerCurves) -> Flows:
    service = _service(contract, k, time)
    taken = service.lay(service.share)
    used = taken * (contract.utilisation_frac if isinstance(contract, GpuCloud) else 1.0)
    days = time.month_days
    peak = np.zeros(time.periods + 1)
    np.maximum.at(peak, time.month_column, taken)
    price = curves.month_mean_usd_per_mwh()
    power = case.market.power
    demand = demand_usd_per_mw(power, curves) + coincident_peak_usd_per_mw(power, curves)
    late = max(0.0, months_between(contract.ready_by, time.boundaries[k]))
    gpus, write_off = _gpus(case, contract, service, time)
    contribution = np.zeros(service.total)
    if isinstance(contract, Colocation):
        contribution[service.first] = contract.tenant_contribution_usd_per_kw * size.it_mw * 1000
    once = np.zeros(service.total)
    once[service.first] = 1.0
    return Flows(
        load_peak_frac=peak[:-1],
        load_mean_frac=time.period_sums(used * days) / time.days,
        revenue_musd=time.columns(_revenue_usd(case, contract, size, service, time)) / 1e6,
        damages_musd=time.columns(once * late * contract.late_damages_usd_per_month) / 1e6,
        contract_opex_musd=time.columns(_opex_usd(contract, size, service, time)) / 1e6,
        gpu_musd=time.columns(gpus) / 1e6,
        gpu_depreciation_musd=time.columns(write_off) / 1e6,
        contribution_musd=time.columns(contribution) / 1e6,
        energy_musd_per_gross_mw=time.columns(used * days * 24 * price) / 1e6,
        demand_musd_per_gross_mw=time.columns(taken * demand) / 1e6,
    )


def _revenue_usd(case: Case, contract: Contract, size: Size, service: Service, time: Timeline) -> Floats:
    """Rent by kW and month, stepped on each anniversary; or GPU hours at the dated rate."""
    j = service.months - service.first
    if isinstance(contract, Colocation):
        rate = contract.rent_usd_per_kw_month * np.power(1 + contract.escalator_frac_per_year, j // 12)
        return service.lay(rate * size.it_mw * 1000 * service.share)
    system = next(system for system in case.gpu_systems if system.id == contract.gpu_system)
    rate = _rate_usd_per_gpu_hour(contract, case.study.start, time.month_years[service.months] + 1 / 24)
    paid = max(contract.utilisation_frac, contract.take_or_pay_frac)
    hours = time.month_days[service.months] * 24
    return service.lay(rate * hours * paid * contract.racks * system.gpus_per_rack * service.share)


def _rate_usd_per_gpu_hour(contract: GpuCloud, start: date, years: Floats) -> Floats:
    """Return the rate at times given as years from the study's start."""
    if contract.rate_usd_per_gpu_hour is None:
        return dated_usd(contract.rate_path, year_position(start) + years)
    since = years_between(start, contract.rate_date or start)
    change = np.power(1 + (contract.rate_change_frac_per_year or 0.0), years - since)
    return np.asarray(contract.rate_usd_per_gpu_hour * change, dtype=np.float64)


def _opex_usd(contract: Contract, size: Size, service: Service, time: Timeline) -> Floats:
    """Running cost of the whole contracted IT MW: at the study's prices, grown to the start, then yearly steps."""
    j = service.months - service.first
    growth = 1 + contract.opex_escalator_frac_per_year
    rate = contract.opex_usd_per_kw_month * growth ** float(time.month_years[service.first]) * np.power(growth, j // 12)
    return service.lay(rate * size.it_mw * 1000)


def _gpus(case: Case, contract: Contract, service: Service, time: Timeline) -> tuple[Floats, Floats]:
    """Return GPU purchases less resale, and their tax write-off, by month.

    Bought with service and again at the end of each life; sold at the end of life or of the contract,
    at a value that falls on a straight line from the price to the end-of-life share. What is not yet
    written off at the sale, less the proceeds, is deducted then.
    """
    cash, write_off = np.zeros(service.total), np.zeros(service.total)
    if not isinstance(contract, GpuCloud):
        return cash, write_off
    system = next(system for system in case.gpu_systems if system.id == contract.gpu_system)
    life = max(1, round(system.life_years * 12))
    end = service.first + contract.term_months
    for bought in range(service.first, end, life):
        sold = min(bought + life, end)
        change = (1 + system.price_change_frac_per_year) ** float(time.month_years[bought])
        price = system.price_usd_per_rack * contract.racks * change
        age = (sold - bought) / life
        proceeds = price * (1 - (1 - system.resale_frac_at_end_of_life) * age)
        last = min(sold, service.total - 1)
        cash[bought] += price
        cash[last] -= proceeds
        monthly = price * depreciation_monthly(case.finance.gpu_depreciation, bought, time)
        monthly[last:] = 0.0
        monthly[last] = price - monthly.sum() - proceeds
        write_off += monthly
    return cash, write_off

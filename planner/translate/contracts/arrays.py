"""Offers as arrays: who can be hosted by what, when service may start, and every dollar of each start.

Service starts with a period and lasts whole months, so all flows are laid out by month of service.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from planner.schemas.case import Case
from planner.schemas.tenants import Colocation, Contract, GpuCloud
from planner.translate.calendar import Timeline, months_between
from planner.translate.contracts.advances import advances_usd
from planner.translate.contracts.gpus import gpus_usd
from planner.translate.contracts.revenue import opex_usd, own_revenue_usd, right_fee_usd
from planner.translate.contracts.service import contract_service
from planner.translate.contracts.size import Size, accepts, contract_size
from planner.translate.contracts.terms import TERM_FLOWS, contract_terms
from planner.translate.eligibility import certificate_frac, ineligible
from planner.translate.exit import exit_rule
from planner.translate.prices import PowerCurves, coincident_peak_usd_per_mw, demand_usd_per_mw
from site_conversion.instance import Bools, Floats, Ints
from site_conversion.instance_contract_terms import ContractTerms


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
    contract_terms: ContractTerms


def contract_arrays(case: Case, time: Timeline, curves: PowerCurves) -> ContractArrays:
    """Return dates, loads and money of every contract for every start.

    Raises:
        ValueError: an offer in steps has not been resolved into its sizes.
    """
    _check_resolved(case)
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
    terms = {name: money.pop(name) for name in TERM_FLOWS}
    loads = {name: stack(name, periods) for name in LOADS}
    refused = ineligible(case)
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
            [
                [contract.id not in refused and _may_start(contract, k, time) for k in range(periods)]
                for contract in case.contracts
            ],
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
        contract_terms=contract_terms(case, time, loads["load_peak_frac"] > 0, terms),
        **money,
        **loads,
    )


def _check_resolved(case: Case) -> None:
    for contract in case.contracts:
        least = contract.least_racks if isinstance(contract, GpuCloud) else contract.least_it_mw
        if least is not None:
            raise ValueError(f"the sizes of offer '{contract.id}' have not been resolved")


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
    costs_repaid_musd: Floats
    advance_received_musd: Floats
    advance_settled_musd: Floats
    advance_kept_musd: Floats
    funding_interest_musd: Floats
    certificates_musd_per_gross_mw: Floats
    right_fee_musd: Floats


def _flows(case: Case, contract: Contract, size: Size, k: int, time: Timeline, curves: PowerCurves) -> Flows:
    service = contract_service(contract, k, time)
    days, price = time.month_days, curves.month_mean_usd_per_mwh()
    power = case.market.power
    demand = demand_usd_per_mw(power, curves) + coincident_peak_usd_per_mw(power, curves)
    # space and grid are kept for what may be drawn at most; energy is paid for what is expected to be drawn
    most, drawn = service.lay(service.share), service.lay(service.share * service.occupied)
    used = drawn * (contract.utilisation_frac if isinstance(contract, GpuCloud) else 1.0)
    peak = np.zeros(time.periods + 1)
    np.maximum.at(peak, time.month_column, most)
    own = own_revenue_usd(case, contract, size, service, time)
    opex = opex_usd(contract, size, service, time)
    repays = isinstance(contract, Colocation) and contract.lease.repays_running_costs
    gpus, write_off = gpus_usd(case, contract, service, time)
    advances = advances_usd(contract, size, service, own)
    settled = advances.credited + advances.kept - advances.interest
    certificate_usd = certificate_frac(case, contract) * (case.carbon.certificate_usd_per_mwh or 0.0)
    income = exit_rule(case.finance.exit, service.first, service.term, time)
    once, contribution = np.zeros(service.total), 0.0
    once[service.first] = 1.0
    late = max(0.0, months_between(contract.ready_by, time.boundaries[k]))
    if isinstance(contract, Colocation):
        contribution = contract.tenant_contribution_usd_per_kw * size.it_mw * 1000
    return Flows(
        load_peak_frac=peak[:-1],
        load_mean_frac=time.period_sums(used * days) / time.days,
        revenue_musd=income.columns(service.lay(own * service.paid)) / 1e6,
        damages_musd=time.columns(once * late * contract.late_damages_usd_per_month) / 1e6,
        contract_opex_musd=income.columns(service.lay(opex * service.running)) / 1e6,
        gpu_musd=time.columns(gpus) / 1e6,
        gpu_depreciation_musd=time.columns(write_off) / 1e6,
        contribution_musd=time.columns(once * contribution) / 1e6,
        energy_musd_per_gross_mw=income.columns(used * days * 24 * price) / 1e6,
        demand_musd_per_gross_mw=income.columns(drawn * demand) / 1e6,
        costs_repaid_musd=income.columns(service.lay(opex * service.occupied) * float(repays)) / 1e6,
        advance_received_musd=time.columns(advances.received) / 1e6,
        advance_settled_musd=time.columns(settled) / 1e6,
        advance_kept_musd=time.columns(advances.kept) / 1e6,
        funding_interest_musd=time.columns(advances.interest) / 1e6,
        certificates_musd_per_gross_mw=income.columns(used * days * 24 * certificate_usd) / 1e6,
        right_fee_musd=time.columns(service.lay(right_fee_usd(contract, service, time))) / 1e6,
    )

"""What each contract taken earns and costs within the horizon.

The measures in which leases are announced and compared: revenue per IT MW-year, margin of net operating income,
date of the first rent. All from the result's own ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from planner.finance.books import REPAID
from planner.results import Result
from planner.schemas.tenants import Contract
from planner.translate.calendar import add_months, months_between
from site_conversion.instance import Floats
from site_conversion.lines import Line


@dataclass(frozen=True)
class ContractEconomics:
    """One contract that is taken; money in USD, nominal, within the horizon."""

    contract: str
    """Its name in the ledger; of an offer in steps that of the size taken."""
    offer: str
    tenant: str
    it_mw: float
    first_rent: date
    mw_years: float
    """IT MW, a ramp not counted, times years of service within the horizon; those of an extension by its chance."""
    revenue_usd: float
    """Rent or GPU hours, and the fee of an expansion right, as they are earned; expected money where the tenant may
    fail; without what the tenant repays."""
    repaid_usd: float
    """Power and running costs that the tenant repays."""
    energy_usd: float
    running_cost_usd: float
    gpus_usd: float
    """GPUs bought for it, the replaced ones netted."""

    @property
    def noi_usd(self) -> float:
        """Net operating income: what is left of the revenue after energy and running cost, net of what is repaid."""
        return self.revenue_usd + self.repaid_usd - self.energy_usd - self.running_cost_usd

    @property
    def revenue_usd_per_it_mw_year(self) -> float | None:
        """The contract's mean rate; undefined where no day of service lies within the horizon."""
        return self.revenue_usd / self.mw_years if self.mw_years > 0 else None

    @property
    def noi_margin_frac(self) -> float | None:
        """Share of the revenue that is left; what is repaid is no revenue here, as in the owners' own figures."""
        return self.noi_usd / self.revenue_usd if self.revenue_usd > 0 else None


def contract_economics(result: Result) -> tuple[ContractEconomics, ...]:
    """Return the contracts taken, in the case's order."""
    return _ContractMoney(result).taken()


def noi_usd_by_year(result: Result) -> dict[int, float]:
    """Return the net operating income of the contracts taken by calendar year, each period spread over its days."""
    instance = result.instance
    income = _ContractMoney(result).income_usd()
    by_year: dict[int, float] = {}
    for start, end, usd in zip(instance.period_start, instance.period_end, income.tolist(), strict=True):
        for year in range(start.year, end.year + 1):
            days = (min(end, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days
            if days > 0:
                by_year[year] = by_year.get(year, 0.0) + usd * days / (end - start).days
    return by_year


class _ContractMoney:
    """The contract items of a plan's ledger, by name and column."""

    def __init__(self, result: Result) -> None:
        self.result, self.instance = result, result.instance
        cash = result.plan.cash_flow
        self._cash = cash[cash["line"] != Line.TERMINAL.value]

    def taken(self) -> tuple[ContractEconomics, ...]:
        placed = self.result.plan.tables["gpu_systems"]
        rows = []
        for c, contract in enumerate(self.result.case.contracts):
            here = placed[placed["contract"] == c]
            if not len(here):
                continue
            start = self.instance.period_start[int(here["start"].iloc[0])]
            it_mw = float(self.instance.contract_it_mw[c])
            rows.append(
                ContractEconomics(
                    contract=contract.id,
                    offer=contract.offer,
                    tenant=contract.tenant,
                    it_mw=it_mw,
                    first_rent=start,
                    mw_years=it_mw * service_years(contract, start, self.instance.period_end[-1]),
                    revenue_usd=self._total(Line.REVENUE, contract.id, EARNED),
                    repaid_usd=self._total(Line.REVENUE, contract.id, REPAID),
                    energy_usd=-self._total(Line.ENERGY, contract.id, ENERGY),
                    running_cost_usd=-self._total(Line.OPEX, contract.id, RUNNING),
                    gpus_usd=float(np.maximum(-self._by_column(Line.CAPEX, contract.id, GPUS), 0.0).sum()),
                )
            )
        return tuple(rows)

    def income_usd(self) -> Floats:
        """Net operating income of all contracts taken by period."""
        income = np.zeros(self.instance.periods)
        for row in self.taken():
            for line, items in ((Line.REVENUE, (*EARNED, *REPAID)), (Line.ENERGY, ENERGY), (Line.OPEX, RUNNING)):
                income += self._by_column(line, row.contract, items)
        return income

    def _by_column(self, line: Line, contract: str, items: tuple[str, ...]) -> Floats:
        names = [f"{contract} {item}".strip() for item in items]
        rows = self._cash[(self._cash["line"] == line.value) & self._cash["item"].isin(names)]
        usd = np.zeros(self.instance.periods)
        np.add.at(usd, rows["column"].to_numpy(dtype=int), rows["musd"].to_numpy(dtype=float) * 1e6)
        return usd

    def _total(self, line: Line, contract: str, items: tuple[str, ...]) -> float:
        return float(self._by_column(line, contract, items).sum())


EARNED = ("", "expansion right")
ENERGY = ("power", "certificates")
RUNNING = ("running cost",)
GPUS = ("GPUs",)
"""Items of a contract as the ledger names them after it; its own revenue has its name alone."""


def service_years(contract: Contract, start: date, end: date) -> float:
    """Return the years of service from a start until an end; those of an extension by the chance that it is used."""
    months, probability, years = contract.term_months, 1.0, 0.0
    begun = start
    for extension in (None, *contract.extensions):
        if extension is not None:
            months, probability = extension.months, probability * extension.probability_frac
        ended = add_months(begun, months)
        years += probability * max(0.0, months_between(begun, min(ended, end))) / 12
        begun = ended
    return years

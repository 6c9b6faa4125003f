"""What each contract taken earns and costs within the horizon, and what the site's AI megawatts cost to build.

The measures in which leases are announced and compared: revenue per IT MW-year, margin of net operating income,
capex per IT MW, date of the first rent. All from the result's own ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from planner.results import Result
from planner.schemas.tenants import Contract
from planner.translate.calendar import add_months, months_between
from site_conversion.instance import Floats
from site_conversion.lines import Line


@dataclass(frozen=True)
class ContractEconomics:
    """One contract that is taken; money in USD, nominal, within the horizon."""

    contract: str
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


@dataclass(frozen=True)
class BuildCost:
    """What the plan spends so that AI load can be served; USD, before what tenants contribute or advance."""

    it_mw: float
    """Critical IT MW of the contracts taken."""
    halls_usd: float
    """Conversions, new halls and cooling."""
    grid_usd: float
    gpus_usd: float
    """GPUs bought, the replaced ones netted."""

    @property
    def sites_usd_per_it_mw(self) -> float | None:
        """Halls and grid for each critical IT MW; undefined where no contract is taken."""
        return (self.halls_usd + self.grid_usd) / self.it_mw if self.it_mw > 0 else None

    @property
    def usd_per_it_mw(self) -> float | None:
        """All of it, GPUs included, for each critical IT MW."""
        return (self.halls_usd + self.grid_usd + self.gpus_usd) / self.it_mw if self.it_mw > 0 else None


class ContractMoney:
    """The contract items of a plan's ledger, by name and column."""

    def __init__(self, result: Result) -> None:
        """Gather the plan's cash flow within the horizon."""
        self.result, self.instance = result, result.instance
        cash = result.plan.cash_flow
        self._cash = cash[cash["line"] != Line.TERMINAL.value]

    def taken(self) -> tuple[ContractEconomics, ...]:
        """Return the contracts taken, in the case's order."""
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
                    tenant=contract.tenant,
                    it_mw=it_mw,
                    first_rent=start,
                    mw_years=it_mw * service_years(contract, start, self.instance.period_end[-1]),
                    revenue_usd=sum(self._total(Line.REVENUE, item) for item in _earned(contract.id)),
                    repaid_usd=sum(self._total(Line.REVENUE, f"{contract.id} {what}") for what in REPAID),
                    energy_usd=-sum(self._total(Line.ENERGY, f"{contract.id} {what}") for what in ENERGY),
                    running_cost_usd=-self._total(Line.OPEX, f"{contract.id} running cost"),
                )
            )
        return tuple(rows)

    def noi_usd_by_year(self) -> dict[int, float]:
        """Return the net operating income of the contracts taken by calendar year, each period spread over its days."""
        income = np.zeros(self.instance.periods)
        for row in self.taken():
            revenue = (*_earned(row.contract), *(f"{row.contract} {what}" for what in REPAID))
            energy = [f"{row.contract} {what}" for what in ENERGY]
            income += sum((self._by_column(Line.REVENUE, item) for item in revenue), start=np.zeros(len(income)))
            income += sum((self._by_column(Line.ENERGY, item) for item in energy), start=np.zeros(len(income)))
            income += self._by_column(Line.OPEX, f"{row.contract} running cost")
        by_year: dict[int, float] = {}
        spans = zip(self.instance.period_start, self.instance.period_end, income.tolist(), strict=True)
        for start, end, usd in spans:
            for year in range(start.year, end.year + 1):
                days = (min(end, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days
                if days > 0:
                    by_year[year] = by_year.get(year, 0.0) + usd * days / (end - start).days
        return by_year

    def build_cost(self) -> BuildCost:
        """Return what the AI megawatts of the plan cost to build."""
        halls = sum(self._by_column(Line.CAPEX, item).sum() for item in ("conversion", "cooling modules"))
        grid = sum(self._by_column(Line.CAPEX, f"grid: {name}").sum() for name in self.instance.upgrades)
        gpus = [self._by_column(Line.CAPEX, f"{name} GPUs") for name in self.instance.contracts]
        return BuildCost(
            it_mw=sum(row.it_mw for row in self.taken()),
            halls_usd=-float(halls),
            grid_usd=-float(grid),
            gpus_usd=float(sum(np.maximum(-bought, 0.0).sum() for bought in gpus)),
        )

    def _by_column(self, line: Line, item: str) -> Floats:
        rows = self._cash[(self._cash["line"] == line.value) & (self._cash["item"] == item)]
        usd = np.zeros(self.instance.periods)
        np.add.at(usd, rows["column"].to_numpy(dtype=int), rows["musd"].to_numpy(dtype=float) * 1e6)
        return usd

    def _total(self, line: Line, item: str) -> float:
        return float(self._by_column(line, item).sum())


def _earned(contract: str) -> tuple[str, str]:
    """Return the ledger's items of a contract's own revenue."""
    return (contract, f"{contract} expansion right")


REPAID = ("power repaid", "costs repaid")
"""What a tenant repays, as the ledger names it after the contract."""

ENERGY = ("power", "certificates")
"""What a contract's energy costs, as the ledger names it after the contract."""


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

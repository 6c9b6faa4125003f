"""On-site supply and carbon as every outlet shows them: what stands when, what it makes, the tonnes of every year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from planner.results import Outcome, Result
from planner.views.machines import hosted_mwh, rented_mwh
from site_conversion.carbon import CONTRACTS, REST
from site_conversion.instance import Floats
from site_conversion.lines import Line


@dataclass(frozen=True)
class SupplyRow:
    """A stretch of periods in which as many units of a supply stand."""

    supply: str
    name: str
    first: date
    until: date
    """First day without them, or the end of the study."""
    units: int
    mw: float
    bridge_mw: float
    """Firm MW in the mean of the stretch; of fuelled units what they held, of the others their firm share."""
    made_mwh: float
    """Energy given over the stretch; a battery's is what its charging costs more than it gives, below zero."""
    goes: str
    """What becomes of them."""


@dataclass(frozen=True)
class OrderRow:
    """An order of a supply."""

    supply: str
    ordered: date
    standing: date
    units: int
    mw: float
    capex_usd: float


@dataclass(frozen=True)
class CarbonRow:
    """Energy and carbon of a calendar year; of the plan, and in all of going on mining."""

    year: int
    hashing_mwh: float
    """Customers' machines included."""
    ai_mwh: float
    """Rented rigs included."""
    hashing_t_co2: float
    """By the grid's average, as if all energy came from it."""
    ai_t_co2: float
    onsite_fuel_t_co2: float
    onsite_saved_mwh: float
    """Grid energy that on-site supply replaces."""
    onsite_saved_t_co2: float
    marginal_t_co2: float | None
    """All of it by the grid's margin; None where that is not known."""
    do_nothing_t_co2: float
    cost_usd: float
    cap_t: float | None
    """Tonnes allowed in the year, by the basis of the case."""

    @property
    def total_t_co2(self) -> float:
        """All of it by the grid's average."""
        return self.hashing_t_co2 + self.ai_t_co2 + self.onsite_fuel_t_co2 - self.onsite_saved_t_co2


@dataclass(frozen=True)
class _Energy:
    """MWh and tonnes of an outcome by period [p]."""

    hashing_mwh: Floats
    ai_mwh: Floats
    fuel_t: Floats
    saved_mwh: Floats

    def total_t(self, grid_t_per_mwh: float) -> Floats:
        """Carbon by a figure of the grid."""
        return (self.hashing_mwh + self.ai_mwh - self.saved_mwh) * grid_t_per_mwh + self.fuel_t


def orders(result: Result) -> tuple[OrderRow, ...]:
    """Return what is ordered, in the order of dates."""
    instance, table = result.instance, result.plan.tables["onsite_supply"]
    supply, rows = instance.supply, []
    for row in table[table["ordered"] > 0].to_dict("records"):
        g, q, count = int(row["supply"]), int(row["period"]), int(row["ordered"])
        rows.append(
            OrderRow(
                supply=supply.names[g],
                ordered=instance.period_start[q],
                standing=instance.period_start[int(supply.standing_from[g, q])],
                units=count,
                mw=count * float(supply.unit_mw[g]),
                capex_usd=count * float(supply.spend_musd[g, q].sum()) * 1e6,
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.ordered, row.supply)))


def supply_stretches(result: Result) -> tuple[SupplyRow, ...]:
    """Return what stands when, one row for each number of units and use: bridging or not."""
    instance, table = result.instance, result.plan.tables["onsite_supply"]
    rows: list[SupplyRow] = []
    for g, supply in enumerate(result.case.site.supplies):
        own = table[table["supply"] == g].sort_values("period")
        units = own["standing"].to_numpy(dtype=int)
        firm = _firm_mw(result, g, units, own["bridge_mw"].to_numpy(dtype=float))
        made = _made_mwh(result, g, own["bridge_run_mw"].to_numpy(float), own["beside_mw"].to_numpy(float))
        kinds = [(int(count), bool(mw > 1e-6)) for count, mw in zip(units, firm, strict=True)]
        begin = 0
        for p in range(1, instance.periods + 1):
            if p < instance.periods and kinds[p] == kinds[begin]:
                continue
            if units[begin]:
                hours = instance.hours[begin:p]
                rows.append(
                    SupplyRow(
                        supply=supply.id,
                        name=supply.name,
                        first=instance.period_start[begin],
                        until=instance.period_end[p - 1],
                        units=int(units[begin]),
                        mw=float(units[begin] * supply.unit_mw),
                        bridge_mw=float(hours @ firm[begin:p] / hours.sum()),
                        made_mwh=float(made[begin:p].sum()),
                        goes=_goes(result, g, units, p),
                    )
                )
            begin = p
    return tuple(rows)


def _firm_mw(result: Result, g: int, units: Floats, bridge_mw: Floats) -> Floats:
    supply = result.instance.supply
    return bridge_mw if supply.burns_fuel[g] else units * float(supply.firm_mw_per_unit[g])


def _made_mwh(result: Result, g: int, run_mw: Floats, beside_mw: Floats) -> Floats:
    supply = result.instance.supply
    made: Floats = run_mw * result.instance.hours + beside_mw * supply.beside_grid_mwh_per_mw[g]
    return made


def _goes(result: Result, g: int, units: Floats, p: int) -> str:
    if p < result.instance.periods:
        return "stays" if units[p] >= units[p - 1] else f"{int(units[p - 1] - units[p])} taken away"
    kept = result.plan.tables["outlasting"]
    kept = kept[(kept["supply"] == g) & (kept["kept_mw"] > 1e-6)]
    if len(kept):
        return f"carries contracts until {result.instance.supply.stage_end[int(kept['stage'].max())]}"
    return "sold at the end of the study"


def onsite_mw(result: Result) -> Floats:
    """Return the firm MW that on-site supply gives in each period of the plan [p]."""
    instance, table = result.instance, result.plan.tables["onsite_supply"]
    given = np.zeros(instance.periods)
    for g in range(len(instance.supply.names)):
        own = table[table["supply"] == g].sort_values("period")
        given += _firm_mw(result, g, own["standing"].to_numpy(int), own["bridge_mw"].to_numpy(float))
    return given


def carbon_by_year(result: Result) -> tuple[CarbonRow, ...]:
    """Return the carbon of every calendar year; nothing where the grid's is not known."""
    emissions, carbon = result.case.site.emissions, result.instance.carbon
    if emissions is None:
        return ()
    average = emissions.average_kg_per_mwh / 1000
    marginal = None if emissions.marginal_kg_per_mwh is None else emissions.marginal_kg_per_mwh / 1000
    plan, twin = (_energy(result, outcome) for outcome in (result.plan, result.do_nothing))
    cost = _cost_usd(result)
    rows = []
    for year in range(result.instance.period_start[0].year, result.instance.period_end[-1].year + 1):
        share = _share_in(result, year)
        if not share.any():
            continue
        rows.append(
            CarbonRow(
                year=year,
                hashing_mwh=float(share @ plan.hashing_mwh),
                ai_mwh=float(share @ plan.ai_mwh),
                hashing_t_co2=float(share @ plan.hashing_mwh) * average,
                ai_t_co2=float(share @ plan.ai_mwh) * average,
                onsite_fuel_t_co2=float(share @ plan.fuel_t),
                onsite_saved_mwh=float(share @ plan.saved_mwh),
                onsite_saved_t_co2=float(share @ plan.saved_mwh) * average,
                marginal_t_co2=None if marginal is None else float(share @ plan.total_t(marginal)),
                do_nothing_t_co2=float(share @ twin.total_t(average)),
                cost_usd=float(share @ cost),
                cap_t=float(carbon.cap_t[carbon.cap_years.index(year)]) if year in carbon.cap_years else None,
            )
        )
    return tuple(rows)


def _energy(result: Result, outcome: Outcome) -> _Energy:
    """Energy by use in each period.

    Hashing, hosted machines and rented rigs in the hours they run, AI at its mean draw, what on-site supply burns and
    replaces.
    """
    instance, fleet = result.instance, outcome.tables["asic_fleet"]
    supply, table = instance.supply, outcome.tables["onsite_supply"]
    hashing, fuel, saved = (np.zeros(instance.periods) for _ in range(3))
    run = fleet["run_mw"].to_numpy(dtype=float)
    asics, periods = fleet["asic"].to_numpy(dtype=int), fleet["period"].to_numpy(dtype=int)
    np.add.at(hashing, periods, run * instance.hash_run_frac[asics, periods] * instance.hours[periods])
    g, p = table["supply"].to_numpy(dtype=int), table["period"].to_numpy(dtype=int)
    made = table["bridge_run_mw"].to_numpy(dtype=float) * instance.hours[p]
    beside = table["beside_mw"].to_numpy(dtype=float)
    np.add.at(fuel, p, (made + beside * supply.beside_fuel_mwh_per_mw[g, p]) * supply.fuel_t_per_mwh[g])
    np.add.at(saved, p, made + beside * supply.beside_grid_mwh_per_mw[g, p])
    power = outcome.tables["power"].set_index("period").reindex(range(instance.periods))
    hashing += hosted_mwh(instance, outcome)
    ai = power["ai_mean_mw"].to_numpy(dtype=float) * instance.hours + rented_mwh(instance, outcome)
    return _Energy(hashing, ai, fuel, saved)


def _cost_usd(result: Result) -> Floats:
    """What carbon costs in each period, from the ledger."""
    cash, cost = result.plan.cash_flow, np.zeros(result.instance.periods)
    cash = cash[cash["item"].isin((CONTRACTS, REST)) & (cash["line"] == Line.OPEX.value)]
    np.add.at(cost, cash["column"].to_numpy(dtype=int), -cash["musd"].to_numpy(dtype=float) * 1e6)
    return cost


def _share_in(result: Result, year: int) -> Floats:
    """Share of each period's days that lie in a calendar year."""
    first, last = date(year, 1, 1), date(year + 1, 1, 1)
    spans = zip(result.instance.period_start, result.instance.period_end, strict=True)
    return np.array(
        [max(0, (min(end, last) - max(start, first)).days) / (end - start).days for start, end in spans],
        dtype=np.float64,
    )

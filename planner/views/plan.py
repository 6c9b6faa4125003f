"""Result -> what every outlet shows: the same records and tables, computed once, from the result's own ledger."""

from __future__ import annotations

from datetime import date
from functools import cached_property

import numpy as np

from planner.finance.returns import internal_return, payback_frac, payback_index, peak_funding
from planner.results import Outcome, Result, period_label, stretch_label
from planner.translate.calendar import months_between
from planner.views.contracts import contract_rows
from planner.views.energy import CarbonRow, OrderRow, SupplyRow, carbon_by_year, onsite_mw, orders, supply_stretches
from planner.views.machines import hosted_mw, rented_mw
from planner.views.records import (
    BindingRow,
    CashRow,
    ContractRow,
    ConversionRow,
    Headline,
    ItemRow,
    MegawattRow,
    PlaceRow,
    TightestRow,
    UpgradeRow,
)
from site_conversion.instance import Floats
from site_conversion.lines import Line


class Views:
    """Views of one result. Everything is read from the result; nothing is optimised or priced here."""

    def __init__(self, result: Result) -> None:
        """Keep the result."""
        self.result = result
        self.instance = result.instance

    @cached_property
    def labels(self) -> list[str]:
        """Name of every period."""
        return [period_label(s, e) for s, e in zip(self.instance.period_start, self.instance.period_end, strict=True)]

    @cached_property
    def column_labels(self) -> list[str]:
        """Names of the periods and of what follows them."""
        return [*self.labels, "after the horizon"]

    @cached_property
    def column_years(self) -> Floats:
        """Years from the study's start at which each column's money is valued."""
        rate = self.result.case.study.discount_rate_frac
        return np.asarray(-np.log(self.instance.discount) / np.log(1 + rate), dtype=np.float64)

    def flows_usd(self, outcome: Outcome) -> Floats:
        """Net cash of each column."""
        flows = np.zeros(self.instance.periods + 1)
        np.add.at(flows, outcome.cash_flow["column"].to_numpy(dtype=int), outcome.cash_flow["musd"].to_numpy() * 1e6)
        return flows

    @cached_property
    def headline(self) -> Headline:
        """The first lines of every report."""
        plan, twin = self.result.plan, self.result.do_nothing
        difference = self.flows_usd(plan) - self.flows_usd(twin)
        funding, position = peak_funding(difference)
        capex = plan.cash_flow[plan.cash_flow["line"] == Line.CAPEX.value]["musd"].sum()
        bound = plan.report.bound_musd
        return Headline(
            npv_usd=plan.npv_musd * 1e6,
            do_nothing_npv_usd=twin.npv_musd * 1e6,
            gain_usd=(plan.npv_musd - twin.npv_musd) * 1e6,
            gain_bound_usd=None if bound is None else (bound - twin.npv_musd) * 1e6,
            gap_frac=plan.report.gap_frac,
            status=plan.report.status.value,
            return_against_do_nothing=internal_return(self.column_years, difference),
            payback=self._payback(difference, funding),
            peak_funding_usd=funding,
            peak_funding_when=self.column_labels[position] if funding > 0 else "",
            capex_usd=-float(capex) * 1e6,
            gain_after_horizon_usd=float(difference[-1] * self.instance.discount[-1]),
        )

    def _payback(self, difference: Floats, funding: float) -> str:
        if funding <= 0:
            return "nothing to pay back"
        index = payback_index(difference)
        if index is None:
            return "never, contract income after the horizon included"
        if index == self.instance.periods:
            return "only with the contract income after the horizon"
        begins, ends = self.instance.period_start[index], self.instance.period_end[index]
        months = months_between(self.instance.period_start[0], begins)
        months += payback_frac(difference, index) * months_between(begins, ends)
        return f"in {self.labels[index]} ({months / 12:.1f} years after the start)"

    @cached_property
    def conversions(self) -> tuple[ConversionRow, ...]:
        """Halls that are converted, in the order of their readiness."""
        tables, instance = self.result.plan.tables, self.instance
        halls, placed = tables["halls"], tables["gpu_systems"]
        rows = []
        for h, d in sorted({(int(h), int(d)) for h, d in zip(halls["hall"], halls["design"], strict=True)}):
            group = halls[(halls["hall"] == h) & (halls["design"] == d)]
            first = group[group["converts"]].iloc[0]
            here = placed[(placed["hall"] == h) & (placed["design"] == d)].sort_values("start")
            rows.append(
                ConversionRow(
                    hall=instance.halls[h],
                    design=instance.designs[d],
                    build_start=instance.period_start[int(first["build_start"])],
                    ready=instance.period_start[int(first["ready"])],
                    it_mw=float(group["fitted_mw"].sum()),
                    tenants=tuple(dict.fromkeys(self.result.case.contracts[c].offer for c in here["contract"])),
                )
            )
        return tuple(sorted(rows, key=lambda row: (row.ready, row.hall)))

    @cached_property
    def contracts(self) -> tuple[ContractRow, ...]:
        """Every offer of the case, taken or not, in the case's order."""
        return contract_rows(self.result)

    @cached_property
    def upgrades(self) -> tuple[UpgradeRow, ...]:
        """Every grid request the site could make."""
        instance, table = self.instance, self.result.plan.tables["grid_upgrades"]
        rows = []
        for u, name in enumerate(instance.upgrades):
            here = table[table["upgrade"] == u]
            taken = len(here) > 0
            requested = instance.period_start[int(here["requested"].iloc[0])] if taken else None
            energised = instance.period_start[int(here["energised"].iloc[0])] if taken else None
            rows.append(
                UpgradeRow(
                    upgrade=name,
                    taken=taken,
                    requested=requested,
                    energised=energised,
                    wait_months=months_between(requested, energised) if requested and energised else 0.0,
                    firm_mw=float(instance.upgrade_firm_mw[u]),
                    ai_mw=float(instance.upgrade_ai_mw[u]),
                )
            )
        return tuple(rows)

    @cached_property
    def megawatts_by_year(self) -> tuple[MegawattRow, ...]:
        """MW by use in every calendar year, weighted by days."""
        instance, tables = self.instance, self.result.plan.tables
        periods = range(instance.periods)
        hashing = tables["asic_fleet"].groupby("period")["run_mw"].sum().reindex(periods, fill_value=0.0)
        power = tables["power"].set_index("period").reindex(periods)
        contracted = np.full(instance.periods, instance.firm_mw + instance.interruptible_mw)
        for row in tables["grid_upgrades"].to_dict("records"):
            u, energised = int(row["upgrade"]), int(row["energised"])
            contracted[energised:] += instance.upgrade_firm_mw[u] + instance.upgrade_interruptible_mw[u]
        uses = np.column_stack(
            [
                hashing,
                power["ai_draw_mw"],
                contracted,
                power["ai_it_mw"],
                onsite_mw(self.result),
                hosted_mw(instance, self.result.plan),
                rented_mw(instance, self.result.plan),
            ]
        ).astype(np.float64)
        rows = []
        for year in range(instance.period_start[0].year, instance.period_end[-1].year + 1):
            days = self._days_in(year)
            if days.sum() > 0:
                rows.append(MegawattRow(year, *(days @ uses / days.sum()).tolist()))
        return tuple(rows)

    @cached_property
    def place(self) -> tuple[PlaceRow, ...]:
        """What the site's location gave, with its origin; nothing without a location."""
        return tuple(
            PlaceRow(
                item.field,
                item.value,
                item.is_filled,
                item.link,
                item.trust.value,
                item.source_title,
                item.as_of,
                item.note,
            )
            for item in self.result.case.site.resolved
        )

    @cached_property
    def design_ratios(self) -> tuple[tuple[str, float, float], ...]:
        """Gross-to-IT ratio of every design in the site's climate: design day and mean of the year."""
        instance = self.instance
        peak, mean = instance.design_ratio_peak.tolist(), instance.design_ratio_mean.tolist()
        return tuple(zip(instance.designs, peak, mean, strict=True))

    @cached_property
    def supply_orders(self) -> tuple[OrderRow, ...]:
        """On-site supply that is ordered, in the order of dates."""
        return orders(self.result)

    @cached_property
    def supply_stretches(self) -> tuple[SupplyRow, ...]:
        """On-site supply that stands, by stretches of time in which nothing changes."""
        return supply_stretches(self.result)

    @cached_property
    def carbon_by_year(self) -> tuple[CarbonRow, ...]:
        """Carbon of every calendar year; nothing where the grid's is not known."""
        return carbon_by_year(self.result)

    def _days_in(self, year: int) -> Floats:
        """Days of each period that lie in a calendar year."""
        first, last = date(year, 1, 1), date(year + 1, 1, 1)
        spans = zip(self.instance.period_start, self.instance.period_end, strict=True)
        days = [(min(end, last) - max(start, first)).days for start, end in spans]
        return np.maximum(np.array(days, dtype=np.float64), 0.0)

    @cached_property
    def cash_by_line(self) -> tuple[CashRow, ...]:
        """Present value by line; the rows sum to the headline."""
        plan, twin = (self._present_by_line(outcome) for outcome in (self.result.plan, self.result.do_nothing))
        return tuple(CashRow(line, plan.get(line, 0.0), twin.get(line, 0.0)) for line in Line)

    @cached_property
    def size_usd(self) -> float:
        """The largest present value of a line: what decides how finely money is written."""
        return max((max(abs(row.plan_usd), abs(row.do_nothing_usd)) for row in self.cash_by_line), default=0.0)

    @cached_property
    def is_best_known(self) -> bool:
        """Whether it is proven that nothing better is worth mentioning, not only that the asked gap was reached."""
        head = self.headline
        if head.status != "optimal" or head.gain_bound_usd is None:
            return False
        return head.gain_bound_usd - head.gain_usd <= NOTHING_FRAC * max(self.size_usd, 1.0)

    @cached_property
    def charges_and_income(self) -> tuple[ItemRow, ...]:
        """Present value of items that hide in a line and may decide: minimum take, demand response."""
        rows = []
        for item, what in SHOWN_ITEMS.items():
            plan, twin = (self._present_of(outcome, item) for outcome in (self.result.plan, self.result.do_nothing))
            if plan or twin:
                rows.append(ItemRow(what, plan, twin))
        return tuple(rows)

    def _present_of(self, outcome: Outcome, item: str) -> float:
        cash = outcome.cash_flow[outcome.cash_flow["item"] == item]
        return float((cash["musd"] * 1e6 * self.instance.discount[cash["column"].to_numpy(dtype=int)]).sum())

    def _present_by_line(self, outcome: Outcome) -> dict[Line, float]:
        cash = outcome.cash_flow
        present = cash["musd"] * 1e6 * self.instance.discount[cash["column"].to_numpy(dtype=int)]
        return {Line(str(line)): float(total) for line, total in present.groupby(cash["line"]).sum().items()}

    @cached_property
    def binding(self) -> tuple[BindingRow, ...]:
        """Limits with nothing left, each subject once with the stretches of time in which it binds."""
        limits = self.result.plan.limits
        tight = limits[(limits["slack"] <= 1e-6 * limits["size"]) & (limits["size"] > 1e-6)]
        # that an offer is taken in one size only is no limit anybody could lift
        of_one_offer = (tight["limit"] == "exclusive_group") & tight["subject"].str.startswith("one size of ")
        tight = tight[tight["limit"].isin(SHOWN_LIMITS) & ~of_one_offer]
        rows = []
        for subject, group in tight.groupby("subject", sort=False):
            periods = sorted(set(group["period"].astype(int)))
            of_a_hall = str(group["limit"].iloc[0]).startswith("hall_")
            # a hall's limits are written where its use may change: the first such date says it
            when = f"from {self.labels[periods[0]].partition(' to ')[0]}" if of_a_hall else self._stretches(periods)
            if str(group["limit"].iloc[0]) == "carbon_cap":
                when = "all of that year"
            rows.append(BindingRow(str(subject), when, of_a_hall))
        return tuple(rows)

    @cached_property
    def tightest(self) -> tuple[TightestRow, ...]:
        """Site-wide limits that do not bind, at their tightest: what is left may still be too little for an offer."""
        limits = self.result.plan.limits
        used = limits[limits["limit"].isin(SITE_LIMITS) & (limits["size"] > 1e-6)]
        bound = {row.subject for row in self.binding}
        rows = []
        for subject, group in used.groupby("subject", sort=False):
            if subject in bound:
                continue
            worst = group.sort_values("slack").iloc[0]
            when = self.labels[int(worst["period"])]
            rows.append(TightestRow(str(subject), when, float(worst["slack"]), str(worst["unit"])))
        return tuple(rows)

    def _stretches(self, periods: list[int]) -> str:
        if periods == [-1]:
            return "always"
        parts, first = [], periods[0]
        for here, following in zip(periods, [*periods[1:], None], strict=True):
            if following is None or following != here + 1:
                parts.append(stretch_label(self.labels[first], self.labels[here]))
                first = following if following is not None else here
        return ", ".join(parts)


NOTHING_FRAC = 1e-4
"""Share of the largest line below which a better plan is not worth mentioning."""

SHOWN_ITEMS = {
    "minimum take": "of energy: minimum take, billed and not drawn",
    "demand response": "of revenue: demand response",
}
"""Items of the ledger and their words."""

SITE_LIMITS = (
    "firm_mw_limit", "ai_mw_limit", "site_mw_limit", "substation_mw_limit", "water_limit", "crew_halls", "crew_it_mw",
    "budget",
)  # fmt: skip
"""Limits of the whole site, not of one hall."""

SHOWN_LIMITS = (
    "firm_mw_limit", "ai_mw_limit", "site_mw_limit", "substation_mw_limit", "hash_space_limit", "water_limit",
    "crew_halls", "crew_it_mw", "budget", "carbon_cap", "outlasting_mw_limit", "hall_bays_limit", "hall_floor_limit",
    "exclusive_group",
)  # fmt: skip
"""Limits a manager would act on; fitted MW and whole cooling modules always follow the need."""

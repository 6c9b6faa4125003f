"""Every dollar of a plan again: postings from the decisions, tax in sequence, budget, net present value.

A posting is an amount by column, cash in positive, MUSD; what falls after the horizon is the terminal line.
Income and running costs are taxed; capital (builds, modules, grid, machines, GPUs, tenants' contributions) is
written off instead, from the period that puts it into service.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from site_conversion.audit_carbon import post_carbon
from site_conversion.audit_contracts import post_terms
from site_conversion.audit_debt import DebtCash, check_debt
from site_conversion.audit_hosting import post_hosting
from site_conversion.audit_moves import post_places
from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.audit_rigs import post_rigs
from site_conversion.audit_supply import post_supply
from site_conversion.instance import ASICS, CONVERSION, GRID, Floats, Instance

Key = tuple[str, str, int]


@dataclass
class Book:
    """Cash by line, item and column, with taxed income and write-offs by column."""

    instance: Instance
    cash: defaultdict[Key, float] = field(default_factory=lambda: defaultdict(float))
    size: defaultdict[Key, float] = field(default_factory=lambda: defaultdict(float))
    """Sum of the absolute amounts behind each cell: what rounding is relative to."""
    source: dict[tuple[str, str], str] = field(default_factory=dict)
    """What the items on a line belong to."""
    taxed: set[tuple[str, str]] = field(default_factory=set)
    """Line and item of what is taxed as income."""
    income: Floats = field(init=False)
    write_off: Floats = field(init=False)
    turnover: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Open the columns: one for each period and the last for what follows."""
        self.income, self.write_off, self.turnover = (np.zeros(self.instance.periods + 1) for _ in range(3))

    def post(self, line: str, item: str, musd: Floats, source: str = "site") -> None:
        """Post an amount by column; only capex, advances and tax are no taxable income."""
        self.source[line, item] = self.source["terminal", item] = source
        for x, amount in enumerate(musd.tolist()):
            if amount:
                key = ("terminal" if x == self.instance.periods else line, item, x)
                self.cash[key] += amount
                self.size[key] += abs(amount)
        if line not in ("capex", "advances", "tax"):
            self.taxed |= {(line, item)} | ({("terminal", item)} if musd[-1] else set())
            self.income += musd
            self.turnover += np.abs(musd)

    def spending(self) -> Floats:
        """Return capital to be paid by period: what is spent less what tenants advance."""
        musd = np.zeros(self.instance.periods + 1)
        for (line, item, x), amount in self.cash.items():
            if line == "capex" or (line == "advances" and self.source.get((line, item)) == "buildings"):
                musd[x] -= amount
        return musd[:-1]

    def tenants_money(self) -> Floats:
        """Return what tenants contribute and advance, by period."""
        contributions = {f"{name} contribution" for name in self.instance.contracts}
        musd = np.zeros(self.instance.periods + 1)
        for (line, item, x), amount in self.cash.items():
            if (line == "capex" and item in contributions) or (
                line == "advances" and self.source.get((line, item)) == "buildings"
            ):
                musd[x] += amount
        return musd[:-1]

    def deduct(self, musd: Floats) -> None:
        """Write off an amount by column against taxable income."""
        self.write_off += musd
        self.turnover += np.abs(musd)

    def invest(self, item: str, asset: int, k: int, spend_musd: Floats, source: str = "site") -> None:
        """Post capital spent by period and write it off from its entry into service at k."""
        self.post("capex", item, -np.append(spend_musd, 0.0), source)
        self.deduct(float(spend_musd.sum()) * self.instance.depreciation_frac[asset, k])


def check_money(plan: Plan, report: Report, npv_musd: float) -> None:
    """Recompute the ledger and compare cash flow, tax, budget and net present value."""
    book = post_decisions(plan, report.instance)
    _tax(plan, report, book)
    _check_cash_flow(plan, report, book)
    _check_budget(plan, report, book)
    check_debt(plan, report, DebtCash(book.cash, book.source, book.spending(), book.tenants_money()))
    discount = report.instance.discount
    worth = sum(amount * float(discount[x]) for (_, _, x), amount in book.cash.items())
    size = sum(amount * float(discount[x]) for (_, _, x), amount in book.size.items())
    report.agree_money("npv", "net present value", npv_musd, worth, size)


def post_decisions(plan: Plan, instance: Instance) -> Book:
    """Return the book of a plan's decisions at an instance's prices, before tax."""
    book = Book(instance)
    _post_contracts(plan, book)
    post_terms(plan, book)
    _post_gpus_and_power(plan, book)
    _post_buildings(plan, book)
    _post_machines(plan, book)
    post_places(plan, book)
    post_hosting(plan, book)
    post_rigs(plan, book)
    _post_minimum_take(plan, book)
    post_supply(plan, book)
    post_carbon(plan, book)
    return book


def _post_contracts(plan: Plan, book: Book) -> None:
    """Rent or GPU hours, damages, running cost and contribution of contracts in service."""
    instance = book.instance
    for c, k in plan.starts:
        name = instance.contracts[c]
        book.post("revenue", name, instance.revenue_musd[c, k], "contracts")
        book.post("revenue", f"{name} late damages", -instance.damages_musd[c, k], "contracts")
        book.post("opex", f"{name} running cost", -instance.contract_opex_musd[c, k], "contracts")
        contribution = instance.contribution_musd[c, k]
        book.post("capex", f"{name} contribution", contribution, "contracts")
        book.deduct(-float(contribution.sum()) * instance.depreciation_frac[CONVERSION, k])


def _post_gpus_and_power(plan: Plan, book: Book) -> None:
    """By placement: GPUs by racks; energy in the yearly mean and demand on the design day, less what is repaid."""
    instance = book.instance
    for row in plan.placements:
        c, k, name = row.contract, row.start, instance.contracts[row.contract]
        share = row.racks / float(instance.contract_racks[c])
        book.post("capex", f"{name} GPUs", -share * instance.gpu_musd[c, k], "contracts")
        book.deduct(share * instance.gpu_depreciation_musd[c, k])
        it_mw = row.racks * instance.contract_rack_mw[c]
        energy = it_mw * instance.design_ratio_mean[row.design] * instance.energy_musd_per_gross_mw[c, k]
        energy = energy + it_mw * instance.design_ratio_peak[row.design] * instance.demand_musd_per_gross_mw[c, k]
        book.post("energy", f"{name} power", -energy, "contracts")
        book.post("revenue", f"{name} power repaid", instance.power_recovered_frac[c] * energy, "contracts")


def _post_buildings(plan: Plan, book: Book) -> None:
    """Conversions (once and per fitted MW) and modules over the months of the build; grid upgrades."""
    instance = book.instance
    for row in plan.fitouts:
        h, d, k = row.hall, row.design, row.ready
        fixed = float(instance.conversion_fixed_musd[h, d]) if row.converts else 0.0
        cost = fixed + float(instance.conversion_musd_per_mw[h, d]) * row.fitted_mw
        book.invest("conversion", CONVERSION, k, cost * instance.build_spend_frac[h, d, k], "buildings")
    for added in plan.modules:
        h, d, k = added.hall, added.design, added.ready
        cost = float(instance.module_capex_musd[d, added.medium]) * added.modules
        book.invest("cooling modules", CONVERSION, k, cost * instance.build_spend_frac[h, d, k], "buildings")
    for request in plan.requests:
        spend = instance.upgrade_spend_musd[request.upgrade, request.requested]
        book.invest(f"grid: {instance.upgrades[request.upgrade]}", GRID, request.energised, spend, "buildings")


def _post_machines(plan: Plan, book: Book) -> None:
    """Hashing of the MW that run, machines bought and sold, what is left at the end; the site's fixed cost."""
    instance = book.instance
    last = instance.periods - 1
    for row in plan.machines:
        a, p, name = row.asic, row.period, instance.asics[row.asic]
        now = np.zeros(instance.periods + 1)
        now[p] = 1.0
        book.post("revenue", f"hashing {name}", now * instance.hash_revenue_musd_per_mw[a, p] * row.run_mw)
        book.post("revenue", "demand response", now * instance.response_musd_per_mw[a, p] * row.run_mw)
        book.post("energy", "power of ASICs", -now * instance.hash_energy_musd_per_mw[a, p] * row.run_mw)
        book.post("opex", "running cost of ASICs", -now * instance.hash_opex_musd_per_mw[a, p] * row.run_mw)
        bought = now[:-1] * instance.asic_buy_musd_per_mw[a, p] * row.bought_mw
        book.invest(f"{name} bought", ASICS, p, bought)
        book.post("revenue", f"{name} sold", now * instance.asic_resale_musd_per_mw[a, p] * row.sold_mw)
        if p == last:
            left = np.zeros(instance.periods + 1)
            left[-1] = instance.asic_resale_musd_per_mw[a, -1] * row.owned_mw
            book.post("terminal", f"{name} sold", left)
    book.post("opex", "site fixed cost", -np.append(instance.site_fixed_musd, 0.0))


def _post_minimum_take(plan: Plan, book: Book) -> None:
    """MW billed and not drawn, at the demand charge of the months of their stretch."""
    instance = book.instance
    for row in plan.billings:
        cost = np.zeros(instance.periods + 1)
        cost[instance.take_period[row.billing]] = instance.take_musd_per_mw[row.billing] * row.shortfall_mw
        book.post("energy", "minimum take", -cost)


def _tax(plan: Plan, report: Report, book: Book) -> None:
    """Tax each year in sequence, as the law does, post it in its last period, and check the tax table against it.

    offset = min(losses carried forward, limit * taxable); taxable and loss are compared by their difference, and
    taxable by what is left of it, since at a limit of 1 adding to taxable, loss and offset alike changes nothing.
    """
    instance, rate = report.instance, report.instance.tax_rate_frac
    rows = Counter(row.column for row in plan.tax)
    said = {row.column: row for row in plan.tax}
    bank = 0.0
    for year in instance.tax_columns:
        for column_inside in year[:-1]:
            if rows[column_inside]:
                report.fail("one_row", f"{report.when(column_inside)} in table finance", rows[column_inside], 0)
        x = year[-1]
        base = float((book.income - book.write_off)[year].sum())
        taxable, loss = max(base, 0.0), max(-base, 0.0)
        offset = min(bank, instance.loss_offset_limit_frac * taxable)
        bank += loss - offset
        size = float(book.turnover[: x + 1].sum())
        column = np.zeros(instance.periods + 1)
        column[x] = -rate * (taxable - offset)
        book.post("tax", "income tax", column)
        book.size["terminal" if x == instance.periods else "tax", "income tax", x] = size
        if rows[x] != (rate > 0):
            report.fail("one_row", f"{report.when(x)} in table finance", rows[x], rate > 0)
        elif rate > 0:
            row, when = said[x], report.when(x)
            net, taxed = row.taxable_musd - row.loss_musd, row.taxable_musd - row.offset_musd
            report.agree_money("tax_base", f"taxable income less loss in {when}", net, base, size)
            report.agree_money("offset_limit", f"income taxed after losses in {when}", taxed, taxable - offset, size)
            report.agree_money("loss_bank", f"losses carried forward from {when}", row.loss_bank_musd, bank, size)


def _check_cash_flow(plan: Plan, report: Report, book: Book) -> None:
    """Compare cell by cell; a cell that is absent counts as nothing."""
    said: defaultdict[Key, float] = defaultdict(float)
    for row in plan.postings:
        said[row.line, row.item, row.column] += row.musd
        right = book.source.get((row.line, row.item), row.source)
        if row.source != right:
            report.fail("source", f"{row.line} {row.item}, said to be of {row.source} and not of {right},")
    for key in sorted(said.keys() | book.cash.keys(), key=lambda key: (key[2], key)):
        line, item, x = key
        where = f"{line} {item} in {report.when(x)}"
        report.agree_money("cash_flow", where, said[key], book.cash.get(key, 0.0), book.size.get(key, 0.0))


def _check_budget(plan: Plan, report: Report, book: Book) -> None:
    """Capital spent so far within the equity that has become available.

    Contributions, resale, tenants' advances as received and what is drawn of a loan are netted.
    """
    instance = report.instance
    drawn_musd = np.zeros(instance.periods)
    for row in plan.draws:
        drawn_musd[row.period] += row.drawn_musd
    spent_musd = np.cumsum(book.spending() - drawn_musd)
    report.limit("budget", "equity available", spent_musd * 1e6, instance.budget_musd * 1e6, "USD")

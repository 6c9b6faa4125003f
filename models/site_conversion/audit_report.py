"""What an audit writes: findings, the words for them, and the tolerances they are found with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from site_conversion.instance import Floats, Instance

TOLERANCE = 1e-6
"""Largest overrun accepted, relative to the quantity or to one STEP of its unit, whichever is larger."""
HALF_DOLLAR_MUSD = 5e-7
MONEY_TOLERANCE = 1e-9
"""Tighter than the limits: money is added up from exact decisions."""
STEPS = {"m2": 1e3, "m3": 1e3, "t": 1e3, "rigs": 1e3, "USD": 1e6}
"""Size of one unit of account where it is not 1: thousand m2, m3, t and rigs, million USD."""

USES = "uses {found} {unit}, has {allowed}"
SAYS = "the plan says {found} {unit}, recomputed {allowed}"
RULES = {
    "table": "is missing or lacks columns",
    "number": "is not a finite number",
    "index_range": "is {found}, expected a whole number from 0 to {allowed}",
    "whole_number": "is {found}, expected a whole number",
    "not_negative": "is {found}, expected no less than {allowed}",
    "one_row": "has {found} rows, expected {allowed}",
    "one_start": "begins service on {found} dates, expected {allowed}",
    "start_allowed": "service may not begin on this day",
    "whole_contract": "has {found} racks placed, expected {allowed}",
    "placed_it_mw": SAYS,
    "compatible_design": "the contract does not accept this design",
    "signed_contract": "signed, but not delivered",
    "exclusive_group": "{found} of them are taken, allowed {allowed}",
    "follows": "begins before the offer it follows",
    "most_halls": "stands in {found} halls, allowed {allowed}",
    "override_forced": "the plan does not do it",
    "override_forbidden": "the plan does it all the same",
    "override_halls": "the plan has it in {found} halls, of which {allowed} are the ones that are asked for",
    "override_fit_out": "the works begin when they should, the fit-out of the first tenant does not",
    "rights_table": SAYS,
    "bays_if_delivered": "{found} bays are taken without service",
    "bay_power": "the fullest bay draws {found} {unit}, has {allowed}",
    "bay_floor": "the fullest bay needs {found} {unit}, has {allowed}",
    "one_conversion": "is converted {found} times, allowed {allowed}",
    "design_allowed": "the hall cannot become this design",
    "build_calendar": "no such build is possible",
    "converted_design": "the hall is not converted to this design",
    "ready_before_use": "the hall is not ready by then",
    "crew_halls": "{found} are under way, there are crews for {allowed}",
    "crew_it_mw": "{found} {unit} are under way, there are crews for {allowed}",
    "hall_bays_limit": USES,
    "hall_it_mw_limit": USES,
    "hall_electrical": USES,
    "hall_floor_limit": USES,
    "hall_heat_limit": USES,
    "firm_mw_limit": USES,
    "ai_mw_limit": USES,
    "site_mw_limit": USES,
    "substation_mw_limit": USES,
    "hash_space_limit": USES,
    "water_limit": USES,
    "budget": USES,
    "no_loan": "has {found} rows of a loan that the case does not offer",
    "draw_window": "the loan may not be drawn then",
    "debt_in_cost": "{found} {unit} are drawn, {allowed} were to be paid",
    "loan_to_cost": "is {found} {unit}, its share of cost allows {allowed}",
    "largest_loan": "is {found} {unit}, allowed {allowed}",
    "debt_cover": "needs {found} {unit} of cash with its cover, there are {allowed}",
    "loan_falls": "is {found} {unit}, it was {allowed} before",
    "loan_repaid": "is {found} {unit}, allowed {allowed}",
    "one_request": "is requested {found} times, allowed {allowed}",
    "upgrade_energised": "the queue does not end then",
    "minimum_take": "{found} {unit} must be billed, {allowed} are",
    "billing_period": "is in period {found}, expected {allowed}",
    "owned_state": SAYS,
    "asic_kept": "{found} {unit} are kept past retirement",
    "asic_buy_limit": "{found} {unit} are bought, allowed {allowed}",
    "asic_age": "{found} {unit} are kept, {allowed} are young enough",
    "away_state": SAYS,
    "may_stay": "{found} {unit} are there, and may not be",
    "away_age": "{found} {unit} are kept, {allowed} are young enough",
    "place_room": USES,
    "host_once": "begins on {found} dates, expected {allowed}",
    "host_start": "hosting may not begin on this day",
    "signed_hosting": "signed, but not served",
    "as_is_state": SAYS,
    "upgraded_state": SAYS,
    "rig_kept": "{found} {unit} are kept past retirement",
    "usable_rigs": "{found} {unit} are upgraded, {allowed} are fit for it",
    "may_upgrade": "{found} {unit} are upgraded, and may not be",
    "may_rebuild": "{found} {unit} are rebuilt, and may not be",
    "sold_rebuilt": "{found} {unit} are sold, {allowed} were rebuilt before",
    "rig_stock": "{found} {unit} are rented, owned {allowed}",
    "rental_most": "{found} {unit} are rented, asked for {allowed}",
    "run_limit": "{found} {unit} run, owned {allowed}",
    "run_in_spans": "{found} {unit} run in the mean, day by day there is room for {allowed}",
    "customers_room": "customers' machines lack {found} {unit} by the end",
    "sold_or_moved": "{found} {unit} are sold or moved, owned before {allowed}",
    "power_table": SAYS,
    "open_floor": SAYS,
    "supply_order": "no unit may be ordered then",
    "standing_units": "the plan says {found} units, recomputed {allowed}",
    "most_units": "{found} units stand, allowed {allowed}",
    "unit_use": USES,
    "bridge_kind": "holds {found} {unit} as a bridge, may hold {allowed}",
    "bridge_run": "makes {found} {unit}, holds {allowed}",
    "own_ai_mw_limit": USES,
    "own_load_mw_limit": USES,
    "bridge_rest_mw_limit": "{found} {unit}, allowed {allowed}",
    "kept_limit": "{found} {unit}, allowed {allowed}",
    "outlasting_mw_limit": USES,
    "carbon_table": SAYS,
    "carbon_cap": USES,
    "tax_base": SAYS,
    "offset_limit": SAYS,
    "loss_bank": SAYS,
    "source": "the ledger puts it elsewhere",
    "cash_flow": SAYS,
    "npv": SAYS,
}
"""Every rule that is checked and how its breach is said, after the place where it was found."""


@dataclass(frozen=True)
class Finding:
    """A breach: the rule, the place in the case's own words, what was found and what is allowed or right."""

    rule: str
    where: str
    found: float
    allowed: float
    unit: str

    @property
    def message(self) -> str:
        """The finding as a sentence; as many digits as it takes to tell the two numbers apart."""
        first = 1 if self.unit in ("MW", "m2", "m3", "t") else 0
        found = allowed = ""
        for digits in range(first, 10):
            found, allowed = f"{self.found:,.{digits}f}", f"{self.allowed:,.{digits}f}"
            if found != allowed:
                break
        return f"{self.where}: {RULES[self.rule].format(found=found, allowed=allowed, unit=self.unit)}"


@dataclass
class Report:
    """Collects findings, and knows how to compare and how to say a period."""

    instance: Instance
    findings: list[Finding] = field(default_factory=list)

    def fail(self, rule: str, where: str, found: float = 1.0, allowed: float = 0.0, unit: str = "") -> None:
        """Note a breach."""
        self.findings.append(Finding(rule, where, float(found), float(allowed), unit))

    @staticmethod
    def exceeds(used: float, allowed: float, unit: str) -> bool:
        """Whether more is used than allowed, beyond the tolerance."""
        return not used - allowed <= TOLERANCE * max(STEPS.get(unit, 1.0), abs(used))

    def limit(self, rule: str, subject: str, used: Floats, allowed: Floats, unit: str) -> None:
        """Check used <= allowed in every period; one finding, at the worst one."""
        broken = [p for p in range(len(used)) if self.exceeds(float(used[p]), float(allowed[p]), unit)]
        if broken:
            p = max(broken, key=lambda p: float(used[p] - allowed[p]))
            others = len(broken) - 1
            also = f" and {others} more period{'s' * (others > 1)}" if others else ""
            self.fail(rule, f"{subject} in {self.when(p)}{also}", used[p], allowed[p], unit)

    def agree(self, rule: str, where: str, found: float, right: float, unit: str) -> None:
        """Check that a figure of the plan is the recomputed one."""
        if not abs(found - right) <= TOLERANCE * max(STEPS.get(unit, 1.0), abs(right)):
            self.fail(rule, where, found, right, unit)

    def agree_money(self, rule: str, where: str, found_musd: float, right_musd: float, size_musd: float) -> None:
        """The same for money, said in USD: half a dollar, and a hundredth of a millionth of what was added up."""
        if not abs(found_musd - right_musd) <= HALF_DOLLAR_MUSD + MONEY_TOLERANCE * size_musd:
            self.fail(rule, where, found_musd * 1e6, right_musd * 1e6, "USD")

    def when(self, column: int) -> str:
        """Say a period by its months, or the column after the last."""
        if column >= self.instance.periods:
            return "the time after the horizon"
        first, last = self.instance.period_start[column], self.instance.period_end[column] - timedelta(days=1)
        return " to ".join(dict.fromkeys(f"{day:%b %Y}" for day in (first, last)))

    def day(self, p: int) -> str:
        """Say the day a period begins."""
        first = self.instance.period_start[p]
        return f"{first.day} {first:%b %Y}"

    def hall(self, h: int, d: int) -> str:
        """Name a hall and what it becomes."""
        return f"hall {self.instance.halls[h]} as {self.instance.designs[d]}"

    def contract(self, c: int) -> str:
        """Name a contract."""
        return f"contract {self.instance.contracts[c]}"

"""The outside check: clean plans pass, and every rule notices a plan that breaks it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import site_conversion
from planner.schemas import Case
from planner.translate import translate
from site_conversion import assemble, handover, solution, solve
from site_conversion.audit import Finding, audit
from site_conversion.audit_report import RULES
from site_conversion.instance import Instance


def case() -> dict[str, Any]:
    """A site on which everything that costs or earns happens.

    Three mining halls; a signed lease (late, ramped, with a contribution), a GPU cloud contract, an offer nobody
    would take whose termination is paid, machines to buy, to keep and to retire, and a grid too small for the AI
    load before its upgrade. Little equity at first and a cheap loss limit keep taxes from being trivial.
    """
    curve = [{"hours_frac": 0.9, "usd_per_mwh": 25}, {"hours_frac": 0.1, "usd_per_mwh": 200}]
    hall = {"electrical_mw": 20, "floor_m2": 4000, "bays": 2, "mining": {"capacity_mw": 20, "cooling": "air"}}
    wet = {"fan_power_frac": 0.04, "mechanical_power_frac": 0.1, "free_cooling_c": 20, "water_m3_per_mwh_heat": 1.5}
    design = {
        "redundancy": "n_plus_1", "electrical_m2_per_it_mw": 40, "electrical_loss_frac": 0.06, "air_module": "crah",
        "spare_modules": 1, "reused_frac": 0.1, "build_months": 6, "hashing_lost_months": 4,
    }  # fmt: skip
    offer = {
        "redundancy": "n", "ready_by": "2027-11-01", "longstop": "2029-06-01", "term_months": 60,
        "late_damages_usd_per_month": 50_000, "opex_usd_per_kw_month": 18,
    }  # fmt: skip
    lease = {"kind": "colocation", "rent_usd_per_kw_month": 150, "escalator_frac_per_year": 0.03}
    queue = {"p10_months": 3, "p50_months": 6, "p90_months": 12}
    asic = {"hashrate_ths": 100, "cooling": "air", "resale_usd_per_ths": 3, "resale_change_frac_per_year": -0.3}
    return {
        "schema_version": 1,
        "name": "Small site",
        "study": {
            "start": "2027-01-01", "grid": [{"months": 3, "count": 6}, {"months": 12, "count": 3}],
            "discount_rate_frac": 0.1,
        },
        "market": {
            "hashprice": {"forward_curve": [{"date": "2027-01-01", "usd_per_ph_day": 45}]},
            "power": {
                "curve": [{"quarter": q, "bins": curve} for q in (1, 2, 3, 4)],
                "demand_charge_usd_per_kw_month": 2,
                "coincident_peak": {"usd_per_kw_year": 40, "until": "2029-08-15", "avoided_hours_per_year": 50},
                "minimum_take": {"demand_frac": 0.85, "until": "2030-03-01"},
            },
            "demand_response": [
                {
                    "name": "Reserve", "until": "2029-02-10", "usd_per_mw_year": 20_000, "usd_per_mwh_curtailed": 40,
                    "maximum_hours_per_year": 300,
                },
            ],
        },
        "site": {
            "name": "S", "firm_mw": 25, "interruptible_mw": 40, "water_limit_m3_per_year": 400_000,
            "substation_mva": 80,
            "climate": {"design_temperature_c": 38, "hours_below_c": {20: 4000, 30: 8000, 38: 8760}},
            "halls": [{"id": name, **hall} for name in ("A", "B", "C")],
            "upgrades": [
                {
                    "id": "line", "firm_mw": 30, "capex_usd": 5e6, "deposit_usd": 1e6, "substation_mva": 20,
                    "queue": queue,
                },
            ],
            "change_of_use": {"queue": queue, "fee_usd": 100_000},
            "supplies": supplies(),
            "emissions": {"average_kg_per_mwh": 400},
        },
        "carbon": {
            "price_usd_per_t": [{"date": "2027-06-01", "usd": 3}, {"date": "2030-01-01", "usd": 8}],
            "cap": [{"date": "2027-07-01", "t_per_year": 170_000}],
        },
        "fleet": {
            "classes": [
                {"id": "old", "name": "Old", "count": 9000, "power_w": 3000, "retire_by": "2029-01-01", **asic},
                {
                    "id": "new", "name": "New", "count": 0, "power_w": 1600, **asic,
                    "purchase": {"price_usd_per_ths": 6, "max_count_per_year": 4000},
                },
            ],
            "operations": {
                "variable_usd_per_mwh": 2, "fixed_usd_per_mw_year": 10_000, "site_fixed_usd_per_year": 500_000,
            },
        },
        "cooling_modules": [
            {"id": "crah", "name": "Air", "medium": "air", "capacity_mw": 2, "floor_m2": 50, "capex_usd": 1e6, **wet},
            {"id": "cdu", "name": "CDU", "medium": "liquid", "capacity_mw": 4, "floor_m2": 20, "capex_usd": 1e6, **wet},
        ],
        "designs": [
            {
                "id": "air", "name": "Air", "cooling": "air", "max_kw_per_rack": 40, "m2_per_rack": 4,
                "liquid_heat_frac": 0, "capex_fixed_usd": 2e6, "capex_usd_per_it_mw": 4e6, **design,
            },
            {
                "id": "dlc", "name": "Direct to chip", "cooling": "direct_to_chip", "max_kw_per_rack": 140,
                "m2_per_rack": 6, "liquid_heat_frac": 0.85, "liquid_module": "cdu", "capex_fixed_usd": 3e6,
                "capex_usd_per_it_mw": 6e6, **design,
            },
        ],
        "gpu_systems": [
            {
                "id": "gb", "name": "GB", "gpus_per_rack": 72, "rack_kw": 132, "price_usd_per_rack": 3.2e6,
                "life_years": 3, "resale_frac_at_end_of_life": 0.1,
            },
        ],
        "contracts": [
            {
                **offer, **lease, "id": "lease", "tenant": "T1", "cooling": ["direct_to_chip"], "signed": True,
                "it_mw": 22, "kw_per_rack": 132, "lease": "modified_gross", "tenant_contribution_usd_per_kw": 500,
                "ramp": [{"month": 0, "share_frac": 0.4}, {"month": 9, "share_frac": 1}],
            },
            {
                **offer, "id": "cloud", "tenant": "T2", "cooling": ["direct_to_chip"], "kind": "gpu_cloud",
                "gpu_system": "gb", "racks": 40, "rate_usd_per_gpu_hour": 3.5,
                "rate_change_frac_per_year": 0, "utilisation_frac": 0.8,
            },
            {
                **offer, **lease, "id": "poor", "tenant": "T3", "cooling": ["air"], "signed": True,
                "termination_usd": 1e6, "it_mw": 5, "kw_per_rack": 40, "lease": "gross",
                "rent_usd_per_kw_month": 10,
            },
        ],
        "finance": {
            "tax_rate_frac": 0.21, "loss_offset_limit_frac": 0.5,
            "gpu_depreciation": {"method": "straight_line", "years": 1},
            "equity_budget": [{"date": "2027-01-01", "added_usd": 4e8}, {"date": "2028-01-01", "added_usd": 6e8}],
        },
    }  # fmt: skip


def supplies() -> list[dict[str, Any]]:
    """Gas sets that bridge and then help in dear hours, a battery and solar; cheap, so that all of them are bought."""
    terms = {"lead_time_months": 3, "fixed_usd_per_mw_year": 2_000, "escalator_frac_per_year": 0.02, "resale_frac": 0.4}
    return [
        {
            "kind": "gas", "id": "gas", "name": "Gas", "unit_mw": 4, "most_units": 3, "capex_usd_per_mw": 1e5,
            "firm_frac": 0.9, "heat_rate_mmbtu_per_mwh": 8, "fuel_usd_per_mmbtu": 4, "running_usd_per_mwh": 6,
            "leaves_by": "2029-06-01", **terms,
        },
        {
            "kind": "battery", "id": "cell", "name": "Cell", "unit_mw": 2, "most_units": 2, "capex_usd_per_mw": 2e4,
            "firm_frac": 0.5, "hours": 4, **terms,
        },
        {
            "kind": "solar", "id": "sun", "name": "Sun", "unit_mw": 3, "most_units": 1, "capex_usd_per_mw": 1e4,
            "firm_frac": 0, "capacity_factor_frac": 0.2, **terms,
        },
    ]  # fmt: skip


@dataclass
class Plan:
    """A plan as `audit` is given it, free to be tampered with."""

    instance: Instance
    tables: dict[str, pd.DataFrame]
    cash_flow: pd.DataFrame
    npv_musd: float

    def findings(self) -> tuple[Finding, ...]:
        return audit(self.instance, self.tables, self.cash_flow, self.npv_musd)

    def set(self, table: str, column: str, value: Any, row: int = 0) -> None:
        """Overwrite a cell."""
        frame = self.tables[table]
        frame[column] = [value if i == row else old for i, old in enumerate(frame[column])]

    def add(self, table: str, column: str, amount: float, row: int = 0) -> None:
        """Change a cell by an amount."""
        self.set(table, column, self.tables[table][column].iloc[row] + amount, row)

    def repeat(self, table: str, **changes: int) -> None:
        """Append the first row again, changed."""
        frame = self.tables[table]
        self.tables[table] = pd.concat([frame, frame.head(1).assign(**changes)], ignore_index=True)

    def drop(self, table: str, column: str, value: int) -> None:
        """Drop the rows with this value."""
        frame = self.tables[table]
        self.tables[table] = frame[frame[column] != value].reset_index(drop=True)

    def change(self, **arrays: Any) -> None:
        """Let the same plan be for another instance."""
        self.instance = replace(self.instance, **arrays)

    def index(self, kind: str, name: str) -> int:
        names: tuple[str, ...] = getattr(self.instance, kind)
        return names.index(name)


def solved(instance: Instance) -> Plan:
    built = assemble.build(instance)
    arrays = handover.compile_arrays(built)
    _, x = solve.solve(arrays, solve.SolveOptions())
    assert x is not None
    found = solution.read(built, arrays, x)
    return Plan(instance, dict(found.tables), found.cash_flow, found.npv_musd)


@cache
def _solved_once() -> Plan:
    return solved(translate(Case.model_validate(case())))


@pytest.fixture
def plan() -> Plan:
    once = _solved_once()
    return Plan(once.instance, copy.deepcopy(once.tables), once.cash_flow.copy(), once.npv_musd)


def test_a_solved_plan_is_clean(plan: Plan) -> None:
    assert plan.findings() == ()


def test_the_plan_holds_what_the_tampering_needs(plan: Plan) -> None:
    """Both contracts in service, one over two halls; everything bought, sold, taxed and paid at least once."""
    assert sorted(set(plan.tables["gpu_systems"]["contract"])) == [0, 1]
    assert len(plan.tables["grid_upgrades"]) == 2
    nonzero = plan.cash_flow[plan.cash_flow["musd"].abs() > 1e-3]
    assert {
        "lease", "lease late damages", "lease contribution", "lease power repaid", "cloud GPUs", "poor termination",
        "conversion", "cooling modules", "grid: line", "grid: change of use",
        "on-site: gas", "on-site: cell sold", "on-site: sun upkeep", "on-site: gas fuel", "carbon of contracts",
        "carbon of hashing and solar",
        "on-site: cell saves grid energy", "new bought", "old sold", "new sold",
        "hashing old", "power of ASICs", "site fixed cost", "income tax", "minimum take", "demand response",
    } <= set(nonzero["item"])  # fmt: skip
    assert plan.tables["finance"]["offset_musd"].max() > 1e-3


def _unlimited(data: dict[str, Any]) -> None:
    del data["finance"]["equity_budget"], data["site"]["water_limit_m3_per_year"], data["site"]["substation_mva"]
    data["finance"]["capex_escalator_frac_per_year"] = 0.2


def _full_offset(data: dict[str, Any]) -> None:
    data["finance"]["loss_offset_limit_frac"] = 1.0


def _untaxed(data: dict[str, Any]) -> None:
    data["finance"]["tax_rate_frac"] = 0.0


def _tight(data: dict[str, Any]) -> None:
    data["contracts"][0]["signed"] = False
    data["contracts"][0]["exclusive_group"] = data["contracts"][1]["exclusive_group"] = "one"
    data["finance"]["equity_budget"] = [
        {"date": "2027-01-01", "added_usd": 3e7},
        {"date": "2028-01-01", "added_usd": 2e8},
    ]
    data["site"]["halls"][1]["floor_m2"] = 900


@pytest.mark.parametrize("change", [_unlimited, _full_offset, _untaxed, _tight])
def test_plans_of_other_cases_are_clean(change: Callable[[dict[str, Any]], None]) -> None:
    data = case()
    change(data)
    assert solved(translate(Case.model_validate(data))).findings() == ()


def test_the_twin_that_goes_on_mining_is_clean() -> None:
    assert solved(_solved_once().instance.do_nothing()).findings() == ()


def scaled(plan: Plan, name: str, factor: float) -> None:
    plan.change(**{name: getattr(plan.instance, name) * factor})


def scaled_part(plan: Plan, part: str, name: str, factor: float) -> None:
    """Scale an array of the on-site supply or of the carbon terms."""
    record = getattr(plan.instance, part)
    plan.change(**{part: replace(record, **{name: getattr(record, name) * factor})})


def scale_part(part: str, name: str, factor: float) -> Callable[[Plan], None]:
    return lambda plan: scaled_part(plan, part, name, factor)


def bridging_battery(plan: Plan) -> None:
    plan.set("onsite_supply", "bridge_mw", 1.0, row=plan.instance.periods)


def no_permit(plan: Plan) -> None:
    plan.change(supply=replace(plan.instance.supply, may_stand=np.zeros_like(plan.instance.supply.may_stand)))


def no_order(plan: Plan) -> None:
    plan.change(
        supply=replace(plan.instance.supply, standing_from=np.full_like(plan.instance.supply.standing_from, -1))
    )


def no_number(plan: Plan) -> None:
    plan.set("halls", "fitted_mw", float("nan"))


def missing_column(plan: Plan) -> None:
    plan.tables["tenants"] = plan.tables["tenants"].drop(columns="bays")


def start_too_early(plan: Plan) -> None:
    allowed = plan.instance.start_allowed.copy()
    allowed[0] = False
    plan.change(start_allowed=allowed)


def no_lease(plan: Plan) -> None:
    plan.drop("gpu_systems", "contract", 0)


def one_group(plan: Plan) -> None:
    plan.change(contract_group=np.array([4, 4, -1]))


def no_design_allowed(plan: Plan) -> None:
    plan.change(design_allowed=np.zeros_like(plan.instance.design_allowed))


def ready_later(plan: Plan) -> None:
    plan.add("halls", "ready", 1)


def no_change_of_use(plan: Plan) -> None:
    use = plan.index("upgrades", "change of use")
    plan.drop("grid_upgrades", "upgrade", use)


def no_upgrade(plan: Plan) -> None:
    line = plan.index("upgrades", "line")
    plan.drop("grid_upgrades", "upgrade", line)


def retired(plan: Plan) -> None:
    plan.change(asic_kept=np.zeros_like(plan.instance.asic_kept))


def without_row(table: str, column: str) -> Callable[[Plan], None]:
    return lambda plan: plan.drop(table, column, int(plan.tables[table][column].iloc[-1]))


def set_cell(table: str, column: str, value: Any, row: int = 0) -> Callable[[Plan], None]:
    return lambda plan: plan.set(table, column, value, row)


def add_to(table: str, column: str, amount: float, row: int = 0) -> Callable[[Plan], None]:
    return lambda plan: plan.add(table, column, amount, row)


def scale(name: str, factor: float) -> Callable[[Plan], None]:
    return lambda plan: scaled(plan, name, factor)


def repeat(table: str, **changes: int) -> Callable[[Plan], None]:
    return lambda plan: plan.repeat(table, **changes)


def invent_loan(plan: Plan) -> None:
    plan.tables["debt"] = pd.DataFrame([{"period": 0, "drawn_musd": 1.0}])


def shift_cash(plan: Plan) -> None:
    row = plan.cash_flow.index[(plan.cash_flow["item"] == "lease") & (plan.cash_flow["musd"] > 1)][0]
    plan.cash_flow.loc[row, "column"] += 1


def drop_cash(plan: Plan) -> None:
    plan.cash_flow = plan.cash_flow[plan.cash_flow["item"] != "poor termination"]


def invent_cash(plan: Plan) -> None:
    gift = pd.DataFrame([{"line": "revenue", "item": "gift", "column": 0, "musd": 1e-6}])
    plan.cash_flow = pd.concat([plan.cash_flow, gift], ignore_index=True)


def another_line(plan: Plan) -> None:
    plan.cash_flow["line"] = plan.cash_flow["line"].replace("opex", "energy")


def another_source(plan: Plan) -> None:
    plan.cash_flow["source"] = plan.cash_flow["source"].replace("contracts", "site")


def better_npv(plan: Plan) -> None:
    plan.npv_musd += 1e-4


OF_A_LOAN = {
    "draw_window", "debt_in_cost", "loan_to_cost", "largest_loan", "debt_cover", "loan_falls", "loan_repaid",
}  # fmt: skip
"""Rules that test_audit_debt breaks."""

TAMPERINGS: dict[str, list[Callable[[Plan], None]]] = {
    "table": [missing_column],
    "number": [no_number],
    "supply_order": [no_order],
    "standing_units": [
        add_to("onsite_supply", "standing", 1), add_to("onsite_supply", "ordered", 1),
        add_to("onsite_supply", "removed", 1, row=3), no_order,
    ],
    "most_units": [no_permit, scale_part("supply", "most_units", 0)],
    "unit_use": [add_to("onsite_supply", "beside_mw", 9, row=3), scale_part("supply", "unit_mw", 0.9)],
    "bridge_kind": [bridging_battery],
    "bridge_run": [add_to("onsite_supply", "bridge_run_mw", 0.1, row=6)],
    "own_ai_mw_limit": [add_to("onsite_supply", "beside_mw", 9, row=3)],
    "own_load_mw_limit": [add_to("onsite_supply", "beside_mw", 99, row=25)],
    "bridge_rest_mw_limit": [set_cell("onsite_supply", "bridge_mw", 30.0, row=6)],
    "kept_limit": [set_cell("outlasting", "kept_mw", 99.0)],
    "outlasting_mw_limit": [no_upgrade],
    "carbon_table": [add_to("carbon", "t_co2", 2), add_to("asic_fleet", "run_mw", -0.1)],
    "carbon_cap": [scale_part("carbon", "cap_t", 0.9)],
    "index_range": [
        set_cell("tenants", "hall", 99), set_cell("halls", "build_start", -1), set_cell("tenants", "hall", 0.5),
    ],
    "whole_number": [set_cell("gpu_systems", "racks", 1.5), set_cell("cooling", "modules", 2.5)],
    "no_loan": [invent_loan],
    "not_negative": [set_cell("cooling", "modules", -1), set_cell("asic_fleet", "run_mw", -0.1)],
    "one_row": [
        without_row("power", "period"), without_row("asic_fleet", "period"), without_row("finance", "column"),
        repeat("power"), without_row("minimum_take", "billing"), repeat("minimum_take"),
        without_row("onsite_supply", "period"), repeat("onsite_supply"), without_row("carbon", "period"),
        repeat("outlasting"),
    ],
    "one_start": [repeat("gpu_systems", start=5)],
    "start_allowed": [start_too_early],
    "whole_contract": [add_to("gpu_systems", "racks", -1), add_to("gpu_systems", "racks", 1)],
    "placed_it_mw": [add_to("gpu_systems", "it_mw", 0.01)],
    "compatible_design": [set_cell("gpu_systems", "design", 0)],
    "signed_contract": [no_lease],
    "exclusive_group": [one_group],
    "bays_if_delivered": [no_lease],
    "bay_power": [scale("design_ratio_peak", 2), set_cell("tenants", "bays", 0)],
    "bay_floor": [scale("design_rack_m2", 9), set_cell("tenants", "bays", 0)],
    "one_conversion": [repeat("halls")],
    "design_allowed": [no_design_allowed],
    "build_calendar": [add_to("halls", "build_start", 1), set_cell("cooling", "ready", 0)],
    "converted_design": [set_cell(table, "design", 0) for table in ("halls", "cooling", "tenants", "gpu_systems")],
    "ready_before_use": [ready_later, set_cell("tenants", "start", 0), set_cell("cooling", "ready", 0)],
    "hall_bays_limit": [set_cell("tenants", "bays", 3)],
    "hall_it_mw_limit": [add_to("halls", "fitted_mw", -1), ready_later],
    "hall_electrical": [add_to("halls", "fitted_mw", 9)],
    "hall_floor_limit": [add_to("cooling", "modules", 99)],
    "hall_heat_limit": [add_to("cooling", "modules", -1), add_to("cooling", "modules", -1, row=1)],
    "firm_mw_limit": [no_upgrade, scale("firm_mw", 0.1)],
    "ai_mw_limit": [no_change_of_use],
    "site_mw_limit": [add_to("asic_fleet", "run_mw", 99), scale("interruptible_mw", 0)],
    "substation_mw_limit": [scale("substation_mw", 0.1)],
    "hash_space_limit": [add_to("asic_fleet", "run_mw", 99), scale("hall_mining_mw", 0.3)],
    "water_limit": [scale("water_limit_m3", 0.01)],
    "budget": [scale("budget_musd", 0.1)],
    "one_request": [repeat("grid_upgrades")],
    "upgrade_energised": [add_to("grid_upgrades", "energised", -1)],
    "minimum_take": [
        add_to("minimum_take", "shortfall_mw", -0.1), scale("take_mw", 1.1), scale("take_upgrade_mw", 2),
        scale("take_load_frac", 0.5), scale("design_ratio_peak", 0.9),
    ],
    "billing_period": [add_to("minimum_take", "period", 1)],
    "owned_state": [add_to("asic_fleet", "owned_mw", 1), add_to("asic_fleet", "sold_mw", 0.1)],
    "asic_kept": [retired],
    "asic_buy_limit": [add_to("asic_fleet", "bought_mw", 1), scale("asic_buy_limit_mw", 0.1)],
    "run_limit": [set_cell("asic_fleet", "owned_mw", 1.0), add_to("asic_fleet", "run_mw", 99)],
    "power_table": [
        add_to("power", name, 0.1, row=7) for name in ("ai_it_mw", "ai_reserved_mw", "ai_draw_mw", "ai_mean_mw")
    ],
    "open_floor": [add_to("floor_space", "open_floor_m2", 9999), set_cell("floor_space", "open_floor_m2", 1)],
    "tax_base": [add_to("finance", "taxable_musd", 1e-3), add_to("finance", "loss_musd", 1e-3)],
    "offset_limit": [add_to("finance", "offset_musd", 1e-3), add_to("finance", "taxable_musd", 1e-3)],
    "loss_bank": [add_to("finance", "loss_bank_musd", 1e-3)],
    "source": [another_source],
    "cash_flow": [shift_cash, drop_cash, invent_cash, another_line],
    "npv": [better_npv],
}  # fmt: skip


ELSEWHERE = {"follows", "most_halls", "rights_table"}
"""Rules tampered with in the tests of contracts' terms."""


def test_every_rule_is_tampered_with() -> None:
    """Here, or where a subsystem's own rules are."""
    elsewhere = {rule for path in Path(__file__).parent.glob("test_audit_*.py") for rule in _keys_of_tamperings(path)}
    assert set(TAMPERINGS) | ELSEWHERE | OF_A_LOAN | elsewhere == set(RULES)
    assert not set(TAMPERINGS) & OF_A_LOAN


def _keys_of_tamperings(path: Path) -> set[str]:
    """Keys of the dict of tamperings in a test file."""
    return {
        str(key.value)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target).endswith("TAMPERINGS")
        for key in getattr(node.value, "keys", [])
        if isinstance(key, ast.Constant)
    }


@pytest.mark.parametrize(("rule", "which"), [(rule, i) for rule, all_ in TAMPERINGS.items() for i in range(len(all_))])
def test_a_broken_rule_is_named(plan: Plan, rule: str, which: int) -> None:
    tamper = TAMPERINGS[rule][which]
    tamper(plan)
    found = {finding.rule: finding for finding in plan.findings()}
    assert rule in found, sorted(found)
    assert found[rule].message.startswith(f"{found[rule].where}: ")
    assert "{" not in found[rule].message


@pytest.mark.parametrize("line", ["revenue", "energy", "opex", "capex", "tax", "terminal"])
def test_one_dollar_too_many_is_found(plan: Plan, line: str) -> None:
    cells = plan.cash_flow[(plan.cash_flow["line"] == line) & (plan.cash_flow["musd"].abs() > 1e-3)]
    smallest = int(cells["musd"].abs().argmin())
    musd = float(cells["musd"].iloc[smallest])
    plan.cash_flow["musd"] = plan.cash_flow["musd"].mask(plan.cash_flow["musd"] == musd, musd + 1e-6)
    (finding,) = plan.findings()
    assert (finding.rule, finding.unit) == ("cash_flow", "USD")
    assert finding.where.startswith(f"{line} {cells['item'].iloc[smallest]} in ")
    assert finding.found - finding.allowed == pytest.approx(1.0, abs=0.01)


UNREAD = {
    "name": "a title", "years": "only inside other arrays",
    "hall_twin": "an order among equals", "just_in_time": "what is offered, not what is allowed",
    "tax_year": "read as tax_columns",
}  # fmt: skip
MONEY = [
    name
    for name in (field.name for field in fields(Instance))
    if "musd" in name or name in ("discount", "tax_rate_frac", "loss_offset_limit_frac", "depreciation_frac",
                                  "build_spend_frac", "power_recovered_frac", "design_ratio_mean")
]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MONEY if name != "budget_musd"])
def test_every_price_is_read(plan: Plan, name: str) -> None:
    """The plan of one instance does not pass for the plan of another whose prices differ by a thousandth."""
    scaled(plan, name, 0.999)
    assert {finding.rule for finding in plan.findings()} & {"cash_flow", "npv", "offset_limit"}


PARTS = [
    (part, field.name)
    for part in ("supply", "carbon")
    for field in fields(getattr(_solved_once().instance, part))
    if "musd" in field.name and field.name != "after_musd_per_mw"
]


@pytest.mark.parametrize(("part", "name"), [*PARTS, ("supply", "fuel_t_per_mwh"), ("carbon", "grid_t_per_mwh")])
def test_every_price_of_supply_and_carbon_is_read(plan: Plan, part: str, name: str) -> None:
    scaled_part(plan, part, name, 0.999)
    assert {finding.rule for finding in plan.findings()} & {"cash_flow", "carbon_table"}


def test_what_is_kept_after_the_horizon_is_read() -> None:
    """Without a larger grid the gas sets carry the lease to its end."""
    data = case()
    del data["site"]["upgrades"], data["site"]["supplies"][0]["leaves_by"]
    found = solved(translate(Case.model_validate(data)))
    assert found.findings() == ()
    kept_mw = found.tables["outlasting"]["kept_mw"].max()
    assert kept_mw > 1
    scaled_part(found, "supply", "after_musd_per_mw", 0.999)
    assert {finding.rule for finding in found.findings()} >= {"cash_flow", "npv"}
    found = solved(translate(Case.model_validate(data)))
    found.set("outlasting", "kept_mw", 0.0)
    assert "outlasting_mw_limit" in {finding.rule for finding in found.findings()}


def test_a_finding_reads_as_a_sentence() -> None:
    finding = Finding("hall_floor_limit", "floor of hall B2 as dlc in Jan 2029 to Mar 2029", 4120, 4000, "m2")
    assert finding.message == "floor of hall B2 as dlc in Jan 2029 to Mar 2029: uses 4,120.0 m2, has 4,000.0"
    close = Finding("firm_mw_limit", "firm grid MW for AI load in Jan 2029", 40.00004, 40, "MW")
    assert close.message == "firm grid MW for AI load in Jan 2029: uses 40.00004 MW, has 40.00000"


def test_a_limit_broken_for_long_is_said_once(plan: Plan) -> None:
    scaled(plan, "water_limit_m3", 0.01)
    messages = [finding.message for finding in plan.findings()]
    assert len(messages) == 1
    assert messages[0].startswith("cooling water in Jul 2029 to Jun 2030 and ")
    assert " more period" in messages[0]


SOURCES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(Path(site_conversion.__path__[0]).glob("audit*.py"))
}


def test_every_array_is_read() -> None:
    """What the audit never looks at could be wrong in the model without notice."""
    read = {node.attr for tree in SOURCES.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    instance = _solved_once().instance
    parts = [value for field in fields(Instance) if is_dataclass(value := getattr(instance, field.name))]
    held = {field.name for part in (instance, *parts) for field in fields(part)}
    assert held - read == set(UNREAD)


def test_the_audit_uses_nothing_of_the_model() -> None:
    standard = {"collections", "dataclasses", "datetime", "functools", "itertools", "math", "typing", "__future__"}
    allowed = {"numpy", "pandas"} | standard
    assert len(SOURCES) > 5
    data = {f"site_conversion.{path.stem}" for path in Path(site_conversion.__path__[0]).glob("instance*.py")}
    own = {f"site_conversion.{path.stem}" for path in SOURCES} | data
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name in own or name.split(".")[0] in allowed, f"{path.name} imports {name}"

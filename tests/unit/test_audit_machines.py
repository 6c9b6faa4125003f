"""The outside check of machines: ages, other places, hosting, rigs; every rule notices a plan that breaks it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.schemas import Case
from planner.translate import translate
from tests.formulation.support import Entry, Site, asic, hall, power
from tests.unit.test_audit import Plan, add_to, repeat, set_cell, solved, without_row

PARTS = ("moves", "hosting", "rigs")


def case() -> Case:
    """A site on which all of it happens.

    Old machines grow too old, bought ones do not; some go to a place that closes; one customer is signed, one chosen,
    one refused; rigs are upgraded, rebuilt, rented and sold; a minimum take bills what nobody draws.
    """
    purchase = {"price_usd_per_ths": 4, "max_count_per_year": 2_000}
    away: Entry = {"id": "north", "name": "North", "cooling": "air", "room_mw": 8, "all_in_usd_per_mwh": 38}
    guest: Entry = {
        "customer": "C", "mw": 4, "cooling": "air", "fee_usd_per_mwh": 95, "power": "included", "uptime_frac": 0.97,
        "latest_start": "2031-01-01", "term_months": 30, "opex_usd_per_mw_year": 3_000,
    }  # fmt: skip
    rental: Entry = {
        "tenant": "R", "grade": "upgraded", "rigs": 300, "usd_per_gpu_hour": 0.4, "rate_change_frac_per_year": -0.1,
        "utilisation_frac": 0.8, "opex_usd_per_rig_month": 12,
    }  # fmt: skip
    rig: Entry = {
        "id": "rig", "name": "Rig", "count": 1_500, "gpus_per_rig": 8, "power_w": 1_600, "resale_usd_per_rig": 900,
        "resale_change_frac_per_year": -0.2, "retire_by": "2031-06-01",
        "rebuild": {"gpus_per_rig": 8, "usd_per_gpu": 9_000, "power_w": 5_000, "strip_usd_per_rig": 300},
    }  # fmt: skip
    site = Site(
        halls=(hall("a", 40, mining_mw=30),),
        years=4,
        usd_per_ph_day=48,
        firm_mw=32,
        power=power(
            (0.9, 50), (0.1, 200), demand_charge_usd_per_kw_month=2, minimum_take={"demand_frac": 1},
            coincident_peak={"usd_per_kw_year": 20, "until": "2031-05-10", "avoided_hours_per_year": 50},
        ),
        machines=(
            asic(8_000, id="old", bought="2027-03-01", retire_age_years=4, resale_usd_per_ths=2, purchase=purchase),
            asic(4_000, id="other", resale_usd_per_ths=3, resale_change_frac_per_year=-0.2),
        ),
        operations={"escalator_frac_per_year": 0.02, "pool_fee_frac": 0.01},
        fleet={
            "elsewhere": (
                away | {"move_usd_per_machine": 100, "downtime_months": 2.5, "closes": "2032-03-10"},
                away | {"id": "far", "name": "Far", "all_in_usd_per_mwh": 70, "move_usd_per_machine": 150,
                        "downtime_months": 1, "opens": "2030-01-01"},
            ),
            "hosted": (
                guest | {"id": "signed", "signed": True, "fee_usd_per_mwh": 60, "power": "passed_through"},
                guest | {"id": "chosen", "fee_escalator_frac_per_year": 0.03, "uptime_frac": 1, "fee_usd_per_mwh": 190},
                guest | {"id": "refused", "fee_usd_per_mwh": 20},
            ),
            "rigs": (rig, rig | {"id": "junk", "usable_frac": 0, "rebuild": None}),
            "rig_rentals": (
                rental | {"id": "upgraded", "until": "2031-10-01"},
                rental
                | {"id": "rebuilt", "grade": "rebuilt", "usd_per_gpu_hour": 1.5, "rigs": 100, "until": "2031-04-20"},
            ),
        },
        finance={"tax_rate_frac": 0.21, "asic_depreciation": {"method": "straight_line", "years": 3}},
    )  # fmt: skip
    return site.case()


@cache
def _solved_once() -> Plan:
    return solved(translate(case()))


@pytest.fixture
def plan() -> Plan:
    once = _solved_once()
    return Plan(once.instance, copy.deepcopy(once.tables), once.cash_flow.copy(), once.npv_musd)


def test_a_solved_plan_is_clean(plan: Plan) -> None:
    assert plan.findings() == ()


def test_the_plan_holds_what_the_tampering_needs(plan: Plan) -> None:
    tables = plan.tables
    assert sorted(tables["asic_hosting"]["hosting"]) == [0, 1]
    assert set(tables["rig_rentals"]["rental"]) == {0, 1}
    assert (tables["rig_rebuilds"][["rebuilt_rigs", "sold_rigs"]].max() > 1).all()
    assert (tables["gpu_rigs"][["upgrade_rigs", "sold_as_is_rigs", "sold_upgraded_rigs"]].max() > 1).all()
    assert (tables["elsewhere"][["moved_mw", "sold_mw"]].max() > 0.1).all()
    assert tables["asic_fleet"]["bought_mw"].max() > 0.1
    nonzero = set(plan.cash_flow[plan.cash_flow["musd"].abs() > 1e-3]["item"])
    assert {
        "hashing old at north", "machines at north", "moving to north", "hosting signed", "hosting signed power",
        "hosting signed power repaid", "hosting signed running cost", "rigs rented to rebuilt", "rig upgraded",
        "rig rebuilt", "rig stripped", "rig rebuilt sold", "rig sold", "junk sold", "power of rented rigs",
        "running cost of rented rigs", "minimum take",
    } <= nonzero  # fmt: skip


def test_the_twin_that_goes_on_mining_takes_nothing_new() -> None:
    """Signed customers are served, machines move and are sold, rigs are kept or sold."""
    twin = solved(_solved_once().instance.do_nothing())
    assert twin.findings() == ()
    assert twin.tables["asic_hosting"]["hosting"].tolist() == [0]
    assert twin.tables["rig_rentals"].empty
    assert twin.tables["rig_rebuilds"].empty
    assert twin.tables["gpu_rigs"]["upgrade_rigs"].max() == 0
    assert twin.tables["elsewhere"]["moved_mw"].max() > 0.1


def part(plan: Plan, name: str, **arrays: Any) -> None:
    """Let the same plan be for an instance with other arrays in one of its parts."""
    plan.change(**{name: replace(getattr(plan.instance, name), **arrays)})


def scale(name: str, array: str, factor: float) -> Callable[[Plan], None]:
    return lambda plan: part(plan, name, **{array: getattr(getattr(plan.instance, name), array) * factor})


def none(name: str, array: str) -> Callable[[Plan], None]:
    return lambda plan: part(plan, name, **{array: np.zeros_like(getattr(getattr(plan.instance, name), array))})


def largest(table: str, column: str, amount: float) -> Callable[[Plan], None]:
    """Change the largest cell of a column."""
    return lambda plan: plan.add(table, column, amount, int(plan.tables[table][column].argmax()))


def sold_before_rebuilt(plan: Plan) -> None:
    frame = plan.tables["rig_rebuilds"]
    plan.tables["rig_rebuilds"] = frame.assign(period=frame["built"])


def one_customer_more(plan: Plan) -> None:
    plan.repeat("asic_hosting", hosting=2)


def nobody_hosted(plan: Plan) -> None:
    plan.tables["asic_hosting"] = plan.tables["asic_hosting"].head(0)


def rented_when_over(plan: Plan) -> None:
    rows = pd.DataFrame([{"rental": 1, "rig": 0, "period": 3, "rented_rigs": 1.0}])
    plan.tables["rig_rentals"] = pd.concat([plan.tables["rig_rentals"], rows], ignore_index=True)


MACHINE_TAMPERINGS: dict[str, list[Callable[[Plan], None]]] = {
    "one_row": [
        without_row("elsewhere", "period"), repeat("elsewhere"), without_row("gpu_rigs", "period"), repeat("gpu_rigs"),
    ],
    "index_range": [
        set_cell("elsewhere", "place", 9), set_cell("asic_hosting", "hosting", 9), set_cell("gpu_rigs", "rig", 9),
        set_cell("rig_rentals", "rental", 9), set_cell("rig_rebuilds", "built", 9),
    ],
    "not_negative": [set_cell("rig_rentals", "rented_rigs", -1), set_cell("elsewhere", "sold_mw", -1)],
    "owned_state": [largest("elsewhere", "moved_mw", 1)],
    "asic_age": [none("moves", "start_young"), none("moves", "bought_young")],
    "away_state": [largest("elsewhere", "away_mw", 0.1), largest("elsewhere", "sold_mw", 0.1)],
    "may_stay": [none("moves", "may_stay")],
    "away_age": [none("moves", "leaves")],
    "place_room": [scale("moves", "room_mw", 0.1)],
    "host_once": [repeat("asic_hosting", start=1)],
    "host_start": [none("hosting", "start_allowed")],
    "signed_hosting": [nobody_hosted],
    "site_mw_limit": [scale("hosting", "mw", 20), scale("rigs", "mw_per_krig", 90)],
    "substation_mw_limit": [
        lambda plan: plan.change(substation_mw=float(plan.tables["asic_fleet"].groupby("period")["run_mw"].sum().max()))
    ],
    "hash_space_limit": [scale("hosting", "mw", 20), scale("rigs", "mw_per_krig", 90)],
    "minimum_take": [
        scale("hosting", "mw", 0.5), none("hosting", "take_load_frac"), none("rigs", "take_load_frac"),
        scale("rigs", "mw_per_krig", 0.5),
    ],
    "as_is_state": [add_to("gpu_rigs", "as_is_rigs", 1), largest("rig_rebuilds", "rebuilt_rigs", 1)],
    "upgraded_state": [add_to("gpu_rigs", "upgraded_rigs", 1), largest("gpu_rigs", "upgrade_rigs", 1)],
    "rig_kept": [none("rigs", "kept")],
    "usable_rigs": [scale("rigs", "usable_krigs", 0.5)],
    "may_upgrade": [none("rigs", "may_upgrade")],
    "may_rebuild": [none("rigs", "may_rebuild")],
    "sold_rebuilt": [largest("rig_rebuilds", "sold_rigs", 500), sold_before_rebuilt],
    "rig_stock": [largest("rig_rentals", "rented_rigs", 200), scale("rigs", "rental_grade", 0)],
    "rental_most": [scale("rigs", "rental_krigs", 0.1), rented_when_over],
    "cash_flow": [one_customer_more],
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "which"), [(rule, i) for rule, all_ in MACHINE_TAMPERINGS.items() for i in range(len(all_))]
)
def test_a_broken_rule_is_named(plan: Plan, rule: str, which: int) -> None:
    MACHINE_TAMPERINGS[rule][which](plan)
    found = {finding.rule: finding for finding in plan.findings()}
    assert rule in found, sorted(found)
    assert "{" not in found[rule].message


MONEY = [
    (name, field.name)
    for name in PARTS
    for field in fields(getattr(_solved_once().instance, name))
    if "musd" in field.name or field.name == "repaid_frac"
]


@pytest.mark.parametrize(("name", "array"), MONEY)
def test_every_price_is_read(plan: Plan, name: str, array: str) -> None:
    """The plan of one instance does not pass for the plan of another whose prices differ by a thousandth."""
    scale(name, array, 0.999)(plan)
    assert {finding.rule for finding in plan.findings()} & {"cash_flow", "npv"}

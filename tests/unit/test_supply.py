"""On-site supply and carbon: what batteries find in a price curve, problems, doubts, and what outlets show."""

from __future__ import annotations

import numpy as np
import pytest

from planner.case_file.checks import reference_problems
from planner.case_file.doubts import doubts
from planner.reports.terminal import summary
from planner.schemas import Case
from planner.schemas.supply import BatterySupply
from planner.studies.check import check
from planner.studies.plan import InfeasibleCase, PlanOptions, plan
from planner.translate import translate
from planner.translate.prices import PriceCurve
from planner.translate.supply import battery_work
from planner.views import Views
from site_conversion.assemble import build
from site_conversion.handover import compile_arrays
from site_conversion.options import Options
from site_conversion.warm_start import from_tables
from tests.formulation.support import Entry, Site, asic, hall, lease
from tests.formulation.test_hand_supply import GRID, battery, gas, upgrade


def cell(**terms: object) -> BatterySupply:
    """Return the battery of the hand-solved cases."""
    return BatterySupply.model_validate(battery(**terms))


def curve(*bins: tuple[float, float]) -> PriceCurve:
    """Return a price curve of (share of hours, USD/MWh)."""
    return PriceCurve(np.array([share for share, _ in bins]), np.array([usd for _, usd in bins], dtype=np.float64))


@pytest.mark.parametrize(
    ("terms", "bins", "gain_usd", "saved_mwh"),
    [
        # 0.25 at 100, charging 0.25 / 0.8 = 0.3125 hours: 0.25 at 20, 0.0625 at 40
        ({}, [(0.25, 20), (0.5, 40), (0.25, 100)], 25 - 5 - 2.5, 0.25 - 0.3125),
        # only a tenth of the hours is dear enough: 40 / 0.8 = 50 is above 45
        ({}, [(0.1, 100), (0.4, 45), (0.5, 40)], 10 - 0.125 * 40, 0.1 - 0.125),
        # flat: no cycle pays for its losses
        ({}, [(1.0, 40)], 0.0, 0.0),
        # paid for charging: as long as an hour of charging is left, 4 / 9 of the day gives what 5 / 9 took
        ({"hours": 24}, [(1.0, -9)], 0.0, 0.0),
        ({"hours": 24}, [(0.6, 0), (0.4, 90)], 36.0, 0.4 - 0.5),
        # without losses, both ends move until the prices meet
        ({"round_trip_frac": 1, "hours": 12}, [(0.5, 10), (0.5, 30)], 10.0, 0.0),
        ({"cycles_per_day": 0}, [(0.5, 10), (0.5, 30)], 0.0, 0.0),
    ],
)
def test_a_battery_finds_the_best_cycle_of_a_curve(
    terms: Entry, bins: list[tuple[float, float]], gain_usd: float, saved_mwh: float
) -> None:
    found = battery_work(cell(**terms), curve(*bins))
    if bins != [(1.0, -9)]:
        assert (found.saved_usd, found.grid_mwh) == pytest.approx((gain_usd, saved_mwh))
        return
    # at a negative price losses earn: x gives at -9 what x / 0.8 took at -9, for x = 4 / 9
    assert (found.saved_usd, found.grid_mwh) == pytest.approx((9 * (5 / 9 - 4 / 9), 4 / 9 - 5 / 9))


def bridge(**site: object) -> Case:
    """Return the lease that a bridge carries until the grid comes."""
    more: Entry = {"supplies": [gas(), battery()], "upgrades": [upgrade()], **site}
    return Site(contracts=(lease(),), firm_mw=0, power=GRID, more=more).case()


def test_firm_megawatts_of_the_site_count_for_what_can_be_hosted() -> None:
    """Four gas sets of 5 MW from 2030 on, 10 MW from the grid from 2031 on."""
    instance = translate(bridge())
    assert Options(instance).most_ai_mw.tolist() == [0, 20, 30]
    assert Options(instance.do_nothing()).most_ai_mw.tolist() == [0, 0, 0]
    gone = translate(bridge(supplies=[gas(leaves_by="2031-01-01")]))
    assert Options(gone).most_ai_mw.tolist() == [0, 20, 10]


def test_a_case_without_them_has_no_row_of_them() -> None:
    built = build(translate(Site(contracts=(lease(),), power=GRID).case()))
    names = {row.name.split("[")[0] for row in compile_arrays(built).rows}
    words = ("onsite", "carbon", "outlasting", "own_", "bridge_")
    assert not [name for name in names if any(word in name for word in words)]


def test_the_search_starts_from_a_plan_with_orders() -> None:
    case = bridge()
    first = plan(case, {})
    built = build(translate(case))
    arrays = compile_arrays(built)
    start = from_tables(built, arrays, first.plan.tables)
    whole = {arrays.columns[j].name: amount for j, amount in start.items() if amount}
    assert whole["onsite_supply.ordered[0,0]"] == 2
    assert whole["onsite_supply.removed[0,2]"] == 2
    again = plan(case, {}, PlanOptions(start_from=first))
    assert again.plan.npv_musd == pytest.approx(first.plan.npv_musd)
    assert check(again).clean


def test_views_show_what_stands_and_what_it_does() -> None:
    result = plan(bridge(emissions={"average_kg_per_mwh": 100, "marginal_kg_per_mwh": 300}), {})
    views = Views(result)
    (order,) = views.supply_orders
    assert (order.supply, order.units) == ("gas", 2)
    assert (order.mw, order.capex_usd) == pytest.approx((10, 10e6))
    (row,) = views.supply_stretches
    assert (row.units, row.bridge_mw, row.made_mwh) == pytest.approx((2, 10, 87_600))
    assert row.goes == "2 taken away"
    assert [year.onsite_mw for year in views.megawatts_by_year] == pytest.approx([0, 10, 0])
    assert all(abs(year.unused_mw) < 1e-6 for year in views.megawatts_by_year)
    carbon = views.carbon_by_year[1]
    # 87,600 MWh of AI load at 100 kg, all of it made from fuel at 500 kg
    assert carbon.ai_t_co2 == pytest.approx(8_760)
    assert (carbon.onsite_fuel_t_co2, carbon.onsite_saved_mwh) == pytest.approx((43_800, 87_600))
    assert (carbon.total_t_co2, carbon.marginal_t_co2) == pytest.approx((43_800, 43_800))
    assert views.carbon_by_year[2].marginal_t_co2 == pytest.approx(26_280)
    text = summary(result)
    assert "gas: 2 units, 10.0 MW, ordered Jan 2029, standing Jan 2030, 10.0 MUSD" in text
    assert "not ordered: battery" in text
    assert "made on site" in text


def test_views_show_the_cap_and_the_cost_of_carbon() -> None:
    """5 of 10 MW of machines run under the cap and pay 10 USD for each of 21,900 t."""
    site = Site(
        (hall(mining_mw=10),), usd_per_ph_day=48, power=GRID, machines=(asic(),),
        carbon={
            "cap": [{"date": "2029-01-01", "t_per_year": 21_900}],
            "price_usd_per_t": [{"date": "2029-01-01", "usd": 10}],
        },
        more={"emissions": {"average_kg_per_mwh": 500}},
    )  # fmt: skip
    result = plan(site.case(), {})
    for row in Views(result).carbon_by_year:
        assert (row.total_t_co2, row.cap_t, row.cost_usd) == pytest.approx((21_900, 21_900, 219_000))
    text = summary(result)
    assert "Carbon by year (rules count the average; cost in MUSD)" in text
    assert "carbon allowed in 2030" in text


def test_a_cap_that_a_signed_contract_breaks_is_named() -> None:
    """The lease emits 8,760 t a year and 8,000 are allowed."""
    site = Site(
        contracts=(lease(signed=True),), carbon={"cap": [{"date": "2030-01-01", "t_per_year": 8_000}]},
        more={"emissions": {"average_kg_per_mwh": 100}},
    )  # fmt: skip
    with pytest.raises(InfeasibleCase, match=r"short of carbon allowed in 2030 by 760\.0 t CO2"):
        plan(site.case(), {})


def test_a_contract_that_nothing_carries_after_the_study_is_named() -> None:
    """The gas sets' permit ends with the study, the signed lease goes on."""
    supply = gas(leaves_by="2032-01-01")
    site = Site(contracts=(lease(term_months=36, signed=True),), firm_mw=0, power=GRID, more={"supplies": [supply]})
    with pytest.raises(InfeasibleCase, match="firm grid MW for contracts that outlast the study"):
        plan(site.case(), {})


def test_rules_about_carbon_need_the_carbon_of_the_grid() -> None:
    rules: Entry = {
        "price_usd_per_t": [{"date": "2029-01-01", "usd": 10}],
        "cap": [{"date": "2029-01-01", "t_per_year": 1}],
    }
    messages = [problem.message for problem in reference_problems(Site(carbon=rules).case())]
    assert messages == [
        "carbon.price_usd_per_t needs site.emissions, typed or from site.location; found none",
        "carbon.cap needs site.emissions, typed or from site.location; found none",
    ]
    known: Entry = {"emissions": {"average_kg_per_mwh": 400}}
    assert not reference_problems(Site(carbon=rules, more=known).case())
    marginal = Site(carbon={**rules, "basis": "marginal"}, more=known).case()
    assert all("marginal_kg_per_mwh; found none" in problem.message for problem in reference_problems(marginal))


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"latest_order": "2028-12-31"}, "latest_order 2028-12-31 is before the study starts on 2029-01-01"),
        ({"earliest_order": "2032-01-01"}, "earliest_order 2032-01-01 is after the study ends on 2032-01-01"),
        ({"leaves_by": "2029-01-01"}, "leaves_by 2029-01-01 is not after the study starts"),
    ],
)
def test_a_supply_that_can_never_stand_is_a_problem(terms: Entry, message: str) -> None:
    (problem,) = reference_problems(Site(more={"supplies": [gas(**terms)]}).case())
    assert problem.message.startswith(message)
    assert problem.path[:3] == ("site", "supplies", 0)


SUN: Entry = {
    "kind": "solar", "id": "sun", "name": "Sun", "unit_mw": 5, "most_units": 1, "capex_usd_per_mw": 1e6,
    "lead_time_months": 6, "firm_frac": 0, "capacity_factor_frac": 0.25,
}  # fmt: skip


def of_energy(case: Case) -> list[str]:
    """Return what is asked about supplies and carbon."""
    return [doubt for doubt in doubts(case) if doubt.startswith(("supply", "carbon"))]


@pytest.mark.parametrize(
    ("supply", "words"),
    [
        (gas(fuel_usd_per_mmbtu=0), "0 USD per MMBtu; was the price forgotten?"),
        (gas(heat_rate_mmbtu_per_mwh=25), "needs 25 MMBtu per MWh, not 6 to 14"),
        (gas(capex_usd_per_mw=1_000), "costs 1,000 USD per MW, not 100,000 to 5,000,000; is it per kW?"),
        (gas(most_hours_per_year=1_000), "its MW are not firm: it is no bridge"),
        (SUN | {"capacity_factor_frac": 0.5}, "a capacity factor of 0.5, above 0.4"),
        (SUN | {"firm_frac": 0.1}, "there is no sun at night"),
        (battery(firm_frac=0.5), "counts 50% of its MW as firm: it holds them for 6 hours"),
    ],
)
def test_what_looks_like_another_unit_is_asked_about(supply: Entry, words: str) -> None:
    (doubt,) = of_energy(Site(more={"supplies": [supply]}).case())
    assert words in doubt


def test_plausible_supplies_raise_no_doubt() -> None:
    supplies = [gas(), battery(), SUN]
    emissions = {"average_kg_per_mwh": 400}
    dear = {"price_usd_per_t": [{"date": "2029-01-01", "usd": 900}]}
    assert not of_energy(Site(more={"supplies": supplies}).case())
    (doubt,) = of_energy(Site(carbon=dear, more={"emissions": emissions}).case())
    assert "900 USD per t on 2029-01-01" in doubt

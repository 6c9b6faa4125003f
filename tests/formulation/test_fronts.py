"""Pareto fronts whose points are worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.case_file import load_case
from planner.schemas import Case
from planner.studies.check import check
from planner.studies.fronts.against import Against, NotKnown
from planner.studies.fronts.front import Front, FrontOptions, front
from planner.studies.fronts.stress import Stress, StressError, read_stress
from planner.views import Views
from planner.views.fronts import view
from site_conversion.solve import SolveOptions
from tests.formulation.support import Site, asic, design, factor, hall, lease, power, present_value

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/case.yaml"
EXACT = SolveOptions(gap_frac=0.0, time_limit_s=60)
YEAR = 60 * 87_600 / 1e6
"""10 MW of machines that earn 100 USD/MWh and pay 40: 5.256 MUSD a year."""


def traced(case: Case, against: Against, points: int = 7, stress: Stress | None = None) -> Front:
    return front(case, {}, against, FrontOptions(EXACT, points, stress or Stress()), lambda _: None)


def pairs(found: Front) -> list[tuple[float, float]]:
    return [(point.value, point.result.plan.npv_musd) for point in found.points]


def approx(expected: list[tuple[float, float]]) -> list[object]:
    return [pytest.approx(pair, abs=2e-6) for pair in expected]


def quickstart(equity_usd: float = 60e6) -> Case:
    case = load_case(QUICKSTART).case
    budget = tuple(item.model_copy(update={"added_usd": equity_usd}) for item in case.finance.equity_budget or ())
    return case.model_copy(update={"finance": case.finance.model_copy(update={"equity_budget": budget})})


def test_capital_of_the_quickstart() -> None:
    """Going on mining costs nothing, the air lease 30 MUSD for 7.2641 more, the dense lease 47 for 12.1094 more."""
    found = traced(quickstart(), Against.CAPEX)
    assert pairs(found) == approx([(0, 50.361374), (30, 57.625474), (47, 62.470776)])
    assert found.least_bound == pytest.approx(0, abs=1e-6)
    for point in found.points:
        assert Views(point.result).headline.capex_usd == pytest.approx(point.value * 1e6, abs=1)
        assert point.bound_musd == pytest.approx(point.result.plan.npv_musd, abs=1e-6)
        assert check(point.result).clean


def test_with_more_equity_both_leases_are_the_end() -> None:
    """77 MUSD of capital for both, which gain as much as each of them alone."""
    found = traced(quickstart(80e6), Against.CAPEX)
    both = 62.470776 + 57.625474 - 50.361374
    assert pairs(found) == approx([(0, 50.361374), (30, 57.625474), (47, 62.470776), (77, both)])


def test_peak_funding_is_that_of_the_headline() -> None:
    found = traced(quickstart(), Against.PEAK_FUNDING, 3)
    values = [Views(point.result).headline.peak_funding_usd / 1e6 for point in found.points]
    assert [point.value for point in found.points] == pytest.approx(values, abs=1e-6)
    assert values[0] == pytest.approx(0.0, abs=1e-6)
    assert values[-1] == pytest.approx(49.782082, abs=1e-5)


def test_points_between_equal_steps_are_found() -> None:
    """One bay for a lease whose works cost 40 MUSD, or for one of 44 that pays 3.6 MUSD a year more.

    Equal steps of a span of 44 are 22 and pass over 40.
    """
    dear = design("wet", cooling="immersion", capex_usd_per_it_mw=4.4e6)
    site = Site(
        contracts=(lease(rent=300), lease("dear", rent=330, cooling=["immersion"])),
        designs=(design(capex_usd_per_it_mw=4e6), dear),
    )
    found = traced(site.case(), Against.CAPEX, 3)
    assert pairs(found) == approx([(0, 0), (40, present_value(-40, 36, 36)), (44, present_value(-44, 39.6, 39.6))])
    for point in found.points:
        assert point.bound_musd == pytest.approx(point.result.plan.npv_musd, abs=1e-6)


def test_a_point_names_the_customers_it_hosts() -> None:
    """A fee of 50 USD/MWh for 10 MW on power at 40 is worth 0.876 MUSD a year and costs no capital."""
    hosted = {
        "id": "guest", "customer": "guest", "mw": 10, "cooling": "air", "fee_usd_per_mwh": 50, "power": "included",
        "latest_start": "2029-01-01", "term_months": 36,
    }  # fmt: skip
    site = Site((hall(mining_mw=10),), power=power((1.0, 40)), fleet={"hosted": [hosted]})
    found = traced(site.case(), Against.CAPEX)
    assert pairs(found) == approx([(0, present_value(0.876, 0.876, 0.876))])
    assert [row.offers for row in view(found).points] == [("guest",)]


def test_a_best_plan_that_breaks_a_limit_in_the_stress_is_told() -> None:
    """4 MUSD of equity, a loan of 6, a cover of 3: 3 MUSD a year are repaid, and 12 MUSD of rent cover them.

    At 0.7 of the rent, 8.4, they do not: going on mining is all that holds in the stress, the lease is worth 10.3226.
    """
    debt = {
        "loan_to_cost_frac": 0.6, "coupon_frac": 0, "draw_until": "2030-01-01", "tenor_months": 24,
        "repayment": "straight", "least_dscr": 3,
    }  # fmt: skip
    money = {"equity_budget": [{"date": "2029-01-01", "added_usd": 4e6}], "debt": debt}
    found = traced(Site(contracts=(lease(),), finance=money).case(), Against.DOWNSIDE, 3, Stress((("rent", 0.7),)))
    assert pairs(found) == approx([(0, 0)])
    assert found.best_outside is not None
    assert found.best_outside.plan.npv_musd == pytest.approx(present_value(-10, 12, 12), abs=1e-5)
    assert any("worth 10.3 MUSD and is not here" in note for note in view(found).notes)
    mild = traced(Site(contracts=(lease(),), finance=money).case(), Against.DOWNSIDE, 3, Stress((("rent", 0.9),)))
    assert mild.best_outside is None


def test_two_points_are_the_two_ends() -> None:
    assert pairs(traced(quickstart(), Against.CAPEX, 2)) == approx([(0, 50.361374), (47, 62.470776)])


def test_with_a_gap_the_bounds_still_hold() -> None:
    """Under 30 MUSD of capital nothing but mining is possible, under 47 the air lease at best."""
    options = FrontOptions(SolveOptions(gap_frac=0.5), 5)
    found = front(quickstart(), {}, Against.CAPEX, options, lambda _: None)
    for point in found.points:
        limit = float("inf") if point.limit is None else point.limit
        best = 62.470776 if limit >= 47 else 57.625474 if limit >= 30 else 50.361374
        assert point.result.plan.npv_musd <= best + 1e-6
        assert point.bound_musd is not None
        assert point.bound_musd >= best - 1e-6


def test_carbon_without_a_rule_about_it() -> None:
    """43.8 kt and 5.256 MUSD a year: 131.4 kt are worth 13.7088. Half of it is 2029 and half of 2030: 7.2893."""
    more = {"emissions": {"average_kg_per_mwh": 500}}
    site = Site((hall(mining_mw=10),), usd_per_ph_day=48, power=power((1, 40)), machines=(asic(),), more=more)
    found = traced(site.case(), Against.CARBON, 3)
    half = YEAR * (factor(0.5) + 0.5 * factor(1.5))
    assert pairs(found) == approx([(0, 0), (65.7, half), (131.4, present_value(*[YEAR] * 3))])
    assert view(found).points[-1].value == pytest.approx(131_400)
    assert view(found).do_nothing_value == pytest.approx(131_400)
    for point in found.points:
        total = sum(row.total_t_co2 for row in Views(point.result).carbon_by_year)
        assert total == pytest.approx(point.value * 1e3, abs=1e-2)
        assert check(point.result).clean


def test_carbon_of_an_unknown_grid_is_said() -> None:
    with pytest.raises(NotKnown, match=r"site\.emissions"):
        traced(Site().case(), Against.CARBON)


def test_the_sooner_rent_is_the_lower() -> None:
    """One hall: 12 MUSD a year from 2030, or 24 from 2031 where works of two years lead to: 10.3226 or 27.0029."""
    slow = design("slow", redundancy="two_n", build_months=24)
    later = lease("later", rent=200, redundancy="two_n", ready_by="2031-01-01", longstop="2031-01-01")
    found = traced(
        Site(contracts=(lease("sooner"), later), designs=(design(), slow), years=4).case(), Against.FIRST_RENT
    )
    sooner_musd, later_musd = present_value(-10, 12, 12), present_value(-5, -5, 24, 24)
    assert pairs(found) == approx([(12, sooner_musd), (24, later_musd)])
    assert [str(row.first_rent) for row in view(found).points] == ["2030-01-01", "2031-01-01"]


def test_a_first_rent_that_costs_value() -> None:
    """The lease loses 1.5879 MUSD where its works cost 22: without it there is no rent, with it after 12 months."""
    found = traced(Site(contracts=(lease(rent=44),)).case(), Against.FIRST_RENT)
    loss = present_value(-10, 5.28, 5.28)
    assert loss < 0
    assert pairs(found) == approx([(12, loss), (37, 0)])
    assert [row.value for row in view(found).points] == [12, None]


def test_no_offer_no_first_rent() -> None:
    with pytest.raises(NotKnown, match="no offer"):
        traced(Site().case(), Against.FIRST_RENT)


def hash_or_lease() -> Case:
    """Return 10 MW that hash at 60 USD/MWh, or hash until the end of 2029 and are let at 9.6 MUSD a year."""
    free = lease(rent=80)
    return Site((hall(mining_mw=10),), (free,), usd_per_ph_day=48, power=power((1, 40)), machines=(asic(),)).case()


def test_the_downside_of_hashing_and_of_a_lease() -> None:
    """At 30 % of the hashprice a MWh earns 30 USD and costs 40: machines stop, and hashing is worth nothing.

    Today: hashing 5.256 x 2.608232 = 13.7088; the lease 5.256 x 0.953463 - 10 x 0.953463 + 9.6 x 1.654770 = 11.3627.
    In the stress: nothing; the lease 15.8858 - 9.5346 = 6.3512.
    """
    found = traced(hash_or_lease(), Against.DOWNSIDE, 5, Stress((("hashprice", 0.3),)))
    hashed, let = present_value(*[YEAR] * 3), present_value(YEAR - 10, 9.6, 9.6)
    stressed = present_value(-10, 9.6, 9.6)
    assert pairs(found) == approx([(-stressed, let), (0, hashed)])
    shown = view(found)
    assert [row.value for row in shown.points] == pytest.approx([stressed * 1e6, 0], abs=2)
    assert shown.do_nothing_value == pytest.approx(0, abs=1)
    assert shown.stress == "hashprice x 0.3"


def test_where_one_plan_is_best_in_both_there_is_nothing_to_trade() -> None:
    found = traced(hash_or_lease(), Against.DOWNSIDE, 5, Stress((("hashprice", 1.1),)))
    assert len(found.points) == 1
    assert any("nothing to trade" in note for note in view(found).notes)


def test_a_stress_is_read_strictly() -> None:
    assert read_stress(["hashprice=0.7", "power = 1.2"]) == Stress((("hashprice", 0.7), ("power", 1.2)))
    for word, told in (
        ("hashprize=1", "did you mean 'hashprice'"),
        ("rent=a", "wants a factor"),
        ("rent=-1", "0 to 10"),
    ):
        with pytest.raises(StressError, match=told):
            read_stress([word])
    with pytest.raises(StressError, match="twice"):
        read_stress(["rent=1", "rent=2"])
    with pytest.raises(StressError, match="moves nothing"):
        Stress((("equipment", 0.5),)).of(hash_or_lease())

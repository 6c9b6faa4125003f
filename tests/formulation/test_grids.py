"""The grid cuts time, not money: what a coarse grid may not change, and what early building must obey."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner.case_file import load_case
from planner.results import Result
from planner.schemas import Case
from planner.studies.plan import InfeasibleCase, PlanOptions, plan
from site_conversion.solve import SolveOptions

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/case.yaml"
QUARTERS, YEARS = [{"months": 3, "count": 16}], [{"months": 12, "count": 4}]


def quickstart(**parts: dict[str, Any]) -> Case:
    """Return the quickstart with parts of it updated."""
    data = load_case(QUICKSTART).case.model_dump(mode="json", exclude_none=True)
    for name, changes in parts.items():
        data[name].update(changes)
    return Case.model_validate(data)


def mining_only(grid: list[dict[str, int]], **parts: dict[str, Any]) -> Case:
    case = quickstart(study={"grid": grid}, **parts)
    return case.model_copy(update={"contracts": ()})


def solved(case: Case) -> Result:
    return plan(case, {}, PlanOptions(SolveOptions(gap_frac=0.0)))


def test_a_falling_hashprice_is_mined_while_it_pays_also_in_a_yearly_period() -> None:
    """48 USD/PH/day until July 2027 (100 USD/MWh), then 24 (50), power at 80: half a year pays, the mean does not."""
    flat = [{"quarter": q, "bins": [{"hours_frac": 1, "usd_per_mwh": 80}]} for q in (1, 2, 3, 4)]
    steps = [("2027-01-01", 48), ("2027-06-30", 48), ("2027-07-01", 24)]
    curve = [{"date": day, "usd_per_ph_day": price} for day, price in steps]
    market = {"hashprice": {"forward_curve": curve}, "power": {"curve": flat}}
    income = [solved(mining_only(grid, market=market)).plan.cash_flow["musd"].sum() for grid in (QUARTERS, YEARS)]
    assert income[0] > 1
    assert income[1] == pytest.approx(income[0])


def test_losses_and_gains_of_one_tax_year_are_one() -> None:
    """Power dear in two quarters of every year and cheap in two: the tax of a year does not depend on its cutting."""
    dear = [95, 5, 95, 5]
    seasons = [{"quarter": q + 1, "bins": [{"hours_frac": 1, "usd_per_mwh": dear[q]}]} for q in range(4)]
    curve = [{"date": "2027-01-01", "usd_per_ph_day": 48}]
    market = {"hashprice": {"forward_curve": curve}, "power": {"curve": seasons}}
    finance = {"tax_rate_frac": 0.5}
    taxes = []
    for grid in (QUARTERS, YEARS):
        case = mining_only(grid, market=market, finance=finance)
        operations = case.fleet.operations.model_copy(update={"site_fixed_usd_per_year": 17_500_000})
        case = case.model_copy(update={"fleet": case.fleet.model_copy(update={"operations": operations})})
        cash = solved(case).plan.cash_flow
        taxes.append(cash[cash["line"] == "tax"]["musd"].sum())
    assert taxes[0] == pytest.approx(taxes[1], abs=1e-9)


@pytest.mark.parametrize("escalator", [0.12, 0.15])
def test_building_early_at_rising_costs_still_obeys_every_limit(escalator: float) -> None:
    """Costs outrun the discount rate: fit-out is a decision, and never stands in a hall not yet converted."""
    case = quickstart(finance={"capex_escalator_frac_per_year": escalator})
    offers = tuple(
        offer.model_copy(update={"earliest_start": date(2028, 1, 1)}) for offer in case.contracts if "dense" in offer.id
    )
    design = [d.model_copy(update={"build_months": 6.0, "hashing_lost_months": 6.0}) for d in case.designs]
    result = solved(case.model_copy(update={"contracts": offers, "designs": tuple(design)}))
    halls = result.plan.tables["halls"]
    assert (halls["ready"] >= halls[halls["converts"]]["ready"].min()).all()


def test_too_little_equity_is_named_and_nothing_else() -> None:
    """The signed dense lease needs 47 MUSD, the equity is 46."""
    case = quickstart(finance={"equity_budget": [{"date": "2027-01-01", "added_usd": 46e6}]})
    offers = tuple(offer.model_copy(update={"signed": True}) for offer in case.contracts if "dense" in offer.id)
    with pytest.raises(InfeasibleCase) as caught:
        solved(case.model_copy(update={"contracts": offers}))
    assert str(caught.value).startswith("no plan delivers the signed contracts (dense_lease)")
    assert caught.value.why is not None
    (cause,) = caught.value.why.causes
    assert "short of equity available by up to 1 MUSD from Apr 2028" in cause.words
    assert cause.amount == pytest.approx(1.0)

"""The textbook formulation is a second statement of the same problem: both must have the same optimum."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from planner.schemas import Case
from planner.translate import translate
from site_conversion import assemble, handover, solution, solve, warm_start
from site_conversion.instance import Instance
from tests.bench import textbook
from tests.bench.generator import small_case
from tests.bench.run import textbook_arrays

REL = 1e-6

pytestmark = pytest.mark.slow


def _optimum(arrays: handover.Arrays) -> float:
    options = solve.SolveOptions(gap_frac=1e-8, time_limit_s=300)
    report, _ = solve.solve(arrays, options, start=warm_start.nothing_taken(arrays))
    assert report.status is solve.Status.OPTIMAL
    assert report.objective_musd is not None
    return report.objective_musd


def _compare(instance: Instance) -> float:
    ours = _optimum(handover.compile_arrays(assemble.build(instance)))
    theirs = _optimum(textbook_arrays(textbook.build(instance)))
    assert ours == pytest.approx(theirs, rel=REL)
    return ours


def _changed(seed: int, site: dict[str, Any], contracts: tuple[dict[str, Any], ...] = (), **finance: Any) -> Case:
    """Return a small case with fields of its site, its first contracts and its finance replaced."""
    case = small_case(seed)
    offers = list(case.contracts)
    for n, update in enumerate(contracts):
        offers[n] = type(offers[n]).model_validate({**offers[n].model_dump(), **update})
    return Case.model_validate(
        {
            **case.model_dump(),
            "site": {**case.site.model_dump(), **site},
            "contracts": offers,
            "finance": {**case.finance.model_dump(), **finance},
        }
    )


@pytest.mark.parametrize("seed", [1, 2, 3, 6, 7, 8])
def test_both_formulations_have_the_same_optimum(seed: int) -> None:
    instance = translate(small_case(seed))
    assert _compare(instance) > _optimum(handover.compile_arrays(assemble.build(instance.do_nothing())))


def test_same_optimum_with_a_termination_and_an_exclusive_group() -> None:
    contracts = ({"exclusive_group": "one"}, {"signed": True, "termination_usd": 9e6, "exclusive_group": "one"})
    _compare(translate(_changed(2, {}, contracts)))


def test_same_optimum_with_a_contract_that_must_be_delivered() -> None:
    _compare(translate(_changed(7, {}, ({}, {"signed": True}))))


def test_same_optimum_with_a_ramp_a_contribution_and_a_tight_substation() -> None:
    ramp = {"ramp": [{"month": 0, "share_frac": 0.4}, {"month": 6, "share_frac": 1.0}]}
    contracts = (ramp, {**ramp, "tenant_contribution_usd_per_kw": 1_500})
    _compare(translate(_changed(2, {"substation_mva": 40.0}, contracts)))


def test_same_optimum_with_a_tight_budget() -> None:
    budget = [{"date": date(2027, 1, 1), "added_usd": 45e6}, {"date": date(2028, 1, 1), "added_usd": 70e6}]
    _compare(translate(_changed(2, {}, equity_budget=budget)))


def test_same_optimum_where_a_tenant_moves_into_the_place_of_another() -> None:
    hall = small_case(2).site.halls[0]
    lease = {
        "cooling": ["direct_to_chip"], "redundancy": "n", "kw_per_rack": 100.0, "it_mw": 0.6 * hall.electrical_mw,
        "earliest_start": None, "ready_by": date(2028, 4, 1), "longstop": date(2028, 10, 1), "term_months": 3,
        "rent_usd_per_kw_month": 1_900.0,
    }  # fmt: skip
    case = _changed(2, {"halls": [hall], "pads": [], "change_of_use": None}, (lease, lease))
    instance = translate(case.model_copy(update={"contracts": case.contracts[:2]}))
    built = assemble.build(instance)
    arrays = handover.compile_arrays(built)
    _, x = solve.solve(arrays, solve.SolveOptions(gap_frac=1e-8))
    assert x is not None
    tenants = solution.read(built, arrays, x).tables["tenants"]
    assert tenants["contract"].nunique() == 2
    assert tenants["start"].nunique() == 2
    _compare(instance)


@pytest.mark.parametrize("seed", [2, 5])
def test_same_optimum_in_years(seed: int) -> None:
    case = small_case(seed)
    study = type(case.study).model_validate({**case.study.model_dump(), "grid": [{"months": 12, "count": 6}]})
    _compare(translate(case.model_copy(update={"study": study})))


def test_same_optimum_without_just_in_time_starts() -> None:
    instance = translate(_changed(6, {}, capex_escalator_frac_per_year=0.15))
    assert not instance.just_in_time
    _compare(instance)


@pytest.mark.parametrize("seed", [2, 7])
def test_same_optimum_with_a_minimum_take_a_coincident_peak_and_demand_response(seed: int) -> None:
    ramp = {"ramp": [{"month": 0, "share_frac": 0.4}, {"month": 5, "share_frac": 1.0}]}
    case = _changed(seed, {}, (ramp, ramp))
    power = {
        **case.market.power.model_dump(),
        "demand_charge_usd_per_kw_month": 6.0,
        "coincident_peak": {"usd_per_kw_year": 60.0, "until": date(2029, 6, 1), "avoided_hours_per_year": 90.0},
        "minimum_take": {"demand_frac": 0.85, "until": date(2030, 8, 20)},
    }
    programme = {"name": "Reserve", "usd_per_mw_year": 40e3, "usd_per_mwh_curtailed": 60.0, "until": date(2029, 2, 9)}
    market = {**case.market.model_dump(), "power": power, "demand_response": [programme]}
    instance = translate(Case.model_validate({**case.model_dump(), "market": market}))
    assert len(instance.take_period) > 4
    assert instance.response_musd_per_mw.max() > 0
    _compare(instance)

"""What contracts earn and AI megawatts cost, against the quickstart's sums by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from planner.case_file import load_case
from planner.reports.terminal import summary
from planner.results import Result
from planner.schemas.contract_terms import Extension
from planner.schemas.tenants import Colocation, LeaseKind
from planner.studies.plan import PlanOptions, plan
from planner.views.contract_economics import contract_economics, noi_usd_by_year, service_years
from site_conversion.solve import SolveOptions

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/case.yaml"


def planned(**terms: object) -> Result:
    """Plan the quickstart with other terms of its dense lease."""
    loaded = load_case(QUICKSTART)
    first, *others = loaded.case.contracts
    case = loaded.case.model_copy(update={"contracts": (first.model_copy(update=terms), *others)})
    return plan(case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=0.0)))


@pytest.fixture(scope="module")
def result() -> Result:
    return planned()


def test_a_lease_earns_its_rent_and_keeps_what_running_costs_leave(result: Result) -> None:
    (row,) = contract_economics(result)
    assert (row.contract, row.it_mw, row.first_rent) == ("dense_lease", 8.0, date(2028, 1, 1))
    # 8 MW at 175 USD/kW-month over seven years; running cost 25; the power is repaid.
    assert row.mw_years == pytest.approx(56.0)
    assert row.revenue_usd == pytest.approx(8_000 * 175 * 84)
    assert row.revenue_usd_per_it_mw_year == pytest.approx(2_100_000)
    assert row.energy_usd > 0
    assert row.repaid_usd == pytest.approx(row.energy_usd)
    assert row.noi_usd == pytest.approx(8_000 * 150 * 84)
    assert row.noi_margin_frac == pytest.approx(150 / 175)


def test_income_by_year_is_that_of_the_lease(result: Result) -> None:
    by_year = noi_usd_by_year(result)
    assert by_year[2027] == 0.0
    assert [by_year[year] for year in range(2028, 2035)] == pytest.approx([14.4e6] * 7)
    assert sorted(by_year) == list(range(2027, 2035))


def test_a_gross_lease_pays_its_own_power() -> None:
    (row,) = contract_economics(planned(lease=LeaseKind.GROSS, rent_usd_per_kw_month=300))
    assert row.repaid_usd == 0.0
    # 8 MW of IT at 1.1 through 40 USD/MWh, all hours of seven years (two of them leap years).
    assert row.energy_usd == pytest.approx(8.8 * 40 * 24 * (7 * 365 + 2))
    assert row.noi_usd == pytest.approx(8_000 * 275 * 84 - row.energy_usd)


def test_a_triple_net_lease_keeps_all_its_rent() -> None:
    (row,) = contract_economics(planned(lease=LeaseKind.TRIPLE_NET))
    assert row.repaid_usd == pytest.approx(row.energy_usd + row.running_cost_usd)
    assert row.noi_margin_frac == pytest.approx(1.0)


def test_an_offer_not_taken_has_no_row() -> None:
    rows = contract_economics(planned(rent_usd_per_kw_month=1))
    assert [row.contract for row in rows] == ["air_lease"]


def test_the_terminal_shows_rate_margin_and_cost(result: Result) -> None:
    text = summary(result)
    assert "What the contracts earn" in text
    assert "2.10" in text
    assert "86%" in text


def lease(**terms: object) -> Colocation:
    case = load_case(QUICKSTART).case
    contract = case.contracts[0].model_copy(update=terms)
    assert isinstance(contract, Colocation)
    return contract


@pytest.mark.parametrize(
    ("end", "years"),
    [
        (date(2040, 1, 1), 7 + 0.5 * 5),
        (date(2037, 7, 1), 7 + 0.5 * 2.5),
        (date(2032, 1, 1), 4.0),
        (date(2027, 1, 1), 0.0),
        (date(2045, 1, 1), 7 + 0.5 * 5 + 0.25 * 5),
    ],
)
def test_years_of_an_extension_count_by_the_chance_that_it_is_used(end: date, years: float) -> None:
    twice = (Extension(months=60, probability_frac=0.5),) * 2
    contract = lease(extensions=twice)
    assert service_years(contract, date(2028, 1, 1), end) == pytest.approx(years)

"""Views read the result's own ledger: their sums are the headline."""

from io import StringIO
from itertools import takewhile

import numpy as np
import pytest
from rich.console import Console

from planner.reports.tables import print_table, table_of
from planner.reports.terminal import summary
from planner.results import Result, stretch_label
from planner.studies.plan import plan
from planner.views import Views
from tests.formulation.support import Site, asic, hall, power


@pytest.fixture
def views(small_result: Result) -> Views:
    return Views(small_result)


def test_present_values_by_line_sum_to_the_headline(views: Views) -> None:
    head = views.headline
    assert sum(row.plan_usd for row in views.cash_by_line) == pytest.approx(head.npv_usd)
    assert sum(row.difference_usd for row in views.cash_by_line) == pytest.approx(head.gain_usd)


def test_the_rate_of_return_makes_the_difference_worth_nothing(views: Views, small_result: Result) -> None:
    (rate,) = views.headline.return_against_do_nothing.rates_frac
    flows = views.flows_usd(small_result.plan) - views.flows_usd(small_result.do_nothing)
    assert (flows * (1 + rate) ** -views.column_years).sum() == pytest.approx(0, abs=1e-3 * np.abs(flows).max())


def test_megawatts_add_up_to_what_is_contracted(views: Views) -> None:
    for row in views.megawatts_by_year:
        assert row.hashing_mw + row.ai_draw_mw + row.unused_mw == pytest.approx(row.contracted_mw)
        assert row.unused_mw >= -1e-6
    assert [row.year for row in views.megawatts_by_year] == list(range(2027, 2033))


def test_taken_contracts_have_dates_and_halls(views: Views) -> None:
    for row in views.contracts:
        assert row.taken == (row.start is not None) == bool(row.halls)
    taken_mw = sum(row.it_mw for row in views.contracts if row.taken)
    assert sum(row.it_mw for row in views.conversions) == pytest.approx(taken_mw)


def test_the_summary_says_the_decision_and_its_proof(views: Views, small_result: Result) -> None:
    text = summary(small_result)
    head = views.headline
    assert f"NPV {head.npv_usd / 1e6:,.1f} MUSD" in text
    assert "against do nothing" in text
    assert "Proven: no plan is worth more than" in text
    for row in views.contracts:
        assert row.contract in text


def test_carbon_and_what_hides_in_a_line_by_hand() -> None:
    """10 MW of machines, worth 100 USD/MWh, run in the 80 % of hours that cost 40 and stop in those at 150.

    10 MW * 0.8 * 8,760 h = 70,080 MWh in 2029; at 500 kg/MWh 35,040 t CO2. Of 20 MW contracted all are billed:
    10 MW short * 1,000 kW * 5 USD * 12 = 600,000 USD a year; standing ready pays 10 MW * 20,000 USD = 200,000.
    One year, from its middle at 10 %: / 1.1^0.5.
    """
    site = Site(
        years=1, halls=(hall(mining_mw=10),), machines=(asic(),), usd_per_ph_day=48, firm_mw=20,
        power=power((0.8, 40), (0.2, 150), demand_charge_usd_per_kw_month=5, minimum_take={"demand_frac": 1}),
        demand_response=({"name": "R", "usd_per_mw_year": 20_000},), more={"emissions": {"average_kg_per_mwh": 500}},
    )  # fmt: skip
    result = plan(site.case(), {})
    (carbon,) = Views(result).carbon_by_year
    assert (carbon.year, carbon.ai_mwh, carbon.ai_t_co2) == (2029, 0, 0)
    assert carbon.hashing_mwh == pytest.approx(70_080)
    assert carbon.hashing_t_co2 == pytest.approx(35_040)
    assert carbon.do_nothing_t_co2 == pytest.approx(35_040)
    found = {row.what: (row.plan_usd, row.do_nothing_usd) for row in Views(result).charges_and_income}
    assert list(found) == ["of energy: minimum take, billed and not drawn", "of revenue: demand response"]
    assert found["of energy: minimum take, billed and not drawn"] == pytest.approx((-600_000 / 1.1**0.5,) * 2)
    assert found["of revenue: demand response"] == pytest.approx((200_000 / 1.1**0.5,) * 2)
    text = summary(result)
    assert "minimum take, billed and not drawn" in text
    assert "at 500 kg/MWh: 35.04 kt CO2, going on mining 35.04 kt" in " ".join(text.split())


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2027 Q1", "2027 Q1", "2027 Q1"),
        ("2027 Q1", "2028", "2027 Q1 to 2028"),
        ("Jan 2028 to Jun 2028", "Jul 2028 to Dec 2028", "Jan 2028 to Dec 2028"),
        ("Jul 2027 to Dec 2027", "2028", "Jul 2027 to 2028"),
    ],
)
def test_a_stretch_of_half_years_reads_as_one(first: str, last: str, words: str) -> None:
    assert stretch_label(first, last) == words


@pytest.mark.parametrize("width", [80, 100, 130])
def test_tables_fit_the_terminal_and_break_no_word(small_result: Result, width: int) -> None:
    said = summary(small_result, width=width)
    lines = iter(said[said.index("Offers (revenue") :].splitlines())
    head = [next(lines) for _ in range(4)]
    table = [*head, *takewhile(str.strip, lines)]
    assert max(len(line.rstrip()) for line in table) <= width
    words = set(" ".join(table).split())
    for contract in small_result.case.contracts:
        assert {contract.id, *contract.tenant.split()} <= words


def test_a_table_of_numbers_alone_that_is_too_wide_keeps_all_of_them() -> None:
    console = Console(file=StringIO(), width=40, record=True)
    table = table_of("Numbers", *((f"column {n}", "right") for n in range(5)))
    table.add_row(*(str(n) * 8 for n in range(5)))
    print_table(console, table)
    assert {str(n) * 8 for n in range(5)} <= set(console.export_text().split())

"""Views read the result's own ledger: their sums are the headline."""

import numpy as np
import pytest

from planner.reports.terminal import summary
from planner.results import Result
from planner.views import Views


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

"""Rates of return, payback and funding against hand figures and a second library."""

import numpy as np
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from planner.finance.returns import internal_return, multiple_of_money, payback_index, peak_funding


def rates(flows: list[float]) -> tuple[float, ...]:
    return internal_return(np.arange(len(flows), dtype=float), np.array(flows, dtype=float)).rates_frac


def test_a_published_example() -> None:
    assert rates([-150_000, 15_000, 25_000, 35_000, 45_000, 60_000]) == pytest.approx((0.0524,), abs=5e-5)


def test_two_roots_are_both_told() -> None:
    """-100 + 230 v - 132 v^2 is zero at 10 % and 20 %."""
    assert rates([-100, 230, -132]) == pytest.approx((0.1, 0.2))
    assert internal_return(np.arange(3.0), np.array([-100.0, 230.0, -132.0])).words == "several: 10.0%, 20.0%"


def test_no_change_of_sign_has_no_rate() -> None:
    assert rates([1, 2, 3]) == ()
    assert rates([0, 0]) == ()
    assert "not defined" in internal_return(np.arange(2.0), np.array([1.0, 2.0])).words


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=20), st.floats(1, 1e6))
def test_conventional_flows_agree_with_another_library(income: list[float], spent: float) -> None:
    flows = [-spent, *income]
    other = pyxirr.irr(flows)
    found = rates(flows)
    if other is not None and -0.9 < other < 9:
        assert found == pytest.approx((other,), rel=1e-6, abs=1e-8)


def test_payback_is_the_last_recovery() -> None:
    assert payback_index(np.array([-10.0, 4, 4, 4])) == 3
    assert payback_index(np.array([-10.0, 12, -5, 4])) == 3
    assert payback_index(np.array([-10.0, 4])) is None
    assert payback_index(np.array([1.0, 1])) is None


def test_peak_funding_is_the_deepest_total() -> None:
    assert peak_funding(np.array([-3.0, -4, 10, -5])) == (7.0, 1)
    assert peak_funding(np.array([1.0, 2])) == (0.0, 0)


def test_two_roots_of_a_series_that_is_paid_for_twice() -> None:
    """-50 -100 v + 600 v^2 + 300 v^3 - 100 v^4 changes its sign twice: one rate above 100 %, one far below zero."""
    flows = [-50.0, -100, 600, 300, -100]
    found = rates(flows)
    assert len(found) == 2
    polynomial = np.polynomial.Polynomial(flows)
    expected = sorted(1 / v - 1 for v in polynomial.roots().real if v > 0)
    assert found == pytest.approx(expected)
    assert internal_return(np.arange(5.0), np.array(flows, dtype=float)).words.startswith("several: ")


def test_money_back_for_money_put_in() -> None:
    assert multiple_of_money(np.array([-100.0, -50, 90, 210])) == pytest.approx(2.0)
    assert multiple_of_money(np.array([1.0, 2.0])) is None


def test_a_rate_beyond_the_search_is_not_called_undefined() -> None:
    """-1 and 20 a year later: 1,900 %."""
    found = internal_return(np.arange(2.0), np.array([-1.0, 20.0]))
    assert found.rates_frac == ()
    assert found.words == "none from -95% to 1,000%"

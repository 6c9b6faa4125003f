"""Amounts as people read them."""

from __future__ import annotations

import pytest

from planner.reports.money import amount


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(2.0, "halls", "2 halls"), (1.0, "halls", "1 hall"), (31.25, "MW", "31.2 MW"), (13e6, "USD", "13.0 MUSD")],
)
def test_what_is_counted_is_a_whole_number(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words

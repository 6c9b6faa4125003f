"""Billing stretches: as few as say the same as the months."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.schemas import Case
from planner.translate import case_timeline, translate
from tests.formulation.support import Site, hall, lease, power

RAMP = [{"month": 0, "share_frac": 0.5}, {"month": 4, "share_frac": 1.0}]


def case(take: dict[str, Any] | None, **offer: object) -> Case:
    """Return a site of 30 MW with one offer, in calendar years from 2029; demand costs 5 USD/kW-month."""
    prices = power((1.0, 20), demand_charge_usd_per_kw_month=5, escalator_frac_per_year=0.1, minimum_take=take)
    return Site(halls=(hall(),), contracts=(lease(**offer),), power=prices, firm_mw=30).case()  # type: ignore[arg-type]


def test_a_year_in_which_no_load_changes_is_one_stretch() -> None:
    instance = translate(case({"demand_frac": 0.8}))
    assert instance.take_period.tolist() == [0, 1, 2]
    assert instance.take_mw == pytest.approx(24)
    assert instance.take_load_frac[0, 1].tolist() == [0, 1, 1]


def test_a_stretch_ends_where_a_possible_load_changes() -> None:
    """Half from January 2030, all from May 2030, nothing from September 2031."""
    instance = translate(case({"demand_frac": 0.8}, ramp=RAMP, term_months=20, earliest_start="2030-01-01"))
    assert instance.take_period.tolist() == [0, 1, 1, 2, 2]
    assert instance.take_load_frac[0, 1].tolist() == [0, 0.5, 1, 1, 0]
    # a start that the dates do not allow changes nothing
    assert instance.take_load_frac[0, [0, 2]].tolist() == [[0] * 5] * 2


def test_the_stretches_cost_what_the_months_do_part_of_a_month_by_days() -> None:
    """From 11 March 2030, 21 of 31 days, to the end of 2030; prices grow by 10 % a year."""
    made = case({"demand_frac": 0.8, "start": "2030-03-11", "until": "2031-01-01"}, ramp=RAMP)
    instance = translate(made)
    assert instance.take_period.tolist() == [1, 1]
    borders = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365
    levels = 1.1 ** (1 + (borders[:-1] + borders[1:]) / 2)
    monthly = 5_000 / 1e6 * levels * np.array([0, 0, 21 / 31, *[1] * 9])
    assert instance.take_musd_per_mw.tolist() == pytest.approx([monthly[:4].sum(), monthly[4:].sum()])
    assert len(case_timeline(made).month_days) > 36  # months after the horizon are not billed


@pytest.mark.parametrize("take", [None, {"demand_frac": 0}, {"demand_frac": 1, "until": "2029-01-01"}])
def test_without_an_obligation_there_is_no_stretch(take: dict[str, Any] | None) -> None:
    instance = translate(case(take))
    assert len(instance.take_period) == 0
    assert instance.take_load_frac.shape == (1, 3, 0)

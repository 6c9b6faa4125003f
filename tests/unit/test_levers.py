"""Levers of break-evens and what-ifs move what they say they move."""

from __future__ import annotations

import pytest

from planner.studies.levers import Lever, apply
from tests.formulation.support import REL, present_value, solve_case
from tests.formulation.test_hand_rigs import POWER, RENT, rental, rig, site


def test_rents_twice_as_high_are_those_of_rigs_too() -> None:
    """200 rigs at twice the rent of 5.6064 MUSD a year, power as it was."""
    case = apply(site(rig(), rental()).case(), Lever.RENT, 2.0)
    year = 2 * RENT - POWER
    assert solve_case(case).npv_musd == pytest.approx(present_value(year - 1, year, year), rel=REL)

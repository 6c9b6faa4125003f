"""Crews: the days that count, the doubts, and plans that are started from."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from planner.case_file.doubts import doubts
from planner.schemas import Case
from planner.studies.check import check
from planner.studies.plan import PlanOptions, plan
from planner.translate import translate
from planner.views.limits import limit_periods
from planner.views.plan import Views
from site_conversion.assemble import build
from site_conversion.handover import compile_arrays
from site_conversion.instance_crews import Crews
from site_conversion.solve import SolveOptions
from site_conversion.warm_start import from_tables
from tests.formulation.support import Entry, Site, design, hall, lease
from tests.formulation.test_hand_crews import HALF_YEARS, crews

EXACT = PlanOptions(SolveOptions(gap_frac=0.0))


def in_turn(*steps: Entry) -> Case:
    """Return two halls of 8 MW and two leases from 2030-01-01 that one crew can build in the two halves of 2029."""
    pair = tuple(lease(name, it_mw=8, earliest_start="2030-01-01") for name in ("first", "second"))
    works = (design(build_months=6),)
    return Site((hall("a"), hall("b")), pair, works, grid=HALF_YEARS, more=crews(*steps)).case()


def test_a_case_without_crews_has_no_row_of_them() -> None:
    instance = translate(in_turn())
    assert not instance.crews.limit
    assert instance.just_in_time
    assert not [row.name for row in compile_arrays(build(instance)).rows if "crew" in row.name or "busy" in row.name]


def test_days_that_count_begin_a_period_or_change_the_crews() -> None:
    """The first limit began before the study; the second falls into a period, on a day on which no works begin."""
    found: Crews = translate(
        in_turn(
            {"date": "2028-05-01", "halls_at_once": 1}, {"date": "2029-04-01", "it_mw_at_once": 9},
            {"date": "2033-01-01", "halls_at_once": 0},
        )
    ).crews  # fmt: skip
    assert found.period.tolist() == [0, 0, 1, 2, 3, 4, 5]
    assert found.most_halls.tolist() == [1, *[np.inf] * 6]
    assert found.most_it_mw.tolist() == [np.inf, *[9] * 6]
    # works that are ready for period 1 begin with period 0, and are still under way on 1 April
    assert np.nonzero(found.under_way[0, 0, 1])[0].tolist() == [0, 1]
    assert np.nonzero(found.under_way[0, 0, 2])[0].tolist() == [2]


def test_the_search_starts_from_a_plan_with_crews() -> None:
    case = in_turn({"date": "2029-01-01", "halls_at_once": 1})
    first = plan(case, {}, EXACT)
    built = build(translate(case))
    arrays = compile_arrays(built)
    start = from_tables(built, arrays, first.plan.tables)
    busy = {arrays.columns[j].name: value for j, value in start.items() if "busy" in arrays.columns[j].name and value}
    assert len(busy) == 2
    assert set(busy.values()) == {1.0}
    again = plan(case, {}, PlanOptions(start_from=first))
    assert again.plan.npv_musd == pytest.approx(first.plan.npv_musd)
    assert check(again).clean


def test_crews_bind_only_while_works_are_under_way() -> None:
    """Both halves of 2029; afterwards nothing is built, whatever the binaries of the model say."""
    views = Views(plan(in_turn({"date": "2029-01-01", "halls_at_once": 1, "it_mw_at_once": 20}), {}, EXACT))
    (row,) = [row for row in views.binding if row.subject.startswith("crews")]
    assert (row.subject, row.when) == ("crews for halls", "Jan 2029 to Dec 2029")
    tight = [item for item in limit_periods(views) if item.subject == "crews for halls"]
    assert [(item.start, item.binds) for item in tight] == [(date(2029, 1, 1), True), (date(2029, 7, 1), True)]
    (left,) = [row for row in views.tightest if row.subject.startswith("crews")]
    assert (left.subject, left.unit) == ("crews for fit-out", "MW")
    assert left.left == pytest.approx(12)


def test_crews_that_limit_nothing_and_long_periods_are_doubted() -> None:
    case = in_turn(
        {"date": "2027-05-01", "halls_at_once": 1}, {"date": "2028-05-01", "halls_at_once": 1},
        {"date": "2033-01-01", "halls_at_once": 0},
    )  # fmt: skip
    told = [note for note in doubts(case) if "crews" in note]
    assert told == [
        "the limit of crews of 2027-05-01 ends on 2028-05-01, before the study starts on 2029-01-01: it has no effect",
        "the limit of crews of 2033-01-01 starts on 2033-01-01, after the study ends on 2032-01-01: it has no effect",
    ]
    short = case.model_copy(update={"designs": tuple(d.model_copy(update={"build_months": 3.0}) for d in case.designs)})
    assert any("works of 3 months begin with periods of 6 months" in note for note in doubts(short))

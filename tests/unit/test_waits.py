"""The critical path of a grid request, in words."""

from __future__ import annotations

from datetime import date

import pytest

from planner.reports.money import months_late
from planner.studies.why.critical import RequestPath, Waits
from planner.views.waits import request_row, wait_row


def _path(energised: date) -> RequestPath:
    return RequestPath(
        upgrade="expansion", requested=date(2027, 1, 1), energised=energised, queue_months=20.0,
        equipment="Transformer", lead_months=14.0, commissioning_months=2.0, could_be_sooner=False,
    )  # fmt: skip


def test_months_lost_to_long_periods_are_told() -> None:
    """20 in the queue and 2 of commissioning end in November 2028; with years as periods it is usable in 2029."""
    row = request_row(_path(date(2029, 1, 1)))
    assert row.words == (
        "20.0 months in the queue beside 14.0 for Transformer: the queue decides, 6.0 to spare; then 2.0 of "
        "commissioning; then 2.0 until the next period of the study begins; asked for as soon as it can be"
    )
    assert "until the next period" not in request_row(_path(date(2028, 11, 1))).words


@pytest.mark.parametrize(
    ("ready_by", "start", "words"),
    [
        (date(2026, 9, 30), date(2026, 10, 1), "1 day late; works in hall_a"),
        (date(2026, 9, 15), date(2026, 10, 1), "16 days late; works in hall_a"),
        (date(2026, 9, 1), date(2026, 10, 1), "1 month late; works in hall_a"),
        (date(2026, 7, 1), date(2026, 10, 1), "3 months late; works in hall_a"),
        (date(2026, 10, 1), date(2026, 10, 1), "works in hall_a"),
        (date(2026, 12, 1), date(2026, 10, 1), "works in hall_a"),
    ],
)
def test_lateness_of_days_is_told_in_days(ready_by: date, start: date, words: str) -> None:
    """A date at a month's end is missed by one day by a service from the next: not by 0 months."""
    row = wait_row(Waits("lease", start, ready_by, works=("hall_a",), crews=(), upgrades=(), is_first=False))
    assert row.words.startswith(words)


def test_a_service_that_waits_for_crews_says_so() -> None:
    day = date(2026, 10, 1)
    row = wait_row(Waits("lease", day, day, works=(), crews=("hall_a", "hall_b"), upgrades=(), is_first=False))
    assert row.words == "crews for hall_a and hall_b, none free for a start before"


def test_lateness_of_a_day_is_shown_for_damages_run_from_it() -> None:
    """A thirtieth of a month would be written as 0.0, or as nothing beside the damages that it costs."""
    assert [months_late(months) for months in (0.0, 1 / 30, 0.5, 3.0)] == ["", "0.03", "0.5", "3.0"]

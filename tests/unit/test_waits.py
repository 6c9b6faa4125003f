"""The critical path of a grid request, in words."""

from __future__ import annotations

from datetime import date

from planner.studies.why.critical import RequestPath
from planner.views.waits import request_row


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

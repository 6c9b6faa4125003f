"""Calendar arithmetic: everything money rests on."""

from datetime import date

import numpy as np
import pytest

from planner.schemas.study import PeriodBlock, Study
from planner.translate.calendar import add_months, months_between, timeline, years_between


@pytest.fixture
def grid() -> Study:
    """Four quarters of 2028 (a leap year), then two years."""
    blocks = (PeriodBlock(months=3, count=4), PeriodBlock(months=12, count=2))
    return Study(start=date(2028, 1, 1), grid=blocks, discount_rate_frac=0.1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 11, 1), 3, date(2028, 2, 1)),
        (date(2028, 1, 1), 9.5, date(2028, 10, 16)),
        (date(2028, 3, 1), -2, date(2028, 1, 1)),
        (date(2028, 1, 1), 0, date(2028, 1, 1)),
    ],
)
def test_add_months(day: date, months: float, expected: date) -> None:
    assert add_months(day, months) == expected


def test_months_between_counts_days_within_their_own_month() -> None:
    assert months_between(date(2028, 1, 1), date(2029, 1, 1)) == 12
    assert months_between(date(2028, 2, 1), date(2028, 2, 15)) == pytest.approx(14 / 29)
    assert months_between(date(2028, 6, 16), date(2028, 7, 1)) == pytest.approx(0.5)
    assert months_between(date(2028, 7, 1), date(2028, 6, 16)) == pytest.approx(-0.5)


def test_a_calendar_year_is_exactly_one_year_leap_or_not() -> None:
    assert years_between(date(2028, 1, 1), date(2029, 1, 1)) == 1
    assert years_between(date(2027, 1, 1), date(2029, 1, 1)) == 2
    assert years_between(date(2028, 1, 1), date(2028, 7, 1)) == pytest.approx(182 / 366)


def test_periods_days_and_discount(grid: Study) -> None:
    """Mid-period factors by hand: the first quarter's middle is 91/366/2 years in, the horizon ends after 3 years."""
    time = timeline(grid, longest_term_months=24, tail_rate_frac=0.2)
    assert time.days.tolist() == [91, 91, 92, 92, 365, 365]
    assert time.years[4:].tolist() == [1, 1]
    assert time.discount[0] == pytest.approx(1.1 ** -(91 / 366 / 2))
    assert time.discount[4] == pytest.approx(1.1**-1.5)
    assert time.discount[-1] == pytest.approx(1.1**-3)


def test_months_after_the_horizon_are_valued_at_its_end(grid: Study) -> None:
    """One dollar in the first month of 2031 is worth 1.2^-(31/365/2) at the end of 2030."""
    time = timeline(grid, longest_term_months=24, tail_rate_frac=0.2)
    monthly = np.zeros(len(time.month_column))
    monthly[36] = 1.0
    columns = time.columns(monthly)
    assert columns[:-1].sum() == 0
    assert columns[-1] == pytest.approx(1.2 ** -(31 / 365 / 2))


def test_sums_inside_the_horizon_keep_every_dollar(grid: Study) -> None:
    time = timeline(grid, longest_term_months=0, tail_rate_frac=0.1)
    assert time.columns(np.ones(36)).tolist() == [3, 3, 3, 3, 12, 12, 0]


def test_first_period_at_or_after_a_date(grid: Study) -> None:
    time = timeline(grid, longest_term_months=0, tail_rate_frac=0.1)
    assert time.first_period_from(date(2028, 4, 1)) == 1
    assert time.first_period_from(date(2028, 4, 2)) == 2
    assert time.first_period_from(date(2030, 1, 2)) == -1


def test_overlap_by_days(grid: Study) -> None:
    time = timeline(grid, longest_term_months=0, tail_rate_frac=0.1)
    assert time.overlap_frac(date(2028, 3, 1), date(2028, 4, 11)).tolist() == pytest.approx(
        [31 / 91, 10 / 91, 0, 0, 0, 0]
    )

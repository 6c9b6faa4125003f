"""Queue delays and the critical path."""

from datetime import date
from math import sqrt
from statistics import NormalDist

import pytest

from planner.schemas.site import Equipment, QueueDelay, Upgrade
from planner.translate.grid import delay_months, energised_date

QUEUE = QueueDelay(p10_months=9, p50_months=18, p90_months=48)


@pytest.mark.parametrize(("quantile", "months"), [(0.1, 9), (0.5, 18), (0.9, 48)])
def test_the_three_given_quantiles_are_met(quantile: float, months: float) -> None:
    assert delay_months(QUEUE, quantile) == pytest.approx(months)


def test_between_them_the_scale_is_logarithmic() -> None:
    """Half the normal distance from the median to p90 is the geometric mean of both."""
    half = NormalDist().cdf(NormalDist().inv_cdf(0.9) / 2)
    assert delay_months(QUEUE, half) == pytest.approx(sqrt(18 * 48))


def test_a_certain_delay_is_the_same_at_every_quantile() -> None:
    certain = QueueDelay(p10_months=6, p50_months=6, p90_months=6)
    assert delay_months(certain, 0.03) == delay_months(certain, 0.97) == pytest.approx(6)


def test_delays_rise_with_the_quantile_also_from_zero() -> None:
    queue = QueueDelay(p10_months=0, p50_months=4, p90_months=10)
    delays = [delay_months(queue, q / 100) for q in range(1, 100)]
    assert delays == sorted(delays)
    assert delays[0] >= 0


@pytest.mark.parametrize(("lead", "expected"), [(12, date(2028, 10, 1)), (24, date(2029, 4, 1))])
def test_the_later_of_queue_and_equipment_then_commissioning(lead: float, expected: date) -> None:
    """Queue 18 months and 3 of commissioning from January 2027; a 24-month transformer takes over."""
    upgrade = Upgrade(
        id="u",
        firm_mw=10,
        queue=QUEUE,
        equipment=(Equipment(name="transformer", lead_time_months=lead), Equipment(name="relay", lead_time_months=2)),
        commissioning_months=3,
    )
    assert energised_date(upgrade, date(2027, 1, 1), 0.5) == expected

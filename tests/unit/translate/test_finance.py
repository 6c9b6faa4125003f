"""When building earlier than needed can be ruled out, and how write-offs fall into months."""

from datetime import date

import pytest

from planner.schemas.finance import Depreciation, DepreciationMethod, Finance
from planner.schemas.study import PeriodBlock, Study
from planner.translate.calendar import timeline
from planner.translate.finance import depreciation_monthly, late_is_better, longest_write_off_months


@pytest.mark.parametrize(
    ("finance", "shortest_period_years", "ruled_out"),
    [
        (Finance(), 1 / 12, True),
        (Finance(tax_rate_frac=0.21), 0.25, True),
        (Finance(tax_rate_frac=0.21), 1 / 12, False),
        (Finance(capex_escalator_frac_per_year=0.11), 1, False),
        (Finance(tax_rate_frac=0.25, capex_escalator_frac_per_year=0.05), 0.25, False),
        (
            Finance(tax_rate_frac=0.35, conversion_depreciation=Depreciation(method=DepreciationMethod.MACRS_5)),
            0.25,
            False,
        ),
        (
            Finance(
                tax_rate_frac=0.35,
                conversion_depreciation=Depreciation(method=DepreciationMethod.STRAIGHT_LINE, years=5),
            ),
            1 / 12,
            True,
        ),
    ],
)
def test_early_building_is_ruled_out_only_where_it_cannot_pay(
    finance: Finance, shortest_period_years: float, *, ruled_out: bool
) -> None:
    assert late_is_better(finance, 0.1, shortest_period_years) is ruled_out


def test_macrs_falls_into_calendar_years() -> None:
    """Put into service in October 2028: 20 % over three months of 2028, 32 % over 2029, and so on to the whole."""
    study = Study(start=date(2028, 1, 1), grid=(PeriodBlock(months=12, count=8),), discount_rate_frac=0.1)
    time = timeline(study, longest_term_months=0, tail_rate_frac=0.1)
    shares = depreciation_monthly(Depreciation(method=DepreciationMethod.MACRS_5), 9, time)
    assert shares[:9].sum() == 0
    assert shares[9:12].sum() == pytest.approx(0.2)
    assert shares[12:24].tolist() == pytest.approx([0.32 / 12] * 12)
    assert shares.sum() == pytest.approx(1)


def test_the_months_after_the_horizon_reach_the_end_of_every_write_off() -> None:
    assert longest_write_off_months(Finance()) == 16 * 12
    long = Finance(grid_depreciation=Depreciation(method=DepreciationMethod.STRAIGHT_LINE, years=39))
    assert longest_write_off_months(long) == 39 * 12

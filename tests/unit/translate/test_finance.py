"""When building earlier than needed can be ruled out, and how write-offs fall into months."""

from datetime import date

import pytest

from planner.schemas.finance import BudgetStep, Debt, Depreciation, DepreciationMethod, Finance, Repayment
from planner.schemas.study import PeriodBlock, Study
from planner.translate.calendar import timeline
from planner.translate.finance import MACRS_FRAC, depreciation_monthly, late_is_better, longest_write_off_months

STRAIGHT = DepreciationMethod.STRAIGHT_LINE
SMALL_BONUS = Depreciation(method=STRAIGHT, years=20, bonus_frac=0.5)
WHOLE_BONUS = Depreciation(method=STRAIGHT, years=20, bonus_frac=1)
ONE_MONTH = Depreciation(method=STRAIGHT, years=1 / 12)
LOAN = Debt(
    loan_to_cost_frac=0.5, coupon_frac=0.1, draw_until=date(2030, 1, 1), tenor_months=60, repayment=Repayment.LEVEL
)


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
        (Finance(tax_rate_frac=0.21, conversion_depreciation=SMALL_BONUS), 0.25, True),
        (Finance(tax_rate_frac=0.35, conversion_depreciation=WHOLE_BONUS), 0.25, False),
        (Finance(tax_rate_frac=0.35, conversion_depreciation=WHOLE_BONUS), 1, True),
        (Finance(tax_rate_frac=0.21, conversion_depreciation=ONE_MONTH), 1 / 12, False),
        (Finance(debt=LOAN), 1, True),
        (Finance(debt=LOAN, equity_budget=(BudgetStep(date=date(2029, 1, 1), added_usd=1e6),)), 1, False),
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


def test_a_bonus_comes_first() -> None:
    """October 2028, 40 % at once: MACRS 40 + 0.6 x 20 % over three months; straight line 40 % + 0.6 / 60 in October."""
    study = Study(start=date(2028, 1, 1), grid=(PeriodBlock(months=12, count=8),), discount_rate_frac=0.1)
    time = timeline(study, longest_term_months=0, tail_rate_frac=0.1)
    shares = depreciation_monthly(Depreciation(method=DepreciationMethod.MACRS_5, bonus_frac=0.4), 9, time)
    assert shares[9:12].tolist() == pytest.approx([0.52 / 3] * 3)
    assert shares[12:24].sum() == pytest.approx(0.6 * 0.32)
    assert shares.sum() == pytest.approx(1)
    shares = depreciation_monthly(Depreciation(method=STRAIGHT, years=5, bonus_frac=0.4), 9, time)
    assert shares[9:12].tolist() == pytest.approx([0.41, 0.01, 0.01])
    assert shares.sum() == pytest.approx(1)


def test_macrs_tables_are_those_of_the_irs() -> None:
    """Publication 946, table A-1, half-year convention, in percent."""
    five = (20.00, 32.00, 19.20, 11.52, 11.52, 5.76)
    seven = (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46)
    for method, percent in ((DepreciationMethod.MACRS_5, five), (DepreciationMethod.MACRS_7, seven)):
        assert [100 * share for share in MACRS_FRAC[method]] == pytest.approx(list(percent))
    assert all(sum(shares) == pytest.approx(1) for shares in MACRS_FRAC.values())

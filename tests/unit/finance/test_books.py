"""Working capital, tax with interest deducted, and what the summary says of a loan."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.case_file.checks import reference_problems
from planner.case_file.doubts import doubts
from planner.finance.books import Books, working_capital_usd
from planner.finance.tax import TaxSeries, interest_tax
from planner.finance.waterfall import waterfall
from planner.reports.terminal import summary
from planner.results import Result, load, save
from planner.schemas import Case
from planner.schemas.finance import WorkingCapital
from planner.studies.plan import plan
from planner.translate import translate
from planner.views.finance import FinanceViews
from site_conversion.lines import Line, Source
from tests.formulation.support import Site
from tests.formulation.test_hand_debt import loan, two_leases

WHOLE = frozenset(Source)


def case(**terms: Any) -> Case:
    """Return two leases, 1.5 MUSD of equity and a loan, tax of 21 %, an exit and terms of payment."""
    base = two_leases(1.5e6, loan(0.95, coupon_frac=0.1, least_dscr=2.4, **terms), term_months=36).case()
    finance = {
        **base.finance.model_dump(), "tax_rate_frac": 0.21, "exit": {"method": "multiple", "multiple": 8},
        "equity_rate_frac": 0.15, "working_capital": {"receivable_days": 36.5, "payable_days": 30},
    }  # fmt: skip
    return Case.model_validate({**base.model_dump(), "finance": finance})


@cache
def planned() -> Result:
    return plan(case(), {})


def test_payment_a_tenth_of_a_year_late() -> None:
    """36.5 days: a tenth of 2030's rent of 26.4 is paid in 2031, and that of 2031 after the horizon."""
    flows = FinanceViews(planned()).plan
    assert flows.working_capital.tolist() == pytest.approx([0, -2.64e6, 0, 2.64e6])


def test_payment_later_than_a_period() -> None:
    """Half-years of 181, 184 and 181 days, 273 days late: all of the last and half of the one before are owed."""
    instance = translate(Site(grid=({"months": 6, "count": 3},)).case())
    books = Books({(Line.REVENUE, Source.CONTRACTS): np.array([100.0, 300.0, 200.0, 0.0])}, 4)
    change = working_capital_usd(WorkingCapital(receivable_days=273), books, WHOLE, instance)
    owed = [100.0, 300 + 100 * 89 / 181, 200 + 300 * 92 / 184]
    assert change.tolist() == pytest.approx([-owed[0], owed[0] - owed[1], owed[1] - owed[2], owed[2]])


def test_only_tenants_pay_late_and_all_costs_are_paid_late() -> None:
    instance = translate(case())
    amounts = {
        (Line.REVENUE, Source.SITE): np.array([365.0, 0, 0, 0]),
        (Line.OPEX, Source.SITE): np.array([-73.0, 0, 0, 0]),
    }
    change = working_capital_usd(WorkingCapital(receivable_days=10, payable_days=5), Books(amounts, 4), WHOLE, instance)
    assert change.tolist() == pytest.approx([1.0, -1.0, 0, 0])


def test_interest_makes_a_loss_that_is_carried_forward() -> None:
    """Taxable 10 and 10 at 20 %; 14 of interest in the first year: a loss of 4, of which 80 % of 10 may be used."""
    years = ((0,), (1,), (2,))
    taxes = TaxSeries(0.2, 0.8, years, np.array([10.0, 10.0, 0.0]), np.array([2.0, 2.0, 0.0]))
    assert interest_tax(taxes, np.array([14.0, 0, 0])).tolist() == pytest.approx([0, 0.2 * 6, 0])
    tight = TaxSeries(0.2, 0.1, years, np.array([10.0, 10.0, 0.0]), np.array([2.0, 2.0, 0.0]))
    assert interest_tax(tight, np.array([14.0, 0, 0])).tolist() == pytest.approx([0, 0.2 * 9, 0])


def test_without_interest_the_tax_is_that_of_the_plan() -> None:
    result = planned()
    flows = waterfall(result.case, result.instance, result.plan.tables, result.plan.cash_flow)
    assert flows.loan is not None
    # 19 MUSD at 10 %: 1.9 and 0.995238 of interest, at 21 %
    assert flows.tax_shield.tolist() == pytest.approx([0, 0.21 * 1.9e6, 0.21 * 995_238.1, 0], abs=1)


def test_the_summary_tells_of_the_loan() -> None:
    text = " ".join(summary(planned(), width=200).split())
    for words in (
        "A loan of 19.0 MUSD when repayment begins in Jan 2030: 19.0 MUSD drawn",
        "95.0% of the cost. What limits it is its share of the cost.",
        "The equity available asks for 18.5 MUSD of it.",
        "Cover at least 2.41 (asked 2.40)",
        "After tax it falls to",
        "NPV of the plan, without a loan",
        "working capital",
        "tax saved by interest and fees",
        "contracts with 12 months left at 8.0 times their last year's operating income",
        "Construction 1.0 MUSD per MW of critical IT",
        "132.0% of the capital and 100.0% of their revenue",
    ):
        assert words in text, words


def test_the_waterfall_is_written_and_comes_back(tmp_path: Any) -> None:
    result = planned()
    save(result, tmp_path)
    rows = pd.read_csv(tmp_path / "waterfall.csv")
    assert rows["column"].tolist() == ["2029-01-01", "2030-01-01", "2031-01-01", "after the horizon"]
    assert rows["equity_usd"].tolist() == pytest.approx(FinanceViews(result).plan.equity.tolist())
    assert pd.read_csv(tmp_path / "loan.csv")["owed_usd"].iloc[0] == pytest.approx(19e6)
    again = FinanceViews(load(tmp_path / "result.json")).plan
    assert again.equity.tolist() == pytest.approx(FinanceViews(result).plan.equity.tolist())


@pytest.mark.parametrize(
    ("terms", "field", "words"),
    [
        ({"draw_from": "2029-06-01"}, "draw_until", "no period of the study starts from 2029-06-01 on and before"),
        ({"draw_until": "2031-06-01"}, "draw_until", "the loan is never repaid"),
        ({"repayment": "sculpted", "tenor_months": 36}, "tenor_months", "on 2031-12-31 at the latest"),
    ],
)
def test_dates_that_do_not_fit_are_refused(terms: dict[str, Any], field: str, words: str) -> None:
    (problem,) = reference_problems(case(**terms))
    assert problem.path == ("finance", "debt", field)
    assert words in problem.message


def test_doubtful_loans_are_told() -> None:
    notes = " ".join(doubts(case(tenor_months=60, most_usd=5_000)))
    assert "the loan runs to 2035-01-01, the study to 2032-01-01" in notes
    assert "most_usd of the loan is 5,000 USD" in notes

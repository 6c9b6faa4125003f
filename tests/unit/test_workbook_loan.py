"""The loan in the workbook: its formulas give the planner's loan, cover and cash to the owner, also at other terms."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from planner.case_file import load_case
from planner.reports.workbook.files import write_workbook
from planner.results import Result
from planner.schemas import Case
from planner.studies.levers import Lever, apply
from planner.studies.plan import PlanOptions, plan
from planner.views.finance import FinanceViews
from site_conversion.solve import SolveOptions
from tests.unit.finance.test_flat_case import planned
from tests.unit.test_workbook_report import named, read, recalculated

DEBT: dict[str, Any] = {
    "loan_to_cost_frac": 0.65, "coupon_frac": 0.085, "fee_frac": 0.015, "commitment_fee_frac": 0.006,
    "draw_until": "2028-10-01", "tenor_months": 150, "balloon_frac": 0.2, "sweep_frac": 0.4, "least_dscr": 1.35,
}  # fmt: skip
OTHERS: dict[str, dict[str, Any]] = {
    "cover": {"repayment": "level", "tenor_months": 60, "least_dscr": 3},
    "cost": {"repayment": "straight", "least_dscr": None},
    "amount": {"repayment": "bullet", "balloon_frac": 0, "most_usd": 90e6},
}
"""What limits the loan, and how it is then repaid."""


def with_debt(case: Case, **terms: Any) -> Case:
    content = json.loads(case.model_dump_json())
    content["finance"] |= {"debt": {**DEBT, **terms}, "equity_rate_frac": 0.14}
    return Case.model_validate_json(json.dumps(content))


@cache
def lent(path: Path, limit: str) -> Result:
    """Return the small site's plan with a loan: quarters of building, tax, losses, a term beyond the horizon."""
    case = with_debt(load_case(path).case, **OTHERS[limit])
    return plan(case, {}, PlanOptions(SolveOptions(gap_frac=0.0)))


def agrees(book: Workbook, result: Result) -> None:
    finance = FinanceViews(result)
    owner = next(row for row in finance.returns if row.whose == "owner")
    assert finance.loan is not None
    assert named(book, "loan_size") == pytest.approx(finance.loan.loan_usd, rel=1e-6)
    assert named(book, "owner_npv") == pytest.approx(owner.npv_usd, rel=1e-6)
    assert named(book, "owner_irr") == pytest.approx(owner.rate.rates_frac[0], rel=1e-6)
    if finance.loan.least_cover is not None:
        assert named(book, "dscr_least") == pytest.approx(finance.loan.least_cover, rel=1e-6)


@pytest.mark.parametrize("limit", list(OTHERS))
def test_the_stored_loan_is_the_planners(small_path: Path, tmp_path: Path, limit: str) -> None:
    result = lent(small_path, limit)
    loan = FinanceViews(result).loan
    assert loan is not None
    assert loan.limit == limit
    write_workbook(result, tmp_path / "plan.xlsx")
    book = read(tmp_path / "plan.xlsx")
    agrees(book, result)
    assert named(book, "checks_all") == "OK"


@pytest.mark.slow
@pytest.mark.parametrize("limit", list(OTHERS))
def test_the_loan_at_other_terms_is_the_planners(small_path: Path, tmp_path: Path, limit: str) -> None:
    """Coupon, share lent and tax typed anew: the loan is sized, drawn, served and taxed as the planner does."""
    result = lent(small_path, limit)
    write_workbook(result, tmp_path / "plan.xlsx")
    typed = {"loan_coupon": 0.065, "loan_to_cost": 0.55, "lever_rents": 1.03}
    book = recalculated(tmp_path / "plan.xlsx", typed)
    terms = {**OTHERS[limit], "coupon_frac": 0.065, "loan_to_cost_frac": 0.55}
    agrees(book, plan(apply(with_debt(load_case(small_path).case, **terms), Lever.RENT, 1.03), {},
                      PlanOptions(SolveOptions(gap_frac=0.0))))  # fmt: skip


@pytest.mark.parametrize("terms", [{"repayment": "sculpted"}, {"reserve_months": 6}], ids=["sculpted", "reserve"])
def test_a_loan_that_is_not_written_as_formulas_is_held(tmp_path: Path, terms: dict[str, Any]) -> None:
    result = planned(**terms)
    write_workbook(result, tmp_path / "plan.xlsx")
    book = read(tmp_path / "plan.xlsx")
    assert named(book, "checks_all") == "OK"
    assert "loan_coupon" not in book.defined_names
    text = [row[0].value for row in book["Assumptions"].iter_rows()]
    assert "A loan is held as agreed: its size, its repayment and its interest do not move." in text


@pytest.mark.slow
def test_a_loan_may_be_kept_as_it_was_drawn(small_path: Path, tmp_path: Path) -> None:
    """Not sized anew it keeps its draws: a dearer coupon adds to it, leaves the owner less and the plan as it is."""
    result = lent(small_path, "cost")
    write_workbook(result, tmp_path / "plan.xlsx")
    book = recalculated(tmp_path / "plan.xlsx", {"loan_resized": 0, "loan_coupon": 0.12})
    finance = FinanceViews(result)
    assert finance.loan is not None
    added = float(named(book, "loan_size")) - finance.loan.drawn_usd
    assert added > finance.loan.loan_usd - finance.loan.drawn_usd, "interest while building is added"
    assert float(named(book, "owner_npv")) < float(named(read(tmp_path / "plan.xlsx"), "owner_npv"))
    assert named(book, "npv_plan") == pytest.approx(result.plan.npv_musd * 1e6, rel=1e-6)

"""Whether a loan's dates fit the study."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from planner.files.problems import Problem
from planner.schemas import Case
from planner.schemas.finance import Repayment

_STUDY = (("study",),)


def loan_problems(case: Case) -> Iterator[Problem]:
    """Yield what is wrong with a loan's dates: nothing to draw in, nothing to repay in, a sculpted term too long."""
    debt = case.finance.debt
    if debt is None:
        return
    starts, end = _periods(case)
    begin = debt.draw_from or starts[0]
    where = ("finance", "debt", "draw_until")
    if not any(begin <= start < debt.draw_until for start in starts):
        message = f"no period of the study starts from {begin} on and before draw_until {debt.draw_until}"
        yield Problem(where, message, _STUDY)
    first = next((start for start in starts if start >= debt.draw_until), None)
    if first is None:
        last = starts[-1]
        message = f"draw_until {debt.draw_until} is after the last period begins ({last}): the loan is never repaid"
        yield Problem(where, message, _STUDY)
        return
    over = _month(first, debt.tenor_months)
    if debt.repayment is Repayment.SCULPTED and over > end:
        message = (
            f"a sculpted loan follows the cash of each period, so its {debt.tenor_months} months from {first} must end "
            f"with the study, on {end - timedelta(days=1)} at the latest"
        )
        yield Problem(("finance", "debt", "tenor_months"), message, _STUDY)


def loan_doubts(case: Case) -> Iterator[str]:
    """Yield one sentence for each term of a loan, or of an exit, that a person should look at again."""
    yield from _exit_doubts(case)
    debt = case.finance.debt
    if debt is None:
        return
    starts, end = _periods(case)
    first = next((start for start in starts if start >= debt.draw_until), None)
    if first is not None and debt.repayment is not Repayment.SCULPTED and _month(first, debt.tenor_months) > end:
        yield (
            f"the loan runs to {_month(first, debt.tenor_months)}, the study to {end}: "
            "what is owed then is repaid at the horizon, and no cash is known to cover it"
        )
    if debt.least_dscr is None:
        yield "the loan asks for no cover of its debt service (least_dscr): cost alone limits it"


def _exit_doubts(case: Case) -> Iterator[str]:
    """Say where a multiple buys more years of income than a contract has left, as if it were certain to be renewed."""
    terms = case.finance.exit
    multiple = terms.multiple or (1 / terms.cap_rate_frac if terms.cap_rate_frac else None)
    if multiple is None:
        return
    _, end = _periods(case)
    for contract in {contract.offer: contract for contract in case.contracts}.values():
        over = _month(contract.ready_by, contract.term_months)
        left = (over.year - end.year) * 12 + over.month - end.month
        if terms.least_months_left <= left < 12 * multiple:
            yield (
                f"the exit values '{contract.offer}' at {multiple:.1f} years of its income, with about {left / 12:.1f} "
                "years of its term left at the horizon: a buyer would have to count on renewal; least_months_left sets "
                "the least"
            )


def _periods(case: Case) -> tuple[list[date], date]:
    """Return the first days of the study's periods, and the day after the last."""
    borders = [case.study.start]
    for block in case.study.grid:
        begin = borders[-1]
        borders.extend(_month(begin, block.months * n) for n in range(1, block.count + 1))
    return borders[:-1], borders[-1]


def _month(day: date, months: int) -> date:
    """Return the first day of a month so many months after another."""
    whole = day.year * 12 + day.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)

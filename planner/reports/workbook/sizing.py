"""The size of a loan as formulas: what cost, cover and amount allow, found by halving as the planner does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.finance.books import CONTRIBUTION
from planner.finance.waterfall import Loan
from planner.reports.workbook.ledger import Side
from planner.reports.workbook.pages import FACTOR, LIMIT, PLAIN, USD, Row, TimePage
from planner.schemas.finance import Repayment
from planner.translate.debt import fixed_service, loan_per_draw
from site_conversion.instance import Floats, Instance
from site_conversion.lines import Line, Source

HALVINGS = 48
ENDLESS = 1e15
"""What stands for no limit, in USD."""


@dataclass(frozen=True)
class Given:
    """What sizing starts from."""

    loan: Loan
    instance: Instance
    side: Side
    spending_usd: Floats
    tenants_usd: Floats

    @property
    def window(self) -> list[int]:
        """Periods in which it may be drawn, one after the other."""
        return np.nonzero(self.loan.calendar.drawable)[0].tolist()

    @property
    def term(self) -> list[int]:
        """Periods of the study in which it is repaid."""
        calendar = self.loan.calendar
        return np.nonzero(calendar.service_years[: calendar.periods] > 0)[0].tolist()


def _advances(side: Side, x: int) -> list[str]:
    rows = [row for item, row in side.lines[Line.ADVANCES].items if item.source is Source.BUILDINGS]
    return [row.at(x) for row in rows]


def _contributions(given: Given, x: int) -> list[str]:
    names = {f"{name} {CONTRIBUTION}" for name in given.instance.contracts}
    return [row.at(x) for item, row in given.side.lines[Line.CAPEX].items if item.item in names]


def write_repayment(page: TimePage, given: Given) -> tuple[Row, Row]:
    """Write what a dollar of loan pays in each stretch of its term; return principal and service by period."""
    terms, calendar = given.loan.terms, given.loan.calendar
    interest, principal = fixed_service(terms, calendar)
    stretches = np.nonzero(calendar.service_years > 0)[0].tolist()
    years = calendar.service_years[stretches]
    growth = 1 + terms.coupon_frac * years
    after = np.append(np.cumprod(growth[::-1])[::-1][1:], 1.0)
    owed = 1 - np.cumsum(principal[stretches])
    page.section("Repayment of a dollar of loan, stretch by stretch of its term")
    heads = (
        "stretch",
        "years",
        "growth",
        "growth of what is paid, to the end",
        "interest",
        "principal",
        "owed after it",
    )
    first, end = page.table(heads, [(n + 1, float(y)) for n, y in enumerate(years)], FACTOR)
    balloon = 1.0 if terms.repayment is Repayment.BULLET else terms.balloon_frac
    spans = {k: f"{page.cell(first, k)}:{page.cell(end - 1, k).split('!')[1]}" for k in range(1, 7)}
    payment = f"(PRODUCT({spans[2]})-{balloon!r})/SUMPRODUCT({spans[1]},{spans[3]})"
    for n in range(len(stretches)):
        row, above = first + n, page.cell(first + n - 1, 6) if n else "1"
        cell = {k: page.cell(row, k) for k in range(1, 7)}
        later = f"{page.cell(row + 1, 3)}*{page.cell(row + 1, 2)}" if n + 1 < len(stretches) else "1"
        page.formula(row, 2, f"1+loan_coupon*{cell[1]}", float(growth[n]), FACTOR)
        page.formula(row, 3, later, float(after[n]), FACTOR)
        page.formula(row, 4, f"loan_coupon*{cell[1]}*{above}", float(interest[stretches[n]]), FACTOR)
        paid = {
            Repayment.LEVEL: f"{payment}*{cell[1]}-{cell[4]}",
            Repayment.STRAIGHT: f"{1 - balloon!r}*{cell[1]}/SUM({spans[1]})",
        }.get(terms.repayment, "0")
        page.formula(row, 5, paid, float(principal[stretches[n]]), FACTOR)
        page.formula(row, 6, f"{above}-{cell[5]}", float(owed[n]), FACTOR)
    at = {p: first + stretches.index(p) for p in given.term}

    def by_period(label: str, formula: list[int], values: Floats) -> Row:
        return page.formulas(
            label, lambda x: "+".join(page.cell(at[x], k) for k in formula) if x in at else "",
            _padded(values[: calendar.periods]), look=FACTOR, summed=False,
        )  # fmt: skip

    page.section("The same by period")
    return (
        by_period("principal of a dollar of loan", [5], principal),
        by_period("service of a dollar of loan", [4, 5], interest + principal),
    )


def _padded(values: Floats) -> Floats:
    return np.append(values, 0.0)


def write_size(page: TimePage, given: Given, covered: str, covered_usd: float) -> tuple[Row, str]:
    """Write what may be drawn and the search for its size; return the draws and the cell of the loan."""
    loan, side, window = given.loan, given.side, given.window
    terms, calendar = loan.terms, loan.calendar
    first, last, periods = window[0], window[-1], calendar.periods
    cost_usd = np.cumsum(np.where(calendar.drawable, given.spending_usd + given.tenants_usd, 0.0))
    room_usd = np.zeros(periods)
    room_usd[window] = np.maximum(0.0, np.minimum.accumulate(cost_usd[window][::-1])[::-1])
    equity_usd = np.minimum(given.instance.budget_musd * 1e6, ENDLESS)
    need_usd = np.maximum(0.0, np.cumsum(given.spending_usd) - equity_usd)
    least_usd = np.zeros(periods)
    least_usd[window] = np.maximum.accumulate(need_usd[window])
    least_usd[last] = max(least_usd[last], float(need_usd[last:].max()))
    per_draw = loan_per_draw(terms, calendar)
    growth = np.zeros(periods)
    growth[last] = 1.0
    for p in reversed(window[:-1]):
        growth[p] = growth[p + 1] * (1 + terms.coupon_frac * calendar.period_years[p + 1])
    fees = np.cumsum(terms.commitment_fee_frac * np.where(calendar.drawable, calendar.period_years, 0.0) * growth)

    def row(label: str, formula: dict[int, str], values: Floats, look: str = USD) -> Row:
        return page.formulas(label, lambda x: formula.get(x, ""), _padded(values), look=look, summed=False)

    inside = range(periods)
    page.section("What may be drawn")
    years = page.numbers("years of the period", _padded(calendar.period_years), FACTOR)
    spent = row(
        "capital to be paid, tenants' money off",
        {x: f"-({'+'.join([side.lines[Line.CAPEX].total.at(x), *_advances(side, x)])})" for x in inside},
        given.spending_usd,
    )
    gifts = row(
        "what tenants contribute and advance",
        {x: "+".join([*_contributions(given, x), *_advances(side, x)]) or "0" for x in inside},
        given.tenants_usd,
    )
    at = Row(page.name, page.row, spent.columns)
    cost = row(
        "cost so far, while it may be drawn",
        {
            x: f"{at.at(x - 1)}+{spent.at(x)}+{gifts.at(x)}" if x > first else f"{spent.at(x)}+{gifts.at(x)}"
            for x in window
        },
        cost_usd * calendar.drawable,
    )
    room = row("of it may be lent on", {x: f"MAX(0,MIN({cost.span_of(x, last)}))" for x in window}, room_usd)
    equity = page.numbers("equity that has become available", _padded(equity_usd), LIMIT)
    need = row(
        "capital beyond the equity", {x: f"MAX(0,SUM({spent.span_of(0, x)})-{equity.at(x)})" for x in inside}, need_usd
    )
    least = row(
        "least drawn so far",
        {x: f"MAX({need.span_of(first, x if x < last else periods - 1)})" for x in window}, least_usd,
    )  # fmt: skip
    at = Row(page.name, page.row, spent.columns)
    grown = row(
        "growth of what is owed until repayment begins",
        {x: f"{at.at(x + 1)}*(1+loan_coupon*{years.at(x + 1)})" if x < last else "1" for x in window}, growth, FACTOR,
    )  # fmt: skip
    at = Row(page.name, page.row, spent.columns)
    charged = row(
        "commitment fees so far, for a dollar",
        {x: (f"{at.at(x - 1)}+" if x > first else "") + f"{terms.commitment_fee_frac!r}*{years.at(x)}*{grown.at(x)}"
         for x in window},
        fees * calendar.drawable, FACTOR,
    )  # fmt: skip
    owed = row(
        "owed for a dollar drawn",
        {x: f"{1 + terms.fee_frac!r}*{grown.at(x)}+{charged.at(x)}" for x in window}, per_draw, FACTOR,
    )  # fmt: skip
    weights = row(
        "owed for a dollar drawn here and not later",
        {x: f"{owed.at(x)}-{owed.at(x + 1)}" if x < last else owed.at(x) for x in window},
        np.append(per_draw[:-1] - np.append(per_draw[1:], 0.0)[:-1], per_draw[-1]) * calendar.drawable, FACTOR,
    )  # fmt: skip
    spans = [each.span_of(first, last) for each in (room, least, weights)]
    total = f"MAX(0,{cost.at(last)}-SUM({gifts.span_of(0, periods - 1)}))"
    total_usd = max(0.0, float(cost_usd[last] - given.tenants_usd.sum()))
    share, share_frac = _search(
        page,
        given,
        spans,
        (room.at(last), least.at(last)),
        (total, covered),
        (total_usd, covered_usd),
        (room_usd, least_usd, per_draw),
    )
    page.section("The loan as drawn")
    planned = page.numbers("drawn in the plan", _padded(loan.sizing.draws))
    total_drawn = np.maximum(share_frac * room_usd, least_usd) * calendar.drawable
    reached = row(
        "drawn so far, at the size found", {x: f"MAX({share}*{room.at(x)},{least.at(x)})" for x in window}, total_drawn
    )
    drawn = row(
        "drawn",
        {x: f"IF(loan_resized=1,{reached.at(x)}{f'-{reached.at(x - 1)}' if x > first else ''},{planned.at(x)})"
         for x in window},
        loan.sizing.draws,
    )  # fmt: skip
    page.put(page.row, 0, "Loan when repayment begins")
    page.formula(
        page.row, 2, f"SUMPRODUCT({owed.span_of(first, last)},{drawn.span_of(first, last)})", loan.sizing.loan, USD
    )
    page.book.name("loan_size", page.cell(page.row, 2))
    page.row += 1
    return drawn, "loan_size"


def _search(
    page: TimePage,
    given: Given,
    spans: list[str],
    lasts: tuple[str, str],
    cells: tuple[str, str],
    values: tuple[float, float],
    arrays: tuple[Floats, Floats, Floats],
) -> tuple[str, float]:
    """Write the halvings for the largest share of the cost that fits; return the cell of the share and its value."""
    terms, window = given.loan.terms, given.window
    room_usd, least_usd, per_draw = (array[window] for array in arrays)
    room, least, weights = spans
    (total, covered), (total_usd, covered_usd) = cells, values
    most = ENDLESS if terms.most_usd is None else terms.most_usd
    page.section("Search for the largest share of the cost that fits (all of it first, then by halves)")
    heads = ("step", "fits", "share", "loan", "most by cost, cover and amount", "largest that fits", "too large")
    begin, _ = page.table(heads, [(n,) for n in range(HALVINGS + 1)], PLAIN)
    low, high, fits_all = 0.0, 1.0, False
    for n in range(HALVINGS + 1):
        at = begin + n
        cell = {k: page.cell(at, k) for k in range(1, 7)}
        share = 1.0 if n == 0 else (low + high) / 2
        reached = np.maximum(share * room_usd, least_usd)
        loan_usd = float(per_draw @ np.diff(reached, prepend=0.0))
        limit_usd = min(covered_usd, most, terms.loan_to_cost_frac * (total_usd + loan_usd - float(reached[-1])))
        fits = loan_usd <= limit_usd
        if n:
            low, high = (share, high) if fits else (low, share)
        fits_all = fits_all or (n == 0 and fits)
        reach = f"({cell[2]}*{room}>{least})*({cell[2]}*{room}-{least})+{least}"
        lent = f"MAX({cell[2]}*{lasts[0]},{lasts[1]})"
        page.formula(at, 2, f"({page.cell(at - 1, 5)}+{page.cell(at - 1, 6)})/2" if n else "1", share, FACTOR)
        page.formula(at, 3, f"SUMPRODUCT({weights},{reach})", loan_usd, USD)
        page.formula(at, 4, f"MIN({covered},{most!r},loan_to_cost*({total}+{cell[3]}-{lent}))", limit_usd, USD)
        page.formula(at, 1, f"IF({cell[3]}<={cell[4]},1,0)", float(fits), PLAIN)
        before = (page.cell(at - 1, 5), page.cell(at - 1, 6))
        page.formula(at, 5, f"IF({cell[1]}=1,{cell[2]},{before[0]})" if n else "0", low, FACTOR)
        page.formula(at, 6, f"IF({cell[1]}=1,{before[1]},{cell[2]})" if n else "1", high, FACTOR)
    page.put(page.row, 0, "Share of the cost that is drawn")
    found = f"IF({page.cell(begin, 1)}=1,1,{page.cell(begin + HALVINGS, 5)})"
    share_frac = 1.0 if fits_all else low
    page.formula(page.row, 2, found, share_frac, FACTOR)
    cell_of = page.cell(page.row, 2)
    page.row += 1
    return cell_of, share_frac

"""Deals: what the parties published beside what the planner computes, and the page that shows both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from planner.case_file import load_case
from planner.results import Result
from planner.studies.plan import PlanOptions, plan
from planner.views import Views
from planner.views.contract_economics import ContractEconomics, contract_economics, noi_usd_by_year
from planner.views.finance import FinanceViews
from site_conversion.solve import SolveOptions

DEALS = Path(__file__).resolve().parents[2] / "examples" / "deals"
NAMES = sorted(file.parent.name for file in DEALS.glob("*/case.yaml"))

CLOSE_FRAC = 0.02
"""A computed figure within this of the published one needs no explanation."""


class Measure(StrEnum):
    """What is compared."""

    REVENUE = "revenue_usd_per_it_mw_year"
    VALUE = "contract_value_usd"
    MARGIN = "noi_margin_frac"
    NOI = "noi_usd_in_year"
    CAPEX = "capex_usd_per_it_mw"
    GPUS = "gpus_usd_per_it_mw"
    RATIO = "gross_mw_per_it_mw"
    PUE = "pue"
    FIRST_RENT = "first_rent"
    DEBT = "debt_usd"
    DEBT_SERVICE = "debt_service_usd_per_year"
    DEBT_LEFT = "debt_left_usd"


class Basis(StrEnum):
    """Whether the case holds the figure already."""

    INPUT = "input"
    """The case is written so that it comes out: agreement shows that the engine keeps the terms."""
    RESULT = "result"
    """It follows from other inputs: agreement shows that those and the engine are right."""


class Figure(BaseModel):
    """One published figure: a number, a range or a window of dates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    figure: Measure
    published: float | None = None
    least: float | None = None
    most: float | None = None
    earliest: dt.date | None = None
    latest: dt.date | None = None
    how: str
    """Stated, or how it follows from what was stated."""
    basis: Basis
    source_url: str = Field(pattern="^https?://")
    as_of: str
    contracts: tuple[str, ...] = ()
    """Of these contracts only; left out, of all."""
    year: int | None = None
    why: str | None = None
    """Why the computed figure is not the published one."""

    @model_validator(mode="after")
    def _one_form(self) -> Figure:
        forms = (self.published, self.least if self.least is not None else self.most, self.earliest)
        if sum(form is not None for form in forms) != 1:
            raise ValueError("give one of published, least and most, earliest and latest")
        if (self.figure is Measure.FIRST_RENT) != (self.earliest is not None and self.latest is not None):
            raise ValueError("earliest and latest are for first_rent, and it needs both")
        if (self.figure is Measure.NOI) != (self.year is not None):
            raise ValueError("year is for noi_usd_in_year, and it needs one")
        return self


class Deal(BaseModel):
    """A deal's published figures."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deal: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Compared:
    """A figure beside the plan's own."""

    figure: Figure
    computed: float | dt.date

    @property
    def difference(self) -> float:
        """How far the computed figure is outside the published one, as a share of it (in months for a date)."""
        figure, computed = self.figure, self.computed
        if isinstance(computed, dt.date):
            assert figure.earliest is not None
            assert figure.latest is not None
            early, late = (figure.earliest - computed).days, (computed - figure.latest).days
            return max(late, 0) / 30.4375 - max(early, 0) / 30.4375
        low = figure.least if figure.published is None else figure.published
        high = figure.most if figure.published is None else figure.published
        if low is not None and computed < low:
            return computed / low - 1
        return computed / high - 1 if high is not None and computed > high else 0.0

    @property
    def close(self) -> bool:
        """Whether no explanation is needed."""
        return abs(self.difference) <= CLOSE_FRAC


def published(name: str) -> Deal:
    """Return a deal's published figures."""
    return Deal.model_validate(YAML(typ="safe", pure=True).load((DEALS / name / "published.yaml").read_text("utf-8")))


def planned(name: str) -> Result:
    """Return the plan of a deal."""
    loaded = load_case(DEALS / name / "case.yaml")
    return plan(loaded.case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=0.0)))


def compared(deal: Deal, result: Result) -> tuple[Compared, ...]:
    """Return every published figure beside the plan's."""
    return tuple(Compared(figure, _computed(figure, result)) for figure in deal.figures)


def _computed(figure: Figure, result: Result) -> float | dt.date:
    rows = [row for row in contract_economics(result) if not figure.contracts or row.contract in figure.contracts]
    if figure.figure in LOAN:
        return _loan(figure.figure, result)
    if figure.figure in BUILT:
        return _built(figure.figure, result, rows)
    if figure.figure is Measure.FIRST_RENT:
        return min(row.first_rent for row in rows)
    if figure.figure is Measure.NOI:
        return noi_usd_by_year(result)[figure.year or 0]
    return _earned(figure.figure, rows)


LOAN = (Measure.DEBT, Measure.DEBT_SERVICE, Measure.DEBT_LEFT)
BUILT = (Measure.CAPEX, Measure.GPUS, Measure.RATIO, Measure.PUE)


def _earned(measure: Measure, rows: Iterable[ContractEconomics]) -> float:
    """Rent of the whole term, for each IT MW-year, and the share of it that is left."""
    rows = tuple(rows)
    revenue = sum(row.revenue_usd for row in rows)
    return {
        Measure.VALUE: revenue,
        Measure.REVENUE: revenue / sum(row.mw_years for row in rows),
        Measure.MARGIN: sum(row.noi_usd for row in rows) / revenue,
    }[measure]


def _loan(measure: Measure, result: Result) -> float:
    """Size of the loan, its interest and agreed repayment in a mean year, or what is repaid at once at its end."""
    plan = FinanceViews(result).plan
    assert plan.loan is not None
    if measure is Measure.DEBT:
        return plan.loan.sizing.loan
    if measure is Measure.DEBT_LEFT:
        return float(plan.balloon.sum())
    years = plan.loan.calendar.service_years[: result.instance.periods]
    return float((plan.paid_interest + plan.principal)[:-1].sum() / years.sum())


def _built(measure: Measure, result: Result, rows: Iterable[ContractEconomics]) -> float:
    """Cost and power for each critical IT MW; of several designs that of the first hall built."""
    rows, views = tuple(rows), Views(result)
    construction = FinanceViews(result).yields.construction_usd_per_mw
    assert construction is not None
    ratios = {design: (peak, mean) for design, peak, mean in views.design_ratios}
    peak, mean = ratios[views.conversions[0].design]
    return {
        Measure.CAPEX: construction,
        Measure.GPUS: sum(row.gpus_usd for row in rows) / sum(row.it_mw for row in rows),
        Measure.RATIO: peak,
        Measure.PUE: mean,
    }[measure]


BEGIN, END = "<!-- figures begin: written by tests/golden/test_deals.py -->", "<!-- figures end -->"
"""Between these lines of the page stand the tables."""

MONEY = {Measure.REVENUE: 2, Measure.VALUE: 0, Measure.NOI: 1, Measure.CAPEX: 2, Measure.GPUS: 2,
         Measure.DEBT: 0, Measure.DEBT_SERVICE: 1, Measure.DEBT_LEFT: 0}  # fmt: skip
"""Measures shown in MUSD, and their decimals."""

COLUMNS = {
    Measure.REVENUE: "revenue per IT MW-year, MUSD",
    Measure.VALUE: "contract value, MUSD",
    Measure.MARGIN: "NOI margin",
    Measure.CAPEX: "capex per IT MW, MUSD",
    Measure.DEBT_SERVICE: "debt service a year, MUSD",
    Measure.FIRST_RENT: "first rent",
}
"""Measures of the first table; the others are in the second."""

WORDS = {
    **COLUMNS,
    Measure.NOI: "NOI of a year, MUSD",
    Measure.GPUS: "GPUs per IT MW, MUSD",
    Measure.RATIO: "gross MW per IT MW, design day",
    Measure.PUE: "PUE, mean of the year",
    Measure.DEBT: "loan, MUSD",
    Measure.DEBT_LEFT: "repaid at the loan's end, MUSD",
}


@dataclass(frozen=True)
class Shown:
    """A deal with its plan's gain and its figures."""

    name: str
    deal: Deal
    gain_usd: float
    rows: tuple[Compared, ...]


def shown(name: str, result: Result) -> Shown:
    """Compare a deal with its plan."""
    deal = published(name)
    gain = (result.plan.npv_musd - result.do_nothing.npv_musd) * 1e6
    return Shown(name, deal, gain, compared(deal, result))


def tables(deals: Iterable[Shown]) -> str:
    """Return the page's tables."""
    deals = tuple(deals)
    return "\n\n".join((_first_table(deals), _second_table(deals), _reasons(deals)))


def page_with(page: str, text: str) -> str:
    """Return the page with the tables replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def _first_table(deals: tuple[Shown, ...]) -> str:
    lines = [
        f"| deal | {' | '.join(COLUMNS.values())} | gain, MUSD |",
        f"|---|{'---|' * (len(COLUMNS) + 1)}",
    ]
    for entry in deals:
        cells = [
            "; ".join(_both(row) for row in entry.rows if row.figure.figure is measure) or "n/a" for measure in COLUMNS
        ]
        lines.append(
            f"| [{entry.deal.deal}]({entry.name}/case.yaml) | {' | '.join(cells)} | {entry.gain_usd / 1e6:+,.0f} |"
        )
    return "\n".join(lines)


def _second_table(deals: tuple[Shown, ...]) -> str:
    lines = ["| deal | further figure | published / computed |", "|---|---|---|"]
    for entry in deals:
        lines += [
            f"| {entry.deal.deal} | {_words(row.figure)} | {_both(row)} |"
            for row in entry.rows
            if row.figure.figure not in COLUMNS
        ]
    return "\n".join(lines)


def _reasons(deals: tuple[Shown, ...]) -> str:
    lines = ["| deal | figure | difference | why |", "|---|---|---|---|"]
    for entry in deals:
        lines += [
            f"| {entry.deal.deal} | {_words(row.figure)} | {_difference(row)} | {row.figure.why} |"
            for row in entry.rows
            if not row.close
        ]
    return "\n".join(lines)


def _words(figure: Figure) -> str:
    text = WORDS[figure.figure] if figure.year is None else f"NOI of {figure.year}, MUSD"
    return f"{text} ({', '.join(figure.contracts)})" if figure.contracts else text


def _both(row: Compared) -> str:
    figure = row.figure
    if figure.earliest is not None and figure.latest is not None and isinstance(row.computed, dt.date):
        window = dict.fromkeys((f"{figure.earliest:%Y-%m}", f"{figure.latest:%Y-%m}"))
        text = f"{' to '.join(window)} / {row.computed:%Y-%m}"
    else:
        limits = [value for value in (figure.published, figure.least, figure.most) if value is not None]
        text = (
            f"{' to '.join(_value(figure.figure, value) for value in limits)} / {_value(figure.figure, row.computed)}"
        )
    return f"{text} *" if figure.basis is Basis.INPUT else text


def _value(measure: Measure, value: float | dt.date) -> str:
    assert not isinstance(value, dt.date)
    if measure is Measure.MARGIN:
        return f"{value:.0%}"
    if measure in MONEY:
        return f"{value / 1e6:,.{MONEY[measure]}f}"
    return f"{value:.2f}"


def _difference(row: Compared) -> str:
    if row.figure.figure is Measure.FIRST_RENT:
        return f"{row.difference:+.0f} months"
    return f"{row.difference:+.0%}"

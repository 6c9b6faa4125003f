"""Money over time and by subject: every dollar of the ledger once, summed in the way a reader asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from planner.results import Outcome, period_label
from planner.views.plan import Views
from site_conversion.instance import Floats
from site_conversion.lines import Line, Source

AFTER = "after the horizon"


@dataclass(frozen=True)
class BridgeStep:
    """One step on the way from the present value of going on mining to that of the plan."""

    what: str
    usd: float
    """Of a total the whole, of a step what it adds."""
    low_usd: float
    high_usd: float
    """The step is drawn between these; a total from zero."""
    is_total: bool


@dataclass(frozen=True)
class CashYear:
    """Nominal cash of the periods that begin in a calendar year, by line, beside the twin's."""

    label: str
    """The year, if the row holds all that the study has of it and nothing else; otherwise the months that it holds."""
    start: date | None
    """Of the first period; None of what follows the horizon."""
    end: date | None
    """Of the last one, which may lie in a later year: the day after."""
    by_line: dict[Line, float] = field(hash=False)
    do_nothing_usd: float
    cumulative_usd: float
    """Plan less do nothing, summed from the start to the end of this year."""

    @property
    def net_usd(self) -> float:
        """All lines of the plan."""
        return sum(self.by_line.values())

    @property
    def difference_usd(self) -> float:
        """Plan less do nothing."""
        return self.net_usd - self.do_nothing_usd


@dataclass(frozen=True)
class FundingPoint:
    """Cash of plan less do nothing, summed up to a date."""

    day: date
    usd: float


OTHER = {
    Line.REVENUE: "other income",
    Line.ENERGY: "other energy",
    Line.OPEX: "other running cost",
    Line.CAPEX: "other capital",
    Line.ADVANCES: "tenants' money in advance",
    Line.TAX: "tax",
    Line.TERMINAL: AFTER,
}
"""Words for what belongs to no subject of its own."""

TENANT = {
    Line.REVENUE: "tenants pay",
    Line.ENERGY: "power of AI load",
    Line.OPEX: "running AI halls",
    Line.CAPEX: "contributions less GPUs",
}
"""Words for a contract's share of a line."""

GOING_ON, PLAN = "going on mining", "the plan"
MINING, RIGS, HOSTING, SUPPLY = "mining given up", "GPU rigs", "hosting others' machines", "on-site power"
GRID, HALLS, COOLING, TAKE, CARBON = "grid requests", "halls converted", "cooling plant", "minimum take", "carbon"
ITEMS = {
    "conversion": HALLS,
    "cooling modules": COOLING,
    "minimum take": TAKE,
    "power of ASICs": MINING,
    "running cost of ASICs": MINING,
    "demand response": MINING,
    "power of rented rigs": RIGS,
    "running cost of rented rigs": RIGS,
}
"""Subjects of whole items."""
BEGINNINGS = {
    "hashing ": MINING,
    "machines at ": MINING,
    "moving to ": MINING,
    "hosting ": HOSTING,
    "rigs rented ": RIGS,
    "on-site: ": SUPPLY,
    "grid: ": GRID,
    "carbon of ": CARBON,
}
"""Subjects of items that name something after these words."""
SUBJECTS = (MINING, HOSTING, RIGS, HALLS, COOLING, GRID, SUPPLY, TAKE, CARBON)


def bridge(views: Views) -> tuple[BridgeStep, ...]:
    """Return the steps in present value from going on mining to the plan, both as totals; no step is zero."""
    steps: dict[str, float] = {}
    owners = _owners(views)
    for sign, outcome in ((1.0, views.result.plan), (-1.0, views.result.do_nothing)):
        cash = outcome.cash_flow
        present = cash["musd"].to_numpy() * 1e6 * views.instance.discount[cash["column"].to_numpy(dtype=int)]
        sources = cash["source"].astype(str)
        for line, item, source, usd in zip(cash["line"], cash["item"], sources, present.tolist(), strict=True):
            what = _subject(Line(str(line)), str(item), Source(source), owners)
            steps[what] = steps.get(what, 0.0) + sign * usd
    order = (*TENANT.values(), *SUBJECTS, *OTHER.values())
    worth = views.headline.do_nothing_npv_usd
    rows = [_total(GOING_ON, worth)]
    for what in order:
        usd = steps.get(what, 0.0)
        if abs(usd) >= 1.0:
            rows.append(BridgeStep(what, usd, min(worth, worth + usd), max(worth, worth + usd), is_total=False))
            worth += usd
    return (*rows, _total(PLAN, views.headline.npv_usd))


def _total(what: str, usd: float) -> BridgeStep:
    return BridgeStep(what, usd, min(0.0, usd), max(0.0, usd), is_total=True)


def _owners(views: Views) -> dict[str, str]:
    """Return the subject of items that begin with the name of a machine or a rig."""
    return dict.fromkeys(views.instance.rigs.rigs, RIGS) | dict.fromkeys(views.instance.asics, MINING)


def _subject(line: Line, item: str, source: Source, owners: dict[str, str]) -> str:
    if line in (Line.TAX, Line.TERMINAL, Line.ADVANCES):
        return OTHER[line]
    if source is Source.CONTRACTS:
        return TENANT[line]
    of_all = ITEMS.get(item) or next((what for words, what in BEGINNINGS.items() if item.startswith(words)), None)
    return of_all or owners.get(item.split(" ", 1)[0], OTHER[line])


def cash_years(views: Views) -> tuple[CashYear, ...]:
    """Return the cash of every year and of the time after the horizon; a period counts in the year it begins in."""
    plan, twin = _by_line(views, views.result.plan), views.flows_usd(views.result.do_nothing)
    starts, ends = views.instance.period_start, views.instance.period_end
    rows: list[CashYear] = []
    total = 0.0
    for year in [*dict.fromkeys(start.year for start in starts), None]:
        at = [len(starts)] if year is None else [p for p, start in enumerate(starts) if start.year == year]
        by_line = {line: float(flows[at].sum()) for line, flows in plan.items()}
        mining = float(twin[at].sum())
        total += sum(by_line.values()) - mining
        if year is None:
            rows.append(CashYear(AFTER, None, None, by_line, mining, total))
            continue
        start, end = starts[at[0]], ends[at[-1]]
        rows.append(CashYear(_year_label(start, end, starts[0], ends[-1]), start, end, by_line, mining, total))
    return tuple(rows)


def _year_label(start: date, end: date, first: date, last: date) -> str:
    """Say a year by its number, or by its months where a period runs over the end of it, or of the one before."""
    whole = max(first, date(start.year, 1, 1)), min(last, date(start.year + 1, 1, 1))
    return f"{start.year}" if (start, end) == whole else period_label(start, end)


def runs_over(years: tuple[CashYear, ...]) -> bool:
    """Whether a row holds a part of another year, which its label then says."""
    return any(year.start is not None and year.label != f"{year.start.year}" for year in years)


def cash_total(years: tuple[CashYear, ...]) -> CashYear:
    """Return all years as one, what follows the horizon included."""
    by_line = {line: sum(year.by_line[line] for year in years) for line in Line}
    mining, sum_usd = sum(year.do_nothing_usd for year in years), years[-1].cumulative_usd
    return CashYear("all", years[0].start, None, by_line, mining, sum_usd)


def revenue_of_taken_usd(views: Views) -> float:
    """Return what the offers taken earn within the horizon, without repaid power."""
    return sum(row.revenue_usd for row in views.contracts if row.taken)


def _by_line(views: Views, outcome: Outcome) -> dict[Line, Floats]:
    cash = outcome.cash_flow
    flows = {line: np.zeros(views.instance.periods + 1) for line in Line}
    for line, column, musd in zip(cash["line"], cash["column"], cash["musd"], strict=True):
        flows[Line(str(line))][int(column)] += float(musd) * 1e6
    return flows


def funding(views: Views) -> tuple[FundingPoint, ...]:
    """Return the cumulative difference to going on mining at the start and at the end of every period."""
    flows = views.flows_usd(views.result.plan) - views.flows_usd(views.result.do_nothing)
    ends = np.cumsum(flows[:-1]).tolist()
    return (
        FundingPoint(views.instance.period_start[0], 0.0),
        *(FundingPoint(day, usd) for day, usd in zip(views.instance.period_end, ends, strict=True)),
    )

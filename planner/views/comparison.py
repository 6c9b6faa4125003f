"""Several results side by side: decisions, megawatts, money, cases and data, and since when they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from planner.results import Result
from planner.views.case_differences import case_differences
from planner.views.cash import cash_years
from planner.views.comparison_records import (
    NOT_DONE,
    SAME_MW,
    AmountRow,
    Choice,
    ComparisonView,
    DecisionRow,
    Kind,
    MegawattRow,
    Unit,
    Verdict,
    alike,
)
from planner.views.overrides import Price, overrides_view
from planner.views.plan import Views
from planner.views.site_states import PeriodMegawatts, period_megawatts
from site_conversion.lines import Line
from site_conversion.solve import Status


def compare(results: Sequence[Result], labels: Sequence[str]) -> ComparisonView:
    """Return the comparison of two or more results."""
    every = [Views(result) for result in results]
    return ComparisonView(
        labels=tuple(labels),
        headline=tuple(_headline(every)),
        verdicts=tuple(
            _verdict(results[0], result, name) for result, name in zip(results[1:], labels[1:], strict=True)
        ),
        decisions=tuple(_decisions(every)),
        megawatts=tuple(_megawatts([period_megawatts(views) for views in every])),
        lines=tuple(_lines(every)),
        years=tuple(_years(every)),
        fields=case_differences([result.case for result in results]),
        made_with=tuple(_made_with(results)),
        notes=tuple(_notes(results)),
    )


# --- money ----------------------------------------------------------------------------------------------

SEARCHES = {Status.OPTIMAL.value: "proven", Status.CHOSEN.value: "chosen, not the best"}
"""How the search for a plan ended; any other end is a stop."""


def _headline(every: list[Views]) -> Iterator[AmountRow]:
    def row(what: str, unit: Unit, read: Callable[[Views], float | str | None]) -> AmountRow:
        return AmountRow(what, unit, tuple(read(views) for views in every))

    yield row("NPV of the plan", Unit.USD, lambda v: v.headline.npv_usd)
    yield row("NPV of going on mining", Unit.USD, lambda v: v.headline.do_nothing_npv_usd)
    yield row("against going on mining", Unit.USD, lambda v: v.headline.gain_usd)
    yield row("IRR against going on mining", Unit.TEXT, lambda v: v.headline.return_against_do_nothing.words)
    yield row("payback", Unit.TEXT, lambda v: v.headline.payback)
    yield row("peak funding", Unit.USD, lambda v: v.headline.peak_funding_usd)
    yield row("capital spent", Unit.USD, lambda v: v.headline.capex_usd)
    yield row("critical IT, MW", Unit.TEXT, _it_mw)
    yield row("decisions fixed, and their price", Unit.TEXT, _fixed)
    yield row("gap", Unit.FRAC, lambda v: v.headline.gap_frac)
    yield row("search", Unit.TEXT, lambda v: SEARCHES.get(v.headline.status, "stopped"))


def _it_mw(views: Views) -> str:
    return f"{sum(row.it_mw for row in views.contracts if row.taken):,.1f}"


def _fixed(views: Views) -> str:
    view = overrides_view(views.result)
    if view is None:
        return "none"
    return f"{len(view.rows)}, {'not known' if view.price is None else _price_words(view.price)}"


def _price_words(price: Price) -> str:
    """Write a price with what the gaps leave open of it."""
    words = f"{price.usd / 1e6:,.1f} MUSD"
    if price.is_exact:
        return words
    most = "more" if price.most_usd is None else f"{price.most_usd / 1e6:,.1f}"
    return f"{words} ({price.least_usd / 1e6:,.1f} {'or' if price.most_usd is None else 'to'} {most})"


def _verdict(first: Result, other: Result, label: str) -> Verdict:
    """Return the difference of two plans, and between what that of the best plans of their cases lies."""
    a, b = first.plan, other.plan
    least = None if a.report.bound_musd is None else (b.npv_musd - a.report.bound_musd) * 1e6
    most = None if b.report.bound_musd is None else (b.report.bound_musd - a.npv_musd) * 1e6
    return Verdict(label, (b.npv_musd - a.npv_musd) * 1e6, first.case == other.case, least, most)


def _lines(every: list[Views]) -> Iterator[AmountRow]:
    tables = [{row.line: row.plan_usd for row in views.cash_by_line} for views in every]
    for line in Line:
        values = tuple(table.get(line, 0.0) for table in tables)
        if any(values):
            yield AmountRow("after the horizon" if line is Line.TERMINAL else line.value, Unit.USD, values)


def _years(every: list[Views]) -> Iterator[AmountRow]:
    tables = [{year.label: year for year in cash_years(views)} for views in every]
    last = date.max, date.max
    days = {
        label: last if year.start is None or year.end is None else (year.start, year.end)
        for table in tables for label, year in table.items()
    }  # fmt: skip
    for label in sorted(days, key=lambda label: (days[label], label)):
        found = (table.get(label) for table in tables)
        yield AmountRow(label, Unit.USD, tuple(None if year is None else year.net_usd for year in found))


# --- decisions ------------------------------------------------------------------------------------------


def _decisions(every: list[Views]) -> Iterator[DecisionRow]:
    readers = ((Kind.OFFER, _offers), (Kind.HALL, _halls), (Kind.REQUEST, _requests))
    for kind, read in readers:
        tables = [read(views) for views in every]
        for name in dict.fromkeys(name for table in tables for name in table):
            choices = tuple(table.get(name) for table in tables)
            yield DecisionRow(kind, name, choices, _since(choices))


def _offers(views: Views) -> dict[str, Choice]:
    return {
        row.contract: Choice(row.taken, None, row.start, row.halls, round(row.it_mw, 6)) if row.taken else NOT_DONE
        for row in views.contracts
    }


def _halls(views: Views) -> dict[str, Choice]:
    halls = dict.fromkeys(views.instance.halls, NOT_DONE)
    made = {
        row.hall: Choice(
            done=True, begun=row.build_start, since=row.ready, what=(row.design,), it_mw=round(row.it_mw, 6)
        )
        for row in views.conversions
    }
    return halls | made


def _requests(views: Views) -> dict[str, Choice]:
    return {row.upgrade: Choice(row.taken, row.requested, row.energised) for row in views.upgrades}


def _since(choices: Sequence[Choice | None]) -> date | None:
    """Return the first day on which something is done in one result that is not done so in another."""
    if len({choice or NOT_DONE for choice in choices}) == 1:
        return None
    days = [choice.begun or choice.since for choice in choices if choice is not None and choice.done]
    return min((day for day in days if day is not None), default=None)


# --- megawatts ------------------------------------------------------------------------------------------

USES: tuple[tuple[str, Callable[[PeriodMegawatts], float]], ...] = (
    ("hashing", lambda p: p.hashing_mw), ("others' machines", lambda p: p.others_mw),
    ("AI load, design day", lambda p: p.ai_draw_mw), ("unused", lambda p: p.unused_mw),
    ("contracted", lambda p: p.contracted_mw), ("made on site", lambda p: p.onsite_mw),
    ("AI, critical IT", lambda p: p.ai_it_mw),
)  # fmt: skip
"""Uses of megawatts and where they are read."""


def _megawatts(every: list[tuple[PeriodMegawatts, ...]]) -> Iterator[MegawattRow]:
    """Yield each use at the dates from which on the results differ, until they differ otherwise."""
    days = sorted({period.start for periods in every for period in periods})
    found = [(use, read) for use, read in USES if any(abs(read(p)) > SAME_MW for periods in every for p in periods)]
    for use, read in found:
        before: tuple[float | None, ...] | None = None
        for day in days:
            values = tuple(_at(periods, day, read) for periods in every)
            changed = before is None or not all(alike(a, b, SAME_MW) for a, b in zip(before, values, strict=True))
            if changed and (_differ(values) or (before is not None and _differ(before))):
                yield MegawattRow(use, day, values)
            before = values


def _differ(values: tuple[float | None, ...]) -> bool:
    return not all(alike(values[0], value, SAME_MW) for value in values)


def _at(periods: tuple[PeriodMegawatts, ...], day: date, read: Callable[[PeriodMegawatts], float]) -> float | None:
    return next((read(period) for period in periods if period.start <= day < period.end), None)


# --- what they were made with ---------------------------------------------------------------------------


def _made_with(results: Sequence[Result]) -> Iterator[AmountRow]:
    for name in dict.fromkeys(name for result in results for name in result.versions):
        yield AmountRow(name, Unit.TEXT, tuple(result.versions.get(name) for result in results))
    for name in dict.fromkeys(name for result in results for name in result.datasets):
        digests = tuple(result.datasets.get(name) for result in results)
        yield AmountRow(f"dataset {name}", Unit.TEXT, tuple(None if one is None else one[:12] for one in digests))


def _notes(results: Sequence[Result]) -> Iterator[str]:
    """Yield why present values may not be compared like with like."""
    studies = [result.case.study for result in results]
    if len({study.discount_rate_frac for study in studies}) > 1:
        yield "the discount rates differ, so a dollar of a later year counts differently in the present values"
    if len({study.start for study in studies}) > 1:
        yield "the studies start on different days, and present values are those of each study's own start"
    ends = {result.instance.period_end[-1] for result in results}
    if len(ends) > 1:
        yield "the studies end on different days: what one has in its years, another has after its horizon"
    if len({result.case.site.name for result in results}) > 1:
        yield "the sites are different ones: offers and halls of the same name need not be the same"

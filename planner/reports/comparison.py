"""A comparison of results on the terminal, as JSON, as a tidy table, and as sections of a page."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from planner.files.cells import safe_cell
from planner.reports.money import day, musd, mw, signed_musd
from planner.views.case_differences import Plain
from planner.views.comparison_records import AmountRow, Choice, ComparisonView, Kind, Unit, Verdict

LEAST_WIDTH = 100
FORMAT = "conversion-planner comparison"
MOST_FIELDS = 40
"""Fields of the cases that the terminal tells; files have all."""
SMALL_USD = 5e4
"""Amounts below this round to nothing in MUSD with one decimal."""
NOT_THERE, NOT_DONE = "not there", "no"


def comparison_json(view: ComparisonView) -> str:
    """Return a comparison as the text of its file."""

    def plain(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} has no form in JSON")

    whole = {"format": FORMAT, "version": 1, "differs": view.differs, "since": view.since, **asdict(view)}
    return json.dumps(whole, indent=1, ensure_ascii=False, default=plain)


def comparison_csv(view: ComparisonView) -> str:
    """Return a comparison as a table: section, what, unit, since when, and a column for each result."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["section", "what", "unit", "since", *(safe_cell(label) for label in view.labels)])
    for row in compared_cells(view):
        writer.writerow([safe_cell(cell) for cell in row])
    return out.getvalue()


def compared_cells(view: ComparisonView) -> Iterator[tuple[str | float, ...]]:
    """Yield a row of cells for everything compared; empty where nothing is known."""
    amounts = (("headline", view.headline), ("present value", view.lines), ("cash of the year", view.years))
    for section, rows in amounts:
        for row in rows:
            yield (section, row.what, row.unit.value, "", *("" if value is None else value for value in row.values))
    for decision in view.decisions:
        since = "" if decision.since is None else decision.since.isoformat()
        yield (
            decision.kind.value,
            decision.name,
            "",
            since,
            *(choice_words(decision.kind, choice) for choice in decision.choices),
        )
    for use in view.megawatts:
        values = ("" if value is None else value for value in use.values)
        yield ("megawatts", use.use, "MW", use.since.isoformat(), *values)
    for field in view.fields:
        yield ("case", field.path, "", "", *(NOT_THERE if value is None else value for value in field.values))
    for row in view.made_with:
        yield ("made with", row.what, "", "", *("" if value is None else value for value in row.values))


# --- words ----------------------------------------------------------------------------------------------


BEGUN = {Kind.HALL: "works from", Kind.REQUEST: "asked for in"}
SINCE = {Kind.OFFER: "service from", Kind.HALL: "ready", Kind.REQUEST: "usable from"}


def choice_words(kind: Kind, choice: Choice | None) -> str:
    """Say what became of an offer, a hall or a grid request."""
    if choice is None:
        return NOT_THERE
    if not choice.done:
        return NOT_DONE
    words = [", ".join(choice.what)] if choice.what else []
    words += [f"{mw(choice.it_mw)} MW"] if choice.it_mw is not None else []
    words += [f"{BEGUN[kind]} {day(choice.begun)}"] if choice.begun is not None else []
    return ", ".join([*words, f"{SINCE[kind]} {day(choice.since)}"])


def amount_words(row: AmountRow, value: float | str | None) -> str:
    """Write a figure in its unit."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return musd(value) if row.unit is Unit.USD else f"{value:.2%}"


def field_words(value: Plain) -> str:
    """Write a value of a case."""
    if value is None:
        return NOT_THERE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.10g}" if isinstance(value, float) else value


def verdict_words(verdict: Verdict, first: str) -> str:
    """Say what a plan is worth more than the first, and how sure it is that its case has the better plan."""
    least, most = verdict.least_usd, verdict.most_usd
    more = "more" if verdict.usd > 0 else "less"
    head = f"{verdict.label} is worth {musd(abs(verdict.usd))} MUSD {more} than {first}"
    if abs(verdict.usd) < SMALL_USD:
        head = f"{verdict.label} is worth as much as {first}"
    if verdict.is_of_one_case:
        return f"{head}; both are plans of the same case." if abs(verdict.usd) >= SMALL_USD else f"{head}."
    if least is None or most is None:
        return f"{head}; what the best plans of the two cases differ by is not known, as a search has no bound."
    if most - least < SMALL_USD:
        return f"{head}."
    room = f"the best plans of the two cases differ by {signed_musd(least)} to {signed_musd(most)} MUSD"
    if verdict.is_sure:
        return f"{head}; as the gaps leave room, {room}."
    return f"{head}, within what the gaps leave open: {room}, so which case is worth more is not proven."


def sentences(view: ComparisonView) -> tuple[str, ...]:
    """Return what a comparison comes to."""
    verdicts = tuple(verdict_words(verdict, view.labels[0]) for verdict in view.verdicts)
    if not view.differs:
        return ("Nothing differs in cases, plans and money.",)
    decided = "The decisions are the same."
    if any(row.differs for row in view.decisions):
        count = sum(row.differs for row in view.decisions)
        since = "" if view.since is None else f", the first from {day(view.since)}"
        decided = f"{count} decision{'s differ' if count > 1 else ' differs'}{since}."
    count = len(view.fields)
    cases = f"The cases differ in {count} field{'s' * (count > 1)}." if count else "The cases are the same."
    return (*verdicts, decided, cases, *(f"Note: {note}." for note in view.notes))


# --- terminal -------------------------------------------------------------------------------------------


def comparison_text(view: ComparisonView, *, width: int = LEAST_WIDTH, color: bool = False, whole: bool = False) -> str:
    """Return a comparison as text; rows without a difference only if the whole is asked for."""
    out = StringIO()
    console = Console(file=out, width=max(width, LEAST_WIDTH), force_terminal=color, highlight=False)
    console.print(f"\n[bold]{escape(' | '.join(view.labels))}[/bold]", soft_wrap=True)
    for sentence in sentences(view):
        console.print(escape(sentence), soft_wrap=True)
    for table in tables(view, whole=whole):
        _print(console, table)
    hidden = len(view.fields) - MOST_FIELDS
    if hidden > 0 and not whole:
        console.print(f"  and {hidden} more fields of the cases; --all shows them, --csv FILE writes them")
    return out.getvalue()


@dataclass(frozen=True)
class Side:
    """A table of a comparison: its subject, its title, its columns after the first, its rows as they are read."""

    subject: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def is_number(self, column: int) -> bool:
        """Whether most cells of a column, counted from 1, begin as numbers do."""
        return 2 * sum(row[column][:1] in "+-0123456789" for row in self.rows) > len(self.rows)


def tables(view: ComparisonView, *, whole: bool) -> Iterator[Side]:
    """Yield the tables that have something to show: what differs, or the whole."""
    labels = view.labels
    changes = tuple(f"{label} less {labels[0]}" for label in labels[1:])
    decisions = [row for row in view.decisions if whole or row.differs]
    fields = view.fields if whole else view.fields[:MOST_FIELDS]
    made_with = [row for row in view.made_with if whole or row.differs]
    every = (
        Side("Plans", "Plans, amounts in MUSD", labels, tuple((row.what, *_amounts(row)) for row in view.headline)),
        Side(
            "Decisions",
            "Offers, halls and grid requests",
            (*labels, "differs from"),
            tuple(
                (
                    f"{row.kind.value} {row.name}",
                    *(choice_words(row.kind, choice) for choice in row.choices),
                    day(row.since),
                )
                for row in decisions
            ),
        ),
        Side(
            "Megawatts",
            "Megawatts, from each date on which they differ or agree again",
            (*labels, "from"),
            tuple((row.use, *(_mw(value) for value in row.values), day(row.since)) for row in view.megawatts),
        ),
        Side(
            "Where the money comes from",
            "Present value by line, MUSD",
            (*labels, *changes),
            tuple(_of(view.lines, whole=whole)),
        ),
        Side("Cash", "Cash of the year, MUSD", (*labels, *changes), tuple(_of(view.years, whole=whole))),
        Side(
            "Cases",
            "Fields of the cases that differ",
            labels,
            tuple((row.path, *(field_words(value) for value in row.values)) for row in fields),
        ),
        Side(
            "Versions and data", "Versions and datasets", labels, tuple((row.what, *_amounts(row)) for row in made_with)
        ),
    )
    yield from (side for side in every if side.rows)


def _print(console: Console, side: Side) -> None:
    table = Table(title=f"\n{side.title}", title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", overflow="fold")
    for i, name in enumerate(side.columns, start=1):
        table.add_column(escape(name), justify="right" if side.is_number(i) else "left", overflow="fold")
    for row in side.rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)


def _mw(value: float | None) -> str:
    return "-" if value is None else mw(value)


def _amounts(row: AmountRow) -> tuple[str, ...]:
    return tuple(amount_words(row, value) for value in row.values)


def _of(rows: Iterable[AmountRow], *, whole: bool) -> Iterator[tuple[str, ...]]:
    """Return the rows with what each result has more than the first."""
    for row in rows:
        if whole or row.differs:
            changes = (row.difference(i) for i in range(1, len(row.values)))
            yield (row.what, *_amounts(row), *("-" if usd is None else signed_musd(usd) for usd in changes))

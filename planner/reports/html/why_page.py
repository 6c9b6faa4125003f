"""An explanation as one page: what binds, what offers lack and bear, what more is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.reports.html.layout import Section
from planner.reports.html.page import plain_page
from planner.reports.html.tables import table_of_cells
from planner.reports.money import musd
from planner.reports.waits import request_words, wait_words
from planner.reports.why import (
    ACCEPTED,
    ACCEPTED_TITLE,
    REJECTED,
    REJECTED_TITLE,
    WORTH,
    WORTH_TITLE,
    accepted_cells,
    limit_words,
    rejected_cells,
    worth_cells,
    worth_words,
)
from planner.results import now
from planner.views.why import MarginRow, NeedRow, WhyView


def why_page(shown: WhyView) -> str:
    """Return the page; parts that were not asked for are left out."""
    sentences = (f"The plan is worth {musd(shown.npv_usd)} MUSD; {shown.proof}.", *shown.notes)
    parts = tuple(why_sections(shown))
    return plain_page(shown.case, "Why the plan is what it is", sentences, parts, f"Explained {now()}")


def why_sections(shown: WhyView) -> Iterator[Section]:
    """Yield the parts of an explanation: sentences and tables."""
    if shown.held_back is not None:
        yield Section("binds", "What binds, and what it holds back", tuple(map(limit_words, shown.held_back)))
    waits = tuple(map(wait_words, shown.waits or ()))
    paths = tuple(map(request_words, shown.requests or ()))
    if waits or paths:
        yield Section("waits", "What services and grid requests wait for", (*waits, *paths))
    if shown.rejected:
        table = table_of_cells(REJECTED_TITLE, REJECTED, map(rejected_cells, shown.rejected))
        yield Section("rejected", "Offers not taken", _words(shown.rejected), tables=(table,))
    if shown.accepted:
        table = table_of_cells(ACCEPTED_TITLE, ACCEPTED, map(accepted_cells, shown.accepted))
        yield Section("accepted", "Offers taken", _words(shown.accepted), tables=(table,))
    if shown.worth:
        table = table_of_cells(WORTH_TITLE, WORTH, (cells for row in shown.worth for cells in worth_cells(row)))
        yield Section("worth", "What more is worth", worth_words(shown.worth), tables=(table,))


def _words(rows: Iterable[NeedRow | MarginRow]) -> tuple[str, ...]:
    return tuple(f"{row.offer}: {text}" for row in rows for text in row.words)

"""What services wait for, on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from planner.reports.money import day
from planner.views.waits import RequestRow, WaitRow


def print_waits(console: Console, waits: tuple[WaitRow, ...], requests: tuple[RequestRow, ...]) -> None:
    """Print what each service waits for, and the critical path of each grid request."""
    if waits:
        console.print("\n[bold]What each service waits for[/bold] (read from the plan)")
    for wait in waits:
        console.print(f"  {escape(wait_words(wait))}", soft_wrap=True)
    if requests:
        console.print("\n[bold]Critical path of each grid request[/bold]")
    for request in requests:
        console.print(f"  {escape(request_words(request))}", soft_wrap=True)


def wait_words(row: WaitRow) -> str:
    """Return a service, its dates and what it waits for."""
    return f"{row.contract} from {day(row.start)}, ready by {day(row.ready_by)}: {row.words}"


def request_words(row: RequestRow) -> str:
    """Return a request, its dates and its critical path."""
    return f"{row.upgrade}: asked for in {day(row.requested)}, usable from {day(row.usable)}; {row.words}"

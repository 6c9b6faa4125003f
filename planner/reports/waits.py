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
        words = f"{wait.contract} from {day(wait.start)}, ready by {day(wait.ready_by)}: {wait.words}"
        console.print(f"  {escape(words)}", soft_wrap=True)
    if requests:
        console.print("\n[bold]Critical path of each grid request[/bold]")
    for request in requests:
        dates = f"asked for in {day(request.requested)}, usable from {day(request.usable)}"
        console.print(f"  {escape(request.upgrade)}: {dates}; {escape(request.words)}", soft_wrap=True)

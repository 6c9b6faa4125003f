"""The command that says why a plan is what it is: read or plan, ask, write, print."""

from __future__ import annotations

import difflib
import shutil
import sys
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_common import FAULT, INFEASIBLE, STOPPED, fail, load_case, load_result, make_folder, note
from planner.cli_report import HTML, check_target
from planner.studies.why.parts import Part

if TYPE_CHECKING:
    from planner.results import Result
    from planner.studies.why.explain import ExplainOptions, Explanation
    from site_conversion.solve import SolveOptions


def explain(
    result: Annotated[
        Path, typer.Argument(metavar="RESULT", help="A result.json, or a case to plan first.", show_default=False)
    ],
    part: Annotated[
        list[Part] | None,
        typer.Option(help="Only this part; may be repeated. Left out, all.", show_default=False),
    ] = None,
    offer: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Ask about this offer only; may be repeated.", show_default=False),
    ] = None,
    step: Annotated[
        list[float] | None,
        typer.Option(
            metavar="UNITS",
            min=1e-3,
            help="How many units more are asked about; may be repeated.",
            show_default="1, 10",
        ),
    ] = None,
    gap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Stop each solve when proven this close (0.001 = 0.1 %).")
    ] = 0.001,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that search side by side.")] = 1,
    time_limit: Annotated[float | None, typer.Option(min=0.1, help="Stop each solve after so many seconds.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write explanation.json into this folder.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE.html", help="Write a page that needs no network.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
) -> None:
    """Say why a plan is what it is: what binds, what one more is worth, what offers lack and what they can bear.

    Every figure is a new search of the changed case. Ctrl-C ends it with what was found so far (exit code 4).
    """
    if html is not None:
        check_target("--html", html, HTML)
        make_folder(html.parent, "--html")
    for units in step or ():
        if not isfinite(units):
            fail(f"--step wants a number of units, found {units}")
    planned = result.suffix != ".json"
    source = None if planned else load_result(result)
    if out is not None:
        make_folder(out)
    from planner.studies.why.explain import ExplainOptions
    from site_conversion.solve import SolveOptions

    solver = SolveOptions(gap_frac=gap, time_limit_s=time_limit)
    explained = _planned(result, solver) if source is None else source
    parts, steps = frozenset(part or Part), tuple(step or (1.0, 10.0))
    options = ExplainOptions(solver, parts, steps, _only(offer, explained), workers)
    found = _explained(explained, options)
    _write(found, out, html, with_result=planned or found.improved_musd > 0)
    _show(found, as_json=as_json)
    if found.stopped or not found.is_whole:
        raise typer.Exit(STOPPED)


def _only(offers: list[str] | None, result: Result) -> frozenset[str] | None:
    """Return the offers asked about; a name that the case does not have ends the command."""
    from planner.studies.why.offers import offers_of

    known = [offer.name for offer in offers_of(result.case)]
    for name in offers or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; the case has {', '.join(known) or 'none'}"
            fail(f"--offer wants an offer of the case, found '{name}'{hint}")
    return None if offers is None else frozenset(offers)


def _planned(path: Path, solver: SolveOptions) -> Result:
    """Plan a case first."""
    from planner.studies.plan import InfeasibleCase, NoPlan, PlanOptions, plan
    from site_conversion.solution import CheckFailed
    from site_conversion.solve import SolverError

    loaded = load_case(path)
    _tell("the best plan of the case")
    try:
        return plan(loaded.case, loaded.datasets, PlanOptions(solver))
    except InfeasibleCase as error:
        fail(f"infeasible: {error}", INFEASIBLE)
    except NoPlan as error:
        fail(str(error), STOPPED)
    except (CheckFailed, SolverError) as error:
        fail(f"this is a fault of the program, no plan is shown: {error}", FAULT)


def _explained(result: Result, options: ExplainOptions) -> Explanation:
    from planner.studies.why.explain import explain as ask
    from site_conversion.solution import CheckFailed
    from site_conversion.solve import SolverError

    try:
        return ask(result, options, _tell)
    except (CheckFailed, SolverError) as error:
        fail(f"this is a fault of the program, no explanation is shown: {error}", FAULT)


def _write(found: Explanation, out: Path | None, html: Path | None, *, with_result: bool) -> None:
    """Write the files that were asked for; of a plan that was made or improved here also the result."""
    from planner.files.whole import write_whole
    from planner.reports.why import why_json
    from planner.results import save
    from planner.views.why import why_view

    if out is not None:
        write_whole(out / "explanation.json", why_json(why_view(found)))
        if with_result:
            save(found.result, out)
        note(f"wrote {out / 'explanation.json'}")
    if html is not None:
        from planner.reports.html.why_page import why_page

        write_whole(html, why_page(why_view(found)))
        note(f"wrote {html}")


def _show(found: Explanation, *, as_json: bool) -> None:
    from planner.reports.why import why_json, why_text
    from planner.views.why import why_view

    shown, width = why_view(found), shutil.get_terminal_size((130, 40)).columns
    text = why_json(shown) if as_json else why_text(shown, width=width, color=sys.stdout.isatty())
    print(text, end="\n" if as_json else "")


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr)

"""The command that looks for plans that are nearly as good and decide otherwise."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_common import (
    FAULT,
    INFEASIBLE,
    STOPPED,
    SetOption,
    fail,
    load_case,
    load_result,
    make_folder,
    told_beside,
)

if TYPE_CHECKING:
    from planner.results import Result
    from planner.schemas import Case
    from planner.studies.alternatives.near_best import Alternatives, AlternativesOptions


def alternatives(
    case: Annotated[
        Path,
        typer.Argument(
            metavar="CASE|RESULT",
            help="Case file, or the result.json of its best plan, which then need not be searched for.",
            show_default=False,
        ),
    ],
    within: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Part of the gain over going on mining that may be lost.")
    ] = 0.02,
    within_musd: Annotated[
        float | None, typer.Option(min=0.0, help="The same as an amount of NPV, in million USD; replaces --within.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=50, help="Alternatives looked for beside the best plan.")] = 5,
    capex_ceiling: Annotated[
        float | None,
        typer.Option(metavar="USD", min=0.0, help="Capital that every plan may spend within the horizon at most."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write alternatives.json and each plan's result.json in a folder of its own."),
    ] = None,
    gap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Stop each search when proven this close (0.005 = 0.5 %).")
    ] = 0.005,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Stop each search after so many seconds.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    change: SetOption = None,
) -> None:
    """Find plans nearly as good as the best that differ as much as possible: what must be done, what is a choice.

    Shows what is searched on stderr; Ctrl-C keeps the plans found so far.
    """
    subject, datasets, known = _read(case, change)
    if out is not None:
        make_folder(out)
    from planner.studies.alternatives.near_best import AlternativesOptions
    from site_conversion.solve import SolveOptions

    options = AlternativesOptions(
        SolveOptions(gap_frac=gap, time_limit_s=time_limit),
        within_frac=within,
        within_musd=within_musd,
        count=count,
        capex_ceiling_musd=None if capex_ceiling is None else capex_ceiling / 1e6,
    )
    found = _found(subject, datasets, options, known)
    sources = told_beside(case, subject) if known is None else known.sources
    _show(found.with_sources(sources), out, as_json=as_json)
    if found.is_stopped:
        raise typer.Exit(STOPPED)


def _read(file: Path, change: list[str] | None) -> tuple[Case, dict[str, str], Result | None]:
    """Return the case, its datasets, and the plan of it that is known."""
    if file.suffix != ".json":
        loaded = load_case(file, change)
        return loaded.case, loaded.datasets, None
    if change:
        fail(f"--set changes a case before it is planned; {file} is the plan of one: give the case instead")
    known = load_result(file)
    return known.case, known.datasets, known


def _found(case: Case, datasets: dict[str, str], options: AlternativesOptions, known: Result | None) -> Alternatives:
    from planner.studies.alternatives.near_best import alternatives as look
    from planner.studies.plan import InfeasibleCase, NoPlan
    from site_conversion.solution import CheckFailed
    from site_conversion.solve import SolverError

    try:
        return look(case, datasets, options, _tell, known)
    except InfeasibleCase as error:
        fail(f"infeasible: {error}", INFEASIBLE)
    except NoPlan as error:
        fail(str(error), STOPPED)
    except (CheckFailed, SolverError) as error:
        fail(f"this is a fault of the program, no plans are shown: {error}", FAULT)


def _show(found: Alternatives, out: Path | None, *, as_json: bool) -> None:
    from planner.files.whole import write_whole
    from planner.reports.near_best import alternatives_json, alternatives_text
    from planner.results import save
    from planner.views.near_best import view

    shown = view(found)
    if out is not None:
        for row, plan in zip(shown.plans, found.plans, strict=True):
            save(plan.result, out / f"plan_{row.name}")
        write_whole(out / "alternatives.json", alternatives_json(shown))
        print(f"wrote {out / 'alternatives.json'} and {len(found.plans)} folders with a result.json", file=sys.stderr)
    width = shutil.get_terminal_size((130, 40)).columns
    text = alternatives_json(shown) if as_json else alternatives_text(shown, width=width, color=sys.stdout.isatty())
    print(text, end="\n" if as_json else "")


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr)

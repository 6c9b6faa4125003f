"""The command that traces a Pareto front: what value costs in something else."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_common import FAULT, INFEASIBLE, STOPPED, SetOption, fail, load_case, make_folder, told_beside

if TYPE_CHECKING:
    from planner.case_file import LoadedCase
    from planner.studies.fronts.front import Front, FrontOptions

AGAINST = ("capex", "peak-funding", "carbon", "first-rent", "downside")


def front(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="Case file (YAML or workbook).", show_default=False)],
    against: Annotated[
        str,
        typer.Option(metavar="|".join(AGAINST), help="What value is traded against.", show_default=False),
    ],
    points: Annotated[int, typer.Option(min=2, max=100, help="Points at most, both ends included.")] = 7,
    stress: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LEVER=FACTOR",
            help="Of a downside: hashprice, rent, capex, equipment or power times a factor; may be repeated. "
            "Without it hashprice=0.7 and rent=0.85.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write front.csv, front.svg, front.json and each point's result.json here."),
    ] = None,
    gap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Stop each search when proven this close (0.005 = 0.5 %).")
    ] = 0.005,
    time_limit: Annotated[float | None, typer.Option(min=0.1, help="Stop each search after so many seconds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    change: SetOption = None,
) -> None:
    """Trace the best NPV against capital, peak funding, carbon, the date of the first rent or a stress.

    Shows what is searched on stderr; Ctrl-C keeps the points found so far.
    """
    _check(against, stress)
    loaded = load_case(case, change)
    if out is not None:
        make_folder(out)
    from planner.studies.fronts.front import FrontOptions
    from planner.studies.fronts.stress import Stress, StressError, read_stress
    from site_conversion.solve import SolveOptions

    try:
        moved = Stress() if not stress else read_stress(stress)
    except StressError as error:
        fail(f"--stress: {error}")
    options = FrontOptions(SolveOptions(gap_frac=gap, time_limit_s=time_limit), points, moved)
    found = _traced(loaded, against, options)
    _show(found.with_sources(told_beside(case, loaded.case)), out, as_json=as_json)
    if found.is_stopped:
        raise typer.Exit(STOPPED)


def _check(against: str, stress: list[str] | None) -> None:
    """End the command where it cannot know what is meant."""
    from difflib import get_close_matches

    if against not in AGAINST:
        near = get_close_matches(against, AGAINST, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        fail(f"--against wants one of {', '.join(AGAINST)}, found '{against}'{hint}")
    if stress and against != "downside":
        fail(f"--stress belongs to --against downside, found --against {against}")


def _traced(loaded: LoadedCase, against: str, options: FrontOptions) -> Front:
    from planner.studies.fronts.against import Against, NotKnown
    from planner.studies.fronts.front import front as trace
    from planner.studies.fronts.stress import StressError
    from planner.studies.plan import InfeasibleCase, NoPlan
    from site_conversion.solution import CheckFailed
    from site_conversion.solve import SolverError
    from site_conversion.stress import NotTheSameChoices

    try:
        return trace(loaded.case, loaded.datasets, Against(against), options, _tell)
    except (NotKnown, StressError, NotTheSameChoices) as error:
        fail(f"--against {against}: {error}")
    except InfeasibleCase as error:
        fail(f"infeasible: {error}", INFEASIBLE)
    except NoPlan as error:
        fail(str(error), STOPPED)
    except (CheckFailed, SolverError) as error:
        fail(f"this is a fault of the program, no front is shown: {error}", FAULT)


def _show(found: Front, out: Path | None, *, as_json: bool) -> None:
    from planner.files.whole import write_whole
    from planner.reports.fronts import front_csv, front_json, front_text
    from planner.reports.html.chart_front import front_svg
    from planner.results import save
    from planner.views.fronts import view

    shown = view(found)
    if out is not None:
        for row, point in zip(shown.points, found.points, strict=True):
            save(point.result, out / f"point_{row.name}")
        write_whole(out / "front.csv", front_csv(shown))
        write_whole(out / "front.svg", front_svg(shown))
        write_whole(out / "front.json", front_json(shown))
        print(f"wrote {out / 'front.csv'}, front.svg, front.json and a folder for each point", file=sys.stderr)
    width = shutil.get_terminal_size((130, 40)).columns
    text = front_json(shown) if as_json else front_text(shown, width=width, color=sys.stdout.isatty())
    print(text, end="\n" if as_json else "")


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr)

"""The command that sets results side by side: read, compare, write, print."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from planner.cli_common import fail, load_result, make_folder, note
from planner.cli_report import HTML, check_target

FEWEST, MOST = 2, 6


def compare(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULT...", help="Two to six result.json files.", show_default=False)
    ],
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="NAME", help="Name of a result, one for each; left out, its folder."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also show what does not differ.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE.csv", help="Write everything compared as one table.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE.html", help="Write a page that needs no network.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write comparison.json and comparison.csv here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Set results side by side: decisions, megawatts, money, cases and data; what differs and since when.

    The results may be of one case or of several. The first is what the others are compared with.
    """
    if not FEWEST <= len(results) <= MOST:
        fail(f"compare takes {FEWEST} to {MOST} results, found {len(results)}")
    if label is not None and len(label) != len(results):
        fail(f"--label is given {len(label)} times for {len(results)} results; give one for each, or none")
    if label is not None and len(set(label)) < len(label):
        fail(f"--label wants a name of its own for each result, found {', '.join(label)}")
    for option, file, ending in (("--csv", csv, ".csv"), ("--html", html, HTML)):
        if file is not None:
            check_target(option, file, ending)
            make_folder(file.parent, option)
    if out is not None:
        make_folder(out)
    loaded = [load_result(path) for path in results]
    from planner.files.whole import write_whole
    from planner.reports.comparison import comparison_csv, comparison_json, comparison_text
    from planner.views.comparison import compare as side_by_side

    view = side_by_side(loaded, label or _folders(results))
    targets = [(csv, comparison_csv)]
    if out is not None:
        targets += [(out / "comparison.csv", comparison_csv), (out / "comparison.json", comparison_json)]
    if html is not None:
        from planner.reports.html.comparison_page import comparison_page

        targets.append((html, comparison_page))
    for file, make in targets:
        if file is not None:
            write_whole(file, make(view))
            note(f"wrote {file}")
    width = shutil.get_terminal_size((130, 40)).columns
    color = sys.stdout.isatty()
    print(comparison_json(view) if as_json else comparison_text(view, width=width, color=color, whole=everything))


def _folders(results: list[Path]) -> list[str]:
    """Return the names of the results' folders, or of the files, with as much of the path as tells them apart."""
    whole = [path.resolve() for path in results]
    parts = [(path.parent if path.name == "result.json" else path.with_suffix("")).parts for path in whole]
    if len(set(parts)) < len(parts):
        return [f"{Path(*names).name} ({i})" for i, names in enumerate(parts, start=1)]
    depth = 1
    while len({names[-depth:] for names in parts}) < len(parts):
        depth += 1
    return [str(Path(*names[-depth:])) for names in parts]

"""The command that writes a saved result for people: read, draw, write whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_common import BAD_INPUT, fail, load_result

if TYPE_CHECKING:
    from planner.results import Result

HTML, PDF, XLSX = ".html", ".pdf", ".xlsx"


def report(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A result.json.", show_default=False)],
    html: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the report as one page that needs no network.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option(metavar="FILE.pdf", help="Write the same report as PDF.")] = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write the workbook: formulas from assumptions to returns.")
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Charts of the page tell their numbers under the pointer.")
    ] = False,
    geojson: Annotated[
        Path | None, typer.Option(metavar="FILE.geojson", help="Write site, halls and grid requests as GeoJSON.")
    ] = None,
    gpkg: Annotated[
        Path | None, typer.Option(metavar="FILE.gpkg", help="The same as GeoPackage, with a style.")
    ] = None,
    kml: Annotated[Path | None, typer.Option(metavar="FILE.kml", help="The same as KML, on the time line.")] = None,
) -> None:
    """Write a saved result for people: one offline page, a PDF, a workbook, map files."""
    targets = (
        ("--html", html, HTML), ("--pdf", pdf, PDF), ("--xlsx", xlsx, XLSX),
        ("--geojson", geojson, ".geojson"), ("--gpkg", gpkg, ".gpkg"), ("--kml", kml, ".kml"),
    )  # fmt: skip
    if all(file is None for _, file, _ in targets):
        names = ", ".join(f"{option} FILE{ending}" for option, _, ending in targets)
        fail(f"say what to write: any of {names}", BAD_INPUT)
    for option, file, ending in targets:
        if file is not None:
            check_target(option, file, ending)
    loaded = load_result(result)
    if html is not None:
        write_report(loaded, html, interactive=interactive)
    for file in (pdf, xlsx):
        if file is not None:
            write_report(loaded, file)
    # last, as a case without a place ends the command
    for file in (geojson, gpkg, kml):
        if file is not None:
            write_map(loaded, file)


def check_target(option: str, file: Path, *endings: str) -> None:
    """End the command unless a file of that name can be written, before any work is done for it."""
    if file.suffix.lower() not in endings:
        fail(f"{option} wants a file name that ends in {' or '.join(endings)}, found '{file}'", BAD_INPUT)
    if file.is_dir():
        fail(f"{option} wants a file, found the folder '{file}'", BAD_INPUT)
    blocking = next((folder for folder in file.parents if folder.exists() and not folder.is_dir()), None)
    if blocking is not None:
        fail(f"{option} wants a file in a folder, but '{blocking}' is a file", BAD_INPUT)


def write_report(result: Result, file: Path, *, interactive: bool = False) -> None:
    """Write the report of the kind the file's name says; a file that cannot be written ends the command."""
    from planner.reports.html.files import write_html, write_pdf
    from planner.reports.html.pdf import PdfError

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix.lower() == PDF:
            write_pdf(result, file)
        elif file.suffix.lower() == XLSX:
            from planner.reports.workbook.files import write_workbook

            write_workbook(result, file)
        else:
            write_html(result, file, interactive=interactive)
    except PdfError as error:
        fail(str(error), BAD_INPUT)
    except OSError as error:
        fail(f"'{file}' cannot be written: {error.strerror}", BAD_INPUT)
    print(f"wrote {file}", file=sys.stderr)


def write_map(result: Result, file: Path) -> None:
    """Write a map file of the kind its name says; a case without a place ends the command."""
    from planner.reports.maps import NoPlaceError, write_geojson, write_gpkg, write_kml

    writers = {".geojson": write_geojson, ".gpkg": write_gpkg, ".kml": write_kml}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        writers[file.suffix.lower()](result, file)
    except NoPlaceError as error:
        fail(str(error), BAD_INPUT)
    except OSError as error:
        fail(f"'{file}' cannot be written: {error.strerror}", BAD_INPUT)
    print(f"wrote {file}", file=sys.stderr)

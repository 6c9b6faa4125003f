"""The files of a plan by the ending of their name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from planner.reports.html.files import write_html, write_pdf
from planner.reports.maps import write_geojson, write_gpkg, write_kml
from planner.reports.workbook.files import write_workbook
from planner.results import Result

HTML = ".html"
WRITERS: dict[str, Callable[[Result, Path], None]] = {
    ".pdf": write_pdf,
    ".xlsx": write_workbook,
    ".geojson": write_geojson,
    ".gpkg": write_gpkg,
    ".kml": write_kml,
}


def write(result: Result, file: Path, *, interactive: bool) -> None:
    """Write a file of the kind that its name says.

    Raises:
        ValueError: no outlet has that ending, or one that is not a page was asked to be interactive.
        PdfError: no PDF can be made here.
        NoPlaceError: a map of a case without a location.
        OSError: the file cannot be written.
    """
    ending = file.suffix.lower()
    if ending == HTML:
        write_html(result, file, interactive=interactive)
        return
    if ending not in WRITERS:
        raise ValueError(f"a report is written as {', '.join([HTML, *WRITERS])}, found '{file}'")
    if interactive:
        raise ValueError(f"only a page ({HTML}) can be interactive, found '{file}'")
    WRITERS[ending](result, file)

"""The files of a report, each written whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from planner.reports.html.page import Medium, report_page
from planner.reports.html.pdf import page_as_pdf
from planner.results import Result


def write_html(result: Result, file: Path, *, interactive: bool) -> None:
    """Write the page. Raises OSError."""
    page = report_page(result, Medium.INTERACTIVE if interactive else Medium.SCREEN)
    _write(file, page.encode("utf-8"))


def write_pdf(result: Result, file: Path) -> None:
    """Write the PDF. Raises OSError, or PdfError where none can be made."""
    _write(file, page_as_pdf(report_page(result, Medium.PAPER)))


def _write(file: Path, content: bytes) -> None:
    """Write beside the target, then rename; what was there stays when writing fails."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        made = Path(folder) / file.name
        made.write_bytes(content)
        made.chmod(0o644)
        made.replace(file)

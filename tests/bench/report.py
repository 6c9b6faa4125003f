"""Time the report of a result: `python -m tests.bench.report build/denton/result.json`."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from planner.reports.html.page import Medium, report_page
from planner.reports.html.pdf import PdfError, page_as_pdf
from planner.reports.workbook.files import write_workbook
from planner.results import load


def timed(what: str, make: Callable[[], int]) -> None:
    """Print the seconds on the clock and of the processor, and the size of what is made."""
    clock, work = time.perf_counter(), time.process_time()
    size = make()
    clock, work = time.perf_counter() - clock, time.process_time() - work
    print(f"{what}: {clock:.1f} s, {work:.1f} s of the processor, {size / 1000:.0f} kB")


def main() -> None:
    """Print times and sizes of the page for each medium, of the workbook, and of the PDF where one can be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    arguments = parser.parse_args()
    result = load(arguments.result)
    for medium in Medium:
        timed(f"page for {medium.value}", lambda: len(report_page(result, medium).encode()))  # noqa: B023 - used at once
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.xlsx"

        def workbook() -> int:
            write_workbook(result, file)
            return file.stat().st_size

        timed("workbook", workbook)
    try:
        page = report_page(result, Medium.PAPER)
        timed("PDF of the page", lambda: len(page_as_pdf(page)))
    except PdfError as error:
        print(error)


if __name__ == "__main__":
    main()

"""Time the report of a result: `python -m tests.bench.report build/denton/result.json`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from planner.reports.html.page import Medium, report_page
from planner.reports.html.pdf import PdfError, page_as_pdf
from planner.results import load


def main() -> None:
    """Print seconds and sizes of the page, plain and interactive, and of the PDF where one can be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    arguments = parser.parse_args()
    started = time.perf_counter()
    result = load(arguments.result)
    print(f"read: {time.perf_counter() - started:.1f} s")
    for medium in Medium:
        started = time.perf_counter()
        page = report_page(result, medium)
        print(f"page for {medium.value}: {time.perf_counter() - started:.1f} s, {len(page.encode()) / 1000:.0f} kB")
    try:
        started = time.perf_counter()
        pdf = page_as_pdf(page)
        print(f"PDF: {time.perf_counter() - started:.1f} s, {len(pdf) / 1000:.0f} kB")
    except PdfError as error:
        print(error)


if __name__ == "__main__":
    main()

"""The report as PDF, read back page by page: fonts inside, nothing beyond the margins, legends and tables whole."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from planner.reports.html.files import write_pdf
from planner.reports.html.pdf import PdfError
from planner.results import Result
from tests.programs import do_without, program
from tests.unit.finance.test_flat_case import planned
from tests.unit.test_report_page import hostile

__all__ = ["hostile"]

MARGIN = 14 / 25.4 * 72
"""To both sides of a page, in points."""
WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">([^<]*)</word>')


def told(name: str, *arguments: str | Path) -> str:
    """Return what a program of poppler says."""
    return subprocess.run(
        [program(name), *map(str, arguments)], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def pdf_of(result: Result, folder: Path) -> Path:
    program("pdftotext")
    file = folder / "report.pdf"
    try:
        write_pdf(result, file)
    except PdfError as error:
        do_without(str(error))
    return file


@pytest.mark.slow
@pytest.mark.parametrize("case", ["hostile", "small", "loan"])
def test_every_page_of_the_pdf_is_whole(
    hostile: Result, small_result: Result, tmp_path: Path, case: str
) -> None:  # fmt: skip
    result = {"hostile": hostile, "small": small_result}.get(case) or planned()
    file = pdf_of(result, tmp_path)
    fonts = [line.split() for line in told("pdffonts", file).splitlines()[2:]]
    assert fonts
    assert all(font[-5] == "yes" for font in fonts), "a font is not embedded"
    pages = told("pdftotext", "-bbox", file, "-").split("<page ")[1:]
    for number, page in enumerate(pages, 1):
        width, height = (float(size) for size in re.findall(r'width="([\d.]+)" height="([\d.]+)"', page)[0])
        words = WORD.findall(page)
        assert len(words) > 10, f"page {number} is all but empty"
        for left, top, right, bottom, word in words:
            assert float(left) >= MARGIN - 2, (number, word)
            assert float(right) <= width - MARGIN + 2, (number, word)
            assert 0 <= float(top) < float(bottom) <= height, (number, word)
    text = told("pdftotext", "-layout", file, "-")
    for legend in ("contracted", "adds", "present value", "more than mining", "cumulative"):
        assert legend in text
    for heading in ("Where the money comes from", "Cash flow by year, nominal", "How it was solved"):
        assert heading in text


@pytest.mark.slow
def test_arabic_in_a_chart_of_the_pdf_is_joined_and_runs_from_right_to_left(hostile: Result, tmp_path: Path) -> None:
    """The chart holds the joined shapes in the order in which they are seen; elsewhere the text stays as typed."""
    content = told("pdftotext", "-raw", pdf_of(hostile, tmp_path), "-")
    joined = {letter for letter in content if "\ufe70" <= letter <= "\ufefc"}
    assert {"\ufe97", "\ufeb3", "\ufecc"} <= joined, "the inner and first shapes of the word for expansion"

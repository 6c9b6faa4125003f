"""The report as PDF: the page as it prints, set by WeasyPrint, which fetches nothing either."""

from __future__ import annotations

from typing import NoReturn


class PdfError(Exception):
    """No PDF can be made here; the message says what is missing."""


def page_as_pdf(page: str) -> bytes:
    """Return the page as PDF.

    Raises:
        PdfError: WeasyPrint or one of its system libraries is not installed.
    """
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise PdfError(f"WeasyPrint cannot be used here ({reason}); print the HTML page from a browser") from None
    return bytes(HTML(string=page, url_fetcher=_refuse).write_pdf())


def _refuse(url: str, *_: object, **__: object) -> NoReturn:
    raise ValueError(f"the report fetches nothing, found {url}")

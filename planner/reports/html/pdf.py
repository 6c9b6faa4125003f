"""The report as PDF: the page as it prints, set by WeasyPrint, which fetches nothing either."""

from __future__ import annotations

import html
import re
import unicodedata

RIGHT_TO_LEFT = frozenset({"R", "AL"})
"""Classes of letters that are written from right to left."""
DRAWN_TEXT = re.compile(r">([^<>]+)</(text|tspan)>")


class PdfError(Exception):
    """No PDF can be made here; the message says what is missing."""


def page_as_pdf(page: str) -> bytes:
    """Return the page as PDF.

    Raises:
        PdfError: WeasyPrint or something that it needs is not installed.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher

        readable = DRAWN_TEXT.sub(_readable, page)
    except (ImportError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise PdfError(f"WeasyPrint cannot be used here ({reason}); print the HTML page from a browser") from None
    return bytes(HTML(string=readable, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf())


def _readable(found: re.Match[str]) -> str:
    """Return a text of a drawing in the order and the shapes in which its letters are seen.

    WeasyPrint sets the texts of drawings letter by letter from left to right, and joins none.
    """
    import arabic_reshaper
    from bidi.algorithm import get_display

    text = html.unescape(found[1])
    if not any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in text):
        return found[0]
    return f">{html.escape(str(get_display(arabic_reshaper.reshape(text))))}</{found[2]}>"

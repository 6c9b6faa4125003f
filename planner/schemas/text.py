"""Names that come from files are shown in terminals, tables and pages: keep them printable."""

from __future__ import annotations


def single_line(value: str) -> str:
    """Return the text unchanged, or refuse control characters (line breaks, escape codes)."""
    if not value.isprintable():
        raise ValueError("must be one line of printable characters")
    return value

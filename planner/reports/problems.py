"""What keeps a report from being written, beside files that cannot be."""

from __future__ import annotations


class NoPlaceError(Exception):
    """The case does not say where the site is."""

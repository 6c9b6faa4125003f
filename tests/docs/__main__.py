"""Writes the generated pages of docs/; with `site DIR` builds all pages into a folder: `python -m tests.docs [site DIR]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.docs.commands import commands_page
from tests.docs.data_sources import data_sources_page
from tests.docs.site import build_site

ROOT = Path(__file__).parents[2]
PAGES = {"commands.md": commands_page, "data-sources.md": data_sources_page}


def write_pages() -> None:
    """Write the pages that are generated from the program and its data."""
    for name, page in PAGES.items():
        (ROOT / "docs" / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write_pages()
    if sys.argv[1:2] == ["site"]:
        build_site(ROOT, Path(sys.argv[2]))

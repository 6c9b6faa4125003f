"""Writes the generated pages of docs/, and builds the site into a folder: `python -m tests.docs [FOLDER]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.docs.commands import commands_page
from tests.docs.data_sources import data_sources_page
from tests.docs.library import with_frames
from tests.docs.site import build_site

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def pages() -> dict[Path, str]:
    """Return the pages that are generated from the program and its data, or in part."""
    library = DOCS / "library.md"
    return {
        DOCS / "commands.md": commands_page(),
        DOCS / "data-sources.md": data_sources_page(),
        library: with_frames(library.read_text(encoding="utf-8")),
    }


if __name__ == "__main__":
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8")
    if len(sys.argv) > 1:
        build_site(ROOT, Path(sys.argv[1]))

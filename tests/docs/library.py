"""The list of frames in docs/library.md, from the library itself."""

from __future__ import annotations

import re

from planner.views.frames import Frames

START, END = "<!-- frames, written by make docs -->", "<!-- end of frames -->"


def with_frames(page: str) -> str:
    """Return the page with its list of frames as it is now."""
    rows = "".join(f"| `{name}` | {words.removesuffix('.')} |\n" for name, words in Frames.about().items())
    listed = f"{START}\n\n| frame | rows |\n|---|---|\n{rows}\n{END}"
    return re.sub(f"{re.escape(START)}.*{re.escape(END)}", lambda _: listed, page, flags=re.DOTALL)

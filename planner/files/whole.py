"""Files that appear whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path


def written_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write in a folder of its own beside the target, then rename; what was there stays when writing fails."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        made = Path(folder) / path.name
        write(made)
        made.chmod(0o644)
        made.replace(path)
    return path


def write_whole(path: Path, text: str) -> None:
    """Write a text as a whole file."""
    written_whole(path, lambda made: made.write_text(text, encoding="utf-8"))

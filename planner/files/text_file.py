"""Read a user's text file: nothing but a regular file of bounded size in UTF-8."""

from __future__ import annotations

import stat
from pathlib import Path

from planner.files.problems import CaseFileError, LocatedProblem, Position, printable


def read_text(file: Path, max_bytes: int, kind: str) -> str:
    """Return a regular file's UTF-8 text. Raises CaseFileError if it cannot be read or is too large."""
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise refusal(file, "this is a directory, expected a file")
        if not stat.S_ISREG(status.st_mode):
            raise refusal(file, "this is not a regular file")
        if status.st_size > max_bytes:
            size = f"{status.st_size / 1e6:,.1f} MB"
            raise refusal(file, f"the file has {size}, {kind} may have at most {max_bytes / 1e6:g} MB")
        with file.open("rb") as stream:
            content = stream.read(max_bytes + 1)
    except FileNotFoundError:
        raise refusal(file, "there is no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise refusal(file, f"the file cannot be read: {printable(reason)}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"the file is not UTF-8 text (byte 0x{content[error.start]:02x}); save it as UTF-8"
        raise CaseFileError([LocatedProblem(problem, file, line)]) from None


def refusal(file: Path, message: str, position: Position | tuple[None, None] = (None, None)) -> CaseFileError:
    """Return the error for a file that cannot be used at all."""
    return CaseFileError([LocatedProblem(message, file, *position)])

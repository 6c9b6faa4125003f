"""What can be wrong with a case file, and how it is told: one message, one place in the file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

CasePath = tuple[str | int | float, ...]
"""Keys and list indices from the top of a case down to one of its values."""

Position = tuple[int, int]
"""Line and column of a file, from 1."""

THOUSANDS = "; a number takes no commas between its thousands: 60000000 or 60e6"
"""Said where a number stands for the name of a field."""
_SHOWN_CHARACTERS = 60
_SHOWN_PROBLEMS = 50


@dataclass(frozen=True)
class Problem:
    """Something wrong in a case, found by a check.

    `reads` names the parts of the case, beside `path` itself, that the judgement rests on. Left None it may
    rest on anything, so the problem is told only when nothing else in the file had to be guessed.
    """

    path: tuple[str | int, ...]
    message: str
    reads: tuple[tuple[str | int, ...], ...] | None = None


@dataclass(frozen=True)
class LocatedProblem:
    """A problem with its place: file, line and column count from 1 and are absent for a whole file."""

    message: str
    file: Path
    line: int | None = None
    column: int | None = None
    path: CasePath = ()
    sheet: str | None = None
    """Of a workbook; line and column are then those of a cell."""
    change: str | None = None
    """The change of the case that is at fault, not the file."""

    def render(self) -> str:
        """Return the two lines a user reads."""
        if self.change is not None:
            return f"error: {self.message}\n  --> change {printable(self.change)}"
        place = printable(str(self.file))
        if self.sheet is not None:
            place += f":{printable(self.sheet)}"
            place += f"!{cell_name(self.line, self.column)}" if self.line and self.column else ""
        else:
            place += "".join(f":{number}" for number in (self.line, self.column) if number is not None)
        where = f"  ({path_text(self.path)})" if self.path else ""
        return f"error: {self.message}\n  --> {place}{where}"


class CaseFileError(Exception):
    """A case file cannot be used; carries every problem found, in the order of the file."""

    def __init__(self, problems: Iterable[LocatedProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.render())

    def render(self) -> str:
        """Return the text for the user; a long list is cut and the rest counted."""
        lines = [problem.render() for problem in self.problems[:_SHOWN_PROBLEMS]]
        rest = len(self.problems) - _SHOWN_PROBLEMS
        return "\n".join([*lines, f"... and {rest:,} more problems"] if rest > 0 else lines)


def cell_name(line: int, column: int) -> str:
    """Return the name of a cell: column letters and line."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{line}"


def shown(value: object) -> str:
    """Return a value of the file as it may safely stand in a message: escaped, on one line, not too long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        kind = "a group of fields" if isinstance(value, dict) else "a list"
        return kind if value else f"{kind} with nothing in it"
    if isinstance(value, int | float | str):
        # Slicing first keeps a megabyte of text from being escaped for nothing.
        text = repr(value[: _SHOWN_CHARACTERS + 1] if isinstance(value, str) else value)
    else:
        text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


def printable(text: str) -> str:
    """Return text of foreign origin without control characters."""
    return text if text.isprintable() else repr(text)[1:-1]


def path_text(path: Iterable[str | int | float]) -> str:
    """Return a path as users write it: site.halls[2].floor_m2."""
    text = ""
    for part in path:
        is_short = isinstance(part, str) and len(part) <= _SHOWN_CHARACTERS and part.isascii()
        if is_short and str(part).isidentifier():
            text += f".{part}" if text else str(part)
        else:
            text += f"[{shown(part)}]"
    return text


def did_you_mean(word: object, choices: Iterable[str]) -> str:
    """Return '; did you mean ...?' for the nearest choice, or nothing."""
    match = nearest(word, choices)
    return f"; did you mean '{match}'?" if match else ""


def nearest(word: object, choices: Iterable[str]) -> str | None:
    """Return the choice most like a misspelt word, if any is like it."""
    if not isinstance(word, str) or len(word) > 2 * _SHOWN_CHARACTERS:
        return None
    by_lower = {choice.lower(): choice for choice in choices}
    plain = word.lower().replace("-", "_").replace(" ", "_")
    found = difflib.get_close_matches(plain, by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def starts_with(path: Sequence[object], prefix: Sequence[object]) -> bool:
    """Tell whether a path lies at or below another."""
    return tuple(path[: len(prefix)]) == tuple(prefix)

"""What a person wrote beside the values of a case: comments of YAML and notes on cells, each turned into the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from planner.files.problems import CasePath, Position
from planner.files.text_file import refusal
from planner.files.yaml_source import YamlSource, positions_in, scalars_in

BEFORE = "# "
"""Begins a line of a note on a cell that stands above the value in YAML."""
MODELINE = "yaml-language-server:"
MOST_CHARACTERS = 8_000
"""Of a note on a cell."""


@dataclass(frozen=True)
class Remark:
    """What stands above a value, line by line, and beside it."""

    before: tuple[str, ...] = ()
    beside: str = ""

    @property
    def note(self) -> str:
        """The remark as the note on a cell."""
        return "\n".join([*(f"{BEFORE}{line}".rstrip() for line in self.before), *filter(None, [self.beside])])

    def joined(self, other: Remark) -> Remark:
        """Return both, the other one's lines first."""
        beside = "; ".join(filter(None, (other.beside, self.beside)))
        return Remark((*other.before, *self.before), beside)


Remarks = Mapping[CasePath, Remark]


def yaml_remarks(source: YamlSource) -> Remarks:
    """Return the comments of a YAML case by the path of the value they stand at; those at its end are left out.

    A comment at the end of a line belongs to the first value that begins in it, one on lines of its own to the next.
    """
    first: dict[int, CasePath] = {}
    for path, (line, _) in source.positions.items():
        if line not in first or len(path) < len(first[line]):
            first[line] = path
    inside = _Inside(source.text, source.file)
    found: dict[CasePath, Remark] = {}
    above: list[str] = []
    for number, typed in enumerate(source.text.splitlines(), start=1):
        start = inside.comment_in(number, typed)
        words = "" if start is None else _plain(typed[start + 1 :])
        if start is not None and not typed[:start].strip():
            above += [words] if words and not words.startswith(MODELINE) else []
        elif number in first and (words or above):
            found[first[number]] = Remark(tuple(above), words)
            above = []
    return found


class _Inside:
    """Where the scalars of a text stand, in which a # is no comment."""

    def __init__(self, text: str, file: Path) -> None:
        self._spans: dict[int, list[tuple[int, int]]] = {}
        for (first, begin), (last, end) in scalars_in(text, file):
            for line in range(first, last + 1):
                span = (begin if line == first else 0, end if line == last else 1_000_000)
                self._spans.setdefault(line, []).append(span)

    def comment_in(self, number: int, line: str) -> int | None:
        """Return where a comment begins in a line."""
        spans = self._spans.get(number, ())
        for at, letter in enumerate(line):
            is_free = letter == "#" and (at == 0 or line[at - 1].isspace())
            if is_free and not any(begin <= at < end for begin, end in spans):
                return at
        return None


def workbook_remarks(source: YamlSource) -> Remarks:
    """Return the notes on the cells of a workbook by the path of the value, or of the record whose number has one.

    Raises:
        CaseFileError: the part of the file that holds them is damaged.
    """
    cells: dict[tuple[str, int | None, int | None], CasePath] = {}
    for path, (line, column) in source.positions.items():
        if path in source.sheets:
            is_record = isinstance(path[-1], int) and isinstance(_value(source.data, path), Mapping)
            cells[source.sheets[path], line, 1 if is_record else column] = path
    found: dict[CasePath, Remark] = {}
    try:
        book = openpyxl.load_workbook(source.file, keep_links=False)
    except Exception as error:  # noqa: BLE001 - a damaged archive can fail in any way inside the library
        words = f"the notes on its cells cannot be read ({type(error).__name__}); save it as .xlsx again"
        raise refusal(source.file, words) from None
    for page in book.worksheets:
        for cell in (cell for row in page.iter_rows() for cell in row):
            at = cells.get((page.title, cell.row, cell.column))
            if cell.comment is not None and at is not None:
                found[at] = _of_note(cell.comment.text)
    return found


def _of_note(text: str) -> Remark:
    lines = [_plain(line) for line in text.splitlines()]
    before = tuple(line.removeprefix(BEFORE.strip()).strip() for line in lines if line.startswith(BEFORE.strip()))
    return Remark(before, " ".join(line for line in lines if line and not line.startswith(BEFORE.strip())))


def _plain(text: str) -> str:
    """Return a remark's text as one line without control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def at_cells(remarks: Remarks, data: Mapping[Any, Any]) -> Remarks:
    """Return the remarks at the values that have a cell: those of a group go, as lines above, to the first in it."""
    found: dict[CasePath, Remark] = {}
    for path, remark in remarks.items():
        value, at = _value(data, path), path
        while not _has_cell(value, at):
            key = next(iter(value)) if isinstance(value, Mapping) else 0
            value, at = value[key], (*at, key)
        if at != path and remark.beside:
            remark = Remark((*remark.before, remark.beside))  # noqa: PLW2901
        found[at] = found.get(at, Remark()).joined(remark)
    return found


def _value(data: Any, path: CasePath) -> Any:
    for part in path:
        data = data[part]
    return data


def _has_cell(value: Any, path: CasePath) -> bool:
    """Whether a value has a cell: single values, lists of them, records in a list (their number), and what is empty."""
    if isinstance(value, Mapping):
        return not value or isinstance(path[-1], int)
    if isinstance(value, list):
        return not any(isinstance(item, Mapping) for item in value)
    return True


def with_remarks(text: str, remarks: Remarks) -> str:
    """Return YAML text, one value in a line, with remarks at its values as comments."""
    positions = positions_in(text)
    lines = text.splitlines()
    starts = {line for line, _ in positions.values()}
    above: dict[int, list[str]] = {}
    beside: dict[int, str] = {}
    for path, remark in sorted(remarks.items(), key=lambda item: positions.get(item[0], (0, 0))):
        if path not in positions:
            continue
        line = positions[path][0]
        top = positions[_outermost(path, positions)][0]
        above.setdefault(top, []).extend(remark.before)
        is_whole = line == len(lines) or line + 1 in starts
        if remark.beside and is_whole and line not in beside and not isinstance(path[-1], int):
            beside[line] = remark.beside
        elif remark.beside:
            above.setdefault(line, []).append(remark.beside)
    return "\n".join(_commented(lines, above, beside)) + "\n"


def _outermost(path: CasePath, positions: Mapping[CasePath, Position]) -> CasePath:
    """Return the group that a value is the very first of, itself if it is not the first."""
    first: dict[CasePath, CasePath] = {}
    for other in positions:
        first.setdefault(other[:-1], other)
    while len(path) > 1 and first[path[:-1]] == path:
        path = path[:-1]
    return path


def _commented(lines: list[str], above: Mapping[int, list[str]], beside: Mapping[int, str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        indent = line[: len(line) - len(line.lstrip())]
        yield from (f"{indent}# {words}" for words in above.get(number, ()))
        yield f"{line} # {beside[number]}" if number in beside else line

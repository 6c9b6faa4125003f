"""A case typed into a workbook: its sheets to the same plain values that a YAML file gives, with the cell of each."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.escape import unescape

from planner.files.problems import CaseFileError, CasePath, LocatedProblem, Position, did_you_mean, shown
from planner.files.text_file import refusal
from planner.files.workbook_layout import (
    CASE_SHEET,
    EMPTY_RECORD,
    HELP_SHEET,
    CellType,
    Field,
    Layout,
    Sheet,
    SheetKind,
)
from planner.files.yaml_source import Fields, YamlSource

MAX_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 200_000_000
MAX_ROWS, MAX_COLUMNS = 5_000, 400
ROW_LABEL = "#"
"""Heads the first column of a sheet of rows, in the line of the fields' names."""
PARENT = "of"
_MAX_PROBLEMS = 200

Cell = tuple[int, int]
Grid = dict[Cell, Any]
"""Value of every cell with something in it, by line and column from 1."""
NO_VALUE = object()
"""Of a formula that was never calculated."""
Place = tuple[Sheet, int, int]


def read_workbook(file: Path, sheets: Layout) -> YamlSource:
    """Read a case from a workbook. Raises CaseFileError with everything that is wrong with it as a workbook."""
    reader = _Reader(file, sheets)
    for name, grid in _grids(file).items():
        reader.take(name, grid)
    reader.finish()
    if reader.problems:
        raise CaseFileError(reader.problems[:_MAX_PROBLEMS])
    if not reader.data:
        raise refusal(file, "the workbook has no values; fill in the sheets that `planner template` writes")
    return YamlSource(file, reader.data, reader.positions, reader.sheets)


def _grids(file: Path) -> dict[str, Grid]:
    """Return the cells of every sheet, formulas as the values they had when the file was saved."""
    _check_size(file)
    try:
        with warnings.catch_warnings():
            # what openpyxl does not keep (drawings, styles) does not matter here
            warnings.simplefilter("ignore")
            values = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            formulas = openpyxl.load_workbook(file, read_only=True, keep_links=False)
            read = [name for name in values.sheetnames if not name.startswith("_")]
            return {name: _grid(file, name, values[name], formulas[name]) for name in read}
    except CaseFileError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged archive can fail in any way inside the library
        raise refusal(file, f"the workbook cannot be read ({type(error).__name__}); save it as .xlsx again") from None


def _check_size(file: Path) -> None:
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise refusal(
                file, f"the file has {size / 1e6:,.1f} MB, a workbook may have at most {MAX_BYTES / 1e6:g} MB"
            )
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except FileNotFoundError:
        raise refusal(file, "there is no such file") from None
    except (OSError, zipfile.BadZipFile):
        raise refusal(file, "this is not an .xlsx workbook") from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise refusal(file, f"the workbook unpacks to more than {MAX_UNPACKED_BYTES / 1e6:g} MB")


def _grid(file: Path, name: str, values: Any, formulas: Any) -> Grid:
    grid: Grid = {}
    limits = {"max_row": MAX_ROWS + 1, "max_col": MAX_COLUMNS + 1}
    pairs = zip(values.iter_rows(**limits, values_only=True), formulas.iter_rows(**limits), strict=False)
    for line, (row, typed) in enumerate(pairs, start=1):
        for column, (value, cell) in enumerate(zip(row, typed, strict=False), start=1):
            if value is None and cell.data_type == "f":
                grid[line, column] = NO_VALUE
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            if line > MAX_ROWS or column > MAX_COLUMNS:
                message = f"the sheet has more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns"
                raise CaseFileError([LocatedProblem(message, file, line, column, sheet=name)])
            grid[line, column] = unescape(value) if isinstance(value, str) else value
    return grid


@dataclass
class _Reader:
    """Collects values, their places and what is wrong, sheet by sheet; lists come before what lies in them."""

    file: Path
    layout: Layout
    data: Fields = field(default_factory=dict)
    positions: dict[CasePath, Position] = field(default_factory=dict)
    sheets: dict[CasePath, str] = field(default_factory=dict)
    problems: list[LocatedProblem] = field(default_factory=list)
    _records: dict[tuple[str, ...], dict[str, tuple[Fields, CasePath]]] = field(default_factory=dict)
    """List -> label or id of each of its records -> the record and its path."""
    _waiting: dict[str, Grid] = field(default_factory=dict)

    def take(self, name: str, grid: Grid) -> None:
        """Read a sheet as soon as all it lies in has been read."""
        sheet = self.layout.by_name.get(name)
        if sheet is None:
            if name != HELP_SHEET:
                known = did_you_mean(name, self.layout.by_name) or "; a sheet of your own may begin with '_'"
                self.problems.append(LocatedProblem(f"unknown sheet {shown(name)}{known}", self.file, sheet=name))
            return
        self._waiting[name] = grid
        for other in self.layout.sheets:
            is_ready = all(parent in self._records for parent in other.parents)
            if other.name in self._waiting and is_ready:
                self._read(other, self._waiting.pop(other.name))

    def finish(self) -> None:
        """Report the sheets whose records have nothing to belong to."""
        for name, grid in self._waiting.items():
            if any(line > (_header(grid) or 0) and column > 1 for line, column in grid):
                parent = self.layout.by_path[self.layout.by_name[name].parents[-1]].name
                message = f"its lines belong to records of sheet '{parent}', which is missing"
                self.problems.append(LocatedProblem(message, self.file, sheet=name))

    def _read(self, sheet: Sheet, grid: Grid) -> None:
        if sheet.kind is SheetKind.FIELDS:
            self._read_fields(sheet, grid)
            return
        if sheet.kind is SheetKind.RECORDS:
            self._records.setdefault(sheet.path, {})
        header = _header(grid)
        if header is None:
            if grid:
                message = f"no line that begins with '{ROW_LABEL}' and names the fields"
                self.problems.append(LocatedProblem(message, self.file, sheet=sheet.name))
            return
        columns = {column: str(value).strip() for (line, column), value in grid.items() if line == header}
        for line in sorted({line for line, column in grid if line > header and column > 1}):
            cells = {column: grid[line, column] for column in columns if column > 1 and (line, column) in grid}
            if cells:
                self._read_row(sheet, line, grid.get((line, 1)), {columns[c]: (c, v) for c, v in cells.items()})

    def _read_fields(self, sheet: Sheet, grid: Grid) -> None:
        known = {item.name: item for item in sheet.fields}
        header = _header(grid, "field") or 0
        for line in sorted({line for line, _ in grid if line > header}):
            name, value = grid.get((line, 1)), grid.get((line, 2))
            if value is None or name is None or (isinstance(name, str) and name not in known and line < header):
                continue
            path = tuple(str(name).strip().split("."))
            self._put(self.data, (), known.get(".".join(path)), path, value, (sheet, line, 2))

    def _read_row(self, sheet: Sheet, line: int, label: object, cells: dict[str, tuple[int, Any]]) -> None:
        found = self._holder(sheet, line, cells)
        if found is None:
            return
        holder, above = found
        if sheet.kind is SheetKind.PAIRS:
            key, value = cells.get("key"), cells.get("value")
            if key is None or value is None:
                self._problem("a line needs both key and value", sheet, line, 2)
                return
            inside = (*sheet.path[len(above) :], _plain_key(key[1]))
            self._put(holder, above, sheet.fields[1], inside, value[1], (sheet, line, value[0]))
            return
        records = self._list(holder, above, sheet)
        path: CasePath = (*above, *self._rest(sheet), len(records))
        record: Fields = {}
        records.append(record)
        self._place(path, (sheet, line, 2))
        known = {item.name: item for item in sheet.fields}
        for name, (column, value) in cells.items():
            if name == PARENT and sheet.parents:
                continue
            parts = tuple(name.split("."))
            self._put(record, path, known.get(name), parts, value, (sheet, line, column))
        for word in (record.get("id"), _plain_key(label) if label is not None else None, len(records)):
            if word is not None:
                self._records[sheet.path].setdefault(str(word), (record, path))

    def _rest(self, sheet: Sheet) -> tuple[str, ...]:
        """Return the fields from the record a sheet lies in (or the case) down to its list."""
        return sheet.path[len(sheet.parents[-1]) if sheet.parents else 0 :]

    def _holder(self, sheet: Sheet, line: int, cells: dict[str, tuple[int, Any]]) -> tuple[Fields, CasePath] | None:
        """Return the record a row belongs to, and its path."""
        if not sheet.parents:
            return self.data, ()
        there = self._records[sheet.parents[-1]]
        parent = ".".join(sheet.parents[-1])
        if PARENT not in cells:
            self._problem(
                f"column '{PARENT}' is empty: which record of {parent} does the line belong to?", sheet, line, 2
            )
            return None
        column, value = cells[PARENT]
        name = str(_plain_key(value))
        if name not in there:
            hint = did_you_mean(name, there) or f"; there is {', '.join(list(there)[:10]) or 'none'}"
            self._problem(f"no record {shown(value)} in {parent}{hint}", sheet, line, column)
            return None
        return there[name]

    def _list(self, holder: Fields, above: CasePath, sheet: Sheet) -> list[Fields]:
        *way, last = self._rest(sheet)
        for name in way:
            inner = holder.setdefault(name, {})
            if not isinstance(inner, dict):
                inner = holder[name] = {}
            holder, above = inner, (*above, name)
        records = holder.setdefault(last, [])
        return records if isinstance(records, list) else []

    def _put(
        self, holder: Fields, above: CasePath, item: Field | None, path: tuple[Any, ...], value: Any, cell: Place
    ) -> None:
        """Put a cell's value into its record, making the records on the way."""
        if value is NO_VALUE:
            self._problem("the formula has no value; open the workbook, let it calculate, and save it", *cell)
            return
        for i, name in enumerate(path[:-1]):
            inner = holder.setdefault(name, {})
            if not isinstance(inner, dict):
                return
            self.positions.setdefault((*above, *path[: i + 1]), cell[1:])
            self.sheets.setdefault((*above, *path[: i + 1]), cell[0].name)
            holder = inner
        full = (*above, *path)
        self._place(full, cell)
        if item is not None and item.type is CellType.RECORD:
            if str(value).strip() != EMPTY_RECORD:
                self._problem(
                    f"{item.name}: expected {EMPTY_RECORD} (a record with defaults only), found {shown(value)}", *cell
                )
            else:
                holder.setdefault(path[-1], {})
            return
        holder[path[-1]] = _value(item, value)

    def _place(self, path: CasePath, cell: Place) -> None:
        sheet, line, column = cell
        self.positions[path], self.sheets[path] = (line, column), sheet.name

    def _problem(self, message: str, sheet: Sheet, line: int, column: int) -> None:
        self.problems.append(LocatedProblem(message, self.file, line, column, sheet=sheet.name))


def _header(grid: Grid, word: str = ROW_LABEL) -> int | None:
    """Return the line whose first cell is the word."""
    lines = [line for (line, column), value in grid.items() if column == 1 and str(value).strip() == word]
    return min(lines, default=None)


def _plain_key(value: object) -> Any:
    """Return a key as YAML would have it: a whole number is one, however Excel keeps it."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.strip() if isinstance(value, str) else value


def _value(item: Field | None, value: Any) -> object:
    """Return a cell's value in the type of its field; what does not fit is left for the schema to refuse."""
    if item is not None and item.is_list:
        parts = value.split(";") if isinstance(value, str) else [value]
        return [_single(item, part) for part in _stripped(parts)]
    return _single(item, value.strip() if isinstance(value, str) else value)


def _stripped(parts: Iterable[Any]) -> Iterator[Any]:
    for part in parts:
        text = part.strip() if isinstance(part, str) else part
        if text != "":
            yield text


def _single(item: Field | None, value: Any) -> object:
    if isinstance(value, datetime):
        value = value.date() if value.time() == datetime.min.time() else value.isoformat()
    if item is None:
        return value
    if item.type is CellType.TEXT and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(_plain_key(value))
    if isinstance(value, str) and item.is_list:
        return _from_text(item.type, value)
    if item.type in (CellType.WHOLE, CellType.NUMBER):
        return _plain_key(value) if item.type is CellType.WHOLE else value
    return value


def _from_text(kind: CellType, text: str) -> object:
    """Return one of several values that share a cell."""
    try:
        if kind is CellType.DATE:
            return date.fromisoformat(text)
        if kind is CellType.WHOLE:
            return int(text)
        if kind is CellType.NUMBER:
            return float(text)
    except ValueError:
        return text
    return text


__all__ = ["CASE_SHEET", "PARENT", "ROW_LABEL", "read_workbook"]

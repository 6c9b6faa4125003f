"""A case as a workbook to fill in: every field of the input language has its cell, with unit, meaning and choices."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from planner.files.problems import CasePath
from planner.files.remarks import MOST_CHARACTERS, Remarks, at_cells
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
from planner.files.workbook_source import PARENT, ROW_LABEL

BLANK_ROWS = 30
"""Rows kept ready below what is filled in, with their drop-downs."""
TITLE, TOTALS, UNITS, HEADER, FIRST = 0, 1, 2, 3, 4
"""Lines of a sheet of rows, from 0."""
SUMMED = ("_mw", "_m2", "_usd", "count", "racks", "capacity_mw")
LIST_SEPARATOR = "; "
LONGEST_LIST_OF_CHOICES = 250

HELP = (
    "How to fill in this workbook",
    "Sheet 'case' has the single fields, one in a line: type a value beside its name. Bold fields must be given.",
    "Every other sheet is a list: one record in a line, its fields in columns. Lines without a value are skipped.",
    "Column '#' is a label of your own; column 'of' names the record a line belongs to, by its id or its '#'.",
    "Several values share a cell with semicolons between them (air; direct_to_chip).",
    "Where a record needs nothing but its defaults, type {} in the column of its name.",
    "Units stand above the columns. A share is a number from 0 to 1. Dates are dates. Money is nominal USD.",
    "The comment of a field's name says what it means, its default, and what happens when it is left out.",
    "Notes on values (source, assumption) are yours: they stay when the workbook becomes YAML, as comments.",
    "Columns in grey hold fields that are seldom needed; open the group above them.",
    "Sheets whose name begins with '_' are yours: they are not read. Formulas are read as the values they had.",
)

Row = tuple[str, Mapping[Any, Any], CasePath]
"""Name of the record that a row lies in, what is in the row, and its path in the case."""


class WorkbookWriter:
    """Writes one workbook."""

    def __init__(self, book: Any, layout: Layout, data: Mapping[Any, Any], remarks: Remarks) -> None:
        """Keep the open workbook, the sheets it is to have, the case to fill in (may be empty), and its remarks."""
        self.book, self.layout, self.data, self.remarks = book, layout, data, at_cells(remarks, data)
        grey, dark = "#8A8A8A", "#1F3A5F"
        self._formats = {
            "title": book.add_format({"bold": True, "font_size": 14, "font_color": dark}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "unit": book.add_format({"italic": True, "font_color": grey}),
            "head": book.add_format({"bottom": 1, "text_wrap": True, "valign": "top"}),
            "must": book.add_format({"bottom": 1, "bold": True, "text_wrap": True, "valign": "top"}),
            "name": book.add_format({}),
            "must name": book.add_format({"bold": True}),
            "total": book.add_format({"italic": True, "font_color": grey, "num_format": "#,##0.##"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "value": book.add_format({"align": "left"}),
        }

    def write(self) -> None:
        """Write all sheets."""
        page = self.book.add_worksheet(HELP_SHEET)
        page.set_column(0, 0, 110, self._formats["text"])
        for line, words in enumerate(HELP):
            page.write_string(line, 0, words, self._formats["title" if line == 0 else "text"])
        for sheet in self.layout.sheets:
            page = self.book.add_worksheet(sheet.name)
            if sheet.kind is SheetKind.FIELDS:
                self._write_fields(page, sheet)
            else:
                self._write_rows(page, sheet)

    def _write_fields(self, page: Any, sheet: Sheet) -> None:
        page.set_column(0, 0, 46)
        page.set_column(1, 1, 34)
        page.set_column(2, 2, 16, self._formats["unit"])
        page.set_column(3, 3, 100, self._formats["text"])
        for column, words in enumerate(("field", "value", "unit", "meaning")):
            page.write_string(0, column, words, self._formats["must"])
        page.freeze_panes(1, 0)
        for line, item in enumerate(sheet.fields, start=1):
            style = "must name" if item.required and len(item.path) == 1 else "name"
            page.write_string(line, 0, item.name, self._formats[style])
            self._write_value(page, line, 1, item, _value_at(self.data, item.path))
            self._note(page, line, 1, item.path)
            page.write_string(line, 2, item.unit)
            page.write_string(line, 3, _meaning(item))
            _offer_choices(page, line, line, 1, item)

    def _write_rows(self, page: Any, sheet: Sheet) -> None:
        rows = list(_rows(sheet, self.data))
        is_pairs = sheet.kind is SheetKind.PAIRS
        fields = sorted(sheet.fields, key=lambda item: is_pairs or not (item.required or _is_used(item, rows)))
        used = sum(1 for item in fields if item.required or _is_used(item, rows))
        last = FIRST + max(len(rows), 1) + BLANK_ROWS
        own = 2 if sheet.parents else 1
        page.write_string(TITLE, 0, f"{sheet.title}: {sheet.description}".rstrip(": "), self._formats["title"])
        page.write_string(TOTALS, 0, "total", self._formats["total"])
        page.write_string(HEADER, 0, ROW_LABEL, self._formats["head"])
        page.set_column(0, 0, 6)
        if sheet.parents:
            page.write_string(HEADER, 1, PARENT, self._formats["must"])
            page.write_comment(HEADER, 1, f"The record of {'.'.join(sheet.parents[-1])} this line belongs to.")
            page.set_column(1, 1, 18)
        for column, item in enumerate(fields, start=own):
            self._write_head(page, column, item, last)
            if column - own >= max(used, 1):
                page.set_column(column, column, 16, None, {"level": 1})
            _offer_choices(page, FIRST, last, column, item)
        page.freeze_panes(FIRST, own + 1)
        for number, (parent, record, path) in enumerate(rows):
            page.write_number(FIRST + number, 0, number + 1)
            if not is_pairs:
                self._note(page, FIRST + number, 0, path)
            if sheet.parents:
                page.write_string(FIRST + number, 1, parent)
            for column, item in enumerate(fields, start=own):
                self._write_value(page, FIRST + number, column, item, _value_at(record, item.path))
                if not is_pairs:
                    self._note(page, FIRST + number, column, (*path, *item.path))
                elif item.path == ("value",):
                    self._note(page, FIRST + number, column, path)

    def _note(self, page: Any, line: int, column: int, path: CasePath) -> None:
        remark = self.remarks.get(path)
        if remark is not None and remark.note:
            page.write_comment(line, column, remark.note[:MOST_CHARACTERS], {"x_scale": 3, "y_scale": 1.5})

    def _write_head(self, page: Any, column: int, item: Field, last: int) -> None:
        style = "must" if item.required and len(item.path) == 1 else "head"
        page.write_string(HEADER, column, item.name, self._formats[style])
        page.write_string(UNITS, column, item.unit, self._formats["unit"])
        page.write_comment(HEADER, column, f"{item.name}\n{_meaning(item)}"[:2_000], {"x_scale": 2, "y_scale": 1.5})
        page.set_column(column, column, 16)
        if item.type in (CellType.NUMBER, CellType.WHOLE) and item.path[-1].endswith(SUMMED) and not item.is_list:
            cells = f"{xl_rowcol_to_cell(FIRST, column)}:{xl_rowcol_to_cell(last, column)}"
            page.write_formula(TOTALS, column, f"=SUM({cells})", self._formats["total"], 0)

    def _write_value(self, page: Any, line: int, column: int, item: Field, value: object) -> None:
        if value is None:
            return
        if item.type is CellType.RECORD:
            if value == {}:
                page.write_string(line, column, EMPTY_RECORD, self._formats["value"])
        elif isinstance(value, bool):
            page.write_boolean(line, column, value, self._formats["value"])
        elif isinstance(value, date):
            page.write_datetime(line, column, value, self._formats["date"])
        elif isinstance(value, int | float):
            page.write_number(line, column, value, self._formats["value"])
        elif isinstance(value, list | tuple):
            page.write_string(line, column, LIST_SEPARATOR.join(str(part) for part in value), self._formats["value"])
        else:
            # never a formula, whatever it begins with
            page.write_string(line, column, str(value), self._formats["value"])


def write_workbook(path: Path, layout: Layout, data: Mapping[Any, Any], remarks: Remarks | None = None) -> None:
    """Write a case as a workbook, remarks as notes on its cells; the file appears whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".xlsx")
    os.close(handle)
    try:
        with xlsxwriter.Workbook(name, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            WorkbookWriter(book, layout, data, remarks or {}).write()
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _meaning(item: Field) -> str:
    parts = [" ".join(item.description.split())]
    if item.choices:
        parts.append("One of " + ", ".join(item.choices) + ".")
    if item.required:
        parts.append("Required." if len(item.path) == 1 else f"Required with {'.'.join(item.path[:-1])}.")
    elif item.default not in (None, "", [], {}):
        parts.append(f"Default: {item.default}.")
    if item.type is CellType.RECORD:
        parts.append(f"Type {EMPTY_RECORD} for the record with its defaults only.")
    return " ".join(part for part in parts if part)


def _offer_choices(page: Any, first: int, last: int, column: int, item: Field) -> None:
    """Give cells of one choice a drop-down; a cell of several is typed."""
    choices = ["TRUE", "FALSE"] if item.type is CellType.BOOLEAN else list(item.choices)
    if choices and not item.is_list and len(",".join(choices)) <= LONGEST_LIST_OF_CHOICES:
        page.data_validation(first, column, last, column, {"validate": "list", "source": choices})


def _is_used(item: Field, rows: Sequence[Row]) -> bool:
    values = (_value_at(record, item.path) for _, record, _ in rows)
    if item.type is CellType.RECORD:
        return any(value == {} for value in values)
    return any(value is not None for value in values)


def _value_at(record: Mapping[Any, Any], path: tuple[str, ...]) -> Any:
    node: Any = record
    for part in path:
        node = node.get(part) if isinstance(node, Mapping) else None
    return node


def _rows(sheet: Sheet, data: Mapping[Any, Any]) -> Iterator[Row]:
    """Yield the rows of a sheet: the name of the record each lies in, the record, and its path."""
    for parent, holder, above in _holders(sheet.parents, data):
        inside = sheet.path[len(sheet.parents[-1]) if sheet.parents else 0 :]
        found = _value_at(holder, inside)
        path = (*above, *inside)
        if sheet.kind is SheetKind.PAIRS and isinstance(found, Mapping):
            yield from ((parent, {"key": key, "value": value}, (*path, key)) for key, value in found.items())
        elif sheet.kind is SheetKind.RECORDS and isinstance(found, list | tuple):
            yield from ((parent, record, (*path, number)) for number, record in enumerate(found))


def _holders(parents: tuple[tuple[str, ...], ...], data: Mapping[Any, Any]) -> Iterator[Row]:
    """Yield every record of the innermost list, with its id or its number among all of its sheet, and its path."""
    holders: list[Row] = [("", data, ())]
    above = 0
    for parent in parents:
        inside = parent[above:]
        inner = [
            (record, (*path, *inside, number))
            for _, holder, path in holders
            for number, record in enumerate(_value_at(holder, inside) or ())
        ]
        holders = [
            (str(record.get("id", number)), record, path) for number, (record, path) in enumerate(inner, start=1)
        ]
        above = len(parent)
    yield from holders


__all__ = ["CASE_SHEET", "write_workbook"]

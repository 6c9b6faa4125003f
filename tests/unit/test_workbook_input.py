"""Cases typed into workbooks: they are read as YAML is, nothing is lost there and back, errors name cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from planner.case_file import CaseFileError, load_case
from planner.case_file.load import read_source
from planner.cli import app
from planner.data import example_case
from planner.files.workbook_layout import Layout, SheetKind, layout
from planner.files.workbook_source import read_workbook
from planner.files.workbook_writer import write_workbook
from planner.files.yaml_source import read_yaml
from planner.files.yaml_text import yaml_text
from planner.schemas import Case
from planner.schemas.json_schema import case_json_schema
from tests.invariants.strategies import Need, cases

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = [*sorted((ROOT / "examples").rglob("case.yaml")), ROOT / "tests/unit/small.yaml"]
runner = CliRunner()


@pytest.fixture(scope="module")
def sheets() -> Layout:
    return layout(case_json_schema())


def without_nothing(value: Any) -> Any:
    """Return plain data without the fields that say nothing."""
    if isinstance(value, dict):
        return {
            # an id such as 2026-01-12 is a date to YAML and a text to a workbook
            key: str(item) if key == "catalogue" else without_nothing(item)
            for key, item in value.items()
            if item is not None
        }
    return [without_nothing(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_comes_back_from_a_workbook_as_it_was(path: Path, sheets: Layout, tmp_path: Path) -> None:
    data = read_yaml(path).data
    write_workbook(tmp_path / "case.xlsx", sheets, data)
    assert without_nothing(read_workbook(tmp_path / "case.xlsx", sheets).data) == without_nothing(data)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_comes_back_from_yaml_as_it_was(path: Path, tmp_path: Path) -> None:
    data = read_yaml(path).data
    (tmp_path / "case.yaml").write_text(yaml_text(data), encoding="utf-8")
    assert without_nothing(read_yaml(tmp_path / "case.yaml").data) == without_nothing(data)


@settings(max_examples=15, deadline=None)
@given(case=cases(Need()))
def test_any_case_comes_back_equal(case: Case, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, everything = tmp_path_factory.mktemp("book"), layout(case_json_schema())
    write_workbook(folder / "case.xlsx", everything, case.model_dump(exclude_none=True))
    assert Case.model_validate(read_workbook(folder / "case.xlsx", everything).data) == case


def test_every_field_of_the_schema_has_a_place(sheets: Layout) -> None:
    """A field, a list of records or a mapping: nothing of the input language is left out."""
    names = {(*sheet.path, *field.path) for sheet in sheets.sheets for field in sheet.fields}
    names |= {sheet.path for sheet in sheets.sheets}

    def walk(record: dict[str, Any], above: tuple[str, ...]) -> None:
        for name, node in record.get("properties", {}).items():
            assert (*above, name) in names, (*above, name)
            for inner in records(node):
                walk(inner, (*above, name))

    def records(node: Any) -> list[dict[str, Any]]:
        if not isinstance(node, dict):
            return []
        if "$ref" in node:
            return records(definitions[node["$ref"].rsplit("/", 1)[-1]])
        if "properties" in node:
            return [node]
        inner = [*node.get("anyOf", []), *node.get("oneOf", []), node.get("items")]
        return [record for option in inner for record in records(option)]

    schema: Any = case_json_schema()
    definitions = schema["$defs"]
    walk(schema, ())


def test_names_of_sheets_are_short_and_differ(sheets: Layout) -> None:
    names = [sheet.name for sheet in sheets.sheets]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 31


def test_a_workbook_is_planned_like_its_yaml(sheets: Layout, tmp_path: Path) -> None:
    path = ROOT / "examples/quickstart/case.yaml"
    write_workbook(tmp_path / "case.xlsx", sheets, read_yaml(path).data)
    assert load_case(tmp_path / "case.xlsx").case == load_case(path).case
    done = runner.invoke(app, ["plan", str(tmp_path / "case.xlsx"), "--gap", "0"])
    assert done.exit_code == 0, done.output
    assert "+12.1 MUSD" in done.output


# --- what is wrong is named by its cell ----------------------------------------------------------------


@pytest.fixture
def book(sheets: Layout, tmp_path: Path) -> Path:
    path = tmp_path / "case.xlsx"
    write_workbook(path, sheets, read_yaml(ROOT / "tests/unit/small.yaml").data)
    return path


def changed(path: Path, change: Callable[[Any], None]) -> str:
    """Change the workbook as a user would, and return what the planner says to it."""
    workbook = openpyxl.load_workbook(path)
    change(workbook)
    workbook.save(path)
    with pytest.raises(CaseFileError) as raised:
        load_case(path)
    return raised.value.render()


def cell(workbook: Any, sheet: str, field: str, record: int = 0) -> Any:
    """Return the cell of a field: of a record's line, or in the sheet of single fields."""
    page = workbook[sheet]
    if sheet == "case":
        return next(row[1] for row in page.iter_rows() if row[0].value == field)
    head = next(row for row in page.iter_rows() if row[0].value == "#")
    column = next(entry.column for entry in head if entry.value == field)
    return page.cell(head[0].row + 1 + record, column)


def test_a_wrong_value_is_named_by_its_cell(book: Path) -> None:
    def change(workbook: Any) -> None:
        cell(workbook, "site.halls", "floor_m2", 1).value = "four thousand"
        cell(workbook, "case", "site.firm_mw").value = 500_000

    text = changed(book, change)
    assert "floor_m2: expected a number" in text
    assert "case.xlsx:site.halls!" in text
    assert "firm_mw: expected a number at most 5,000" in text or "firm_mw" in text
    assert "case.xlsx:case!B" in text


def test_a_misspelt_column_suggests_the_right_one(book: Path) -> None:
    def change(workbook: Any) -> None:
        for row in workbook["contracts"].iter_rows():
            for entry in row:
                if entry.value == "ready_by":
                    entry.value = "ready_bye"

    assert "did you mean 'ready_by'?" in changed(book, change)


def test_a_misspelt_sheet_suggests_the_right_one(book: Path) -> None:
    def change(workbook: Any) -> None:
        workbook["contracts"].title = "contract"

    assert "unknown sheet 'contract'; did you mean 'contracts'?" in changed(book, change)


def test_a_line_of_a_record_that_is_not_there_is_named(book: Path) -> None:
    def change(workbook: Any) -> None:
        page = workbook["contracts.ramp"]
        head = next(row for row in page.iter_rows() if row[0].value == "#")[0].row
        for column, value in enumerate((1, "l9", 0, 0.5), start=1):
            page.cell(head + 1, column).value = value

    assert "no record 'l9' in contracts" in changed(book, change)


def test_a_formula_counts_as_the_value_it_had_and_without_one_is_refused(book: Path) -> None:
    def change(workbook: Any) -> None:
        cell(workbook, "site.halls", "electrical_mw").value = "=10+10"

    text = changed(book, change)
    assert "the formula has no value" in text
    assert "site.halls!" in text


def test_a_sheet_of_ones_own_is_left_alone(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook.create_sheet("_notes")["A1"] = "mine"
    workbook.save(book)
    assert load_case(book).case.name == "A small site"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "not an .xlsx"), (b"PK\x03\x04 broken", "not an .xlsx"), (b"schema_version: 1", "not an .xlsx")],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "case.xlsx"
    path.write_bytes(content)
    with pytest.raises(CaseFileError, match=message):
        load_case(path)


def test_texts_that_look_like_formulas_stay_texts(sheets: Layout, tmp_path: Path) -> None:
    name = '=HYPERLINK("x")'
    data = read_yaml(ROOT / "tests/unit/small.yaml").data
    data["name"] = name
    write_workbook(tmp_path / "case.xlsx", sheets, data)
    assert cell(openpyxl.load_workbook(tmp_path / "case.xlsx"), "case", "name").data_type == "s"
    assert read_workbook(tmp_path / "case.xlsx", sheets).data["name"] == name


# --- the command ----------------------------------------------------------------------------------------


def test_template_writes_the_example_and_turns_cases_over(tmp_path: Path) -> None:
    book, back = tmp_path / "fill.xlsx", tmp_path / "back.yaml"
    assert runner.invoke(app, ["template", str(book)]).exit_code == 0
    assert runner.invoke(app, ["template", str(back), "--from", str(book)]).exit_code == 0
    assert read_yaml(back).data == without_nothing(read_source(example_case()).data)


def test_template_does_not_overwrite_unasked(tmp_path: Path) -> None:
    book = tmp_path / "fill.xlsx"
    book.write_text("mine")
    assert runner.invoke(app, ["template", str(book)]).exit_code == 2
    assert book.read_text() == "mine"
    assert runner.invoke(app, ["template", str(book), "--empty", "--overwrite"]).exit_code == 0
    text = runner.invoke(app, ["validate", str(book)])
    assert text.exit_code == 2
    assert "missing field" in text.output


def test_lists_have_units_totals_and_choices(sheets: Layout, tmp_path: Path) -> None:
    write_workbook(tmp_path / "case.xlsx", sheets, read_yaml(ROOT / "tests/unit/small.yaml").data)
    workbook = openpyxl.load_workbook(tmp_path / "case.xlsx")
    page = workbook["site.halls"]
    mw = cell(workbook, "site.halls", "electrical_mw")
    assert page.cell(2, mw.column).value == f"=SUM({mw.coordinate}:{mw.column_letter}38)"
    assert page.cell(3, mw.column).value == "MW"
    assert page.cell(4, mw.column).comment is not None
    rules = [rule.formula1 for rule in workbook["contracts"].data_validations.dataValidation]
    assert '"colocation,gpu_cloud"' in rules
    assert all(sheet.kind is not SheetKind.FIELDS for sheet in sheets.sheets[1:])

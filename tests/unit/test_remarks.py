"""Comments of a case file become notes on the cells of its workbook, and comments again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from typer.testing import CliRunner

from planner.case_file.load import read_source
from planner.cli import app
from planner.files.remarks import Remark, with_remarks, yaml_remarks
from planner.files.yaml_source import read_yaml
from planner.files.yaml_text import yaml_text

EXAMPLES = Path(__file__).parents[2] / "examples"

TRICKY = """\
# yaml-language-server: $schema=x.json
# on top
schema_version: 1
name: "a # is no comment here" # but this one is
# --- Money ---
finance: # of the owner
  tax_rate_frac: 0.21 # source: the law
  equity_budget: # capital of every kind
    - {date: 2027-01-01, added_usd: 5} # assumption: a first step
    # then
    - {date: 2028-01-01, added_usd: 6}
description: >-
  folded # also text
  over lines
site:
  halls:
    - id: a # the first
      floor_m2: 10
"""


def converted(source: Path, out: Path) -> Path:
    done = CliRunner().invoke(app, ["template", str(out), "--from", str(source)])
    assert done.exit_code == 0, done.output
    return out


def words(file: Path) -> list[str]:
    """Return every line of remarks in a case file, sorted: above or beside is the same."""
    remarks = yaml_remarks(read_yaml(file)).values()
    return sorted(line for remark in remarks for line in (*remark.before, remark.beside) if line)


def test_comments_are_found_at_the_values_they_stand_at(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(TRICKY, encoding="utf-8")
    assert yaml_remarks(read_yaml(file)) == {
        ("schema_version",): Remark(("on top",)),
        ("name",): Remark((), "but this one is"),
        ("finance",): Remark(("--- Money ---",), "of the owner"),
        ("finance", "tax_rate_frac"): Remark((), "source: the law"),
        ("finance", "equity_budget"): Remark((), "capital of every kind"),
        ("finance", "equity_budget", 0): Remark((), "assumption: a first step"),
        ("finance", "equity_budget", 1): Remark(("then",)),
        ("site", "halls", 0): Remark((), "the first"),
    }


@pytest.mark.parametrize("name", ["quickstart", "denton", "marble"])
def test_a_round_trip_through_a_workbook_keeps_values_and_comments(name: str, tmp_path: Path) -> None:
    typed = EXAMPLES / name / "case.yaml"
    book = converted(typed, tmp_path / "case.xlsx")
    again = converted(book, tmp_path / "again.yaml")
    assert read_source(again).data == read_source(typed).data
    assert words(again) == words(typed)


def test_what_is_tricky_comes_through_as_well(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(TRICKY, encoding="utf-8")
    book = converted(file, tmp_path / "case.xlsx")
    again = converted(book, tmp_path / "again.yaml")
    assert read_source(again).data == read_source(file).data
    assert words(again) == words(file)
    assert words(converted(again, tmp_path / "once_more.yaml")) == words(file)


def test_a_note_typed_in_excel_becomes_a_comment_and_cannot_become_more(tmp_path: Path) -> None:
    book = converted(EXAMPLES / "quickstart/case.yaml", tmp_path / "case.xlsx")
    opened = openpyxl.load_workbook(book)
    cell = next(row[1] for row in opened["case"].iter_rows() if row[0].value == "site.firm_mw")
    cell.comment = Comment("Ann:\nmeasured\nsite: {firm_mw: 1}", "Ann")
    opened.save(book)
    again = converted(book, tmp_path / "again.yaml")
    assert "firm_mw: 40 # Ann: measured site: {firm_mw: 1}" in again.read_text(encoding="utf-8")


def test_notes_that_cannot_be_read_are_said_and_not_lost(tmp_path: Path) -> None:
    book = converted(EXAMPLES / "quickstart/case.yaml", tmp_path / "a.xlsx")
    broken = tmp_path / "b.xlsx"
    with zipfile.ZipFile(book) as good, zipfile.ZipFile(broken, "w") as bad:
        for item in good.infolist():
            text = good.read(item)
            bad.writestr(item, text[:100] if "comments" in item.filename else text)
    done = CliRunner().invoke(app, ["template", str(tmp_path / "c.yaml"), "--from", str(broken)])
    assert done.exit_code == 2
    assert "the notes on its cells cannot be read" in done.output
    assert not (tmp_path / "c.yaml").exists()
    done = CliRunner().invoke(app, ["plan", str(broken), "--gap", "0"])
    assert done.exit_code == 0, "a plan does not need them"
    assert "sources are left out" in done.output


def test_notes_on_pairs_with_whole_keys_come_through(tmp_path: Path) -> None:
    """An hour count by temperature: its key is a whole number, but no place in a list."""
    file = tmp_path / "case.yaml"
    hours = "  climate:\n    hours_below_c:\n      20: 5000 # mild\n      35: 8760 # all\n"
    file.write_text(f"schema_version: 1\nsite:\n{hours}", encoding="utf-8")
    again = converted(converted(file, tmp_path / "case.xlsx"), tmp_path / "again.yaml")
    assert read_source(again).data == read_source(file).data
    assert words(again) == words(file) == ["all", "mild"]


def test_a_remark_beside_a_text_of_several_lines_stands_above_it() -> None:
    text = yaml_text({"name": "word " * 60 + "end", "last": 1})
    told = with_remarks(text, {("name",): Remark((), "long"), ("last",): Remark((), "end")})
    assert told.startswith("# long\nname: word")
    assert told.endswith("last: 1 # end\n")

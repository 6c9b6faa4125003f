"""The command that writes cases to fill in, as a workbook or as YAML, and turns one into the other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from planner.cli_common import BAD_INPUT, fail

SUFFIXES = (".xlsx", ".yaml", ".yml")


def template(
    out: Annotated[
        Path, typer.Argument(metavar="FILE", help="Workbook (.xlsx) or YAML file to write.", show_default=False)
    ],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="CASE", help="Fill it with this case (YAML or workbook); else an example."),
    ] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Leave it empty.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there already.")] = False,
) -> None:
    """Write a workbook to fill in: every field with its unit, meaning and choices.

    With --from it turns a case from YAML into a workbook, or back.
    """
    if out.suffix.lower() not in SUFFIXES:
        fail(f"expected a file name that ends in .xlsx or .yaml, found '{out}'")
    if not out.parent.is_dir():
        fail(f"expected a file in a folder that exists, found '{out}'")
    if out.exists() and not overwrite:
        fail(f"'{out}' is there already; --overwrite replaces it")
    if empty and source is not None:
        fail("--empty and --from exclude each other")
    from planner.case_file.load import read_source
    from planner.data import example_case
    from planner.files.problems import CaseFileError
    from planner.files.remarks import with_remarks, workbook_remarks, yaml_remarks
    from planner.files.whole import write_whole
    from planner.files.workbook_layout import layout
    from planner.files.workbook_writer import write_workbook
    from planner.files.yaml_text import yaml_text
    from planner.schemas.json_schema import case_json_schema

    try:
        read = None if empty else read_source(source or example_case())
        remarks = {} if read is None else workbook_remarks(read) if read.sheets else yaml_remarks(read)
    except CaseFileError as error:
        print(error.render(), file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None
    data = {"schema_version": 1} if read is None else read.data
    if out.suffix.lower() == ".xlsx":
        write_workbook(out, layout(case_json_schema()), data, remarks)
    else:
        write_whole(out, with_remarks(yaml_text(data), remarks))
    print(f"wrote {out}", file=sys.stderr)

"""What all commands share: exit codes, how they end in failure, and the inputs that several take."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from planner.case_file import LoadedCase
    from planner.places import OwnLayers
    from planner.results import Result

FAULT, BAD_INPUT, INFEASIBLE, STOPPED = 1, 2, 3, 4
DAMAGED = "a bundled dataset is damaged, install the planner again"


def fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    """End the command with a message on stderr."""
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(code)


def make_folder(out: Path) -> None:
    """Make the folder before the work, so that a result is never lost for want of a place."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=out):
            pass
    except OSError as error:
        fail(f"--out wants a folder that can be written, found '{out}': {error.strerror}")


def own_layers(catalogue: Path | None) -> OwnLayers:
    """Return the layers of a catalogue file, none without one; its problems end the command."""
    from planner.files.problems import CaseFileError
    from planner.places import OwnLayers, read_own_layers

    if catalogue is None:
        return OwnLayers()
    try:
        return read_own_layers(catalogue)
    except CaseFileError as error:
        print(error.render(), file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None


def note(text: str) -> None:
    """Print a remark on stderr."""
    print(text, file=sys.stderr)


def load_case(path: Path) -> LoadedCase:
    """Return the case in a file, with notes on what is doubtful; its problems end the command."""
    from planner.case_file import load_case as read_case
    from planner.case_file.doubts import doubts
    from planner.data import DatasetError
    from planner.files.problems import CaseFileError
    from planner.translate.eligibility import refusals
    from planner.translate.hosting import hosting_problems

    try:
        loaded = read_case(path, checks=(hosting_problems,))
    except CaseFileError as error:
        print(error.render(), file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None
    except DatasetError as error:
        fail(f"{DAMAGED}: {error}", FAULT)
    for doubt in [*doubts(loaded.case), *refusals(loaded.case)]:
        note(f"note: {doubt}")
    return loaded


def load_result(path: Path) -> Result:
    """Return the result in a file; its problems end the command."""
    from planner.results import ResultFileError, load

    try:
        return load(path)
    except ResultFileError as error:
        fail(f"{path}: {error}", BAD_INPUT)

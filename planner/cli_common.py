"""What all commands share: exit codes, how they end in failure, and the inputs that several take."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from planner.case_file import LoadedCase
    from planner.places import OwnLayers
    from planner.results import Result
    from planner.schemas import Case
    from planner.studies.lever_changes import CaseChange

FAULT, BAD_INPUT, INFEASIBLE, STOPPED = 1, 2, 3, 4
DAMAGED = "a bundled dataset is damaged, install the planner again"


def fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    """End the command with a message on stderr."""
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(code)


def make_folder(out: Path, option: str = "--out") -> None:
    """Make the folder of an option before the work, so that a result is never lost for want of a place."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=out):
            pass
    except OSError as error:
        fail(f"{option} wants a folder that can be written, found '{out}': {error.strerror}")


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


SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change the case: contracts[ID].rent_usd_per_kw_month=151, or *=1.1, or +=5, or lever.rent*=0.9 for "
        "all of a kind; may be repeated.",
    ),
]


def load_case(path: Path, changes: Sequence[str] | None = None) -> LoadedCase:
    """Return the case in a file, with notes on what is doubtful; its problems and those of changes end the command."""
    from planner.case_file import open_case
    from planner.case_file.doubts import doubts
    from planner.data import DatasetError
    from planner.files.problems import CaseFileError
    from planner.studies.lever_changes import with_changes
    from planner.translate.eligibility import refusals
    from planner.translate.hosting import hosting_checks, hosting_notes

    try:
        wanted = _changes(changes or ())
        loaded = with_changes(open_case(path), wanted, hosting_checks(is_changed=bool(wanted)))
    except CaseFileError as error:
        print(error.render(), file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None
    except DatasetError as error:
        fail(f"{DAMAGED}: {error}", FAULT)
    for doubt in [*doubts(loaded.case), *refusals(loaded.case), *hosting_notes(loaded.case)]:
        note(f"note: {doubt}")
    return loaded


def told_beside(path: Path, case: Case) -> dict[str, str]:
    """Return what stands beside the figures of a case file; notes that cannot be read are no reason not to plan."""
    from planner.case_file.load import read_source
    from planner.files.problems import CaseFileError
    from planner.views.typed_sources import typed_sources

    try:
        return typed_sources(read_source(path), case)
    except CaseFileError as error:
        note(f"note: {error.render().removeprefix('error: ')}; sources are left out")
        return {}


def _changes(texts: Sequence[str]) -> tuple[CaseChange, ...]:
    """Return the changes that the command line asks for; what cannot be read ends the command, all of it told."""
    from planner.case_file import ChangeError
    from planner.studies.lever_changes import read_changes

    try:
        return read_changes(texts)
    except ChangeError as error:
        fail("\nerror: ".join(f"--set: {line}" for line in str(error).splitlines()))


def load_result(path: Path) -> Result:
    """Return the result in a file; its problems end the command."""
    from planner.results import ResultFileError, load

    try:
        return load(path)
    except ResultFileError as error:
        fail(f"{path}: {error}", BAD_INPUT)

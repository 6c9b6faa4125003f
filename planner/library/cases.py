"""A case that was read and checked, ready to be planned."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from planner.case_file import load_case as read_case
from planner.case_file.doubts import doubts
from planner.reports.html.notebook import case_html, contents
from planner.schemas import Case
from planner.translate.eligibility import refusals
from planner.translate.hosting import hosting_problems

AnyPath = str | PathLike[str]

log = logging.getLogger("planner")


@dataclass(frozen=True, repr=False)
class CaseStudy:
    """A case as it is planned with."""

    case: Case
    """Every field, completed from the bundled datasets; docs/input.md says what each means."""
    path: Path
    datasets: dict[str, str]
    """Dataset name -> sha256 of each bundled dataset that gave a value."""
    notes: tuple[str, ...]
    """What is doubtful: values that look like another unit, offers that the site cannot serve."""

    @property
    def name(self) -> str:
        """The case's own name."""
        return self.case.name

    def __repr__(self) -> str:
        """Say in one line what the case holds."""
        return f"<Case '{self.name}': {contents(self.case)}>"

    def _repr_html_(self) -> str:
        return case_html(self.case, self.notes)


def load_case(path: AnyPath) -> CaseStudy:
    """Return the case in a file: YAML, or a workbook that `planner template` wrote.

    What is doubtful about it is logged as warnings of the logger `planner` and kept as the case's notes.

    Raises:
        CaseFileError: with everything that is wrong, each problem with its line or cell.
        DatasetError: a bundled dataset is damaged.
    """
    loaded = read_case(Path(path), checks=(hosting_problems,))
    notes = (*doubts(loaded.case), *refusals(loaded.case))
    for note in notes:
        log.warning("note: %s", note)
    return CaseStudy(loaded.case, loaded.path, loaded.datasets, notes)


def as_case(case: CaseStudy | AnyPath) -> CaseStudy:
    """Return a case itself, or that of a file."""
    return case if isinstance(case, CaseStudy) else load_case(case)

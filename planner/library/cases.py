"""A case that was read and checked, ready to be planned; what-ifs are copies of it with changes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from planner.case_file import OpenCase, open_case
from planner.case_file.doubts import doubts
from planner.case_file.overrides import OverrideText, override_problems, parse_override, with_overrides
from planner.reports.html.notebook import case_html, contents
from planner.schemas import Case
from planner.schemas.overrides import Choice, Override
from planner.studies.lever_changes import CaseChange, read_changes, with_changes
from planner.translate.eligibility import refusals
from planner.translate.hosting import hosting_checks, hosting_notes

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
    changes: tuple[CaseChange, ...]
    """What was changed after the file was read."""
    fixed: tuple[Override, ...]
    """Decisions fixed beside those that the file fixes."""
    opened: OpenCase = field(compare=False)
    """The file as it was read, from which changed copies are made."""

    @property
    def name(self) -> str:
        """The case's own name."""
        return self.case.name

    @property
    def notes(self) -> tuple[str, ...]:
        """What is doubtful: values that look like another unit, offers that the site cannot serve."""
        return (*doubts(self.case), *refusals(self.case), *hosting_notes(self.case))

    def changed(self, *changes: str) -> CaseStudy:
        """Return a copy with changes, written as for `--set`: "market.hashprice_scale_frac*=0.8".

        Raises:
            ChangeError: a change cannot be read or has no place in the case.
            CaseFileError: the case is not right with them.
        """
        return _study(self.opened, (*self.changes, *read_changes(changes)), self.fixed)

    def with_fixed(self, *, force: Sequence[str] = (), forbid: Sequence[str] = ()) -> CaseStudy:
        """Return a copy with decisions fixed, written as for `--force` and `--forbid`: "contract:ID@2027-04".

        Raises:
            ValueError: one cannot be read, or does not belong to the case.
        """
        typed: list[Override] = []
        wrong: list[str] = []
        for choice, texts in ((Choice.FORCE, force), (Choice.FORBID, forbid)):
            for text in texts:
                try:
                    typed.append(parse_override(text, choice))
                except OverrideText as error:
                    wrong.append(f"{choice.value}: {error}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return _study(self.opened, self.changes, (*self.fixed, *typed))

    def __repr__(self) -> str:
        """Say in one line what the case holds."""
        return f"<Case '{self.name}': {contents(self.case)}>"

    def _repr_html_(self) -> str:
        return case_html(self.case, (*(str(change) for change in self.changes), *self.notes))


def load_case(path: AnyPath, changes: Sequence[str] = ()) -> CaseStudy:
    """Return the case in a file: YAML, or a workbook that `planner template` wrote.

    What is doubtful about it is logged as warnings of the logger `planner` and kept as the case's notes.

    Args:
        path: the file.
        changes: as for `--set` and `CaseStudy.changed`.

    Raises:
        CaseFileError: with everything that is wrong, each problem with its line or cell.
        ChangeError: a change cannot be read or has no place in the case.
        DatasetError: a bundled dataset is damaged.
    """
    study = _study(open_case(Path(path)), read_changes(changes), ())
    for note in study.notes:
        log.warning("note: %s", note)
    return study


def as_case(case: CaseStudy | AnyPath) -> CaseStudy:
    """Return a case itself, or that of a file."""
    return case if isinstance(case, CaseStudy) else load_case(case)


def _study(opened: OpenCase, changes: tuple[CaseChange, ...], fixed: tuple[Override, ...]) -> CaseStudy:
    """Return the case of a file with changes and fixed decisions. Raises as `changed` and `with_fixed` do."""
    loaded = with_changes(opened, changes, hosting_checks(is_changed=bool(changes)))
    case = with_overrides(loaded.case, fixed)
    problems = override_problems(case)
    if problems:
        raise ValueError("\n".join(problem.message for problem in problems))
    return CaseStudy(case, loaded.path, loaded.datasets, changes, fixed, opened)

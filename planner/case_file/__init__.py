"""Case files: YAML with lines, completed from the bundled datasets, validated, checked as a whole."""

from planner.case_file.changes import Change, ChangeError, How, read_change
from planner.case_file.load import Check, LoadedCase, OpenCase, load_case, open_case
from planner.files.problems import CaseFileError, LocatedProblem, Problem

__all__ = [
    "CaseFileError", "Change", "ChangeError", "Check", "How", "LoadedCase", "LocatedProblem", "OpenCase", "Problem",
    "load_case", "open_case", "read_change",
]  # fmt: skip

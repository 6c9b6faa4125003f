"""Case files: YAML with lines, completed from the bundled datasets, validated, checked as a whole."""

from planner.case_file.load import Check, LoadedCase, load_case
from planner.files.problems import CaseFileError, LocatedProblem, Problem

__all__ = ["CaseFileError", "Check", "LoadedCase", "LocatedProblem", "Problem", "load_case"]

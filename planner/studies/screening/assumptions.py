"""Assumptions of a screening from a YAML file: only those that differ from the standard ones stand in it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from planner.files.problems import CaseFileError, LocatedProblem, Problem
from planner.files.schema_problems import schema_problems
from planner.files.yaml_source import YamlSource, read_yaml
from planner.schemas.screen import ScreenAssumptions


def read_assumptions(file: Path) -> ScreenAssumptions:
    """Return the assumptions in a file. Raises CaseFileError with everything that is wrong and its line."""
    source = read_yaml(file)
    try:
        return ScreenAssumptions.model_validate(source.data)
    except ValidationError as error:
        told = schema_problems(error.errors(include_url=False), source.data, ScreenAssumptions)
        raise CaseFileError([_located(problem, source) for problem in told]) from None


def _located(problem: Problem, source: YamlSource) -> LocatedProblem:
    for length in range(len(problem.path), 0, -1):
        if problem.path[:length] in source.positions:
            return LocatedProblem(problem.message, source.file, *source.positions[problem.path[:length]], problem.path)
    return LocatedProblem(problem.message, source.file, None, None, problem.path)

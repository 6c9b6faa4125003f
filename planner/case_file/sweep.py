"""Read a sweep file: YAML, validated, its factors fitting its design."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from pydantic import ValidationError

from planner.case_file.changes import ChangeError, parts_of, read_change
from planner.files.problems import CaseFileError, LocatedProblem, Problem, did_you_mean, shown
from planner.files.schema_problems import coerced, schema_problems
from planner.files.yaml_source import Fields, YamlSource, read_yaml, yaml_in
from planner.schemas.sweep import (
    Factor,
    FactorHow,
    Grid,
    LatinHypercube,
    Listed,
    ListedPoint,
    Morris,
    OneAtATime,
    Sweep,
    is_number,
)

MOST_POINTS = 10_000
NO_FILE = Path("sweep")
"""Stands where problems of a sweep that is in no file are told."""


@dataclass(frozen=True)
class SweepFile:
    """A sweep and where its values stand in its file."""

    sweep: Sweep
    source: YamlSource

    def refusal(self, problems: Iterable[Problem]) -> CaseFileError:
        """Return problems as one error, each told once, in the order of the file."""
        located = dict.fromkeys(self.source.located(problem) for problem in problems)
        return CaseFileError(sorted(located, key=_order))


def read_sweep(file: Path) -> SweepFile:
    """Return the sweep in a file. Raises CaseFileError with everything that is wrong and its line."""
    return _read(read_yaml(file))


def sweep_in(text: str, file: Path) -> SweepFile:
    """Return the sweep in the text of a file. Raises as `read_sweep`."""
    return _read(yaml_in(text, file))


def sweep_of(given: Sweep | Mapping[str, object]) -> SweepFile:
    """Return a sweep that stands in no file: a record, or the fields of one as plain data.

    Raises:
        CaseFileError: with everything that is wrong, each problem with its path.
    """
    if not isinstance(given, Sweep):
        return _read(YamlSource(NO_FILE, cast(Fields, _plain(given)), {}))
    read = SweepFile(given, YamlSource(NO_FILE, {}, {}))
    problems = sweep_problems(given)
    if problems:
        raise read.refusal(problems)
    return read


def _plain(value: object) -> object:
    """Return data as a file would have it: tuples and arrays as lists, the numbers of numpy as numbers."""
    if isinstance(value, Mapping):
        return {key: _plain(below) for key, below in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return [_plain(below) for below in value] if isinstance(value, list | tuple) else value


def _read(source: YamlSource) -> SweepFile:
    try:
        sweep = Sweep.model_validate(source.data)
    except ValidationError as error:
        told = schema_problems(error.errors(include_url=False), source.data, Sweep)
        raise CaseFileError(sorted((source.located(problem) for problem in told), key=_order)) from None
    read = SweepFile(sweep, source)
    problems = [*coerced(source.data, sweep), *sweep_problems(sweep)]
    if problems:
        raise read.refusal(problems)
    return read


def _order(problem: LocatedProblem) -> tuple[int, int]:
    return problem.line or 0, problem.column or 0


def sweep_problems(sweep: Sweep) -> list[Problem]:
    """Return what in a sweep does not fit together."""
    return [*_repeated(sweep), *_paths(sweep), *_levels(sweep), *_design_problems(sweep)]


def _repeated(sweep: Sweep) -> Iterator[Problem]:
    names = [factor.name for factor in sweep.factors]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Problem(("factors", i, "name"), f"factor '{name}' is given twice")
    if isinstance(sweep.design, Listed):
        points = [point.name for point in sweep.design.points]
        for i, name in enumerate(points):
            if name in points[:i]:
                yield Problem(("design", "points", i, "name"), f"point {shown(name)} is given twice")


def _paths(sweep: Sweep) -> Iterator[Problem]:
    for i, factor in enumerate(sweep.factors):
        for j, path in enumerate(factor.targets):
            try:
                parts_of(path)
            except ChangeError as error:
                yield Problem(("factors", i, "path") if factor.path else ("factors", i, "paths", j), str(error))


def _levels(sweep: Sweep) -> Iterator[Problem]:
    for i, factor in enumerate(sweep.factors):
        if factor.values is not None and (factor.low is not None or factor.high is not None):
            message = f"factor '{factor.name}': give values, or low and high, not both"
            yield Problem(("factors", i, "values"), message)
        for j, value in enumerate(factor.values or ()):
            if value in (factor.values or ())[:j]:
                yield Problem(("factors", i, "values", j), f"factor '{factor.name}': {shown(value)} is given twice")


def _design_problems(sweep: Sweep) -> Iterator[Problem]:
    match sweep.design:
        case Listed(points=points):
            for i, point in enumerate(points):
                yield from _point_problems(i, point, sweep.factors)
            return
        case Grid():
            wanted = _takes_values
        case OneAtATime():
            wanted = _takes_values
        case LatinHypercube() | Morris():
            wanted = _has_range
    if not sweep.factors:
        yield Problem(("design",), f"a sweep of kind {sweep.design.kind} needs factors")
    for i, factor in enumerate(sweep.factors):
        message = wanted(factor)
        if message:
            yield Problem(("factors", i, "name"), f"factor '{factor.name}': {message}")
    count = _count(sweep)
    if count > MOST_POINTS:
        yield Problem(("design",), f"{count:,} points are more than a sweep takes ({MOST_POINTS:,})")


def _takes_values(factor: Factor) -> str:
    if factor.values is None and (factor.low is None or factor.high is None):
        return "give values, or low and high"
    return ""


def _has_range(factor: Factor) -> str:
    if factor.values is not None:
        return "a sampling takes a range: give low and high in place of values"
    if not (is_number(factor.low) and is_number(factor.high)):
        return "a sampling takes a range: give low and high, both numbers"
    return ""


def _count(sweep: Sweep) -> int:
    match sweep.design:
        case Grid():
            return math.prod(max(1, len(factor.levels)) for factor in sweep.factors)
        case OneAtATime():
            return sum(len(factor.levels) for factor in sweep.factors)
        case LatinHypercube(count=count):
            return count
        case Morris(trajectories=paths):
            return paths * (len(sweep.factors) + 1)
        case Listed(points=points):
            return len(points)


def _point_problems(i: int, point: ListedPoint, factors: tuple[Factor, ...]) -> Iterator[Problem]:
    known = {factor.name: factor for factor in factors}
    for name, value in point.at.items():
        place = ("design", "points", i, "at", name)
        factor = known.get(name)
        if factor is None:
            there = f"; there are {', '.join(known)}" if known else "; the sweep has none"
            yield Problem(place, f"no factor '{name}' in the sweep{did_you_mean(name, known) or there}")
        elif factor.how is not FactorHow.SET and not is_number(value):
            yield Problem(place, f"{name}: expected a number, found {shown(value)}")
        elif factor.lever is not None and is_number(value) and value < 0:
            yield Problem(place, f"{name}: a lever's values must not be below 0, found {shown(value)}")
    for j, text in enumerate(point.changes):
        try:
            read_change(text)
        except ChangeError as error:
            yield Problem(("design", "points", i, "changes", j), str(error))

"""Read a case file: YAML or a workbook, completed from the bundled datasets, validated, and checked as a whole.

Everything that is wrong is told at once, each problem with its line. Where a part cannot be used, the rest is
still checked as far as that makes sense.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from planner.case_file.catalogue import complete
from planner.case_file.changes import Change, How, Setting, apply_to_complete, apply_where_typed, settled
from planner.case_file.checks import reference_problems
from planner.case_file.completion import Completion, records
from planner.case_file.repair import Guess, guess
from planner.case_file.sizes import with_sizes
from planner.files.problems import CaseFileError, CasePath, LocatedProblem, Problem, cell_name, starts_with
from planner.files.schema_problems import coerced, schema_problems
from planner.files.yaml_source import YamlSource, read_yaml
from planner.schemas import Case

Check = Callable[[Case], list[Problem]]

_ID_SECTIONS = (
    ("site.halls[*]", "site.pads[*]"),
    ("site.upgrades[*]",),
    ("site.supplies[*]",),
    ("fleet.classes[*]",),
    ("fleet.elsewhere[*]",),
    ("fleet.hosted[*]",),
    ("fleet.rigs[*]",),
    ("fleet.rig_rentals[*]",),
    ("cooling_modules[*]",),
    ("designs[*]",),
    ("gpu_systems[*]",),
    ("contracts[*]",),
)
"""Records whose ids must differ among each other."""


@dataclass(frozen=True)
class LoadedCase:
    """A case as it is planned with, and where it comes from."""

    case: Case
    path: Path
    datasets: dict[str, str]
    """Dataset name -> sha256 of each bundled dataset that gave a value."""


@dataclass(frozen=True)
class OpenCase:
    """A case file that was read once, to be loaded with different changes."""

    source: YamlSource

    def loaded(self, changes: Sequence[Change] = (), checks: Sequence[Check] = ()) -> LoadedCase:
        """Return the case with the changes made, complete and free of contradictions; offers in steps become sizes.

        `checks` are further checks of the whole case. Raises CaseFileError with every problem found.
        """
        moves = [change for change in changes if change.how is not How.SET]
        values: list[Change | Setting] = [change for change in changes if change.how is How.SET]
        if moves:
            before, _ = self._checked(values, checks)
            values += settled(moves, before.model_dump())
        case, done = self._checked(values, checks)
        return LoadedCase(with_sizes(case), self.source.file, dict(sorted(done.datasets.items())))

    def _checked(self, values: Sequence[Change | Setting], checks: Sequence[Check]) -> tuple[Case, Completion]:
        source = replace(self.source, data=copy.deepcopy(self.source.data))
        changed, waiting = apply_where_typed(values, source.data)
        done = complete(source.data, source.file.parent)
        changed += apply_to_complete(waiting, source.data)
        case, problems = _validated(source, done, (reference_problems, *checks))
        # An alias repeats its mistakes: each is told once, at the line where it is typed.
        told: dict[tuple[object, ...], LocatedProblem] = {}
        for problem in (_located(problem, source, done, changed) for problem in problems):
            told.setdefault((problem.message, problem.sheet, problem.line, problem.column, problem.change), problem)
        located = [*told.values(), *done.elsewhere]
        if located or case is None:
            # Problems of a whole file come first, then in the order of the lines.
            order = list(dict.fromkeys(source.sheets.values()))
            raise CaseFileError(sorted(located, key=lambda p: _reading_order(p, source.file, order)))
        return case, done


def open_case(path: Path) -> OpenCase:
    """Return what is typed in a case file. Raises CaseFileError with everything that is wrong with the file as such."""
    return OpenCase(read_source(path))


def load_case(path: Path, checks: Sequence[Check] = (), changes: Sequence[Change] = ()) -> LoadedCase:
    """Return the case in a file, with changes made to it; see `OpenCase.loaded`."""
    return open_case(path).loaded(changes, checks)


def read_source(path: Path) -> YamlSource:
    """Return what is typed in a case file: a workbook if its name ends in .xlsx, otherwise YAML.

    Raises CaseFileError with everything that is wrong with the file as such.
    """
    if path.suffix.lower() != ".xlsx":
        return read_yaml(path)
    from planner.files.workbook_layout import layout
    from planner.files.workbook_source import read_workbook
    from planner.schemas.json_schema import case_json_schema

    return read_workbook(path, layout(case_json_schema()))


def _validated(source: YamlSource, done: Completion, checks: Sequence[Check]) -> tuple[Case | None, list[Problem]]:
    """Return the case, if the schema takes it, and all problems but those in other files."""
    repeated = list(_repeated_ids(source))
    problems = [*done.problems, *repeated]
    unusable = [problem.path[:-1] for problem in repeated]
    case: Case | None = None
    try:
        case = Case.model_validate(source.data)
    except ValidationError as error:
        errors = [detail for detail in error.errors(include_url=False) if detail["loc"] or not repeated]
        told = schema_problems(errors, source.data, Case)
        problems = [p for p in problems if not any(starts_with(other.path, p.path) for other in told)]
        problems += [problem for problem in told if not _is_gap(problem, done)]
        best = guess(source.data, unusable, done.unfilled)
    else:
        best = Guess(case, source.data, [*unusable, *done.unfilled])
    if best is not None:
        mistaken = coerced(best.data, best.case)
        best.made_up += [problem.path for problem in mistaken]
        problems += mistaken if case is not None else []
        problems += best.trusted(problem for check in checks for problem in check(best.case))
    return case, problems


def _is_gap(problem: Problem, done: Completion) -> bool:
    """Tell whether a field is missing only because a catalogue entry or the place was not found."""
    return problem.path in done.unfilled and problem.message.startswith(("missing field", "give one of hub"))


def _repeated_ids(source: YamlSource) -> Iterator[Problem]:
    for patterns in _ID_SECTIONS:
        first: dict[str, CasePath] = {}
        for pattern in patterns:
            for path, record in records(source.data, pattern):
                name = record.get("id")
                if not isinstance(name, str):
                    continue
                earlier = first.setdefault(name, (*path, "id"))
                if earlier != (*path, "id"):
                    message = f"id '{name}' is given twice, first {_place_words(earlier, source)}"
                    yield Problem((*path, "id"), message, ())


def _located(problem: Problem, source: YamlSource, done: Completion, changed: Sequence[Setting] = ()) -> LocatedProblem:
    for setting in changed:
        made = problem.path not in source.positions and starts_with(setting.path, problem.path) and problem.path
        if made or starts_with(problem.path, setting.path):
            return LocatedProblem(problem.message, source.file, path=problem.path, change=str(setting.change))
    named = ((*problem.path, word) for word in re.findall(r"[a-z_0-9]+", problem.message))
    # A rule between the fields of a record is shown at the first of them that its message names.
    path = next((path for path in named if path in source.positions), problem.path)
    typed = _typed(path, source, done.sources)
    line, column = source.positions[typed] if typed else (None, None)
    return LocatedProblem(problem.message, source.file, line, column, problem.path, source.sheets.get(typed or ()))


def _typed(path: CasePath, source: YamlSource, sources: dict[CasePath, CasePath]) -> CasePath | None:
    """Return the path of the nearest typed value at or above a path."""
    for length in range(len(path), 0, -1):
        above = path[:length]
        if above in sources:
            return _typed(sources[above], source, sources)
        if above in source.positions:
            return above
    return None


def _reading_order(problem: LocatedProblem, path: Path, sheets: list[str]) -> tuple[bool, int, bool, int, int]:
    sheet = sheets.index(problem.sheet) if problem.sheet in sheets else -1
    # of another file, what has no line counts what was left out, so it comes last
    is_elsewhere = problem.file != path
    return is_elsewhere, sheet, is_elsewhere and problem.line is None, problem.line or 0, problem.column or 0


def _place_words(path: CasePath, source: YamlSource) -> str:
    """Say where a value stands: its line, or its cell."""
    typed = _typed(path, source, {})
    if typed is None:
        return "elsewhere"
    line, column = source.positions[typed]
    sheet = source.sheets.get(typed)
    return f"on line {line}" if sheet is None else f"in {sheet}!{cell_name(line, column)}"


__all__ = [
    "CaseFileError", "Change", "Check", "LoadedCase", "LocatedProblem", "OpenCase", "Problem", "load_case", "open_case",
]  # fmt: skip

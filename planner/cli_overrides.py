"""Decisions fixed on the command line: options, reading, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_common import fail, note

if TYPE_CHECKING:
    from planner.case_file import LoadedCase
    from planner.results import Result
    from planner.schemas.overrides import Override
    from planner.studies.overrides import PriceOptions
    from site_conversion.solve import Progress

WHAT = "contract:ID, contract:ID=HALL+HALL, hall:ID, hall:ID=DESIGN, design:ID or upgrade:ID"
WHEN = "after it @2027-04 or @2027-01..2027-12 for when it begins; may be repeated"
ForceOption = Annotated[
    list[str] | None,
    typer.Option("--force", metavar="WHAT", help=f"Plan with a decision forced: {WHAT}, {WHEN}."),
]
ForbidOption = Annotated[
    list[str] | None, typer.Option("--forbid", metavar="WHAT", help="Plan with a decision forbidden, written alike.")
]
PriceEachOption = Annotated[
    bool, typer.Option("--price-each", help="Also say what each fixed decision costs alone; one more search for each.")
]


def with_fixed(loaded: LoadedCase, force: Sequence[str] | None, forbid: Sequence[str] | None) -> LoadedCase:
    """Return the case with what the command line fixes; what is wrong with it ends the command, all of it told."""
    from planner.case_file.overrides import OverrideText, override_problems, parse_override, with_overrides
    from planner.schemas.overrides import Choice

    typed: list[Override] = []
    wrong: list[str] = []
    for choice, texts in ((Choice.FORCE, force), (Choice.FORBID, forbid)):
        for text in texts or ():
            try:
                typed.append(parse_override(text, choice))
            except OverrideText as error:
                wrong.append(f"--{choice.value}: {error}")
    case = with_overrides(loaded.case, typed)
    for problem in override_problems(case):
        which = case.overrides[int(problem.path[1])]
        wrong.append(f"--{which.words}: {problem.message}")
    if wrong:
        fail("\nerror: ".join(wrong))
    return replace(loaded, case=case)


def with_price(result: Result, options: PriceOptions, progress: Callable[[Progress], None]) -> Result:
    """Return the result with what its fixed decisions cost."""
    from planner.studies.overrides import moved_dates, priced

    for moved in moved_dates(result):
        note(f"note: {moved}")
    return priced(result, options, lambda what: note(f"... {what}"), progress)

"""The command that judges a proposal: read, evaluate, write, print."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_common import (
    BAD_INPUT,
    FAULT,
    INFEASIBLE,
    STOPPED,
    SetOption,
    fail,
    load_case,
    load_result,
    make_folder,
    told_beside,
)

if TYPE_CHECKING:
    from planner.case_file import LoadedCase
    from planner.results import Outcome
    from planner.schemas.proposal import Proposal
    from planner.studies.proposals.evaluate import EvaluateOptions, Evaluation


def evaluate(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="Case file (YAML).", show_default=False)],
    proposal: Annotated[
        Path,
        typer.Argument(metavar="PROPOSAL", help="Proposal (YAML), or the result.json of a plan.", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write evaluation.json and the proposal's result.json with its tables here."),
    ] = None,
    gap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Stop each solve when proven this close (0.005 = 0.5 %).")
    ] = 0.005,
    time_limit: Annotated[float | None, typer.Option(min=0.1, help="Stop each solve after so many seconds.")] = None,
    best: Annotated[
        Path | None,
        typer.Option(metavar="RESULT", help="The best plan of the same case, found before, instead of planning."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the evaluation as JSON.")] = False,
    change: SetOption = None,
) -> None:
    """Judge somebody's proposal: what it breaks, what it is worth, how far from the best and why.

    What the proposal leaves open is decided for the best. Exit code 3 if it is not feasible as proposed.
    """
    loaded = load_case(case, change)
    judged, known = _read(proposal, loaded)
    if out is not None:
        make_folder(out)
    from planner.studies.proposals.evaluate import EvaluateOptions
    from site_conversion.solve import SolveOptions

    earlier = None if best is None else load_result(best)
    options = EvaluateOptions(SolveOptions(gap_frac=gap, time_limit_s=time_limit), earlier, known)
    found = _evaluated(loaded, judged, options)
    _show(found.with_sources(told_beside(case, loaded.case)), out, as_json=as_json)
    if not found.feasibility.feasible:
        raise typer.Exit(INFEASIBLE)
    if found.result is not None and found.result.plan.report.status.value != "optimal":
        raise typer.Exit(STOPPED)


def _read(file: Path, loaded: LoadedCase) -> tuple[Proposal, Outcome | None]:
    """Return the proposal; a result is the proposal to do what it plans, and its plan is known."""
    from planner.case_file.proposal import proposal_problems, read_proposal
    from planner.files.problems import CaseFileError
    from planner.studies.proposals.decisions import proposal_of

    if file.suffix == ".json":
        result = load_result(file)
        planned = proposal_of(result)
        problems = proposal_problems(planned, loaded.case)
        if problems:
            fail(f"{file}: the plan is that of another case: {problems[0].message}")
        return planned, result.plan if result.case == loaded.case else None
    try:
        return read_proposal(file, loaded.case), None
    except CaseFileError as error:
        print(error.render(), file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None


def _evaluated(loaded: LoadedCase, proposal: Proposal, options: EvaluateOptions) -> Evaluation:
    from planner.studies.plan import InfeasibleCase, NoPlan
    from planner.studies.proposals.evaluate import OtherCase
    from planner.studies.proposals.evaluate import evaluate as judge
    from site_conversion.solution import CheckFailed
    from site_conversion.solve import SolverError

    try:
        return judge(loaded.case, loaded.datasets, proposal, options, _tell)
    except OtherCase as error:
        fail(f"--best: {error}", BAD_INPUT)
    except InfeasibleCase as error:
        fail(f"the case itself is infeasible: {error}", INFEASIBLE)
    except NoPlan as error:
        fail(str(error), STOPPED)
    except (CheckFailed, SolverError) as error:
        fail(f"this is a fault of the program, no evaluation is shown: {error}", FAULT)


def _show(found: Evaluation, out: Path | None, *, as_json: bool) -> None:
    from planner.files.whole import write_whole
    from planner.reports.evaluation import evaluation_json, evaluation_text
    from planner.results import save
    from planner.views.evaluation import view

    shown = view(found)
    if out is not None:
        write_whole(out / "evaluation.json", evaluation_json(shown))
        if found.as_plan is not None:
            save(found.as_plan, out)
        if found.assumed_as_plan is not None:
            save(found.assumed_as_plan, out / "proposed_terms")
        print(f"wrote {out / 'evaluation.json'}", file=sys.stderr)
    width = shutil.get_terminal_size((130, 40)).columns
    text = evaluation_json(shown) if as_json else evaluation_text(shown, width=width, color=sys.stdout.isatty())
    print(text, end="\n" if as_json else "")


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr)

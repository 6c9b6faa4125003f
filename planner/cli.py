"""The command line: parse, call, print. Results go to stdout, progress and errors to stderr.

Exit codes: 0 done, 1 a fault of the program, 2 bad input, 3 infeasible, 4 stopped above the asked gap.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from planner import (
    cli_alternatives,
    cli_compare,
    cli_evaluate,
    cli_explain,
    cli_front,
    cli_overrides,
    cli_places,
    cli_report,
    cli_screen,
    cli_sweep,
    cli_template,
)
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
    note,
    told_beside,
)

if TYPE_CHECKING:
    from planner.results import Result
    from planner.studies.plan import InfeasibleCase
    from site_conversion.solve import Progress

app = typer.Typer(
    name="planner",
    help="Plan the conversion of an energised bitcoin-mining site to AI data centres.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CaseArgument = Annotated[Path, typer.Argument(metavar="CASE", help="Case file (YAML or workbook).", show_default=False)]
ResultArgument = Annotated[Path, typer.Argument(metavar="RESULT", help="A result.json.", show_default=False)]


@app.command()
def plan(
    case: CaseArgument,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write result.json and CSV tables into this folder.")
    ] = None,
    gap: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Stop when the plan is proven this close to the best (0.005 = 0.5 %)."),
    ] = 0.005,
    time_limit: Annotated[float | None, typer.Option(min=0.1, help="Stop the solver after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Random seed of the solver.")] = 0,
    start_from: Annotated[
        Path | None,
        typer.Option(metavar="RESULT", help="Start the solver from the plan in an earlier result."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of the summary.")] = False,
    write_model: Annotated[
        Path | None, typer.Option(metavar="FILE.mps", help="Also write the model for other solvers.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the report: .html, .pdf, or a workbook (.xlsx).")
    ] = None,
    change: SetOption = None,
    force: cli_overrides.ForceOption = None,
    forbid: cli_overrides.ForbidOption = None,
    price_each: cli_overrides.PriceEachOption = False,
) -> None:
    """Find the best plan for a case and compare it with going on mining.

    With decisions forced or forbidden, here or in the case, it also says what they cost. Shows progress on stderr;
    Ctrl-C stops the solver and keeps the best plan found so far.
    """
    loaded = cli_overrides.with_fixed(load_case(case, change), force, forbid)
    earlier = None if start_from is None else load_result(start_from)
    _check_targets(out, write_model, report)
    from dataclasses import replace

    from planner.results import save, to_json
    from planner.studies.overrides import PriceOptions
    from planner.studies.plan import InfeasibleCase, NoPlan, PlanOptions
    from planner.studies.plan import plan as make_plan
    from site_conversion.solution import CheckFailed
    from site_conversion.solve import SolveOptions, SolverError

    sources = told_beside(case, loaded.case)
    options = PlanOptions(SolveOptions(gap_frac=gap, time_limit_s=time_limit, seed=seed), write_model, earlier)
    printer = _ProgressPrinter()
    try:
        result = replace(make_plan(loaded.case, loaded.datasets, options, printer), sources=sources)
        result = cli_overrides.with_price(result, PriceOptions(options.solver, price_each), printer)
    except InfeasibleCase as error:
        printer.finish()
        _tell_infeasible(error, out, as_json=as_json)
    except NoPlan as error:
        fail(str(error), STOPPED)
    except (CheckFailed, SolverError) as error:
        fail(f"this is a fault of the program, no plan is shown: {error}", FAULT)
    finally:
        printer.finish()
    if out is not None and _holds_better(out, result):
        note(f"kept {out / 'result.json'}: it holds a better plan of the same case; this one was not written")
    elif out is not None:
        save(result, out)
        note(f"wrote {out / 'result.json'} and its tables")
    if report is not None:
        cli_report.write_report(result, report)
    if as_json:
        print(to_json(result))
    else:
        _print_summary(result)
    searches = [result.plan] if result.free is None else [result.plan, result.free.plan]
    if any(outcome.report.status.value != "optimal" for outcome in searches):
        raise typer.Exit(STOPPED)


@app.command()
def check(result: ResultArgument) -> None:
    """Check a saved result without the solver: every limit and every dollar, from the case in the file."""
    loaded = load_result(result)
    from planner.studies.check import check as run_check

    report = run_check(loaded)
    for remark in report.notes:
        note(f"note: {remark}")
    if not report.clean:
        for finding in report.findings:
            print(f"error: {finding}", file=sys.stderr)
        fail(f"{len(report.findings)} finding(s): the result does not hold", BAD_INPUT)
    cells = len(loaded.plan.cash_flow) + len(loaded.do_nothing.cash_flow)
    print(
        f"{result}: every limit holds and every dollar agrees "
        f"({cells:,} ledger cells, NPV {loaded.plan.npv_musd * 1e6:,.0f} USD, "
        f"do nothing {loaded.do_nothing.npv_musd * 1e6:,.0f} USD)."
    )


@app.command()
def validate(case: CaseArgument, change: SetOption = None) -> None:
    """Check a case file and say everything that is wrong with it at once.

    Exit code 3 if what is signed can be seen to be impossible without planning.
    """
    loaded = load_case(case, change)
    from planner.studies.infeasible import unplannable

    content = loaded.case
    impossible = unplannable(content)
    if impossible is not None:
        fail(f"infeasible: {impossible.why()}\n`planner plan` looks for ways out.", INFEASIBLE)
    offers = {contract.offer for contract in content.contracts}
    print(
        f"{case}: valid. {len(content.site.halls)} halls, {len(content.site.pads)} pads, "
        f"{len(content.designs)} designs, {len(offers)} offers, {len(content.fleet.classes)} ASIC classes."
    )


@app.command()
def schema(
    proposal: Annotated[bool, typer.Option("--proposal", help="That of proposals instead.")] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="That of sweeps instead.")] = False,
    as_reference: Annotated[
        bool, typer.Option("--reference", help="Print every field as a page to read (Markdown) instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of case files (or of proposals or sweeps), for editors."""
    from planner.schemas import json_schema as schemas
    from planner.schemas import reference as pages

    if proposal and sweep:
        fail("give --proposal or --sweep, not both")
    content, title = schemas.case_json_schema(), pages.CASE_TITLE
    if proposal:
        content, title = schemas.proposal_json_schema(), pages.PROPOSAL_TITLE
    if sweep:
        content, title = schemas.sweep_json_schema(), pages.SWEEP_TITLE
    if as_reference:
        print(pages.reference(content, title), end="")
    else:
        print(json.dumps(content, indent=1, ensure_ascii=False))


app.command(context_settings=cli_places.SETTINGS)(cli_places.locate)
app.command()(cli_screen.screen)
app.command()(cli_template.template)
app.command()(cli_evaluate.evaluate)
app.command()(cli_explain.explain)
app.command()(cli_report.report)
app.command()(cli_sweep.sweep)
app.command()(cli_compare.compare)
app.command()(cli_alternatives.alternatives)
app.command()(cli_front.front)


def _check_targets(out: Path | None, write_model: Path | None, report: Path | None) -> None:
    """End the command where a file could not be written later, before any work is done."""
    if out is not None:
        make_folder(out)  # first: the other files may stand in it or beside it
    if write_model is not None:
        cli_report.check_target("--write-model", write_model, ".mps")
        make_folder(write_model.parent, "--write-model")
    if report is not None:
        cli_report.check_target("--report", report, cli_report.HTML, cli_report.PDF, cli_report.XLSX)


def _holds_better(out: Path, result: Result) -> bool:
    """Whether the folder already has a plan of the same case that is worth more than a stopped run's."""
    from planner.results import ResultFileError, load

    if result.plan.report.status.value == "optimal" or not (out / "result.json").exists():
        return False
    try:
        earlier = load(out / "result.json")
    except ResultFileError:
        return False
    return earlier.case == result.case and earlier.plan.npv_musd > result.plan.npv_musd


def _tell_infeasible(error: InfeasibleCase, out: Path | None, *, as_json: bool) -> NoReturn:
    """Write and print why there is no plan, and end the command."""
    from planner.files.whole import write_whole

    if error.why is not None and out is not None:
        write_whole(out / "infeasible.json", error.why.to_json() + "\n")
        note(f"wrote {out / 'infeasible.json'}")
    if error.why is not None and as_json:
        print(error.why.to_json())
    fail(f"infeasible: {error}", INFEASIBLE)


def _print_summary(result: Result) -> None:
    import shutil

    from planner.reports.terminal import summary

    width = shutil.get_terminal_size((130, 40)).columns
    print(summary(result, width=width, color=sys.stdout.isatty()), end="")


class _ProgressPrinter:
    """Bound, incumbent, gap and seconds: one live line on a terminal, a line every five seconds elsewhere."""

    EVERY_S = 5.0

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = 0.0
        self._shown = False

    def __call__(self, progress: Progress) -> None:
        """Print where the search is."""
        if not self._live and progress.seconds - self._last < self.EVERY_S:
            return
        self._last = progress.seconds

        def amount(musd: float | None) -> str:
            return "-" if musd is None else f"{musd:,.1f} MUSD"

        gap = "-" if progress.gap_frac is None else f"{progress.gap_frac:.2%}"
        found = f"best plan {amount(progress.incumbent_musd)}"
        if progress.incumbent_musd is None and progress.counted_musd is not None:
            found = f"equal halls counted, not yet named: {amount(progress.counted_musd)}"
        line = f"{progress.seconds:7.1f} s   {found}   bound {amount(progress.bound_musd)}   gap {gap}"
        self._shown = True
        print(
            f"\r{line:<95}" if self._live else line,
            end="" if self._live else "\n",
            file=sys.stderr,
            flush=True,
        )

    def finish(self) -> None:
        """End the live line, so that what follows starts on its own."""
        if self._live and self._shown:
            print(file=sys.stderr)
            self._shown = False


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()

"""A result as the text of its file, and back.

The file is JSON. Tables name halls, contracts and dates instead of indices, money is in plain dollars. Loading turns
the names back into indices of the Instance that the case translates to.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from pydantic import ValidationError

from planner.results.layout import (
    FORMAT,
    LiftedFile,
    OutcomeFile,
    ResultFile,
    ResultFileError,
    SolverFile,
    WithoutOverridesFile,
)
from planner.results.names import Names
from planner.results.record import Lifted, Outcome, Result, WithoutOverrides
from planner.schemas import Case
from planner.translate import translate
from planner.translate.greenfield import bare_land
from site_conversion.solve import SolveReport


def _dump_outcome(names: Names, outcome: Outcome) -> OutcomeFile:
    solver = SolverFile(**asdict(outcome.report))
    return OutcomeFile(
        npv_usd=outcome.npv_musd * 1e6,
        solver=solver,
        tables={name: names.dump(frame) for name, frame in outcome.tables.items()},
        cash_flow=names.dump(outcome.cash_flow),
        limits=names.dump(outcome.limits),
    )


def _dump_free(names: Names, case: Case, free: WithoutOverrides) -> WithoutOverridesFile:
    pairs = zip(case.overrides, free.lifted, strict=True) if free.lifted else ()
    lifted = [
        LiftedFile(override=override.words, npv_usd=one.npv_musd * 1e6, solver=SolverFile(**asdict(one.report)))
        for override, one in pairs
    ]
    return WithoutOverridesFile(plan=_dump_outcome(names, free.plan), lifted=lifted)


def _load_free(names: Names, case: Case, file: WithoutOverridesFile | None) -> WithoutOverrides | None:
    if file is None:
        return None
    priced, fixed = [one.override for one in file.lifted], [override.words for override in case.overrides]
    if not fixed or (priced and priced != fixed):
        raise ValueError("the prices of overrides are not those of the case's overrides")
    lifted = tuple(Lifted(one.npv_usd / 1e6, _report(one.solver)) for one in file.lifted)
    return WithoutOverrides(_load_outcome(names, "without_overrides", file.plan), lifted)


def _report(file: SolverFile) -> SolveReport:
    return SolveReport(**{name: getattr(file, name) for name in SolverFile.model_fields})


def _load_outcome(names: Names, where: str, file: OutcomeFile) -> Outcome:
    return Outcome(
        tables={name: names.load(f"{where}.tables.{name}", table) for name, table in file.tables.items()},
        cash_flow=names.load(f"{where}.cash_flow", file.cash_flow),
        npv_musd=file.npv_usd / 1e6,
        limits=names.load(f"{where}.limits", file.limits),
        report=_report(file.solver),
    )


def to_json(result: Result) -> str:
    """Return a result as the text of its file."""
    names, bare = Names(result.instance), result.greenfield_instance
    outcome = result.greenfield
    file = ResultFile(
        format=FORMAT,
        version=1,
        created=result.created,
        versions=result.versions,
        datasets=result.datasets,
        asked_gap_frac=result.asked_gap_frac,
        case=result.case.model_dump(mode="json", exclude_none=True),
        plan=_dump_outcome(names, result.plan),
        do_nothing=_dump_outcome(names, result.do_nothing),
        greenfield=None if bare is None or outcome is None else _dump_outcome(Names(bare), outcome),
        without_overrides=None if result.free is None else _dump_free(names, result.case, result.free),
        sources=dict(result.sources),
    )
    return file.model_dump_json(indent=1)


def from_json(text: str) -> Result:
    """Return the result in the text of its file.

    Raises:
        ResultFileError: not JSON, not a result, or its tables do not fit its case.
    """
    try:
        file = ResultFile.model_validate_json(text)
        case = Case.model_validate_json(json.dumps(file.case))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = f"{where}: {first['msg']}" if where else first["msg"]
        raise ResultFileError(f"is not a result of this planner: {said}") from None
    try:
        return _restore(file, case)
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ResultFileError(f"its case and its tables do not fit together ({reason})") from None


def _restore(file: ResultFile, case: Case) -> Result:
    instance = translate(case)
    names = Names(instance)
    return Result(
        case=case,
        instance=instance,
        plan=_load_outcome(names, "plan", file.plan),
        do_nothing=_load_outcome(names, "do_nothing", file.do_nothing),
        greenfield=_load_greenfield(file, case),
        free=_load_free(names, case, file.without_overrides),
        asked_gap_frac=file.asked_gap_frac,
        datasets=file.datasets,
        versions=file.versions,
        created=file.created,
        sources=file.sources,
    )


def _load_greenfield(file: ResultFile, case: Case) -> Outcome | None:
    """Return the plan on bare land; None where none was made, as for a plan of a front."""
    if file.greenfield is None:
        return None
    if case.greenfield is None:
        raise ValueError("a plan on bare land without the terms of bare land")
    return _load_outcome(Names(translate(bare_land(case))), "greenfield", file.greenfield)

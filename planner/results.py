"""A result: the case, its plan and its do-nothing twin, what solved them and with which data; saved whole.

The file is JSON, self-contained and versioned. Tables name halls, contracts and dates instead of indices,
money is in plain dollars. Loading turns the names back into indices of the Instance that the case translates to.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from planner import __version__
from planner.files.cells import safe_cell
from planner.finance.tables import loan_table, waterfall_table
from planner.finance.waterfall import waterfall
from planner.schemas import Case
from planner.translate import translate
from planner.translate.greenfield import bare_land
from site_conversion.instance import MEDIA, Instance
from site_conversion.solve import SolveReport, Status

FORMAT = "conversion-planner result"
AFTER = "after the horizon"
MOST_BYTES = 100_000_000


class ResultFileError(Exception):
    """A file that is not a readable result; the message says what is wrong with it."""


@dataclass(frozen=True)
class Outcome:
    """One solved instance: tables by component, cash flow (MUSD), limits, solver record."""

    tables: dict[str, pd.DataFrame]
    cash_flow: pd.DataFrame  # line, item, column, musd
    npv_musd: float
    limits: pd.DataFrame
    report: SolveReport


@dataclass(frozen=True)
class Lifted:
    """The best plan found with one override lifted and all others kept: what it is worth and how it was found."""

    npv_musd: float
    report: SolveReport


@dataclass(frozen=True)
class WithoutOverrides:
    """What the plan could be without what was decided beforehand."""

    plan: Outcome
    """The best plan found with every override lifted; worth no less than the result's own."""
    lifted: tuple[Lifted, ...] = ()
    """One for each override, in the order of the case; empty where that was not asked for."""


@dataclass(frozen=True)
class Result:
    """A case with its plan and its do-nothing twin."""

    case: Case
    instance: Instance
    plan: Outcome
    do_nothing: Outcome
    asked_gap_frac: float
    datasets: dict[str, str]
    versions: dict[str, str]
    created: str
    greenfield: Outcome | None = None
    """The plan of the same offers on bare land, where the case asks for it; indices of greenfield_instance."""
    free: WithoutOverrides | None = None
    """Beside a case with overrides, once they have been priced."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Path of a figure of the case -> what its author wrote beside it."""

    @cached_property
    def greenfield_instance(self) -> Instance | None:
        """The arrays of bare land."""
        return None if self.greenfield is None else translate(bare_land(self.case))


def software_versions() -> dict[str, str]:
    """Return the versions that made a result."""
    packages = {name: version(name) for name in ("pyomo", "highspy", "numpy", "pandas", "pydantic")}
    return {"planner": __version__, "python": platform.python_version(), **packages}


def now() -> str:
    """Return the time of making, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableFile(_File):
    """A table as column names and rows."""

    columns: list[str]
    rows: list[list[JsonValue]]


class SolverFile(_File):
    """A SolveReport on disk, field by field."""

    status: Status
    objective_musd: float | None
    bound_musd: float | None
    gap_frac: float | None
    seconds: float
    nodes: int
    rows: int
    columns: int
    integers: int
    nonzeros: int
    solver: str


class OutcomeFile(_File):
    """An Outcome on disk."""

    npv_usd: float
    solver: SolverFile
    tables: dict[str, TableFile]
    cash_flow: TableFile
    limits: TableFile


class LiftedFile(_File):
    """A Lifted on disk, with the override it belongs to."""

    override: str
    npv_usd: float
    solver: SolverFile


class WithoutOverridesFile(_File):
    """A WithoutOverrides on disk."""

    plan: OutcomeFile
    lifted: list[LiftedFile] = []


class ResultFile(_File):
    """The layout of result.json."""

    format: Literal["conversion-planner result"]
    version: Literal[1]
    created: str
    versions: dict[str, str]
    datasets: dict[str, str]
    asked_gap_frac: float
    case: dict[str, JsonValue]
    plan: OutcomeFile
    do_nothing: OutcomeFile
    greenfield: OutcomeFile | None = None
    without_overrides: WithoutOverridesFile | None = None
    sources: dict[str, str] = {}


class _Names:
    """Index <-> name for the columns of saved tables."""

    def __init__(self, instance: Instance) -> None:
        starts = [day.isoformat() for day in instance.period_start]
        self.lists: dict[str, list[str]] = {
            "hall": list(instance.halls), "design": list(instance.designs), "contract": list(instance.contracts),
            "asic": list(instance.asics), "upgrade": list(instance.upgrades), "medium": list(MEDIA),
            "supply": list(instance.supply.names), "stage": [end.isoformat() for end in instance.supply.stage_end],
            "place": list(instance.moves.places), "hosting": list(instance.hosting.offers),
            "rig": list(instance.rigs.rigs), "rental": list(instance.rigs.rentals),
            "column": [*starts, AFTER],
        }  # fmt: skip
        for name in ("period", "start", "ready", "build_start", "requested", "energised", "built"):
            self.lists[name] = starts
        self.positions = {key: {name: i for i, name in enumerate(names)} for key, names in self.lists.items()}

    def dump(self, frame: pd.DataFrame) -> TableFile:
        renamed = frame.copy()
        for column in frame.columns:
            if column in self.lists:
                names = self.lists[column]
                renamed[column] = [names[i] if i >= 0 else None for i in frame[column].astype(int)]
        for column in [c for c in renamed.columns if c.endswith("musd")]:
            renamed[column] = renamed[column] * 1e6
        columns = [c[:-4] + "usd" if c.endswith("musd") else c for c in renamed.columns]
        return TableFile(columns=columns, rows=json.loads(renamed.to_json(orient="values", double_precision=15)))

    def load(self, where: str, table: TableFile) -> pd.DataFrame:
        frame = pd.DataFrame(table.rows, columns=table.columns)
        for column in frame.columns:
            if column not in self.positions:
                continue
            positions = self.positions[column]
            names = [None if pd.isna(name) else name for name in frame[column]]
            unknown = [name for name in names if name is not None and name not in positions]
            if unknown:
                raise ResultFileError(f"{where}: '{unknown[0]}' is not a {column} of the case in the file")
            frame[column] = [-1 if name is None else positions[name] for name in names]
        for column in [c for c in frame.columns if c.endswith("usd")]:
            frame[column] = frame[column].astype(float) / 1e6
        return frame.rename(columns={c: c[:-3] + "musd" for c in frame.columns if c.endswith("usd")})


def _dump_outcome(names: _Names, outcome: Outcome) -> OutcomeFile:
    solver = SolverFile(**asdict(outcome.report))
    return OutcomeFile(
        npv_usd=outcome.npv_musd * 1e6,
        solver=solver,
        tables={name: names.dump(frame) for name, frame in outcome.tables.items()},
        cash_flow=names.dump(outcome.cash_flow),
        limits=names.dump(outcome.limits),
    )


def _dump_free(names: _Names, case: Case, free: WithoutOverrides) -> WithoutOverridesFile:
    pairs = zip(case.overrides, free.lifted, strict=True) if free.lifted else ()
    lifted = [
        LiftedFile(override=override.words, npv_usd=one.npv_musd * 1e6, solver=SolverFile(**asdict(one.report)))
        for override, one in pairs
    ]
    return WithoutOverridesFile(plan=_dump_outcome(names, free.plan), lifted=lifted)


def _load_free(names: _Names, case: Case, file: WithoutOverridesFile | None) -> WithoutOverrides | None:
    if file is None:
        return None
    priced, fixed = [one.override for one in file.lifted], [override.words for override in case.overrides]
    if not fixed or (priced and priced != fixed):
        raise ValueError("the prices of overrides are not those of the case's overrides")
    lifted = tuple(Lifted(one.npv_usd / 1e6, _report(one.solver)) for one in file.lifted)
    return WithoutOverrides(_load_outcome(names, "without_overrides", file.plan), lifted)


def _report(file: SolverFile) -> SolveReport:
    return SolveReport(**{name: getattr(file, name) for name in SolverFile.model_fields})


def _load_outcome(names: _Names, where: str, file: OutcomeFile) -> Outcome:
    return Outcome(
        tables={name: names.load(f"{where}.tables.{name}", table) for name, table in file.tables.items()},
        cash_flow=names.load(f"{where}.cash_flow", file.cash_flow),
        npv_musd=file.npv_usd / 1e6,
        limits=names.load(f"{where}.limits", file.limits),
        report=_report(file.solver),
    )


def to_json(result: Result) -> str:
    """Return a result as the text of its file."""
    names, bare = _Names(result.instance), result.greenfield_instance
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
        greenfield=None if bare is None or outcome is None else _dump_outcome(_Names(bare), outcome),
        without_overrides=None if result.free is None else _dump_free(names, result.case, result.free),
        sources=dict(result.sources),
    )
    return file.model_dump_json(indent=1)


def saved_tables(result: Result) -> dict[str, pd.DataFrame]:
    """Return the tables that are saved beside a result, by the name of their file: names for indices, money in USD.

    With a loan there are also the tables of its waterfall.
    """
    names, bare = _Names(result.instance), result.greenfield_instance
    outcomes = [("", result.plan, names), ("do_nothing_", result.do_nothing, names)]
    if bare is not None and result.greenfield is not None:
        outcomes.append(("greenfield_", result.greenfield, _Names(bare)))
    if result.free is not None:
        outcomes.append(("without_overrides_", result.free.plan, _Names(result.instance)))
    saved = {}
    for twin, outcome, names in outcomes:
        frames = {**outcome.tables, "cash_flow": outcome.cash_flow}
        if outcome is result.plan and result.case.finance.debt is not None:
            flows = waterfall(result.case, result.instance, outcome.tables, outcome.cash_flow)
            frames |= {"waterfall": waterfall_table(flows), "loan": loan_table(flows)}
        for name, frame in frames.items():
            table = names.dump(frame)
            saved[f"{twin}{name}"] = pd.DataFrame(table.rows, columns=table.columns)
    return saved


def save(result: Result, folder: Path) -> None:
    """Write result.json and one CSV per table into a folder; each file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "result.json", to_json(result))
    for name, frame in saved_tables(result).items():
        write_whole(folder / f"{name}.csv", frame.map(safe_cell).to_csv(index=False))


def write_whole(path: Path, text: str) -> None:
    """Write to a temporary file beside the target, then rename."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: Path) -> Result:
    """Read a result file.

    Raises:
        ResultFileError: missing, too large, not JSON, not a result, or its tables do not fit its case.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ResultFileError(f"the file is larger than {MOST_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultFileError(f"cannot be read: {error}") from None
    try:
        file = ResultFile.model_validate_json(text)
        case = Case.model_validate_json(json.dumps(file.case))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ResultFileError(f"is not a result of this planner: {where}: {first['msg']}") from None
    try:
        return _restore(file, case)
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ResultFileError(f"its case and its tables do not fit together ({reason})") from None


def _restore(file: ResultFile, case: Case) -> Result:
    instance = translate(case)
    names = _Names(instance)
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
    if (file.greenfield is None) != (case.greenfield is None):
        raise ValueError("greenfield terms and greenfield plan go together")
    if file.greenfield is None:
        return None
    return _load_outcome(_Names(translate(bare_land(case))), "greenfield", file.greenfield)


def tables_for(instance: Instance, earlier: Result) -> dict[str, pd.DataFrame]:
    """Return an earlier result's plan in the indices of another instance; rows it has no place for are dropped."""
    old, new = _Names(earlier.instance), _Names(instance)
    tables = {}
    for name, frame in earlier.plan.tables.items():
        table = old.dump(frame)
        known = [
            row
            for row in table.rows
            if all(
                value is None or column not in new.positions or value in new.positions[column]
                for column, value in zip(table.columns, row, strict=True)
            )
        ]
        tables[name] = new.load(name, TableFile(columns=table.columns, rows=known))
    return tables


def stretch_label(first: str, last: str) -> str:
    """Say a stretch of periods by the labels of its ends, which may be stretches of months themselves."""
    return first if first == last else f"{first.partition(' to ')[0]} to {last.rpartition(' to ')[2]}"


def period_label(start: date, end: date) -> str:
    """Say a period in words: a year, a quarter, or its months."""
    last_month = end.month - 1 or 12
    months = (end.year - start.year) * 12 + end.month - start.month
    if months == 12 and start.month == 1:
        return f"{start.year}"
    if months == 3 and start.month % 3 == 1:
        return f"{start.year} Q{(start.month + 2) // 3}"
    if months == 1:
        return f"{start:%b %Y}"
    last_year = end.year - (1 if end.month == 1 else 0)
    return f"{start:%b %Y} to {date(last_year, last_month, 1):%b %Y}"

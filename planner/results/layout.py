"""The layout of result.json, self-contained and versioned; money is in plain dollars."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from site_conversion.solve import Status

FORMAT = "conversion-planner result"


class ResultFileError(Exception):
    """A file that is not a readable result; the message says what is wrong with it."""


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

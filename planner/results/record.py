"""A result: the case, its plan and its do-nothing twin, what solved them and with which data."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version

import pandas as pd

from planner import __version__
from planner.schemas import Case
from planner.translate import translate
from planner.translate.greenfield import bare_land
from site_conversion.instance import Instance
from site_conversion.solve import SolveReport


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

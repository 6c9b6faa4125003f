"""Plans the conversion of energised bitcoin-mining sites to AI data centres.

From Python (docs/library.md):

    import planner

    case = planner.load_case("case.yaml")
    plan = planner.plan(case, gap=0)
    plan.frames.cash_flow
    plan.chart("megawatts")

The names below are those of `planner.library`, which is imported when the first of them is used: `import planner`
alone takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.library import (
        AlternativePlans,
        CaseFileError,
        CaseStudy,
        ChangeError,
        Chart,
        Comparison,
        DatasetError,
        Explanation,
        Frames,
        InfeasibleCase,
        JournalError,
        Judgement,
        MissingLibrary,
        NoPlaceError,
        NoPlan,
        NothingToDrawError,
        NothingToMove,
        NoWorkers,
        OtherCase,
        ParetoFront,
        PdfError,
        Plan,
        ResultFileError,
        StoppedEarly,
        SweepProgress,
        SweepResult,
        alternatives,
        compare,
        evaluate,
        explain,
        front,
        load_case,
        load_result,
        plan,
        sweep,
    )

__version__ = "0.1.0"

__all__ = [
    "AlternativePlans",
    "CaseFileError",
    "CaseStudy",
    "ChangeError",
    "Chart",
    "Comparison",
    "DatasetError",
    "Explanation",
    "Frames",
    "InfeasibleCase",
    "JournalError",
    "Judgement",
    "MissingLibrary",
    "NoPlaceError",
    "NoPlan",
    "NoWorkers",
    "NothingToDrawError",
    "NothingToMove",
    "OtherCase",
    "ParetoFront",
    "PdfError",
    "Plan",
    "ResultFileError",
    "StoppedEarly",
    "SweepProgress",
    "SweepResult",
    "alternatives",
    "compare",
    "evaluate",
    "explain",
    "front",
    "load_case",
    "load_result",
    "plan",
    "sweep",
]


if not TYPE_CHECKING:  # or a type checker would take every name for one of the library's

    def __getattr__(name: str) -> object:
        """Return a name of the library, which is imported when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module 'planner' has no attribute '{name}'")
        found: object = getattr(import_module("planner.library"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    """Name what the library offers, for completion."""
    return sorted([*globals(), *__all__])

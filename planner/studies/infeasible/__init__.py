"""Why a case has no plan, and ways out of it that have been confirmed."""

from planner.studies.infeasible.conditions import necessary, unplannable
from planner.studies.infeasible.explain import SEARCH_S, explain
from planner.studies.infeasible.records import Change, Infeasibility, WayOut, WayOutKind
from planner.translate.causes import Cause, CauseKind

__all__ = [
    "SEARCH_S", "Cause", "CauseKind", "Change", "Infeasibility", "WayOut", "WayOutKind", "explain", "necessary",
    "unplannable",
]  # fmt: skip

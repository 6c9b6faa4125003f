"""What one search proves about the plan of another: nothing of the same case is worth more than its bound."""

from __future__ import annotations

from dataclasses import replace

from planner.results import Outcome
from site_conversion.solve import SolveReport


def proven_by(best: Outcome, search: SolveReport) -> Outcome:
    """Return a plan with the proof of another search of the same case, whose own plan is worth no more."""
    if best.report is search:
        return best
    bound = search.bound_musd
    proven = None if bound is None else max(bound, best.npv_musd)
    gap = None if proven is None else (proven - best.npv_musd) / max(abs(best.npv_musd), 1e-6)
    report = replace(search, objective_musd=best.report.objective_musd, bound_musd=proven, gap_frac=gap)
    return replace(best, report=report)

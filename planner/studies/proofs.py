"""What one search proves about the plan of another: nothing of the same case is worth more than its bound."""

from __future__ import annotations

from dataclasses import replace

from planner.results import Outcome
from site_conversion.solve import SolveReport, Status


def proven_by(best: Outcome, search: SolveReport) -> Outcome:
    """Return a plan with the proof of another search of the same case, whose own plan is worth no more."""
    if best.report is search:
        return best
    bound = search.bound_musd
    proven = None if bound is None else max(bound, best.npv_musd)
    gap = None if proven is None else (proven - best.npv_musd) / max(abs(best.npv_musd), 1e-6)
    report = replace(search, objective_musd=best.report.objective_musd, bound_musd=proven, gap_frac=gap)
    return replace(best, report=report)


def among_all(plan: Outcome, best: Outcome | None, gap_frac: float) -> Outcome:
    """Return a plan whose own search held decisions, with what is proven of it among all plans of its case.

    Args:
        plan: its own bound is that of the plans which hold the same decisions, and says nothing of the others.
        best: the best plan of the case, None where it was not searched for: then nothing is proven.
        gap_frac: a plan this close to the bound counts as proven.
    """
    if best is None:
        return replace(plan, report=replace(plan.report, status=Status.CHOSEN, bound_musd=None, gap_frac=None))
    proven = proven_by(plan, best.report)
    gap = proven.report.gap_frac
    is_best = best.report.status is Status.OPTIMAL and gap is not None and gap <= gap_frac + 1e-9
    return replace(proven, report=replace(proven.report, status=Status.OPTIMAL if is_best else Status.CHOSEN))

"""The standalone check of a saved result: every limit and every dollar again, from the case in the file."""

from __future__ import annotations

from dataclasses import dataclass

from planner import data
from planner.results import Outcome, Result, WithoutOverrides
from site_conversion.audit import audit
from site_conversion.instance import Instance


@dataclass(frozen=True)
class CheckReport:
    """What the check found, by twin; clean if nothing."""

    findings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether every limit holds and every dollar agrees."""
        return not self.findings


def check(result: Result) -> CheckReport:
    """Audit the plan and its twins, do-nothing and bare land, of a loaded result."""
    instance = result.instance
    findings = [
        *_found("plan", instance, result.plan),
        *_found("do nothing", instance.do_nothing(), result.do_nothing),
        *_solver_claims("plan", result.plan),
        *_solver_claims("do nothing", result.do_nothing),
    ]
    if result.greenfield is not None and result.greenfield_instance is not None:
        findings += _found("bare land", result.greenfield_instance, result.greenfield)
        findings += _solver_claims("bare land", result.greenfield)
    if result.free is not None:
        findings += _found("without overrides", instance.without_overrides(), result.free.plan)
        findings += _solver_claims("without overrides", result.free.plan)
        findings += _no_gain(result, result.free)
    return CheckReport(tuple(findings), _notes(result))


def _no_gain(result: Result, free: WithoutOverrides) -> list[str]:
    """Lifting an override loses nothing, and lifting all of them no less than lifting one."""
    least, found = result.plan.npv_musd, []
    tolerance = 1e-6 * max(1.0, abs(least))
    values = [("every override", free.plan.npv_musd)]
    values += [(f"'{o.words}'", one.npv_musd) for o, one in zip(result.case.overrides, free.lifted, strict=False)]
    for what, npv_musd in values:
        if not least - tolerance <= npv_musd <= free.plan.npv_musd + tolerance:
            found.append(f"without {what} the plan is said to be worth {npv_musd:.6f} MUSD, which cannot be")
    return found


def _found(twin: str, instance: Instance, outcome: Outcome) -> list[str]:
    try:
        findings = audit(instance, outcome.tables, outcome.cash_flow, outcome.npv_musd)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        return [f"{twin}: the tables cannot be read ({type(error).__name__}: {error})"]
    return [f"{twin}: {finding.message}" for finding in findings]


def _solver_claims(twin: str, outcome: Outcome) -> list[str]:
    """The solver record must speak of this plan: its objective is the NPV, its bound not below it, its gap theirs."""
    report, found = outcome.report, []
    value, tolerance = outcome.npv_musd, 1e-6 * max(1.0, abs(outcome.npv_musd))
    if report.objective_musd is None or abs(report.objective_musd - value) > tolerance:
        found.append(f"{twin}: the solver's objective {report.objective_musd} MUSD is not the NPV {value:.6f} MUSD")
        return found
    if report.bound_musd is None:
        return found
    if report.bound_musd < report.objective_musd - tolerance:
        found.append(f"{twin}: the solver's bound {report.bound_musd:.6f} MUSD is below the plan's value")
    gap = (report.bound_musd - report.objective_musd) / max(abs(report.objective_musd), 1e-6)
    if report.gap_frac is None or abs(gap - report.gap_frac) > 1e-6:
        found.append(f"{twin}: the gap {report.gap_frac} is not the one between plan and bound, {gap:.6f}")
    return found


def _notes(result: Result) -> tuple[str, ...]:
    """Datasets that have changed since: the result stands by itself, but a new plan may differ."""
    notes = []
    for name, digest in result.datasets.items():
        try:
            current = data.dataset(name).sha256
        except data.DatasetError as error:
            notes.append(str(error))
            continue
        if current != digest:
            notes.append(f"dataset {name} has changed since this result was made")
    return tuple(notes)

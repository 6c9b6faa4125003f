"""What was decided beforehand, found again in the plan's tables: forced things are there, forbidden ones are not.

Letters as in instance: c contract, h hall, d design, u upgrade, k start, s start of the works.
"""

from __future__ import annotations

from collections.abc import Callable

from site_conversion.audit_plan import Plan
from site_conversion.audit_report import Report
from site_conversion.instance import Instance
from site_conversion.instance_overrides import Override, Subject


def check_overrides(plan: Plan, report: Report) -> None:
    """Every override is obeyed."""
    for override in report.instance.overrides:
        where = f"override '{override.words}'"
        found = _FOUND[override.subject](override, plan)
        if override.forced and not found:
            report.fail("override_forced", where, 0, 1)
        if not override.forced and found:
            report.fail("override_forbidden", where, 1, 0)
        if override.forced and override.halls is not None:
            _check_halls(override, override.halls, plan, report)
        if override.is_dated:
            _check_fit_out(override, plan, report)


def _contract(override: Override, plan: Plan) -> bool:
    """Whether some size begins in one of the periods; forbidden in some halls, whether it takes a bay or rack there."""
    if override.forced or override.halls is None:
        return any(c in override.index and k in override.periods for c, k in plan.starts)
    stands = [(row.contract, row.start, row.hall) for row in plan.placements]
    stands += [(row.contract, row.start, row.hall) for row in plan.taken if row.bays]
    return any(c in override.index and k in override.periods and h in override.halls for c, k, h in stands)


def _hall(override: Override, plan: Plan) -> bool:
    """Whether the hall is converted as is meant."""
    return any(row.converts and _is_meant(row.hall, row.design, row.ready, override) for row in plan.fitouts)


def _is_meant(h: int, d: int, ready: int, override: Override) -> bool:
    return (h,) == override.index and (d, ready) in override.ready


def _design(override: Override, plan: Plan) -> bool:
    return any(row.converts and (row.design,) == override.index for row in plan.fitouts)


def _upgrade(override: Override, plan: Plan) -> bool:
    return any((row.upgrade,) == override.index and row.requested in override.periods for row in plan.requests)


_FOUND: dict[Subject, Callable[[Override, Plan], bool]] = {
    Subject.CONTRACT: _contract, Subject.HALL: _hall, Subject.DESIGN: _design, Subject.UPGRADE: _upgrade,
}  # fmt: skip


def _check_halls(override: Override, wanted: frozenset[int], plan: Plan, report: Report) -> None:
    """The forced offer has racks in each hall that is named, and neither racks nor bays in another."""
    racks = {row.hall for row in plan.placements if row.contract in override.index and row.racks}
    bays = {row.hall for row in plan.taken if row.contract in override.index and row.bays}
    if racks != wanted or not bays <= wanted:
        report.fail("override_halls", f"override '{override.words}'", len(racks | bays), len(racks & wanted))


def _check_fit_out(override: Override, plan: Plan, report: Report) -> None:
    """What is fitted out until the first tenant comes belongs to works that begin as is meant."""
    first = _first_service(override, plan, report.instance)
    for row in plan.fitouts:
        if (row.hall,) != override.index or row.fitted_mw <= 1e-9 or row.ready > first:
            continue
        if _is_meant(row.hall, row.design, row.ready, override) is not override.forced:
            report.fail("override_fit_out", f"override '{override.words}'", 1, 0)


def _first_service(override: Override, plan: Plan, instance: Instance) -> int:
    """Return the period in which the hall's first tenant comes, that after the last if none does."""
    return min((row.start for row in plan.placements if (row.hall,) == override.index), default=instance.periods)

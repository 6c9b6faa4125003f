"""What the energised site is worth: its plan less the best plan of the same offers on bare land."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from planner.results import Result
from planner.schemas.greenfield import OffersWait
from planner.translate.greenfield import bare_land, connection_mw, energised_mw, wait_months
from planner.views.plan import Views


@dataclass(frozen=True)
class GreenfieldView:
    """The greenfield twin beside the plan."""

    npv_usd: float
    """Of the best plan found on bare land; nothing is built where it is zero."""
    worth_usd: float
    """Plan less bare land."""
    least_worth_usd: float | None
    most_worth_usd: float | None
    """Between these the worth lies, whatever the gaps of the two searches hide; unknown without bounds."""
    worth_usd_per_mw: float | None
    """For each MW energised today, firm and interruptible; undefined where there is none."""
    energised_mw: float
    connection_mw: float
    wait_months: float
    requested: date | None
    first_power: date | None
    taken: tuple[str, ...]
    """Offers that bare land serves."""
    first_service: date | None
    offers_wait: bool
    proven: bool
    gap_frac: float | None


def greenfield_view(result: Result) -> GreenfieldView | None:
    """Return the comparison with bare land; None where the case asks for none."""
    terms, outcome, instance = result.case.greenfield, result.greenfield, result.greenfield_instance
    if terms is None or outcome is None or instance is None:
        return None
    twin = Views(replace(result, case=bare_land(result.case), instance=instance, plan=outcome, greenfield=None))
    plan = result.plan
    # nobody buys land to lose money on it: where its best plan does, it is worth nothing
    bare_musd = max(0.0, outcome.npv_musd)
    worth = plan.npv_musd - bare_musd
    bound, twin_bound = plan.report.bound_musd, outcome.report.bound_musd
    mw = energised_mw(result.case)
    served = [row for row in twin.contracts if row.taken and row.start is not None]
    (connection,) = [row for row in twin.upgrades if row.upgrade == instance.upgrades[0]]
    return GreenfieldView(
        npv_usd=bare_musd * 1e6,
        worth_usd=worth * 1e6,
        least_worth_usd=None if twin_bound is None else (plan.npv_musd - max(0.0, twin_bound)) * 1e6,
        most_worth_usd=None if bound is None else (bound - bare_musd) * 1e6,
        worth_usd_per_mw=worth * 1e6 / mw if mw > 0 else None,
        energised_mw=mw,
        connection_mw=connection_mw(result.case, terms),
        wait_months=wait_months(result.case, terms),
        requested=connection.requested,
        first_power=connection.energised,
        taken=tuple(row.contract for row in served),
        first_service=min((row.start for row in served if row.start is not None), default=None),
        offers_wait=terms.offers_wait is OffersWait.YES,
        proven=outcome.report.status.value == "optimal",
        gap_frac=outcome.report.gap_frac,
    )

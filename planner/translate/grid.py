"""Time in the queue: quantiles of a delay, and when an asked-for upgrade is energised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import exp, log
from statistics import NormalDist

import numpy as np

from planner.schemas.case import Case
from planner.schemas.site import QueueDelay, Upgrade
from planner.translate.calendar import Timeline, add_months
from site_conversion.instance import Floats, Ints

CHANGE_OF_USE = "change of use"


def delay_months(queue: QueueDelay, quantile_frac: float) -> float:
    """Return the delay at a quantile, log-normal on each side of the median through p10, p50 and p90.

    A zero delay at any of the three makes the scale linear instead.
    """
    z10, z = NormalDist().inv_cdf(0.1), NormalDist().inv_cdf(quantile_frac)
    outer = queue.p10_months if z < 0 else queue.p90_months
    weight = abs(z / z10)
    if min(queue.p10_months, queue.p50_months) <= 0:
        return max(0.0, queue.p50_months + weight * (outer - queue.p50_months))
    return exp(log(queue.p50_months) + weight * (log(outer) - log(queue.p50_months)))


def energised_date(upgrade: Upgrade, request: date, quantile_frac: float) -> date:
    """Return when an upgrade asked for on a date is energised.

    Queue and equipment run side by side from the request; the later one, then commissioning.
    """
    lead = max((item.lead_time_months for item in upgrade.equipment), default=0.0)
    critical = max(delay_months(upgrade.queue, quantile_frac), lead)
    return add_months(request, critical + upgrade.commissioning_months)


def critical_path(upgrade: Upgrade, quantile_frac: float) -> str:
    """Say what takes the time between the request and the energisation."""
    queue = delay_months(upgrade.queue, quantile_frac)
    slowest = max(upgrade.equipment, key=lambda item: item.lead_time_months, default=None)
    if slowest is not None and slowest.lead_time_months > queue:
        words = f"{slowest.name} takes {slowest.lead_time_months:.4g} months"
    else:
        words = f"queue of {queue:.1f} months at its {quantile_frac:.0%} quantile"
    return words + (f", then {upgrade.commissioning_months:.4g} to commission" if upgrade.commissioning_months else "")


def capex_usd(upgrade: Upgrade) -> float:
    """Return what an upgrade costs, the connection it needs included.

    Raises:
        ValueError: the cost of the connection was not filled in from its distance.
    """
    if upgrade.connection is None:
        return upgrade.capex_usd
    if upgrade.connection.usd is None:
        raise ValueError(f"the connection of upgrade {upgrade.id} has not been priced")
    return upgrade.capex_usd + upgrade.connection.usd


@dataclass(frozen=True)
class GridArrays:
    """The upgrade part of the Instance, fields named as there."""

    upgrades: tuple[str, ...]
    upgrade_firm_mw: Floats
    upgrade_interruptible_mw: Floats
    upgrade_ai_mw: Floats
    upgrade_substation_mw: Floats
    upgrade_energised: Ints
    upgrade_spend_musd: Floats


def site_upgrades(case: Case) -> tuple[Upgrade, ...]:
    """Return the site's upgrades, with the change of use as one more: it frees the firm MW for AI."""
    site = case.site
    if site.change_of_use is None:
        return site.upgrades
    consent = Upgrade(
        id=CHANGE_OF_USE.replace(" ", "-"),
        name=CHANGE_OF_USE,
        ai_mw=max(site.firm_mw, 1e-3),
        capex_usd=site.change_of_use.fee_usd,
        deposit_usd=site.change_of_use.fee_usd,
        queue=site.change_of_use.queue,
    )
    return (*site.upgrades, consent)


def _labels(upgrades: tuple[Upgrade, ...]) -> tuple[str, ...]:
    """Return a name for each upgrade, its id added where two have the same."""
    names = [upgrade.name or upgrade.id for upgrade in upgrades]
    return tuple(
        name if names.count(name) == 1 else f"{name} ({upgrade.id})"
        for name, upgrade in zip(names, upgrades, strict=True)
    )


def grid_arrays(case: Case, time: Timeline) -> GridArrays:
    """Return dates and spending of every upgrade for every request period."""
    upgrades = site_upgrades(case)
    periods = time.periods
    energised = np.full((len(upgrades), periods), -1, dtype=np.int64)
    spend = np.zeros((len(upgrades), periods, periods))
    level = np.power(1 + case.finance.capex_escalator_frac_per_year, time.mid_years)
    for u, upgrade in enumerate(upgrades):
        for q in range(periods):
            request = time.boundaries[q]
            too_early = upgrade.earliest_request is not None and request < upgrade.earliest_request
            too_late = upgrade.latest_request is not None and request > upgrade.latest_request
            if too_early or too_late:
                continue
            ready = energised_date(upgrade, request, case.study.queue_quantile_frac)
            energised[u, q] = time.first_period_from(ready)
            if energised[u, q] < 0:
                continue
            days = time.overlap_frac(request, ready) * time.days
            share = days / days.sum() if days.sum() > 0 else np.eye(periods)[q]
            spend[u, q] = (capex_usd(upgrade) - upgrade.deposit_usd) * share * level
            spend[u, q, q] += upgrade.deposit_usd * level[q]
    return GridArrays(
        upgrades=_labels(upgrades),
        upgrade_firm_mw=np.array([upgrade.firm_mw for upgrade in upgrades], dtype=np.float64),
        upgrade_interruptible_mw=np.array([upgrade.interruptible_mw for upgrade in upgrades], dtype=np.float64),
        upgrade_ai_mw=np.array(
            [upgrade.firm_mw if upgrade.ai_mw is None else upgrade.ai_mw for upgrade in upgrades],
            dtype=np.float64,
        ),
        upgrade_substation_mw=case.site.power_factor
        * np.array([upgrade.substation_mva for upgrade in upgrades], dtype=np.float64),
        upgrade_energised=energised,
        upgrade_spend_musd=spend / 1e6,
    )

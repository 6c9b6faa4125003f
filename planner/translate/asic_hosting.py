"""Offers to host other people's ASICs as arrays: dates, room, and every dollar of each start."""

from __future__ import annotations

import numpy as np

from planner.schemas.case import Case
from planner.schemas.machines import AsicHosting
from planner.schemas.site import MiningCooling
from planner.schemas.tenants import PowerTerms
from planner.translate.calendar import Timeline
from planner.translate.hashing import stretches
from planner.translate.prices import PowerCurves, coincident_peak_usd_per_mw, demand_usd_per_mw
from site_conversion.instance import Bools, Floats, Ints
from site_conversion.instance_hosting import Hosting


def hosted_months(case: Case, time: Timeline) -> Bools:
    """Return the months in which an offer started at a period is served [i, k, month]; service is whole months."""
    served = np.zeros((len(case.fleet.hosted), time.periods, len(time.month_days)), dtype=np.bool_)
    for i, offer in enumerate(case.fleet.hosted):
        for k in np.nonzero(may_start(offer, time))[0].tolist():
            first = time.month_of(time.boundaries[k])
            served[i, k, first : first + offer.term_months] = True
    return served


def may_start(offer: AsicHosting, time: Timeline) -> Bools:
    """Return the periods with whose start the service may begin."""
    earliest = offer.earliest_start or time.start
    return np.array([earliest <= day <= offer.latest_start for day in time.boundaries[:-1]], dtype=np.bool_)


def hosting(case: Case, time: Timeline, curves: PowerCurves, take_months: Ints) -> Hosting:
    """Return dates, room and money of every offer for every start.

    Running cost is at the study's prices and grows with that of one's own machines. Power is what the hours drawn cost
    month by month, and the demand charge of every MW.

    Args:
        case: the case.
        time: its months and periods.
        curves: its price curves.
        take_months: first month of each billing stretch of the minimum take.
    """
    offers, operations = case.fleet.hosted, case.fleet.operations
    served = hosted_months(case, time)
    level = np.append(np.power(1 + operations.escalator_frac_per_year, time.mid_years), 0.0)
    shape = (len(offers), time.periods, time.periods)
    fee, power, opex, energy, in_service = (np.zeros(shape) for _ in range(5))
    for i, offer in enumerate(offers):
        cost_per_mw = month_power_usd_per_mw(case, offer, time, curves)
        mwh = offer.mw * offer.uptime_frac * 24 * time.month_days
        yearly = offer.mw * offer.opex_usd_per_mw_year * level[time.month_column]
        running = yearly * time.month_days / time.month_year_days
        for k in np.nonzero(may_start(offer, time))[0].tolist():
            months = served[i, k]
            anniversary = (np.cumsum(months) - 1) // 12
            rate = offer.fee_usd_per_mwh * np.power(1 + offer.fee_escalator_frac_per_year, np.maximum(anniversary, 0))
            fee[i, k] = time.period_sums(months * rate * mwh)
            power[i, k] = time.period_sums(months * offer.mw * cost_per_mw)
            opex[i, k] = time.period_sums(months * running)
            energy[i, k] = time.period_sums(months * mwh)
            in_service[i, k] = time.period_sums(months * 1.0)
    return Hosting(
        offers=tuple(offer.id for offer in offers),
        kind=np.array([tuple(MiningCooling).index(offer.cooling) for offer in offers], dtype=np.int64),
        mw=np.array([offer.mw for offer in offers], dtype=np.float64),
        start_allowed=np.array([may_start(offer, time) for offer in offers], dtype=np.bool_).reshape(shape[:2]),
        in_service=in_service > 0,
        fee_musd=fee / 1e6,
        power_musd=power / 1e6,
        opex_musd=opex / 1e6,
        repaid_frac=np.array([offer.power is PowerTerms.PASSED_THROUGH for offer in offers], dtype=np.float64),
        energy_mwh=energy,
        take_load_frac=served[..., take_months].astype(np.float64),
        must_serve=np.array([offer.signed for offer in offers], dtype=np.bool_),
    )


def month_power_usd_per_mw(case: Case, offer: AsicHosting, time: Timeline, curves: PowerCurves) -> Floats:
    """Return what a hosted MW pays for power in each month of the study.

    The hours left out of the promise are the dearest ones of the month. If there are enough of them to stay out of the
    grid's peaks, those hours come first, taken evenly out of all hours as for one's own machines, and no
    coincident-peak charge is paid; otherwise the whole charge is.
    """
    left_out, peak = 1 - offer.uptime_frac, case.market.power.coincident_peak
    avoids = peak is not None and left_out > 0 and left_out * 8_760 >= peak.avoided_hours_per_year
    cost = demand_usd_per_mw(case.market.power, curves)
    if not avoids:
        cost = cost + coincident_peak_usd_per_mw(case.market.power, curves)
    for stretch in stretches(case.market, time):
        lost = stretch.lost_frac if avoids else 0.0
        rest = max(0.0, left_out - lost) / (1 - lost)
        price = curves.month(stretch.month).mean_without_dearest(rest)
        cost[stretch.month] += stretch.days * 24 * offer.uptime_frac * price
    return np.asarray(cost, dtype=np.float64)

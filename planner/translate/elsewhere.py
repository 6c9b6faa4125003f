"""Ages of machines and other places that take them, as arrays."""

from __future__ import annotations

import numpy as np

from planner.schemas.case import Case
from planner.schemas.fleet import AsicClass, Elsewhere
from planner.translate.calendar import Timeline, add_months
from planner.translate.fleet import FleetArrays
from planner.translate.hashing import efficiency_j_per_th, unit_mw
from planner.translate.prices import month_hashprice, revenue_usd_per_mwh
from site_conversion.instance import Bools, Floats, Ints
from site_conversion.instance_moves import Moves


def moves(case: Case, time: Timeline, fleet: FleetArrays) -> Moves:
    """Return ages, places and what machines earn there.

    A machine at a place runs in the months in which a MWh earns more, net of the pool's fee, than the place's all-in
    price, while it is up. Prices of places and moves are as typed, in every year.
    """
    classes, places, periods = case.fleet.classes, case.fleet.elsewhere, time.periods
    aged, start_young, bought_young = _ages(classes, time)
    may_stay = np.array([[_open(machine, place, time) for place in places] for machine in classes], dtype=np.bool_)
    may_stay = may_stay.reshape(len(classes), len(places), periods) & fleet.asic_kept[:, None, :]
    shape = (len(classes), len(places))
    revenue, cost = np.zeros((*shape, periods)), np.zeros((*shape, periods))
    lost, saved, move = np.zeros((*shape, periods, periods)), np.zeros((*shape, periods, periods)), np.zeros(shape)
    hashprice = month_hashprice(case.market, time)
    for a, machine in enumerate(classes):
        for e, place in enumerate(places):
            move[a, e] = place.move_usd_per_machine / unit_mw(machine)
            daily = _daily_usd(case, machine, place, hashprice, time)
            stays = may_stay[a, e]
            days = time.month_days_within(place.opens, place.closes)
            revenue[a, e], cost[a, e] = (time.period_sums(days * usd) * stays for usd in daily)
            for q in np.nonzero(stays)[0].tolist():
                start = time.boundaries[q]
                away = time.month_days_within(start, add_months(start, place.downtime_months))
                away = np.minimum(away, days)
                lost[a, e, q], saved[a, e, q] = (time.period_sums(away * usd) * stays for usd in daily)
    return Moves(
        aged=aged,
        start_young=start_young,
        bought_young=bought_young,
        places=tuple(place.id for place in places),
        room_mw=np.array([place.room_mw for place in places], dtype=np.float64),
        may_stay=may_stay,
        leaves=_leaves(fleet, start_young, bought_young),
        move_musd_per_mw=move / 1e6,
        away_revenue_musd_per_mw=revenue / 1e6,
        away_cost_musd_per_mw=cost / 1e6,
        lost_revenue_musd_per_mw=lost / 1e6,
        saved_cost_musd_per_mw=saved / 1e6,
    )


def _ages(classes: tuple[AsicClass, ...], time: Timeline) -> tuple[Bools, Bools, Bools]:
    """Return which classes age, and where machines of the start and of each purchase are young enough."""
    periods = time.periods
    aged = np.array([machine.retire_age_years is not None for machine in classes], dtype=np.bool_)
    start_young = np.ones((len(classes), periods), dtype=np.bool_)
    bought_young = np.ones((len(classes), periods, periods), dtype=np.bool_)
    starts = time.ordinals[:-1]
    for a, machine in enumerate(classes):
        if machine.retire_age_years is None:
            continue
        months = machine.retire_age_years * 12
        if machine.bought is not None:
            start_young[a] = starts < add_months(machine.bought, months).toordinal()
        for q, day in enumerate(time.boundaries[:-1]):
            bought_young[a, q] = starts < add_months(day, months).toordinal()
    return aged, start_young, bought_young


def _open(machine: AsicClass, place: Elsewhere, time: Timeline) -> Bools:
    """Whether a place takes machines of a class, by the start of each period."""
    if place.cooling is not machine.cooling:
        return np.zeros(time.periods, dtype=np.bool_)
    return np.array(
        [
            (place.opens is None or day >= place.opens) and (place.closes is None or day < place.closes)
            for day in time.boundaries[:-1]
        ],
        dtype=np.bool_,
    )


def _daily_usd(
    case: Case, machine: AsicClass, place: Elsewhere, hashprice: Floats, time: Timeline
) -> tuple[Floats, Floats]:
    """Return what a MW earns and costs there on a day of each month: nothing in months that do not pay."""
    operations = case.fleet.operations
    earned = np.zeros(len(time.month_days))
    per_mwh = np.array([revenue_usd_per_mwh(usd, efficiency_j_per_th(machine)) for usd in hashprice.tolist()])
    earned[: len(per_mwh)] = per_mwh * (1 - operations.pool_fee_frac)
    pays = (earned > place.all_in_usd_per_mwh).astype(np.float64)
    hours = np.asarray(24 * operations.uptime_frac * pays, dtype=np.float64)
    return hours * earned, hours * place.all_in_usd_per_mwh


def _leaves(fleet: FleetArrays, start_young: Bools, bought_young: Bools) -> Ints:
    """Return the first period for which the oldest machines that can still be on the site at q are too old."""
    classes, periods = start_young.shape
    leaves = np.zeros((classes, periods), dtype=np.int64)
    for a in range(classes):
        for q in range(periods):
            vintages = [bought_young[a, s] for s in range(q + 1) if fleet.asic_buy_limit_mw[a, s] > 0]
            if fleet.asic_owned_mw[a] > 0:
                vintages.insert(0, start_young[a])
            young = next((vintage for vintage in vintages if vintage[q]), np.zeros(periods, dtype=np.bool_))
            old = np.nonzero(~young[q:])[0]
            leaves[a, q] = q + int(old[0]) if len(old) else periods
    return leaves

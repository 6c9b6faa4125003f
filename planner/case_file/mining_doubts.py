"""Figures of machines, halls and power that are possible but look like another unit, or cannot have been meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from planner.case_file.checks import study_end
from planner.schemas import Case
from planner.schemas.base import DatedUsd
from planner.schemas.fleet import AsicClass, AsicPurchase

J_PER_TH = (4.0, 200.0)
"""From what makers announce for the next years up to machines of 2015."""
USD_PER_MWH = (2.0, 500.0)
"""Mean of a year's energy prices."""
MOST_FLEETS = 3.0
"""Machines that need more than this many times the room of their halls are a mistake of units."""
LEAST_HOURS = 8_000
"""A year's hours of temperature must come near to 8,760."""


def mining_doubts(case: Case) -> Iterator[str]:
    """Yield one sentence for each figure that a person should look at again."""
    yield from _efficiencies(case)
    yield from _room(case)
    yield from _trade(case)
    yield from _energy_price(case)
    yield from _hours(case)


def _efficiencies(case: Case) -> Iterator[str]:
    low, high = J_PER_TH
    for machine in case.fleet.classes:
        found = machine.power_w / machine.hashrate_ths
        if not low <= found <= high:
            yield (
                f"machines '{machine.id}' need {found:,.3g} J/TH ({machine.power_w:g} W for {machine.hashrate_ths:g} "
                f"TH/s), not {low:g} to {high:g}; is power_w in kW, or the hashrate in another unit?"
            )


def _room(case: Case) -> Iterator[str]:
    """Say what machines have no room, and what halls take more machines than their feeders carry."""
    room_mw: dict[str, float] = {}
    for hall in case.site.halls:
        if hall.mining is None:
            continue
        kind = hall.mining.cooling.value
        room_mw[kind] = room_mw.get(kind, 0.0) + hall.mining.capacity_mw
        if hall.mining.capacity_mw > hall.electrical_mw * (1 + 1e-9):
            yield (
                f"hall '{hall.id}' hosts {hall.mining.capacity_mw:g} MW of machines, its feeders carry "
                f"{hall.electrical_mw:g} MW; are both gross, at the meter?"
            )
    for machine in case.fleet.classes:
        kind, mw = machine.cooling.value, machine.count * machine.power_w * (1 + machine.overhead_frac) / 1e6
        room = room_mw.get(kind, 0.0)
        if mw > 0 and room == 0:
            yield f"machines '{machine.id}' are {kind}-cooled, and no hall hosts such machines: they never run here"
        elif mw > MOST_FLEETS * room:
            yield (
                f"the {machine.count:,} machines '{machine.id}' draw {mw:,.0f} MW, the {kind}-cooled halls host "
                f"{room:,.0f} MW; is the count right?"
            )


def _trade(case: Case) -> Iterator[str]:
    """Say where a used machine is typed dearer than a new one: the planner takes the price of the new one."""
    years = [date(year, case.study.start.month, 1) for year in range(case.study.start.year, study_end(case).year + 1)]
    for machine in case.fleet.classes:
        if machine.purchase is None:
            continue
        for day in years:
            used, new = _resale_usd(machine, case.study.start, day), _price_usd(machine.purchase, case.study.start, day)
            if used > new * (1 + 1e-9):
                yield (
                    f"used machines '{machine.id}' would bring {used:.3g} USD per TH/s in {day:%b %Y}, new ones cost "
                    f"{new:.3g}: where that is so, they are sold for the price of a new one and no more"
                )
                break


def _resale_usd(machine: AsicClass, start: date, day: date) -> float:
    return _usd(machine.resale_curve, machine.resale_usd_per_ths, machine.resale_change_frac_per_year, start, day)


def _price_usd(purchase: AsicPurchase, start: date, day: date) -> float:
    level = purchase.price_usd_per_ths or 0.0
    return _usd(purchase.price_curve, level, purchase.price_change_frac_per_year, start, day)


def _usd(curve: Sequence[DatedUsd], level: float, change: float, start: date, day: date) -> float:
    if curve:
        dates = [point.date.toordinal() for point in curve]
        return float(np.interp(day.toordinal(), dates, [point.usd for point in curve]))
    return float(level * (1 + change) ** ((day - start).days / 365.25))


def _energy_price(case: Case) -> Iterator[str]:
    curve = case.market.power.curve
    if not curve:
        return
    mean = sum(step.hours_frac * step.usd_per_mwh for entry in curve for step in entry.bins) / len(curve)
    low, high = USD_PER_MWH
    if mean and not low <= mean <= high:
        yield f"energy costs {mean:.3g} USD per MWh in the mean of a year, not {low:g} to {high:g}; is it per kWh?"


def _hours(case: Case) -> Iterator[str]:
    hours = max(case.site.climate.hours_below_c.values())
    if hours < LEAST_HOURS:
        yield (
            f"hours_below_c of the climate ends at {hours:,.0f} hours of the year's 8,760; the last temperature must "
            "be one that is hardly ever exceeded"
        )

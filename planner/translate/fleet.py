"""The ASIC fleet as arrays: MW per class, prices to buy and sell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas.case import Case
from planner.schemas.fleet import AsicClass, AsicPurchase
from planner.schemas.site import MiningCooling
from planner.translate.calendar import Timeline, dated_usd, year_position
from planner.translate.hashing import unit_mw
from site_conversion.instance import Bools, Floats, Ints


@dataclass(frozen=True)
class FleetArrays:
    """The fleet part of the Instance, fields named as there."""

    asics: tuple[str, ...]
    asic_kind: Ints
    asic_owned_mw: Floats
    asic_kept: Bools
    asic_buy_musd_per_mw: Floats
    asic_buy_limit_mw: Floats
    asic_resale_musd_per_mw: Floats
    site_fixed_musd: Floats


def fleet_arrays(case: Case, time: Timeline) -> FleetArrays:
    """Return fleet and prices of every class and period."""
    classes, operations = case.fleet.classes, case.fleet.operations
    opex_level = np.power(1 + operations.escalator_frac_per_year, time.mid_years)
    buy, limit, resale, kept = _trade(classes, time)
    kinds = tuple(MiningCooling)
    return FleetArrays(
        asics=tuple(machine.id for machine in classes),
        asic_kind=np.array([kinds.index(machine.cooling) for machine in classes], dtype=np.int64),
        asic_owned_mw=np.array([machine.count * unit_mw(machine) for machine in classes], dtype=np.float64),
        asic_kept=kept,
        asic_buy_musd_per_mw=buy / 1e6,
        asic_buy_limit_mw=limit,
        asic_resale_musd_per_mw=resale / 1e6,
        site_fixed_musd=operations.site_fixed_usd_per_year * time.years * opex_level / 1e6,
    )


def _trade(classes: tuple[AsicClass, ...], time: Timeline) -> tuple[Floats, Floats, Floats, Bools]:
    """Return buying price, buying limit, resale price and keepability; prices are those of the period's start.

    Nobody pays more for a used machine than for a new one: resale is at most the price of buying on the same day.
    """
    shape = (len(classes), time.periods)
    buy, limit, resale = np.zeros(shape), np.zeros(shape), np.zeros((shape[0], shape[1] + 1))
    kept = np.ones(shape, dtype=np.bool_)
    positions = np.array([year_position(day) for day in time.boundaries])
    years = positions - year_position(time.start)
    starts = np.array([day.toordinal() for day in time.boundaries[:-1]])
    for a, machine in enumerate(classes):
        ths_per_mw = machine.hashrate_ths / unit_mw(machine)
        resale[a] = ths_per_mw * (
            dated_usd(machine.resale_curve, positions)
            if machine.resale_curve
            else machine.resale_usd_per_ths * np.power(1 + machine.resale_change_frac_per_year, years)
        )
        if machine.retire_by is not None:
            kept[a] = starts < machine.retire_by.toordinal()
        if machine.purchase is not None:
            new = ths_per_mw * _purchase_usd_per_ths(machine.purchase, positions, years)
            buy[a], resale[a] = new[:-1], np.minimum(resale[a], new)
            limit[a] = machine.purchase.max_count_per_year * time.years * unit_mw(machine) * kept[a]
    return buy, limit, resale, kept


def _purchase_usd_per_ths(purchase: AsicPurchase, positions: Floats, years: Floats) -> Floats:
    if purchase.price_usd_per_ths is None:
        return dated_usd(purchase.price_curve, positions)
    return np.asarray(purchase.price_usd_per_ths * np.power(1 + purchase.price_change_frac_per_year, years))

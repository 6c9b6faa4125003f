"""Legacy GPU rigs and their rental as arrays."""

from __future__ import annotations

import numpy as np

from planner.schemas.case import Case
from planner.schemas.machines import RigClass, RigGrade, RigRental
from planner.schemas.site import MiningCooling
from planner.translate.calendar import Timeline, year_position
from planner.translate.prices import PowerCurves, coincident_peak_usd_per_mw, demand_usd_per_mw
from site_conversion.instance import Floats, Ints
from site_conversion.instance_rigs import GRADES, Rigs

KRIG = 1_000


def rental_days(case: Case, time: Timeline) -> Floats:
    """Return the days of each month of the study on which a rental runs [j, month]."""
    days = np.array(
        [time.month_days_within(rental.earliest_start, rental.until) for rental in case.fleet.rig_rentals],
        dtype=np.float64,
    ).reshape(len(case.fleet.rig_rentals), len(time.month_days))
    return np.asarray(days * (time.month_column < time.periods), dtype=np.float64)


def rigs(case: Case, time: Timeline, curves: PowerCurves, take_months: Ints) -> Rigs:
    """Return classes, what they become and cost, and rentals.

    Upgrade, rebuild and strip prices are as typed in every year; resale follows its yearly change; the running cost of
    rented rigs is at the study's prices and grows with that of hashing.

    Args:
        case: the case.
        time: its months and periods.
        curves: its price curves.
        take_months: first month of each billing stretch of the minimum take.
    """
    classes, rentals = case.fleet.rigs, case.fleet.rig_rentals
    years = np.array([year_position(day) for day in time.boundaries]) - year_position(time.start)
    kept = np.array([_kept(rig, time) for rig in classes], dtype=np.bool_).reshape(len(classes), time.periods)
    rebuilt = np.array([rig.rebuild is not None for rig in classes], dtype=np.bool_)
    days = rental_days(case, time)
    share = days / time.month_days
    rent, power, mwh = _rent(case, time, curves, days)
    level = np.append(np.power(1 + case.fleet.operations.escalator_frac_per_year, time.mid_years), 0.0)
    opex = [rental.opex_usd_per_rig_month * level[time.month_column] * share[j] for j, rental in enumerate(rentals)]

    def each(values: list[float]) -> Floats:
        return np.array(values, dtype=np.float64) * KRIG / 1e6

    return Rigs(
        rigs=tuple(rig.id for rig in classes),
        kind=np.array([tuple(MiningCooling).index(rig.cooling) for rig in classes], dtype=np.int64),
        owned_krigs=np.array([rig.count / KRIG for rig in classes], dtype=np.float64),
        kept=kept,
        usable_krigs=np.array([rig.usable_frac * rig.count / KRIG for rig in classes], dtype=np.float64),
        may_upgrade=kept,
        may_rebuild=kept & rebuilt[:, None],
        upgrade_musd_per_krig=each([rig.upgrade_usd_per_rig for rig in classes]),
        rebuild_musd_per_krig=each([_rebuild_usd(rig) for rig in classes]),
        strip_musd_per_krig=each([rig.rebuild.strip_usd_per_rig if rig.rebuild else 0.0 for rig in classes]),
        resale_musd_per_krig=_stacked([_resale_usd(rig, years) for rig in classes], time.periods + 1),
        rebuilt_resale_musd_per_krig=_stacked(
            [_rebuilt_resale_usd(rig, years) for rig in classes], time.periods, time.periods + 1
        ),
        mw_per_krig=np.array(
            [[rig_mw(rig, grade) * KRIG for grade in RigGrade] for rig in classes], dtype=np.float64
        ).reshape(len(classes), len(GRADES)),
        rentals=tuple(rental.id for rental in rentals),
        rental_grade=np.array([GRADES.index(rental.grade.value) for rental in rentals], dtype=np.int64),
        rental_krigs=np.array([rental.rigs / KRIG for rental in rentals], dtype=np.float64),
        rental_runs=np.array([time.period_sums(row) > 0 for row in days], dtype=np.bool_).reshape(
            len(rentals), time.periods
        ),
        rent_musd_per_krig=rent * KRIG / 1e6,
        rent_power_musd_per_krig=power * KRIG / 1e6,
        rent_opex_musd_per_krig=_stacked([time.period_sums(monthly) for monthly in opex], time.periods),
        rent_mwh_per_krig=mwh * KRIG,
        take_load_frac=share[:, take_months],
    )


def rig_mw(rig: RigClass, grade: RigGrade) -> float:
    """Gross MW of a rig at work, fans and losses included; 0 where it cannot have the grade."""
    if grade is RigGrade.UPGRADED:
        return rig.power_w * (1 + rig.overhead_frac) / 1e6
    return 0.0 if rig.rebuild is None else rig.rebuild.power_w * (1 + rig.overhead_frac) / 1e6


def _gpus(rig: RigClass, grade: RigGrade) -> int:
    if grade is RigGrade.UPGRADED:
        return rig.gpus_per_rig
    return 0 if rig.rebuild is None else rig.rebuild.gpus_per_rig


def _kept(rig: RigClass, time: Timeline) -> list[bool]:
    return [rig.retire_by is None or day < rig.retire_by for day in time.boundaries[:-1]]


def _rebuild_usd(rig: RigClass) -> float:
    return 0.0 if rig.rebuild is None else rig.rebuild.gpus_per_rig * rig.rebuild.usd_per_gpu


def _resale_usd(rig: RigClass, years: Floats) -> Floats:
    """Net price of a rig as it is at the borders of the periods."""
    return np.asarray(rig.resale_usd_per_rig * np.power(1 + rig.resale_change_frac_per_year, years), dtype=np.float64)


def _rebuilt_resale_usd(rig: RigClass, years: Floats) -> Floats:
    """Net price of a rig rebuilt at the start of q, at every later border: a straight line over its life, then flat."""
    if rig.rebuild is None:
        return np.zeros((len(years) - 1, len(years)))
    age = np.maximum(years[None, :] - years[:-1, None], 0.0) / rig.rebuild.life_years
    fallen = (1 - rig.rebuild.resale_frac_at_end_of_life) * np.minimum(age, 1.0)
    return np.asarray(_rebuild_usd(rig) * (1 - fallen), dtype=np.float64)


def _stacked(usd_per_rig: list[Floats], *shape: int) -> Floats:
    return np.array(usd_per_rig, dtype=np.float64).reshape(len(usd_per_rig), *shape) * KRIG / 1e6


def _rent(case: Case, time: Timeline, curves: PowerCurves, days: Floats) -> tuple[Floats, Floats, Floats]:
    """Return rent, power cost and MWh of a rented rig by rental, class and period."""
    classes, rentals, market = case.fleet.rigs, case.fleet.rig_rentals, case.market.power
    price = curves.month_mean_usd_per_mwh()
    demand = demand_usd_per_mw(market, curves) + coincident_peak_usd_per_mw(market, curves)
    rent, power, mwh = (np.zeros((len(rentals), len(classes), time.periods)) for _ in range(3))
    for j, rental in enumerate(rentals):
        worked_hours = days[j] * 24 * rental.utilisation_frac
        rate = _rate_usd_per_gpu_hour(rental, time)
        for r, rig in enumerate(classes):
            mw = rig_mw(rig, rental.grade)
            rent[j, r] = time.period_sums(_gpus(rig, rental.grade) * rate * worked_hours)
            power[j, r] = mw * time.period_sums(price * worked_hours + demand * days[j] / time.month_days)
            mwh[j, r] = mw * time.period_sums(worked_hours)
    return rent, power, mwh


def _rate_usd_per_gpu_hour(rental: RigRental, time: Timeline) -> Floats:
    """Rate of each month, that of its middle."""
    return np.asarray(
        rental.usd_per_gpu_hour * np.power(1 + rental.rate_change_frac_per_year, time.month_years + 1 / 24),
        dtype=np.float64,
    )

"""What a MW of hashing is made of, month by month, so that its hours can be chosen anew at other prices.

In an hour machines run where hashprice * 1000 / (24 * efficiency) less pool fee and variable cost is above the power
price. Hours given up to stay out of the grid's peaks are taken evenly out of those run, as far as there are any. A
programme that pays for hours not run makes the choice another one: then nothing is returned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.schemas import Case
from planner.translate import case_timeline
from planner.translate.hashing import efficiency_j_per_th, stretches
from planner.translate.prices import (
    PriceCurve,
    Use,
    daily_hashprice,
    demand_usd_per_mw,
    power_curves,
    revenue_usd_per_mwh,
)
from site_conversion.instance import Floats


@dataclass(frozen=True)
class Stretch:
    """A month, or the part of one in which the same rules hold."""

    month: str
    period: int
    quarter: int
    """0 to 3: which price curve."""
    up_hours: float
    """Hours in which machines are up."""
    lost_frac: float
    """Share of the hours given up to stay out of the grid's peaks."""
    level: float
    """Of power prices, against the curve."""
    variable_usd_per_mwh: float
    earned_usd_per_mwh: Floats  # [class], pool fee taken off, at the case's hashprice
    run_frac: Floats  # [class] share of the up hours that are run, at the case's prices
    paid_usd_per_mwh: Floats  # [class] price-share integral over the hours run


@dataclass(frozen=True)
class MiningHours:
    """The prices among which machines choose their hours."""

    classes: tuple[str, ...]
    hours_frac: tuple[Floats, ...]  # [quarter][bin]
    usd_per_mwh: tuple[Floats, ...]  # [quarter][bin] all-in, at level 1
    stretches: tuple[Stretch, ...]
    demand_usd_per_mw: Floats  # [p] moves with power prices
    fixed_usd_per_mw: Floats  # [p] does not


def mining_hours(case: Case) -> MiningHours | None:
    """Return what the hours of the case's machines hang on; None where there are none, or hours not run are paid."""
    if not case.fleet.classes or any(p.usd_per_mwh_curtailed > 0 for p in case.market.demand_response):
        return None
    time, operations = case_timeline(case), case.fleet.operations
    curves = power_curves(case.market.power, time)
    hashprice = daily_hashprice(case.market, time)
    opex_level = np.power(1 + operations.escalator_frac_per_year, time.mid_years)
    efficiencies = [efficiency_j_per_th(machine) for machine in case.fleet.classes]
    rows = []
    for stretch in stretches(case.market, time):
        p = int(time.month_column[stretch.month])
        earned = [revenue_usd_per_mwh(stretch.mean(hashprice), efficiency) for efficiency in efficiencies]
        variable = float(operations.variable_usd_per_mwh * opex_level[p])
        kept = np.array(earned) * (1 - operations.pool_fee_frac)
        uses = [_use(curves.month(stretch.month), stretch.lost_frac, value) for value in (kept - variable).tolist()]
        rows.append(
            Stretch(
                month=f"{time.month_starts[stretch.month]:%Y-%m}",
                period=p,
                quarter=curves.month_quarter[stretch.month],
                up_hours=stretch.days * 24 * operations.uptime_frac,
                lost_frac=stretch.lost_frac,
                level=float(curves.levels[stretch.month]),
                variable_usd_per_mwh=variable,
                earned_usd_per_mwh=kept,
                run_frac=np.array([use.run_frac for use in uses]),
                paid_usd_per_mwh=np.array([use.paid_usd_per_mwh for use in uses]),
            )
        )
    return MiningHours(
        classes=tuple(machine.id for machine in case.fleet.classes),
        hours_frac=tuple(frac for frac, _ in curves.quarters),
        usd_per_mwh=tuple(price for _, price in curves.quarters),
        stretches=tuple(rows),
        demand_usd_per_mw=time.period_sums(demand_usd_per_mw(case.market.power, curves)),
        fixed_usd_per_mw=operations.fixed_usd_per_mw_year * time.years * opex_level,
    )


def _use(curve: PriceCurve, lost_frac: float, value: float) -> Use:
    return (curve.without_hours(lost_frac, value) if lost_frac else curve).best_use(value)

"""What becomes of machines: bought, sold, moved, hosted, upgraded, rebuilt, rented, with dates and megawatts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from planner.results import Outcome, Result
from planner.translate.calendar import add_months
from site_conversion.instance import Floats, Instance

LEAST_MW, LEAST_RIGS = 0.05, 0.5
"""What is less than this is not shown."""


@dataclass(frozen=True)
class MachineRow:
    """One thing done with one kind of machines, once or over some time."""

    action: str
    subject: str
    first: date
    until: date | None
    """When it was last done; the end of a service or a rental; none where it was done once."""
    mw: float
    """All that was bought, sold or moved; what is drawn by a service, at most."""
    rigs: float
    """The same in rigs, of which it was; 0 for ASICs."""


@dataclass(frozen=True)
class FleetYearRow:
    """Machines in a calendar year, means by days."""

    year: int
    running_mw: float
    """Own ASICs on the site, running when an hour pays."""
    away_mw: float
    hosted_mw: float
    rented_mw: float
    as_is_rigs: float
    upgraded_rigs: float
    rebuilt_rigs: float
    rented_rigs: float


def machine_rows(result: Result) -> tuple[MachineRow, ...]:
    """Return what the plan does with machines: ASICs first, then hosting, then rigs, each by date."""
    return (*_asics(result), *_hosted(result), *_rigs(result), *_rented(result))


def serves_others(result: Result) -> bool:
    """Whether the plan hosts machines that nobody signed for yet, or rents rigs out."""
    signed = result.instance.hosting.must_serve
    hosted = result.plan.tables["asic_hosting"]["hosting"].astype(int)
    return bool((~signed[hosted]).any()) or not result.plan.tables["rig_rentals"].empty


def hosted_offers(result: Result) -> tuple[str, ...]:
    """Return the offers of customers whose machines the plan hosts."""
    served = result.plan.tables["asic_hosting"]["hosting"].astype(int)
    return tuple(result.instance.hosting.offers[i] for i in sorted(set(served)))


def hosted_mw(instance: Instance, outcome: Outcome) -> Floats:
    """Gross MW of customers' machines [p]."""
    return _sum_over(
        outcome.tables["asic_hosting"], instance, instance.hosting.mw[:, None, None] * instance.hosting.in_service
    )


def hosted_mwh(instance: Instance, outcome: Outcome) -> Floats:
    """MWh that customers' machines draw [p]."""
    return _sum_over(outcome.tables["asic_hosting"], instance, instance.hosting.energy_mwh)


def rented_mw(instance: Instance, outcome: Outcome) -> Floats:
    """Gross MW of rented rigs at work [p]."""
    rigs = instance.rigs
    draw_mw = np.repeat(rigs.mw_per_krig[:, rigs.rental_grade].T[:, :, None], instance.periods, axis=2)
    return _rented_sum(outcome.tables["rig_rentals"], instance, draw_mw)


def rented_mwh(instance: Instance, outcome: Outcome) -> Floats:
    """MWh that rented rigs draw [p]."""
    return _rented_sum(outcome.tables["rig_rentals"], instance, instance.rigs.rent_mwh_per_krig)


def fleet_by_year(result: Result) -> tuple[FleetYearRow, ...]:
    """Return machines of every calendar year; nothing for a case without any."""
    instance, tables = result.instance, result.plan.tables
    by_period = np.column_stack(
        [
            _period_sum(tables["asic_fleet"], "run_mw", instance),
            _period_sum(tables["elsewhere"], "away_mw", instance),
            hosted_mw(instance, result.plan),
            rented_mw(instance, result.plan),
            _period_sum(tables["gpu_rigs"], "as_is_rigs", instance),
            _period_sum(tables["gpu_rigs"], "upgraded_rigs", instance),
            np.cumsum(
                _period_sum(tables["rig_rebuilds"], "rebuilt_rigs", instance)
                - _period_sum(tables["rig_rebuilds"], "sold_rigs", instance)
            ),
            _period_sum(tables["rig_rentals"], "rented_rigs", instance),
        ]
    )
    rows = []
    for year in range(instance.period_start[0].year, instance.period_end[-1].year + 1):
        days = _days_in(instance, year)
        if days.sum() > 0 and by_period.any():
            rows.append(FleetYearRow(year, *(days @ by_period / days.sum()).tolist()))
    return tuple(rows)


def _asics(result: Result) -> list[MachineRow]:
    instance, tables = result.instance, result.plan.tables
    rows = []
    for a, name in enumerate(instance.asics):
        here = tables["asic_fleet"][tables["asic_fleet"]["asic"] == a]
        away = tables["elsewhere"][tables["elsewhere"]["asic"] == a]
        rows += _done(instance, "bought", name, here, "bought_mw")
        rows += _done(instance, "sold", name, here, "sold_mw")
        for e, place in enumerate(instance.moves.places):
            there = away[away["place"] == e]
            rows += _done(instance, f"moved to {place}", name, there, "moved_mw")
            rows += _done(instance, f"sold at {place}", name, there, "sold_mw")
    return sorted(rows, key=lambda row: (row.first, row.subject, row.action))


def _hosted(result: Result) -> list[MachineRow]:
    rows = []
    for i, k in result.plan.tables["asic_hosting"][["hosting", "start"]].to_numpy(dtype=int).tolist():
        offer, start = result.case.fleet.hosted[i], result.instance.period_start[k]
        rows.append(MachineRow("hosted", offer.id, start, add_months(start, offer.term_months), offer.mw, 0.0))
    return sorted(rows, key=lambda row: (row.first, row.subject))


def _rigs(result: Result) -> list[MachineRow]:
    instance, tables = result.instance, result.plan.tables
    rows = []
    for r, name in enumerate(instance.rigs.rigs):
        stock = tables["gpu_rigs"][tables["gpu_rigs"]["rig"] == r]
        rebuilds = tables["rig_rebuilds"][tables["rig_rebuilds"]["rig"] == r]
        for action, frame, column in (
            ("upgraded", stock, "upgrade_rigs"), ("rebuilt", rebuilds, "rebuilt_rigs"),
            ("sold as they are", stock, "sold_as_is_rigs"), ("sold, upgraded", stock, "sold_upgraded_rigs"),
            ("sold, rebuilt", rebuilds, "sold_rigs"),
        ):  # fmt: skip
            rows += _done(instance, action, name, frame, column)
    return sorted(rows, key=lambda row: (row.first, row.subject))


def _rented(result: Result) -> list[MachineRow]:
    instance, table = result.instance, result.plan.tables["rig_rentals"]
    rows = []
    for j, rental in enumerate(result.case.fleet.rig_rentals):
        here = table[(table["rental"] == j) & (table["rented_rigs"] > LEAST_RIGS)]
        if here.empty:
            continue
        first, last = int(here["period"].min()), int(here["period"].max())
        begin = max(filter(None, (rental.earliest_start, instance.period_start[first])))
        end = min(filter(None, (rental.until, instance.period_end[last])))
        most = here.groupby("period")["rented_rigs"].sum().max()
        mw = rented_mw(instance, _only(result.plan, here)).max()
        rows.append(MachineRow("rented", rental.id, begin, end, float(mw), float(most)))
    return sorted(rows, key=lambda row: (row.first, row.subject))


def _only(outcome: Outcome, rentals: pd.DataFrame) -> Outcome:
    """Return an outcome with some of its rentals."""
    tables = {**outcome.tables, "rig_rentals": rentals}
    return Outcome(tables, outcome.cash_flow, outcome.npv_musd, outcome.limits, outcome.report)


def _done(instance: Instance, action: str, subject: str, frame: pd.DataFrame, column: str) -> list[MachineRow]:
    """Return one row if anything was done, with the first and the last date."""
    of_rigs = column.endswith("_rigs")
    done = frame[frame[column] > (LEAST_RIGS if of_rigs else LEAST_MW)]
    if done.empty:
        return []
    first, last = instance.period_start[int(done["period"].min())], instance.period_start[int(done["period"].max())]
    amount = float(done[column].sum())
    mw, rigs = (0.0, amount) if of_rigs else (amount, 0.0)
    return [MachineRow(action, subject, first, last if last > first else None, mw, rigs)]


def _sum_over(table: pd.DataFrame, instance: Instance, amounts: Floats) -> Floats:
    """Sum amounts[offer, start, period] over the services of a plan."""
    total = np.zeros(instance.periods)
    for i, k in table[["hosting", "start"]].to_numpy(dtype=int).tolist():
        total += amounts[i, k]
    return total


def _rented_sum(table: pd.DataFrame, instance: Instance, per_krig: Floats) -> Floats:
    total = np.zeros(instance.periods)
    for row in table.to_dict("records"):
        j, r, p = int(row["rental"]), int(row["rig"]), int(row["period"])
        total[p] += float(row["rented_rigs"]) / 1000 * per_krig[j, r, p]
    return total


def _period_sum(frame: pd.DataFrame, column: str, instance: Instance) -> Floats:
    total = np.zeros(instance.periods)
    np.add.at(total, frame["period"].to_numpy(dtype=int), frame[column].to_numpy(dtype=float))
    return total


def _days_in(instance: Instance, year: int) -> Floats:
    first, last = date(year, 1, 1), date(year + 1, 1, 1)
    spans = zip(instance.period_start, instance.period_end, strict=True)
    return np.array([max(0, (min(end, last) - max(start, first)).days) for start, end in spans], dtype=np.float64)

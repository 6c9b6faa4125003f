"""What each service waits for: works, crews, a grid request in its queue or for its equipment, or only its date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from planner.results import Result
from planner.translate.calendar import months_between
from planner.translate.grid import delay_months, site_upgrades
from site_conversion import gpu_systems, grid_upgrades, halls
from site_conversion.instance import Instance


@dataclass(frozen=True)
class RequestPath:
    """The critical path of a grid request that the plan makes."""

    upgrade: str
    requested: date
    energised: date
    queue_months: float
    """At the study's quantile."""
    equipment: str
    """What has the longest lead time; empty if nothing is ordered."""
    lead_months: float
    commissioning_months: float
    could_be_sooner: bool
    """Whether it could have been asked for in an earlier period."""

    @property
    def decides(self) -> str:
        """The longer of the two that run side by side."""
        return "equipment" if self.lead_months > self.queue_months else "queue"

    @property
    def rounding_months(self) -> float:
        """What is lost because whatever is energised within a period is usable from the next one."""
        path = max(self.queue_months, self.lead_months) + self.commissioning_months
        return max(0.0, months_between(self.requested, self.energised) - path)


@dataclass(frozen=True)
class Power:
    """A grid request that a service could not begin without."""

    upgrade: str
    lacking_mw: float
    """Lacking at the start without it."""
    months_before: float
    """Usable so long before the start; at 0 it is on the critical path of the service."""


@dataclass(frozen=True)
class Waits:
    """What a service of the plan waits for."""

    contract: str
    start: date
    ready_by: date
    works: tuple[str, ...]
    """Halls that could not be ready for the start before."""
    crews: tuple[str, ...]
    """Halls that could have been ready for the start before if there had been a free crew."""
    upgrades: tuple[Power, ...]
    """Requests that it could not begin without, those usable last first."""
    is_first: bool
    """No earlier start is accepted."""


def paths(result: Result) -> tuple[RequestPath, ...]:
    """Return the critical path of every grid request that the plan makes."""
    instance, case, found = result.instance, result.case, []
    upgrades = site_upgrades(case)
    for row in result.plan.tables[grid_upgrades.NAME].to_dict("records"):
        u, q = int(row["upgrade"]), int(row["requested"])
        upgrade = upgrades[u]
        longest = max(upgrade.equipment, key=lambda item: item.lead_time_months, default=None)
        found.append(
            RequestPath(
                upgrade=instance.upgrades[u],
                requested=instance.period_start[q],
                energised=instance.period_start[int(row["energised"])],
                queue_months=delay_months(upgrade.queue, case.study.queue_quantile_frac),
                equipment="" if longest is None else longest.name,
                lead_months=0.0 if longest is None else longest.lead_time_months,
                commissioning_months=upgrade.commissioning_months,
                could_be_sooner=bool((instance.upgrade_energised[u, :q] >= 0).any()),
            )
        )
    return tuple(found)


def waits(result: Result) -> tuple[Waits, ...]:
    """Return what each service of the plan waits for, read from the plan: no other start is tried."""
    instance, placed = result.instance, result.plan.tables[gpu_systems.NAME]
    found = []
    for c in sorted(set(placed["contract"].astype(int))):
        here = placed[placed["contract"] == c]
        k = int(here["start"].iloc[0])
        earlier = np.nonzero(instance.start_allowed[c, :k])[0]
        before = int(earlier[-1]) if len(earlier) else -1
        contract = result.case.contracts[c]
        late = () if before < 0 else tuple(_late_works(instance, here, before))
        found.append(
            Waits(
                contract=contract.offer,
                start=instance.period_start[k],
                ready_by=contract.ready_by,
                works=late,
                crews=() if before < 0 else tuple(h for h in _without_crews(result, here, before) if h not in late),
                upgrades=tuple(_powered_by(result, k)),
                is_first=before < 0,
            )
        )
    return tuple(found)


def _late_works(instance: Instance, here: pd.DataFrame, before: int) -> Iterator[str]:
    """Yield the halls whose works, begun with the study, are not done by a period."""
    for h, d in _places(here):
        if instance.build_start[h, d, before] < 0:
            yield instance.halls[h]


def _places(here: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the halls of a contract and their designs."""
    return sorted({(int(h), int(d)) for h, d in zip(here["hall"], here["design"], strict=True)})


def _without_crews(result: Result, here: pd.DataFrame, before: int) -> Iterator[str]:
    """Yield the halls that no crew could have made ready by a period beside all other works of the plan.

    Where a hall is fitted out in parts, only the largest is asked for, so that no crew is blamed that could do it.
    """
    instance, works = result.instance, result.plan.tables[halls.NAME]
    crews = instance.crews
    for h, d in _places(here) if crews.limit else ():
        own, others = works[works["hall"] == h], works[works["hall"] != h]
        mw = float(own.loc[own["ready"] <= here["start"].iloc[0], "fitted_mw"].max())
        busy = np.zeros((len(instance.halls), len(crews.period)), dtype=np.bool_)
        it_mw = np.zeros(len(crews.period))
        for row in others.to_dict("records"):
            under_way = crews.under_way[int(row["hall"]), int(row["design"]), int(row["ready"])]
            busy[int(row["hall"])] |= under_way
            it_mw += under_way * float(row["fitted_mw"])
        free = (busy.sum(axis=0) + 1 <= crews.most_halls) & (it_mw + mw <= crews.most_it_mw + 1e-6)
        dates = np.nonzero(instance.build_start[h, d, : before + 1] >= 0)[0].tolist()
        if not any(free[crews.under_way[h, d, k]].all() for k in dates):
            yield instance.halls[h]


def _powered_by(result: Result, k: int) -> Iterator[Power]:
    """Yield the requests without which MW would be lacking in a period, those usable last first."""
    instance, limits = result.instance, result.plan.limits
    table = result.plan.tables[grid_upgrades.NAME].sort_values("energised", ascending=False)
    for row in table.to_dict("records"):
        u, energised = int(row["upgrade"]), int(row["energised"])
        kinds = (("firm_mw_limit", instance.upgrade_firm_mw[u]), ("ai_mw_limit", instance.upgrade_ai_mw[u]))
        lacking = [float(gain) - _left_mw(limits, name, k) for name, gain in kinds if gain > 0]
        if energised <= k and lacking and max(lacking) > 1e-6:
            months = months_between(instance.period_start[energised], instance.period_start[k])
            yield Power(instance.upgrades[u], max(lacking), months)


def _left_mw(limits: pd.DataFrame, name: str, p: int) -> float:
    """Return what is left of a limit in a period; without end where none is written."""
    here = limits[(limits["limit"] == name) & (limits["period"] == p)]
    return float(here["slack"].min()) if len(here) else float("inf")

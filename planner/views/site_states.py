"""What every hall and pad is used for, today and at every date on which the plan changes something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from planner.schemas.designs import Design
from planner.schemas.site import Hall
from planner.views.energy import onsite_mw
from planner.views.machines import hosted_mw, rented_mw
from planner.views.plan import Views


class HallUse(StrEnum):
    """What a hall or a pad is used for at a date."""

    MINING = "mining"
    CONVERSION = "conversion"
    AI = "ai"
    WAITING = "waiting"
    """Converted, and no tenant in it."""
    EMPTY = "empty"
    """A building without a use, or bare land."""


@dataclass(frozen=True)
class TenantShare:
    """What one contract takes of a hall."""

    contract: str
    it_mw: float
    bays: int


@dataclass(frozen=True)
class HallState:
    """One hall or pad at a date."""

    hall: str
    is_pad: bool
    use: HallUse
    electrical_mw: float
    """What its feeders carry, at the meter."""
    floor_m2: float
    bays: int
    mining_mw: float
    """Gross MW of ASICs it can host; only while it hashes."""
    it_mw: float
    """Critical IT MW fitted; only where it is converted."""
    cooling: str
    design: str
    tenants: tuple[TenantShare, ...]
    hashes_on: bool
    """Being converted, and its machines still run in this period."""


@dataclass(frozen=True)
class SiteState:
    """The whole site from a date on."""

    since: date | None
    """None is the site today, before the plan."""
    label: str
    halls: tuple[HallState, ...]
    contracted_mw: float
    onsite_mw: float
    hashing_mw: float
    others_mw: float
    """Hosted machines of others, and rented rigs."""
    ai_draw_mw: float
    ai_it_mw: float

    @property
    def unused_mw(self) -> float:
        """Contracted or made on the site, and used by nobody."""
        return self.contracted_mw + self.onsite_mw - self.hashing_mw - self.others_mw - self.ai_draw_mw


@dataclass(frozen=True)
class PeriodMegawatts:
    """Megawatts of one period by use, at the meter but for ai_it_mw."""

    start: date
    end: date
    hashing_mw: float
    ai_draw_mw: float
    contracted_mw: float
    ai_it_mw: float
    do_nothing_hashing_mw: float
    onsite_mw: float
    """Firm MW made on the site."""
    others_mw: float
    """Hosted machines of others, and rented rigs."""

    @property
    def available_mw(self) -> float:
        """Contracted, and made on the site."""
        return self.contracted_mw + self.onsite_mw

    @property
    def unused_mw(self) -> float:
        """Available and used by nobody."""
        return self.available_mw - self.hashing_mw - self.others_mw - self.ai_draw_mw


COOLINGS = {
    "air": "air",
    "rear_door": "rear doors",
    "direct_to_chip": "liquid to the chip",
    "immersion": "immersion",
    "hydro": "water-cooled machines",
}
"""Kinds of cooling in words."""


def period_megawatts(views: Views) -> tuple[PeriodMegawatts, ...]:
    """Return the megawatts by use of every period of the plan."""
    instance, tables = views.instance, views.result.plan.tables
    periods = range(instance.periods)
    plan, twin = (
        outcome.tables["asic_fleet"].groupby("period")["run_mw"].sum().reindex(periods, fill_value=0.0)
        for outcome in (views.result.plan, views.result.do_nothing)
    )
    power = tables["power"].set_index("period").reindex(periods, fill_value=0.0)
    onsite = onsite_mw(views.result)
    others = hosted_mw(instance, views.result.plan) + rented_mw(instance, views.result.plan)
    contracted = np.full(instance.periods, instance.firm_mw + instance.interruptible_mw)
    for row in tables["grid_upgrades"].to_dict("records"):
        u, energised = int(row["upgrade"]), int(row["energised"])
        contracted[energised:] += instance.upgrade_firm_mw[u] + instance.upgrade_interruptible_mw[u]
    return tuple(
        PeriodMegawatts(
            start=instance.period_start[p],
            end=instance.period_end[p],
            hashing_mw=float(plan[p]),
            ai_draw_mw=float(power["ai_draw_mw"][p]),
            contracted_mw=float(contracted[p]),
            ai_it_mw=float(power["ai_it_mw"][p]),
            do_nothing_hashing_mw=float(twin[p]),
            onsite_mw=float(onsite[p]),
            others_mw=float(others[p]),
        )
        for p in periods
    )


def site_today(views: Views) -> SiteState:
    """Return the site before the plan: what the case says of it."""
    case, instance = views.result.case, views.instance
    return SiteState(
        since=None,
        label="today",
        halls=tuple(_before(views, h) for h in range(len(case.site.places))),
        contracted_mw=instance.firm_mw + instance.interruptible_mw,
        onsite_mw=0.0,
        hashing_mw=min(float(instance.asic_owned_mw.sum()), instance.firm_mw + instance.interruptible_mw),
        others_mw=0.0,
        ai_draw_mw=0.0,
        ai_it_mw=0.0,
    )


def site_states(views: Views) -> tuple[SiteState, ...]:
    """Return the site at the start of the plan and at every date on which the use of a hall changes."""
    megawatts = period_megawatts(views)
    states: list[SiteState] = []
    for p, row in enumerate(megawatts):
        halls = tuple(_in_period(views, h, p) for h in range(len(views.result.case.site.places)))
        if states and states[-1].halls == halls:
            continue
        label = views.labels[p]
        states.append(
            SiteState(
                row.start, label, halls, row.contracted_mw, row.onsite_mw, row.hashing_mw,
                row.others_mw, row.ai_draw_mw, row.ai_it_mw,
            )
        )  # fmt: skip
    return tuple(states)


def fullest(states: tuple[SiteState, ...]) -> int:
    """Return the position of the first state with the most critical IT in service; the last where there is none."""
    most = max(state.ai_it_mw for state in states)
    return next(i for i, state in enumerate(states) if state.ai_it_mw >= most - 1e-6) if most > 0 else len(states) - 1


def _before(views: Views, h: int) -> HallState:
    place = views.result.case.site.places[h]
    mining = place.mining if isinstance(place, Hall) else None
    return HallState(
        hall=views.instance.halls[h],
        is_pad=not isinstance(place, Hall),
        use=HallUse.MINING if mining else HallUse.EMPTY,
        electrical_mw=place.electrical_mw,
        floor_m2=place.floor_m2,
        bays=place.bays,
        mining_mw=mining.capacity_mw if mining else 0.0,
        it_mw=0.0,
        cooling=COOLINGS.get(mining.cooling.value, mining.cooling.value) if mining else "",
        design="",
        tenants=(),
        hashes_on=False,
    )


def _in_period(views: Views, h: int, p: int) -> HallState:
    before = _before(views, h)
    halls = views.result.plan.tables["halls"]
    here = halls[(halls["hall"] == h) & (halls["build_start"] <= p)]
    begun = here[here["converts"].astype(bool)]
    if begun.empty:
        return before
    first = begun.sort_values("build_start").iloc[-1]
    d, ready = int(first["design"]), int(first["ready"])
    design = _design(views, d)
    fitted = here[(here["design"] == d) & (here["ready"] <= max(p, ready))]["fitted_mw"].sum()
    lost = float(views.instance.hashing_lost_frac[h, d, ready, p])
    tenants = _tenants(views, h, p)
    use = HallUse.CONVERSION if p < ready else HallUse.AI if tenants else HallUse.WAITING
    hashes_on = p < ready and before.use is HallUse.MINING and lost < 1e-9
    return HallState(
        hall=before.hall,
        is_pad=before.is_pad,
        use=use,
        electrical_mw=before.electrical_mw,
        floor_m2=before.floor_m2,
        bays=before.bays,
        mining_mw=before.mining_mw if hashes_on else 0.0,
        it_mw=float(fitted),
        cooling=COOLINGS.get(design.cooling.value, design.cooling.value),
        design=design.name,
        tenants=tenants,
        hashes_on=hashes_on,
    )


def _design(views: Views, d: int) -> Design:
    name = views.instance.designs[d]
    return next(design for design in views.result.case.designs if design.id == name)


def _tenants(views: Views, h: int, p: int) -> tuple[TenantShare, ...]:
    instance, tables = views.instance, views.result.plan.tables
    placed, taken = tables["gpu_systems"], tables["tenants"]
    shares = []
    here = placed[placed["hall"] == h]
    for c, k in sorted({(int(c), int(k)) for c, k in zip(here["contract"], here["start"], strict=True)}):
        if not instance.in_service[c, k, p]:
            continue
        it_mw = here[(here["contract"] == c) & (here["start"] == k)]["it_mw"].sum()
        bays = taken[(taken["hall"] == h) & (taken["contract"] == c) & (taken["start"] == k)]["bays"].sum()
        shares.append(TenantShare(views.result.case.contracts[c].offer, float(it_mw), int(bays)))
    return tuple(shares)

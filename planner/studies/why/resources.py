"""What there could be one more of: each as a change of the case, its unit, and the limits it would ease."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from planner.case_file.proposal import CHANGE_OF_USE
from planner.results import Result
from planner.schemas import Case
from planner.schemas.site import Hall, Pad, QueueDelay, Upgrade
from planner.studies.infeasible.remedies import more_crews
from planner.translate.grid import delay_months

Change = Callable[[Case, float], Case]


@dataclass(frozen=True)
class Resource:
    """One thing, and the case with more of it (or with months less of a delay)."""

    name: str
    unit: str
    unit_size: float
    """Amount in `unit` that one step adds."""
    more: Change
    """Case, amount in `unit` -> case."""
    limits: tuple[str, ...] = ()
    """Names of the limits it eases."""
    subject: str = ""
    """Of these only the ones that speak of this; all, if empty."""
    dearer: str = ""
    """Why more of it may make a plan worse; empty where it never can."""

    @property
    def is_easing(self) -> bool:
        """Whether more of it can never make a plan worse."""
        return not self.dearer


PAID_SOONER = "works and requests begin with a period and are then paid sooner"
BILLED = "the minimum take bills a share of the contracted MW, drawn or not"


def resources(result: Result) -> tuple[Resource, ...]:
    """Return everything that the case limits, in the order in which a site is built."""
    case = result.case
    take = case.market.power.minimum_take
    billed = BILLED if take is not None and take.contracted_mw is None else ""
    found = [
        Resource("firm MW", "MW", 1.0, _site("firm_mw"), ("firm_mw_limit", "ai_mw_limit"), dearer=billed),
        Resource("interruptible MW", "MW", 1.0, _site("interruptible_mw"), ("site_mw_limit",), dearer=billed),
    ]
    if case.site.substation_mva is not None:
        found.append(Resource("substation", "MVA", 1.0, _site("substation_mva"), ("substation_mw_limit",)))
    if case.finance.equity_budget:
        found.append(Resource("equity", "MUSD", 1.0, more_equity, ("budget",)))
    if case.site.water_limit_m3_per_year is not None:
        found.append(Resource("water", "m3 a year", 1000.0, _site("water_limit_m3_per_year"), ("water_limit",)))
    return (*found, *_room(result), *_crews(case), *_time(case))


def _site(field: str) -> Change:
    def more(case: Case, amount: float) -> Case:
        site = case.site.model_copy(update={field: getattr(case.site, field) + amount})
        return case.model_copy(update={"site": site})

    return more


def more_equity(case: Case, musd: float) -> Case:
    """Return the case in which the equity of the first date, and so of all later ones, is larger."""
    steps = list(case.finance.equity_budget or ())
    steps[0] = steps[0].model_copy(update={"added_usd": steps[0].added_usd + musd * 1e6})
    return case.model_copy(update={"finance": case.finance.model_copy(update={"equity_budget": tuple(steps)})})


# --- halls -------------------------------------------------------------------------------------------------


def _room(result: Result) -> Iterator[Resource]:
    """Yield floor and feeders of all halls and pads, and of each that is full in the plan."""
    limits = result.plan.limits
    names = tuple(place.id for place in result.case.site.places)
    kinds = (
        ("floor", "m2", 100.0, "floor_m2", "hall_floor_limit"),
        ("feeders", "MW", 1.0, "electrical_mw", "hall_electrical"),
    )  # fmt: skip
    for what, unit, size, field, limit in kinds:
        yield Resource(f"{what} of every hall and pad", unit, size, _places(names, field), (limit,))
        full = limits[(limits["limit"] == limit) & (limits["slack"] <= 1e-6 * limits["size"]) & (limits["size"] > 1e-6)]
        for subject in dict.fromkeys(full["subject"].astype(str)):
            hall = next((name for name in names if f" of {name} as " in subject), None)
            if hall is not None and len(names) > 1:
                yield Resource(f"{what} of {hall}", unit, size, _places((hall,), field), (limit,), f" of {hall} as ")


def _places(names: tuple[str, ...], field: str) -> Change:
    def more(case: Case, amount: float) -> Case:
        def larger(place: Hall | Pad) -> Hall | Pad:
            if place.id not in names:
                return place
            return place.model_copy(update={field: getattr(place, field) + amount})

        halls, pads = (tuple(larger(place) for place in places) for places in (case.site.halls, case.site.pads))
        return case.model_copy(update={"site": case.site.model_copy(update={"halls": halls, "pads": pads})})

    return more


# --- crews -------------------------------------------------------------------------------------------------


def _crews(case: Case) -> Iterator[Resource]:
    """Yield what crews build at once, wherever they limit."""
    kinds = (
        ("crews for halls", "halls", "halls_at_once", "crew_halls"),
        ("crews for fit-out", "MW", "it_mw_at_once", "crew_it_mw"),
    )
    for name, unit, field, limit in kinds:
        if any(getattr(step, field) is not None for step in case.site.crews):
            yield Resource(name, unit, 1.0, partial(more_crews, field), (limit,))


# --- time --------------------------------------------------------------------------------------------------


def _time(case: Case) -> Iterator[Resource]:
    """Yield shorter queues, all together and one by one, shorter lead times and shorter works."""
    ids = [upgrade.id for upgrade in case.site.upgrades]
    if case.site.change_of_use is not None:
        ids.append(CHANGE_OF_USE)
    if len(ids) > 1:
        yield Resource("every queue", "months less", 1.0, _queues(tuple(ids)), dearer=PAID_SOONER)
    for name in ids:
        yield Resource(f"queue of {name}", "months less", 1.0, _queues((name,)), dearer=PAID_SOONER)
    if any(upgrade.equipment for upgrade in case.site.upgrades):
        yield Resource("lead times of equipment", "months less", 1.0, _lead_times, dearer=PAID_SOONER)
    if len(ids) > 0 and any(upgrade.equipment for upgrade in case.site.upgrades):
        yield Resource("queues and lead times", "months less", 1.0, _both(tuple(ids)), dearer=PAID_SOONER)
    if case.designs:
        yield Resource("works of every design", "months less", 1.0, _works, dearer=PAID_SOONER)


def _queues(names: tuple[str, ...]) -> Change:
    """Return the change that shortens queues at the study's quantile by exactly so many months."""

    def more(case: Case, months: float) -> Case:
        quantile = case.study.queue_quantile_frac
        upgrades = tuple(
            upgrade.model_copy(update={"queue": _shorter(upgrade.queue, months, quantile)})
            if upgrade.id in names
            else upgrade
            for upgrade in case.site.upgrades
        )
        consent = case.site.change_of_use
        if consent is not None and CHANGE_OF_USE in names:
            consent = consent.model_copy(update={"queue": _shorter(consent.queue, months, quantile)})
        site = case.site.model_copy(update={"upgrades": upgrades, "change_of_use": consent})
        return case.model_copy(update={"site": site})

    return more


def _shorter(queue: QueueDelay, months: float, quantile_frac: float) -> QueueDelay:
    """Only the study's quantile counts, so the whole distribution may stand at it."""
    left = max(0.0, delay_months(queue, quantile_frac) - months)
    return queue.model_copy(update={"p10_months": left, "p50_months": left, "p90_months": left})


def _lead_times(case: Case, months: float) -> Case:
    def sooner(upgrade: Upgrade) -> Upgrade:
        equipment = tuple(
            item.model_copy(update={"lead_time_months": max(0.0, item.lead_time_months - months)})
            for item in upgrade.equipment
        )
        return upgrade.model_copy(update={"equipment": equipment})

    upgrades = tuple(sooner(upgrade) for upgrade in case.site.upgrades)
    return case.model_copy(update={"site": case.site.model_copy(update={"upgrades": upgrades})})


def _both(names: tuple[str, ...]) -> Change:
    return lambda case, months: _lead_times(_queues(names)(case, months), months)


def _works(case: Case, months: float) -> Case:
    """Shorten all works, to half a month at least; hashing is never lost for longer than they take."""
    designs = []
    for design in case.designs:
        left = max(0.5, design.build_months - months)
        lost = min(design.hashing_lost_months, left)
        designs.append(design.model_copy(update={"build_months": left, "hashing_lost_months": lost}))
    return case.model_copy(update={"designs": tuple(designs)})

"""Changes to halls and pads, their works and crews, their machines, their cooling, and to on-site supply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from planner.schemas import Case
from planner.schemas.designs import Design
from planner.schemas.site import Hall, HallMining, Pad
from planner.studies.infeasible.ground import STEP_MW, Ground
from planner.studies.infeasible.records import WayOutKind as Kind
from planner.studies.infeasible.remedies import Remedy, changed, more_crews, replaced, steps, with_site
from planner.translate.calendar import month
from planner.translate.causes import counted
from site_conversion.instance import Instance

STEP_M2 = 10.0
LEAST_MONTHS = 0.5
MOST_BAYS, MORE_BAYS, MORE_HALLS = 64, 8, 6


def hall_remedies(ground: Ground) -> Iterator[Remedy]:
    """Yield every change to halls and what is in them; of identical halls only the first is changed."""
    case = ground.case
    for i, design in enumerate(case.designs):
        if design.build_months >= LEAST_MONTHS + 1:
            yield _faster(i, design)
    for h, place in enumerate(case.site.places):
        if ground.instance.hall_twin[h] >= 0:
            continue
        yield _feeders(ground, h, place)
        yield _floor(ground, h, place)
        if place.bays < MOST_BAYS:
            yield _bays(h, place)
        yield _more(h, place)
        if isinstance(place, Hall) and place.mining is not None:
            yield _machine_room(ground, h, place, place.mining)
    yield from _rated(case)
    yield from _crews(ground)
    for i, supply in enumerate(case.site.supplies):
        if supply.leaves_by is not None:
            yield _kept(i, supply.id, supply.leaves_by)


def _faster(i: int, design: Design) -> Remedy:
    before = design.build_months

    def faster(case: Case, months: float) -> Case:
        build = max(LEAST_MONTHS, before - months)
        lost = min(build, design.hashing_lost_months)
        return changed(case, designs=replaced(case.designs, i, build_months=build, hashing_lost_months=lost))

    def words(months: float) -> str:
        faster = counted(months, "months")
        return f"works for {design.id} {faster} faster: {before - months:g} months instead of {before:g}"

    amounts = [months for months in steps(1.0, before) if months <= before - LEAST_MONTHS]
    return Remedy(Kind.WORKS, design.id, amounts, "months", faster, words)


def _with_place(case: Case, h: int, change: Callable[[Hall | Pad], Hall | Pad]) -> Case:
    """Return the case with a change of one hall or pad, counted together."""
    count = len(case.site.halls)
    halls = [change(hall) if j == h else hall for j, hall in enumerate(case.site.halls)]
    pads = [change(pad) if count + j == h else pad for j, pad in enumerate(case.site.pads)]
    return with_site(case, halls=tuple(halls), pads=tuple(pads))


def _feeders(ground: Ground, h: int, place: Hall | Pad) -> Remedy:
    today_mw = place.electrical_mw
    return Remedy(
        Kind.HALL_POWER, place.id, steps(STEP_MW, min(ground.most_mw, 2_000 - today_mw)), "MW",
        lambda case, mw: _with_place(case, h, lambda p: changed(p, electrical_mw=round(p.electrical_mw + mw, 6))),
        lambda mw: f"feeders of {today_mw + mw:,.1f} MW in {place.id}, {mw:,.1f} more",
    )  # fmt: skip


def _floor(ground: Ground, h: int, place: Hall | Pad) -> Remedy:
    today_m2, racks = place.floor_m2, ground.instance.contract_racks[ground.instance.must_deliver]
    most = 2 * float(racks.sum()) * _rack_m2(ground.instance) + 1_000.0
    return Remedy(
        Kind.HALL_FLOOR, place.id, steps(STEP_M2, most), "m2",
        lambda case, m2: _with_place(case, h, lambda p: changed(p, floor_m2=p.floor_m2 + m2)),
        lambda m2: f"{today_m2 + m2:,.0f} m2 of floor in {place.id}, {m2:,.0f} more",
    )  # fmt: skip


def _rack_m2(instance: Instance) -> float:
    """Return floor that is enough for any rack with its share of electrical rooms and a cooling module."""
    rack_mw = float(instance.contract_rack_mw.max(initial=0.0))
    m2 = float((instance.design_rack_m2 + instance.design_electrical_m2_per_mw * rack_mw).max(initial=0.0))
    return m2 + float(instance.module_floor_m2.max(initial=0.0))


def _bays(h: int, place: Hall | Pad) -> Remedy:
    today = place.bays
    return Remedy(
        Kind.HALL_BAYS, place.id, steps(1.0, min(MORE_BAYS, MOST_BAYS - today)), "bays",
        lambda case, more: _with_place(case, h, lambda p: changed(p, bays=p.bays + round(more))),
        lambda more: f"{place.id} divided into {today + more:g} bays instead of {today}",
    )  # fmt: skip


def _more(h: int, place: Hall | Pad) -> Remedy:
    what = "pad" if isinstance(place, Pad) else "hall"
    return Remedy(
        Kind.HALLS, place.id, steps(1.0, MORE_HALLS), f"{what}s",
        lambda case, more: _with_more(case, h, round(more)),
        lambda more: f"{more:g} more {what if more == 1 else f'{what}s'} like {place.id}",
    )  # fmt: skip


def _with_more(case: Case, h: int, count: int) -> Case:
    """Return the case with copies of a hall or pad beside it."""
    place, taken = case.site.places[h], {place.id for place in case.site.places}
    free = (name for n in range(2, 1_000) if (name := f"{place.id[:50]}-{n}") not in taken)
    names = [next(free) for _ in range(count)]
    if isinstance(place, Pad):
        return with_site(case, pads=(*case.site.pads, *(changed(place, id=name) for name in names)))
    return with_site(case, halls=(*case.site.halls, *(changed(place, id=name) for name in names)))


def _machine_room(ground: Ground, h: int, hall: Hall, mining: HallMining) -> Remedy:
    today_mw = mining.capacity_mw

    def roomier(case: Case, mw: float) -> Case:
        larger = changed(mining, capacity_mw=round(today_mw + mw, 6))
        return with_site(case, halls=replaced(case.site.halls, h, mining=larger))

    return Remedy(
        Kind.MINING_ROOM, hall.id, steps(STEP_MW, ground.most_mw), "MW", roomier,
        lambda mw: f"room for {today_mw + mw:,.1f} MW of machines in {hall.id}, {mw:,.1f} more", STEP_MW,
    )  # fmt: skip


def _rated(case: Case) -> Iterator[Remedy]:
    """Modules that keep their capacity in more heat, all that lose some at the design temperature."""
    hot = case.site.climate.design_temperature_c
    weak = [m for m in case.cooling_modules if m.rated_temperature_c < hot and m.derate_frac_per_c > 0]
    if not weak:
        return

    def rated(case: Case, degrees: float) -> Case:
        modules = [
            changed(m, rated_temperature_c=min(hot, m.rated_temperature_c + degrees)) if m in weak else m
            for m in case.cooling_modules
        ]
        return changed(case, cooling_modules=tuple(modules))

    def words(degrees: float) -> str:
        changes = ", ".join(
            f"{m.id} {min(hot, m.rated_temperature_c + degrees):g} C instead of {m.rated_temperature_c:g}" for m in weak
        )
        return f"cooling modules that keep their capacity up to a higher temperature: {changes}"

    most = round(max(hot - module.rated_temperature_c for module in weak), 6)
    amounts = [*(degrees for degrees in steps(1.0, most) if degrees < most - 1e-9), most]
    yield Remedy(Kind.COOLING, "modules", amounts, "C", rated, words)


def _crews(ground: Ground) -> Iterator[Remedy]:
    """More crews throughout, for halls and for fit-out."""
    if any(step.halls_at_once is not None for step in ground.case.site.crews):
        yield Remedy(
            Kind.CREWS, "halls", steps(1.0, len(ground.case.site.places)), "halls",
            partial(more_crews, "halls_at_once"),
            lambda halls: f"crews for {halls:g} more hall{'s' * (halls > 1)} at once throughout",
        )  # fmt: skip
    if any(step.it_mw_at_once is not None for step in ground.case.site.crews):
        yield Remedy(
            Kind.CREWS, "fit-out", steps(STEP_MW, ground.most_mw), "MW",
            partial(more_crews, "it_mw_at_once"),
            lambda mw: f"crews that fit out {mw:,.1f} more MW of IT at once throughout", STEP_MW,
        )  # fmt: skip


def _kept(i: int, name: str, until: date) -> Remedy:
    return Remedy(
        Kind.SUPPLY, name, [1.0], "",
        lambda case, _: with_site(case, supplies=replaced(case.site.supplies, i, leaves_by=None)),
        lambda _: f"{name} may stand beyond {month(until)}",
    )  # fmt: skip

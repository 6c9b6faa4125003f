"""Why no plan obeys the decisions fixed beforehand: which of them have to give way, what each lacks, what is short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from planner.results import period_label
from planner.studies.proposals.asked import names
from planner.studies.proposals.broken import month
from site_conversion.assemble import Built, build
from site_conversion.diagnose import Shortfall, least_to_give_up, outer_shortfalls, shortfalls
from site_conversion.handover import Arrays, compile_arrays
from site_conversion.instance import Instance
from site_conversion.instance_overrides import Override, Subject
from site_conversion.options import Options
from site_conversion.solve import SolveOptions, Status, solve

ANY_PLAN = SolveOptions(gap_frac=100.0, time_limit_s=10.0)
"""The first plan will do; what takes longer is not said."""
MOST_COMPARED = 12
"""Overrides among which those that exclude each other are looked for, one solve for each."""


def conflict(instance: Instance, built: Built, arrays: Arrays) -> str | None:
    """Return why an instance with overrides has no plan; None where it has none without them either.

    Args:
        instance: the problem, which is infeasible.
        built: its model.
        arrays: the model's compiled form.
    """
    if not instance.overrides or not _possible(instance, ()):
        return None
    count = len(instance.overrides)
    head = "no plan obeys the override" if count == 1 else f"no plan obeys the {count} overrides together"
    given = least_to_give_up(built, arrays)
    if given is None:
        return f"{head}, and which of them to give up was not found in time"
    offered = Options(built.site.instance)
    lines = [line for o in given for line in _reasons(instance, offered, o, given)]
    given_up = names([f"'{instance.overrides[o].words}'" for o in given])
    way_out = "" if count == 1 else f"; the fewest to give up: {given_up}"
    return f"{head}{way_out}:" + "".join(f"\n  {line}" for line in lines)


def _some(instance: Instance, kept: Iterable[int]) -> Instance:
    return replace(instance, overrides=tuple(instance.overrides[o] for o in kept))


def _possible(instance: Instance, kept: Iterable[int]) -> bool:
    """Whether some plan obeys some of the overrides; what takes too long counts as possible."""
    report, _ = solve(compile_arrays(build(_some(instance, kept))), ANY_PLAN)
    return report.status is not Status.INFEASIBLE


def _reasons(instance: Instance, offered: Options, o: int, given: tuple[int, ...]) -> Iterator[str]:
    """Yield what an override lacks, or which of the others exclude it, and the limits that would have to give way."""
    override = instance.overrides[o]
    own = list(_LACKS[override.subject](override, offered)) if override.forced else []
    yield from (f"'{override.words}': {words}" for words in own)
    if own:
        return
    others = [] if not _possible(instance, (o,)) else _excluding(instance, o, given)
    if others is None:
        return
    if not others and (signed := _signed_in_the_way(instance, o)):
        yield f"'{override.words}' cannot go with {names(signed)}; without it there is a plan"
        return
    what = names([f"'{instance.overrides[other].words}'" for other in others])
    yield f"'{override.words}' cannot go with {what}" if others else f"'{override.words}': no plan obeys it"
    together = _some(instance, (o, *others))
    if _one_group(together):
        yield "  of these offers one can be taken"
        return
    built = build(together)
    # beside what is forbidden, larger halls would only be a way round it
    short = shortfalls if all(one.forced for one in together.overrides) else outer_shortfalls
    yield from (f"  {words}" for words in _short(instance, short(built, compile_arrays(built))))


def _signed_in_the_way(instance: Instance, o: int) -> list[str]:
    """Return what must be delivered and, each alone, keeps an override from being obeyed."""
    terms, hosting = instance.contract_terms, instance.hosting
    found = []
    for i in sorted({int(terms.offer_of[c]) for c in np.nonzero(instance.must_deliver)[0]}):
        free = replace(instance, must_deliver=instance.must_deliver & (np.asarray(terms.offer_of) != i))
        if _possible(free, (o,)):
            found.append(f"the signed contract {terms.offers[i]}")
    for i in np.nonzero(hosting.must_serve)[0].tolist():
        serve = hosting.must_serve.copy()
        serve[i] = False
        if _possible(replace(instance, hosting=replace(hosting, must_serve=serve)), (o,)):
            found.append(f"the signed customer {hosting.offers[i]}")
    return found


def _excluding(instance: Instance, o: int, given: tuple[int, ...]) -> list[int] | None:
    """Return overrides that exclude one, none of which could be left out; None where there are too many to try.

    They are looked for among those that are not given up: as few as possible are, so each is in the way of the rest.
    """
    others = [other for other in range(len(instance.overrides)) if other != o]
    if len(others) >= MOST_COMPARED:
        return None
    kept = [other for other in others if other not in given]
    if not _possible(instance, (o, *kept)):
        others = kept
    for other in tuple(others):
        without = [one for one in others if one != other]
        if not _possible(instance, (o, *without)):
            others = without
    return others


def _one_group(instance: Instance) -> bool:
    """Whether the overrides force offers of one exclusive group."""
    forced = [one for one in instance.overrides if one.forced and one.subject is Subject.CONTRACT]
    groups = {int(instance.contract_group[c]) for one in forced for c in one.index}
    offers = {int(instance.contract_terms.offer_of[c]) for one in forced for c in one.index}
    return len(offers) == len(instance.overrides) > 1 and len(groups) == 1 and -1 not in groups


def _short(instance: Instance, found: Iterable[Shortfall]) -> Iterator[str]:
    """Yield each limit that would have to give way once, at its worst and when that is first so."""
    found = sorted(found, key=lambda short: -1 if short.period is None else short.period)
    for subject in dict.fromkeys(short.subject for short in sorted(found, key=lambda short: -short.amount)):
        alike = [short for short in found if short.subject == subject]
        worst = max(short.amount for short in alike)
        short = next(short for short in alike if short.amount >= worst * (1 - 1e-6))
        when = ""
        if short.period is not None:
            when = f" in {period_label(instance.period_start[short.period], instance.period_end[short.period])}"
        scale, unit = (1e6, "MUSD") if short.unit == "USD" else (1.0, short.unit)
        yield f"short of {subject}{when} by {worst / scale:,.1f} {unit}".rstrip()


def _contract(override: Override, offered: Options) -> Iterator[str]:
    """Yield when service can begin, where it cannot begin as asked, and halls that cannot carry the offer."""
    instance = offered.instance
    possible = sorted({k for c, k in offered.starts if c in override.index})
    if not possible:
        yield "no hall can carry it within its dates"
        return
    if override.periods.isdisjoint(possible):
        yield f"its service can begin {_between(instance, possible)}, and not when it is forced to"
    carried = {place[0] for place in offered.places if place[2] in override.index and place[3] in override.periods}
    for h in sorted((override.halls or frozenset()) - carried):
        yield f"{instance.halls[h]} cannot carry it by then, in any design that the tenant accepts"
    least = min(override.index, key=lambda c: int(instance.contract_racks[c]))
    room = (offered.racks_per_bay * instance.hall_bays[:, None, None]).max(axis=1)[:, least]
    held, need = int(room[sorted(override.halls or ())].sum()), int(instance.contract_racks[least])
    if override.halls and held < need:
        there = names([instance.halls[h] for h in sorted(override.halls)])
        yield f"it needs {need:,} racks, and there is room for {held:,} in {there}"


def _hall(override: Override, offered: Options) -> Iterator[str]:
    (h,) = override.index
    instance = offered.instance
    could = {(d, k) for hall, d, k in offered.stages if hall == h}
    if not could:
        yield "no offer can stand in it, so it is of no use in any design"
    elif override.ready.isdisjoint(could):
        begun = sorted({int(instance.build_start[h, d, k]) for d, k in could})
        into = names(sorted({instance.designs[d] for d, _ in could}))
        yield f"works for an offer can begin {_between(instance, begun)} as {into}, and not as they are forced to"


def _design(override: Override, offered: Options) -> Iterator[str]:
    if not any((d,) == override.index for _, d in offered.halls_offered):
        yield "no offer can stand in a hall of this design"


def _upgrade(override: Override, offered: Options) -> Iterator[str]:
    (u,) = override.index
    possible = np.nonzero(offered.instance.upgrade_energised[u] >= 0)[0].tolist()
    if not possible:
        yield "whenever it is asked for, it is not energised within the study"
    elif override.periods.isdisjoint(possible):
        yield f"it can be asked for {_between(offered.instance, possible)}, and not when it is forced to be"


_LACKS = {Subject.CONTRACT: _contract, Subject.HALL: _hall, Subject.DESIGN: _design, Subject.UPGRADE: _upgrade}


def _between(instance: Instance, periods: list[int]) -> str:
    first, last = instance.period_start[periods[0]], instance.period_start[periods[-1]]
    return f"in {month(first)}" if first == last else f"from {month(first)} to {month(last)}"

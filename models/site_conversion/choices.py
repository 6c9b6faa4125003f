"""What a plan decides, as people speak of it: offers and years, halls by design, requests, supply, hosted machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from site_conversion.instance import Instance


@dataclass(frozen=True)
class Choices:
    """What a plan decides, of all that counts as a difference."""

    offers: Mapping[int, tuple[int, int]]
    """Offer -> its contract (which says the size) and the calendar year in which service starts."""
    halls: Mapping[tuple[int, int], int]
    """First hall of the equal ones, and design -> how many of them hold racks in it."""
    requests: frozenset[int]
    supplies: Mapping[int, int]
    """On-site supply -> units ordered."""
    hosted: Mapping[int, int]
    """Offer to host -> calendar year of its start."""


def in_common(plans: Sequence[Choices]) -> Choices:
    """Return what all plans have: offers as in the first, halls at the least, requests, supply, hosted machines."""
    first, rest = plans[0], plans[1:]
    least = {key: min(plan.halls.get(key, 0) for plan in plans) for key in first.halls}
    return Choices(
        offers={o: taken for o, taken in first.offers.items() if all(o in plan.offers for plan in rest)},
        halls={key: count for key, count in least.items() if count},
        requests=first.requests.intersection(*(plan.requests for plan in rest)),
        supplies={g: units for g, units in first.supplies.items() if all(g in plan.supplies for plan in rest)},
        hosted={i: year for i, year in first.hosted.items() if all(i in plan.hosted for plan in rest)},
    )


def hall_class(instance: Instance, h: int) -> int:
    """Return the first of the halls that are equal to a hall."""
    while instance.hall_twin[h] >= 0:
        h = int(instance.hall_twin[h])
    return h

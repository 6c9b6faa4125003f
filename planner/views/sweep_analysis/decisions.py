"""How the decisions of two points differ, and at which level: what is signed, what is built, where, or only when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from planner.studies.sweeps.outcome import PointFigures, PointOutcome, PointStatus

MOST_WORDS = 3
"""Halls that are told one by one."""
MINING = "go on mining"
NO_PLAN = "no plan obeys every limit"


class Level(IntEnum):
    """The heaviest part of two decisions that differs."""

    NONE = 0
    DETAILS = 1
    """Start or hall of a service, or cooling modules."""
    DATES = 2
    """Works or grid requests begin at other dates."""
    PLACES = 3
    """The same designs as often, in other halls."""
    WORKS = 4
    """Other halls and designs, or other grid requests."""
    OFFERS = 5
    FEASIBILITY = 6
    """One of the points has no plan at all."""

    @property
    def words(self) -> str:
        """The level as it is written in tables."""
        return LEVEL_WORDS[self]

    @property
    def is_flip(self) -> bool:
        """Whether the decision is another one, not the same elsewhere or at another time."""
        return self >= Level.WORKS


LEVEL_WORDS = {
    Level.NONE: "same plan",
    Level.DETAILS: "start or hall of a service, or modules",
    Level.DATES: "dates",
    Level.PLACES: "same designs, other halls",
    Level.WORKS: "halls or grid requests",
    Level.OFFERS: "offers",
    Level.FEASIBILITY: "feasibility",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What differs from one point's decision to another's."""

    level: Level
    gained: tuple[str, ...] = ()
    """Offers taken only at the second."""
    lost: tuple[str, ...] = ()
    """Offers taken only at the first."""
    words: tuple[str, ...] = ()
    """What differs, heaviest first."""


@dataclass(frozen=True)
class Decision:
    """A plan's decisions as the figures of a point have them."""

    offers: frozenset[str]
    designs: tuple[tuple[str, str], ...]
    """Hall and design, in the order of halls."""
    begun: tuple[tuple[str, str], ...]
    """Hall and start of its works."""
    requests: tuple[tuple[str, str], ...]
    """Grid request and its date."""

    @property
    def key(self) -> tuple[object, ...]:
        """What is equal for decisions that differ only in place or time."""
        built = Counter(design for _, design in self.designs)
        return (
            tuple(sorted(self.offers)),
            tuple(sorted(built.items())),
            tuple(sorted(name for name, _ in self.requests)),
        )

    @property
    def words(self) -> str:
        """The decision in a few words."""
        if not (self.offers or self.designs):
            return MINING
        signed = ", ".join(sorted(self.offers)) or "no offer"
        return f"{signed} in {_halls(len(self.designs))}"


def decision(figures: PointFigures) -> Decision:
    """Return the decisions behind figures."""
    halls = sorted(hall.partition(":")[::2] for hall in figures.halls)
    works = [(hall, *built.partition("@")[::2]) for hall, built in halls]
    requests = sorted(request.partition("@")[::2] for request in figures.upgrades)
    return Decision(
        frozenset(figures.offers),
        tuple((hall, design) for hall, design, _ in works),
        tuple((hall, day) for hall, _, day in works),
        tuple(requests),
    )


def is_answered(outcome: PointOutcome) -> bool:
    """Whether a point has a plan, or the proof that there is none."""
    return outcome.figures is not None or outcome.status is PointStatus.INFEASIBLE


def change(before: PointOutcome, after: PointOutcome) -> Change:
    """Return what differs between the decisions of two points that are answered."""
    first, second = before.figures, after.figures
    if first is None or second is None:
        if first is second:
            return Change(Level.NONE)
        known = first or second
        offers = () if known is None else tuple(sorted(known.offers))
        gained, lost = ((), offers) if second is None else (offers, ())
        exists = NO_PLAN if second is None else f"a plan exists: {decision(second).words}"
        return Change(Level.FEASIBILITY, gained, lost, (exists,))
    return _between(decision(first), decision(second), is_same=before.plan == after.plan)


def _between(old: Decision, new: Decision, *, is_same: bool) -> Change:
    gained, lost = tuple(sorted(new.offers - old.offers)), tuple(sorted(old.offers - new.offers))
    works, dates = (*_built(old, new), *_asked(old, new)), _dates(old, new)
    words = [*([_offers(gained, lost)] if gained or lost else []), *works, *dates]
    if gained or lost:
        level = Level.OFFERS
    elif works:
        level = Level.PLACES if old.key == new.key else Level.WORKS
    elif dates:
        level = Level.DATES
    elif not is_same:
        level, words = Level.DETAILS, ["start or hall of a service, or modules"]
    else:
        level = Level.NONE
    return Change(level, gained, lost, tuple(words))


def _offers(gained: tuple[str, ...], lost: tuple[str, ...]) -> str:
    if gained and lost:
        return f"{', '.join(gained)} instead of {', '.join(lost)}"
    return f"also {', '.join(gained)}" if gained else f"without {', '.join(lost)}"


def _built(old: Decision, new: Decision) -> tuple[str, ...]:
    """Say which halls become something else."""
    was, is_ = dict(old.designs), dict(new.designs)
    gone, come = sorted(was.keys() - is_.keys()), sorted(is_.keys() - was.keys())
    if Counter(was.values()) == Counter(is_.values()) and gone:
        return (f"{', '.join(come)} in place of {', '.join(gone)}, the same designs",)
    told = [f"{hall} not converted" for hall in gone]
    told += [f"{hall} becomes {is_[hall]}" for hall in come]
    other = sorted(hall for hall in was.keys() & is_.keys() if was[hall] != is_[hall])
    told += [f"{hall} becomes {is_[hall]} instead of {was[hall]}" for hall in other]
    return _cut(told, "halls")


def _asked(old: Decision, new: Decision) -> tuple[str, ...]:
    was, is_ = dict(old.requests), dict(new.requests)
    asked = [f"grid request {name}" for name in sorted(is_.keys() - was.keys())]
    return (*asked, *(f"no grid request {name}" for name in sorted(was.keys() - is_.keys())))


def _dates(old: Decision, new: Decision) -> tuple[str, ...]:
    halls = _moved(dict(old.begun), dict(new.begun), "works in ")
    return _cut([*halls, *_moved(dict(old.requests), dict(new.requests), "grid request ")], "works and requests")


def _moved(was: Mapping[str, str], is_: Mapping[str, str], what: str) -> Iterator[str]:
    for name in sorted(was.keys() & is_.keys()):
        if was[name] != is_[name]:
            yield f"{what}{name} from {is_[name]} instead of {was[name]}"


def _cut(told: list[str], what: str) -> tuple[str, ...]:
    more = len(told) - MOST_WORDS
    return tuple(told) if more <= 0 else (*told[:MOST_WORDS], f"and {more} more {what}")


def _halls(count: int) -> str:
    return "no hall" if not count else f"{count} hall{'s' if count > 1 else ''}"

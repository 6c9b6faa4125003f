"""What an infeasible case carries: its causes, confirmed ways out, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

from planner.schemas import Case
from planner.translate.causes import Cause

FORMAT = "conversion-planner infeasibility"
MOST_SHOWN = 12
"""Causes and ways out that a message shows; JSON has all."""


class WayOutKind(StrEnum):
    """What kind of thing is changed."""

    FIRM_MW = "more firm MW"
    FIRM_FROM_INTERRUPTIBLE = "interruptible MW made firm"
    INTERRUPTIBLE_MW = "more interruptible MW"
    SUBSTATION = "larger substation"
    UPGRADE = "upgrade energised earlier"
    CONSENT = "consent for AI load earlier"
    QUANTILE = "queue at a lower quantile"
    WORKS = "faster works"
    CREWS = "more crews"
    HALL_POWER = "more electrical MW in a hall"
    HALL_FLOOR = "more floor in a hall"
    HALL_BAYS = "more bays in a hall"
    HALLS = "a further hall"
    MINING_ROOM = "more room for machines"
    COOLING = "cooling rated for the site"
    EQUITY = "more equity"
    COVER = "lower cover of the loan"
    LOAN = "larger loan"
    CARBON = "higher carbon cap"
    WATER = "more water"
    SUPPLY = "on-site supply kept longer"
    LONGSTOP = "later longstop"
    SIZE = "smaller contract"
    TERM = "shorter term"
    TERMS = "other terms of a contract"
    DENSITY = "denser design"
    GIVE_UP = "signed contract given up"
    TOGETHER = "several changes together"


@dataclass(frozen=True)
class Change:
    """One field of the case and what it becomes."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class WayOut:
    """Something that would make the case plannable, confirmed by a plan of the changed case."""

    kind: WayOutKind
    words: str
    changes: tuple[Change, ...]
    case: Case
    """The changed case."""
    amount: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Infeasibility:
    """Why a case has no plan. `is_cut_short`: the search for ways out ended by its time, there may be more."""

    signed: tuple[str, ...]
    """All offers that must be delivered, hosted customers included."""
    causes: tuple[Cause, ...]
    ways_out: tuple[WayOut, ...] = ()
    is_searched: bool = False
    """Whether ways out were looked for."""
    is_cut_short: bool = False
    seconds: float = 0.0

    @property
    def headline(self) -> str:
        """The first line: what is signed, and the first cause."""
        return f"{self._head()}: {self.causes[0].words}" if self.causes else self._head()

    def _head(self) -> str:
        if not self.signed:
            return "no plan obeys every limit"
        return f"no plan delivers the signed contracts ({', '.join(self.signed)}) within the limits"

    def words(self) -> str:
        """Return the whole message."""
        return "\n".join(self._lines())

    def why(self) -> str:
        """Return the part of the message that says why, without ways out."""
        return "\n".join(self._why())

    def _why(self) -> Iterator[str]:
        yield self._head()
        for cause in self.causes[:MOST_SHOWN]:
            yield f"  {cause.words}"
        if len(self.causes) > MOST_SHOWN:
            yield f"  and {len(self.causes) - MOST_SHOWN} more causes (all of them with --json)"

    def _lines(self) -> Iterator[str]:
        yield from self._why()
        if self.is_searched:
            yield from self._out()

    def _out(self) -> Iterator[str]:
        if self.ways_out:
            yield "Ways out, each confirmed by a plan of the changed case:"
        for n, way in enumerate(self.ways_out[:MOST_SHOWN], 1):
            yield f"  {n}. {way.words}"
            if way.changes:
                yield f"     {_summary(way.changes)}"
        if len(self.ways_out) > MOST_SHOWN:
            yield f"  and {len(self.ways_out) - MOST_SHOWN} more (all of them with --json)"
        if self.is_cut_short:
            found = "there may be more ways out" if self.ways_out else "no way out was confirmed in that time"
            yield f"The search for ways out was ended after {self.seconds:.0f} s: {found}."
        elif not self.ways_out:
            yield "No single change that was tried makes a plan possible."

    def to_json(self) -> str:
        """Return the text of infeasible.json."""
        content = {
            "format": FORMAT,
            "version": 1,
            "headline": self.headline,
            "signed": self.signed,
            "causes": [asdict(cause) for cause in self.causes],
            "ways_out": [
                {
                    "kind": way.kind, "words": way.words, "amount": way.amount, "unit": way.unit,
                    "changes": [asdict(change) for change in way.changes],
                }
                for way in self.ways_out
            ],
            "is_searched": self.is_searched,
            "is_cut_short": self.is_cut_short,
            "seconds": round(self.seconds, 1),
        }  # fmt: skip
        return json.dumps(content, indent=1, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


MOST_CHANGES = 4
MOST_LETTERS = 50


def _summary(changes: tuple[Change, ...]) -> str:
    """Say which fields change; the same step in many places once."""
    shown = [f"{change.field}: {_short(change.before)} -> {_short(change.after)}" for change in changes[:MOST_CHANGES]]
    more = len(changes) - MOST_CHANGES
    return "; ".join(shown) + (f"; and {more} more fields" if more > 0 else "")


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}..."

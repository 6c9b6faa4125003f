"""Decisions that are fixed beforehand: forced or forbidden, whatever they cost. All others stay free."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from planner.schemas.base import Id, Record


class Choice(StrEnum):
    """What becomes of a decision."""

    FORCE = "force"
    FORBID = "forbid"


class Override(Record):
    """One decision that is forced or forbidden: an offer, a hall, a design or a grid request.

    A date says when it begins: the service of an offer, the works in a hall, the request of an upgrade. Forced with
    a date it begins then; forbidden with a date it does not begin then, and may at another time.
    """

    choice: Choice
    """What becomes of it."""
    contract: Id | None = None
    """An offer; of an offer in steps, any of its sizes."""
    halls: Annotated[tuple[Id, ...], Field(max_length=200)] | None = None
    """Of a contract: forced, it stands in each of these and nowhere else; forbidden, in none of them."""
    hall: Id | None = None
    """A hall or pad that is converted."""
    design: Id | None = None
    """Beside a hall: what it is converted to. Alone: forced, at least one hall becomes it; forbidden, none does."""
    upgrade: Id | None = None
    """A grid request; the change of use is called change-of-use."""
    begins: date | None = None
    """With the first period that begins on or after this date."""
    since: date | None = None
    """With a period that begins on this date or later."""
    until: date | None = None
    """With a period that begins on this date or earlier."""

    def _broken_rules(self) -> Iterator[str]:
        subjects = [name for name in ("contract", "hall", "upgrade") if getattr(self, name) is not None]
        if len(subjects) > 1 or not (subjects or self.design):
            found = " and ".join(subjects) or "none"
            yield f"give one of contract, hall, upgrade, or a design (alone or beside a hall), found {found}"
        elif self.design is not None and self.hall is None and subjects:
            yield f"design stands beside a hall or alone, not beside {subjects[0]}"
        if self.halls is not None and self.contract is None:
            yield "halls says where a contract stands: give a contract, or a hall in place of halls"
        if self.halls == ():
            yield "halls: expected at least one, found none; leave the field out for any"
        yield from self._broken_dates()

    def _broken_dates(self) -> Iterator[str]:
        dated = any(day is not None for day in (self.begins, self.since, self.until))
        if dated and self.design is not None and self.hall is None:
            yield "a design alone has no date: name a hall beside it"
        if self.begins is not None and (self.since is not None or self.until is not None):
            yield "give begins, or since and until, not both"
        if self.since is not None and self.until is not None and self.until < self.since:
            yield f"until {self.until} is before since {self.since}"

    @property
    def words(self) -> str:
        """The override as it is typed on the command line, the choice before it."""
        what = f"contract:{self.contract}" if self.contract else f"upgrade:{self.upgrade}"
        if self.hall is not None:
            what = f"hall:{self.hall}" + (f"={self.design}" if self.design else "")
        elif self.design is not None:
            what = f"design:{self.design}"
        if self.halls is not None:
            what += f"={'+'.join(self.halls)}"
        if self.begins is not None:
            what += f"@{_typed(self.begins)}"
        elif self.since is not None or self.until is not None:
            what += "@" + "..".join("" if day is None else day.isoformat() for day in (self.since, self.until))
        return f"{self.choice.value} {what}"


def _typed(day: date) -> str:
    return f"{day:%Y-%m}" if day.day == 1 else day.isoformat()

"""Decisions that are fixed whatever they cost: the part of the Instance that forces or forbids them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """What a fixed decision is about."""

    CONTRACT = "contract"
    HALL = "hall"
    DESIGN = "design"
    UPGRADE = "upgrade"


@dataclass(frozen=True)
class Override:
    """One decision that is forced or forbidden; letters as in Instance."""

    words: str
    """In the words of the case, for messages."""
    subject: Subject
    forced: bool
    index: tuple[int, ...]
    """Contracts that are sizes of one offer (of which one is meant), or one hall, design or upgrade."""
    periods: frozenset[int] = frozenset()
    """Of a contract the starts of service, of an upgrade the periods of the request."""
    halls: frozenset[int] | None = None
    """Of a contract: forced, it stands in each of these and nowhere else; forbidden, in none of them. None: any."""
    ready: frozenset[tuple[int, int]] = frozenset()
    """Of a hall: design and readiness of the conversions that are meant."""
    is_dated: bool = False
    """Of a hall: only works that begin at certain times are meant."""

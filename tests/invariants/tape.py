"""What random cases are written on."""

from __future__ import annotations

from typing import Any


class Tape:
    """Random bytes, read from left to right, one for each choice; a zero is the first, plainest value.

    A case is drawn as one string of bytes and not field by field, because Hypothesis would then build most
    examples out of pieces of earlier ones, and too few would really differ. Each part of a case has its own
    stretch, so that a choice in one (one hall less) leaves the others as they are.
    """

    def __init__(self, content: bytes) -> None:
        """Begin at the left."""
        self._content, self._at = content, 0

    def part(self, size: int) -> Tape:
        """Return the next stretch as a tape of its own."""
        self._at += size
        return Tape(self._content[self._at - size : self._at])

    def one_of(self, *values: Any) -> Any:
        """Return one of the values."""
        self._at += 1
        return values[self._content[self._at - 1] % len(values)]

    def count(self, low: int, high: int) -> int:
        """Return a whole number from low to high."""
        return int(self.one_of(*range(low, high + 1)))

    def steps(self, low: int, high: int, step: float) -> float:
        """Return a multiple of a step, from low to high of them."""
        return round(self.count(low, high) * step, 6)

    def chance(self) -> bool:
        """Return yes or no."""
        return bool(self.one_of(False, True))

    def flag(self, wanted: bool | None) -> bool:
        """Return what is wanted, or yes or no."""
        found = self.chance()
        return found if wanted is None else wanted

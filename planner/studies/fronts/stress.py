"""A stress: levers moved at once, and the case in it. Only prices may move, so that the same decisions are offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from planner.schemas import Case
from planner.studies.levers import Lever, applies, apply

PRICES: dict[str, Lever] = {
    "hashprice": Lever.HASHPRICE, "rent": Lever.RENT, "capex": Lever.CAPEX, "equipment": Lever.EQUIPMENT,
    "power": Lever.POWER,
}  # fmt: skip
"""Short names of the levers that a stress may move."""


MOST = 10.0


class StressError(ValueError):
    """A stress that cannot be applied; the message says why."""


@dataclass(frozen=True)
class Stress:
    """Factors on today's assumptions, by short name."""

    factors: tuple[tuple[str, float], ...] = (("hashprice", 0.7), ("rent", 0.85))

    @property
    def words(self) -> str:
        """The stress in words."""
        return ", ".join(f"{PRICES[name].value} x {factor:g}" for name, factor in self.factors)

    def of(self, case: Case) -> Case:
        """Return the case in the stress.

        Raises:
            StressError: the case has nothing that a lever moves.
        """
        for name, factor in self.factors:
            if not applies(case, PRICES[name]):
                raise StressError(f"'{name}' moves nothing in this case: it has no {PRICES[name].value}")
            case = apply(case, PRICES[name], factor)
        return case


def read_stress(words: Sequence[str]) -> Stress:
    """Return the stress written as LEVER=FACTOR.

    Raises:
        StressError: an unknown lever, a factor that is none, or a lever named twice.
    """
    factors: dict[str, float] = {}
    for word in words:
        name, _, number = (part.strip() for part in word.partition("="))
        if name not in PRICES:
            near = get_close_matches(name, PRICES, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise StressError(f"wants one of {', '.join(PRICES)} before '=', found '{word}'{hint}")
        if name in factors:
            raise StressError(f"'{name}' is given twice")
        factors[name] = _factor(number, word)
    return Stress(tuple(factors.items()))


def _factor(number: str, word: str) -> float:
    try:
        factor = float(number)
    except ValueError:
        factor = -1.0
    if not 0 <= factor <= MOST:
        raise StressError(f"wants a factor from 0 to {MOST:g} after '=', as in hashprice=0.7, found '{word}'")
    return factor

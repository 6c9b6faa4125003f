"""A sweep: which assumptions of a case are moved, how far, in which pattern, and what is done with the plan there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeGuard

from pydantic import Field

from planner.schemas.base import Id, Record, Text

Scalar = bool | int | float | str | date
"""A plain value as it may stand in a case file."""

Path = Annotated[str, Field(min_length=1, max_length=300)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class FactorHow(StrEnum):
    """What a factor's value does to the field it moves."""

    SET = "set"
    """It takes the place of the field's value."""
    TIMES = "times"
    """The field's value is multiplied by it."""
    PLUS = "plus"
    """It is added to the field's value."""


class LeverKey(StrEnum):
    """An assumption of a whole case, moved wherever it stands; a multiple, or months for the two delays."""

    HASHPRICE = "hashprice"
    """What mining earns: the whole path."""
    RENT = "rent"
    """Rents and GPU rates of tenants, rents of GPU rigs, fees for hosted machines."""
    CAPEX = "capex"
    """Cost of conversions, cooling, shells and grid requests."""
    EQUIPMENT = "equipment"
    """Price of GPUs, of work on rigs and of on-site supply."""
    POWER = "power"
    """Energy, delivery, demand and coincident-peak charges."""
    COUPON = "coupon"
    """Interest of the loan: moves what is left for the owner."""
    DELAY = "delay"
    """Months on top of every grid queue, at every quantile."""
    LATE_WORKS = "late_works"
    """Months on top of every build."""

    @property
    def is_months(self) -> bool:
        """Whether the value is months on top, not a multiple."""
        return self in (LeverKey.DELAY, LeverKey.LATE_WORKS)


class Mode(StrEnum):
    """What is done with the plan at each point."""

    REOPTIMISE = "reoptimise"
    """The best plan of each point is found."""
    HOLD = "hold"
    """The plan of the base case is kept and valued again."""
    BOTH = "both"
    """Both, side by side: the difference is what it costs to have decided before knowing."""


class Factor(Record):
    """One assumption that is moved: a field of the case, several fields together, or a lever on all of a kind."""

    name: Id
    """Heads its column in the results."""
    path: Path | None = None
    """Field of the case it moves, as --set takes it, such as contracts[*].rent_usd_per_kw_month."""
    paths: Annotated[tuple[Path, ...], Field(min_length=1)] | None = None
    """Fields that move together, each in the same way."""
    lever: LeverKey | None = None
    """In place of a path: all of a kind in the case. A multiple of the whole hashprice path; rent, GPU rates and fees;
    capex of conversions, cooling, shells and grid; equipment prices of GPUs, rigs and on-site supply; power prices and
    charges; the coupon of the loan. Months on top of every grid queue (delay) or of every build (late_works)."""
    how: FactorHow | None = None
    """Required with a path; not given with a lever, which knows."""
    values: Annotated[tuple[Scalar, ...], Field(min_length=1)] | None = None
    """Values taken, for grid and one_at_a_time; or give low and high."""
    low: Scalar | None = None
    """For one_at_a_time and grid a value; for samplings the lower end of the range (whole numbers of the
    case get whole numbers)."""
    base: Scalar | None = None
    """Where it rests while others are moved, in the base case too; left out, as the case has it."""
    high: Scalar | None = None
    """As low, the other end."""

    def _broken_rules(self) -> Iterator[str]:
        given = [name for name in ("path", "paths", "lever") if getattr(self, name) is not None]
        if len(given) != 1:
            yield f"factor '{self.name}': give one of path, paths, lever; found {_words(given)}"
        elif (self.how is None) != (self.lever is not None):
            wanted = "a lever knows how, leave how out" if self.lever else "say how: set, times or plus"
            yield f"factor '{self.name}': {wanted}"
        yield from self._broken_levels()

    def _broken_levels(self) -> Iterator[str]:
        levels = [*(self.values or ()), self.low, self.base, self.high]
        if self.how is not FactorHow.SET and (self.how or self.lever):
            for level in levels:
                if level is not None and not is_number(level):
                    yield f"factor '{self.name}': {_MOVED_BY[self.how]} must be a number, found {level!r}"
        if self.lever is not None and any(is_number(level) and level < 0 for level in levels):
            yield f"factor '{self.name}': a lever's values must not be below 0"
        if is_number(self.low) and is_number(self.high) and self.low >= self.high:
            yield f"factor '{self.name}': low must be below high, found {self.low} and {self.high}"

    @property
    def targets(self) -> tuple[str, ...]:
        """The fields it moves; none of a lever."""
        return self.paths or (() if self.path is None else (self.path,))

    @property
    def levels(self) -> tuple[Scalar, ...]:
        """The values it takes in a grid, in the order given."""
        if self.values is not None:
            return self.values
        return tuple(level for level in (self.low, self.base, self.high) if level is not None)


_MOVED_BY = {FactorHow.TIMES: "a multiple", FactorHow.PLUS: "what is added", None: "a lever's value"}


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value can be multiplied and added."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(names: list[str]) -> str:
    return ", ".join(names) if names else "none"


class Grid(Record):
    """Every combination of the factors' values."""

    kind: Literal["grid"]


class OneAtATime(Record):
    """One factor moved at a time, the others at rest: what a tornado chart is drawn from."""

    kind: Literal["one_at_a_time"]


class ListedPoint(Record):
    """One point that is spelt out."""

    name: Text
    at: Annotated[dict[Id, Scalar], Field(default_factory=dict)]
    """Values of factors by name; those not named rest."""
    changes: tuple[Text, ...] = ()
    """Further changes of the case, as --set takes them: path=value, path*=factor, path+=amount, or a lever."""

    def _broken_rules(self) -> Iterator[str]:
        if not self.at and not self.changes:
            yield f"point '{self.name}' changes nothing: give at or changes"


class Listed(Record):
    """Points that are spelt out one by one."""

    kind: Literal["list"]
    points: Annotated[tuple[ListedPoint, ...], Field(min_length=1)]


class LatinHypercube(Record):
    """Points spread over the factors' ranges so that each factor alone is covered evenly."""

    kind: Literal["latin_hypercube"]
    count: Annotated[int, Field(ge=1, le=10_000)]
    """How many points."""
    seed: Seed = 0


class Morris(Record):
    """Screening by elementary effects: paths along which one factor after the other takes a step."""

    kind: Literal["morris"]
    trajectories: Annotated[int, Field(ge=2, le=1_000)] = 10
    """Paths; each takes one point more than there are factors."""
    levels: Annotated[int, Field(ge=2, le=20)] = 4
    """Even number of values of each factor; with 4, a step is two thirds of the range."""
    seed: Seed = 0

    def _broken_rules(self) -> Iterator[str]:
        if self.levels % 2:
            yield f"levels must be an even number, found {self.levels}"


Design = Annotated[Grid | OneAtATime | Listed | LatinHypercube | Morris, Field(discriminator="kind")]


class Sweep(Record):
    """A case solved again and again with some of its assumptions moved. The first point is always the base case."""

    schema_version: Literal[1]
    name: Text
    mode: Mode = Mode.REOPTIMISE
    """Find the best plan of each point, hold the base case's plan and value it again, or both side by side."""
    factors: tuple[Factor, ...] = ()
    """What is moved; may be left out where a list spells out its changes."""
    design: Design
    """In which pattern."""

"""The points of a sweep: which values its factors take, in which order, and what each changes in the case."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from planner.case_file.changes import Change, ChangeError, How
from planner.files.problems import CasePath, Problem
from planner.schemas.sweep import (
    Factor,
    FactorHow,
    Grid,
    LatinHypercube,
    Listed,
    Morris,
    OneAtATime,
    Scalar,
    Sweep,
)
from planner.studies.lever_changes import CaseChange, LeverChange, read_changes
from planner.studies.levers import Lever
from planner.studies.sweeps.sampling import hypercube, trajectories
from site_conversion.instance import Floats

HOW = {FactorHow.SET: How.SET, FactorHow.TIMES: How.TIMES, FactorHow.PLUS: How.PLUS}
BASE = "base"
"""Name of the first point."""


@dataclass(frozen=True)
class Move:
    """What one value of a factor, or one change that is spelt out, does to the case."""

    where: CasePath
    """Place of the value in the sweep file."""
    changes: tuple[Change, ...]
    lever: LeverChange | None = None

    @property
    def all(self) -> tuple[CaseChange, ...]:
        """The changes, that by lever included."""
        return self.changes if self.lever is None else (*self.changes, self.lever)

    def __str__(self) -> str:
        """Return the move as one reads it: changes as --set takes them, levers in words."""
        if self.lever is not None:
            return str(self.lever)
        return "; ".join(map(str, self.changes))


@dataclass(frozen=True)
class SweepPoint:
    """One point: where each factor stands and what that changes."""

    number: int
    """From 0, the base case."""
    name: str
    values: tuple[Scalar | None, ...]
    """Of each factor; None where it rests as the case has it."""
    moves: tuple[Move, ...]

    @property
    def words(self) -> str:
        """All that is changed, as one reads it."""
        return "; ".join(map(str, self.moves))


@dataclass(frozen=True)
class _Level:
    """A value of a factor and its place in the file."""

    value: Scalar
    where: CasePath
    label: str


def points_of(sweep: Sweep, whole: Container[int] = ()) -> tuple[SweepPoint, ...]:
    """Return the points of a sweep that was read without problems, the base case first.

    Args:
        sweep: the sweep.
        whole: factors, by their place, that move whole numbers, so that their samples are rounded.
    """
    rest = {i: _Level(f.base, ("factors", i, "base"), BASE) for i, f in enumerate(sweep.factors) if f.base is not None}
    points = [_point(0, BASE, rest, sweep.factors)]
    for number, (name, taken, more) in enumerate(_pattern(sweep, whole), start=1):
        points.append(_point(number, name, rest | dict(taken), sweep.factors, more))
    return tuple(points)


Taken = Mapping[int, _Level]
"""Factor -> the value it takes."""


def _pattern(sweep: Sweep, whole: Container[int]) -> Iterator[tuple[str, Taken, tuple[Move, ...]]]:
    """Yield name, values and further moves of each point but the base case."""
    design = sweep.design
    if isinstance(design, Grid):
        for combination in itertools.product(*(_levels(i, factor) for i, factor in enumerate(sweep.factors))):
            yield ", ".join(level.label for level in combination), dict(enumerate(combination)), ()
    elif isinstance(design, OneAtATime):
        for i, factor in enumerate(sweep.factors):
            for level in _levels(i, factor):
                if factor.values is not None or level.value != factor.base:
                    yield level.label, {i: level}, ()
    elif isinstance(design, Listed):
        yield from _listed(design, sweep.factors)
    else:
        for k, sample in enumerate(_samples(design, len(sweep.factors)), start=1):
            yield f"sample {k}", _scaled(sample, sweep.factors, whole), ()


def _levels(i: int, factor: Factor) -> list[_Level]:
    typed: list[tuple[Scalar, CasePath]]
    if factor.values is not None:
        typed = [(value, ("factors", i, "values", j)) for j, value in enumerate(factor.values)]
    else:
        ends = (("low", factor.low), ("base", factor.base), ("high", factor.high))
        typed = [(value, ("factors", i, end)) for end, value in ends if value is not None]
    return [_Level(value, where, f"{factor.name} {_short(factor, value)}") for value, where in typed]


def _short(factor: Factor, value: Scalar) -> str:
    """Write a value with what it does: x1.1, +6, or the value itself."""
    number = f"{value:.12g}" if isinstance(value, float) else str(value)
    if factor.how is FactorHow.SET:
        return number
    added = factor.how is FactorHow.PLUS or (factor.lever is not None and factor.lever.is_months)
    return (number if number.startswith("-") else f"+{number}") if added else f"x{number}"


def _listed(design: Listed, factors: tuple[Factor, ...]) -> Iterator[tuple[str, Taken, tuple[Move, ...]]]:
    index = {factor.name: i for i, factor in enumerate(factors)}
    for k, point in enumerate(design.points):
        where: CasePath = ("design", "points", k)
        taken = {index[name]: _Level(value, (*where, "at", name), name) for name, value in point.at.items()}
        more = [_spelt_out((*where, "changes", j), text) for j, text in enumerate(point.changes)]
        yield point.name, taken, tuple(more)


def _spelt_out(where: CasePath, text: str) -> Move:
    (change,) = read_changes((text,))
    return Move(where, (), change) if isinstance(change, LeverChange) else Move(where, (change,))


def lever_problems(sweep: Sweep) -> Iterator[Problem]:
    """Yield what is wrong with the levers among the changes that a list spells out."""
    points = sweep.design.points if isinstance(sweep.design, Listed) else ()
    for k, point in enumerate(points):
        for j, text in enumerate(point.changes):
            try:
                read_changes((text,))
            except ChangeError as error:
                yield Problem(("design", "points", k, "changes", j), str(error))


def _samples(design: LatinHypercube | Morris, factors: int) -> Floats:
    if isinstance(design, LatinHypercube):
        return hypercube(design.count, factors, design.seed)
    return trajectories(design.trajectories, design.levels, factors, design.seed)


def _scaled(sample: Floats, factors: tuple[Factor, ...], whole: Container[int]) -> Taken:
    taken = {}
    for i, (share, factor) in enumerate(zip(sample.tolist(), factors, strict=True)):
        low, high = float(cast(float, factor.low)), float(cast(float, factor.high))
        value = low + share * (high - low)
        taken[i] = _Level(round(value) if i in whole else value, ("factors", i, "low"), factor.name)
    return taken


def _point(
    number: int, name: str, taken: Taken, factors: tuple[Factor, ...], more: tuple[Move, ...] = ()
) -> SweepPoint:
    values = tuple(taken[i].value if i in taken else None for i in range(len(factors)))
    moves = [_move(factors[i], taken[i]) for i in sorted(taken)]
    return SweepPoint(number, name, values, (*moves, *more))


def _move(factor: Factor, level: _Level) -> Move:
    if factor.lever is not None:
        return Move(level.where, (), LeverChange(Lever[factor.lever.name], float(cast(float, level.value))))
    if factor.how is None:
        raise TypeError(f"factor {factor.name} does not say how")
    how = HOW[factor.how]
    return Move(level.where, tuple(Change(path, how, level.value) for path in factor.targets))

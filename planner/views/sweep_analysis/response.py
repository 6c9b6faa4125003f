"""How the gain answers to the factors: lines along one, a map of two, correlations and clouds of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import spearmanr

from planner.schemas.sweep import Grid, LatinHypercube, Scalar
from planner.views.sweep_analysis.flips import Region
from planner.views.sweep_analysis.lines import Ground, numbers_of, value_words

LEAST_SAMPLES = 5
"""Fewer say nothing about a correlation."""
LIKELY = 0.05
"""A correlation more likely than this to come from samples without any is called chance."""


@dataclass(frozen=True)
class Spot:
    """One point of a response; gains are against going on mining."""

    point: int
    value: float
    words: str
    best_usd: float | None
    kept_usd: float | None
    letter: str
    """Of its group of equal decisions; nothing where no best plan was looked for."""


@dataclass(frozen=True)
class Response:
    """The gain along one factor: a line with the others at rest, or a cloud where all moved."""

    factor: str
    spots: tuple[Spot, ...]
    is_cloud: bool


@dataclass(frozen=True)
class Cell:
    """One combination of two factors."""

    point: int
    x: str
    y: str
    gain_usd: float | None
    letter: str


@dataclass(frozen=True)
class HeatMap:
    """The gain of the best plan over two factors, their values in order."""

    x: str
    y: str
    x_words: tuple[str, ...]
    y_words: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Influence:
    """How the gain of samples rises or falls with a factor."""

    factor: str
    rank_correlation: float
    """Spearman's: from -1 to 1."""
    chance_frac: float
    """How likely as much comes from factors that do nothing."""
    samples: int
    is_of_kept: bool

    @property
    def is_told(self) -> bool:
        """Whether it is more than chance."""
        return self.chance_frac < LIKELY


def responses(ground: Ground, groups: Sequence[Region]) -> tuple[Response, ...]:
    """Return a response for every factor with numbers: two values and the base, or samples."""
    letters = {number: group.letter for group in groups for number in group.points}
    is_cloud = isinstance(ground.sweep.design, LatinHypercube)
    found = (_response(ground, i, letters, is_cloud=is_cloud) for i in range(len(ground.factors)))
    return tuple(response for response in found if response is not None)


def _response(ground: Ground, index: int, letters: dict[int, str], *, is_cloud: bool) -> Response | None:
    line = ground.at_rest(index)
    if not is_cloud and (line is None or not line.is_ordered):
        return None
    points = ground.points if is_cloud or line is None else line.points
    factor = ground.factors[index]
    spots = []
    for value, point in numbers_of(points, index):
        best, kept = point.best_figures, point.kept_figures
        if best is None and kept is None:
            continue
        spots.append(
            Spot(
                point=point.number,
                value=value,
                words=value_words(factor, point.values[index]),
                best_usd=None if best is None else best.gain_usd,
                kept_usd=None if kept is None else kept.gain_usd,
                letter=letters.get(point.number, ""),
            )
        )
    return Response(factor.name, tuple(spots), is_cloud) if len(spots) > 2 else None


def heat_map(ground: Ground, groups: Sequence[Region]) -> HeatMap | None:
    """Return the map of a grid of two factors, each with two values or more."""
    if not isinstance(ground.sweep.design, Grid) or len(ground.factors) != 2:
        return None
    letters = {number: group.letter for group in groups for number in group.points}
    points = [point for point in ground.points if point.number and point.best is not None]
    x, y = ground.factors
    axes = [_axis([point.values[i] for point in points]) for i in (0, 1)]
    if min(map(len, axes)) < 2:
        return None
    cells = tuple(
        Cell(
            point.number,
            value_words(x, point.values[0]),
            value_words(y, point.values[1]),
            None if point.best_figures is None else point.best_figures.gain_usd,
            letters.get(point.number, ""),
        )
        for point in points
    )
    x_words, y_words = (
        tuple(value_words(factor, value) for value in axis) for factor, axis in zip((x, y), axes, strict=True)
    )
    return HeatMap(x.name, y.name, x_words, y_words, cells)


def _axis(values: Sequence[Scalar | None]) -> list[Scalar | None]:
    """Return the values once each: numbers in order, others as they come."""
    seen = list(dict.fromkeys(values))
    numbers = [value for value in seen if isinstance(value, int | float) and not isinstance(value, bool)]
    return [*sorted(numbers)] if len(numbers) == len(seen) else seen


def influences(ground: Ground) -> tuple[Influence, ...]:
    """Return the rank correlations of a Latin hypercube, the strongest first."""
    if not isinstance(ground.sweep.design, LatinHypercube):
        return ()
    found = (_influence(ground, i) for i in range(len(ground.factors)))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: -abs(one.rank_correlation)))


def _influence(ground: Ground, index: int) -> Influence | None:
    samples = tuple(point for point in ground.points if point.number)
    is_of_kept = all(point.best is None for point in samples)
    pairs = [
        (value, figures.gain_usd)
        for value, point in numbers_of(samples, index)
        if (figures := point.kept_figures if is_of_kept else point.best_figures) is not None
    ]
    values, gains = [value for value, _ in pairs], [gain for _, gain in pairs]
    if len(pairs) < LEAST_SAMPLES or len(set(values)) < 2 or len(set(gains)) < 2:
        return None
    told = spearmanr(values, gains)
    name = ground.factors[index].name
    return Influence(name, float(told.statistic), float(told.pvalue), len(pairs), is_of_kept)

"""All that a sweep tells, in one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.schemas.sweep import Sweep
from planner.studies.sweeps.effects import Effect
from planner.studies.sweeps.outcome import HeldAs, Way
from planner.studies.sweeps.table import SweepTable, largest_usd
from planner.views.sweep_analysis.comparison import Comparison, comparison
from planner.views.sweep_analysis.flips import Flip, Region, flips, regions
from planner.views.sweep_analysis.lines import Ground, Point
from planner.views.sweep_analysis.pinned import Knowing, Pinned, dearest, pinned
from planner.views.sweep_analysis.response import (
    HeatMap,
    Influence,
    Response,
    heat_map,
    influences,
    responses,
)
from planner.views.sweep_analysis.tornado import TornadoRow, tornado

NOT_AT_ALL = "not at all"


@dataclass(frozen=True)
class SweepAnalysis:
    """What a sweep tells, finished or not."""

    table: SweepTable
    sweep: Sweep
    points: tuple[Point, ...]
    comparison: Comparison
    tornado: tuple[TornadoRow, ...]
    pinned: tuple[Pinned, ...]
    dearest: Knowing | None
    """Where keeping the base case's plan costs most, wherever the factors stand."""
    flips: tuple[Flip, ...]
    """Changes of dates and places included; `is_flip` of their level tells them apart."""
    regions: tuple[Region, ...]
    responses: tuple[Response, ...]
    heat_map: HeatMap | None
    influences: tuple[Influence, ...]
    effects: tuple[Effect, ...]
    """Of a Morris screening."""

    @property
    def base(self) -> Point | None:
        """The base case; None if it is not done."""
        return next((point for point in self.points if point.number == 0), None)

    @property
    def ways(self) -> frozenset[Way]:
        """What was done with the plan at points beside the base case."""
        return frozenset(row.way for row in self.table.rows if row.point)

    @property
    def largest_usd(self) -> float:
        """The largest amount that is told."""
        return largest_usd(self.table)

    @property
    def not_alone(self) -> tuple[str, ...]:
        """Factors that were at no point moved alone, of which the tornado says nothing."""
        alone = {row.factor for row in self.tornado}
        return tuple(factor.name for factor in self.sweep.factors if factor.name not in alone)

    @property
    def kept_as(self) -> dict[str, int]:
        """How often the plan that is kept can be carried out how, beside the base case."""
        found: dict[str, int] = {}
        for point in self.points:
            if point.number and point.kept is not None:
                how = point.kept.outcome.held
                words = str(how or HeldAs.DECIDED) if point.kept_figures is not None else NOT_AT_ALL
                found[words] = found.get(words, 0) + 1
        order = [*map(str, HeldAs), NOT_AT_ALL]
        return dict(sorted(found.items(), key=lambda entry: order.index(entry[0])))


def analyse(table: SweepTable, sweep: Sweep, effects: Sequence[Effect] = ()) -> SweepAnalysis:
    """Return all that the rows of a sweep tell; rows may be missing."""
    ground = Ground(table, sweep)
    rows, groups = tornado(ground), regions(ground)
    return SweepAnalysis(
        table=table,
        sweep=sweep,
        points=ground.points,
        comparison=comparison(ground),
        tornado=rows,
        pinned=pinned(ground, rows),
        dearest=dearest(ground),
        flips=flips(ground),
        regions=groups,
        responses=responses(ground, groups),
        heat_map=heat_map(ground, groups),
        influences=influences(ground),
        effects=tuple(effects),
    )

"""Elementary effects of a Morris screening: how much each factor moves the NPV over its range, and how evenly.

mu* is the mean size of an effect: what moving the factor from its low to its high end does, the others anywhere in
their ranges. sigma is the spread of the effects: large beside mu* where the factor acts in jumps or with others.
Source: Campolongo, Cariboni, Saltelli, An effective screening design for sensitivity analysis of large models,
Environmental Modelling & Software 22 (2007).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.schemas.sweep import Morris, Sweep
from planner.studies.sweeps.outcome import Way
from planner.studies.sweeps.sampling import trajectories, unit_cube
from planner.studies.sweeps.table import SweepTable
from site_conversion.instance import Floats


@dataclass(frozen=True)
class Effect:
    """What one factor does to the NPV; money in USD over the factor's whole range."""

    factor: str
    way: Way
    mu_star_usd: float
    mu_star_95_usd: float
    """Half the width of the 95 % confidence interval of mu*, from resampling the trajectories."""
    mu_usd: float
    sigma_usd: float
    unproven_usd: float
    """mu* may be wrong by so much because points are proven only within their gaps."""
    trajectories: int
    """Paths used: those with a figure at every point."""


def effects(sweep: Sweep, table: SweepTable) -> tuple[Effect, ...]:
    """Return the effects of every factor, largest first; nothing where fewer than two trajectories are complete."""
    if not isinstance(sweep.design, Morris):
        return ()
    design, width = sweep.design, len(sweep.factors)
    cube = trajectories(design.trajectories, design.levels, width, design.seed)
    found = [effect for way in Way for effect in _of(way, design, cube, table)]
    return tuple(sorted(found, key=lambda effect: (effect.way, -effect.mu_star_usd)))


def _of(way: Way, design: Morris, cube: Floats, table: SweepTable) -> Iterator[Effect]:
    from SALib.analyze import morris  # noqa: PLC0415 - an optional library, there if the points were sampled

    width = cube.shape[1]
    figures = {row.point: row.outcome.figures for row in table.rows if row.way is way}
    found = [figures.get(k + 1) for k in range(len(cube))]
    values = np.array([np.nan if f is None else f.npv_usd for f in found])
    rooms = np.array([0.0 if f is None or f.npv_bound_usd is None else f.npv_bound_usd - f.npv_usd for f in found])
    whole = ~np.isnan(values).reshape(-1, width + 1).any(axis=1)
    if whole.sum() < 2:
        return
    used = np.repeat(whole, width + 1)
    told = morris.analyze(
        unit_cube(width), cube[used], values[used], num_levels=design.levels, seed=design.seed, print_to_console=False
    )
    unproven = _unproven(cube[used], rooms[used])
    for i, name in enumerate(table.factors):
        yield Effect(
            factor=name,
            way=way,
            mu_star_usd=float(told["mu_star"][i]),
            mu_star_95_usd=float(told["mu_star_conf"][i]),
            mu_usd=float(told["mu"][i]),
            sigma_usd=float(told["sigma"][i]),
            unproven_usd=float(unproven[i]),
            trajectories=int(whole.sum()),
        )


def _unproven(cube: Floats, rooms: Floats) -> Floats:
    """Return by factor the mean over its steps of what the two ends' gaps leave open, per unit of its range."""
    width = cube.shape[1]
    paths, left = cube.reshape(-1, width + 1, width), rooms.reshape(-1, width + 1)
    steps = np.abs(np.diff(paths, axis=1))
    open_ = np.maximum(left[:, :-1], left[:, 1:])[:, :, None]
    moved = steps > 0
    per_unit = np.divide(open_, steps, out=np.zeros_like(steps), where=moved)
    return np.asarray(per_unit.sum(axis=(0, 1)) / len(paths), dtype=np.float64)

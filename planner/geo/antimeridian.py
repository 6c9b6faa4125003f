"""Polygons that run across the antimeridian or round a pole, cut so that a flat map of degrees shows them right."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import shapely

from planner.geo.sphere import Floats

POLE = 89.9
"""Beyond this latitude a long way in longitude is a short way on the ground."""


def cut_at_antimeridian(shapes: Any) -> Any:
    """Return shapes with every polygon cut in two whose outline steps from one side of the antimeridian to the other.

    An edge that spans more than half the globe is read as the short way round. An outline that goes once round the
    globe is closed along the nearer pole.
    """
    cut = np.array(shapes, dtype=object)
    for i, shape in enumerate(cut):
        if shape is not None and any(_steps(ring).any() for ring in _rings(shape)):
            cut[i] = shapely.union_all([_cut(part) for part in shapely.get_parts(shape)])
    return cut


def _rings(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return shapely.get_rings(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _steps(ring: Any) -> Any:
    """Return for each edge whether it runs across the antimeridian: 1 eastwards, -1 westwards, else 0."""
    lon, lat = shapely.get_coordinates(ring).T
    step = np.diff(lon)
    is_polar = (np.abs(lat[1:]) > POLE) & (np.abs(lat[:-1]) > POLE)
    return np.where((np.abs(step) > 180) & ~is_polar, -np.sign(step), 0.0)


def _cut(part: Any) -> Any:
    """Return a part of a shape, cut; anything but a polygon as it is."""
    if shapely.get_type_id(part) != shapely.GeometryType.POLYGON:
        return part
    # What one ring encloses and not the other: round a pole, the coast may be written as the hole.
    return reduce(shapely.symmetric_difference, [_folded(ring) for ring in shapely.get_rings(part)])


def _folded(ring: Any) -> Any:
    """Return what a ring encloses: laid out in longitudes without a step, cut into worlds, each moved back."""
    degrees = shapely.get_coordinates(ring)
    turns = np.concatenate([[0.0], np.cumsum(_steps(ring))])
    laid: Floats = degrees + np.column_stack([360 * turns, np.zeros_like(turns)])
    if turns[-1]:
        pole = float(np.copysign(90.0, laid[:, 1].mean()))
        laid = np.vstack([laid, [laid[-1, 0], pole], [laid[0, 0], pole], laid[0]])
    flat = shapely.make_valid(shapely.Polygon(laid), method="structure", keep_collapsed=False)
    worlds = [shapely.intersection(flat, shapely.box(west, -90, west + 360, 90)) for west in (-540, -180, 180)]
    moved = [_moved(world, -180 - west) for world, west in zip(worlds, (-540, -180, 180), strict=True)]
    return shapely.union_all(moved)


def _moved(shape: Any, degrees: float) -> Any:
    return shapely.transform(shape, lambda xy: np.column_stack([np.clip(xy[:, 0] + degrees, -180, 180), xy[:, 1]]))

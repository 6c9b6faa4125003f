"""Samples of the unit cube: one row for each point, one column for each factor, from 0 (low) to 1 (high)."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from site_conversion.instance import Floats


class MissingLibrary(Exception):
    """An optional library is not installed; the message says which and how to get it."""


def hypercube(count: int, factors: int, seed: int) -> Floats:
    """Return a Latin hypercube: each factor alone takes one value in each of `count` equal parts of its range."""
    sampler = qmc.LatinHypercube(d=factors, rng=np.random.default_rng(seed))
    return np.asarray(sampler.random(count), dtype=np.float64)


def trajectories(count: int, levels: int, factors: int, seed: int) -> Floats:
    """Return Morris trajectories one after the other, each `factors + 1` points long.

    Max D. Morris, Factorial sampling plans for preliminary computational experiments, Technometrics 33 (1991).

    Raises:
        MissingLibrary: SALib is not installed.
    """
    try:
        from SALib.sample import morris  # noqa: PLC0415 - an optional library
    except ImportError:
        raise MissingLibrary(
            "a Morris screening needs SALib: install the extra `sensitivity` (pip install .[sensitivity])"
        ) from None
    return np.asarray(morris.sample(unit_cube(factors), count, num_levels=levels, seed=seed), dtype=np.float64)


def unit_cube(factors: int) -> dict[str, object]:
    """Return the description of a unit cube as SALib takes it."""
    return {"num_vars": factors, "names": [f"x{i}" for i in range(factors)], "bounds": [[0.0, 1.0]] * factors}

"""Moments inside a period from which fewer mining halls stand than before.

A hall hashes to the day it is stripped out, which may be in the middle of a period. Machines that fill the halls that
are left lose nothing but that room; machines that filled the halls only in part can't run more before the day to make
up for what stands still after it. So room, and what runs in it, is counted from each such day to the next.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from site_conversion.instance import Instance
from site_conversion.options import Stage

WIDTH = 1e-9
"""Moments nearer to each other than this part of a period are one."""

Moments = dict[tuple[int, int], tuple[float, ...]]


def mining_moments(instance: Instance, stages: list[Stage]) -> Moments:
    """Return the moments of each mining kind and period, as parts of the period gone by; the first is its start."""
    found: dict[tuple[int, int], set[float]] = {
        (n, p): {0.0} for n in range(len(instance.mining_kinds)) for p in range(instance.periods)
    }
    for h, d, k in stages:
        kind = int(instance.hall_mining_kind[h])
        if kind >= 0:
            p, gone = stripped(instance, (h, d, k))
            if p < instance.periods:
                found[kind, p].add(gone)
    return {index: _apart(sorted(parts)) for index, parts in found.items()}


def stripped(instance: Instance, stage: Stage) -> tuple[int, float]:
    """Return the period in which a conversion strips its hall out, and the part of it that has gone by then."""
    lost_frac = instance.hashing_lost_frac[stage]
    p = int(np.argmax(lost_frac > 0)) if lost_frac.any() else instance.periods
    return p, 1.0 - float(lost_frac[p]) if p < instance.periods else 0.0


def lengths(moments: tuple[float, ...]) -> list[float]:
    """Return the part of the period from each moment to the next."""
    return [after - before for before, after in pairwise((*moments, 1.0))]


def _apart(parts: list[float]) -> tuple[float, ...]:
    return tuple(part for before, part in pairwise((-1.0, *parts)) if part - before > WIDTH)

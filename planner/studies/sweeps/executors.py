"""Which workers a sweep has: processes of this machine, one for each core unless told otherwise, or a cluster."""

from __future__ import annotations

import os

from planner.studies.sweeps.cluster import DaskCluster
from planner.studies.sweeps.executor import Executor
from planner.studies.sweeps.pool import ProcessPool

MOST_WORKERS = 1024


def executor_for(workers: int | None, scheduler: str | None) -> Executor:
    """Return the workers behind a scheduler's address, or so many processes; the caller closes them.

    Raises:
        MissingLibrary: a scheduler is given and Dask is not installed.
        NoWorkers: no scheduler answers there, it has no workers, or they have other versions.
    """
    return ProcessPool(workers or cores()) if scheduler is None else DaskCluster(scheduler)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

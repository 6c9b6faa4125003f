"""Who does the work of a sweep: processes of this machine, or a cluster, behind the same few lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from planner.studies.sweeps.worker import Answer, Task, Work


class Executor(Protocol):
    """Workers that answer tasks, in whatever order they finish."""

    def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[Answer]:
        """Yield an answer for every task as it is done; a worker that dies leaves a failure, and the rest goes on.

        Tasks are taken from the iterable as workers become free.
        """
        ...

    def close(self) -> None:
        """End the workers, also in the middle of their work."""
        ...


class NoWorkers(Exception):
    """There is nobody to do the work; the message says why."""

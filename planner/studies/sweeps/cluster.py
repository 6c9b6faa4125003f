"""A Dask cluster as the workers of a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from planner.results import software_versions
from planner.studies.sweeps.executor import NoWorkers
from planner.studies.sweeps.sampling import MissingLibrary
from planner.studies.sweeps.worker import Answer, Task, Work, failure

SECONDS_TO_JOIN = 30
COMPARED = ("planner", "highspy", "pyomo")
"""Versions that must be the same on every worker."""


class DaskCluster:
    """Workers behind the scheduler at an address."""

    def __init__(self, address: str) -> None:
        """Connect.

        Raises:
            MissingLibrary: Dask is not installed.
            NoWorkers: no scheduler answers there, it has no workers, or they have other versions.
        """
        try:
            import distributed  # noqa: PLC0415 - an optional library
        except ImportError:
            raise MissingLibrary("a cluster needs Dask: install the extra `cluster` (pip install .[cluster])") from None
        self._dask: Any = distributed
        try:
            self._client: Any = self._dask.Client(address, timeout=SECONDS_TO_JOIN)
        except (OSError, TimeoutError, ValueError) as error:
            raise NoWorkers(f"no Dask scheduler answers at {address}: {error}") from None
        try:
            self._check(address)
        except NoWorkers:
            self.close()
            raise

    def _check(self, address: str) -> None:
        ours = software_versions()
        found: dict[str, dict[str, str]] = self._client.run(software_versions)
        if not found:
            raise NoWorkers(f"the Dask scheduler at {address} has no workers")
        for worker, theirs in found.items():
            for name in COMPARED:
                if theirs[name] != ours[name]:
                    raise NoWorkers(f"worker {worker} has {name} {theirs[name]}, here it is {ours[name]}")

    def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[Answer]:
        """Yield the answer of every task; see `Executor`."""
        waiting = iter(tasks)
        running: dict[Any, Task] = {}
        finished = self._dask.as_completed()
        self._submit(work, waiting, running, finished)
        while running:
            future = next(finished)
            task = running.pop(future)
            # the workers' faults are answers: what raises here is the cluster's
            fault = future.exception()
            answer = future.result() if fault is None else Answer(task.key, failure(f"the cluster: {fault}"))
            self._submit(work, waiting, running, finished)
            yield answer

    def _submit(self, work: Work, waiting: Iterator[Task], running: dict[Any, Task], finished: Any) -> None:
        """Keep as many tasks at the cluster as it has threads: one that waits at a worker that dies is blamed too."""
        room = max(1, sum(self._client.ncores().values())) - len(running)
        for _ in range(room):
            task = next(waiting, None)
            if task is None:
                return
            future = self._client.submit(work.answer, task, pure=False)
            running[future] = task
            finished.add(future)

    def close(self) -> None:
        """Drop what is not done and leave; the cluster stays."""
        self._client.close()

"""Processes of this machine: each has one task at a time, and one that dies takes no other with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import cast

from planner.studies.spawning import without_main
from planner.studies.sweeps.worker import Answer, Task, Work, failure

SECONDS_TO_END = 5.0


@dataclass
class _Worker:
    """A process, our end of its pipe, and what it is at."""

    process: BaseProcess
    pipe: Connection
    work: Work | None = None
    task: Task | None = field(default=None)

    def give(self, work: Work, task: Task) -> None:
        """Hand over a task; what all tasks share goes before the first of them."""
        self.task = task
        if self.work is not work:
            self.pipe.send(work)
            self.work = work
        self.pipe.send(task)

    def take(self) -> Answer:
        """Return what came of the task, which a dead process cannot say itself."""
        task, self.task = cast(Task, self.task), None
        try:
            return cast(Answer, self.pipe.recv())
        except (EOFError, OSError):
            self.process.join(SECONDS_TO_END)
            return Answer(task.key, failure(f"the worker process died ({_cause(self.process.exitcode)})"))


class ProcessPool:
    """Spawned processes; they start when there is work for them."""

    def __init__(self, workers: int) -> None:
        """Say how many processes there may be."""
        self._most = workers
        self._workers: list[_Worker] = []

    def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[Answer]:
        """Yield the answer of every task; see `Executor`."""
        waiting = iter(tasks)
        self._assign(work, waiting)
        while busy := {worker.pipe: worker for worker in self._workers if worker.task is not None}:
            done = [busy[cast(Connection, pipe)] for pipe in wait(list(busy))]
            answers = [worker.take() for worker in done]
            self._workers = [worker for worker in self._workers if worker.process.is_alive()]
            self._assign(work, waiting)
            yield from answers

    def _assign(self, work: Work, waiting: Iterator[Task]) -> None:
        """Give a task to every free worker, and start workers while there is work and room."""
        for worker in [worker for worker in self._workers if worker.task is None]:
            task = next(waiting, None)
            if task is None:
                return
            worker.give(work, task)
        while len(self._workers) < self._most:
            task = next(waiting, None)
            if task is None:
                return
            worker = _started()
            self._workers.append(worker)
            worker.give(work, task)

    def close(self) -> None:
        """End the processes, also in the middle of a solve."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(SECONDS_TO_END)
            if worker.process.is_alive():
                worker.process.kill()
            worker.pipe.close()
        self._workers = []


def _started() -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    with _interrupt_ignored(), without_main():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextmanager
def _interrupt_ignored() -> Iterator[None]:
    """Let a process that starts now be deaf to Ctrl-C, which is for its parent: that ends it in its own time."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(pipe: Connection) -> None:
    """Answer tasks until the parent closes the pipe or is gone."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    # the solver listens to Ctrl-C in the main thread alone, and here it must not
    server = threading.Thread(target=_answer_all, args=(pipe,), daemon=True)
    server.start()
    server.join()


def _answer_all(pipe: Connection) -> None:
    work: Work | None = None
    with suppress(EOFError, OSError):
        while True:
            message = pipe.recv()
            if isinstance(message, Work):
                work = message
            elif work is not None:
                pipe.send(work.answer(message))


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _cause(code: int | None) -> str:
    """Say how a process ended."""
    if code is not None and code < 0:
        return f"signal {-code}, {signal.Signals(-code).name}"
    return f"exit code {code}"

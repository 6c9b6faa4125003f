"""The journal of a sweep: one line for each point that is done, never rewritten, so that nothing done is lost.

A line holds a key and an outcome. The key is a hash of all that the outcome rests on, the point's whole case included:
a journal may hold points of several sweeps, and a point that is there is known, whatever asked for it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from planner.results import now, software_versions
from planner.studies.sweeps.outcome import PointOutcome, PointStatus, Way
from planner.studies.sweeps.worker import Answer
from site_conversion.solve import SolveOptions

NAME = "journal.jsonl"
FORMAT = "conversion-planner sweep journal"


class JournalError(Exception):
    """A file that is in the way, or in use; the message says what it is."""


class _Head(BaseModel):
    """The first line."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal["conversion-planner sweep journal"]
    version: Literal[1]


class Entry(BaseModel):
    """A line for a point."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str
    done: str
    """When, in UTC."""
    outcome: PointOutcome
    plan_json: str = ""
    """The decisions of a plan that was found, as a proposal."""


def key_of(
    way: Way, case_json: str, options: SolveOptions, datasets: tuple[tuple[str, str], ...], plan_json: str
) -> str:
    """Return the hash of all that an outcome rests on: case, plan that is kept, options, data and software."""
    rests_on = {
        "way": way.value,
        "case": case_json,
        "kept": plan_json,
        # 0 and 0.0 are one gap, and must not be two texts
        "gap_frac": float(options.gap_frac) if way is Way.REOPTIMISED else 0.0,
        "time_limit_s": None if options.time_limit_s is None else float(options.time_limit_s),
        "seed": options.seed,
        "datasets": dict(datasets),
        "software": _software(),
    }
    return hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()[:32]


@cache
def _software() -> dict[str, str]:
    versions = software_versions()
    return {name: versions[name] for name in ("planner", "highspy", "pyomo")}


class Journal:
    """Outcomes by key; in a file where there is a folder for it."""

    def __init__(self, folder: Path | None) -> None:
        """Read what is known and open the file for more.

        Raises:
            JournalError: the file is no journal, or another sweep is writing it.
        """
        self.known: dict[str, Entry] = {}
        self._file: IO[bytes] | None = None
        if folder is None:
            return
        path = folder / NAME
        try:
            self._file = path.open("a+b")
            _lock(self._file, path)
            self._read(self._file, path)
        except OSError as error:
            raise JournalError(f"{path} cannot be read and written: {error.strerror}") from None
        except JournalError:
            self.close()
            raise

    def _read(self, file: IO[bytes], path: Path) -> None:
        file.seek(0)
        text = file.read()
        whole = text.rfind(b"\n") + 1
        # what a kill left half written
        file.truncate(whole)
        lines = text[:whole].splitlines()
        if not lines:
            self._append({"format": FORMAT, "version": 1})
            return
        try:
            _Head.model_validate_json(lines[0])
            found = [Entry.model_validate_json(line) for line in lines[1:]]
        except ValidationError:
            raise JournalError(f"{path} is not a journal of this planner; choose another folder or move it") from None
        self.known = {line.key: line for line in found}

    def settled(self, key: str) -> Entry | None:
        """Return the line of a point that need not be solved again; a fault has to be."""
        entry = self.known.get(key)
        return None if entry is None or entry.outcome.status is PointStatus.FAILED else entry

    def record(self, answer: Answer) -> None:
        """Keep an answer; it is on the disk when this returns."""
        entry = Entry(key=answer.key, done=now(), outcome=answer.outcome, plan_json=answer.plan_json)
        self.known[entry.key] = entry
        self._append(entry.model_dump(mode="json"))

    def _append(self, line: Mapping[str, object]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _lock(file: IO[bytes], path: Path) -> None:
    """Keep other sweeps out until this process ends, where the system can."""
    try:
        import fcntl  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise JournalError(f"another sweep is writing {path}; wait for it, or choose another folder") from None

"""Sessions that a page quotes, run again: ```console blocks, with the files that the page says to write.

A line that begins with `$ ` is typed, the others are what is printed, spaces, rules and empty lines aside; errors and
progress before results. `...` stands for
lines that are left out. A block of YAML with a title is a file of that name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from planner.cli import app

BLOCK = re.compile(r'^```(?P<kind>console|yaml title="(?P<file>[^"]+)")\n(?P<text>.*?)^```', re.MULTILINE | re.DOTALL)
LEFT_OUT = "..."


class OtherOutputError(AssertionError):
    """The program prints something else than the page says."""


@dataclass(frozen=True)
class Step:
    """A command and what the page says it prints."""

    command: str
    expected: tuple[str, ...]


def run_page(text: str) -> int:
    """Run everything that a page quotes in the present folder, in order; return how many commands there were.

    Raises:
        OtherOutputError: a command prints something else.
    """
    code, count = 0, 0
    for block in BLOCK.finditer(text):
        if block["file"]:
            Path(block["file"]).write_text(block["text"], encoding="utf-8")
            continue
        for step in _steps(block["text"]):
            count += 1
            if step.command == "echo $?":
                _compare(step, [str(code)])
            else:
                code = _run(step)
    return count


def _steps(text: str) -> Iterator[Step]:
    parts = re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)
    for part in parts[1:]:
        command, *lines = part.splitlines()
        yield Step(" ".join(command.split()), tuple(_plain(lines)))


def _plain(lines: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in lines if line.strip(" ─")]


def _run(step: Step) -> int:
    program, *arguments = shlex.split(step.command)
    if program != "planner":
        raise OtherOutputError(f"only planner can be run here, found: {step.command}")
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    _compare(step, _plain([*done.stderr.splitlines(), *done.stdout.splitlines()]))
    return done.exit_code


def _compare(step: Step, printed: list[str]) -> None:
    """Find the quoted stretches one after the other; what stands between two of them has to be marked as left out."""
    at, is_free = 0, False
    for chunk in _chunks(step.expected):
        if chunk is None:
            is_free = True
            continue
        places = range(at, len(printed) - len(chunk) + 1) if is_free else [at]
        found = next((i for i in places if printed[i : i + len(chunk)] == list(chunk)), None)
        if found is None:
            missing = "\n".join(chunk)
            raise OtherOutputError(f"$ {step.command}\nsays:\n{missing}\nprints:\n" + "\n".join(printed))
        at, is_free = found + len(chunk), False
    if step.expected and not is_free and at < len(printed):
        raise OtherOutputError(f"$ {step.command}\nleaves out what is printed at the end:\n" + "\n".join(printed[at:]))


def _chunks(expected: tuple[str, ...]) -> Iterator[tuple[str, ...] | None]:
    chunk: list[str] = []
    for line in expected:
        if line == LEFT_OUT:
            if chunk:
                yield tuple(chunk)
            yield None
            chunk = []
        else:
            chunk.append(line)
    if chunk:
        yield tuple(chunk)

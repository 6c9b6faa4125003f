"""What was filled into a case before validation, and how to walk its plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from planner import data
from planner.files.problems import CasePath, LocatedProblem, Problem

CaseFields = dict[str | int | float, object]
Fields = dict[str, object]


@dataclass
class Completion:
    """What was filled in, where it came from, and what could not be found."""

    datasets: dict[str, str] = field(default_factory=dict)
    """Dataset name -> sha256 of each dataset that gave a value."""
    sources: dict[CasePath, CasePath] = field(default_factory=dict)
    """Path of a filled-in value -> path of the typed value that asked for it."""
    unfilled: dict[CasePath, Fields] = field(default_factory=dict)
    """Records that asked for an entry there is not, with another entry's fields to stand in for it."""
    problems: list[Problem] = field(default_factory=list)
    elsewhere: list[LocatedProblem] = field(default_factory=list)
    """Problems in a file the case names."""

    def used(self, name: str) -> None:
        """Note that a dataset gave a value."""
        self.datasets[name] = data.dataset(name).sha256


def records(case: object, pattern: str) -> Iterator[tuple[tuple[str | int, ...], Fields]]:
    """Yield the mappings a pattern such as site.upgrades[*].queue matches, with their paths."""
    found: list[tuple[tuple[str | int, ...], object]] = [((), case)]
    for part in pattern.split("."):
        name = part.removesuffix("[*]")
        holders = [(path, node) for path, node in found if isinstance(node, dict) and name in node]
        found = [((*path, name), node[name]) for path, node in holders]
        if part != name:
            lists = [(path, node) for path, node in found if isinstance(node, list)]
            found = [((*path, i), item) for path, items in lists for i, item in enumerate(items)]
    for path, value in found:
        if isinstance(value, dict):
            yield path, cast(Fields, value)

"""What the author of a case wrote beside its figures: sources and assumptions, carried into the result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from planner.files.remarks import Remarks, workbook_remarks, yaml_remarks
from planner.files.yaml_source import YamlSource
from planner.schemas import Case
from planner.views.case_differences import THERE, case_values, labelled_values


def typed_sources(source: YamlSource, case: Case) -> dict[str, str]:
    """Return what stands beside the figures of a case file, by the path that `--set` takes.

    A remark beside a record or a group is that of everything in it that has none. Figures that the case does not have
    as they are typed, because something changed them, are left out.
    """
    remarks = workbook_remarks(source) if source.sheets else yaml_remarks(source)
    values = dict(case_values(case))
    told = {}
    for path, at, value in labelled_values(_plain(source.data), "", ()):
        words = _nearest(remarks, at)
        if words and value != THERE and values.get(path) == value:
            told[path] = words
    return told


def _nearest(remarks: Remarks, at: tuple[str | int | float, ...]) -> str:
    """Return what is said beside a value, or else beside the innermost group around it."""
    for length in range(len(at), 0, -1):
        if at[:length] in remarks and remarks[at[:length]].beside:
            return remarks[at[:length]].beside
    return ""


def _plain(node: object) -> object:
    """Return typed data as a result has it: dates as text."""
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_plain(item) for item in node]
    return node.isoformat() if isinstance(node, date) else node

"""A result: the case, its plan and its do-nothing twin, what solved them and with which data; saved whole."""

from planner.results.labels import period_label, stretch_label
from planner.results.layout import ResultFileError
from planner.results.names import tables_for
from planner.results.record import Lifted, Outcome, Result, WithoutOverrides, now, software_versions
from planner.results.saved import load, save, saved_tables
from planner.results.text import from_json, to_json

__all__ = [
    "Lifted", "Outcome", "Result", "ResultFileError", "WithoutOverrides", "from_json", "load", "now", "period_label",
    "save", "saved_tables", "software_versions", "stretch_label", "tables_for", "to_json",
]  # fmt: skip

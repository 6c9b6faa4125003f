"""Cells of tables that people open in a spreadsheet."""

from __future__ import annotations

FORMULA_CHARACTERS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the start of a formula."""


def safe_cell(cell: object) -> object:
    """Keep a spreadsheet from reading a name as a formula."""
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_CHARACTERS)
    return f"'{cell}" if is_formula else cell

"""Periods in words."""

from __future__ import annotations

from datetime import date


def stretch_label(first: str, last: str) -> str:
    """Say a stretch of periods by the labels of its ends, which may be stretches of months themselves."""
    return first if first == last else f"{first.partition(' to ')[0]} to {last.rpartition(' to ')[2]}"


def period_label(start: date, end: date) -> str:
    """Say a period in words: a year, a quarter, or its months."""
    last_month = end.month - 1 or 12
    months = (end.year - start.year) * 12 + end.month - start.month
    if months == 12 and start.month == 1:
        return f"{start.year}"
    if months == 3 and start.month % 3 == 1:
        return f"{start.year} Q{(start.month + 2) // 3}"
    if months == 1:
        return f"{start:%b %Y}"
    last_year = end.year - (1 if end.month == 1 else 0)
    return f"{start:%b %Y} to {date(last_year, last_month, 1):%b %Y}"

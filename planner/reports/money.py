"""How amounts are written for people; the only place that rounds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from planner.translate.causes import COUNTED, counted

_decimals: ContextVar[int] = ContextVar("decimals", default=1)


@contextmanager
def fit_for(largest_usd: float) -> Iterator[None]:
    """Write money finely enough for a business of a size: thousands of dollars count in one of a few millions.

    Args:
        largest_usd: the largest amount of what is told.
    """
    token = _decimals.set(1 if largest_usd >= 25e6 else 2 if largest_usd >= 2.5e6 else 3)
    try:
        yield
    finally:
        _decimals.reset(token)


def least_shown_usd() -> float:
    """Return the amount below which money is written as nothing."""
    return float(0.5e6 * 10.0 ** -_decimals.get())


def musd(usd: float) -> str:
    """Write dollars as millions, thousands separated."""
    decimals = _decimals.get()
    return f"{round(usd / 1e6, decimals) + 0.0:,.{decimals}f}"


def signed_musd(usd: float) -> str:
    """Write dollars as millions with their sign."""
    decimals = _decimals.get()
    return f"{round(usd / 1e6, decimals) + 0.0:+,.{decimals}f}"


def mw(value: float) -> str:
    """Write megawatts with one decimal."""
    return f"{round(value, 1) + 0.0:,.1f}"


def day(value: date | None) -> str:
    """Write a date as month and year; nothing for none."""
    return f"{value:%b %Y}" if value else ""


def months_late(months: float) -> str:
    """Write months of lateness; a day counts, for damages run from the first, and nothing is written for none."""
    return "" if not months else f"{months:.2f}" if months < 0.05 else f"{months:.1f}"


def amount(value: float, unit: str) -> str:
    """Write an amount in its unit: dollars in MUSD, halls and racks as whole numbers."""
    if unit in COUNTED:
        return counted(value, unit)
    return f"{musd(value)} MUSD" if unit == "USD" else f"{value:,.1f} {unit}"

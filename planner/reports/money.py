"""How amounts are written for people; the only place that rounds them."""

from __future__ import annotations

from datetime import date


def musd(usd: float) -> str:
    """Write dollars as millions with one decimal, thousands separated."""
    value = round(usd / 1e6, 1) + 0.0
    return f"{value:,.1f}"


def signed_musd(usd: float) -> str:
    """Write dollars as millions with their sign."""
    value = round(usd / 1e6, 1) + 0.0
    return f"{value:+,.1f}"


def mw(value: float) -> str:
    """Write megawatts with one decimal."""
    return f"{round(value, 1) + 0.0:,.1f}"


def day(value: date | None) -> str:
    """Write a date as month and year; nothing for none."""
    return f"{value:%b %Y}" if value else ""

"""When the limits of the whole site bind: the stretches of time in which nothing is left of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planner.views.plan import SITE_LIMITS, Views

SHOWN = (*SITE_LIMITS, "hash_space_limit")
"""Limits of the site and of its hashing space; those of one hall follow its design and have no dates of their own."""


@dataclass(frozen=True)
class LimitPeriod:
    """What is left of a limit in one period."""

    subject: str
    start: date
    end: date
    left: float
    """In `unit`; money in USD."""
    unit: str
    binds: bool


def limit_periods(views: Views) -> tuple[LimitPeriod, ...]:
    """Return the limits of the site period by period, where something is asked of them."""
    limits, instance = views.result.plan.limits, views.instance
    shown = limits[limits["limit"].isin(SHOWN) & (limits["size"] > 1e-6) & (limits["period"] >= 0)]
    return tuple(
        LimitPeriod(
            subject=str(row["subject"]),
            start=instance.period_start[int(row["period"])],
            end=instance.period_end[int(row["period"])],
            left=max(0.0, float(row["slack"])),
            unit=str(row["unit"]),
            binds=bool(row["slack"] <= 1e-6 * row["size"]),
        )
        for row in shown.to_dict("records")
    )

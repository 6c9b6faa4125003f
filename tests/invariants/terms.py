"""Random terms of offers: options, credit, advances, rights, sizes, order, conditions. The plainest has none.

What a tenant pays ahead is small beside its rent, so that it is repaid within the term: what is never repaid is taxed
at the end, and then a higher rent, taxed sooner, could hurt.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from planner.translate.calendar import add_months
from tests.invariants.tape import Tape

Entry = dict[str, Any]

LATENCY_MS = {"dallas": 8.0}
"""Of every random site."""


def add_terms(offers: list[Entry], tape: Tape, start: date) -> None:
    """Draw further terms of about half of the offers, in place."""
    for n, offer in enumerate(offers):
        part = tape.part(30)
        if not part.chance():
            continue
        offer.update(_shared(part, start))
        offer["follows"] = part.one_of(None, None, None, offers[0]["id"]) if n else None
        offer.update(_lease(part, offer) if offer["kind"] == "colocation" else _cloud(part, offer, start))


def _shared(tape: Tape, start: date) -> Entry:
    option: Entry = {"months": tape.one_of(12, 30), "probability_frac": 0.6, "rent_step_frac": tape.one_of(0.0, 0.05)}
    credit: Entry = {
        "default_frac_per_year": 0.1, "relet_months": tape.one_of(0, 4.5, 12),
        "relet_rate_frac": tape.one_of(0.8, 1.05),
        "guarantor": tape.one_of(None, {"name": "Bank", "covered_frac": 0.7, "default_frac_per_year": 0.02}),
    }  # fmt: skip
    ahead: Entry = {"months_before_start": tape.one_of(0, 6)}
    amount: Entry = tape.one_of(
        {"share_frac": 0.1}, {"usd": tape.steps(1, 4, 100_000.0), "credited_months": tape.one_of(None, 6)}
    )
    workload = tape.one_of(None, None, None, "training", "inference")
    near = {"max_ms": tape.one_of(10, 10, 10, 5), "metro": "dallas"}
    right: Entry = {
        "it_mw": tape.steps(1, 3, 1.0), "until": add_months(start, 30), "fee_usd_per_kw_month": tape.steps(0, 3, 2.0),
    }  # fmt: skip
    return {
        "extensions": tape.one_of([], [], [option], [option, {"months": 12, "probability_frac": 0.4}]),
        "credit": tape.one_of(None, None, credit),
        "prepayment": tape.one_of(None, None, ahead | amount),
        "workload": workload,
        "latency": near if workload == "inference" else None,
        "most_halls": tape.one_of(None, None, 2),
        "carbon": tape.one_of(None, None, None, {"min_renewable_frac": 0.5}),
        "expansion_right": tape.one_of(None, None, None, right),
    }


def _lease(tape: Tape, offer: Entry) -> Entry:
    funding: Entry = {
        "usd_per_kw": 200, "months_before_start": tape.one_of(6, 12), "credit_share_frac": 0.5,
        "interest_frac_per_year": tape.one_of(0.0, 0.06),
    }  # fmt: skip
    half: Entry = {"least_it_mw": offer["it_mw"] / 2, "step_it_mw": offer["it_mw"] / 2}
    size: Entry = tape.one_of({}, {}, {}, half)
    kind = tape.one_of(offer["lease"], offer["lease"], "triple_net")
    return {"funding": tape.one_of(None, None, funding), "lease": kind, **size}


def _cloud(tape: Tape, offer: Entry, start: date) -> Entry:
    rate = offer["rate_usd_per_gpu_hour"]
    path: Entry = {
        "rate_usd_per_gpu_hour": None, "rate_date": None, "rate_change_frac_per_year": None,
        "rate_path": [{"date": start, "usd": rate}, {"date": add_months(start, 40), "usd": rate / 2}],
    }  # fmt: skip
    fewer: Entry = {"least_racks": offer["racks"] // 5, "step_racks": offer["racks"] - offer["racks"] // 5}
    by_date: Entry = tape.one_of({}, {}, path)
    size: Entry = tape.one_of({}, {}, {}, fewer)
    return {"refresh": tape.one_of(True, False), **by_date, **size}

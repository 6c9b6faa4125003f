"""Decisions in words: what was decided, and what a plan decides instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.studies.proposals.asked import names
from planner.studies.proposals.broken import month
from planner.studies.proposals.decisions import Ground
from site_conversion.fixing import Decision, Kind
from site_conversion.instance import MEDIA

Key = tuple[Kind, tuple[int, ...]]


def subject(decision: Decision, ground: Ground) -> str:
    """Return what a decision is about."""
    i, index = decision.index[0], ground.instance
    if decision.kind in (Kind.TAKEN, Kind.START, Kind.PLACES):
        return index.contracts[i]
    if decision.kind in (Kind.ASKED, Kind.REQUESTED):
        return ground.upgrade_ids[i]
    return index.halls[i]


def answer(decision: Decision, ground: Ground) -> str:
    """Return what is decided."""
    index, value = ground.instance, decision.value
    if decision.kind in _YES_OR_NO:
        return _YES_OR_NO[decision.kind] if value else f"not {_YES_OR_NO[decision.kind]}"
    if decision.kind is Kind.PLACES:
        return f"in {names([index.halls[h] for h in sorted(decision.halls)])}"
    if decision.kind is Kind.DESIGN:
        return f"as {index.designs[value]}"
    if decision.kind is Kind.MODULES:
        return f"{value} {MEDIA[decision.index[1]]} cooling modules"
    return f"{_VERBS[decision.kind]} {_when(decision, ground)}"


_YES_OR_NO = {Kind.TAKEN: "taken", Kind.CONVERTED: "converted", Kind.ASKED: "asked for"}
_VERBS = {Kind.START: "service from", Kind.BUILD: "works from", Kind.REQUESTED: "asked for in"}


def _when(decision: Decision, ground: Ground) -> str:
    index, h, p = ground.instance, decision.index[0], decision.value
    if decision.kind is Kind.BUILD:
        p = min((int(index.build_start[h, d, k]) for d, k in decision.ready), default=-1)
    return month(index.period_start[p]) if p >= 0 else "after the study"


def instead(decision: Decision, made: Mapping[Key, Decision], ground: Ground) -> str:
    """Return a decision that was given up and what the plan decides in its place."""
    other = made.get((decision.kind, decision.index))
    was = f"{subject(decision, ground)}: {answer(decision, ground)}"
    if other is None or other == decision:
        return f"{was} -> dropped" if other is None else was
    return f"{was} -> {answer(other, ground)}"


def by_key(decisions: Sequence[Decision]) -> dict[Key, Decision]:
    """Return decisions by kind and index."""
    return {(decision.kind, decision.index): decision for decision in decisions}

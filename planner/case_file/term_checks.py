"""Checks of contracts' terms that need other parts of the case: who follows whom, sizes, latency, carbon, rights."""

from __future__ import annotations

from collections.abc import Iterator

from planner import data
from planner.case_file.sizes import size_ids
from planner.files.problems import Problem, did_you_mean
from planner.schemas import Case

READS = (("contracts",),)
LONGEST_ID = 60


def term_problems(case: Case) -> Iterator[Problem]:
    """Yield what does not fit together in the terms of the case's contracts."""
    yield from _order(case)
    yield from _size_ids(case)
    yield from _latency(case)
    yield from _carbon(case)
    yield from _rights(case)


def _order(case: Case) -> Iterator[Problem]:
    """A contract follows another offer of the case, and not, by way of others, itself."""
    ahead: dict[str | None, str | None] = {
        name: contract.follows for contract in case.contracts for name in (contract.id, contract.offer)
    }
    known = [str(name) for name in ahead]
    for i, contract in enumerate(case.contracts):
        if contract.follows is None:
            continue
        path = ("contracts", i, "follows")
        if contract.follows not in ahead:
            hint = did_you_mean(contract.follows, known) or f"; the case has {', '.join(known[:10])}"
            yield Problem(path, f"no offer '{contract.follows}' in contracts{hint}", READS)
            continue
        chain: list[str] = [contract.id]
        name: str | None = contract.follows
        while name in ahead and name not in (*chain, contract.offer):
            chain.append(str(name))
            name = ahead[str(name)]
        if name in (contract.id, contract.offer):
            yield Problem(path, f"contract '{contract.id}' follows itself: {', '.join([*chain, contract.id])}", READS)


def _size_ids(case: Case) -> Iterator[Problem]:
    """The ids that sizes are given must be free and not too long."""
    used = {contract.id for contract in case.contracts}
    for i, contract in enumerate(case.contracts):
        names = size_ids(contract)
        if len(names) == 1:
            continue
        taken = [name for name in names if name in used]
        if taken:
            called = f"the sizes of '{contract.id}' are called {names[0]} to {names[-1]}"
            message = f"{called}, but the case has a '{taken[0]}'"
            yield Problem(("contracts", i, "id"), message, READS)
        longest = max(len(name) for name in names)
        if longest > LONGEST_ID:
            message = f"id of an offer in steps is too long: with its sizes {longest} characters, expected {LONGEST_ID}"
            yield Problem(("contracts", i, "id"), message, ())


def _latency(case: Case) -> Iterator[Problem]:
    """A latency limit names a metro there is, and the site says how far it is."""
    known = case.site.latency_ms
    for i, contract in enumerate(case.contracts):
        limit = contract.latency
        if limit is None:
            continue
        if limit.metro is not None and limit.metro not in known and limit.metro not in data.entry_ids("metros"):
            hint = did_you_mean(limit.metro, data.entry_ids("metros"))
            message = f"no metro '{limit.metro}' in dataset 'metros'{hint}"
            yield Problem(("contracts", i, "latency", "metro"), message, ())
        elif not known or (limit.metro is not None and limit.metro not in known):
            what = f"to '{limit.metro}'" if limit.metro is not None else "to any metro"
            message = f"contract '{contract.id}' has a latency limit, but the site's latency {what} is not known; "
            yield Problem(("contracts", i, "latency"), f"{message}give site.location or site.latency_ms", (("site",),))


def _carbon(case: Case) -> Iterator[Problem]:
    """What a tenant asks of its energy can be compared with the grid's."""
    reads = (("site",), ("carbon",))
    for i, contract in enumerate(case.contracts):
        terms = contract.carbon
        if terms is None:
            continue
        if terms.max_kg_per_mwh is not None and case.site.emissions is None:
            message = f"contract '{contract.id}' limits carbon, but the grid's is not known; give site.emissions"
            yield Problem(("contracts", i, "carbon"), f"{message} or site.location", reads)
        if terms.min_renewable_frac is not None and case.carbon.renewable_frac is None:
            message = f"contract '{contract.id}' asks for renewable energy; give the grid's, carbon.renewable_frac"
            yield Problem(("contracts", i, "carbon"), message, reads)


def _rights(case: Case) -> Iterator[Problem]:
    """A right to further MW must have a day in the study."""
    for i, contract in enumerate(case.contracts):
        right = contract.expansion_right
        if right is not None and right.until <= case.study.start:
            message = f"until {right.until} of the expansion right is not after the study's start {case.study.start}"
            yield Problem(("contracts", i, "expansion_right", "until"), message, (("study",),))

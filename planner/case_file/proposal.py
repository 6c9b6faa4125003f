"""Read a proposal: YAML, validated, its names found in the case, its terms fitting the offers they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from planner.case_file.sizes import sizes_of
from planner.files.problems import CaseFileError, Problem, did_you_mean
from planner.files.schema_problems import coerced, schema_problems
from planner.files.yaml_source import read_yaml
from planner.schemas import Case
from planner.schemas.proposal import Proposal, ProposedContract
from planner.schemas.tenants import Colocation, Contract, GpuCloud

SAME_FRAC = 1e-6
"""A size typed as precisely as this is that of the offer."""
CHANGE_OF_USE = "change-of-use"
"""How a proposal calls the change of use, which has no id of its own in a case."""


def read_proposal(file: Path, case: Case) -> Proposal:
    """Return the proposal in a file. Raises CaseFileError with everything that is wrong and its line."""
    source = read_yaml(file)
    try:
        proposal = Proposal.model_validate(source.data)
    except ValidationError as error:
        told = schema_problems(error.errors(include_url=False), source.data, Proposal)
        raise CaseFileError([source.located(problem) for problem in told]) from None
    problems = [*coerced(source.data, proposal), *proposal_problems(proposal, case)]
    if problems:
        located = [source.located(problem) for problem in problems]
        raise CaseFileError(sorted(located, key=lambda problem: (problem.line or 0, problem.column or 0)))
    return of_one_size(proposal, case)


def of_one_size(proposal: Proposal, case: Case) -> Proposal:
    """Return the proposal with offers in steps replaced by the contract of the size it takes, or by none of them."""
    if proposal.contracts is None:
        return proposal
    contracts = [
        item.model_copy(update={"contract": size.id, "it_mw": None})
        for item in proposal.contracts
        for size in sizes_of(case, item.contract)
        if not item.taken or item.it_mw is None or _is_size(case, size, item.it_mw)
    ]
    return proposal.model_copy(update={"contracts": tuple(contracts)})


def _it_mw(case: Case, size: Contract) -> float:
    if isinstance(size, Colocation):
        return size.it_mw
    rack_kw = next(system.rack_kw for system in case.gpu_systems if system.id == size.gpu_system)
    return size.racks * rack_kw / 1000


def _is_size(case: Case, size: Contract, it_mw: float) -> bool:
    return abs(_it_mw(case, size) - it_mw) <= SAME_FRAC * it_mw


def proposal_problems(proposal: Proposal, case: Case) -> list[Problem]:
    """Return what in a proposal does not belong to the case."""
    return [
        *_repeated(proposal),
        *_contract_problems(proposal, case),
        *_hall_problems(proposal, case),
        *_upgrade_problems(proposal, case),
    ]


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    there = f"; the case has {', '.join(names[:10])}" if names else "; the case has none"
    return f"no {what} '{name}' in the case{did_you_mean(name, names) or there}"


def _repeated(proposal: Proposal) -> Iterator[Problem]:
    sections = (
        ("contracts", "contract", [item.contract for item in proposal.contracts or ()]),
        ("halls", "hall", [item.hall for item in proposal.halls or ()]),
        ("upgrades", "upgrade", [item.upgrade for item in proposal.upgrades or ()]),
    )
    for section, field, names in sections:
        for i, name in enumerate(names):
            if name in names[:i]:
                yield Problem((section, i, field), f"{field} '{name}' is given twice in {section}")


def _contract_problems(proposal: Proposal, case: Case) -> Iterator[Problem]:
    offers = list(dict.fromkeys(offer.offer for offer in case.contracts))
    places = [place.id for place in case.site.places]
    for i, item in enumerate(proposal.contracts or ()):
        sizes = sizes_of(case, item.contract)
        if sizes:
            yield from _size_problems(i, item, case)
            yield from _term_problems(i, item, sizes[0])
        else:
            yield Problem(("contracts", i, "contract"), _unknown("contract", item.contract, offers))
        for j, name in enumerate(item.halls or ()):
            if name not in places:
                yield Problem(("contracts", i, "halls", j), _unknown("hall or pad", name, places))
        if item.halls == ():
            message = f"halls of '{item.contract}': expected at least one, found none; leave the field out for open"
            yield Problem(("contracts", i, "halls"), message)


def _size_problems(i: int, item: ProposedContract, case: Case) -> Iterator[Problem]:
    """Yield what is wrong with the size: an offer in steps needs one, and it must be one of them."""
    sizes = sizes_of(case, item.contract)
    choices = ", ".join(f"{_it_mw(case, size):g}" for size in sizes)
    if item.taken and item.it_mw is None and len(sizes) > 1:
        yield Problem(("contracts", i, "contract"), f"'{item.contract}' comes in sizes: give it_mw, one of {choices}")
    if item.it_mw is not None and not any(_is_size(case, size, item.it_mw) for size in sizes):
        message = f"it_mw: expected {'one of ' if len(sizes) > 1 else ''}{choices}, found {item.it_mw:g}"
        yield Problem(("contracts", i, "it_mw"), message)


def _term_problems(i: int, item: ProposedContract, offer: Colocation | GpuCloud) -> Iterator[Problem]:
    if item.rent_usd_per_kw_month is not None and isinstance(offer, GpuCloud):
        message = f"rent_usd_per_kw_month: '{offer.id}' is a GPU cloud contract, it has rate_usd_per_gpu_hour"
        yield Problem(("contracts", i, "rent_usd_per_kw_month"), message)
    if item.rate_usd_per_gpu_hour is not None and isinstance(offer, Colocation):
        message = f"rate_usd_per_gpu_hour: '{offer.id}' is a lease, it has rent_usd_per_kw_month"
        yield Problem(("contracts", i, "rate_usd_per_gpu_hour"), message)


def _hall_problems(proposal: Proposal, case: Case) -> Iterator[Problem]:
    places, designs = [place.id for place in case.site.places], [design.id for design in case.designs]
    for i, item in enumerate(proposal.halls or ()):
        if item.hall not in places:
            yield Problem(("halls", i, "hall"), _unknown("hall or pad", item.hall, places))
        if item.design is not None and item.design not in designs:
            yield Problem(("halls", i, "design"), _unknown("design", item.design, designs))


def _upgrade_problems(proposal: Proposal, case: Case) -> Iterator[Problem]:
    known = [upgrade.id for upgrade in case.site.upgrades]
    known += [] if case.site.change_of_use is None else [CHANGE_OF_USE]
    for i, item in enumerate(proposal.upgrades or ()):
        if item.upgrade not in known:
            yield Problem(("upgrades", i, "upgrade"), _unknown("upgrade", item.upgrade, known))

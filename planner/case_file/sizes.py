"""Offers in steps, each written out as one contract for every size; at most one of them is taken."""

from __future__ import annotations

from planner.schemas import Case
from planner.schemas.tenants import Contract, GpuCloud


def with_sizes(case: Case) -> Case:
    """Return the case with every offer in steps replaced by its sizes; a case without any is returned as it is."""
    contracts = tuple(size for contract in case.contracts for size in _sizes(contract))
    return case if contracts == case.contracts else case.model_copy(update={"contracts": contracts})


def sizes_of(case: Case, offer: str) -> tuple[Contract, ...]:
    """Return the contracts an id speaks of: the sizes of that offer, or the one contract of that id."""
    return tuple(contract for contract in case.contracts if offer in (contract.id, contract.size_of))


def size_ids(contract: Contract) -> tuple[str, ...]:
    """Return the ids of the contracts that an offer is written out as."""
    steps = _steps(contract)
    return tuple(f"{contract.id}.{step:g}" for step in steps) if steps else (contract.id,)


def _steps(contract: Contract) -> list[float]:
    """Return racks or IT MW from the least to the whole; none where the offer is all or nothing."""
    most: float
    least: float | None
    step: float | None
    if isinstance(contract, GpuCloud):
        most, least, step = contract.racks, contract.least_racks, contract.step_racks
    else:
        most, least, step = contract.it_mw, contract.least_it_mw, contract.step_it_mw
    if least is None or step is None:
        return []
    count = round((most - least) / step)
    # the last is the whole to the digit
    return [*(round(least + n * step, 6) for n in range(count)), most]


def _sizes(contract: Contract) -> tuple[Contract, ...]:
    steps = _steps(contract)
    if not steps:
        return (contract,)
    cloud = isinstance(contract, GpuCloud)
    plain: dict[str, object] = {"least_racks": None, "step_racks": None}
    if not cloud:
        plain = {"least_it_mw": None, "step_it_mw": None}
    shared = {
        **plain,
        "size_of": contract.id,
        "exclusive_group": contract.exclusive_group or f"{contract.id}.sizes"[-60:],
    }
    return tuple(
        contract.model_copy(
            update={**shared, "id": name, **({"racks": round(step)} if cloud else {"it_mw": step})},
        )
        for name, step in zip(size_ids(contract), steps, strict=True)
    )

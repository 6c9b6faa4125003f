"""Checks of a case that need several of its parts: names that must exist, dates that must fit the study.

Each problem says which parts the judgement reads, so that it is held back where those are in doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from planner import data
from planner.case_file.energy_checks import carbon_problems, supply_problems
from planner.case_file.loan_checks import loan_problems
from planner.case_file.machine_checks import machine_problems
from planner.case_file.overrides import override_problems
from planner.case_file.term_checks import term_problems
from planner.files.problems import Problem, did_you_mean
from planner.schemas import Case
from planner.schemas.designs import Design, DesignUse, Medium
from planner.schemas.site import Hall, Pad
from planner.schemas.tenants import Contract, GpuCloud

_DESIGNS = (("designs",),)
_STUDY = (("study",),)
FIRST_YEAR, LAST_YEAR = 2000, 2150


def reference_problems(case: Case) -> list[Problem]:
    """Return what does not fit together between the parts of a case."""
    if not FIRST_YEAR <= case.study.start.year <= LAST_YEAR:
        found = case.study.start.isoformat()
        message = f"start must lie between {FIRST_YEAR} and {LAST_YEAR}, found {found}"
        return [Problem(("study", "start"), message, ())]
    return [
        *_place_designs(case),
        *_design_modules(case),
        *_contract_systems(case),
        *_contract_designs(case),
        *_contract_dates(case),
        *_upgrade_dates(case),
        *_budget_dates(case),
        *loan_problems(case),
        *_exclusive_groups(case),
        *supply_problems(case, study_end(case)),
        *carbon_problems(case),
        *machine_problems(case, study_end(case)),
        *_bare_land(case),
        *term_problems(case),
        *override_problems(case),
    ]


def study_end(case: Case) -> date:
    """Return the day after the last period of the study."""
    months = case.study.start.month - 1 + sum(block.months * block.count for block in case.study.grid)
    return date(case.study.start.year + months // 12, months % 12 + 1, 1)


def _unknown(what: str, name: str, known: Iterable[str], section: str, others: Iterable[str] = ()) -> str:
    names = list(known)
    there = f"; the case has {', '.join(names[:10])}" if names else "; the case has none"
    return f"no {what} '{name}' in {section}{did_you_mean(name, [*names, *others]) or there}"


def _place_designs(case: Case) -> Iterator[Problem]:
    """A hall or pad may only allow designs of the case that are for such a place."""
    designs = {design.id: design for design in case.designs}
    for section, use in (("halls", DesignUse.HALLS), ("pads", DesignUse.PADS)):
        places: tuple[Hall | Pad, ...] = case.site.halls if use is DesignUse.HALLS else case.site.pads
        for i, place in enumerate(places):
            for j, name in enumerate(place.designs or ()):
                path = ("site", section, i, "designs", j)
                if name not in designs:
                    yield Problem(path, _unknown("design", name, designs, "designs"), _DESIGNS)
                elif designs[name].use not in (use, DesignUse.BOTH):
                    only = designs[name].use.value
                    message = f"design '{name}' is for {only} only, not for {section}"
                    yield Problem(path, message, _DESIGNS)


def _design_modules(case: Case) -> Iterator[Problem]:
    """A design's cooling modules must exist and carry the heat it gives them."""
    modules = {module.id: module for module in case.cooling_modules}
    reads = (("cooling_modules",),)
    for i, design in enumerate(case.designs):
        air = ("air_module", design.air_module, Medium.AIR)
        liquid = ("liquid_module", design.liquid_module, Medium.LIQUID)
        for field, name, medium in (air, liquid):
            if name is None:
                continue
            if name not in modules:
                others = data.entry_ids("cooling_modules")
                message = _unknown("cooling module", name, modules, "cooling_modules or the catalogue", others)
                yield Problem(("designs", i, field), message, reads)
            elif modules[name].medium is not medium:
                found = modules[name].medium.value
                message = f"{field} '{name}' of design '{design.id}' is for {found}, not {medium.value}"
                yield Problem(("designs", i, field), message, reads)


def _contract_systems(case: Case) -> Iterator[Problem]:
    """A GPU cloud contract must name a GPU system of the case."""
    known = [system.id for system in case.gpu_systems]
    for i, contract in enumerate(case.contracts):
        if isinstance(contract, GpuCloud) and contract.gpu_system not in known:
            others = data.entry_ids("gpu_systems")
            message = _unknown("GPU system", contract.gpu_system, known, "gpu_systems or the catalogue", others)
            yield Problem(("contracts", i, "gpu_system"), message, (("gpu_systems",),))


def _contract_designs(case: Case) -> Iterator[Problem]:
    """At least one design must have the cooling, redundancy and density a contract asks for.

    A signed contract that must be delivered is left out: that no hall could take it is a mistake of a file as it is
    typed, told where hosting is checked. In a case that was changed to see what happens it makes the case infeasible.
    """
    racks_kw = {system.id: system.rack_kw for system in case.gpu_systems}
    for i, contract in enumerate(case.contracts):
        if contract.signed and contract.termination_usd is None:
            continue
        reads: tuple[tuple[str | int, ...], ...] = _DESIGNS
        if isinstance(contract, GpuCloud):
            density, reads = racks_kw.get(contract.gpu_system), (*_DESIGNS, ("gpu_systems",))
        else:
            density = contract.kw_per_rack
        shortfall = design_shortfall(contract, density, case.designs)
        if shortfall is not None:
            field, message = shortfall
            yield Problem(("contracts", i, field), f"contract '{contract.id}' {message}", reads)


def design_shortfall(contract: Contract, density: float | None, designs: tuple[Design, ...]) -> tuple[str, str] | None:
    """Return the first demand that no design meets, in the order cooling, redundancy, density."""
    if not designs:
        return "id", "cannot be served: the case has no designs"
    cooling = " or ".join(kind.value for kind in contract.cooling)
    cooled = [design for design in designs if design.cooling in contract.cooling]
    if not cooled:
        offered = ", ".join(sorted({design.cooling.value for design in designs}))
        return "cooling", f"needs {cooling} cooling; the designs have {offered}"
    spared = [design for design in cooled if design.redundancy.rank >= contract.redundancy.rank]
    if not spared:
        best = max((design.redundancy for design in cooled), key=lambda level: level.rank)
        wanted = contract.redundancy.value
        message = f"needs {cooling} with redundancy {wanted}; the best such design has {best.value}"
        return "redundancy", message
    densest = max(design.max_kw_per_rack for design in spared)
    if density is not None and density > densest:
        terms = f"{cooling} with redundancy {contract.redundancy.value} at {density:g} kW/rack"
        field = "gpu_system" if isinstance(contract, GpuCloud) else "kw_per_rack"
        return field, f"needs {terms}; the densest such design takes {densest:g}"
    return None


def _contract_dates(case: Case) -> Iterator[Problem]:
    """A contract must be able to begin within the study."""
    start, end = case.study.start, study_end(case)
    for i, contract in enumerate(case.contracts):
        if contract.longstop < start:
            message = f"longstop {contract.longstop} is before the study starts on {start}"
            yield Problem(("contracts", i, "longstop"), message, _STUDY)
        if contract.ready_by >= end:
            message = f"ready_by {contract.ready_by} is after the study ends on {end}"
            yield Problem(("contracts", i, "ready_by"), message, _STUDY)


def _upgrade_dates(case: Case) -> Iterator[Problem]:
    """An upgrade must be possible to request within the study."""
    start, end = case.study.start, study_end(case)
    for i, upgrade in enumerate(case.site.upgrades):
        latest, earliest = upgrade.latest_request, upgrade.earliest_request
        if latest is not None and latest < start:
            message = f"latest_request {latest} is before the study starts on {start}"
            yield Problem(("site", "upgrades", i, "latest_request"), message, _STUDY)
        if earliest is not None and earliest >= end:
            message = f"earliest_request {earliest} is after the study ends on {end}"
            yield Problem(("site", "upgrades", i, "earliest_request"), message, _STUDY)


def _budget_dates(case: Case) -> Iterator[Problem]:
    """Some equity must become available within the study."""
    steps, end = case.finance.equity_budget, study_end(case)
    if steps and steps[0].date >= end:
        message = f"the first equity becomes available on {steps[0].date}, after the study ends on {end}"
        yield Problem(("finance", "equity_budget", 0, "date"), message, _STUDY)


def _exclusive_groups(case: Case) -> Iterator[Problem]:
    """Two contracts that must both be delivered cannot exclude each other."""
    musts: dict[str, str] = {}
    for i, contract in enumerate(case.contracts):
        group = contract.exclusive_group
        if group is None or not contract.signed or contract.termination_usd is not None:
            continue
        first = musts.setdefault(group, contract.offer)
        if first != contract.offer:
            message = (
                f"contracts '{first}' and '{contract.id}' are signed and must both be delivered, "
                f"but exclusive_group '{group}' allows one"
            )
            yield Problem(("contracts", i, "exclusive_group"), message, (("contracts",),))


def _bare_land(case: Case) -> Iterator[Problem]:
    """Something must be possible to build on bare land."""
    if case.greenfield is not None and all(design.use is DesignUse.HALLS for design in case.designs):
        found = ", ".join(design.id for design in case.designs) or "none"
        message = f"greenfield needs a design for pads (use: pads or both); the designs for halls only are {found}"
        yield Problem(("greenfield",), message, _DESIGNS)

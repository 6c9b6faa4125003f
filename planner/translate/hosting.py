"""Offers that no hall of the site could ever serve: said before anything is solved, with the reason.

Each reason is a necessary condition: it holds whatever else is decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.case_file import Check
from planner.case_file.checks import design_shortfall, reference_problems
from planner.case_file.sizes import size_ids, with_sizes
from planner.files.problems import Problem
from planner.schemas import Case
from planner.schemas.market import CurveBin, QuarterCurve
from planner.schemas.tenants import Contract, GpuCloud
from planner.translate import translate
from planner.translate.calendar import month, months_between
from planner.translate.causes import Cause, CauseKind, shown
from planner.translate.eligibility import ineligible
from planner.translate.grid import critical_path, energised_date, site_upgrades
from site_conversion.instance import Bools, Instance
from site_conversion.options import Options, racks_by_power_and_floor

READS: tuple[tuple[str | int, ...], ...] = (
    ("study",), ("site",), ("cooling_modules",), ("designs",), ("gpu_systems",), ("finance",),
)  # fmt: skip
"""Parts of a case the judgement rests on."""


NO_HALL = (CauseKind.DESIGN, CauseKind.ROOM)
"""What no date, queue or money mends: only other halls, designs or terms do."""


def hosting_problems(case: Case) -> list[Problem]:
    """Return one problem for each contract that cannot start anywhere within its dates.

    Of a signed contract that must be delivered only what no hall could ever take. Where its dates, queues or power are
    in the way that is no mistake of the file: it makes the case infeasible. One that can be ended for its
    termination_usd still has a plan.
    """
    return [
        Problem(_field(case, i, cause), f"contract '{case.contracts[i].id}' can never be hosted: {cause.words}", READS)
        for i, cause in _never_hosted(case)
        if _is_mistake(case.contracts[i], cause)
    ]


def _is_mistake(contract: Contract, cause: Cause) -> bool:
    return not contract.signed or (contract.termination_usd is None and cause.kind in NO_HALL)


def _field(case: Case, i: int, cause: Cause) -> tuple[str | int, ...]:
    """Return the place of the demand that no design meets, of the size that no hall has, or of the contract."""
    contract = case.contracts[i]
    if cause.kind is CauseKind.ROOM:
        return ("contracts", i, "racks" if isinstance(contract, GpuCloud) else "it_mw")
    if cause.kind is CauseKind.DESIGN:
        shortfall = design_shortfall(contract, _rack_kw(case, contract), case.designs)
        return ("contracts", i, shortfall[0]) if shortfall is not None else ("contracts", i)
    return ("contracts", i)


def hosting_checks(*, is_changed: bool) -> tuple[Check, ...]:
    """Return what refuses a case as it is loaded.

    In a file as it is typed an offer that can never be hosted is a mistake. Where something was changed to see what
    happens it is an answer: the offer drops out, `hosting_notes` says why, and everything else is planned.
    """
    return () if is_changed else (hosting_problems,)


def hosting_notes(case: Case) -> list[str]:
    """Return one sentence for each unsigned offer that can never be hosted in any size. The case: offers in sizes."""
    reasons = {case.contracts[i].id: why.words for i, why in _never_hosted(case) if not case.contracts[i].signed}
    sizes: dict[str, list[str]] = {}
    for contract in case.contracts:
        sizes.setdefault(contract.offer, []).append(contract.id)
    return [
        f"offer '{offer}' cannot be taken: {reasons[ids[0]]}"
        for offer, ids in sizes.items()
        if all(size in reasons for size in ids)
    ]


def _never_hosted(case: Case) -> Iterator[tuple[int, Cause]]:
    """Yield place and first reason of each contract that can start nowhere."""
    sound = _sound(case)
    if sound is None:
        return
    sized = with_sizes(with_a_curve(sound))
    ground = HostingGround(sized, translate(sized))
    refused, known = ineligible(sized), {contract.id for contract in sound.contracts}
    for i, contract in enumerate(case.contracts):
        # of an offer in steps its least size decides
        name = size_ids(contract)[0]
        if contract.id not in known or name in refused:
            continue
        found = obstacle(ground, ground.instance.contracts.index(name))
        if found is not None:
            yield i, found


def _sound(case: Case) -> Case | None:
    """Return a case without what has problems of its own; None where hosting rests on that, or nothing is left."""
    paths = [problem.path for problem in reference_problems(case)]
    faulty = {path[1] for path in paths if path[0] == "contracts"}
    contracts = tuple(contract for i, contract in enumerate(case.contracts) if i not in faulty)
    others = {str(path[0]) for path in paths if path[0] != "contracts"}
    if not contracts or any((part,) in READS for part in others):
        return None
    # left out: what else has problems decides nothing about hosting
    update: dict[str, object] = {part: Case.model_fields[part].default for part in others}
    return case.model_copy(update={**update, "contracts": contracts})


def with_a_curve(case: Case) -> Case:
    """Give a case whose price curve could not be found a flat one: prices decide nothing here."""
    if case.market.power.curve is not None:
        return case
    flat = (CurveBin(hours_frac=1.0, usd_per_mwh=0.0),)
    curve = tuple(QuarterCurve(quarter=quarter, bins=flat) for quarter in (1, 2, 3, 4))
    power = case.market.power.model_copy(update={"curve": curve})
    return case.model_copy(update={"market": case.market.model_copy(update={"power": power})})


@dataclass(frozen=True)
class HostingGround:
    """A case in sizes, its arrays, and what they leave possible."""

    case: Case
    instance: Instance

    @cached_property
    def options(self) -> Options:
        """The placements that are possible."""
        return Options(self.instance)

    @cached_property
    def possible(self) -> frozenset[int]:
        """Contracts that can start somewhere."""
        return frozenset(c for c, _ in self.options.starts)

    def last_start(self, c: int) -> int | None:
        """Last period with which the contract may begin by its dates."""
        allowed = np.nonzero(self.instance.start_allowed[c])[0]
        return int(allowed[-1]) if len(allowed) else None

    def day(self, p: int) -> str:
        """First day of a period, in words."""
        return month(self.instance.period_start[p])


def obstacle(ground: HostingGround, c: int) -> Cause | None:
    """Return why a contract cannot start anywhere by itself, the first reason that holds; None if it can."""
    if (found := _design(ground, c) or _room(ground, c) or _never_powered(ground, c)) is not None:
        return found
    if c in ground.possible:
        return None
    last = ground.last_start(c)
    if last is None:
        return _dates(ground, c)
    return _works(ground, c, last) or _powered_late(ground, c, last) or _both(ground, last)


def _design(ground: HostingGround, c: int) -> Cause | None:
    """No design has the cooling, redundancy and density, or none of them may be built anywhere."""
    contract, instance = ground.case.contracts[c], ground.instance
    shortfall = design_shortfall(contract, _rack_kw(ground.case, contract), ground.case.designs)
    if shortfall is not None:
        return Cause(CauseKind.DESIGN, f"it {shortfall[1]}")
    if (instance.design_allowed & instance.compatible[c]).any():
        return None
    return Cause(CauseKind.DESIGN, "no hall or pad may be built to a design that the tenant accepts")


def _rack_kw(case: Case, contract: Contract) -> float:
    if isinstance(contract, GpuCloud):
        return next(system.rack_kw for system in case.gpu_systems if system.id == contract.gpu_system)
    return contract.kw_per_rack


def _room(ground: HostingGround, c: int) -> Cause | None:
    """The whole site, every hall in its best design, is too small for the contract."""
    instance, options = ground.instance, ground.options
    by_hall = np.sort(options.racks_per_bay[:, :, c].max(axis=1, initial=0) * instance.hall_bays)[::-1]
    racks, most = int(by_hall.sum()), int(instance.contract_terms.most_halls[c])
    need, rack_mw = int(instance.contract_racks[c]), float(instance.contract_rack_mw[c])
    if racks >= need and 0 < most < len(by_hall) and by_hall[:most].sum() < need:
        held = int(by_hall[:most].sum())
        words = f"it needs {need} racks in no more than {most} halls, the largest hold {held}"
        return Cause(CauseKind.ROOM, words, amount=float(need - held), unit="racks")
    if racks >= need:
        return None
    words = (
        f"it needs {need} racks ({need * rack_mw:,.1f} MW of IT), all halls and pads together hold {racks} "
        f"({racks * rack_mw:,.1f} MW) by {_scarce(instance, c)}"
    )
    return Cause(CauseKind.ROOM, words, amount=float(need - racks), unit="racks")


def _scarce(instance: Instance, c: int) -> str:
    """Say what of a bay runs out first: its power, its floor, or the cooling of every design."""
    useful = instance.design_allowed & instance.compatible[c][None, :]
    cooled = ((instance.design_heat_frac <= 0) | (instance.module_capacity_mw > 0)).all(axis=1)
    if not (useful & cooled).any():
        return "their cooling, which carries nothing at the design temperature of the site"
    power, floor = (racks[:, :, c] for racks in racks_by_power_and_floor(instance))
    of_power, of_floor = (useful & (power <= floor)).any(), (useful & (floor < power)).any()
    return "their power and floor" if of_power and of_floor else "their floor" if of_floor else "their power"


def _draw(ground: HostingGround, c: int) -> tuple[float, str]:
    mw = float(ground.options.least_draw_mw[c])
    return mw, f"it draws {mw:,.1f} MW of firm power on the design day"


def _never_powered(ground: HostingGround, c: int) -> Cause | None:
    draw_mw, draws = _draw(ground, c)
    most_mw = float(ground.options.most_ai_mw.max(initial=0.0))
    if draw_mw <= most_mw + 1e-6:
        return None
    words = f"{draws}, the site never has more than {most_mw:,.1f} MW{beside_firm(ground)}"
    return Cause(CauseKind.POWER, words, amount=draw_mw - most_mw, unit="MW", since=ground.instance.period_start[0])


def beside_firm(ground: HostingGround) -> str:
    """Say what of the grid's power does not count."""
    mw = ground.instance.interruptible_mw
    return f"; {mw:,.1f} MW of interruptible power do not serve AI load" if mw > 0 else ""


def _dates(ground: HostingGround, c: int) -> Cause:
    contract = ground.case.contracts[c]
    earliest = contract.earliest_start or ground.case.study.start
    words = (
        f"no period of the study starts between its earliest start ({month(earliest)}) "
        f"and its longstop ({month(contract.longstop)})"
    )
    return Cause(CauseKind.DATES, words, since=earliest, until=contract.longstop)


def _works(ground: HostingGround, c: int, last: int) -> Cause | None:
    """No hall, or too few of them, can be ready for the last start."""
    instance, options = ground.instance, ground.options
    ready = [
        (_first(instance.build_start[h, d] >= 0), h, d)
        for h, d in zip(*(axis.tolist() for axis in np.nonzero(options.racks_per_bay[:, :, c])), strict=True)
    ]
    begins, longstop = instance.period_start[last], month(ground.case.contracts[c].longstop)
    limit = f"the last period it may start in begins {month(begins)} (its longstop is {longstop})"
    first, h, d = min(ready, default=(instance.periods, -1, -1))
    if first >= instance.periods:
        return Cause(CauseKind.WORKS, "no suitable hall can be ready within the study", since=begins)
    done = instance.period_start[first]
    if first > last:
        late = months_between(begins, done)
        words = (
            f"the earliest any suitable hall is ready is {month(done)} ({instance.halls[h]} as "
            f"{instance.designs[d]}, works from {ground.day(int(instance.build_start[h, d, first]))}), and {limit}: "
            f"{shown(late)} months too late"
        )
        return Cause(CauseKind.WORKS, words, amount=late, unit="months", since=begins, until=done)
    in_time = [instance.build_start[:, j, last] >= 0 for j in range(len(instance.designs))]
    room = np.where(np.array(in_time).T, options.racks_per_bay[:, :, c], 0).max(axis=1, initial=0)
    held, need = int((room * instance.hall_bays).sum()), int(instance.contract_racks[c])
    if held >= need:
        return None
    words = f"it needs {need} racks, the halls that can be ready in time hold {held}, and {limit}"
    return Cause(CauseKind.WORKS, words, amount=float(need - held), unit="racks", since=begins)


def _powered_late(ground: HostingGround, c: int, last: int) -> Cause | None:
    """The firm power, or the consent to use it for AI load, comes after the last start."""
    instance, options = ground.instance, ground.options
    draw_mw, draws = _draw(ground, c)
    if draw_mw <= options.most_ai_mw[last] + 1e-6:
        return None
    firm_mw = options.most_grid_mw(instance.firm_mw, instance.upgrade_firm_mw) + options.most_own_mw
    is_consent = draw_mw <= firm_mw[last] + 1e-6
    mw, begins = float(options.most_ai_mw[last]), instance.period_start[last]
    later = np.nonzero(options.most_ai_mw[last:] >= draw_mw - 1e-6)[0]
    until = instance.period_start[last + int(later[0])] if len(later) else None
    what = "the consent to serve AI load from the grid" if is_consent else "the firm power"
    words = (
        f"{draws}, of which the site can have {mw:,.1f} MW when its service must begin, {month(begins)} (longstop "
        f"{month(ground.case.contracts[c].longstop)}): {what} is short by {shown(draw_mw - mw)} MW "
        f"{'from then on' if until is None else f'until {month(until)}'}{arrivals(ground, last)}"
    )
    kind = CauseKind.CONSENT if is_consent else CauseKind.POWER
    return Cause(kind, words, (), draw_mw - mw, "MW", begins, until)


def arrivals(ground: HostingGround, after: int) -> str:
    """Say which requests to the grid are answered only after a period, and why."""
    return f" ({'; '.join(said)})" if (said := list(_arrivals(ground, after))) else ""


def _arrivals(ground: HostingGround, after: int) -> Iterator[str]:
    instance, quantile = ground.instance, ground.case.study.queue_quantile_frac
    for u, upgrade in enumerate(site_upgrades(ground.case)):
        asked = np.nonzero(instance.upgrade_energised[u] >= 0)[0]
        if not len(asked) or max(instance.upgrade_firm_mw[u], instance.upgrade_ai_mw[u]) <= 0:
            continue
        q = int(asked[0])
        k = int(instance.upgrade_energised[u, q])
        if k > after:
            why, usable = critical_path(upgrade, quantile), ground.day(k)
            through = month(energised_date(upgrade, instance.period_start[q], quantile))
            when = f"usable from {usable}"
            if through != usable:
                when = f"energised in {through} and {when}, the next period"
            yield f"{instance.upgrades[u]}, asked for in {ground.day(q)}, is {when}: {why}"


def _both(ground: HostingGround, last: int) -> Cause:
    """Nothing but the dates together stands in the way."""
    begins = ground.instance.period_start[last]
    words = (
        f"the firm power for it is not there in time for any hall, and the last period it may start in begins "
        f"{month(begins)}"
    )
    return Cause(CauseKind.POWER, words, since=begins)


def _first(flags: Bools) -> int:
    found = np.nonzero(flags)[0]
    return int(found[0]) if len(found) else len(flags)

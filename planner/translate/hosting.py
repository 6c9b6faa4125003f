"""Offers that no hall of the site could ever serve: said before anything is solved, with the reason."""

from __future__ import annotations

import numpy as np

from planner.case_file.checks import reference_problems
from planner.case_file.sizes import size_ids, with_sizes
from planner.files.problems import Problem
from planner.schemas import Case
from planner.schemas.market import CurveBin, QuarterCurve
from planner.translate import translate
from planner.translate.eligibility import ineligible
from site_conversion.instance import Bools, Instance
from site_conversion.options import Options

READS: tuple[tuple[str | int, ...], ...] = (
    ("study",), ("site",), ("cooling_modules",), ("designs",), ("gpu_systems",), ("finance",),
)  # fmt: skip
"""Parts of a case the judgement rests on."""


def hosting_problems(case: Case) -> list[Problem]:
    """Return one problem for each contract that cannot start anywhere within its dates."""
    if reference_problems(case):
        return []
    sized = with_sizes(_with_a_curve(case))
    instance = translate(sized)
    options = Options(instance)
    possible = {c for _, _, c, _ in options.places}
    refused = ineligible(sized)
    problems = []
    for i, contract in enumerate(case.contracts):
        # of an offer in steps its least size decides
        c = instance.contracts.index(size_ids(contract)[0])
        if sized.contracts[c].id in refused or contract.termination_usd is not None:
            continue
        reason = _too_large(instance, options, c) or (None if c in possible else _too_late(instance, options, c))
        if reason:
            message = f"contract '{contract.id}' can never be hosted: {reason}"
            problems.append(Problem(("contracts", i), message, reads=READS))
    return problems


def _with_a_curve(case: Case) -> Case:
    """Give a case whose price curve could not be found a flat one: prices decide nothing here."""
    if case.market.power.curve is not None:
        return case
    flat = (CurveBin(hours_frac=1.0, usd_per_mwh=0.0),)
    curve = tuple(QuarterCurve(quarter=quarter, bins=flat) for quarter in (1, 2, 3, 4))
    power = case.market.power.model_copy(update={"curve": curve})
    return case.model_copy(update={"market": case.market.model_copy(update={"power": power})})


def _too_large(instance: Instance, options: Options, c: int) -> str | None:
    """The whole site, every hall in its best design, is too small for the contract."""
    room = options.racks_per_bay[:, :, c]
    if not (instance.design_allowed & instance.compatible[c]).any():
        return "no hall or pad may be built to a design that the tenant accepts"
    by_hall = np.sort(room.max(axis=1, initial=0) * instance.hall_bays)[::-1]
    racks, most = int(by_hall.sum()), int(instance.contract_terms.most_halls[c])
    need = int(instance.contract_racks[c])
    if racks >= need and 0 < most < len(by_hall) and by_hall[:most].sum() < need:
        return f"it needs {need} racks in no more than {most} halls, the largest hold {int(by_hall[:most].sum())}"
    if racks < need:
        rack_mw = float(instance.contract_rack_mw[c])
        return (
            f"it needs {need} racks ({need * rack_mw:,.1f} MW of IT), all halls and pads together hold {racks} "
            f"({racks * rack_mw:,.1f} MW) by their power and floor"
        )
    ratio = float(instance.design_ratio_peak[instance.compatible[c]].min())
    gross, most_mw = ratio * float(instance.contract_it_mw[c]), float(options.most_ai_mw.max(initial=0.0))
    if gross > most_mw + 1e-6:
        draws = f"it draws {gross:,.1f} MW of firm power on the design day"
        return f"{draws}, the site never has more than {most_mw:,.1f} MW"
    return None


def _too_late(instance: Instance, options: Options, c: int) -> str | None:
    """No hall can be ready, or no firm power is there, in time for the contract's dates."""
    allowed = np.nonzero(instance.start_allowed[c])[0]
    if len(allowed) == 0:
        return "no period of the study starts between its earliest start and its longstop"
    last = int(allowed[-1])
    h, d = np.nonzero(options.racks_per_bay[:, :, c] > 0)
    ready = np.array([_first(instance.build_start[i, j] >= 0) for i, j in zip(h, d, strict=True)])
    longstop = f"the last period it may start in begins {instance.period_start[last]}"
    if len(ready) == 0 or ready.min() >= instance.periods:
        return "no suitable hall can be ready within the study"
    if ready.min() > last:
        when = f"{instance.period_start[int(ready.min())]}"
        return f"the earliest any suitable hall is ready is {when}, and {longstop}"
    return f"the firm power for it is not there in time for any hall, and {longstop}"


def _first(flags: Bools) -> int:
    found = np.nonzero(flags)[0]
    return int(found[0]) if len(found) else len(flags)

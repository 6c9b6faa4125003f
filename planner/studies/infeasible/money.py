"""The least equity that signed contracts tie up, against what is available by then."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.studies.infeasible.signed import Signed
from planner.studies.proposals.asked import names, spans
from planner.translate.calendar import month
from planner.translate.causes import Cause, CauseKind, shown
from site_conversion.instance import Floats


def equity(signed: Signed) -> Iterator[Cause]:
    """Yield where the least that is built for signed contracts costs more than the equity available; without a loan.

    A bound from below: fit-out and cooling by the MW in the cheapest place, one conversion, the contract's own GPUs;
    from it everything that tenants may pay by then is taken off.
    """
    instance = signed.instance
    if instance.debt is not None or not np.isfinite(instance.budget_musd).any():
        return
    users = [(name, _least_musd(signed, name)) for name in signed.offers]
    begun = np.any([musd > 0 for _, musd in users], axis=0) if users else np.zeros(instance.periods, dtype=np.bool_)
    need = sum((musd for _, musd in users), np.zeros(instance.periods))
    need = np.where(begun, need + _one_conversion_musd(signed) - _given_musd(signed), 0.0)
    for first, last, short in spans(need - instance.budget_musd, 1e-6):
        since, until = instance.period_start[first], instance.period_end[last]
        worst = first + int(np.argmax((need - instance.budget_musd)[first : last + 1]))
        here = [name for name, musd in users if musd[first : last + 1].any()]
        words = (
            f"building for {names(here)} costs at least {shown(need[worst])} MUSD, "
            f"{shown(instance.budget_musd[worst])} MUSD of equity are available: short of equity available by at least "
            f"{shown(short)} MUSD from "
            f"{month(since)} to {month(until)}"
        )
        yield Cause(CauseKind.EQUITY, words, tuple(here), short, "MUSD", since, until)


def _least_musd(signed: Signed, name: str) -> Floats:
    """Cost of fit-out, cooling and GPUs of an offer, spent before it is in service for certain [p]."""
    instance, options = signed.instance, signed.ground.options
    per_mw = instance.conversion_musd_per_mw + _cooling_musd_per_mw(signed)[None, :]
    least = np.full(instance.periods, np.inf)
    for c, k in signed.starts(name):
        fits = (options.racks_per_bay[:, :, c] > 0) & (instance.build_start[:, :, k] >= 0)
        built = float(np.where(fits, per_mw * _least_level(signed), np.inf).min()) * float(instance.contract_it_mw[c])
        gpus = np.cumsum(instance.gpu_musd[c, k, :-1])
        least = np.minimum(least, built + gpus)
    return np.where(signed.certain(name) & np.isfinite(least), np.maximum(least, 0.0), 0.0)


def _cooling_musd_per_mw(signed: Signed) -> Floats:
    """Cost of cooling modules per IT MW, as if they could be bought in parts [d]."""
    instance = signed.instance
    needed = instance.design_heat_frac / np.where(instance.module_capacity_mw > 0, instance.module_capacity_mw, np.inf)
    cost: Floats = (needed * instance.module_capex_musd).sum(axis=1)
    return cost


def _least_level(signed: Signed) -> Floats:
    """Least that a dollar of today's cost comes to, over the dates at which a hall may be ready [h, d]."""
    instance = signed.instance
    level = np.where(instance.build_start >= 0, instance.build_spend_frac.sum(axis=3), np.inf)
    least: Floats = np.where(np.isfinite(level.min(axis=2)), level.min(axis=2), 0.0)
    return least


def _one_conversion_musd(signed: Signed) -> float:
    """Least fixed cost of a conversion for any of the signed offers."""
    instance, options = signed.instance, signed.ground.options
    sizes = [c for name in signed.offers for c in signed.sizes(name)]
    fits = (options.racks_per_bay[:, :, sizes] > 0).any(axis=2)
    spares = (
        instance.design_spare_modules[:, None] * instance.module_capex_musd * (instance.design_heat_frac > 0)
    ).sum(1)
    fixed = (instance.conversion_fixed_musd + spares[None, :]) * _least_level(signed)
    return float(np.where(fits, fixed, np.inf).min(initial=np.inf)) if fits.any() else 0.0


def _given_musd(signed: Signed) -> Floats:
    """Most that tenants contribute and advance by the end of each period [p]."""
    instance = signed.instance
    given = instance.contribution_musd + instance.contract_terms.advance_received_musd
    most: Floats = np.cumsum(given[:, :, :-1], axis=2).max(axis=1, initial=0.0).sum(axis=0)
    return most

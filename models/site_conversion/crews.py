"""Crews: what can be built at the same time.

busy[h, v]   binary   works are under way in hall h on day v

On every day v on which works can begin or the crews change (in between, less and less is under way):

    busy_converting[h, v]   sum of convert[h, d, k] over the works under way on v <= busy
    busy_fitting[h, v]      share of the hall's electrical MW that is being fitted out on v <= busy
    crew_halls[v]           sum over halls of busy <= most_halls[v]
    crew_it_mw[v]           sum of fitted_added_mw[h, d, k] over the works under way on v <= most_it_mw[v]

A hall is busy with its conversion (on a pad with its shell) and again with the fit-out of a later tenant. With scarce
crews it may pay to build earlier than needed, so readiness is offered at every date (`just_in_time` is false) and
fit-out is a decision of its own. Nothing is posted, and nothing is written where crews do not limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyomo.environ import Binary

from site_conversion.options import Stage
from site_conversion.registers import Limit, evaluate
from site_conversion.rows import Constraint, Term, Var, linear
from site_conversion.site import Site

NAME = "crews"
SOME_WORKS = 1e-6
"""Less than this, of a conversion or in MW, is the solver's rounding."""


def build(b: Any, site: Site) -> None:
    """Add the rows; must come after halls."""
    _halls(b, site)
    _it_mw(b, site)


def _under_way(site: Site, v: int) -> list[Stage]:
    """Return the stages whose works would be under way on a day."""
    return [stage for stage in site.options.stages if site.instance.crews.under_way[(*stage, v)]]


def _halls(b: Any, site: Site) -> None:
    """Count the halls in which works are under way."""
    instance, most = site.instance, site.instance.crews.most_halls
    limited = np.nonzero(np.isfinite(most))[0].tolist()
    works: dict[tuple[int, int], list[Stage]] = {}
    for v in limited:
        for stage in _under_way(site, v):
            works.setdefault((stage[0], v), []).append(stage)
    halls_of: dict[int, list[int]] = {}
    for h, v in works:
        halls_of.setdefault(v, []).append(h)
    b.busy = Var(list(works), domain=Binary, doc="works are under way in the hall on the day [1]")

    def converting(b: Any, h: int, v: int) -> Any:
        terms = [term for stage in works[h, v] for term in site.convert.terms(stage)]
        return linear([*terms, (-1.0, b.busy[h, v])]) <= 0

    def fitting(b: Any, h: int, v: int) -> Any:
        share = instance.design_ratio_peak / instance.hall_electrical_mw[h]
        terms = [t for stage in works[h, v] for t in site.fitted_added_mw.terms(stage, float(share[stage[1]]))]
        return linear([*terms, (-1.0, b.busy[h, v])]) <= 0

    b.busy_converting = Constraint(list(works), rule=converting, doc="a hall being converted is busy")
    b.busy_fitting = Constraint(list(works), rule=fitting, doc="a hall being fitted out is busy")
    b.crew_halls = Constraint(
        list(halls_of),
        rule=lambda b, v: linear([(1.0, b.busy[h, v]) for h in halls_of[v]]) <= float(most[v]),
        doc="halls in which works are under way at once",
    )
    period = instance.crews.period.tolist()

    def used(v: int) -> float:
        """Count halls by their works: a binary without works may be 1 where that is free."""
        return float(sum(any(_has_works(site, stage) for stage in works[h, v]) for h in halls_of[v]))

    site.state_limit(Limit("crew_halls", "halls", b.crew_halls, lambda v: ("crews for halls", period[v]), used=used))


def _has_works(site: Site, stage: Stage) -> bool:
    return evaluate([*site.convert.terms(stage), *site.fitted_added_mw.terms(stage)]) > SOME_WORKS


def _it_mw(b: Any, site: Site) -> None:
    """Count the IT MW that are being fitted out."""
    most = site.instance.crews.most_it_mw
    fitting: dict[int, list[Term]] = {}
    for v in np.nonzero(np.isfinite(most))[0].tolist():
        terms = [term for stage in _under_way(site, v) for term in site.fitted_added_mw.terms(stage)]
        if terms:
            fitting[v] = terms
    b.crew_it_mw = Constraint(
        list(fitting),
        rule=lambda _, v: linear(fitting[v]) <= float(most[v]),
        doc="IT MW whose fit-out is under way at once",
    )
    period = site.instance.crews.period.tolist()
    site.state_limit(Limit("crew_it_mw", "MW", b.crew_it_mw, lambda v: ("crews for fit-out", period[v])))

"""Fixed decisions: what is forced is done and what is forbidden is not, whatever it costs.

An override o speaks of some binaries, those of the starts, conversions, designs or requests that it means:
`delivered[c,k]` of the sizes and starts of an offer, `convert[h,d,k]` of a hall, `hall_design[h,d]` of a design in
any hall, `request[u,q]` of an upgrade; of an offer that is kept out of some halls `taken_bays[h,d,c,k]` there.

forced[o]               sum of them >= 1
forbidden[o]            sum of them <= 0
in_each_hall[o, h]      racks of the forced offer in each of the halls that are named >= 1
in_no_other_hall[o]     its bays elsewhere <= 0
fitted_with_works[o, d, k]   share of the hall fitted at k <= bays taken there before k, for every k whose works
                        begin when they must not

The last says that the fit-out of a hall's first service belongs to the works whose time is fixed. A plan leaves out
what cannot pay, readiness long before the first use and equal halls in another order; where an override needs it, it
is offered (`with_room`). Only rows are written here, nothing is decided or posted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from site_conversion.instance import Instance
from site_conversion.instance_overrides import Override, Subject
from site_conversion.options import Place
from site_conversion.rows import Constraint, Term, linear
from site_conversion.site import Site

NAME = "overrides"


def with_room(instance: Instance) -> Instance:
    """Return the instance whose model offers what its overrides may ask for: building early, equal halls in any order.

    Without overrides it is returned as it is.
    """
    dated = any(override.is_dated for override in instance.overrides)
    told_apart = any(override.subject is Subject.HALL or override.halls is not None for override in instance.overrides)
    if not (dated or told_apart):
        return instance
    twins = np.full_like(instance.hall_twin, -1) if told_apart else instance.hall_twin
    return replace(instance, just_in_time=instance.just_in_time and not dated, hall_twin=twins)


def build(b: Any, site: Site) -> None:
    """Write the rows of every override; each family is indexed by the number of the override first."""
    every = list(enumerate(site.instance.overrides))
    b.forced = Constraint(
        [o for o, override in every if override.forced],
        rule=lambda _, o: linear(_meant(site, site.instance.overrides[o])) >= 1,
        doc="what is forced is done",
    )
    b.forbidden = Constraint(
        [o for o, override in every if not override.forced],
        rule=lambda _, o: linear(_meant(site, site.instance.overrides[o])) <= 0,
        doc="what is forbidden is not done",
    )
    placed = [(o, override) for o, override in every if override.forced and override.halls is not None]
    b.in_each_hall = Constraint(
        [(o, h) for o, override in placed for h in sorted(override.halls or ())],
        rule=lambda _, o, h: linear(_racks(site, site.instance.overrides[o], h)) >= 1,
        doc="the forced offer stands in every hall that is named [racks]",
    )
    b.in_no_other_hall = Constraint(
        [o for o, _ in placed],
        rule=lambda _, o: linear(_bays_elsewhere(site, site.instance.overrides[o])) <= 0,
        doc="the forced offer stands in no other hall [bays]",
    )
    _fitted_with_works(b, site)


def _fitted_with_works(b: Any, site: Site) -> None:
    """Write that fit-out is not put off past the works whose time is fixed, but for those who come after the first."""
    index = [
        (o, d, k)
        for o, override in enumerate(site.instance.overrides)
        if override.is_dated
        for h, d, k in site.options.stages
        if (h,) == override.index and ((d, k) in override.ready) is not override.forced
    ]

    def rule(_: Any, o: int, d: int, k: int) -> Any:
        (h,) = site.instance.overrides[o].index
        most = float(site.instance.hall_electrical_mw[h] / site.instance.design_ratio_peak[d])
        before = [
            term
            for place in site.options.places_of_hall[h, d]
            if place[3] < k
            for term in site.taken_bays.terms(place, -1.0)
        ]
        return linear([*site.fitted_added_mw.terms((h, d, k), 1.0 / most), *before]) <= 0

    b.fitted_with_works = Constraint(index, rule=rule, doc="fit-out comes with the works, later for later tenants only")


def _meant(site: Site, override: Override) -> list[Term]:
    """Return the binaries that an override speaks of (bays, where it keeps an offer out of some halls)."""
    options = site.options
    if override.subject is Subject.UPGRADE:
        (u,) = override.index
        return [term for q in sorted(override.periods) for term in site.asked.terms((u, q))]
    if override.subject is Subject.DESIGN:
        offered = [(h, d) for h, d in options.halls_offered if (d,) == override.index]
        return [term for hall in offered for term in site.hall_design.terms(hall)]
    if override.subject is Subject.HALL:
        (h,) = override.index
        return [term for d, k in sorted(override.ready) for term in site.convert.terms((h, d, k))]
    if override.halls is not None and not override.forced:
        kept_out = [place for place in _places(site, override) if place[0] in override.halls]
        return [term for place in kept_out for term in site.taken_bays.terms(place)]
    starts = [(c, k) for c, k in options.starts if c in override.index and k in override.periods]
    return [term for start in starts for term in site.delivered.terms(start)]


def _places(site: Site, override: Override) -> list[Place]:
    return [place for place in site.options.places if place[2] in override.index and place[3] in override.periods]


def _racks(site: Site, override: Override, h: int) -> list[Term]:
    """Return the racks of an offer in a hall."""
    return [term for place in _places(site, override) if place[0] == h for term in site.racks.terms(place)]


def _bays_elsewhere(site: Site, override: Override) -> list[Term]:
    """Return the bays of an offer outside the halls that are named."""
    named = override.halls or frozenset()
    elsewhere = [place for place in site.options.places if place[2] in override.index and place[0] not in named]
    return [term for place in elsewhere for term in site.taken_bays.terms(place)]

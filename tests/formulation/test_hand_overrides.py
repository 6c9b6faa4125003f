"""Decisions fixed beforehand: what is forced is done whatever it costs, what is forbidden is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.formulation.support import Entry, HandSolved, Site, design, factor, hall, hand_solved, lease, present_value

LATE = "2031-01-01"
"""A longstop that lets service also begin in 2031."""


def force(**fields: object) -> Entry:
    return {"choice": "force", **fields}


def forbid(**fields: object) -> Entry:
    return {"choice": "forbid", **fields}


@hand_solved
def test_the_poorer_of_two_tenants() -> Iterator[HandSolved]:
    """One hall, leases at 100 and at 80 USD/kW-month: 12 and 9.6 MUSD a year for 10 MUSD of works.

    Free, the first: -10 x 0.953463 + 12 x 1.654770 = 10.3226
    The second forced, or the first forbidden: -9.5346 + 9.6 x 1.654770 = 6.3512
    Both forbidden, none is taken and nothing is built.
    """
    site = Site(contracts=(lease("rich"), lease("poor", rent=80)))
    poor = HandSolved(replace(site, overrides=(force(contract="poor"),)), present_value(-10, 9.6, 9.6), {"poor": 1})
    yield HandSolved(site, present_value(-10, 12, 12), {"rich": 1})
    yield poor
    yield replace(poor, site=replace(site, overrides=(forbid(contract="rich"),)))
    yield HandSolved(replace(site, overrides=(forbid(contract="rich"), forbid(contract="poor"))), 0.0)


@hand_solved
def test_a_start_that_is_put_off() -> Iterator[HandSolved]:
    """Service may begin in 2030 or 2031; the works of 10 MUSD take the year before, 12 MUSD come in two years.

    Free, or from 2030 on: in 2030, 10.3226. Forced in 2031, or forbidden until the end of 2030:
        -10 x 0.866784 + 12 x (0.787986 + 0.716351) = 9.3842
    """
    site = Site(contracts=(lease(longstop=LATE),), years=4)
    soon, late = present_value(-10, 12, 12), present_value(0, -10, 12, 12)
    yield HandSolved(replace(site, overrides=(force(contract="lease", since="2030-01-01"),)), soon, {"lease": 1})
    for fixed in (force(contract="lease", begins="2030-03-01"), forbid(contract="lease", until="2030-12-31")):
        yield HandSolved(replace(site, overrides=(fixed,)), late, {"lease": 2})


@hand_solved
def test_works_that_begin_early() -> Iterator[HandSolved]:
    """Service is forced in 2031. Works forced in 2029, or forbidden in 2030, are paid in 2029 with their fit-out.

    -10 x 0.953463 + 12 x (0.787986 + 0.716351) = 8.5174
    """
    site, value = Site(contracts=(lease(longstop=LATE),), years=4), present_value(-10, 0, 12, 12)
    start = force(contract="lease", begins=LATE)
    for works in (force(hall="hall", begins="2029-01-01"), forbid(hall="hall", since="2030-01-01")):
        yield HandSolved(replace(site, overrides=(start, works)), value, {"lease": 2})


@hand_solved
def test_halls_that_are_named() -> Iterator[HandSolved]:
    """Two equal halls at 2 MUSD each and 10 for the MW; the lease fits one.

    In the second: -12 x 0.953463 + 12 x 1.654770 = 8.4157
    In both: -14 x 0.953463 + 19.8572 = 6.5088. The same where the second is converted and the lease stands in the
    first, as an empty hall costs its 2 MUSD too.
    """
    site = Site((hall("one"), hall("two")), (lease(),), (design(capex_fixed_usd=2e6),))
    one, both = present_value(-12, 12, 12), present_value(-14, 12, 12)
    for fixed in (force(contract="lease", halls=["two"]), forbid(contract="lease", halls=["one"]), forbid(hall="one")):
        yield HandSolved(replace(site, overrides=(fixed,)), one, {"lease": 1})
    yield HandSolved(replace(site, overrides=(force(contract="lease", halls=["one", "two"]),)), both, {"lease": 1})
    apart = (force(hall="two"), force(contract="lease", halls=["one"]))
    yield HandSolved(replace(site, overrides=apart), both, {"lease": 1})


@hand_solved
def test_the_dearer_design() -> Iterator[HandSolved]:
    """At 1 and at 2 MUSD per MW of IT: free the cheap one, here the dear one forced, or the cheap one forbidden.

    -20 x 0.953463 + 12 x 1.654770 = 0.7880
    """
    site = Site(contracts=(lease(),), designs=(design("cheap"), design("dear", capex_usd_per_it_mw=2e6)))
    dear = present_value(-20, 12, 12)
    fixed = (force(design="dear"), forbid(design="cheap"), force(hall="hall", design="dear"))
    for one in (*fixed, forbid(hall="hall", design="cheap")):
        yield HandSolved(replace(site, overrides=(one,)), dear, {"lease": 1})


@hand_solved
def test_a_grid_request_nobody_needs() -> Iterator[HandSolved]:
    """A line of 3 MUSD that comes at once, beside a lease worth 10.3226: forced it is asked for as late as possible.

    Whenever: 10.3226 - 3 x 0.787986 = 7.9587. By the end of 2029: 10.3226 - 3 x 0.953463 = 7.4622
    """
    none = {"p10_months": 0, "p50_months": 0, "p90_months": 0}
    line = {"upgrades": [{"id": "line", "firm_mw": 10, "capex_usd": 3e6, "queue": none}]}
    site, lease_musd = Site(contracts=(lease(),), more=line), present_value(-10, 12, 12)
    for fixed, years in ((force(upgrade="line"), 2.5), (force(upgrade="line", until="2029-12-31"), 0.5)):
        yield HandSolved(replace(site, overrides=(fixed,)), lease_musd - 3 * factor(years), {"lease": 1})


@hand_solved
def test_an_offer_in_steps() -> Iterator[HandSolved]:
    """An offer of 4, 7 or 10 MW at 20 USD/kW-month loses 0.5563 MUSD for each MW: forced, its least size is taken.

    4 x (-1 x 0.953463 + 0.24 x 1.654770) = -2.2253; without that size 7 x -0.556318 = -3.8942
    """
    site = Site(contracts=(lease(rent=20, least_it_mw=4, step_it_mw=3),))
    least = replace(site, overrides=(force(contract="lease"),))
    yield HandSolved(least, present_value(-4, 0.96, 0.96), {"lease.4": 1})
    more = replace(site, overrides=(force(contract="lease"), forbid(contract="lease.4")))
    yield HandSolved(more, present_value(-7, 1.68, 1.68), {"lease.7": 1})

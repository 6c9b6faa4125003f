"""Crews: how many halls and how many megawatts can be built at the same time, and building early because of it."""

from __future__ import annotations

from collections.abc import Iterator

from site_conversion import halls
from site_conversion.solution import Solution
from tests.formulation.support import Entry, HandSolved, Look, Site, design, factor, hall, hand_solved
from tests.formulation.support import lease as any_lease

HALF_YEARS: tuple[Entry, ...] = ({"months": 6, "count": 6},)
BORDERS = (0, 181, 365, 546, 730, 911, 1095)
"""First days of the half-years from 2029 on, and the day after the last."""


def present_value(*musd: float) -> float:
    """Return the value of flows in the half-years from 2029 on, each discounted from its middle."""
    middles = [(BORDERS[n] + BORDERS[n + 1]) / 730 for n in range(len(musd))]
    return sum(amount * factor(years) for amount, years in zip(musd, middles, strict=True))


def by_year(*musd: float) -> float:
    """Return the value of flows in the years from 2029 on."""
    return sum(amount * factor(year + 0.5) for year, amount in enumerate(musd))


def works_are(*expected: tuple[int, int, float]) -> Look:
    """Return a check of the works: hall, period in which they begin, IT MW of their fit-out."""

    def look(found: Solution) -> None:
        table = found.tables[halls.NAME]
        rows = zip(table["hall"], table["build_start"], table["fitted_mw"], strict=True)
        assert sorted((int(h), int(s), round(mw, 6)) for h, s, mw in rows) == sorted(expected)

    return look


def lease(name: str = "lease", **changes: object) -> Entry:
    """Return a lease of 10 MW that begins on 2030-01-01, neither sooner nor later."""
    return any_lease(name) | {"earliest_start": "2030-01-01", **changes}


def crews(*steps: Entry) -> Entry:
    """Return the site's field."""
    return {"crews": list(steps)}


@hand_solved
def test_one_crew_builds_one_of_two_halls() -> Iterator[HandSolved]:
    """Two leases of 10 MW for a hall each, both to begin on 2030-01-01, so that both are built in 2029.

    The first pays 100 USD/kW-month (12 MUSD a year), the second 95 (11.4 MUSD). One crew builds the dearer:
        -10 x 0.953463 + 12 x (0.866784 + 0.787986) = 10.3226
    Two crews both: -20 x 0.953463 + 23.4 x 1.654770 = 19.6524. No crew at all: refused.
    """
    leases = (lease("first"), lease("second", rent_usd_per_kw_month=95))

    def site(count: int) -> Site:
        built_at_once = crews({"date": "2029-01-01", "halls_at_once": count})
        return Site((hall("a"), hall("b")), leases, more=built_at_once)

    yield HandSolved(site(1), by_year(-10, 12, 12), {"first": 1})
    yield HandSolved(site(2), by_year(-20, 23.4, 23.4), {"first": 1, "second": 1})
    yield HandSolved(site(0), 0.0)


@hand_solved
def test_a_hall_is_built_early_so_that_one_crew_can_build_both() -> Iterator[HandSolved]:
    """Works take 6 months, periods are half-years; two leases of 10 MW begin on 2030-01-01, 6 MUSD a half-year each.

    Rents of four half-years are worth 0.887859 + 0.846541 + 0.807145 + 0.769582 = 3.311128 for each dollar.
    Two crews build both in the second half of 2029: -20 x 0.931195 + 12 x 3.311128 = 21.1096.
    One crew builds one in each half: -10 x (0.976645 + 0.931195) + 12 x 3.311128 = 20.6551,
    which costs 0.4545 for the half-year in which one hall stands ready and is not used. Stripping both halls and
    fitting them out together later would keep two halls busy at once, and a lease left out would cost more:
        -10 x 0.931195 + 6 x 3.311128 = 10.5548
    """

    def site(count: int) -> Site:
        built_at_once = crews({"date": "2029-01-01", "halls_at_once": count})
        works = (design(build_months=6),)
        pair = (lease("first"), lease("second"))
        return Site((hall("a"), hall("b", floor_m2=11_000)), pair, works, grid=HALF_YEARS, more=built_at_once)

    both = {"first": 2, "second": 2}
    yield HandSolved(site(2), present_value(0, -20, 12, 12, 12, 12), both, works_are((0, 1, 10.0), (1, 1, 10.0)))
    yield HandSolved(site(1), present_value(-10, -10, 12, 12, 12, 12), both)


@hand_solved
def test_fit_out_in_two_halves_where_crews_fit_five_megawatts_at_once() -> Iterator[HandSolved]:
    """A lease of 10 MW in one hall, works of 6 months, half-years; crews fit out 5 MW of IT at once.

    5 MW come with the conversion in the first half of 2029 and 5 MW after it, in the second:
        -5 x (0.976645 + 0.931195) + 6 x 3.311128 = 10.3276
    Crews for 4.9 MW fit 9.8 of the 10 MW until 2030-01-01, and the lease begins on no other day: refused.
    """

    def site(mw: float) -> Site:
        built_at_once = crews({"date": "2029-01-01", "it_mw_at_once": mw})
        return Site((hall(),), (lease(),), (design(build_months=6),), grid=HALF_YEARS, more=built_at_once)

    value = present_value(-5, -5, 6, 6, 6, 6)
    yield HandSolved(site(5.0), value, {"lease": 2}, works_are((0, 0, 5.0), (0, 1, 5.0)))
    yield HandSolved(site(4.9), 0.0)


@hand_solved
def test_crews_that_leave_in_the_middle_of_a_year() -> Iterator[HandSolved]:
    """Nothing limits before 2029-07-01, from then on there is no crew. Periods are years.

    Works of 12 months from 2029-01-01 would go on after that day: refused. Works of 6 months are done on it, and what
    is done is not under way: -10 x 0.953463 + 12 x 1.654770 = 10.3226. Of 6.5 months they are not: refused.
    """
    gone = crews({"date": "2029-07-01", "halls_at_once": 0})

    def site(months: float) -> Site:
        return Site(contracts=(lease(),), designs=(design(build_months=months),), more=gone)

    yield HandSolved(site(12), 0.0)
    yield HandSolved(site(6), by_year(-10, 12, 12), {"lease": 1})
    yield HandSolved(site(6.5), 0.0)


@hand_solved
def test_a_shell_on_a_pad_needs_its_crew_until_it_is_done() -> Iterator[HandSolved]:
    """A pad whose shell takes 6 months before 6 months of works, a hall with 6 months of works; half-years; one crew.

    Both leases begin on 2030-01-01. The pad is under way all of 2029, so the hall cannot be built beside it. The first
    lease (100 USD/kW-month) needs the pad for its design, the second (50) is content with the hall:
        -10 x 0.976645 x 181 / 365 - 10 x 0.931195 x 184 / 365 + 6 x 3.311128 = 10.3294
    With two crews the second is worth -10 x 0.931195 + 3 x 3.311128 = 0.6214 on top: 10.9509.
    """
    new = design("new", use="pads", build_months=6, redundancy="two_n")
    old = design("old", use="halls", build_months=6)
    land: Entry = {
        "id": "pad", "electrical_mw": 10, "floor_m2": 10_000, "bays": 1, "shell_capex_usd": 0, "shell_months": 6,
    }  # fmt: skip
    leases = (lease("first", redundancy="two_n"), lease("second", rent_usd_per_kw_month=50))

    def site(count: int) -> Site:
        more = {"pads": [land], **crews({"date": "2029-01-01", "halls_at_once": count})}
        return Site((hall(),), leases, (new, old), grid=HALF_YEARS, more=more)

    first = (-10 * 181 / 365, -10 * 184 / 365, 6, 6, 6, 6)
    second = (0, -10, 3, 3, 3, 3)
    yield HandSolved(site(1), present_value(*first), {"first": 2})
    value = present_value(*(a + b for a, b in zip(first, second, strict=True)))
    yield HandSolved(site(2), value, {"first": 2, "second": 2})

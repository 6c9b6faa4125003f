"""Terms of contracts: lease kinds, extensions, failing tenants, advances, sizes, order, halls, rights, conditions.

Unless said otherwise: 10 MW at 100 USD/kW-month, 12 MUSD a year in 2030 and 2031, capex of 10 MUSD in 2029.
Factors of the middles of the years: 0.953463, 0.866784, 0.787986; the last two together 1.654770.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from site_conversion.solution import Solution
from tests.formulation.support import (
    HOURS,
    Entry,
    HandSolved,
    Look,
    Site,
    factor,
    hall,
    hand_solved,
    lease,
    months_of,
    posted_musd,
    power,
    present_value,
)

STRAIGHT: Entry = {"tax_rate_frac": 0.25, "conversion_depreciation": {"method": "straight_line", "years": 2}}


def posts(**items: list[float]) -> Look:
    """Return a check of items in the cash flow, written line__item with _ for blanks."""

    def look(found: Solution) -> None:
        for name, musd in items.items():
            line, item = name.split("__")
            assert posted_musd(found, line, item.replace("_", " ")) == pytest.approx(musd), name

    return look


def taxes(*musd: float) -> Look:
    """Return a check of the tax paid year by year."""

    def look(found: Solution) -> None:
        rows = found.cash_flow[found.cash_flow["line"] == "tax"].groupby("column")["musd"].sum()
        assert [-tax for tax in rows.tolist() if abs(tax) > 1e-9] == pytest.approx(list(musd))

    return look


# --- what the rent includes -----------------------------------------------------------------------------


@hand_solved
def test_what_the_rent_includes() -> Iterator[HandSolved]:
    """Running cost 10 USD/kW-month = 1.2 MUSD a year; power 10 MW x 8,760 h x 50 USD = 4.38 MUSD a year; rent 150.

    Triple net: both are repaid.      -9.5346 + 18 x 1.654770   = 20.2512
    Modified gross: power is repaid.  -9.5346 + 16.8 x 1.654770 = 18.2655
    Gross: neither is.                -9.5346 + 12.42 x 1.654770 = 11.0176
    """
    energy = 10 * HOURS * 50 / 1e6
    for kind, year in (("triple_net", 18), ("modified_gross", 18 - 1.2), ("gross", 18 - 1.2 - energy)):
        offer = lease(rent=150, lease=kind, opex_usd_per_kw_month=10)
        repaid = [1.2, 1.2] if kind == "triple_net" else []
        look = posts(opex__lease_running_cost=[-1.2, -1.2], revenue__lease_costs_repaid=repaid)
        site = Site(contracts=(offer,), power=power((1.0, 50)))
        yield HandSolved(site, present_value(-10, year, year), {"lease": 1}, look)


# --- options to stay ------------------------------------------------------------------------------------


@hand_solved
def test_an_extension_counts_at_its_chance() -> Iterator[HandSolved]:
    """12 months, and 12 more with a chance of 0.5 at 10 % more rent; running cost 1.2 MUSD a year.

    2030: 12 - 1.2 = 10.8; 2031: 0.5 x (13.2 - 1.2) = 6:
        -9.5346 + 10.8 x 0.866784 + 6 x 0.787986 = 4.5546
    A second tenant, of 2031, would need no capex if it could move in, but finds no bay: the place stays reserved.
    """
    offer = lease(
        term_months=12, opex_usd_per_kw_month=10,
        extensions=[{"months": 12, "probability_frac": 0.5, "rent_step_frac": 0.1}],
    )  # fmt: skip
    late = lease("late", ready_by="2031-01-01", longstop="2031-01-01", term_months=12)
    value = present_value(-10, 10.8, 6)
    look = posts(revenue__lease=[12, 6.6], opex__lease_running_cost=[-1.2, -0.6])
    yield HandSolved(Site(contracts=(offer,)), value, {"lease": 1}, look)
    yield HandSolved(Site(contracts=(offer, late)), value, {"lease": 1}, look)


@hand_solved
def test_two_extensions_multiply_and_an_extension_without_a_chance_reserves_nothing() -> Iterator[HandSolved]:
    """6 months, then 6 more at 0.5 and 12 more at 0.4 after those; gross at 150 USD/kW-month, power 4.38 MUSD a year.

    2030: 9 + 0.5 x 9 = 13.5; 2031: 0.5 x 0.4 x 18 = 3.6 MUSD of rent. Power by days: 181 of 365 days whole, 184 at a
    half: 4.38 x (181 + 92) / 365 = 3.276; then 0.2 x 4.38 = 0.876:
        -9.5346 + 10.224 x 0.866784 + 2.724 x 0.787986 = 1.4738
    Where the second is never used, the bay is free for a tenant of 2031 that pays 12 MUSD, power repaid:
        -9.5346 + 10.224 x 0.866784 + 12 x 0.787986 = 8.7832
    """

    def offer(second: float) -> Entry:
        options = [{"months": 6, "probability_frac": 0.5}, {"months": 12, "probability_frac": second}]
        return lease(rent=150, lease="gross", term_months=6, extensions=options)

    year = 13.5 - 4.38 * (181 + 92) / 365
    site = Site(contracts=(offer(0.4),), power=power((1.0, 50)))
    look = posts(energy__lease_power=[-3.276, -0.876])
    yield HandSolved(site, present_value(-10, year, 3.6 - 0.876), {"lease": 1}, look)
    late = lease("late", ready_by="2031-01-01", longstop="2031-01-01", term_months=12)
    both = replace(site, contracts=(offer(0.0), late))
    yield HandSolved(both, present_value(-10, year, 12), {"lease": 1, "late": 2})


# --- tenants that may fail ------------------------------------------------------------------------------

KEPT = 0.2 / (1 - 0.8 ** (1 / 12))
"""Months of the first year in which a tenant that fails with 0.2 a year is there: sum of 0.8^(j/12), j from 0 to 11."""


@hand_solved
def test_a_tenant_that_may_fail_is_worth_less() -> Iterator[HandSolved]:
    """It fails with 0.2 a year; the place is empty for 12 months and then let at 0.8 of the rent.

    Months paid by the tenant: 0.2 / (1 - 0.8^(1/12)) = 10.855718 in 2030, 0.8 of that in 2031. In 2031 the next one
    pays 0.8 x (12 - 10.855718): 10.855718 and 8.684575 + 0.915425 = 9.6 MUSD:
        -9.5346 + 10.855718 x 0.866784 + 9.6 x 0.787986 = 7.4396
    A guarantor of a half pays 0.5 x 1.144282 in 2030; in 2031 half of the empty months' rent, 0.2 x 10.855718, and
    of a fifth of the next one's, 0.2 x 1.144282: 0.5 x 2.4 = 1.2:
        -9.5346 + 11.427859 x 0.866784 + 10.8 x 0.787986 = 8.8811
    """
    credit: Entry = {"default_frac_per_year": 0.2, "relet_months": 12, "relet_rate_frac": 0.8}
    first, second = KEPT, 0.8 * KEPT + 0.8 * (12 - KEPT)
    yield HandSolved(Site(contracts=(lease(credit=credit),)), present_value(-10, first, second), {"lease": 1})
    guarded = credit | {"guarantor": {"name": "Bank", "covered_frac": 0.5}}
    value = present_value(-10, first + 0.5 * (12 - KEPT), second + 1.2)
    yield HandSolved(Site(contracts=(lease(credit=guarded),)), value, {"lease": 1})


@hand_solved
def test_an_empty_place_draws_no_power_and_still_costs() -> Iterator[HandSolved]:
    """The same tenant, gross, with a demand charge of 5 USD/kW-month (0.05 MUSD a month) and running cost of 1.2 MUSD.

    Somebody is there for 10.855718 months of 2030 and 0.8 x 10.855718 + 1.144282 = 9.828856 months of 2031:
    demand 0.542786 and 0.491443; the running cost is paid throughout.
        -9.5346 + (10.855718 - 0.542786 - 1.2) x 0.866784 + (9.6 - 0.491443 - 1.2) x 0.787986 = 4.5961
    """
    offer = lease(
        lease="gross", opex_usd_per_kw_month=10,
        credit={"default_frac_per_year": 0.2, "relet_months": 12, "relet_rate_frac": 0.8},
    )  # fmt: skip
    there = (KEPT, 0.8 * KEPT + 12 - KEPT)
    value = present_value(-10, KEPT - 0.05 * there[0] - 1.2, 9.6 - 0.05 * there[1] - 1.2)
    site = Site(contracts=(offer,), power=power(demand_charge_usd_per_kw_month=5))
    look = posts(energy__lease_power=[-0.05 * there[0], -0.05 * there[1]], opex__lease_running_cost=[-1.2, -1.2])
    yield HandSolved(site, value, {"lease": 1}, look)


# --- money ahead ----------------------------------------------------------------------------------------


@hand_solved
def test_a_prepayment_is_received_early_and_taxed_when_earned() -> Iterator[HandSolved]:
    """A quarter of the 24 MUSD, 6 MUSD, is paid 12 months ahead and credited with 3 MUSD a year.

        -4 x 0.953463 + 9 x 1.654770 = 11.0791
    Tax of 25 %: the rent is 12 MUSD a year as ever, less 5 MUSD of depreciation: 1.75 MUSD a year, none in 2029:
        -4 x 0.953463 + 7.25 x 1.654770 = 8.1832
    """
    offer = lease(prepayment={"share_frac": 0.25, "months_before_start": 12})
    look = posts(
        revenue__lease=[12, 12], advances__lease_advance_received=[6], advances__lease_advance_settled=[-3, -3]
    )
    yield HandSolved(Site(contracts=(offer,)), present_value(-4, 9, 9), {"lease": 1}, look)
    taxed = Site(contracts=(offer,), finance=STRAIGHT)
    yield HandSolved(taxed, present_value(-4, 7.25, 7.25), {"lease": 1}, taxes(1.75, 1.75))


@hand_solved
def test_a_prepayment_pays_for_what_equity_cannot() -> Iterator[HandSolved]:
    """Equity of 5 MUSD, capex of 10 MUSD in 2029. An advance of 6 MUSD in 2029 leaves 4 MUSD to be found: taken.

        -4 x 0.953463 + 9 x 1.654770 = 11.0791
    Received with the start of service in 2030 it comes too late: refused. What is credited later does not count back,
    or 2031 would lack 1 MUSD.
    """
    budget: Entry = {"equity_budget": [{"date": "2029-01-01", "added_usd": 5e6}]}

    def site(months: int) -> Site:
        return Site(contracts=(lease(prepayment={"usd": 6e6, "months_before_start": months}),), finance=budget)

    yield HandSolved(site(12), present_value(-4, 9, 9), {"lease": 1})
    yield HandSolved(site(0), 0)


@hand_solved
def test_a_prepayment_is_never_credited_beyond_the_rent() -> Iterator[HandSolved]:
    """4 MUSD credited over 4 months, 1 MUSD each, but half the MW are taken for 6 months at 0.5 MUSD a month.

    2030: 6 x 0.5 + 6 x 1 = 9 MUSD of rent; all 3 MUSD of the first half and 1 MUSD of July are credited: 4 MUSD.
        (4 - 10) x 0.953463 + (9 - 4) x 0.866784 + 12 x 0.787986 = 8.0690
    """
    ramp = [{"month": 0, "share_frac": 0.5}, {"month": 6, "share_frac": 1}]
    offer = lease(ramp=ramp, prepayment={"usd": 4e6, "months_before_start": 12, "credited_months": 4})
    look = posts(advances__lease_advance_settled=[-4], revenue__lease_advance_kept=[])
    yield HandSolved(Site(contracts=(offer,)), present_value(-6, 5, 12), {"lease": 1}, look)


@hand_solved
def test_funded_capex_is_repaid_out_of_the_rent() -> Iterator[HandSolved]:
    """The tenant funds 300 USD/kW = 3 MUSD over the 12 months of 2029 and keeps back half of 1 MUSD a month: 6 months.

        -7 x 0.953463 + 9 x 0.866784 + 12 x 0.787986 = 10.5826
    With interest of 10 % a year (1.1^(1/12) - 1 a month, added before the month's credit) six credits of 0.5 MUSD leave
    0.086666 MUSD for the seventh; the interest is a cost and is owed:
        -7 x 0.953463 + (12 - 3.086666) x 0.866784 + 12 x 0.787986 = 10.5075
    """
    terms: Entry = {"usd_per_kw": 300, "credit_share_frac": 0.5}
    free = lease(funding=terms)
    look = posts(advances__lease_advance_received=[3], advances__lease_advance_settled=[-3])
    yield HandSolved(Site(contracts=(free,)), present_value(-7, 9, 12), {"lease": 1}, look)
    monthly, owed, interest = 1.1 ** (1 / 12) - 1, 3.0, 0.0
    for _ in range(6):
        interest += monthly * owed
        owed = owed * (1 + monthly) - 0.5
    interest += monthly * owed
    dear = lease(funding=terms | {"interest_frac_per_year": 0.1})
    look = posts(
        advances__lease_advance_received=[3], advances__lease_advance_settled=[-3],
        opex__lease_funding_interest=[-interest], revenue__lease=[12, 12],
    )  # fmt: skip
    yield HandSolved(Site(contracts=(dear,)), present_value(-7, 9 - interest, 12), {"lease": 1}, look)


@hand_solved
def test_what_is_never_repaid_stays_with_the_owner_and_is_taxed_then() -> Iterator[HandSolved]:
    """5,000 USD/kW = 50 MUSD funded in 2029; a quarter of the rent repays 3 MUSD a year; 44 MUSD are left in 2031.

    They are income of 2031. Tax of 25 % after 5 MUSD of depreciation: 2030 on 7, 2031 on 12 + 44 - 5 = 51 MUSD.
        40 x 0.953463 + (9 - 1.75) x 0.866784 + (9 - 12.75) x 0.787986 = 41.4677
    """
    offer = lease(funding={"usd_per_kw": 5_000, "credit_share_frac": 0.25})

    def look(found: Solution) -> None:
        taxes(1.75, 12.75)(found)
        posts(advances__lease_advance_settled=[-3, -47], revenue__lease_advance_kept=[44])(found)

    value = present_value(40, 9 - 1.75, 9 - 12.75)
    yield HandSolved(Site(contracts=(offer,), finance=STRAIGHT), value, {"lease": 1}, look)


@hand_solved
def test_credits_after_the_horizon_are_no_loss_for_the_tax() -> Iterator[HandSolved]:
    """One lease of 24 months from 2030 in a study of two years, 12 MUSD prepaid in 2029, 1 MUSD a month for 12 months.

    The credits are those of 2031, were they equal shares of 24 months: 0.5 MUSD a month, in the tail too. After the
    horizon twelve months bring 1 MUSD of rent, less 0.5 MUSD credited, less 25 % tax on the rent less depreciation
    (5 MUSD a year, 5/12 a month), each from its middle to 2031-01-01, then 1.1^-2. Twelve such months of 1 MUSD are
    worth 11.4482 MUSD at the horizon's end:
        (12 - 10) x 0.953463 + (12 - 6 - 1.75) x 0.866784 + 11.4482 x (0.5 - 0.25 x 7/12) x 0.826446 = 8.9417
    """
    offer = lease(prepayment={"share_frac": 0.5, "months_before_start": 12})
    tail = sum(1.1 ** -((before + days / 2) / 365) for days, before in months_of(2031))
    value = present_value(2, 12 - 6 - 1.75) + tail * (0.5 - 0.25 * 7 / 12) * factor(2)
    yield HandSolved(Site(contracts=(offer,), years=2, finance=STRAIGHT), value, {"lease": 1})


# --- sizes, order, halls --------------------------------------------------------------------------------


@hand_solved
def test_an_offer_in_steps_is_taken_in_the_largest_size_that_fits() -> Iterator[HandSolved]:
    """10, 7 or 4 MW in a hall of 8 MW: 7 MW, capex 7 MUSD, rent 8.4 MUSD a year.

        -7 x 0.953463 + 8.4 x 1.654770 = 7.2258
    Signed at 20 USD/kW-month, to be delivered in whatever size: the least, -4 x 0.953463 + 0.96 x 1.654770 = -2.2253.
    Its termination at 1 MUSD in 2030 is cheaper, and paid once: -0.866784 = -0.8668.
    """
    steps: Entry = {"least_it_mw": 4, "step_it_mw": 3}
    small = (hall(mw=8),)
    yield HandSolved(Site(small, (lease(**steps),)), present_value(-7, 8.4, 8.4), {"lease.7": 1})
    must = lease(rent=20, signed=True, **steps)
    yield HandSolved(Site(small, (must,)), present_value(-4, 0.96, 0.96), {"lease.4": 1})
    fee = must | {"termination_usd": 1e6}
    yield HandSolved(Site(small, (fee,)), present_value(0, -1), look=posts(opex__lease_termination=[-1]))


@hand_solved
def test_a_contract_that_follows_needs_the_other_one() -> Iterator[HandSolved]:
    """A poor lease at 20 USD/kW-month, -5.5632 alone, opens the way to one at 200, 30.1798 alone; two halls.

    Both: -20 x 0.953463 + 26.4 x 1.654770 = 24.6167. Free of each other only the rich one: 30.1798.
    """
    halls = (hall("a"), hall("b"))
    poor, rich = lease("poor", rent=20), lease("rich", rent=200)
    yield HandSolved(
        Site(halls, (poor, rich | {"follows": "poor"})), present_value(-20, 26.4, 26.4), {"poor": 1, "rich": 1}
    )
    yield HandSolved(Site(halls, (poor, rich)), present_value(-10, 24, 24), {"rich": 1})


@hand_solved
def test_a_contract_that_follows_does_not_come_first() -> Iterator[HandSolved]:
    """Two leases of 12 months: the first from 2031, the other, at 200 USD/kW-month, from 2030 or 2031.

    Following, it waits: both built in 2030: -20 x 0.866784 + 36 x 0.787986 = 11.0318.
    Free it begins in 2030, and the first moves into its hall: -9.5346 + 24 x 0.866784 + 12 x 0.787986 = 20.7240.
    """
    halls = (hall("a"), hall("b"))
    first = lease("first", ready_by="2031-01-01", earliest_start="2031-01-01", longstop="2031-01-01", term_months=12)
    other = lease("other", rent=200, longstop="2031-01-01", term_months=12)
    following = Site(halls, (first, other | {"follows": "first"}))
    yield HandSolved(following, present_value(0, -20, 36), {"first": 2, "other": 2})
    yield HandSolved(Site(halls, (first, other)), present_value(-10, 24, 12), {"first": 2, "other": 1})


@hand_solved
def test_any_size_of_an_offer_may_be_followed() -> Iterator[HandSolved]:
    """A poor lease of 8 or 2 MW at 20 USD/kW-month opens the way to a rich one of 10 MW at 200: 2 MW are taken.

    -12 x 0.953463 + 24.48 x 1.654770 = 29.0672
    """
    poor = lease("poor", 8, rent=20, least_it_mw=2, step_it_mw=6)
    offers = (poor, lease("rich", rent=200, follows="poor"))
    site = Site((hall("a"), hall("b")), offers)
    yield HandSolved(site, present_value(-12, 24.48, 24.48), {"poor.2": 1, "rich": 1})


@hand_solved
def test_training_stands_in_one_hall() -> Iterator[HandSolved]:
    """Two halls of 6 MW and a lease of 10 MW: over two halls -9.5346 + 12 x 1.654770 = 10.3226.

    A training tenant wants one hall, unless it says two; one hall is too small: refused. With a third hall of 10 MW
    at the same cost the training tenant goes there.
    """
    halls = (hall("a", 6), hall("b", 6))
    value = present_value(-10, 12, 12)
    yield HandSolved(Site(halls, (lease(),)), value, {"lease": 1})
    yield HandSolved(Site(halls, (lease(workload="training"),)), 0)
    yield HandSolved(Site(halls, (lease(workload="training", most_halls=2),)), value, {"lease": 1})

    def look(found: Solution) -> None:
        assert set(found.tables["gpu_systems"]["hall"]) == {2}

    large = (*halls, hall("c", 10))
    yield HandSolved(Site(large, (lease(workload="training"),)), value, {"lease": 1}, look)


# --- rights over further MW -----------------------------------------------------------------------------


@hand_solved
def test_a_right_to_further_megawatts_keeps_them_from_others() -> Iterator[HandSolved]:
    """20 MW of firm power, three halls. One lease of 10 MW has a right over 10 MW until 2031 at 5 USD/kW-month.

    The fee is 0.6 MUSD in 2030. Another lease at 120 wants the same MW in 2030:
        holder alone -9.5346 + 12.6 x 0.866784 + 12 x 0.787986 = 10.8427; the other alone: 14.2941, which is better.
    A lease at 150 that follows the holder may use the right:
        -20 x 0.953463 + 30.6 x 0.866784 + 30 x 0.787986 = 31.0939
    Without the right, the holder and the other: -20 x 0.953463 + 26.4 x 1.654770 = 24.6167.
    """
    halls = tuple(hall(name) for name in "abc")
    right: Entry = {"it_mw": 10, "until": "2031-01-01", "fee_usd_per_kw_month": 5}
    holder, other = lease("holder", expansion_right=right), lease("other", rent=120)
    more = lease("more", rent=150, follows="holder")
    free = lease("holder")

    def site(*offers: Entry) -> Site:
        return Site(halls, offers, firm_mw=20)

    yield HandSolved(site(holder, other), present_value(-10, 14.4, 14.4), {"other": 1})
    fee = posts(revenue__holder_expansion_right=[0.6])
    yield HandSolved(site(holder), present_value(-10, 12.6, 12), {"holder": 1}, fee)
    yield HandSolved(site(holder, other, more), present_value(-20, 30.6, 30), {"holder": 1, "more": 1}, fee)
    yield HandSolved(site(free, other), present_value(-20, 26.4, 26.4), {"holder": 1, "other": 1})


@hand_solved
def test_a_right_that_has_ended_keeps_nothing() -> Iterator[HandSolved]:
    """The holder's right ends with 2030: the other lease at 120 for 12 months of 2031 finds its 10 MW.

        -10 x 0.953463 + (12 - 10) x 0.866784 + 26.4 x 0.787986 = 13.0018
    With the right until July 2031 it does not: the holder alone, -9.5346 + 12 x 1.654770 = 10.3226.
    """
    late = lease("late", rent=120, ready_by="2031-01-01", longstop="2031-01-01", term_months=12)

    def site(until: str) -> Site:
        holder = lease("holder", expansion_right={"it_mw": 10, "until": until})
        return Site((hall("a"), hall("b")), (holder, late), firm_mw=20)

    yield HandSolved(site("2031-01-01"), present_value(-10, 2, 26.4), {"holder": 1, "late": 2})

    def look(found: Solution) -> None:
        kept = found.tables["contract_rights"]
        assert kept[["period", "reserved_mw"]].to_numpy().tolist() == [[1, 10], [2, 10]]

    yield HandSolved(site("2031-07-01"), present_value(-10, 12, 12), {"holder": 1}, look)


# --- conditions of place and energy ---------------------------------------------------------------------


@hand_solved
def test_a_place_too_far_from_the_users_is_no_place() -> Iterator[HandSolved]:
    """Dallas is 8.4 ms away: within 10 ms the lease is worth -9.5346 + 12 x 1.654770 = 10.3226, within 2 it is refused.

    Where any metro will do, the nearest, Austin at 1.9 ms, counts.
    """
    value = present_value(-10, 12, 12)
    cases: tuple[tuple[Entry, float], ...] = (
        ({"max_ms": 10, "metro": "dallas"}, value), ({"max_ms": 2, "metro": "dallas"}, 0), ({"max_ms": 2}, value),
    )  # fmt: skip
    for latency, worth in cases:
        site = Site(
            contracts=(lease(workload="inference", latency=latency),),
            more={"latency_ms": {"dallas": 8.4, "austin": 1.9}},
        )
        yield HandSolved(site, worth, {"lease": 1} if worth else {})


@hand_solved
def test_certificates_make_the_energy_what_the_tenant_asks_for() -> Iterator[HandSolved]:
    """A grid with 400 kg/MWh and 20 % renewable energy; certificates at 4 USD/MWh; 87,600 MWh a year.

    70 % renewable: half of the MWh, 0.1752 MUSD a year: -9.5346 + (12 - 0.1752) x 1.654770 = 10.0327
    At most 100 kg as well: three quarters, 0.2628 MUSD: -9.5346 + (12 - 0.2628) x 1.654770 = 9.8877
    Without certificates both are refused; 10 % renewable energy the grid has: 10.3226.
    """
    grid: Entry = {"emissions": {"average_kg_per_mwh": 400}}
    both: Entry = {"min_renewable_frac": 0.7, "max_kg_per_mwh": 100}
    for terms, price, worth, cost in (
        ({"min_renewable_frac": 0.7}, 4, present_value(-10, 12 - 0.1752, 12 - 0.1752), [-0.1752, -0.1752]),
        (both, 4, present_value(-10, 12 - 0.2628, 12 - 0.2628), [-0.2628, -0.2628]),
        (both, None, 0, []),
        ({"min_renewable_frac": 0.1}, None, present_value(-10, 12, 12), []),
    ):
        carbon: Entry = {"renewable_frac": 0.2} | ({} if price is None else {"certificate_usd_per_mwh": price})
        site = Site(contracts=(lease(carbon=terms),), carbon=carbon, more=grid)
        look = posts(energy__lease_certificates=cost)
        yield HandSolved(site, worth, {"lease": 1} if worth else {}, look)


# --- the owner's GPUs -----------------------------------------------------------------------------------


def cloud(**changes: object) -> Entry:
    """Return a contract for 10 racks of 100 GPUs and 100 kW (1 MW) from 2030 at 4 USD/GPU-hour."""
    entry: Entry = {
        "kind": "gpu_cloud", "id": "cloud", "tenant": "cloud", "gpu_system": "gpu", "racks": 10,
        "rate_usd_per_gpu_hour": 4, "rate_change_frac_per_year": 0, "utilisation_frac": 1, "cooling": ["air"],
        "redundancy": "n", "ready_by": "2030-01-01", "longstop": "2030-01-01", "term_months": 36,
    }  # fmt: skip
    return entry | changes


GPU: Entry = {
    "id": "gpu", "name": "Gpu", "gpus_per_rack": 100, "rack_kw": 100, "price_usd_per_rack": 1e6, "life_years": 2,
    "resale_frac_at_end_of_life": 0.1,
}  # fmt: skip


@hand_solved
def test_gpus_that_are_not_replaced_run_on_and_fall_no_further() -> Iterator[HandSolved]:
    """1,000 GPUs at 10 MUSD from 2030 to 2032, two years of life, kept for three: 35.04, 35.04, 35.136 MUSD a year.

    They fetch a tenth, 1 MUSD, in January 2033 (middle at 15.5/365): 1.1^-0.042466 x 1.1^-4 = 0.6803.
        -0.953463 + 25.04 x 0.866784 + 35.04 x 0.787986 + 35.136 x 0.716351 + 0.6803 = 74.2118
    """
    sold = 1.1 ** -(15.5 / 365) * factor(4)
    value = present_value(-1, 35.04 - 10, 35.04, 366 * 24 * 4 / 1e3) + sold
    site = Site(contracts=(cloud(refresh=False),), gpu_systems=(GPU,), years=4)
    yield HandSolved(site, value, {"cloud": 1}, posts(capex__cloud_GPUs=[-10]))


@hand_solved
def test_gpus_of_an_extension_are_sold_at_either_end() -> Iterator[HandSolved]:
    """12 months and 12 more with a chance of 0.4; GPUs of 10 MUSD fetch 5.5 MUSD after one year or 1 MUSD after two.

    2031: 0.4 x 35.04 MUSD and 0.6 x 5.5 MUSD of resale; January 2032: 0.4 MUSD, 1.1^-0.042350 x 1.1^-3.
        -0.953463 + 25.04 x 0.866784 + (14.016 + 3.3) x 0.787986 + 0.2993 = 34.6949
    """
    sold = 0.4 * 1.1 ** -(15.5 / 366) * factor(3)
    offer = cloud(term_months=12, extensions=[{"months": 12, "probability_frac": 0.4}])
    value = present_value(-1, 25.04, 0.4 * 35.04 + 0.6 * 5.5) + sold
    yield HandSolved(Site(contracts=(offer,), gpu_systems=(GPU,)), value, {"cloud": 1})


@hand_solved
def test_the_rate_of_gpu_hours_follows_its_path() -> Iterator[HandSolved]:
    """4 USD until 2030-01-01, 2 USD from 2031-01-01 on, linear between; GPUs that cost nothing; 2030 and 2031.

    The middle of a month is a 24th of a year after its start: month j of 2030 pays 4 - 2 x (d/365 + 1/24), with d the
    days before it; the year brings 26.2806 MUSD, 2031 17.52 MUSD:
        -0.953463 + 26.2806 x 0.866784 + 17.52 x 0.787986 = 35.6316
    """
    path = [{"date": "2030-01-01", "usd": 4}, {"date": "2031-01-01", "usd": 2}]
    offer = cloud(term_months=24, rate_path=path)
    del offer["rate_usd_per_gpu_hour"], offer["rate_change_frac_per_year"]
    first = sum((4 - 2 * (before / 365 + 1 / 24)) * 1_000 * days * 24 / 1e6 for days, before in months_of(2030))
    site = Site(contracts=(offer,), gpu_systems=(GPU | {"price_usd_per_rack": 0},))
    yield HandSolved(site, present_value(-1, first, 17.52), {"cloud": 1})

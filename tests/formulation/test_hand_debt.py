"""A loan beside limited equity: its share of cost, its fees and interest, its dates, the cash that must cover it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from site_conversion.solution import Solution
from tests.formulation.support import (
    HOURS,
    Entry,
    HandSolved,
    Look,
    Site,
    asic,
    hall,
    hand_solved,
    lease,
    power,
    present_value,
)

BOTH = present_value(-20, 26.4, 26.4)
HIGH = present_value(-10, 14.4, 14.4)
LATER: Entry = dict.fromkeys(("earliest_start", "ready_by", "longstop"), "2031-01-01")
AT_ONCE = {"p10_months": 0, "p50_months": 0, "p90_months": 0}


def loan(share: float, **changes: object) -> Entry:
    """Return a loan without interest or fees, drawn in 2029 and repaid in equal parts in 2030 and 2031."""
    terms: Entry = {
        "loan_to_cost_frac": share, "coupon_frac": 0, "draw_until": "2030-01-01", "tenor_months": 24,
        "repayment": "level",
    }  # fmt: skip
    return terms | changes


def finance(usd: float, debt: Entry, day: str = "2029-01-01") -> Entry:
    """Return an equity budget and a loan."""
    return {"equity_budget": [{"date": day, "added_usd": usd}], "debt": debt}


def two_leases(usd: float, debt: Entry, **changes: Any) -> Site:
    """Return two halls for two leases of 10 MW, 12 and 14.4 MUSD a year in 2030 and 2031, 10 MUSD of capex each."""
    offers = (lease("low", **changes), lease("high", rent=120, **changes))
    return Site((hall("a"), hall("b")), offers, finance=finance(usd, debt))


def drawn(*musd: float) -> Look:
    """Return a check of what is drawn at least, period by period."""

    def look(found: Solution) -> None:
        amounts = found.tables["debt"]["drawn_musd"].tolist()
        assert len(amounts) == len(musd)
        assert all(amount >= least - 1e-6 for amount, least in zip(amounts, musd, strict=True))

    return look


@hand_solved
def test_a_loan_to_cost_builds_the_second_hall() -> Iterator[HandSolved]:
    """15 MUSD of equity for 20 MUSD of capex: 5 must be borrowed, a quarter of the cost.

    At 25 % both leases: -20 x 0.953463 + 26.4 x 1.654770 = 24.6167. At 24 %, 4.8, only the better: 14.2941.
    """
    yield HandSolved(two_leases(15e6, loan(0.25)), BOTH, {"low": 1, "high": 1}, drawn(5))
    yield HandSolved(two_leases(15e6, loan(0.24)), HIGH, {"high": 1})


@hand_solved
def test_the_largest_amount_of_a_loan() -> Iterator[HandSolved]:
    """5 MUSD must be borrowed: a loan of at most 4.99 MUSD builds one hall, 14.2941 in place of 24.6167."""
    yield HandSolved(two_leases(15e6, loan(1, most_usd=5e6)), BOTH, {"low": 1, "high": 1}, drawn(5))
    yield HandSolved(two_leases(15e6, loan(1, most_usd=4.99e6)), HIGH, {"high": 1})


@hand_solved
def test_fees_are_borrowed_and_count_as_cost() -> Iterator[HandSolved]:
    """5 MUSD drawn, a fee of 10 %: 5.5 owed of a cost of 20 + 0.5, 26.829 %: 24.6167, with less 14.2941."""
    yield HandSolved(two_leases(15e6, loan(0.2683, fee_frac=0.1)), BOTH, {"low": 1, "high": 1})
    yield HandSolved(two_leases(15e6, loan(0.2682, fee_frac=0.1)), HIGH, {"high": 1})


@hand_solved
def test_interest_while_building_is_borrowed_and_counts_as_cost() -> Iterator[HandSolved]:
    """Nothing but the loan pays in 2029 and 2030, as equity comes in 2031; a lease from 2031, its hall built before.

    An upgrade of 4 MUSD may be asked for in 2029 only; the hall, 10 MUSD, is built in 2030, when money is cheaper.
    Drawn until 2031: 4 in 2029 and 10 in 2030, at 10 % and 1 % a year on what is not yet drawn:
        2029: commitment 0.01 x 14 = 0.14, drawn 4: owed 4.14
        2030: interest 0.414, commitment 0.01 x 10 = 0.1, drawn 10: owed 14.654; cost 14 + 0.654
    So it takes the whole of the cost, and a loan of 14.654 MUSD. With less it is refused: no equity comes in time.
        -4 x 0.953463 - 10 x 0.866784 + 12 x (0.787986 + 0.716351) = 5.5703
    """
    upgrade = {
        "id": "line", "firm_mw": 10, "capex_usd": 4e6, "deposit_usd": 4e6, "latest_request": "2029-01-01",
        "queue": AT_ONCE, "commissioning_months": 24,
    }  # fmt: skip
    offer = lease(**LATER)

    def site(share: float, most_usd: float) -> Site:
        debt = loan(share, coupon_frac=0.1, commitment_fee_frac=0.01, draw_until="2031-01-01", most_usd=most_usd)
        return Site(
            contracts=(offer,), years=4, firm_mw=0, more={"upgrades": [upgrade]},
            finance=finance(30e6, debt, "2031-01-01"),
        )  # fmt: skip

    yield HandSolved(site(1, 14.655e6), present_value(-4, -10, 12, 12), {"lease": 2}, drawn(4, 10))
    yield HandSolved(site(1, 14.653e6), 0.0)
    yield HandSolved(site(0.99, 1e9), 0.0)


@hand_solved
def test_building_early_brings_the_cost_into_the_loan() -> Iterator[HandSolved]:
    """A loan of half the cost, drawn in 2029; equity of 10 MUSD; leases from 2030 and from 2031, 24 months each.

    Built in 2029 and in 2030, the loan is 5 of 10 MUSD and 5 are missing. Both built in 2029, it is 10 of 20:
        -20 x 0.953463 + 12 x 0.866784 + 24 x 0.787986 + 12 x 0.716351 = 18.8400
    """
    offers = (lease("first"), lease("second", **LATER))
    site = Site((hall("a"), hall("b")), offers, years=4, finance=finance(10e6, loan(0.5)))

    def look(found: Solution) -> None:
        assert found.tables["halls"]["ready"].tolist() == [1, 1]

    yield HandSolved(site, present_value(-20, 12, 24, 12), {"first": 1, "second": 2}, look)


@hand_solved
def test_debt_is_never_above_cost() -> Iterator[HandSolved]:
    """A loan of the whole cost, drawn in 2029; the lease also needs an upgrade for 4 MUSD, asked for in 2030.

    The hall is built in 2029 with 10 MUSD of debt, a year before its use, and 4 MUSD of equity pay the upgrade:
        -10 x 0.953463 - 4 x 0.866784 + 12 x (0.787986 + 0.716351) = 5.0503
    More than 10 cannot be drawn in 2029, so 3.99 MUSD of equity are not enough and it is refused.
    """
    upgrade = {
        "id": "line", "firm_mw": 10, "capex_usd": 4e6, "deposit_usd": 4e6, "earliest_request": "2030-01-01",
        "queue": AT_ONCE, "commissioning_months": 12,
    }  # fmt: skip
    offer = lease(**LATER)

    def site(usd: float) -> Site:
        return Site(contracts=(offer,), years=4, firm_mw=0, more={"upgrades": [upgrade]}, finance=finance(usd, loan(1)))

    yield HandSolved(site(4e6), present_value(-10, -4, 12, 12), {"lease": 2}, drawn(10))
    yield HandSolved(site(3.99e6), 0.0)


@hand_solved
def test_a_floor_of_cover_stops_the_second_hall() -> Iterator[HandSolved]:
    """1.5 MUSD of equity: 18.5 to borrow at 10 % over two years, 18.5 / 1.735537 = 10.6595 a year.

    26.4 / 10.6595 = 2.4767: enough for a cover of 2.45. For 2.5, one hall: 8.5 / 1.735537 = 4.8976, cover 2.9402.
    Worth 24.6167 or 14.2941, as without debt.
    """

    def site(least: float) -> Site:
        return two_leases(1.5e6, loan(0.95, coupon_frac=0.1, least_dscr=least))

    yield HandSolved(site(2.45), BOTH, {"low": 1, "high": 1}, drawn(18.5))
    yield HandSolved(site(2.5), HIGH, {"high": 1}, drawn(8.5))


@hand_solved
def test_hashing_covers_debt_if_the_lender_counts_it() -> Iterator[HandSolved]:
    """The case before with a hall that hashes 5.256 MUSD a year: (26.4 + 5.256) / 10.6595 = 2.9698 above 2.5.

    Its cash is worth 5.256 x 2.608233 = 13.7088: 24.6167 + 13.7088 = 38.3255 with both, 14.2941 + 13.7088 = 28.0029.
    """
    hashing = 10 * 60 * HOURS / 1e6

    def site(counted: str) -> Site:
        debt = loan(0.95, coupon_frac=0.1, least_dscr=2.5, cash_counted=counted)
        return Site(
            (hall("a"), hall("b"), hall("c", mining_mw=10, designs=[])), (lease("low"), lease("high", rent=120)),
            machines=(asic(),), usd_per_ph_day=48, power=power((1.0, 40)), finance=finance(1.5e6, debt),
        )  # fmt: skip

    mined = present_value(hashing, hashing, hashing)
    yield HandSolved(site("site"), BOTH + mined, {"low": 1, "high": 1})
    yield HandSolved(site("contracts"), HIGH + mined, {"high": 1})


@hand_solved
def test_sculpted_debt_uses_what_later_years_bring() -> Iterator[HandSolved]:
    """Rents rise by a half: 26.4 in 2030, 39.6 in 2031; 18.5 MUSD to borrow at 10 %, cover 2.5.

    Level, the first year covers 26.4 / 10.6595 = 2.4767 only. Sculpted, the cash carries
    26.4 / 2.5 / 1.1 + 39.6 / 2.5 / 1.21 = 9.6000 + 13.0909 = 22.6909. At a cover of 3.1: 18.2991, too little.
    Level with a tenth left for the end: 18.5 x (1 - 0.1 / 1.21) / 1.735537 = 9.7785, cover 2.6998.
    Both: -20 x 0.953463 + 26.4 x 0.866784 + 39.6 x 0.787986 = 35.0181; one: 14.4 and 21.6 for 10, 19.9676.
    """
    both, high = present_value(-20, 26.4, 39.6), present_value(-10, 14.4, 21.6)

    def site(**terms: object) -> Site:
        debt = loan(0.95, coupon_frac=0.1, **terms)
        return two_leases(1.5e6, debt, escalator_frac_per_year=0.5)

    yield HandSolved(site(least_dscr=2.5), high, {"high": 1})
    yield HandSolved(site(least_dscr=2.5, repayment="sculpted"), both, {"low": 1, "high": 1})
    yield HandSolved(site(least_dscr=3.1, repayment="sculpted"), high, {"high": 1})
    yield HandSolved(site(least_dscr=2.5, balloon_frac=0.1), both, {"low": 1, "high": 1})


@hand_solved
def test_a_bullet_asks_for_cover_of_its_interest_only() -> Iterator[HandSolved]:
    """18.5 MUSD at 30 %: interest 5.55 a year, 26.4 / 5.55 = 4.7568; in equal principal 9.25 + 5.55 in 2030, 1.7838.

    Both halls 24.6167, one 14.2941.
    """

    def site(**terms: object) -> Site:
        return two_leases(1.5e6, loan(0.95, coupon_frac=0.3, **terms))

    yield HandSolved(site(repayment="bullet", least_dscr=4.75), BOTH, {"low": 1, "high": 1})
    yield HandSolved(site(repayment="bullet", least_dscr=4.76), HIGH, {"high": 1})
    yield HandSolved(site(repayment="straight", least_dscr=1.78), BOTH, {"low": 1, "high": 1})
    yield HandSolved(site(repayment="straight", least_dscr=1.79), HIGH, {"high": 1})


@hand_solved
def test_without_a_loan_no_cash_has_to_cover_anything() -> Iterator[HandSolved]:
    """A signed lease of 0.12 MUSD a year that costs 2.4 MUSD a year to run, and equity enough: built without a loan.

    -10 x 0.953463 - 2.28 x 1.654770 = -13.3075; with 9.99 MUSD of equity there would be no plan.
    """
    offer = lease(rent=1, opex_usd_per_kw_month=20, signed=True)

    def look(found: Solution) -> None:
        assert found.tables["debt"].empty

    for repayment in ("level", "sculpted"):
        debt = loan(0.8, coupon_frac=0.1, least_dscr=1.3, repayment=repayment)
        site = Site(contracts=(offer,), finance=finance(10e6, debt))
        yield HandSolved(site, present_value(-10, -2.28, -2.28), {"lease": 1}, look)


@hand_solved
def test_what_a_tenant_contributes_later_is_no_cost_to_lend_on() -> Iterator[HandSolved]:
    """A hall of 10 MUSD, 6 of which the tenant pays when service begins, after the loan was drawn: 4 to lend on.

    Equity of 7 MUSD needs 3 of loan: 75 % of 4. At 76 % the lease is taken, at 74 % it is refused:
        -10 x 0.953463 + (12 + 6) x 0.866784 + 12 x 0.787986 = 15.5233
    """

    def site(share: float) -> Site:
        offer = lease(tenant_contribution_usd_per_kw=600)
        return Site((hall(),), (offer,), finance=finance(7e6, loan(share)))

    yield HandSolved(site(0.76), present_value(-10, 18, 12), {"lease": 1}, drawn(3))
    yield HandSolved(site(0.74), 0.0)


@hand_solved
def test_who_gets_more_than_the_cost_borrows_nothing_and_may_build_all_the_same() -> Iterator[HandSolved]:
    """The tenant pays 12 MUSD for a hall of 10 when service begins: with 10 of equity it is built, with 9 refused.

    -10 x 0.953463 + 24 x 0.866784 + 12 x 0.787986 = 20.7240. Or it advances 12 in 2029 and keeps back half of its
    rent, 6 a year: no equity and no loan is needed, 2 x 0.953463 + 6 x (0.866784 + 0.787986) = 11.8355.
    """
    given = lease(tenant_contribution_usd_per_kw=1_200)
    yield HandSolved(
        Site((hall(),), (given,), finance=finance(10e6, loan(1))), present_value(-10, 24, 12), {"lease": 1}
    )
    yield HandSolved(Site((hall(),), (given,), finance=finance(9e6, loan(1))), 0.0)
    lent = lease(funding={"usd_per_kw": 1_200, "months_before_start": 12, "credit_share_frac": 0.5})
    yield HandSolved(Site((hall(),), (lent,), finance=finance(0, loan(1))), present_value(2, 6, 6), {"lease": 1})

"""Why a plan is what it is: every figure is worked out by hand, and confirmed by planning the changed case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from planner.results import Result
from planner.schemas import Case
from planner.studies.plan import PlanOptions, plan
from planner.studies.proposals.broken import Broken
from planner.studies.why.explain import ExplainOptions, Explanation, explain
from planner.studies.why.margins import Margin
from planner.studies.why.needs import Need
from planner.studies.why.offers import Offer, offers_of
from planner.studies.why.parts import Part
from planner.studies.why.resources import resources
from planner.studies.why.trials import Range
from planner.studies.why.worth import Worth
from planner.views.why import why_view
from site_conversion.solve import SolveOptions
from tests.formulation.support import Entry, Site, asic, design, hall, lease, power, present_value

EXACT = SolveOptions(gap_frac=0.0, time_limit_s=60)
LATE = "2031-01-01"
"""A longstop that lets service also begin in 2031."""
RENTS = present_value(0, 0.12, 0.12)
"""Value of 1 USD/kW-month on 10 MW over 2030 and 2031: 0.12 MUSD a year."""


def solved(site: Site) -> Result:
    return plan(site.case(), {}, PlanOptions(EXACT))


def asked(site: Site, *parts: Part, steps: tuple[float, ...] = (1.0,)) -> Explanation:
    found = explain(solved(site), ExplainOptions(EXACT, frozenset(parts), steps))
    assert found.is_whole
    assert not found.stopped
    return found


def need(found: Explanation, name: str) -> Need:
    return next(item for item in found.needs or () if item.offer == name)


def beside(found: Explanation, name: str) -> tuple[Broken, ...]:
    together = need(found, name).beside
    assert together is not None
    return together.missing


def margin(found: Explanation, name: str) -> Margin:
    return next(item for item in found.margins or () if item.offer == name)


def offer(case: Case, name: str) -> Offer:
    return next(item for item in offers_of(case) if item.name == name)


def is_taken(case: Case, name: str, price: float) -> bool:
    """Plan the case with another price, from nothing."""
    chosen = offer(case, name)
    return chosen.is_taken(plan(chosen.at_price(case, price), {}, PlanOptions(EXACT)).plan.tables)


def needs_price(site: Site, found: Explanation, name: str, price: float) -> None:
    """Compare the needed price with that by hand, and plan the case with a little more and a little less."""
    threshold = need(found, name).needed
    assert threshold is not None
    assert threshold.amount == pytest.approx(price, rel=1e-6)
    assert threshold.range.low <= price * (1 + 1e-6)
    assert price * (1 - 1e-6) <= threshold.range.high
    assert is_taken(site.case(), name, 1.001 * threshold.amount)
    assert not is_taken(site.case(), name, 0.999 * threshold.amount)


def bears_price(site: Site, found: Explanation, name: str, price: float) -> None:
    """The same for the least price of an offer that is taken."""
    threshold = margin(found, name).least
    assert threshold is not None
    assert threshold.amount == pytest.approx(price, rel=1e-6)
    assert is_taken(site.case(), name, 1.001 * threshold.amount)
    assert not is_taken(site.case(), name, 0.999 * threshold.amount)


def worth(found: Explanation, name: str) -> Worth:
    return next(item for item in found.worths or () if item.resource == name)


def gains(found: Explanation, name: str) -> list[float]:
    """Return the gains of a resource, after planning each changed case from nothing."""
    result, base = found.result, found.result.plan.npv_musd
    resource = next(item for item in resources(result) if item.name == name)
    gained = []
    for step in worth(found, name).steps:
        more = plan(resource.more(result.case, step.amount), {}, PlanOptions(EXACT)).plan.npv_musd
        assert more - base == pytest.approx(step.gain.low, abs=1e-5)
        assert more - base == pytest.approx(step.gain.high, abs=1e-5)
        gained.append(more - base)
    return gained


def near(found: Range | None, value: float) -> None:
    assert found is not None
    assert found.low <= value + 1e-5
    assert value - 1e-5 <= found.high
    assert found.width < 1e-2


# --- offers that are not taken --------------------------------------------------------------------------


def test_a_lease_below_its_cost_needs_the_rent_that_pays_for_its_works() -> None:
    """Works of 10 MUSD in 2029 are worth 9.5346, a rent of 1 USD/kW-month 0.12 x 1.654770: 48.0157 is needed.

    At 40 it loses 9.5346 - 40 x 0.198572 = 1.5917.
    """
    site = Site(contracts=(lease(rent=40),))
    found = asked(site, Part.REJECTED)
    needs_price(site, found, "lease", present_value(10) / RENTS)
    near(need(found, "lease").loss, present_value(10) - 40 * RENTS)
    beside = need(found, "lease").beside
    assert beside is not None
    assert beside.fits


def test_a_displaced_lease_needs_the_rent_that_makes_it_the_better_one() -> None:
    """One bay: 8 MW at 130 are worth 13.0238, 10 MW at 100 10.3226. The large one needs 113.6027.

    -9.5346 + r x 0.198572 = 13.0238. The small one is taken down to the rent of 112.9954 at which it is worth 10.3226:
    -7.6277 + r x 0.158858 = 10.3226. Its works may cost 2.7012 / 0.953463 = 2.8330 MUSD more, its start cannot slip.
    """
    site = Site(contracts=(lease("large", 10, 100), lease("small", 8, 130)))
    found = asked(site, Part.REJECTED, Part.ACCEPTED)
    small, large = present_value(-8, 12.48, 12.48), present_value(-10, 12, 12)
    needs_price(site, found, "large", (small + present_value(10)) / RENTS)
    forced = need(found, "large").forced
    assert forced is not None
    assert (forced.dropped, forced.gained) == (("small",), ("large",))
    bears_price(site, found, "small", (large + present_value(8)) / (0.8 * RENTS))
    safe = margin(found, "small")
    near(safe.gain, small - large)
    assert safe.overrun is not None
    near(safe.overrun.more_musd, (small - large) / present_value(1))
    assert safe.slip is not None
    assert (safe.slip.latest, safe.slip.next_start) == (date(2030, 1, 1), None)


@pytest.mark.parametrize("tax_rate_frac", [0.0, 0.3])
def test_the_overrun_is_that_of_dearer_works(tax_rate_frac: float) -> None:
    """The design's fixed cost raised by the 2.8330 MUSD of the case above, for the small lease's design alone.

    With a tax of 30 % the overrun is written off as works are; so is the fixed cost.
    """
    finance: Entry = {"tax_rate_frac": tax_rate_frac}
    dense = lease("small", 8, 130, cooling=["immersion"])
    designs = (design(), design("wet", cooling="immersion"))
    site = Site(contracts=(lease("large", 10, 100), dense), designs=designs, finance=finance)
    overrun = margin(asked(site, Part.ACCEPTED), "small").overrun
    assert overrun is not None
    for factor, taken in ((0.999, True), (1.001, False)):
        musd = factor * overrun.more_musd.high
        dearer = (design(), design("wet", cooling="immersion", capex_fixed_usd=1e6 * musd))
        result = solved(Site(contracts=site.contracts, designs=dearer, finance=finance))
        assert offer(result.case, "small").is_taken(result.plan.tables) is taken


def test_an_overrun_is_spent_as_the_works_of_all_its_halls() -> None:
    """Half of a lease stands in a hall whose works of 5 MUSD fall in 2030, half where they take 2029 and 2030.

    It is worth -2.5 x 0.953463 - 7.5 x 0.866784 + 12 x (0.787986 + 0.716351) = 9.1675; a MUSD more costs a quarter of
    0.953463 and three quarters of 0.866784, 0.8885: the works may cost 10.3185 more.
    """
    quick, slow = design(), design("slow", build_months=24)
    halls = (hall("a", 5, designs=["air"]), hall("b", 5, designs=["slow"]))
    later = lease(ready_by="2031-01-01", longstop="2031-01-01")
    found = asked(Site(halls, (later,), (quick, slow), years=4), Part.ACCEPTED)
    overrun = margin(found, "lease").overrun
    assert overrun is not None
    near(overrun.more_musd, present_value(-2.5, -7.5, 12, 12) / present_value(0.25, 0.75))


def test_money_for_one_of_two_leases() -> None:
    """12 MUSD for two leases of 10 MW at 100 and 90: the second lacks 8 MUSD and is worth 8.3369 with them.

    One or seven MUSD more are worth nothing, eight are worth all of it.
    """
    budget: Entry = {"equity_budget": [{"date": "2029-01-01", "added_usd": 12e6}]}
    offers = (lease("first"), lease("second", rent=90))
    site = Site((hall("a"), hall("b")), offers, finance=budget)
    found = asked(site, Part.REJECTED, Part.WORTH, steps=(1, 7, 8))
    second = present_value(-10, 10.8, 10.8)
    beside = need(found, "second").beside
    assert beside is not None
    assert beside.with_equity is not None
    assert beside.with_equity.more_musd == pytest.approx(8, rel=1e-5)
    assert beside.with_equity.takes_it
    near(beside.with_equity.gain, second)
    assert gains(found, "equity") == pytest.approx([0, 0, second], abs=1e-5)
    needs_price(site, found, "second", 100.0)


def test_what_no_rent_can_buy_is_named() -> None:
    """A lease of 11 MW on a site of 10: 1 MW is missing from 2030 on, whatever it pays."""
    site = Site((hall(mw=20),), (lease(it_mw=11),), firm_mw=10)
    lacking = need(asked(site, Part.REJECTED), "lease")
    assert lacking.needed is None
    short = [item for item in lacking.impossible if item.unit == "MW"]
    assert short
    assert all(item.amount == pytest.approx(1.0) for item in short)


def test_an_offer_in_steps_needs_the_rent_of_its_best_size() -> None:
    """5 or 10 MW for one rent; 5 MW fit into the first hall, 10 also need the second, whose fixed cost is 6 MUSD.

    Each hall costs 6 MUSD and 1 a MW: 5 MW break even at (11 x 0.953463) / (0.5 x 0.198572) = 105.63, 10 MW at
    (22 x 0.953463) / 0.198572 = 105.63 too; with a first hall of 1 MUSD, 5 MW at 57.62 and 10 at 81.63: 57.62 it is.
    """
    cheap, dear = design("cheap", capex_fixed_usd=1e6), design("dear", capex_fixed_usd=6e6)
    halls = (hall("a", 5, designs=["cheap"]), hall("b", 5, designs=["dear"]))
    site = Site(halls, (lease(rent=40, least_it_mw=5, step_it_mw=5),), (cheap, dear))
    found = asked(site, Part.REJECTED)
    needs_price(site, found, "lease", present_value(6) / (0.5 * RENTS))
    assert need(found, "lease").size == "5.0 MW"


@pytest.mark.parametrize("rent", [40, 90])
def test_taxes_bend_the_value_and_the_rent_is_found_all_the_same(rent: float) -> None:
    """Works written off over 10 years, a loss that may be used for half of the profit: no straight line of the rent."""
    finance: Entry = {
        "tax_rate_frac": 0.3, "loss_offset_limit_frac": 0.5,
        "conversion_depreciation": {"method": "straight_line", "years": 10},
    }  # fmt: skip
    site = Site(contracts=(lease(rent=rent),), finance=finance)
    found = asked(site, Part.REJECTED, Part.ACCEPTED)
    threshold = need(found, "lease").needed if rent == 40 else margin(found, "lease").least
    assert threshold is not None
    assert is_taken(site.case(), "lease", 1.0005 * threshold.amount)
    assert not is_taken(site.case(), "lease", 0.9995 * threshold.amount)


def test_the_fee_of_hosting_pays_for_the_power() -> None:
    """A customer's 10 MW draw all hours at 40 USD/MWh, paid by the owner: 40 USD/MWh is the fee that is needed."""
    hosted = {
        "id": "guest", "customer": "guest", "mw": 10, "cooling": "air", "fee_usd_per_mwh": 30, "power": "included",
        "latest_start": "2029-01-01", "term_months": 36,
    }  # fmt: skip
    site = Site((hall(mining_mw=10),), power=power((1.0, 40)), fleet={"hosted": [hosted]})
    needs_price(site, asked(site, Part.REJECTED), "guest", 40.0)


# --- one more --------------------------------------------------------------------------------------------


def test_one_more_megawatt_is_worth_its_hashing() -> None:
    """Machines for 10 MW on a site of 5: a MW earns 60 USD an hour, 0.5256 MUSD a year, worth 0.5256 x 2.608232.

    The sixth to tenth MW are worth that each, the eleventh nothing; firm or interruptible is the same to them.
    """
    site = Site(
        (hall(mw=20, mining_mw=20),), usd_per_ph_day=48, power=power((1.0, 40)), machines=(asic(),), firm_mw=5,
    )  # fmt: skip
    found = asked(site, Part.WORTH, steps=(1, 5, 6))
    one = present_value(0.5256, 0.5256, 0.5256)
    for name in ("firm MW", "interruptible MW"):
        assert gains(found, name) == pytest.approx([one, 5 * one, 5 * one], rel=1e-6)


def test_one_more_megawatt_costs_where_a_minimum_take_bills_it() -> None:
    """Nothing is drawn: a MW more bills 0.5 MW at 5 USD/kW-month, 0.03 MUSD a year. It is not a matter of dates."""
    site = Site(power=power((1.0, 40), demand_charge_usd_per_kw_month=5, minimum_take={"demand_frac": 0.5}))
    found = asked(site, Part.WORTH)
    assert gains(found, "firm MW") == pytest.approx([-present_value(0.03, 0.03, 0.03)], abs=1e-5)
    (step,) = next(row for row in why_view(found).worth or () if row.resource == "firm MW").steps
    assert "the minimum take bills" in step.words
    assert "sooner" not in step.words


def test_one_more_megavolt_ampere_and_one_more_unit_of_water_and_floor() -> None:
    """A lease of 10 MW needs 10 MVA at a power factor of 1; 9 MVA are there: one more is worth the lease, 10.3226.

    The same with its floor: 100 racks on 1 m2 each, where there are 50. And nothing more beyond.
    """
    grid = Site(contracts=(lease(),), more={"substation_mva": 9, "power_factor": 1.0})
    whole = present_value(-10, 12, 12)
    assert gains(asked(grid, Part.WORTH, steps=(1, 10)), "substation") == pytest.approx([whole, whole])
    floor = asked(Site((hall(floor_m2=50),), (lease(),)), Part.WORTH, steps=(0.25, 0.5))
    assert gains(floor, "floor of every hall and pad") == pytest.approx([0, whole], abs=1e-6)


def test_one_more_crew_is_worth_the_second_lease() -> None:
    """Two leases of 10 MW, one crew for the year before: the dearer is built, a second crew is worth the other.

    The second pays 95 USD/kW-month: -10 x 0.953463 + 11.4 x 1.654770 = 9.3298; so are 10 MW of fit-out more.
    Where it may begin a year later, a crew at once is worth the year: 9.3298 x (1 - 1 / 1.1).
    """
    second = present_value(-10, 11.4, 11.4)
    for limit, most, name in (("halls_at_once", 1, "crews for halls"), ("it_mw_at_once", 10, "crews for fit-out")):
        built_at_once = {"crews": [{"date": "2029-01-01", limit: most}]}
        leases = (lease("first"), lease("second", rent=95))
        found = asked(
            Site((hall("a"), hall("b")), leases, more=built_at_once), Part.WORTH, Part.REJECTED, steps=(most,)
        )
        assert gains(found, name) == pytest.approx([second], rel=1e-6)
        (missing,) = beside(found, "second")
        assert missing.subject == name
        assert missing.amount == pytest.approx(most)
        late = (lease("first"), lease("second", rent=95, longstop=LATE))
        site = Site((hall("a"), hall("b")), late, years=4, more=built_at_once)
        found = asked(site, Part.WORTH, Part.BINDING, steps=(most,))
        assert gains(found, name) == pytest.approx([second * (1 - 1 / 1.1)], rel=1e-6)
        waiting = {item.contract: item.crews for item in found.waits or ()}
        assert waiting == {"first": (), "second": ("b",)}


def upgrade(queue: float, lead: float) -> Entry:
    """Return ten firm MW that cost nothing, with a queue and a lead time in months."""
    terms = {f"p{n}_months": queue for n in (10, 50, 90)}
    equipment = [{"name": "transformer", "lead_time_months": lead}]
    return {"upgrades": [{"id": "up", "firm_mw": 10, "queue": terms, "equipment": equipment}]}


def test_one_month_less_queue_is_worth_a_year_of_the_lease() -> None:
    """Thirteen months from 2029-01-01 let the service begin in 2031, twelve in 2030: 10.3226 x (1 - 1 / 1.1) = 0.9384.

    A lead time of six months beside the queue is not on the critical path: a month less of it changes nothing at all.
    """
    site = Site(contracts=(lease(longstop=LATE),), years=4, firm_mw=0, more=upgrade(13, 6))
    found = asked(site, Part.WORTH, Part.BINDING)
    year = present_value(-10, 12, 12) * (1 - 1 / 1.1)
    assert gains(found, "queue of up") == pytest.approx([year], rel=1e-6)
    (step,) = worth(found, "lead times of equipment").steps
    assert (step.gain, step.solved) == (Range(0.0, 0.0), False)
    (path,) = found.paths or ()
    assert path.decides == "queue"
    assert (path.queue_months, path.lead_months) == pytest.approx((13, 6))
    (waits,) = found.waits or ()
    (grid,) = waits.upgrades
    assert (grid.upgrade, grid.months_before) == ("up", 0.0)
    assert grid.lacking_mw == pytest.approx(10.0)
    assert waits.works == ()


def test_one_month_less_lead_time_where_the_transformer_decides() -> None:
    """The same year, won by the transformer's thirteenth month; the queue of six is not on the critical path."""
    site = Site(contracts=(lease(longstop=LATE),), years=4, firm_mw=0, more=upgrade(6, 13))
    found = asked(site, Part.WORTH, Part.BINDING)
    year = present_value(-10, 12, 12) * (1 - 1 / 1.1)
    assert gains(found, "lead times of equipment") == pytest.approx([year], rel=1e-6)
    assert gains(found, "queue of up") == [0.0]
    (path,) = found.paths or ()
    assert (path.decides, path.equipment) == ("equipment", "transformer")


def test_one_month_shorter_works() -> None:
    """Works of 13 months let the service begin in 2031; of 12 in 2030.

    Thirteen months before 2031 begin with 2029 in a grid of years: 365 and 31 of 396 days of 10 MUSD.
    """
    site = Site(contracts=(lease(longstop=LATE),), designs=(design(build_months=13),), years=4)
    late = present_value(-10 * 365 / 396, -10 * 31 / 396, 12, 12)
    found = asked(site, Part.WORTH, Part.BINDING)
    assert gains(found, "works of every design") == pytest.approx([present_value(-10, 12, 12) - late], rel=1e-6)
    (waits,) = found.waits or ()
    assert waits.works == ("hall",)


def test_how_long_a_start_may_slip() -> None:
    """Starts in 2030, 2031 and 2032, damages of 0.6 MUSD a month: 7.2 in 2031 and 14.4 in 2032.

    Worth 10.3226, then -10 x 0.866784 + 4.8 x 0.787986 + 12 x 0.716351 = 3.7108, then -10 x 0.787986 - 2.4 x 0.716351
    + 12 x 0.651228 = -1.7844: taken if it slips by twelve months, not by twenty-four.
    """
    site = Site(contracts=(lease(longstop="2032-01-01", late_damages_usd_per_month=6e5),), years=5)
    slip = margin(asked(site, Part.ACCEPTED), "lease").slip
    assert slip is not None
    assert (slip.planned, slip.latest, slip.next_start) == (date(2030, 1, 1), date(2031, 1, 1), date(2032, 1, 1))
    assert slip.is_proven


# --- honesty ---------------------------------------------------------------------------------------------


def test_ranges_of_loose_searches_hold_the_exact_figures() -> None:
    """With gaps of 20 % every range is wider, and holds what gap 0 finds."""
    site = Site((hall("a"), hall("b")), (lease("large", 10, 100), lease("small", 8, 130), lease("third", 9, 95)))
    exact = asked(site, Part.REJECTED, Part.ACCEPTED)
    loose = explain(exact.result, ExplainOptions(SolveOptions(gap_frac=0.2), frozenset({Part.REJECTED, Part.ACCEPTED})))
    for item in loose.needs or ():
        right = need(exact, item.offer).needed
        assert item.needed is not None
        assert right is not None
        assert item.needed.range.low <= right.amount <= item.needed.range.high + 1e-6
        # proven to lose money at its price, it is not called doubtful
        assert item.loss is not None
        if item.loss.low > 0:
            assert item.needed.range.low >= item.price.value
            (row,) = (row for row in why_view(loose).rejected or () if row.offer == item.offer)
            assert not any("may be worth taking" in words for words in row.words)
    for safe in loose.margins or ():
        right = margin(exact, safe.offer).least
        assert safe.least is not None
        assert right is not None
        assert safe.least.range.low <= right.amount <= safe.least.range.high + 1e-6


def test_a_better_plan_found_on_the_way_is_the_one_explained() -> None:
    """A plan that goes on mining although a lease pays is replaced by the one that takes it."""
    result = solved(Site(contracts=(lease(),)))
    mining = replace(result.do_nothing, report=replace(result.do_nothing.report, bound_musd=None))
    poor = replace(result, plan=mining)
    found = explain(poor, ExplainOptions(EXACT, frozenset({Part.ACCEPTED})))
    assert found.improved_musd == pytest.approx(present_value(-10, 12, 12))
    assert [item.offer for item in found.margins or ()] == ["lease"]


def test_the_overrun_is_what_the_lease_is_worth_whoever_pays_for_it() -> None:
    """11 MUSD of equity for works of 10: they may cost 10.3226 / 0.953463 = 10.8264 MUSD more; 1 MUSD is there."""
    budget: Entry = {"equity_budget": [{"date": "2029-01-01", "added_usd": 11e6}]}
    overrun = margin(asked(Site(contracts=(lease(),), finance=budget), Part.ACCEPTED), "lease").overrun
    assert overrun is not None
    near(overrun.more_musd, present_value(-10, 12, 12) / present_value(1))
    assert overrun.equity_left_musd == pytest.approx(1.0)


def test_a_loan_that_only_a_higher_rent_can_serve() -> None:
    """4 MUSD of equity and a loan of 6 without interest, repaid 3 a year; a cover of 3 asks for 9 MUSD of cash a year.

    At 60 USD/kW-month the lease brings 7.2: no plan takes it, though it would pay from 48.0157 on. It needs 75; one
    that pays 80 may fall to 75, and not below.
    """
    debt: Entry = {
        "loan_to_cost_frac": 0.6, "coupon_frac": 0.0, "draw_until": "2030-01-01", "tenor_months": 24,
        "repayment": "level", "least_dscr": 3.0,
    }  # fmt: skip
    finance: Entry = {"equity_budget": [{"date": "2029-01-01", "added_usd": 4e6}], "debt": debt}
    poor = Site(contracts=(lease(rent=60),), finance=finance)
    found = asked(poor, Part.REJECTED)
    needs_price(poor, found, "lease", 75.0)
    lacking = need(found, "lease")
    assert lacking.loss is None
    assert lacking.needed is not None
    assert lacking.needed.is_edge
    rich = Site(contracts=(lease(rent=80),), finance=finance)
    bears_price(rich, asked(rich, Part.ACCEPTED), "lease", 75.0)

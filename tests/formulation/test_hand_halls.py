"""What fits in a hall: floor, cooling modules, feeders, bays; what a conversion and a new hall cost."""

from __future__ import annotations

from collections.abc import Iterator

from site_conversion.solution import Solution
from tests.formulation.support import (
    HOURS,
    HandSolved,
    Look,
    Site,
    design,
    hall,
    hand_solved,
    lease,
    module,
    power,
    present_value,
)


def modules_are(count: int) -> Look:
    """Return a check that so many cooling modules are installed."""

    def look(found: Solution) -> None:
        assert found.tables["cooling"]["modules"].sum() == count

    return look


@hand_solved
def test_floor_sends_a_lease_into_a_second_hall() -> Iterator[HandSolved]:
    """10 MW in racks of 100 kW are 100 racks; each needs 8 m2 and 0.1 MW x 40 m2/MW = 4 m2 of plant rooms: 12 m2.

    A hall of 1,000 m2 holds 1,000 / 12 = 83 racks, so the lease of 100 racks needs a second one.
    Each hall costs 2 MUSD whatever is fitted, and 100 racks together 10 MUSD: 14 MUSD:
        -14 x 0.953463 + 12 x 1.654770 = 6.5088
    With one such hall the lease is refused: 0. One hall of 1,200 m2 is just enough: capex 12 MUSD:
        -12 x 0.953463 + 12 x 1.654770 = 8.4157
    """
    roomy = design(m2_per_rack=8, electrical_m2_per_it_mw=40, capex_fixed_usd=2e6)

    def site(*floors_m2: float) -> Site:
        halls = tuple(hall(f"hall-{n}", floor_m2=m2) for n, m2 in enumerate(floors_m2))
        return Site(halls, (lease(),), (roomy,))

    yield HandSolved(site(1_000, 1_000), present_value(-14, 12, 12), {"lease": 1})
    yield HandSolved(site(1_000), 0.0)
    yield HandSolved(site(1_200), present_value(-12, 12, 12), {"lease": 1})


@hand_solved
def test_cooling_modules_take_floor_from_racks() -> Iterator[HandSolved]:
    """100 racks x 10 m2 = 1,000 m2, and 10 MW of heat need two modules of 5 MW, each 50 m2 indoors: 1,100 m2.

    1,099 m2 hold the racks but not the modules beside them: refused, 0.
    1,100 m2 are just enough: -10 x 0.953463 + 12 x 1.654770 = 10.3226.
    """
    racks = (design(m2_per_rack=10),)
    plant = (module(capacity_mw=5, floor_m2=50),)

    def site(floor_m2: float) -> Site:
        return Site((hall(floor_m2=floor_m2),), (lease(),), racks, plant)

    yield HandSolved(site(1_099), 0.0)
    yield HandSolved(site(1_100), present_value(-10, 12, 12), {"lease": 1})


@hand_solved
def test_cooling_modules_are_whole_and_the_losses_heat_the_air() -> Iterator[HandSolved]:
    """Modules of 2.5 MW at 1 MUSD; 10 MW of IT.

    Without losses the heat is 10 MW = 4 modules: capex 10 + 4 = 14 MUSD: 6.5088.
    Losses of 2 % heat the air as well: 10.2 MW / 2.5 = 4.08, so 5 modules: capex 15 MUSD: 5.5553.
    With one spare module 6: capex 16 MUSD. (The hall carries 10.2 MW; power costs nothing.)
        -16 x 0.953463 + 12 x 1.654770 = 4.6018
    """

    def site(loss: float, spare: int) -> Site:
        lossy = design(electrical_loss_frac=loss, spare_modules=spare)
        plant = module(capacity_mw=2.5, capex_usd=1e6)
        return Site((hall(mw=10.2),), (lease(),), (lossy,), (plant,))

    yield HandSolved(site(0.0, 0), present_value(-14, 12, 12), {"lease": 1}, modules_are(4))
    yield HandSolved(site(0.02, 0), present_value(-15, 12, 12), {"lease": 1}, modules_are(5))
    yield HandSolved(site(0.02, 1), present_value(-16, 12, 12), {"lease": 1}, modules_are(6))


@hand_solved
def test_a_hot_site_needs_one_more_module() -> Iterator[HandSolved]:
    """A module of 2.5 MW at 35 C loses 1 % for each degree above: at 40 C it takes 2.5 x 0.95 = 2.375 MW.

    10 / 2.375 = 4.21, so 5 modules of 1 MUSD instead of 4: capex 15 MUSD.
        -15 x 0.953463 + 12 x 1.654770 = 5.5553
    At 35 C four are enough: capex 14 MUSD: 6.5088.
    """
    plant = (module(capacity_mw=2.5, capex_usd=1e6, derate_frac_per_c=0.01),)

    def site(celsius: float) -> Site:
        climate = {"design_temperature_c": celsius, "hours_below_c": {celsius: 8_760}}
        return Site(contracts=(lease(),), modules=plant, more={"climate": climate})

    yield HandSolved(site(40), present_value(-15, 12, 12), {"lease": 1}, modules_are(5))
    yield HandSolved(site(35), present_value(-14, 12, 12), {"lease": 1}, modules_are(4))


@hand_solved
def test_the_feeders_of_a_hall_carry_gross_not_it_megawatts() -> Iterator[HandSolved]:
    """Losses of 5 % and fans of 10 % of the heat: ratio = 1 + 0.05 + (1 + 0.05) x 0.10 = 1.155 gross MW per IT MW.

    10 MW of IT would draw 11.55 MW from feeders for 10 MW: refused, at any rent.
    8.5 MW draw 9.8175 MW: taken at 90 USD/kW-month = 9.18 MUSD a year, capex 8.5 MUSD:
        -8.5 x 0.953463 + 9.18 x 1.654770 = 7.0864
    """
    designs = (design(electrical_loss_frac=0.05),)
    offers = (lease("ten", 10, 300), lease("less", 8.5, 90))
    site = Site(contracts=offers, designs=designs, modules=(module(fan_power_frac=0.1),))
    yield HandSolved(site, present_value(-8.5, 9.18, 9.18), {"less": 1})


@hand_solved
def test_the_design_day_sets_the_limit_and_the_mean_year_sets_the_bill() -> Iterator[HandSolved]:
    """Compressors draw 20 % of the heat above 20 C; a quarter of the hours (2,190) are warmer than that.

    On the design day 10 MW of IT draw 10 x 1.2 = 12 MW: with 12 firm MW the lease is taken, with 11.9 refused.
    The mean ratio is 1 + 0.2 x 0.25 = 1.05. At 50 USD/MWh, included in the rent, a year costs
        10 MW x 1.05 x 8,760 h x 50 USD/MWh = 4.599 MUSD
        -10 x 0.953463 + (12 - 4.599) x 1.654770 = 2.7123
    """
    plant = (module(mechanical_power_frac=0.2, free_cooling_c=20),)
    climate = {"design_temperature_c": 35, "hours_below_c": {20: 6_570, 35: 8_760}}
    year = 12 - 10 * 1.05 * HOURS * 50 / 1e6

    def site(firm_mw: float) -> Site:
        return Site(
            (hall(mw=12),), (lease(lease="gross"),), modules=plant, power=power((1.0, 50)),
            firm_mw=firm_mw, more={"climate": climate},
        )  # fmt: skip

    yield HandSolved(site(12), present_value(-10, year, year), {"lease": 1})
    yield HandSolved(site(11.9), 0.0)


@hand_solved
def test_a_tenant_takes_whole_bays() -> Iterator[HandSolved]:
    """Three leases of 3 MW at 100, 110 and 120 USD/kW-month want a hall of 10 MW, where 9 MW would fit.

    With two bays of 5 MW each lease takes one whole, so two are served: the best, at 110 and 120:
        capex 6 MUSD, rent 3 MW x 230 USD x 12 = 8.28 MUSD a year: -6 x 0.953463 + 8.28 x 1.654770 = 7.9807
    With three bays of 3.33 MW all are: capex 9 MUSD, rent 3 x 330 x 12 = 11.88 MUSD a year:
        -9 x 0.953463 + 11.88 x 1.654770 = 11.0775
    """
    offers = (lease("a", 3, 100), lease("b", 3, 110), lease("c", 3, 120))
    two, three = (hall(bays=2),), (hall(bays=3),)
    yield HandSolved(Site(two, offers), present_value(-6, 8.28, 8.28), {"b": 1, "c": 1})
    yield HandSolved(Site(three, offers), present_value(-9, 11.88, 11.88), {"a": 1, "b": 1, "c": 1})


@hand_solved
def test_a_second_tenant_follows_in_the_same_bays_without_a_new_fit_out() -> Iterator[HandSolved]:
    """First: 10 MW for 2030. Second: 10 MW from 2031 for 24 months. One hall, one bay, four years.

    The hall is fitted once: 10 MUSD in 2029, then rent of 12 MUSD in 2030, 2031 and 2032:
        -10 x 0.953463 + 12 x (0.866784 + 0.787986 + 0.716351) = 18.9188
    """
    first = lease("first", term_months=12)
    second = lease("second", earliest_start="2031-01-01", ready_by="2031-01-01", longstop="2031-01-01")
    site = Site(contracts=(first, second), years=4)
    yield HandSolved(site, present_value(-10, 12, 12, 12), {"first": 1, "second": 2})


@hand_solved
def test_a_larger_second_tenant_pays_for_the_rest_of_the_fit_out_only() -> Iterator[HandSolved]:
    """First: 6 MW for 2030. Second: 10 MW from 2031 for 24 months. One hall, one bay.

    6 MW are fitted in 2029 (6 MUSD); the other 4 MW in 2030 (4 MUSD), ready for the second tenant:
        -6 x 0.953463 + (7.2 - 4) x 0.866784 + 12 x (0.787986 + 0.716351) = 15.1050
    """
    first = lease("first", 6, term_months=12)
    second = lease("second", earliest_start="2031-01-01", ready_by="2031-01-01", longstop="2031-01-01")
    site = Site(contracts=(first, second), years=4)
    yield HandSolved(site, present_value(-6, 7.2 - 4, 12, 12), {"first": 1, "second": 2})


@hand_solved
def test_cooling_is_built_with_the_hall_for_its_largest_load() -> Iterator[HandSolved]:
    """The same two tenants; modules of 2 MW at 1 MUSD.

    The hall will hold 10 MW, so five modules come with its conversion in 2029, though three would do for 2030:
        -(6 + 5) x 0.953463 + (7.2 - 4) x 0.866784 + 12 x (0.787986 + 0.716351) = 10.3377
    """
    first = lease("first", 6, term_months=12)
    second = lease("second", earliest_start="2031-01-01", ready_by="2031-01-01", longstop="2031-01-01")
    site = Site(contracts=(first, second), modules=(module(capacity_mw=2, capex_usd=1e6),), years=4)
    value = present_value(-6 - 5, 7.2 - 4, 12, 12)
    yield HandSolved(site, value, {"first": 1, "second": 2}, modules_are(5))


@hand_solved
def test_a_new_hall_takes_its_shell_first_and_reuses_nothing() -> Iterator[HandSolved]:
    """Two leases of 10 MW at 150 USD/kW-month (18 MUSD a year) for 24 months, to start by 2031-01-01.

    The design costs 2 MUSD/MW; an existing hall saves half of it: 10 MUSD in 2029, service 2030 and 2031.
    The pad needs a shell, 12 months and 3 MUSD, before the design's 12 months, and saves nothing:
        (3 + 20) MUSD over the 730 days of 2029 and 2030 = 11.5 MUSD a year, service 2031 and 2032.
        2029: -10 - 11.5    2030: 18 - 11.5    2031: 18 + 18    2032: 18
        -21.5 x 0.953463 + 6.5 x 0.866784 + 36 x 0.787986 + 18 x 0.716351 = 26.3964
    """
    offers = tuple(lease(name, rent=150, ready_by="2031-01-01", longstop="2031-01-01") for name in "ab")
    designs = (design(capex_usd_per_it_mw=2e6, reused_frac=0.5),)
    pad = {"id": "pad", "electrical_mw": 10, "floor_m2": 10_000, "bays": 1}
    pads = [pad | {"shell_capex_usd": 3e6, "shell_months": 12}]
    site = Site(contracts=offers, designs=designs, years=4, more={"pads": pads})
    value = present_value(-10 - 11.5, 18 - 11.5, 36, 18)

    def look(found: Solution) -> None:
        ready = found.tables["halls"].set_index("hall")["ready"].to_dict()
        assert ready == {0: 1, 1: 2}

    # which of the two equal offers goes first is open
    yield HandSolved(site, value, None, look)


@hand_solved
def test_dear_builders_make_early_building_pay() -> Iterator[HandSolved]:
    """A lease from 2031 for 12 months at 200 USD/kW-month (24 MUSD); the build takes 12 months.

    Costs rise by 30 % a year from the study's start, more than the discount rate of 10 %:
        built in 2030: 10 x 1.3^1.5 x 1.1^-1.5 = 12.8477
        built in 2029: 10 x 1.3^0.5 x 1.1^-0.5 = 10.8711, and idle through 2030: better
        -10.8711 + 24 x 0.787986 = 8.0405
    With costs that rise by 2 % it is built just in time: -10 x 1.02^1.5 x 0.866784 + 18.9117 = 9.9825.
    """
    offer = lease(rent=200, earliest_start="2031-01-01", ready_by="2031-01-01", longstop="2031-01-01", term_months=12)

    def site(escalator: float) -> Site:
        return Site(contracts=(offer,), finance={"capex_escalator_frac_per_year": escalator})

    yield HandSolved(site(0.3), present_value(-10 * 1.3**0.5, 0, 24), {"lease": 2})
    yield HandSolved(site(0.02), present_value(0, -10 * 1.02**1.5, 24), {"lease": 2})

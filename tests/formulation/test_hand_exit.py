"""What contracts are worth at the horizon, by multiple or cap rate, and a bonus in depreciation."""

from __future__ import annotations

from collections.abc import Iterator

from tests.formulation.support import (
    HOURS,
    Entry,
    HandSolved,
    Site,
    factor,
    hand_solved,
    lease,
    months_of,
    power,
    present_value,
)
from tests.formulation.test_hand_finance import MACRS_5, TAX, taxes_are

TEN: Entry = {"exit": {"method": "multiple", "multiple": 10}}


@hand_solved
def test_a_contract_is_sold_at_a_multiple_of_its_last_year() -> Iterator[HandSolved]:
    """A lease of 12 MUSD a year for 36 months from 2030; the study ends with 2031, 12 months before the term.

    -10 x 0.953463 + 12 x 1.654770 = 10.3226 before the end. Ten times 12, brought from 2032-01-01 at 1.1^-3 = 0.751315,
    less 5 % for selling: 114 x 0.751315 = 85.6499, 95.9725 in all. A cap rate of 10 % is the same. If 13 months must
    be left, the tail: twelve months of 2032 of 1 MUSD each, from their middles to 2032-01-01, 11.4471, which is 8.6004
    in place of 85.6499, and 18.9230 in all.
    """
    tail = sum(1.1 ** -((before + days / 2) / 366) for days, before in months_of(2032))
    run = present_value(-10, 12, 12)
    for terms, end in (
        ({"method": "multiple", "multiple": 10, "selling_cost_frac": 0.05}, 114.0),
        ({"method": "cap_rate", "cap_rate_frac": 0.1, "selling_cost_frac": 0.05}, 114.0),
        ({"method": "multiple", "multiple": 10, "least_months_left": 13}, tail),
        ({"method": "tail"}, tail),
    ):
        site = Site(contracts=(lease(term_months=36),), finance={"exit": terms})
        yield HandSolved(site, run + end * factor(3), {"lease": 1})


@hand_solved
def test_a_multiple_is_of_what_is_left_of_the_rent() -> Iterator[HandSolved]:
    """A gross lease of 12 MUSD a year; power at 50 USD/MWh costs 4.38, running it 1.2, which leaves 6.42.

    Ten times it is 64.2, taxed at 21 % like all income after the horizon; straight line over 2 years.
        (-10, 6.42 - 0.21 x 1.42 = 6.1218, 6.1218) and 64.2 x 0.79 x 0.751315: 38.7007
    """
    offer = lease(term_months=36, lease="gross", opex_usd_per_kw_month=10)
    finance = {
        **TEN, "tax_rate_frac": TAX, "conversion_depreciation": {"method": "straight_line", "years": 2},
    }  # fmt: skip
    kept = 12 - 4.38 - 1.2
    year = kept - TAX * (kept - 5)
    site = Site(contracts=(offer,), power=power((1.0, 50)), finance=finance)
    yield HandSolved(site, present_value(-10, year, year) + kept * 10 * (1 - TAX) * factor(3), {"lease": 1})


@hand_solved
def test_a_price_of_carbon_lowers_the_income_that_is_sold() -> Iterator[HandSolved]:
    """A lease of 12 MUSD a year on 10 MW at 400 kg/MWh and 50 USD/t: carbon costs 1.752, which leaves 10.248.

    -10 x 0.953463 + 10.248 x 1.654770 + 102.48 x 0.751315 = 84.4182
    """
    kept = 12 - 10 * HOURS * 0.4 * 50 / 1e6
    site = Site(
        contracts=(lease(term_months=36),), finance=TEN,
        carbon={"price_usd_per_t": [{"date": "2029-01-01", "usd": 50}]},
        more={"emissions": {"average_kg_per_mwh": 400}},
    )  # fmt: skip
    yield HandSolved(site, present_value(-10, kept, kept) + kept * 10 * factor(3), {"lease": 1})


@hand_solved
def test_a_contract_of_less_than_a_year_is_valued_by_its_tail() -> Iterator[HandSolved]:
    """Half-years: service from 2031-07-01 for 24 months has earned for six months when the study ends with 2031.

    Twelve months of 2032 and six of 2033 are its tail, 16.7751:
        -10 x 0.807145 + 6 x 0.769582 + 16.7751 x 0.751315 = 9.1494
    """
    offer = lease(earliest_start="2031-07-01", ready_by="2031-07-01", longstop="2031-07-01", term_months=24)
    tail = sum(1.1 ** -((before + days / 2) / 366) for days, before in months_of(2032))
    tail += sum(1.1 ** -(1 + (before + days / 2) / 365) for days, before in months_of(2033)[:6])
    designs = (Site().designs[0] | {"build_months": 6},)
    value = -10 * factor(2 + 90.5 / 365) + 6 * factor(2 + 273 / 365) + tail * factor(3)
    site = Site(contracts=(offer,), designs=designs, grid=({"months": 6, "count": 6},), finance=TEN)
    yield HandSolved(site, value, {"lease": 5})


@hand_solved
def test_an_exit_by_multiple_prefers_the_long_lease() -> Iterator[HandSolved]:
    """One hall: 14.4 MUSD a year for 24 months, or 9.6 for 36, of which the last lie after the horizon.

    By its tail the long one is worth 9.6 x 1.654770 + 6.88 = 22.77 before capex, the short one 23.83:
    14.2941 after 9.5346 of capex. At ten times its income the long one brings 96 x 0.751315 = 72.1262 in place of the
    tail: 15.8858 + 72.1262 - 9.5346 = 78.4774.
    """
    offers = (lease("long", rent=80, term_months=36), lease("short", rent=120))
    yield HandSolved(Site(contracts=offers), present_value(-10, 14.4, 14.4), {"short": 1})
    sold = present_value(-10, 9.6, 9.6) + 96 * factor(3)
    yield HandSolved(Site(contracts=offers, finance=TEN), sold, {"long": 1})


@hand_solved
def test_gpus_keep_their_resale_beside_a_multiple() -> Iterator[HandSolved]:
    """10 racks at 1 MUSD, life 48 months, worth 10 % then; service 2030 to 2032, the study ends with 2031.

    Hours bring 1,000 x 8,760 x 4 USD = 35.04 MUSD a year: 350.4 at ten times. The GPUs are sold with the contract,
    after 36 of 48 months at 32.5 %, in January 2033: 3.25 MUSD, brought from its middle to the horizon at 10 %, 2.9426.
        -1 x 0.953463 + 25.04 x 0.866784 + 35.04 x 0.787986 + 353.3426 x 0.751315 = 313.8334
    """
    system = {
        "id": "gpu", "name": "Gpu", "gpus_per_rack": 100, "rack_kw": 100, "price_usd_per_rack": 1e6, "life_years": 4,
        "resale_frac_at_end_of_life": 0.1,
    }  # fmt: skip
    offer = {
        "kind": "gpu_cloud", "id": "cloud", "tenant": "cloud", "gpu_system": "gpu", "racks": 10,
        "rate_usd_per_gpu_hour": 4, "rate_change_frac_per_year": 0, "utilisation_frac": 1, "cooling": ["air"],
        "redundancy": "n", "ready_by": "2030-01-01", "longstop": "2030-01-01", "term_months": 36,
    }  # fmt: skip
    resale = 3.25 * 1.1 ** -(1 + 15.5 / 365)
    value = present_value(-1, 35.04 - 10, 35.04) + (350.4 + resale) * factor(3)
    yield HandSolved(Site(contracts=(offer,), gpu_systems=(system,), finance=TEN), value, {"cloud": 1})


@hand_solved
def test_a_bonus_is_written_off_in_the_year_of_entry() -> Iterator[HandSolved]:
    """10 MUSD in service from 2030-01-01, 12 MUSD a year in 2030 and 2031, tax 21 %.

    MACRS-5, bonus 100 %: 2030 taxed 12 - 10 = 2, 2031 taxed 12:
        -10 x 0.953463 + 11.58 x 0.866784 + 9.48 x 0.787986 = 7.9728
    MACRS-5, bonus 50 %: 5 + 0.5 x 2 in 2030, 0.5 x 3.2 in 2031: taxed 6.0 and 10.4: 7.5095.
    Straight line over two years, bonus 50 %: 5 + 2.5 in 2030, 2.5 in 2031: taxed 4.5 and 9.5: 7.9315.
    """
    for schedule, first, second in (
        (MACRS_5 | {"bonus_frac": 1}, 2.0, 12.0),
        (MACRS_5 | {"bonus_frac": 0.5}, 6.0, 10.4),
        ({"method": "straight_line", "years": 2, "bonus_frac": 0.5}, 4.5, 9.5),
    ):
        finance = {"tax_rate_frac": TAX, "conversion_depreciation": schedule}
        value = present_value(-10, 12 - TAX * first, 12 - TAX * second)
        site = Site(contracts=(lease(),), finance=finance)
        yield HandSolved(site, value, {"lease": 1}, taxes_are(TAX * first, TAX * second))

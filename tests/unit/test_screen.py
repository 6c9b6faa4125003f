"""Screening: the closed form by hand and month by month, connections, and places that do not touch each other."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.places import look_up
from planner.places.bundled import COOLINGS
from planner.places.power import EnergyBasis, PlacePower, place_power
from planner.schemas.screen import ScreenAssumptions, SiteCooling
from planner.schemas.tenants import PowerTerms
from planner.studies.screening.connection import connection_usd_per_mw
from planner.studies.screening.screen import POWER_FIELDS, screen
from planner.studies.screening.sites import candidates
from planner.studies.screening.value import PlaceTerms, Valuation, spread, steps, yearly_sums
from planner.translate.prices import PriceCurve, revenue_usd_per_mwh
from tests.bench.screen import random_sites

SIMPLE = ScreenAssumptions(
    discount_rate_frac=0.1, horizon_years=3, design_day_ratio=1.6, rent_usd_per_kw_month=100,
    rent_change_before_service_frac_per_year=0, term_months=24, opex_usd_per_kw_month=0,
    conversion_capex_usd_per_it_kw=1_000, capex_escalator_frac_per_year=0.1, conversion_months=12,
    power_escalator_frac_per_year=0, hashprice_usd_per_ph_day=24, hashprice_change_frac_per_year=0,
    asic_efficiency_j_per_th=20, asic_overhead_frac=0, pool_fee_frac=0, uptime_frac=1, mining_variable_usd_per_mwh=0,
    mining_fixed_usd_per_mw_year=0, hashing_lost_months=12, rent_off_for_power_frac=0,
)  # fmt: skip
TWO_PRICES = PlacePower(
    EnergyBasis.HUB, "", tuple((quarter, ((0.9, 30.0), (0.1, 130.0))) for quarter in (1, 2, 3, 4)), 0.0, 0.0, 0.0, 0.0,
    None, 0.0,
)  # fmt: skip


def one_place(is_energised: bool = True, connection_usd_per_mw: float = 10_000.0) -> PlaceTerms:
    return PlaceTerms(
        np.array([0]), np.array([2.0]), np.array([is_energised]), np.array([connection_usd_per_mw])
    )  # fmt: skip


def value(assumed: ScreenAssumptions, power: PlacePower, months: float, is_energised: bool = True) -> float:
    valuation = Valuation.of(assumed, [yearly_sums(power, assumed)])
    return float(valuation.worth(one_place(is_energised), np.array([months])).value_usd[0])


def test_a_value_by_hand() -> None:
    """Two kW at the meter for one of IT: 500 kW. One year of waiting and building, then two years of rent.

    At 10 % a dollar a year paid evenly from year 1 to 3 is worth (1/1.1 - 1/1.331) / ln 1.1 = 1.65539, from 0 to 3
    (1 - 1/1.331) / ln 1.1 = 2.60922.
    Rent: 500 kW * 100 USD * 12 = 600,000 a year, worth 993,236.
    Capex: 500 kW * 1,000 USD; costs rise as fast as money is discounted: 500,000. Fibre likewise: 10,000.
    Mining: a MWh earns 24 * 1000 / (24 * 20) = 50 USD and costs 30 in nine hours of ten, else more: 0.9 * 20 = 18 USD
    an hour, 157,788 a year of 8,766 hours. It ends a year before service, at the start: worth 411,703.
    """
    valuation = Valuation.of(SIMPLE, [yearly_sums(TWO_PRICES, SIMPLE)])
    worth = valuation.worth(one_place(), np.array([12.0]))
    assert worth.rent_usd[0] == pytest.approx(993_236, abs=5)
    assert worth.capex_usd[0] == pytest.approx(500_000)
    assert worth.connection_usd[0] == pytest.approx(10_000)
    assert worth.mining_usd[0] == pytest.approx(411_703, abs=5)
    assert worth.value_usd[0] == pytest.approx(993_236 - 500_000 - 10_000 - 411_703, abs=15)


def test_power_by_hand_where_the_owner_pays_it() -> None:
    """Mean price 0.9 * 30 + 0.1 * 130 = 40 USD/MWh; of 1 MW on the design day 1/1.6 is drawn in the mean: 219,150 USD.

    A demand charge of 1 USD/kW-month adds 12,000: 231,150 a year from year 1 to 3, worth 1.65539 times that.
    """
    charged = PlacePower(TWO_PRICES.basis, "", TWO_PRICES.curve, 0.0, 0.0, 1.0, 0.0, None, 0.0)
    assumed = SIMPLE.model_copy(update={"power": PowerTerms.INCLUDED})
    worth = Valuation.of(assumed, [yearly_sums(charged, assumed)]).worth(one_place(), np.array([12.0]))
    assert worth.power_usd[0] == pytest.approx(231_150 * 1.65539, rel=1e-5)
    passed = Valuation.of(SIMPLE, [yearly_sums(charged, SIMPLE)]).worth(one_place(), np.array([12.0]))
    assert passed.power_usd[0] == 0


def test_rent_that_makes_up_for_power_leaves_the_tenant_as_well_off() -> None:
    """At 40 USD/MWh against a reference of 30 the rent falls by 8766 * 10 / 1.6 = 54,787.5 USD a year and MW."""
    assumed = SIMPLE.model_copy(update={"rent_off_for_power_frac": 1.0, "power_reference_usd_per_mwh": 30.0})
    worth = Valuation.of(assumed, [yearly_sums(TWO_PRICES, assumed)]).worth(one_place(), np.array([12.0]))
    assert worth.power_usd[0] == pytest.approx(54_787.5 * 1.65539, rel=1e-5)


def test_the_peak_charge_ends_and_its_successor_is_paid_by_the_miner_too() -> None:
    """100 USD/kW-year until the end of the first half-year, 2 USD/kW-month after it, from the study's start."""
    power = PlacePower(TWO_PRICES.basis, "", TWO_PRICES.curve, 0.0, 0.0, 0.0, 100.0, date(2027, 7, 2), 2.0)
    before = (date(2027, 7, 2) - date(2027, 1, 1)).days / 365.25
    assumed = SIMPLE.model_copy(update={"power": PowerTerms.INCLUDED})
    sums, plain = yearly_sums(power, assumed), yearly_sums(TWO_PRICES, assumed)
    assert plain.mining_usd - sums.mining_usd == pytest.approx([24_000 * (1 - before), 24_000, 24_000])
    assert sums.power_usd - plain.power_usd == pytest.approx([1e5 * before + 24_000 * (1 - before), 24_000, 24_000])


def by_months(assumed: ScreenAssumptions, power: PlacePower, ratio: float, months: float, bare: bool) -> float:
    """The same value without a closed form: month by month, each discounted from its middle."""
    build = assumed.new_build_months if bare else assumed.conversion_months
    service, kw, total = max(months, build), 1_000 / ratio, 0.0
    sums = yearly_sums(power, assumed)
    capex = assumed.new_build_capex_usd_per_it_kw if bare else assumed.conversion_capex_usd_per_it_kw
    end = min(service + assumed.term_months, 12 * assumed.horizon_years)
    for month in np.arange(0, 12 * assumed.horizon_years, 0.5):
        year = (month + 0.25) / 12
        factor = (1 + assumed.discount_rate_frac) ** -year
        flow = 0.0
        if service <= month < end:
            served = int((month - service) // 12)
            rent = assumed.rent_usd_per_kw_month * (1 + assumed.rent_change_before_service_frac_per_year) ** (
                service / 12
            )
            opex = assumed.opex_usd_per_kw_month * (1 + assumed.opex_escalator_frac_per_year) ** (service / 12 + served)
            flow += kw * (rent * (1 + assumed.rent_escalator_frac_per_year) ** served - opex)
            flow -= sums.power_usd[int(month // 12)] / 12
        if service - build <= month < service:
            flow -= kw * capex / build * (1 + assumed.capex_escalator_frac_per_year) ** year
        if not bare and month >= service - assumed.hashing_lost_months:
            flow -= assumed.mining_lost_frac * sums.mining_usd[int(month // 12)] / 12
        if bare and month < months:
            flow -= 10_000 / months * (1 + assumed.capex_escalator_frac_per_year) ** year
        total += flow * factor / 2
    return total


@pytest.mark.parametrize("months", [6.0, 20.0, 49.5])
@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("terms", list(PowerTerms))
def test_the_closed_form_is_the_sum_over_months(months: float, bare: bool, terms: PowerTerms) -> None:
    assumed = ScreenAssumptions(power=terms, rent_escalator_frac_per_year=0.02, term_months=174)
    valuation = Valuation.of(assumed, [yearly_sums(TWO_PRICES, assumed)])
    closed = valuation.worth(one_place(not bare, 10_000.0 if bare else 0.0), np.array([months])).value_usd[0]
    assert closed == pytest.approx(by_months(assumed, TWO_PRICES, 2.0, months, bare), rel=2e-4)


def test_edges_of_the_two_factors() -> None:
    half = np.array([0.5])
    assert spread(half, half, 0.1, 0.0)[0] == pytest.approx(1.1**-0.5)
    assert spread(0 * half, half, 0.1, 0.1)[0] == pytest.approx(1)
    assert steps(half, 0 * half, 0.1, 0.0)[0] == 0
    # growth as fast as the discount: each of three years is worth the first
    assert steps(0 * half, np.array([3.0]), 0.1, 0.1)[0] == pytest.approx(3 * (1 - 1 / 1.1) / np.log(1.1))


def dearer(by: float) -> PlacePower:
    return PlacePower(TWO_PRICES.basis, "", TWO_PRICES.curve, by, 0.0, 0.0, 0.0, None, 0.0)


def test_what_lowers_the_value() -> None:
    standard = ScreenAssumptions()
    included = standard.model_copy(update={"power": PowerTerms.INCLUDED})
    assert value(included, dearer(50), 12, False) < value(included, dearer(0), 12, False)
    assert value(standard, dearer(50), 12, False) < value(standard, dearer(0), 12, False)
    fixed_rent = standard.model_copy(update={"rent_off_for_power_frac": 0.0})
    assert value(fixed_rent, dearer(50), 12, False) == value(fixed_rent, dearer(0), 12, False)
    waits = [value(standard, TWO_PRICES, months, False) for months in (18, 30, 48, 84)]
    assert waits == sorted(waits, reverse=True)
    by_hashprice = [
        value(standard.model_copy(update={"hashprice_usd_per_ph_day": usd}), TWO_PRICES, 12) for usd in (20, 32, 60)
    ]
    assert by_hashprice == sorted(by_hashprice, reverse=True)
    assert by_hashprice[0] > by_hashprice[-1]


def test_bundled_prices_rise_from_their_own_date() -> None:
    """Flat 30 USD/MWh of two years before the start, 10 % a year: 30 * 1.1^2.5 = 38.07 in the first year, of 50 earned.

    Mining earns 8,766 * (50 - 38.0712) = 104,569. Prices of the user's own are those of the start:
    8,766 * (50 - 30 * 1.1^0.5).
    The same prices with power in the rent: 8,766 / 1.6 * 38.0712 = 208,583 a gross MW.
    """
    assumed = SIMPLE.model_copy(update={"power_escalator_frac_per_year": 0.1, "power": PowerTerms.INCLUDED})
    flat = tuple((quarter, ((1.0, 30.0),)) for quarter in (1, 2, 3, 4))
    start = date(2027, 1, 1)
    old = PlacePower(EnergyBasis.HUB, "", flat, 0.0, 0.0, 0.0, 0.0, None, 0.0, price_date=start - timedelta(days=730.5))
    own = replace(old, price_date=None)
    assert assumed.start == start
    first = yearly_sums(old, assumed)
    assert first.mining_usd[0] == pytest.approx(104_569, abs=60)
    assert first.power_usd[0] == pytest.approx(208_583, abs=40)
    assert yearly_sums(own, assumed).mining_usd[0] == pytest.approx(8_766 * (50 - 30 * 1.1**0.5))


def test_mining_that_would_lose_money_is_no_loss() -> None:
    poor = SIMPLE.model_copy(update={"mining_fixed_usd_per_mw_year": 1e6})
    assert (yearly_sums(TWO_PRICES, poor).mining_usd == 0).all()


def test_the_margin_is_that_of_the_planner() -> None:
    """The same hours run, at the same prices, as `PriceCurve.best_use` lets machines of a case run."""
    hub = place_power({"hub": "ERCOT/HB_HUBAVG", "delivery_usd_per_mwh": 3.0, "loss_frac": 0.02}, {})
    assert hub is not None
    days = {1: 90.25, 2: 91.0, 3: 92.0, 4: 92.0}
    hours = [share * days[quarter] / 365.25 for quarter, bins in hub.curve for share, _ in bins]
    price = [usd * 1.02 + 3.0 for _, bins in hub.curve for _, usd in bins]
    worth = revenue_usd_per_mwh(24, 20)
    use = PriceCurve(np.array(hours), np.array(price)).best_use(worth)
    expected = 8_766 * (worth * use.run_frac - use.paid_usd_per_mwh)
    assert yearly_sums(hub, SIMPLE).mining_usd == pytest.approx([expected] * 3)
    assert 0 < use.run_frac < 1


def test_many_places_are_valued_as_one_at_a_time() -> None:
    sites = random_sites(60, seed=3)
    assumed = ScreenAssumptions(power=PowerTerms.INCLUDED)
    together = screen(candidates(sites), assumed).frame.set_index("site")
    for i in range(0, len(sites), 7):
        alone = screen(candidates(sites.iloc[[i]].reset_index(drop=True)), assumed).frame.set_index("site")
        name = alone.index[0]
        for column in alone.columns.drop(["rank", "geometry"]):
            one, many = alone.loc[name, column], together.loc[name, column]
            if isinstance(one, float):
                one = pytest.approx(one, rel=1e-12, nan_ok=True)
            assert many == one, column


def test_parts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    places = candidates(random_sites(50))
    whole = screen(places, ScreenAssumptions())
    told: list[tuple[int, int]] = []
    monkeypatch.setattr("planner.studies.screening.screen.PART", 20)
    parts = screen(places, ScreenAssumptions(), report=lambda done, count: told.append((done, count)))
    assert told == [(20, 50), (40, 50), (50, 50)]
    pd.testing.assert_frame_equal(whole.frame, parts.frame)
    assert whole.sources == parts.sources


def test_a_price_depends_on_nothing_else() -> None:
    """Every field that `place_power` reads is among those by which places are grouped."""

    class Noted(dict[str, object]):
        read: ClassVar[set[str]] = set()

        def get(self, name: str, default: object = None) -> object:
            self.read.add(name)
            return super().get(name, default)

    hub = Noted(hub="ERCOT/HB_HUBAVG", delivery_usd_per_mwh=3.0)
    retail = Noted(industrial_per_mwh=60.0, retail_currency="USD", has_lmp="yes", shape_hub="PJM/WESTERN_HUB")
    assert place_power(hub, {}) is not None
    place_power(Noted(industrial_per_mwh=60.0, retail_currency="USD"), {})
    assert Noted.read | set(retail) <= set(POWER_FIELDS)


def test_the_connection_takes_the_cheaper_way() -> None:
    """Near a line a new substation is built; with a substation next door only that is extended. Energised: fibre."""
    frame = gpd.GeoDataFrame(
        {
            "site": list("abcd"), "mw": [100.0] * 4, "energised": [False, False, False, True],
            "substation_km": [30.0, 30.0, 1.0, 1.0], "line_km": [None, 1.0, 1.0, 1.0], "fibre_km": [0.0, 0.0, 0.0, 5.0],
        },
        geometry=shapely.points([-97.5] * 4, [33.5] * 4), crs="EPSG:4326",
    )  # fmt: skip
    found = screen(candidates(frame), SIMPLE.model_copy(update={"horizon_years": 20})).frame.set_index("site")
    cost = found["connection_usd_per_mw"]
    assert cost["a"] > cost["b"] > cost["c"] > cost["d"] > 0
    line_usd = 779_772 * 1.3 * 1.2 * 1.45  # a straight km at 69 kV, detour, terrain, rise of costs
    places = candidates(frame)

    exact = connection_usd_per_mw(places, look_up(places.sites), places.mw, places.energised == 1)
    market = 150_000
    assert exact[0] == pytest.approx(market + (30 * line_usd + 1.1e6 * 1.6) / 100)
    assert exact[1] == pytest.approx(market + (line_usd + (5.7e6 + 4_260 * 100) * 1.6) / 100)
    assert exact[3] == pytest.approx(5 * 53_314 * 1.4 * 1.1 / 100)


def test_every_assumption_says_where_it_is_from() -> None:
    for name, field in ScreenAssumptions.model_fields.items():
        assert re.search(r"(Source|Assumption): ", field.description or ""), name
    assert {kind.value for kind in SiteCooling} == set(COOLINGS)

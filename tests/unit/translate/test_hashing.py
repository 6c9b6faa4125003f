"""The hashing margin of a period is the sum over its hours: read from a user's CSV, with every charge in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML
from scipy.optimize import linprog

from planner.case_file import load_case
from planner.schemas import Case
from planner.translate import case_timeline, translate
from planner.translate.hashing import stretches
from planner.translate.prices import Call, PriceCurve
from site_conversion.instance import Floats, Instance

SMALL = Path(__file__).parents[1] / "small.yaml"
EFFICIENCIES = (12.0, 17.5, 21.5, 29.5, 38.0)
LOSS_FRAC, DELIVERY, ESCALATOR, DEMAND = 0.03, 4.0, 0.02, 3.0
POOL, UPTIME, VARIABLE = 0.015, 0.96, 1.5


def hourly_prices(rng: np.random.Generator) -> Floats:
    """8,760 hours of a year: a daily and a yearly swing, three hundred negative hours, a hundred spikes."""
    hour = np.arange(8_760)
    prices = 32 + 9 * np.sin(hour * 2 * np.pi / 24) - 6 * np.cos(hour * 2 * np.pi / 8_760) + rng.normal(0, 7, 8_760)
    special = rng.permutation(8_760)
    prices[special[:300]] = -rng.uniform(0.5, 35, 300)
    prices[special[300:400]] = rng.uniform(300, 5_000, 100)
    return np.asarray(np.round(prices, 2), dtype=np.float64)


@dataclass(frozen=True)
class Hourly:
    """A case loaded with a CSV of hourly prices, the prices, and the quarter of each hour."""

    case: Case
    prices: Floats
    quarter: Floats


def loaded(folder: Path, price_column: str, *, market: dict[str, Any] | None = None, **power: object) -> Hourly:
    """Return the small case with hourly prices in the columns that gridstatus writes."""
    prices = hourly_prices(np.random.default_rng(11))
    first = datetime(2025, 1, 1)  # noqa: DTZ001 - local time, as the file has it
    times = [first + timedelta(hours=n) for n in range(8_760)]
    end = [moment + timedelta(hours=1) for moment in times]
    lines = [
        f"{a.isoformat(sep=' ')},{b.isoformat(sep=' ')},HB_NORTH,{usd}"
        for a, b, usd in zip(times, end, prices.tolist(), strict=True)
    ]
    header = f"Interval Start,Interval End,Location,{price_column}"
    (folder / "prices.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    yaml = YAML(typ="safe")
    data = yaml.load(SMALL.read_text(encoding="utf-8"))
    data["study"] = {
        "start": date(2027, 3, 1), "discount_rate_frac": 0.1,
        "grid": [{"months": 1, "count": 4}, {"months": 3, "count": 5}, {"months": 12, "count": 3}],
    }  # fmt: skip
    data["market"] = {
        "hashprice": {
            "forward_curve": [
                {"date": date(2027, 1, 1), "usd_per_ph_day": 46}, {"date": date(2031, 7, 1), "usd_per_ph_day": 19}
            ],
        },
        "power": {
            "hourly_csv": "prices.csv", "loss_frac": LOSS_FRAC, "delivery_usd_per_mwh": DELIVERY,
            "escalator_frac_per_year": ESCALATOR, "demand_charge_usd_per_kw_month": DEMAND, **power,
        },
        **(market or {}),
    }  # fmt: skip
    machine = {"count": 1_000, "power_w": 3_000, "cooling": "air"}
    data["fleet"] = {
        "classes": [
            {"id": f"a{n}", "name": f"A{n}", "hashrate_ths": 3_000 / joule, **machine}
            for n, joule in enumerate(EFFICIENCIES)
        ],
        "operations": {"pool_fee_frac": POOL, "uptime_frac": UPTIME, "variable_usd_per_mwh": VARIABLE},
    }
    with (folder / "case.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(data, file)
    quarter = np.array([(moment.month - 1) // 3 for moment in times], dtype=np.float64)
    return Hourly(load_case(folder / "case.yaml").case, prices, quarter)


def hour_by_hour(hourly: Hourly, margin: Callable[[float, Floats], float]) -> Floats:
    """Return MUSD per MW [class, period], demand charges left out, from the file's hours one by one.

    Every hour of a month's quarter weighs the same, and all together they last as long as the month. `margin` gives
    the mean over the hours from what a MWh is worth and their all-in prices.
    """
    time = case_timeline(hourly.case)
    total = np.zeros((len(EFFICIENCIES), time.periods))
    base = 2027 + 59 / 365
    for month, first in enumerate(time.month_starts[:-1]):
        p = int(time.month_column[month])
        if p == time.periods:
            break
        last = time.month_starts[month + 1]
        days = [first + timedelta(days=n) for n in range((last - first).days)]
        curve = [(date(2027, 1, 1), 46.0), (date(2031, 7, 1), 19.0)]
        slope = (curve[1][1] - curve[0][1]) / (curve[1][0] - curve[0][0]).days
        price = sum(max(19.0, 46 + slope * (day - curve[0][0]).days) for day in days) / len(days)
        year = 366 if first.year % 4 == 0 else 365
        middle = first.year + (first - date(first.year, 1, 1)).days / year + len(days) / year / 2
        level = (1 + ESCALATOR) ** (middle - base)
        hours = hourly.prices[hourly.quarter == (first.month - 1) // 3]
        all_in = (hours * (1 + LOSS_FRAC) + DELIVERY) * level
        for a, joule in enumerate(EFFICIENCIES):
            worth = price * 1000 / (24 * joule) * (1 - POOL) - VARIABLE
            total[a, p] += len(days) * 24 * UPTIME * margin(worth, all_in) / 1e6
    return total


def margin_of(case: Case, instance: Instance) -> Floats:
    """Return what a MW earns less energy and running cost, its demand charge added back [class, period]."""
    time = case_timeline(case)
    base = 2027 + 59 / 365
    starts = [first.year + (first - date(first.year, 1, 1)).days / (366 if first.year % 4 == 0 else 365)
              for first in time.month_starts]  # fmt: skip
    levels = [(1 + ESCALATOR) ** ((here + following) / 2 - base) for here, following in zip(starts, starts[1:])]  # noqa: B905, RUF007
    demand = np.zeros(time.periods)
    for column, level in zip(time.month_column.tolist(), levels, strict=True):
        if column < time.periods:
            demand[column] += DEMAND * 1000 * level / 1e6
    return (
        instance.hash_revenue_musd_per_mw - instance.hash_energy_musd_per_mw - instance.hash_opex_musd_per_mw
        + instance.response_musd_per_mw + demand
    )  # fmt: skip


@pytest.mark.parametrize("column", ["LMP", "SPP"])
def test_the_margin_is_the_sum_over_the_hours_of_a_users_file(tmp_path: Path, column: str) -> None:
    hourly = loaded(tmp_path, column)
    by_hour = hour_by_hour(hourly, lambda worth, prices: float(np.maximum(worth - prices, 0).mean()))
    found = margin_of(hourly.case, translate(hourly.case))
    assert (by_hour[0] > by_hour[-1]).all()
    assert (by_hour > 0).all()
    np.testing.assert_allclose(found, by_hour, rtol=1e-9)


def test_an_activation_payment_is_the_least_that_an_hour_earns(tmp_path: Path) -> None:
    programme = {"name": "Reserve", "usd_per_mwh_curtailed": 25}
    hourly = loaded(tmp_path, "SPP", market={"demand_response": [programme]})
    by_hour = hour_by_hour(hourly, lambda worth, prices: float(np.maximum(worth - prices, 25).mean()))
    np.testing.assert_allclose(margin_of(hourly.case, translate(hourly.case)), by_hour, rtol=1e-9)


def test_hours_off_for_the_peak_cost_the_average_hour_that_runs(tmp_path: Path) -> None:
    """Of 100 hours a year each month has its share by days; each costs the mean margin of the hours that run."""
    hourly = loaded(tmp_path, "SPP", coincident_peak={"usd_per_kw_year": 60, "avoided_hours_per_year": 100})
    without = loaded(tmp_path, "SPP")
    plain, thinned = (margin_of(entry.case, translate(entry.case)) for entry in (without, hourly))
    instance = translate(without.case)
    running_hours = instance.hash_run_frac * instance.hours / UPTIME
    first = range(4)  # periods of a month, in which one price holds
    lost_hours = 100 * instance.hours[first] / 8_760
    expected = plain[:, first] * (1 - lost_hours / running_hours[:, first])
    np.testing.assert_allclose(thinned[:, first], expected, rtol=1e-9)


def test_months_are_cut_where_a_programme_or_the_peak_charge_begins_or_ends(tmp_path: Path) -> None:
    peak = {"usd_per_kw_year": 60, "until": date(2027, 3, 11), "avoided_hours_per_year": 87.6}
    terms = {"name": "Reserve", "start": date(2027, 3, 11), "until": date(2027, 4, 1), "usd_per_mwh_curtailed": 9}
    case = loaded(tmp_path, "SPP", coincident_peak=peak, market={"demand_response": [terms]}).case
    first, second, third, *_ = stretches(case.market, case_timeline(case))
    assert [(entry.month, entry.days, entry.calls) for entry in (first, second, third)] == [
        (0, 10, ()), (0, 21, (Call(9, 1.0),)), (1, 30, ()),
    ]  # fmt: skip
    assert [entry.lost_frac for entry in (first, second, third)] == pytest.approx([0.01, 0, 0])


@pytest.mark.parametrize("seed", range(8))
def test_the_best_use_of_hours_with_limited_programmes_is_that_of_a_linear_programme(seed: int) -> None:
    """Each bin is run, paid by one of the programmes, or left; every programme has its share of the hours."""
    rng = np.random.default_rng(seed)
    bins, programmes = 12, 3
    hours = rng.dirichlet(np.ones(bins))
    prices, value = np.round(rng.normal(50, 40, bins), 1), 60.0
    calls = [Call(float(usd), float(share)) for usd, share in zip(rng.uniform(0, 70, 3), rng.uniform(0, 0.4, 3))]  # noqa: B905
    # variables: share run in each bin, then share paid by each programme in each bin
    gain = np.concatenate([value - prices, *(np.full(bins, call.usd_per_mwh) for call in calls)])
    whole = np.hstack([np.eye(bins)] * (1 + programmes))
    limited = np.hstack([np.zeros((programmes, bins)), np.kron(np.eye(programmes), np.ones(bins))])
    best = linprog(
        -gain, np.vstack([whole, limited]), np.concatenate([hours, [call.hours_frac for call in calls]]), method="highs"
    )
    use = PriceCurve(hours, prices).best_use(value, calls)
    assert value * use.run_frac - use.paid_usd_per_mwh + use.response_usd_per_mwh == pytest.approx(-best.fun, rel=1e-9)

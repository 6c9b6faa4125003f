"""Screen candidate places: what a standard conversion is worth at each of them, and why.

Places are looked up and valued in parts, so that memory and time grow no faster than their number; a place's
figures do not depend on the others, only its rank does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.geo import Confidence, Places
from planner.geo.sphere import Bools, Floats, Ints
from planner.places import OwnLayers, look_up
from planner.places.power import PlacePower, place_power
from planner.schemas.screen import ScreenAssumptions
from planner.schemas.site import QueueDelay
from planner.studies.screening.connection import connection_usd_per_mw
from planner.studies.screening.sites import Candidates
from planner.studies.screening.sources import Source, add_sources, sources
from planner.studies.screening.value import PlaceTerms, Valuation, Worth, YearlySums, yearly_sums
from planner.translate.grid import delay_months

PART = 5_000
"""Places that are looked up at once."""
P10, P90 = 0.1, 0.9

POWER_FIELDS = (
    "hub", "has_own_price", "shape_hub", "has_lmp", "industrial_per_mwh", "retail_currency", "delivery_usd_per_mwh",
    "loss_frac",
    "demand_charge_usd_per_kw_month", "coincident_peak_usd_per_kw_year", "coincident_peak_until",
    "demand_charge_after_usd_per_kw_month",
)  # fmt: skip
"""All that a price depends on: places that agree in these have one price."""

NAMES = ("country", "state", "county", "market", "hub", "metro")
FIGURES = (
    "design_temperature_c", "hours_below_18_c", "average_kg_per_mwh", "marginal_kg_per_mwh", "metro_km", "metro_ms",
)  # fmt: skip
"""Fields of a place that are shown beside its worth: texts and numbers."""

DELAYS = {True: "change_of_use", False: "large_load"}
"""Prefix of the delay of an energised site and of bare land."""

Report = Callable[[int, int], None]
"""Told how many places are done, and of how many."""


@dataclass(frozen=True, eq=False)
class Screening:
    """Screened places, best first; those with a problem last, in the order of the file, without a rank."""

    frame: gpd.GeoDataFrame
    """EPSG:4326. Present values in USD per gross MW before tax, delays in months, columns as in screen.csv."""
    assumed: ScreenAssumptions
    sources: tuple[Source, ...]


class _Prices:
    """Distinct power prices met so far, each integrated once."""

    def __init__(self, assumed: ScreenAssumptions, own: OwnLayers) -> None:
        self._assumed, self._own = assumed, own
        self._rows: dict[tuple[object, ...], int] = {}
        self.powers: list[PlacePower | None] = []
        self.sums: list[YearlySums] = []

    def of(self, values: pd.DataFrame) -> Ints:
        """Return the row of each place's price."""
        group = values.groupby(list(POWER_FIELDS), dropna=False, sort=False).ngroup().to_numpy()
        _, first, which = np.unique(group, return_index=True, return_inverse=True)
        distinct = values.iloc[first][list(POWER_FIELDS)].to_dict("records")
        rows = [self._row({str(name): value for name, value in record.items()}) for record in distinct]
        return np.array(rows, dtype=np.int64)[which]

    def _row(self, fields: dict[str, object]) -> int:
        key = tuple(None if pd.isna(value) else value for value in fields.values())  # type: ignore[call-overload]
        if key not in self._rows:
            power = place_power(dict(zip(fields, key, strict=True)), self._own.curves)
            self._rows[key] = len(self.sums)
            self.powers.append(power)
            nothing = np.zeros(self._assumed.horizon_years)
            self.sums.append(YearlySums(nothing, nothing) if power is None else yearly_sums(power, self._assumed))
        return self._rows[key]


def screen(
    places: Candidates, assumed: ScreenAssumptions, own: OwnLayers | None = None, report: Report | None = None
) -> Screening:
    """Return candidate places ranked by what the standard conversion is worth per gross MW.

    Raises:
        PlaceError: sites that cannot be looked up, or a layer that lacks a field.
        DatasetError: a bundled dataset is missing or damaged.
    """
    own = own or OwnLayers()
    prices = _Prices(assumed, own)
    told: dict[Source, int] = {}
    parts = []
    for first in range(0, len(places), PART):
        part = places.part(first, first + PART)
        parts.append(_screened(part, look_up(part.sites.reset_index(drop=True), own), prices, assumed, told))
        if report is not None:
            report(min(first + PART, len(places)), len(places))
    frame = pd.concat(parts, ignore_index=True)
    return Screening(_ranked(frame, places.sites), assumed, sources(told))


def _ranked(frame: pd.DataFrame, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return places best first with their rank and shape.

    Places worth the same to the dollar are told apart by latency, then by the order of the file.
    """
    is_ranked = (frame["problem"] == "").to_numpy()
    value = frame["value_usd_per_mw"].where(is_ranked, -np.inf).round()
    latency = frame["metro_ms"].where(is_ranked, 0.0)
    order = np.lexsort((latency.to_numpy(), -value.to_numpy(), ~is_ranked))
    ranked = frame.iloc[order].reset_index(drop=True)
    # places worth the same to the dollar share a rank; among them the nearest to a metro comes first
    worth = ranked["value_usd_per_mw"].round().where(ranked["problem"] == "")
    rank = worth.rank(method="min", ascending=False).astype("Int64")
    ranked.insert(0, "rank", rank)
    return gpd.GeoDataFrame(ranked, geometry=sites.geometry.array[order], crs=sites.crs)


def _screened(
    part: Candidates, found: Places, prices: _Prices, assumed: ScreenAssumptions, told: dict[Source, int]
) -> pd.DataFrame:
    """Return one part's places as rows, in the order of the file; notes the sources of their figures."""
    values = found.values
    is_energised = np.where(np.isnan(part.energised), assumed.energised, part.energised).astype(bool)
    mw = np.where(np.isnan(part.mw), assumed.mw, part.mw)
    used, price = np.unique(prices.of(values), return_inverse=True)
    powers = [prices.powers[row] for row in used]
    pue = _pue(values, assumed)
    ratio = pue * assumed.design_day_ratio
    delays = _delays(values, is_energised)
    connection = connection_usd_per_mw(part, found, mw, is_energised)
    terms = PlaceTerms(price, ratio, is_energised, connection)
    valuation = Valuation.of(assumed, [prices.sums[row] for row in used])
    wait = _quantile(delays, assumed.queue_quantile_frac)
    worth = valuation.worth(terms, wait)
    early, late = (valuation.worth(terms, _quantile(delays, at)).value_usd for at in (P10, P90))
    problem = _problems(values, powers, price, ratio, wait, worth, assumed)
    add_sources(told, found, is_energised, assumed.cooling)
    rows = pd.DataFrame({
        "site": part.sites["site"].to_numpy(), "lon": values["lon"], "lat": values["lat"], "mw": mw,
        "energised": is_energised, "value_usd_per_mw": worth.value_usd,
        "value_at_p10_delay_usd_per_mw": early, "value_at_p90_delay_usd_per_mw": late,
        "value_usd": worth.value_usd * mw,
        "months_to_power": wait, "months_to_power_p10": delays[:, 0], "months_to_power_p90": delays[:, 2],
        "months_to_service": worth.service_years * 12,
        **_money(worth), **_power(powers, price, assumed), "pue": pue, "gross_to_it": ratio,
        **{name: values[name].astype("str") for name in NAMES},
        "other_markets": _other_markets(found), "price_trust": _price_trust(found),
        **{name: values[name].to_numpy(dtype=np.float64) for name in FIGURES}, "problem": problem,
    })  # fmt: skip
    amounts = [name for name in rows.columns if "usd_per_mw" in name and not name.endswith("mwh")] + ["value_usd"]
    rows.loc[problem != "", amounts] = np.nan
    return rows


def _other_markets(found: Places) -> np.ndarray:
    """Return which other markets a place may be in, where layers disagree; empty text where they do not."""
    others = np.full(len(found.values), "", dtype=object)
    for place, said in found.found["market"].disagreeing.items():
        others[place] = ", ".join(dict.fromkeys(str(saying.value) for saying in said))
    return others


def _price_trust(found: Places) -> np.ndarray:
    """Return how far the power price of each place may be trusted, in words."""
    hub = found.values["hub"].notna().to_numpy()
    trust = np.where(hub, found.found["hub"].confidence, found.found["retail price"].confidence)
    words = np.array([level.word for level in Confidence], dtype=object)
    return np.asarray(words[trust], dtype=object)


def _money(worth: Worth) -> dict[str, Floats]:
    names = ("rent", "opex", "power", "capex", "connection", "mining")
    return {f"{name}_usd_per_mw": getattr(worth, f"{name}_usd") for name in names}


def _power(powers: list[PlacePower | None], price: Ints, assumed: ScreenAssumptions) -> dict[str, np.ndarray]:
    """Return mean energy, all-in and miner's price of each place, and how it was found."""
    numbers = [
        (np.nan,) * 4 if item is None else (
            item.energy_usd_per_mwh, item.all_in_usd_per_mwh(assumed.start),
            item.without_dearest_usd_per_mwh(assumed.start), item.demand_charge_from(assumed.start),
        )
        for item in powers
    ]  # fmt: skip
    names = (
        "energy_usd_per_mwh", "all_in_usd_per_mwh", "without_dearest_hours_usd_per_mwh",
        "demand_charge_usd_per_kw_month",
    )  # fmt: skip
    table = np.array(numbers, dtype=np.float64).reshape(-1, len(names))
    words = np.array([str(item.basis) if item else "" for item in powers], dtype=object)
    return {**{name: table[price, i] for i, name in enumerate(names)}, "power_basis": words[price]}


def _pue(values: pd.DataFrame, assumed: ScreenAssumptions) -> Floats:
    """Return the middle of the PUE range of the chosen cooling: the range is one of equipment, not of seasons."""
    ends = [values[f"pue_{assumed.cooling}_{end}"].to_numpy(dtype=np.float64) for end in ("p5", "p95")]
    return np.asarray((ends[0] + ends[1]) / 2, dtype=np.float64)


def _delays(values: pd.DataFrame, is_energised: Bools) -> Floats:
    """Return months to power at p10, p50, p90 [places, 3]: change of use, or the queue of large loads."""
    ends = ("p10", "p50", "p90")
    use, load = (
        values[[f"{DELAYS[kind]}_{end}_months" for end in ends]].to_numpy(dtype=np.float64) for kind in (True, False)
    )
    return np.where(is_energised[:, None], use, load)


def _quantile(delays: Floats, frac: float) -> Floats:
    """Return a quantile of each place's delay; each distinct delay is worked out once."""
    distinct, which = np.unique(delays, axis=0, return_inverse=True)
    months = [_delay(low, middle, high, frac) for low, middle, high in distinct.tolist()]
    return np.array(months, dtype=np.float64)[which.ravel()]


def _delay(low: float, middle: float, high: float, frac: float) -> float:
    if not np.isfinite([low, middle, high]).all():
        return float("nan")
    # without checks: delays of the user's own layers may be longer than a case allows
    queue = QueueDelay.model_construct(p10_months=low, p50_months=middle, p90_months=high)
    return delay_months(queue, frac)


def _problems(
    values: pd.DataFrame, powers: list[PlacePower | None], price: Ints, ratio: Floats, wait: Floats, worth: Worth,
    assumed: ScreenAssumptions,
) -> np.ndarray:  # fmt: skip
    """Say for each place why it has no rank; empty text where it has one. The first reason counts."""
    has_price = np.array([power is not None for power in powers], dtype=bool)[price]
    late = f"in service only after the horizon of {assumed.horizon_years} years"
    reasons: Iterable[tuple[Bools, str]] = (
        (~has_price, "no power price is known here; give hourly prices or a retail price as an own layer"),
        (np.isnan(ratio), f"no PUE is known here for {assumed.cooling}"),
        (np.isnan(wait), "no delay is known here; give one as an own layer"),
        (np.isnan(worth.connection_usd), "no cost of a connection is known here; give one as an own layer"),
        (worth.service_years >= assumed.horizon_years, late),
    )
    problem = values["problem"].to_numpy(dtype=object).copy()
    for is_so, words in reasons:
        problem[is_so & (problem == "")] = words
    return problem

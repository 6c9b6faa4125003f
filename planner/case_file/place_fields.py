"""Fields of a case that a place fills: power price, climate, delays, line lengths, emissions; each with its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast

from planner import data
from planner.case_file.completion import CaseFields, Completion, Fields, records
from planner.files.problems import CasePath

if TYPE_CHECKING:
    from planner.geo import Evidence
    from planner.places import Dossier

PLACE = ("site", "location")
"""Path of the field that asks for all of this."""

CHARGES = ("delivery_usd_per_mwh", "loss_frac")

CONTEXT = {
    "country": "country", "state": "state_name", "county": "county", "market": "market", "utility": "utility",
    "metro": "metro", "known site": "known_site", "substation": "substation", "line": "line", "fibre": "fibre",
}  # fmt: skip
"""Chains that fill no field, and the value shown for them."""


@dataclass
class Filling:
    """A case that is being filled from one place."""

    done: Completion
    dossier: Dossier
    told: list[Fields]
    lacking: dict[str, str] = field(default_factory=dict)
    """What the place cannot give and the case leaves to it -> what to type instead."""

    def put(self, record: Fields, path: CasePath, name: str, value: object) -> bool:
        """Fill a field unless it is typed; tell whether it was filled."""
        if name in record:
            return False
        record[name] = value
        self.done.sources[(*path, name)] = PLACE
        return True

    def tell(self, field: str, value: str, chain: str, *, is_filled: bool) -> None:
        """List a value with its origin."""
        found = next((item for item in self.dossier.evidence if item.chain == chain), None)
        self.told.append({"field": field, "value": value, "is_filled": is_filled, **_origin(found)})


def fill(case: CaseFields, site: Fields, filling: Filling) -> None:
    """Fill everything that the case leaves to its place, and list it with what is only good to know."""
    for chain, name in CONTEXT.items():
        value = filling.dossier.values.get(name)
        if value is not None:
            words = _metro(filling.dossier.values) if chain == "metro" else str(value)
            filling.tell(chain, words, chain, is_filled=False)
    _fill_power(case, filling)
    _fill_climate(site, filling)
    _fill_queues(site, filling)
    _fill_connections(site, filling)
    _fill_emissions(site, filling)
    _fill_latency(case, site, filling)
    for name in PLACE_DATASETS:
        filling.done.used(name)


PLACE_DATASETS = (
    "canada_provinces", "climate_stations", "cooling_efficiency", "countries", "county_markets", "currencies",
    "emissions", "market_regions", "metros", "mining_sites", "place_queues", "price_duration", "price_hubs",
    "retail_prices", "tariffs", "us_boundaries", "world_boundaries",
)  # fmt: skip
"""Datasets that a look-up reads, noted with their hashes."""

LINE_ENDS = ("substation", "line")
"""Chains of own layers at whose nearest feature a new line may begin."""


def _metro(values: Mapping[str, object]) -> str:
    return f"{values['metro']}, {values['metro_km']:.0f} km, {values['metro_ms']:.1f} ms there and back"


def _fill_power(case: CaseFields, filling: Filling) -> None:
    """Fill the price curve and, where it is not the user's own, the charges on top of it."""
    from planner.places.power import EnergyBasis

    market = case.get("market")
    if not isinstance(market, dict):
        return
    power = market.setdefault("power", {})
    if not isinstance(power, dict) or "curve" in power or "hourly_csv" in power:
        return
    found, path = filling.dossier.power, ("market", "power")
    if found is None:
        if "hub" not in power:
            filling.lacking["power prices"] = "hub, hourly_csv or curve"
        return
    if "hub" not in power:
        bins = [
            {"quarter": quarter, "bins": [{"hours_frac": share, "usd_per_mwh": price} for share, price in bins]}
            for quarter, bins in found.curve
        ]
        filling.put(power, path, "curve", bins)
        if found.price_date is not None:
            filling.put(power, path, "base_date", found.price_date)
        chain = "hub" if filling.dossier.values.get("hub") else "retail price"
        words = f"{found.energy_usd_per_mwh:.1f} USD/MWh on average: {found.words}"
        filling.tell("market.power.curve", words, chain, is_filled=True)
        if found.basis is EnergyBasis.SHAPED_RETAIL:
            filling.told[-1] |= {"note": "the hourly shape is borrowed from another market"}
    # what is not energy in a retail price is its rest; a hub that is typed has the market's own delivery instead
    by_market = "hub" in power or found.basis is EnergyBasis.HUB
    for name in CHARGES:
        amount = filling.dossier.values.get(name) if by_market else getattr(found, name)
        if amount and filling.put(power, path, name, amount):
            chain = "delivery" if by_market else "retail price"
            filling.tell(f"market.power.{name}", f"{amount:g}", chain, is_filled=True)
    _fill_demand_charge(_start(case), power, filling)
    _fill_coincident_peak(_start(case), power, filling)


def _start(case: CaseFields) -> date:
    """Return the study's start; a case without one is refused anyway."""
    study = case.get("study")
    start = study.get("start") if isinstance(study, dict) else None
    if isinstance(start, str):
        try:
            return date.fromisoformat(start)
        except ValueError:
            return date.max
    return start if isinstance(start, date) else date.max


def _fill_demand_charge(start: date, power: Fields, filling: Filling) -> None:
    found = filling.dossier.power
    name = "demand_charge_usd_per_kw_month"
    amount = 0.0 if found is None else found.demand_charge_from(start)
    if not amount or not filling.put(power, ("market", "power"), name, amount):
        return
    if found is not None and amount > found.demand_charge_usd_per_kw_month:
        words = f"{amount:.2f}, in place of the coincident-peak charge that ended {found.coincident_peak_until}"
        filling.tell(f"market.power.{name}", words, "demand charge after the peak charge", is_filled=True)
    else:
        filling.tell(f"market.power.{name}", f"{amount:.2f}", "demand charge", is_filled=True)


def _fill_coincident_peak(start: date, power: Fields, filling: Filling) -> None:
    found = filling.dossier.power
    if found is None or not found.coincident_peak_usd_per_kw_year:
        return
    until = found.coincident_peak_until
    if until is not None and until <= start:
        return
    peak: Fields = {"usd_per_kw_year": found.coincident_peak_usd_per_kw_year}
    if found.coincident_peak_until is not None:
        peak["until"] = found.coincident_peak_until
        peak["after_usd_per_kw_month"] = found.demand_charge_after_usd_per_kw_month
    if filling.put(power, ("market", "power"), "coincident_peak", peak):
        ends = f" until {until}" if until else ""
        words = f"{found.coincident_peak_usd_per_kw_year:g} USD/kW-year{ends}"
        filling.tell("market.power.coincident_peak", words, "coincident peak", is_filled=True)


def _fill_climate(site: Fields, filling: Filling) -> None:
    values = filling.dossier.values
    station = values.get("station_id")
    if not isinstance(station, str):
        if "climate" not in site:
            filling.lacking["the climate"] = "climate"
        return
    words = f"{values['station']}: design {values['design_temperature_c']:.1f} degC, mean {values['mean_c']:.1f}" + (
        f", zone {values['climate_zone']}" if values.get("climate_zone") else ""
    )
    record = {"catalogue": station, **data.entry("climate", station)}
    if filling.put(site, ("site",), "climate", record):
        filling.done.used("climate")
        filling.tell("site.climate", words, "climate", is_filled=True)
    for kind in ("air_economiser_adiabatic", "waterside_economiser", "air_chiller"):
        low, high = values.get(f"pue_{kind}_p5"), values.get(f"pue_{kind}_p95")
        if low is not None:
            label = f"published PUE, {kind.replace('_', ' ')}"
            filling.tell(label, f"{low:.2f} to {high:.2f}", f"PUE {kind}", is_filled=False)


def _fill_queues(site: Fields, filling: Filling) -> None:
    upgrades = site.get("upgrades")
    asked: list[tuple[CasePath, object, str, str]] = [
        (("site", "change_of_use"), site.get("change_of_use"), "change of use", "change_of_use")
    ]
    for i, upgrade in enumerate(upgrades if isinstance(upgrades, list) else []):
        asked.append((("site", "upgrades", i), upgrade, "large load queue", "large_load"))
    for path, record, chain, prefix in asked:
        if not isinstance(record, dict):
            continue
        months = {f"{q}_months": filling.dossier.values.get(f"{prefix}_{q}_months") for q in ("p10", "p50", "p90")}
        if any(value is None for value in months.values()):
            continue
        if filling.put(cast(Fields, record), path, "queue", months):
            name = str(record.get("id", "change of use"))
            p10, p50, p90 = months.values()
            words = f"{p50:.0f} months, {p10:.0f} to {p90:.0f} (p10 to p90)"
            filling.tell(f"queue of {name}", words, chain, is_filled=True)
            before = [item.unwidened_months for item in filling.dossier.widened if item.chain == chain]
            for low, high in before:
                note = f"layers disagree on the market: widened from {low:.0f} to {high:.0f} months"
                filling.told[-1] |= {"note": note}


def _fill_connections(site: Fields, filling: Filling) -> None:
    """Fill how far a line goes from an own layer of substations or lines: to the nearest feature of either."""
    reached = [item for item in filling.dossier.evidence if item.chain in LINE_ENDS and item.distance_km is not None]
    if not reached:
        return
    nearest = min(reached, key=lambda item: item.distance_km or 0.0)
    for path, record in records({"site": site}, "site.upgrades[*].connection"):
        if "usd" not in record and filling.put(record, path, "line_km", nearest.distance_km):
            upgrade = cast("list[Fields]", site["upgrades"])[int(path[2])]
            words = f"{nearest.distance_km:.1f} km to {nearest.value}"
            filling.tell(f"line of {upgrade.get('id', '')}", words, nearest.chain, is_filled=True)


def _fill_emissions(site: Fields, filling: Filling) -> None:
    values = filling.dossier.values
    average, marginal = values.get("average_kg_per_mwh"), values.get("marginal_kg_per_mwh")
    if average is None:
        return
    record = {"average_kg_per_mwh": average, **({} if marginal is None else {"marginal_kg_per_mwh": marginal})}
    if filling.put(site, ("site",), "emissions", record):
        filling.tell("site.emissions", f"{average:.0f} kg CO2/MWh on average", "average carbon", is_filled=True)
        if marginal is not None:
            filling.tell(
                "site.emissions", f"{marginal:.0f} kg CO2/MWh at the margin", "marginal carbon", is_filled=True
            )


def _fill_latency(case: CaseFields, site: Fields, filling: Filling) -> None:
    """Fill the round trip to the metros that tenants ask for, and to the nearest one."""
    from planner.places.distances import metro_latency_ms

    asked = [limit.get("metro") for _, limit in records(case, "contracts[*].latency")]
    if not asked:
        return
    known = site.get("latency_ms", {})
    latency = metro_latency_ms(filling.dossier.lon, filling.dossier.lat)
    if not isinstance(known, dict):
        return
    # a latency that is typed says which metro is nearest; what it leaves out is filled beside it
    nearest = [min(latency, key=lambda name: latency[name])] if not known else []
    wanted = [name for name in dict.fromkeys([*asked, *nearest]) if name in latency and name not in known]
    for name in wanted:
        filling.tell(f"site.latency_ms.{name}", f"{latency[str(name)]:.1f} ms there and back", "metro", is_filled=True)
    if wanted:
        site["latency_ms"] = {**known, **{name: latency[str(name)] for name in wanted}}
        filling.done.sources[("site", "latency_ms")] = PLACE
        filling.done.used("metros")


def _origin(found: Evidence | None) -> Fields:
    if found is None:
        return {}
    far = f", {found.distance_km:,.0f} km" if found.distance_km else ""
    note = f"layers disagree: {found.others}" if found.others else found.note
    return {
        "link": f"{found.link}{far}", "trust": found.confidence.word, "source_title": found.source_title,
        "source_url": found.source_url, "as_of": found.as_of, "note": note,
    }  # fmt: skip

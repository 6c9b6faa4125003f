"""The dossier of a place in words: sections of facts, each with how and where it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from planner.geo import Evidence
from planner.places import Dossier
from planner.places.bundled import COOLINGS, QUEUES, queue_fields, water_fields
from planner.places.distances import fibre_cost
from planner.places.power import PlacePower

LEAST_WIDTH = 60
WIDE = 110
"""From this width on, each part of a fact's origin has its own column."""

FIXED = {"trust": 6, "as of": 10}
"""Widths of columns whose words are best not broken."""

DELAYS = {"large load queue": "new or larger load", "change of use": "change of use"}
"""Chain of a delay and its name for people."""
UNKNOWN = "not known"


@dataclass(frozen=True)
class Fact:
    """One line of a dossier."""

    name: str
    value: str
    found: str = ""
    """Link of the chain and distance."""
    confidence: str = ""
    source: str = ""
    as_of: str = ""


@dataclass(frozen=True)
class Section:
    """Facts that belong together."""

    title: str
    facts: tuple[Fact, ...]


def sections(dossier: Dossier) -> tuple[Section, ...]:
    """Return the facts of a place by subject; what has no value has no fact."""
    by_chain = {item.chain: item for item in reversed(dossier.evidence)}
    values = dossier.values
    return (
        Section("Where", _where(values, by_chain)),
        Section("Power price", _power(dossier.power, values, by_chain)),
        Section("Grid", _grid(values, by_chain)),
        Section("Cooling", _cooling(values, by_chain)),
        Section("Carbon", _carbon(values, by_chain)),
        Section("Reach", _reach(values, by_chain)),
    )


def disagreements(dossier: Dossier) -> tuple[str, ...]:
    """Return a sentence for each subject on which layers disagree, and what follows from it."""
    told, seen = [], set()
    for item in dossier.evidence:
        if item.others and item.chain not in seen:
            seen.add(item.chain)
            does = _what_it_does(dossier, str(item.value)) if item.chain == "market" else ""
            told.append(f"{item.chain}: {item.value} by {item.layer}, but {item.others}. {item.value} is used.{does}")
    return tuple(told)


def place_text(dossiers: Sequence[Dossier], *, width: int = WIDE, color: bool = False) -> str:
    """Return dossiers as text of the given width, one below the other."""
    out = StringIO()
    console = Console(
        file=out, width=max(width, LEAST_WIDTH), force_terminal=color, no_color=not color, highlight=False
    )
    for dossier in dossiers:
        console.print(f"\n[bold]{escape(dossier.site)}[/bold]: lon {dossier.lon:.4f}, lat {dossier.lat:.4f}")
        for section in sections(dossier):
            if section.facts:
                console.print(_table(section, is_wide=console.width >= WIDE))
        doubts = disagreements(dossier)
        if doubts:
            console.print("[bold]Layers disagree[/bold]")
            for sentence in doubts:
                console.print(Padding(escape(sentence), (0, 0, 0, 2)))
    return out.getvalue()


def _table(section: Section, *, is_wide: bool) -> Table:
    table = Table(
        title=section.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, expand=True
    )
    columns: tuple[tuple[str, int | None], ...] = (
        ("fact", 20), ("value", 34), ("found by", 19), ("trust", None), ("source", 24), ("as of", None),
    )  # fmt: skip
    if not is_wide:
        columns = (("fact", 17), ("value", 26), ("found by, trust", 16), ("source, as of", 19))
    for name, ratio in columns:
        table.add_column(name, ratio=ratio, width=FIXED.get(name), overflow="fold")
    above = ("", "")
    for fact in section.facts:
        origin = (fact.source, fact.as_of)
        source, as_of = ("as above", "") if origin == above and fact.source else origin
        cells = [fact.name, fact.value, fact.found, fact.confidence, source, as_of]
        if not is_wide:
            cells = [fact.name, fact.value, _joined(fact.found, fact.confidence), _joined(source, as_of)]
        table.add_row(*map(escape, cells))
        above = origin
    return table


def _joined(*texts: str) -> str:
    return ", ".join(text for text in texts if text)


Values = Mapping[str, object]
ByChain = Mapping[str, Evidence]


def _fact(name: str, value: str, item: Evidence | None) -> tuple[Fact, ...]:
    """Return a fact with the origin of a chain's value; nothing where the chain found nothing."""
    if item is None:
        return ()
    far = "" if not item.distance_km else f", {_km(item.distance_km)}"
    source = item.source_title or item.layer
    return (Fact(name, value, f"{item.link}{far}", item.confidence.word, source, item.as_of),)


def _number(value: object, form: str) -> str:
    """Return a number as text, in words where it is not known."""
    return format(value, form) if isinstance(value, int | float) else UNKNOWN


def _range(values: Values, low: str, high: str, form: str) -> str:
    return f"{_number(values.get(low), form)} to {_number(values.get(high), form)}"


def _km(km: float) -> str:
    return f"{km:,.1f} km" if km < 10 else f"{km:,.0f} km"


def _where(values: Values, by_chain: ByChain) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = ()
    for name, field in (("country", "country"), ("state", "state_name"), ("county", "county"), ("utility", "utility")):
        facts += _fact(name, str(values.get(field) or UNKNOWN), by_chain.get(name))
    market, called = values.get("market"), values.get("market_name")
    facts += _fact("market", f"{market}, {called}" if called else str(market), by_chain.get("market"))
    mw = values.get("known_site_mw")
    size = "MW not published" if mw is None else f"{_number(mw, ',.0f')} MW gross"
    return facts + _fact("known site nearby", f"{values.get('known_site')}, {size}", by_chain.get("known site"))


def _power(power: PlacePower | None, values: Values, by_chain: ByChain) -> tuple[Fact, ...]:
    if power is None:
        return (Fact("energy", "nothing is known of prices here; give hourly prices or a retail price of your own"),)
    origin = by_chain.get("hub") if values.get("hub") else by_chain.get("retail price")
    facts = _fact("energy, mean", f"{power.energy_usd_per_mwh:.1f} USD/MWh: {power.words}", origin)
    all_in, off = power.all_in_usd_per_mwh(), power.without_dearest_usd_per_mwh()
    facts += _fact("all in, flat load", f"{all_in:.1f} USD/MWh", origin)
    if off < all_in - 0.05:
        until = power.coincident_peak_until
        later = f"; {power.without_dearest_usd_per_mwh(until):.1f} from {until.isoformat()} on" if until else ""
        words = f"{off:.1f} USD/MWh, what a miner can reach and a firm load cannot{later}"
        facts += _fact("off in the dearest 5 % of hours", words, origin)
    facts += _fact("dearest hour", str(values.get("dearest_hours")), by_chain.get("dearest hours"))
    if power.delivery_usd_per_mwh or power.loss_frac:
        words = f"{power.delivery_usd_per_mwh:.1f} USD/MWh, {power.loss_frac:.1%}"
        # what is not energy in a retail price is its rest, and no delivery of its own
        facts += _fact("delivery, losses", words, by_chain.get("delivery") if values.get("hub") else origin)
    if power.demand_charge_usd_per_kw_month:
        words = f"{power.demand_charge_usd_per_kw_month:.2f} USD/kW-month"
        facts += _fact("demand charge", words, by_chain.get("demand charge"))
    facts += _coincident_peak(power, by_chain)
    words = f"{values.get('tariff_schedule')}: {values.get('tariff_words')}"
    facts += _fact("large-load tariff", words, by_chain.get("large-load tariff"))
    income = _number(values.get("response_usd_per_mw_year"), ",.0f")
    words = f"{income} USD/MW-year: {values.get('response_programme')}"
    return facts + _fact("demand response", words, by_chain.get("demand response"))


def _coincident_peak(power: PlacePower, by_chain: ByChain) -> tuple[Fact, ...]:
    if not power.coincident_peak_usd_per_kw_year:
        return ()
    until = power.coincident_peak_until
    ends = "" if until is None else f" until {until.isoformat()}"
    after = power.demand_charge_after_usd_per_kw_month
    then = f", then {after:.2f} USD/kW-month" if until is not None and after else ""
    words = f"{power.coincident_peak_usd_per_kw_year:.0f} USD/kW-year{ends}{then}"
    return _fact("coincident peak", words, by_chain.get("coincident peak"))


def _grid(values: Values, by_chain: ByChain) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = ()
    for chain, prefix in QUEUES.items():
        low, middle, high = queue_fields(prefix)
        words = f"{_number(values.get(middle), '.0f')} months, {_range(values, low, high, '.0f')} (p10 to p90)"
        facts += _fact(f"wait, {DELAYS[chain]}", words, by_chain.get(chain))
    span = _range(values, "usd_per_kw_low", "usd_per_kw_high", ",.0f")
    cost = f"{_number(values.get('usd_per_kw'), ',.0f')} USD/kW, {span}"
    return facts + _fact("connection, paid by generation", cost, by_chain.get("interconnection cost"))


def _cooling(values: Values, by_chain: ByChain) -> tuple[Fact, ...]:
    station = by_chain.get("climate")
    zone = f", zone {values['climate_zone']}" if values.get("climate_zone") else ""
    design = f"{_number(values.get('design_temperature_c'), '.1f')} degC at {values.get('station')}{zone}"
    facts = _fact("design temperature", design, station)
    mean = f"{_number(values.get('mean_c'), '.1f')} degC, wet bulb {_number(values.get('mean_wet_bulb_c'), '.1f')}"
    facts += _fact("mean temperature", mean, station)
    for degrees in (18, 27):
        hours = values.get(f"hours_below_{degrees}_c")
        facts += _fact(f"at most {degrees} degC", f"{_number(hours, ',.0f')} of 8,760 hours", station)
    for kind in COOLINGS:
        words = _range(values, f"pue_{kind}_p5", f"pue_{kind}_p95", ".2f")
        if f"water {kind}" in by_chain:
            low, high = water_fields(kind)
            words += f"; water {_range(values, low, high, '.1f')} m3/MWh"
        facts += _fact(f"PUE, {kind.replace('_', ' ')}", words, by_chain.get(f"PUE {kind}"))
    return facts


def _carbon(values: Values, by_chain: ByChain) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = ()
    for name, field in (("average", "average_kg_per_mwh"), ("marginal", "marginal_kg_per_mwh")):
        words = f"{_number(values.get(field), '.0f')} kg CO2/MWh"
        facts += _fact(name, words, by_chain.get(f"{name} carbon"))
    return facts


def _reach(values: Values, by_chain: ByChain) -> tuple[Fact, ...]:
    metro = f"{values.get('metro')}, {_number(values.get('metro_ms'), '.1f')} ms there and back in fibre"
    facts = _fact("nearest metro", metro, by_chain.get("metro"))
    for chain in ("substation", "line", "fibre"):
        item = by_chain.get(chain)
        if item is not None:
            facts += _fact(f"nearest {chain}", f"{item.value}{_laying(item)}", item)
    return facts


def _laying(item: Evidence) -> str:
    if item.chain != "fibre" or not item.distance_km:
        return ""
    return f", about {fibre_cost(item.distance_km).usd / 1e6:,.1f} MUSD to reach by buried fibre"


def _what_it_does(dossier: Dossier, market: str) -> str:
    if not dossier.widened:
        return " No delay changes by it."
    spans = []
    for delay in dossier.widened:
        (low, high), (before_low, before_high) = delay.months, delay.unwidened_months
        spans.append(
            f"{DELAYS[delay.chain]} {low:.0f} to {high:.0f} months instead of {before_low:.0f} to {before_high:.0f}"
        )
    widened = f" The delays are widened over all of them: {', '.join(spans)}."
    return f"{widened} What else hangs on the market is that of {market}."

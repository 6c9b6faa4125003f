"""Small but complete random cases, drawn by Hypothesis: reproducible, and shrinking to the plainest that fails.

Sizes and prices are those of real sites, on coarse steps, so that a failing case stays readable. Every case
passes the checks that a case file has to pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from hypothesis import note
from hypothesis import strategies as st

from planner.case_file.checks import reference_problems
from planner.case_file.sizes import with_sizes
from planner.schemas import Case
from planner.translate.calendar import add_months
from tests.invariants.tape import Tape
from tests.invariants.terms import LATENCY_MS, add_terms

Entry = dict[str, Any]
"""One record of a case file, as a user types it."""


@dataclass(frozen=True)
class Need:
    """What a test needs of its cases; what is left out is drawn."""

    halls: int | None = None
    offers: tuple[int, int] = (0, 4)
    """Fewest and most offers."""
    upgrades: tuple[int, int] = (0, 2)
    must_deliver: bool = True
    """Whether signed contracts without a termination fee may occur, and with them cases that have no plan."""
    fee: bool = True
    """Whether signed contracts with a termination fee may occur."""
    budget: bool | None = None
    loan: bool | None = None
    greenfield: bool = False
    """Whether the same offers are planned on bare land too."""
    """Whether there is a loan; where it is drawn, one case in three has one."""
    water_limit: bool | None = None
    substation: bool | None = None
    crews: bool | None = None
    """Whether crews limit what is built at once; where it is drawn, in one case of three."""
    change_of_use: bool | None = None
    minimum_take: bool | None = None
    coincident_peak: bool | None = None
    classes: tuple[int, int] = (0, 2)
    """Fewest and most ASIC classes."""
    other_machines: bool | None = None
    """Other places for machines, hosting, GPU rigs."""
    losses_offset_all: bool = False
    """Earlier losses offset the whole of later income."""
    costs_grow_fast: bool = False
    """Capital costs grow faster than the discount rate, so that building early may pay."""
    scarce_power: bool = False
    """Firm MW for a small part of the halls only, and upgrades that add firm MW."""
    scarce_hall: Literal["floor", "power"] | None = None
    """What halls have too little of for many offers."""
    difference: Literal["everything", "mining", "designs"] | None = None
    """What the two kinds of halls differ in."""
    late: bool = False
    """Offers are to begin before most halls can be ready, and may begin later."""
    supplies: tuple[int, int] = (0, 2)
    """Fewest and most kinds of on-site supply."""
    carbon: bool | None = None
    """Whether carbon costs something or is capped."""
    spend_at_request: bool = False
    """The whole cost of an upgrade is its deposit."""


TAPE_BYTES = 912


def cases(need: Need | None = None) -> st.SearchStrategy[Case]:
    """Return whole cases; a failing test prints its case as JSON."""
    wanted = need or Need()

    def build(content: bytes) -> Case:
        case = build_case(Tape(content), wanted)
        note(case.model_dump_json(exclude_defaults=True))
        return case

    return st.binary(min_size=TAPE_BYTES, max_size=TAPE_BYTES).map(build)


def build_case(tape: Tape, need: Need) -> Case:
    """Return the case that is written on a tape."""
    head = tape.part(8)
    start = head.one_of(date(2027, 1, 1), date(2027, 4, 1), date(2027, 11, 1))
    grid = [{"months": 3, "count": head.count(4, 6)}, {"months": 12, "count": head.count(2, 4)}]
    months = sum(block["months"] * block["count"] for block in grid)
    market = _market(tape.part(64), need, start)
    designs = _designs(tape.part(32))
    site = _site(tape.part(128), need, start, months, designs)
    fields: Entry = {
        "schema_version": 1,
        "name": "Random site",
        "study": {
            "start": start,
            "grid": grid,
            "discount_rate_frac": head.steps(7, 14, 0.01),
            "queue_quantile_frac": head.one_of(0.5, 0.8, 0.2),
        },
        "market": market,
        "site": site,
        "fleet": _fleet(tape.part(48), need, start, site),
        "cooling_modules": _modules(tape.part(24)),
        "designs": designs,
        "gpu_systems": _gpu_systems(tape.part(16)),
        "contracts": _contracts(tape.part(128), need, start, months, designs),
        "finance": _finance(tape.part(24), need, start),
        "carbon": _carbon(tape.part(16), need, start),
    }
    fields["fleet"] |= _other_machines(tape.part(96), need, start, site)
    site["supplies"] = _supplies(tape.part(48), need, start)
    add_terms(fields["contracts"], tape.part(120), start)
    fields["carbon"] |= {"renewable_frac": 0.3, "certificate_usd_per_mwh": head.one_of(3.0, 3.0, 3.0, None)}
    fields["finance"] |= _lending(tape.part(24), need, start, months)
    if need.greenfield:
        designs[0]["use"] = "both"
        fields["greenfield"] = _bare_land(tape.part(8))
    site["crews"] = _crews(tape.part(16), need, start)
    case = Case.model_validate(fields)
    assert not reference_problems(case)
    sized = with_sizes(case)
    assert not reference_problems(sized)
    return sized


# --- market -----------------------------------------------------------------------------------------------

SHARES: tuple[tuple[float, ...], ...] = ((1.0,), (0.9, 0.1), (0.1, 0.8, 0.1))
"""Shares of a quarter's hours in the bins of its price curve."""


def _market(tape: Tape, need: Need, start: date) -> Entry:
    market: Entry = {"hashprice": _hashprice(tape, start), "power": _power(tape, start)}
    if tape.flag(need.coincident_peak):
        market["power"]["coincident_peak"] = {
            "usd_per_kw_year": tape.steps(1, 8, 15.0),
            "until": tape.one_of(None, add_months(start, 20) + timedelta(days=9)),
            "avoided_hours_per_year": tape.steps(0, 4, 40.0),
        }
        if market["power"]["coincident_peak"]["until"] is not None:
            market["power"]["coincident_peak"]["after_usd_per_kw_month"] = tape.steps(0, 3, 2.0)
    if tape.flag(need.minimum_take):
        market["power"]["minimum_take"] = {
            "demand_frac": tape.steps(4, 10, 0.1),
            "contracted_mw": tape.one_of(None, 15.0, 40.0),
            "start": tape.one_of(None, add_months(start, 7)),
            "until": tape.one_of(None, add_months(start, 26) + timedelta(days=11)),
        }
    market["demand_response"] = [_programme(tape, n, start) for n in range(tape.count(0, 2))]
    return market


def _programme(tape: Tape, n: int, start: date) -> Entry:
    return {
        "name": f"Programme {n + 1}",
        "start": tape.one_of(None, add_months(start, 4)),
        "until": tape.one_of(None, add_months(start, 17) + timedelta(days=5)),
        "usd_per_mw_year": tape.steps(0, 5, 15_000.0),
        "usd_per_mwh_curtailed": tape.steps(0, 6, 12.0),
        "maximum_hours_per_year": tape.one_of(None, 150.0, 2_000.0),
    }


def _hashprice(tape: Tape, start: date) -> Entry:
    if tape.chance():
        return {
            "network": {
                "as_of": add_months(start, -3),
                "btc_price_usd": tape.steps(14, 34, 5_000.0),
                "btc_growth_frac_per_year": tape.steps(-2, 6, 0.05),
                "network_ehs": tape.steps(7, 11, 100.0),
                "network_growth_frac_per_year": tape.steps(0, 4, 0.05),
                "block_subsidy_btc": 3.125,
                "fees_btc_per_block": tape.steps(0, 4, 0.05),
                "halving_dates": ("2028-04-17",),
            }
        }
    points = [
        {"date": add_months(start, 18 * n), "usd_per_ph_day": tape.steps(6, 16, 5.0)} for n in range(tape.count(1, 3))
    ]
    return {"forward_curve": points, "growth_after_frac_per_year": tape.steps(-3, 2, 0.05)}


def _power(tape: Tape, start: date) -> Entry:
    curve = []
    for quarter in (1, 2, 3, 4):
        shares = tape.one_of(*SHARES)
        # negative, ordinary and scarcity prices
        prices = [tape.steps(low, high, 5.0) for low, high in ((4, 13), (-6, 20), (12, 60))[: len(shares)]]
        bins = [{"hours_frac": share, "usd_per_mwh": usd} for share, usd in zip(shares, prices, strict=True)]
        curve.append({"quarter": quarter, "bins": bins})
    return {
        "curve": curve,
        "base_date": tape.one_of(None, add_months(start, -12)),
        "escalator_frac_per_year": tape.steps(0, 3, 0.01),
        "delivery_usd_per_mwh": tape.steps(0, 4, 2.0),
        "demand_charge_usd_per_kw_month": tape.steps(0, 3, 1.0),
        "loss_frac": tape.one_of(0.0, 0.03),
    }


# --- site -------------------------------------------------------------------------------------------------


def _site(tape: Tape, need: Need, start: date, months: int, designs: Sequence[Entry]) -> Entry:
    kinds = [_hall_kind(tape.part(8), need) for _ in range(2)]
    drawn = tape.one_of("everything", "mining", "designs")
    difference = need.difference or drawn
    if difference == "mining":
        kinds[1] = {**kinds[0], "mining": kinds[1]["mining"]}
    elif difference == "designs":
        kinds[1] = {**kinds[0], "designs": [designs[0]["id"]]}
    upgrade_tapes = [tape.part(24) for _ in range(2)]
    pad = _pad(tape.part(8))
    count = tape.count(1, 4) if need.halls is None else need.halls
    halls: list[Entry] = [{"id": f"hall-{n + 1}", **tape.one_of(*kinds)} for n in range(count)]
    total_mw = sum(hall["electrical_mw"] for hall in halls)
    firm_mw = round(total_mw * tape.steps(*((1, 4) if need.scarce_power else (4, 10)), 0.1))
    if need.scarce_hall is not None:
        firm_mw += 40  # so that it is the halls that are too small
    site: Entry = {
        "name": "Site",
        "firm_mw": firm_mw,
        "interruptible_mw": round(total_mw * tape.steps(0, 4, 0.1)),
        "climate": {
            "design_temperature_c": tape.steps(32, 42, 1.0),
            "hours_below_c": {0: 300, 10: 2000, 20: 4800, 30: 7700, 40: 8760},
        },
        "latency_ms": LATENCY_MS,
        "halls": halls,
        "pads": [pad] if tape.chance() else [],
    }
    if tape.flag(need.substation):
        site["substation_mva"] = round(total_mw * tape.steps(3, 12, 0.1))
        site["power_factor"] = tape.one_of(0.95, 1.0)
    if tape.flag(need.water_limit):
        site["water_limit_m3_per_year"] = tape.steps(0, 8, 2_500.0)
    if tape.flag(need.change_of_use):
        site["change_of_use"] = {"queue": _queue(tape, 9), "fee_usd": tape.steps(0, 4, 100_000.0)}
    count = tape.count(*need.upgrades)
    site["upgrades"] = [_upgrade(upgrade_tapes[n], need, n, site, start, months) for n in range(count)]
    site["emissions"] = {"average_kg_per_mwh": 300.0, "marginal_kg_per_mwh": 500.0}
    return site


def _crews(tape: Tape, need: Need, start: date) -> list[Entry]:
    """Return few crews from a date on, and sometimes others later, also in the middle of a period."""
    drawn = tape.one_of(False, False, True)
    if not (drawn if need.crews is None else need.crews):
        return []
    kinds = ("halls_at_once", "it_mw_at_once", "both")
    steps = []
    for months in (tape.one_of(-3, 0, 0, 2), *tape.one_of((), (14,))):
        kind, halls, mw = tape.one_of(*kinds), tape.count(0, 2), tape.steps(0, 5, 2.5)
        limits = {"halls_at_once": halls, "it_mw_at_once": mw}
        given = limits if kind == "both" else {kind: limits[kind]}
        steps.append({"date": add_months(start, months), **given})
    return steps


def _supplies(tape: Tape, need: Need, start: date) -> list[Entry]:
    low, high = need.supplies
    count = max(low, min(high, tape.one_of(0, 0, 1, 2)))
    return [_supply(tape.part(20), need, n, start) for n in range(count)]


def _supply(tape: Tape, need: Need, n: int, start: date) -> Entry:
    """Return a kind of on-site supply; where power is scarce, one that may be a bridge."""
    kind = tape.one_of(*(("gas", "battery") if need.scarce_power else ("gas", "battery", "solar")))
    supply: Entry = {
        "kind": kind,
        "id": f"supply-{n + 1}",
        "name": f"Supply {n + 1}",
        "unit_mw": tape.steps(1, 4, 2.5),
        "most_units": tape.count(1, 4),
        "capex_usd_per_mw": tape.steps(1, 6, 4e5),
        "lead_time_months": tape.steps(0, 4, 3.0),
        "earliest_order": tape.one_of(None, add_months(start, 3)),
        "latest_order": tape.one_of(None, add_months(start, 12)),
        "fixed_usd_per_mw_year": tape.steps(0, 4, 5_000.0),
        "escalator_frac_per_year": tape.one_of(0.0, 0.03),
        "firm_frac": {"gas": 0.95, "battery": 0.4, "solar": 0.0}[kind],
        "resale_frac": tape.steps(0, 4, 0.2),
        "leaves_by": tape.one_of(None, None, add_months(start, 27)),
    }
    if kind == "gas":
        supply |= {
            "heat_rate_mmbtu_per_mwh": tape.steps(7, 11, 1.0),
            "fuel_usd_per_mmbtu": tape.steps(2, 7, 1.0),
            "fuel_change_frac_per_year": tape.steps(-1, 2, 0.05),
            "running_usd_per_mwh": tape.steps(1, 4, 3.0),
            "most_hours_per_year": tape.one_of(None, None, 1_000.0),
        }
    elif kind == "battery":
        supply |= {"hours": tape.steps(2, 4, 1.0), "cycles_per_day": tape.one_of(1.0, 1.5)}
    else:
        supply |= {"capacity_factor_frac": tape.steps(3, 6, 0.05), "capture_frac": tape.one_of(1.0, 0.8)}
    return supply


def _hall_kind(tape: Tape, need: Need) -> Entry:
    mw = tape.steps(*((1, 4) if need.scarce_hall == "power" else (4, 10)), 2.5)
    floor_m2 = tape.steps(*((1, 4) if need.scarce_hall == "floor" else (6, 14)), 250.0)
    kind: Entry = {"electrical_mw": mw, "floor_m2": floor_m2, "bays": tape.count(1, 3)}
    cooling = tape.one_of("air", "hydro", None)
    mining = {"capacity_mw": mw * tape.one_of(1.0, 0.8), "cooling": cooling}
    return kind | {"mining": None if cooling is None else mining}


def _pad(tape: Tape) -> Entry:
    return {
        "id": "pad-1",
        "electrical_mw": tape.steps(4, 8, 5.0),
        "floor_m2": tape.steps(4, 8, 1000.0),
        "bays": tape.count(1, 3),
        "shell_capex_usd": tape.steps(4, 12, 1e6),
        "shell_months": tape.steps(2, 6, 1.5),
    }


def _queue(tape: Tape, longest: int) -> Entry:
    median = tape.count(0, longest)
    return {"p10_months": median // 2, "p50_months": median, "p90_months": 2 * median}


def _upgrade(tape: Tape, need: Need, n: int, site: Entry, start: date, months: int) -> Entry:
    mw = tape.steps(1, 6, 5.0)
    gain = tape.one_of(*(("firm",) if need.scarce_power else ("firm", "interruptible", "firmed")))
    upgrade: Entry = {"id": f"upgrade-{n + 1}", "queue": _queue(tape, 12 if need.scarce_power else 24)}
    if gain == "firm":
        upgrade["firm_mw"] = mw
    elif gain == "interruptible":
        upgrade["interruptible_mw"] = mw
    else:
        firmed = min(mw, site["interruptible_mw"] / 2)  # two upgrades cannot turn more than there is
        upgrade |= {"firm_mw": firmed, "interruptible_mw": -firmed, "ai_mw": firmed + 1.0}
    if "substation_mva" in site:
        upgrade["substation_mva"] = tape.steps(0, 4, 10.0)
    upgrade["capex_usd"] = mw * tape.steps(1, 10, 100_000.0)
    paid_at_once = 1.0 if need.spend_at_request else tape.one_of(1.0, 0.2, 0.0)
    upgrade["deposit_usd"] = upgrade["capex_usd"] * paid_at_once
    upgrade["equipment"] = [
        {"name": name, "lead_time_months": tape.steps(2, 8, 3.0)}
        for name in ("Transformer", "Switchgear")[: tape.count(0, 2)]
    ]
    upgrade["commissioning_months"] = tape.one_of(0, 1.5)
    upgrade["earliest_request"] = tape.one_of(None, add_months(start, 6))
    upgrade["latest_request"] = tape.one_of(None, add_months(start, months // 2))
    # a connection is paid over the wait, which spend_at_request rules out
    if not need.spend_at_request and tape.one_of(False, True):
        upgrade["connection"] = {"line_km": 1.0, "voltage_kv": 138, "usd": mw * tape.steps(1, 4, 50_000.0)}
    return upgrade


# --- fleet ------------------------------------------------------------------------------------------------


def _fleet(tape: Tape, need: Need, start: date, site: Entry) -> Entry:
    count = tape.count(*need.classes)
    classes = [_asic_class(tape.part(16), n, start, site) for n in range(count)]
    operations = {
        "pool_fee_frac": tape.one_of(0.0, 0.01),
        "uptime_frac": tape.one_of(1.0, 0.95),
        "variable_usd_per_mwh": tape.steps(0, 3, 1.0),
        "fixed_usd_per_mw_year": tape.steps(0, 5, 10_000.0),
        "site_fixed_usd_per_year": tape.steps(0, 4, 250_000.0),
        "escalator_frac_per_year": tape.steps(0, 3, 0.01),
    }
    return {"classes": classes, "operations": operations}


def _asic_class(tape: Tape, n: int, start: date, site: Entry) -> Entry:
    power_w, j_per_th = 3_500, tape.steps(30, 60, 0.5)
    total_mw = sum(hall["electrical_mw"] for hall in site["halls"])
    machine: Entry = {
        "id": f"asic-{n + 1}",
        "name": f"Machine {n + 1}",
        "count": round(total_mw * tape.steps(0, 10, 0.1) * 1e6 / power_w),
        "hashrate_ths": round(power_w / j_per_th, 1),
        "power_w": power_w,
        "cooling": tape.one_of("air", "hydro"),
        "overhead_frac": tape.one_of(0.0, 0.04),
        "resale_usd_per_ths": tape.steps(0, 4, 1.0),
        "resale_change_frac_per_year": tape.steps(-4, 1, 0.1),
        "retire_by": tape.one_of(None, add_months(start, 12)),
    }
    if tape.chance():
        machine["purchase"] = {
            "price_usd_per_ths": tape.steps(2, 7, 2.0),
            "price_change_frac_per_year": tape.steps(-2, 1, 0.1),
            "max_count_per_year": tape.count(0, 8) * 500,
        }
        if tape.chance():
            del machine["purchase"]["price_usd_per_ths"]
            machine["purchase"]["price_curve"] = _falling(start, 14.0)
    machine["retire_age_years"] = tape.one_of(None, 2.5, 4)
    machine["bought"] = add_months(start, -10)
    if tape.chance():
        machine["resale_curve"] = _falling(start, 4.0)
    return machine


def _falling(start: date, usd: float) -> list[Entry]:
    return [{"date": add_months(start, months), "usd": usd / (1 + n)} for n, months in enumerate((5, 30))]


def _other_machines(tape: Tape, need: Need, start: date, site: Entry) -> Entry:
    """Return other places, machines to host, rigs and their rental."""
    if not tape.flag(need.other_machines):
        return {}
    total_mw = sum(hall["electrical_mw"] for hall in site["halls"])
    room_mw: dict[str, float] = {}
    for mining in (hall["mining"] for hall in site["halls"] if hall["mining"] is not None):
        room_mw[mining["cooling"]] = room_mw.get(mining["cooling"], 0.0) + mining["capacity_mw"]
    rigs = [_rigs(tape.part(12), n, start) for n in range(tape.count(0, 2))]
    grades = [*(["upgraded"] if rigs else []), *(["rebuilt"] if any("rebuild" in rig for rig in rigs) else [])]
    return {
        "elsewhere": [_place(tape.part(8), n, start, total_mw) for n in range(tape.count(0, 2))],
        "hosted": [_hosted(tape.part(14), need, n, start, room_mw) for n in range(tape.count(0, 2) if room_mw else 0)],
        "rigs": rigs,
        "rig_rentals": [_rental(tape.part(8), n, start, grades) for n in range(tape.count(0, 2) if grades else 0)],
    }


def _place(tape: Tape, n: int, start: date, total_mw: float) -> Entry:
    return {
        "id": f"place-{n + 1}",
        "name": f"Place {n + 1}",
        "cooling": tape.one_of("air", "hydro"),
        "room_mw": round(total_mw * tape.steps(1, 6, 0.1)),
        "all_in_usd_per_mwh": tape.steps(6, 16, 5.0),
        "move_usd_per_machine": tape.steps(0, 4, 40.0),
        "downtime_months": tape.one_of(0, 1.5, 5),
        "opens": tape.one_of(None, add_months(start, 6)),
        "closes": tape.one_of(None, add_months(start, 25) + timedelta(days=7)),
    }


def _hosted(tape: Tape, need: Need, n: int, start: date, room_mw: dict[str, float]) -> Entry:
    cooling = tape.one_of(*sorted(room_mw))
    signs = [False] * 5 + [True] * need.must_deliver
    return {
        "id": f"host-{n + 1}",
        "customer": f"Customer {n + 1}",
        "mw": round(room_mw[cooling] * tape.steps(1, 5, 0.1), 6),  # as a person types it; a workbook keeps 16 digits
        "cooling": cooling,
        "fee_usd_per_mwh": tape.steps(2, 14, 10.0),
        "fee_escalator_frac_per_year": tape.one_of(0.0, 0.03),
        "power": tape.one_of("included", "passed_through"),
        "uptime_frac": tape.one_of(1.0, 0.98, 0.9),
        "earliest_start": tape.one_of(None, add_months(start, 5)),
        "latest_start": add_months(start, tape.one_of(9, 18)),
        "term_months": tape.one_of(24, 8, 60),
        "opex_usd_per_mw_year": tape.steps(0, 4, 5_000.0),
        "signed": tape.one_of(*signs),
    }


def _rigs(tape: Tape, n: int, start: date) -> Entry:
    rig: Entry = {
        "id": f"rig-{n + 1}",
        "name": f"Rig {n + 1}",
        "count": tape.count(0, 8) * 250,
        "gpus_per_rig": 8,
        "power_w": 1_800,
        "overhead_frac": tape.one_of(0.0, 0.05),
        "cooling": tape.one_of("air", "hydro"),
        "usable_frac": tape.steps(0, 10, 0.1),
        "upgrade_usd_per_rig": tape.steps(1, 5, 1_000.0),
        "resale_usd_per_rig": tape.steps(0, 4, 300.0),
        "resale_change_frac_per_year": tape.steps(-4, 1, 0.1),
        "retire_by": tape.one_of(None, add_months(start, 21)),
    }
    if tape.chance():
        rig["rebuild"] = {
            "gpus_per_rig": 8, "usd_per_gpu": 10_000.0 * (1 + n), "power_w": 6_000, "life_years": 3.5,
            "resale_frac_at_end_of_life": 0.1, "strip_usd_per_rig": 400.0,
        }  # fmt: skip
    return rig


def _rental(tape: Tape, n: int, start: date, grades: Sequence[str]) -> Entry:
    grade = tape.one_of(*grades)
    return {
        "id": f"rental-{n + 1}",
        "tenant": f"Renter {n + 1}",
        "grade": grade,
        "rigs": tape.count(1, 6) * 150,
        "usd_per_gpu_hour": tape.steps(1, 8, 0.1 if grade == "upgraded" else 0.4),
        "rate_change_frac_per_year": tape.steps(-3, 0, 0.1),
        "utilisation_frac": tape.one_of(0.8, 0.5),
        "earliest_start": tape.one_of(None, add_months(start, 4) + timedelta(days=12)),
        "until": tape.one_of(None, add_months(start, 29) + timedelta(days=3)),
        "opex_usd_per_rig_month": tape.steps(0, 3, 8.0),
    }


# --- designs ----------------------------------------------------------------------------------------------


def _modules(tape: Tape) -> list[Entry]:
    water = tape.steps(1, 4, 0.3)
    return [
        {
            "id": "chiller", "name": "Chiller", "medium": "air", "capacity_mw": tape.steps(2, 6, 0.5),
            "derate_frac_per_c": tape.one_of(0.0, 0.015), "floor_m2": tape.steps(0, 3, 20.0),
            "capex_usd": tape.steps(2, 8, 250_000.0), "fan_power_frac": 0.06,
            "mechanical_power_frac": tape.one_of(0.0, 0.2), "free_cooling_c": tape.one_of(18, 26),
            "water_m3_per_mwh_heat": water,
        },
        {
            "id": "dry-cooler", "name": "Dry cooler", "medium": "liquid", "capacity_mw": tape.steps(2, 8, 0.5),
            "floor_m2": tape.steps(0, 3, 20.0), "capex_usd": tape.steps(2, 8, 250_000.0), "fan_power_frac": 0.04,
            "mechanical_power_frac": tape.one_of(0.0, 0.1), "free_cooling_c": 30, "water_m3_per_mwh_heat": water,
        },
    ]  # fmt: skip


def _designs(tape: Tape) -> list[Entry]:
    air: Entry = {
        "id": "air", "name": "Air", "cooling": "air", "max_kw_per_rack": 45, "liquid_heat_frac": 0,
        "air_module": "chiller", "capex_usd_per_it_mw": tape.steps(4, 12, 500_000.0),
    }  # fmt: skip
    liquid: Entry = {
        "id": "liquid", "name": "Direct to chip", "cooling": "direct_to_chip", "max_kw_per_rack": 140,
        "liquid_heat_frac": 0.85, "air_module": "chiller", "liquid_module": "dry-cooler",
        "capex_usd_per_it_mw": tape.steps(6, 16, 500_000.0),
    }  # fmt: skip
    chosen: list[Entry] = tape.one_of([air], [liquid], [air, liquid], [liquid, air])
    for design in chosen:
        build_months = tape.steps(2, 8, 1.5)
        design |= {
            "redundancy": tape.one_of("n", "n_plus_1"),
            "use": tape.one_of("both", "halls"),
            "m2_per_rack": tape.steps(3, 6, 1.0),
            "electrical_m2_per_it_mw": tape.steps(0, 4, 20.0),
            "electrical_loss_frac": tape.one_of(0.0, 0.06),
            "spare_modules": tape.count(0, 1),
            "capex_fixed_usd": tape.steps(0, 4, 1e6),
            "reused_frac": tape.one_of(0.0, 0.2),
            "build_months": build_months,
            "hashing_lost_months": build_months * tape.one_of(0.0, 0.5, 1.0),
        }
    return chosen


def _gpu_systems(tape: Tape) -> list[Entry]:
    systems: list[Entry] = [
        {"id": "gpu-air", "name": "Air-cooled servers", "gpus_per_rack": 24, "rack_kw": 40},
        {"id": "gpu-liquid", "name": "Liquid-cooled rack", "gpus_per_rack": 72, "rack_kw": 132},
    ]
    for system in systems:
        system |= {
            "price_usd_per_rack": system["gpus_per_rack"] * tape.steps(6, 10, 5_000.0),
            "price_change_frac_per_year": tape.steps(-2, 1, 0.05),
            "life_years": tape.steps(6, 10, 0.5),
            "resale_frac_at_end_of_life": tape.steps(0, 3, 0.1),
        }
    return systems


# --- offers -----------------------------------------------------------------------------------------------


def _contracts(tape: Tape, need: Need, start: date, months: int, designs: Sequence[Entry]) -> list[Entry]:
    count = tape.count(*need.offers)
    return [_contract(tape.part(28), need, n, start, months, designs) for n in range(count)]


def _contract(tape: Tape, need: Need, n: int, start: date, months: int, designs: Sequence[Entry]) -> Entry:
    """Return an offer that one of the designs can serve, if time, power and floor allow."""
    design = tape.one_of(*designs)
    ready_by = add_months(start, tape.count(*((3, 9) if need.late else (6, min(24, months - 6)))))
    contract: Entry = {
        "id": f"offer-{n + 1}",
        "tenant": f"Tenant {n + 1}",
        "cooling": tape.one_of([design["cooling"]], ["air", "direct_to_chip"]),
        "redundancy": tape.one_of("n", design["redundancy"]),
        "earliest_start": tape.one_of(None, ready_by, add_months(ready_by, -3)),
        "ready_by": ready_by,
        "longstop": add_months(ready_by, tape.one_of(*((9, 18) if need.late else (0, 9, 18)))),
        "term_months": tape.one_of(36, 60, 120, 9),
        "ramp": tape.one_of([], [{"month": 0, "share_frac": 0.5}, {"month": 7, "share_frac": 1}]),
        "late_damages_usd_per_month": tape.steps(0, 4, 100_000.0),
        "opex_usd_per_kw_month": tape.steps(2, 5, 5.0),
        "opex_escalator_frac_per_year": tape.one_of(0.0, 0.03),
        "exclusive_group": tape.one_of(None, None, "group"),
    }
    terms = (
        ["offered"] * 6
        + ["fee"] * 2 * need.fee
        + ["must"] * (need.must_deliver and contract["exclusive_group"] is None)
    )
    signed = tape.one_of(*terms)
    if signed != "offered":
        contract |= {"signed": True, "termination_usd": tape.steps(1, 8, 1e6) if signed == "fee" else None}
    return contract | (_cloud(tape, design, start) if tape.one_of(False, False, True) else _lease(tape, design))


def _lease(tape: Tape, design: Entry) -> Entry:
    return {
        "kind": "colocation",
        "it_mw": tape.steps(1, 10, 1.5),
        "kw_per_rack": tape.one_of(*((40, 20) if design["id"] == "air" else (132, 40))),
        "rent_usd_per_kw_month": tape.steps(10, 22, 10.0),
        "escalator_frac_per_year": tape.one_of(0.0, 0.03),
        "lease": tape.one_of("modified_gross", "gross"),
        "tenant_contribution_usd_per_kw": tape.one_of(0.0, 500.0, 3_000.0),
    }


def _cloud(tape: Tape, design: Entry, start: date) -> Entry:
    racks, system = (50, "gpu-air") if design["id"] == "air" else (15, "gpu-liquid")
    return {
        "kind": "gpu_cloud",
        "gpu_system": system,
        "racks": racks * tape.count(1, 5),
        "rate_usd_per_gpu_hour": tape.steps(8, 18, 0.25),
        "rate_date": tape.one_of(None, add_months(start, -6)),
        "rate_change_frac_per_year": tape.steps(-2, 0, 0.05),
        "utilisation_frac": tape.one_of(1.0, 0.8),
        "take_or_pay_frac": tape.one_of(0.0, 0.9),
    }


# --- carbon -----------------------------------------------------------------------------------------------


def _carbon(tape: Tape, need: Need, start: date) -> Entry:
    """Return rules about carbon, a price and perhaps a cap."""
    if not tape.flag(need.carbon):
        return {}
    price = [{"date": add_months(start, 14 * n), "usd": tape.steps(1, 6, 15.0)} for n in range(tape.count(1, 2))]
    cap = [{"date": add_months(start, 10), "t_per_year": tape.steps(1, 10, 20_000.0)}]
    return {
        "basis": tape.one_of("average", "marginal"),
        "price_usd_per_t": price,
        "cap": cap if tape.chance() else [],
    }


# --- finance ----------------------------------------------------------------------------------------------

SCHEDULES: tuple[Entry, ...] = (
    {"method": "straight_line", "years": 5},
    {"method": "macrs_5"},
    {"method": "macrs_15", "bonus_frac": 0.6},
    {"method": "straight_line", "years": 10, "bonus_frac": 1.0},
    {"method": "macrs_7"},
    {"method": "macrs_15"},
)


def _finance(tape: Tape, need: Need, start: date) -> Entry:
    budget = None
    if tape.flag(need.budget):
        budget = [
            {"date": add_months(start, 9 * n), "added_usd": tape.steps(0, 9, 10e6)} for n in range(tape.count(1, 3))
        ]
    escalators = (0.2, 0.3) if need.costs_grow_fast else (0.0, 0.02, 0.2)
    kinds = ("conversion", "grid", "gpu", "asic")
    return {
        "tax_rate_frac": tape.one_of(0.0, 0.21, 0.35),
        "loss_offset_limit_frac": 1.0 if need.losses_offset_all else tape.one_of(0.8, 1.0, 0.0),
        **{f"{kind}_depreciation": tape.one_of(*SCHEDULES) for kind in kinds},
        "capex_escalator_frac_per_year": tape.one_of(*escalators),
        "equity_budget": budget,
        "tail_discount_rate_frac": tape.one_of(None, 0.15),
    }


def _bare_land(tape: Tape) -> Entry:
    """Return terms of bare land that waits a short time for its power, so that something may be built on it."""
    return {
        "queue": {"p10_months": 6, "p50_months": 9, "p90_months": 18},
        "grid_capex_usd_per_mw": tape.steps(1, 4, 50_000.0),
        "deposit_frac": tape.one_of(0.0, 0.3),
        "land_usd": tape.steps(1, 3, 1e6),
        "shell_usd_per_mw": tape.steps(1, 4, 100_000.0),
        "shell_months": tape.count(0, 3),
        "site_fixed_usd_per_year": tape.steps(1, 4, 100_000.0),
        "offers_wait": tape.one_of("yes", "no"),
    }


def _lending(tape: Tape, need: Need, start: date, months: int) -> Entry:
    """Return a loan, the value of contracts at the horizon, and what only the waterfall knows."""
    loan = None
    if tape.one_of(False, False, True) if need.loan is None else need.loan:
        kind = tape.one_of("level", "straight", "sculpted", "bullet")
        # what follows the cash must end with the study, so its term begins where a period does in every grid
        until = 12 if kind == "sculpted" else tape.count(4, 6) * 3
        loan = {
            "loan_to_cost_frac": tape.steps(4, 10, 0.1),
            "most_usd": tape.one_of(80e6, 15e6, None),
            "coupon_frac": tape.steps(0, 6, 0.02),
            "fee_frac": tape.one_of(0.0, 0.02),
            "commitment_fee_frac": tape.one_of(0.0, 0.01),
            "draw_from": tape.one_of(None, add_months(start, 3)),
            "draw_until": add_months(start, until),
            "tenor_months": months - 24 if kind == "sculpted" else tape.count(2, 8) * 12,
            "repayment": kind,
            "balloon_frac": 0.0 if kind == "bullet" else tape.one_of(0.0, 0.4),
            "least_dscr": tape.one_of(1.3, 1.0, 2.0) if kind == "sculpted" else tape.one_of(1.3, 2.0, None),
            "cash_counted": tape.one_of("contracts", "site"),
            "sweep_frac": tape.one_of(0.0, 0.5),
            "reserve_months": tape.one_of(0.0, 6.0),
        }
    exits: tuple[Entry, ...] = (
        {},
        {"method": "multiple", "multiple": 9.0, "selling_cost_frac": 0.02},
        {"method": "cap_rate", "cap_rate_frac": 0.08, "least_months_left": 24},
    )
    return {
        "debt": loan,
        "exit": tape.one_of(*exits),
        "working_capital": {"receivable_days": tape.one_of(0.0, 45.0), "payable_days": tape.one_of(0.0, 30.0)},
        "equity_rate_frac": tape.one_of(None, 0.15),
    }

"""What an audit reads: the plan's tables as typed rows, every cell checked.

A cell that is no number, no whole number, negative or out of its index range is a finding, and then nothing
else is checked, as the rest could not be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from site_conversion.audit_report import TOLERANCE, Report
from site_conversion.instance import MEDIA


class Fitout(NamedTuple):
    """IT capacity whose fit-out is ready at a period; the one that converts the hall says so."""

    hall: int
    design: int
    build_start: int
    ready: int
    converts: bool
    fitted_mw: float


class Placement(NamedTuple):
    """Racks of a contract in a hall from its start to its end."""

    contract: int
    start: int
    hall: int
    design: int
    racks: int
    it_mw: float


class TakenBays(NamedTuple):
    """Bays dedicated to a contract from its start to its end."""

    contract: int
    start: int
    hall: int
    design: int
    bays: int


class AddedModules(NamedTuple):
    """Cooling modules installed by a period."""

    hall: int
    design: int
    ready: int
    medium: int
    modules: int


class Request(NamedTuple):
    """A grid upgrade asked for."""

    upgrade: int
    requested: int
    energised: int


class Machines(NamedTuple):
    """An ASIC class in a period, MW."""

    asic: int
    period: int
    owned_mw: float
    run_mw: float
    bought_mw: float
    sold_mw: float


class Away(NamedTuple):
    """An ASIC class at another place in a period, MW."""

    asic: int
    place: int
    period: int
    away_mw: float
    moved_mw: float
    sold_mw: float


class Hosted(NamedTuple):
    """A hosting offer that is served."""

    hosting: int
    start: int


class RigStock(NamedTuple):
    """A rig class in a period, rigs."""

    rig: int
    period: int
    as_is_rigs: float
    upgraded_rigs: float
    upgrade_rigs: float
    sold_as_is_rigs: float
    sold_upgraded_rigs: float


class Rebuild(NamedTuple):
    """Rigs rebuilt in a period, or sold of these in a later one."""

    rig: int
    built: int
    period: int
    rebuilt_rigs: float
    sold_rigs: float


class Rented(NamedTuple):
    """Rigs of a class rented under a rental in a period."""

    rental: int
    rig: int
    period: int
    rented_rigs: float


class OpenFloor(NamedTuple):
    """Floor a hall's design has opened, m2."""

    hall: int
    design: int
    period: int
    open_floor_m2: float


class PowerRow(NamedTuple):
    """AI load of a period, MW."""

    period: int
    ai_it_mw: float
    ai_reserved_mw: float
    ai_draw_mw: float
    ai_mean_mw: float


class Right(NamedTuple):
    """Gross firm MW kept free for a contract in a period."""

    contract: int
    period: int
    reserved_mw: float


class Billing(NamedTuple):
    """A billing stretch of the minimum take."""

    billing: int
    period: int
    shortfall_mw: float


class Draw(NamedTuple):
    """What is drawn of a loan in a period, MUSD."""

    period: int
    drawn_musd: float


class Owed(NamedTuple):
    """What is owed at the end of a period of repayment that follows the cash, MUSD."""

    period: int
    balance_musd: float


class SupplyRow(NamedTuple):
    """An on-site supply in a period: units, and MW."""

    supply: int
    period: int
    ordered: int
    removed: int
    standing: int
    bridge_mw: float
    bridge_run_mw: float
    beside_mw: float


class KeptRow(NamedTuple):
    """Firm MW of an on-site supply kept through a stage after the horizon."""

    supply: int
    stage: int
    kept_mw: float


class CarbonRow(NamedTuple):
    """Tonnes of a period that a rule about carbon counts."""

    period: int
    t_co2: float


class TaxRow(NamedTuple):
    """Tax figures of a column, MUSD."""

    column: int
    taxable_musd: float
    loss_musd: float
    offset_musd: float
    loss_bank_musd: float


class Posting(NamedTuple):
    """One cell of the cash flow, MUSD."""

    line: str
    item: str
    column: int
    musd: float
    source: str


@dataclass(frozen=True)
class Plan:
    """The rows of a plan."""

    fitouts: list[Fitout]
    placements: list[Placement]
    taken: list[TakenBays]
    modules: list[AddedModules]
    requests: list[Request]
    machines: list[Machines]
    away: list[Away]
    hosted: list[Hosted]
    rig_stocks: list[RigStock]
    rebuilds: list[Rebuild]
    rented: list[Rented]
    floors: list[OpenFloor]
    power: list[PowerRow]
    rights: list[Right]
    billings: list[Billing]
    draws: list[Draw]
    owed: list[Owed]
    supplies: list[SupplyRow]
    kept: list[KeptRow]
    carbon: list[CarbonRow]
    tax: list[TaxRow]
    postings: list[Posting]

    @cached_property
    def starts(self) -> list[tuple[int, int]]:
        """Contracts in service and when they began (c, k)."""
        return sorted({(row.contract, row.start) for row in self.placements})

    @cached_property
    def converted(self) -> dict[int, tuple[int, int]]:
        """Hall -> design and readiness of its (first) conversion."""
        firsts: dict[int, tuple[int, int]] = {}
        for row in sorted(self.fitouts, key=lambda row: -row.ready):
            if row.converts:
                firsts[row.hall] = row.design, row.ready
        return firsts


R = TypeVar("R", bound=tuple[Any, ...])
COUNTS, TEXTS, SIGNED = (
    ("racks", "bays", "modules", "ordered", "removed", "standing"),
    ("line", "item", "source"),
    ("musd", "t_co2"),
)


def read_plan(report: Report, tables: Mapping[str, pd.DataFrame], cash_flow: pd.DataFrame) -> Plan:
    """Read every row; what cannot be read becomes a finding."""
    x = report.instance
    sizes = {
        "hall": len(x.halls), "design": len(x.designs), "contract": len(x.contracts), "asic": len(x.asics),
        "upgrade": len(x.upgrades), "medium": len(MEDIA), "column": x.periods + 1,
        "billing": len(x.take_period), "supply": len(x.supply.names),
        "stage": len(x.supply.stage_end),
        "place": len(x.moves.places), "hosting": len(x.hosting.offers),
        "rig": len(x.rigs.rigs), "rental": len(x.rigs.rentals),
        **dict.fromkeys(("period", "start", "built", "ready", "build_start", "requested", "energised"), x.periods),
    }  # fmt: skip

    def rows(kind: type[R], table: str, frame: pd.DataFrame | None = None) -> list[R]:
        return _rows(report, kind, table, tables.get(table) if frame is None else frame, sizes)

    return Plan(
        rows(Fitout, "halls"), rows(Placement, "gpu_systems"), rows(TakenBays, "tenants"),
        rows(AddedModules, "cooling"), rows(Request, "grid_upgrades"), rows(Machines, "asic_fleet"),
        rows(Away, "elsewhere"), rows(Hosted, "asic_hosting"), rows(RigStock, "gpu_rigs"),
        rows(Rebuild, "rig_rebuilds"), rows(Rented, "rig_rentals"),
        rows(OpenFloor, "floor_space"), rows(PowerRow, "power"),
        rows(Right, "contract_rights"), rows(Billing, "minimum_take"),
        rows(Draw, "debt"), rows(Owed, "debt_cover"),
        rows(SupplyRow, "onsite_supply"), rows(KeptRow, "outlasting"), rows(CarbonRow, "carbon"),
        rows(TaxRow, "finance"), rows(Posting, "cash_flow", cash_flow),
    )  # fmt: skip


def _rows(report: Report, kind: type[R], table: str, frame: pd.DataFrame | None, sizes: dict[str, int]) -> list[R]:
    make: Any = kind
    names = list(make._fields)
    if frame is None or not set(names) <= set(frame.columns):
        report.fail("table", f"table {table}")
        return []
    rows: list[R] = []
    for number, cells in enumerate(frame[names].itertuples(index=False, name=None), start=1):
        values = [
            _cell(report, f"{name} in row {number} of table {table}", name, cell, sizes)
            for name, cell in zip(names, cells, strict=True)
        ]
        rows.append(make(*values))
    return rows


def _cell(report: Report, where: str, name: str, cell: Any, sizes: dict[str, int]) -> str | float:
    """Return the cell as text, whole number or number; note what is wrong with it."""
    if name in TEXTS:
        return str(cell)
    try:
        number = float(cell)
    except (TypeError, ValueError):
        number = float("nan")
    if not isfinite(number):
        report.fail("number", where, number, 0.0)
        return 0
    if name in sizes:
        if number != round(number) or not 0 <= number < sizes[name]:
            report.fail("index_range", where, number, sizes[name] - 1)
            return 0
        return int(number)
    if number < -TOLERANCE and name not in SIGNED:
        report.fail("not_negative", where, number, 0.0)
    if name in COUNTS:
        if abs(number - round(number)) > TOLERANCE:
            report.fail("whole_number", where, number, round(number))
        return round(number)
    return bool(number) if name == "converts" else number

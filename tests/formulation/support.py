"""Minimal cases without friction, two solvers to solve them with, and the register of hand-solved cases.

Without anything asked for: periods are calendar years from 2029 (no leap year until 2032), the rate is 10 %,
power costs nothing, there is no tax, no fleet and no queue; a design costs 1 MUSD per IT MW, takes the year
before service to build and loses no power (gross MW = IT MW); cooling costs neither money, floor nor power;
a lease pays 100 USD per kW and month and repays its power.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pyscipopt import Model

from planner.case_file.sizes import with_sizes
from planner.schemas import Case
from planner.translate import translate
from site_conversion import assemble, handover, solution, solve
from site_conversion.audit import audit
from site_conversion.handover import Arrays
from site_conversion.solution import Solution

Entry = dict[str, Any]
"""One record of a case file, as a user types it."""

RATE = 0.1
HOURS = 8_760
"""Hours of 2029, 2030 and 2031."""
REL = 1e-6


# --- money by hand ------------------------------------------------------------------------------------


def factor(years: float, rate: float = RATE) -> float:
    """Return the discount factor so many years after the start: 1.1 ** -years."""
    return float((1 + rate) ** -years)


def present_value(*musd_by_year: float) -> float:
    """Return the value of flows in 2029, 2030, ...: each is discounted from the middle of its year."""
    return sum(musd * factor(year + 0.5) for year, musd in enumerate(musd_by_year))


# --- minimal cases --------------------------------------------------------------------------------------


def hall(name: str = "hall", mw: float = 10, *, mining_mw: float = 0, **changes: object) -> Entry:
    """Return a hall of 10 MW, one bay and ample floor; it hashes on air if mining_mw is given."""
    entry: Entry = {"id": name, "electrical_mw": mw, "floor_m2": 10_000, "bays": 1}
    if mining_mw:
        entry["mining"] = {"capacity_mw": mining_mw, "cooling": "air"}
    return entry | changes


def module(**changes: object) -> Entry:
    """Return one cooling module large enough for everything; it costs nothing and draws nothing."""
    entry: Entry = {"id": "plant", "name": "Plant", "medium": "air", "capacity_mw": 200}
    return entry | {"floor_m2": 0, "capex_usd": 0, "fan_power_frac": 0} | changes


def design(name: str = "air", **changes: object) -> Entry:
    """Return an air-cooled design for 100 kW racks at 1 MUSD per IT MW, built in 12 months, without losses."""
    entry: Entry = {
        "id": name, "name": name, "cooling": "air", "redundancy": "n", "max_kw_per_rack": 100, "m2_per_rack": 1,
        "electrical_m2_per_it_mw": 0, "liquid_heat_frac": 0, "electrical_loss_frac": 0, "air_module": "plant",
        "capex_usd_per_it_mw": 1e6, "build_months": 12,
    }  # fmt: skip
    return entry | changes


def lease(name: str = "lease", it_mw: float = 10, rent: float = 100, **changes: object) -> Entry:
    """Return a lease of 100 kW racks, service from 2030-01-01 at the earliest and the latest, for 24 months."""
    entry: Entry = {
        "kind": "colocation", "id": name, "tenant": name, "it_mw": it_mw, "kw_per_rack": 100,
        "rent_usd_per_kw_month": rent, "cooling": ["air"], "redundancy": "n", "ready_by": "2030-01-01",
        "longstop": "2030-01-01", "term_months": 24, "lease": "modified_gross",
    }  # fmt: skip
    return entry | changes


def asic(count: int = 4_000, **changes: object) -> Entry:
    """Return air-cooled machines of 2.5 kW and 125 TH/s: 20 J/TH, 400 to the MW, worthless when sold."""
    entry: Entry = {"id": "asic", "name": "Asic", "count": count, "hashrate_ths": 125, "power_w": 2_500}
    return entry | {"cooling": "air"} | changes


def power(*bins: tuple[float, float], **terms: object) -> Entry:
    """Return power terms with the same price curve, (share of hours, USD/MWh), in every quarter."""
    steps = [{"hours_frac": share, "usd_per_mwh": usd} for share, usd in bins or ((1.0, 0.0),)]
    return {"curve": [{"quarter": quarter, "bins": steps} for quarter in (1, 2, 3, 4)], **terms}


@dataclass(frozen=True)
class Site:
    """What a minimal case is made of; anything left out is without friction."""

    halls: tuple[Entry, ...] = field(default_factory=lambda: (hall(),))
    contracts: tuple[Entry, ...] = ()
    designs: tuple[Entry, ...] = field(default_factory=lambda: (design(),))
    modules: tuple[Entry, ...] = field(default_factory=lambda: (module(),))
    years: int = 3
    grid: tuple[Entry, ...] = ()
    """Period blocks in place of whole years."""
    usd_per_ph_day: float = 0
    power: Entry = field(default_factory=power)
    demand_response: tuple[Entry, ...] = ()
    machines: tuple[Entry, ...] = ()
    operations: Entry = field(default_factory=dict)
    fleet: Entry = field(default_factory=dict)
    """Further fields of the fleet: other places, hosted machines, rigs and their rental."""
    gpu_systems: tuple[Entry, ...] = ()
    finance: Entry = field(default_factory=dict)
    carbon: Entry = field(default_factory=dict)
    quantile: float = 0.5
    hashprice: Entry | None = None
    """In place of the flat usd_per_ph_day."""
    firm_mw: float = 100
    more: Entry = field(default_factory=dict)
    """Further fields of the site: pads, upgrades, limits."""
    overrides: tuple[Entry, ...] = ()
    """Decisions fixed beforehand."""

    def case(self) -> Case:
        """Return the case."""
        flat = {"forward_curve": [{"date": "2029-01-01", "usd_per_ph_day": self.usd_per_ph_day}]}
        climate = {"design_temperature_c": 35, "hours_below_c": {35: 8_760}}
        site = {"name": "Site", "firm_mw": self.firm_mw, "climate": climate, "halls": self.halls, **self.more}
        case = Case.model_validate(
            {
                "schema_version": 1,
                "name": "Hand-solved",
                "study": {
                    "start": "2029-01-01",
                    "grid": self.grid or ({"months": 12, "count": self.years},),
                    "discount_rate_frac": RATE,
                    "queue_quantile_frac": self.quantile,
                },
                "market": {
                    "hashprice": self.hashprice or flat,
                    "power": self.power,
                    "demand_response": self.demand_response,
                },
                "site": site,
                "fleet": {"classes": self.machines, "operations": self.operations, **self.fleet},
                "cooling_modules": self.modules,
                "designs": self.designs,
                "gpu_systems": self.gpu_systems,
                "contracts": self.contracts,
                "carbon": self.carbon,
                "finance": self.finance,
                "overrides": self.overrides,
            }
        )
        return with_sizes(case)


# --- solving --------------------------------------------------------------------------------------------


def arrays_of(case: Case) -> tuple[assemble.Built, Arrays]:
    """Return the model of a case and its arrays."""
    built = assemble.build(translate(case))
    return built, handover.compile_arrays(built)


def solve_case(case: Case, gap: float = 0.0) -> Solution:
    """Return the optimum that HiGHS finds, after the checks of `solution.read`."""
    built, arrays = arrays_of(case)
    report, x = solve.solve(arrays, solve.SolveOptions(gap_frac=gap, time_limit_s=60))
    assert report.status is solve.Status.OPTIMAL
    assert x is not None
    return solution.read(built, arrays, x)


def scip_model(arrays: Arrays) -> Model:
    """Return the arrays as SCIP reads them from the MPS file that is written for other solvers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mps"
        solve.write_mps(arrays, path)
        model = Model()
        model.hideOutput()
        model.readProblem(str(path))
    return model


def solve_with_scip(case: Case) -> float:
    """Return the optimum that SCIP finds for the same arrays, in MUSD."""
    model = scip_model(arrays_of(case)[1])
    model.setParam("limits/gap", 0.0)
    model.setParam("numerics/feastol", 1e-9)
    model.setParam("limits/time", 60.0)
    model.optimize()
    assert model.getStatus() == "optimal"
    return -float(model.getObjVal())


def posted_musd(found: Solution, line: str, item: str) -> list[float]:
    """Return an item's amounts in the cash flow, in the order of its periods, zeros left out."""
    cash = found.cash_flow
    rows = cash[(cash["line"] == line) & (cash["item"] == item)].sort_values("column")
    return [musd for musd in rows["musd"].tolist() if abs(musd) > 1e-9]


def starts(case: Case, found: Solution) -> dict[str, int]:
    """Return the accepted contracts and the period in which the service of each starts."""
    taken = found.tables["tenants"][["contract", "start"]].to_numpy(dtype=int).tolist()
    return {case.contracts[c].id: k for c, k in taken}


# --- the register -----------------------------------------------------------------------------------------


Look = Callable[[Solution], None]
"""A check of further facts of a plan."""


def _nothing_more(_: Solution) -> None:
    """Check nothing beyond the value and the contracts."""


@dataclass(frozen=True)
class HandSolved:
    """A case, its optimum worked out by hand, and the contracts of the optimal plan."""

    site: Site
    npv_musd: float
    starts: Mapping[str, int] | None = field(default_factory=dict)
    """Accepted contract -> period in which its service starts; None where equally good plans differ in it."""
    look: Look = _nothing_more
    """Further facts of the optimal plan."""

    def check(self) -> None:
        """Solve the case and compare."""
        case = self.site.case()
        found = solve_case(case)
        assert found.npv_musd == pytest.approx(self.npv_musd, rel=REL, abs=1e-9)
        assert audit(translate(case), found.tables, found.cash_flow, found.npv_musd) == ()
        if self.starts is not None:
            assert starts(case, found) == self.starts
        self.look(found)


Example = Callable[[], Iterator[HandSolved]]
REGISTER: dict[str, Example] = {}
"""Every hand-solved case by the name of its test; the second solver is given all of them."""


def hand_solved(example: Example) -> Callable[[], None]:
    """Make a test of an example, and register it for the second solver."""
    assert example.__name__ not in REGISTER, "two hand-solved cases share a name"

    def test() -> None:
        for solved in example():
            solved.check()

    REGISTER[example.__name__] = example
    test.__name__, test.__qualname__ = example.__name__, example.__qualname__
    test.__doc__, test.__module__ = example.__doc__, example.__module__
    return test


def months_of(year: int) -> list[tuple[int, int]]:
    """Return the days of each month of a year, and the days of the year before it."""
    borders = [date(year, month, 1).toordinal() for month in range(1, 13)] + [date(year + 1, 1, 1).toordinal()]
    return [(after - before, before - borders[0]) for before, after in pairwise(borders)]

"""Cases without a plan, each with one planted cause: the message names it, its dates, and ways out that work.

All but one are the quickstart with its dense lease signed (8 MW of IT, 8.8 MW on the design day, ready by January
2028, longstop July 2028) and one thing changed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from planner.case_file.sizes import with_sizes
from planner.cli import app
from planner.schemas import Case
from planner.studies.infeasible import CauseKind, Infeasibility, WayOutKind, explain, necessary, unplannable
from planner.studies.infeasible.contract_remedies import contract_remedies, unsigned
from planner.studies.infeasible.grid_remedies import grid_remedies
from planner.studies.infeasible.ground import Ground
from planner.studies.infeasible.money_remedies import money_remedies
from planner.studies.infeasible.remedies import changed
from planner.studies.infeasible.trials import Trials
from planner.studies.plan import InfeasibleCase, PlanOptions, plan
from planner.translate import translate
from site_conversion.assemble import build
from site_conversion.handover import compile_arrays
from site_conversion.solve import SolveOptions, Status, solve
from tests.formulation.support import Site, lease, power
from tests.invariants.strategies import TAPE_BYTES, Need, build_case
from tests.invariants.tape import Tape

Entry = dict[str, Any]
MOST_S = 30.0
"""Of one core."""
PATIENT_S = 200.0
"""So that a busy machine finds the same."""
QUICKSTART = Path(__file__).parents[3] / "examples" / "quickstart" / "case.yaml"
NO_QUEUE = {"p10_months": 0, "p50_months": 0, "p90_months": 0}
QUEUE_24 = {"p10_months": 18, "p50_months": 24, "p90_months": 36}


def quickstart(*, site: Entry = {}, lease: Entry = {}, also: tuple[Entry, ...] = (), **parts: object) -> Case:  # noqa: B006
    """Return the quickstart with its dense lease signed and some entries changed."""
    data = YAML(typ="safe").load(QUICKSTART)
    dense = next(offer for offer in data["contracts"] if offer["id"] == "dense_lease")
    data["contracts"] = [dense | {"signed": True} | lease, *(dense | {"signed": True} | more for more in also)]
    data["site"] |= site
    data["finance"] = {}
    for path, value in parts.items():
        data[path] = value(data[path]) if callable(value) else value
    return with_sizes(Case.model_validate(data))


def each(**fields: object) -> Callable[[list[Entry]], list[Entry]]:
    """Return a change of all entries of a list."""
    return lambda entries: [entry | fields for entry in entries]


def upgrade(**fields: object) -> list[Entry]:
    return [{"id": "line", "name": "second line", "firm_mw": 10, "queue": NO_QUEUE, **fields}]


def hosted(name: str, mw: float) -> Entry:
    return {
        "id": name, "customer": name, "mw": mw, "cooling": "air", "fee_usd_per_mwh": 60, "power": "passed_through",
        "latest_start": "2027-07-01", "term_months": 24, "signed": True,
    }  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A case with one cause, and what must be said of it."""

    case: Callable[[], Case]
    kind: CauseKind
    says: tuple[str, ...]
    amount: float | None
    since: date
    until: date | None
    out: Mapping[WayOutKind, float] = field(default_factory=dict)
    """Ways out that must be among those found, with their least amounts."""


JAN, JUL = date(2028, 1, 1), date(2028, 7, 1)
END = date(2035, 1, 1)
BUDGET = {"equity_budget": [{"date": "2027-01-01", "added_usd": 46e6}]}
LOAN = {
    "loan_to_cost_frac": 0.7, "coupon_frac": 0.08, "draw_until": "2028-01-01", "tenor_months": 84,
    "repayment": "level", "least_dscr": 4,
}  # fmt: skip
CAP = {"cap": [{"date": "2029-01-01", "t_per_year": 30_000}]}
COLD_MODULES = each(rated_temperature_c=25, derate_frac_per_c=0.1)

PLANTED: dict[str, Planted] = {
    # 8.8 MW are needed, 5 are there
    "firm MW": Planted(
        lambda: quickstart(site={"firm_mw": 5}),
        CauseKind.POWER,
        ("dense_lease (8.0 MW of IT, ready by Jan 2028, longstop Jul 2028)", "draws 8.8 MW of firm power"),
        3.8,
        date(2027, 1, 1),
        JUL,
        {WayOutKind.FIRM_MW: 3.8, WayOutKind.SIZE: 3.5, WayOutKind.GIVE_UP: 1},
    ),
    "interruptible counted as firm": Planted(
        lambda: quickstart(site={"firm_mw": 5, "interruptible_mw": 35}),
        CauseKind.POWER,
        ("35.0 MW of interruptible power do not serve AI load", "never has more than 5.0 MW"),
        3.8,
        date(2027, 1, 1),
        JUL,
        {WayOutKind.FIRM_FROM_INTERRUPTIBLE: 3.8},
    ),
    # 8 MVA at a power factor of 0.95 are 7.6 MW
    "substation": Planted(
        lambda: quickstart(site={"substation_mva": 8}),
        CauseKind.SUBSTATION,
        ("needs 8.8 MW of substation capacity, at most 7.6 can be there: short by 1.2 MW",),
        1.2,
        JUL,
        END,
        {WayOutKind.SUBSTATION: 1.3},
    ),
    "queue longer than the longstop": Planted(
        lambda: quickstart(site={"firm_mw": 5, "upgrades": upgrade(queue=QUEUE_24)}),
        CauseKind.POWER,
        ("until Jan 2029", "second line, asked for in Jan 2027, is usable from Jan 2029: queue of 24.0 months"),
        3.8,
        JUL,
        date(2029, 1, 1),
        {WayOutKind.UPGRADE: 6, WayOutKind.LONGSTOP: 6, WayOutKind.QUANTILE: 0.5 - 0.1},
    ),
    "equipment that takes long": Planted(
        lambda: quickstart(
            site={"firm_mw": 5, "upgrades": upgrade(equipment=[{"name": "transformer", "lead_time_months": 30}])}
        ),
        CauseKind.POWER,
        ("transformer takes 30 months", "short by 3.8 MW until Jul 2029"),
        3.8,
        JUL,
        date(2029, 7, 1),
        {WayOutKind.UPGRADE: 12, WayOutKind.LONGSTOP: 12},
    ),
    "change of use": Planted(
        lambda: quickstart(site={"change_of_use": {"queue": QUEUE_24}}),
        CauseKind.CONSENT,
        ("consent to serve AI load from the grid is short by 8.8 MW until Jan 2029",),
        8.8,
        JUL,
        date(2029, 1, 1),
        {WayOutKind.CONSENT: 6, WayOutKind.LONGSTOP: 6},
    ),
    "no design dense enough": Planted(
        lambda: quickstart(lease={"kw_per_rack": 200}),
        CauseKind.DESIGN,
        ("needs direct_to_chip with redundancy n at 200 kW/rack; the densest such design takes 150",),
        None,
        JAN,
        JUL,
        {WayOutKind.DENSITY: 50, WayOutKind.TERMS: 1},
    ),
    "no redundancy": Planted(
        lambda: quickstart(lease={"redundancy": "two_n"}),
        CauseKind.DESIGN,
        ("with redundancy two_n; the best such design has n",),
        None,
        JAN,
        JUL,
        {WayOutKind.TERMS: 1},
    ),
    "works longer than the longstop": Planted(
        lambda: quickstart(designs=each(build_months=24)),
        CauseKind.WORKS,
        ("the earliest any suitable hall is ready is Jan 2029", "begins Jul 2028", "6 months too late"),
        6,
        JUL,
        date(2029, 1, 1),
        {WayOutKind.WORKS: 6, WayOutKind.LONGSTOP: 6},
    ),
    # works of 12 months must begin by July 2027; the crew comes in October
    "crews that come late": Planted(
        lambda: quickstart(
            site={"crews": [{"date": "2027-01-01", "halls_at_once": 0}, {"date": "2027-10-01", "halls_at_once": 1}]}
        ),
        CauseKind.CREWS,
        ("dense_lease: short of crews for halls by 1 hall from Jul 2027 to Oct 2027",),
        1,
        date(2027, 7, 1),
        date(2027, 10, 1),
        {WayOutKind.CREWS: 1, WayOutKind.WORKS: 3, WayOutKind.LONGSTOP: 3},
    ),
    # 8 MW of IT are fitted out in 12 months from July 2027, as no crew is there before
    "crews for too few megawatts": Planted(
        lambda: quickstart(
            site={"crews": [{"date": "2027-01-01", "it_mw_at_once": 0}, {"date": "2027-07-01", "it_mw_at_once": 3.5}]}
        ),
        CauseKind.CREWS,
        ("dense_lease: short of crews for fit-out by", "4.5 MW from"),
        4.5,
        date(2027, 7, 1),
        JUL,
        {WayOutKind.CREWS: 4.5},
    ),
    "bays together": Planted(
        lambda: quickstart(
            site={"halls": [{"id": "hall", "electrical_mw": 20, "floor_m2": 4000, "bays": 1}]},
            also=({"id": "second", "it_mw": 4},),
        ),
        CauseKind.ROOM,
        ("dense_lease and second together need 2 bays of halls and pads", "short by 1 bay from"),
        1,
        JUL,
        END,
        {WayOutKind.HALL_BAYS: 1, WayOutKind.HALLS: 1},
    ),
    # a rack and its electrical room take 10 m2: seven in the 70 that a module for air and one for liquid leave of 100
    "floor": Planted(
        lambda: quickstart(site={"halls": [{"id": "hall", "electrical_mw": 20, "floor_m2": 100, "bays": 1}]}),
        CauseKind.ROOM,
        ("it needs 80 racks (8.0 MW of IT)", "hold 7 (0.7 MW) by their floor"),
        73,
        JAN,
        JUL,
        # 800 m2 of racks, two modules for the heat to air and four for that to liquid
        {WayOutKind.HALL_FLOOR: 800 + 2 * 10 + 4 * 20 - 100},
    ),
    "cooling at the design temperature": Planted(
        lambda: quickstart(cooling_modules=COLD_MODULES),
        CauseKind.ROOM,
        ("by their cooling, which carries nothing at the design temperature",),
        80,
        JAN,
        JUL,
    ),
    # 8 MW * 0.8 to liquid * 1 m3/MWh: 56,217.6 m3 in a leap year
    "water": Planted(
        lambda: quickstart(
            site={"water_limit_m3_per_year": 50_000},
            cooling_modules=lambda modules: [
                m | ({"free_cooling_c": 20, "water_m3_per_mwh_heat": 1} if m["medium"] == "liquid" else {})
                for m in modules
            ],
        ),
        CauseKind.WATER,
        ("needs 56,217.6 m3 of cooling water", "short by 6,217.6 m3"),
        6_217.6,
        JUL,
        END,
        {WayOutKind.WATER: 6_300},
    ),
    "equity": Planted(
        lambda: quickstart(finance=BUDGET),
        CauseKind.EQUITY,
        ("short of equity available by up to 1 MUSD",),
        1,
        date(2028, 4, 1),
        END,
        {WayOutKind.EQUITY: 1},
    ),
    "cover of the loan": Planted(
        lambda: quickstart(finance={"equity_budget": [{"date": "2027-01-01", "added_usd": 20e6}], "debt": LOAN}),
        CauseKind.LOAN,
        ("cash that covers debt service",),
        None,
        JAN,
        END,
        {WayOutKind.COVER: 0},
    ),
    # 8.8 MW * 8,760 h * 0.4 t
    "carbon cap": Planted(
        lambda: quickstart(site={"emissions": {"average_kg_per_mwh": 400}}, carbon=CAP),
        CauseKind.CARBON,
        (
            "dense_lease emits at least 30,835.2 t CO2 in 2029",
            "allowed in 2029 by 835.2",
            "up to 2034 by up to 919.7",
        ),
        919.68,
        date(2029, 1, 1),
        END,
        {WayOutKind.CARBON: 920},
    ),
    "two leases that do not fit together": Planted(
        lambda: quickstart(site={"firm_mw": 15}, also=({"id": "second"},)),
        CauseKind.POWER,
        ("dense_lease and second together need 17.6 MW of firm power, at most 15", "short by 2.6 MW"),
        2.6,
        JUL,
        END,
        {WayOutKind.FIRM_MW: 2.6, WayOutKind.GIVE_UP: 1},
    ),
    "signed customers together": Planted(
        lambda: quickstart(site={"firm_mw": 60}, fleet={"hosted": [hosted("one", 25), hosted("two", 20)]}),
        CauseKind.MINING_ROOM,
        ("one and two together need 45 MW of air-cooled hashing space, at most 40", "short by 5 MW"),
        5,
        date(2027, 7, 1),
        date(2029, 1, 1),
        {WayOutKind.GIVE_UP: 1},
    ),
    # the permit of the gas sets ends with the study, the lease two years later
    "a lease that outlasts its power": Planted(
        lambda: Site(
            contracts=(lease(term_months=36, signed=True),),
            firm_mw=0,
            power=power((0.5, 10), (0.5, 90)),
            more={"supplies": [GAS]},
        ).case(),
        CauseKind.OUTLASTING,
        ("firm grid MW for contracts that outlast the study by 10 MW after the study ends",),
        10,
        date(2032, 1, 1),
        None,
        {WayOutKind.SUPPLY: 1, WayOutKind.FIRM_MW: 10},
    ),
    "latency": Planted(
        lambda: quickstart(lease={"latency": {"metro": "dallas", "max_ms": 5}}, site={"latency_ms": {"dallas": 8.4}}),
        CauseKind.TERMS,
        ("asks for dallas within 5 ms, the site is at 8.4 ms",),
        None,
        JAN,
        JUL,
        {WayOutKind.TERMS: 1},
    ),
}

GAS: Entry = {
    "kind": "gas", "id": "gas", "name": "gas", "unit_mw": 5, "most_units": 4, "capex_usd_per_mw": 1e6,
    "lead_time_months": 12, "firm_frac": 1, "heat_rate_mmbtu_per_mwh": 8, "fuel_usd_per_mmbtu": 4,
    "leaves_by": "2032-01-01",
}  # fmt: skip


def why_not(case: Case) -> Infeasibility:
    with pytest.raises(InfeasibleCase) as raised:
        plan(case, {}, PlanOptions(ways_out_s=PATIENT_S))
    assert raised.value.why is not None
    assert str(raised.value) == raised.value.why.words()
    return raised.value.why


@pytest.mark.parametrize("name", PLANTED)
def test_the_cause_its_dates_and_ways_out_are_named(name: str) -> None:
    planted = PLANTED[name]
    began = time.process_time()
    why = why_not(planted.case())
    assert time.process_time() - began < MOST_S
    (cause,) = why.causes
    assert cause.kind is planted.kind
    for words in planted.says:
        assert words in why.words()
    if planted.amount is not None:
        assert cause.amount == pytest.approx(planted.amount, abs=0.01)
    assert (cause.since, cause.until) == (planted.since, planted.until)
    assert why.ways_out
    found = {way.kind: way.amount for way in why.ways_out}
    for kind, amount in planted.out.items():
        assert kind in found
        if amount:
            assert found[kind] == pytest.approx(amount)
    for way in why.ways_out:
        assert way.words in why.words()
        assert way.changes
        plan(way.case, {}, PlanOptions(SolveOptions(gap_frac=1.0)))


# --- what the ways out promise


@pytest.mark.parametrize("name", ["firm MW", "substation", "equity", "queue longer than the longstop", "carbon cap"])
def test_a_step_less_of_a_way_out_is_not_enough(name: str) -> None:
    case = PLANTED[name].case()
    instance = translate(case)
    ground, trials = Ground(case, instance, necessary(case, instance)), Trials(MOST_S)
    wanted = {kind for kind in PLANTED[name].out if kind is not WayOutKind.GIVE_UP}
    checked = set()
    for remedy in (*grid_remedies(ground), *money_remedies(ground), *contract_remedies(ground)):
        if remedy.kind in wanted:
            i = int(np.argmin(np.abs(np.array(remedy.amounts) - PLANTED[name].out[remedy.kind])))
            assert trials.possible(remedy.change(case, remedy.amounts[i]))
            assert i == 0 or not trials.possible(remedy.change(case, remedy.amounts[i - 1]))
            checked.add(remedy.kind)
    assert checked == wanted
    assert not trials.is_cut_short


def test_two_causes_that_no_single_change_mends_are_mended_together() -> None:
    """3.8 MW of firm power are missing for one lease, whose racks no design takes either; nothing is enough alone."""
    why = why_not(quickstart(site={"firm_mw": 5}, lease={"kw_per_rack": 200}, also=({"id": "second"},)))
    assert {cause.kind for cause in why.causes} == {CauseKind.DESIGN, CauseKind.POWER}
    changed_all, given_up = why.ways_out
    assert given_up.words.startswith("dense_lease and second given up")
    for way in why.ways_out:
        assert way.kind is WayOutKind.TOGETHER
        assert len(way.changes) > 1
        plan(way.case, {}, PlanOptions(SolveOptions(gap_frac=1.0)))
    fields = {change.field for change in changed_all.changes}
    assert "site.firm_mw" in fields


def test_a_search_without_time_says_so_and_shows_no_way_out() -> None:
    case = quickstart(site={"firm_mw": 5})
    instance = translate(case)
    why = explain(case, instance, necessary(case, instance), seconds=0.05)
    assert not why.ways_out
    assert why.is_cut_short
    assert "ended after 0 s: no way out was confirmed in that time" in why.words()
    assert why.causes[0].kind is CauseKind.POWER


def test_causes_alone_are_told_where_no_ways_out_are_wanted() -> None:
    """As for the points of a sweep: the first line has the cause."""
    for name in ("firm MW", "equity"):
        with pytest.raises(InfeasibleCase) as raised:
            plan(PLANTED[name].case(), {}, PlanOptions(ways_out_s=0.0))
        why = raised.value.why
        assert why is not None
        assert not why.ways_out
        assert "Ways out" not in str(raised.value)
        assert why.causes[0].kind is PLANTED[name].kind
        assert raised.value.headline.endswith(why.causes[0].words)


@pytest.mark.parametrize("name", ["latency", "substation", "works longer than the longstop"])
def test_an_offer_that_is_not_signed_is_no_cause(name: str) -> None:
    case = PLANTED[name].case()
    free = unsigned(case, frozenset({"dense_lease"}))
    assert unplannable(case) is not None
    assert unplannable(free) is None
    assert Trials(MOST_S).plannable(free)


def test_conditions_are_necessary() -> None:
    """Random cases in which much is signed: what the conditions rule out, the solver rules out too."""
    draw, told = np.random.default_rng(6), 0
    for n in range(24):
        made = build_case(Tape(draw.bytes(TAPE_BYTES)), Need(halls=1 + n % 2))
        contracts = tuple(changed(c, signed=True, termination_usd=None) for c in made.contracts)
        case = changed(made, contracts=contracts)
        if necessary(case, translate(case)):
            told += 1
            built = build(translate(case))
            report, _ = solve(compile_arrays(built), SolveOptions(gap_frac=100.0))
            assert report.status is Status.INFEASIBLE
    assert told >= 5


# --- the command line


def written(folder: Path, **changes: Any) -> str:
    """Write the quickstart with its dense lease signed and some fields of the site changed."""
    data = YAML(typ="safe").load(QUICKSTART)
    data["contracts"] = [data["contracts"][0] | {"signed": True}]
    data["site"] |= changes
    YAML(typ="safe").dump(data, folder / "case.yaml")
    return str(folder / "case.yaml")


def test_plan_prints_and_writes_why_there_is_no_plan(tmp_path: Path) -> None:
    case = written(tmp_path, firm_mw=5)
    done = CliRunner().invoke(app, ["plan", case, "--json", "--out", str(tmp_path / "out")])
    assert done.exit_code == 3
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "out" / "infeasible.json").read_text())
    assert told["format"] == "conversion-planner infeasibility"
    assert told["causes"][0]["kind"] == "firm power"
    assert told["causes"][0]["until"] == "2028-07-01"
    (firm,) = [way for way in told["ways_out"] if way["kind"] == "more firm MW"]
    assert firm["changes"] == [{"field": "site.firm_mw", "before": "5", "after": "8.8"}]
    assert "1. 3.8 MW more firm power" in done.stderr
    plain = CliRunner().invoke(app, ["plan", case])
    assert plain.exit_code == 3
    assert not plain.stdout


def test_validate_says_what_can_be_seen_without_planning(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["validate", written(tmp_path, firm_mw=5)])
    assert done.exit_code == 3
    assert "error: infeasible: no plan delivers the signed contracts (dense_lease)" in done.stderr
    assert "the site never has more than 5.0 MW" in done.stderr
    assert CliRunner().invoke(app, ["validate", written(tmp_path, firm_mw=9)]).exit_code == 0


def test_what_no_hall_could_ever_host_is_a_mistake_of_the_file_and_an_answer_to_a_change(tmp_path: Path) -> None:
    """As it is typed, with the line; as a what-if, with the ways out."""
    case = written(tmp_path)
    told = CliRunner().invoke(app, ["plan", case, "--set", "contracts[dense_lease].kw_per_rack=300"])
    assert told.exit_code == 3
    assert "the densest such design takes 150" in told.stderr
    assert "Ways out" in told.stderr
    Path(case).write_text(Path(case).read_text().replace("kw_per_rack: 100", "kw_per_rack: 300"))
    for command in ("validate", "plan"):
        told = CliRunner().invoke(app, [command, case])
        assert told.exit_code == 2
        assert "can never be hosted: it needs direct_to_chip with redundancy n at 300 kW/rack" in told.stderr
        assert "(contracts[0].kw_per_rack)" in told.stderr

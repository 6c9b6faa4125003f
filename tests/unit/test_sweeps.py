"""Sweeps solved: points worked out by hand, points equal to single runs, plans that are kept, points that fail.

The quickstart is worked out by hand in its README: the dense lease gains 12.109 MUSD over mining, the air lease 7.264;
both together cost 77 MUSD and there are 60.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.reports.sweep.points import sweep_json, sweep_text, write_sweep
from planner.studies.sweeps.effects import effects
from planner.studies.sweeps.journal import NAME, Journal, JournalError
from planner.studies.sweeps.outcome import HeldAs, PointFigures, PointOutcome, PointStatus, Way
from planner.studies.sweeps.points import points_of
from planner.studies.sweeps.pool import ProcessPool
from planner.studies.sweeps.run import SweepOptions, Swept, best_known
from planner.studies.sweeps.table import SweepRow, SweepTable, frame
from site_conversion.solve import SolveOptions
from tests.unit.sweep_support import (
    QUICKSTART,
    Here,
    Pretended,
    deadly,
    faulty,
    one,
    swept,
    timeless,
    written,
)

MINING, DENSE, AIR = 50.36137, 12.10940, 7.26410
SEVEN_YEARS = 4.64296
"""Value of a dollar a year from 2028 to 2034."""
DOLLAR_2027 = 0.95380
REL = 1e-5


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """The example's sweep, best plan and plan kept at every point."""
    return swept((QUICKSTART / "sweep.yaml").read_text(encoding="utf-8"), tmp_path_factory.mktemp("example"))


def row(made: Swept, name: str, way: Way = Way.REOPTIMISED) -> SweepRow:
    return next(row for row in made.table.rows if (row.name, row.way) == (name, way))


def gain(made: Swept, name: str, way: Way = Way.REOPTIMISED) -> float:
    figures = row(made, name, way).outcome.figures
    assert figures is not None
    return figures.gain_usd / 1e6


def how(made: Swept, name: str) -> HeldAs | None:
    return row(made, name, Way.HELD).outcome.held


# --- by hand ----------------------------------------------------------------------------------------------


def test_the_base_case_is_the_first_point(example: Swept) -> None:
    first = example.table.rows[0]
    figures = first.outcome.figures
    assert (first.point, first.name, first.values) == (0, "base", (1.0, 175.0, 1.0, 0.0, 60e6))
    assert figures is not None
    assert figures.npv_usd == pytest.approx((MINING + DENSE) * 1e6, rel=REL)
    assert (figures.offers, figures.payback_year) == (("dense_lease",), 2031)
    assert figures.halls == ("hall_a:liquid_hall@2027-01-01",)


def test_a_lower_rent_turns_to_the_other_lease(example: Swept) -> None:
    """150 for 175 USD is 2.4 MUSD less a year, 12.109 - 2.4 x 4.643 = 0.966: the air lease gains 7.264, 6.297 more."""
    assert gain(example, "dense_rent 150") == pytest.approx(AIR, rel=REL)
    kept = DENSE - 2.4 * SEVEN_YEARS
    assert gain(example, "dense_rent 150", Way.HELD) == pytest.approx(kept, rel=1e-3)
    assert row(example, "dense_rent 150", Way.HELD).regret_usd == pytest.approx(1e6 * (AIR - kept), rel=1e-3)


def test_a_higher_rent_keeps_the_plan(example: Swept) -> None:
    assert gain(example, "dense_rent 200") == pytest.approx(DENSE + 2.4 * SEVEN_YEARS, rel=1e-4)
    assert row(example, "dense_rent 200").outcome.plan == example.table.rows[0].outcome.plan
    assert row(example, "dense_rent 200", Way.HELD).regret_usd == pytest.approx(0, abs=1)


def test_dearer_building_is_paid_once(example: Swept) -> None:
    """A fifth more on 47 MUSD in 2027: 9.4 x 0.9538."""
    assert gain(example, "building_cost x1.2", Way.HELD) == pytest.approx(DENSE - 9.4 * DOLLAR_2027, rel=1e-4)


def test_more_equity_takes_both_and_the_plan_kept_does_not(example: Swept) -> None:
    assert gain(example, "equity 80000000") == pytest.approx(DENSE + AIR, rel=REL)
    assert gain(example, "equity 80000000", Way.HELD) == pytest.approx(DENSE, rel=REL)
    assert row(example, "equity 80000000", Way.HELD).regret_usd == pytest.approx(1e6 * AIR, rel=REL)
    assert how(example, "equity 80000000") is HeldAs.DECIDED


def test_a_plan_kept_beyond_the_budget_is_valued_and_said_so(example: Swept) -> None:
    """40 MUSD do not pay for the dense lease, which costs 47: the plan kept lacks 7, and no regret is told of it."""
    assert gain(example, "equity 40000000") == pytest.approx(AIR, rel=REL)
    assert gain(example, "equity 40000000", Way.HELD) == pytest.approx(DENSE, rel=REL)
    assert how(example, "equity 40000000") is HeldAs.UNFUNDED
    assert row(example, "equity 40000000", Way.HELD).outcome.short_usd == pytest.approx(7e6)
    assert row(example, "equity 40000000", Way.HELD).regret_usd is None


def test_late_works_move_the_dates_of_a_plan_that_is_kept(example: Swept) -> None:
    assert how(example, "works_late +3") is HeldAs.MOVED
    assert gain(example, "works_late +3", Way.HELD) == pytest.approx(gain(example, "works_late +3"), rel=1e-9)


def test_a_plan_that_cannot_be_kept_says_why(tmp_path: Path) -> None:
    """In a hall of 5 MW the lease has too little power; a hall of another name is not the one that was decided on."""
    points = "{name: small, changes: ['site.halls[hall_a].electrical_mw=5']}, "
    points += "{name: gone, changes: ['site.halls[hall_a].id=hall_x']}"
    made = swept(one(f"{{kind: list, points: [{points}]}}", mode="hold"), tmp_path)
    small, gone = row(made, "small", Way.HELD).outcome, row(made, "gone", Way.HELD).outcome
    assert (small.status, gone.status) == (PointStatus.INFEASIBLE, PointStatus.INFEASIBLE)
    assert "the plan that is kept cannot be carried out; dense_lease" in small.error
    assert "no hall or pad 'hall_a' in the case" in gone.error
    assert made.table.rows[0].way is Way.REOPTIMISED


# --- points that fail --------------------------------------------------------------------------------------

HALF = "{name: hashprice, path: market.hashprice_scale_frac, how: set, values: [0.9, 0.5, 0.8]}"
ONE_FAILS = one("{kind: grid}", factors=f"[{HALF}]")


def statuses(made: Swept) -> list[str]:
    return [row.outcome.status.value for row in made.table.rows]


def test_a_fault_is_recorded_the_rest_goes_on_and_it_is_tried_again(tmp_path: Path) -> None:
    made = swept(ONE_FAILS, tmp_path, how=faulty)
    assert statuses(made) == ["optimal", "optimal", "failed", "optimal"]
    assert "a fault at half the hashprice" in made.table.rows[2].outcome.error
    again = Here()
    assert statuses(swept(ONE_FAILS, tmp_path, again)) == ["optimal"] * 4
    assert len(again.solved) == 1


def test_an_infeasible_point_is_an_answer(tmp_path: Path) -> None:
    """A lease that was signed costs 47 MUSD; with 40 it cannot be delivered, and the message names the money."""
    points = "{name: poor, changes: ['contracts[dense_lease].signed=true', 'finance.equity_budget[0].added_usd=40e6']}"
    text = one(f"{{kind: list, points: [{points}]}}")
    made = swept(text, tmp_path)
    assert statuses(made) == ["optimal", "infeasible"]
    assert "short of equity available" in made.table.rows[1].outcome.error
    again = Here()
    swept(text, tmp_path, again)
    assert again.solved == []


def test_an_infeasible_base_case_leaves_nothing_to_keep(tmp_path: Path) -> None:
    """With equity of 40 MUSD as the base of a factor, the signed lease is delivered only where there is more."""
    equity = '{name: equity, path: "finance.equity_budget[0].added_usd", how: set, base: 40.0e6, values: [60.0e6]}'
    signed = '{name: signed, path: "contracts[dense_lease].signed", how: set, base: true, values: [true]}'
    text = one("{kind: grid}", factors=f"[{equity}, {signed}]", mode="both")
    made = swept(text, tmp_path)
    assert statuses(made) == ["infeasible", "infeasible", "optimal", "infeasible"]
    assert "no plan that could be kept: " in made.table.rows[3].outcome.error
    assert "short of equity available" in made.table.rows[3].outcome.error


def test_a_table_with_nothing_in_it_can_be_shown_and_written(tmp_path: Path) -> None:
    nothing = SweepTable("Sweep", "Case", ("hashprice",), 0.0, ())
    write_sweep(nothing, (), tmp_path)
    assert len(pd.read_csv(tmp_path / "points.csv")) == 0
    assert "Sweep" in sweep_text(nothing, ())


def test_a_worker_that_dies_takes_no_other_point_with_it(tmp_path: Path) -> None:
    pool = ProcessPool(1)
    made = swept(ONE_FAILS, tmp_path, pool, how=deadly)
    assert statuses(made) == ["optimal", "optimal", "failed", "optimal"]
    assert "the worker process died (signal 9, SIGKILL)" in made.table.rows[2].outcome.error


# --- the journal --------------------------------------------------------------------------------------------


def test_what_is_known_is_not_solved_again_and_what_is_new_is(tmp_path: Path) -> None:
    first, again = Pretended(), Pretended()
    swept(ONE_FAILS, tmp_path, first)
    more = ONE_FAILS.replace("0.9, 0.5, 0.8", "0.5, 1.0, 1.1")
    swept(more, tmp_path, again)
    assert len(first.solved) == 4
    assert len(again.solved) == 1, "1.0 is the base case and 0.5 is known"


def test_a_point_like_the_base_case_is_solved_with_it_and_leaves_its_result(tmp_path: Path) -> None:
    here = Here()
    made = swept(ONE_FAILS.replace("0.9, 0.5, 0.8", "1.0"), tmp_path, here)
    assert len(here.solved) == 1
    assert len(made.table.rows) == 2
    assert json.loads(made.base_json)["case"]["name"] == "Quickstart"


def test_another_gap_is_another_point(tmp_path: Path) -> None:
    first, again = Pretended(), Pretended()
    swept(ONE_FAILS, tmp_path, first)
    swept(ONE_FAILS, tmp_path, again, options=SweepOptions(SolveOptions(gap_frac=0.01)))
    assert len(again.solved) == len(first.solved)


def test_a_line_torn_by_a_kill_is_left_out(tmp_path: Path) -> None:
    made = swept(ONE_FAILS, tmp_path, Pretended())
    file = tmp_path / NAME
    file.write_bytes(file.read_bytes()[:-40])
    again = Pretended()
    resumed = swept(ONE_FAILS, tmp_path, again)
    assert len(again.solved) == 1
    assert timeless(resumed).equals(timeless(made))
    assert len([json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]) == 5


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("notes of mine\n", encoding="utf-8")
    with pytest.raises(JournalError, match="is not a journal of this planner"):
        swept(ONE_FAILS, tmp_path)
    assert (tmp_path / NAME).read_text(encoding="utf-8") == "notes of mine\n"


def test_two_sweeps_do_not_write_one_journal(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with Journal(tmp_path), pytest.raises(JournalError, match="another sweep is writing"):
        Journal(tmp_path)


# --- the table ----------------------------------------------------------------------------------------------


def test_every_outlet_has_the_same_table(example: Swept, tmp_path: Path) -> None:
    write_sweep(example.table, (), tmp_path)
    made = frame(example.table)
    parquet = pd.read_parquet(tmp_path / "points.parquet")
    csv = pd.read_csv(tmp_path / "points.csv")
    told = json.loads(sweep_json(example.table, ()))["points"]
    assert list(parquet.columns) == list(csv.columns) == list(made.columns) == list(told[0])
    for column in ("npv_usd", "gain_usd", "hashprice", "equity", "regret_usd"):
        wanted = made[column].astype("float64").to_numpy()
        for values in (parquet[column], csv[column], pd.Series([point[column] for point in told])):
            assert np.allclose(values.astype("float64"), wanted, rtol=1e-12, equal_nan=True), column
    assert len(csv) == 22


def test_without_its_library_there_is_no_parquet(
    example: Swept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.reports.sweep.points.find_spec", lambda _: None)
    assert [file.name for file in write_sweep(example.table, (), tmp_path)] == ["points.csv"]


def test_the_terminal_says_what_was_kept_and_what_it_cost(example: Swept) -> None:
    text = sweep_text(example.table, (), width=130)
    line = next(line for line in text.splitlines() if "dense_rent 150" in line)
    assert line.split() == [
        "3",
        "dense_rent",
        "150",
        "57.6",
        "+7.3",
        "air_lease",
        "51.3",
        "+1.0",
        "6.3",
        "gap",
        "0.00%",
    ]
    assert "over budget" in text


def test_values_that_are_no_numbers_are_text(tmp_path: Path) -> None:
    factor = '{name: ready, path: "contracts[dense_lease].ready_by", how: set, values: [2027-10-01, 2028-04-01]}'
    made = frame(swept(one("{kind: grid}", factors=f"[{factor}]"), tmp_path).table)
    assert made["ready"].tolist() == ["2028-01-01", "2027-10-01", "2028-04-01"]


# --- Morris ---------------------------------------------------------------------------------------------------

SCREEN = """
schema_version: 1
name: Screening
factors:
  - {name: first, lever: rent, low: 1, high: 2}
  - {name: second, lever: capex, low: 1, high: 2}
design: {kind: morris, trajectories: 5}
"""


NOTHING = PointFigures(
    npv_usd=0, npv_bound_usd=0, gap_frac=0, do_nothing_npv_usd=0, gain_usd=0, owner_gain_usd=None,
    greenfield_npv_usd=None, irr_frac=None, irr_words="", payback_year=None, payback_words="", peak_funding_usd=0,
    capex_usd=0, ai_it_mw=0, offers=(), halls=(), upgrades=(),
)  # fmt: skip


def valued(usd: float, room: float) -> PointOutcome:
    figures = NOTHING.model_copy(update={"npv_usd": usd, "npv_bound_usd": usd + room})
    return PointOutcome(status=PointStatus.OPTIMAL, figures=figures)


def test_a_kept_plan_better_than_the_one_a_stopped_search_found_is_the_best_known() -> None:
    """Found 100 with a bound of 130, kept 120: the best is 120 and up to 10 are open; beyond the budget it is not."""
    found = valued(100, 30).model_copy(update={"status": PointStatus.TIME_LIMIT, "plan": "found"})
    kept = valued(120, 0).model_copy(update={"plan": "kept"})

    def best(how: HeldAs) -> PointOutcome:
        outcomes = ((Way.REOPTIMISED, found), (Way.HELD, kept.model_copy(update={"held": how})))
        return best_known([SweepRow(1, "p", way, (), "", outcome) for way, outcome in outcomes])[0].outcome

    better = best(HeldAs.DECIDED)
    assert better.figures is not None
    assert (better.figures.npv_usd, better.figures.npv_bound_usd, better.plan) == (120, 130, "kept")
    assert better.figures.gap_frac == pytest.approx(10 / 120)
    assert better.status is PointStatus.TIME_LIMIT
    assert best(HeldAs.UNFUNDED) is found


def test_an_offer_that_a_point_leaves_no_power_for_drops_out_and_the_rest_is_planned(tmp_path: Path) -> None:
    """With 9 MW the air lease (10 MW drawn) can never be hosted, with 5 MW neither (8.8): answers, not bad input."""
    made = swept(
        one("{kind: one_at_a_time}", factors="[{name: firm, path: site.firm_mw, how: set, values: [5, 9]}]"), tmp_path
    )
    offers = {row.name: row.outcome.figures.offers for row in made.table.rows if row.outcome.figures}
    assert offers == {"base": ("dense_lease",), "firm 5": (), "firm 9": ("dense_lease",)}


def test_effects_of_a_plane_are_its_slopes(tmp_path: Path) -> None:
    """10 a + 3 (1 - b) over the unit square: mu* is 10 and 3, mu 10 and -3, no spread; a gap of 1 leaves 1 / (2/3)."""
    sweep = written(SCREEN, tmp_path).sweep
    rows = []
    for point in points_of(sweep)[1:]:
        a, b = (float(value) - 1 for value in point.values if isinstance(value, float))
        outcome = valued(10 * a + 3 * (1 - b), 1.0)
        rows.append(SweepRow(point.number, point.name, Way.REOPTIMISED, point.values, "", outcome))
    found = effects(sweep, SweepTable("", "", ("first", "second"), 0.0, tuple(rows)))
    assert [effect.factor for effect in found] == ["first", "second"]
    assert [effect.mu_star_usd for effect in found] == pytest.approx([10, 3])
    assert [effect.mu_usd for effect in found] == pytest.approx([10, -3])
    assert [effect.sigma_usd for effect in found] == pytest.approx([0, 0], abs=1e-9)
    assert [effect.unproven_usd for effect in found] == pytest.approx([1.5, 1.5])
    assert found[0].trajectories == 5
    without = effects(sweep, SweepTable("", "", ("first", "second"), 0.0, tuple(rows[1:])))
    assert without[0].trajectories == 4

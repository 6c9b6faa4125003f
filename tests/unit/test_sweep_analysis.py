"""What a sweep tells, on tables made by hand, and on the quickstart, where its README says what flips when."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.case_file import load_case, open_case
from planner.case_file.sweep import read_sweep
from planner.cli import app
from planner.reports.sweep.files import sweep_json, write_analysis
from planner.reports.sweep.page import sweep_page
from planner.reports.sweep.points import sweep_text
from planner.reports.sweep.text import analysis_text
from planner.reports.sweep.words import pin_sentence, regret_words, sentences, swing_words
from planner.schemas import Case
from planner.schemas.sweep import Scalar, Sweep
from planner.schemas.tenants import GpuCloud
from planner.studies.sweeps.cases import BaseCase, point_cases
from planner.studies.sweeps.glance import glance_text
from planner.studies.sweeps.outcome import HeldAs, PointFigures, PointOutcome, PointStatus, Way
from planner.studies.sweeps.points import points_of
from planner.studies.sweeps.table import SweepRow, SweepTable
from planner.views.sweep_analysis.analysis import SweepAnalysis, analyse
from planner.views.sweep_analysis.decisions import Level
from planner.views.sweep_analysis.flips import Proof
from tests.unit.sweep_support import CASE, QUICKSTART, Here, swept
from tests.unit.test_report_page import Outline

DENTON = QUICKSTART.parent / "denton/case.yaml"

M = 1e6
A = ("hall_a:air@2027-01-01",)
SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
LOW_HIGH = {"kind": "one_at_a_time"}


def row(
    point: int, values: tuple[Scalar | None, ...], gain: float | None, *, room: float | None = 0.0,
    offers: tuple[str, ...] = ("air",), halls: tuple[str, ...] = A, way: Way = Way.REOPTIMISED,
    held: HeldAs | None = None, status: PointStatus = PointStatus.OPTIMAL, name: str = "", plan: str = "",
    upgrades: tuple[str, ...] = (),
) -> SweepRow:  # fmt: skip
    """Return a row whose gain is in MUSD over a mining site worth 100; the room is what the bound leaves."""
    figures = None
    if gain is not None:
        npv = 100 + gain
        figures = PointFigures(
            npv_usd=npv * M, npv_bound_usd=None if room is None else (npv + room) * M,
            gap_frac=None if room is None else room / npv, do_nothing_npv_usd=100 * M, gain_usd=gain * M,
            owner_gain_usd=None, greenfield_npv_usd=None, irr_frac=None, irr_words="", payback_year=None,
            payback_words="", peak_funding_usd=0.0, capex_usd=0.0, ai_it_mw=8.0, offers=offers, halls=halls,
            upgrades=upgrades,
        )  # fmt: skip
    if way is Way.HELD and figures is not None:
        held = held or HeldAs.DECIDED
    outcome = PointOutcome(status=status, figures=figures, held=held, plan=plan or ",".join((*offers, *halls)))
    return SweepRow(point, name or f"point {point}", way, values, "", outcome)


def kept(point: int, values: tuple[Scalar | None, ...], gain: float | None, **more: object) -> SweepRow:
    return row(point, values, gain, way=Way.HELD, **more)  # type: ignore[arg-type]


def told(
    rows: list[SweepRow], design: dict[str, object] | None = None, names: str = "xy", **more: object
) -> SweepAnalysis:
    """Analyse rows of factors that are multiples."""
    factors = [{"name": name, "path": "a.b", "how": "times", "low": 0.5, "high": 2} for name in names]
    sweep = Sweep.model_validate(
        {"schema_version": 1, "name": "By hand", "factors": factors, "design": design or LOW_HIGH, **more}
    )
    return analyse(SweepTable("By hand", "Case", tuple(names), 0.0, tuple(rows)), sweep)


# --- comparison ------------------------------------------------------------------------------------------


def test_points_are_compared_with_the_base_case() -> None:
    analysis = told([
        row(0, (1.0, 1.0), 10.0), row(1, (0.5, 1.0), 4.0, offers=("dense",)), row(2, (2.0, 1.0), 12.0),
        row(3, (1.0, 0.5), None, status=PointStatus.INFEASIBLE), row(4, (1.0, 2.0), None, status=PointStatus.FAILED),
    ])  # fmt: skip
    found = analysis.comparison
    assert [one.point for one in (found.worst, found.median, found.best) if one] == [1, 0, 2]
    lower, infeasible, failed = found.rows[1], found.rows[3], found.rows[4]
    assert lower.gain_difference is not None
    assert lower.gain_difference.usd == pytest.approx(-6 * M)
    assert lower.change is not None
    assert (lower.change.gained, lower.change.lost) == (("dense",), ("air",))
    assert lower.change.words[0] == "dense instead of air"
    assert infeasible.change is not None
    assert infeasible.change.level is Level.FEASIBILITY
    assert failed.change is None, "a fault says nothing about the plan"


@pytest.mark.parametrize(
    ("halls", "upgrades", "plan", "level", "words"),
    [
        (A, (), "", Level.NONE, ""),
        (A, (), "another mark", Level.DETAILS, "start or hall of a service"),
        (("hall_a:air@2027-04-01",), (), "", Level.DATES, "works in hall_a from 2027-04-01 instead of 2027-01-01"),
        (("hall_b:air@2027-01-01",), (), "", Level.PLACES, "hall_b in place of hall_a, the same designs"),
        (("hall_a:liquid@2027-01-01",), (), "", Level.WORKS, "hall_a becomes liquid instead of air"),
        ((*A, "hall_b:air@2027-01-01"), (), "", Level.WORKS, "hall_b becomes air"),
        (A, ("more_mw@2027-01-01",), "", Level.WORKS, "grid request more_mw"),
    ],
)
def test_levels_of_change(
    halls: tuple[str, ...], upgrades: tuple[str, ...], plan: str, level: Level, words: str
) -> None:
    analysis = told(
        [
            row(0, (1.0, 1.0), 1.0),
            row(1, (2.0, 1.0), 1.0, halls=halls, upgrades=upgrades, plan=plan or ",".join(("air", *halls))),
        ]
    )
    change = analysis.comparison.rows[1].change
    assert change is not None
    assert change.level is level
    assert (change.words[0] if change.words else "").startswith(words)
    assert [flip.change.level for flip in analysis.flips] == ([level] if level else [])


# --- tornado and gaps ------------------------------------------------------------------------------------


def test_a_swing_carries_what_the_gaps_leave_open() -> None:
    """Between 8 (at most 8.5) and 10.4 lie at least 1.9; between 8 and 11, the most of the base, at most 3."""
    rows = [row(0, (1.0, 1.0), 10.0, room=1.0), row(1, (0.5, 1.0), 8.0, room=0.5), row(2, (2.0, 1.0), 10.4, room=0.2)]
    (found,) = told(rows).tornado
    assert found.best is not None
    assert (found.best.usd, found.best.least_usd, found.best.most_usd) == pytest.approx((2.4 * M, 1.9 * M, 3.0 * M))
    assert found.best.is_told
    assert swing_words(found.best) == "2.4 (1.9 to 3.0)"
    assert (found.low.words, found.high and found.high.words) == ("x0.5", "x2")


def test_a_swing_within_the_gaps_is_no_fact() -> None:
    analysis = told([row(0, (1.0, 1.0), 10.0, room=3.0), row(1, (2.0, 1.0), 11.0, room=1.0)])
    (found,) = analysis.tornado
    assert found.best is not None
    assert not found.best.is_told
    assert swing_words(found.best) == "within the gaps (0.0 to 3.0)"
    assert pin_sentence(analysis) == "None of the assumptions moves the gain by more than the gaps leave open."


def test_without_a_bound_nothing_is_proven(tmp_path: Path) -> None:
    analysis = told([row(0, (1.0, 1.0), 10.0, room=None), row(1, (2.0, 1.0), 5.0, room=None)])
    assert swing_words(analysis.tornado[0].best) == "5.0, not proven"
    assert "nothing is proven" in sentences(analysis)[0]
    write_analysis(analysis, tmp_path)
    assert "inf" not in (tmp_path / "tornado.csv").read_text(encoding="utf-8")
    json.loads(sweep_json(analysis.table, (), analysis))


def test_factors_are_ranked_by_swing_of_the_plan_that_is_kept() -> None:
    rows = [
        row(0, (1.0, 1.0), 10.0), kept(0, (1.0, 1.0), 10.0),
        row(1, (2.0, 1.0), 14.0), kept(1, (2.0, 1.0), 12.0),
        row(2, (1.0, 2.0), 12.0), kept(2, (1.0, 2.0), 5.0),
    ]  # fmt: skip
    found = told(rows).tornado
    assert [one.factor for one in found] == ["y", "x"]
    assert [one.swing and one.swing.usd / M for one in found] == pytest.approx([5.0, 2.0])
    assert [one.low.regret and one.low.regret.usd / M for one in found] == pytest.approx([7.0, 2.0])


# --- what to pin down first ------------------------------------------------------------------------------


def test_what_breaks_the_plan_comes_first_then_what_is_worth_knowing_then_the_swing() -> None:
    base = (1.0, 1.0, 1.0, 1.0)
    rows = [
        row(0, base, 10.0), kept(0, base, 10.0),
        row(1, (2.0, 1.0, 1.0, 1.0), 30.0), kept(1, (2.0, 1.0, 1.0, 1.0), 30.0),
        row(2, (1.0, 2.0, 1.0, 1.0), 9.0, offers=("dense",)), kept(2, (1.0, 2.0, 1.0, 1.0), 7.0),
        row(3, (1.0, 1.0, 2.0, 1.0), 9.0), kept(3, (1.0, 1.0, 2.0, 1.0), 10.0, held=HeldAs.UNFUNDED),
        row(4, (1.0, 1.0, 1.0, 2.0), 9.0), kept(4, (1.0, 1.0, 1.0, 2.0), 9.0),
    ]  # fmt: skip
    analysis = told(rows, names="xyzw")
    assert [item.factor for item in analysis.pinned] == ["z", "y", "x", "w"]
    assert pin_sentence(analysis) == (
        "Pin down first: z (the plan cannot be paid for at x2, swing 1.0 MUSD); "
        "y (swing 3.0 MUSD, knowing it is worth up to 2.0 MUSD); x (swing 20.0 MUSD, the plan stays the best)."
    )
    assert analysis.kept_as == {"as decided": 3, "over budget": 1}


def test_a_regret_smaller_than_the_base_cases_gap_is_not_told_as_worth_knowing() -> None:
    """The base plan may fall short by 2 everywhere: 1.5 more at another point may be that, and no news."""
    rows = [
        row(0, (1.0, 1.0), 10.0, room=2.0), kept(0, (1.0, 1.0), 10.0),
        row(1, (2.0, 1.0), 6.5, room=0.5), kept(1, (2.0, 1.0), 5.0),
    ]  # fmt: skip
    (item,) = told(rows).pinned
    assert item.knowing is not None
    assert regret_words(item.knowing.regret) == "1.5 to 2.0"
    assert not item.knowing.is_told
    assert "a regret of 1.5 to 2.0 MUSD that the base case's gap may explain" in pin_sentence(told(rows))


def test_a_trifle_is_not_worth_knowing_before_what_moves_the_gain() -> None:
    """A regret of 30 kUSD is written as 0.0: the factor comes by its swing, after one that moves the gain by 20."""
    rows = [
        row(0, (1.0, 1.0), 10.0), kept(0, (1.0, 1.0), 10.0),
        row(1, (2.0, 1.0), 5.0), kept(1, (2.0, 1.0), 4.97),
        row(2, (1.0, 2.0), 30.0), kept(2, (1.0, 2.0), 30.0),
    ]  # fmt: skip
    analysis = told(rows)
    assert [item.factor for item in analysis.pinned] == ["y", "x"]
    assert pin_sentence(analysis) == (
        "Pin down first: y (swing 20.0 MUSD, the plan stays the best); x (swing 5.0 MUSD, the plan stays the best)."
    )


def test_bars_that_overlap_are_not_ranked_as_if_they_did_not() -> None:
    """Swings of 6 (5 to 7) and 5.5 (4.5 to 6.5) may stand in either order; that of 1 (0 to 2) comes last."""
    base = (1.0, 1.0, 1.0)
    rows = [
        row(0, base, 10.0, room=1.0), row(1, (2.0, 1.0, 1.0), 16.0, room=1.0), row(2, (1.0, 2.0, 1.0), 15.5, room=1.0),
        row(3, (1.0, 1.0, 2.0), 11.0, room=1.0),
    ]  # fmt: skip
    analysis = told(rows, names="xyz")
    assert [item.factor for item in analysis.pinned] == ["x", "y", "z"]
    assert pin_sentence(analysis).endswith("Within the gaps y may come before x.")
    exact = told([row(k, values, gain) for k, (values, gain) in enumerate(
        [(base, 10.0), ((2.0, 1.0, 1.0), 16.0), ((1.0, 2.0, 1.0), 15.5)]
    )], names="xyz")  # fmt: skip
    assert "Within the gaps" not in pin_sentence(exact)


def test_what_moves_only_the_owners_gain_is_told() -> None:
    """A coupon leaves the gain before the loan as it is, and takes 3 from the owner."""

    def with_owner(one: SweepRow, owner: float) -> SweepRow:
        assert one.outcome.figures is not None
        figures = one.outcome.figures.model_copy(update={"owner_gain_usd": owner * M})
        return replace(one, outcome=one.outcome.model_copy(update={"figures": figures}))

    rows = [
        with_owner(row(0, (1.0, 1.0), 10.0), 12.0), with_owner(row(1, (2.0, 1.0), 10.0), 9.0),
        with_owner(row(2, (1.0, 2.0), 15.0), 16.0),
    ]  # fmt: skip
    analysis = told(rows)
    assert [row.owner_usd for row in analysis.tornado] == [4 * M, 3 * M]
    assert sentences(analysis)[-1].endswith("What is the owner's after it also moves with x (by 3.0 MUSD).")


def test_dates_alone_are_among_the_points_that_decide_alike() -> None:
    rows = [row(0, (1.0, 1.0), 1.0), row(1, (2.0, 1.0), 1.0, halls=("hall_a:air@2027-04-01",))]
    assert "same at all 1 other points. At 1 of them only dates" in " ".join(sentences(told(rows)))


@pytest.mark.parametrize("width", [80, 100, 130])
def test_no_column_vanishes_and_names_are_kept_whole(width: int) -> None:
    long = "ready of the second and smaller lease 2028-01-01 and more of the name"
    rows = [row(0, (1.0, 1.0), 10.0), kept(0, (1.0, 1.0), 10.0),
            row(1, (2.0, 1.0), 5.0, room=1.0, name=long, offers=("dense_lease", "air_lease")),
            kept(1, (2.0, 1.0), 4.0, name=long, held=HeldAs.MOVED_UNFUNDED)]  # fmt: skip
    analysis = told(rows)
    text = sweep_text(analysis.table, (), width=width) + analysis_text(analysis, width=width)
    for whole in ("dense_lease", "air_lease", "smaller", "moved, over budget", "2028-01-01", "gap 0.95%", "5.0"):
        assert whole in text
    assert max(map(len, text.partition("What it tells")[0].splitlines())) <= max(width, 110)


def test_a_plan_that_cannot_be_carried_out_breaks() -> None:
    rows = [
        row(0, (1.0, 1.0), 10.0), kept(0, (1.0, 1.0), 10.0),
        row(1, (2.0, 1.0), 5.0), kept(1, (2.0, 1.0), None, status=PointStatus.INFEASIBLE),
    ]  # fmt: skip
    analysis = told(rows)
    assert analysis.pinned[0].knowing is None
    assert "the plan cannot be carried out at x2" in pin_sentence(analysis)
    assert analysis.kept_as == {"not at all": 1}


def test_a_plan_that_is_only_kept_has_a_swing_but_no_worth_of_knowing() -> None:
    rows = [row(0, (1.0, 1.0), 10.0), kept(0, (1.0, 1.0), 10.0), kept(1, (0.5, 1.0), 8.0), kept(2, (2.0, 1.0), 13.0)]
    analysis = told(rows, mode="hold")
    assert pin_sentence(analysis) == "Pin down first: x (swing 5.0 MUSD). Never moved alone: y."
    assert [one.point for one in (analysis.comparison.worst, analysis.comparison.best) if one] == [1, 2]
    assert analysis.flips == ()
    assert "stays" not in analysis_text(analysis), "no other plan was looked for"


# --- flips -----------------------------------------------------------------------------------------------


def test_flips_are_found_between_neighbours_in_the_order_of_the_values() -> None:
    rows = [
        row(0, (1.0, 1.0), 10.0), row(1, (2.0, 1.0), 9.0, offers=("dense",)), row(2, (0.5, 1.0), 11.0),
        row(3, (1.5, 1.0), 9.5, offers=("dense",), room=1.0), row(4, (1.2, 1.0), None, status=PointStatus.FAILED),
        row(5, (3.0, 1.0), None, status=PointStatus.INFEASIBLE),
    ]  # fmt: skip
    found = told(rows).flips
    assert [(flip.before, flip.after, flip.change.words[0], flip.proof) for flip in found] == [
        ("x1", "x1.5", "dense instead of air", Proof.UNTRIED),
        ("x2", "x3", "no plan obeys every limit", Proof.PROVEN),
    ]


@pytest.mark.parametrize(("gain", "proof"), [(5.0, Proof.COSTLY), (8.9, Proof.OPEN)])
def test_a_flip_says_whether_the_plan_kept_costs_more_than_the_gaps(gain: float, proof: Proof) -> None:
    rows = [
        row(0, (1.0, 1.0), 10.0, room=0.5), kept(0, (1.0, 1.0), 10.0),
        row(1, (2.0, 1.0), 9.0, offers=("dense",), room=0.5), kept(1, (2.0, 1.0), gain),
    ]  # fmt: skip
    (found,) = told(rows).flips
    assert found.proof is proof


@pytest.mark.parametrize("how", [None, HeldAs.UNFUNDED])
def test_a_flip_to_where_the_plan_cannot_be_kept_is_told_so(how: HeldAs | None) -> None:
    status = PointStatus.INFEASIBLE if how is None else PointStatus.OPTIMAL
    there = kept(1, (2.0, 1.0), None if how is None else 12.0, held=how, status=status)
    rows = [row(0, (1.0, 1.0), 10.0, room=0.5), kept(0, (1.0, 1.0), 10.0), row(1, (2.0, 1.0), 9.0, offers=(), room=0.5)]
    (found,) = told([*rows, there]).flips
    assert found.proof is Proof.BROKEN


def test_a_flip_where_the_plan_kept_could_not_be_valued_is_not_proven() -> None:
    rows = [
        row(0, (1.0, 1.0), 10.0, room=0.5), kept(0, (1.0, 1.0), 10.0),
        row(1, (2.0, 1.0), 9.0, offers=("dense",), room=0.5), kept(1, (2.0, 1.0), None, status=PointStatus.FAILED),
    ]  # fmt: skip
    (found,) = told(rows).flips
    assert found.proof is Proof.UNTRIED


def test_values_that_have_no_order_are_compared_with_the_base_case() -> None:
    rows = [row(0, ("n", 1.0), 10.0), row(1, ("2n", 1.0), 9.0, offers=()), row(2, ("n+1", 1.0), 10.0)]
    analysis = told(rows)
    assert [(flip.before, flip.after) for flip in analysis.flips] == [("n", "2n")]
    assert [end.words for end in analysis.tornado[0].ends] == ["2n", "n+1"]


def test_points_with_changes_of_their_own_lie_on_no_line() -> None:
    points = [{"name": "more", "changes": ["a.c=1"]}, {"name": "twice", "at": {"x": 2}}]
    rows = [row(0, (1.0, 1.0), 10.0), row(1, (1.0, 1.0), 5.0, offers=()), row(2, (2.0, 1.0), 9.0)]
    analysis = told(rows, {"kind": "list", "points": points})
    assert analysis.flips == ()
    assert [end.point for end in analysis.tornado[0].ends] == [2]


def test_a_grid_has_regions_and_a_map() -> None:
    rows = [
        row(0, (1.0, 1.0), 10.0), row(1, (0.5, 0.5), 4.0), row(2, (0.5, 2.0), 8.0, offers=("dense",)),
        row(3, (2.0, 0.5), 5.0), row(4, (2.0, 2.0), None, status=PointStatus.INFEASIBLE),
    ]  # fmt: skip
    analysis = told(rows, {"kind": "grid"})
    assert [(region.letter, region.points, region.words) for region in analysis.regions] == [
        ("A", (0, 1, 3), "air in 1 hall"), ("B", (2,), "dense in 1 hall"), ("C", (4,), "no plan obeys every limit"),
    ]  # fmt: skip
    assert analysis.heat_map is not None
    assert (analysis.heat_map.x_words, analysis.heat_map.y_words) == (("x0.5", "x2"), ("x0.5", "x2"))
    assert [(cell.letter, cell.gain_usd) for cell in analysis.heat_map.cells][-1] == ("C", None)
    assert [(flip.factor, flip.others) for flip in analysis.flips] == [
        ("x", "y x2"), ("y", "x x0.5"), ("y", "x x2"),
    ]  # fmt: skip
    assert "no plan" in sweep_page(analysis)


def test_samples_have_rank_correlations_and_clouds() -> None:
    """The gain rises with x at every step; y takes the values 1 2 3 4 5 6 in the order 4 1 6 3 5 2."""
    order = (4, 1, 6, 3, 5, 2)
    rows = [row(0, (1.0, 1.0), 0.0)]
    rows += [row(k, (k / 10, order[k - 1] / 10), float(k**3)) for k in range(1, 7)]
    analysis = told(rows, {"kind": "latin_hypercube", "count": 6})
    first, second = analysis.influences
    assert (first.factor, second.factor) == ("x", "y")
    assert first.rank_correlation == pytest.approx(1.0)
    squared_ranks_apart = 9 + 1 + 9 + 1 + 0 + 16
    assert second.rank_correlation == pytest.approx(1 - 6 * squared_ranks_apart / (6 * 35))
    assert first.is_told
    assert not second.is_told
    assert [len(one.spots) for one in analysis.responses] == [7, 7]
    assert analysis.pinned == ()
    assert pin_sentence(analysis) == "The gain follows most: x (+1.00)."


# --- outlets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows", [[], [row(1, (2.0, 1.0), 5.0)], [row(0, (1.0, 1.0), None, status=PointStatus.NO_PLAN)]]
)
def test_an_unfinished_sweep_has_every_outlet(rows: list[SweepRow], tmp_path: Path) -> None:
    analysis = told(rows)
    assert "The base case" in analysis_text(analysis)
    assert len(write_analysis(analysis, tmp_path)) == 4


def test_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    points = [{"name": SCRIPT, "at": {"x": 2}}, {"name": FORMULA, "at": {"x": 3}}]
    rows = [
        row(0, (1.0, 1.0), 10.0), row(1, (2.0, 1.0), 9.0, name=SCRIPT, offers=("dense",)),
        row(2, (3.0, 1.0), 8.0, name=FORMULA),
    ]  # fmt: skip
    analysis = told(rows, {"kind": "list", "points": points})
    hostile = analyse(SweepTable(SCRIPT, SCRIPT, ("x", "y"), 0.0, analysis.table.rows), analysis.sweep)
    page = sweep_page(hostile)
    outline = Outline(page)
    assert not outline.wrong
    assert sum(tag == "script" for tag, _ in outline.tags) == 1, "the page's own"
    assert SCRIPT in " ".join(outline.text)
    write_analysis(hostile, tmp_path)
    with (tmp_path / "comparison.csv").open(encoding="utf-8", newline="") as file:
        names = [one["name"] for one in csv.DictReader(file)]
    assert names[2].startswith("'=")
    assert "[bold]" not in analysis_text(hostile)


def test_the_page_fetches_nothing_and_can_be_read_without_seeing_it() -> None:
    rows = [row(0, (1.0, 1.0), 10.0), row(1, (0.5, 1.0), 4.0), row(2, (2.0, 1.0), 12.0, offers=("dense",))]
    page = sweep_page(told(rows))
    outline = Outline(page)
    assert not outline.wrong
    assert not outline.open
    assert not [attrs for _, attrs in outline.tags if "src" in attrs or (attrs.get("href") or "#")[0] != "#"]
    policy = next(attrs["content"] for tag, attrs in outline.tags if attrs.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    drawings = [attrs for tag, attrs in outline.tags if tag == "div" and attrs.get("role") == "img"]
    assert len(drawings) == 4, "tornado and response, wide and narrow"
    assert all(attrs.get("aria-label") for attrs in drawings)
    assert 'aria-label="x x2, best plan of each point: +12.0 MUSD"' in page


def test_long_tables_are_cut_and_say_where_the_rest_is() -> None:
    page = sweep_page(told([row(k, (1.0 + k, 1.0), 1.0) for k in range(70)], {"kind": "grid"}))
    assert "The first 60 of 70; points.csv has all." in page


# --- a sweep of levers for a case that names none --------------------------------------------------------


def test_a_case_without_a_sweep_file_is_seen_at_a_glance(tmp_path: Path) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(glance_text(load_case(CASE).case), encoding="utf-8")
    read = read_sweep(file)
    assert [factor.name for factor in read.sweep.factors] == [
        "hashprice",
        "rent",
        "capex",
        "power",
        "equity",
        "late_works",
    ]
    assert len(points_of(read.sweep)) == 12
    assert all("# assumption:" in line for line in file.read_text().splitlines() if "low:" in line or "values:" in line)


def test_queues_take_the_quantiles_of_their_own_spread(tmp_path: Path) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(glance_text(load_case(DENTON).case), encoding="utf-8")
    factors = {factor.name: factor for factor in read_sweep(file).sweep.factors}
    assert (factors["queues"].low, factors["queues"].high) == (0.1, 0.9)
    assert {"equipment", "late_works"} <= factors.keys()
    assert factors["equity"].path == "finance.equity_budget[*].added_usd"
    assert factors["gpu_rate_change"].paths == ("contracts[gpu_cloud].rate_change_frac_per_year",)
    read = read_sweep(file)
    cases = point_cases(points_of(read.sweep), BaseCase(open_case(DENTON)), read)
    moved = {point.point.name: Case.model_validate_json(point.case_json) for point in cases}
    assert [step.added_usd for step in moved["equity x0.8"].finance.equity_budget or ()] == [1024e6, 1416e6]
    rate = moved["gpu_rate_change -0.1"].contracts[-1]
    assert isinstance(rate, GpuCloud)
    assert rate.rate_change_frac_per_year == pytest.approx(-0.25)


def test_an_edited_sweep_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "sweep.yaml").write_text("name: mine\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["sweep", str(CASE), "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "name it as SWEEP" in done.output
    assert (tmp_path / "sweep.yaml").read_text(encoding="utf-8") == "name: mine\n"


# --- by hand, solved -------------------------------------------------------------------------------------

THRESHOLDS = """
schema_version: 1
name: Thresholds
mode: both
factors:
  - {name: rent, path: "contracts[dense_lease].rent_usd_per_kw_month", how: set, values: [165, 163]}
  - {name: equity, path: "finance.equity_budget[0].added_usd", how: set, values: [48.0e6, 46.0e6, 76.0e6, 78.0e6]}
design: {kind: one_at_a_time}
"""


def test_the_quickstart_flips_where_its_readme_says(tmp_path: Path) -> None:
    """The dense lease falls behind the air lease below 164.1 USD; it costs 47 MUSD, both leases 77.

    A dollar of rent is 8 MW x 12 months = 0.096 MUSD a year, worth 0.4457: its gain of 12.109 falls to the air lease's
    7.264 at 175 - 4.845 / 0.4457.
    """
    made = swept(THRESHOLDS.replace("e6", "e+6"), tmp_path, Here())
    read = read_sweep(tmp_path / "sweep.yaml")
    analysis = analyse(made.table, read.sweep)
    assert [(flip.factor, flip.before, flip.after, flip.change.words[0], flip.proof) for flip in analysis.flips] == [
        ("rent", "163", "165", "dense_lease instead of air_lease", Proof.PROVEN),
        ("equity", "46,000,000", "48,000,000", "dense_lease instead of air_lease", Proof.PROVEN),
        ("equity", "76,000,000", "78,000,000", "also air_lease", Proof.PROVEN),
    ]
    assert [item.factor for item in analysis.pinned] == ["equity", "rent"]
    equity, rent = analysis.pinned
    assert [end.words for end in equity.broken] == ["46,000,000"]
    assert equity.knowing is not None
    assert equity.knowing.regret.usd == pytest.approx(7.2641 * M, rel=1e-4)
    assert rent.swing is not None
    assert rent.swing.usd == pytest.approx(12 * 0.096 * 4.64296 * M, rel=1e-4)
    assert rent.knowing is not None
    assert rent.knowing.regret.usd == pytest.approx((7.26410 - 12.10940 + 12 * 0.096 * 4.64296) * M, rel=1e-3)
    assert "Pin down first: equity (the plan cannot be paid for at 46,000,000" in analysis_text(analysis)

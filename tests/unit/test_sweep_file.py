"""Sweep files: what is wrong is said with its line, all of it before anything is solved; patterns of points."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from planner.case_file import open_case
from planner.case_file.changes import read_change
from planner.case_file.sweep import read_sweep
from planner.files.problems import CaseFileError
from planner.schemas.sweep import LeverKey
from planner.studies.levers import Lever
from planner.studies.sweeps.cases import BaseCase, point_cases, whole_numbers
from planner.studies.sweeps.points import SweepPoint, points_of
from planner.studies.sweeps.sampling import MissingLibrary, hypercube, trajectories
from tests.unit.sweep_support import CASE, QUICKSTART, one, swept, written

HASHPRICE = "{name: hashprice, path: market.hashprice_scale_frac, how: times, low: 0.8, high: 1.2}"
RENT = '{name: rent, path: "contracts[dense_lease].rent_usd_per_kw_month", how: set, values: [150, 190]}'


def refused(text: str, folder: Path) -> str:
    with pytest.raises(CaseFileError) as error:
        swept(text, folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        ("{name: a, path: market.hashprice_scale_frc, how: times, low: 1, high: 2}", "did you mean 'hashprice_scale_f"),
        ("{name: a, path: market.hashprice_scale_frac, low: 1, high: 2}", "say how: set, times or plus"),
        ("{name: a, path: market.hashprice_scale_frac, lever: rent, low: 1, high: 2}", "found path, lever"),
        ("{name: a, lever: rents, low: 1, high: 2}", "did you mean 'rent'?"),
        ("{name: a, lever: rent, how: times, low: 1, high: 2}", "leave how out"),
        ("{name: a, lever: rent, low: -1, high: 2}", "must not be below 0"),
        ("{name: a, lever: coupon, low: 1, high: 2}", "the case has nothing that lever 'coupon' moves"),
        ("{name: a, lever: rent, low: 2, high: 1}", "low must be below high"),
        ("{name: a, lever: rent, values: [high]}", "a lever's value must be a number, found 'high'"),
        ("{name: a, lever: rent, low: 1}", "give values, or low and high"),
        ("{name: a, lever: rent, values: [1], low: 1}", "not both"),
        ("{name: a, lever: rent, values: [1.1, 1.1]}", "1.1 is given twice"),
        ("{name: npv_usd, lever: rent, values: [1.1]}", "a column of the results"),
        ("{name: a, path: 'contracts[', how: set, values: [1]}", "expected a path such as"),
        ("{name: a, path: 'contracts[dens_lease].it_mw', how: set, values: [1]}", "did you mean 'dense_lease'?"),
        ("{name: a, path: site.firm_mw, how: set, values: [40, -3]}", "expected 0 to 5000, found -3"),
        ("{name: a, path: study.start, how: times, values: [2]}", "a date moves by whole months"),
        ("{name: a, path: 'contracts[dense_lease].ready_by', how: set, values: [2029-01-01]}", "is after longstop"),
        ("{name: a, path: site.firm_mw, how: set, values: [1], min: 3}", "unknown field 'min'"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(factor: str, words: str, tmp_path: Path) -> None:
    told = refused(one("{kind: one_at_a_time}", factors=f"\n- {HASHPRICE}\n- {factor}"), tmp_path)
    assert words in told
    assert "sweep.yaml:5:" in told
    assert told.count("error:") == 1


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ("{kind: gird}", "did you mean 'grid'?"),
        ("{kind: latin_hypercube, count: 3}", "a sampling takes a range"),
        ("{kind: morris, levels: 3}", "levels must be an even number, found 3"),
        ("{kind: list, points: []}", "at least 1 entry"),
        ("{kind: list, points: [{name: x}]}", "changes nothing"),
        ("{kind: list, points: [{name: x, at: {hashprise: 1}}]}", "did you mean 'hashprice'?"),
        ("{kind: list, points: [{name: x, at: {hashprice: much}}]}", "expected a number, found 'much'"),
        ("{kind: list, points: [{name: x, changes: [site]}]}", "expected PATH=VALUE"),
        ("{kind: list, points: [{name: x, changes: [site.firm_mv=3]}]}", "did you mean 'firm_mw'?"),
        ("{kind: list, points: [{name: x, changes: ['lever.rents*=2']}]}", "no lever 'rents'; did you mean 'rent'?"),
        ("{kind: list, points: [{name: x, changes: [lever.rent+=2]}]}", "it takes a multiple, write lever.rent*="),
        ("{kind: list, points: [{name: x, changes: [a=1]}, {name: x, changes: [a=1]}]}", "point 'x' is given twice"),
    ],
)  # fmt: skip
def test_mistakes_of_a_design_are_told_with_their_line(design: str, words: str, tmp_path: Path) -> None:
    told = refused(one(design, factors=f"\n- {HASHPRICE}\n- {RENT}"), tmp_path)
    assert words in told
    assert "sweep.yaml:6:" in told or "sweep.yaml:5:" in told


def test_all_mistakes_are_told_at_once_and_those_of_a_factor_once(tmp_path: Path) -> None:
    wrong = HASHPRICE.replace("scale_frac", "scale"), RENT.replace("150, 190", "15000, 150")
    told = refused(one("{kind: grid}", factors=f"\n- {wrong[0]}\n- {wrong[1]}"), tmp_path)
    assert told.count("error:") == 2


def test_a_grid_too_large_is_refused(tmp_path: Path) -> None:
    factors = "".join(f"\n- {{name: f{i}, lever: rent, values: {list(range(1, 12))}}}" for i in range(4))
    assert "14,641 points are more than a sweep takes (10,000)" in refused(
        one("{kind: grid}", factors=factors), tmp_path
    )


def points(text: str, folder: Path) -> tuple[SweepPoint, ...]:
    return points_of(written(text, folder).sweep)


def test_a_grid_is_every_combination(tmp_path: Path) -> None:
    found = points(one("{kind: grid}", factors=f"[{HASHPRICE}, {RENT}]"), tmp_path)
    assert [point.values for point in found] == [(None, None), (0.8, 150), (0.8, 190), (1.2, 150), (1.2, 190)]
    assert found[1].words == "market.hashprice_scale_frac*=0.8; contracts[dense_lease].rent_usd_per_kw_month=150"


def test_one_at_a_time_leaves_the_others_at_rest(tmp_path: Path) -> None:
    rested = HASHPRICE.replace("low: 0.8", "low: 0.8, base: 0.9")
    found = points(one("{kind: one_at_a_time}", factors=f"[{rested}, {RENT}]"), tmp_path)
    assert [point.values for point in found] == [(0.9, None), (0.8, None), (1.2, None), (0.9, 150), (0.9, 190)]
    assert [point.name for point in found] == ["base", "hashprice x0.8", "hashprice x1.2", "rent 150", "rent 190"]


def test_a_list_moves_factors_and_makes_changes(tmp_path: Path) -> None:
    listed = "{kind: list, points: [{name: bad year, at: {hashprice: 0.5}, changes: [site.firm_mw=30]}]}"
    found = points(one(listed, factors=f"[{HASHPRICE}]"), tmp_path)
    assert found[1].words == "market.hashprice_scale_frac*=0.5; site.firm_mw=30"


def test_a_list_moves_levers_as_the_words_of_other_points_write_them(tmp_path: Path) -> None:
    read = written(one("{kind: list, points: [{name: low, changes: ['lever.rent*=0.5']}]}"), tmp_path)
    base, low = point_cases(points_of(read.sweep), BaseCase(open_case(CASE)), read)
    assert low.point.words == "lever.rent*=0.5"
    assert '"rent_usd_per_kw_month":87.5' in low.case_json
    assert '"rent_usd_per_kw_month":87.5' not in base.case_json


def test_samples_of_whole_numbers_are_whole_and_others_are_not(tmp_path: Path) -> None:
    count = "{name: count, path: 'fleet.classes[miner].count', how: set, low: 10000, high: 20000}"
    read = written(one("{kind: latin_hypercube, count: 4}", factors=f"[{count}, {HASHPRICE}]"), tmp_path)
    whole = whole_numbers(read.sweep, BaseCase(open_case(CASE)))
    assert whole == {0}
    found = points_of(read.sweep, whole)
    assert all(isinstance(point.values[0], int) and isinstance(point.values[1], float) for point in found[1:])
    assert len(point_cases(found, BaseCase(open_case(CASE)), read)) == 5


@pytest.mark.parametrize(("high", "whole"), [(19000, {0}), (20000, set())])
def test_a_screening_takes_whole_numbers_where_its_levels_are(high: int, whole: set[int], tmp_path: Path) -> None:
    """Four levels from 10,000 to 19,000 are 3,000 apart; to 20,000 they would have to be rounded, unevenly."""
    count = f"{{name: count, path: 'fleet.classes[miner].count', how: set, low: 10000, high: {high}}}"
    read = written(one("{kind: morris, trajectories: 2}", factors=f"[{count}, {HASHPRICE}]"), tmp_path)
    assert whole_numbers(read.sweep, BaseCase(open_case(CASE))) == whole


def test_several_fields_move_together(tmp_path: Path) -> None:
    both = "{name: sizes, paths: ['site.halls[0].floor_m2', 'site.halls[1].floor_m2'], how: plus, values: [100]}"
    read = written(one("{kind: grid}", factors=f"[{both}]"), tmp_path)
    cases = point_cases(points_of(read.sweep), BaseCase(open_case(CASE)), read)
    assert cases[1].case_json.count('"floor_m2":1100.0') == 2


def test_the_words_of_a_point_can_be_typed_again(tmp_path: Path) -> None:
    text = one("{kind: latin_hypercube, count: 5}", factors="[" + HASHPRICE + "]")
    for point in points(text, tmp_path)[1:]:
        assert read_change(point.words) == point.moves[0].changes[0]


def test_a_hypercube_covers_each_factor_evenly_and_again_the_same() -> None:
    sample = hypercube(20, 3, seed=5)
    for column in sample.T:
        assert sorted(np.floor(column * 20).astype(int)) == list(range(20))
    assert np.array_equal(sample, hypercube(20, 3, seed=5))
    assert not np.array_equal(sample, hypercube(20, 3, seed=6))


def test_a_trajectory_moves_one_factor_a_step() -> None:
    paths = trajectories(6, 4, 3, seed=1).reshape(6, 4, 3)
    steps = np.abs(np.diff(paths, axis=1))
    assert np.allclose(np.sort(steps, axis=2), [0, 0, 2 / 3])
    assert np.allclose(steps.sum(axis=1), 2 / 3)
    assert np.array_equal(paths, trajectories(6, 4, 3, seed=1).reshape(6, 4, 3))


def test_without_its_library_a_screening_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    with pytest.raises(MissingLibrary, match=r"pip install \.\[sensitivity\]"):
        trajectories(6, 4, 3, seed=1)


def test_every_lever_has_a_key() -> None:
    assert {key.name: key.is_months for key in LeverKey} == {lever.name: lever.is_delay for lever in Lever}


@pytest.mark.parametrize("file", sorted(QUICKSTART.parent.glob("*/sweep.yaml")), ids=lambda file: file.parent.name)
def test_the_examples_can_be_swept(file: Path) -> None:
    read = read_sweep(file)
    some = points_of(read.sweep)[:3]
    assert len(point_cases(some, BaseCase(open_case(file.parent / "case.yaml")), read)) == 3
    assert "$schema=../../planner/schemas/sweep.schema.json\n" in file.read_text(encoding="utf-8")

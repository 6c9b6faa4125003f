"""Equal halls as one: the folded model bounds the whole, and solving by way of it finds the same optimum."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from planner.translate import translate
from site_conversion import assemble, folding, handover, highs, solve
from site_conversion.folding import Folded, fold, held_singles, held_sums, held_support
from site_conversion.handover import Arrays
from site_conversion.highs import Known, Progress, SolveOptions, Status, search
from site_conversion.instance import Floats
from site_conversion.warm_start import nothing_taken
from tests.bench.generator import generated_case, small_case
from tests.formulation.support import REGISTER, Site, arrays_of, hall, lease
from tests.formulation.test_second_solver import MODULES

EXACT = SolveOptions(gap_frac=0.0, time_limit_s=120)
TIGHT = SolveOptions(gap_frac=1e-6, time_limit_s=120)


@pytest.fixture
def fold_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every model be folded, however small it is and however few of its columns are equal."""
    monkeypatch.setattr(folding, "LEAST_INTEGERS", 0)
    monkeypatch.setattr(folding, "MOST_KEPT_FRAC", 1.0)


@cache
def _alike(count: int) -> tuple[assemble.Built, Arrays]:
    pair = (lease("first", it_mw=20), lease("second", it_mw=20, rent=90, longstop="2031-01-01"))
    return arrays_of(Site(tuple(hall(f"hall-{n}") for n in range(count)), pair, years=4).case())


def halls_alike(count: int) -> Arrays:
    """Return identical halls of one bay with two leases for two of them each.

    The model is kept: Pyomo's variables forget their full names with it.
    """
    return _alike(count)[1]


def made_up(seed: int) -> Arrays:
    """Return a made-up site of six halls, some of them equal."""
    case = generated_case(seed, halls=6, pads=2, offers=5, periods=16)
    return handover.compile_arrays(assemble.build(translate(case)))


def folded_of(arrays: Arrays) -> Folded:
    found = fold(arrays)
    assert found is not None
    return found


def value(arrays: Arrays, options: SolveOptions = EXACT) -> float:
    report, _ = search(arrays, options)
    assert report.status is Status.OPTIMAL
    assert report.objective_musd is not None
    return report.objective_musd


# --- the folded model


@pytest.mark.usefixtures("fold_all")
def test_halls_alike_fold_into_one() -> None:
    """Four halls as one: what is of a hall is there once, and up to four times as much of it."""
    arrays = halls_alike(4)
    folded = folded_of(arrays)
    one = halls_alike(1)
    ones = fold(one)
    # a class that one hall of its own would have is not there in four: what all have alike stays alike
    assert len(folded.arrays.columns) <= len(one.columns)
    assert ones is None or len(ones.arrays.columns) <= len(one.columns)
    names = [column.name for column in folded.arrays.columns]
    ((j,),) = [np.nonzero([name.startswith("halls.hall_design") for name in names])]
    assert folded.arrays.column_upper[j] == 4
    assert folded.size[j] == 4
    assert not [row for row in folded.arrays.rows if row.name.startswith("halls.twin_order")]


@pytest.mark.usefixtures("fold_all")
def test_sums_of_a_solution_solve_the_folded_model() -> None:
    for seed in (1, 2, 3):
        arrays = handover.compile_arrays(assemble.build(translate(small_case(seed))))
        folded = folded_of(arrays)
        _, x = search(arrays, EXACT)
        assert x is not None
        y = np.bincount(folded.class_of, x)
        lower, upper = (np.asarray(y + off, dtype=np.float64) for off in (-1e-6, 1e-6))
        whole = np.zeros_like(folded.arrays.integer)
        held = replace(folded.arrays, column_lower=lower, column_upper=upper, integer=whole)
        assert value(held) == pytest.approx(float(arrays.cost @ x + arrays.offset), abs=1e-3)


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.usefixtures("fold_all")
def test_the_folded_model_bounds_the_whole_and_its_relaxation_is_no_looser(seed: int) -> None:
    arrays = handover.compile_arrays(assemble.build(translate(small_case(seed))))
    folded = folded_of(arrays)
    assert value(folded.arrays, TIGHT) >= value(arrays, TIGHT) - 1e-3
    relaxed, folded_relaxed = (replace(a, integer=np.zeros_like(a.integer)) for a in (arrays, folded.arrays))
    assert value(folded_relaxed) <= value(relaxed) * (1 + 1e-7) + 1e-6


@pytest.mark.usefixtures("fold_all")
def test_choices_of_a_folded_solution_are_held_in_the_whole() -> None:
    arrays = halls_alike(4)
    folded = folded_of(arrays)
    report, y = search(folded.arrays, EXACT)
    assert y is not None
    for held in (held_sums(arrays, folded, y), held_support(arrays, folded, [y]), held_singles(arrays, folded, y)):
        assert value(held) == pytest.approx(report.objective_musd)
    _, x = search(held_sums(arrays, folded, y), EXACT)
    assert x is not None
    binary = arrays.integer & (arrays.column_upper <= 1)
    for j in np.unique(folded.class_of[binary]).tolist():
        assert x[folded.class_of == j].sum() == pytest.approx(y[j])


@pytest.mark.usefixtures("fold_all")
def test_what_no_folded_solution_does_stays_undone() -> None:
    """Between a plan that takes one lease and one that takes none, the other is out; with both leases it is in."""
    arrays = halls_alike(4)
    folded = folded_of(arrays)
    _, x = search(arrays, EXACT)
    assert x is not None
    both = np.asarray(np.bincount(folded.class_of, x), dtype=np.float64)
    names = np.array([column.name for column in folded.arrays.columns])
    one = np.where(np.char.startswith(names.astype(str), "tenants.accept[1]"), 0.0, both)
    none = np.zeros_like(both)
    assert value(held_support(arrays, folded, [none])) == pytest.approx(0.0)
    assert value(held_support(arrays, folded, [none, one])) < value(arrays) - 1
    assert value(held_support(arrays, folded, [one, both])) == pytest.approx(value(arrays))


def test_halls_that_differ_do_not_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "LEAST_INTEGERS", 0)
    sizes = (10.0, 11.0, 12.0)
    case = Site(tuple(hall(f"hall-{n}", mw) for n, mw in enumerate(sizes)), (lease("first", it_mw=20),)).case()
    assert fold(arrays_of(case)[1]) is None


def test_small_models_are_solved_as_they_are() -> None:
    assert fold(halls_alike(4)) is None


@pytest.mark.usefixtures("fold_all")
def test_classes_that_share_a_number_by_chance_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were all entries taken for the same, unequal columns would be one: the sums tell, and nothing is folded."""
    monkeypatch.setattr(folding, "_mixed", np.zeros_like)
    assert fold(handover.compile_arrays(assemble.build(translate(small_case(1))))) is None


# --- the steps


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(REGISTER) if MODULES else ())
@pytest.mark.usefixtures("fold_all")
def test_hand_solved_cases_have_the_same_optimum_by_steps(name: str) -> None:
    for solved in REGISTER[name]():
        report, x = solve.solve(arrays_of(solved.site.case())[1], EXACT)
        assert x is not None
        assert report.objective_musd == pytest.approx(solved.npv_musd, rel=1e-6, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("gap", [1e-7, 0.005])
@pytest.mark.usefixtures("fold_all")
def test_small_sites_by_steps(seed: int, gap: float) -> None:
    arrays = handover.compile_arrays(assemble.build(translate(small_case(seed))))
    best = value(arrays, replace(EXACT, gap_frac=1e-7))
    report, x = solve.solve(arrays, replace(EXACT, gap_frac=gap), start=nothing_taken(arrays))
    assert x is not None
    assert report.status is Status.OPTIMAL
    assert report.objective_musd is not None
    assert report.bound_musd is not None
    assert report.objective_musd == pytest.approx(best, rel=gap + 1e-6)
    assert report.bound_musd >= best - 1e-4
    assert float(arrays.cost @ x + arrays.offset) == pytest.approx(report.objective_musd)
    assert (report.columns, report.rows) == (len(arrays.columns), len(arrays.rows))


@pytest.mark.usefixtures("fold_all")
def test_what_cannot_be_is_infeasible_by_steps() -> None:
    case = Site((hall("a"), hall("b")), (lease(it_mw=30, signed=True),)).case()
    report, x = solve.solve(arrays_of(case)[1], EXACT)
    assert x is None
    assert report.status is Status.INFEASIBLE
    assert report.bound_musd is None


Search = Callable[..., tuple[highs.SolveReport, Floats | None]]


@pytest.mark.usefixtures("fold_all")
def test_a_stop_during_the_first_step_leaves_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folded search is stopped with what it has; which hall is which is still said, and its bound is kept."""
    arrays, calls = halls_alike(4), []

    def stopped(arrays: Arrays, options: SolveOptions, *rest: Any) -> tuple[highs.SolveReport, Floats | None]:
        report, x = search(arrays, options, *rest)
        calls.append(len(arrays.columns))
        return (replace(report, status=Status.INTERRUPTED, bound_musd=1e3), x) if len(calls) == 1 else (report, x)

    monkeypatch.setattr(solve, "search", stopped)
    report, x = solve.solve(arrays, EXACT, start=nothing_taken(arrays))
    assert len(calls) == 2
    assert report.status is Status.INTERRUPTED
    assert report.bound_musd == pytest.approx(1e3)
    assert x is not None
    assert report.objective_musd == pytest.approx(value(arrays))


@pytest.mark.usefixtures("fold_all")
def test_a_stop_with_choices_that_fit_no_halls_leaves_the_plan_it_started_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on mining is worth 0 here, and no less is known than when the search began."""
    arrays, calls = halls_alike(4), []

    def stopped(arrays: Arrays, options: SolveOptions, *rest: Any) -> tuple[highs.SolveReport, Floats | None]:
        report, x = search(arrays, options, *rest)
        calls.append(len(arrays.columns))
        status = {1: Status.INTERRUPTED, 2: Status.INFEASIBLE}.get(len(calls), report.status)
        return replace(report, status=status), None if status is Status.INFEASIBLE else x

    monkeypatch.setattr(solve, "search", stopped)
    report, x = solve.solve(arrays, EXACT, start=nothing_taken(arrays))
    assert len(calls) == 3
    assert x is not None
    assert report.status is Status.INTERRUPTED
    assert report.objective_musd == pytest.approx(0.0)
    assert report.bound_musd == pytest.approx(value(arrays))


@pytest.mark.usefixtures("fold_all")
def test_a_folded_search_that_fails_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, calls = halls_alike(4), []

    def failing(arrays: Arrays, options: SolveOptions, *rest: Any) -> tuple[highs.SolveReport, Floats | None]:
        calls.append(len(arrays.columns))
        if len(calls) == 1:
            raise solve.SolverError("no answer")
        return search(arrays, options, *rest)

    monkeypatch.setattr(solve, "search", failing)
    report, x = solve.solve(arrays, EXACT)
    assert calls[1:] == [len(arrays.columns)]
    assert x is not None
    assert report.objective_musd == pytest.approx(value(arrays))


def test_a_known_bound_ends_a_search() -> None:
    """Within the gap of what is known from elsewhere the search is over, and says by which bound."""
    arrays = handover.compile_arrays(
        assemble.build(translate(generated_case(2, halls=6, pads=2, offers=5, periods=16)))
    )
    report, x = search(arrays, replace(EXACT, gap_frac=0.05))
    assert report.objective_musd is not None
    start = {j: float(round(x[j])) for j in np.nonzero(arrays.integer)[0].tolist()} if x is not None else {}
    known = 1.0001 * report.objective_musd
    again, _ = search(arrays, EXACT, None, start, Known(known, 0.001))
    assert again.status is Status.OPTIMAL
    assert again.bound_musd is not None
    assert again.bound_musd <= known
    assert math.isclose(again.objective_musd or 0.0, report.objective_musd, rel_tol=1e-3)


@pytest.mark.usefixtures("fold_all")
def test_progress_speaks_of_the_whole() -> None:
    """No incumbent before there is a plan; seconds, bound and incumbent never go back."""
    arrays = handover.compile_arrays(
        assemble.build(translate(generated_case(3, halls=6, pads=2, offers=6, periods=20)))
    )
    seen: list[Progress] = []
    report, _ = solve.solve(arrays, SolveOptions(gap_frac=1e-4, time_limit_s=4), seen.append)
    assert report.objective_musd is not None
    assert [now.seconds for now in seen] == sorted(now.seconds for now in seen)
    bounds = [now.bound_musd for now in seen if now.bound_musd is not None]
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(bounds))
    plans = [now.incumbent_musd for now in seen if now.incumbent_musd is not None]
    assert all(later >= earlier - 1e-4 for earlier, later in pairwise(plans))
    assert all(plan <= report.objective_musd + 1e-4 for plan in plans)
    # before a plan there is what is known of one: equal halls counted, and how near that is to the bound
    first = next(now for now in seen if now.counted_musd is not None and now.bound_musd is not None)
    assert first.incumbent_musd is None
    assert first.counted_musd is not None
    assert first.gap_frac is not None
    assert first.counted_musd * (1 + first.gap_frac) == pytest.approx(first.bound_musd)

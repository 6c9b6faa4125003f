"""Halls of one bay: racks beside their cooling, and modules rounded up; rows that tighten and never cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.case_file import load_case
from planner.translate import translate
from site_conversion import assemble, cooling, halls, handover, options, solve, warm_start
from site_conversion.instance import Instance
from tests.bench.generator import small_case
from tests.formulation.support import Site, lease, module
from tests.golden.test_examples import EXAMPLES

REL = 1e-6


def _optimum(instance: Instance, *, is_loose: bool = False, is_relaxed: bool = False) -> float:
    built = assemble.build(instance)
    if is_loose:
        built.block(cooling).full_hall.deactivate()
        built.block(halls).open_enough.deactivate()
    arrays = handover.compile_arrays(built)
    if is_relaxed:
        arrays = replace(arrays, integer=np.zeros_like(arrays.integer))
    asked = solve.SolveOptions(gap_frac=1e-8, time_limit_s=300)
    report, _ = solve.solve(arrays, asked, start=warm_start.nothing_taken(arrays))
    assert report.status is solve.Status.OPTIMAL
    assert report.objective_musd is not None
    return report.objective_musd


def _one_bay(seed: int) -> Instance:
    """Return a small site whose halls are one bay each, short of floor, with small modules and some spares."""
    instance, draw = translate(small_case(seed)), np.random.default_rng(seed)
    return replace(
        instance,
        hall_bays=np.ones_like(instance.hall_bays),
        hall_floor_m2=instance.hall_floor_m2 * draw.uniform(0.5, 1.0),
        module_capacity_mw=instance.module_capacity_mw * draw.uniform(0.3, 1.5),
        module_capex_musd=instance.module_capex_musd * 3,
        design_spare_modules=draw.integers(0, 3, size=len(instance.designs)),
    )


def test_racks_beside_their_modules_by_hand() -> None:
    """An air-cooled rack of 10 kW takes 1.5 m2 and 0.5 m2 of electrical room: 475 leave 50 m2 for five modules.

    They carry 4.75 MW by modules of 1 MW. By floor alone it would be 1,000 / 2 = 500.
    """
    instance = translate(load_case(EXAMPLES / "quickstart/case.yaml").case)
    c, d = instance.contracts.index("air_lease"), instance.designs.index("air_hall")
    assert options.racks_beside_cooling(instance)[0, d, c] == 475
    assert options.racks_per_bay(instance)[0, d, c] == 475
    several = replace(instance, hall_bays=np.full_like(instance.hall_bays, 2))
    assert options.racks_per_bay(several)[0, d, c] == 250


def test_the_relaxation_buys_whole_modules_for_a_full_hall() -> None:
    """A lease of 10 MW fills its hall and needs 10 / 3, so four modules, in the relaxation too."""
    site = Site(contracts=(lease(),), modules=(module(capacity_mw=3, capex_usd=1e6),))
    instance = translate(site.case())
    assert _optimum(instance, is_relaxed=True) == pytest.approx(_optimum(instance), rel=REL)
    assert _optimum(instance, is_relaxed=True, is_loose=True) > _optimum(instance) + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 9))
def test_the_rows_cut_no_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = _one_bay(seed)
    tight, relaxed = _optimum(instance), _optimum(instance, is_relaxed=True)
    monkeypatch.setattr(
        options, "racks_beside_cooling", lambda i: np.full((len(i.halls), len(i.designs), len(i.contracts)), np.inf)
    )
    assert _optimum(instance, is_loose=True) == pytest.approx(tight, rel=REL)
    assert relaxed <= _optimum(instance, is_loose=True, is_relaxed=True) + 1e-6

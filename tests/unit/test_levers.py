"""Levers of break-evens and what-ifs move what they say they move."""

from __future__ import annotations

from pathlib import Path

import pytest

import planner
from planner.case_file import CaseFileError, load_case, open_case
from planner.schemas import Case
from planner.schemas.proposal import Proposal
from planner.studies.lever_changes import read_changes, with_changes
from planner.studies.levers import Lever, apply
from planner.studies.proposals.evaluate import evaluate
from tests.formulation.support import REL, present_value, solve_case
from tests.formulation.test_hand_rigs import POWER, RENT, rental, rig, site

RENT_150 = "contracts[air_lease].rent_usd_per_kw_month=150"
ROOT = Path(__file__).resolve().parents[2]


def test_rents_twice_as_high_are_those_of_rigs_too() -> None:
    """200 rigs at twice the rent of 5.6064 MUSD a year, power as it was."""
    case = apply(site(rig(), rental()).case(), Lever.RENT, 2.0)
    year = 2 * RENT - POWER
    assert solve_case(case).npv_musd == pytest.approx(present_value(year - 1, year, year), rel=REL)


def loaded(name: str) -> Case:
    return load_case(ROOT / "examples" / name / "case.yaml").case


def test_dearer_equipment_is_what_a_gpu_business_pays_more() -> None:
    """Each lever moves its own prices by its factor and nothing else."""
    case = load_case(ROOT / "tests/unit/small.yaml").case
    dearer = apply(case, Lever.EQUIPMENT, 1.5)
    assert dearer.gpu_systems[0].price_usd_per_rack == pytest.approx(1.5 * 3.2e6)
    assert dearer.model_copy(update={"gpu_systems": case.gpu_systems}) == case
    rebuilt = apply(loaded("businesses/rebuild"), Lever.EQUIPMENT, 2.0).fleet.rigs[0].rebuild
    before = loaded("businesses/rebuild").fleet.rigs[0].rebuild
    assert rebuilt is not None
    assert before is not None
    assert rebuilt.usd_per_gpu == 2 * before.usd_per_gpu


def test_hosting_fees_are_rents_too() -> None:
    case = loaded("businesses/small-miner")
    fees = [offer.fee_usd_per_mwh for offer in apply(case, Lever.RENT, 1.25).fleet.hosted]
    assert fees == [pytest.approx(1.25 * offer.fee_usd_per_mwh) for offer in case.fleet.hosted]
    assert fees


def test_late_works_move_every_build() -> None:
    case = load_case(ROOT / "tests/unit/small.yaml").case
    assert [design.build_months for design in apply(case, Lever.LATE_WORKS, 3).designs] == [9, 12]
    assert all(apply(case, lever, lever.neutral) == case for lever in Lever)


def test_a_request_that_nobody_needs_does_not_stop_a_late_plan() -> None:
    """Asked for late, it falls out of the study with the first months of delay; the plan is delivered all the same."""
    loaded_case = load_case(ROOT / "tests/unit/small.yaml")
    proposal = Proposal.model_validate(
        {"schema_version": 1, "name": "With a request too many", "contracts": [{"contract": "l1"}],
         "upgrades": [{"upgrade": "up", "requested": "2031-01-01"}, {"upgrade": "change-of-use"}]}
    )  # fmt: skip
    found = evaluate(loaded_case.case, {}, proposal)
    assert found.feasibility.feasible
    delays = [point for point in found.break_evens if point.lever is Lever.DELAY]
    assert delays
    assert all(point.undeliverable_from is None or point.undeliverable_from > 1 for point in delays)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("lever.rent*=0.9", RENT_150), "set after 'lever.rent*=0.9', which would move it again to 135.0"),
        (("contracts[*].rent_usd_per_kw_month*=2", RENT_150), "which would move it again to 300.0"),
    ],
)  # fmt: skip
def test_a_value_that_is_set_last_is_not_moved_by_what_was_typed_before(texts: tuple[str, ...], found: str) -> None:
    """Levers and factors are applied after all that is set: in this order, 150 would silently be another rent."""
    case = ROOT / "examples/quickstart/case.yaml"
    with pytest.raises(CaseFileError) as told:
        with_changes(open_case(case), read_changes(texts))
    assert found in told.value.render()
    with pytest.raises(CaseFileError):
        planner.load_case(case).changed(texts[0]).changed(texts[1])
    scaled = with_changes(open_case(case), read_changes(texts[::-1])).case
    assert scaled == planner.load_case(case).changed(texts[1]).changed(texts[0]).case


def test_a_value_that_no_lever_moves_may_be_set_after_it() -> None:
    texts = ("lever.rent*=0.9", "study.discount_rate_frac=0.07", "contracts[air_lease].term_months=96")
    case = with_changes(open_case(ROOT / "examples/quickstart/case.yaml"), read_changes(texts)).case
    lease = next(contract for contract in case.contracts if contract.id == "air_lease")
    assert (case.study.discount_rate_frac, lease.term_months) == (0.07, 96)

"""Terms of offers in a case file: sizes, what they refer to, what the place must say; and how they are shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from planner.case_file.checks import reference_problems
from planner.case_file.sizes import sizes_of, with_sizes
from planner.cli import main
from planner.reports.terminal import summary
from planner.results import load, save
from planner.schemas import Case
from planner.studies.check import check
from planner.studies.plan import InfeasibleCase, plan
from planner.translate.eligibility import ineligible, refusals
from planner.translate.hosting import hosting_problems
from planner.views import Views
from tests.formulation.support import Entry, Site, hall, lease
from tests.unit.test_location import DAKOTA, DENTON, loaded, only, read, small, typed, write

INFERENCE: Entry = {"workload": "inference", "latency": {"max_ms": 5, "metro": "dallas"}}


def raw(*offers: Entry, **site: Any) -> Case:
    """Return a case as it is typed: sizes are not written out."""
    case = Site(contracts=(lease("any"),), **site).case()
    return Case.model_validate({**case.model_dump(), "contracts": offers})


def messages(*offers: Entry, **site: Any) -> list[str]:
    return [problem.message for problem in reference_problems(raw(*offers, **site))]


# --- sizes


def test_an_offer_in_steps_becomes_one_contract_for_each_size() -> None:
    case = raw(lease(least_it_mw=2.5, step_it_mw=2.5, exclusive_group="one"), lease("whole"))
    sized = with_sizes(case)
    assert [contract.id for contract in sized.contracts] == ["lease.2.5", "lease.5", "lease.7.5", "lease.10", "whole"]
    assert [getattr(contract, "it_mw", None) for contract in sized.contracts] == [2.5, 5, 7.5, 10, 10]
    assert {contract.exclusive_group for contract in sized.contracts[:4]} == {"one"}
    assert {contract.size_of for contract in sized.contracts[:4]} == {"lease"}
    assert with_sizes(sized) is sized
    assert not reference_problems(sized)
    assert [contract.id for contract in sizes_of(sized, "lease")] == ["lease.2.5", "lease.5", "lease.7.5", "lease.10"]
    assert [contract.id for contract in sizes_of(sized, "lease.5")] == ["lease.5"]


def test_sizes_of_a_group_of_their_own_and_of_racks() -> None:
    cloud = {
        "kind": "gpu_cloud", "id": "cloud", "tenant": "T", "gpu_system": "g", "racks": 30, "least_racks": 10,
        "step_racks": 20, "rate_usd_per_gpu_hour": 3, "rate_change_frac_per_year": 0, "utilisation_frac": 1,
        "cooling": ["air"], "redundancy": "n", "ready_by": "2030-01-01", "longstop": "2030-01-01", "term_months": 12,
    }  # fmt: skip
    sized = with_sizes(raw(cloud))
    assert [(contract.id, getattr(contract, "racks", 0)) for contract in sized.contracts] == [
        ("cloud.10", 10), ("cloud.30", 30),
    ]  # fmt: skip
    assert {contract.exclusive_group for contract in sized.contracts} == {"cloud.sizes"}


def test_ids_of_sizes_must_be_free_and_short() -> None:
    taken = messages(lease(least_it_mw=5, step_it_mw=5), lease("lease.5"))
    assert taken == ["the sizes of 'lease' are called lease.5 to lease.10, but the case has a 'lease.5'"]
    (long,) = messages(lease("x" * 59, least_it_mw=5, step_it_mw=5))
    assert "expected 60" in long


def test_a_file_with_steps_is_loaded_in_sizes(tmp_path: Path) -> None:
    def steps(case: dict[str, Any]) -> None:
        case["contracts"][0] |= {"least_it_mw": 11, "step_it_mw": 5.5}

    case = loaded(tmp_path, typed(None, steps)).case
    assert [contract.id for contract in case.contracts] == ["l1.11", "l1.16.5", "l1.22"]
    assert not hosting_problems(case)


# --- who follows whom


def test_followers_name_another_offer() -> None:
    (unknown,) = messages(lease("a"), lease("b", follows="aa"))
    assert unknown.startswith("no offer 'aa' in contracts; did you mean 'a'")
    assert messages(lease("a", follows="b"), lease("b", follows="a")) == [
        "contract 'a' follows itself: a, b, a", "contract 'b' follows itself: b, a, b",
    ]  # fmt: skip
    assert messages(lease("a", follows="a")) == ["contract 'a' follows itself: a, a"]
    assert messages(lease("a", least_it_mw=5, step_it_mw=5), lease("b", follows="a")) == []


# --- what the place must say


def test_conditions_need_what_they_compare_with() -> None:
    (unknown,) = messages(lease(latency={"max_ms": 5, "metro": "dalas"}))
    assert unknown == "no metro 'dalas' in dataset 'metros'; did you mean 'dallas'?"
    (nowhere,) = messages(lease(latency={"max_ms": 5}))
    assert "the site's latency to any metro is not known; give site.location or site.latency_ms" in nowhere
    carbon, share = messages(lease(carbon={"max_kg_per_mwh": 100, "min_renewable_frac": 0.5}))
    assert "give site.emissions or site.location" in carbon
    assert "carbon.renewable_frac" in share
    (ended,) = messages(lease(expansion_right={"it_mw": 5, "until": "2029-01-01"}))
    assert "not after the study's start" in ended


def test_the_location_gives_the_latency_that_is_asked_for(tmp_path: Path) -> None:
    def asks(case: dict[str, Any]) -> None:
        case["contracts"][0] |= INFERENCE

    near = loaded(tmp_path, small(DENTON, asks)).case
    far = loaded(tmp_path, small(DAKOTA, asks)).case
    assert near.site.latency_ms["dallas"] < 2
    assert far.site.latency_ms["dallas"] > 10
    assert len(far.site.latency_ms) == 2, "the nearest metro is there as well"
    assert not refusals(near)
    (refusal,) = refusals(far)
    ms = far.site.latency_ms["dallas"]
    assert refusal == f"offer 'l1' cannot be taken: asks for dallas within 5 ms, the site is at {ms:.1f} ms"
    assert not hosting_problems(far)
    own = loaded(tmp_path, small(DAKOTA, asks, lambda case: case["site"].update(latency_ms={"dallas": 3}))).case
    assert own.site.latency_ms == {"dallas": 3}
    assert not refusals(own)
    assert "site.latency_ms" in only(tmp_path, typed(None, asks)).message


def test_validate_notes_what_cannot_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = read(Path(__file__).parent / "small.yaml")
    case["contracts"][0] |= INFERENCE
    case["site"]["latency_ms"] = {"dallas": 8.4}
    monkeypatch.setattr(sys, "argv", ["planner", "validate", str(write(tmp_path, case))])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    told = capsys.readouterr()
    assert "note: offer 'l1' cannot be taken: asks for dallas within 5 ms, the site is at 8.4 ms" in told.err
    assert "3 offers" in told.out


def test_carbon_refuses_in_words_and_a_signed_contract_is_infeasible() -> None:
    offer = lease(carbon={"max_kg_per_mwh": 100, "min_renewable_frac": 0.5}, signed=True)
    more: Entry = {"emissions": {"average_kg_per_mwh": 400}}
    case = Site(contracts=(offer,), more=more, carbon={"renewable_frac": 0.2}).case()
    reason = (
        "asks for at most 100 kg CO2/MWh and at least 50% renewable energy, "
        "the grid has 400 kg CO2/MWh and 20% renewable energy and no certificates can be bought"
    )
    assert ineligible(case) == {"lease": reason}
    with pytest.raises(InfeasibleCase, match=r"signed contract lease .* cannot be delivered: it asks for at most 100"):
        plan(case, {})


def test_few_halls_are_too_small_for_a_tenant() -> None:
    case = Site((hall("a", 6), hall("b", 6)), (lease(workload="training"),)).case()
    (problem,) = hosting_problems(case)
    assert problem.message.endswith("it needs 100 racks in no more than 1 halls, the largest hold 60")


def test_credited_months_lie_within_the_term() -> None:
    with pytest.raises(ValidationError, match="credited_months 30 of the prepayment is longer than term_months 24"):
        raw(lease(prepayment={"usd": 1, "credited_months": 30}))


# --- what is shown


def test_the_summary_says_the_size_the_terms_and_the_reason(tmp_path: Path) -> None:
    main_lease = lease(
        "main", rent=150, lease="triple_net", least_it_mw=4, step_it_mw=3, workload="training",
        extensions=[{"months": 12, "probability_frac": 0.6}],
        credit={"default_frac_per_year": 0.02, "relet_months": 9, "guarantor": {"name": "Bank", "covered_frac": 0.5}},
        prepayment={"usd": 2e6}, expansion_right={"it_mw": 5, "until": "2031-07-01"},
    )  # fmt: skip
    far = lease("far", 1, workload="inference", latency={"max_ms": 2, "metro": "dallas"})
    spare = lease("spare", 50, rent=10, least_it_mw=40, step_it_mw=10)
    site = Site((hall(mw=8),), (main_lease, far, spare), more={"latency_ms": {"dallas": 8.4}})
    result = plan(site.case(), {})
    taken, refused, other = Views(result).contracts
    assert (taken.contract, taken.it_mw, taken.kind, taken.in_steps) == ("main", 7, "triple net", True)
    assert (refused.taken, refused.refusal) == (False, "asks for dallas within 2 ms, the site is at 8.4 ms")
    assert (other.contract, other.it_mw) == ("spare", 50)
    assert other.refusal.startswith("it needs 400 racks (40.0 MW of IT), all halls and pads together hold 80")
    text = " ".join(summary(result).split())
    for words in (
        "take 1 of 3 offers (main): 7.0 MW", "triple net", "impossible", "up to 50.0",
        "far: asks for dallas within 2 ms, the site is at 8.4 ms",
        "main: may stay to 2033-01-01 (60% likely, counted at that chance)",
        "main: may fail with 2.0% a year, let again after 9 months at 100% of its rate, Bank covers 50%",
        "main: pays 2.0 MUSD in advance, credited against its rent",
        "main: holds a right over 5.0 further MW of IT until 2031-07-01", "main: stands in one hall", "advances",
    ):  # fmt: skip
        assert words in text, words
    assert "main.7" not in text, "the name of a size is the ledger's"
    save(result, tmp_path)
    again = load(tmp_path / "result.json")
    assert again.case == result.case
    assert check(again).clean
    assert summary(again) == summary(result)

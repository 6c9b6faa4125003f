"""The businesses: each is planned, what the company did is judged against the plan, and the page says both.

After a change that is meant to move them, write plans and page anew and look at the difference:
`UPDATE_EXPECTED=1 python -m pytest tests/golden/test_businesses.py`.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from types import ModuleType

import pytest

from planner.schemas import carbon, contract_terms, finance, fleet, greenfield, machines, supply, tenants
from planner.schemas.base import Record
from site_conversion.solve import Status
from tests.golden import businesses
from tests.golden.businesses import BUSINESSES, GAP_FRAC, NAMES, PAGE, Business, said
from tests.golden.test_examples import unexplained

UPDATE = os.environ.get("UPDATE_EXPECTED") == "1"
MOST_SECONDS = 10.0
MOST_LINES = 165
SAME = 1e-6
"""Relative tolerance where the value has one right answer."""

pytestmark = pytest.mark.xdist_group("businesses")


@cache
def business(name: str) -> Business:
    return Business(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_business_comes_to_what_was_expected(name: str) -> None:
    file = BUSINESSES / name / "expected.json"
    if UPDATE:
        file.write_text(json.dumps(business(name).expected(), indent=2) + "\n", encoding="utf-8")
    expected = json.loads(file.read_text(encoding="utf-8"))
    result = business(name).result
    report = result.plan.report
    assert report.status is Status.OPTIMAL
    assert report.seconds < MOST_SECONDS
    assert report.bound_musd is not None
    assert businesses.accepted(result) == expected["accepted"]
    assert list(businesses.decides(result)) == expected["decides"]
    # The expected plan exists, so no honest bound lies below it.
    assert report.bound_musd * 1e6 >= expected["npv_usd"] - max(1.0, SAME * abs(expected["npv_usd"]))
    assert result.plan.npv_musd * 1e6 == pytest.approx(expected["npv_usd"], rel=2 * GAP_FRAC, abs=1.0)
    assert result.do_nothing.npv_musd * 1e6 == pytest.approx(expected["do_nothing_npv_usd"], rel=GAP_FRAC, abs=1.0)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_company_did_is_judged_as_expected(name: str) -> None:
    expected = json.loads((BUSINESSES / name / "expected.json").read_text(encoding="utf-8"))["proposal"]
    found = business(name).evaluation
    assert [item.rule.value for item in found.feasibility.broken] == expected["broken"]
    assert found.result is not None
    assert found.regret is not None
    gap_usd = 2 * GAP_FRAC * abs(business(name).result.plan.npv_musd) * 1e6 + 1.0
    assert found.result.plan.npv_musd * 1e6 == pytest.approx(expected["npv_usd"], abs=gap_usd)
    assert found.regret.total_musd * 1e6 == pytest.approx(expected["regret_usd"], abs=gap_usd)
    assert [cause.name for cause in found.regret.causes] == expected["causes"]


def test_the_page_shows_what_the_engine_gives() -> None:
    written = PAGE.read_text(encoding="utf-8")
    expected = businesses.page_with(written, businesses.table({name: business(name) for name in NAMES}))
    if UPDATE:
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected


def test_every_business_has_its_sentence() -> None:
    assert sorted(said()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_business_says_where_it_comes_from(name: str) -> None:
    text = (BUSINESSES / name / "case.yaml").read_text(encoding="utf-8")
    assert unexplained(text) == []
    assert len(text.splitlines()) <= MOST_LINES
    for file in ("case.yaml", "proposal.yaml"):
        first, _, _ = (BUSINESSES / name / file).read_text(encoding="utf-8").partition("\n")
        head = "# yaml-language-server: $schema="
        assert first.startswith(head)
        assert (BUSINESSES / name / first.removeprefix(head)).is_file()


NEEDS_NO_EXAMPLE = {
    "most_hours_per_year": "a permit that leaves gas for dear hours only",
    "size_of": "written by the planner",
}
"""Inputs that no example shows, and why."""


def records(module: ModuleType) -> list[type[Record]]:
    """Return the records a module of the input language defines."""
    found = (entry for entry in vars(module).values() if isinstance(entry, type) and issubclass(entry, Record))
    return [record for record in found if record.__module__ == module.__name__]


def test_every_input_of_the_business_has_an_example() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(BUSINESSES.parent.glob("**/*.yaml")))
    modules = (tenants, contract_terms, fleet, machines, supply, carbon, finance, greenfield)
    names = {name for module in modules for record in records(module) for name in record.model_fields}
    missing = {name for name in names if not re.search(rf"\b{name}:", text)}
    assert missing == set(NEEDS_NO_EXAMPLE)

"""The examples: each is planned as a user would, every number in it says where it comes from.

After a change that is meant to move them, write the expected values anew and look at the difference:
`UPDATE_EXPECTED=1 python -m pytest tests/golden/test_examples.py`.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from planner.case_file import load_case
from planner.results import Result
from planner.studies.plan import PlanOptions, plan
from site_conversion.solve import SolveOptions, Status

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(file.parent.name for file in EXAMPLES.glob("*/case.yaml"))

GAP_FRAC = {"denton": 0.005, "marble": 0.005, "quickstart": 0.0}
"""How close to the best each example is asked to be proven; for writing the expected values five times closer."""

LARGE = ("denton", "marble")

SAME = 1e-6
"""Relative tolerance where the value has one right answer."""

UPDATE = os.environ.get("UPDATE_EXPECTED") == "1"


def unexplained(text: str) -> list[str]:
    """Return the lines that hold a digit, names aside, and do not say `source: ...` or `assumption: ...` after it."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        value, _, comment = line.partition("#")
        is_explained = re.match(r" (source|assumption): \S", comment)
        is_text = re.match(r"\s*(- )?(name|description|tenant): ", value)
        is_number = re.search(r"\d", value) and value.strip() != "schema_version: 1" and not is_text
        if is_number and not is_explained:
            found.append(f"{number}: {line.strip()}")
    return found


def accepted(result: Result) -> list[str]:
    """Return the ids of the offers that the plan takes."""
    taken = result.plan.tables["gpu_systems"]["contract"].astype(int)
    return sorted({result.instance.contracts[c] for c in taken})


def planned(name: str, gap_frac: float) -> Result:
    """Return the plan of an example."""
    loaded = load_case(EXAMPLES / name / "case.yaml")
    return plan(loaded.case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=gap_frac)))


def write_expected(name: str) -> None:
    """Write what the example comes to, from a plan that is proven closer than the test asks."""
    result = planned(name, GAP_FRAC[name] / 5)
    expected = {
        "npv_usd": round(result.plan.npv_musd * 1e6, 2),
        "do_nothing_npv_usd": round(result.do_nothing.npv_musd * 1e6, 2),
        "accepted": accepted(result),
        "gap_frac": GAP_FRAC[name],
    }
    text = json.dumps(expected, indent=2) + "\n"
    (EXAMPLES / name / "expected.json").write_text(text, encoding="utf-8")


def test_every_example_is_tested() -> None:
    assert sorted(GAP_FRAC) == NAMES


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=pytest.mark.slow) for name in LARGE), "quickstart"])
def test_example_comes_to_what_was_expected(name: str) -> None:
    if UPDATE:
        write_expected(name)
    expected = json.loads((EXAMPLES / name / "expected.json").read_text(encoding="utf-8"))
    gap_frac = expected["gap_frac"]
    assert gap_frac == GAP_FRAC[name]

    result = planned(name, gap_frac)
    report = result.plan.report
    assert report.status is Status.OPTIMAL
    assert report.bound_musd is not None
    assert accepted(result) == expected["accepted"]
    # The expected plan exists, so no honest bound lies below it, and a plan proven to the gap comes close to it.
    assert report.bound_musd * 1e6 >= expected["npv_usd"] * (1 - SAME)
    assert result.plan.npv_musd * 1e6 == pytest.approx(expected["npv_usd"], rel=max(gap_frac, SAME))
    assert result.do_nothing.npv_musd * 1e6 == pytest.approx(expected["do_nothing_npv_usd"], rel=SAME)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_says_where_it_comes_from(name: str) -> None:
    assert unexplained((EXAMPLES / name / "case.yaml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "  firm_mw: 40",
        "  firm_mw: 40 # a round number",
        "  start: 2027-01-01 # source:",
        "  catalogue: gb300_nvl72",
        "  - {date: 2027-01-01, usd: 1} # see the source: none",
    ],
)
def test_a_number_without_its_source_is_noticed(line: str) -> None:
    assert unexplained(f"site:\n{line}\n") == [f"2: {line.strip()}"]


@pytest.mark.parametrize("name", NAMES)
def test_editors_find_the_schema_in_the_first_line(name: str) -> None:
    first, _, _ = (EXAMPLES / name / "case.yaml").read_text(encoding="utf-8").partition("\n")
    head = "# yaml-language-server: $schema="
    assert first.startswith(head)
    assert (EXAMPLES / name / first.removeprefix(head)).is_file()

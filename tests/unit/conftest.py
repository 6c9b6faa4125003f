"""One small solved case, shared by the tests of what comes after a solve."""

from pathlib import Path

import pytest

from planner.case_file import load_case
from planner.results import Result
from planner.studies.plan import PlanOptions, plan
from site_conversion.solve import SolveOptions

SMALL = Path(__file__).parent / "small.yaml"


@pytest.fixture(scope="session")
def small_path() -> Path:
    return SMALL


@pytest.fixture(scope="session")
def small_result() -> Result:
    loaded = load_case(SMALL)
    return plan(loaded.case, loaded.datasets, PlanOptions(SolveOptions(gap_frac=0.0)))

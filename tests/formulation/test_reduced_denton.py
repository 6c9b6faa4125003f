"""A reduced Denton, through both solvers: real data, small enough to be proven by either."""

from pathlib import Path

import pytest

from planner.case_file import load_case
from planner.schemas import Case
from planner.studies.plan import PlanOptions, plan
from site_conversion.solve import SolveOptions
from tests.formulation.support import solve_with_scip

DENTON = Path(__file__).parents[2] / "examples/denton/case.yaml"
HALLS, PADS = {"air_a", "air_b", "hydro_a"}, {"pad_east"}
OFFERS = {"enterprise_air", "anchor_second", "gpu_cloud"}


def reduced() -> Case:
    """Three halls, one pad and three offers of Denton, over quarters to 2030 and then years."""
    case = load_case(DENTON).case
    site = case.site.model_copy(
        update={
            "halls": tuple(hall for hall in case.site.halls if hall.id in HALLS),
            "pads": tuple(pad for pad in case.site.pads if pad.id in PADS),
        }
    )
    contracts = tuple(offer for offer in case.contracts if offer.id in OFFERS)
    return case.model_copy(update={"site": site, "contracts": contracts})


@pytest.mark.slow
def test_both_solvers_agree_on_a_reduced_denton() -> None:
    case = reduced()
    assert len(case.site.halls) == 3
    assert len(case.contracts) == 3
    result = plan(case, {}, PlanOptions(SolveOptions(gap_frac=1e-9)))
    assert len(result.plan.tables["tenants"]) > 0
    assert solve_with_scip(case) == pytest.approx(result.plan.npv_musd, rel=1e-6)

"""What must be true of decisions fixed beforehand, whatever the case."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.case_file.overrides import with_overrides
from planner.results import Result
from planner.schemas import Case
from planner.schemas.overrides import Choice, Override
from planner.translate.grid import site_upgrades
from tests.invariants.strategies import Need, cases
from tests.invariants.support import no_worse, optimum, same, value

SITES = Need(halls=2, offers=(1, 3), must_deliver=False)


def made(result: Result) -> list[Override]:
    """Return what a plan does, each decision as an override that forces it, with its date and halls."""
    tables, instance, case = result.plan.tables, result.instance, result.case
    starts, force = instance.period_start, Choice.FORCE
    placed = tables["gpu_systems"]
    found = []
    for c, contract in enumerate(case.contracts):
        here = placed[placed["contract"] == c]
        if len(here):
            halls = tuple(dict.fromkeys(instance.halls[h] for h in here["hall"]))
            begins = starts[int(here["start"].iloc[0])]
            found.append(Override(choice=force, contract=contract.id, halls=halls, begins=begins))
    for row in tables["halls"].to_dict("records"):
        if row["converts"]:
            hall, design = instance.halls[int(row["hall"])], instance.designs[int(row["design"])]
            found.append(Override(choice=force, hall=hall, design=design, since=starts[int(row["build_start"])]))
            found.append(Override(choice=force, design=design))
    for row in tables["grid_upgrades"].to_dict("records"):
        upgrade = site_upgrades(case)[int(row["upgrade"])].id
        found.append(Override(choice=force, upgrade=upgrade, begins=starts[int(row["requested"])]))
    return found


def turned(override: Override) -> Override:
    """Forbid what was forced."""
    return override.model_copy(update={"choice": Choice.FORBID})


@pytest.mark.slow
@settings(max_examples=15)
@given(case=cases(SITES))
def test_forcing_what_the_plan_does_costs_nothing(case: Case) -> None:
    free = optimum(case)
    assert same(value(with_overrides(case, made(free))), free.plan.npv_musd)


@pytest.mark.slow
@settings(max_examples=15)
@given(case=cases(SITES), draw=st.data())
def test_fixing_decisions_never_gains(case: Case, draw: st.DataObject) -> None:
    """What the plan does, forbidden; what another might do, forced; and both together."""
    free = optimum(case)
    known = [turned(override) for override in made(free)]
    known += [Override(choice=Choice.FORCE, contract=contract.id) for contract in case.contracts]
    known += [Override(choice=Choice.FORCE, hall=place.id) for place in case.site.places]
    fixed = draw.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    together = value(with_overrides(case, fixed))
    assert no_worse(free.plan.npv_musd, together)
    alone = value(with_overrides(case, fixed[:1]))
    assert no_worse(alone, together)

"""What is shown and checked of machines: other places, hosting, rigs and their rental."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest

from planner.case_file.checks import reference_problems
from planner.case_file.doubts import doubts
from planner.reports.terminal import summary
from planner.results import Result, load, save
from planner.schemas import Case
from planner.studies.plan import InfeasibleCase, plan
from planner.views import Views
from planner.views.machines import fleet_by_year, machine_rows
from tests.formulation.support import Entry, Site, asic, hall, power
from tests.unit.test_audit_machines import case as everything


@cache
def planned() -> Result:
    return plan(everything(), {})


def test_every_action_is_shown_with_its_dates_and_amounts() -> None:
    rows = {(row.subject, row.action): row for row in machine_rows(planned())}
    signed = rows["signed", "hosted"]
    assert (signed.mw, signed.rigs) == (4.0, 0.0)
    assert signed.until is not None
    assert (signed.until.year - signed.first.year) * 12 + signed.until.month - signed.first.month == 30
    assert ("refused", "hosted") not in rows
    rented = rows["rebuilt", "rented"]
    assert (rented.first, rented.until) == (date(2029, 1, 1), date(2031, 4, 20))
    assert rented.rigs == pytest.approx(100)
    assert rented.mw == pytest.approx(100 * 5_000 / 1e6)
    assert rows["rig", "rebuilt"].rigs == pytest.approx(100)
    assert rows["rig", "upgraded"].rigs == pytest.approx(300)
    assert any(action.startswith("moved to") for _, action in rows)
    text = summary(planned())
    assert "Machines (MW at the meter" in text
    assert all(action in text for _, action in rows)


def test_megawatts_and_energy_count_customers_and_rigs() -> None:
    views = Views(planned())
    for row in views.megawatts_by_year:
        used = row.hashing_mw + row.hosted_mw + row.rented_mw + row.ai_draw_mw
        assert used + row.unused_mw == pytest.approx(row.contracted_mw + row.onsite_mw)
        assert row.unused_mw >= -1e-6
    first = views.megawatts_by_year[0]
    assert first.hosted_mw > 1
    assert first.rented_mw == pytest.approx((300 * 1_600 + 100 * 5_000) / 1e6)
    years = fleet_by_year(planned())
    assert [row.year for row in years] == [2029, 2030, 2031, 2032]
    assert years[0].rebuilt_rigs == pytest.approx(100)
    assert years[0].away_mw > 0.1


def test_energy_of_customers_and_rigs_is_counted_once() -> None:
    """10 MW hosted all year: 87,600 MWh; 200 rigs of 2 kW in half of the hours: 1,752 MWh; 500 kg/MWh."""
    rental = RENTAL | {"grade": "upgraded", "rigs": 200, "utilisation_frac": 0.5}
    site = Site(
        halls=(hall(mining_mw=12),),
        years=1,
        power=power((1.0, 40)),
        more={"emissions": {"average_kg_per_mwh": 500}},
        fleet={
            "hosted": [GUEST | {"mw": 10}],
            "rigs": [RIG | {"count": 200, "usable_frac": 1, "upgrade_usd_per_rig": 1}],
            "rig_rentals": [rental],
        },
    )
    (row,) = Views(plan(site.case(), {})).carbon_by_year
    assert (row.hashing_mwh, row.ai_mwh) == pytest.approx((87_600, 1_752))
    assert (row.hashing_t_co2, row.ai_t_co2) == pytest.approx((43_800, 876))


def test_nothing_is_said_where_nothing_is_done() -> None:
    site = Site(halls=(hall(mining_mw=10),), machines=(asic(),), usd_per_ph_day=48, power=power((1.0, 40)))
    result = plan(site.case(), {})
    assert machine_rows(result) == ()
    text = summary(result)
    assert "Machines" not in text
    assert "hosted" not in text


def test_a_saved_result_keeps_its_machines(tmp_path: Any) -> None:
    save(planned(), tmp_path)
    loaded = load(tmp_path / "result.json")
    assert machine_rows(loaded) == machine_rows(planned())


def fleet(**changes: object) -> Case:
    site = Site(halls=(hall(mining_mw=10),), machines=(asic(),), usd_per_ph_day=48, power=power((1.0, 40)))
    return Site(**{**site.__dict__, "fleet": changes}).case()


GUEST: Entry = {
    "id": "guest", "customer": "Guest", "mw": 4, "cooling": "air", "fee_usd_per_mwh": 80, "power": "included",
    "latest_start": "2030-06-01", "term_months": 12,
}  # fmt: skip
RENTAL: Entry = {
    "id": "renter", "tenant": "R", "grade": "rebuilt", "rigs": 10, "usd_per_gpu_hour": 0.5, "utilisation_frac": 1,
    "rate_change_frac_per_year": 0,
}  # fmt: skip
RIG: Entry = {"id": "rig", "name": "Rig", "count": 10, "gpus_per_rig": 8, "power_w": 2_000}


@pytest.mark.parametrize(
    ("part", "record", "words"),
    [
        ("hosted", GUEST | {"latest_start": "2028-01-01"}, "before the study starts"),
        ("hosted", GUEST | {"earliest_start": "2033-01-01", "latest_start": "2034-01-01"}, "after the study ends"),
        ("hosted", GUEST | {"earliest_start": "2030-02-01"}, "no period of the study starts between 2030-02-01"),
        ("hosted", GUEST | {"mw": 12}, "needs 12 MW of air-cooled hashing space, all halls together have 10"),
        ("hosted", GUEST | {"cooling": "hydro"}, "needs 4 MW of hydro-cooled hashing space"),
        ("rig_rentals", RENTAL, "no rigs to rent"),
        ("rig_rentals", RENTAL | {"grade": "upgraded", "until": "2028-01-01"}, "not after the study starts"),
        ("rig_rentals", RENTAL | {"earliest_start": "2034-01-01"}, "after the study ends"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(part: str, record: Entry, words: str) -> None:
    rigs: Entry = {} if "no rigs" in words or part == "hosted" else {"rigs": [RIG | {"rebuild": None}]}
    messages = [problem.message for problem in reference_problems(fleet(**{part: [record]}, **rigs))]
    assert any(words in message for message in messages), messages


def test_a_rental_of_rebuilt_rigs_needs_a_rebuild() -> None:
    (problem,) = reference_problems(fleet(rigs=[RIG], rig_rentals=[RENTAL]))
    assert "no class of fleet.rigs has a rebuild" in problem.message


def test_what_looks_like_another_unit_is_told() -> None:
    away = {
        "id": "north", "name": "North", "cooling": "hydro", "room_mw": 5, "all_in_usd_per_mwh": 40,
        "move_usd_per_machine": 0, "downtime_months": 0, "closes": "2028-01-01",
    }  # fmt: skip
    case = fleet(
        elsewhere=[away], hosted=[GUEST | {"fee_usd_per_mwh": 0.05}], rigs=[RIG],
        rig_rentals=[RENTAL | {"grade": "upgraded", "usd_per_gpu_hour": 20}],
    )  # fmt: skip
    told = " ".join(doubts(case))
    for words in ("no class of machines is hydro-cooled", "it has no effect", "is it per kWh", "is it per rig?"):
        assert words in told


def test_a_signed_customer_without_room_is_the_reason_for_no_plan() -> None:
    """10 MW of room, two signed customers of 6 MW at the same time."""
    offers = [GUEST | {"id": name, "mw": 6, "signed": True, "latest_start": "2029-01-01"} for name in ("one", "two")]
    with pytest.raises(InfeasibleCase, match="one, two") as raised:
        plan(fleet(hosted=offers), {})
    assert "air-cooled hashing space" in str(raised.value)

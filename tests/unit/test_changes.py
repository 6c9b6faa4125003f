"""Changes of a case by path: read, settled, made, and told where they cannot be."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from planner.case_file import CaseFileError, Change, ChangeError, How, open_case, read_change
from planner.schemas import Case
from planner.schemas.tenants import Colocation
from planner.studies.lever_changes import by_path, read_changes, with_levers

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "examples/quickstart/case.yaml"
DENTON = ROOT / "examples/denton/case.yaml"


def changed(*texts: str, file: Path = QUICKSTART) -> Case:
    return open_case(file).loaded([read_change(text) for text in texts]).case


def lease(case: Case, name: str) -> Colocation:
    found = next(contract for contract in case.contracts if contract.id == name)
    assert isinstance(found, Colocation)
    return found


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("a.b=3", Change("a.b", How.SET, 3)),
        ("a.b *= 1.5", Change("a.b", How.TIMES, 1.5)),
        ("a[x-1].b+=-2", Change("a[x-1].b", How.PLUS, -2)),
        ("a[0]-=2", Change("a[0]", How.PLUS, -2)),
        ("a.day=2027-01-01", Change("a.day", How.SET, date(2027, 1, 1))),
        ("a.text=some words = more", Change("a.text", How.SET, "some words = more")),
        ("a.record={b: 1, c: [2]}", Change("a.record", How.SET, {"b": 1, "c": [2]})),
        ("a.b=null", Change("a.b", How.SET, None)),
    ],
)
def test_text_is_read(text: str, change: Change) -> None:
    assert read_change(text) == change
    assert read_change(str(change)) == change


@pytest.mark.parametrize(
    "text", ["", "a.b", "=3", "a.=3", ".a=3", "[a].b=3", "a[]=3", "a b=3", "a.b=", "a.b=!!python/name:os 1", "a-=x"]
)
def test_text_that_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(ChangeError):
        read_change(text)


def test_number_is_set_multiplied_and_moved_in_that_order() -> None:
    plain = lease(changed(), "dense_lease").rent_usd_per_kw_month
    path = "contracts[dense_lease].rent_usd_per_kw_month"
    case = changed(f"{path}*=2", f"{path}+=3", f"{path}=50")
    assert lease(case, "dense_lease").rent_usd_per_kw_month == 50 * 2 + 3
    assert lease(case, "air_lease") == lease(changed(), "air_lease")
    assert lease(changed(f"{path}*=1.1"), "dense_lease").rent_usd_per_kw_month == pytest.approx(1.1 * plain)


def test_default_that_nobody_typed_is_multiplied() -> None:
    assert changed("market.hashprice_scale_frac*=0.8").market.hashprice_scale_frac == 0.8


def test_every_record_that_has_the_field_is_changed() -> None:
    before, after = changed(file=DENTON), changed("contracts[*].rent_usd_per_kw_month*=1.1", file=DENTON)
    for old, new in zip(before.contracts, after.contracts, strict=True):
        if isinstance(old, Colocation):
            assert isinstance(new, Colocation)
            assert new.rent_usd_per_kw_month == pytest.approx(1.1 * old.rent_usd_per_kw_month)
        else:
            assert new == old


@pytest.mark.parametrize(
    ("texts", "dense", "air"),
    [
        (("contracts[*].rent_usd_per_kw_month=100", "contracts[dense_lease].rent_usd_per_kw_month=200"), 200, 100),
        (("contracts[dense_lease].rent_usd_per_kw_month=200", "contracts[*].rent_usd_per_kw_month=100"), 100, 100),
        (("contracts[*].rent_usd_per_kw_month=100", "contracts[0].rent_usd_per_kw_month*=1.5"), 150, 100),
        (("contracts[*].rent_usd_per_kw_month*=2", "contracts[air_lease].rent_usd_per_kw_month+=-50"), 350, 250),
    ],
)
def test_of_two_changes_in_one_place_the_later_has_the_last_word(
    texts: tuple[str, ...], dense: float, air: float
) -> None:
    case = changed(*texts)
    assert [lease(case, name).rent_usd_per_kw_month for name in ("dense_lease", "air_lease")] == [dense, air]


def test_exception_to_a_default_set_everywhere_holds() -> None:
    case = changed("contracts[*].escalator_frac_per_year=0.02", "contracts[air_lease].escalator_frac_per_year=0.03")
    assert [lease(case, name).escalator_frac_per_year for name in ("dense_lease", "air_lease")] == [0.02, 0.03]


def test_date_moves_by_whole_months() -> None:
    path = "contracts[dense_lease].longstop"
    start = lease(changed(), "dense_lease").longstop
    moved = lease(changed(f"{path}+=14"), "dense_lease").longstop
    assert (moved.year * 12 + moved.month) - (start.year * 12 + start.month) == 14
    with pytest.raises(CaseFileError, match="whole months"):
        changed(f"{path}*=2")


def test_hub_brings_its_own_curve_and_a_curve_from_a_dataset_can_be_multiplied() -> None:
    before = changed(file=DENTON)
    assert before.market.power.hub == "ERCOT/HB_HUBAVG"
    other = changed("market.power.hub=PJM/DOM", file=DENTON)
    assert other.market.power.curve != before.market.power.curve
    dearer = changed("market.power.curve[*].bins[*].usd_per_mwh*=1.5", file=DENTON)
    assert before.market.power.curve is not None
    assert dearer.market.power.curve is not None
    for old, new in zip(before.market.power.curve, dearer.market.power.curve, strict=True):
        for cheap, dear in zip(old.bins, new.bins, strict=True):
            assert dear.usd_per_mwh == pytest.approx(1.5 * cheap.usd_per_mwh)


def test_figure_of_a_catalogue_entry_that_is_only_named_can_be_changed() -> None:
    before = changed(file=DENTON)
    system = before.gpu_systems[0]
    after = changed(f"gpu_systems[{system.id}].rack_kw+=1", file=DENTON)
    assert after.gpu_systems[0].rack_kw == system.rack_kw + 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("contracts[dens_lease].rent_usd_per_kw_month=1", "did you mean 'dense_lease'"),
        ("contracts[dense_lease].rent_usd_per_kw_moth=1", "did you mean 'rent_usd_per_kw_month'"),
        ("contracts[dense_lease].rent_usd_per_kw_moth*=1", "did you mean 'rent_usd_per_kw_month'"),
        ("site.firm_mw=500000", "expected"),
        ("site.firm_mw*=-1", "expected"),
        ("site.firm_mw*=many", "expected a number to change it by"),
        ("site.name+=1", "expected a number there"),
        ("site.firm_mw[0]=1", "not a list"),
        ("finance.debt.coupon_frac=0.1", "missing field"),
    ],
)
def test_what_is_wrong_names_the_change(text: str, words: str) -> None:
    with pytest.raises(CaseFileError) as caught:
        changed(text)
    assert words in caught.value.render()
    assert f"--> change {text}" in caught.value.render()


def test_the_opened_case_is_not_touched() -> None:
    opened = open_case(QUICKSTART)
    before = opened.loaded().case
    opened.loaded([read_change("site.firm_mw*=2"), read_change("contracts[*].term_months=12")])
    assert opened.loaded().case == before


# --- levers ---------------------------------------------------------------------------------------------------------


def test_levers_are_read_and_move_the_loaded_case() -> None:
    texts = ["lever.rent*=0.9", "contracts[dense_lease].rent_usd_per_kw_month=100", "lever late_works += 3"]
    changes = read_changes(texts)
    assert [str(change) for change in changes[::2]] == ["lever.rent*=0.9", "lever.late_works+=3"]
    case = with_levers(open_case(QUICKSTART).loaded(by_path(changes)).case, changes)
    assert lease(case, "dense_lease").rent_usd_per_kw_month == pytest.approx(90)
    months = [new.build_months - old.build_months for new, old in zip(case.designs, changed().designs, strict=True)]
    assert months == [3.0] * len(months)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lever.rents*=1", "did you mean 'rent'"),
        ("lever.delay*=2", "lever.delay+=AMOUNT"),
        ("lever.rent=2", "lever.rent*=AMOUNT"),
        ("lever.rent*=-1", "from 0 on"),
        ("lever.rent*=much", "from 0 on"),
    ],
)
def test_lever_that_cannot_be_read_is_refused(text: str, words: str) -> None:
    with pytest.raises(ChangeError, match=re.escape(words)):
        read_changes([text])


@pytest.mark.parametrize("text", ["lever.delay+=3", "lever.rent*=100"])
def test_lever_that_cannot_be_moved_names_the_change(text: str) -> None:
    with pytest.raises(CaseFileError) as caught:
        with_levers(open_case(QUICKSTART).loaded().case, read_changes([text]))
    assert f"--> change {text}" in caught.value.render()

"""Results are saved whole, load back equal, and refuse what is not a result."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from planner.files.whole import write_whole
from planner.results import Result, ResultFileError, load, save, tables_for, to_json
from planner.studies.check import check


@pytest.fixture
def saved(small_result: Result, tmp_path: Path) -> Path:
    save(small_result, tmp_path / "out")
    return tmp_path / "out" / "result.json"


def test_a_result_loads_back_equal(small_result: Result, saved: Path) -> None:
    back = load(saved)
    assert back.case == small_result.case
    assert back.plan.report == small_result.plan.report
    assert back.plan.npv_musd == pytest.approx(small_result.plan.npv_musd, rel=1e-12)
    for name, table in small_result.plan.tables.items():
        pd.testing.assert_frame_equal(
            back.plan.tables[name], table.reset_index(drop=True), check_dtype=False, rtol=1e-9, atol=1e-12
        )


def test_a_saved_result_passes_the_standalone_check(saved: Path) -> None:
    report = check(load(saved))
    assert report.findings == ()
    assert report.notes == ()


def test_json_is_strict_and_names_things(small_result: Result) -> None:
    text = to_json(small_result)
    data = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert data["plan"]["tables"]["tenants"]["rows"][0][0] in {"l1", "l2", "g1"}
    assert data["plan"]["npv_usd"] == pytest.approx(small_result.plan.npv_musd * 1e6)
    assert set(data["versions"]) >= {"planner", "python", "highspy"}


def test_every_table_is_also_a_csv(small_result: Result, saved: Path) -> None:
    cash = pd.read_csv(saved.parent / "cash_flow.csv")
    assert list(cash.columns) == ["line", "item", "column", "usd", "source"]
    assert cash["usd"].sum() == pytest.approx(small_result.plan.cash_flow["musd"].sum() * 1e6)
    assert (saved.parent / "do_nothing_cash_flow.csv").exists()


def test_names_that_look_like_formulas_are_neutralised(small_result: Result, tmp_path: Path) -> None:
    cash = small_result.plan.cash_flow.assign(item="=cmd()")
    save(replace(small_result, plan=replace(small_result.plan, cash_flow=cash)), tmp_path)
    assert "\n=cmd" not in (tmp_path / "cash_flow.csv").read_text().replace(",=", "\n=")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: "", "not a result"),
        (lambda text: text[:1000], "not a result"),
        (lambda text: text.replace('"version":', '"verzion":', 1), "not a result"),
        (lambda text: text, "is not a hall of the case"),
    ],
)
def test_a_spoilt_file_is_refused(saved: Path, tmp_path: Path, spoil: object, message: str) -> None:
    text = saved.read_text()
    if message.startswith("is not a hall"):
        data = json.loads(text)
        for row in data["plan"]["tables"]["halls"]["rows"]:
            row[0] = "Z"
        text = json.dumps(data)
    else:
        text = spoil(text)  # type: ignore[operator]
    path = tmp_path / "spoilt.json"
    path.write_text(text)
    with pytest.raises(ResultFileError, match=message):
        load(path)


def test_writing_is_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    target.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write_whole(target, "half \ud800")
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_tables_move_to_the_same_case_by_name(small_result: Result) -> None:
    tables = tables_for(small_result.instance, small_result)
    for name, table in small_result.plan.tables.items():
        pd.testing.assert_frame_equal(tables[name], table.reset_index(drop=True), check_dtype=False, rtol=1e-9)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda data: data["plan"].update(npv_usd=data["plan"]["npv_usd"] + 10),
        lambda data: data["plan"]["cash_flow"]["rows"][0].__setitem__(3, data["plan"]["cash_flow"]["rows"][0][3] + 10),
        lambda data: data["case"]["site"].update(firm_mw=10),
        lambda data: data["case"]["contracts"][0].update(rent_usd_per_kw_month=131),
        lambda data: data["plan"]["tables"]["cooling"]["rows"].pop(),
        lambda data: data["plan"]["solver"].update(gap_frac=0.0, bound_musd=1e9),
        lambda data: data["do_nothing"].update(npv_usd=0),
        lambda data: data["plan"]["tables"].pop("halls"),
    ],
)
def test_any_tampering_is_found(saved: Path, tmp_path: Path, tamper: object) -> None:
    data = json.loads(saved.read_text())
    tamper(data)  # type: ignore[operator]
    path = tmp_path / "tampered.json"
    path.write_text(json.dumps(data))
    assert not check(load(path)).clean

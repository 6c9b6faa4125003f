"""Every kind of bad case file is refused with a message that says what, where and what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML

from planner import data
from planner.case_file import CaseFileError, Check, LoadedCase, Problem, load_case
from planner.case_file.checks import study_end
from planner.case_file.doubts import doubts
from planner.files.hourly_prices import read_hourly_prices
from planner.files.problems import LocatedProblem, nearest, shown
from planner.files.schema_problems import schema_problems
from planner.files.yaml_source import MAX_VALUES, read_yaml
from planner.schemas import Case
from planner.schemas.base import Record
from planner.schemas.json_schema import case_json_schema
from planner.translate.hosting import hosting_problems

FIXTURES = Path(__file__).parent / "bad_input"
VALID = (FIXTURES / "valid.yaml").read_text(encoding="utf-8")
Change = tuple[str, str]
TAB = (
    "broken YAML: found character '\\t' that cannot start any token, while scanning for the next token; "
    "indent with spaces, not tabs"
)


def changed(*changes: Change) -> str:
    """Return the valid case with pieces of its text replaced, each of which must be there."""
    text = VALID
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def load_text(folder: Path, text: str | bytes, checks: tuple[Check, ...] = ()) -> LoadedCase:
    file = folder / "site.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return load_case(file, checks)


def problems_of(folder: Path, text: str | bytes, checks: tuple[Check, ...] = ()) -> list[LocatedProblem]:
    with pytest.raises(CaseFileError) as caught:
        load_text(folder, text, checks)
    assert all(line.isprintable() for line in caught.value.render().split("\n"))
    return list(caught.value.problems)


def only(folder: Path, text: str | bytes) -> tuple[str, int | None]:
    (problem,) = problems_of(folder, text)
    return problem.message, problem.line


def test_a_valid_case_is_completed_from_the_datasets(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, VALID)
    case = loaded.case
    climate, asic = data.entry("climate", "denton_tx"), data.entry("asic_models", "antminer_s19_95t")
    assert case.site.climate.design_temperature_c == climate["design_temperature_c"]
    assert case.fleet.classes[0].power_w == asic["power_w"]
    assert case.fleet.classes[0].catalogue == "antminer_s19_95t"
    assert [module.id for module in case.cooling_modules] == ["air_crah_chiller", "cdu_dry_cooler"]
    assert [system.id for system in case.gpu_systems] == ["hgx_h100_4_per_rack"]
    assert loaded.datasets == {
        name: data.dataset(name).sha256
        for name in (
            "asic_models", "climate", "cooling_modules", "equipment_lead_times", "gpu_systems",
            "mining_network", "queue_delays",
        )
    }  # fmt: skip


def test_typed_fields_win_over_the_catalogue(tmp_path: Path) -> None:
    case = load_text(tmp_path, VALID).case
    assert case.market.hashprice.network is not None
    assert case.market.hashprice.network.btc_price_usd == 90_000
    assert case.site.upgrades[0].equipment[0].lead_time_months == 24
    assert data.entry("equipment_lead_times", "power_transformer")["lead_time_months"] != 24


def test_anchors_merge_keys_and_both_forms_of_dates_work(tmp_path: Path) -> None:
    case = load_text(tmp_path, VALID).case
    assert (case.site.halls[1].id, case.site.halls[1].floor_m2, case.site.halls[1].bays) == ("h2", 2500, 2)
    assert case.contracts[0].longstop == case.contracts[1].longstop == date(2029, 6, 30)


def test_a_saved_case_stands_on_its_own(tmp_path: Path) -> None:
    hub = changed(("    curve:\n", "    hub: ERCOT/HB_HUBAVG\n    base_years: [2023]\nx:\n  y:\n"))
    text = hub[: hub.index("x:\n")] + hub[hub.index("site:\n") :]
    case = load_text(tmp_path, text).case
    assert case.market.power.hub == "ERCOT/HB_HUBAVG"
    assert case.market.power.curve is not None
    expected = [(quarter, len(bins)) for quarter, bins in data.price_curve("ERCOT/HB_HUBAVG", (2023,))]
    assert [(curve.quarter, len(curve.bins)) for curve in case.market.power.curve] == expected
    assert Case.model_validate_json(case.model_dump_json()) == case


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b"", "the file is empty", None),
        (b"\n  \n", "the file is empty", None),
        (b"# nothing\n", "the file has only comments", None),
        (b"a: 1\nb: \xff\xfe\n", "the file is not UTF-8 text (byte 0xff); save it as UTF-8", 2),
        (b"a: 1\n b: 2\n", "broken YAML: mapping values are not allowed here", 2),
        (b"a: [1\nb: 2", "broken YAML: expected ',' or ']', but got ':', while parsing a flow sequence", 2),
        (b"a: 1\n\tb: 2", TAB, 2),
        (b"a: 1\nb: \x01\n", "broken YAML: control character '\\x01'", 2),
        (b"a: *b\n", "broken YAML: found undefined alias 'b'", 1),
        (b"- 1\n", "expected fields (name: value) at the top of the file", 1),
        (b"just text", "expected fields (name: value) at the top of the file", 1),
        (b"a: 1\n---\nb: 2\n", "the file has several YAML documents (a second '---'), expected one", 2),
        (b"a: 1\nb: 2\na: 3\n", "duplicate key 'a', first given on line 1", 3),
        (b"a:\n  <<: {b: 1}\n  <<: {b: 2}\n", "duplicate key '<<', first given on line 2", 3),
        (b"a: {<<: 3}\n", "'<<' can only merge a group of fields", 1),
        (b"a: !!python/object/apply:os.system [ls]\n",
         "YAML tag 'python/object/apply:os.system' is not allowed here; write plain values", 1),
        (b"a: !secret x\n", "YAML tag '!secret' is not allowed here; write plain values", 1),
        (b"a: !!set {x}\n", "YAML tag 'set' is not allowed here; write plain values", 1),
        (b"a: !!int many\n", "'many' is not a valid int", 1),
        (b"? [a, b]\n: 1\n", "a key must be a single word or number", 1),
        (b'a: "\\ud800"\n', "an escape code stands for no character", 1),
        (b"a: &x [*x]\n", "an alias contains itself", 1),
        (b"a: &x {<<: *x}\n", "an alias contains itself", 1),
        (b"a: " + b"[" * 5_000, "the file is nested too deeply (the limit is 20 levels)", 1),
    ],
)  # fmt: skip
def test_what_is_no_yaml_mapping_is_refused(tmp_path: Path, content: bytes, message: str, line: int | None) -> None:
    assert only(tmp_path, content) == (message, line)


@pytest.mark.parametrize("form", ["{n}: &{n} [{items}]\n", "{n}: &{n} {{<<: [{items}]}}\n"])
def test_aliases_that_multiply_are_refused(tmp_path: Path, form: str) -> None:
    lines = [form.format(n=f"a{i}", items=", ".join([f"*a{i - 1}"] * 10)) for i in range(1, 10)]
    message, _ = only(tmp_path, "a0: &a0 {x: 1}\n" + "".join(lines))
    assert message == f"the file has more than {MAX_VALUES:,} values, its aliases expanded"


def test_several_duplicates_are_told_together(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, "a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert [(p.line, p.column) for p in problems] == [(2, 1), (3, 11)]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in (
        ("none.yaml", "there is no such file"),
        (".", "this is a directory, expected a file"),
        ("pipe", "this is not a regular file"),
        ("a\0b", "the file cannot be read: embedded null byte"),
    ):
        with pytest.raises(CaseFileError) as caught:
            load_case(tmp_path / name)
        assert caught.value.problems[0].message == message


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    with file.open("wb") as stream:
        stream.truncate(10**12)
    with pytest.raises(CaseFileError, match=r"the file has 1,000,000.0 MB, a case file may have at most 5 MB"):
        load_case(file)


def fault_list() -> list[tuple[list[Change], str, str | None]]:
    faults = YAML(typ="safe", pure=True).load(FIXTURES / "faults.yaml")
    return [([(old, new) for old, new in f["change"]], f["says"], f.get("at")) for f in faults]


@pytest.mark.parametrize(("changes", "message", "at"), fault_list())
def test_one_fault_gives_one_message_at_its_line(
    tmp_path: Path, changes: list[Change], message: str, at: str | None
) -> None:
    text = changed(*changes)
    message = message.replace("in climate.csv", f"in {data.dataset('climate').path}")
    assert only(tmp_path, text) == (message, line_of(text, at) if at else None)


def test_the_form_of_a_message(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, changed(("floor_m2: 2500", "floor_m3: 2500")))
    assert problem.render() == (
        "error: unknown field 'floor_m3'; did you mean 'floor_m2'?\n"
        f"  --> {tmp_path}/site.yaml:33:7  (site.halls[1].floor_m3)"
    )


class _Feeds(BaseModel):
    model_config = ConfigDict(extra="forbid")
    firm_mw: float
    spare_mw: float
    gross_to_it_frac: float = 1.0


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"mw": 1, "spare_mw": 2}, ["unknown field 'mw'; did you mean 'firm_mw'?"]),
        ({"MW": 1, "firm_mw": 2}, ["unknown field 'MW'; did you mean 'spare_mw'?"]),
        ({"mw": 1}, ["missing field 'firm_mw'", "missing field 'spare_mw'", "unknown field 'mw'"]),
        ({"w": 1, "firm_mw": 2}, ["missing field 'spare_mw'", "unknown field 'w'"]),
        ({"it": 1, "firm_mw": 2, "spare_mw": 2}, ["unknown field 'it'"]),
    ],
)
def test_a_word_of_one_missing_field_is_that_field(typed: dict[str, object], told: list[str]) -> None:
    """Not where two are missing that have it, nor a part of a word, nor a field that may be left out."""
    with pytest.raises(ValidationError) as error:
        _Feeds.model_validate(typed)
    assert [problem.message for problem in schema_problems(error.value.errors(), typed, _Feeds)] == told


def test_the_tag_of_a_union_is_not_part_of_the_path(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, changed(("it_mw: 10", "it_mw: ten")))
    assert problem.path == ("contracts", 0, "it_mw")


def test_a_fault_of_a_catalogue_value_points_at_the_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = data.entry

    def broken(dataset_name: str, entry_id: str) -> dict[str, object]:
        fields = entry(dataset_name, entry_id)
        return fields | ({"power_w": -5.0} if dataset_name == "asic_models" else {})

    monkeypatch.setattr(data, "entry", broken)
    (problem,) = problems_of(tmp_path, VALID)
    assert problem.message == "power_w: expected above 0 and at most 50,000, found -5.0"
    assert (problem.line, problem.column) == (line_of(VALID, "antminer"), 17)


def test_faults_of_all_kinds_are_told_together(tmp_path: Path) -> None:
    text = changed(
        ("denton_tx", "dentn"),
        ("bays: 2", "bayz: 2"),
        ("cooling: air}", "cooling: water}"),
        ("id: more", "id: more\n      latest_request: 2026-01-01"),
        ("kw_per_rack: 120", "kw_per_rack: 140"),
    )
    messages = [problem.message.split(";")[0] for problem in problems_of(tmp_path, text)]
    assert messages == [
        "no entry 'dentn' in dataset 'climate'",
        "unknown field 'bayz'",
        "cooling: expected one of 'air', 'hydro' or 'immersion', found 'water'",
        "latest_request 2026-01-01 is before the study starts on 2027-01-01",
        "contract 'lease' needs direct_to_chip with redundancy n at 140 kW/rack",
    ]


def test_every_rule_that_a_record_breaks_is_told(tmp_path: Path) -> None:
    text = changed(
        ("capex_usd: 8e6", "capex_usd: 8e6\n      deposit_usd: 9e6\n      latest_request: 2027-02-01"),
        ("id: more", "id: more\n      earliest_request: 2027-03-01"),
        ("    ready_by: 2028-06-30", "    earliest_start: 2031-01-01\n    ready_by: 2030-06-30"),
        ("it_mw: 10", "ramp: [{month: 3, share_frac: 0.5}]\n    it_mw: 10\n    least_it_mw: 5"),
    )
    problems = problems_of(tmp_path, text)
    assert [(problem.message, problem.line) for problem in problems] == [
        (message, line_of(text, at))
        for message, at in (
            ("earliest_request 2027-03-01 is after latest_request 2027-02-01", "earliest_request"),
            ("deposit_usd 9,000,000 is part of capex_usd 8,000,000 and cannot exceed it", "deposit_usd"),
            ("earliest_start 2031-01-01 is after ready_by 2030-06-30", "earliest_start"),
            ("ready_by 2030-06-30 is after longstop 2029-06-30", "ready_by"),
            ("ramp must begin at month 0 and its months must ascend", "ramp"),
            ("least_it_mw and step_it_mw go together", "least_it_mw"),
        )
    ]


def test_a_rate_by_date_beside_the_terms_of_another_is_told_for_each(tmp_path: Path) -> None:
    path = "rate_path: [{date: 2028-01-01, usd: 2}, {date: 2027-01-01, usd: 2}]\n    rate_date: 2028-01-01"
    text = changed(("rate_usd_per_gpu_hour: 2.2", path))
    assert [problem.message for problem in problems_of(tmp_path, text)] == [
        "the dates of rate_path must ascend without repeats",
        "rate_date goes with rate_usd_per_gpu_hour; a rate_path has its own dates",
        "rate_usd_per_gpu_hour and rate_change_frac_per_year go together",
    ]


def test_no_record_has_a_rule_that_another_could_hide() -> None:
    """Pydantic ends with the first validator that raises: rules between fields stand in `_broken_rules`."""
    for record in _records(Record):
        rules = record.__pydantic_decorators__.model_validators
        assert [name for name, rule in rules.items() if rule.info.mode == "after"] == ["_keeps_its_rules"], record


def _records(root: type[Record]) -> Iterator[type[Record]]:
    yield root
    for below in root.__subclasses__():
        yield from _records(below)


def test_ids_given_twice_are_told_in_every_section(tmp_path: Path) -> None:
    place = (
        "{id: away, name: Away, cooling: air, room_mw: 9, all_in_usd_per_mwh: 60, "
        "move_usd_per_machine: 9, downtime_months: 1}"
    )
    text = changed(("id: h2", "id: h1"), ("fleet:\n", f"fleet:\n  elsewhere:\n    - {place}\n    - {place}\n"))
    assert [problem.message.split(",")[0] for problem in problems_of(tmp_path, text)] == [
        "id 'h1' is given twice", "id 'away' is given twice",
    ]  # fmt: skip


def test_offers_that_no_hall_could_host_are_told_beside_each_other(tmp_path: Path) -> None:
    text = changed(("kw_per_rack: 120", "kw_per_rack: 140"), ("racks: 100", "racks: 20000"), ("id: s19", "id: s 19"))
    fleet, lease, cloud = problems_of(tmp_path, text, (hosting_problems,))
    assert fleet.line == line_of(text, "id: s 19")
    assert lease.message.endswith("at 140 kW/rack; the densest such design takes 130")
    assert cloud.message.startswith("contract 'cloud' can never be hosted: it needs 20000 racks (")
    assert cloud.line == line_of(text, "racks: 20000")


def test_a_fault_elsewhere_hides_no_offer_that_cannot_be_hosted(tmp_path: Path) -> None:
    text = changed(
        ("racks: 100", "racks: 20000"),
        ("fleet:\n", "overrides: [{choice: force, contract: leas}]\nfleet:\n"),
        ("fleet:\n", "carbon: {cap: [{date: 2029-01-01, t_per_year: 9}]}\nfleet:\n"),
    )
    messages = [problem.message for problem in problems_of(tmp_path, text, (hosting_problems,))]
    assert len(messages) == 3
    assert messages[-1].startswith("contract 'cloud' can never be hosted")


@pytest.mark.parametrize(
    ("change", "at", "message"),
    [
        (("kw_per_rack: 120", "kw_per_rack: 140"), "kw_per_rack: 140", "at 140 kW/rack; the densest such design takes"),
        (("cooling: [direct_to_chip]", "cooling: [rear_door]"), "cooling: [rear", "rear_door cooling; the designs"),
        (("redundancy: n\n", "redundancy: two_n\n"), "redundancy: two_n", "two_n; the best such design has n_plus_1"),
        (("it_mw: 10", "it_mw: 1000"), "it_mw: 1000", "(1,000.0 MW of IT), all halls and pads together hold"),
    ],
)  # fmt: skip
def test_a_signed_contract_that_no_hall_could_take_is_a_mistake(
    tmp_path: Path, change: Change, at: str, message: str
) -> None:
    text = changed(change, ("    kind: colocation", "    signed: true\n    kind: colocation"))
    (problem,) = problems_of(tmp_path, text, (hosting_problems,))
    assert problem.message.startswith("contract 'lease' can never be hosted: it needs ")
    assert message in problem.message
    assert problem.line == line_of(text, at)


@pytest.mark.parametrize(
    "change",
    [
        ("firm_mw: 60", "firm_mw: 3"),
        ('2028-06-30\n    longstop: "2029-06-30"', "2027-02-01\n    longstop: 2027-02-10"),
        ("it_mw: 10", "it_mw: 1000\n    termination_usd: 1e6"),
    ],
)
def test_a_signed_contract_without_power_time_or_need_to_deliver_is_none(tmp_path: Path, change: Change) -> None:
    """The first two are infeasible, as no plan delivers the contract; the third is ended for its price."""
    without_cloud = changed(change, ("    kind: colocation", "    signed: true\n    kind: colocation"))
    load_text(tmp_path, without_cloud[: without_cloud.index("  - id: cloud")], (hosting_problems,))


def test_a_further_check_runs_beside_a_misspelt_field(tmp_path: Path) -> None:
    def check(case: Case) -> list[Problem]:
        return [Problem(("contracts", 1), f"no hall can host '{case.contracts[1].id}' at {case.site.firm_mw:g} MW")]

    problems = problems_of(tmp_path, changed(("firm_mw: 60", "frm_mw: 60")), (check,))
    assert [problem.message for problem in problems] == [
        "unknown field 'frm_mw'; did you mean 'firm_mw'?",
        "no hall can host 'cloud' at 60 MW",
    ]


def test_what_rests_on_a_guess_is_held_back(tmp_path: Path) -> None:
    def check(_: Case) -> list[Problem]:
        return [
            Problem(("contracts", 0), "may rest on anything"),
            Problem(("contracts", 0), "reads the halls", (("site", "halls"),)),
            Problem(("site", "firm_mw"), "is the guess itself", ()),
            Problem(("contracts", 0), "reads the study", (("study",),)),
        ]

    text = changed(("firm_mw: 60", "firm_mw: 60000"), ("bays: 2", "bays: 200"))
    messages = [problem.message for problem in problems_of(tmp_path, text, (check,))]
    assert messages[2:] == ["reads the study"]
    assert [message[:4] for message in messages[:2]] == ["firm", "bays"]


def test_paths_stay_right_when_a_record_had_to_be_left_out(tmp_path: Path) -> None:
    text = changed(("    it_mw: 10\n", ""), ("hgx_h100_4_per_rack", "hgx_h100_4_rack"))
    problems = problems_of(tmp_path, text)
    assert [problem.path for problem in problems] == [("contracts", 0), ("contracts", 1, "gpu_system")]
    assert problems[1].line == line_of(text, "gpu_system")


def test_many_faults_are_counted_not_listed(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError) as caught:
        load_text(tmp_path, "site: {halls: [" + "{id: 5}, " * 300 + "]}")
    assert caught.value.render().count("error:") == 50
    assert caught.value.render().endswith("more problems")


# ---- hourly prices


def hourly(folder: Path, rows: Iterator[str] | list[str], header: str = "Interval Start,LMP") -> Path:
    file = folder / "prices.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def year(price: str = "30", start: datetime = datetime(2025, 1, 1), hours: int = 8760) -> list[str]:  # noqa: DTZ001
    return [f"{start + timedelta(hours=i)},{price}" for i in range(hours)]


def with_prices(name: str = "prices.csv") -> str:
    text = changed(("    curve:\n", f"    hourly_csv: {json.dumps(name)}\n    x:\n"))
    return text[: text.index("    x:\n")] + text[text.index("site:\n") :]


def test_hourly_prices_become_exact_curves(tmp_path: Path) -> None:
    rows = year()
    rows[0], rows[1] = "2025-01-01 00:00:00,-5.5", "2025-01-01 01:00:00,1000"
    hourly(tmp_path, rows)
    power = load_text(tmp_path, with_prices()).case.market.power
    assert power.hourly_csv == "prices.csv"
    assert power.curve is not None
    first = [(entry.hours_frac * 2160, entry.usd_per_mwh) for entry in power.curve[0].bins]
    assert first == [pytest.approx((1, -5.5)), pytest.approx((2158, 30)), pytest.approx((1, 1000))]
    assert [len(curve.bins) for curve in power.curve[1:]] == [1, 1, 1]


@pytest.mark.parametrize("header", ["Time,SPP", "timestamp,PRICE", "x,INTERVAL_START_UTC,y,price_usd_per_mwh"])
def test_columns_are_found_by_name(tmp_path: Path, header: str) -> None:
    extra = [",".join(["a", *row.split(",")]).replace(",30", ",b,30") for row in year()]
    file = hourly(tmp_path, extra if header.startswith("x") else year(), header)
    assert [quarter for quarter, _ in read_hourly_prices(file)] == [1, 2, 3, 4]


def test_the_hour_that_summer_time_repeats_is_kept(tmp_path: Path) -> None:
    rows = year()
    rows.insert(7321, rows[7321])
    curve = dict(read_hourly_prices(hourly(tmp_path, [*rows[:7321], "2025-11-02 01:00,90", *rows[7322:]])))
    share, price = curve[4][-1]
    assert share == pytest.approx(1 / 2209)
    assert price == 90


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2025-01-01 00:00,", "lmp is blank, expected a price in USD/MWh"),
        ("2025-01-01 00:00,abc", "lmp is 'abc', expected a price in USD/MWh"),
        ("2025-01-01 00:00,nan", "lmp is 'nan', expected -20,000 to 20,000 USD/MWh"),
        ("2025-01-01 00:00,inf", "lmp is 'inf', expected -20,000 to 20,000 USD/MWh"),
        ("2025-01-01 00:00,99999", "lmp is '99999', expected -20,000 to 20,000 USD/MWh"),
        ("1 January,30", "time is '1 January', expected a form such as 2025-01-31 13:00"),
        ("2025-01-01 00:15,30", "time is '2025-01-01 00:15', expected hourly prices on the full hour"),
        ("2025-01-01 05:00,30", "time 2025-01-01 05:00:00 is repeated, first on line 7"),
        ("2025-01-01 00:00", "the row has 1 columns, the header has 2"),
    ],
)
def test_a_bad_row_is_told_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    file = hourly(tmp_path, [*year()[:100], row])
    (problem,) = problems_of(tmp_path, with_prices())
    assert (problem.message, problem.line, problem.file) == (message, 102, file)
    assert problem.render().endswith("prices.csv:102  (market.power.hourly_csv)")


@pytest.mark.parametrize(
    ("header", "rows", "messages"),
    [
        ("Time,Load", ["1,2"], ["no price column: found 'time', 'load'; expected one of lmp, spp, "]),
        ("a,b", ["1,2"], ["no time column: found 'a', 'b'; ", "no price column: found 'a', 'b'; "]),
        ("Time,LMP", year(hours=2160 + 100),
         ["quarter 2 has 100 hours of prices; a whole one has 2,184, and at most 24 may be missing",
         "no prices in quarter 3; a whole year is needed", "no prices in quarter 4"]),
        ("Time,Location,LMP", ["2025-01-01,A,1", "2025-01-01,B,1"],
         ["the file mixes several series: location is 'A' and 'B'; keep one"]),
        ("Time,LMP", ["x,y"] * 9, ["lmp is 'y'"] * 5 + ["... and 4 more problems in this file"]),
        ("Time,LMP", ['"open,1'], ["broken CSV: "]),
    ],
)  # fmt: skip
def test_a_bad_price_file_is_refused(tmp_path: Path, header: str, rows: list[str], messages: list[str]) -> None:
    with pytest.raises(CaseFileError) as caught:
        read_hourly_prices(hourly(tmp_path, rows, header))
    found = [problem.message for problem in caught.value.problems]
    assert [got[: len(want)] for got, want in zip(found, messages, strict=False)] == messages


@pytest.mark.parametrize("name", ["../prices.csv", "/etc/passwd", "link.csv", ".", "a/../../prices.csv"])
def test_prices_outside_of_the_case_folder_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    hourly(tmp_path, year())
    (folder / "link.csv").symlink_to(tmp_path / "prices.csv")
    message, line = only(folder, with_prices(name))
    assert message == f"hourly_csv must be a file in the case's own folder, found {name!r}"
    assert line == line_of(with_prices(name), "hourly_csv")


def test_a_missing_or_huge_price_file_is_refused(tmp_path: Path) -> None:
    assert only(tmp_path, with_prices("gone.csv"))[0] == "hourly_csv: there is no file 'gone.csv' beside the case"
    with (tmp_path / "prices.csv").open("wb") as stream:
        stream.truncate(30_000_000)
    assert only(tmp_path, with_prices())[0] == "the file has 30.0 MB, an hourly price file may have at most 20 MB"


@pytest.mark.parametrize(
    ("power", "message"),
    [
        (
            "{hub: PJM/AEP-DAYTON_HUB}",
            (
                "no price curve of hub 'PJM/AEP-DAYTON_HUB' is bundled, only its place; PJM/DOM has one, of the same "
                "market but another place; or type hourly_csv or curve"
            ),
        ),
        (
            "{hub: SPP/SPPNORTH_HUB}",
            (
                "no price curve of hub 'SPP/SPPNORTH_HUB' is bundled, only its place; "
                "no hub of SPP has one: type hourly_csv or curve"
            ),
        ),
        ("{hub: nowhere}", "no entry 'nowhere' in dataset 'price_duration'; there are ERCOT/HB_HUBAVG, PJM/DOM"),
        (
            "{hub: ERCOT/HB_HUBAV}",
            "no entry 'ERCOT/HB_HUBAV' in dataset 'price_duration'; did you mean 'ERCOT/HB_HUB",
        ),
        (
            "{hub: ERCOT/HB_HUBAVG, base_years: [2003]}",
            "hub ERCOT/HB_HUBAVG has no prices for 2003; it has 2020",
        ),
        ("{hub: ERCOT/HB_HUBAVG, base_years: [3]}", "base_years[0]: expected 2000 to 2100, found 3"),
        ("{hub: ERCOT/HB_HUBAVG, hourly_csv: a.csv}", "give exactly one of hub, hourly_csv and curve"),
        ("{}", "give one of hub, hourly_csv and curve"),
    ],
)
def test_a_bad_hub_is_told(tmp_path: Path, power: str, message: str) -> None:
    text = changed(("  power:\n", f"  power: {power}\n  x:\n"))
    text = text[: text.index("  x:\n")] + text[text.index("site:\n") :]
    got, line = only(tmp_path, text)
    assert got.startswith(message)
    assert line == line_of(text, "power:")


# ---- the rest


def test_the_json_schema_takes_a_valid_case_and_refuses_a_misspelt_one() -> None:
    schema = case_json_schema()
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    sample = json.loads(json.dumps(read_yaml(FIXTURES / "valid.yaml").data, default=str))
    assert list(checker.iter_errors(sample)) == []
    sample["site"]["frm_mw"] = 3
    del sample["site"]["climate"]["catalogue"]
    assert len(list(checker.iter_errors(sample))) == 2


def test_the_json_schema_carries_the_descriptions() -> None:
    schema = case_json_schema()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert str(schema["description"]).startswith("Everything a plan depends on.")
    asic = json.dumps(definitions["AsicClass"])
    assert '"description": "Machines of one model."' in asic
    assert '"description": "Machines owned at the study\'s start."' in asic
    assert '"anyOf": [{"required": ["id", "catalogue"]}' in asic


def test_the_study_ends_the_day_after_its_last_period(tmp_path: Path) -> None:
    assert study_end(load_text(tmp_path, VALID).case) == date(2037, 1, 1)


def test_foreign_text_cannot_reach_the_terminal_raw() -> None:
    assert shown("\x1b[31m" + "x" * 100) == "'\\x1b[31m" + "x" * 48 + "..."
    assert shown("a\u202eb") == "'a\\u202eb'"
    problem = LocatedProblem("m", Path("a\x1b.yaml"), 1, 2, ("b\n",))
    assert problem.render() == "error: m\n  --> a\\x1b.yaml:1:2  (['b\\n'])"
    assert nearest("Firm-MW", ["firm_mw", "floor"]) == "firm_mw"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates().map(str),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=8,
)
relaxed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survives(folder: Path, text: str) -> None:
    try:
        load_text(folder, text.encode("utf-8", "surrogatepass"))
    except CaseFileError as error:
        assert error.render().startswith("error: ")  # noqa: PT017
        assert all(line.isprintable() for line in error.render().split("\n"))  # noqa: PT017


@relaxed
@given(text=st.text() | st.text(alphabet="ab:-[]{}&*!<>|?#'\"%@\n \t~.0159", max_size=60))
def test_random_text_is_loaded_or_refused(tmp_path: Path, text: str) -> None:
    survives(tmp_path, text)


@relaxed
@given(data=st.data())
def test_random_values_anywhere_are_loaded_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    lines = VALID.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        i = data.draw(st.integers(0, len(lines) - 1))
        name, colon, _rest = lines[i].partition(": ")
        if colon:
            lines[i] = f"{name}: {json.dumps(data.draw(values))}"
    survives(tmp_path, "\n".join(lines))


@relaxed
@given(at=st.integers(0, len(VALID)), length=st.integers(0, 12), piece=st.text(max_size=6))
def test_random_damage_is_loaded_or_refused(tmp_path: Path, at: int, length: int, piece: str) -> None:
    survives(tmp_path, VALID[:at] + piece + VALID[at + length :])


def test_a_catalogue_id_that_looks_like_a_date_needs_no_quotes(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")
    curve = "{forward_curve: [{date: 2027-01-01, usd_per_ph_day: 40}]}"
    assert curve in text
    case = tmp_path / "case.yaml"
    case.write_text(text.replace(curve, "{network: {catalogue: 2026-01-12}}"), encoding="utf-8")
    network = load_case(case).case.market.hashprice.network
    assert network is not None
    assert network.btc_price_usd == 91_132


def test_a_folded_text_has_no_traces_of_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text("description: >-\n  one line\n  and another\nname: x\n", encoding="utf-8")
    assert read_yaml(tmp_path / "case.yaml").data["description"] == "one line and another"


def test_an_exit_that_counts_on_renewal_is_noted(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")
    exit_terms = "finance: {tax_rate_frac: 0.21, exit: {method: multiple, multiple: 12}}"
    (tmp_path / "case.yaml").write_text(text.replace("finance: {tax_rate_frac: 0.21}", exit_terms), encoding="utf-8")
    told = [note for note in doubts(load_case(tmp_path / "case.yaml").case) if "count on renewal" in note]
    # l1 runs from 2028 to 2040, the study ends with 2032
    assert len(told) == 1
    assert "'l1' at 12.0 years of its income, with about 7.0 years" in told[0]

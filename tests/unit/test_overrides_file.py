"""Decisions fixed beforehand as they are typed: on the command line, in a case, and what is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.case_file import CaseFileError, load_case
from planner.case_file.overrides import OverrideText, override_problems, parse_override, with_overrides
from planner.cli import app
from planner.schemas.overrides import Choice, Override
from planner.translate import translate

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/case.yaml"
RUN = CliRunner()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("contract:lease", {"contract": "lease"}),
        ("contract:lease=a+b@2027-04", {"contract": "lease", "halls": ("a", "b"), "begins": date(2027, 4, 1)}),
        ("hall:a", {"hall": "a"}),
        ("hall:a=liquid@2027-01-15", {"hall": "a", "design": "liquid", "begins": date(2027, 1, 15)}),
        ("design:liquid", {"design": "liquid"}),
        ("upgrade:u2@2027-01..2027-06", {"upgrade": "u2", "since": date(2027, 1, 1), "until": date(2027, 6, 30)}),
        ("contract:lease@..2028-02", {"contract": "lease", "until": date(2028, 2, 29)}),
        ("contract:lease@2028-02-10..", {"contract": "lease", "since": date(2028, 2, 10)}),
    ],
)
def test_a_text_is_read_and_said_again(text: str, fields: dict[str, object]) -> None:
    read = parse_override(text, Choice.FORBID)
    assert read == Override.model_validate({"choice": "forbid", **fields})
    assert parse_override(read.words.removeprefix("forbid "), Choice.FORBID) == read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lease", "expected KIND:ID"),
        ("contrat:lease", "did you mean 'contract'?"),
        ("contract:", "expected KIND:ID"),
        ("contract:lease=", "expected KIND:ID"),
        ("contract:lease@", "expected KIND:ID"),
        ("contract:lease@2027", "expected a date such as 2027-04 or 2027-04-15, found '2027'"),
        ("contract:lease@2027-13", "found '2027-13'"),
        ("contract:lease@2027-02-30", "found '2027-02-30'"),
        ("contract:lease@..", "a date on one side"),
        ("contract:lease@2028-01..2027-01", "until 2027-01-31 is before since 2028-01-01"),
        ("design:liquid@2027-01", "a design alone has no date"),
        ("design:liquid=a", "'=' stands after a contract (its halls) or a hall (its design)"),
        ("contract:a b", "contract: expected a name of letters"),
    ],
)
def test_a_text_that_is_none_says_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(OverrideText, match=r".") as caught:
        parse_override(text, Choice.FORCE)
    assert message in str(caught.value)


def test_problems_in_a_case_have_their_lines(tmp_path: Path) -> None:
    lines = [
        "overrides:",
        "  - {choice: force, contract: dense_leese}",
        "  - {choice: forbid, hall: hall_a, design: liquid}",
        "  - {choice: force, contract: air_lease, halls: [hall_a, hall_z]}",
        "  - {choice: force, upgrade: line}",
        "  - {choice: force, contract: air_lease, since: 2031-02-01, until: 2031-11-30}",
        "  - {choice: force, contract: air_lease, begins: 2040-01-01}",
        "  - {choice: forbid, contract: short_lease}",
        "  - {choice: force, contract: short_lease}",
        "  - {choice: forbid, contract: short_lease}",
    ]
    text = QUICKSTART.read_text(encoding="utf-8")
    (tmp_path / "case.yaml").write_text("\n".join([text, *lines]), encoding="utf-8")
    with pytest.raises(CaseFileError) as caught:
        load_case(tmp_path / "case.yaml")
    found = [((problem.line or 0) - text.count("\n") - 2, problem.message) for problem in caught.value.problems]
    assert found == [
        (1, "no contract 'dense_leese' in the case; did you mean 'dense_lease'?"),
        (2, "no design 'liquid' in the case; did you mean 'liquid_hall'?"),
        (3, "no hall or pad 'hall_z' in the case; did you mean 'hall_d'?"),
        (4, "no upgrade 'line' in the case; the case has none"),
        (5, "no period of the study begins from 2031-02-01 to 2031-11-30; the nearest begin on 2031-01-01, 2032-01-01"),
        (6, "no period of the study begins on or after 2040-01-01; the last on 2034-01-01"),
        (8, "'force contract:short_lease' contradicts 'forbid contract:short_lease'"),
        (9, "'forbid contract:short_lease' contradicts 'force contract:short_lease'"),
        (9, "'forbid contract:short_lease' is given twice"),
    ]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{choice: force}", "found none"),
        ("{choice: force, contract: a, hall: b}", "found contract and hall"),
        ("{choice: force, contract: a, design: b}", "not beside contract"),
        ("{choice: force, hall: a, halls: [b]}", "halls says where a contract stands"),
        ("{choice: force, contract: a, halls: []}", "expected at least one"),
        ("{choice: force, contract: a, begins: 2027-01-01, until: 2028-01-01}", "not both"),
        ("{choice: forced, contract: a}", "did you mean 'force'?"),
        ("{choice: force, contrct: a}", "contrct"),
    ],
)
def test_a_record_speaks_of_one_thing(tmp_path: Path, record: str, message: str) -> None:
    text = QUICKSTART.read_text(encoding="utf-8")
    (tmp_path / "case.yaml").write_text(f"{text}\noverrides:\n  - {record}\n", encoding="utf-8")
    with pytest.raises(CaseFileError) as caught:
        load_case(tmp_path / "case.yaml")
    assert message in caught.value.render()


def test_everything_wrong_on_the_command_line_is_told_at_once() -> None:
    typed = ["--force", "contrct:dense_lease", "--forbid", "contract:dense_leese", "--force", "hall:hall_a@2027-13"]
    done = RUN.invoke(app, ["plan", str(QUICKSTART), *typed])
    assert done.exit_code == 2
    found = [line.removeprefix("error: ").split(":")[0] for line in done.stderr.splitlines()]
    assert found == ["--force", "--force", "--forbid contract"]


def test_what_a_case_fixes_already_is_not_repeated() -> None:
    case = load_case(QUICKSTART).case
    fixed = [parse_override(text, Choice.FORCE) for text in ("contract:air_lease", "hall:hall_b", "contract:air_lease")]
    once = with_overrides(case, fixed)
    assert len(once.overrides) == 2
    assert with_overrides(once, fixed[:1]) is once
    assert override_problems(once) == []


def test_dates_mean_periods() -> None:
    """In quarters until 2029, in years from 2030."""
    case = load_case(QUICKSTART).case
    texts = ("contract:air_lease@2028-02", "contract:air_lease@2028-02..2028-12", "hall:hall_a@2027-03", "hall:hall_a")
    dated, window, works, any_time = translate(
        with_overrides(case, [parse_override(text, Choice.FORCE) for text in texts])
    ).overrides
    assert dated.periods == {5}
    assert window.periods == {5, 6, 7}
    # works of twelve months from April 2027 are ready for the quarter that begins in April 2028
    assert works.ready == {(0, 5), (1, 5)}
    assert works.is_dated
    assert works.ready < any_time.ready
    assert not any_time.is_dated

"""Proposal files: what is wrong is said with file, line, what was found and what was expected."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.case_file import load_case
from planner.case_file.proposal import read_proposal
from planner.cli import app
from planner.files.problems import CaseFileError
from planner.results import Result, save

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/quickstart"
HEAD = "schema_version: 1\nname: P\n"
runner = CliRunner()


def refused(text: str, tmp_path: Path) -> str:
    file = tmp_path / "proposal.yaml"
    file.write_text(HEAD + text)
    with pytest.raises(CaseFileError) as error:
        read_proposal(file, load_case(EXAMPLE / "case.yaml").case)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("contracts: [{contract: dense_leese}]", "no contract 'dense_leese' in the case; did you mean", 3),
        ("contracts:\n- {contract: dense_lease, halls: [hal_a]}", "no hall or pad 'hal_a' in the case", 4),
        ("halls: [{hall: hall_a, design: liquid}]", "no design 'liquid' in the case; did you mean 'liquid_hall'?", 3),
        ("upgrades: [{upgrade: change-of-use}]", "no upgrade 'change-of-use' in the case; the case has none", 3),
        ("contracts: [{contract: dense_lease, rate_usd_per_gpu_hour: 2}]", "is a lease, it has rent", 3),
        ("contracts: [{contract: dense_lease, halls: []}]", "expected at least one, found none", 3),
        ("contracts: [{contract: dense_lease, begin: 2028-01-01}]", "unknown field 'begin'", 3),
        ("halls: [{hall: hall_a, modules: {liqid: 3}}]", "expected", 3),
        ("halls: [{hall: hall_a, modules: {liquid: -3}}]", "expected", 3),
        ("halls: [{hall: hall_a}, {hall: hall_a}]", "hall 'hall_a' is given twice in halls", 3),
        ("contracts: [{contract: dense_lease, start: soon}]", "expected a date such as", 3),
        ("contracts: [{contract: dense_lease, taken: false, start: 2028-01-01}]", "not taken has no start", 3),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(text: str, words: str, line: int, tmp_path: Path) -> None:
    told = refused(text, tmp_path)
    assert words in told
    assert f"proposal.yaml:{line}:" in told


def test_many_mistakes_are_told_together(tmp_path: Path) -> None:
    told = refused("contracts: [{contract: a}, {contract: b}]\nhalls: [{hall: c}]", tmp_path)
    assert told.count("error:") == 3


def test_the_command_judges_the_example(tmp_path: Path) -> None:
    case, proposal = str(EXAMPLE / "case.yaml"), str(EXAMPLE / "proposal.yaml")
    done = runner.invoke(app, ["evaluate", case, proposal, "--gap", "0", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.stderr
    assert "Feasible as proposed. It is worth 57.7 MUSD" in done.stdout
    assert "late build" in done.stdout
    assert "overbuilt cooling" in done.stdout
    for name in ("evaluation.json", "result.json", "proposed_terms/result.json"):
        assert (tmp_path / name).exists()
    assert runner.invoke(app, ["check", str(tmp_path / "result.json")]).exit_code == 0


def test_a_result_is_a_proposal_and_the_optimum_may_be_given(
    small_path: Path, small_result: Result, tmp_path: Path
) -> None:
    save(small_result, tmp_path)
    result = str(tmp_path / "result.json")
    done = runner.invoke(app, ["evaluate", str(small_path), result, "--best", result, "--gap", "0.01"])
    assert done.exit_code == 0, done.stderr
    assert "as good as the best plan found" in done.stdout
    other = runner.invoke(app, ["evaluate", str(EXAMPLE / "case.yaml"), result])
    assert other.exit_code == 2
    assert "the plan is that of another case" in other.stderr
    other = runner.invoke(
        app, ["evaluate", str(EXAMPLE / "case.yaml"), str(EXAMPLE / "proposal.yaml"), "--best", result]
    )
    assert other.exit_code == 2
    assert "its case differs" in other.stderr


def test_an_infeasible_proposal_is_exit_3_and_still_told(tmp_path: Path) -> None:
    file = tmp_path / "proposal.yaml"
    file.write_text(HEAD + "contracts: [{contract: dense_lease}, {contract: air_lease}]\n")
    done = runner.invoke(app, ["evaluate", str(EXAMPLE / "case.yaml"), str(file), "--gap", "0", "--json"])
    assert done.exit_code == 3
    assert '"is_feasible": false' in done.stdout
    assert "short by at most 17.0 MUSD" in done.stdout

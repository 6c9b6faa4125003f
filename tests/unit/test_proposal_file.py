"""Proposal files: what is wrong is said with file, line, what was found and what was expected."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.case_file import load_case
from planner.case_file.proposal import read_proposal
from planner.case_file.sizes import with_sizes
from planner.cli import app
from planner.files.problems import CaseFileError
from planner.results import Result, save
from planner.schemas import Case

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
    assert "short by up to 17.0 MUSD" in done.stdout


def in_steps() -> Case:
    """Return the quickstart with the dense lease in steps of 4 MW."""
    case = load_case(EXAMPLE / "case.yaml").case
    steps = {"least_it_mw": 4.0, "step_it_mw": 4.0}
    return with_sizes(case.model_copy(update={"contracts": (case.contracts[0].model_copy(update=steps),)}))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("{contract: dense_lease}", "'dense_lease' comes in sizes: give it_mw, one of 4, 8"),
        ("{contract: dense_lease, it_mw: 6}", "it_mw: expected one of 4, 8, found 6"),
        ("{contract: dense_lease.4, it_mw: 8}", "it_mw: expected 4, found 8"),
    ],
)
def test_an_offer_in_steps_needs_one_of_its_sizes(item: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "proposal.yaml"
    file.write_text(f"{HEAD}contracts: [{item}]")
    with pytest.raises(CaseFileError, match=words):
        read_proposal(file, in_steps())


def test_the_size_of_an_offer_in_steps_is_its_contract(tmp_path: Path) -> None:
    file = tmp_path / "proposal.yaml"
    file.write_text(HEAD + "contracts: [{contract: dense_lease, it_mw: 4}]")
    assert [item.contract for item in read_proposal(file, in_steps()).contracts or ()] == ["dense_lease.4"]
    file.write_text(HEAD + "contracts: [{contract: dense_lease, taken: false}]")
    left = read_proposal(file, in_steps()).contracts or ()
    assert [(item.contract, item.taken) for item in left] == [("dense_lease.4", False), ("dense_lease.8", False)]

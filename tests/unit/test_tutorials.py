"""The tutorials are run: every command that they quote prints what they say."""

import doctest
from pathlib import Path

import pytest

from tests.docs.sessions import OtherOutputError, run_page

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "docs/tutorials").glob("*.md"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a reader has it: the examples beside what is written."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "130")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_prints_what_it_says(page: Path, desk: Path) -> None:
    assert run_page(page.read_text(encoding="utf-8")) >= 3


def test_the_readme_prints_what_it_says(desk: Path) -> None:
    assert run_page((ROOT / "README.md").read_text(encoding="utf-8")) == 1


@pytest.mark.slow
def test_the_page_of_the_library_says_what_it_returns(desk: Path) -> None:
    page = (ROOT / "docs/library.md").read_text(encoding="utf-8").replace("```", "")
    session = doctest.DocTestParser().get_doctest(page, {}, "library.md", "library.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    told: list[str] = []
    result = runner.run(session, out=told.append)
    assert result.attempted >= 10
    assert not told, "".join(told)


def test_a_quoted_figure_that_is_wrong_is_found(desk: Path) -> None:
    says = "```console\n$ planner validate examples/quickstart/case.yaml\n{}\n```\n"
    right = "examples/quickstart/case.yaml: valid. 4 halls, 0 pads, 2 designs, 3 offers, 1 ASIC classes."
    assert run_page(says.format(right)) == 1
    for wrong in (right.replace("3 offers", "4 offers"), f"{right}\nand more", f"something before\n{right}"):
        with pytest.raises(OtherOutputError):
            run_page(says.format(wrong))

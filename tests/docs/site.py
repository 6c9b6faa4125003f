"""Builds the pages as a site that needs no network: `make docs`.

The pages keep the places that they have in the repository, so that the same links work there and in the site; the
formulation, the examples' own pages and the files that pages link to come along.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

Nav = list[tuple[str, "str | Nav"]]

NAVIGATION: Nav = [
    ("Start", "README.md"),
    ("Contents", "docs/index.md"),
    ("Concepts", "docs/concepts.md"),
    (
        "Tutorials",
        [
            ("Plan your own site", "docs/tutorials/miner.md"),
            ("Answer what-ifs", "docs/tutorials/consultant.md"),
            ("Judge a proposal", "docs/tutorials/investor.md"),
        ],
    ),
    (
        "In detail",
        [
            ("Case files", "docs/case-files.md"),
            ("What-ifs", "docs/what-ifs.md"),
            ("Judging proposals", "docs/judging.md"),
            ("Places", "docs/places.md"),
            ("The report", "docs/report.md"),
            ("From Python", "docs/library.md"),
        ],
    ),
    (
        "Reference",
        [
            ("Commands", "docs/commands.md"),
            ("Fields of a case", "docs/input.md"),
            ("Fields of a proposal", "docs/proposal.md"),
            ("Fields of a sweep", "docs/sweep.md"),
            ("Data sources", "docs/data-sources.md"),
            ("How datasets are kept", "datasets/README.md"),
        ],
    ),
    ("Formulation", "models/README.md"),
    ("How fast", "docs/performance.md"),
    (
        "Examples",
        [
            ("Quickstart", "examples/quickstart/README.md"),
            ("Denton", "examples/denton/README.md"),
            ("Marble", "examples/marble/README.md"),
            ("Announced deals", "examples/deals/README.md"),
            ("Ten businesses", "examples/businesses/README.md"),
            ("Places", "examples/places/README.md"),
            ("Screening", "examples/screen/README.md"),
        ],
    ),
    ("Changes", "CHANGELOG.md"),
]

SETTINGS = """[project]
site_name = "Conversion planner"
site_description = "Plans the conversion of bitcoin-mining sites to AI data centres"
use_directory_urls = false
docs_dir = "pages"
site_dir = "site"
nav = {nav}

[project.theme]
font = false # or the pages would fetch one
features = ["navigation.sections", "navigation.top", "content.code.copy"]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"

[project.plugins.search]

[project.markdown_extensions.toc]
permalink = true
slugify = {{ object = "pymdownx.slugs.slugify", kwds = {{ case = "lower" }} }}

[project.markdown_extensions.pymdownx.superfences]

[project.markdown_extensions.pymdownx.highlight]

[project.markdown_extensions.tables]

[project.markdown_extensions.sane_lists]
"""

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def pages(nav: Nav = NAVIGATION) -> Iterator[str]:
    """Return the pages of the site, in order."""
    for _, content in nav:
        if isinstance(content, str):
            yield content
        else:
            yield from pages(content)


def links(text: str) -> list[str]:
    """Return where a page's links lead, but for those to the network and those quoted in code."""
    return [link for link in LINK.findall(FENCE.sub("", text)) if not re.match(r"[a-z]+:", link)]


def build_site(root: Path, target: Path) -> None:
    """Build the site into a folder.

    Raises:
        RuntimeError: the builder found something wrong; the message is what it says.
    """
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "pages"
        for page in pages():
            _stage(root, staged, page)
        nav = f"[{', '.join(_entry(name, content) for name, content in NAVIGATION)}]"
        (Path(folder) / "zensical.toml").write_text(SETTINGS.format(nav=nav), encoding="utf-8")
        builder = [sys.executable, "-m", "zensical", "build", "--strict"]
        plain = {**os.environ, "NO_COLOR": "1"}
        done = subprocess.run(builder, cwd=folder, env=plain, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(Path(folder) / "site", target)


def _entry(name: str, content: str | Nav) -> str:
    """Return an entry of the navigation as TOML."""
    inner = f'"{content}"' if isinstance(content, str) else f"[{', '.join(_entry(*one) for one in content)}]"
    return f'{{ "{name}" = {inner} }}'


def _stage(root: Path, staged: Path, page: str) -> None:
    """Copy a page and the files that it links to, each to its own place; folders cannot be shown and stay words."""
    text = (root / page).read_text(encoding="utf-8")
    for link in links(text):
        file = (root / page).parent / link.partition("#")[0]
        if file.is_dir():
            text = re.sub(r"\[([^\]]+)\]\(" + re.escape(link) + r"\)", r"\1", text)
        elif file.suffix != ".md":
            copy = staged / file.resolve().relative_to(root.resolve())
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    (staged / page).parent.mkdir(parents=True, exist_ok=True)
    (staged / page).write_text(text, encoding="utf-8")

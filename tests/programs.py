"""Programs of the system that tests use to look at what the product writes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OFFICE = ("soffice", "libreoffice")
ALL_TESTS = "PLANNER_ALL_TESTS"
"""Variable of the environment that forbids skipping; `.ci/run` sets it."""


def do_without(reason: str) -> None:
    """Skip the test for want of a program, or fail it where nothing may be skipped."""
    if os.environ.get(ALL_TESTS):
        pytest.fail(f"{reason}, and {ALL_TESTS} is set")
    pytest.skip(reason)


def program(*names: str) -> str:
    """Return the first of the programs that is installed; without any the test is skipped, or fails in CI."""
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return found
    do_without(f"{names[0]} is not installed")
    raise AssertionError


@cache
def _profile() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for the settings of LibreOffice, made once for all tests of a process."""
    return tempfile.TemporaryDirectory(prefix="planner-office-")


def converted(file: Path, kind: str) -> Path:
    """Return what LibreOffice makes of a file, all formulas calculated anew where nothing is stored for them."""
    out, profile = file.parent / f"as-{kind}", Path(_profile().name)
    subprocess.run(
        [program(*OFFICE), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind,
         "--outdir", str(out), str(file)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return out / file.with_suffix(f".{kind}").name

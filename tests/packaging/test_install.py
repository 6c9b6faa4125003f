"""What a user gets who installs the project: wheel, sdist and editable install.

Nothing is downloaded: the build backend and the dependencies are those of the running environment, which
the fresh environments see through a path file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

# One group, so that the distributions are built once and not once per worker.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


class Distributions(NamedTuple):
    """The wheel built from the tree, the sdist, and the wheel built from the sdist."""

    wheel: Path
    sdist: Path
    wheel_of_sdist: Path


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command far from the checkout's influence and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def fresh_environment(folder: Path) -> Path:
    """Make an environment that sees the running one's packages but not its install of this project."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    scheme = {"base": str(folder), "platbase": str(folder)}
    site_packages = Path(sysconfig.get_path("purelib", scheme="venv", vars=scheme))
    seen = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (site_packages / "dependencies.pth").write_text("".join(f"{path}\n" for path in seen))
    return Path(sysconfig.get_path("scripts", scheme="venv", vars=scheme))


def install(scripts: Path, *what: str | Path, cwd: Path) -> None:
    """Install into the environment with those scripts, without its dependencies and without downloads."""
    pip = (sys.executable, "-m", "pip", "--python", scripts / "python")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", *what, cwd=cwd)


def package_folders(scripts: Path, cwd: Path) -> tuple[Path, Path]:
    """Return the folders that `planner` and `site_conversion` are imported from."""
    code = "import planner, site_conversion as s; print(planner.__file__, s.__file__, sep='\\n')"
    planner, site_conversion = run(scripts / "python", "-c", code, cwd=cwd).splitlines()
    return Path(planner).parent, Path(site_conversion).parent


def files_below(folder: Path) -> set[str]:
    """Return the relative paths of the files that belong to a distribution."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    from_tree, from_sdist = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("sdist")
    build = (sys.executable, "-m", "build", "--no-isolation")
    run(*build, "--wheel", "--outdir", from_tree, ROOT, cwd=from_tree)
    run(*build, "--outdir", from_sdist, ROOT, cwd=from_sdist)
    (wheel,) = from_tree.glob("*.whl")
    (sdist,) = from_sdist.glob("*.tar.gz")
    (wheel_of_sdist,) = from_sdist.glob("*.whl")
    return Distributions(wheel, sdist, wheel_of_sdist)


@pytest.fixture(scope="module")
def installed(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of a fresh environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("installed")
    scripts = fresh_environment(folder / "venv")
    install(scripts, distributions.wheel, cwd=folder)
    return scripts


def test_wheel_holds_packages_datasets_and_the_example_and_nothing_else(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    datasets = {f"planner/_datasets/{name}" for name in files_below(ROOT / "datasets")}
    modules = {
        f"{package.name}/{name}"
        for package in (ROOT / "planner", ROOT / "models" / "site_conversion")
        for name in files_below(package)
    }
    assert datasets
    assert names == datasets | modules | {"planner/_example.yaml"}


def test_wheel_of_sdist_holds_the_same_files(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as tree, zipfile.ZipFile(distributions.wheel_of_sdist) as sdist:
        assert sorted(tree.namelist()) == sorted(sdist.namelist())


def test_sdist_holds_what_its_own_tests_need(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    rooms = ("planner", "models", "datasets", "tests", "examples")
    assert {f"{room}/{name}" for room in rooms for name in files_below(ROOT / room)} <= names
    assert {"LICENSE", "Makefile", "README.md", "pyproject.toml", "requirements-dev.lock"} <= names


def test_wheel_imports_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    for folder in package_folders(installed, tmp_path):
        assert folder.is_relative_to(installed.parent)


def test_wheel_runs_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    assert "plan" in run(installed / "planner", "--help", cwd=tmp_path)
    assert not list(tmp_path.iterdir())


def test_wheel_brings_the_datasets(installed: Path, tmp_path: Path) -> None:
    planner, _ = package_folders(installed, tmp_path)
    assert files_below(planner / "_datasets") == files_below(ROOT / "datasets")
    code = "from planner import data; print(*(data.dataset(name).name for name in data.dataset_names()))"
    folders = [folder.name for folder in (ROOT / "datasets").iterdir() if folder.is_dir()]
    assert sorted(run(installed / "python", "-c", code, cwd=tmp_path).split()) == sorted(folders)


def test_wheel_says_the_version_of_the_project(installed: Path, tmp_path: Path) -> None:
    code = "import importlib.metadata as m, planner; print(m.version('conversion-planner'), planner.__version__)"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert run(installed / "python", "-c", code, cwd=tmp_path).split() == [version, version]


def test_editable_install_runs_the_checkout(tmp_path: Path) -> None:
    scripts = fresh_environment(tmp_path / "venv")
    empty = tmp_path / "empty"
    empty.mkdir()
    install(scripts, "--editable", ROOT, cwd=empty)
    assert package_folders(scripts, empty) == (ROOT / "planner", ROOT / "models" / "site_conversion")
    assert "plan" in run(scripts / "planner", "--help", cwd=empty)

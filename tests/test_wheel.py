"""A wheel works from any folder: what it needs lies inside it."""

from __future__ import annotations

import re
import shutil
import site
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from memeclip_core.config import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.timeout(600)]

SOURCES = (
    "LICENSE", "README.md", "assets", "checkpoints", "memeclip_core", "pyproject.toml",
    "requirements.txt", "setup.py",
)  # fmt: skip
LARGEST = 150_000_000
"""Bytes that docs/administration.md promises."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without a network, from a copy: a build leaves its folder behind."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", out]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, source], check=True, timeout=300
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment, beside the packages of this one."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    scripts = folder / Path(sysconfig.get_path("scripts")).name
    python = str(scripts / "python")
    command = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    (Path(packages) / "shared.pth").write_text("\n".join(site.getsitepackages()), "utf-8")
    options = ["--quiet", "--no-deps", "--no-index", "--ignore-installed"]
    subprocess.run([python, "-m", "pip", "install", *options, wheel], check=True, timeout=300)
    return scripts


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder from which nothing of the repository is found."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.delenv("MEMECLIP_HOME", raising=False)
    return tmp_path


def run(command: list[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_what_is_needed_to_run_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        f"memeclip_core/{path.relative_to(ROOT).as_posix()}"
        for folder in ("assets", "checkpoints")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    left_out = {name.removeprefix("memeclip_core/") for name in shipped - names}
    assert {name for name in left_out if not name.startswith("assets/results/")} == {
        "assets/groups.yaml", "assets/samples/README.md", "assets/samples/make_samples.py",
        "assets/screenshot.png",
    }  # fmt: skip
    modules = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("memeclip_core/**/*.py")}
    found = {name for name in names if ".dist-info/" not in name}
    assert found == modules | (shipped & names) | {"memeclip_core/py.typed"}
    assert wheel.stat().st_size < LARGEST


def test_it_is_the_installed_package_that_runs(bin_folder: Path, away: Path) -> None:
    code = "from memeclip_core.config import ROOT; print(ROOT)"
    root = Path(run([bin_folder / "python", "-c", code], away).strip())
    assert root.is_relative_to(bin_folder.parent)
    assert root.name == "memeclip_core"


def test_it_predicts_from_an_empty_folder(bin_folder: Path, away: Path) -> None:
    sample = shutil.copy(ROOT / "assets" / "samples" / "parade.png", away)
    said = run([bin_folder / "memeclip", "predict", sample], away)
    assert "EVERY COLOUR WELCOME" in said
    assert "Model pridemm-compact" in said


def test_it_lists_the_starters(bin_folder: Path, away: Path) -> None:
    said = run([bin_folder / "memeclip", "models", "list", "--tasks", "restore"], away)
    assert "restore-compact  active  starter" in said


def test_it_serves_the_page(bin_folder: Path, away: Path) -> None:
    command = [bin_folder / "memeclip", "serve", "--port", "0"]
    said = away / "said"
    with (
        said.open("w") as log,
        subprocess.Popen(command, cwd=away, stdout=log, stderr=log) as server,
    ):
        try:
            with urllib.request.urlopen(wait_for_address(said, server), timeout=60) as answer:
                assert "MemeCLIP Studio" in answer.read().decode()
        finally:
            server.terminate()
            server.wait(30)


def wait_for_address(said: Path, server: subprocess.Popen[bytes]) -> str:
    """Return the page's address once the server has said it."""
    while server.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+", said.read_text("utf-8"))
        if found:
            return found.group()
        time.sleep(0.2)
    raise AssertionError(said.read_text("utf-8"))

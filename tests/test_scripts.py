"""The shell scripts: what they do on a bare machine, without installing anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scripts.lock import LOCKS
from tests.conftest import MARKS

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if not path.suffix)
TOOLS = ("sh", "dirname", "cmp", "cp", "cat", "mkdir", "rm", "chmod", "nproc")

FAKE_PYTHON = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
    *"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; chmod +x .venv/bin/python ;;
esac
"""
NO_VENV = """#!/bin/sh
case "$*" in
    "-m"*) exit 1 ;;
    *venv*) echo python3.12-venv ;;
esac
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Return a copy of what the scripts need, beside a folder of the few tools that are there."""
    shutil.copytree(ROOT / "scripts", tmp_path / "repo" / "scripts")
    for name in ("requirements.txt", "requirements-dev.txt", *LOCKS):
        shutil.copy(ROOT / name, tmp_path / "repo" / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found is None:
            pytest.skip(f"this machine has no {tool}")
        (tmp_path / "bin" / tool).symlink_to(found)
    write_tool(tmp_path, "id", "#!/bin/sh\necho 1000\n")
    return tmp_path


def write_tool(bare: Path, name: str, script: str) -> None:
    path = bare / "bin" / name
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


def start(bare: Path, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(bare / "bin"), "HOME": str(bare)}
    command = [shutil.which("sh") or "sh", str(bare / "repo" / "scripts" / script), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", [*SCRIPTS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
def test_every_script_is_valid_shell_and_may_be_run(path: Path) -> None:
    subprocess.run(["sh", "-n", str(path)], check=True)
    assert os.access(path, os.X_OK)


def test_without_python_there_is_one_piece_of_advice(bare: Path) -> None:
    done = start(bare, "run")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("MemeCLIP Studio needs Python 3.11 or newer, and found none.\n")


def test_without_venv_and_without_rights_the_package_to_install_is_named(bare: Path) -> None:
    write_tool(bare, "python3", NO_VENV)
    done = start(bare, "run")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("Install it first: sudo apt-get install python3.12-venv\n")


def test_it_installs_once_starts_the_page_and_hands_options_on(bare: Path) -> None:
    log = bare / "log"
    write_tool(bare, "python3", FAKE_PYTHON.format(log=log))
    assert start(bare, "run", "--port", "8000").returncode == 0
    first = log.read_text(encoding="utf-8").splitlines()
    torch, locked, listed, own = [line for line in first if "pip install" in line]
    assert "--require-hashes" not in torch and "--no-deps torch==" in torch
    assert "--require-hashes -r requirements.lock" in locked and "requirements-cuda.lock" in locked
    assert listed.endswith("-r requirements.txt") and own.endswith("--no-deps -e .")
    assert first[-1] == "-m memeclip_core serve --port 8000"
    log.unlink()
    assert start(bare, "run").returncode == 0
    second = log.read_text(encoding="utf-8").splitlines()
    assert second == ["-m pip --version", "-m memeclip_core serve"]


def test_where_locked_files_cannot_be_had_that_is_said_and_versions_are_taken(bare: Path) -> None:
    log, refuse = bare / "log", 'case "$*" in *--require-hashes*) exit 1 ;; esac\n'
    write_tool(bare, "python3", FAKE_PYTHON.format(log=log) + refuse)
    done = start(bare, "run")
    assert done.returncode == 0
    assert "Not every file that requirements.lock names could be had." in done.stderr
    assert "-r requirements.txt" in log.read_text(encoding="utf-8")


def test_a_torch_without_cuda_brings_none_of_its_libraries(bare: Path) -> None:
    log, without = bare / "log", 'case "$*" in *nvidia*) exit 1 ;; esac\n'
    write_tool(bare, "python3", FAKE_PYTHON.format(log=log) + without)
    assert start(bare, "run").returncode == 0
    assert "requirements-cuda.lock" not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements.lock"])
def test_a_changed_list_is_installed_again(bare: Path, name: str) -> None:
    log = bare / "log"
    write_tool(bare, "python3", FAKE_PYTHON.format(log=log))
    start(bare, "run")
    (bare / "repo" / name).write_text("gradio==0\n", encoding="utf-8")
    log.unlink()
    start(bare, "run")
    assert "pip install" in log.read_text(encoding="utf-8")


SHORT = "not ui and not kill and not scale and not slow"


@pytest.fixture
def checked(bare: Path) -> Path:
    """Return the folder set up, with checks that find nothing."""
    write_tool(bare, "python3", FAKE_PYTHON.format(log=bare / "log"))
    start(bare, "check")
    for tool in ("ruff", "mypy"):
        shutil.copy(bare / "bin" / "id", bare / "repo" / ".venv" / "bin" / tool)
    return bare


def given_to_pytest(bare: Path) -> str:
    """Return what pytest was given."""
    last = (bare / "log").read_text(encoding="utf-8").splitlines()[-1]
    return last.removeprefix("-m pytest ")


def test_the_tests_run_on_two_cores_without_those_of_some_marks(checked: Path) -> None:
    assert start(checked, "test", "-k", "fold").returncode == 0
    assert given_to_pytest(checked) == f"-rsR -n 2 --dist loadfile -m {SHORT} -k fold"


def test_all_leaves_none_out_and_measures_what_they_cover(checked: Path) -> None:
    done = start(checked, "test", "--all", "-x")
    assert done.returncode == 0
    assert done.stderr.startswith("No Chromium here")
    given = "-rsR -n 2 --dist loadfile --cov --cov-report=term --reruns 1 -x"
    assert given_to_pytest(checked) == given
    asked = (checked / "log").read_text(encoding="utf-8").splitlines()
    assert asked[-3:-1] == ["scripts/supply.py audit", "scripts/supply.py licences"]


def test_what_the_checks_find_fails_the_tests_which_run_all_the_same(checked: Path) -> None:
    (checked / "repo" / ".venv" / "bin" / "ruff").write_text("#!/bin/sh\nexit 1\n")
    assert start(checked, "test").returncode == 1
    assert given_to_pytest(checked).startswith("-rs")


def test_what_is_left_out_is_what_is_named_at_the_end() -> None:
    assert " and ".join(f"not {mark}" for mark in MARKS) == SHORT
    with (ROOT / "pyproject.toml").open("rb") as file:
        known = tomllib.load(file)["tool"]["pytest"]["ini_options"]["markers"]
    assert {line.split(": ")[0] for line in known} == {*MARKS, "model"}


def test_a_test_that_waits_for_other_programs_is_run_again_and_no_other(
    tmp_path: Path,
) -> None:
    (tmp_path / "test_seldom.py").write_text(
        "import pathlib, pytest\n"
        "def _second(name):\n"
        "    path = pathlib.Path(__file__).with_name(name)\n"
        "    ran = path.exists()\n"
        "    path.touch()\n"
        "    assert ran\n"
        "@pytest.mark.ui\n"
        "def test_ui(): _second('ui')\n"
        "def test_plain(): _second('plain')\n"
        "@pytest.mark.kill\n"
        "def test_never(): assert False\n"
    )
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import pytest_collection_modifyitems\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    ui\n    kill\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-rR", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert "2 failed, 1 passed, 3 rerun" in ran.stdout
    assert "RERUN test_seldom.py::test_ui" in ran.stdout

"""The Dockerfile: its steps, and what a builder does with them in a clean root.

There is no Docker on most machines that run tests. The stand-in for the base image is a minimal
Debian with Debian's own Python; from there on the Dockerfile's own lines are carried out.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

Step = tuple[str, str]
PACKAGES = "python3,python3-pip,python-is-python3,ca-certificates"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
UNWANTED = "usr/share/doc/*,usr/share/man/*,usr/share/locale/*"


def read_steps() -> list[Step]:
    """Return the instructions with what stands behind them; comments and line ends are gone."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    whole = re.sub(r"\\\n\s*", "", text)
    found = [line.partition(" ") for line in whole.splitlines() if line]
    return [(word, rest) for word, _, rest in found]


def ignored() -> list[str]:
    return (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def build_base(root: Path) -> None:
    """Make the clean root; the test is skipped where none can be had."""
    if os.geteuid() != 0:
        pytest.skip("a clean root is made and entered by root alone")
    maker = shutil.which("mmdebstrap")
    if maker is None:
        pytest.skip("mmdebstrap is not installed (Debian: apt-get install mmdebstrap)")
    apart = _run(["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "true"])
    if apart.returncode:
        pytest.skip(f"nothing can be kept apart here: {apart.stderr.strip()}")
    facts = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text("utf-8").splitlines()
    )
    options = ["--mode=root", "--variant=apt", "--dpkgopt=force-unsafe-io", "--quiet"]
    options += [f"--dpkgopt=path-exclude=/{one}" for one in UNWANTED.split(",")]
    options += ['--aptopt=Acquire::Check-Valid-Until "false"', f"--include={PACKAGES}"]
    made = _run([maker, *options, facts["VERSION_CODENAME"], str(root)])
    if made.returncode:
        pytest.skip(f"no clean root can be made here: {made.stderr.strip().splitlines()[-1]}")
    shutil.copyfile("/etc/resolv.conf", root / "etc" / "resolv.conf")
    # As Docker writes it.
    (root / "etc" / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="utf-8")
    # Debian keeps its own Python from pip. The base image's is there for pip.
    for mark in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        mark.unlink()


class Image:
    """A root to which the steps of the Dockerfile are done, and in which its command runs.

    Attributes:
        variables, folder, user: those of the steps so far.
        words: by instruction, what the last one of it says.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.variables = {"PATH": PATH, "HOME": "/root"}
        self.folder, self.user = "/", "root"
        self.words: dict[str, str] = {}
        self._given, self._shared = _read_pip()
        self._arguments: dict[str, str] = {}

    def build(self, steps: Iterable[Step]) -> None:
        """Do every step after the base image's."""
        for word, rest in steps:
            self.words[word] = rest
            if word == "ARG":
                name, _, value = rest.partition("=")
                self._arguments[name] = self._given.pop(name, value.strip('"'))
            elif word == "RUN":
                self._step(rest)
            elif word == "COPY":
                self._copy(*shlex.split(rest))
            elif word == "WORKDIR":
                self.folder = rest
                (self.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif word == "USER":
                self.user = rest
                self.variables["HOME"] = f"/home/{rest}"
            elif word == "ENV":
                self.variables |= dict(one.split("=", 1) for one in shlex.split(rest))

    def command(self, *words: str, volume: Path | None = None) -> list[str]:
        """Return what runs a program as the image's user.

        Args:
            words: the program.
            volume: what lies at the image's volume. The rest is then read only but for /tmp, and
                there is no network but the loopback.
        """
        root = shlex.quote(str(self.root))
        prepare = [f"mount --bind {root} {root}"]
        for path in self._shared if volume is None else ():
            inside = self.root / str(path).lstrip("/")
            inside.mkdir(parents=True, exist_ok=True)
            prepare += [
                f"mount --bind {shlex.quote(str(path))} {shlex.quote(str(inside))}",
                f"mount -o remount,ro,bind {shlex.quote(str(inside))}",
            ]
        if volume is not None:
            prepare += [
                f"mount --bind {shlex.quote(str(volume))} {root}{self.words['VOLUME']}",
                f"mount -o remount,ro,bind {root}",
                f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp",
                "ip link set lo up",
            ]
        prepare += [f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        variables = dict(self.variables)
        if volume is None:
            variables |= self._given | self._arguments
        inside_words = [
            "chroot", f"--userspec={self.user}", str(self.root), "/usr/bin/env", "-i",
            *(f"{name}={value}" for name, value in variables.items()),
            "/bin/sh", "-c", 'cd "$0" && exec "$@"', self.folder, *words,
        ]  # fmt: skip
        script = " && ".join([*prepare, f"exec {shlex.join(inside_words)}"])
        apart = ["--net"] if volume is not None else []
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", *apart, "sh", "-c", script]

    def _step(self, line: str) -> None:
        done = _run(self.command("/bin/sh", "-c", line))
        assert done.returncode == 0, f"RUN {line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"

    def _copy(self, *names: str) -> None:
        *sources, target = names
        into = self.root / self.folder.lstrip("/") / target
        into.mkdir(parents=True, exist_ok=True)  # every target here is a folder
        left = shutil.ignore_patterns(*(name.removeprefix("**/") for name in ignored()))
        for name in sources:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, into, ignore=left, dirs_exist_ok=True)
            else:
                shutil.copy(ROOT / name, into)


def _read_pip() -> tuple[dict[str, str], list[Path]]:
    """Return as variables what pip is told on this machine, and the folders that these name."""
    listed = _run([sys.executable, "-m", "pip", "config", "list"]).stdout
    told = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        told["PIP_" + name.rpartition(".")[2].upper().replace("-", "_")] = shlex.split(value)[0]
    words = [word.removeprefix("file://") for value in told.values() for word in value.split()]
    # An index names files beside itself, so that the folder around it is shared too.
    folders = {Path(*Path(word).parts[:3]) for word in words if word.startswith("/")}
    return told, sorted(path for path in folders if path.is_dir())


def _run(words: list[str]) -> subprocess.CompletedProcess[str]:
    # A clean root's programs find nothing of this process's variables.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(words, capture_output=True, text=True, env=variables, check=False)

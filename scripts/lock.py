"""Write requirements.lock anew: every package that requirements.txt brings, with its hashes.

    .venv/bin/python scripts/lock.py            # asks an index; keeps versions that still fit
    .venv/bin/python scripts/lock.py --upgrade  # takes the newest of what is not pinned

It holds for Python 3.11 to 3.13 on Linux, macOS and Windows. What only the CUDA build of torch
brings on Linux stands in requirements-cuda.lock, so that gigabytes can be left out.

scripts/install installs what is locked, for scripts/run and in the Docker image. Another build of
torch, such as the one for CPUs alone, is another file on another index than the one whose hash is
locked. That script installs torch first, by its version alone; pip then finds it there.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-cuda.lock")
OLDEST = "3.11"
CUDA = re.compile(r"(nvidia|cuda|triton)\b")
"""How the names begin of what torch needs on a GPU and nothing else here needs."""

NOTE = """# Written by scripts/lock.py from requirements.txt; not to be edited.
# The hashes of torch are those of its usual build; scripts/install takes any build of that version.
"""


def resolve(upgrade: bool) -> str:
    """Return all packages with versions, markers and hashes, as pip reads them."""
    target = ROOT / "requirements.lock"
    command = [
        "uv", "pip", "compile", "requirements.txt", "--no-config", "--universal",
        "--python-version", OLDEST, "--generate-hashes", "--no-header", "--no-annotate", "--quiet",
        "--no-emit-index-url", "--no-emit-find-links",
    ]  # fmt: skip
    if upgrade or not target.exists():
        return _run(command)
    # What is locked already is kept where it still fits: uv reads it from the file that it writes.
    known = ROOT / ".lock.tmp"
    known.write_text("".join((ROOT / name).read_text("utf-8") for name in LOCKS), "utf-8")
    try:
        _run([*command, "-o", str(known)])
        return known.read_text("utf-8")
    finally:
        known.unlink()


def _run(command: list[str]) -> str:
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(program), *command[1:]], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


def split(text: str) -> list[str]:
    """Return the entries that every build of torch needs, and those of CUDA alone, as two texts."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    return [
        "\n".join([NOTE.rstrip(), *(one for one in entries if bool(CUDA.match(one)) is cuda), ""])
        for cuda in (False, True)
    ]


def main() -> None:
    """Write both files."""
    for name, text in zip(LOCKS, split(resolve("--upgrade" in sys.argv[1:])), strict=True):
        (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""A web server that is killed at one write after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from memeclip_core.config import ROOT
from tests.faults.write_points import WORKS, spread


def test_numbers_are_spread_from_the_first_to_the_last() -> None:
    assert spread(3, 5) == spread(3, 0) == [1, 2, 3]
    assert spread(11, 3) == [1, 6, 11]
    assert spread(11, 2) == [1, 11] and spread(11, 1) == [1]


@pytest.mark.kill
@pytest.mark.timeout(900)
def test_a_server_that_is_killed_at_any_write_loses_doubles_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    """Four writes of each work; ``python -m tests.faults.write_points FOLDER`` walks all."""
    command = [sys.executable, "-m", "tests.faults.write_points", str(tmp_path / "walk")]
    done = subprocess.run([*command, "--most", "4"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    for work in WORKS:
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"{work}: ")]
        # Threads beside it write too, so that the last one is not always come to.
        assert int(line.partition(" writes, ")[2].split()[0]) >= 2, line

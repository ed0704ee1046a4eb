"""How smoothly the map moves, measured on few memes."""

from __future__ import annotations

import os
import subprocess
import sys

from memeclip_core.config import ROOT
from tests.factories.browser import BROWSER_MARKS, find_chromium

pytestmark = BROWSER_MARKS


def test_it_prints_a_line_for_each_size():
    # In a process of its own: Playwright runs once in each, and other tests hold it for long.
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.explore_map", "--memes", "50", "--memes", "200"],
        cwd=ROOT, env=os.environ | {"CHROMIUM": find_chromium()}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    head, *rows = [line.split(" | ") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["50", "200"]
    assert all(len(row) == len(head) and all(float(one) > 0 for one in row[1:]) for row in rows)

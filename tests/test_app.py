"""``app.py``: what a Space runs."""

import runpy
import subprocess
import sys

from memeclip_core.config import ROOT


def test_importing_it_starts_nothing():
    assert "main" in runpy.run_path(str(ROOT / "app.py"), run_name="app")


def test_it_is_serve_by_another_name():
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Start the page and print its address" in " ".join(done.stdout.split())
    assert "--port" in done.stdout

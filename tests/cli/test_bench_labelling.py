"""Times of a large project and of a small one, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.cli import bench_labelling
from tests.cli.conftest import Run


def test_both_projects_are_filled_and_timed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_labelling, "SMALL", 25)
    words = ("bench-labelling", tmp_path / "bench", "--memes", 30, "--decisions", 40)
    left = run(*words, "--turns", 20)
    assert left.code == 0
    said, header, *lines = left.out.splitlines()
    assert said.endswith("small: 25 memes, no decision; large: 30 and 40.")
    assert header.split()[:1] == ["n"]
    (row,) = [line for line in lines if line.startswith("next ")]
    _, number, *times = row.split()
    assert int(number) == 20
    assert len(times) == 5
    again = run(*words)
    assert again.code == 2
    assert "already" in again.err


def test_too_small_a_project_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("bench-labelling", tmp_path / "bench", "--memes", 10).code == 2
    assert not (tmp_path / "bench").exists()

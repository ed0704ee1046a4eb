"""A server that is killed at its work leaves nothing half; and what it did is done by the next."""

from __future__ import annotations

import pytest

from benchmarks.kills import bench_kills, render_kills
from tests.benchmarks.conftest import Run


def test_the_report_names_every_fault():
    assert render_kills(44, 1056, []) == "44 kills, 1,056 decisions saved, 0 fault(s)"
    assert render_kills(1, 2, ["kill 1, save: x"]).splitlines()[1:] == ["kill 1, save: x"]


def test_a_folder_with_something_in_it_is_left_alone(run: Run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = run(bench_kills, tmp_path)
    assert done.code == 2 and "is not empty" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.kill
@pytest.mark.timeout(600)
def test_nothing_is_lost_doubled_or_half_after_kills(run: Run, tmp_path, tiny_checkpoints):
    options = ("--encoder", "fake", "--checkpoints", tiny_checkpoints, "--tasks", "pridemm")
    done = run(bench_kills, tmp_path / "kills", "--kills", "3", "--seed", "1", *options)
    assert done.code == 0, done.out + done.err
    assert "3 kills, 96 decisions saved, 0 fault(s)" in done.out
    assert "taken up: " in done.out

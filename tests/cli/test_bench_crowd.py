import pytest

from memeclip_core.app.crowd import CrowdReport
from memeclip_core.cli.bench_crowd import render_crowd
from tests.cli.conftest import Run

REPORT = CrowdReport(
    clients=16, acknowledged=3200, lost=0, doubled=1, shared=2, retries=40, restarts=1, refused=3,
    seconds=12.34, next_p95=45.6, save_p95=78.9,
)  # fmt: skip


def test_the_report_names_every_count():
    assert render_crowd(REPORT).splitlines() == [
        "16 clients saved 3,200 decisions in 12.3 s; the server was killed 1 time(s)",
        "lost: 0, doubled: 1, given to two by accident: 2, refused: 3, calls made again: 40",
        "p95 over HTTP: next 46 ms, save 79 ms",
    ]


def test_a_folder_with_something_in_it_is_left_alone(run: Run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = run("bench-crowd", tmp_path)
    assert done.code == 2
    assert "is not empty" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.kill
@pytest.mark.timeout(400)
def test_a_crowd_loses_nothing_when_the_server_is_killed(run: Run, tmp_path):
    done = run("bench-crowd", tmp_path / "crowd", "--clients", "2", "--saves", "6")
    assert done.code == 0, done.err
    assert "2 clients saved 12 decisions" in done.out
    assert "the server was killed 1 time(s)" in done.out
    assert "lost: 0, doubled: 0, given to two by accident: 0, refused: 0" in done.out

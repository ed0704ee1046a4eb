from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select

from benchmarks import labelling_speed
from benchmarks.labelling_speed import bench_labelling, measure_labelling
from benchmarks.made_up import KEY, fill_project
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.decisions.queries import read_tally
from memeclip_core.annotation.projects.predictions import ProjectPredictions
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.review.queries import count_people
from memeclip_core.config import ROOT
from memeclip_core.database.engine import Database
from memeclip_core.database.schema import item
from memeclip_core.errors import InputError
from memeclip_core.records.project import Order
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set
from tests.benchmarks.conftest import Run
from tests.factories.services import make_studio


@pytest.fixture
def tasks():
    return read_named_task_set("pridemm", ROOT / "assets")


def open_log(home):
    return DecisionLog(database=Database.of_home(home.root), home=home)


def fill(home, tasks, **given):
    fill_project(home, tasks, on_progress=lambda _: None, **given)


def test_a_made_up_project_holds_what_was_asked_for_and_leaves_work(tmp_path, tasks):
    home = Home(tmp_path).create()
    steps = []
    fill_project(home, tasks, memes=20, decisions=50, on_progress=steps.append)
    index = ProjectStore(home, Database.of_home(home.root)).memes(KEY)
    project = ProjectStore(home, Database.of_home(home.root)).read(KEY)
    with open_log(home).read() as connection:
        tally = read_tally(connection, KEY, tasks.key)
        decided = dict(connection.execute(select(item.c.meme, item.c.decided)).all())
    assert len(index) == 20
    assert tally.decisions == sum(decided.values()) == 50
    assert all(decided.get(row.id, 0) < project.wanted(row.id) for row in index.rows)
    table = ProjectPredictions(Database.of_home(home.root)).current(KEY)
    assert len(table) == 20
    assert table.tasks["hate"].probabilities.sum(axis=1) == pytest.approx([1.0] * 20)
    assert (steps[-1].done, steps[-1].total) == (50, 50)


def test_the_same_project_is_not_filled_twice_and_people_do_not_run_out(tmp_path, tasks):
    home = Home(tmp_path).create()
    fill(home, tasks, memes=3, decisions=0)
    with pytest.raises(InputError, match="already"):
        fill(home, tasks, memes=3, decisions=0)
    with pytest.raises(InputError, match="take 10 people"):
        fill(Home(tmp_path / "other").create(), tasks, memes=3, decisions=30)


def test_everything_that_people_wait_for_is_timed(tmp_path, tasks):
    studio = make_studio(tmp_path)
    fill(Home(tmp_path / "home"), tasks, memes=40, decisions=60)
    timings = {one.name: one for one in measure_labelling(studio, tasks, turns=8)}
    assert {f"order by {order}, ready" for order in get_args(Order)} <= timings.keys()
    assert {"next", "save", "counts", "agreement, first", "dashboard, again"} <= timings.keys()
    assert (timings["next"].n, timings["first next after a start"].n) == (8, 1)
    assert all(0 < one.median <= one.p95 <= one.longest for one in timings.values())
    with open_log(Home(tmp_path / "home")).read() as connection:
        assert count_people(connection, KEY, "pridemm")["bench"].done == 8


def test_both_projects_are_filled_and_timed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelling_speed, "SMALL", 25)
    words = (bench_labelling, tmp_path / "bench", "--memes", 30, "--decisions", 40)
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
    assert run(bench_labelling, tmp_path / "bench", "--memes", 10).code == 2
    assert not (tmp_path / "bench").exists()

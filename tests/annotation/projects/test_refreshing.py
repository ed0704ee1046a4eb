"""Predictions that fall behind are computed anew, once, and never in vain."""

from __future__ import annotations

import threading

import pytest

from memeclip_core.annotation.projects.refreshing import AUTOMATIC
from tests.annotation.projects.test_projects import settle
from tests.factories.projects import make_cats


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    return tiny_studio


@pytest.fixture
def forget(studio):
    """Return a function that loses the predictions."""
    path = studio.settings.home / "projects/cats/predictions/pridemm-fake.npz"
    return path.unlink


def kinds(studio):
    return [job.kind for job in studio.projects.jobs(studio.owner(), "cats")]


def test_nothing_missing_starts_nothing(studio):
    studio.projects.refresh("pridemm")
    assert kinds(studio) == ["import"]


def test_only_projects_of_the_task_set_are_touched(studio, forget):
    forget()
    studio.projects.refresh("propaganda")
    assert kinds(studio) == ["import"]
    studio.projects.refresh("pridemm")
    settle(studio)
    assert kinds(studio) == ["predict", "import"]
    (job, _) = studio.projects.jobs(studio.owner(), "cats")
    assert job.by == AUTOMATIC.name and job.counts == {"predicted": 3}


def test_a_closed_project_is_left_alone_until_it_is_opened(studio, forget):
    who = studio.owner()
    studio.projects.predictions("cats")  # the look that every process has once
    forget()
    studio.projects.change(who, "cats", closed=True)
    studio.projects.refresh("pridemm")
    assert kinds(studio) == ["import"]
    studio.projects.predictions("cats")
    assert kinds(studio) == ["import"]
    studio.projects.change(who, "cats", closed=False)
    studio.projects.predictions("cats")
    settle(studio)
    assert kinds(studio) == ["predict", "import"]


def test_a_change_while_predicting_is_not_missed(studio, forget, monkeypatch):
    ahead = studio.projects._ahead
    update, begun, go = ahead.update, threading.Event(), threading.Event()
    calls = []

    def slow(project, on_step, **options):
        calls.append(project.key)
        done = update(project, on_step, **options)
        begun.set()
        go.wait(20)
        return done

    monkeypatch.setattr(ahead, "update", slow)
    forget()
    studio.projects.refresh("pridemm")
    assert begun.wait(20)
    forget()
    studio.projects.refresh("pridemm")
    go.set()
    deadline = threading.Event()
    for _ in range(400):
        if len(calls) == 2 and studio.projects.stale("cats") == 0:
            break
        deadline.wait(0.05)
    settle(studio)
    assert calls == ["cats", "cats"] and studio.projects.stale("cats") == 0


def test_the_first_look_of_a_process_starts_what_is_missing_and_later_ones_do_not(studio, forget):
    forget()
    studio.projects.predictions("cats")
    settle(studio)
    assert studio.projects.stale("cats") == 0
    forget()
    studio.projects.predictions("cats")
    assert studio.projects.stale("cats") == 3 and kinds(studio) == ["predict", "import"]


def test_what_was_missed_is_caught_up_at_the_start(studio, forget):
    forget()
    studio.projects.warm_up()
    pause = threading.Event()
    for _ in range(400):
        if studio.projects.stale("cats") == 0:
            break
        pause.wait(0.05)
    settle(studio)
    assert studio.projects.stale("cats") == 0

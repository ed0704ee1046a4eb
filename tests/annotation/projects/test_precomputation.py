"""Predictions computed ahead are the page's own, complete, and never those of an old model."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

import pytest

from memeclip_core.annotation.projects import precomputation
from memeclip_core.annotation.projects.precomputation import AUTOMATIC
from memeclip_core.database.job_handle import Stopped
from tests.factories.project_records import ids_of, suggest
from tests.factories.projects import (
    forget_predictions,
    import_all,
    make_cats,
    predictions,
    settle,
    stale,
    suggestions,
    write_pictures,
)
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import until


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 5)
    return tiny_studio


def test_suggestions_are_what_the_page_would_say(studio, tmp_path):
    for meme in studio.projects._store.memes("cats").rows:
        data = (tmp_path / "in" / meme.filename).read_bytes()
        answer = studio.predict(data, "x", task_set="pridemm", text=meme.text)
        found = suggestions(studio.projects, "cats", meme.id)
        assert list(found) == [item.task for item in answer.tasks]
        for item in answer.tasks:
            own = found[item.task]
            assert own.model == item.model == "pridemm-fake"
            assert own.labels == item.labels
            for score in item.scores:
                assert own.probabilities[score.label] == pytest.approx(score.probability, abs=1e-5)


def test_what_is_missing_is_added_to_what_is_there(studio, tmp_path):
    projects = studio.projects
    project, before = projects._store.read("cats"), predictions(projects, "cats")
    own = projects._precomputation
    assert own.missing(project) == () and own.update(project, lambda count: None) == 0
    import_all(studio, "cats", write_pictures(tmp_path / "more", 2, start=300))
    after = predictions(projects, "cats")
    assert len(before) == 5 and len(after) == 7 and set(after.ids) > set(before.ids)
    assert suggest(after, before.ids[0]) == suggest(before, before.ids[0])


def test_a_stop_keeps_what_was_predicted(studio, monkeypatch):
    monkeypatch.setattr(precomputation, "CHUNK", 2)
    projects = studio.projects
    project = projects._store.read("cats")
    forget_predictions(studio)
    assert stale(projects, "cats") == 5

    def stop(count):
        raise Stopped("enough")

    with pytest.raises(Stopped):
        projects._precomputation.update(project, stop)
    assert stale(projects, "cats") == 3
    assert projects._precomputation.update(project, lambda count: None) == 3
    assert stale(projects, "cats") == 0


def test_without_heads_the_prompts_suggest(tiny_settings, tmp_path):
    (tmp_path / "none").mkdir()
    studio = build_tiny_studio(replace(tiny_settings, checkpoints=tmp_path / "none"))
    make_cats(studio, tmp_path / "in", 2)
    (meme, _) = ids_of(studio.projects._store.memes("cats"))
    found = suggestions(studio.projects, "cats", meme)
    answer = studio.predict(
        draw_png((0, 0, 90)), "x", task_set="pridemm", text="a cat\non a keyboard"
    )
    for item in answer.tasks:
        assert found[item.task].model == "zero-shot" == item.model
        assert found[item.task].probability == pytest.approx(item.probability, abs=1e-5)


@pytest.fixture
def cats(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    return tiny_studio


@pytest.fixture
def forget(cats):
    """Return a function that loses the predictions."""
    return partial(forget_predictions, cats)


def kinds(cats):
    return [job.kind for job in cats.projects.jobs(cats.owner(), "cats")]


def test_nothing_missing_starts_nothing(cats):
    cats.projects._precomputation.on_model("pridemm")
    assert kinds(cats) == ["import"]


def test_only_projects_of_the_task_set_are_touched(cats, forget):
    forget()
    cats.projects._precomputation.on_model("propaganda")
    assert kinds(cats) == ["import"]
    cats.projects._precomputation.on_model("pridemm")
    settle(cats)
    assert kinds(cats) == ["predict", "import"]
    (job, _) = cats.projects.jobs(cats.owner(), "cats")
    assert job.by == AUTOMATIC.name and job.counts == {"predicted": 3}


def test_a_closed_project_is_left_alone_and_catches_up_when_it_is_opened(cats, forget):
    who, own = cats.owner(), cats.projects._precomputation
    forget()
    cats.projects.change(who, "cats", closed=True)
    own.on_model("pridemm")
    own.look(cats.projects.project(who, "cats"))
    assert kinds(cats) == ["import"] and stale(cats.projects, "cats") == 3
    cats.projects.change(who, "cats", closed=False)
    settle(cats)
    assert kinds(cats) == ["predict", "import"] and stale(cats.projects, "cats") == 0
    cats.projects.change(who, "cats", title="other")
    assert kinds(cats) == ["predict", "import"]


def test_a_change_while_predicting_is_not_missed(cats, forget, monkeypatch):
    own = cats.projects._precomputation
    update, begun, go = own.update, threading.Event(), threading.Event()
    calls = []

    def slow(project, on_step, **options):
        calls.append(project.key)
        done = update(project, on_step, **options)
        begun.set()
        go.wait(20)
        return done

    monkeypatch.setattr(own, "update", slow)
    forget()
    cats.projects._precomputation.on_model("pridemm")
    assert begun.wait(20)
    forget()
    cats.projects._precomputation.on_model("pridemm")
    go.set()
    until(lambda: len(calls) == 2 and stale(cats.projects, "cats") == 0)
    settle(cats)
    assert calls == ["cats", "cats"] and stale(cats.projects, "cats") == 0


def test_what_was_missed_is_caught_up_at_the_start(cats, forget):
    forget()
    cats.projects.warm_up()
    until(lambda: stale(cats.projects, "cats") == 0)
    settle(cats)
    assert stale(cats.projects, "cats") == 0

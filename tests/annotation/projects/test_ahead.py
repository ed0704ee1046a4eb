"""Predictions computed ahead are the page's own, complete, and of the active model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.annotation.projects import ahead
from memeclip_core.annotation.projects.jobs import Stopped
from tests.factories.projects import import_all, make_cats, write_pictures
from tests.factories.studios import build_tiny_studio, draw_png


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 5)
    return tiny_studio


def test_suggestions_are_what_the_page_would_say(studio, tmp_path):
    for meme in studio.projects._store.memes("cats"):
        data = (tmp_path / "in" / meme.filename).read_bytes()
        answer = studio.predict(data, "x", task_set="pridemm", text=meme.text)
        found = studio.projects.suggestions("cats", meme.id)
        assert list(found) == [item.task for item in answer.tasks]
        for item in answer.tasks:
            own = found[item.task]
            assert own.model == item.model == "pridemm-fake"
            assert own.labels == item.labels
            for score in item.scores:
                assert own.probabilities[score.label] == pytest.approx(score.probability, abs=1e-5)


def test_what_is_missing_is_added_to_what_is_there(studio, tmp_path):
    projects = studio.projects
    project, before = projects._store.read("cats"), projects.predictions("cats")
    own = projects._ahead
    assert own.missing(project) == () and own.update(project, lambda count: None) == 0
    import_all(studio, "cats", write_pictures(tmp_path / "more", 2, start=300))
    after = projects.predictions("cats")
    assert len(before) == 5 and len(after) == 7 and after.ids[:5] == before.ids
    assert after.suggest(before.ids[0]) == before.suggest(before.ids[0])


def test_a_stop_keeps_what_was_predicted(studio, monkeypatch):
    monkeypatch.setattr(ahead, "CHUNK", 2)
    projects = studio.projects
    project = projects._store.read("cats")
    (studio.settings.home / "projects/cats/predictions/pridemm-fake.npz").unlink()
    assert projects.stale("cats") == 5

    def stop(count):
        raise Stopped("enough")

    with pytest.raises(Stopped):
        projects._ahead.update(project, stop)
    assert projects.stale("cats") == 3
    assert projects._ahead.update(project, lambda count: None) == 3
    assert projects.stale("cats") == 0


def test_without_heads_the_prompts_suggest(tiny_settings, tmp_path):
    (tmp_path / "none").mkdir()
    studio = build_tiny_studio(replace(tiny_settings, checkpoints=tmp_path / "none"))
    make_cats(studio, tmp_path / "in", 2)
    (meme, _) = studio.projects._store.memes("cats").ids
    found = studio.projects.suggestions("cats", meme)
    answer = studio.predict(
        draw_png((0, 0, 90)), "x", task_set="pridemm", text="a cat\non a keyboard"
    )
    for item in answer.tasks:
        assert found[item.task].model == "zero-shot" == item.model
        assert found[item.task].probability == pytest.approx(item.probability, abs=1e-5)

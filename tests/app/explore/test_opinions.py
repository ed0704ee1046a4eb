"""What models say of a dataset: what they say of each row alone, asked once and kept."""

from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.projects.predictions import EMPTY
from memeclip_core.app.explore.opinions import Opinions, read_table
from memeclip_core.records.job import Job
from memeclip_core.storage.arrays import KeptArrays
from tests.factories.explored import (
    BARE,
    COLLECTION,
    COUNT,
    REV,
    ended,
    picture,
    quiet,
    text,
    write_dataset,
)
from tests.factories.studios import build_tiny_studio

DATASET, ACTIVE = "dataset:memes.csv", "pridemm-fake"


@pytest.fixture
def own(explored):
    return explored.explore._opinions


@pytest.fixture
def contents(explored):
    return explored.explore._library.open(DATASET)


def test_the_model_in_use_is_asked_first_and_the_prompts_last(own, explored, contents):
    assert own.list(contents) == (ACTIVE, "zero-shot")
    assert own.list(explored.explore._library.open(COLLECTION)) == ()
    assert own.list(replace(contents, tasks=None)) == ()


@pytest.mark.parametrize("model", [ACTIVE, "zero-shot"])
def test_each_row_is_answered_as_it_is_alone(own, explored, contents, model):
    table = read_table(contents, model, own.ask(contents, model, quiet))
    assert table.ids == contents.ids
    for place in (0, 3, 17, BARE):
        alone = explored.predict(
            picture(place), "x.png", task_set="pridemm", text=text(place), model=model
        )
        for task in contents.tasks:
            scores = [score.probability for score in alone.task(task.key).scores]
            found = table.read_probabilities(task, [contents.ids[place]])[0]
            np.testing.assert_allclose(found, scores, atol=1e-5)


def test_other_rows_tasks_or_files_of_a_model_make_another_stamp(own, contents, monkeypatch):
    first = own.stamp(contents, ACTIVE)
    assert first == own.stamp(replace(contents), ACTIVE)
    moved = replace(contents, texts=("other", *contents.texts[1:]))
    fewer = replace(contents.tasks, tasks=contents.tasks.tasks[:1])
    manifest = {**own.catalogue.manifest(ACTIVE), "files": {}}
    stamps = {first, own.stamp(moved, ACTIVE), own.stamp(replace(contents, tasks=fewer), ACTIVE)}
    stamps.add(own.stamp(contents, "zero-shot"))
    monkeypatch.setattr(own.catalogue, "manifest", lambda version: manifest)
    stamps.add(own.stamp(contents, ACTIVE))
    assert len(stamps) == 5


def test_it_says_how_far_it_is_and_ends_where_that_is_asked(own, contents):
    steps = []
    own.ask(contents, ACTIVE, steps.append)
    assert [(one.done, one.total) for one in steps] == [(0, COUNT), (16, COUNT)]

    def stop(progress):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        own.ask(contents, ACTIVE, stop)


def test_a_model_that_knows_no_task_says_nothing(contents):
    assert read_table(contents, ACTIVE, KeptArrays(arrays={}, facts=[])) is EMPTY


def asked_again(*given):
    raise AssertionError("it was kept")


def test_a_dataset_is_asked_in_a_job_once_and_another_start_finds_it(
    tmp_path, tiny_settings, monkeypatch
):
    settings = replace(tiny_settings, datasets=(write_dataset(tmp_path / "data"),))
    studio = build_tiny_studio(settings)
    own = studio.explore
    before = own.gallery(REV, DATASET, own._library.open(DATASET).ids[:1])
    assert before[0].prediction == {}
    with monkeypatch.context() as patch:
        patch.setattr("memeclip_core.app.explore.works.PATIENCE", 0.0)
        job = own.colours(REV, DATASET, "confidence:hate")
    assert isinstance(job, Job) and job.subject == DATASET
    assert ended(studio, job).state == "done"
    found = own.colours(REV, DATASET, "confidence:hate")
    assert found.unknown == 0 and (found.values >= 0.5).all() and ACTIVE in found.note
    again = build_tiny_studio(settings)
    monkeypatch.setattr(Opinions, "ask", asked_again)
    kept = again.explore.colours(REV, DATASET, "confidence:hate", on_progress=quiet)
    assert np.array_equal(kept.values, found.values)
    (card,) = again.explore.gallery(REV, DATASET, again.explore._library.open(DATASET).ids[:1])
    assert card.probability["hate"] == pytest.approx(float(found.values[0]), abs=1e-6)
    assert set(card.prediction) == set(again.task_set("pridemm").keys)
